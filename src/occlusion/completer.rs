//! The posterior mean of occluded pixels.

use super::images::{Images, numbers};
use crate::contrastive::VisibleLaw;
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::numerics::special::ln_cosh;
use crate::numerics::streams::{Purpose, Stream, Streams};
use crate::spectral::{BinaryRbm, sign_of_mean};
use nalgebra::DVector;
use rand::RngExt;
use rand_distr::StandardNormal;

/// Most hidden units whose states are listed; more are sampled.
const MOST_LISTED: usize = 12;

/// Sweeps of a sampled posterior before its mean is taken, and over which it is.
const SWEEPS: [usize; 2] = [50, 400];

/// An RBM with hidden units ±1 that completes images: `P(v, h) ∝ P_v(v) exp(v^T (Jh + b) + c·h)`.
#[derive(Debug, Clone)]
pub struct Completer<'a> {
    images: &'a Images,
    machine: Machine,
}

impl<'a> Completer<'a> {
    /// An RBM with ±1 pixels.
    pub fn binary(images: &'a Images, rbm: &BinaryRbm) -> Self {
        let machine = Machine {
            visible: VisibleLaw::Rademacher,
            couplings: rbm.weights.clone(),
            visible_bias: rbm.visible_bias.clone(),
            hidden_bias: rbm.hidden_bias.clone(),
        };
        Self { images, machine }
    }

    /// The RBM whose likelihood the effective objective is: normal pixels of the standardised
    /// images, weights `W` (d×k) with couplings `W/√d`, and no bias.
    pub fn gaussian(images: &'a Images, weights: &Matrix) -> Self {
        let machine = Machine::gaussian(weights);
        Self { images, machine }
    }

    /// Posterior means, as ±1, of the occluded pixels of each image for testing (in columns), given
    /// the others: a sum over the hidden states of up to 12 units, block Gibbs sampling (400 sweeps,
    /// averaged before pixels are drawn) of more. Means of normal pixels that are no grey level
    /// become black or white.
    ///
    /// # Errors
    /// As many marks as there are pixels are needed, and weights of as many rows; names `weights`
    /// where a mean is not finite.
    pub fn complete(&self, occluded: &[bool], streams: Streams) -> Result<Matrix> {
        let visible = match self.machine.visible {
            VisibleLaw::Rademacher => self.images.test().clone(),
            VisibleLaw::Gaussian => self.images.standardised(self.images.test()),
        };
        let means = self.machine.complete(&visible, occluded, streams)?;
        Ok(self.grey(means, &numbers(occluded, true)))
    }

    /// Means of occluded pixels as ±1.
    fn grey(&self, mut means: Matrix, pixels: &[usize]) -> Matrix {
        if self.machine.visible == VisibleLaw::Gaussian {
            let (mean, deviation) = (self.images.mean(), self.images.deviation());
            for (mut row, &pixel) in means.row_iter_mut().zip(pixels) {
                let level = |x: f64| (mean[pixel] + deviation[pixel] * x).clamp(-1.0, 1.0);
                row.apply(|x| *x = level(*x));
            }
        }
        means
    }
}

/// Posterior means of the occluded entries of samples in columns (d×n') given the others, by the RBM
/// whose likelihood the effective objective is: normal visible units of variance 1, weights `W` (d×k)
/// with couplings `W/√d`, no bias. A row of the answer for each occluded entry, in order.
///
/// # Errors
/// As [`Completer::complete`].
pub fn complete_normal(
    weights: &Matrix,
    samples: &Matrix,
    occluded: &[bool],
    streams: Streams,
) -> Result<Matrix> {
    Machine::gaussian(weights).complete(samples, occluded, streams)
}

/// An RBM in units of its visible ones.
#[derive(Debug, Clone)]
struct Machine {
    /// ±1 pixels, or normal ones.
    visible: VisibleLaw,
    /// `J` (d×k).
    couplings: Matrix,
    visible_bias: DVector<f64>,
    hidden_bias: DVector<f64>,
}

impl Machine {
    fn gaussian(weights: &Matrix) -> Self {
        let (d, units) = weights.shape();
        Self {
            visible: VisibleLaw::Gaussian,
            couplings: weights / (d as f64).sqrt(),
            visible_bias: DVector::zeros(d),
            hidden_bias: DVector::zeros(units),
        }
    }

