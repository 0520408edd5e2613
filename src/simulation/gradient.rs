//! The effective objective and its gradient on data.
//!
//! `L(W) = Σ_μ [η1(W^T x_μ/√d) − η2(W^T W/d)]` (theory.md section 1; XKZ Theorem 1). Every sample
//! brings its share of the regulariser, so that objectives and gradients of parts of the data sum
//! to those of the whole.

use super::data::Data;
use super::problem::Problem;
use crate::numerics::Matrix;
use nalgebra::SVector;

/// Objective and gradient at one `W` (d×k), of all rows of the data.
#[derive(Debug, Clone)]
pub struct Gradient {
    /// `∇L`, d×k; entries are O(1) away from a stationary point.
    pub gradient: Matrix,
    /// `ℓ = L/d`, objective per visible unit; NaN where `W` is outside of the domain of `η2`.
    pub log_likelihood: f64,
}

impl Gradient {
    /// Evaluates objective and gradient in one pass over the data. `None` where
    /// `Q = W^T W/d` is outside of the domain of `η2` (Gaussian units need `Q < I`).
    pub fn at(problem: &Problem, w: &Matrix) -> Option<Self> {
        crate::with_units!(problem.units(), K => Self::evaluate::<K>(problem, w, true))
    }

    /// The gradient alone; the objective is left out (NaN), which saves its logarithms.
    pub fn without_objective(problem: &Problem, w: &Matrix) -> Option<Self> {
        crate::with_units!(problem.units(), K => Self::evaluate::<K>(problem, w, false))
    }

    fn evaluate<const K: usize>(
        problem: &Problem,
        w: &Matrix,
        with_objective: bool,
    ) -> Option<Self> {
        let (n, d) = (problem.data().rows(), w.nrows() as f64);
        let hidden = problem.hidden();
        let pair = hidden.pair_function(&(w.tr_mul(w) / d))?;
        let scale = 1.0 / d.sqrt();
        let mut gradient = Matrix::zeros(w.nrows(), K);
        let mut states = vec![(); problem.data().own().len()];
        let sums: Vec<f64> = problem.data().fused_pass::<K, _, f64>(
            w.as_slice(),
            gradient.as_mut_slice(),
            &mut states,
            |_, rows, _, sum| {
                for row in rows {
                    let z = SVector::<f64, K>::from(*row) * scale;
                    if with_objective {
                        *sum += hidden.log_mgf(&z);
                    }
                    *row = hidden.response(&z).mean.into();
                }
            },
        );
        // α = n/d of the whole, or the share of it that these rows have.
        let alpha = n as f64 / d;
        gradient *= scale;
        gradient.gemm(-alpha, w, pair.second_moment(), 1.0);
        let log_likelihood = if with_objective {
            sums.iter().sum::<f64>() / d - alpha * pair.log_norm()
        } else {
            f64::NAN
        };
        Some(Self {
            gradient,
            log_likelihood,
        })
    }

    /// Root-mean-square entry of the gradient.
    pub fn rms(&self) -> f64 {
        self.gradient.norm() / (self.gradient.len() as f64).sqrt()
    }
}
