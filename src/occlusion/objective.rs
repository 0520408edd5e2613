//! Weights that maximise the effective objective on standardised images.

use super::images::Images;
use crate::error::{Error, Result, require_between};
use crate::hidden::HiddenUnits;
use crate::law::{Law, MAX_UNITS};
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Stream, Streams};
use crate::simulation::{
    DataMatrix, Gradient, LbfgsSettings, Problem, RunOutcome, SimulationStart, lbfgs,
};
use crate::spectral::{BinaryRbm, normal_entries, sign_of_mean};
use nalgebra::DVector;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most units.
const MOST_UNITS: usize = 256;

/// Decay rates of the moments of Adam, and what keeps it from dividing by 0 (kingma2015).
const MOMENTS: [f64; 2] = [0.9, 0.999];
const SMALL: f64 = 1e-8;

/// How the objective is maximised: up to eight units by L-BFGS, more by ascent with a sampled pair
/// function.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Objective {
    /// Random starts of L-BFGS, of whose ends the best is kept.
    pub starts: usize,
    /// L-BFGS.
    pub lbfgs: LbfgsSettings,
    /// Steps of the sampled ascent.
    pub steps: usize,
    /// Its first rate (that of Adam); it falls to a hundredth.
    pub rate: f64,
    /// Chains of hidden states that it keeps.
    pub chains: usize,
    /// Sweeps of each chain in a step.
    pub sweeps: usize,
}

impl Default for Objective {
    fn default() -> Self {
        Self {
            starts: 3,
            lbfgs: LbfgsSettings {
                tolerance: 1e-6,
                max_iterations: 2000,
            },
            steps: 1500,
            rate: 0.05,
            chains: 500,
            sweeps: 5,
        }
    }
}

/// How it was maximised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", content = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ObjectiveEnd {
    /// By L-BFGS, which ended so.
    Exact(RunOutcome),
    /// By ascent with a sampled pair function, which has no maximum to be checked.
    Sampled,
}

impl ObjectiveEnd {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact(outcome) => outcome.name(),
            Self::Sampled => "sampled",
        }
    }
}

/// What was learnt.
#[derive(Debug, Clone, PartialEq)]
pub struct Learnt {
    /// Weights (d×k); none where no run converged, or an entry was not finite.
    pub weights: Option<Matrix>,
    /// How the best run ended.
    pub end: ObjectiveEnd,
}

impl Objective {
    /// Learns weights of `units` hidden units ±1 from the images for training.
    ///
    /// # Errors
    /// Names a setting outside of its range, `units`, or `training` (too few images or pixels).
    pub fn learn(&self, images: &Images, units: usize, streams: Streams) -> Result<Learnt> {
        self.check()?;
        if !(1..=MOST_UNITS).contains(&units) {
            let allowed = format!("must lie in 1..={MOST_UNITS}");
            return Err(Error::invalid("units", units, allowed));
        }
        let data = images.standardised(images.training());
        if units <= MAX_UNITS {
            self.exact(&data, units, streams)
        } else {
            Ok(self.sampled(&data, units, streams))
        }
    }

    fn check(&self) -> Result<()> {
        self.lbfgs.validate()?;
        let counts = [
            ("starts", self.starts),
            ("steps", self.steps),
            ("chains", self.chains),
            ("sweeps", self.sweeps),
        ];
        for (field, count) in counts {
            if !(1..=1_000_000).contains(&count) {
                let allowed = "must lie in 1..=1000000";
                return Err(Error::invalid(field, count, allowed));
            }
        }
        require_between("rate", self.rate, 1e-9, 10.0)
    }

    /// The best of several maxima.
    fn exact(&self, data: &Matrix, units: usize, streams: Streams) -> Result<Learnt> {
        let hidden = HiddenUnits::new(Law::rademacher(), units, &[])?;
        let rows = DataMatrix::from_row_fn(data.ncols(), data.nrows(), |row, entries| {
            for (entry, pixel) in entries.iter_mut().zip(&data.column(row)) {
                *entry = *pixel as f32;
            }
        });
        let problem = Problem::new(&hidden, &rows);
        let mut best: Option<(f64, Matrix)> = None;
        let mut end = RunOutcome::NotFinite;
        for restart in 0..self.starts {
            let start = SimulationStart::Random.weights(&problem, streams, restart)?;
            let learnt = lbfgs(&problem, start, &self.lbfgs)?;
            let outcome = learnt.end.outcome();
            let objective = Gradient::at(&problem, &learnt.weights).map(|at| at.log_likelihood);
            let (RunOutcome::Converged, Some(objective)) = (outcome, objective) else {
                end = if best.is_some() { end } else { outcome };
                continue;
            };
            if best.as_ref().is_none_or(|(most, _)| objective > *most) {
                best = Some((objective, learnt.weights));
                end = outcome;
            }
        }
        Ok(Learnt {
            weights: best.map(|(_, weights)| weights),
            end: ObjectiveEnd::Exact(end),
        })
    }

