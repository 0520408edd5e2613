//! What a record keeps of a cell: its searches, what they found, and what the cell answers.

use super::region::Region;
use crate::numerics::rows::{from_rows, rows};
use crate::order_parameters::OrderParameters;
use crate::record::is_matrix;
use crate::theory::{FixedPoint, Stability, State, Work};
use serde::{Deserialize, Serialize};

/// Overlaps `ζ` below this count as none.
const NO_OVERLAP: f64 = 1e-5;

/// How a search of a cell begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellStart {
    /// The root finder from a neighbouring cell's solution; without one, or where it fails, an informed search.
    Continued,
    /// Damped iteration from the planted start.
    Informed,
    /// Damped iteration from a small overlap.
    Weak,
}

impl CellStart {
    /// Name in studies and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Continued => "continued",
            Self::Informed => "informed",
            Self::Weak => "weak",
        }
    }
}

/// A fixed point as recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Rows of `M`.
    pub m: Vec<Vec<f64>>,
    /// Rows of `Q`.
    pub q: Vec<Vec<f64>>,
    /// Rows of `K`.
    pub k: Vec<Vec<f64>>,
    /// Estimated error of the order parameters by quadrature.
    pub quadrature_error: f64,
    /// Spectral radius of the damped map.
    pub rate: f64,
    /// Replicon.
    pub replicon: f64,
    /// Its error by quadrature.
    pub replicon_error: f64,
    /// Joint eigenvalue of state evolution.
    pub joint_eigenvalue: f64,
    /// Its error.
    pub joint_eigenvalue_error: f64,
    /// Objective per visible unit.
    pub log_likelihood: f64,
    /// Its error by quadrature.
    pub log_likelihood_error: f64,
}

impl Found {
    /// The record of a fixed point.
    pub fn new(point: &FixedPoint) -> Self {
        Self {
            m: rows(&point.order.m),
            q: rows(&point.order.q),
            k: rows(&point.k),
            quadrature_error: point.quadrature_error,
            rate: point.rate,
            replicon: point.stability.replicon,
            replicon_error: point.stability.replicon_error,
            joint_eigenvalue: point.stability.joint_eigenvalue,
            joint_eigenvalue_error: point.stability.joint_eigenvalue_error,
            log_likelihood: point.stability.log_likelihood,
            log_likelihood_error: point.stability.log_likelihood_error,
        }
    }

    /// The order parameters.
    pub fn order(&self) -> OrderParameters {
        OrderParameters {
            m: from_rows(&self.m),
            q: from_rows(&self.q),
        }
    }

    /// The state from which a neighbour is searched.
    pub fn state(&self) -> State {
        State {
            order: self.order(),
            v: from_rows(&self.k),
        }
    }

    /// Replicon and objective, as theory has them.
    pub fn stability(&self) -> Stability {
        Stability {
            replicon: self.replicon,
            replicon_error: self.replicon_error,
            joint_eigenvalue: self.joint_eigenvalue,
            joint_eigenvalue_error: self.joint_eigenvalue_error,
            log_likelihood: self.log_likelihood,
            log_likelihood_error: self.log_likelihood_error,
        }
    }

    /// Number of signals with an overlap.
    pub fn recovered(&self) -> usize {
        let zeta = self.order().overlaps();
        zeta.row_iter()
            .filter(|row| row.amax() > NO_OVERLAP)
            .count()
    }

    fn fits(&self, signals: usize, units: usize) -> bool {
        is_matrix(&self.m, signals, units)
            && is_matrix(&self.q, units, units)
            && is_matrix(&self.k, units, units)
            && (0..units).all(|unit| self.q[unit][unit] >= 0.0)
    }
}

/// One search of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// How it began: `continued`, `informed` or `weak`.
    pub start: String,
    /// How it ended (see [`Outcome::name`](crate::theory::Outcome::name)).
    pub outcome: String,
    /// Whether it left the domain in which a replica-symmetric solution is defined (not for want of quadrature nodes).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_domain: bool,
    /// Residual of the undamped map at its end; `None` where the map is not defined.
    pub residual: Option<f64>,
    /// Work done.
    pub work: Work,
    /// The fixed point, unless an earlier search of the cell found the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// The earlier search that found the same fixed point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<usize>,
}

/// Difference to a search at twice the quadrature nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// How that search ended.
    pub outcome: String,
    /// Largest difference of an entry of `M` or `Q`.
    pub order: Option<f64>,
    /// Difference of the replicon.
    pub replicon: Option<f64>,
}

/// A finished cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Number of the point.
    pub index: u64,
    /// Horizontal control parameter.
    pub x: f64,
    /// Vertical control parameter.
    pub y: f64,
    /// Its searches.
    pub searches: Vec<Search>,
    /// The check at twice the quadrature nodes, where one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
}

impl Cell {
    /// The answer: the fixed point with the largest objective, and its search.
    pub fn answer(&self) -> Option<(&Search, &Found)> {
        self.searches
            .iter()
            .filter_map(|search| Some((search, search.found.as_ref()?)))
            .reduce(|best, other| {
                if other.1.log_likelihood > best.1.log_likelihood {
                    other
                } else {
                    best
                }
            })
    }

    /// Number of different fixed points.
    pub fn solutions(&self) -> usize {
        self.searches
            .iter()
            .filter(|search| search.found.is_some())
            .count()
    }

    /// What the answer says; `None` where a search failed without leaving the domain, so that nothing is known.
    pub fn region(&self) -> Option<Region> {
        let Some((_, found)) = self.answer() else {
            let left = self.searches.iter().all(|search| search.left_domain);
            return left.then_some(Region::NoSolution);
        };
        let order = found.order();
        let (signals, units) = order.m.shape();
        let recovered = found.recovered();
        Some(if recovered == 0 {
            Region::NoRecovery
        } else {
            match (
                recovered >= signals.min(units),
                found.stability().is_stable(),
            ) {
                (true, true) => Region::RecoveryStable,
                (true, false) => Region::RecoveryUnstable,
                (false, true) => Region::PartialStable,
                (false, false) => Region::PartialUnstable,
            }
        })
    }

    /// Whether the searches are those of a model with these numbers of signals and units.
    pub fn fits(&self, signals: usize, units: usize) -> bool {
        !self.searches.is_empty()
            && self.searches.iter().enumerate().all(|(index, search)| {
                let found = search.found.as_ref();
                found.is_none_or(|found| found.fits(signals, units))
                    && search.same_as.is_none_or(|same| same < index)
            })
    }

    /// The state that is continued to neighbours: the leading search's, or the next one's that has any.
    pub fn carried(&self) -> Option<&Found> {
        self.searches
            .iter()
            .find_map(|search| search.found.as_ref())
    }
}
