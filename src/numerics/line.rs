//! A straight line through points with errors.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// `y = intercept + slope·x` by weighted least squares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    /// Its slope.
    pub slope: f64,
    /// Standard error of the slope, from those of the points.
    pub slope_error: f64,
    /// Its value at 0.
    pub intercept: f64,
    /// Standard error of that.
    pub intercept_error: f64,
    /// Probability of points at least so far off a true line; `None` for two points.
    pub fit: Option<f64>,
}

impl Line {
    /// Through points `(x, y, standard error of y)`; `None` for fewer than two different `x`, or an
    /// error that is not positive.
    pub fn through(points: &[(f64, f64, f64)]) -> Option<Self> {
        if points
            .iter()
            .any(|(_, _, error)| error.is_nan() || *error <= 0.0)
        {
            return None;
        }
        let weight = |error: f64| error.powi(-2);
        let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
            points
                .iter()
                .map(|(x, y, error)| weight(*error) * of(*x, *y))
                .sum()
        };
        let total = sum(&|_, _| 1.0);
        let (x, y) = (sum(&|x, _| x) / total, sum(&|_, y| y) / total);
        let squares = sum(&|at, _| (at - x).powi(2));
        // Of equal x the squares are those of rounding.
        let apart = |at: f64| (at - points[0].0).abs() > 1e-9 * at.abs();
        if squares.is_nan() || !points.iter().any(|(at, _, _)| apart(*at)) {
            return None;
        }
        let slope = sum(&|at, of| (at - x) * (of - y)) / squares;
        let off = sum(&|at, of| (of - y - slope * (at - x)).powi(2));
        let law = ChiSquared::new(points.len() as f64 - 2.0).ok();
        Some(Self {
            fit: law.map(|law| law.sf(off)),
            slope,
            slope_error: squares.sqrt().recip(),
            intercept: y - slope * x,
            intercept_error: (total.recip() + x * x / squares).sqrt(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: the closed form for two points, and sums by hand for three.
    #[test]
    fn slopes() {
        let line = Line::through(&[(1.0, 2.0, 0.1), (3.0, 8.0, 0.2)]).unwrap();
        assert!((line.slope - 3.0).abs() < 1e-14 && (line.intercept + 1.0).abs() < 1e-13);
        assert!((line.slope_error - 0.1f64.hypot(0.2) / 2.0).abs() < 1e-15);
        // −1 = 1.5·2 − 0.5·8.
        assert!((line.intercept_error - 0.15f64.hypot(0.1)).abs() < 1e-15);
        let line = Line::through(&[(0.0, 0.0, 1.0), (1.0, 1.0, 1.0), (2.0, 5.0, 0.5)]).unwrap();
        // Weights 1, 1, 4: x̄ = 1.5, ȳ = 3.5, Sxy = 9.5, Sxx = 3.5 by hand.
        assert!((line.slope - 9.5 / 3.5).abs() < 1e-14, "{line:?}");
        // Syy = 0 + 1 + 4·25 − 6·3.5² = 27.5, and χ² = Syy − Sxy²/Sxx.
        let off = 27.5 - 9.5 * 9.5 / 3.5;
        let law = ChiSquared::new(1.0).unwrap();
        assert!((line.fit.unwrap() - law.sf(off)).abs() < 1e-12, "{line:?}");
        assert_eq!(Line::through(&[(1.0, 2.0, 0.1), (1.0, 3.0, 0.1)]), None);
        assert_eq!(Line::through(&[(1.0, 2.0, 0.1), (2.0, 3.0, 0.0)]), None);
        // One place, whose mean is rounded.
        let place = 11f64.powf(-2.0 / 3.0);
        for count in 1..5 {
            let points = vec![(place, 2.0, 0.1); count];
            assert_eq!(Line::through(&points), None);
        }
    }
}
