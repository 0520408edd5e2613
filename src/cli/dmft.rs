//! `onsager dmft`: dynamical mean-field theory of gradient ascent, with standard errors and the
//! long-time limit.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::plot::PlotOptions;
use clap::Args;
use onsager::experiment::Dmft;
use onsager::options::{DmftOptions, ModelOptions, SolverOptions, StartOptions};
use std::path::PathBuf;

/// Flags of `dmft`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    solver: SolverOptions,
    #[command(flatten)]
    start: StartOptions,
    #[command(flatten)]
    dmft: DmftOptions,
    /// Number of gradient steps [default: 40]
    #[arg(long, value_name = "T")]
    iterations: Option<usize>,
    /// Step κ [default: half of the stability bound]
    #[arg(long, value_name = "KAPPA", allow_negative_numbers = true)]
    step: Option<f64>,
    /// Keep finished sets of paths in this file; a run that was stopped goes on from there, and
    /// more sets extend it
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    #[command(flatten)]
    plot: PlotOptions,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        let dmft = Dmft {
            model: self.model.over(config.model),
            solver: self.solver.over(config.solver),
            start: self.start.over(config.start),
            dmft: self.dmft.over(config.dmft),
            iterations: self.iterations.or(config.simulation.iterations),
            step: self.step.or(config.simulation.step),
            equal_times_only: false,
            record: self.record,
            seed: Some(common.seed),
        };
        self.plot.answer("dmft", &dmft, common)
    }
}
