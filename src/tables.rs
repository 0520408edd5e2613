//! What tables of results are made of: cells, tallies, and the metadata that every table begins with.

use std::collections::BTreeMap;

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
