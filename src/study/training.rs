//! The spectrum of the weights of a ±1 RBM along its training.

use super::spec::TrainingStudy;
use crate::error::Result;
use crate::experiment::{Experiment, MeasuredBulk, Train, Trained, Watch};
use crate::table::{Table, Value, as_json, keys, metadata};

const COLUMNS: [&str; 7] = [
    "source",
    "mode",
    "t",
    "singular_value",
    "overlap",
    "pseudo_likelihood",
    "rank",
];

/// The table before anything is computed.
pub(super) fn header() -> Table {
    let keys = keys(&["training", "start", "end", "theory"]);
    Table::under(keys, &COLUMNS)
}

pub(super) fn run(study: &TrainingStudy, watch: Watch) -> Result<Table> {
    let asked = Train {
        training: study.training.clone(),
        seed: Some(study.seed),
    };
    let found = asked.run(watch)?.result;
    let mut metadata = metadata(study, study.seed);
    metadata.push(("training".into(), as_json(&found.settings)));
    metadata.push(("start".into(), read(&found.start)));
    metadata.push(("end".into(), read(&found.end)));
    metadata.push(("theory".into(), found.outcome.name().into()));
    let mut rows = state_rows(&found);
    rows.extend(spectrum("start", &found.start));
    rows.extend(spectrum("end", &found.end));
    Ok(Table {
        rows,
        ..Table::under(metadata, &COLUMNS)
    })
}

/// A spectrum in words.
fn read(bulk: &MeasuredBulk) -> String {
    match bulk.level {
        Some(level) => {
            let all = bulk.singular_values.len();
            format!("{} of {all} above {level:.3}", bulk.outliers)
        }
        None => "no bulk of noise".into(),
    }
}

fn state_rows(found: &Trained) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    let first = found.states.first();
    for at in 0..first.map_or(0, |state| state.singular_values.len()) {
        for state in &found.states {
            let mode = (at + 1).to_string();
            let numbers = [state.singular_values[at].into(), state.overlaps[at].into()];
            rows.push(row(
                "state",
                Some(mode),
                state.time,
                numbers,
                Value::Missing,
            ));
        }
    }
    for state in &found.states {
        let none = [Value::Missing, Value::Missing];
        let value = state.pseudo_likelihood.into();
        rows.push(row("pseudo-likelihood", None, state.time, none, value));
    }
    rows
}

/// The singular values by rank, and the level of outliers as a horizontal line.
fn spectrum(name: &str, bulk: &MeasuredBulk) -> Vec<Vec<Value>> {
    let place = |source: &str, rank: usize, at: f64| {
        let mut cells = row(
            source,
            None,
            0.0,
            [at.into(), Value::Missing],
            Value::Missing,
        );
        cells[2] = Value::Missing;
        cells[6] = rank.into();
        cells
    };
    let values = bulk.singular_values.iter().enumerate();
    let mut rows: Vec<Vec<Value>> = values.map(|(at, &w)| place(name, at + 1, w)).collect();
    if let Some(level) = bulk.level {
        let source = format!("{name}-level");
        let ends = [1, bulk.singular_values.len()];
        rows.extend(ends.map(|rank| place(&source, rank, level)));
    }
    rows
}

fn row(
    source: &str,
    mode: Option<String>,
    time: f64,
    [value, overlap]: [Value; 2],
    other: Value,
) -> Vec<Value> {
    vec![
        source.into(),
        mode.into(),
        time.into(),
        value,
        overlap,
        other,
        Value::Missing,
    ]
}
