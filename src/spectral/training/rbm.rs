//! An RBM with ±1 units: Gibbs sampling, and a step of contrastive divergence.

use super::super::matrices::normal_entries;
use super::{BinaryData, TrainingSettings};
use crate::numerics::Matrix;
use crate::numerics::special::{ln_cosh, log1p_exp};
use crate::numerics::streams::{Purpose, Stream, Streams};
use nalgebra::DVector;
use rand::RngExt;

/// An RBM.
#[derive(Debug, Clone, PartialEq)]
pub struct BinaryRbm {
    /// Weights (N_v×N_h).
    pub weights: Matrix,
    /// Biases `η` of the visible units.
    pub visible_bias: DVector<f64>,
    /// Biases `θ` of the hidden units.
    pub hidden_bias: DVector<f64>,
}

impl BinaryRbm {
    /// Independent normal weights; the biases of independent units. A unit that is the same in all
    /// `n` samples gets the bias of one of `n + 1` that differs.
    pub(super) fn start(data: &BinaryData, settings: &TrainingSettings, streams: Streams) -> Self {
        let mut stream = streams.stream(Purpose::Start, 0);
        let (samples, units) = data.shape();
        let (hidden, scale) = (settings.hidden_units, settings.start_scale);
        let shrink = samples as f64 / (samples as f64 + 1.0);
        Self {
            weights: normal_entries(units, hidden, scale, &mut stream),
            visible_bias: data.mean.map(|mean| (shrink * mean).atanh()),
            hidden_bias: DVector::zeros(hidden),
        }
    }

    pub(super) fn is_finite(&self) -> bool {
        let numbers = self.weights.iter().chain(&self.visible_bias);
        numbers.chain(&self.hidden_bias).all(|x| x.is_finite())
    }

    /// Means of the hidden units for visible ones in columns.
    pub fn hidden_means(&self, visible: &Matrix) -> Matrix {
        let mut fields = self.weights.tr_mul(visible);
        let all = fields.column_iter_mut();
        all.for_each(|mut column| column += &self.hidden_bias);
        fields.map(f64::tanh)
    }

    /// Means of the visible units for hidden ones in columns.
    pub fn visible_means(&self, hidden: &Matrix) -> Matrix {
        let mut fields = &self.weights * hidden;
        let all = fields.column_iter_mut();
        all.for_each(|mut column| column += &self.visible_bias);
        fields.map(f64::tanh)
    }

    /// Visible units after so many sweeps of block Gibbs sampling.
    pub fn sample(&self, mut visible: Matrix, sweeps: usize, stream: &mut Stream) -> Matrix {
        for _ in 0..sweeps {
            let hidden = signs(&self.hidden_means(&visible), stream);
            visible = signs(&self.visible_means(&hidden), stream);
        }
        visible
    }

    /// One step; where the chain ended.
    pub(super) fn step(
        &mut self,
        batch: &Matrix,
        begin: Option<Matrix>,
        settings: &TrainingSettings,
        stream: &mut Stream,
    ) -> Matrix {
        let chain = self.sample(
            begin.unwrap_or_else(|| batch.clone()),
            settings.sweeps,
            stream,
        );
        let [data, model] = [batch, &chain].map(|visible| self.hidden_means(visible));
        let rates = [batch, &chain].map(|visible| settings.rate / visible.ncols() as f64);
        self.weights.gemm(rates[0], batch, &data.transpose(), 1.0);
        self.weights
            .gemm(-rates[1], &chain, &model.transpose(), 1.0);
        self.visible_bias += batch.column_sum() * rates[0] - chain.column_sum() * rates[1];
        self.hidden_bias += data.column_sum() * rates[0] - model.column_sum() * rates[1];
        chain
    }

    /// `N_v` times the mean of `ln P(s_i | others)` over the samples (in columns), for one random
    /// unit of each: the same ones every time.
    pub(super) fn pseudo_likelihood(&self, samples: &Matrix, streams: Streams) -> f64 {
        let mut stream = streams.stream(Purpose::Training, u64::MAX);
        let units = samples.nrows();
        let mut total = 0.0;
        for sample in samples.column_iter() {
            let at = stream.random_range(0..units);
            let sign = sample[at];
            let mut rise = -2.0 * sign * self.visible_bias[at];
            let fields = self.weights.tr_mul(&sample) + &self.hidden_bias;
            for (field, weight) in fields.iter().zip(self.weights.row(at).iter()) {
                rise += ln_cosh(field - 2.0 * sign * weight) - ln_cosh(*field);
            }
            total -= log1p_exp(rise);
        }
        units as f64 * total / samples.ncols() as f64
    }
}

/// Units ±1 of these means.
fn signs(means: &Matrix, stream: &mut Stream) -> Matrix {
    means.map(|mean| sign_of_mean(mean, stream))
}

/// A unit ±1 of that mean.
pub fn sign_of_mean(mean: f64, stream: &mut Stream) -> f64 {
    if 2.0 * stream.random::<f64>() < 1.0 + mean {
        1.0
    } else {
        -1.0
    }
}
