//! Training on data of one's own, and what is measured of the weights.

use crate::contrastive::{self, Chain, ContrastiveSettings, Negative, TrainingEnd};
use crate::error::{Error, Result};
use crate::hidden::HiddenUnits;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::numerics::symmetric::symmetrised;
use crate::simulation::{
    Algorithm, DataMatrix, Problem, RunOutcome, RunSettings, SampleGain, SimulationStart, run_on,
};
use nalgebra::{Cholesky, SymmetricEigen};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Random starts of a maximisation, of which the best end is kept.
const STARTS: usize = 4;

/// How weights are trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Trainer {
    /// L-BFGS on the objective, the best of four random starts.
    Lbfgs,
    /// Gradient ascent, likewise.
    Gd,
    /// AMP-RBM, likewise.
    Amp,
    /// Contrastive divergence with one step of the chain, on all samples at once.
    Cd,
    /// Persistent contrastive divergence.
    Pcd,
}

/// Weights with the way in which their training ended.
#[derive(Debug, Clone)]
pub struct TrainedWeights {
    /// d×k; none where it failed.
    pub weights: Option<Matrix>,
    /// How it ended.
    pub end: LearningEnd,
}

/// How training ended, whatever the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LearningEnd {
    /// The residual stayed below its tolerance.
    Converged,
    /// The weights of a sampled gradient moved by less than the tolerance.
    Settled,
    /// The iterations ran out first.
    OutOfIterations,
    /// The weights of a sampled gradient still moved when the epochs ran out.
    OutOfEpochs,
    /// A step was not defined: no weights.
    LeftDomain,
    /// An entry became infinite or NaN: no weights.
    NotFinite,
    /// A weight of a sampled gradient became infinite, NaN or too large: no weights.
    Diverged,
    /// The weights were trained elsewhere.
    Loaded,
}

impl LearningEnd {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Settled => "settled",
            Self::OutOfIterations => "out-of-iterations",
            Self::OutOfEpochs => "out-of-epochs",
            Self::LeftDomain => "left-domain",
            Self::NotFinite => "not-finite",
            Self::Diverged => "diverged",
            Self::Loaded => "loaded",
        }
    }

    /// Whether more training would leave the weights as they are, as far as was seen.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Converged | Self::Settled | Self::Loaded)
    }
}

impl From<RunOutcome> for LearningEnd {
    fn from(outcome: RunOutcome) -> Self {
        match outcome {
            RunOutcome::Converged => Self::Converged,
            RunOutcome::OutOfIterations => Self::OutOfIterations,
            RunOutcome::LeftDomain => Self::LeftDomain,
            RunOutcome::NotFinite => Self::NotFinite,
        }
    }
}

impl From<TrainingEnd> for LearningEnd {
    fn from(end: TrainingEnd) -> Self {
        match end {
            TrainingEnd::Settled { .. } => Self::Settled,
            TrainingEnd::OutOfEpochs { .. } => Self::OutOfEpochs,
            TrainingEnd::Diverged { .. } => Self::Diverged,
        }
    }
}

/// What is measured of trained weights. The data are in units of the visible standard deviation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Learnt {
    /// Number of units.
    pub units: usize,
    /// Gain on the data that were learnt from, nats per sample.
    pub gain_in: SampleGain,
    /// On held-out rows; null where there are none.
    pub gain_out: Option<SampleGain>,
    /// Eigenvalues of `Q = W^T W/d`, the largest first.
    pub self_overlaps: Vec<f64>,
    /// `‖P W (W^T W)^{-1/2}‖²/k`: the part of the units' space that lies in the span of the leading
    /// principal directions of the data, as many as there are signals.
    pub subspace: f64,
}

impl Trainer {
    /// Trains `hidden` on the rows of `data`.
    ///
    /// # Errors
    /// Data that are too few for the units, or settings that do not suit them; a run that fails is
    /// part of the answer.
    pub fn train(
        self,
        hidden: &HiddenUnits,
        data: &DataMatrix,
        streams: Streams,
    ) -> Result<TrainedWeights> {
        let problem = Problem::new(hidden, data);
        problem.validate()?;
        let algorithm = match self {
            Self::Lbfgs => Algorithm::Lbfgs,
            Self::Gd => Algorithm::Gd,
            Self::Amp => Algorithm::Amp,
            Self::Cd => return Self::contrastive(&problem, Chain::default(), streams),
            Self::Pcd => {
                return Self::contrastive(
                    &problem,
                    Chain {
                        persistent: true,
                        ..Chain::default()
                    },
                    streams,
                );
            }
        };
        let settings = RunSettings {
            method: algorithm.into(),
            restarts: STARTS,
            ..RunSettings::default()
        };
        let run = run_on(&problem, &settings, streams)?;
        Ok(TrainedWeights {
            weights: run.end.has_weights().then_some(run.weights),
            end: run.end.outcome().into(),
        })
    }

    fn contrastive(problem: &Problem, chain: Chain, streams: Streams) -> Result<TrainedWeights> {
        let settings = ContrastiveSettings {
            negative: Negative::Chain(chain),
            ..ContrastiveSettings::default()
        };
        let start = SimulationStart::Random.weights(problem, streams, 0)?;
        let trained = contrastive::train(problem, start, &settings, streams, &mut |_| ())?;
        let has_ended = !matches!(trained.end, TrainingEnd::Diverged { .. });
        Ok(TrainedWeights {
            weights: trained.weights.filter(|_| has_ended),
            end: trained.end.into(),
        })
    }
}

impl Learnt {
    /// Of weights `w` (d×k) on the data that they learnt from and on others; `directions` (d×r) are
    /// the leading principal directions of the former, orthonormal.
    ///
    /// # Errors
    /// Weights of another shape or with `Q` outside of the domain of `η2`, or that are not linearly
    /// independent.
    pub fn of(
        hidden: &HiddenUnits,
        w: &Matrix,
        data: &DataMatrix,
        held_out: Option<&DataMatrix>,
        directions: &Matrix,
    ) -> Result<Self> {
        let gain = |data: &DataMatrix| SampleGain::at(&Problem::new(hidden, data), w);
        let gain_in = gain(data)?;
        let gain_out = held_out.map(gain).transpose()?;
        let units = hidden.units();
        let products = symmetrised(&w.tr_mul(w));
        let spectrum = SymmetricEigen::new(&products / w.nrows() as f64).eigenvalues;
        let mut self_overlaps: Vec<f64> = spectrum.iter().copied().collect();
        self_overlaps.sort_by(|a, b| b.total_cmp(a));
        let dependent = || {
            let allowed = "their columns must be linearly independent";
            Error::invalid("weights", "without full rank", allowed)
        };
        let inverse = Cholesky::new(products).ok_or_else(dependent)?.inverse();
        let seen = directions.tr_mul(w);
        Ok(Self {
            units,
            gain_in,
            gain_out,
            self_overlaps,
            subspace: (&seen * inverse).dot(&seen) / units as f64,
        })
    }
}
