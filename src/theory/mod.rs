//! Deterministic theory: state evolution, its fixed points and their stability, baselines.

mod assignments;
mod axis;
pub mod baselines;
mod boundaries;
mod continuation;
pub mod decoupled;
mod elsewhere;
mod expectation;
mod find;
mod finder;
mod findings;
mod fixed_point;
mod growth;
mod held_out;
mod linearisation;
mod moments;
mod nodes;
mod one_unit;
mod outcome;
mod preactivation;
mod quasi_monte_carlo;
mod relaxation;
mod search;
mod settings;
mod slopes;
mod stability;
mod state_evolution;
mod tensor;
mod undamped_map;
mod unknowns;

pub use boundaries::{
    Boundaries, Boundary, Control, Located, NotLocated, bbp_boundary, boundaries,
    held_out_boundary, mixing_boundary,
};
pub use continuation::{
    Branch, BranchEnd, BranchPoint, ContinuationSettings, Event, EventKind, ModelPath, trace,
};
pub use expectation::{AmpPace, Expectation};
pub use find::{Origin, Starts, find, find_doubled, find_reporting};
pub(crate) use find::{follow, planted};
pub(crate) use finder::Finder;
pub use findings::{Attempt, Finding, Findings, Omitted};
pub use fixed_point::{FixedPoint, Solution, Work};
pub use growth::{Growth, LinearAmp, escape_time, growth_at};
pub use held_out::HeldOut;
pub use moments::Moments;
pub use outcome::{Method, Outcome};
pub use relaxation::{RelaxationSpectrum, relaxation_spectrum};
pub use settings::FixedPointSettings;
pub use stability::{Nature, Stability};
pub use state_evolution::{Departure, Quadrature, State, StateEvolution, Step, Trajectory};
