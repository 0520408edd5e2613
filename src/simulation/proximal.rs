//! The proximal step of AMP-RBM on one row: solve `ω = z − V f(z)` for `z` (theory.md section 2).

use crate::hidden::HiddenUnits;
use crate::law::Response;
use crate::numerics::small_inverse::inverse_and_determinant;
use nalgebra::{SMatrix, SVector};

/// Residual, relative to `1 + |ω|`, at which the step counts as solved.
const TOLERANCE: f64 = 1e-13;

/// Solution of one row's proximal step.
pub(super) struct Solved<const K: usize> {
    /// `z`, where the denoiser is evaluated.
    pub z: SVector<f64, K>,
    /// `g(ω) = f(z)`.
    pub g: SVector<f64, K>,
    /// `∂g/∂ω = D (I − V D)^{-1}`.
    pub dg: SMatrix<f64, K, K>,
}

/// Newton's method with backtracking from `start`. The map is a bijection while `I − V D` is
/// positive for all `z`, so that a residual that no longer falls is at rounding level; `None` where
/// the method does not get there.
#[inline]
pub(super) fn proximal<const K: usize>(
    hidden: &HiddenUnits,
    v: &SMatrix<f64, K, K>,
    omega: &SVector<f64, K>,
    start: SVector<f64, K>,
) -> Option<Solved<K>> {
    let identity = SMatrix::<f64, K, K>::identity();
    let tolerance = TOLERANCE * (1.0 + omega.amax());
    let residual = |z: &SVector<f64, K>, response: &Response<K>| z - v * response.mean - omega;
    let mut z = start;
    let mut response = hidden.response(&z);
    let mut error = residual(&z, &response);
    for _ in 0..100 {
        let (inverse, _) = inverse_and_determinant(&(identity - v * response.covariance))?;
        let size = error.amax();
        if size <= tolerance {
            return Some(Solved {
                z,
                g: response.mean,
                dg: response.covariance * inverse,
            });
        }
        if !size.is_finite() {
            return None;
        }
        let mut step = inverse * error;
        loop {
            let trial = z - step;
            let at_trial = hidden.response(&trial);
            let trial_error = residual(&trial, &at_trial);
            if trial_error.amax() < size {
                (z, response, error) = (trial, at_trial, trial_error);
                break;
            }
            step *= 0.5;
            if step.amax() < 1e-16 * (1.0 + z.amax()) {
                return None;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::Law;
    use nalgebra::{Matrix2, Vector2};

    #[test]
    fn solves_from_bad_starts_and_near_the_edge() {
        let hidden = HiddenUnits::new(Law::rademacher(), 2, &[]).expect("valid units");
        let v = Matrix2::new(0.9, 0.09, 0.09, 0.8);
        for omega in [
            Vector2::new(0.0, 0.0),
            Vector2::new(1e-3, -3.0),
            Vector2::new(30.0, 0.2),
        ] {
            for start in [omega, Vector2::new(-9.0, 9.0)] {
                let solved = proximal(&hidden, &v, &omega, start).expect("solvable");
                let back = solved.z - v * solved.g;
                assert!((back - omega).amax() < 1e-12 * (1.0 + omega.amax()));
            }
        }
    }

    #[test]
    fn derivative_matches_differences() {
        let hidden = HiddenUnits::new(Law::rademacher(), 2, &[0.2, -0.1]).expect("valid units");
        let v = Matrix2::new(0.6, 0.1, 0.1, 0.5);
        let omega = Vector2::new(0.4, -0.7);
        let at = |omega: Vector2<f64>| proximal(&hidden, &v, &omega, omega).expect("solvable");
        let step = 1e-5;
        for axis in 0..2 {
            let mut shift = Vector2::zeros();
            shift[axis] = step;
            let difference = (at(omega + shift).g - at(omega - shift).g) / (2.0 * step);
            assert!((difference - at(omega).dg.column(axis)).amax() < 1e-9);
        }
    }
}
