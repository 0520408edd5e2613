//! Contrastive divergence of an RBM with ±1 units on both sides, as it is trained in practice, and
//! the spectrum of its weights on the way (decelle2017, Figs. 2–4; theory.md section 8).
//!
//! `P(s, τ) ∝ exp(s^T W τ + η·s + θ·τ)`. A step on a batch is
//! `ΔW = γ (⟨s τ̄^T⟩_data − ⟨s τ̄^T⟩_chain)` with `τ̄ = tanh(W^T s + θ)`; the chain begins at the batch
//! (CD-k), or where it ended a step before (persistent), and makes `k` sweeps of block Gibbs
//! sampling. Visible biases begin at those of independent units with the means of the data, so that
//! small weights see the correlations alone.

mod rbm;

pub use rbm::BinaryRbm;
pub(crate) use rbm::sign_of_mean;

use super::MOST_UNITS;
use super::matrices::{covariance, principal, singular};
use crate::error::{Error, Result, require_between, require_fraction};
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Stream, Streams};
use nalgebra::DVector;
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Eigenvalues of a covariance below this part of the largest are rounding.
const NO_VARIANCE: f64 = 1e-10;

/// How an RBM is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrainingSettings {
    /// Number of hidden units.
    pub hidden_units: usize,
    /// Number of passes over the data.
    pub epochs: usize,
    /// Samples of a step.
    pub batch: usize,
    /// Learning rate `γ`.
    pub rate: f64,
    /// Sweeps of the chain in a step.
    pub sweeps: usize,
    /// Whether the chain goes on from step to step.
    pub persistent: bool,
    /// Standard deviation of the weights at the start.
    pub start_scale: f64,
}

impl Default for TrainingSettings {
    /// CD-1 of 100 epochs.
    fn default() -> Self {
        Self {
            hidden_units: 16,
            epochs: 100,
            batch: 50,
            rate: 0.01,
            sweeps: 1,
            persistent: false,
            start_scale: 0.01,
        }
    }
}

/// Data of ±1, with their principal directions.
#[derive(Debug, Clone, PartialEq)]
pub struct BinaryData {
    /// One sample in each column.
    samples: Matrix,
    mean: DVector<f64>,
    /// Eigenvalues of the covariance, the largest first.
    eigenvalues: Vec<f64>,
    /// The directions, as columns.
    directions: Matrix,
}

/// The spectrum of the weights after so many epochs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrainingState {
    /// Passes over the data.
    pub epoch: usize,
    /// Number of steps times the learning rate.
    pub time: f64,
    /// Logarithm of the pseudo-likelihood of a sample, `Σ_i ln P(s_i | others)`, estimated from one
    /// unit of each sample.
    pub pseudo_likelihood: f64,
    /// Singular values of the weights, the largest first.
    pub singular_values: Vec<f64>,
    /// For each mode, the number (from 1) of the principal direction, of those with variance, that
    /// its visible vector overlaps with most.
    pub nearest: Vec<usize>,
    /// That overlap.
    pub overlaps: Vec<f64>,
}

/// How training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TrainingEnding {
    /// After as many epochs as were asked for.
    Complete,
    /// The weights are not finite.
    Diverged,
    /// The singular values of the weights were not found.
    NoDecomposition,
}

impl TrainingEnding {
    /// Its name in tables, records and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Diverged => "diverged",
            Self::NoDecomposition => "no-decomposition",
        }
    }
}

/// A training run.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    /// The RBM at the end.
    pub rbm: BinaryRbm,
    /// Its spectrum after the epochs that were asked for.
    pub states: Vec<TrainingState>,
    /// How it ended.
    pub ending: TrainingEnding,
}

