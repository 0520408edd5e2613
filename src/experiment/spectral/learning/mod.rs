//! Learning curve of the ±1 RBM: modes that compete for its response.

mod resolve;
mod tables;

use super::super::settings::PriorSettings;
use super::super::{DEFAULT_SEED, Experiment, Report, Watch};
use crate::error::Result;
use crate::numerics::dormand_prince::Failure;
use crate::numerics::streams::Streams;
use crate::options::LearningOptions;
use crate::spectral::FlowSettings;
use crate::spectral::learning::{Happening, LearningCurve, LearningEvent, LearningPoint, Level};
use resolve::Plan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Asks for the learning curve of the modes of an RBM with ±1 units.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Learning {
    /// The data, the machine, its start and the times.
    pub learning: LearningOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// The clusters of the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LearningSource {
    /// Each pair of clusters along a mode of its own.
    Aligned {
        /// The centres `μ_a`.
        mu: Vec<f64>,
    },
    /// Centres in any directions, from a file.
    Centres {
        /// The file.
        file: PathBuf,
        /// Number of directions.
        directions: usize,
    },
}

/// The weights at time 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LearningStart {
    /// Singular values of modes along the clusters.
    Values {
        /// One for each mode.
        values: Vec<f64>,
    },
    /// From a file.
    File {
        /// The file.
        file: PathBuf,
    },
    /// Independent normal weights.
    Random {
        /// Their standard deviation.
        scale: f64,
        /// Number of hidden directions.
        modes: usize,
    },
}

/// Resolved settings of [`Learning`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LearningSettings {
    /// The centres of the data.
    pub source: LearningSource,
    /// Shares of the pairs of clusters.
    pub shares: Vec<f64>,
    /// Components of the vectors of a mode.
    pub component: PriorSettings,
    /// `κ = N_h/N_v`.
    pub kappa: f64,
    /// How modes share the response.
    pub level: Level,
    /// The weights at time 0.
    pub start: LearningStart,
    /// Times that were asked for.
    pub times: Vec<f64>,
    /// How the equations are integrated.
    pub flow: FlowSettings,
}

/// How a learning curve of ±1 units ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LearningEnding {
    /// As long as was asked for.
    Complete,
    /// The response is not defined: a singular value is beyond what is supported, or was not found.
    Undefined,
    /// The step became too small.
    StepUnderflow,
    /// The number of steps is used up.
    OutOfSteps,
}

/// A learning curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Learnt {
    /// What was asked for.
    pub settings: LearningSettings,
    /// `complete`, or how it ended early.
    pub outcome: LearningEnding,
    /// Why it ended early.
    pub explanation: Option<String>,
    /// The modes.
    pub modes: Vec<LearntMode>,
    /// What happened on the way, in order.
    pub events: Vec<LearningEvent>,
    /// One point for each time that was reached.
    pub points: Vec<LearningPoint>,
}

/// A mode at the end of a learning curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LearntMode {
    /// Its number, from 1.
    pub mode: usize,
    /// When it rose through `w = 1`; null if it did not.
    pub condenses: Option<f64>,
    /// The singular value in the last state; null if there is none.
    pub weight: Option<f64>,
    /// Its slope `dw/dt'` there: 0 where learning has ended.
    pub slope: Option<f64>,
    /// The singular value at which learning would end if the cluster along the mode were all of the
    /// data, in closed form; null if `μ` is beyond what magnetisation can be, or modes turn.
    pub alone: Option<f64>,
}

impl Experiment for Learning {
    type Answer = Learnt;

    fn run(&self, watch: Watch) -> Result<Report<Learnt>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let (plan, settings) = self.learning.resolve(Streams::new(seed))?;
        let progress = |part: f64| watch("learning curve", Some(part));
        let (times, flow) = (&settings.times, &settings.flow);
        let (curve, alone) = match plan {
            Plan::Aligned(learning, start, alone) => {
                (learning.run(&start, times, flow, &progress)?, alone)
            }
            Plan::Rotating(learning, start) => {
                let modes = start.nrows().min(start.ncols());
                (
                    learning.run(&start, times, flow, &progress)?,
                    vec![None; modes],
                )
            }
        };
        let learnt = Learnt::new(settings, curve, &alone);
        Ok(Report::new(seed, Self::citations(), learnt))
    }
}

impl Learning {
    /// Keys of the bibliography.
    pub(crate) fn citations() -> Vec<String> {
        vec!["decelle2017".into()]
    }
}

impl Learnt {
    fn new(settings: LearningSettings, curve: LearningCurve, alone: &[Option<f64>]) -> Self {
        let outcome = match curve.failure {
            None => LearningEnding::Complete,
            Some(Failure::OutOfSteps { .. }) => LearningEnding::OutOfSteps,
            Some(Failure::StepUnderflow { .. }) => LearningEnding::StepUnderflow,
            Some(Failure::Undefined { .. } | Failure::LeftDomain { .. }) => {
                LearningEnding::Undefined
            }
        };
        let last = curve.points.last();
        let mode = |(at, &alone): (usize, &Option<f64>)| {
            let rise =
                |event: &&LearningEvent| event.mode == at + 1 && event.kind == Happening::Condenses;
            LearntMode {
                mode: at + 1,
                condenses: curve.events.iter().find(rise).map(|event| event.time),
                weight: last.map(|point| point.weights[at]),
                slope: last.map(|point| point.gains[at] - point.responses[at]),
                alone,
            }
        };
        Self {
            outcome,
            explanation: curve.failure.map(|failure| failure.to_string()),
            modes: alone.iter().enumerate().map(mode).collect(),
            events: curve.events,
            points: curve.points,
            settings,
        }
    }
}
