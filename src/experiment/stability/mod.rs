//! Boundaries: where a solution turns unstable, folds or ends, for values of a given parameter; of
//! state evolution and of potentials.

mod evolution;
mod potential;

pub use evolution::{Stabilities, Stability, StabilityRow};
pub use potential::{PotentialEvents, StabilitiesOfPotential, StabilityPotential};
