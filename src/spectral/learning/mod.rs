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
//! use onsager::spectral::FlowSettings;
//! use onsager::spectral::learning::{AlignedLearning, Cluster, Level, OneMode};
//!
//! # fn main() -> onsager::error::Result<()> {
//! let mode = OneMode::new(&Law::rademacher(), 0.5)?;
//! let end = mode.trained_weight(0.8)?.expect("0.8 is below the largest magnetisation");
//! let clusters = [Cluster { weight: 1.0, mu: 0.8 }];
//! let learning = AlignedLearning::new(mode, &clusters, Level::Infinite)?;
//! let curve = learning.run(&[0.1], &[60.0], &FlowSettings::default(), &|_| ())?;
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
//! | [`enumeration`] | the response of a finite RBM, by a sum over all of its states |

pub mod aligned;
pub mod bingham;
mod course;
pub mod enumeration;
pub mod one_mode;
pub mod rotating;

pub use aligned::{AlignedLearning, Cluster, Level, LevelKind};
pub use one_mode::{ModeState, OneMode};
pub use rotating::{RotatingCluster, RotatingLearning};

use super::FlowSettings;
use crate::error::{Error, Result};
use crate::numerics::dormand_prince::{Control, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A learning curve.
#[derive(Debug, Clone, PartialEq)]
pub struct LearningCurve {
    /// One point for each time that was reached.
    pub points: Vec<LearningPoint>,
    /// What happened on the way, in order.
    pub events: Vec<LearningEvent>,
    /// Why it ended early; nothing where it is complete.
    pub failure: Option<Failure>,
}

/// The modes at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LearningPoint {
    /// Time `t' = L t`: number of gradient steps times the learning rate times `L`.
    pub time: f64,
    /// Singular values `w_a`.
    pub weights: Vec<f64>,
    /// Empirical terms `⟨s_a τ_a⟩_data/L`.
    pub gains: Vec<f64>,
    /// Responses `R_aa = ⟨s_a τ_a⟩_RBM/L`; `dw_a/dt'` is the empirical term less the response.
    pub responses: Vec<f64>,
    /// Largest overlap of the visible vector of each mode with a centre of the data; 1 for modes
    /// along the clusters.
    pub overlaps: Vec<f64>,
}

/// What happens to a mode while it learns, and when.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LearningEvent {
    /// Time `t'`.
    pub time: f64,
    /// Number of the mode, from 1.
    pub mode: usize,
    /// What happens.
    pub kind: Happening,
}

/// What happens to a mode while it learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Happening {
    /// It rises through `w = 1`.
    Condenses,
    /// It becomes the largest, and takes over the response.
    Leads,
    /// It joins the largest ones, and shares their response.
    Ties,
    /// It falls behind those that it was tied with.
    FallsBehind,
}

impl Happening {
    /// Its name in tables, records and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Condenses => "condenses",
            Self::Leads => "leads",
            Self::Ties => "ties",
            Self::FallsBehind => "falls-behind",
        }
    }
}

/// How an integration is controlled; `absolute` is the share of the tolerance that a component near
/// 0 may be wrong by.
fn control(settings: &FlowSettings, absolute: f64) -> Result<Control> {
    crate::error::require_between("tolerance", settings.tolerance, 1e-13, 1e-2)?;
    if settings.max_steps == 0 {
        return Err(Error::invalid("max-steps", 0, "must be at least 1"));
    }
    Ok(Control {
        relative: settings.tolerance,
        absolute: absolute * settings.tolerance,
        max_steps: settings.max_steps,
    })
}

/// The length of a centre, in units of `√L`: that of data ±1 is `√N_v = κ^{-1/4} √L`.
fn require_centre(field: &str, length: f64, kappa: f64) -> Result<()> {
    let most = kappa.powf(-0.25);
    if length > 0.0 && length <= most * (1.0 + 1e-12) {
        return Ok(());
    }
    let allowed = format!("must be positive, and {most:.6} at most, where data are ±1");
    Err(Error::invalid(field, length, allowed))
}

/// Shares of the clusters.
fn require_shares(shares: impl Iterator<Item = f64>) -> Result<()> {
    let mut total = 0.0;
    for share in shares {
        crate::error::require_positive("shares", share)?;
        total += share;
    }
    if (total - 1.0).abs() < 1e-9 {
        return Ok(());
    }
    Err(Error::invalid("shares", total, "they must add up to 1"))
}

#[cfg(test)]
mod tests;
