//! Branches of solutions along one control parameter, by pseudo-arclength continuation.
//!
//! A branch is a curve `(x(s), p(s))` of roots of `R(x; p) = 0`, where `x` holds the unknowns and
//! `p` is the control parameter. It is followed by its arclength: a predictor along the tangent,
//! and a corrector in the plane perpendicular to it. So the curve is followed around folds, where
//! the parameter turns back and no function of `p` exists. Folds are roots of `dp/ds`, changes of
//! stability those of `replicon − 1`, both by Brent's method along the curve; each comes with an
//! interval.

mod curve;
mod onset;
mod tracer;

use super::{Accuracy, Description, ProblemPath};
use crate::error::{Error, Result, require_between};
use crate::numerics::brent::BrentFailure;
use curve::Curve;
use nalgebra::DVector;
use schemars::JsonSchema;

/// The replicon at the de Almeida–Thouless point, less than its rounding: where a whole branch is
/// marginal (Gaussian units below the BBP threshold have a replicon of exactly 1), rounding must
/// not decide.
pub(crate) const CRITICAL: f64 = 1.0 - 1e-9;

/// How a branch is followed (see [`trace`]).
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, JsonSchema)]
pub struct ContinuationSettings {
    /// Range of the control parameter; the branch ends where it leaves it.
    pub range: [f64; 2],
    /// Largest step of arclength, in units of the range (and 1 for the order parameters).
    pub largest_step: f64,
    /// Width to which folds, changes of stability and ends are located, in the control parameter.
    pub width: f64,
    /// Largest number of points.
    pub max_points: usize,
}

impl ContinuationSettings {
    /// The default tuning on a range.
    pub fn on(range: [f64; 2]) -> Self {
        Self {
            range,
            largest_step: 0.05,
            width: 1e-8,
            max_points: 2000,
        }
    }

    /// Checks the settings, and that a branch that begins at `value` begins in the range.
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub(crate) fn validate(&self, value: f64) -> Result<()> {
        let [low, high] = self.range;
        if !(low.is_finite() && high.is_finite() && low < high) {
            let allowed = "must rise from a first to a last value";
            return Err(Error::invalid("range", format!("{low} to {high}"), allowed));
        }
        require_between("largest-step", self.largest_step, 1e-6, 1.0)?;
        require_between("width", self.width, 1e-12, 1.0)?;
        if !(2..=1_000_000).contains(&self.max_points) {
            let allowed = "must lie in 2..=1000000";
            return Err(Error::invalid("max-points", self.max_points, allowed));
        }
        if !(low..=high).contains(&value) {
            let allowed = format!("must lie in {low}..={high}");
            return Err(Error::invalid("start of the branch", value, allowed));
        }
        Ok(())
    }
}

/// A solution at which a branch is begun.
#[derive(Debug, Clone)]
pub struct Begin {
    /// Control parameter.
    pub value: f64,
    /// The unknowns.
    pub x: DVector<f64>,
    /// Their residual.
    pub residual: f64,
    /// Level of the quadrature at which they were found.
    pub level: u32,
}

/// One point of a branch.
#[derive(Debug, Clone)]
pub struct BranchPoint {
    /// Control parameter.
    pub value: f64,
    /// The unknowns.
    pub x: DVector<f64>,
    /// Residual of the equations, recomputed.
    pub residual: f64,
    /// First-order estimate of the error by quadrature; it grows near folds, where the position on
    /// the curve stays accurate.
    pub quadrature_error: f64,
    /// Stability and objective.
    pub description: Description,
    /// `dp/ds`: the tangent's component along the control parameter (in units of the range).
    pub direction: f64,
    /// Arclength since the first point.
    pub arclength: f64,
}

/// What happens on a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EventKind {
    /// The control parameter turns back: two solutions meet.
    Fold,
    /// The replicon crosses 1.
    StabilityChange,
    /// The joint eigenvalue crosses 1 without a fold: the branch becomes a saddle, or ceases to be
    /// one, and another branch leaves it (units begin to mix signals, for example).
    Bifurcation,
    /// The overlap with the signals vanishes, or another order parameter: the branch ends on the
    /// solution without it (weak recovery).
    Onset,
}

impl EventKind {
    /// What happens, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Fold => "fold",
            Self::StabilityChange => "replicon = 1 (de Almeida–Thouless)",
            Self::Bifurcation => "another branch leaves (eigenvalue 1)",
            Self::Onset => "an order parameter vanishes",
        }
    }
}

/// A located event.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, JsonSchema)]
pub struct Event {
    /// What happens.
    pub kind: EventKind,
    /// Control parameter there.
    pub value: f64,
    /// Interval in which it lies.
    pub interval: [f64; 2],
    /// `|dp/ds|` at a fold, `|replicon − 1|` at a change of stability, `|eigenvalue − 1|` at a
    /// bifurcation, `|det(J − I)|` of the overlaps that vanish at an onset (`|growth − 1|` for one
    /// unit and one signal); recomputed.
    pub residual: f64,
    /// Index of the last point of the branch before it.
    pub after: usize,
}

/// How a branch ended.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BranchEnd<D: std::fmt::Display> {
    /// It left the range of the control parameter.
    #[error("leaves the range at {0}")]
    Range(f64),
    /// It met the solution without overlap.
    #[error("ends at {0}, where its overlap vanishes")]
    Onset(f64),
    /// It left the region in which the theory is defined.
    #[error("ends between {} and {}: {departure}", interval[0], interval[1])]
    Departed {
        /// Interval in which the last point of the branch lies.
        interval: [f64; 2],
        /// What is lost there.
        departure: D,
    },
    /// The corrector failed although the step became tiny.
    #[error(
        "could not be followed beyond {0}: the corrector fails at the smallest step (or the quadrature at its largest number of nodes)"
    )]
    Lost(f64),
    /// The largest number of points was reached.
    #[error("goes on beyond {0}: raise the number of points")]
    Unfinished(f64),
}

/// A branch of solutions, in the order in which it was followed.
#[derive(Debug, Clone)]
pub struct Branch<D: std::fmt::Display> {
    /// Its points.
    pub points: Vec<BranchPoint>,
    /// Folds, changes of stability, bifurcations, onset.
    pub events: Vec<Event>,
    /// Crossings that were noticed but could not be located, with the interval of the control
    /// parameter that holds them.
    pub unlocated: Vec<(EventKind, [f64; 2], BrentFailure)>,
    /// The solution on which the branch ended at an onset.
    pub silent: Option<DVector<f64>>,
    /// How it ended.
    pub end: BranchEnd<D>,
    /// Evaluations of the equations.
    pub evaluations: u64,
}

/// Follows the branch through a solution, first towards larger values of the control parameter
/// (`rising`) or towards smaller ones.
///
/// # Errors
/// Bad settings, a start outside of the range, or one that is no solution.
pub fn trace<P: ProblemPath>(
    path: &P,
    begin: Begin,
    rising: bool,
    continuation: &ContinuationSettings,
    accuracy: Accuracy,
) -> Result<Branch<P::Departure>> {
    continuation.validate(begin.value)?;
    let [low, high] = continuation.range;
    let curve = Curve {
        path,
        accuracy,
        unit: high - low,
        level: begin.level,
        evaluations: std::cell::Cell::new(0),
    };
    let value = begin.value;
    let branch = tracer::Tracer::new(curve, *continuation).run(begin, rising);
    branch.ok_or_else(|| no_fixed_point(value))
}

pub(crate) fn no_fixed_point(value: f64) -> Error {
    let allowed =
        "no fixed point was found from the given state: start where onsager solve finds one";
    Error::invalid("start of the branch", value, allowed)
}
