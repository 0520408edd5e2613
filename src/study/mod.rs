//! Studies: what is computed for a figure. A file of `figures/` holds a study and the figure that shows it.

mod diagram;
mod dynamics;
mod spec;
mod strengths;
mod trajectory;

pub use spec::{Document, Grid, RunSpec, SizeOverride, Study, parse_study};

use crate::error::Result;
use crate::figure::Table;
use std::path::Path;

/// Receives progress: what is done, and the fraction of all work that is finished.
pub type Report<'a> = &'a mut (dyn FnMut(&str, f64) + Send);

impl Study {
    /// Runs the study and returns its table, with settings, version, seed and outcomes in the metadata. A diagram keeps its record at
    /// `record`, from which an interrupted run goes on.
    ///
    /// # Errors
    /// Bad settings, or a record that can't be used. What a cell finds is part of the table.
    pub fn run(&self, record: &Path, report: Report) -> Result<Table> {
        match self {
            Self::Diagram(study) => diagram::run(study, record, report),
            Self::Trajectory(study) => trajectory::run(study, report),
            Self::Dynamics(study) => dynamics::run(study, report),
            Self::Strengths(study) => strengths::run(study, report),
        }
    }
}

/// Metadata that every table begins with.
pub(crate) fn metadata(settings: &impl serde::Serialize, seed: u64) -> Vec<(String, String)> {
    let settings =
        serde_json::to_value(settings).map_or_else(|error| error.to_string(), |v| v.to_string());
    vec![
        (
            "program".into(),
            format!("onsager {}", env!("CARGO_PKG_VERSION")),
        ),
        ("seed".into(), seed.to_string()),
        ("settings".into(), settings),
    ]
}

/// A number as a cell; one that was not obtained is an empty cell.
pub(crate) fn cell(value: Option<f64>) -> String {
    value
        .filter(|value| value.is_finite())
        .map_or_else(String::new, |value| value.to_string())
}

/// Adds `count` to the tally of an outcome.
pub(crate) fn tally(
    counts: &mut std::collections::BTreeMap<String, usize>,
    name: String,
    count: usize,
) {
    *counts.entry(name).or_default() += count;
}

/// The tally as `a: 3, b: 1`.
pub(crate) fn tallied(counts: &std::collections::BTreeMap<String, usize>) -> String {
    let parts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name}: {count}"))
        .collect();
    parts.join(", ")
}
