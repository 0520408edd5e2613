//! Studies: what is computed for a figure. A file of `figures/` holds a study and the figure that shows it.

mod dynamics;
mod spec;
mod sweep;
mod trajectory;

pub use spec::{Document, Grid, RunSpec, SizeOverride, Study};

use crate::error::Result;
use crate::figure::Table;

/// Receives progress: what is done, and the fraction of all work that is finished.
pub type Report<'a> = &'a mut dyn FnMut(&str, f64);

impl Study {
    /// Runs the study and returns its table, with settings, version, seed and outcomes in the metadata.
    ///
    /// # Errors
    /// Bad settings. What a cell finds is part of the table.
    pub fn run(&self, report: Report) -> Result<Table> {
        match self {
            Self::Trajectory(study) => trajectory::run(study, report),
            Self::Dynamics(study) => dynamics::run(study, report),
            Self::Sweep(study) => sweep::run(study, report),
        }
    }
}

/// Metadata that every table begins with.
fn metadata(settings: &impl serde::Serialize, seed: u64) -> Vec<(String, String)> {
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
fn cell(value: Option<f64>) -> String {
    value
        .filter(|value| value.is_finite())
        .map_or_else(String::new, |value| value.to_string())
}

/// Adds `count` to the tally of an outcome.
fn tally(counts: &mut std::collections::BTreeMap<String, usize>, name: String, count: usize) {
    *counts.entry(name).or_default() += count;
}

/// The tally as `a: 3, b: 1`.
fn tallied(counts: &std::collections::BTreeMap<String, usize>) -> String {
    let parts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name}: {count}"))
        .collect();
    parts.join(", ")
}
