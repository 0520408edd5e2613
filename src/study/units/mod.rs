//! Fewer and more hidden units than signals, and when units align with signals
//! (XKZ Corollary 1).

mod sparse;

use super::journal::Journal;
use super::points::Points;
use super::stated::UnitStudy;
use crate::claims::{Claim, Statement};
use crate::ensemble::Estimate;
use crate::error::Result;
use crate::experiment::Watch;
use crate::model::Model;
use crate::numerics::line::Line;
use crate::numerics::streams::Streams;
use crate::options::{ModelOptions, SimulationOptions};
use crate::order_parameters::OrderParameters;
use crate::simulation::{
    Algorithm, GdSettings, Instance, LbfgsSettings, Method, Problem, RunOutcome, RunSettings,
    SimulationStart, run_on,
};
use crate::start::Start;
use crate::table::{Table, tallied, tally};
use crate::theory::{FixedPoint, FixedPointSettings, Starts, find};
use serde::{Deserialize, Serialize};
use sparse::{alignment, sparse};
use std::collections::BTreeMap;

/// Bits of the number of a piece that count instances, and of those that count sizes.
const BITS: u32 = 20;

/// What maximises the objective, or has its stationary points as fixed points; what is said of units
/// beyond their overlaps rests on the first one.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::Lbfgs, Algorithm::Amp, Algorithm::Gd];

/// Steps of gradient ascent, and of L-BFGS.
const STEPS: [usize; 2] = [1000, 5000];

/// The end of one run.
#[derive(Clone, Serialize, Deserialize)]
struct End {
    outcome: RunOutcome,
    /// In the form of theory's solution; null where the run did not converge.
    order: Option<OrderParameters>,
    log_likelihood: Option<f64>,
}

/// Units of one number: theory, and runs at each size.
struct Units {
    k: usize,
    model: Model,
    theory: Option<FixedPoint>,
    reason: String,
    /// By algorithm, size and instance.
    runs: [Vec<Vec<End>>; 3],
}

pub(super) fn run(study: &UnitStudy, journal: &mut Journal, watch: Watch) -> Result<Table> {
    study.model.require_in("study.model", None)?;
    let mut runs = BTreeMap::new();
    let mut points = Points::default();
    let mut all = Vec::new();
    for &k in &study.units {
        let options = ModelOptions {
            units: Some(k),
            ..study.model.clone()
        };
        all.push(units(study, k, options.resolve(None)?, journal, watch)?);
    }
    let mut claims = Vec::new();
    for own in &all {
        for (algorithm, ends) in ALGORITHMS.iter().zip(&own.runs) {
            for end in ends.iter().flatten() {
                let outcome = end.outcome.name();
                tally(
                    &mut runs,
                    format!("k = {} {} {outcome}", own.k, algorithm.name()),
                    1,
                );
            }
        }
        own.show(study, &mut points);
        claims.extend(own.overlaps(study));
        claims.extend(own.orthogonal(study));
    }
    claims.extend(extra(study, &all));
    claims.extend(sparse(study, &mut points)?);
    claims.extend(alignment(study, journal, watch, &mut runs)?);
    let theory: Vec<String> = all.iter().map(|own| own.words()).collect();
    Ok(points.table(
        study,
        study.seed,
        [theory.join("; "), tallied(&runs)],
        &claims,
    ))
}

fn units(
    study: &UnitStudy,
    k: usize,
    model: Model,
    journal: &mut Journal,
    watch: Watch,
) -> Result<Units> {
    let settings = FixedPointSettings::default();
    let found = find(&model, Starts::Only(&[Start::Planted]), &settings)?;
    let (theory, reason) = match found.answer() {
        Ok(point) => (Some(point.clone()), String::new()),
        Err(outcome) => (None, outcome.explanation()),
    };
    let target = theory.as_ref().map(|point| point.order.clone());
    let mut runs = [const { Vec::new() }; 3];
    for (place, &d) in study.sizes.iter().enumerate() {
        let mut ends = [const { Vec::new() }; 3];
        for instance in 0..study.instances as u64 {
            // The same instances for every number of units.
            let streams = Streams::new(study.seed)
                .cell(place as u64)
                .instance(instance);
            let number = ((k as u64) << (2 * BITS)) + ((place as u64) << BITS) + instance;
            let one: Vec<End> = journal.piece(number, || {
                ends_of(&model, d, streams, target.as_ref(), &ALGORITHMS)
            })?;
            for (ends, one) in ends.iter_mut().zip(one) {
                ends.push(one);
            }
            let part = (instance + 1) as f64 / study.instances as f64;
            watch(&format!("k = {k}, d = {d}"), Some(part));
        }
        for (runs, ends) in runs.iter_mut().zip(ends) {
            runs.push(ends);
        }
    }
    Ok(Units {
        k,
        model,
        theory,
        reason,
        runs,
    })
}

