//! A solution as a record keeps it.

use super::point::StationaryPoint;
use crate::fixed_point::{Measured, Nature};
use crate::numerics::rows::is_finite_matrix;
use crate::numerics::{Matrix, rows};
use crate::order_parameters::OrderParameters;
use crate::theory::{FixedPoint, Stability, State};
use serde::{Deserialize, Serialize};

/// Overlaps `ζ` below this count as none.
pub(super) const NO_OVERLAP: f64 = 1e-5;

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

    /// Whether this solution is the answer rather than another: by the objective, and for
    /// potentials saddles last.
    pub(super) fn leads(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Evolution(own), Self::Evolution(other)) => {
                own.stability.log_likelihood > other.stability.log_likelihood
            }
            (Self::Stationary(own), Self::Stationary(other)) => own.leads(other),
            // A record holds solutions of one theory.
            _ => false,
        }
    }

    /// What the solution is; `None` where its theory has neither eigenvalue nor replicon.
    pub fn nature(&self) -> Option<Nature> {
        match self {
            Self::Evolution(point) => Some(point.stability.nature()),
            Self::Stationary(point) => point.nature(),
        }
    }

    /// Replicon with its error.
    pub fn replicon(&self) -> Option<Measured> {
        match self {
            Self::Evolution(point) => Some(Measured {
                value: point.stability.replicon,
                error: point.stability.replicon_error,
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

    /// How much two neighbours differ: in an overlap, or in the size of an order parameter,
    /// relative where that exceeds 1.
    pub fn distance(&self, other: &Self) -> f64 {
        match (self, other) {
            (Self::Evolution(own), Self::Evolution(other)) => {
                (own.order.overlaps() - other.order.overlaps()).amax()
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
    /// `M` and `Q`.
    #[serde(flatten)]
    pub order: OrderParameters,
    /// `K`.
    #[serde(with = "rows")]
    pub k: Matrix,
    /// Estimated error of the order parameters by quadrature.
    pub quadrature_error: f64,
    /// Spectral radius of the damped map.
    pub rate: f64,
    /// Replicon, joint eigenvalue and objective, with their errors.
    #[serde(flatten)]
    pub stability: Stability,
}

impl EvolutionPoint {
    /// The record of a fixed point.
    pub fn new(point: &FixedPoint) -> Self {
        Self {
            order: point.order.clone(),
            k: point.k.clone(),
            quadrature_error: point.quadrature_error,
            rate: point.rate,
            stability: point.stability,
        }
    }

    /// The state from which a neighbour is searched for.
    pub fn state(&self) -> State {
        State {
            order: self.order.clone(),
            v: self.k.clone(),
        }
    }

    /// Number of signals with an overlap.
    pub fn recovered(&self) -> usize {
        let zeta = self.order.overlaps();
        zeta.row_iter()
            .filter(|row| row.amax() > NO_OVERLAP)
            .count()
    }

    fn fits(&self, signals: usize, units: usize) -> bool {
        self.order.is_of(signals, units) && is_finite_matrix(&self.k, units, units)
    }
}
