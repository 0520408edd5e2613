//! A solution as a record keeps it.

use super::point::StationaryPoint;
use crate::fixed_point::{Measured, Nature};
use crate::numerics::rows::{from_rows, rows};
use crate::order_parameters::OrderParameters;
use crate::record::is_matrix;
use crate::theory::{FixedPoint, Stability, State};
use serde::{Deserialize, Serialize};

/// Overlaps `ζ` below this count as none.
const NO_OVERLAP: f64 = 1e-5;

/// A solution as recorded, of either theory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Found {
    /// A fixed point of state evolution.
    Evolution(EvolutionPoint),
    /// A stationary point of a potential.
    Stationary(StationaryPoint),
}

impl Found {
    /// The fixed point, if the theory is state evolution.
    pub fn evolution(&self) -> Option<&EvolutionPoint> {
        match self {
            Self::Evolution(point) => Some(point),
            Self::Stationary(_) => None,
        }
    }

    /// The stationary point, if the theory is a potential.
    pub fn stationary(&self) -> Option<&StationaryPoint> {
        match self {
            Self::Stationary(point) => Some(point),
            Self::Evolution(_) => None,
        }
    }

    /// Whether this solution is the answer rather than another: by the objective, and for potentials saddles last.
    pub(super) fn leads(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Evolution(own), Self::Evolution(other)) => {
                own.log_likelihood > other.log_likelihood
            }
            (Self::Stationary(own), Self::Stationary(other)) => own.leads(other),
            // A record holds solutions of one theory.
            _ => false,
        }
    }

    /// What the solution is; `None` where its theory has neither eigenvalue nor replicon.
    pub fn nature(&self) -> Option<Nature> {
        match self {
            Self::Evolution(point) => Some(point.stability().nature()),
            Self::Stationary(point) => point.nature(),
        }
    }

    /// Replicon with its error.
    pub fn replicon(&self) -> Option<Measured> {
        match self {
            Self::Evolution(point) => Some(Measured {
                value: point.replicon,
                error: point.replicon_error,
            }),
            Self::Stationary(point) => point.measured_replicon(),
        }
    }

    /// Estimated error of the order parameters by quadrature.
    pub fn quadrature_error(&self) -> f64 {
        match self {
            Self::Evolution(point) => point.quadrature_error,
            Self::Stationary(point) => point.quadrature_error,
        }
    }

    /// How much two neighbours differ: in an overlap, or in the size of an order parameter, relative where that exceeds 1.
    pub fn distance(&self, other: &Self) -> f64 {
        match (self, other) {
            (Self::Evolution(own), Self::Evolution(other)) => {
                (own.order().overlaps() - other.order().overlaps()).amax()
            }
            (Self::Stationary(own), Self::Stationary(other)) => {
                let pairs = own.x.iter().zip(&other.x);
                let difference = |(a, b): (&f64, &f64)| {
                    (a.abs() - b.abs()).abs() / a.abs().max(b.abs()).max(1.0)
                };
                pairs.map(difference).fold(0.0, f64::max)
            }
            // A record holds solutions of one theory.
            _ => f64::INFINITY,
        }
    }

    /// Whether the numbers are those of a theory of this shape.
    pub(super) fn fits(&self, signals: usize, units: usize) -> bool {
        match self {
            Self::Evolution(point) => point.fits(signals, units),
            Self::Stationary(point) => {
                point.x.len() == signals * units && point.x.iter().all(|x| x.is_finite())
            }
        }
    }
}

/// A fixed point of state evolution as recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvolutionPoint {
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

impl EvolutionPoint {
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
