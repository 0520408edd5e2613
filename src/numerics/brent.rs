//! Bracketed scalar roots by argmin's Brent solver, with the residual checked afterwards.

use argmin::core::{CostFunction, Error as ArgminError, Executor, State};
use argmin::solver::brent::BrentRoot;
use std::cell::Cell;

/// Why a scalar root was not found.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BrentFailure {
    /// The function has the same sign (or is not finite) at both ends.
    #[error("no sign change between f({lower}) = {at_lower} and f({upper}) = {at_upper}")]
    NoSignChange {
        /// Lower end of the bracket.
        lower: f64,
        /// Value there.
        at_lower: f64,
        /// Upper end of the bracket.
        upper: f64,
        /// Value there.
        at_upper: f64,
    },
    /// The solver stopped at a point that is no root: a jump, a pole or a NaN.
    #[error("stopped at x = {at}, where f = {residual} is no root (a jump or a pole)")]
    NotARoot {
        /// Where it stopped.
        at: f64,
        /// The value there.
        residual: f64,
    },
}

struct Scalar<F>(F);

impl<F: Fn(f64) -> f64> CostFunction for Scalar<F> {
    type Param = f64;
    type Output = f64;

    fn cost(&self, x: &f64) -> Result<f64, ArgminError> {
        let value = (self.0)(*x);
        if value.is_nan() {
            return Err(ArgminError::msg("not a number"));
        }
        Ok(value)
    }
}

/// Root of `function` in the bracket `[lower, upper]`, located to about `tolerance` in `x` and
/// accepted only if `|function| ≤ residual_tolerance` there.
///
/// # Errors
/// [`BrentFailure`] where the bracket holds no sign change or the point found is no root: argmin's own
/// `SolverConverged` is not taken as proof, since Brent's method also settles on jumps.
pub fn bracketed_root(
    function: impl Fn(f64) -> f64,
    lower: f64,
    upper: f64,
    tolerance: f64,
    residual_tolerance: f64,
) -> Result<f64, BrentFailure> {
    let (at_lower, at_upper) = (function(lower), function(upper));
    let opposite = at_lower.is_finite() && at_upper.is_finite() && at_lower * at_upper <= 0.0;
    if !opposite {
        return Err(BrentFailure::NoSignChange {
            lower,
            at_lower,
            upper,
            at_upper,
        });
    }
    for (end, value) in [(lower, at_lower), (upper, at_upper)] {
        if value == 0.0 {
            return Ok(end);
        }
    }
    // argmin's solver goes on from a value of 0, and divides by it.
    let exact = Cell::new(None);
    let noted = |x: f64| {
        let value = function(x);
        if value == 0.0 {
            exact.set(Some(x));
        }
        value
    };
    let solver = BrentRoot::new(lower, upper, tolerance);
    let found = Executor::new(Scalar(noted), solver)
        .configure(|state| state.param(lower).max_iters(200))
        .ctrlc(false)
        .run()
        .ok()
        .and_then(|result| result.state.get_best_param().copied());
    let at = exact.get().or(found).unwrap_or(f64::NAN);
    let residual = function(at);
    if residual.abs() <= residual_tolerance {
        Ok(at)
    } else {
        Err(BrentFailure::NotARoot { at, residual })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_root_and_refuses_jumps_and_missing_brackets() {
        let root = bracketed_root(|x| x * x - 2.0, 0.0, 2.0, 1e-14, 1e-12).expect("bracketed");
        assert!((root - 2f64.sqrt()).abs() < 1e-12);
        // A value of exactly 0 on the way.
        for root in [0.25, 0.5, 0.3, 0.7331] {
            let found = bracketed_root(|x| x - root, 0.0, 1.0, 1e-14, 1e-12).expect("linear");
            assert!((found - root).abs() < 1e-12);
        }
        let jump = bracketed_root(|x| if x < 0.3 { -1.0 } else { 1.0 }, 0.0, 1.0, 1e-14, 1e-9);
        assert!(matches!(jump, Err(BrentFailure::NotARoot { .. })));
        let none = bracketed_root(|x| x * x + 1.0, -1.0, 1.0, 1e-12, 1e-9);
        assert!(matches!(none, Err(BrentFailure::NoSignChange { .. })));
    }
}
