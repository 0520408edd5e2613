//! Where maximisation ends from random, spectral and informed starts (XKZ Fig. 5).

use super::journal::Journal;
use super::points::{Points, share};
use super::stated::StartStudy;
use crate::claims::{Claim, Statement};
use crate::ensemble::Estimate;
use crate::error::{Error, Result};
use crate::experiment::Watch;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::line::Line;
use crate::numerics::streams::Streams;
use crate::options::SimulationOptions;
use crate::simulation::{
    Instance, LbfgsSettings, Problem, Run, RunOutcome, RunSettings, SimulationStart, Size, run_on,
};
use crate::start::Start;
use crate::table::{Table, tallied, tally};
use crate::theory::{FixedPointSettings, boundaries};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bits of the number of a piece that count instances.
const CELL_BITS: u32 = 20;

/// Cosine above which two weight vectors are the same.
const SAME: f64 = 0.999;

/// Names of the starts.
const STARTS: [&str; 3] = ["random", "spectral", "informed"];

/// The three runs of one instance.
#[derive(Clone, Serialize, Deserialize)]
struct Ends {
    outcomes: [RunOutcome; 3],
    /// Largest overlap of the first signal with a unit.
    overlaps: [Option<f64>; 3],
    /// Objective.
    objectives: [Option<f64>; 3],
    /// Whether random and spectral starts end where the informed one does; null where a run has no
    /// weights.
    same: [Option<bool>; 2],
}

/// All instances at one size and strength.
struct Cell {
    lambda: f64,
    d: usize,
    ends: Vec<Ends>,
}

pub(super) fn run(study: &StartStudy, journal: &mut Journal, watch: Watch) -> Result<Table> {
    study.model.require_in("study.model", None)?;
    let base = study.model.resolve(None)?;
    if study.sizes.is_empty() || study.strengths.is_empty() {
        let allowed = "give at least one size and one strength";
        return Err(Error::invalid("study.sizes", "empty", allowed));
    }
    let instances: usize = study.sizes.iter().map(|size| size.instances).sum();
    let total = (instances * study.strengths.len()).max(1) as f64;
    let mut done = 0.0;
    let mut runs = BTreeMap::new();
    let mut cells = Vec::new();
    for (place, size) in study.sizes.iter().enumerate() {
        for (at, &lambda) in study.strengths.iter().enumerate() {
            let model = base.with_strength(lambda)?;
            let number = (place * study.strengths.len() + at) as u64;
            let mut ends = Vec::new();
            for instance in 0..size.instances as u64 {
                let streams = Streams::new(study.seed).cell(number).instance(instance);
                let end: Ends = journal.piece((number << CELL_BITS) + instance, || {
                    one(&model, size.d, streams)
                })?;
                for (start, outcome) in STARTS.iter().zip(&end.outcomes) {
                    tally(&mut runs, format!("{start} {}", outcome.name()), 1);
                }
                ends.push(end);
                done += 1.0;
                watch(&format!("d = {}, λ = {lambda}", size.d), Some(done / total));
            }
            let d = size.d;
            cells.push(Cell { lambda, d, ends });
        }
    }
    let mut points = Points::default();
    cells.iter().for_each(|cell| cell.show(&mut points));
    let threshold = threshold(study, &base)?;
    let claims = claims(study, &cells, threshold);
    let theory = threshold.map_or_else(
        || "no de Almeida–Thouless point".into(),
        |at| format!("λ_AT = {at:.6}"),
    );
    Ok(points.table(study, study.seed, [theory, tallied(&runs)], &claims))
}

/// Strength at which the replicon is 1.
fn threshold(study: &StartStudy, base: &Model) -> Result<Option<f64>> {
    let all = study.strengths.iter().copied();
    let least = all.clone().fold(f64::INFINITY, f64::min);
    let most = all.fold(0.0, f64::max);
    let path = |strength: f64| base.with_strength(strength);
    let range = [0.8 * least, 1.5 * most];
    let found = boundaries(&path, range, 1e-7, false, &FixedPointSettings::default())?;
    Ok(found.at.ok().map(|at| at.value))
}

