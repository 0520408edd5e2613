//! The exact log-likelihood of an RBM with few hidden units, beside the effective objective.

mod exponent;
mod resolve;
mod shown;

pub use exponent::Exponent;

use super::settings::PriorSettings;
use super::{DEFAULT_SEED, Experiment, Report, Watch};
use crate::ensemble::Estimate;
use crate::error::Result;
use crate::likelihood::{Machine, Partition, partial_sum};
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::options::LikelihoodOptions;
use crate::order_parameters::OrderParameters;
use resolve::{Plan, Weights};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Asks how far the exact log-likelihood of an RBM is from the effective objective.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Likelihood {
    /// The RBM and its weights.
    pub likelihood: LikelihoodOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Resolved settings of [`Likelihood`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LikelihoodSettings {
    /// Samples per visible unit.
    pub alpha: f64,
    /// Visible units.
    pub visible: PriorSettings,
    /// Their mean.
    pub visible_mean: f64,
    /// Their standard deviation.
    pub visible_deviation: f64,
    /// Hidden units.
    pub hidden: PriorSettings,
    /// Their biases.
    pub bias: Vec<f64>,
    /// The weights.
    pub weights: WeightSource,
}

/// Where weights come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum WeightSource {
    /// Files.
    Files {
        /// The weights.
        weights: PathBuf,
        /// The visible biases; 0 without a file.
        visible_bias: Option<PathBuf>,
    },
    /// Independent rows of these overlaps.
    Drawn {
        /// `M` and `Q`.
        #[serde(flatten)]
        order: OrderParameters,
        /// Variance of the visible biases.
        visible_bias_variance: f64,
        /// The signals.
        visible_signal: PriorSettings,
        /// Numbers of visible units.
        d: Vec<usize>,
        /// Draws at each.
        instances: usize,
    },
}

/// The exact log-likelihood beside the effective objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Likelihoods {
    /// What was asked for.
    pub settings: LikelihoodSettings,
    /// `c_0, c_1, c_{3/2}, c_2` of `log L − log L̃ = c_0 √d + c_1 + c_{3/2}/√d + c_2/d + …` where the
    /// rows of the weights are infinitely many; null where they are given, or where it depends on
    /// the draw.
    pub population: Option<[f64; 4]>,
    /// Whether the visible units are normal, so that the effective objective is exact.
    pub exact: bool,
    /// One row for each number of visible units.
    pub sizes: Vec<LikelihoodAtSize>,
    /// Power of `d` with which the difference per visible unit changes over these sizes, fitted to its
    /// means; null where one of these is 0, of another sign or not three standard errors from 0, or where
    /// there is one size.
    pub exponent: Option<Exponent>,
}

/// The difference of the objectives at one number of visible units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LikelihoodAtSize {
    /// Number of visible units.
    pub d: usize,
    /// Number of samples, `αd`; it need not be whole.
    pub n: f64,
    /// `log L − log L̃`.
    pub difference: Estimate,
    /// The first four terms of its expansion, of the very weights that were drawn.
    pub expansion: Estimate,
    /// What they leave.
    pub rest: Estimate,
    /// What the first two of them leave, `log L − log L̃ − c_0 √d − c_1`.
    pub beyond_c1: Estimate,
    /// Mean coefficients of the weights that were drawn.
    pub coefficients: [f64; 4],
    /// `c_0 √d + c_1` of infinitely many rows; null where there are none. The mean over draws differs
    /// from it by `O(d^{-1/2})`, or `O(1/d)` for symmetric visible units: coefficients of a draw are
    /// not linear in its sums.
    pub predicted: Option<f64>,
    /// Largest difference between `log Z − η2` of two routes, times `n`: rounding.
    pub rounding: f64,
}

impl Experiment for Likelihood {
    type Answer = Likelihoods;

    fn run(&self, watch: Watch) -> Result<Report<Likelihoods>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let (plan, settings) = self.likelihood.resolve()?;
        let population = plan.population();
        let coefficients = population.map(|expansion| expansion.of_objective(settings.alpha));
        let mut sizes = Vec::new();
        match &plan.weights {
            Weights::Given(weights, theta) => {
                let found = plan.partition(weights, theta)?;
                sizes.extend(LikelihoodAtSize::of(&[found], settings.alpha, None));
            }
            Weights::Drawn(population, drawn, instances) => {
                for (cell, &d) in drawn.iter().enumerate() {
                    let streams = Streams::new(seed).cell(cell as u64);
                    let mut found = Vec::new();
                    for instance in 0..*instances {
                        let (weights, theta) =
                            population.draw(d, streams.instance(instance as u64));
                        found.push(plan.partition(&weights, &theta)?);
                        let part = (instance + 1) as f64 / *instances as f64;
                        watch(&format!("d = {d}"), Some(part));
                    }
                    sizes.extend(LikelihoodAtSize::of(&found, settings.alpha, coefficients));
                }
            }
        }
        let answer = Likelihoods {
            exponent: Exponent::of(&sizes, coefficients.as_ref()),
            population: coefficients,
            exact: plan.visible.is_gaussian(),
            settings,
            sizes,
        };
        Ok(Report::new(seed, Self::citations(), answer))
    }
}

impl Likelihood {
    /// Keys of the bibliography.
    pub(crate) fn citations() -> Vec<String> {
        vec!["xu2025".into()]
    }
}

impl Plan {
    fn partition(&self, weights: &Matrix, theta: &[f64]) -> Result<Partition> {
        Machine::new(&self.hidden, &self.visible, weights, theta)?.partition()
    }
}

impl LikelihoodAtSize {
    /// Nothing without an instance.
    fn of(found: &[Partition], alpha: f64, population: Option<[f64; 4]>) -> Option<Self> {
        let d = found.first()?.d;
        let size = d as f64;
        let differences: Vec<f64> = found.iter().map(|one| one.of_objective(alpha)).collect();
        let all = found.iter().map(|one| one.expansion.of_objective(alpha));
        let coefficients: Vec<[f64; 4]> = all.collect();
        let sums = coefficients.iter().map(|terms| partial_sum(terms, 4, size));
        let left = |terms: usize| {
            let pairs = differences.iter().zip(&coefficients);
            let values = pairs.map(|(whole, c)| whole - partial_sum(c, terms, size));
            Estimate::of(&values.collect::<Vec<f64>>())
        };
        let mean = |at: usize| {
            let all = coefficients.iter().map(|terms| terms[at]);
            all.sum::<f64>() / coefficients.len() as f64
        };
        let routes = found
            .iter()
            .map(|one| (one.exact - one.effective - one.excess).abs());
        let predicted = population.map(|terms| partial_sum(&terms, 2, size));
        Some(Self {
            d,
            n: alpha * size,
            difference: Estimate::of(&differences)?,
            expansion: Estimate::of(&sums.collect::<Vec<f64>>())?,
            rest: left(4)?,
            beyond_c1: left(2)?,
            coefficients: std::array::from_fn(mean),
            predicted,
            rounding: alpha * size * routes.fold(0.0, f64::max),
        })
    }
}