impl BinaryData {
    /// Samples in rows, as ±1: what lies above the threshold is +1.
    ///
    /// # Errors
    /// Names `data` (fewer than two samples, too many units, constant, or no decomposition) or
    /// `threshold`.
    pub fn new(data: &Matrix, threshold: f64) -> Result<Self> {
        let (samples, units) = data.shape();
        if samples < 2 || units == 0 || units > MOST_UNITS {
            let got = format!("{samples} samples of {units} units");
            let allowed = format!("needs at least two samples of 1 to {MOST_UNITS} units");
            return Err(Error::invalid("data", got, allowed));
        }
        if !threshold.is_finite() {
            return Err(Error::invalid("threshold", threshold, "must be finite"));
        }
        let sign = |value: f64| if value > threshold { 1.0 } else { -1.0 };
        let signs = data.map(sign);
        let covariance = covariance(&signs);
        if covariance.trace() == 0.0 {
            let allowed = "all samples are the same above or below the threshold: choose another";
            return Err(Error::invalid("threshold", threshold, allowed));
        }
        let (eigenvalues, directions) = principal(&covariance).ok_or_else(|| {
            let allowed = "the eigenvalues of its covariance were not found";
            Error::invalid("data", "without a decomposition", allowed)
        })?;
        Ok(Self {
            mean: signs.row_mean().transpose(),
            samples: signs.transpose(),
            eigenvalues,
            directions,
        })
    }

    /// Numbers of samples and of visible units.
    pub fn shape(&self) -> (usize, usize) {
        (self.samples.ncols(), self.samples.nrows())
    }

    /// Eigenvalues of the covariance, the largest first.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// Trains an RBM, and notes its spectrum before the first epoch and after each of these
    /// (rising, at most [`TrainingSettings::epochs`]).
    ///
    /// # Errors
    /// As [`TrainingSettings::check`]; names `noted` where it does not rise. How training ends is
    /// part of the answer.
    pub fn train(
        &self,
        settings: &TrainingSettings,
        noted: &[usize],
        streams: Streams,
        watch: &dyn Fn(f64),
    ) -> Result<Training> {
        settings.check(self.shape().0)?;
        if noted.windows(2).any(|pair| pair[1] <= pair[0]) {
            return Err(Error::invalid("noted", "given", "epochs must rise"));
        }
        let mut run = Training {
            rbm: BinaryRbm::start(self, settings, streams),
            states: Vec::new(),
            ending: TrainingEnding::Complete,
        };
        if let Err(ending) = self.epochs(&mut run, settings, noted, streams, watch) {
            run.ending = ending;
        }
        Ok(run)
    }

    /// Trains `from` that RBM on, or one of small random weights, without a look at its spectrum;
    /// rates fall geometrically from epoch to epoch, to `decay` times the first. `None` where the
    /// weights are not finite.
    ///
    /// # Errors
    /// As [`TrainingSettings::check`]; names `decay`, or `from` where it has other units.
    pub fn fit(
        &self,
        from: Option<BinaryRbm>,
        settings: &TrainingSettings,
        decay: f64,
        streams: Streams,
    ) -> Result<Option<BinaryRbm>> {
        settings.check(self.shape().0)?;
        require_fraction("decay", decay)?;
        let mut rbm = from.unwrap_or_else(|| BinaryRbm::start(self, settings, streams));
        if rbm.weights.shape() != (self.shape().1, settings.hidden_units) {
            return Err(Error::Shape {
                field: "from".into(),
                got: format!("{} × {}", rbm.weights.nrows(), rbm.weights.ncols()),
                expected: format!("{} × {}", self.shape().1, settings.hidden_units),
            });
        }
        let mut chain = None;
        for epoch in 0..settings.epochs {
            crate::interrupt::check();
            let part = epoch as f64 / settings.epochs as f64;
            let own = TrainingSettings {
                rate: settings.rate * decay.powf(part),
                ..settings.clone()
            };
            let mut stream = streams.stream(Purpose::Training, epoch as u64 + 1);
            self.epoch(&mut rbm, &own, &mut chain, &mut stream);
            if !rbm.is_finite() {
                return Ok(None);
            }
        }
        Ok(Some(rbm))
    }

