//! Gradient ascent: `W_{t+1} = W_t + κ [A^T f(A W_t) − 2α W_t ∇η2(Q_t)]`, `A = X/√d`
//! (theory.md section 5).

use super::checkpoint::{Checkpoint, Progress, Unkept};
use super::gradient::Gradient;
use super::method::require_limits;
use super::observation::{Learned, RunEnd};
use super::problem::Problem;
use crate::error::{Result, require_positive};
use crate::numerics::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Step of gradient ascent, and when it stops.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GdSettings {
    /// Constant step `κ`, as the dynamical mean-field theory has it. `None`: at each step half of
    /// the stability bound at the present self-overlap (see
    /// [`HiddenUnits::check_step`](crate::hidden::HiddenUnits::check_step)).
    pub step: Option<f64>,
    /// Root-mean-square gradient below which, over three consecutive steps, the run has converged.
    pub tolerance: f64,
    /// Largest number of steps.
    pub max_iterations: usize,
}

impl Default for GdSettings {
    /// Half of the stability bound, 1e-6, 2000 steps.
    fn default() -> Self {
        Self {
            step: None,
            tolerance: 1e-6,
            max_iterations: 2000,
        }
    }
}

impl GdSettings {
    /// Checks every field; whether a step is stable depends on the self-overlap (see
    /// [`RunSettings::validate`](super::RunSettings::validate)).
    ///
    /// # Errors
    /// Names the field outside of its range.
    pub fn validate(&self) -> Result<()> {
        require_limits(self.tolerance, self.max_iterations)?;
        self.step
            .map_or(Ok(()), |step| require_positive("step", step))
    }

    /// The step at weights `w`.
    fn step_at(&self, problem: &Problem, w: &Matrix) -> f64 {
        self.step.unwrap_or_else(|| {
            let q = w.tr_mul(w) / w.nrows() as f64;
            problem.hidden().stable_step(problem.alpha(), &[q])
        })
    }
}

/// Runs gradient ascent from `w` (d×k).
///
/// # Errors
/// Bad settings, weights of another shape, or rows that are missing.
pub fn ascend(problem: &Problem, w: Matrix, settings: &GdSettings) -> Result<Learned> {
    ascend_watched(problem, w, settings, &mut |_| ())
}

/// Runs gradient ascent from `w` (d×k) and shows the weights to `watch`: the start first, then
/// those after each step.
///
/// # Errors
/// As [`ascend`].
pub fn ascend_watched(
    problem: &Problem,
    w: Matrix,
    settings: &GdSettings,
    watch: &mut dyn FnMut(&Matrix),
) -> Result<Learned> {
    settings.validate()?;
    problem.validate_with(&w)?;
    let mut learned = begun(problem, w);
    watch(&learned.weights);
    let begin = Progress::BEGIN;
    learned.end = climb(problem, settings, &mut learned, watch, begin, &mut Unkept)?;
    Ok(learned)
}

/// As [`ascend`], from the snapshot that `keep` has, or else from the weights of `start`.
///
/// # Errors
/// As [`ascend`], those of `start`, or snapshots that can't be read or kept.
pub(super) fn ascend_kept(
    problem: &Problem,
    start: impl FnOnce() -> Result<Matrix>,
    settings: &GdSettings,
    keep: &mut dyn Checkpoint,
) -> Result<Learned> {
    settings.validate()?;
    let (mut learned, progress) = match keep.resume()? {
        Some(snapshot) => {
            let (d, units) = (problem.d(), problem.units());
            snapshot.require(d * units)?;
            problem.validate()?;
            let learned = Learned {
                weights: Matrix::from_column_slice(d, units, &snapshot.numbers),
                observations: snapshot.observations.clone(),
                end: RunEnd::NotFinite,
            };
            (learned, Progress::of(&snapshot))
        }
        None => {
            let w = start()?;
            problem.validate_with(&w)?;
            (begun(problem, w), Progress::BEGIN)
        }
    };
    learned.end = climb(problem, settings, &mut learned, &mut |_| (), progress, keep)?;
    Ok(learned)
}

/// Before the first step.
fn begun(problem: &Problem, w: Matrix) -> Learned {
    Learned {
        observations: vec![problem.observe(&w)],
        weights: w,
        end: RunEnd::NotFinite,
    }
}

fn climb(
    problem: &Problem,
    settings: &GdSettings,
    learned: &mut Learned,
    watch: &mut dyn FnMut(&Matrix),
    mut progress: Progress,
    keep: &mut dyn Checkpoint,
) -> Result<RunEnd> {
    while progress.iteration < settings.max_iterations {
        let Some(at) = Gradient::without_objective(problem, &learned.weights) else {
            let reason = "Q = W^T W/d left the domain of η2";
            return Ok(RunEnd::LeftDomain(reason.into()));
        };
        let rms = at.rms();
        if !rms.is_finite() {
            return Ok(RunEnd::NotFinite);
        }
        if progress.has_settled(rms, settings.tolerance) {
            return Ok(RunEnd::Converged { residual: rms });
        }
        let step = settings.step_at(problem, &learned.weights);
        learned.weights += at.gradient * step;
        if learned.weights.iter().any(|entry| !entry.is_finite()) {
            return Ok(RunEnd::NotFinite);
        }
        learned.observations.push(problem.observe(&learned.weights));
        watch(&learned.weights);
        progress.iteration += 1;
        keep.after(progress.iteration, &mut || {
            let numbers = learned.weights.as_slice().to_vec();
            progress.snapshot(&learned.observations, numbers)
        })?;
    }
    let residual = progress.residual;
    Ok(RunEnd::OutOfIterations { residual })
}
