//! What contrastive divergence learns, beside the objective: in the limit, and at finite size on the
//! same data.

mod resolve;
mod shown;
mod simulated;

pub use resolve::{ContrastiveRequest, TrainedAt};
pub(crate) use shown::counted;
pub use simulated::{ChainDifference, LearnedChain};

use super::{DEFAULT_SEED, Experiment, Report, Watch};
use crate::contrastive::{
    Chain, ContrastiveOutcome, ContrastivePoint, ContrastiveSettings, TrainingEnd, fixed_point,
    sampling_excess,
};
use crate::error::Result;
use crate::model::Model;
use crate::numerics::streams::Streams;
use crate::options::{ContrastiveOptions, ModelOptions, SolverOptions, StartOptions};
use crate::order_parameters::OrderParameters;
use crate::theory::{FixedPoint, FixedPointSettings, Starts, find};
use resolve::Plan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Asks what chains of contrastive divergence learn, beside the objective.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Contrastive {
    /// The model; `alpha` may follow from the size.
    pub model: ModelOptions,
    /// The solver of the objective's fixed point.
    pub solver: SolverOptions,
    /// The start of training [default: planted].
    pub start: StartOptions,
    /// Chains, and how machines are trained.
    pub contrastive: ContrastiveOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// What contrastive divergence learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContrastiveLearning {
    /// What was asked for.
    pub settings: ContrastiveRequest,
    /// Overlaps at the fixed point of the objective; null where none was found.
    pub objective: Option<OrderParameters>,
    /// How the search for it ended.
    pub objective_outcome: String,
    /// Why there is no theory of the chains, where there is none.
    pub no_theory: Option<String>,
    /// One row for each chain.
    pub chains: Vec<ChainRow>,
    /// How ascent of the likelihood ended on the instances, with which the chains are compared;
    /// without simulation empty.
    pub exact: Vec<TrainingEnd>,
}

/// What one chain learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChainRow {
    /// Its name.
    pub name: String,
    /// The chain.
    pub chain: Chain,
    /// How the search for its fixed point ended; null where there is no theory.
    pub outcome: Option<ContrastiveOutcome>,
    /// Its fixed point in the limit.
    pub limit: Option<ContrastivePoint>,
    /// Machines of finite size.
    pub learned: Option<LearnedChain>,
}

impl Experiment for Contrastive {
    type Answer = ContrastiveLearning;

    fn run(&self, watch: Watch) -> Result<Report<ContrastiveLearning>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let (plan, settings) = self.resolve(seed)?;
        let mut answer = ContrastiveLearning {
            objective: None,
            objective_outcome: String::new(),
            no_theory: plan.no_theory.clone(),
            chains: plan.chains.iter().copied().map(ChainRow::new).collect(),
            exact: Vec::new(),
            settings,
        };
        watch("fixed point of the objective", None);
        answer.add_limits(&plan)?;
        if let Some(trained) = &answer.settings.trained {
            let streams = Streams::new(seed);
            let learned = simulated::learn(&plan, trained, streams, watch)?;
            answer.exact = learned.exact;
            let training = &trained.training;
            for (row, mut own) in answer.chains.iter_mut().zip(learned.chains) {
                own.excess_bound = row.excess(&plan.model, training);
                row.learned = Some(own);
            }
        }
        Ok(Report::new(seed, self.model.citations()?, answer))
    }
}

impl ChainRow {
    fn new(chain: Chain) -> Self {
        Self {
            name: chain.name(),
            chain,
            outcome: None,
            limit: None,
            learned: None,
        }
    }

    /// Follows the fixed point of the objective.
    fn add_limit(
        &mut self,
        model: &Model,
        exact: &FixedPoint,
        settings: &FixedPointSettings,
    ) -> Result<()> {
        let solution = fixed_point(model, exact, &self.chain, settings)?;
        self.outcome = Some(solution.outcome());
        self.limit = solution.point().ok().cloned();
        Ok(())
    }

    /// The bound of the excess of a single unit's self-overlap by sampling noise at the last rate;
    /// `None` for more units, for a persistent chain, whose noise is another, or without theory.
    fn excess(&self, model: &Model, training: &ContrastiveSettings) -> Option<f64> {
        let point = self.limit.as_ref()?;
        if model.units() != 1 || self.chain.persistent {
            return None;
        }
        let (k, q, m) = (point.k[(0, 0)], point.order.q[(0, 0)], &point.order.m);
        let alpha = model.alpha();
        // Q = K² (R R^T + α E f²), M = K R.
        let mean_square = (q - m.norm_squared()) / (k * k * alpha);
        let rate = training.rate? * training.decay / (1.0 - training.momentum);
        Some(sampling_excess(training, rate, alpha, k, mean_square))
    }
}

impl ContrastiveLearning {
    fn add_limits(&mut self, plan: &Plan) -> Result<()> {
        let found = find(&plan.model, Starts::Standard, &plan.solver)?;
        match found.answer() {
            Ok(exact) => {
                self.objective = Some(exact.order.clone());
                self.objective_outcome = "converged".into();
                if self.no_theory.is_none() {
                    for row in &mut self.chains {
                        row.add_limit(&plan.model, exact, &plan.solver)?;
                    }
                }
            }
            Err(outcome) => {
                self.objective_outcome = outcome.explanation();
                let words = "the objective has no fixed point to begin with";
                self.no_theory.get_or_insert_with(|| words.into());
            }
        }
        Ok(())
    }
}
