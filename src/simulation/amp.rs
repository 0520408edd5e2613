//! AMP-RBM with the exact Onsager term and the implicit prior step, so that state evolution holds at every iteration
//! (theory.md section 2).
//!
//! ```text
//! ω_t = A W_t − U_{t−1} K_t^T           z_t : ω = z − V_t f(z),  U_t = f(z_t)
//! C_t = (1/d) Σ_μ D (I − V_t D)^{-1}     Y_t = A^T U_t − W_t C_t^T
//! W_{t+1} = Y_t K_{t+1}                  (K_{t+1}, Q_{t+1}) from the prior step on S = Y_t^T Y_t/d
//! V_{t+1} = (1 − ρ) V_t + ρ K_{t+1}
//! ```
//!
//! At many samples for each visible unit the overlaps themselves swing around a stable solution, however strongly `V` is damped. Weights that
//! go only the part `β` of their way have a memory, and the Onsager term the same:
//!
//! ```text
//! W_{t+1} = (1 − β) W_t + β Y_t K_{t+1}        ω_t = A W_t − D_t,    D_{t+1} = (1 − β) D_t + β U_t K_{t+1}^T
//! ```
//!
//! because `W_t` is a sum of the `Y_s`, and `D_t` holds the same sum of the `U_s`. The fixed points are those of `β = 1`; the trajectory of
//! state evolution is not.

use super::instance::Instance;
use super::observation::{Observation, RunEnd};
use super::proximal::proximal;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::symmetric::symmetrised;
use crate::order_parameters::OrderParameters;
use crate::prior_step::prior_step;
use crate::theory::Proximal as ProximalRule;
use nalgebra::{SMatrix, SVector};

/// How AMP damps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AmpRule {
    /// Of the proximal parameter.
    pub proximal: ProximalRule,
    /// Part `β` of their way that the weights go, in (0, 1]; state evolution describes every iteration where it is 1.
    pub weights: f64,
}

impl From<ProximalRule> for AmpRule {
    /// Weights that go their whole way.
    fn from(proximal: ProximalRule) -> Self {
        Self {
            proximal,
            weights: 1.0,
        }
    }
}

impl AmpRule {
    /// Checks every field.
    ///
    /// # Errors
    /// Names the field outside of (0, 1].
    pub fn validate(&self) -> crate::error::Result<()> {
        self.proximal.validate()?;
        crate::error::require_fraction("weight-damping", self.weights)
    }
}

/// Message of one sample: `u_μ` of the last iteration, its Onsager term, and `z_μ`, from which the next proximal step starts.
#[derive(Clone, Copy)]
struct Message<const K: usize> {
    u: SVector<f64, K>,
    /// Row `μ` of `D_t`.
    onsager: SVector<f64, K>,
    z: SVector<f64, K>,
}

/// What one pass sums over the samples.
#[derive(Clone, Copy)]
struct Sums<const K: usize> {
    divergence: SMatrix<f64, K, K>,
    failures: usize,
}

impl<const K: usize> Default for Sums<K> {
    fn default() -> Self {
        Self {
            divergence: SMatrix::zeros(),
            failures: 0,
        }
    }
}

/// Runs AMP-RBM from `w` for at most `max_iterations`, until the weights move by less than `tolerance` (root mean square, and
/// `V` likewise) over three consecutive iterations. Returns the final weights, the overlaps and `V_t` after each iteration,
/// and the end.
pub fn amp(
    model: &Model,
    instance: &Instance,
    w: Matrix,
    rule: impl Into<AmpRule>,
    tolerance: f64,
    max_iterations: usize,
) -> (Matrix, Vec<Observation>, RunEnd) {
    let rule = rule.into();
    crate::with_units!(model.units(), K => {
        let mut state = Amp::<K>::new(model, instance, w, rule);
        let end = state.run(tolerance, max_iterations);
        (state.w, state.observations, end)
    })
}

struct Amp<'a, const K: usize> {
    model: &'a Model,
    instance: &'a Instance,
    rule: AmpRule,
    w: Matrix,
    v: Matrix,
    /// Divergence `K_t` of the step that produced `w`.
    k: Matrix,
    messages: Vec<Message<K>>,
    projection: Matrix,
    observations: Vec<Observation>,
}

/// Why an iteration was not possible.
type Failure = RunEnd;

