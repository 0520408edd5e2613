//! Log-likelihood of the data that were learnt from, and of fresh data (theory.md section 10).

use super::journal::Journal;
use super::points::Points;
use super::stated::GeneralisationStudy;
use crate::claims::{Claim, Statement};
use crate::ensemble::Estimate;
use crate::error::{Error, Result};
use crate::experiment::Watch;
use crate::model::Model;
use crate::numerics::streams::Streams;
use crate::options::SimulationOptions;
use crate::simulation::{
    Gradient, Instance, LbfgsSettings, Method, Problem, RunOutcome, RunSettings, SimulationStart,
    run_on,
};
use crate::start::Start;
use crate::table::{Table, tallied, tally};
use crate::theory::{
    FixedPointSettings, HeldOut, Located, Starts, baselines, boundaries, find, held_out_boundary,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bits of the number of a piece that count instances.
const CELL_BITS: u32 = 20;

/// Numbers of pieces of units that share no signal begin here.
const NOISE: u64 = 1 << 40;

/// Distance between the cell of an instance and that of its fresh data.
const FRESH: u64 = 1 << 50;

/// Accuracy of the thresholds.
const TOLERANCE: f64 = 1e-8;

/// Gains of one run, per sample; null where it has no weights.
#[derive(Clone, Serialize, Deserialize)]
struct Gains {
    outcome: RunOutcome,
    train: Option<f64>,
    /// Of the fresh data themselves.
    fresh: Option<f64>,
    /// Of their law, at the overlaps of the weights.
    test: Option<f64>,
}

pub(super) fn run(
    study: &GeneralisationStudy,
    journal: &mut Journal,
    watch: Watch,
) -> Result<Table> {
    study.model.require_in("study.model", None)?;
    let base = study.model.resolve(None)?;
    if base.signals() != 1 || base.units() != 1 {
        let allowed = "the study is of one unit on one signal: leave the other strengths out";
        return Err(Error::invalid("lambda", base.signals(), allowed));
    }
    let strengths = study.strengths.values("study.strengths")?;
    let mut points = Points::default();
    for &lambda in &strengths {
        let model = base.with_lambda(&[lambda])?;
        let [train, test] = theory(&model)?;
        points.theory("strength", "train", lambda, train);
        points.theory("strength", "test", lambda, test);
    }
    for &alpha in &study.alphas {
        let model = base.with_alpha(alpha)?;
        let [train, test] = theory(&model)?;
        points.theory("alpha", "train", alpha, train);
        points.theory("alpha", "test", alpha, test);
    }
    let mut claims = thresholds(study, &base, &mut points)?;
    let mut runs = BTreeMap::new();
    claims.extend(simulated(
        study,
        &base,
        journal,
        watch,
        &mut points,
        &mut runs,
    )?);
    claims.push(noise(study, &base, journal, &mut runs)?);
    let theory = "train and test gain per sample of the leading solution".into();
    Ok(points.table(study, study.seed, [theory, tallied(&runs)], &claims))
}

/// Gain per sample of the leading solution on its own data and on fresh ones.
fn theory(model: &Model) -> Result<[Option<f64>; 2]> {
    let settings = FixedPointSettings::default();
    let found = find(model, Starts::Standard, &settings)?;
    let Ok(point) = found.answer() else {
        return Ok([None, None]);
    };
    let test = HeldOut::at(model, &point.order, &settings).ok();
    Ok([
        Some(point.stability.log_likelihood / model.alpha()),
        test.map(|test| test.log_likelihood),
    ])
}

/// The strength above which a unit helps, beside those of BBP and of replica symmetry.
fn thresholds(
    study: &GeneralisationStudy,
    base: &Model,
    points: &mut Points,
) -> Result<Vec<Claim>> {
    let settings = FixedPointSettings::default();
    let mut claims = Vec::new();
    for &alpha in &study.threshold_alphas {
        let path = |lambda: f64| base.with_controls(alpha, &[lambda]);
        let bbp = baselines::bbp_threshold(alpha);
        let range = [bbp, 4.0 * bbp];
        let helps = held_out_boundary(&path, range, TOLERANCE, &settings)?;
        let replicon = boundaries(&path, range, TOLERANCE, false, &settings)?.at;
        let value = |located: &Located| located.as_ref().ok().map(|at| at.value);
        points.theory("threshold", "helps", alpha, value(&helps));
        points.theory("threshold", "AT", alpha, value(&replicon));
        points.theory("threshold", "BBP", alpha, Some(bbp));
        let text = format!("λ above which an aligned unit helps on fresh data, α = {alpha}");
        let name = format!("a learnt signal helps, α = {alpha}");
        let statement = Statement::new(name, "expectation: what BBP shows helps", text)
            .equals(bbp)
            .instead("between the BBP threshold and this λ a unit that has found its signal makes fresh data less likely");
        claims.push(match helps {
            Ok(at) if value(&replicon).is_none_or(|replicon| at.value < replicon) => statement
                .not_obtained(format!(
                    "replica symmetry is broken at {:.6}, where it says so",
                    at.value
                )),
            Ok(at) => statement.computed(at.value, TOLERANCE),
            Err(reason) => statement.not_obtained(reason.to_string()),
        });
    }
    Ok(claims)
}

fn simulated(
    study: &GeneralisationStudy,
    base: &Model,
    journal: &mut Journal,
    watch: Watch,
    points: &mut Points,
    runs: &mut BTreeMap<String, usize>,
) -> Result<Vec<Claim>> {
    let mut claims = Vec::new();
    for (cell, &lambda) in study.simulated.iter().enumerate() {
        let model = base.with_lambda(&[lambda])?;
        let expected = theory(&model)?;
        let found = gains(study, &model, cell as u64, (journal, watch), runs)?;
        claims.extend(compared(study, &model, &found, expected, points));
    }
    Ok(claims)
}

/// Claims on the runs of one model.
fn compared(
    study: &GeneralisationStudy,
    model: &Model,
    found: &[Gains],
    expected: [Option<f64>; 2],
    points: &mut Points,
) -> Vec<Claim> {
    let lambda = model.lambda()[0];
    let mut claims = Vec::new();
    let estimate = |of: fn(&Gains) -> Option<f64>| {
        Estimate::of(&found.iter().filter_map(of).collect::<Vec<f64>>())
    };
    let (train, test) = (estimate(|g| g.train), estimate(|g| g.test));
    points.measured("strength", "train, simulation", lambda, train);
    points.measured("strength", "test, simulation", lambda, test);
    let size = format!("λ = {lambda}, α = {}, d = {}", model.alpha(), study.d);
    let fresh = estimate(|g| Some(g.fresh? - g.test?));
    let statement = Statement::new(
        format!("test gain is a formula of M, Q, λ = {lambda}"),
        "theory.md section 10",
        format!("gain on fresh samples less E η1 − η2 at the overlaps of the weights, {size}"),
    );
    claims.push(measured(statement.equals(0.0), fresh, 0.05));
    for (name, estimate, expected) in [("train", train, expected[0]), ("test", test, expected[1])] {
        let statement = Statement::new(
            format!("{name} gain, λ = {lambda}"),
            "theory.md section 10",
            format!("mean {name} gain per sample, {size}"),
        );
        claims.push(match expected {
            Some(expected) => measured(statement.equals(expected), estimate, 0.05),
            None => statement.not_obtained("theory has no solution"),
        });
    }
    claims
}

fn measured(statement: Statement, estimate: Option<Estimate>, resolution: f64) -> Claim {
    match estimate {
        Some(estimate) => statement.measured(estimate, resolution),
        None => statement.not_obtained("no run has weights"),
    }
}

fn gains(
    study: &GeneralisationStudy,
    model: &Model,
    cell: u64,
    (journal, watch): (&mut Journal, Watch),
    runs: &mut BTreeMap<String, usize>,
) -> Result<Vec<Gains>> {
    let mut found = Vec::new();
    for instance in 0..study.instances as u64 {
        let one: Gains = journal.piece((cell << CELL_BITS) + instance, || {
            one(
                study,
                model,
                (cell, instance),
                SimulationStart::Overlaps(Start::Planted),
            )
        })?;
        tally(runs, format!("lbfgs {}", one.outcome.name()), 1);
        found.push(one);
        let part = (instance + 1) as f64 / study.instances as f64;
        watch(&format!("λ = {}", model.lambda()[0]), Some(part));
    }
    Ok(found)
}

fn one(
    study: &GeneralisationStudy,
    model: &Model,
    (cell, instance): (u64, u64),
    start: SimulationStart,
) -> Result<Gains> {
    let options = SimulationOptions {
        d: Some(study.d),
        ..SimulationOptions::default()
    };
    let size = options.size(Some(model.alpha()))?;
    let streams = Streams::new(study.seed).cell(cell).instance(instance);
    let data = Instance::generate(model, size, streams)?;
    let settings = RunSettings {
        method: Method::Lbfgs(LbfgsSettings::default()),
        start,
        ..RunSettings::default()
    };
    let run = run_on(&data.problem(model.hidden()), &settings, streams)?;
    let mut gains = Gains {
        outcome: run.end.outcome(),
        train: run.log_likelihood.map(|own| own / model.alpha()),
        fresh: None,
        test: None,
    };
    if run.end.has_weights() {
        let fresh = data.fresh(model, study.fresh, streams.cell(FRESH + cell))?;
        let problem = Problem::new(model.hidden(), &fresh);
        let at = Gradient::at(&problem, &run.weights);
        gains.fresh = at.map(|at| at.log_likelihood / problem.alpha());
        let order = &run.last().order;
        let test = HeldOut::at(model, order, &FixedPointSettings::default());
        gains.test = test.ok().map(|test| test.log_likelihood);
    }
    Ok(gains)
}

/// A unit that has no signal makes fresh data less likely.
fn noise(
    study: &GeneralisationStudy,
    base: &Model,
    journal: &mut Journal,
    runs: &mut BTreeMap<String, usize>,
) -> Result<Claim> {
    // Far below the threshold, from a start without overlap.
    let silent = base.with_lambda(&[0.1 * baselines::bbp_threshold(base.alpha())])?;
    let mut found = Vec::new();
    for instance in 0..study.instances as u64 {
        let one: Gains = journal.piece(NOISE + instance, || {
            one(study, &silent, (NOISE, instance), SimulationStart::Random)
        })?;
        tally(
            runs,
            format!("lbfgs without a signal {}", one.outcome.name()),
            1,
        );
        found.push(one);
    }
    let values: Vec<f64> = found.iter().filter_map(|gains| gains.test).collect();
    let text = format!(
        "mean test gain per sample of a unit without a signal, α = {}, d = {}",
        base.alpha(),
        study.d
    );
    let statement = Statement::new("a unit of pure noise hurts", "theory.md section 10", text);
    Ok(measured(statement.below(0.0), Estimate::of(&values), 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::ClaimVerdict;
    use crate::experiment::silent;
    use crate::options::{Grid, ModelOptions};

    /// Fresh samples follow the formula without proximal map; the gain on the data that were learnt
    /// from, which has the map, is refuted.
    #[test]
    fn verdicts_change_with_the_proximal_map() {
        let grid = Grid {
            from: 1.0,
            to: 2.0,
            points: 2,
        };
        let study = GeneralisationStudy {
            seed: 2,
            model: ModelOptions {
                alpha: Some(2.0),
                lambda: Some(vec![1.5]),
                ..ModelOptions::default()
            },
            strengths: grid,
            alphas: Vec::new(),
            threshold_alphas: Vec::new(),
            simulated: Vec::new(),
            d: 150,
            instances: 32,
            fresh: 2000,
        };
        let model = study.model.resolve(None).unwrap();
        let expected = theory(&model).unwrap();
        let mut journal = Journal::none();
        let watch = (&mut journal, silent());
        let mut found = gains(&study, &model, 0, watch, &mut BTreeMap::new()).unwrap();
        let verdicts = |found: &[Gains], expected: [Option<f64>; 2]| -> Vec<ClaimVerdict> {
            let claims = compared(&study, &model, found, expected, &mut Points::default());
            claims.into_iter().map(|claim| claim.verdict).collect()
        };
        assert_ne!(verdicts(&found, expected)[0], ClaimVerdict::Disagrees);
        let [train, test] = expected;
        assert_eq!(
            verdicts(&found, [test, train])[1..],
            [ClaimVerdict::Disagrees; 2]
        );
        for gains in &mut found {
            gains.test = gains.train;
        }
        assert_eq!(verdicts(&found, expected)[0], ClaimVerdict::Disagrees);
    }
}
