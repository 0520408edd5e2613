//! Langevin annealing: `W ← W + κ ∇L + √(2κT) ξ` at a temperature that falls to 0.

use super::gradient::Gradient;
use super::problem::Problem;
use crate::error::{Error, Result, require_positive};
use crate::numerics::Matrix;
use crate::numerics::streams::Stream;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest step, where the regulariser is flat enough for it.
const STEP: f64 = 0.3;

/// Steps after which the largest step is computed again, at the self-overlap that was reached.
const RENEWED: usize = 16;

/// Most sweeps.
const MOST_SWEEPS: usize = 1_000_000;

/// How temperature falls: `T (1 − t/sweeps)²`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AnnealingSettings {
    /// First temperature: weights follow `e^{L/T}` there.
    pub temperature: f64,
    /// Number of steps.
    pub sweeps: usize,
}

impl Default for AnnealingSettings {
    /// 0.35, 1500 sweeps.
    fn default() -> Self {
        Self {
            temperature: 0.35,
            sweeps: 1500,
        }
    }
}

impl AnnealingSettings {
    /// Checks both fields.
    ///
    /// # Errors
    /// Names the field outside of its range.
    pub fn validate(&self) -> Result<()> {
        require_positive("temperature", self.temperature)?;
        if (1..=MOST_SWEEPS).contains(&self.sweeps) {
            return Ok(());
        }
        let allowed = format!("must lie in 1..={MOST_SWEEPS}");
        Err(Error::invalid("sweeps", self.sweeps, allowed))
    }
}

/// Weights at the end of annealing from `w` (d×k), whose gradient need not vanish; `None` where a
/// step left the domain of `η2` or was not finite.
///
/// # Errors
/// Bad settings, weights of another shape, or rows that are missing.
pub fn anneal(
    problem: &Problem,
    mut w: Matrix,
    settings: &AnnealingSettings,
    stream: &mut Stream,
) -> Result<Option<Matrix>> {
    settings.validate()?;
    problem.validate_with(&w)?;
    let mut step = STEP;
    for sweep in 0..settings.sweeps {
        if sweep.is_multiple_of(RENEWED) {
            // The noise needs smaller steps than ascent alone: 0.6 of those.
            let q = w.tr_mul(&w) / w.nrows() as f64;
            step = STEP.min(0.6 * problem.hidden().stable_step(problem.alpha(), &[q]));
        }
        let Some(at) = Gradient::without_objective(problem, &w) else {
            return Ok(None);
        };
        let left = 1.0 - sweep as f64 / settings.sweeps as f64;
        let spread = (2.0 * step * settings.temperature).sqrt() * left;
        for (entry, slope) in w.iter_mut().zip(at.gradient.iter()) {
            let noise: f64 = StandardNormal.sample(stream);
            *entry += step * slope + spread * noise;
        }
    }
    Ok(w.iter().all(|entry| entry.is_finite()).then_some(w))
}
