//! The effective objective and its gradient on one instance, and gradient ascent with a constant step.
//!
//! `L(W) = Σ_μ η1(W^T x_μ/√d) − n η2(W^T W/d)` (theory.md section 1; XKZ Theorem 1), and
//! `W_{t+1} = W_t + κ [A^T f(A W_t) − 2α W_t ∇η2(Q_t)]`, `A = X/√d` (theory.md section 5).

use super::instance::Instance;
use super::observation::{Observation, RunEnd};
use crate::model::Model;
use crate::numerics::Matrix;
use nalgebra::SVector;

/// Objective and gradient at one `W`.
#[derive(Debug, Clone)]
pub struct Gradient {
    /// `∇L`, d×k; entries are O(1) away from a stationary point.
    pub gradient: Matrix,
    /// `ℓ = L/d`, objective per visible unit; NaN where `W` is outside of the domain of `η2`.
    pub log_likelihood: f64,
}

impl Gradient {
    /// Evaluates objective and gradient in one pass over the data. `None` where `Q = W^T W/d` is outside of the domain of `η2`
    /// (Gaussian units need `Q < I`).
    pub fn at(model: &Model, instance: &Instance, w: &Matrix) -> Option<Self> {
        crate::with_units!(model.units(), K => Self::evaluate::<K>(model, instance, w, true))
    }

    /// The gradient alone; the objective is left out (NaN), which saves its logarithms.
    pub fn without_objective(model: &Model, instance: &Instance, w: &Matrix) -> Option<Self> {
        crate::with_units!(model.units(), K => Self::evaluate::<K>(model, instance, w, false))
    }

    fn evaluate<const K: usize>(
        model: &Model,
        instance: &Instance,
        w: &Matrix,
        with_objective: bool,
    ) -> Option<Self> {
        let (n, d) = (instance.data.rows(), w.nrows() as f64);
        let hidden = model.hidden();
        let pair = hidden.pair_function(&(w.tr_mul(w) / d))?;
        let scale = 1.0 / d.sqrt();
        let mut gradient = Matrix::zeros(w.nrows(), K);
        let mut states = vec![(); n];
        let sums: Vec<f64> = instance.data.fused_pass::<K, _, f64>(
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

/// Gradient ascent with a constant step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ascent {
    /// Step `κ`.
    pub step: f64,
    /// Root-mean-square gradient below which, over three consecutive steps, the run has converged.
    pub tolerance: f64,
    /// Largest number of steps.
    pub max_iterations: usize,
}

/// Runs gradient ascent from `w`; returns the final weights, the overlaps after each step and the end.
pub fn ascend(
    model: &Model,
    instance: &Instance,
    w: Matrix,
    ascent: Ascent,
) -> (Matrix, Vec<Observation>, RunEnd) {
    let mut observations = Vec::new();
    let (w, end) = ascend_watched(model, instance, w, ascent, &mut |w| {
        observations.push(Observation::of(&instance.w_star, w));
    });
    (w, observations, end)
}

/// Runs gradient ascent from `w` and shows the weights to `watch`: the start first, then those after each step.
pub fn ascend_watched(
    model: &Model,
    instance: &Instance,
    mut w: Matrix,
    ascent: Ascent,
    watch: &mut dyn FnMut(&Matrix),
) -> (Matrix, RunEnd) {
    watch(&w);
    let mut calm = 0;
    let mut rms = f64::NAN;
    for _ in 0..ascent.max_iterations {
        let Some(at) = Gradient::without_objective(model, instance, &w) else {
            let reason = "Q = W^T W/d left the domain of η2".into();
            return (w, RunEnd::LeftDomain(reason));
        };
        rms = at.rms();
        if !rms.is_finite() {
            return (w, RunEnd::NotFinite);
        }
        calm = if rms <= ascent.tolerance { calm + 1 } else { 0 };
        if calm == 3 {
            return (w, RunEnd::Converged { residual: rms });
        }
        w += at.gradient * ascent.step;
        if w.iter().any(|entry| !entry.is_finite()) {
            return (w, RunEnd::NotFinite);
        }
        watch(&w);
    }
    (w, RunEnd::OutOfIterations { residual: rms })
}
