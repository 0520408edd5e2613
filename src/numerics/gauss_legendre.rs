//! Gauss–Legendre quadrature on panels.

use std::sync::LazyLock;

/// Points of one panel: exact for polynomials of degree 31.
const POINTS: usize = 16;

/// Nodes and weights for `∫ φ(x) density(x) dx` over the panels between consecutive ends.
pub fn panels(ends: &[f64], density: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    static RULE: LazyLock<[(f64, f64); POINTS]> = LazyLock::new(rule);
    let mut nodes = Vec::with_capacity(POINTS * ends.len());
    for pair in ends.windows(2) {
        let (centre, half) = (0.5 * (pair[0] + pair[1]), 0.5 * (pair[1] - pair[0]));
        for (x, weight) in *RULE {
            let at = centre + half * x;
            nodes.push((at, half * weight * density(at)));
        }
    }
    nodes
}

/// Nodes (roots of the Legendre polynomial, by Newton's method from Chebyshev's guess) and weights
/// on [−1, 1].
fn rule() -> [(f64, f64); POINTS] {
    let degree = POINTS as f64;
    std::array::from_fn(|index| {
        let mut x = -(std::f64::consts::PI * (index as f64 + 0.75) / (degree + 0.5)).cos();
        for _ in 0..8 {
            let (value, slope) = legendre(x);
            x -= value / slope;
        }
        let slope = legendre(x).1;
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    })
}

/// The Legendre polynomial of degree [`POINTS`] and its derivative.
fn legendre(x: f64) -> (f64, f64) {
    let (mut previous, mut value) = (1.0, x);
    for degree in 2..=POINTS {
        let n = degree as f64;
        (previous, value) = (
            value,
            ((2.0 * n - 1.0) * x * value - (n - 1.0) * previous) / n,
        );
    }
    let slope = POINTS as f64 * (x * value - previous) / (x * x - 1.0);
    (value, slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrates_polynomials_and_exponentials() {
        let nodes = panels(&[0.0, 1.0, 3.0], |_| 1.0);
        let integral = |f: &dyn Fn(f64) -> f64| nodes.iter().map(|(x, w)| w * f(*x)).sum::<f64>();
        assert!((integral(&|x| x.powi(20)) / (3f64.powi(21) / 21.0) - 1.0).abs() < 1e-14);
        assert!((integral(&f64::exp) - (3f64.exp() - 1.0)).abs() < 1e-13);
        assert!((integral(&|_| 1.0) - 3.0).abs() < 1e-14);
    }
}
