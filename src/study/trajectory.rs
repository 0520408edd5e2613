//! Overlaps along the iterations of AMP-RBM, against state evolution.

use super::journal::Journal;
use super::runs::require_algorithm;
use super::spec::TrajectoryStudy;
use crate::ensemble::estimates;
use crate::error::{Error, Result};
use crate::experiment::{ModelSettings, Watch};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::options::SimulationOptions;
use crate::record::RecordedRun;
use crate::simulation::{Algorithm, run as run_once};
use crate::table::{Table, Value, keys, metadata, tallied, tally};
use crate::theory::{StateEvolution, Trajectory};
use std::collections::BTreeMap;

const COLUMNS: [&str; 7] = [
    "source",
    "iteration",
    "entry",
    "zeta",
    "standard_error",
    "instances",
    "outcome",
];

/// The table before anything is computed.
pub(super) fn header() -> Table {
    Table::under(keys(&["model", "solver", "theory", "runs"]), &COLUMNS)
}

pub(super) fn run(study: &TrajectoryStudy, journal: &mut Journal, watch: Watch) -> Result<Table> {
    let options = SimulationOptions {
        algorithm: Some(Algorithm::Amp),
        ..study.simulation.clone()
    };
    require_algorithm(&study.simulation, Algorithm::Amp)?;
    let size = options.size(study.model.alpha)?;
    study.model.require_in("study.model", Some(size.alpha()))?;
    let model = study.model.resolve(Some(size.alpha()))?;
    let solver = study.solver.resolve(study.seed)?;
    let start = study.start.simulation(&model, "given")?;
    let settings = options.resolve(
        &model,
        size,
        (start.clone(), study.start.power(&start)?),
        study.solver.damping,
        None,
    )?;
    let amp = options.amp(study.solver.damping, None)?;
    let Some(order) = start.order_parameters(&model)? else {
        let allowed = "state evolution needs a start with overlaps: planted, weak, random or given";
        return Err(Error::invalid("start", start.name(), allowed));
    };
    let evolution = StateEvolution {
        model: &model,
        quadrature: solver.quadrature(model.units(), 2),
    };
    let theory = evolution.trajectory(order, amp.proximal, amp.max_iterations);
    let mut rows = theory_rows(&model, &theory);
    let instances = options.instances()?;
    let streams = Streams::new(study.seed);
    let mut runs = Vec::new();
    for instance in 0..instances as u64 {
        let streams = streams.instance(instance);
        runs.push(journal.piece(instance, || {
            let finished = run_once(&model, size, &settings, streams)?;
            Ok(RecordedRun::new(instance, &finished))
        })?);
        let done = runs.len();
        let fraction = done as f64 / instances as f64;
        watch(&format!("instance {done} of {instances}"), Some(fraction));
    }
    let outcome = outcomes(&runs);
    rows.extend(run_rows(&runs, amp.max_iterations, &outcome));
    let mut metadata = metadata(study, study.seed);
    metadata.extend(ModelSettings::resolved(
        &study.model,
        &model,
        Some(&solver),
    )?);
    let ended = theory
        .departure
        .map_or_else(|| "complete".into(), |departure| departure.to_string());
    metadata.push(("theory".into(), ended));
    metadata.push(("runs".into(), outcome));
    Ok(Table {
        rows,
        ..Table::under(metadata, &COLUMNS)
    })
}

fn theory_rows(model: &Model, theory: &Trajectory) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for (t, state) in theory.states.iter().enumerate() {
        let zeta = state.order.overlaps();
        for b in 0..model.units() {
            for a in 0..model.signals() {
                let numbers = [zeta[(a, b)].into(), Value::Missing, Value::Missing];
                rows.push(row("theory", t, (a, b), numbers, "defined"));
            }
        }
    }
    rows
}

/// How the runs ended, and how many in each way.
fn outcomes(runs: &[RecordedRun]) -> String {
    let mut counts = BTreeMap::new();
    for run in runs {
        tally(&mut counts, run.outcome.name().into(), 1);
    }
    tallied(&counts)
}

fn run_rows(runs: &[RecordedRun], last: usize, outcome: &str) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for t in 0..=last {
        let zeta: Vec<Matrix> = runs
            .iter()
            // A converged run stays where it is.
            .filter_map(|run| run.order(t).or_else(|| run.last()))
            .map(|order| order.overlaps())
            .collect();
        for (entry, estimate) in estimates(&zeta) {
            let numbers = [
                estimate.mean.into(),
                estimate.standard_error.into(),
                estimate.count.into(),
            ];
            rows.push(row("amp", t, entry, numbers, outcome));
        }
    }
    rows
}

fn row(
    source: &str,
    iteration: usize,
    (a, b): (usize, usize),
    [zeta, error, instances]: [Value; 3],
    outcome: &str,
) -> Vec<Value> {
    let entry = format!("{}{}", a + 1, b + 1);
    vec![
        source.into(),
        iteration.into(),
        entry.into(),
        zeta,
        error,
        instances,
        outcome.into(),
    ]
}
