//! Learning of the ±1 RBM, mode by mode, without noise in its weights (decelle2017, section
//! "Non-linear deterministic dynamics"; theory.md section 9).
//!
//! A mode α of the weights learns from the data (its *empirical term*) and from what the RBM itself
//! samples (its *response*), `dw_α/dt' = ⟨s_α τ_α⟩_data/L − ⟨s_α τ_α⟩_RBM/L` with `L = √(N_v N_h)`
//! and `t' = L t`. Data are pairs of clusters `±μ_a` with weights `ρ_a`. Below `w = 1` the RBM is
//! paramagnetic and a mode grows freely; above, the mode condenses, and modes compete for the
//! response, because the RBM samples the state of largest `Φ` alone unless others are nearly as
//! good.
//!
//! | module | what is solved |
//! |---|---|
//! | [`one_mode`] | the magnetised state of one mode, and the weight at which learning ends |
//! | [`aligned`] | modes along the clusters: exactly competing modes *slide* (`L = ∞`), or share the response (finite `L`) |
//! | [`rotating`] | Gaussian components: modes that turn towards the clusters |
//! | [`bingham`] | how near-degenerate modes with Gaussian components share the response |

pub mod aligned;
pub mod bingham;
pub mod one_mode;
pub mod rotating;

pub use aligned::{AlignedLearning, Cluster, LearningPoint, Level};
pub use one_mode::{ModeState, OneMode};
#[cfg(test)]
mod tests;

pub use rotating::{RotatingCluster, RotatingLearning};
