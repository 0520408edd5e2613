//! The long-time limit, solved directly, beside the trajectory.
//!
//! Where the dynamics becomes stationary, `u_t → u` and the integrated responses `V = Σ_s B_ts`,
//! `Ĉ = Σ_s C_ts` converge; then `h = M^T Λ u* + ω + V u`, `u = f(h)`, and the recursion of `B`
//! gives `(H − Ĉ) V = I`. These are the equations of the state-evolution fixed point with `V = K`:
//! the step `κ` drops out, and the fixed-point driver of [`crate::theory`] solves them.

use super::prediction::DmftPrediction;
use crate::ensemble::Estimate;
use crate::error::Result;
use crate::model::Model;
use crate::start::Start;
use crate::theory::{
    FixedPoint, FixedPointSettings, Outcome, RelaxationSpectrum, Starts, find, relaxation_spectrum,
};
use schemars::JsonSchema;

/// What the end of the trajectory is, as far as theory knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The replicon is below 1: the dynamics relaxes to the fixed point exponentially.
    Relaxing,
    /// The replicon is 1 or more: the dynamics does not become stationary on times of order one.
    NotStationary,
    /// No fixed point was found.
    NoFixedPoint,
}

/// The long-time limit beside the end of a trajectory.
#[derive(Debug, Clone)]
pub struct LongTime {
    /// How the search for the fixed point ended.
    pub outcome: Outcome,
    /// The fixed point, searched from the end of the trajectory.
    pub fixed_point: Option<FixedPoint>,
    /// What the end of the trajectory is.
    pub standing: Standing,
    /// Spectrum of the linearised dynamics at the fixed point, where it is known (see
    /// [`relaxation_spectrum`]).
    pub relaxation: Option<RelaxationSpectrum>,
    /// Last time of the trajectory.
    pub time: usize,
    /// Largest difference of an entry of `M`, `Q` at the end from the fixed point, to which it is
    /// aligned.
    pub distance: Option<f64>,
    /// Time with which the end is compared: half of the last one.
    pub half_time: usize,
    /// Largest change of an entry of `M`, `Q` since then.
    pub drift: f64,
    /// Root-mean-square displacement of the weights since then.
    pub displacement: Option<Estimate>,
}

impl LongTime {
    /// Solves the stationary equations from the end of `prediction`; `None` where it has fewer than
    /// two times.
    ///
    /// # Errors
    /// Bad settings.
    pub fn of(
        model: &Model,
        prediction: &DmftPrediction,
        settings: &FixedPointSettings,
    ) -> Result<Option<Self>> {
        let Some(time) = prediction.times().checked_sub(1).filter(|&time| time > 0) else {
            return Ok(None);
        };
        let half_time = time / 2;
        let (Some(end), Some(half)) = (prediction.order(time), prediction.order(half_time)) else {
            return Ok(None);
        };
        let starts = [Start::Given(end.clone())];
        let found = find(model, Starts::Only(&starts), settings)?;
        let fixed_point = found.answer().ok().cloned();
        let distance = fixed_point.as_ref().map(|point| {
            let aligned = model.symmetry().align(&end, &point.order).order;
            let m = (&point.order.m - &aligned.m).amax();
            m.max((&point.order.q - &aligned.q).amax())
        });
        let standing = match &fixed_point {
            None => Standing::NoFixedPoint,
            Some(point) if point.stability.is_stable() => Standing::Relaxing,
            Some(_) => Standing::NotStationary,
        };
        let relaxation = match &fixed_point {
            Some(point) => relaxation_spectrum(model, point)?,
            None => None,
        };
        Ok(Some(Self {
            relaxation,
            outcome: found.attempts[0].outcome.clone(),
            fixed_point,
            standing,
            time,
            distance,
            half_time,
            drift: (&end.m - &half.m).amax().max((&end.q - &half.q).amax()),
            displacement: prediction.displacement(time, half_time),
        }))
    }
}
