//! What is observed along a run, and how a run ends.

use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Overlaps after one iteration.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// `M` and `Q`, units as they come (not aligned); `M` has no rows where no planted signals are
    /// known.
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

/// How a run ended, without its numbers: what tables count and records keep.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RunOutcome {
    /// The residual stayed below its tolerance.
    Converged,
    /// The iterations ran out first.
    OutOfIterations,
    /// A step was not defined.
    LeftDomain,
    /// An entry became infinite or NaN.
    NotFinite,
}

impl RunOutcome {
    /// Name in tables and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::OutOfIterations => "out-of-iterations",
            Self::LeftDomain => "left-domain",
            Self::NotFinite => "not-finite",
        }
    }

    /// Whether the final weights are finite and the result of all the steps asked for.
    pub fn has_weights(self) -> bool {
        matches!(self, Self::Converged | Self::OutOfIterations)
    }
}

impl RunEnd {
    /// The end without its numbers.
    pub fn outcome(&self) -> RunOutcome {
        match self {
            Self::Converged { .. } => RunOutcome::Converged,
            Self::OutOfIterations { .. } => RunOutcome::OutOfIterations,
            Self::LeftDomain(_) => RunOutcome::LeftDomain,
            Self::NotFinite => RunOutcome::NotFinite,
        }
    }

    /// Short name, as in tables and records.
    pub fn name(&self) -> &'static str {
        self.outcome().name()
    }

    /// Whether the final weights are finite and the result of all the steps asked for.
    pub fn has_weights(&self) -> bool {
        self.outcome().has_weights()
    }

    /// Last residual, where there is one.
    pub fn residual(&self) -> Option<f64> {
        match self {
            Self::Converged { residual } | Self::OutOfIterations { residual } => Some(*residual),
            _ => None,
        }
    }
}
