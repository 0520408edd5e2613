//! What `figure` and `reproduce` reply.

use crate::claims::Claim;
use crate::table::Difference;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Files that were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Written {
    /// Their paths.
    pub written: Vec<String>,
    /// Title of the figure, where one was drawn that has one.
    pub title: Option<String>,
}

/// What was reproduced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reproduced {
    /// Files that were written.
    #[serde(flatten)]
    pub files: Written,
    /// The claims of the studies that state some.
    pub claims: Vec<ReproducedClaim>,
    /// The tables beside others, where that was asked for.
    pub checks: Vec<CheckedTable>,
}

/// What the demonstration found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Demonstrated {
    /// Overlap in theory.
    pub predicted: f64,
    /// Mean overlap of the runs.
    pub simulated: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Number of data sets.
    pub instances: usize,
    /// Files that were written.
    pub written: Vec<String>,
}

/// A table that was computed, beside one that was there before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckedTable {
    /// Name of the study.
    pub study: String,
    /// The other table.
    pub file: String,
    /// Whether all cells are equal.
    pub equal: bool,
    /// What differs.
    pub difference: Difference,
}

/// A claim, and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReproducedClaim {
    /// Name of the study.
    pub study: String,
    /// Time that the study took, in seconds.
    pub seconds: f64,
    /// The claim.
    #[serde(flatten)]
    pub claim: Claim,
}
