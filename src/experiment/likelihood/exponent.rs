//! The power of `d` with which the objectives approach each other.

use super::LikelihoodAtSize;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Coefficients below this part of the largest are rounding.
const ROUNDING: f64 = 1e-12;

/// A fitted power.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exponent {
    /// The power.
    pub value: f64,
    /// Its standard error, from those of the means.
    pub standard_error: f64,
    /// The same fit to `c_0 √d + c_1` of infinitely many rows.
    pub predicted: Option<f64>,
    /// The power for `d → ∞`: that of the first term of infinitely many rows that is not 0; null
    /// where they are not known.
    pub limit: Option<f64>,
}

impl Exponent {
    /// The slope of `ln(|mean|/d)` against `ln d` by least squares.
    pub(super) fn of(sizes: &[LikelihoodAtSize], coefficients: Option<&[f64; 4]>) -> Option<Self> {
        let measured: Vec<f64> = sizes.iter().map(|row| row.difference.mean).collect();
        let errors = sizes.iter().map(|row| row.difference.standard_error);
        let errors: Vec<f64> = errors.collect::<Option<_>>()?;
        let mut pairs = measured.iter().zip(&errors);
        let are_known = pairs.all(|(mean, error)| mean.abs() > 3.0 * error);
        let logarithms: Vec<f64> = sizes.iter().map(|row| (row.d as f64).ln()).collect();
        let slopes = slope_weights(&logarithms).filter(|_| are_known)?;
        let power = |values: &[f64]| {
            let sign = values.first()?.signum();
            let terms = values.iter().zip(&logarithms).zip(&slopes);
            let terms = terms.map(|((value, log), weight)| {
                (sign * value > 0.0).then(|| weight * ((sign * value).ln() - log))
            });
            terms.sum::<Option<f64>>()
        };
        let predicted: Option<Vec<f64>> = sizes.iter().map(|row| row.predicted).collect();
        let parts = measured.iter().zip(&errors).zip(&slopes);
        let parts = parts.map(|((mean, error), weight)| (weight * error / mean).powi(2));
        let standard_error = parts.sum::<f64>().sqrt();
        Some(Self {
            value: power(&measured)?,
            standard_error,
            predicted: predicted.and_then(|values| power(&values)),
            limit: coefficients.and_then(|all| {
                let largest = all.iter().fold(0.0, |most: f64, c| most.max(c.abs()));
                let first = all.iter().position(|c| c.abs() > ROUNDING * largest)?;
                Some(-0.5 * (first + 1) as f64)
            }),
        })
    }

    /// In words.
    pub(crate) fn words(&self) -> String {
        let predicted = self.predicted;
        let predicted =
            predicted.map_or_else(String::new, |power| format!(", {power:.3} in theory"));
        let limit = self.limit;
        let limit = limit.map_or_else(String::new, |limit| format!(", {limit} for d → ∞"));
        format!(
            "d^({:.3} ± {:.3}) over these sizes{predicted}{limit}",
            self.value, self.standard_error
        )
    }
}

/// Weights whose products with ordinates add up to the slope of least squares; nothing where the
/// abscissas are one.
fn slope_weights(abscissas: &[f64]) -> Option<Vec<f64>> {
    let centre = abscissas.iter().sum::<f64>() / abscissas.len() as f64;
    let squares: f64 = abscissas.iter().map(|x| (x - centre).powi(2)).sum();
    (squares > 0.0).then(|| abscissas.iter().map(|x| (x - centre) / squares).collect())
}
