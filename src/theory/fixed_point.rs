//! Results of a fixed-point search.

use super::linearisation::Linearisation;
use super::outcome::Outcome;
use super::stability::Stability;
use super::state_evolution::State;
use crate::numerics::{Matrix, rows};
use crate::order_parameters::OrderParameters;
use crate::symmetry::Symmetry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Work done by a search.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, JsonSchema,
)]
pub struct Work {
    /// Damped iterations.
    pub iterations: u64,
    /// Evaluations of the state-evolution map, those of the iterations included.
    pub evaluations: u64,
    /// Refinement level of the quadrature at the end.
    pub level: u32,
    /// Quadrature nodes of one evaluation at that level.
    pub nodes: u64,
}

/// A fixed point of state evolution that was found: residual, quadrature and stability are part of
/// it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FixedPoint {
    /// Order parameters in their canonical form (see [`crate::symmetry::Symmetry::canonical`]).
    #[serde(flatten)]
    pub order: OrderParameters,
    /// Proximal parameter `V = K`.
    #[serde(with = "rows")]
    #[schemars(with = "Vec<Vec<f64>>")]
    pub k: Matrix,
    /// Residual of the undamped map, recomputed.
    pub residual: f64,
    /// Estimated error of the order parameters by quadrature: by differences between grids (tensor)
    /// or standard error (quasi-Monte Carlo), carried through `(I − J)^{-1}`.
    pub quadrature_error: f64,
    /// Spectral radius of the map with the search's damping of `V`: the factor by which AMP with
    /// this damping approaches the fixed point, or leaves it beyond 1; directions of a continuous
    /// symmetry, along which it stays where it is, are left out. It says nothing about the solution
    /// itself.
    pub rate: f64,
    /// Replicon, joint eigenvalue and objective.
    #[serde(flatten)]
    pub stability: Stability,
    /// Absent where the point was read from a file.
    #[serde(skip)]
    pub(super) linearisation: Option<Linearisation>,
}

impl FixedPoint {
    /// Order parameters with the proximal parameter, as a neighbouring search takes them.
    pub fn state(&self) -> State {
        State {
            order: self.order.clone(),
            v: self.k.clone(),
        }
    }

    /// Spectral radius of the map in which the overlaps go the part `weights` of their way and the
    /// proximal parameter the part `rho`: the factor by which AMP with these dampings approaches
    /// the fixed point. Damped weights make the self-overlap remember more than its last value; to
    /// first order around a fixed point with a replicon below 1 this is their pace all the same.
    /// `None` for a point that was read from a file.
    pub fn rate_at(&self, weights: f64, rho: f64) -> Option<f64> {
        Some(self.linearisation.as_ref()?.rate(weights, rho))
    }

    /// Whether a continuous symmetry of the model turns the point; false where that is not known.
    fn may_be_turned(&self) -> bool {
        let linearisation = self.linearisation.as_ref();
        linearisation.is_some_and(Linearisation::may_be_turned)
    }

    /// Whether two searches ended in the same fixed point, up to a symmetry of the model: overlaps
    /// within 1e-6 and the quadrature errors of both. Where a continuous symmetry turns the point,
    /// invariants of rotations are compared: singular values of `M`, eigenvalues of `Q`, and the
    /// objective.
    pub fn agrees_with(&self, other: &Self, symmetry: &Symmetry) -> bool {
        let tolerance = 1e-6 + 4.0 * (self.quadrature_error + other.quadrature_error);
        if self.may_be_turned() && other.may_be_turned() {
            let invariants = |point: &Self| {
                let mut all = sorted(point.order.m.singular_values().as_slice());
                all.extend(sorted(point.order.q.symmetric_eigenvalues().as_slice()));
                all.push(point.stability.log_likelihood);
                all
            };
            let pairs = invariants(self).into_iter().zip(invariants(other));
            return pairs.into_iter().all(|(a, b)| (a - b).abs() < tolerance);
        }
        let aligned = symmetry.align(&other.order, &self.order).order;
        aligned.distance(&self.order) < tolerance
    }
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Result of one search.
#[derive(Debug, Clone)]
pub struct Solution {
    /// Name of the start.
    pub start: String,
    /// How the search ended.
    pub outcome: Outcome,
    /// Where it ended; a fixed point only if [`Solution::fixed_point`] says so.
    pub last: State,
    /// Residual of the undamped map there (infinite where the map is not defined).
    pub residual: f64,
    /// Work done.
    pub work: Work,
    pub(super) fixed_point: Option<FixedPoint>,
}

impl Solution {
    /// The fixed point.
    ///
    /// # Errors
    /// The outcome, where there is none: a value that did not converge is reachable only as [`Solution::last`].
    pub fn fixed_point(&self) -> std::result::Result<&FixedPoint, &Outcome> {
        self.fixed_point.as_ref().ok_or(&self.outcome)
    }
}
