//! Roots of small systems by argmin's Gauss–Newton method with a backtracking line search, bounded
//! to a domain.
//!
//! The residual function returns `None` outside of its domain; such a trial point has infinite
//! cost, so that the line search pulls the step back inside. What comes back is checked by its own
//! residual, never by argmin's status: for example, plain Gauss–Newton on `atan` reports
//! convergence while it diverges.

use argmin::core::{Error as ArgminError, Executor, Jacobian, Operator};
use argmin::solver::gaussnewton::GaussNewtonLS;
use argmin::solver::linesearch::{BacktrackingLineSearch, condition::LineSearchCondition};
use nalgebra::{DMatrix, DVector};
use std::cell::RefCell;

/// A square system of equations on a domain.
pub trait System {
    /// Residual at `x`, or `None` outside of the domain.
    fn residual(&self, x: &DVector<f64>) -> Option<DVector<f64>>;

    /// Derivative of the residual at `x`; by default forward differences of [`System::residual`].
    fn jacobian(&self, x: &DVector<f64>, at: &DVector<f64>) -> Option<DMatrix<f64>> {
        difference_jacobian(|y| self.residual(y), x, at)
    }
}

/// Tuning of [`find_root`].
#[derive(Debug, Clone, Copy)]
pub struct NewtonSettings {
    /// Norm of the residual at which the search ends.
    pub target: f64,
    /// Largest number of Newton steps.
    pub max_steps: u64,
}

/// Where [`find_root`] stopped: the caller decides by the residual whether this is a root.
#[derive(Debug, Clone)]
pub struct Stop {
    /// The last accepted point.
    pub x: DVector<f64>,
    /// Largest absolute entry of the residual there.
    pub residual: f64,
}

/// Forward-difference Jacobian of `residual` at `x`, where its value is `at`. A step that leaves
/// the domain is taken backwards instead; `None` if both directions leave it.
pub fn difference_jacobian(
    residual: impl Fn(&DVector<f64>) -> Option<DVector<f64>>,
    x: &DVector<f64>,
    at: &DVector<f64>,
) -> Option<DMatrix<f64>> {
    let mut jacobian = DMatrix::zeros(at.len(), x.len());
    let mut shifted = x.clone();
    for column in 0..x.len() {
        let size = 3e-8 * x[column].abs().max(1.0);
        let difference = [size, -size].into_iter().find_map(|step| {
            shifted[column] = x[column] + step;
            residual(&shifted).map(|value| (value - at) / step)
        })?;
        shifted[column] = x[column];
        jacobian.set_column(column, &difference);
    }
    Some(jacobian)
}

/// Remembers the last residual, because argmin asks for it again after each line search, and the
/// point with the smallest one.
struct Problem<'a, S> {
    system: &'a S,
    last: RefCell<Option<(DVector<f64>, DVector<f64>)>>,
    best: RefCell<Option<(DVector<f64>, f64)>>,
}

impl<S: System> Operator for &Problem<'_, S> {
    type Param = DVector<f64>;
    type Output = DVector<f64>;

    fn apply(&self, x: &DVector<f64>) -> Result<DVector<f64>, ArgminError> {
        if let Some((point, value)) = self.last.borrow().as_ref()
            && point == x
        {
            return Ok(value.clone());
        }
        let outside = || DVector::from_element(x.len(), f64::INFINITY);
        let value = self
            .system
            .residual(x)
            .filter(|value| value.iter().all(|entry| entry.is_finite()))
            .unwrap_or_else(outside);
        let size = value.amax();
        let mut best = self.best.borrow_mut();
        if best.as_ref().is_none_or(|(_, known)| size < *known) {
            *best = Some((x.clone(), size));
        }
        *self.last.borrow_mut() = Some((x.clone(), value.clone()));
        Ok(value)
    }
}

