//! Overlaps against signal strength: fixed points of state evolution, baselines, and simulations with error bars.

use super::Report;
use super::spec::StrengthStudy;
use crate::ensemble::Estimate;
use crate::error::{Error, Result};
use crate::figure::Table;
use crate::model::Model;
use crate::numerics::streams::Streams;
use crate::options::{RunSpec, SimulationOptions, StartOptions};
use crate::order_parameters::OrderParameters;
use crate::simulation::{Instance, RunSettings, run_on};
use crate::tables::{cell, metadata, tallied, tally};
use crate::theory::{
    Expectation, FixedPoint, FixedPointSettings, Outcome, Stability, Starts, baselines, find,
};
use std::collections::BTreeMap;

const COLUMNS: [&str; 10] = [
    "source",
    "lambda",
    "entry",
    "zeta",
    "standard_error",
    "instances",
    "outcome",
    "converged",
    "stable",
    "replicon",
];

/// One row of the table.
struct Row<'a> {
    source: &'a str,
    strength: f64,
    /// Signal and unit, both from 0.
    entry: (usize, usize),
    zeta: Option<f64>,
    standard_error: Option<f64>,
    instances: Option<usize>,
    outcome: String,
    stability: Option<Stability>,
}

impl Row<'_> {
    fn cells(self) -> Vec<String> {
        let stable = match self.stability {
            Some(stability) => stability.is_stable().to_string(),
            None => "unknown".into(),
        };
        let converged = ["converged", "closed form"].contains(&self.outcome.as_str())
            || (self.outcome.starts_with("converged: ") && !self.outcome.contains(','));
        vec![
            self.source.into(),
            self.strength.to_string(),
            format!("{}{}", self.entry.0 + 1, self.entry.1 + 1),
            cell(self.zeta),
            cell(self.standard_error),
            self.instances
                .map_or_else(String::new, |count| count.to_string()),
            self.outcome,
            if converged { "yes" } else { "no" }.into(),
            stable,
            cell(self.stability.map(|stability| stability.replicon)),
        ]
    }
}

pub(super) fn run(study: &StrengthStudy, report: Report) -> Result<Table> {
    let size = study.simulation.size(study.model.alpha)?;
    let base = study.model.resolve(Some(size.alpha()))?;
    let solver = study.solver.resolve(study.seed)?;
    if study.runs.is_empty() {
        return Err(Error::invalid(
            "runs",
            "empty",
            "at least one simulation is needed",
        ));
    }
    let strengths = study.theory.values("theory")?;
    let cells = study.cells.values("cells")?;
    let mut simulation = Simulation {
        study,
        instances: study.simulation.instances()?,
        rows: Vec::new(),
        counts: BTreeMap::new(),
    };
    // Everything is checked before the first cell runs.
    for &strength in &cells {
        let model = base.with_strength(strength)?;
        let predicted = Expectation::of(&model, &solver)?;
        simulation.settings(&model, &study.runs, predicted.as_ref())?;
    }
    let mut rows = Vec::new();
    let mut counts = BTreeMap::new();
    for &strength in &strengths {
        let model = base.with_strength(strength)?;
        theory_rows(&model, strength, &solver, &mut rows, &mut counts)?;
        baseline_rows(&model, strength, &mut rows);
    }
    let total = cells.len() * simulation.instances;
    for (index, &strength) in cells.iter().enumerate() {
        let model = base.with_strength(strength)?;
        let predicted = Expectation::of(&model, &solver)?;
        let settings = simulation.settings(&model, &study.runs, predicted.as_ref())?;
        let mut done = index * simulation.instances;
        simulation.cell(&model, index, strength, &settings, &mut || {
            done += 1;
            report(&format!("λ = {strength}"), done as f64 / total as f64);
        })?;
    }
    rows.append(&mut simulation.rows);
    let mut metadata = metadata(study, study.seed);
    metadata.push(("theory".into(), tallied(&counts)));
    metadata.push(("runs".into(), tallied(&simulation.counts)));
    Ok(Table {
        metadata,
        columns: COLUMNS.map(String::from).to_vec(),
        rows,
    })
}

/// The leading fixed point: unit by unit where it decouples (a unit without a solution then leaves the others alone), all entries elsewhere.
fn theory_rows(
    model: &Model,
    strength: f64,
    settings: &FixedPointSettings,
    rows: &mut Vec<Vec<String>>,
    counts: &mut BTreeMap<String, usize>,
) -> Result<()> {
    let mut push = |entry, point: std::result::Result<(f64, Stability), &Outcome>| {
        let outcome = point
            .as_ref()
            .map_or_else(|outcome| outcome.name(), |_| "converged");
        tally(counts, outcome.into(), 1);
        let row = Row {
            source: "theory",
            strength,
            entry,
            zeta: point.as_ref().ok().map(|(zeta, _)| *zeta),
            standard_error: None,
            instances: None,
            outcome: outcome.into(),
            stability: point.ok().map(|(_, stability)| stability),
        };
        rows.push(row.cells());
    };
    let read =
        |point: &FixedPoint, a: usize, b: usize| (point.order.overlaps()[(a, b)], point.stability);
    let found = find(model, Starts::Standard, settings)?;
    if let Some(attempt) = found
        .leading_attempt()
        .filter(|attempt| attempt.is_decoupled())
    {
        for (b, unit) in attempt.units.iter().enumerate() {
            if let Some(a) = unit.signal {
                push(
                    (a, b),
                    unit.solution.fixed_point().map(|point| read(point, 0, 0)),
                );
            }
        }
        return Ok(());
    }
    for b in 0..model.units() {
        for a in 0..model.signals() {
            push((a, b), found.answer().map(|point| read(point, a, b)));
        }
    }
    Ok(())
}

