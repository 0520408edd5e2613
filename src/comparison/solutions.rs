//! At which of the theory's solutions the runs ended.

use super::Prediction;
use crate::model::Model;
use crate::order_parameters::OrderParameters;
use crate::record::RecordedRun;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A run that lies farther from every solution, in units of its fluctuations, ended elsewhere.
const NEAR: f64 = 4.0;

/// A solution is told from another if a run is nearer to it by this many fluctuations.
const NEARER: f64 = 2.0;

/// Where a run ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// At the listed solution of this number, from 1 as people count.
    Solution(usize),
    /// As near to one as to another.
    Undecided,
    /// Near none of them.
    Elsewhere,
}

/// Runs that ended at the same place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndingCount {
    /// The place.
    pub ending: Ending,
    /// The instances.
    pub instances: Vec<u64>,
}

/// Assigns every run to the nearest of `predictions` in `(M, Q)`, each aligned on its own. The unit
/// of distance is the size of the fluctuations of overlaps of `d` normal weights,
/// `δ² = Σ_ab Q_bb/d + Σ_ab (Q_aa Q_bb + Q_ab²)/d`. A run is at a solution within `4δ`, and told
/// from the others if they are farther by `2δ`. Empty unless there are several predictions of `M`
/// and `Q`.
pub fn endings(
    model: &Model,
    d: usize,
    runs: &[&RecordedRun],
    predictions: &[Prediction],
) -> Vec<EndingCount> {
    if predictions.len() < 2 || predictions.iter().any(|solution| solution.directions_only) {
        return Vec::new();
    }
    let symmetry = model.symmetry();
    let mut counts = std::collections::BTreeMap::<Ending, Vec<u64>>::new();
    for run in runs {
        let Some(end) = run.last() else {
            continue;
        };
        let distances = predictions.iter().map(|solution| {
            let aligned = symmetry.align(&end, &solution.order).order;
            distance(&aligned, &solution.order) / fluctuation(&solution.order, d)
        });
        let ending = nearest(&distances.collect::<Vec<f64>>());
        counts.entry(ending).or_default().push(run.instance);
    }
    counts
        .into_iter()
        .map(|(ending, instances)| EndingCount { ending, instances })
        .collect()
}

pub(super) fn nearest(distances: &[f64]) -> Ending {
    let mut order: Vec<usize> = (0..distances.len()).collect();
    order.sort_by(|&a, &b| distances[a].total_cmp(&distances[b]));
    let (first, second) = (distances[order[0]], distances[order[1]]);
    if first > NEAR {
        Ending::Elsewhere
    } else if second - first < NEARER {
        Ending::Undecided
    } else {
        Ending::Solution(order[0] + 1)
    }
}

fn distance(a: &OrderParameters, b: &OrderParameters) -> f64 {
    ((&a.m - &b.m).norm_squared() + (&a.q - &b.q).norm_squared()).sqrt()
}

fn fluctuation(order: &OrderParameters, d: usize) -> f64 {
    let trace = order.q.trace();
    let m = order.m.nrows() as f64 * trace;
    let q = trace * trace + order.q.norm_squared();
    ((m + q) / d as f64).sqrt().max(f64::MIN_POSITIVE)
}

impl std::fmt::Display for EndingCount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.instances.len();
        match self.ending {
            Ending::Solution(number) => write!(f, "{count} runs ended at solution {number}"),
            Ending::Undecided => write!(f, "{count} runs ended between solutions"),
            Ending::Elsewhere => write!(f, "{count} runs ended at none of the listed solutions"),
        }
    }
}
