//! Spectral dynamics of learning: how the singular values and vectors of the weights of an RBM grow
//! out of a random start, and how a measured weight matrix is read (Decelle, Fissore and
//! Furtlehner, *Spectral Dynamics of Learning Restricted Boltzmann Machines*, EPL 119 (2017) 60001,
//! arXiv:1708.02917: `decelle2017`; theory.md section 7).
//!
//! Other than elsewhere in this crate both layers are large here: `N_v` visible and `N_h` hidden
//! units, weights `W` (N_v×N_h) without a scale, `E(s, τ) = −s^T W τ + …`.
//!
//! | type | what it is | equation |
//! |---|---|---|
//! | [`LinearRbm`] | Gaussian units on both sides: likelihood, gradient, equilibrium | decelle2017, linear regime |
//! | [`Flow`] | its exact learning curve, mode by mode | decelle2017, Eqs. 6–8 |
//! | [`AlignedMode`] | closed form of one mode that points along a principal direction | decelle2017, linear regime |
//! | [`learning`] | ±1 units: modes that compete for the response of the RBM | decelle2017, Eqs. 6–9 |
//! | [`Training`] | ±1 units trained by contrastive divergence, and the spectrum on the way | decelle2017, Figs. 2–4 |
//! | [`MarchenkoPastur`] | the bulk of a random weight matrix, and the modes that stick out of it | decelle2017, Fig. 2 |
//! | [`Reading`] | noise level and modes of a measured weight matrix | theory.md section 7 |
//!
//! "Threshold" means different things for each: a principal direction of the data is learnt if its
//! variance exceeds that of the visible units, and a mode of a weight matrix is visible if it
//! exceeds the level of the noise.
//!
//! # Example
//!
//! ```
//! use onsager::spectral::{LinearRbm, MarchenkoPastur};
//!
//! # fn main() -> onsager::error::Result<()> {
//! let machine = LinearRbm::diagonal(&[5.0, 2.0, 0.5], 2, 1.0, 1.0)?;
//! let mode = machine.aligned_mode(0, 0.01).expect("5 > 1: it is learnt");
//! assert!((mode.at(1e3) - machine.equilibrium().singular_values[0]).abs() < 1e-12);
//! let law = MarchenkoPastur::new(1.0, 0.5)?;
//! assert!(law.outlier(0.9).is_none() && law.outlier(1.1).is_some());
//! # Ok(())
//! # }
//! ```

mod aligned;
mod flow;
pub mod learning;
mod linear;
mod marchenko_pastur;
mod matrices;
mod planted;
mod reading;
mod training;

pub use aligned::AlignedMode;
pub use flow::{Ending, Flow, FlowSettings, FlowState, ModeEnd};
pub use linear::{Equilibrium, LinearRbm};
pub use marchenko_pastur::{MarchenkoPastur, Outlier};
pub(crate) use matrices::{covariance, normal_entries};
pub use planted::{PlantedModes, PlantedSpectrum};
pub use reading::{Reading, singular_values};
pub(crate) use training::sign_of_mean;
pub use training::{
    BinaryData, BinaryRbm, Training, TrainingEnding, TrainingSettings, TrainingState,
};

use crate::error::{Error, Result};

/// Most units of one layer.
pub const MOST_UNITS: usize = 4096;

/// Rising times that are not negative.
fn require_times(times: &[f64]) -> Result<()> {
    let bad = times.iter().find(|time| !time.is_finite() || **time < 0.0);
    if let Some(time) = bad {
        let allowed = "times are finite and not negative: learning starts at 0";
        return Err(Error::invalid("times", time, allowed));
    }
    if times.is_empty() {
        return Err(Error::invalid("times", "empty", "give at least one"));
    }
    match times.windows(2).find(|pair| pair[1] <= pair[0]) {
        Some(pair) => {
            let got = format!("{} after {}", pair[1], pair[0]);
            Err(Error::invalid("times", got, "must rise"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
