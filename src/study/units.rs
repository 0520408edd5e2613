//! Fewer and more hidden units than signals, and when units align with signals
//! (XKZ Corollary 1).

use super::journal::Journal;
use super::points::Points;
use super::spec::UnitStudy;
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
    Instance, LbfgsSettings, Method, RunOutcome, RunSettings, SimulationStart, run_on,
};
use crate::start::Start;
use crate::table::{Table, tallied, tally};
use crate::theory::{FixedPoint, FixedPointSettings, Starts, find, mixing_boundary};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bits of the number of a piece that count instances, and of those that count sizes.
const BITS: u32 = 20;

/// Numbers of pieces of sparse signals begin here.
const SPARSE: u64 = 1 << 60;

/// Accuracy of critical sparsities.
const TOLERANCE: f64 = 1e-8;

/// Shares of entries other than 0 between which the critical one is searched.
const SPARSITIES: [f64; 2] = [0.2, 0.9];

/// Overlap with another unit's signal, relative to that with the own one, beyond which a unit is
/// not aligned.
const ALIGNED: f64 = 0.1;

/// The end of one run.
#[derive(Clone, Serialize, Deserialize)]
struct End {
    outcome: RunOutcome,
    /// In the form of theory's solution; null without weights.
    order: Option<OrderParameters>,
    log_likelihood: Option<f64>,
}

/// Units of one number: theory, and runs at each size.
struct Units {
    k: usize,
    model: Model,
    theory: Option<FixedPoint>,
    reason: String,
    runs: Vec<Vec<End>>,
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
        for end in own.runs.iter().flatten() {
            tally(
                &mut runs,
                format!("k = {} {}", own.k, end.outcome.name()),
                1,
            );
        }
        own.show(study, &mut points);
        claims.extend(own.overlaps(study));
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
    let mut runs = Vec::new();
    for (place, &d) in study.sizes.iter().enumerate() {
        let mut ends = Vec::new();
        for instance in 0..study.instances as u64 {
            // The same instances for every number of units.
            let streams = Streams::new(study.seed)
                .cell(place as u64)
                .instance(instance);
            let number = ((k as u64) << (2 * BITS)) + ((place as u64) << BITS) + instance;
            ends.push(journal.piece(number, || end(&model, d, streams, target.as_ref()))?);
            let part = (instance + 1) as f64 / study.instances as f64;
            watch(&format!("k = {k}, d = {d}"), Some(part));
        }
        runs.push(ends);
    }
    Ok(Units {
        k,
        model,
        theory,
        reason,
        runs,
    })
}

