//! Stationary points of the objective by argmin's L-BFGS with a Moré–Thuente line search.

use super::gradient::Gradient;
use super::instance::Instance;
use super::observation::{Observation, RunEnd};
use crate::model::Model;
use crate::numerics::Matrix;
use argmin::core::{
    CostFunction, Error as ArgminError, Executor, Gradient as ArgminGradient, State,
};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use nalgebra::DVector;
use std::cell::RefCell;

/// Pairs of steps and gradients that L-BFGS remembers.
const MEMORY: usize = 10;

/// Curvature of the penalty that the line search meets outside of the domain of `η2` (Gaussian units need `Q < I`): it turns back
/// there, and the end is judged by the true gradient. An infinite cost would break its interpolation.
const PENALTY: f64 = 1e6;

/// Maximises the objective from `w` until the root-mean-square gradient is below `tolerance`. The end is judged by a gradient
/// that is computed afresh at the final point, not by argmin's status.
pub(super) fn maximise(
    model: &Model,
    instance: &Instance,
    w: Matrix,
    tolerance: f64,
    max_iterations: usize,
) -> (Matrix, Vec<Observation>, RunEnd) {
    let mut observations = vec![Observation::of(&instance.w_star, &w)];
    let (d, k) = w.shape();
    let problem = Problem {
        model,
        instance,
        last: RefCell::new(None),
    };
    let start = DVector::from_column_slice(w.as_slice());
    let target = 0.5 * tolerance * ((d * k) as f64).sqrt();
    let search = MoreThuenteLineSearch::new();
    let run = LBFGS::new(search, MEMORY)
        .with_tolerance_grad(target)
        .and_then(|solver| solver.with_tolerance_cost(0.0))
        .and_then(|solver| {
            Executor::new(&problem, solver)
                .configure(|state| state.param(start).max_iters(max_iterations as u64))
                .ctrlc(false)
                .run()
        });
    // A line search may fail at rounding level: the last point is judged by its own gradient below.
    let found = match run {
        Ok(result) => result.state.get_best_param().cloned(),
        Err(_) => problem
            .last
            .borrow()
            .as_ref()
            .map(|(point, _)| point.clone()),
    };
    let w = found.map_or(w, |x| Matrix::from_column_slice(d, k, x.as_slice()));
    observations.push(Observation::of(&instance.w_star, &w));
    let end = match Gradient::at(model, instance, &w) {
        None => RunEnd::LeftDomain("Q = W^T W/d left the domain of η2".into()),
        Some(at) if at.rms() <= tolerance => RunEnd::Converged { residual: at.rms() },
        Some(at) if at.rms().is_finite() => RunEnd::OutOfIterations { residual: at.rms() },
        Some(_) => RunEnd::NotFinite,
    };
    (w, observations, end)
}

/// `−L(W)`, extensive, so that its curvature is O(1). The last evaluation is kept, because the line search asks for cost and
/// gradient of the same point one after the other, and both come from one pass.
struct Problem<'a> {
    model: &'a Model,
    instance: &'a Instance,
    last: RefCell<Option<(DVector<f64>, Option<Gradient>)>>,
}

impl Problem<'_> {
    fn with<T>(&self, x: &DVector<f64>, read: impl FnOnce(Option<&Gradient>) -> T) -> T {
        let known = matches!(self.last.borrow().as_ref(), Some((point, _)) if point == x);
        if !known {
            let w =
                Matrix::from_column_slice(self.instance.size().d, self.model.units(), x.as_slice());
            let at = Gradient::at(self.model, self.instance, &w);
            *self.last.borrow_mut() = Some((x.clone(), at));
        }
        read(self.last.borrow().as_ref().and_then(|(_, at)| at.as_ref()))
    }
}

impl CostFunction for &Problem<'_> {
    type Param = DVector<f64>;
    type Output = f64;

    fn cost(&self, x: &DVector<f64>) -> Result<f64, ArgminError> {
        let d = self.instance.size().d as f64;
        let penalty = || PENALTY * (1.0 + x.norm_squared());
        Ok(self.with(x, |at| at.map_or_else(penalty, |at| -at.log_likelihood * d)))
    }
}

impl ArgminGradient for &Problem<'_> {
    type Param = DVector<f64>;
    type Gradient = DVector<f64>;

    fn gradient(&self, x: &DVector<f64>) -> Result<DVector<f64>, ArgminError> {
        let penalty = || x * (2.0 * PENALTY);
        Ok(self.with(x, |at| {
            at.map_or_else(penalty, |at| {
                -DVector::from_column_slice(at.gradient.as_slice())
            })
        }))
    }
}
