//! Experiments: each question that can be asked, with one answer.
//!
//! A *request* is what flags, configuration files and study files fill in; every field has a
//! default where one makes sense. Running it checks everything first, and gives a [`Report`]: a
//! typed, serialisable result with the program's version, the seed and the resolved settings. The
//! command line, studies, records and other programs all ask through here, so that one question has
//! one answer.
//!
//! | request | answer | command |
//! |---|---|---|
//! | [`Solve`] | [`Solved`]: fixed points of state evolution, with baselines | `solve` |
//! | [`SolveAlong`] | [`SolvedAlong`]: the same at many signal strengths | `solve --lambda 0.7:2:50` |
//! | [`SolvePotential`] | [`SolvedPotential`]: stationary points of a potential | `solve NAME` |
//! | [`Evolve`] | [`Evolved`]: trajectory of state evolution | `evolve` |
//! | [`Dmft`] | [`Dynamics`]: dynamical mean-field theory of gradient ascent, with its long-time limit | `dmft` |
//! | [`Simulate`] | [`Simulated`]: finite-size runs | `simulate` |
//! | [`Compare`] | [`Compared`]: theory beside simulation, with a verdict | `compare` |
//! | [`FiniteSize`] | [`FiniteSizes`]: bias and spread of simulations at several sizes, and what an accuracy needs | `finite-size` |
//! | [`Maximum`] | [`Maxima`]: the largest objective, best of many starts, extrapolated, beside theory beyond replica symmetry | `maximum` |
//! | [`Branch`], [`BranchPotential`] | a branch of solutions along a parameter, around its folds | `branch` |
//! | [`Stability`], [`StabilityPotential`] | where a solution turns unstable, folds or ends | `stability` |
//! | [`Linear`] | [`Staircase`]: learning curve of the linear RBM, mode by mode | `linear` |
//! | [`Learning`] | [`Learnt`]: learning curve of ±1 units, whose modes compete | `learning-curve` |
//! | [`Train`] | [`Trained`]: contrastive divergence of ±1 units, and the spectrum on the way | `train` |
//! | [`Spectrum`] | [`SpectrumFound`]: bulk and outliers of a weight matrix | `spectrum` |
//! | [`Likelihood`] | [`Likelihoods`]: exact log-likelihood less the effective objective | `likelihood` |
//! | [`Analyze`] | [`Analyzed`]: noise and signals in the spectrum of data, before training | `analyze` |
//! | [`Sample`] | [`Sampled`]: new data from an RBM | `sample` |
//! | [`Contrastive`] | [`ContrastiveLearning`]: what contrastive divergence learns beside the objective | `contrastive` |
//! | [`TrajectoryStudy`](crate::study::TrajectoryStudy) | overlaps along AMP's iterations, as a table | `reproduce` |
//! | [`DynamicsStudy`](crate::study::DynamicsStudy) | gradient ascent step by step | `reproduce` |
//! | [`StrengthStudy`](crate::study::StrengthStudy) | overlaps against signal strength | `reproduce` |
//! | [`SolutionStudy`](crate::study::SolutionStudy) | all solutions along a parameter | `reproduce` |
//! | [`LinearStudy`](crate::study::LinearStudy) | the learning curve of [`Linear`], beside its closed form | `reproduce` |
//! | [`LearningStudy`](crate::study::LearningStudy) | learning curves of [`Learning`] | `reproduce` |
//! | [`TrainingStudy`](crate::study::TrainingStudy) | the spectrum along training of [`Train`] | `reproduce` |
//! | [`LikelihoodStudy`](crate::study::LikelihoodStudy) | the differences of [`Likelihood`] against size | `reproduce` |
//! | [`SpectrumStudy`](crate::study::SpectrumStudy) | the spectrum of [`Spectrum`], beside its law | `reproduce` |
//! | [`DiagramStudy`](crate::sweep::DiagramStudy) | phase diagram; its record is opened by [`Sweep`](crate::sweep::Sweep) | `sweep`, `reproduce` |
//!
//! # Example
//!
//! ```
//! use onsager::experiment::{Experiment, Solve, silent};
//! use onsager::options::ModelOptions;
//!
//! # fn main() -> onsager::error::Result<()> {
//! let model = ModelOptions { alpha: Some(2.0), lambda: Some(vec![1.5]), ..Default::default() };
//! let report = Solve { model, ..Default::default() }.run(silent())?;
//! match report.result.found.answer() {
//!     Ok(point) => assert!((point.stability.replicon - 0.226017562).abs() < 1e-8),
//!     Err(outcome) => println!("no number: {}", outcome.explanation()),
//! }
//! println!("{}", serde_json::to_string(&report).expect("a report is JSON"));
//! # Ok(())
//! # }
//! ```

mod analyze;
mod branch;
mod compare;
mod contrastive;
mod dmft;
mod evolve;
mod finite_size;
mod likelihood;
mod maximum;
mod potential;
mod sample;
mod settings;
mod simulate;
mod solve;
mod spectral;
mod stability;
mod tables;

