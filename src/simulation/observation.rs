//! What is observed along a run, and how a run ends.

use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;

/// Overlaps after one iteration.
#[derive(Debug, Clone)]
pub struct Observation {
    /// `M` and `Q`, units as they come (not aligned); `M` has no rows where no planted signals are known.
    pub order: OrderParameters,
    /// Proximal parameter, for AMP.
    pub v: Option<Matrix>,
}

/// Where an algorithm got to.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The last weights, d×k; of use where [`RunEnd::has_weights`].
    pub weights: Matrix,
    /// Overlaps along the way, the start first.
    pub observations: Vec<Observation>,
    /// How it ended.
    pub end: RunEnd,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum RunEnd {
    /// The residual stayed below its tolerance.
    Converged {
        /// Last residual.
        residual: f64,
    },
    /// The iterations ran out first.
    OutOfIterations {
        /// Last residual.
        residual: f64,
    },
    /// A step was not defined.
    LeftDomain(String),
    /// An entry became infinite or NaN.
    NotFinite,
}

impl RunEnd {
    /// Short name, as in tables and records.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Converged { .. } => "converged",
            Self::OutOfIterations { .. } => "out-of-iterations",
            Self::LeftDomain(_) => "left-domain",
            Self::NotFinite => "not-finite",
        }
    }

    /// Whether the final weights are finite and the result of all the steps asked for.
    pub fn has_weights(&self) -> bool {
        matches!(self, Self::Converged { .. } | Self::OutOfIterations { .. })
    }

    /// Last residual, where there is one.
    pub fn residual(&self) -> Option<f64> {
        match self {
            Self::Converged { residual } | Self::OutOfIterations { residual } => Some(*residual),
            _ => None,
        }
    }
}