/// Algorithms from the planted start, on the same data.
fn ends_of(
    model: &Model,
    d: usize,
    streams: Streams,
    target: Option<&OrderParameters>,
    algorithms: &[Algorithm],
) -> Result<Vec<End>> {
    let options = SimulationOptions {
        d: Some(d),
        ..SimulationOptions::default()
    };
    let data = Instance::generate(model, options.size(Some(model.alpha()))?, streams)?;
    let ends = algorithms.iter().map(|algorithm| {
        let problem = data.problem(model.hidden());
        end(model, &problem, streams, target, *algorithm)
    });
    ends.collect()
}

/// An algorithm from the planted start.
fn end(
    model: &Model,
    problem: &Problem,
    streams: Streams,
    target: Option<&OrderParameters>,
    algorithm: Algorithm,
) -> Result<End> {
    let settings = RunSettings {
        method: match algorithm {
            Algorithm::Gd => Method::Gd(GdSettings {
                max_iterations: STEPS[0],
                ..GdSettings::default()
            }),
            Algorithm::Lbfgs => Method::Lbfgs(LbfgsSettings {
                max_iterations: STEPS[1],
                ..LbfgsSettings::default()
            }),
            other => other.into(),
        },
        start: SimulationStart::Overlaps(Start::Planted),
        ..RunSettings::default()
    };
    let run = run_on(problem, &settings, streams)?;
    let symmetry = model.symmetry();
    let converged = run.end.outcome() == RunOutcome::Converged;
    let order = converged.then(|| {
        let order = &run.last().order;
        match target {
            Some(target) => symmetry.align(order, target).order,
            None => symmetry.canonical(order).order,
        }
    });
    Ok(End {
        outcome: run.end.outcome(),
        order,
        log_likelihood: run.log_likelihood.filter(|_| converged),
    })
}

fn estimate(ends: &[End], of: impl Fn(&OrderParameters) -> f64) -> Option<Estimate> {
    let values = ends.iter().filter_map(|end| end.order.as_ref().map(&of));
    Estimate::of(&values.collect::<Vec<f64>>())
}

impl Units {
    fn words(&self) -> String {
        match &self.theory {
            Some(point) => format!(
                "k = {}: ℓ = {:.6}, replicon {:.4}",
                self.k, point.stability.log_likelihood, point.stability.replicon
            ),
            None => format!("k = {}: {}", self.k, self.reason),
        }
    }

