//! What tables of studies have in common: tallies, and the metadata that every table begins with.

use super::{Column, Table};
use serde::Serialize;
use std::collections::BTreeMap;

/// Metadata that every table begins with.
///
/// `settings` are those that were written down by a person; what was left open is not in them.
pub(crate) fn metadata(settings: &impl Serialize, seed: u64) -> Vec<(String, String)> {
    let settings = as_json(settings);
    vec![
        (
            "program".into(),
            format!("onsager {}", env!("CARGO_PKG_VERSION")),
        ),
        ("seed".into(), seed.to_string()),
        ("settings".into(), settings),
    ]
}

impl Table {
    /// A table without rows, with these columns under its metadata.
    pub(crate) fn under(metadata: Vec<(String, String)>, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|name| Column::new(*name));
        Self {
            metadata,
            ..Self::new("", columns)
        }
    }
}

/// The keys of [`metadata`], and more of them, without values: of a table that is still to be
/// computed.
pub(crate) fn keys(more: &[&str]) -> Vec<(String, String)> {
    let keys = ["program", "seed", "settings"].iter().chain(more);
    keys.map(|key| ((*key).to_owned(), String::new())).collect()
}

/// One line of JSON, without what is null.
pub(crate) fn as_json(value: &impl Serialize) -> String {
    fn given(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(map) => map
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key, given(value)))
                .collect(),
            other => other,
        }
    }
    serde_json::to_value(value).map_or_else(|error| error.to_string(), |v| given(v).to_string())
}

/// Adds `count` to the tally of an outcome.
pub(crate) fn tally(counts: &mut BTreeMap<String, usize>, name: String, count: usize) {
    *counts.entry(name).or_default() += count;
}

/// The tally as `a: 3, b: 1`.
pub(crate) fn tallied(counts: &BTreeMap<String, usize>) -> String {
    let parts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name}: {count}"))
        .collect();
    parts.join(", ")
}
