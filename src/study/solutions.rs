//! All solutions along a control parameter, with what they are, and simulations with error bars.

use super::Report;
use super::spec::SolutionStudy;
use crate::ensemble::Estimate;
use crate::error::Result;
use crate::figure::Table;
use crate::model::Model;
use crate::numerics::streams::Streams;
use crate::options::{ModelOptions, RunSpec, SimulationOptions, StartOptions};
use crate::order_parameters::OrderParameters;
use crate::simulation::{Instance, RunSettings, run_on};
use crate::tables::{cell, metadata, tallied, tally};
use crate::theory::{Expectation, Finding, Findings, FixedPointSettings, Starts, find};
use std::collections::BTreeMap;

pub(super) fn run(study: &SolutionStudy, report: Report) -> Result<Table> {
    let solver = study.solver.resolve(study.seed)?;
    let theory = study.theory.values("theory")?;
    let cells = study.cells.values("cells")?;
    // Everything is checked before the first cell runs.
    for &value in theory.iter().chain(&cells) {
        study.model_at(value)?;
    }
    let columns = columns(&study.model_at(theory[0])?, &study.parameter.to_string());
    let mut rows = Vec::new();
    let mut counts = BTreeMap::new();
    for (index, &value) in theory.iter().enumerate() {
        report(
            &format!("theory, {} = {value}", study.parameter),
            index as f64 / (theory.len() + cells.len() * study.simulation.instances()?) as f64,
        );
        let model = study.model_at(value)?;
        let found = find(&model, Starts::Standard, &solver)?;
        theory_rows(&model, value, &found, &mut rows, &mut counts);
    }
    let mut ends = BTreeMap::new();
    let total = (theory.len() + cells.len() * study.simulation.instances()?) as f64;
    let mut done = theory.len();
    for (index, &value) in cells.iter().enumerate() {
        let model = study.model_at(value)?;
        let streams = Streams::new(study.seed).cell(index as u64);
        simulate(
            study,
            &model,
            value,
            streams,
            &solver,
            &mut rows,
            &mut ends,
            &mut || {
                done += 1;
                report(
                    &format!("{} = {value}", study.parameter),
                    done as f64 / total,
                );
            },
        )?;
    }
    let mut metadata = metadata(study, study.seed);
    metadata.push(("theory".into(), tallied(&counts)));
    metadata.push(("runs".into(), tallied(&ends)));
    Ok(Table {
        metadata,
        columns,
        rows,
    })
}

impl SolutionStudy {
    fn model_at(&self, value: f64) -> Result<Model> {
        let mut options: ModelOptions = self.model.clone();
        self.parameter.set(&mut options, value)?;
        options.resolve(None)
    }
}

fn columns(model: &Model, parameter: &str) -> Vec<String> {
    let mut columns: Vec<String> = ["source", parameter, "solution", "kind", "nature"]
        .map(String::from)
        .to_vec();
    for (a, b) in entries(model) {
        columns.push(format!("zeta-{}{}", a + 1, b + 1));
        columns.push(format!("zeta-{}{}-error", a + 1, b + 1));
    }
    let rest = [
        "log_likelihood",
        "log_likelihood_error",
        "replicon",
        "joint_eigenvalue",
        "instances",
        "outcome",
    ];
    columns.extend(rest.map(String::from));
    columns
}

fn entries(model: &Model) -> impl Iterator<Item = (usize, usize)> + use<> {
    let (signals, units) = (model.signals(), model.units());
    (0..units).flat_map(move |b| (0..signals).map(move |a| (a, b)))
}

/// One row for each solution, and one for a value at which there is none.
fn theory_rows(
    model: &Model,
    value: f64,
    found: &Findings,
    rows: &mut Vec<Vec<String>>,
    counts: &mut BTreeMap<String, usize>,
) {
    for (place, finding) in found.solutions.iter().enumerate() {
        tally(counts, finding.point.stability.nature().name().into(), 1);
        rows.push(solution_row(model, value, place, finding));
    }
    if let Err(outcome) = found.answer() {
        tally(counts, outcome.name().into(), 1);
        let mut row = vec!["theory".into(), value.to_string()];
        row.extend(vec![String::new(); 3 + 2 * entries(model).count() + 5]);
        row.push(outcome.name().into());
        rows.push(row);
    }
}

