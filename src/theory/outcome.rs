//! How a calculation ended: part of every result, never an afterthought.

use super::state_evolution::Departure;
use crate::fixed_point::Ending;
use serde::Serialize;

/// Which method brought the residual below its tolerance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Iteration of state evolution with a damped proximal parameter.
    DampedIteration,
    /// Gauss–Newton on the undamped residual, from the last iterate.
    RootFinder,
}

/// The end of a fixed-point search. Residuals are those of the *undamped* map.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The residual is below its tolerance, and quadrature error below its own.
    Converged {
        /// Method that finished.
        method: Method,
    },
    /// Still contracting when the iterations ran out, by this factor each iteration.
    Slow {
        /// Contraction rate of the residual, just below 1.
        rate: f64,
    },
    /// An iterate left the region in which the theory is defined.
    LeftDomain(Departure),
    /// An entry became infinite or NaN.
    NotFinite,
    /// Iteration settled at a saddle that it does not leave by itself: exactly without overlap,
    /// where the signals are strong enough to be learned.
    Saddle,
    /// The iterations ran out without contraction: a cycle, or wandering.
    OutOfIterations,
    /// The fixed point was found, but quadrature could not be refined to its tolerance within the
    /// allowed nodes.
    QuadratureLimit {
        /// Estimated error of the order parameters.
        error: f64,
    },
}

impl Outcome {
    /// Whether the values may be read as a fixed point.
    pub fn is_converged(&self) -> bool {
        matches!(self, Self::Converged { .. })
    }

    /// Whether the search left the region in which the theory is defined, rather than the one that
    /// its quadrature reaches.
    pub fn has_left_domain(&self) -> bool {
        match self {
            Self::LeftDomain(departure) => !departure.is_of_quadrature(),
            _ => false,
        }
    }

    /// The same without numbers, as it stands in tables, records and JSON.
    pub fn ending(&self) -> Ending {
        match self {
            Self::Converged { .. } => Ending::Converged,
            Self::Slow { .. } => Ending::Slow,
            Self::LeftDomain(departure) if departure.is_of_quadrature() => Ending::QuadratureLimit,
            Self::LeftDomain(_) => Ending::LeftDomain,
            Self::NotFinite => Ending::NotFinite,
            Self::Saddle => Ending::Saddle,
            Self::OutOfIterations => Ending::OutOfIterations,
            Self::QuadratureLimit { .. } => Ending::QuadratureLimit,
        }
    }

    /// Name of that ending.
    pub fn name(&self) -> &'static str {
        self.ending().name()
    }

    /// One sentence for the user: what happened, and what to do.
    pub fn explanation(&self) -> String {
        match self {
            Self::Converged { method } => match method {
                Method::DampedIteration => "converged by damped iteration".into(),
                Method::RootFinder => "converged by the root finder".into(),
            },
            Self::Slow { rate } => format!(
                "still contracting by {rate:.4} an iteration when the iterations ran out: raise --max-iterations"
            ),
            Self::LeftDomain(departure) => departure.to_string(),
            Self::NotFinite => {
                "an order parameter became infinite or NaN: choose another start or stronger damping".into()
            }
            Self::Saddle => {
                "iteration settled at a saddle, which is not an answer: begin with an overlap".into()
            }
            Self::OutOfIterations => {
                "no contraction within the allowed iterations: lower --damping or raise --max-iterations".into()
            }
            Self::QuadratureLimit { error } => format!(
                "quadrature error {error:.1e} stays above its tolerance: loosen --quadrature-tolerance, or raise --max-nodes"
            ),
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}
