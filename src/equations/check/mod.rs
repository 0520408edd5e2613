//! Checks of a definition: everything that is derived from it symbolically is compared with numbers
//! obtained otherwise.

mod line;
mod potential;
mod prior;
mod tilted;

use crate::definitions::Definition;
use crate::error::Result;

/// Largest deviation of derivatives, relative to `1 + |value|`.
const DERIVATIVE_LIMIT: f64 = 1e-9;

/// Result of one check.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Check {
    /// Name of the definition.
    pub definition: String,
    /// What was compared.
    pub name: &'static str,
    /// Largest deviation.
    pub measured: f64,
    /// Largest deviation that is accepted.
    pub limit: f64,
    /// What to know beside it.
    pub detail: String,
}

impl Check {
    /// Whether the deviation is a number and within the limit.
    pub fn passed(&self) -> bool {
        self.measured <= self.limit
    }
}

/// All checks of a definition. A prior that cannot be hidden units (its generating function is not
/// finite everywhere) is checked where it is finite, which is said in the detail.
///
/// # Errors
/// A definition that cannot be evaluated at all: coupling terms that do not fit, bad settings.
pub fn check(definition: &Definition) -> Result<Vec<Check>> {
    match definition {
        Definition::Prior(prior) => Ok(prior::check(prior)),
        Definition::Potential(potential) => potential::check(potential),
    }
}

/// Tenth-order central difference.
fn difference(function: impl Fn(f64) -> f64, t: f64, reach: f64) -> f64 {
    let h = 0.02f64.min(0.002 * reach);
    let weights = [
        5.0 / 6.0,
        -5.0 / 21.0,
        5.0 / 84.0,
        -5.0 / 504.0,
        1.0 / 1260.0,
    ];
    let pair = |(index, weight): (usize, f64)| {
        let step = h * (index + 1) as f64;
        weight * (function(t + step) - function(t - step))
    };
    weights.into_iter().enumerate().map(pair).sum::<f64>() / h
}

fn relative(value: f64, expected: f64) -> f64 {
    (value - expected).abs() / (1.0 + expected.abs())
}

/// Maximum that keeps a NaN.
fn nan_max(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        a.max(b)
    }
}