fn solution_row(model: &Model, value: f64, place: usize, finding: &Finding) -> Vec<String> {
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
        value.to_string(),
        (place + 1).to_string(),
        kind.into(),
        stability.nature().name().into(),
    ];
    for entry in entries(model) {
        row.extend([cell(Some(zeta[entry])), String::new()]);
    }
    row.extend([
        cell(Some(stability.log_likelihood)),
        cell(Some(stability.log_likelihood_error)),
        cell(Some(stability.replicon)),
        cell(Some(stability.joint_eigenvalue)),
        String::new(),
        finding.outcome.name().into(),
    ]);
    row
}

/// All runs of one cell, on the same instances; overlaps are aligned to the answer of the theory.
#[expect(
    clippy::too_many_arguments,
    reason = "one cell of the study, with what it adds to"
)]
fn simulate(
    study: &SolutionStudy,
    model: &Model,
    value: f64,
    streams: Streams,
    solver: &FixedPointSettings,
    rows: &mut Vec<Vec<String>>,
    ends: &mut BTreeMap<String, usize>,
    done: &mut dyn FnMut(),
) -> Result<()> {
    let found = find(model, Starts::Standard, solver)?;
    let expected = Expectation::from_findings(model, &found, solver);
    let size = study.simulation.size(Some(model.alpha()))?;
    let settings: Vec<RunSettings> = study
        .runs
        .iter()
        .map(|run| run_settings(study, model, run, expected.as_ref()))
        .collect::<Result<_>>()?;
    let mut results: Vec<Vec<(OrderParameters, Option<f64>)>> = vec![Vec::new(); settings.len()];
    let mut outcomes: Vec<BTreeMap<String, usize>> = vec![BTreeMap::new(); settings.len()];
    let symmetry = model.symmetry();
    for instance in 0..study.simulation.instances()? as u64 {
        let streams = streams.instance(instance);
        let data = Instance::generate(model, size, streams)?;
        let problem = data.problem(model.hidden());
        for (position, settings) in settings.iter().enumerate() {
            let run = run_on(&problem, settings, streams)?;
            let name = run.end.name().to_owned();
            tally(ends, format!("{} {name}", settings.method.name()), 1);
            tally(&mut outcomes[position], name, 1);
            if run.end.has_weights() {
                let end = &run.last().order;
                let order = match found.answer() {
                    Ok(answer) => symmetry.align(end, &answer.order).order,
                    Err(_) => symmetry.canonical(end).order,
                };
                results[position].push((order, run.log_likelihood));
            }
        }
        done();
    }
    for ((run, results), outcomes) in study.runs.iter().zip(&results).zip(&outcomes) {
        rows.push(run_row(
            model,
            value,
            &run.source(),
            results,
            &tallied(outcomes),
        ));
    }
    Ok(())
}

fn run_settings(
    study: &SolutionStudy,
    model: &Model,
    run: &RunSpec,
    expected: Option<&Expectation>,
) -> Result<RunSettings> {
    let options = SimulationOptions {
        algorithm: Some(run.algorithm),
        iterations: run.iterations,
        run_tolerance: run.run_tolerance,
        restarts: run.restarts,
        ..study.simulation.clone()
    };
    let names = StartOptions {
        start: run.start.clone().map(|name| vec![name]),
        ..StartOptions::default()
    };
    let start = names.simulation(model, "random")?;
    let size = options.size(Some(model.alpha()))?;
    options.resolve(model, size, (start, 0), study.solver.damping, expected)
}

fn run_row(
    model: &Model,
    value: f64,
    source: &str,
    results: &[(OrderParameters, Option<f64>)],
    outcomes: &str,
) -> Vec<String> {
    let mut row = vec![source.to_owned(), value.to_string()];
    row.extend(vec![String::new(); 3]);
    for entry in entries(model) {
        let values: Vec<f64> = results
            .iter()
            .map(|(order, _)| order.overlaps()[entry])
            .collect();
        row.extend(with_error(&values));
    }
    let objectives: Vec<f64> = results
        .iter()
        .filter_map(|(_, objective)| *objective)
        .collect();
    row.extend(with_error(&objectives));
    row.extend([String::new(), String::new()]);
    row.extend([results.len().to_string(), outcomes.to_owned()]);
    row
}

fn with_error(values: &[f64]) -> [String; 2] {
    let estimate = Estimate::of(values);
    [
        cell(estimate.map(|estimate| estimate.mean)),
        cell(estimate.and_then(|estimate| estimate.standard_error)),
    ]
}
