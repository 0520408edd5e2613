//! Dynamical mean-field theory (DMFT) of gradient ascent on the RBM objective: the exact dynamics
//! of finitely many steps for `d → ∞` (theory.md section 5; XKZ Theorem 5).
//!
//! ```text
//! visible (d side, closed form) ⇄ randomisation ⇄ population (n side, sampled paths) ← strata (u*), Sobol' points
//!                                       │                  └── adjoint (response along the paths)
//!                 decoupled (units one by one) → trajectory → prediction (standard errors) → long_time (fixed point)
//! ```
//!
//! | symbol | meaning | where |
//! |---|---|---|
//! | `h_t`, `u_t = f(h_t)` | pre-activation and denoiser along a path | `population` |
//! | `M_t`, `Q_ts` | overlaps and correlations of the weights | `visible`, [`DmftTrajectory`] |
//! | `Σ_ts = α E[u_t u_s^T]` | correlation of the fields on the weights | `randomisation` |
//! | `B_ts`, `C_ts` | responses | `adjoint`, `randomisation` |
//!
//! # Two estimators of the response
//!
//! [`ResponseEstimator::Path`] follows the equations as they stand: `C_ts` by the chain rule along
//! each path. [`ResponseEstimator::Projection`] uses that `C` only ever acts on weights,
//! `Σ_s C_ts W_s`, and that `Σ_s C_ts Q_ss' = α E[u_t ω_s'^T]`: with `W_t = Σ_j e_j L_tj` and
//! `u_t = Σ_i ν_i Γ_ti` in orthonormal directions (found by Gram–Schmidt, which reveals the rank),
//! `A^T ν_i = W*(…) + √α ε_i + Σ_j e_j α E[𝒵e_j ν_i]` and `𝒵e_j = g_j + Σ_i ν_i ⟨A^T ν_i, e_j⟩/α`
//! with fresh `ε_i`, `g_j` (equations/theory.md section 5 derives it). Nothing is divided by a
//! small pivot, the cost is `O(P T²)`, and for the same number of paths its error is a few times
//! smaller.

mod adjoint;
mod decoupled;
mod long_time;
mod population;
mod prediction;
mod randomisation;
mod record;
mod settings;
mod start;
mod strata;
#[cfg(test)]
mod tests;
mod trajectory;
mod visible;

pub use long_time::{LongTime, Standing};
pub use prediction::{DmftPrediction, Estimated, TwoTime, solve};
pub use record::RecordedPaths;
pub use settings::{
    DmftSettings, MAX_LOG2_PATHS, MAX_STEPS, Matching, Points, ResponseEstimator, Sampling,
};
pub use start::{DmftStart, MAX_POWER};
pub use trajectory::{DmftDeparture, DmftTrajectory};