    /// Ascent along `X^T tanh(XW/√d)/(n√d) − W⟨hh^T⟩/d`, whose second part is the mean over chains
    /// that sample `exp(½ h^T Q h)` and go on from step to step.
    pub(super) fn sampled(&self, data: &Matrix, units: usize, streams: Streams) -> Learnt {
        let (d, n) = data.shape();
        let scale = 1.0 / (d as f64).sqrt();
        let mut stream = streams.stream(Purpose::Start, 0);
        let mut w = normal_entries(d, units, 1.0, &mut stream);
        let mut chains = Matrix::from_fn(units, self.chains, |_, _| sign_of_mean(0.0, &mut stream));
        let mut adam = Adam::new(&w);
        for step in 0..self.steps {
            let mut stream = streams.stream(Purpose::ChainSteps, step as u64);
            let q = w.tr_mul(&w) / d as f64;
            for _ in 0..self.sweeps {
                chains
                    .column_iter_mut()
                    .for_each(|mut h| sweep(&q, h.as_mut_slice(), &mut stream));
            }
            let moments = &chains * chains.transpose() / self.chains as f64;
            let mean = (w.tr_mul(data) * scale).map(f64::tanh);
            let gradient = data * mean.transpose() * (scale / n as f64) - &w * moments / d as f64;
            let part = step as f64 / self.steps as f64;
            w += adam.step(&gradient) * (self.rate * 0.01_f64.powf(part));
        }
        let finite = w.iter().all(|entry| entry.is_finite());
        Learnt {
            weights: finite.then_some(w),
            end: ObjectiveEnd::Sampled,
        }
    }
}

/// Each unit in turn from its law given the others, of `exp(½ h^T Q h)`.
pub(super) fn sweep(q: &Matrix, h: &mut [f64], stream: &mut Stream) {
    for unit in 0..h.len() {
        let all: f64 = q.column(unit).iter().zip(&*h).map(|(q, h)| q * h).sum();
        let field = all - q[(unit, unit)] * h[unit];
        h[unit] = sign_of_mean(field.tanh(), stream);
    }
}

/// Adam (kingma2015, Algorithm 1).
struct Adam {
    mean: Matrix,
    square: Matrix,
    steps: i32,
}

impl Adam {
    fn new(w: &Matrix) -> Self {
        let zero = Matrix::zeros(w.nrows(), w.ncols());
        Self {
            mean: zero.clone(),
            square: zero,
            steps: 0,
        }
    }

    /// The step along a gradient, in units of the rate.
    fn step(&mut self, gradient: &Matrix) -> Matrix {
        self.steps += 1;
        let [b1, b2] = MOMENTS;
        self.mean = &self.mean * b1 + gradient * (1.0 - b1);
        self.square = &self.square * b2 + gradient.component_mul(gradient) * (1.0 - b2);
        let [c1, c2] = MOMENTS.map(|moment| 1.0 - moment.powi(self.steps));
        self.mean
            .zip_map(&self.square, |m, v| (m / c1) / ((v / c2).sqrt() + SMALL))
    }
}

/// The RBM with ±1 pixels whose independent pixels have the means of the images, and whose exponent
/// `ṽ^T W h/√d` in standardised pixels `ṽ = (s − m)/√(1 − m²)` has these weights (Corollary 2).
pub fn as_binary(images: &Images, weights: &Matrix) -> BinaryRbm {
    let scale = 1.0 / (weights.nrows() as f64).sqrt();
    let deviation = images.deviation();
    let mut couplings = weights * scale;
    for (mut row, deviation) in couplings.row_iter_mut().zip(deviation.iter()) {
        row /= *deviation;
    }
    let hidden_bias: DVector<f64> = -couplings.tr_mul(images.mean());
    BinaryRbm {
        weights: couplings,
        visible_bias: images.mean().map(f64::atanh),
        hidden_bias,
    }
}
