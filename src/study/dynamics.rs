//! Gradient ascent step by step: dynamical mean-field theory beside simulations.

use super::journal::Journal;
use super::runs::require_algorithm;
use super::spec::DynamicsStudy;
use crate::dmft::{DmftPrediction, Estimated, TwoTime, solve};
use crate::ensemble::estimates;
use crate::error::{Error, Result};
use crate::experiment::{ModelSettings, Watch};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::rows::nested;
use crate::numerics::streams::Streams;
use crate::options::{SimulationOptions, dynamics_start};
use crate::order_parameters::OrderParameters;
use crate::quantity::Quantity;
use crate::simulation::{
    Algorithm, GdSettings, Instance, RunOutcome, RunSettings, Size, ascend_watched,
};
use crate::table::{Table, Value, keys, metadata, tallied, tally};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const COLUMNS: [&str; 9] = [
    "source",
    "quantity",
    "entry",
    "t",
    "s",
    "value",
    "standard_error",
    "count",
    "outcome",
];

/// What both theory and simulation show at one time: `M`, `Q`, overlaps of weights with signals,
/// and of weights among themselves.
const OBSERVED: [Quantity; 4] = [Quantity::M, Quantity::Q, Quantity::Zeta, Quantity::Cosine];

/// The table before anything is computed.
pub(super) fn header() -> Table {
    Table::under(keys(&["model", "step", "theory", "runs"]), &COLUMNS)
}

pub(super) fn run(study: &DynamicsStudy, journal: &mut Journal, watch: Watch) -> Result<Table> {
    let options = SimulationOptions {
        algorithm: Some(Algorithm::Gd),
        ..study.simulation.clone()
    };
    require_algorithm(&study.simulation, Algorithm::Gd)?;
    let size = options.size(study.model.alpha)?;
    study.model.require_in("study.model", Some(size.alpha()))?;
    let model = study.model.resolve(Some(size.alpha()))?;
    let start = study.start.simulation(&model, "given")?;
    let power = study.start.power(&start)?;
    let settings = options.resolve(&model, size, (start.clone(), power), None, None)?;
    let begin = dynamics_start(&start, study.start.power_iterations, &model)?;
    let ascent = options.ascent(&model, &[begin.first_overlap(&model)])?;
    let steps = ascent.max_iterations;
    if let Some(late) = study.slices.iter().find(|slice| **slice > steps) {
        let allowed = format!("must be a time of the run, at most its {steps} iterations");
        return Err(Error::invalid("slices", late, allowed));
    }
    let rules = study
        .dmft
        .resolve(&model, &begin, steps, ascent.step, None)?;
    let sets = rules.randomisations;
    let mut record = journal.companion()?;
    let kept = record.as_mut();
    let theory = solve(&model, &begin, &rules, &[], study.seed, kept, &mut |done| {
        let fraction = 0.5 * done as f64 / sets as f64;
        watch(&format!("set {done} of {sets}"), Some(fraction));
    })?;
    let ended = theory
        .departure()
        .map_or_else(|| "complete".into(), |departure| departure.to_string());
    let mut rows = Rows::default();
    rows.theory(&theory, study, &ended);
    let instances = options.instances()?;
    let mut runs = Vec::new();
    let mut counts = BTreeMap::new();
    for instance in 0..instances as u64 {
        let streams = Streams::new(study.seed).instance(instance);
        let run = journal.piece(instance, || {
            Watched::run(&model, size, (&settings, &ascent), &study.slices, streams)
        })?;
        tally(&mut counts, run.outcome.name().into(), 1);
        runs.push(run);
        let fraction = 0.5 + 0.5 * (instance + 1) as f64 / instances as f64;
        watch(
            &format!("instance {} of {instances}", instance + 1),
            Some(fraction),
        );
    }
    let outcome = tallied(&counts);
    rows.simulation(&runs, study, steps, &outcome);
    let mut metadata = metadata(study, study.seed);
    metadata.extend(ModelSettings::resolved(&study.model, &model, None)?);
    metadata.push(("step".into(), rules.step.to_string()));
    metadata.push(("theory".into(), ended));
    metadata.push(("runs".into(), outcome));
    Ok(Table {
        rows: rows.0,
        ..Table::under(metadata, &COLUMNS)
    })
}

/// One run of gradient ascent: order parameters at all times, and correlations with the weights of
/// some earlier times.
#[derive(Clone, Serialize, Deserialize)]
struct Watched {
    orders: Vec<OrderParameters>,
    /// `Q_ts`, by the slice `s` and then by `t − s`.
    #[serde(with = "nested")]
    slices: Vec<Vec<Matrix>>,
    outcome: RunOutcome,
}

