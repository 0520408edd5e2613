//! Many instances of one simulation, with their record, and statistics over them.

mod controls;

pub use controls::{Adjusted, Adjustment, ControlTable, Regression, require_enough_for_controls};

use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::ranks::Ranks;
use crate::record::{Checkpoints, Entry, Record, RecordedRun};
use crate::simulation::{Checkpoint, RunSettings, Size, Unkept, run_kept};
use schemars::JsonSchema;

/// Runs the instances `0..instances` that the record lacks, or all of them without a record;
/// `report` is called after each with the number of finished ones. Instances run one after the
/// other, each on all threads and [ranks](crate::ranks), of which the first one has the record.
///
/// # Errors
/// Bad settings, or a record that can't be written.
pub fn run_instances(
    model: &Model,
    size: Size,
    settings: &RunSettings,
    streams: Streams,
    instances: usize,
    record: Option<&mut Record>,
    report: &mut dyn FnMut(usize),
) -> Result<Vec<RecordedRun>> {
    extend_instances(
        model,
        size,
        settings,
        streams,
        (Vec::new(), instances),
        (record, None),
        report,
    )
}

/// As [`run_instances`], with runs that are known already, of the same settings, and the number of
/// instances wanted; with checkpoints of the instance in flight, where there are any.
///
/// # Errors
/// As [`run_instances`], or a checkpoint that can't be written.
pub(crate) fn extend_instances(
    model: &Model,
    size: Size,
    settings: &RunSettings,
    streams: Streams,
    (known, instances): (Vec<RecordedRun>, usize),
    (record, checkpoints): (Option<&mut Record>, Option<&Checkpoints>),
    report: &mut dyn FnMut(usize),
) -> Result<Vec<RecordedRun>> {
    let runs = complete((known, instances), record, report, |instance| {
        let streams = streams.instance(instance);
        let mut kept = checkpoints.map(|all| all.of(instance));
        let keep: &mut dyn Checkpoint = match &mut kept {
            Some(kept) => kept,
            None => &mut Unkept,
        };
        let finished = run_kept(model, size, settings, streams, keep)?;
        Ok(RecordedRun::new(instance, &finished))
    })?;
    if let Some(checkpoints) = checkpoints {
        checkpoints.remove()?;
    }
    Ok(runs)
}

/// When there are enough instances.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, JsonSchema)]
pub struct Precision {
    /// Largest standard error that is wanted.
    pub standard_error: f64,
    /// Most instances that may be run.
    pub max_instances: usize,
}

/// Whether the precision was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PrecisionOutcome {
    /// Every standard error is small enough.
    Reached,
    /// The instances ran out first.
    MaxInstances,
}

impl Precision {
    /// What to do after `count` instances with this largest standard error: stop, or run up to that
    /// many instances. The number follows from `1/√count` with a tenth to spare, and at most
    /// doubles, since the first errors are rough.
    ///
    /// # Errors
    /// The outcome, where it is time to stop.
    pub fn next(&self, count: usize, largest: f64) -> std::result::Result<usize, PrecisionOutcome> {
        if largest <= self.standard_error {
            return Err(PrecisionOutcome::Reached);
        }
        if count >= self.max_instances {
            return Err(PrecisionOutcome::MaxInstances);
        }
        let wanted = 1.1 * count as f64 * (largest / self.standard_error).powi(2);
        let wanted = wanted.min(2.0 * count as f64).ceil() as usize;
        Ok(wanted.clamp(count + 1, self.max_instances))
    }
}

/// The entries `0..count`: those of the record or that are known, and the others from `one`, each
/// recorded as soon as it is there. Of several ranks the first one has the record.
pub(crate) fn complete<E: Entry>(
    (known, count): (Vec<E>, usize),
    record: Option<&mut Record<E>>,
    report: &mut dyn FnMut(usize),
    one: impl Fn(u64) -> Result<E>,
) -> Result<Vec<E>> {
    let mut record = record.filter(|_| Ranks::of_process().is_first());
    let recorded = record.as_ref().map(|record| record.runs().to_vec());
    let mut entries = shared(recorded.unwrap_or(known))?;
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

/// What the first rank knows.
fn shared<E: Entry>(known: Vec<E>) -> Result<Vec<E>> {
    let ranks = Ranks::of_process();
    if ranks.count() == 1 {
        return Ok(known);
    }
    let broken = |error: serde_json::Error| Error::invalid("record", "no JSON", error.to_string());
    let bytes = ranks.by_first(|| serde_json::to_vec(&known).map_err(broken))?;
    serde_json::from_slice(&bytes).map_err(broken)
}

/// Mean over instances, with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, JsonSchema)]
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
        *counts.entry(run.outcome.name()).or_default() += 1;
    }
    let parts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_added_until_the_precision_is_met() {
        let precision = Precision {
            standard_error: 0.01,
            max_instances: 100,
        };
        assert_eq!(precision.next(8, 0.01), Err(PrecisionOutcome::Reached));
        assert_eq!(precision.next(8, 0.0101), Ok(9));
        assert_eq!(precision.next(8, 0.012), Ok(13));
        assert_eq!(precision.next(8, 0.5), Ok(16));
        assert_eq!(precision.next(80, 0.5), Ok(100));
        assert_eq!(
            precision.next(100, 0.5),
            Err(PrecisionOutcome::MaxInstances)
        );
    }
}
