//! What a cell has beyond replica symmetry, as a record keeps it.

use super::found::NO_OVERLAP;
use super::region::Region;
use crate::error::Result;
use crate::fixed_point::Measured;
use crate::model::Model;
use crate::rsb::{Broken, BrokenEnd, Depth, solve_unit};
use serde::{Deserialize, Serialize};

/// Beyond replica symmetry, in a cell without a replica-symmetric solution that holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BeyondPoint {
    /// How the search ended.
    pub end: BrokenEnd,
    /// Most steps of which a root was found.
    pub steps: usize,
    /// The numbers, where any were obtained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<BeyondNumbers>,
}

/// Numbers beyond replica symmetry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BeyondNumbers {
    /// Whether they are the limit of many steps; otherwise those of fewer, or of replica symmetry
    /// with the global maximum: an upper bound where it breaks, and a solution that the searches of
    /// the cell missed where it does not.
    pub limit: bool,
    /// Whether there is an overlap with the signal, be it smaller than its error.
    pub recovered: bool,
    /// Overlap `M`.
    pub m: Number,
    /// Self-overlap `Q`.
    pub q: Number,
    /// `ζ`.
    pub zeta: Number,
    /// `ℓ`.
    pub objective: Number,
}

/// A number, with its error where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// The number.
    pub value: f64,
    /// Its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<f64>,
}

impl Number {
    fn alone(value: f64) -> Self {
        Self { value, error: None }
    }
}

impl From<Measured> for Number {
    fn from(own: Measured) -> Self {
        Self {
            value: own.value,
            error: Some(own.error).filter(|error| error.is_finite()),
        }
    }
}

impl BeyondPoint {
    /// Solves the model beyond replica symmetry.
    ///
    /// # Errors
    /// As [`solve_unit`].
    pub fn solve(model: &Model, depth: Depth) -> Result<Self> {
        let broken = solve_unit(model, depth)?;
        Ok(Self {
            end: broken.end,
            steps: broken.deepest().map_or(0, |own| own.steps),
            numbers: BeyondNumbers::of(&broken),
        })
    }

    /// What the numbers say of the cell; `None` without any.
    pub fn region(&self) -> Option<Region> {
        let own = self.numbers.as_ref()?;
        Some(match (self.end, own.limit, own.recovered) {
            (BrokenEnd::ReplicaSymmetric, _, true) => Region::RecoveryStable,
            (BrokenEnd::ReplicaSymmetric, _, false) => Region::NoRecovery,
            (_, true, true) => Region::FullRsbRecovery,
            (_, true, false) => Region::FullRsbNoRecovery,
            (_, false, true) => Region::UpperBoundRecovery,
            (_, false, false) => Region::UpperBoundNoRecovery,
        })
    }
}

impl BeyondNumbers {
    fn of(broken: &Broken) -> Option<Self> {
        if let Some(own) = &broken.limit {
            return Some(Self {
                limit: true,
                // Of an overlap that the steps don't resolve the error is infinite.
                recovered: own.zeta.value > NO_OVERLAP || own.zeta.error.is_infinite(),
                m: own.m.into(),
                q: own.q.into(),
                zeta: own.zeta.into(),
                objective: own.objective.into(),
            });
        }
        let (m, q, zeta, objective) = match broken.deepest() {
            Some(own) => (own.order.m, own.q, own.zeta, own.objective),
            None => {
                let own = broken.symmetric?;
                (own.m, own.q, own.m.abs() / own.q.sqrt(), own.objective)
            }
        };
        Some(Self {
            limit: false,
            recovered: zeta > NO_OVERLAP,
            m: Number::alone(m),
            q: Number::alone(q),
            zeta: Number::alone(zeta),
            objective: Number::alone(objective),
        })
    }

    /// The number in the column of this name. An overlap that is there, and smaller than the steps
    /// resolve, has none.
    pub fn column(&self, name: &str) -> Option<f64> {
        let resolved = !self.recovered || self.zeta.value > NO_OVERLAP;
        match name {
            "m_11" => Some(self.m.value).filter(|_| resolved),
            "zeta_11" => Some(self.zeta.value).filter(|_| resolved),
            "direction_11" => Some(self.m.value / self.q.value.sqrt()).filter(|_| resolved),
            "q_11" => Some(self.q.value),
            "log_likelihood" => Some(self.objective.value),
            _ => None,
        }
    }
}
