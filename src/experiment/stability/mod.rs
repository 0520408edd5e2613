//! Boundaries: where a solution turns unstable, folds or ends, for values of a given parameter; of
//! state evolution and of potentials.

mod evolution;
mod potential;

pub use evolution::{BeyondLine, Stabilities, Stability, StabilityRow, StepOnset};
pub use potential::{PotentialEvents, StabilitiesOfPotential, StabilityPotential};
