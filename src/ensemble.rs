//! Many instances of one simulation, with their record, and statistics over them.

use crate::error::Result;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::record::{Entry, Record, RecordedRun};
use crate::simulation::{RunSettings, run};

/// Runs the instances `0..instances` that the record lacks, or all of them without a record; `report` is called after each with
/// the number of finished ones. Instances run one after the other, each on all threads.
///
/// # Errors
/// Bad settings, or a record that can't be written.
pub fn run_instances(
    model: &Model,
    settings: &RunSettings,
    streams: Streams,
    instances: usize,
    record: Option<&mut Record>,
    report: &mut dyn FnMut(usize),
) -> Result<Vec<RecordedRun>> {
    complete(instances, record, report, |instance| {
        let finished = run(model, settings, streams.instance(instance))?;
        Ok(RecordedRun::new(instance, &finished))
    })
}

/// The entries `0..count`: those of the record, and the others from `one`, each recorded as soon as it is there.
pub(crate) fn complete<E: Entry>(
    count: usize,
    mut record: Option<&mut Record<E>>,
    report: &mut dyn FnMut(usize),
    one: impl Fn(u64) -> Result<E>,
) -> Result<Vec<E>> {
    let mut entries: Vec<E> = record
        .as_ref()
        .map_or_else(Vec::new, |record| record.runs().to_vec());
    for index in 0..count as u64 {
        if !entries.iter().any(|known| known.index() == index) {
            let finished = one(index)?;
            if let Some(record) = record.as_mut() {
                record.push(finished.clone())?;
            }
            entries.push(finished);
        }
        report(index as usize + 1);
    }
    entries.sort_by_key(Entry::index);
    entries.truncate(count);
    Ok(entries)
}

/// Mean over instances, with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Estimate {
    /// Mean.
    pub mean: f64,
    /// Standard error of the mean; `None` for a single value.
    pub standard_error: Option<f64>,
    /// Number of values.
    pub count: usize,
}

impl Estimate {
    /// Mean and standard error of `values`; `None` without values.
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len();
        if count == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / count as f64;
        let standard_error = (count > 1).then(|| {
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            (squares / (count * (count - 1)) as f64).sqrt()
        });
        Some(Self {
            mean,
            standard_error,
            count,
        })
    }
}

/// Estimates of every entry of a matrix over instances, by columns; empty without matrices.
pub fn estimates(matrices: &[Matrix]) -> Vec<((usize, usize), Estimate)> {
    let Some(first) = matrices.first() else {
        return Vec::new();
    };
    let (rows, columns) = first.shape();
    let mut all = Vec::with_capacity(rows * columns);
    for b in 0..columns {
        for a in 0..rows {
            let values: Vec<f64> = matrices.iter().map(|matrix| matrix[(a, b)]).collect();
            if let Some(estimate) = Estimate::of(&values) {
                all.push(((a, b), estimate));
            }
        }
    }
    all
}

/// How the runs ended, as `converged 7, out-of-iterations 1`.
pub fn outcomes(runs: &[RecordedRun]) -> String {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for run in runs {
        *counts.entry(run.outcome.as_str()).or_default() += 1;
    }
    let parts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    parts.join(", ")
}
