//! Overlaps against signal strength: fixed points of state evolution, baselines, and simulations
//! with error bars.

use super::journal::Journal;
use super::runs::{Finished, Runs};
use super::spec::StrengthStudy;
use crate::ensemble::Estimate;
use crate::error::{Error, Result};
use crate::experiment::{ModelSettings, Watch};
use crate::model::Model;
use crate::numerics::streams::Streams;
use crate::rsb::{self, BrokenEnd, Depth};
use crate::table::{Table, Value, keys, metadata, tallied, tally};
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

/// Strengths of the baselines for each of the theory.
const BETWEEN: u32 = 5;

/// Where the Bayes-optimal overlap is computed instead of at a threshold, where its recursion slows
/// down without end.
const SUBCRITICAL: f64 = 1.0 - 0.002;

/// Strengths that differ by less than this fraction count as one.
const NEAR: f64 = 1e-9;

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
    converged: bool,
    stability: Option<Stability>,
}

impl Row<'_> {
    fn cells(self) -> Vec<Value> {
        let stability = self.stability;
        vec![
            self.source.into(),
            self.strength.into(),
            format!("{}{}", self.entry.0 + 1, self.entry.1 + 1).into(),
            self.zeta.into(),
            self.standard_error.into(),
            self.instances.into(),
            self.outcome.into(),
            self.converged.into(),
            stability.map(|stability| stability.is_stable()).into(),
            stability.map(|stability| stability.replicon).into(),
        ]
    }
}

/// The table under construction.
#[derive(Default)]
struct Rows {
    rows: Vec<Vec<Value>>,
    /// Outcomes of the theory.
    theory: BTreeMap<String, usize>,
    /// Outcomes of the runs.
    runs: BTreeMap<String, usize>,
}

/// The table before anything is computed.
pub(super) fn header() -> Table {
    Table::under(keys(&["model", "solver", "theory", "runs"]), &COLUMNS)
}

pub(super) fn run(study: &StrengthStudy, journal: &mut Journal, watch: Watch) -> Result<Table> {
    let size = study.simulation.size(study.model.alpha)?;
    study.model.require_in("study.model", Some(size.alpha()))?;
    let base = study.model.resolve(Some(size.alpha()))?;
    let solver = study.solver.resolve(study.seed)?;
    if study.runs.is_empty() {
        let allowed = "at least one simulation is needed";
        return Err(Error::invalid("runs", "empty", allowed));
    }
    let strengths = with_thresholds(&base, study.theory.values("theory")?);
    let cells = study.cells.values("cells")?;
    let runs = Runs {
        simulation: &study.simulation,
        specs: &study.runs,
        damping: study.solver.damping,
    };
    // Everything is checked before the first cell runs.
    let mut prepared = Vec::new();
    for &strength in &cells {
        let model = base.with_strength(strength)?;
        let expected = Expectation::of(&model, &solver)?;
        let settings = runs.settings(&model, expected.as_ref())?;
        prepared.push((model, strength, settings));
    }
    let mut rows = Rows::default();
    for &strength in &strengths {
        watch(&format!("theory, λ = {strength:.4}"), None);
        let model = base.with_strength(strength)?;
        rows.theory(&model, strength, &solver)?;
        if let Some(depth) = study.rsb {
            rows.beyond(&model, strength, depth)?;
        }
    }
    let critical = thresholds(&base);
    for strength in between(&strengths) {
        let near = critical.contains(&strength);
        rows.bayes(
            &base,
            if near {
                SUBCRITICAL * strength
            } else {
                strength
            },
        )?;
        rows.pca(&base, strength)?;
    }
    let total = (cells.len() * study.simulation.instances()?) as f64;
    let mut done = 0.0;
    for (index, (model, strength, settings)) in prepared.iter().enumerate() {
        let streams = Streams::new(study.seed).cell(index as u64);
        let symmetry = model.symmetry();
        let finished = runs.run(
            model,
            settings,
            (index as u64, streams),
            journal,
            |end| symmetry.canonical(end).order,
            &mut || {
                done += 1.0;
                watch(&format!("λ = {strength}"), Some(done / total));
            },
        )?;
        for (spec, finished) in study.runs.iter().zip(&finished) {
            finished.count(spec.algorithm.name(), &mut rows.runs);
            rows.simulation(model, *strength, &spec.source(), finished);
        }
    }
    let mut metadata = metadata(study, study.seed);
    metadata.extend(ModelSettings::resolved(&study.model, &base, Some(&solver))?);
    metadata.push(("theory".into(), tallied(&rows.theory)));
    metadata.push(("runs".into(), tallied(&rows.runs)));
    Ok(Table {
        rows: rows.rows,
        ..Table::under(metadata, &COLUMNS)
    })
}

/// The strength at which each signal passes the BBP threshold.
fn thresholds(model: &Model) -> Vec<f64> {
    let threshold = baselines::bbp_threshold(model.alpha());
    let signals = model.lambda().iter();
    signals.map(|lambda| threshold / lambda).collect()
}

/// The strengths of a grid, and the thresholds of all signals between them: a curve that begins at a
/// threshold then does so in the figure.
fn with_thresholds(model: &Model, mut grid: Vec<f64>) -> Vec<f64> {
    let [first, last] = [grid[0], grid[grid.len() - 1]];
    let inside = |at: &f64| (first..=last).contains(at);
    grid.extend(thresholds(model).into_iter().filter(inside));
    grid.sort_by(f64::total_cmp);
    grid.dedup_by(|next, kept| *next - *kept < NEAR * *kept);
    grid
}

