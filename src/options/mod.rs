//! What a user may set: one type serves command-line flags, configuration files and study files.
//!
//! Every field is optional, so that sources can be laid over each other (flags over file over
//! defaults); the `resolve` functions turn the result into the validated types of the library.

/// Lays the fields of one value over those of another.
macro_rules! overlay {
    ($over:ident, $under:ident: $($field:ident),+ $(,)?) => {
        Self { $($field: $over.$field.or($under.$field)),+ }
    };
}

/// A struct of options whose fields are flags, too. What only clap needs to know of them stands in
/// `command` and `arg`; without the feature `cli` it is left out.
macro_rules! flags {
    (
        $(#[doc = $about:tt])+
        #[derive($($derive:ident),+)]
        #[serde $serde:tt]
        #[command $command:tt]
        pub struct $name:ident {
            $($(#[doc = $help:tt])+ #[arg $arg:tt] pub $field:ident: $type:ty,)+
        }
    ) => {
        $(#[doc = $about])+
        #[derive($($derive),+)]
        #[cfg_attr(feature = "cli", derive(clap::Args), command $command)]
        #[serde $serde]
        pub struct $name {
            $(
                $(#[doc = $help])+
                #[cfg_attr(feature = "cli", arg $arg)]
                pub $field: $type,
            )+
        }
    };
}

mod analysis;
mod branch;
mod contrastive;
mod dmft;
mod finite_size;
mod likelihood;
mod maximum;
mod model;
mod parameter;
mod sample;
mod simulation;
mod solver;
mod spectral;
mod stability;
mod start;
mod study;
mod verdict;

pub use analysis::AnalysisOptions;
pub use branch::BranchOptions;
pub use contrastive::ContrastiveOptions;
pub use dmft::DmftOptions;
pub use finite_size::FiniteSizeOptions;
pub use likelihood::LikelihoodOptions;
pub use maximum::MaximumOptions;
pub use model::ModelOptions;
pub use parameter::ControlParameter;
pub use sample::SampleOptions;
pub use simulation::SimulationOptions;
pub use solver::SolverOptions;
pub use spectral::{LearningOptions, LinearOptions, SpectrumOptions, TrainingOptions};
pub use stability::StabilityOptions;
pub use start::{Rows, StartOptions, dynamics_start};
pub use study::{Grid, RunSpec};
pub use verdict::VerdictOptions;

use crate::error::Error;

fn missing(field: &str, example: &str) -> Error {
    Error::invalid(field, "missing", format!("give it, for example {example}"))
}