pub use analyze::{
    Analyze, AnalyzeSettings, Analyzed, Bootstrapped, Comparison, CompletedBy, Completion,
    CurvePoint, LearntQuantity, MoreSamples, Obtained, ObtainedRun, PredictedUnit, Prediction,
    SignalCount, UnitGain,
};
pub use branch::{
    Branch, BranchPotential, Branched, BranchedPotential, Followed, PotentialPoint, Unlocated,
};
pub use compare::{Compare, CompareSettings, Compared, Reached, Standing};
pub(crate) use contrastive::counted;
pub use contrastive::{
    ChainDifference, ChainRow, Contrastive, ContrastiveLearning, ContrastiveRequest, LearnedChain,
    TrainedAt,
};
pub use dmft::{Dmft, DmftSetup, DmftState, Dynamics, Limit, TwoTimes};
pub use evolve::{Completeness, Evolve, EvolveSettings, Evolved};
pub use finite_size::{
    Approach, Common, FiniteSize, FiniteSizeSettings, FiniteSizes, InstancesNeeded, Measured,
    Needed, QuantityAtSize, RunsAtSize,
};
pub use likelihood::{
    Exponent, Likelihood, LikelihoodAtSize, LikelihoodSettings, Likelihoods, WeightSource,
};
pub use maximum::{
    AtSize, Extrapolated, FoundBy, LevelReached, LevelStanding, Maxima, MaximaAtSize, MaximaSize,
    Maximum, MaximumSettings, MaximumTheory, SizeFit, TheoryAt,
};
pub use potential::{PotentialAsked, SolvePotential, SolvedPotential, parse_settings};
pub use sample::{Sample, Sampled};
pub use settings::{ModelSettings, PriorSettings, StartSettings};
pub use simulate::{Simulate, Simulated, SimulationSettings, Summary};
pub use solve::{
    Baselines, Generalisation, Solve, SolveAlong, SolveAlongSettings, SolveSettings, Solved,
    SolvedAlong,
};
pub use spectral::{
    BulkLaw, CovarianceSource, Learning, LearningEnding, LearningSettings, LearningSource,
    LearningStart, Learnt, LearntMode, Linear, LinearSettings, MeasuredBulk, Nearest, OutlierRow,
    Spectrum, SpectrumFound, SpectrumOutcome, SpectrumSettings, Staircase, StaircaseMode, Steps,
    Train, TrainSettings, Trained,
};
pub use stability::{
    BeyondLine, PotentialEvents, Stabilities, StabilitiesOfPotential, Stability,
    StabilityPotential, StabilityRow, StepOnset,
};

use crate::error::Result;
use crate::table::Table;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Seed where none is given.
const DEFAULT_SEED: u64 = 1;

/// A question that can be asked.
pub trait Experiment: Serialize + DeserializeOwned {
    /// Its answer.
    type Answer: Answer;

    /// Checks the request, and answers it.
    ///
    /// # Errors
    /// Bad input, or files that can't be used. How a calculation ended is part of the answer.
    fn run(&self, watch: Watch) -> Result<Report<Self::Answer>>;
}

/// A result that can be shown.
pub trait Answer: Serialize {
    /// Tables, the main one first.
    fn tables(&self) -> Vec<Table>;

    /// Remarks in words.
    fn notes(&self) -> Vec<String>;
}

/// Receives progress: what is being done, and the fraction of the work that is finished, where it
/// is known.
pub type Watch<'a> = &'a (dyn Fn(&str, Option<f64>) + Sync);

/// Nobody watches.
pub fn silent() -> Watch<'static> {
    &|_, _| ()
}

/// An answer, and what it was made with.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}Report")]
pub struct Report<T> {
    /// Name of the program.
    pub program: String,
    /// Its version.
    pub version: String,
    /// Seed of every random number.
    pub seed: u64,
    /// Keys of the bibliography: what the answer builds on.
    pub citations: Vec<String>,
    /// The answer, with its resolved settings.
    #[serde(flatten)]
    pub result: T,
}

/// Fields that come together or not at all: those of an optional struct that is flattened into
/// another. Each needs the next one, and the last one the first.
fn together(schema: &mut schemars::Schema, names: &[&str]) {
    let next = names.iter().cycle().skip(1);
    let required: serde_json::Map<String, serde_json::Value> = names
        .iter()
        .zip(next)
        .map(|(name, next)| ((*name).to_owned(), serde_json::json!([next])))
        .collect();
    schema.insert("dependentRequired".into(), required.into());
}

/// What a record must agree in to be extended: the version of the program, the seed and the
/// settings; with the citations that its runs build on.
pub(crate) fn record_settings(
    kind: &str,
    seed: u64,
    citations: &[String],
    settings: &impl Serialize,
) -> Result<serde_json::Value> {
    let settings = serde_json::to_value(settings)
        .map_err(|error| crate::error::Error::invalid("settings", "not JSON", error.to_string()))?;
    Ok(serde_json::json!({
        "kind": kind,
        "version": env!("CARGO_PKG_VERSION"),
        "seed": seed,
        "citations": citations,
        "settings": settings,
    }))
}

impl<T: Answer> Report<T> {
    pub(crate) fn new(seed: u64, citations: Vec<String>, result: T) -> Self {
        Self {
            program: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            seed,
            citations,
            result,
        }
    }
}
