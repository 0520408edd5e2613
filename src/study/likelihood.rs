//! Exact log-likelihoods less effective objectives, of several RBMs, against size.

use super::spec::LikelihoodStudy;
use crate::error::Result;
use crate::experiment::{Experiment, Likelihood, LikelihoodAtSize, Likelihoods, Watch};
use crate::likelihood::partial_sum;
use crate::table::{Table, Value, as_json, keys, metadata};

const COLUMNS: [&str; 6] = ["case", "terms", "source", "d", "per_unit", "error"];

/// The table before anything is computed.
pub(super) fn header() -> Table {
    Table::under(keys(&["cases", "theory"]), &COLUMNS)
}

pub(super) fn run(study: &LikelihoodStudy, watch: Watch) -> Result<Table> {
    let names = study.cases.iter().map(|case| case.name.as_str());
    super::require_distinct("study.cases.name", names)?;
    let mut found = Vec::new();
    for case in &study.cases {
        let asked = Likelihood {
            likelihood: case.likelihood.clone(),
            seed: Some(study.seed),
        };
        found.push((case.name.as_str(), asked.run(watch)?.result));
    }
    let mut metadata = metadata(study, study.seed);
    let settings: Vec<_> = found.iter().map(|(_, one)| &one.settings).collect();
    metadata.push(("cases".into(), as_json(&settings)));
    let words: Vec<String> = found.iter().map(|(name, one)| words(name, one)).collect();
    metadata.push(("theory".into(), words.join("; ")));
    Ok(Table {
        rows: found
            .iter()
            .flat_map(|(name, one)| rows(name, one))
            .collect(),
        ..Table::under(metadata, &COLUMNS)
    })
}

/// The power with which the difference falls.
fn words(name: &str, found: &Likelihoods) -> String {
    match found.exponent {
        Some(exponent) => format!("{name} {}", exponent.words()),
        None if found.exact => format!("{name} exact"),
        None => format!("{name} without a single power"),
    }
}

/// The difference, and what its first two terms leave of it, per visible unit and without sign;
/// beside each the terms of theory.
fn rows(name: &str, found: &Likelihoods) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for size in &found.sizes {
        let d = size.d as f64;
        let first = partial_sum(&size.coefficients, 2, d);
        let next = partial_sum(&size.coefficients, 4, d) - first;
        let mut push = |terms: &str, source: &str, value: Option<f64>, error: Option<f64>| {
            let value = value.map(|value| value.abs() / d);
            let error = error.map(|error| error / d);
            rows.push(row([name, terms, source], size, [value, error]));
        };
        let measured = size.difference;
        push(
            "0",
            "measured",
            Some(measured.mean),
            measured.standard_error,
        );
        push("0", "theory", size.predicted, None);
        let left = size.beyond_c1;
        push("2", "measured", Some(left.mean), left.standard_error);
        push("2", "theory", Some(next), None);
    }
    rows
}

fn row(names: [&str; 3], size: &LikelihoodAtSize, numbers: [Option<f64>; 2]) -> Vec<Value> {
    let mut row: Vec<Value> = names.map(Value::from).to_vec();
    row.push(size.d.into());
    row.extend(numbers.map(Value::from));
    row
}