    /// Pairs of a signal with the unit that has it.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let signals = self.model.strongest_signals().into_iter().enumerate();
        signals.map(|(unit, signal)| (signal, unit))
    }

    fn show(&self, study: &UnitStudy, points: &mut Points) {
        let k = self.k as f64;
        for (signal, unit) in self.pairs() {
            let series = format!("signal {}", signal + 1);
            let theory = self
                .theory
                .as_ref()
                .map(|point| point.order.overlaps()[(signal, unit)]);
            points.theory("overlap", &format!("{series}, theory"), k, theory);
            for (algorithm, runs) in ALGORITHMS.iter().zip(&self.runs) {
                let last = runs.last().map_or(&[][..], Vec::as_slice);
                let found = estimate(last, |order| order.overlaps()[(signal, unit)]);
                let series = format!("{series}, {}", algorithm.name());
                points.measured("overlap", &series, k, found);
            }
        }
        for (&d, ends) in study.sizes.iter().zip(&self.runs[0]) {
            let series = format!("k = {}", self.k);
            if let Some(found) = self.cross(ends) {
                points.measured("cross", &series, d as f64, Some(found));
            }
        }
    }

    /// Root mean square of the cosines between units; `None` for one unit.
    fn cross(&self, ends: &[End]) -> Option<Estimate> {
        let k = self.k;
        if k < 2 {
            return None;
        }
        let squares = estimate(ends, |order| {
            let pairs = (0..k).flat_map(|a| (0..a).map(move |b| (a, b)));
            let squares =
                pairs.map(|(a, b)| order.q[(a, b)].powi(2) / (order.q[(a, a)] * order.q[(b, b)]));
            squares.sum::<f64>() / (k * (k - 1) / 2) as f64
        })?;
        let mean = squares.mean.sqrt();
        Some(Estimate {
            mean,
            standard_error: squares.standard_error.map(|error| 0.5 * error / mean),
            ..squares
        })
    }

    /// An overlap against `1/d`: its value at 0 is that for `d → ∞`.
    fn extrapolated(study: &UnitStudy, runs: &[Vec<End>], at: (usize, usize)) -> Option<Line> {
        let points = study.sizes.iter().zip(runs).map(|(&d, ends)| {
            let found = estimate(ends, |order| order.overlaps()[at])?;
            Some((1.0 / d as f64, found.mean, found.standard_error?))
        });
        Line::through(&points.collect::<Option<Vec<_>>>()?)
    }

    /// Overlaps with the signals by each of the algorithms.
    fn overlaps(&self, study: &UnitStudy) -> Vec<Claim> {
        let (k, r) = (self.k, self.model.signals());
        let mut claims = Vec::new();
        for (algorithm, runs) in ALGORITHMS.iter().zip(&self.runs) {
            let open = runs.iter().flatten().filter(|end| end.order.is_none());
            let (open, count) = (open.count(), runs.iter().map(Vec::len).sum());
            for (signal, unit) in self.pairs() {
                let (number, name) = (signal + 1, algorithm.name());
                let text = format!(
                    "overlap ζ of the unit aligned with signal {number} of {r}, k = {k}, α = {}, {name} from a planted start at d = {:?}, extrapolated to 1/d = 0",
                    self.model.alpha(),
                    study.sizes
                );
                let name = format!("k = {k}, {name}: overlap with signal {number}");
                let statement = Statement::new(name, "XKZ Corollary 1", text);
                let at = (signal, unit);
                let Some(point) = &self.theory else {
                    claims.push(statement.not_obtained(self.reason.clone()));
                    continue;
                };
                let statement = statement.equals(point.order.overlaps()[at]);
                claims.push(if open > 0 {
                    let noise = self.noise();
                    let reason = format!("{open} of {count} runs did not converge{noise}");
                    statement.not_obtained(reason)
                } else {
                    statement.intercept(Self::extrapolated(study, runs, at), count, 0.05)
                });
            }
        }
        claims
    }

    /// What theory says of the runs that do not converge.
    fn noise(&self) -> String {
        let replicon = self.theory.as_ref().map(|point| point.stability.replicon);
        match replicon.filter(|replicon| *replicon > 1.0) {
            Some(replicon) => format!(": the replicon is {replicon:.3}, above 1"),
            None => String::new(),
        }
    }

    /// That the cosines between units fall as `d^{−1/2}`.
    fn orthogonal(&self, study: &UnitStudy) -> Option<Claim> {
        if self.k < 2 {
            return None;
        }
        let points = study.sizes.iter().zip(&self.runs[0]).map(|(&d, ends)| {
            let found = self.cross(ends)?;
            let error = found.standard_error? / found.mean;
            Some(((d as f64).ln(), found.mean.ln(), error))
        });
        let line = points.collect::<Option<Vec<_>>>();
        let line = line.and_then(|points| Line::through(&points));
        let text = format!(
            "power of d of the root-mean-square cosine between units, k = {}, d = {:?}",
            self.k, study.sizes
        );
        let name = format!("k = {}: units are orthogonal", self.k);
        let statement = Statement::new(name, "XKZ Corollary 1", text).equals(-0.5);
        Some(statement.slope(line, study.instances * study.sizes.len(), 0.25))
    }
}

