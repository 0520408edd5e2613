//! Gradient ascent: `W_{t+1} = W_t + κ [A^T f(A W_t) − 2α W_t ∇η2(Q_t)]`, `A = X/√d`
//! (theory.md section 5).

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
    let mut learned = Learned {
        observations: vec![problem.observe(&w)],
        weights: w,
        end: RunEnd::NotFinite,
    };
    watch(&learned.weights);
    learned.end = climb(problem, settings, &mut learned, watch);
    Ok(learned)
}

fn climb(
    problem: &Problem,
    settings: &GdSettings,
    learned: &mut Learned,
    watch: &mut dyn FnMut(&Matrix),
) -> RunEnd {
    let mut calm = 0;
    let mut rms = f64::NAN;
    for _ in 0..settings.max_iterations {
        let Some(at) = Gradient::without_objective(problem, &learned.weights) else {
            return RunEnd::LeftDomain("Q = W^T W/d left the domain of η2".into());
        };
        rms = at.rms();
        if !rms.is_finite() {
            return RunEnd::NotFinite;
        }
        calm = if rms <= settings.tolerance {
            calm + 1
        } else {
            0
        };
        if calm == 3 {
            return RunEnd::Converged { residual: rms };
        }
        let step = settings.step_at(problem, &learned.weights);
        learned.weights += at.gradient * step;
        if learned.weights.iter().any(|entry| !entry.is_finite()) {
            return RunEnd::NotFinite;
        }
        learned.observations.push(problem.observe(&learned.weights));
        watch(&learned.weights);
    }
    RunEnd::OutOfIterations { residual: rms }
}
