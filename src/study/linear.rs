//! The learning curve of the linear RBM beside the closed form of aligned modes.

use super::spec::LinearStudy;
use crate::error::Result;
use crate::experiment::{Experiment, Linear, Staircase, Watch};
use crate::table::{Table, Value, as_json, keys, metadata};

const COLUMNS: [&str; 6] = [
    "source",
    "mode",
    "t",
    "singular_value",
    "overlap",
    "log_likelihood",
];

/// The table before anything is computed.
pub(super) fn header() -> Table {
    Table::under(keys(&["flow", "equilibrium", "theory"]), &COLUMNS)
}

pub(super) fn run(study: &LinearStudy, watch: Watch) -> Result<Table> {
    let asked = Linear {
        linear: study.linear.clone(),
        seed: Some(study.seed),
    };
    let found = asked.run(watch)?.result;
    let mut metadata = metadata(study, study.seed);
    metadata.push(("flow".into(), as_json(&found.settings)));
    let limit = found.equilibrium_log_likelihood;
    metadata.push(("equilibrium".into(), format!("{limit:.6}")));
    let ended = found.explanation.clone();
    metadata.push(("theory".into(), ended.unwrap_or_else(|| "complete".into())));
    let mut rows = flow_rows(&found);
    rows.extend(closed_rows(study, &found)?);
    Ok(Table {
        rows,
        ..Table::under(metadata, &COLUMNS)
    })
}

fn flow_rows(found: &Staircase) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for mode in &found.modes {
        let at = mode.mode - 1;
        for state in &found.states {
            let numbers = [state.singular_values[at].into(), state.overlaps[at].into()];
            rows.push(row("flow", Some(mode.mode), state.time, numbers));
        }
    }
    for state in &found.states {
        rows.push(likelihood("flow", state.time, state.log_likelihood));
    }
    for mode in &found.modes {
        if let Some(time) = mode.half_rise {
            let half = mode.equilibrium / 2f64.sqrt();
            let numbers = [half.into(), Value::Missing];
            rows.push(row("half-rise", Some(mode.mode), time, numbers));
        }
    }
    rows
}

/// Aligned modes of the same norm along each direction, and the equilibrium.
fn closed_rows(study: &LinearStudy, found: &Staircase) -> Result<Vec<Vec<Value>>> {
    let (machine, settings) = study.linear.resolve()?;
    let mut rows = Vec::new();
    for mode in found.modes.iter().filter(|mode| mode.learnt) {
        let Some(aligned) = machine.aligned_mode(mode.mode - 1, mode.start) else {
            continue;
        };
        for &time in &settings.times {
            let numbers = [aligned.at(time).into(), Value::Missing];
            rows.push(row("closed-form", Some(mode.mode), time, numbers));
        }
        if let Some(time) = mode.half_rise_predicted {
            let numbers = [(mode.equilibrium / 2f64.sqrt()).into(), Value::Missing];
            rows.push(row("half-rise-closed-form", Some(mode.mode), time, numbers));
        }
    }
    let ends = [settings.times.first(), settings.times.last()];
    for &time in ends.into_iter().flatten() {
        let limit = found.equilibrium_log_likelihood;
        rows.push(likelihood("equilibrium", time, limit));
    }
    for mode in &found.modes {
        for &time in ends.into_iter().flatten() {
            let numbers = [mode.equilibrium.into(), Value::Missing];
            rows.push(row("equilibrium", Some(mode.mode), time, numbers));
        }
    }
    Ok(rows)
}

fn row(source: &str, mode: Option<usize>, time: f64, [value, overlap]: [Value; 2]) -> Vec<Value> {
    let mode = mode.map(|mode| mode.to_string());
    vec![
        source.into(),
        mode.into(),
        time.into(),
        value,
        overlap,
        Value::Missing,
    ]
}

/// The mode `all` stands for the whole machine.
fn likelihood(source: &str, time: f64, value: f64) -> Vec<Value> {
    vec![
        source.into(),
        "all".into(),
        time.into(),
        Value::Missing,
        Value::Missing,
        value.into(),
    ]
}
