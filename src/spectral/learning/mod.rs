//! Learning of the ±1 RBM, mode by mode, without noise in its weights (decelle2017, section
//! "Non-linear deterministic dynamics"; theory.md section 8).
//!
//! A mode α of the weights learns from the data (its *empirical term*) and from what the RBM itself
//! samples (its *response*), `dw_α/dt' = ⟨s_α τ_α⟩_data/L − ⟨s_α τ_α⟩_RBM/L` with `L = √(N_v N_h)`
//! and `t' = L t`. Data are pairs of clusters `±μ_a` with weights `ρ_a`. Below `w = 1` the RBM is
//! paramagnetic and a mode grows freely; above, the mode condenses, and modes compete for the
//! response, because the RBM samples the state of largest `Φ` alone unless others are nearly as
//! good.
//!
//! # Example
//!
//! ```
//! use onsager::law::Law;
//! use onsager::spectral::learning::{AlignedLearning, Cluster, Level, OneMode};
//!
//! # fn main() -> onsager::error::Result<()> {
//! let mode = OneMode::new(&Law::rademacher(), 0.5)?;
//! let end = mode.trained_weight(0.8)?.expect("0.8 is below the largest magnetisation");
//! let clusters = [Cluster { weight: 1.0, mu: 0.8 }];
//! let learning = AlignedLearning::new(mode, &clusters, Level::Infinite)?;
//! let curve = learning.run(&[0.1], &[60.0], 1e-10)?;
//! assert!((curve.points[0].weights[0] - end).abs() < 1e-6);
//! # Ok(())
//! # }
//! ```
//!
//! | module | what is solved |
//! |---|---|
//! | [`one_mode`] | the magnetised state of one mode, and the weight at which learning ends |
//! | [`aligned`] | modes along the clusters: exactly competing modes *slide* (`L = ∞`), or share the response (finite `L`) |
//! | [`rotating`] | Gaussian components: modes that turn towards the clusters |
//! | [`bingham`] | how near-degenerate modes with Gaussian components share the response |

pub mod aligned;
pub mod bingham;
mod course;
pub mod one_mode;
pub mod rotating;

pub use aligned::{AlignedLearning, Cluster, LearningCurve, LearningEvent, LearningPoint, Level};
pub use one_mode::{ModeState, OneMode};
#[cfg(test)]
mod tests;

pub use rotating::{RotatingCluster, RotatingLearning};
