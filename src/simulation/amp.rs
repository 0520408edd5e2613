//! AMP-RBM with the exact Onsager term and the implicit prior step, so that state evolution holds
//! at every iteration (theory.md section 2).
//!
//! ```text
//! ω_t = A W_t − U_{t−1} K_t^T           z_t : ω = z − V_t f(z),  U_t = f(z_t)
//! C_t = (1/d) Σ_μ D (I − V_t D)^{-1}     Y_t = A^T U_t − W_t C_t^T
//! W_{t+1} = Y_t K_{t+1}                  (K_{t+1}, Q_{t+1}) from the prior step on S = Y_t^T Y_t/d
//! V_{t+1} = (1 − ρ) V_t + ρ K_{t+1}
//! ```
//!
//! At many samples for each visible unit the overlaps themselves swing around a stable solution,
//! however strongly `V` is damped. Weights that go only the part `β` of their way have a memory,
//! and the Onsager term the same:
//!
//! ```text
//! W_{t+1} = (1 − β) W_t + β Y_t K_{t+1}        ω_t = A W_t − D_t,    D_{t+1} = (1 − β) D_t + β U_t K_{t+1}^T
//! ```
//!
//! because `W_t` is a sum of the `Y_s`, and `D_t` holds the same sum of the `U_s`. The fixed points
//! are those of `β = 1`; the trajectory of state evolution is not.

use super::checkpoint::{Checkpoint, Progress, Snapshot, Unkept};
use super::data::Data;
use super::method::require_limits;
use super::observation::{Learned, Observation, RunEnd};
use super::problem::Problem;
use super::proximal::proximal;
use crate::error::{Result, require_fraction};
use crate::numerics::Matrix;
use crate::numerics::symmetric::symmetrised;
use crate::prior_step::prior_step;
use crate::proximal::Proximal;
use crate::ranks::Numbers;
use nalgebra::{ArrayStorage, SMatrix, SVector};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How AMP damps, and when it stops.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AmpSettings {
    /// Damping of the proximal parameter.
    pub proximal: Proximal,
    /// Part `β` of their way that the weights go, in (0, 1]; state evolution describes every
    /// iteration where it is 1.
    pub weight_damping: f64,
    /// Residual of a converged run: the weights move by less (root mean square), and `|K − V|` is
    /// smaller, over three consecutive iterations.
    pub tolerance: f64,
    /// Largest number of iterations.
    pub max_iterations: usize,
}

impl Default for AmpSettings {
    /// The usual rule for `V`, weights that go their whole way, 1e-6, 200 iterations.
    fn default() -> Self {
        Self {
            proximal: Proximal::default(),
            weight_damping: 1.0,
            tolerance: 1e-6,
            max_iterations: 200,
        }
    }
}

impl AmpSettings {
    /// Checks every field.
    ///
    /// # Errors
    /// Names the field outside of its range.
    pub fn validate(&self) -> Result<()> {
        require_limits(self.tolerance, self.max_iterations)?;
        self.proximal.validate()?;
        require_fraction("weight-damping", self.weight_damping)
    }
}

/// Message of one sample: `u_μ` of the last iteration, its Onsager term, and `z_μ`, from which the
/// next proximal step starts.
#[derive(Clone, Copy)]
struct Message<const K: usize> {
    u: SVector<f64, K>,
    /// Row `μ` of `D_t`.
    onsager: SVector<f64, K>,
    z: SVector<f64, K>,
}

impl<const K: usize> Message<K> {
    /// Numbers of one.
    const NUMBERS: usize = 3 * K;

    /// Before the first iteration.
    const SILENT: Self = Self {
        u: Self::ZERO,
        onsager: Self::ZERO,
        z: Self::ZERO,
    };

    const ZERO: SVector<f64, K> = SVector::from_array_storage(ArrayStorage([[0.0; K]; 1]));
}

impl<const K: usize> Numbers for Message<K> {
    fn write(&self, numbers: &mut Vec<f64>) {
        let Self { u, onsager, z } = self;
        [u, onsager, z].iter().for_each(|own| own.write(numbers));
    }

    fn read(&mut self, numbers: &mut dyn Iterator<Item = f64>) {
        let Self { u, onsager, z } = self;
        [u, onsager, z]
            .into_iter()
            .for_each(|own| own.read(numbers));
    }
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

impl<const K: usize> Numbers for Sums<K> {
    fn write(&self, numbers: &mut Vec<f64>) {
        self.divergence.write(numbers);
        self.failures.write(numbers);
    }

    fn read(&mut self, numbers: &mut dyn Iterator<Item = f64>) {
        self.divergence.read(numbers);
        self.failures.read(numbers);
    }
}

/// Runs AMP-RBM from `w` (d×k); overlaps come with `V_t`.
///
/// # Errors
/// Bad settings, weights of another shape, or rows that are missing.
pub fn amp(problem: &Problem, w: Matrix, settings: &AmpSettings) -> Result<Learned> {
    amp_kept(problem, || Ok(w), settings, &mut Unkept)
}

/// As [`amp`], from the snapshot that `keep` has, or else from the weights of `start`.
///
/// # Errors
/// As [`amp`], those of `start`, or snapshots that can't be read or kept.
pub(super) fn amp_kept(
    problem: &Problem,
    start: impl FnOnce() -> Result<Matrix>,
    settings: &AmpSettings,
    keep: &mut dyn Checkpoint,
) -> Result<Learned> {
    settings.validate()?;
    crate::with_units!(problem.units(), K => {
        let (mut state, mut progress) = match keep.resume()? {
            Some(snapshot) => {
                let progress = Progress::of(&snapshot);
                (Amp::<K>::restored(problem, snapshot, settings)?, progress)
            }
            None => {
                let w = start()?;
                problem.validate_with(&w)?;
                (Amp::<K>::new(problem, w, settings), Progress::BEGIN)
            }
        };
        let end = state.run(&mut progress, keep)?;
        Ok(Learned {
            weights: state.w,
            observations: state.observations,
            end,
        })
    })
}

struct Amp<'a, const K: usize> {
    problem: &'a Problem<'a>,
    settings: &'a AmpSettings,
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
    fn new(problem: &'a Problem, w: Matrix, settings: &'a AmpSettings) -> Self {
        let mut state = Self {
            problem,
            settings,
            v: Matrix::zeros(K, K),
            // Irrelevant at first: there is no message of a previous iteration.
            k: Matrix::zeros(K, K),
            messages: vec![Message::SILENT; problem.data().own().len()],
            projection: Matrix::zeros(w.nrows(), K),
            w,
            observations: Vec::new(),
        };
        state.observe();
        state
    }

