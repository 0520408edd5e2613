//! All solutions along a control parameter, with what they are, and simulations with error bars.

use super::journal::Journal;
use super::runs::{Finished, Runs};
use super::spec::SolutionStudy;
use crate::ensemble::Estimate;
use crate::error::Result;
use crate::experiment::{ModelSettings, Watch};
use crate::model::Model;
use crate::numerics::streams::Streams;
use crate::options::ModelOptions;
use crate::quantity::{Observable, Quantity};
use crate::table::{Table, Value, keys, metadata, tallied, tally};
use crate::theory::{Expectation, Finding, Findings, Starts, find};
use std::collections::BTreeMap;

/// What every solution and every run has.
const REST: [&str; 6] = [
    "log_likelihood",
    "log_likelihood_error",
    "replicon",
    "joint_eigenvalue",
    "instances",
    "outcome",
];

/// The table before anything is computed.
pub(super) fn header(study: &SolutionStudy) -> Result<Table> {
    let (model, _) = study.at(study.theory.from)?;
    let keys = keys(&["model", "solver", "theory", "runs"]);
    Ok(table(study, &model, keys, Vec::new()))
}

pub(super) fn run(study: &SolutionStudy, journal: &mut Journal, watch: Watch) -> Result<Table> {
    let solver = study.solver.resolve(study.seed)?;
    let theory = study.theory.values("theory")?;
    let cells = study.cells.values("cells")?;
    // Everything is checked before the first cell runs.
    for &value in theory.iter().chain(&cells) {
        study.model_at(value)?;
    }
    let total = (theory.len() + cells.len() * study.simulation.instances()?) as f64;
    let mut rows = Vec::new();
    let mut counts = BTreeMap::new();
    for (index, &value) in theory.iter().enumerate() {
        let doing = format!("theory, {} = {value}", study.parameter);
        watch(&doing, Some(index as f64 / total));
        let model = study.model_at(value)?;
        let found = find(&model, Starts::Standard, &solver)?;
        theory_rows(&model, value, &found, &mut rows, &mut counts);
    }
    let runs = Runs {
        simulation: &study.simulation,
        specs: &study.runs,
        damping: study.solver.damping,
    };
    let mut ends = BTreeMap::new();
    let mut done = theory.len() as f64;
    for (index, &value) in cells.iter().enumerate() {
        let model = study.model_at(value)?;
        let found = find(&model, Starts::Standard, &solver)?;
        let expected = Expectation::from_findings(&model, &found, &solver);
        let settings = runs.settings(&model, expected.as_ref())?;
        let streams = Streams::new(study.seed).cell(index as u64);
        let symmetry = model.symmetry();
        // Overlaps are aligned to the answer of the theory.
        let align = |end: &_| match found.answer() {
            Ok(answer) => symmetry.align(end, &answer.order).order,
            Err(_) => symmetry.canonical(end).order,
        };
        let finished = runs.run(
            &model,
            &settings,
            (index as u64, streams),
            journal,
            align,
            &mut || {
                done += 1.0;
                watch(
                    &format!("{} = {value}", study.parameter),
                    Some(done / total),
                );
            },
        )?;
        for (spec, finished) in study.runs.iter().zip(&finished) {
            finished.count(spec.algorithm.name(), &mut ends);
            rows.push(run_row(&model, value, &spec.source(), finished));
        }
    }
    let (first, options) = study.at(theory[0])?;
    let mut metadata = metadata(study, study.seed);
    metadata.extend(ModelSettings::resolved(&options, &first, Some(&solver))?);
    metadata.push(("theory".into(), tallied(&counts)));
    metadata.push(("runs".into(), tallied(&ends)));
    Ok(table(study, &first, metadata, rows))
}

fn table(
    study: &SolutionStudy,
    model: &Model,
    metadata: Vec<(String, String)>,
    rows: Vec<Vec<Value>>,
) -> Table {
    let columns = columns(model, &study.parameter.to_string());
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    Table {
        rows,
        ..Table::under(metadata, &columns)
    }
}