    /// All epochs, from the start on.
    fn epochs(
        &self,
        run: &mut Training,
        settings: &TrainingSettings,
        noted: &[usize],
        streams: Streams,
        watch: &dyn Fn(f64),
    ) -> std::result::Result<(), TrainingEnding> {
        let mut note = |rbm: &BinaryRbm, epoch: usize, steps: usize| {
            let time = settings.rate * steps as f64;
            let state = self.state(rbm, epoch, time, streams);
            run.states
                .push(state.ok_or(TrainingEnding::NoDecomposition)?);
            Ok(())
        };
        note(&run.rbm, 0, 0)?;
        let (mut chain, mut steps) = (None, 0);
        for epoch in 1..=settings.epochs {
            crate::interrupt::check();
            let mut stream = streams.stream(Purpose::Training, epoch as u64);
            steps += self.epoch(&mut run.rbm, settings, &mut chain, &mut stream);
            if !run.rbm.is_finite() {
                return Err(TrainingEnding::Diverged);
            }
            if noted.binary_search(&epoch).is_ok() {
                note(&run.rbm, epoch, steps)?;
            }
            watch(epoch as f64 / settings.epochs as f64);
        }
        Ok(())
    }

    /// One pass over the data in random order; the number of steps.
    fn epoch(
        &self,
        rbm: &mut BinaryRbm,
        settings: &TrainingSettings,
        chain: &mut Option<Matrix>,
        stream: &mut Stream,
    ) -> usize {
        let mut order: Vec<usize> = (0..self.samples.ncols()).collect();
        order.shuffle(stream);
        let batches = order.chunks(settings.batch);
        let count = batches.len();
        for batch in batches {
            let batch = self.samples.select_columns(batch);
            let end = rbm.step(&batch, chain.take(), settings, stream);
            *chain = settings.persistent.then_some(end);
        }
        count
    }

    fn state(
        &self,
        rbm: &BinaryRbm,
        epoch: usize,
        time: f64,
        streams: Streams,
    ) -> Option<TrainingState> {
        let svd = singular(&rbm.weights, [true, false])?;
        // Directions without variance can be any that are orthogonal to the data.
        let largest = self.eigenvalues.first().copied().unwrap_or(0.0);
        let vary = self.eigenvalues.iter();
        let vary = vary.filter(|&&c| c > NO_VARIANCE * largest).count();
        let overlaps = svd.u?.tr_mul(&self.directions.columns(0, vary)).abs();
        let mut nearest = Vec::new();
        let mut best = Vec::new();
        for row in overlaps.row_iter() {
            let (at, overlap) = row.transpose().argmax();
            nearest.push(at + 1);
            best.push(overlap);
        }
        Some(TrainingState {
            epoch,
            time,
            pseudo_likelihood: rbm.pseudo_likelihood(&self.samples, streams),
            singular_values: svd.singular_values.iter().copied().collect(),
            nearest,
            overlaps: best,
        })
    }
}

impl TrainingSettings {
    /// Whether these settings serve for so many samples.
    ///
    /// # Errors
    /// Names the one that does not.
    pub fn check(&self, samples: usize) -> Result<()> {
        let within = |field: &str, value: usize, most: usize| {
            if (1..=most).contains(&value) {
                return Ok(());
            }
            let allowed = format!("must lie in 1..={most}");
            Err(Error::invalid(field, value, allowed))
        };
        within("hidden-units", self.hidden_units, MOST_UNITS)?;
        within("epochs", self.epochs, 1_000_000)?;
        within("batch", self.batch, samples)?;
        within("sweeps", self.sweeps, 10_000)?;
        require_between("rate", self.rate, 1e-9, 10.0)?;
        require_between("start-scale", self.start_scale, 1e-9, 10.0)
    }
}

#[cfg(test)]
mod tests;
