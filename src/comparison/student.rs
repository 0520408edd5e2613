//! Student's law of a deviation in standard errors.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// 0.9 quantile of the standard normal law: a noticeable difference is noticed nine times out of
/// ten.
const NINE_OF_TEN: f64 = 1.281_551_565_544_6;

/// Two-sided probability of a deviation at least this large; `None` without degrees of freedom.
pub(crate) fn two_sided(deviation: f64, freedom: f64) -> Option<f64> {
    Some(2.0 * above(deviation.abs(), freedom)?)
}

/// Probability of a deviation above this one; `None` without degrees of freedom.
pub(crate) fn above(deviation: f64, freedom: f64) -> Option<f64> {
    let law = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(law.sf(deviation))
}

/// Largest deviation that has a two-sided p-value of at least `level`.
pub(crate) fn limit(level: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |law| -law.inverse_cdf(0.5 * level))
}

/// The difference that a test with the limit `c` notices with probability 0.9, taking the standard
/// error `s` at its face value: with `ν` degrees of freedom
///
/// `s [c (1 − 1/(4ν)) + z_0.9 √(1 + c²/(2ν))]`,
///
/// the normal approximation of `P(z + δ > c χ_ν/√ν) = 0.9` by the mean and the variance of
/// `χ_ν/√ν`.
pub(crate) fn noticeable(standard_error: f64, limit: f64, freedom: f64) -> f64 {
    let spread = (1.0 + limit * limit / (2.0 * freedom)).sqrt();
    let mean = limit * (1.0 - 0.25 / freedom);
    standard_error * (mean + NINE_OF_TEN * spread)
}