/// L-BFGS from the planted start.
fn end(model: &Model, d: usize, streams: Streams, target: Option<&OrderParameters>) -> Result<End> {
    let options = SimulationOptions {
        d: Some(d),
        ..SimulationOptions::default()
    };
    let data = Instance::generate(model, options.size(Some(model.alpha()))?, streams)?;
    let settings = RunSettings {
        method: Method::Lbfgs(LbfgsSettings::default()),
        start: SimulationStart::Overlaps(Start::Planted),
        ..RunSettings::default()
    };
    let run = run_on(&data.problem(model.hidden()), &settings, streams)?;
    let symmetry = model.symmetry();
    let order = run.end.has_weights().then(|| {
        let order = &run.last().order;
        match target {
            Some(target) => symmetry.align(order, target).order,
            None => symmetry.canonical(order).order,
        }
    });
    Ok(End {
        outcome: run.end.outcome(),
        order,
        log_likelihood: run.log_likelihood,
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
            let last = self.runs.last().map_or(&[][..], Vec::as_slice);
            let found = estimate(last, |order| order.overlaps()[(signal, unit)]);
            points.measured("overlap", &series, k, found);
        }
        for (&d, ends) in study.sizes.iter().zip(&self.runs) {
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

    /// An overlap for `d → ∞`, by a straight line in `1/d` through all sizes.
    fn extrapolated(&self, study: &UnitStudy, at: (usize, usize)) -> Option<Estimate> {
        let sizes = study.sizes.iter().zip(&self.runs);
        let points = sizes.map(|(&d, ends)| {
            let found = estimate(ends, |order| order.overlaps()[at])?;
            Some((1.0 / d as f64, found.mean, found.standard_error?))
        });
        let line = Line::through(&points.collect::<Option<Vec<_>>>()?)?;
        Some(Estimate {
            mean: line.intercept,
            standard_error: Some(line.intercept_error),
            count: self.runs.iter().map(Vec::len).sum(),
        })
    }

    fn overlaps(&self, study: &UnitStudy) -> Vec<Claim> {
        let mut claims = Vec::new();
        for (signal, unit) in self.pairs() {
            let (k, r) = (self.k, self.model.signals());
            let statement = Statement::new(
                format!("k = {k}: overlap with signal {}", signal + 1),
                "XKZ Corollary 1",
                format!(
                    "overlap ζ of the unit aligned with signal {} of {r}, k = {k}, α = {}, L-BFGS from a planted start at d = {:?}, extrapolated to 1/d = 0",
                    signal + 1,
                    self.model.alpha(),
                    study.sizes
                ),
            );
            let at = (signal, unit);
            claims.push(match (&self.theory, self.extrapolated(study, at)) {
                (Some(point), Some(found)) => statement
                    .equals(point.order.overlaps()[at])
                    .measured(found, 0.05),
                (None, _) => statement.not_obtained(self.reason.clone()),
                _ => statement.not_obtained("there is no line through these sizes"),
            });
        }
        let line: Option<Vec<(f64, f64, f64)>> = study
            .sizes
            .iter()
            .zip(&self.runs)
            .map(|(&d, ends)| {
                let found = self.cross(ends)?;
                let error = found.standard_error? / found.mean;
                Some(((d as f64).ln(), found.mean.ln(), error))
            })
            .collect();
        if let Some(line) = line.and_then(|line| Line::through(&line)) {
            let text = format!(
                "power of d of the root-mean-square cosine between units, k = {}, d = {:?}",
                self.k, study.sizes
            );
            let name = format!("k = {}: units are orthogonal", self.k);
            let statement = Statement::new(name, "XKZ Corollary 1", text).equals(-0.5);
            let slope = Estimate {
                mean: line.slope,
                standard_error: Some(line.slope_error),
                count: study.instances * study.sizes.len(),
            };
            claims.push(statement.measured(slope, 0.3));
        }
        claims
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
        let Some(((fewer_ends, more_ends), d)) = fewer
            .runs
            .last()
            .zip(more.runs.last())
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

fn sparse_model(study: &UnitStudy, lambda: [f64; 2], rho: f64) -> Result<Model> {
    let options = ModelOptions {
        lambda: Some(lambda.to_vec()),
        units: Some(2),
        signal: Some(format!("sparse-ternary(rho={rho})")),
        ..study.model.clone()
    };
    options.resolve(None)
}

/// The joint eigenvalue of aligned units against the sparsity of the signals.
fn sparse(study: &UnitStudy, points: &mut Points) -> Result<Vec<Claim>> {
    let settings = FixedPointSettings::default();
    let grid = study.sparsities.values("study.sparsities")?;
    let mut claims = Vec::new();
    for &lambda in &study.pairs {
        let series = format!("{} and {}", lambda[0], lambda[1]);
        for &rho in &grid {
            let model = sparse_model(study, lambda, rho)?;
            let found = find(&model, Starts::Only(&[Start::Planted]), &settings)?;
            let eigenvalue = found.answer().ok().map(|p| p.stability.joint_eigenvalue);
            points.theory("sparsity", &series, rho, eigenvalue);
        }
        let path = |rho: f64| sparse_model(study, lambda, rho);
        let critical = mixing_boundary(&path, SPARSITIES, TOLERANCE, &settings)?;
        let text = format!(
            "share ρ of entries ±1/√ρ of the signals, the others 0, above which aligned units are no saddle, λ = {series}, α = {}; kurtosis 3 is ρ = 1/3",
            path(0.5)?.alpha()
        );
        let statement = Statement::new(
            format!("aligned for λ = {series}"),
            "XKZ Corollary 1",
            text,
        )
        .equals(1.0 / 3.0)
        .instead(
            "aligned units are a saddle from a smaller kurtosis on, which depends on the strengths",
        );
        claims.push(match critical {
            Ok(at) => statement.computed(at.value, TOLERANCE),
            Err(reason) => statement.not_obtained(reason.to_string()),
        });
    }
    Ok(claims)
}

/// Whether maximisation from aligned units stays there, on both sides of the critical sparsity.
fn alignment(
    study: &UnitStudy,
    journal: &mut Journal,
    watch: Watch,
    runs: &mut BTreeMap<String, usize>,
) -> Result<Vec<Claim>> {
    let mut claims = Vec::new();
    let Some((&lambda, &d)) = study.pairs.first().zip(study.sizes.last()) else {
        return Ok(claims);
    };
    for (cell, &rho) in study.looked_at.iter().enumerate() {
        let model = sparse_model(study, lambda, rho)?;
        let settings = FixedPointSettings::default();
        let found = find(&model, Starts::Only(&[Start::Planted]), &settings)?;
        let mut ends = Vec::new();
        for instance in 0..study.instances as u64 {
            let cell = cell as u64;
            let streams = Streams::new(study.seed)
                .cell(SPARSE + cell)
                .instance(instance);
            let number = SPARSE + (cell << BITS) + instance;
            let one: End = journal.piece(number, || end(&model, d, streams, None))?;
            tally(runs, format!("ρ = {rho} {}", one.outcome.name()), 1);
            ends.push(one);
            watch(
                &format!("ρ = {rho}"),
                Some((instance + 1) as f64 / study.instances as f64),
            );
        }
        let mixed = estimate(&ends, |order| {
            let zeta = order.overlaps();
            let ratio = |unit: usize| {
                let (a, b) = (zeta[(0, unit)].abs(), zeta[(1, unit)].abs());
                a.min(b) / a.max(b)
            };
            ratio(0).max(ratio(1))
        });
        let eigenvalue = found
            .answer()
            .ok()
            .map(|point| point.stability.joint_eigenvalue);
        let text = format!(
            "overlap of a unit with the other's signal, relative to that with its own, after L-BFGS from aligned units, ρ = {rho}, d = {d}"
        );
        let statement = Statement::new(format!("aligned at ρ = {rho}"), "XKZ Corollary 1", text);
        claims.push(match (eigenvalue, mixed) {
            (Some(eigenvalue), Some(mixed)) => {
                let statement = if eigenvalue > 1.0 {
                    statement.above(ALIGNED)
                } else {
                    statement.below(ALIGNED)
                };
                statement.measured(mixed, 0.0)
            }
            (None, _) => statement.not_obtained("theory has no solution"),
            _ => statement.not_obtained("no run has weights"),
        });
    }
    Ok(claims)
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
            own.overlaps(&study)
                .into_iter()
                .map(|claim| claim.verdict)
                .collect()
        };
        assert_eq!(verdicts(&own)[..2], [ClaimVerdict::Agrees; 2]);
        assert_ne!(verdicts(&own)[2], ClaimVerdict::Disagrees);
        let right = own.theory.clone();
        let other = own.model.with_strength(0.93).unwrap();
        let found = find(
            &other,
            Starts::Only(&[Start::Planted]),
            &FixedPointSettings::default(),
        );
        own.theory = found.unwrap().answer().ok().cloned();
        assert_eq!(verdicts(&own)[..2], [ClaimVerdict::Disagrees; 2]);
        own.theory = right;
        let last = own.runs[2].clone();
        own.runs = vec![last.clone(), last.clone(), last];
        assert_eq!(verdicts(&own)[2], ClaimVerdict::Disagrees);
        own.theory = None;
        assert_eq!(verdicts(&own)[0], ClaimVerdict::NotObtained);
    }
}
