//! Finite-size simulation of the model that the theory describes: AMP, gradient ascent, L-BFGS and the spectral method.

mod amp;
mod data;
mod gradient;
mod instance;
mod lbfgs;
mod observation;
mod proximal;
mod run;
mod spectral;
mod start;

pub use data::{DataMatrix, Isa};
pub use gradient::{Ascent, Gradient, ascend, ascend_watched};
pub use instance::{Instance, Size};
pub use observation::{Observation, RunEnd};
pub use run::{Algorithm, Run, RunSettings, run, run_on};
pub use spectral::{SpectralEnd, leading_directions};
pub use start::SimulationStart;

pub use amp::{AmpRule, amp};
