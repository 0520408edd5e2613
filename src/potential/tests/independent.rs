//! Averages and functions of these tests' own, to compare the library with.

use std::f64::consts::{PI, SQRT_2};

/// `E φ(z)`, `z` standard normal: trapezoid rule with spacing 1/1000.
pub fn normal_average(integrand: impl Fn(f64) -> f64) -> f64 {
    let (last, spacing) = (10_000i32, 1e-3);
    let weighted = |index: i32| {
        let z = spacing * f64::from(index);
        (-0.5 * z * z).exp() * integrand(z)
    };
    (-last..=last).map(weighted).sum::<f64>() * spacing / (2.0 * PI).sqrt()
}

/// `ln 2cosh x`.
pub fn ln_2cosh(x: f64) -> f64 {
    x.abs() + (-2.0 * x.abs()).exp().ln_1p()
}

/// `φ(y)/Φ(y)`, where `Φ(y)` is small by its continued fraction.
pub fn inverse_mills(y: f64) -> f64 {
    if y > -5.0 {
        return (-0.5 * y * y).exp() * (2.0 / PI).sqrt() / libm::erfc(-y / SQRT_2);
    }
    let fraction = |tail: f64, step: u32| f64::from(step) / (-y + tail);
    -y + (1..=80).rev().fold(0.0, fraction)
}

/// `ln Φ(y)`.
pub fn ln_normal_cdf(y: f64) -> f64 {
    match y > -5.0 {
        true => (0.5 * libm::erfc(-y / SQRT_2)).ln(),
        false => -0.5 * y * y - (inverse_mills(y) * (2.0 * PI).sqrt()).ln(),
    }
}

/// Value at `x = 0` of the polynomial through the points `(x, y)` (Neville).
pub fn extrapolated(points: &[(f64, f64)]) -> f64 {
    let mut values: Vec<f64> = points.iter().map(|(_, y)| *y).collect();
    for order in 1..points.len() {
        for index in 0..points.len() - order {
            let (left, right) = (points[index].0, points[index + order].0);
            values[index] = (left * values[index + 1] - right * values[index]) / (left - right);
        }
    }
    values[0]
}