/// What a unit beyond the number of signals gains, beside the replica-symmetric number.
fn extra(study: &UnitStudy, all: &[Units]) -> Vec<Claim> {
    let mut claims = Vec::new();
    for pair in all.windows(2) {
        let [fewer, more] = pair else { continue };
        let signals = more.model.signals();
        if more.k != fewer.k + 1 || fewer.k < signals {
            continue;
        }
        let Some(((fewer_ends, more_ends), d)) = fewer.runs[0]
            .last()
            .zip(more.runs[0].last())
            .zip(study.sizes.last())
        else {
            continue;
        };
        let gains = fewer_ends
            .iter()
            .zip(more_ends)
            .filter_map(|(fewer, more)| Some(more.log_likelihood? - fewer.log_likelihood?));
        let gain = Estimate::of(&gains.collect::<Vec<f64>>());
        let theory = |own: &Units| own.theory.as_ref().map(|p| p.stability.log_likelihood);
        let expected = theory(more)
            .zip(theory(fewer))
            .map(|(more, fewer)| more - fewer);
        let text = format!(
            "objective ℓ that unit {} gains on {signals} signals, on the same data, d = {d}",
            more.k
        );
        for (bound, name) in [(false, "equals"), (true, "is below")] {
            let statement = Statement::new(
                format!("unit {} {name} pure noise", more.k),
                "XKZ Corollary 1",
                format!("{text}; replica-symmetric value of pure noise"),
            );
            claims.push(match (expected, gain) {
                (Some(expected), Some(gain)) => {
                    let statement = if bound {
                        statement.below(expected)
                    } else {
                        statement
                            .equals(expected)
                            .instead("the replicon of pure noise is above 1: its replica-symmetric value is an upper bound")
                    };
                    statement.measured(gain, 0.02)
                }
                (None, _) => statement.not_obtained("theory has no solution for pure noise"),
                _ => statement.not_obtained("no run has weights"),
            });
        }
    }
    claims
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::ClaimVerdict;
    use crate::experiment::silent;
    use crate::options::Grid;

    fn study() -> UnitStudy {
        UnitStudy {
            seed: 1,
            model: ModelOptions {
                alpha: Some(4.0),
                lambda: Some(vec![1.5, 1.2]),
                ..ModelOptions::default()
            },
            units: vec![2],
            sizes: vec![60, 120, 240],
            instances: 64,
            pairs: Vec::new(),
            sparsities: Grid {
                from: 0.3,
                to: 0.6,
                points: 2,
            },
            looked_at: Vec::new(),
        }
    }

    /// Overlaps of theory agree, and those of another strength (by 5 %) do not; cosines fall as
    /// `d^{−1/2}`, and constant ones would be noticed.
    #[test]
    fn verdicts_change_with_the_theory() {
        let study = study();
        let model = study.model.resolve(None).unwrap();
        let mut journal = Journal::none();
        let mut own = units(&study, 2, model, &mut journal, silent()).unwrap();
        let verdicts = |own: &Units| -> Vec<ClaimVerdict> {
            let claims = own.overlaps(&study);
            let claims = claims.into_iter().map(|claim| claim.verdict);
            claims.collect()
        };
        let orthogonal = |own: &Units| own.orthogonal(&study).expect("two units").verdict;
        assert_eq!(verdicts(&own), [ClaimVerdict::Agrees; 6]);
        assert_ne!(orthogonal(&own), ClaimVerdict::Disagrees);
        let right = own.theory.clone();
        let other = own.model.with_strength(0.93).unwrap();
        let found = find(
            &other,
            Starts::Only(&[Start::Planted]),
            &FixedPointSettings::default(),
        );
        own.theory = found.unwrap().answer().ok().cloned();
        assert_eq!(verdicts(&own), [ClaimVerdict::Disagrees; 6]);
        own.theory = right;
        own.runs[1][0][0].order = None;
        let open = [ClaimVerdict::NotObtained; 2];
        assert_eq!(verdicts(&own)[2..4], open);
        let last = own.runs[0][2].clone();
        own.runs[0] = vec![last.clone(), last.clone(), last];
        assert_eq!(orthogonal(&own), ClaimVerdict::Disagrees);
        own.theory = None;
        assert_eq!(verdicts(&own)[0], ClaimVerdict::NotObtained);
    }
}
