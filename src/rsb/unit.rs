//! One hidden unit as scalar functions, and the fields that its global maximum leaves out.

use crate::hidden::HiddenUnits;
use crate::numerics::Matrix;
use nalgebra::SVector;

/// A single bounded hidden unit: `η1` with its derivatives, and `η2` (theory.md section 1).
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit<'a> {
    hidden: &'a HiddenUnits,
    /// `sup |η1'|`.
    pub slope_bound: f64,
    /// `sup η1''`.
    pub curvature_bound: f64,
}

impl<'a> Unit<'a> {
    /// The unit; `None` where there are several, or where the posterior mean is not bounded.
    pub fn new(hidden: &'a HiddenUnits) -> Option<Self> {
        let bound = hidden.mean_bound()?;
        let &[slope_bound] = bound.as_slice() else {
            return None;
        };
        Some(Self {
            hidden,
            slope_bound,
            curvature_bound: hidden.covariance_bound(),
        })
    }

    /// `η1(z)`.
    pub fn log_mgf(self, z: f64) -> f64 {
        self.hidden.log_mgf(&SVector::<f64, 1>::new(z))
    }

    /// `(η1'(z), η1''(z))`.
    pub fn response(self, z: f64) -> (f64, f64) {
        let response = self.hidden.response(&SVector::<f64, 1>::new(z));
        (response.mean[0], response.covariance[(0, 0)])
    }

    /// `(η2(Q), η2'(Q))`; `None` outside of its domain.
    pub fn regulariser(self, q: f64) -> Option<(f64, f64)> {
        let pair = self.hidden.pair_function(&Matrix::from_element(1, 1, q))?;
        Some((pair.log_norm(), 0.5 * pair.second_moment()[(0, 0)]))
    }

    /// Whether `η1` is even.
    pub fn is_even(self) -> bool {
        self.hidden.is_odd()
    }

    /// Intervals of `z`, in increasing order, that no field selects: across them the global maximum
    /// of `η1(z) − (z − h)²/(2V)` jumps. They are where `g(z) = z²/2 − V η1(z)` lies above its
    /// convex hull; `z` within `±reach`. For units ±1 this is `|z| < z_+ = V tanh z_+`.
    pub fn gaps(self, v: f64, reach: f64) -> Vec<[f64; 2]> {
        const SPACING: f64 = 0.02;
        if v * self.curvature_bound <= 1.0 {
            return Vec::new();
        }
        let half = (reach / SPACING).ceil() as i64;
        let mut hull: Vec<(i64, f64)> = Vec::new();
        for index in -half..=half {
            let z = SPACING * index as f64;
            let point = (index, 0.5 * z * z - v * self.log_mgf(z));
            // The slope of a lower hull increases.
            while let [.., first, second] = hull.as_slice() {
                let before = (second.1 - first.1) * (point.0 - second.0) as f64;
                let after = (point.1 - second.1) * (second.0 - first.0) as f64;
                if before < after {
                    break;
                }
                hull.pop();
            }
            hull.push(point);
        }
        let skipped = hull.windows(2).filter(|pair| pair[1].0 - pair[0].0 > 1);
        let ends = skipped.map(|pair| [pair[0].0, pair[1].0].map(|at| SPACING * at as f64));
        ends.map(|ends| self.common_tangent(v, ends)).collect()
    }

    /// The points near `ends` at which one line touches `g(z) = z²/2 − V η1(z)`, by Newton's method
    /// on `g'(a) = g'(b)` and `g(b) − g(a) = (g'(a) + g'(b))(b − a)/2`.
    fn common_tangent(self, v: f64, [mut low, mut high]: [f64; 2]) -> [f64; 2] {
        for _ in 0..30 {
            let ((f_low, d_low), (f_high, d_high)) = (self.response(low), self.response(high));
            let [h_low, h_high] = [low - v * f_low, high - v * f_high];
            let [s_low, s_high] = [1.0 - v * d_low, 1.0 - v * d_high];
            let width = high - low;
            let rise = 0.5 * (high + low) * width - v * (self.log_mgf(high) - self.log_mgf(low));
            let first = h_low - h_high;
            let second = rise - 0.5 * (h_low + h_high) * width;
            let by_low = 0.5 * (h_high - h_low) - 0.5 * s_low * width;
            let by_high = 0.5 * (h_high - h_low) - 0.5 * s_high * width;
            let determinant = s_low * by_high + s_high * by_low;
            let step_low = (first * by_high + s_high * second) / determinant;
            let step_high = (s_low * second - by_low * first) / determinant;
            if !(step_low.is_finite() && step_high.is_finite()) {
                break;
            }
            low -= step_low;
            high -= step_high;
            if step_low.abs().max(step_high.abs()) < 1e-15 * (1.0 + width) {
                break;
            }
        }
        [low, high]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::{Law, ScalarAtoms};

    #[test]
    fn signs_have_one_gap_around_zero() {
        let hidden = HiddenUnits::new(Law::rademacher(), 1, &[]).expect("valid");
        let unit = Unit::new(&hidden).expect("one bounded unit");
        assert!(unit.gaps(0.99, 10.0).is_empty());
        for v in [1.01, 1.3, 3.0] {
            let gaps = unit.gaps(v, 20.0);
            let [[low, high]] = gaps.as_slice() else {
                panic!("{v}: {gaps:?}")
            };
            assert!((low + high).abs() < 1e-13);
            assert!((high - v * high.tanh()).abs() < 1e-12, "{v}: {high}");
        }
    }

    /// Mostly zero units jump away from zero: two gaps, of equal areas (Maxwell), then none is
    /// selected between them by any field.
    #[test]
    fn sparse_units_jump_twice() {
        let law = ScalarAtoms::new(&[-2.0, 0.0, 2.0], &[0.02, 0.96, 0.02]).expect("valid");
        let hidden = HiddenUnits::new(Law::Separable(law), 1, &[]).expect("valid");
        let unit = Unit::new(&hidden).expect("one bounded unit");
        let v = 1.2;
        assert!(v * unit.curvature_bound > 1.0);
        let gaps = unit.gaps(v, 20.0);
        assert_eq!(gaps.len(), 2, "{gaps:?}");
        // By brute force: the maximiser on a fine grid never lies inside of a gap.
        for field in (-300..=300).map(|at| 0.01 * f64::from(at)) {
            let energy = |z: f64| unit.log_mgf(z) - (z - field).powi(2) / (2.0 * v);
            let grid = (-4000..=4000).map(|at| 0.002 * f64::from(at));
            let best = grid
                .max_by(|a, b| energy(*a).total_cmp(&energy(*b)))
                .expect("points");
            let inside = |gap: &[f64; 2]| best > gap[0] + 0.003 && best < gap[1] - 0.003;
            assert!(!gaps.iter().any(inside), "{field}: {best} {gaps:?}");
        }
    }
}