fn one(model: &Model, d: usize, streams: Streams) -> Result<Ends> {
    let options = SimulationOptions {
        d: Some(d),
        ..SimulationOptions::default()
    };
    let size: Size = options.size(Some(model.alpha()))?;
    let data = Instance::generate(model, size, streams)?;
    let problem = data.problem(model.hidden());
    let starts = [
        SimulationStart::Random,
        SimulationStart::Spectral,
        SimulationStart::Overlaps(Start::Planted),
    ];
    let run = |start: SimulationStart| run_from(&problem, start, streams);
    let [random, spectral, informed] = starts.map(run);
    let all = [random?, spectral?, informed?];
    let usable = |run: &Run| run.end.has_weights();
    let same = |run: &Run| {
        (usable(run) && usable(&all[2])).then(|| is_same(&run.weights, &all[2].weights))
    };
    let overlap = |run: &Run| {
        let overlaps = run.last().order.overlaps();
        let row = overlaps.row(0);
        row.iter().fold(0.0, |most: f64, zeta| most.max(zeta.abs()))
    };
    let each = |of: &dyn Fn(&Run) -> Option<f64>| [of(&all[0]), of(&all[1]), of(&all[2])];
    Ok(Ends {
        outcomes: [0, 1, 2].map(|i: usize| all[i].end.outcome()),
        overlaps: each(&|run| usable(run).then(|| overlap(run))),
        objectives: each(&|run| run.log_likelihood),
        same: [same(&all[0]), same(&all[1])],
    })
}

fn run_from(problem: &Problem, start: SimulationStart, streams: Streams) -> Result<Run> {
    let settings = RunSettings {
        method: crate::simulation::Method::Lbfgs(LbfgsSettings::default()),
        start,
        ..RunSettings::default()
    };
    run_on(problem, &settings, streams)
}

/// Whether every unit of the one has its like among the other's, up to sign.
fn is_same(a: &Matrix, b: &Matrix) -> bool {
    a.column_iter().all(|one| {
        let cosines = b
            .column_iter()
            .map(|other| one.dot(&other).abs() / (one.norm() * other.norm()));
        cosines.fold(0.0, f64::max) > SAME
    })
}

impl Cell {
    fn share(&self, start: usize) -> Option<Estimate> {
        let known: Vec<bool> = self.ends.iter().filter_map(|end| end.same[start]).collect();
        share(known.iter().filter(|same| **same).count(), known.len())
    }

    fn show(&self, points: &mut Points) {
        let size = format!("d = {}", self.d);
        for (start, name) in STARTS[..2].iter().enumerate() {
            points.measured(
                &format!("share {name}"),
                &size,
                self.lambda,
                self.share(start),
            );
        }
        for (start, name) in STARTS.iter().enumerate() {
            let overlaps: Vec<f64> = self
                .ends
                .iter()
                .filter_map(|end| end.overlaps[start])
                .collect();
            let estimate = Estimate::of(&overlaps);
            points.measured(&format!("overlap {name}"), &size, self.lambda, estimate);
        }
        for (start, name) in STARTS[..2].iter().enumerate() {
            let gaps = self
                .ends
                .iter()
                .filter_map(|end| Some(end.objectives[2]? - end.objectives[start]?));
            let estimate = Estimate::of(&gaps.collect::<Vec<f64>>());
            points.measured(&format!("gap {name}"), &size, self.lambda, estimate);
        }
    }
}

/// Above the threshold of replica symmetry the share of random starts that find the informed
/// maximum rises with size, below it falls.
fn claims(study: &StartStudy, cells: &[Cell], threshold: Option<f64>) -> Vec<Claim> {
    let mut claims = Vec::new();
    for &lambda in &study.strengths {
        let own: Vec<&Cell> = cells.iter().filter(|cell| cell.lambda == lambda).collect();
        let line: Option<Vec<(f64, f64, f64)>> = own
            .iter()
            .map(|cell| {
                let share = cell.share(0)?;
                Some(((cell.d as f64).ln(), share.mean, share.standard_error?))
            })
            .collect();
        let line = line.and_then(|line| Line::through(&line));
        let sizes: Vec<usize> = own.iter().map(|cell| cell.d).collect();
        let text = format!(
            "slope against ln d of the share of random starts that end in the informed maximum, λ = {lambda}, d = {sizes:?}"
        );
        let name = format!("random starts at λ = {lambda}");
        let statement = Statement::new(name, "XKZ Fig. 5", text);
        let Some(threshold) = threshold else {
            claims.push(statement.not_obtained("there is no threshold of replica symmetry"));
            continue;
        };
        let statement = if lambda > threshold {
            statement.above(0.0)
        } else {
            statement.below(0.0)
        };
        let count = own.iter().map(|cell| cell.ends.len()).sum();
        claims.push(statement.slope(line, count, 0.0));
    }
    claims
}
