//! Stationary points of the objective by argmin's L-BFGS with a Moré–Thuente line search.

use super::gradient::Gradient;
use super::method::require_limits;
use super::observation::{Learned, RunEnd};
use super::problem::Problem;
use crate::error::Result;
use crate::numerics::Matrix;
use argmin::core::{
    CostFunction, Error as ArgminError, Executor, Gradient as ArgminGradient, State,
};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use nalgebra::DVector;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};

/// Pairs of steps and gradients that L-BFGS remembers.
const MEMORY: usize = 10;

/// Curvature of the penalty that the line search meets outside of the domain of `η2` (Gaussian
/// units need `Q < I`): it turns back there, and the end is judged by the true gradient. An
/// infinite cost would break its interpolation.
const PENALTY: f64 = 1e6;

/// When L-BFGS stops.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LbfgsSettings {
    /// Root-mean-square gradient of a converged run.
    pub tolerance: f64,
    /// Largest number of iterations.
    pub max_iterations: usize,
}

/// Evaluations without a better point after which the line search has lost its way.
const STALLED: usize = 100;

impl Default for LbfgsSettings {
    /// 1e-6, 500 iterations.
    fn default() -> Self {
        Self {
            tolerance: 1e-6,
            max_iterations: 500,
        }
    }
}

impl LbfgsSettings {
    /// Checks both fields.
    ///
    /// # Errors
    /// Names the field outside of its range.
    pub fn validate(&self) -> Result<()> {
        require_limits(self.tolerance, self.max_iterations)
    }
}

/// Maximises the objective from `w` (d×k); start and end are observed. The end is judged by a
/// gradient that is computed afresh at the final point, not by argmin's status.
///
/// # Errors
/// Bad settings, weights of another shape, or rows that are missing.
pub fn lbfgs(problem: &Problem, w: Matrix, settings: &LbfgsSettings) -> Result<Learned> {
    settings.validate()?;
    problem.validate_with(&w)?;
    let start = problem.observe(&w);
    let weights = maximise(problem, w, settings);
    let tolerance = settings.tolerance;
    let end = match Gradient::at(problem, &weights) {
        None => RunEnd::LeftDomain("Q = W^T W/d left the domain of η2".into()),
        Some(at) if at.rms() <= tolerance => RunEnd::Converged { residual: at.rms() },
        Some(at) if at.rms().is_finite() => RunEnd::OutOfIterations { residual: at.rms() },
        Some(_) => RunEnd::NotFinite,
    };
    Ok(Learned {
        observations: vec![start, problem.observe(&weights)],
        weights,
        end,
    })
}

/// The best weights that argmin finds.
fn maximise(problem: &Problem, w: Matrix, settings: &LbfgsSettings) -> Matrix {
    let (d, k) = w.shape();
    let cost = Cost {
        problem,
        last: RefCell::new(None),
        best: RefCell::new(None),
        idle: Cell::new(0),
    };
    let start = DVector::from_column_slice(w.as_slice());
    let target = 0.5 * settings.tolerance * ((d * k) as f64).sqrt();
    let search = MoreThuenteLineSearch::new();
    let run = LBFGS::new(search, MEMORY)
        .with_tolerance_grad(target)
        .and_then(|solver| solver.with_tolerance_cost(0.0))
        .and_then(|solver| {
            Executor::new(&cost, solver)
                .configure(|state| state.param(start).max_iters(settings.max_iterations as u64))
                .ctrlc(false)
                .run()
        });
    // A line search may fail at rounding level, or never end: the best point is judged by its own
    // gradient below.
    let found = match run {
        Ok(result) => result.state.get_best_param().cloned(),
        Err(_) => cost.best.take().map(|(point, _)| point),
    };
    found.map_or(w, |x| Matrix::from_column_slice(d, k, x.as_slice()))
}

/// `−L(W)`, extensive, so that its curvature is O(1). The last evaluation is kept, because the line
/// search asks for cost and gradient of the same point one after the other, and both come from one
/// pass.
struct Cost<'a> {
    problem: &'a Problem<'a>,
    last: RefCell<Option<(DVector<f64>, Option<Gradient>)>>,
    /// The point of the largest objective, and that.
    best: RefCell<Option<(DVector<f64>, f64)>>,
    /// Evaluations since it was found.
    idle: Cell<usize>,
}

impl Cost<'_> {
    fn with<T>(&self, x: &DVector<f64>, read: impl FnOnce(Option<&Gradient>) -> T) -> T {
        let known = matches!(self.last.borrow().as_ref(), Some((point, _)) if point == x);
        if !known {
            let (d, units) = (self.problem.d(), self.problem.units());
            let w = Matrix::from_column_slice(d, units, x.as_slice());
            let at = Gradient::at(self.problem, &w);
            *self.last.borrow_mut() = Some((x.clone(), at));
        }
        read(self.last.borrow().as_ref().and_then(|(_, at)| at.as_ref()))
    }

    /// Keeps the best point, and ends a search that finds no better one any more: at rounding the
    /// line search would go on for ever.
    fn keep(&self, x: &DVector<f64>, objective: f64) -> std::result::Result<(), ArgminError> {
        let mut best = self.best.borrow_mut();
        if best.as_ref().is_none_or(|(_, most)| objective > *most) {
            *best = Some((x.clone(), objective));
            self.idle.set(0);
            return Ok(());
        }
        self.idle.set(self.idle.get() + 1);
        if self.idle.get() < STALLED {
            return Ok(());
        }
        Err(ArgminError::msg("no better point was found any more"))
    }
}

impl CostFunction for &Cost<'_> {
    type Param = DVector<f64>;
    type Output = f64;

    fn cost(&self, x: &DVector<f64>) -> std::result::Result<f64, ArgminError> {
        let d = self.problem.d() as f64;
        let penalty = || PENALTY * (1.0 + x.norm_squared());
        let cost = self.with(x, |at| at.map_or_else(penalty, |at| -at.log_likelihood * d));
        self.keep(x, -cost)?;
        Ok(cost)
    }
}

impl ArgminGradient for &Cost<'_> {
    type Param = DVector<f64>;
    type Gradient = DVector<f64>;

    fn gradient(&self, x: &DVector<f64>) -> std::result::Result<DVector<f64>, ArgminError> {
        let penalty = || x * (2.0 * PENALTY);
        Ok(self.with(x, |at| {
            at.map_or_else(penalty, |at| {
                -DVector::from_column_slice(at.gradient.as_slice())
            })
        }))
    }
}
