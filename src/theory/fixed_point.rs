//! Results of a fixed-point search.

use super::outcome::Outcome;
use super::stability::Stability;
use super::state_evolution::State;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;

/// Work done by a search.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

/// A fixed point of state evolution that was found: residual, quadrature and stability are part of it.
#[derive(Debug, Clone)]
pub struct FixedPoint {
    /// Order parameters in their canonical form (see [`crate::symmetry::Symmetry::canonical`]).
    pub order: OrderParameters,
    /// Proximal parameter `V = K`.
    pub k: Matrix,
    /// Residual of the undamped map, recomputed.
    pub residual: f64,
    /// Estimated error of the order parameters by quadrature: difference to a finer grid (tensor) or standard error
    /// (quasi-Monte Carlo), carried through `(I − J)^{-1}`.
    pub quadrature_error: f64,
    /// Spectral radius of the damped state-evolution map: its contraction rate.
    pub rate: f64,
    /// Replicon and objective.
    pub stability: Stability,
}

impl FixedPoint {
    /// Order parameters with the proximal parameter, as a neighbouring search takes them.
    pub fn state(&self) -> State {
        State {
            order: self.order.clone(),
            v: self.k.clone(),
        }
    }

    /// Whether two searches ended in the same fixed point: overlaps within 1e-6 and the quadrature errors of both.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let tolerance = 1e-6 + 4.0 * (self.quadrature_error + other.quadrature_error);
        (&self.order.m - &other.order.m).amax() < tolerance
            && (&self.order.q - &other.order.q).amax() < tolerance
    }
}

/// Result of one search.
#[derive(Debug, Clone)]
pub struct Solution {
    /// Name of the start.
    pub start: &'static str,
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
