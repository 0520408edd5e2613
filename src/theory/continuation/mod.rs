//! Branches of fixed points of state evolution along one control parameter, by the continuation of
//! [`crate::fixed_point`].
//!
//! The unknowns are `M`, `Q`, `V`, the equations `F(x; p) − x = 0` of the undamped map. A branch
//! ends on the solution without overlap (onset of recovery) or where the theory is no longer
//! defined.

mod problem;
#[cfg(test)]
mod tests;

pub use crate::fixed_point::{ContinuationSettings, Event, EventKind};

use super::search::Search;
use super::settings::FixedPointSettings;
use super::stability::Stability;
use super::state_evolution::{Departure, State};
use super::unknowns::Shape;
use crate::error::Result;
use crate::fixed_point::{self, Accuracy, Begin, no_fixed_point};
use crate::model::Model;
use crate::numerics::brent::BrentFailure;
use crate::numerics::nullable;
use problem::EvolutionPath;
use schemars::JsonSchema;

/// Finest level of the quadrature of a branch.
const FINEST_LEVEL: u32 = 12;

/// How a branch of state evolution ended.
pub type BranchEnd = fixed_point::BranchEnd<Departure>;

/// Models along one control parameter.
pub type ModelPath<'a> = &'a (dyn Fn(f64) -> Result<Model> + Sync);

/// One point of a branch.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, JsonSchema)]
pub struct BranchPoint {
    /// Control parameter.
    pub value: f64,
    /// Order parameters with their proximal parameter `V = K`.
    #[serde(flatten)]
    pub state: State,
    /// Residual of the undamped map, recomputed.
    pub residual: f64,
    /// First-order estimate of the error by quadrature; it grows near folds, where the position on
    /// the curve stays accurate.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub quadrature_error: f64,
    /// Replicon and objective.
    #[serde(flatten)]
    pub stability: Stability,
    /// `dp/ds`: the tangent's component along the control parameter (in units of the range).
    pub direction: f64,
    /// Arclength since the first point.
    pub arclength: f64,
}

/// A branch of fixed points, in the order in which it was followed.
#[derive(Debug, Clone)]
pub struct Branch {
    /// Its points.
    pub points: Vec<BranchPoint>,
    /// Folds, changes of stability, onset of recovery.
    pub events: Vec<Event>,
    /// Crossings that were noticed but could not be located, with the interval of the control
    /// parameter that holds them.
    pub unlocated: Vec<(EventKind, [f64; 2], BrentFailure)>,
    /// The solution without overlap at the onset, if the branch ended there.
    pub silent: Option<State>,
    /// How it ended.
    pub end: BranchEnd,
    /// Evaluations of the state-evolution map.
    pub evaluations: u64,
}

/// Follows the branch through the fixed point `start` at `value`, first towards larger values of
/// the control parameter (`rising`) or towards smaller ones.
///
/// # Errors
/// Bad settings, a start outside of the range, a value without a model, or a start that is no fixed point.
pub fn trace(
    path: ModelPath,
    value: f64,
    start: &State,
    rising: bool,
    continuation: &ContinuationSettings,
    settings: &FixedPointSettings,
) -> Result<Branch> {
    settings.validate()?;
    continuation.validate(value)?;
    let model = path(value)?;
    start.order.require_shape(model.signals(), model.units())?;
    let settings = &settings.for_branches(model.units());
    let solution = Search::new(&model, settings).branch("start of the branch", start.clone());
    if !solution.outcome.is_converged() {
        return Err(no_fixed_point(value));
    }
    let shape = Shape::of(&model);
    let begin = Begin {
        value,
        x: shape.pack(&solution.last.order, &solution.last.v),
        residual: solution.residual,
        level: solution.work.level,
    };
    let accuracy = Accuracy {
        tolerance: settings.tolerance,
        quadrature_tolerance: settings.quadrature_tolerance,
        finest_level: FINEST_LEVEL,
        nearness: 1e-9,
    };
    let family = EvolutionPath { path, settings };
    let branch = fixed_point::trace(&family, begin, rising, continuation, accuracy)?;
    Ok(Branch {
        points: branch
            .points
            .into_iter()
            .map(|point| BranchPoint::of(point, shape))
            .collect(),
        events: branch.events,
        unlocated: branch.unlocated,
        silent: branch.silent.map(|x| shape.unpack(&x)),
        end: branch.end,
        evaluations: branch.evaluations,
    })
}

impl BranchPoint {
    fn of(point: fixed_point::BranchPoint, shape: Shape) -> Self {
        Self {
            value: point.value,
            state: shape.unpack(&point.x),
            residual: point.residual,
            quadrature_error: point.quadrature_error,
            stability: Stability::of(&point.description),
            direction: point.direction,
            arclength: point.arclength,
        }
    }
}