impl Watched {
    fn run(
        model: &Model,
        size: Size,
        (settings, ascent): (&RunSettings, &GdSettings),
        slices: &[usize],
        streams: Streams,
    ) -> Result<Self> {
        let instance = Instance::stored(model, size, settings.store, streams)?;
        let problem = instance.problem(model.hidden());
        let w = settings.weights(&problem, streams, 0)?;
        let mut kept: Vec<Option<Matrix>> = vec![None; slices.len()];
        let mut correlations: Vec<Vec<Matrix>> = vec![Vec::new(); slices.len()];
        let mut orders = Vec::new();
        let d = size.d as f64;
        let learned = ascend_watched(&problem, w, ascent, &mut |w| {
            let time = orders.len();
            for ((kept, all), &slice) in kept.iter_mut().zip(&mut correlations).zip(slices) {
                if time == slice {
                    *kept = Some(w.clone());
                }
                all.extend(kept.as_ref().map(|early| w.tr_mul(early) / d));
            }
            orders.push(instance.planted.order_parameters(w));
        })?;
        Ok(Self {
            orders,
            slices: correlations,
            outcome: learned.end.outcome(),
        })
    }
}

/// Rows of the table.
#[derive(Default)]
struct Rows(Vec<Vec<Value>>);

/// Place of a number: source, quantity, entry, times.
struct Place<'a> {
    source: &'a str,
    quantity: Quantity,
    times: (usize, Option<usize>),
    outcome: &'a str,
}

impl Rows {
    fn push(
        &mut self,
        place: &Place,
        (a, b): (usize, usize),
        (value, error, count): (f64, Option<f64>, usize),
    ) {
        self.0.push(vec![
            place.source.into(),
            place.quantity.name().into(),
            format!("{}{}", a + 1, b + 1).into(),
            place.times.0.into(),
            place.times.1.into(),
            value.into(),
            error.into(),
            count.into(),
            place.outcome.into(),
        ]);
    }

    fn estimate(&mut self, place: &Place, estimate: Option<Estimated>, count: usize) {
        let Some(estimate) = estimate else { return };
        for b in 0..estimate.mean.ncols() {
            for a in 0..estimate.mean.nrows() {
                let error = estimate.standard_error.as_ref().map(|error| error[(a, b)]);
                self.push(place, (a, b), (estimate.mean[(a, b)], error, count));
            }
        }
    }

    fn theory(&mut self, theory: &DmftPrediction, study: &DynamicsStudy, outcome: &str) {
        let sets = theory.runs().len();
        let source = "theory";
        for t in 0..theory.times() {
            for quantity in OBSERVED {
                let place = Place {
                    source,
                    quantity,
                    times: (t, None),
                    outcome,
                };
                let estimate = theory.quantity(t, quantity);
                self.estimate(&place, estimate, sets);
            }
            let mut functions = vec![(Quantity::TwoTimeQ, TwoTime::Q)];
            if study.dmft.responses == Some(true) {
                functions.push((Quantity::ResponseB, TwoTime::B));
                functions.push((Quantity::ResponseC, TwoTime::C));
            }
            for (quantity, function) in functions {
                for s in (0..=t).filter(|s| study.two_time || study.slices.contains(s)) {
                    let place = Place {
                        source,
                        quantity,
                        times: (t, Some(s)),
                        outcome,
                    };
                    self.estimate(&place, theory.two_time(function, t, s), sets);
                }
            }
        }
    }

    /// Means over the runs that have reached each time.
    fn simulation(&mut self, runs: &[Watched], study: &DynamicsStudy, steps: usize, outcome: &str) {
        let source = "gd";
        for t in (0..=steps).step_by(study.every.max(1)) {
            for quantity in OBSERVED {
                let all: Vec<Matrix> = runs
                    .iter()
                    .filter_map(|run| quantity.of(run.orders.get(t)?))
                    .collect();
                let place = Place {
                    source,
                    quantity,
                    times: (t, None),
                    outcome,
                };
                self.means(&place, &all);
            }
            for (index, &s) in study.slices.iter().enumerate().filter(|(_, s)| **s <= t) {
                let all: Vec<Matrix> = runs
                    .iter()
                    .filter_map(|run| run.slices[index].get(t - s).cloned())
                    .collect();
                let place = Place {
                    source,
                    quantity: Quantity::TwoTimeQ,
                    times: (t, Some(s)),
                    outcome,
                };
                self.means(&place, &all);
            }
        }
    }

    fn means(&mut self, place: &Place, matrices: &[Matrix]) {
        for (entry, estimate) in estimates(matrices) {
            let numbers = (estimate.mean, estimate.standard_error, estimate.count);
            self.push(place, entry, numbers);
        }
    }
}
