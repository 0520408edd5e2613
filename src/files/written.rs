//! What `figure` and `reproduce` reply.

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
