//! What stable means, in one place.

use crate::numerics::nullable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number with its error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// Its estimated error.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub error: f64,
}

impl Measured {
    /// A number with its error; an error that is not known is infinite, so that it decides nothing.
    pub fn of(value: Option<f64>, error: Option<f64>) -> Option<Self> {
        value.map(|value| Self {
            value,
            error: error.unwrap_or(f64::INFINITY),
        })
    }
}

/// Stability and objective of a solution, as far as its theory has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Replicon: replica symmetry holds below 1.
    pub replicon: Option<Measured>,
    /// Largest real part of an eigenvalue of the fixed-point map: beyond 1 the solution is a
    /// saddle.
    pub eigenvalue: Option<Measured>,
    /// What the solutions are compared by: the larger one leads.
    pub objective: Measured,
    /// Other numbers, by name; NaN where one is not defined.
    pub observables: Vec<(String, f64)>,
}

impl Description {
    /// What the solution is; `None` where its theory has neither replicon nor eigenvalue.
    pub fn nature(&self) -> Option<Nature> {
        nature(self.replicon, self.eigenvalue)
    }
}

/// What a solution is, by its replicon and the largest real part of an eigenvalue of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Nature {
    /// Both are below 1, errors included: the replica-symmetric prediction is exact if no other
    /// solution has a larger objective.
    Stable,
    /// The eigenvalue is beyond 1: not even locally a maximum, whatever the replicon.
    Saddle,
    /// The replicon is 1 or more: replica symmetry is broken, and the numbers are approximations.
    ReplicaSymmetryBroken,
    /// One of them is 1 within its error.
    Marginal,
}

impl Nature {
    /// Name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Saddle => "saddle",
            Self::ReplicaSymmetryBroken => "replica-symmetry-broken",
            Self::Marginal => "marginal",
        }
    }

    /// One sentence for the user; `None` for a stable solution.
    pub fn explanation(self) -> Option<&'static str> {
        match self {
            Self::Stable => None,
            Self::Saddle => Some(
                "the eigenvalue is beyond 1, so this is a saddle: the order parameters run away from it",
            ),
            Self::ReplicaSymmetryBroken => Some(
                "the replicon is not below 1, so replica symmetry is broken and these numbers are approximations",
            ),
            Self::Marginal => Some(
                "the replicon or the joint eigenvalue is 1 within its error: stability is not decided",
            ),
        }
    }
}

/// What a solution is. One number that its theory does not have is no objection, but without both
/// nothing is said (`None`); an error that is not a number decides nothing.
pub fn nature(replicon: Option<Measured>, eigenvalue: Option<Measured>) -> Option<Nature> {
    (replicon.is_some() || eigenvalue.is_some()).then(|| known_nature(replicon, eigenvalue))
}

fn known_nature(replicon: Option<Measured>, eigenvalue: Option<Measured>) -> Nature {
    if eigenvalue.is_some_and(|own| own.value - own.error > 1.0) {
        return Nature::Saddle;
    }
    if replicon.is_some_and(|own| own.value - own.error >= 1.0) {
        return Nature::ReplicaSymmetryBroken;
    }
    let below = |own: Measured| own.value + own.error < 1.0;
    if replicon.is_none_or(below) && eigenvalue.is_none_or(below) {
        return Nature::Stable;
    }
    Nature::Marginal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_count_against_a_solution_and_missing_numbers_do_not() {
        let number = |value, error| Some(Measured { value, error });
        let cases = [
            (number(0.5, 0.1), number(0.5, 0.1), Nature::Stable),
            (number(0.5, 0.1), None, Nature::Stable),
            (None, number(0.95, 0.1), Nature::Marginal),
            (number(0.5, f64::NAN), None, Nature::Marginal),
            (
                number(1.0, 0.0),
                number(0.5, 0.1),
                Nature::ReplicaSymmetryBroken,
            ),
            (number(2.0, 0.1), number(1.2, 0.1), Nature::Saddle),
            (Measured::of(Some(0.5), None), None, Nature::Marginal),
        ];
        assert_eq!(nature(None, None), None);
        for (replicon, eigenvalue, expected) in cases {
            assert_eq!(
                nature(replicon, eigenvalue),
                Some(expected),
                "{replicon:?} {eigenvalue:?}"
            );
        }
    }
}
