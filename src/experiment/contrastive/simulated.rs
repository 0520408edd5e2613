//! Machines that are trained on the same data by each chain, and by ascent of the likelihood.

use super::resolve::{Plan, TrainedAt};
use crate::contrastive::{ContrastiveSettings, Negative, Trained, TrainingEnd, train};
use crate::ensemble::Estimate;
use crate::error::Result;
use crate::experiment::Watch;
use crate::experiment::tables::every;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::order_parameters::OrderParameters;
use crate::quantity::{Observable, Quantity};
use crate::simulation::{Instance, Problem, Store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Full passes of the ascent that chains are compared with: with rates near 0.3, four times the
/// learning time that the softest directions need.
const ASCENT_EPOCHS: usize = 300;

/// What machines of finite size learn by one chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LearnedChain {
    /// How training ended on each instance.
    pub ends: Vec<TrainingEnd>,
    /// Mean over instances of what is learned less what ascent of the likelihood learns from the
    /// same data, for each observable.
    pub differences: Vec<ChainDifference>,
    /// Upper bound of what sampling noise adds to the self-overlap of a single unit at the last
    /// rate, before weights are averaged; null for more units, for persistent chains, or without theory.
    pub excess_bound: Option<f64>,
}

/// The difference of an observable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChainDifference {
    /// What it is.
    pub observable: Observable,
    /// The difference; null where no instance has weights of both.
    pub difference: Option<Estimate>,
}

/// All instances.
pub(super) struct Learned {
    /// How ascent of the likelihood ended on each.
    pub exact: Vec<TrainingEnd>,
    pub chains: Vec<LearnedChain>,
}

/// What differences are taken of.
pub(super) fn observables(signals: usize, units: usize) -> Vec<Observable> {
    every(&[Quantity::Q, Quantity::Zeta], signals, units)
}

/// Trains on every instance.
pub(super) fn learn(
    plan: &Plan,
    trained: &TrainedAt,
    streams: Streams,
    watch: Watch,
) -> Result<Learned> {
    let observables = observables(plan.model.signals(), plan.model.units());
    let mut values = vec![vec![Vec::new(); observables.len()]; plan.chains.len()];
    let mut ends = vec![Vec::new(); plan.chains.len()];
    let mut exact = Vec::new();
    let works = (trained.instances * (plan.chains.len() + 1)) as f64;
    for number in 0..trained.instances {
        let done = (number * (plan.chains.len() + 1)) as f64;
        let streams = streams.instance(number as u64);
        let instance = Instance::stored(&plan.model, trained.size, Store::Dense, streams)?;
        let problem = instance.problem(plan.model.hidden());
        let start = plan.run.weights(&problem, streams, 0)?;
        watch("exact", Some(done / works));
        let best = train(&problem, start, &ascent(trained), streams, &mut |_| ())?;
        exact.push(best.end);
        let Some(from) = best.weights else {
            continue;
        };
        let before = problem.observe(&from).order;
        for (place, chain) in plan.chains.iter().enumerate() {
            watch(&chain.name(), Some((done + 1.0 + place as f64) / works));
            let settings = ContrastiveSettings {
                negative: Negative::Chain(*chain),
                ..trained.training.clone()
            };
            let own = train(&problem, from.clone(), &settings, streams, &mut |_| ())?;
            ends[place].push(own.end);
            if let Some(after) = order(&problem, &own) {
                for (values, observable) in values[place].iter_mut().zip(&observables) {
                    let pair = observable.of(&after).zip(observable.of(&before));
                    values.extend(pair.map(|(after, before)| after - before));
                }
            }
        }
    }
    let named = |values: Vec<Vec<f64>>| {
        let pairs = observables.iter().zip(values);
        let differences = pairs.map(|(observable, values)| ChainDifference {
            observable: *observable,
            difference: Estimate::of(&values),
        });
        differences.collect()
    };
    let chains = values
        .into_iter()
        .zip(ends)
        .map(|(values, ends)| LearnedChain {
            ends,
            differences: named(values),
            excess_bound: None,
        });
    Ok(Learned {
        exact,
        chains: chains.collect(),
    })
}

/// Ascent of the likelihood on all samples at once, long enough for the softest directions.
fn ascent(trained: &TrainedAt) -> ContrastiveSettings {
    ContrastiveSettings {
        negative: Negative::Exact,
        visible: trained.training.visible,
        epochs: ASCENT_EPOCHS,
        decay: 1.0,
        ..ContrastiveSettings::default()
    }
}

fn order(problem: &Problem, trained: &Trained) -> Option<OrderParameters> {
    let weights: &Matrix = trained.weights.as_ref()?;
    Some(problem.observe(weights).order)
}
