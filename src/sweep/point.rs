//! A solution of a potential as a record keeps it.

use super::stationary_spec::Condition;
use crate::fixed_point::{Measured, Nature, nature};
use crate::potential::{Rank, SaddlePoint};
use serde::{Deserialize, Serialize};

/// A stationary point as recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StationaryPoint {
    /// Order parameters.
    pub x: Vec<f64>,
    /// `Φ`.
    pub value: f64,
    /// Estimated error of the order parameters by quadrature.
    pub quadrature_error: f64,
    /// Largest real part of an eigenvalue of the saddle-point map, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eigenvalue: Option<f64>,
    /// Its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eigenvalue_error: Option<f64>,
    /// Replicon, where the definition has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicon: Option<f64>,
    /// Its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicon_error: Option<f64>,
    /// Observables in the order of the definition; none where one is not defined.
    pub observables: Vec<Option<f64>>,
}

impl StationaryPoint {
    /// The record of a stationary point.
    pub fn new(point: &SaddlePoint) -> Self {
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        let observables = point.observables.iter();
        Self {
            x: point.x.clone(),
            value: point.value,
            quadrature_error: point.quadrature_error,
            eigenvalue: point.eigenvalue.and_then(finite),
            eigenvalue_error: point.eigenvalue_error.and_then(finite),
            replicon: point.replicon.and_then(finite),
            replicon_error: point.replicon_error.and_then(finite),
            observables: observables.map(|(_, value)| finite(*value)).collect(),
        }
    }

    /// Replicon with its error.
    pub fn measured_replicon(&self) -> Option<Measured> {
        Measured::of(self.replicon, self.replicon_error)
    }

    /// What the point is; `None` if its theory has neither eigenvalue nor replicon.
    pub fn nature(&self) -> Option<Nature> {
        let eigenvalue = Measured::of(self.eigenvalue, self.eigenvalue_error);
        nature(self.measured_replicon(), eigenvalue)
    }

    /// Whether this point is the answer rather than another, as `solve` has it.
    pub fn leads(&self, other: &Self) -> bool {
        let rank = |point: &Self| Rank::new(point.nature(), point.eigenvalue, point.value);
        rank(self) < rank(other)
    }
}

/// Names of the numbers that a potential's solutions have.
#[derive(Debug, Clone)]
pub struct Names {
    /// Order parameters.
    pub order: Vec<String>,
    /// Observables.
    pub observables: Vec<String>,
    /// Whether there is a saddle-point map.
    pub eigenvalue: bool,
    /// Whether there is a replicon.
    pub replicon: bool,
}

impl Names {
    /// All of them.
    pub fn all(&self) -> Vec<&str> {
        let own = self.order.iter().chain(&self.observables);
        let eigenvalue = self.eigenvalue.then_some("eigenvalue");
        let replicon = self.replicon.then_some("replicon");
        own.map(String::as_str)
            .chain(["value"])
            .chain(eigenvalue)
            .chain(replicon)
            .collect()
    }

    /// The number of that name; `None` where it is not defined.
    pub fn number(&self, name: &str, point: &StationaryPoint) -> Option<f64> {
        let place = |names: &[String]| names.iter().position(|own| own == name);
        if let Some(place) = place(&self.order) {
            return Some(point.x[place]);
        }
        if let Some(place) = place(&self.observables) {
            return point.observables[place];
        }
        match name {
            "value" => Some(point.value),
            "eigenvalue" => point.eigenvalue,
            "replicon" => point.replicon,
            _ => None,
        }
    }

    /// Whether a condition holds.
    pub fn hold(&self, condition: &Condition, point: &StationaryPoint) -> bool {
        match condition {
            Condition::Stable(wanted) => (point.nature() == Some(Nature::Stable)) == *wanted,
            Condition::Number {
                name,
                relation,
                bound,
            } => self
                .number(name, point)
                .is_some_and(|value| relation.holds(value, *bound)),
        }
    }
}