    /// The state of a snapshot.
    ///
    /// # Errors
    /// A snapshot of another problem.
    fn restored(
        problem: &'a Problem<'a>,
        snapshot: Snapshot,
        settings: &'a AmpSettings,
    ) -> Result<Self> {
        let mut state = Self::new(problem, Matrix::zeros(problem.d(), K), settings);
        let messages = problem.n() * Message::<K>::NUMBERS;
        snapshot.require(state.w.len() + state.v.len() + state.k.len() + messages)?;
        problem.validate()?;
        let mut numbers = snapshot.numbers.into_iter();
        let own = state.w.iter_mut().chain(&mut state.v).chain(&mut state.k);
        for (own, number) in own.zip(&mut numbers) {
            *own = number;
        }
        let before = problem.data().own().start * Message::<K>::NUMBERS;
        let mut numbers = numbers.skip(before);
        for message in &mut state.messages {
            message.read(&mut numbers);
        }
        state.observations = snapshot.observations;
        Ok(state)
    }

    /// Every number of the state, those of the messages that other ranks have, too, in the order of
    /// [`Amp::restored`].
    fn numbers(&self) -> Vec<f64> {
        let data = self.problem.data();
        let mut messages = vec![Message::SILENT; data.rows()];
        messages[data.own()].copy_from_slice(&self.messages);
        data.complete(&mut messages);
        let mut numbers = Vec::new();
        for matrix in [&self.w, &self.v, &self.k] {
            matrix.write(&mut numbers);
        }
        messages.iter().for_each(|own| own.write(&mut numbers));
        numbers
    }

    /// Keeps the overlaps of the present weights, with `V`.
    fn observe(&mut self) {
        self.observations.push(Observation {
            v: Some(self.v.clone()),
            ..self.problem.observe(&self.w)
        });
    }

    fn run(&mut self, progress: &mut Progress, keep: &mut dyn Checkpoint) -> Result<RunEnd> {
        while progress.iteration < self.settings.max_iterations {
            let residual = match self.iterate() {
                Ok(residual) => residual,
                Err(end) => return Ok(end),
            };
            progress.iteration += 1;
            if progress.has_settled(residual, self.settings.tolerance) {
                return Ok(RunEnd::Converged { residual });
            }
            keep.after(progress.iteration, &mut || {
                progress.snapshot(&self.observations, self.numbers())
            })?;
        }
        let residual = progress.residual;
        Ok(RunEnd::OutOfIterations { residual })
    }

    /// One iteration; returns the undamped residual: root-mean-square move of the weights, or
    /// `|K − V|` if larger.
    fn iterate(&mut self) -> std::result::Result<f64, Failure> {
        let d = self.w.nrows() as f64;
        let c = self.pass()?;
        // Y = A^T U − W C^T
        let mut y = &self.projection / d.sqrt();
        y.gemm(-1.0, &self.w, &c.transpose(), 1.0);
        let s = y.tr_mul(&y) / d;
        let q = self.w.tr_mul(&self.w) / d;
        let hidden = self.problem.hidden();
        let step = prior_step(hidden, self.problem.alpha(), &s, &c, &q).ok_or_else(|| {
            RunEnd::LeftDomain("the prior step has no positive-definite root".into())
        })?;
        let w = y * &step.k;
        let moved = (&w - &self.w).norm() / (w.len() as f64).sqrt();
        let residual = moved.max((&step.k - &self.v).amax());
        if !residual.is_finite() {
            return Err(RunEnd::NotFinite);
        }
        self.v = self.settings.proximal.next(hidden, &self.v, &step.k);
        self.k = step.k;
        let part = self.settings.weight_damping;
        self.w = if part == 1.0 {
            w
        } else {
            &self.w * (1.0 - part) + w * part
        };
        self.observe();
        Ok(residual)
    }

    /// The pass over the data: updates the messages and `projection = X^T U`, returns `C`.
    fn pass(&mut self) -> std::result::Result<Matrix, Failure> {
        let d = self.w.nrows() as f64;
        let scale = 1.0 / d.sqrt();
        let hidden = self.problem.hidden();
        let divergence = SMatrix::<f64, K, K>::from_column_slice(self.k.as_slice());
        let part = self.settings.weight_damping;
        let v = SMatrix::<f64, K, K>::from_column_slice(self.v.as_slice());
        let sums: Vec<Sums<K>> = self.problem.data().fused_pass(
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
                self.problem.n()
            );
            return Err(RunEnd::LeftDomain(reason));
        }
        Ok(symmetrised(&Matrix::from_column_slice(K, K, divergence.as_slice())) / d)
    }
}
