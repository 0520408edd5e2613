//! Learning curves of ±1 RBMs side by side.

use super::spec::LearningStudy;
use crate::error::{Error, Result};
use crate::experiment::{Experiment, Learning, LearningEnding, Learnt, Watch};
use crate::table::{Table, Value, as_json, keys, metadata};

const COLUMNS: [&str; 9] = [
    "source",
    "curve",
    "mode",
    "t",
    "singular_value",
    "difference",
    "response",
    "overlap",
    "event",
];

/// The table before anything is computed.
pub(super) fn header() -> Table {
    Table::under(keys(&["curves", "theory"]), &COLUMNS)
}

pub(super) fn run(study: &LearningStudy, watch: Watch) -> Result<Table> {
    let names = study.curves.iter().map(|curve| curve.name.as_str());
    let names: Vec<&str> = names.collect();
    super::require_distinct("study.curves.name", names.iter().copied())?;
    if let Some(name) = study
        .reference
        .as_deref()
        .filter(|name| !names.contains(name))
    {
        let allowed = "is the name of one of the curves";
        return Err(Error::invalid("study.reference", name, allowed));
    }
    let mut found = Vec::new();
    for curve in &study.curves {
        let asked = Learning {
            learning: curve.learning.clone(),
            seed: Some(study.seed),
        };
        found.push((curve.name.as_str(), asked.run(watch)?.result));
    }
    let mut metadata = metadata(study, study.seed);
    let settings: Vec<_> = found.iter().map(|(_, learnt)| &learnt.settings).collect();
    metadata.push(("curves".into(), as_json(&settings)));
    metadata.push(("theory".into(), endings(&found)));
    let reference = found
        .iter()
        .find(|(name, _)| study.reference.as_deref() == Some(*name));
    let reference = reference.map(|(_, learnt)| learnt);
    let rows = found
        .iter()
        .flat_map(|(name, learnt)| rows(name, learnt, reference));
    Ok(Table {
        rows: rows.collect(),
        ..Table::under(metadata, &COLUMNS)
    })
}

/// Which curves ended early, and why.
fn endings(found: &[(&str, Learnt)]) -> String {
    let early = found
        .iter()
        .filter(|(_, learnt)| learnt.outcome != LearningEnding::Complete);
    let words: Vec<String> = early
        .map(|(name, learnt)| {
            let reason = learnt.explanation.as_deref().unwrap_or_default();
            format!("{name}: {reason}")
        })
        .collect();
    match words.is_empty() {
        true => "all curves complete".into(),
        false => words.join("; "),
    }
}

fn rows(name: &str, learnt: &Learnt, reference: Option<&Learnt>) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    let difference = |time: f64, mode: usize, weight: f64| {
        let mut points = reference?.points.iter();
        let same = points.find(|point| point.time == time)?;
        Some(weight - same.weights.get(mode)?)
    };
    for mode in 0..learnt.modes.len() {
        for point in &learnt.points {
            let weight = point.weights[mode];
            let numbers = [
                Some(weight),
                difference(point.time, mode, weight),
                Some(point.responses[mode]),
                Some(point.overlaps[mode]),
            ];
            rows.push(row(
                "state",
                name,
                mode + 1,
                point.time,
                numbers.map(Value::from),
                None,
            ));
        }
    }
    for event in &learnt.events {
        let none = [const { Value::Missing }; 4];
        let kind = event.kind.name().to_owned();
        rows.push(row("event", name, event.mode, event.time, none, Some(kind)));
    }
    rows
}

fn row(
    source: &str,
    curve: &str,
    mode: usize,
    time: f64,
    numbers: [Value; 4],
    event: Option<String>,
) -> Vec<Value> {
    let mut row = vec![
        source.into(),
        curve.into(),
        mode.to_string().into(),
        time.into(),
    ];
    row.extend(numbers);
    row.push(event.into());
    row
}