fn baseline_rows(model: &Model, strength: f64, rows: &mut Vec<Vec<String>>) {
    let bayes = baselines::bayes_optimal_overlaps(model);
    let pca = baselines::pca_overlaps(model);
    for (b, a) in model.strongest_signals().into_iter().enumerate() {
        let bayes = match &bayes {
            Ok(overlaps) => (Some(overlaps[a]), "converged".to_owned()),
            Err(failure) => (None, failure.to_string()),
        };
        let pca = (Some(pca[(a, b)]), "closed form".to_owned());
        for (source, (zeta, outcome)) in [("bayes-optimal", bayes), ("pca", pca)] {
            let row = Row {
                source,
                strength,
                entry: (a, b),
                zeta,
                standard_error: None,
                instances: None,
                outcome,
                stability: None,
            };
            rows.push(row.cells());
        }
    }
}

struct Simulation<'a> {
    study: &'a StrengthStudy,
    instances: usize,
    rows: Vec<Vec<String>>,
    counts: BTreeMap<String, usize>,
}

impl Simulation<'_> {
    fn settings(
        &self,
        model: &Model,
        runs: &[RunSpec],
        predicted: Option<&Expectation>,
    ) -> Result<Vec<RunSettings>> {
        let size = self.study.simulation.size(self.study.model.alpha)?;
        let one = |run: &RunSpec| {
            let options = SimulationOptions {
                algorithm: Some(run.algorithm),
                iterations: run.iterations,
                run_tolerance: run.run_tolerance,
                restarts: run.restarts,
                ..self.study.simulation.clone()
            };
            let names = StartOptions {
                start: run.start.clone().map(|name| vec![name]),
                ..StartOptions::default()
            };
            let start = names.simulation(model, "random")?;
            options.resolve(
                model,
                size,
                (start, 0),
                self.study.solver.damping,
                predicted,
            )
        };
        runs.iter().map(one).collect()
    }

    /// All algorithms on all instances of one strength.
    fn cell(
        &mut self,
        model: &Model,
        index: usize,
        strength: f64,
        settings: &[RunSettings],
        done: &mut dyn FnMut(),
    ) -> Result<()> {
        let streams = Streams::new(self.study.seed).cell(index as u64);
        let size = self.study.simulation.size(self.study.model.alpha)?;
        let mut ends: Vec<Vec<Option<OrderParameters>>> = vec![Vec::new(); settings.len()];
        let mut outcomes: Vec<BTreeMap<String, usize>> = vec![BTreeMap::new(); settings.len()];
        let symmetry = model.symmetry();
        let sources: Vec<String> = self.study.runs.iter().map(RunSpec::source).collect();
        for instance in 0..self.instances as u64 {
            let streams = streams.instance(instance);
            let data = Instance::generate(model, size, streams)?;
            let problem = data.problem(model.hidden());
            for (position, settings) in settings.iter().enumerate() {
                let run = run_on(&problem, settings, streams)?;
                let name = run.end.name().to_owned();
                let order = run
                    .end
                    .has_weights()
                    .then(|| symmetry.canonical(&run.last().order).order);
                ends[position].push(order);
                tally(&mut outcomes[position], name.clone(), 1);
                tally(
                    &mut self.counts,
                    format!("{} {name}", settings.method.name()),
                    1,
                );
            }
            done();
        }
        for position in 0..settings.len() {
            let outcome = tallied(&outcomes[position]);
            for (b, a) in model.strongest_signals().into_iter().enumerate() {
                self.push(
                    &sources[position],
                    strength,
                    (a, b),
                    &ends[position],
                    &outcome,
                );
            }
        }
        Ok(())
    }

    fn push(
        &mut self,
        source: &str,
        strength: f64,
        entry: (usize, usize),
        ends: &[Option<OrderParameters>],
        outcome: &str,
    ) {
        let values: Vec<f64> = ends
            .iter()
            .flatten()
            .map(|order| order.overlaps()[entry])
            .collect();
        let estimate = Estimate::of(&values);
        let row = Row {
            source,
            strength,
            entry,
            zeta: estimate.map(|estimate| estimate.mean),
            standard_error: estimate.and_then(|estimate| estimate.standard_error),
            instances: Some(values.len()),
            outcome: outcome.to_owned(),
            stability: None,
        };
        self.rows.push(row.cells());
    }
}
