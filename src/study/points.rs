//! The table of a study that states claims: points of several series, and the claims.

use crate::claims::{Claim, METADATA};
use crate::ensemble::Estimate;
use crate::table::{Table, Value, as_json, keys, metadata};
use serde::Serialize;

const COLUMNS: [&str; 6] = ["panel", "series", "x", "y", "error", "count"];

/// The points of all series.
#[derive(Default)]
pub(super) struct Points {
    rows: Vec<Vec<Value>>,
}

impl Points {
    /// A point of theory, or that there is none at `x`.
    pub fn theory(&mut self, panel: &str, series: &str, x: f64, y: Option<f64>) {
        self.push(panel, series, x, [y, None], None);
    }

    /// A point of theory with an error.
    pub fn theory_with_error(
        &mut self,
        panel: &str,
        series: &str,
        x: f64,
        y: Option<f64>,
        error: Option<f64>,
    ) {
        self.push(panel, series, x, [y, error], None);
    }

    /// A point by simulation; without instances that there is none.
    pub fn measured(&mut self, panel: &str, series: &str, x: f64, y: Option<Estimate>) {
        let numbers = [
            y.map(|y| y.mean),
            y.and_then(|estimate| estimate.standard_error),
        ];
        let count = y.map_or(0, |estimate| estimate.count);
        self.push(panel, series, x, numbers, Some(count));
    }

    fn push(
        &mut self,
        panel: &str,
        series: &str,
        x: f64,
        numbers: [Option<f64>; 2],
        count: Option<usize>,
    ) {
        let mut row: Vec<Value> = vec![panel.into(), series.into(), x.into()];
        row.extend(numbers.map(Value::from));
        row.push(count.into());
        self.rows.push(row);
    }

    /// The table before anything is computed.
    pub fn header() -> Table {
        Table::under(keys(&["theory", "runs", METADATA]), &COLUMNS)
    }

    /// The table before anything is computed, of a study that states no claims.
    pub fn header_without_claims() -> Table {
        Table::under(keys(&["theory", "runs"]), &COLUMNS)
    }

    /// The table of a study that states none.
    pub fn table_without_claims(
        self,
        study: &impl Serialize,
        seed: u64,
        words: [String; 2],
    ) -> Table {
        let mut table = self.table(study, seed, words, &[]);
        table.metadata.retain(|(key, _)| key != METADATA);
        table
    }

    /// The table of a study, with what theory and the runs said of themselves in words.
    pub fn table(
        self,
        study: &impl Serialize,
        seed: u64,
        [theory, runs]: [String; 2],
        claims: &[Claim],
    ) -> Table {
        let mut metadata = metadata(study, seed);
        metadata.push(("theory".into(), theory));
        metadata.push(("runs".into(), runs));
        metadata.push((METADATA.into(), as_json(&claims)));
        Table {
            rows: self.rows,
            ..Table::under(metadata, &COLUMNS)
        }
    }
}

/// A share of `count` trials, with its binomial standard error (that of one more success and one
/// more failure, so that none is 0).
pub(super) fn share(successes: usize, count: usize) -> Option<Estimate> {
    if count == 0 {
        return None;
    }
    let (size, hits) = (count as f64, successes as f64);
    let smoothed = (hits + 1.0) / (size + 2.0);
    Some(Estimate {
        mean: hits / size,
        standard_error: Some((smoothed * (1.0 - smoothed) / size).sqrt()),
        count,
    })
}
