//! Parts of a study that several kinds share: grids of values, simulations of a cell.

use crate::error::{Error, Result};
use crate::simulation::Algorithm;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One simulation of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RunSpec {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Name of the start [default: random].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Largest number of iterations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<usize>,
    /// Random starts of each instance, of which the best is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarts: Option<usize>,
    /// Tolerance of a converged run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_tolerance: Option<f64>,
}

impl RunSpec {
    /// Name in the column `source`: the algorithm, and the start where it is given.
    pub fn source(&self) -> String {
        let name = self.algorithm.name();
        self.start
            .as_ref()
            .map_or_else(|| name.to_owned(), |start| format!("{name}-{start}"))
    }
}

/// Equally spaced values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// First value.
    pub from: f64,
    /// Last value.
    pub to: f64,
    /// Number of values, at least 2.
    pub points: usize,
}

impl Grid {
    /// The values.
    ///
    /// # Errors
    /// A reversed or empty range, or ends that are not finite and positive.
    pub fn values(&self, field: &str) -> Result<Vec<f64>> {
        crate::error::require_positive(field, self.from)?;
        crate::error::require_positive(field, self.to)?;
        self.values_of_any_sign(field)
    }

    /// The values, where 0 and negative ones are possible.
    ///
    /// # Errors
    /// A reversed or empty range, ends that are not finite, or values closer than the nine decimal places that tables show.
    pub fn values_of_any_sign(&self, field: &str) -> Result<Vec<f64>> {
        for end in [self.from, self.to] {
            if !end.is_finite() || end.abs() > 1e6 {
                return Err(Error::invalid(field, end, "must be finite, at most 1e6"));
            }
        }
        if self.to <= self.from || !(2..=100_000).contains(&self.points) {
            let got = format!("{} to {} in {} points", self.from, self.to, self.points);
            let allowed = "must rise from a first to a last value in 2 to 100000 points";
            return Err(Error::invalid(field, got, allowed));
        }
        let step = (self.to - self.from) / (self.points - 1) as f64;
        // Rounded to nine digits, so that tables show 1.05 and not 1.0500000000000003.
        let value = |index: usize| ((self.from + step * index as f64) * 1e9).round() / 1e9;
        let values: Vec<f64> = (0..self.points).map(value).collect();
        if values.windows(2).any(|pair| pair[1] <= pair[0]) {
            let got = format!("{} to {} in {} points", self.from, self.to, self.points);
            let allowed = "has values closer than 1e-9: take fewer points or a wider range";
            return Err(Error::invalid(field, got, allowed));
        }
        Ok(values)
    }
}