impl SolutionStudy {
    fn model_at(&self, value: f64) -> Result<Model> {
        self.at(value).map(|(model, _)| model)
    }

    fn at(&self, value: f64) -> Result<(Model, ModelOptions)> {
        let mut options: ModelOptions = self.model.clone();
        self.parameter.set(&mut options, value)?;
        options.require_in("study.model", None)?;
        Ok((options.resolve(None)?, options))
    }
}

fn columns(model: &Model, parameter: &str) -> Vec<String> {
    let mut columns: Vec<String> = ["source", parameter, "solution", "kind", "nature"]
        .map(String::from)
        .to_vec();
    for overlap in overlaps(model) {
        columns.push(overlap.to_string());
        columns.push(format!("{overlap}_error"));
    }
    columns.extend(REST.map(String::from));
    columns
}

fn overlaps(model: &Model) -> Vec<Observable> {
    Observable::all_of(Quantity::Zeta, model.signals(), model.units())
}

/// One row for each solution, and one for a value at which there is none.
fn theory_rows(
    model: &Model,
    value: f64,
    found: &Findings,
    rows: &mut Vec<Vec<Value>>,
    counts: &mut BTreeMap<String, usize>,
) {
    for (place, finding) in found.solutions.iter().enumerate() {
        tally(counts, finding.point.stability.nature().name().into(), 1);
        rows.push(solution_row(model, value, place, finding));
    }
    if let Err(outcome) = found.answer() {
        tally(counts, outcome.name().into(), 1);
        let mut row = vec!["theory".into(), Value::from(value)];
        row.extend(vec![Value::Missing; 3 + 2 * overlaps(model).len() + 5]);
        row.push(outcome.name().into());
        rows.push(row);
    }
}

fn solution_row(model: &Model, value: f64, place: usize, finding: &Finding) -> Vec<Value> {
    let (point, stability) = (&finding.point, &finding.point.stability);
    let zeta = point.order.overlaps();
    // Units on one signal each are aligned, whether they were solved one by one or jointly.
    let silent = 1e-6 + 4.0 * point.quadrature_error;
    let most = (0..model.units())
        .map(|b| zeta.column(b).iter().filter(|zeta| **zeta > silent).count())
        .max();
    let kind = match most {
        None | Some(0) => "silent",
        Some(1) => "aligned",
        Some(_) => "mixed",
    };
    let mut row = vec![
        "theory".into(),
        value.into(),
        (place + 1).into(),
        kind.into(),
        stability.nature().name().into(),
    ];
    for overlap in overlaps(model) {
        row.extend([overlap.of(&point.order).into(), Value::Missing]);
    }
    row.extend([
        stability.log_likelihood.into(),
        stability.log_likelihood_error.into(),
        stability.replicon.into(),
        stability.joint_eigenvalue.into(),
        Value::Missing,
        finding.outcome.name().into(),
    ]);
    row
}

fn run_row(model: &Model, value: f64, source: &str, finished: &Finished) -> Vec<Value> {
    let mut row = vec![source.into(), value.into()];
    row.extend(vec![Value::Missing; 3]);
    for overlap in overlaps(model) {
        let ends = finished.ends.iter();
        let values: Vec<f64> = ends.filter_map(|(order, _)| overlap.of(order)).collect();
        row.extend(with_error(&values));
    }
    let objectives = finished.ends.iter();
    let objectives: Vec<f64> = objectives.filter_map(|(_, objective)| *objective).collect();
    row.extend(with_error(&objectives));
    row.extend([Value::Missing, Value::Missing]);
    row.extend([finished.ends.len().into(), finished.outcome().into()]);
    row
}

fn with_error(values: &[f64]) -> [Value; 2] {
    let estimate = Estimate::of(values);
    [
        estimate.map(|estimate| estimate.mean).into(),
        estimate.and_then(|estimate| estimate.standard_error).into(),
    ]
}
