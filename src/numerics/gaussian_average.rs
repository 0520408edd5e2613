//! One-dimensional Gaussian averages by the double-exponential rule of the `quadrature` crate, with
//! its pitfalls guarded.
//!
//! The crate serves finite intervals, does not subdivide, and can miss a narrow peak altogether
//! (with a tiny error estimate). So the interval is short, split where the integrand bends, and the
//! normal density itself is integrated over the same pieces: they must add up to 1.

use quadrature::integrate;

/// Half-width of the interval in standard deviations; the dropped tails weigh 2e-19.
const REACH: f64 = 9.0;

/// Absolute error asked for on each piece.
const TARGET: f64 = 1e-14;

/// Largest error, of the estimate and of the normalisation, that is accepted.
const ACCEPTED: f64 = 1e-11;

/// `E φ(z)` over a standard normal `z`, the interval split at the given points; `None` where the
/// error estimate or the normalisation over the same pieces is off by more than 1e-11.
pub fn gaussian_average(function: impl Fn(f64) -> f64, splits: &[f64]) -> Option<f64> {
    let mut ends: Vec<f64> = splits
        .iter()
        .copied()
        .filter(|split| split.abs() < REACH)
        .collect();
    ends.extend([-REACH, 0.0, REACH]);
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    let (mut average, mut mass, mut error) = (0.0, 0.0, 0.0);
    for piece in ends.windows(2) {
        let weighted = integrate(|z| density(z) * function(z), piece[0], piece[1], TARGET);
        average += weighted.integral;
        error += weighted.error_estimate;
        mass += integrate(density, piece[0], piece[1], TARGET).integral;
    }
    let sound = error <= ACCEPTED * average.abs().max(1.0) && (mass - 1.0).abs() <= ACCEPTED;
    (sound && average.is_finite()).then_some(average)
}

fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_averages() {
        let close = |value: Option<f64>, expected: f64| {
            let value = value.expect("sound");
            assert!((value - expected).abs() < 1e-11, "{value} {expected}");
        };
        close(gaussian_average(|z| z.powi(4), &[]), 3.0);
        close(gaussian_average(|z| (2.0 * z).cos(), &[]), (-2f64).exp());
        // E sign(z − 1) = 1 − 2Φ(1), a jump that is split at.
        let jump = gaussian_average(|z| if z < 1.0 { -1.0 } else { 1.0 }, &[1.0]);
        close(jump, -0.682_689_492_137_085_9);
    }

    #[test]
    fn a_missed_jump_is_refused() {
        assert!(gaussian_average(|z| if z < 1.0 { -1.0 } else { 1.0 }, &[]).is_none());
    }
}