    /// Posterior means of the occluded entries of samples in columns.
    fn complete(&self, samples: &Matrix, occluded: &[bool], streams: Streams) -> Result<Matrix> {
        let d = samples.nrows();
        if occluded.len() != d || self.couplings.nrows() != d {
            return Err(Error::Shape {
                field: "occluded".into(),
                got: format!("{} for {} pixels", occluded.len(), self.couplings.nrows()),
                expected: format!("{d}, one for each pixel"),
            });
        }
        let [seen, hidden] = [false, true].map(|are| numbers(occluded, are));
        let seen = (
            self.couplings.select_rows(&seen),
            samples.select_rows(&seen),
        );
        let fields = seen.0.tr_mul(&seen.1);
        let own = Occluded {
            visible: self.visible,
            couplings: self.couplings.select_rows(&hidden),
            bias: self.visible_bias.select_rows(&hidden),
        };
        let means = match self.couplings.ncols() {
            units if units <= MOST_LISTED => own.listed(&fields, &self.hidden_bias),
            _ => {
                let mut stream = streams.stream(Purpose::Occlusion, 2);
                own.sampled(fields, &self.hidden_bias, &mut stream)
            }
        };
        if means.iter().any(|mean| !mean.is_finite()) {
            let allowed = "a posterior mean is not finite: use smaller weights";
            return Err(Error::invalid("weights", "too large", allowed));
        }
        Ok(means)
    }
}

/// The occluded pixels of an RBM.
struct Occluded {
    visible: VisibleLaw,
    /// Their couplings to the hidden units (o×k).
    couplings: Matrix,
    bias: DVector<f64>,
}

impl Occluded {
    /// Fields on the occluded pixels from hidden units in columns.
    fn fields(&self, hidden: &Matrix) -> Matrix {
        let mut fields = &self.couplings * hidden;
        let all = fields.column_iter_mut();
        all.for_each(|mut column| column += &self.bias);
        fields
    }

    /// Mean of a pixel in the field `x`.
    fn mean(&self, x: f64) -> f64 {
        match self.visible {
            VisibleLaw::Gaussian => x,
            VisibleLaw::Rademacher => x.tanh(),
        }
    }

    /// `log ∫ P_v(v) e^{vx}`.
    fn log_mgf(&self, x: f64) -> f64 {
        match self.visible {
            VisibleLaw::Gaussian => 0.5 * x * x,
            VisibleLaw::Rademacher => ln_cosh(x),
        }
    }

    /// Posterior means (o×n') by the sum over all states of the hidden units, on which the seen
    /// pixels act by `seen` (k×n').
    fn listed(&self, seen: &Matrix, hidden_bias: &DVector<f64>) -> Matrix {
        let units = hidden_bias.len();
        let sign = |unit: usize, state: usize| if state >> unit & 1 == 1 { 1.0 } else { -1.0 };
        let states = Matrix::from_fn(units, 1 << units, sign);
        let mut fields = self.fields(&states);
        let own = states.tr_mul(hidden_bias);
        let own = own.iter().zip(fields.column_iter());
        let own: Vec<f64> = own
            .map(|(bias, fields)| bias + fields.iter().map(|x| self.log_mgf(*x)).sum::<f64>())
            .collect();
        fields.apply(|x| *x = self.mean(*x));
        let mut shares = states.tr_mul(seen);
        for mut column in shares.column_iter_mut() {
            let logs = column.iter_mut().zip(&own);
            logs.for_each(|(log, own)| *log += own);
            let most = column.max();
            column.apply(|log| *log = (*log - most).exp());
            let total = column.sum();
            column /= total;
        }
        fields * shares
    }

    /// As [`Occluded::listed`], by block Gibbs sampling.
    fn sampled(&self, seen: Matrix, hidden_bias: &DVector<f64>, stream: &mut Stream) -> Matrix {
        let start = self.bias.map(|bias| self.mean(bias));
        let mut pixels = Matrix::from_fn(self.bias.len(), seen.ncols(), |i, _| start[i]);
        let mut sum = Matrix::zeros(self.bias.len(), seen.ncols());
        for sweep in 0..SWEEPS[0] + SWEEPS[1] {
            let mut hidden = seen.clone();
            hidden.gemm_tr(1.0, &self.couplings, &pixels, 1.0);
            for mut column in hidden.column_iter_mut() {
                column += hidden_bias;
                column.apply(|x| *x = sign_of_mean(x.tanh(), stream));
            }
            let fields = self.fields(&hidden);
            pixels = fields.map(|x| self.mean(x));
            if sweep >= SWEEPS[0] {
                sum += &pixels;
            }
            pixels.apply(|mean| {
                *mean = match self.visible {
                    VisibleLaw::Gaussian => *mean + stream.sample::<f64, _>(StandardNormal),
                    VisibleLaw::Rademacher => sign_of_mean(*mean, stream),
                };
            });
        }
        sum / SWEEPS[1] as f64
    }
}