impl<'a, const K: usize> Amp<'a, K> {
    fn new(model: &'a Model, instance: &'a Instance, w: Matrix, rule: AmpRule) -> Self {
        let silent = Message {
            u: SVector::zeros(),
            onsager: SVector::zeros(),
            z: SVector::zeros(),
        };
        let v = Matrix::zeros(K, K);
        let observations = vec![Observation {
            order: OrderParameters::of_weights(&instance.w_star, &w),
            v: Some(v.clone()),
        }];
        Self {
            model,
            instance,
            rule,
            v,
            // Irrelevant at first: there is no message of a previous iteration.
            k: Matrix::zeros(K, K),
            messages: vec![silent; instance.data.rows()],
            projection: Matrix::zeros(w.nrows(), K),
            w,
            observations,
        }
    }

    fn run(&mut self, tolerance: f64, max_iterations: usize) -> RunEnd {
        let mut calm = 0;
        let mut residual = f64::NAN;
        for _ in 0..max_iterations {
            residual = match self.iterate() {
                Ok(residual) => residual,
                Err(end) => return end,
            };
            calm = if residual <= tolerance { calm + 1 } else { 0 };
            if calm == 3 {
                return RunEnd::Converged { residual };
            }
        }
        RunEnd::OutOfIterations { residual }
    }

    /// One iteration; returns the undamped residual: root-mean-square move of the weights, or `|K − V|` if larger.
    fn iterate(&mut self) -> Result<f64, Failure> {
        let d = self.w.nrows() as f64;
        let c = self.pass()?;
        // Y = A^T U − W C^T
        let mut y = &self.projection / d.sqrt();
        y.gemm(-1.0, &self.w, &c.transpose(), 1.0);
        let s = y.tr_mul(&y) / d;
        let q = self.w.tr_mul(&self.w) / d;
        let alpha = self.instance.size().alpha();
        let step = prior_step(self.model.hidden(), alpha, &s, &c, &q).ok_or_else(|| {
            RunEnd::LeftDomain("the prior step has no positive-definite root".into())
        })?;
        let w = y * &step.k;
        let moved = (&w - &self.w).norm() / (w.len() as f64).sqrt();
        let residual = moved.max((&step.k - &self.v).amax());
        if !residual.is_finite() {
            return Err(RunEnd::NotFinite);
        }
        self.v = self
            .rule
            .proximal
            .next(self.model.hidden(), &self.v, &step.k);
        self.k = step.k;
        let part = self.rule.weights;
        self.w = if part == 1.0 {
            w
        } else {
            &self.w * (1.0 - part) + w * part
        };
        self.observations.push(Observation {
            order: OrderParameters::of_weights(&self.instance.w_star, &self.w),
            v: Some(self.v.clone()),
        });
        Ok(residual)
    }

    /// The pass over the data: updates the messages and `projection = X^T U`, returns `C`.
    fn pass(&mut self) -> Result<Matrix, Failure> {
        let d = self.w.nrows() as f64;
        let scale = 1.0 / d.sqrt();
        let hidden = self.model.hidden();
        let divergence = SMatrix::<f64, K, K>::from_column_slice(self.k.as_slice());
        let part = self.rule.weights;
        let v = SMatrix::<f64, K, K>::from_column_slice(self.v.as_slice());
        let sums: Vec<Sums<K>> = self.instance.data.fused_pass(
            self.w.as_slice(),
            self.projection.as_mut_slice(),
            &mut self.messages,
            |_, rows, messages, sums: &mut Sums<K>| {
                for (row, message) in rows.iter_mut().zip(messages) {
                    let onsager = message.onsager * (1.0 - part) + divergence * message.u * part;
                    let omega = SVector::<f64, K>::from(*row) * scale - onsager;
                    match proximal(hidden, &v, &omega, message.z) {
                        Some(solved) => {
                            *message = Message {
                                u: solved.g,
                                onsager,
                                z: solved.z,
                            };
                            sums.divergence += solved.dg;
                        }
                        None => sums.failures += 1,
                    }
                    *row = message.u.into();
                }
            },
        );
        let mut divergence = SMatrix::<f64, K, K>::zeros();
        let mut failures = 0;
        for sum in &sums {
            divergence += sum.divergence;
            failures += sum.failures;
        }
        if failures > 0 {
            let reason = format!(
                "the proximal step failed on {failures} of {} samples",
                self.messages.len()
            );
            return Err(RunEnd::LeftDomain(reason));
        }
        Ok(symmetrised(&Matrix::from_column_slice(K, K, divergence.as_slice())) / d)
    }
}
