//! What `figure` and `reproduce` reply.

use crate::claims::Claim;
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
