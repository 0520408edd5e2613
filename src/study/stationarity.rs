//! Fixed points of AMP are stationary points of the objective (XKZ Theorem 2).

use super::journal::Journal;
use super::points::Points;
use super::stated::StationarityStudy;
use crate::claims::{Claim, Statement};
use crate::ensemble::Estimate;
use crate::error::{Error, Result};
use crate::experiment::Watch;
use crate::numerics::line::Line;
use crate::numerics::streams::Streams;
use crate::simulation::{
    AmpSettings, Gradient, Instance, LbfgsSettings, RunOutcome, SimulationStart, Size, amp, lbfgs,
};
use crate::start::Start;
use crate::table::{Table, tallied, tally};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bits of the number of a piece that count instances.
const CELL_BITS: u32 = 20;

/// Iterations of AMP, enough for the smallest tolerance.
const ITERATIONS: usize = 5000;

/// Largest root-mean-square change of weights of order 1 that is none.
const MOVED: f64 = 1e-6;

/// L-BFGS to a gradient far below that of AMP's largest tolerances.
fn follow_up() -> LbfgsSettings {
    LbfgsSettings {
        tolerance: 1e-9,
        max_iterations: 200,
    }
}

/// One run at one tolerance.
#[derive(Clone, Serialize, Deserialize)]
struct End {
    outcome: RunOutcome,
    /// Root-mean-square gradient.
    gradient: Option<f64>,
    /// Root-mean-square change of the weights by L-BFGS from there.
    moved: Option<f64>,
}

pub(super) fn run(study: &StationarityStudy, journal: &mut Journal, watch: Watch) -> Result<Table> {
    if study.tolerances.len() < 2 || study.instances < 2 || study.cases.is_empty() {
        let allowed = "give a case, two tolerances and two instances at least";
        return Err(Error::invalid(
            "study.tolerances",
            format!("{:?}", study.tolerances),
            allowed,
        ));
    }
    let names = study.cases.iter().map(|case| case.name.as_str());
    super::require_distinct("study.cases.name", names)?;
    let mut points = Points::default();
    let mut runs = BTreeMap::new();
    let mut claims = Vec::new();
    for (cell, case) in study.cases.iter().enumerate() {
        let mut found = Vec::new();
        for instance in 0..study.instances as u64 {
            let number = ((cell as u64) << CELL_BITS) + instance;
            let ends: Vec<End> = journal.piece(number, || ends(study, cell, instance))?;
            for end in &ends {
                tally(&mut runs, format!("amp {}", end.outcome.name()), 1);
            }
            found.push(ends);
            let part = (instance + 1) as f64 / study.instances as f64;
            watch(&case.name, Some(part));
        }
        for (at, &tolerance) in study.tolerances.iter().enumerate() {
            let mean = |of: fn(&End) -> Option<f64>| {
                let values = found.iter().filter_map(|ends| of(&ends[at]));
                Estimate::of(&values.collect::<Vec<f64>>())
            };
            points.measured("gradient", &case.name, tolerance, mean(|end| end.gradient));
            points.measured("moved", &case.name, tolerance, mean(|end| end.moved));
        }
        claims.extend(slopes(study, &case.name, &found));
    }
    let theory = "a power 1 of the tolerance".into();
    Ok(points.table(study, study.seed, [theory, tallied(&runs)], &claims))
}

/// AMP to each of the tolerances on one instance, and L-BFGS from there.
fn ends(study: &StationarityStudy, cell: usize, instance: u64) -> Result<Vec<End>> {
    let case = &study.cases[cell];
    case.model.require_in("study.cases.model", None)?;
    let model = case.model.resolve(None)?;
    let options = crate::options::SimulationOptions {
        d: Some(study.d),
        ..Default::default()
    };
    let size: Size = options.size(Some(model.alpha()))?;
    let streams = Streams::new(study.seed)
        .cell(cell as u64)
        .instance(instance);
    let data = Instance::generate(&model, size, streams)?;
    let problem = data.problem(model.hidden());
    let start = SimulationStart::Overlaps(Start::Planted).weights(&problem, streams, 0)?;
    let one = |tolerance: f64| {
        let settings = AmpSettings {
            tolerance,
            max_iterations: ITERATIONS,
            weight_damping: case.weight_damping.unwrap_or(1.0),
            ..AmpSettings::default()
        };
        let learned = amp(&problem, start.clone(), &settings)?;
        let outcome = learned.end.outcome();
        let weights = learned.weights;
        let converged = outcome == RunOutcome::Converged;
        let at = Gradient::at(&problem, &weights).filter(|_| converged);
        let after = lbfgs(&problem, weights.clone(), &follow_up())?;
        let moved = (after.weights - &weights).norm() / (weights.len() as f64).sqrt();
        Ok(End {
            outcome,
            gradient: at.map(|at| at.rms()),
            moved: (converged && after.end.has_weights()).then_some(moved),
        })
    };
    study
        .tolerances
        .iter()
        .map(|&tolerance| one(tolerance))
        .collect()
}

/// The gradient vanishes as the tolerance does: power 1 on each instance.
fn slopes(study: &StationarityStudy, name: &str, found: &[Vec<End>]) -> Vec<Claim> {
    let slope = |ends: &Vec<End>| {
        let points = study.tolerances.iter().zip(ends);
        let points = points.map(|(tolerance, end)| Some((tolerance.ln(), end.gradient?.ln(), 1.0)));
        let points: Option<Vec<(f64, f64, f64)>> = points.collect();
        Some(Line::through(&points?)?.slope)
    };
    let slopes: Option<Vec<f64>> = found.iter().map(slope).collect();
    let [first, last] = [0, study.tolerances.len() - 1].map(|at| study.tolerances[at]);
    let text = format!(
        "power of AMP's tolerance ({first:.0e} to {last:.0e}) with which the gradient of the objective vanishes at its fixed points, {name}, d = {}",
        study.d
    );
    let statement =
        Statement::new(format!("stationary, {name}"), "XKZ Theorem 2", text).equals(1.0);
    let gradient = match slopes.and_then(|slopes| Estimate::of(&slopes)) {
        Some(slopes) => statement.measured(slopes, 0.2),
        None => statement.not_obtained("a run did not converge"),
    };
    // A maximum that L-BFGS finds from there is where AMP ended, up to the tolerance of either.
    let moved = found
        .iter()
        .map(|ends| ends.last().and_then(|end| end.moved));
    let moved: Option<Vec<f64>> = moved.collect();
    let text = format!(
        "root-mean-square change of the weights by L-BFGS from AMP's fixed point at tolerance {last:.0e}, {name}, d = {}",
        study.d
    );
    let statement = Statement::new(format!("L-BFGS stays, {name}"), "XKZ Theorem 2", text);
    let moved = match moved.and_then(|moved| Estimate::of(&moved)) {
        Some(moved) if moved.mean == 0.0 => statement.below(MOVED).computed(0.0, 0.0),
        Some(moved) => statement.below(MOVED).measured(moved, 0.0),
        None => statement.not_obtained("a run did not converge"),
    };
    vec![gradient, moved]
}
