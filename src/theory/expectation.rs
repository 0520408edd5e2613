//! What a simulation needs to know of the theory before it starts: the one rule by which steps and
//! dampings are chosen.

use super::find::{Starts, find};
use super::findings::Findings;
use super::fixed_point::FixedPoint;
use super::settings::FixedPointSettings;
use crate::error::Result;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::proximal::Proximal;
use schemars::JsonSchema;

/// Parts of their way that AMP's weights go in one iteration, in the order in which they are tried.
const WEIGHTS: [f64; 6] = [1.0, 0.5, 0.25, 0.1, 0.05, 0.02];

/// Largest contraction rate with which AMP counts as getting there: finite systems are a little
/// less stable than the limit.
const PACE: f64 = 0.98;

/// What the end of a simulation is expected to be like. It serves to choose a step and dampings,
/// and is not a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// Self-overlap of the answer, or of the first search's last iterate where there is none.
    pub self_overlap: Matrix,
    /// Dampings with which AMP reaches the answer, where it is replica symmetric.
    pub amp: Option<AmpPace>,
}

/// Dampings with which AMP settles in a fixed point.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, JsonSchema)]
pub struct AmpPace {
    /// Part of their way that the weights go in one iteration.
    pub weights: f64,
    /// Ceiling of the proximal parameter (see [`Proximal`]).
    pub ceiling: f64,
    /// Contraction rate of `M`, `Q`, `V` then.
    pub rate: f64,
}

impl Expectation {
    /// That of a model, by the search for all solutions; `None` where no search was possible.
    ///
    /// # Errors
    /// Bad settings.
    pub fn of(model: &Model, settings: &FixedPointSettings) -> Result<Option<Self>> {
        Ok(Self::from_findings(
            model,
            &find(model, Starts::Standard, settings)?,
            settings,
        ))
    }

    /// That of findings that are at hand.
    pub fn from_findings(
        model: &Model,
        found: &Findings,
        settings: &FixedPointSettings,
    ) -> Option<Self> {
        let answer = found.answer().ok();
        Some(Self {
            self_overlap: found.guess()?.order.q,
            amp: answer.and_then(|point| AmpPace::at(model, point, settings.damping)),
        })
    }
}

impl AmpPace {
    /// The fastest of the weights' dampings with which AMP that damps `V` by `rho` settles in
    /// `point`; `None` where replica symmetry is broken, so that AMP does not converge, and where
    /// none does.
    pub fn at(model: &Model, point: &FixedPoint, rho: f64) -> Option<Self> {
        if !point.stability.is_stable() {
            return None;
        }
        let (weights, rate) = WEIGHTS
            .into_iter()
            .filter_map(|weights| Some((weights, point.rate_at(weights, rho)?)))
            .find(|(_, rate)| *rate < PACE)
            .or_else(|| nearest_to_settling(point, rho))?;
        let bound = model.hidden().covariance_bound();
        let value = bound * crate::numerics::symmetric::largest_eigenvalue(&point.k);
        Some(Self {
            weights,
            ceiling: Proximal::default().ceiling.max(0.5 * (1.0 + value)),
            rate,
        })
    }
}

/// Where a slow direction keeps every rate near 1: the damping with the smallest one, if it is
/// below 1.
fn nearest_to_settling(point: &FixedPoint, rho: f64) -> Option<(f64, f64)> {
    WEIGHTS
        .into_iter()
        .filter_map(|weights| Some((weights, point.rate_at(weights, rho)?)))
        .filter(|(_, rate)| *rate < 1.0)
        .min_by(|a, b| a.1.total_cmp(&b.1))
}