impl<S: System> Jacobian for &Problem<'_, S> {
    type Param = DVector<f64>;
    type Jacobian = DMatrix<f64>;

    fn jacobian(&self, x: &DVector<f64>) -> Result<DMatrix<f64>, ArgminError> {
        let at = self.apply(x)?;
        self.system
            .jacobian(x, &at)
            .ok_or_else(|| ArgminError::msg("the Jacobian leaves the domain"))
    }
}

/// Accepts any decrease of the residual norm, and gives up (the step is then negligible) after
/// about twenty halvings: argmin's own conditions backtrack for ever once rounding makes a decrease
/// impossible.
#[derive(Clone)]
struct Decrease;

impl<P, G> LineSearchCondition<P, G, f64> for Decrease {
    fn evaluate_condition(
        &self,
        current_cost: f64,
        _current_gradient: Option<&G>,
        initial_cost: f64,
        _initial_gradient: &G,
        _search_direction: &P,
        step: f64,
    ) -> bool {
        current_cost < (1.0 - 1e-4 * step) * initial_cost || step < 1e-6
    }

    fn requires_current_gradient(&self) -> bool {
        false
    }
}

/// Searches for a root of `system` from `start`. Returns `None` where not even `start` lies in the
/// domain, or where no accepted point does (a singular Jacobian at the first step, for example).
pub fn find_root<S: System>(
    system: &S,
    start: DVector<f64>,
    settings: NewtonSettings,
) -> Option<Stop> {
    let value = system.residual(&start)?;
    let residual = value.amax();
    if !residual.is_finite() || value.iter().any(|entry| !entry.is_finite()) {
        return None;
    }
    let at_start = Stop { x: start, residual };
    if residual <= settings.target {
        return Some(at_start);
    }
    let start = at_start.x.clone();
    let problem = Problem {
        system,
        last: RefCell::new(Some((start.clone(), value))),
        best: RefCell::new(Some((start.clone(), residual))),
    };
    let line_search = BacktrackingLineSearch::new(Decrease).rho(0.5).ok()?;
    let solver = GaussNewtonLS::new(line_search)
        .with_tolerance(f64::MIN_POSITIVE)
        .ok()?;
    let run = Executor::new(&problem, solver)
        .configure(|state| {
            state
                .param(start)
                .max_iters(settings.max_steps)
                .target_cost(settings.target)
        })
        .ctrlc(false)
        .run();
    // How the solver ended is no information: a step may fail (singular Jacobian) after good ones,
    // and "converged" is no proof.
    drop(run);
    let best = problem.best.into_inner();
    Some(best.map_or(at_start, |(x, residual)| Stop { x, residual }))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Atan;
    impl System for Atan {
        fn residual(&self, x: &DVector<f64>) -> Option<DVector<f64>> {
            Some(x.map(f64::atan))
        }
    }

    struct LogCircle;
    impl System for LogCircle {
        fn residual(&self, x: &DVector<f64>) -> Option<DVector<f64>> {
            (x[0] > 0.0)
                .then(|| DVector::from_vec(vec![x[0].ln() + x[1], x[0] * x[0] + x[1] - 1.0]))
        }
    }

    const SETTINGS: NewtonSettings = NewtonSettings {
        target: 1e-13,
        max_steps: 60,
    };

    #[test]
    fn solves_where_undamped_newton_diverges() {
        let stop = find_root(&Atan, DVector::from_vec(vec![3.0]), SETTINGS).expect("in domain");
        assert!(stop.residual < 1e-12 && stop.x[0].abs() < 1e-12);
    }

    #[test]
    fn stays_in_the_domain() {
        let stop =
            find_root(&LogCircle, DVector::from_vec(vec![3.0, -4.0]), SETTINGS).expect("in domain");
        assert!(stop.residual < 1e-12, "{stop:?}");
        assert!(find_root(&LogCircle, DVector::from_vec(vec![-1.0, 0.0]), SETTINGS).is_none());
    }
}