/// Strengths at which the baselines are computed, which cost little: those of the theory, and as many
/// in between as make their curves smooth.
fn between(theory: &[f64]) -> Vec<f64> {
    let between = |pair: &[f64]| {
        let [low, high] = [pair[0], pair[1]];
        (0..BETWEEN).map(move |part| low + (high - low) * f64::from(part) / f64::from(BETWEEN))
    };
    let inner = theory.windows(2).flat_map(between);
    inner.chain(theory.last().copied()).collect()
}

impl Rows {
    /// The leading fixed point: unit by unit where it decouples (a unit without a solution then
    /// leaves the others alone), all entries elsewhere.
    fn theory(
        &mut self,
        model: &Model,
        strength: f64,
        settings: &FixedPointSettings,
    ) -> Result<()> {
        let found = find(model, Starts::Standard, settings)?;
        let leading = found.leading_attempt();
        if let Some(attempt) = leading.filter(|attempt| attempt.is_decoupled()) {
            for (b, unit) in attempt.units.iter().enumerate() {
                if let Some(a) = unit.signal {
                    let point = unit.solution.fixed_point();
                    self.predicted(strength, (a, b), point.map(|point| (point, (0, 0))));
                }
            }
            return Ok(());
        }
        for b in 0..model.units() {
            for a in 0..model.signals() {
                let point = found.answer().map(|point| (point, (a, b)));
                self.predicted(strength, (a, b), point);
            }
        }
        Ok(())
    }

    /// An overlap of a fixed point (its entry `at`), or how the search for it ended.
    fn predicted(
        &mut self,
        strength: f64,
        entry: (usize, usize),
        point: std::result::Result<(&FixedPoint, (usize, usize)), &Outcome>,
    ) {
        let outcome = match &point {
            Ok(_) => "converged",
            Err(outcome) => outcome.name(),
        };
        tally(&mut self.theory, outcome.into(), 1);
        let found = point.ok();
        let row = Row {
            source: "theory",
            strength,
            entry,
            zeta: found.map(|(point, at)| point.order.overlaps()[at]),
            standard_error: None,
            instances: None,
            outcome: outcome.into(),
            converged: found.is_some(),
            stability: found.map(|(point, _)| point.stability),
        };
        self.rows.push(row.cells());
    }

    /// Beyond replica symmetry, unit by unit; the standard error is that of the extrapolation.
    fn beyond(&mut self, model: &Model, strength: f64, depth: Depth) -> Result<()> {
        let beyond = rsb::solve(model, depth)?;
        for (b, unit) in beyond.units.iter().enumerate() {
            let broken = &unit.broken;
            let error = broken.limit.map(|own| own.zeta.error);
            let zeta = broken.obtained_zeta();
            tally(&mut self.theory, broken.end.name().into(), 1);
            let row = Row {
                source: "rsb",
                strength,
                entry: (unit.signal - 1, b),
                zeta,
                standard_error: error.filter(|_| zeta.is_some()),
                instances: None,
                outcome: broken.end.name().into(),
                converged: zeta.is_some()
                    && (broken.limit.is_some() || broken.end != BrokenEnd::FewerSteps),
                stability: None,
            };
            self.rows.push(row.cells());
        }
        Ok(())
    }

    fn bayes(&mut self, base: &Model, strength: f64) -> Result<()> {
        let model = base.with_strength(strength)?;
        let bayes = baselines::bayes_overlaps(&model);
        for (b, a) in model.strongest_signals().into_iter().enumerate() {
            let (zeta, outcome) = match &bayes {
                Ok(overlaps) => (Some(overlaps[a].optimal), "converged".to_owned()),
                Err(failure) => (None, failure.to_string()),
            };
            self.baseline("bayes-optimal", strength, (a, b), zeta, outcome);
        }
        Ok(())
    }

    fn pca(&mut self, base: &Model, strength: f64) -> Result<()> {
        let model = base.with_strength(strength)?;
        let pca = baselines::pca_overlaps(&model);
        for (b, a) in model.strongest_signals().into_iter().enumerate() {
            let zeta = Some(pca[(a, b)]);
            self.baseline("pca", strength, (a, b), zeta, "closed form".into());
        }
        Ok(())
    }

    fn baseline(
        &mut self,
        source: &str,
        strength: f64,
        entry: (usize, usize),
        zeta: Option<f64>,
        outcome: String,
    ) {
        let row = Row {
            source,
            strength,
            entry,
            converged: zeta.is_some(),
            zeta,
            standard_error: None,
            instances: None,
            outcome,
            stability: None,
        };
        self.rows.push(row.cells());
    }

    fn simulation(&mut self, model: &Model, strength: f64, source: &str, finished: &Finished) {
        for (b, a) in model.strongest_signals().into_iter().enumerate() {
            let ends = finished.ends.iter();
            let values: Vec<f64> = ends.map(|(order, _)| order.overlaps()[(a, b)]).collect();
            let estimate = Estimate::of(&values);
            let row = Row {
                source,
                strength,
                entry: (a, b),
                zeta: estimate.map(|estimate| estimate.mean),
                standard_error: estimate.and_then(|estimate| estimate.standard_error),
                instances: Some(values.len()),
                outcome: finished.outcome(),
                converged: finished.converged(),
                stability: None,
            };
            self.rows.push(row.cells());
        }
    }
}
