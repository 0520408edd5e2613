//! One compared number.

use super::student;
use crate::ensemble::{Adjustment, Estimate, Regression};
use crate::numerics::Matrix;
use crate::numerics::nullable;
use crate::quantity::{Observable, Quantity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Differences below this, relative to the number itself (at least 1), are rounding.
const ROUNDING: f64 = 1e-12;

/// One compared number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// Iteration, or `None` for the end of the runs.
    pub iteration: Option<usize>,
    /// What it is.
    pub quantity: Observable,
    /// Prediction for `d → ∞`.
    pub theory: f64,
    /// Its standard error, where it was sampled.
    pub theory_error: Option<f64>,
    /// Mean and standard error of the simulation.
    pub simulation: Estimate,
    /// `(simulation − theory)` in standard errors, combined where both have one.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub deviation: f64,
    /// Two-sided probability of a deviation at least this large under Student's law.
    pub p_value: f64,
    /// Its degrees of freedom: one less than instances (less one for each control variate), or
    /// Welch's number of them where theory has a standard error too.
    pub freedom: f64,
    /// What a large difference would be: 1 for `ζ`, `√Q_bb` for `M`, `√(Q_aa Q_bb)` for `Q`,
    /// `max(1, |ℓ|)` for `ℓ`.
    pub scale: f64,
    /// What control variates made of the simulation's mean, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjustment: Option<Adjustment>,
    /// The number in each run.
    #[serde(skip)]
    pub values: Vec<f64>,
    /// Randomisations behind the prediction.
    #[serde(skip)]
    theory_count: usize,
}

impl Row {
    /// Compares the numbers of the runs with a prediction (its standard error and count, where it
    /// was sampled); `None` for fewer than two runs.
    pub fn new(
        iteration: Option<usize>,
        quantity: Observable,
        theory: Estimate,
        values: Vec<f64>,
        scale: f64,
    ) -> Option<Self> {
        let simulation = Estimate::of(&values)?;
        let freedom = simulation.count.checked_sub(1)? as f64;
        Self::of_estimate(
            (iteration, quantity),
            theory,
            (simulation, freedom),
            values,
            scale,
        )
    }

    /// The same number with its mean corrected by control variates; the test then has the degrees
    /// of freedom of the regression. `None` for a regression over other runs.
    pub fn adjusted(&self, regression: &Regression) -> Option<Self> {
        let adjusted = regression.adjust(&self.values)?;
        let theory = Estimate {
            mean: self.theory,
            standard_error: self.theory_error,
            count: self.theory_count,
        };
        let row = Self::of_estimate(
            (self.iteration, self.quantity),
            theory,
            (adjusted.estimate, adjusted.freedom),
            self.values.clone(),
            self.scale,
        )?;
        Some(Self {
            adjustment: Some(adjusted.adjustment),
            ..row
        })
    }

    /// A mean with a standard error of so many degrees of freedom beside a prediction.
    fn of_estimate(
        (iteration, quantity): (Option<usize>, Observable),
        theory: Estimate,
        (simulation, freedom): (Estimate, f64),
        values: Vec<f64>,
        scale: f64,
    ) -> Option<Self> {
        let own = simulation.standard_error?;
        let error = own.hypot(theory.standard_error.unwrap_or(0.0));
        let difference = simulation.mean - theory.mean;
        // A number without spread (the overlap of a start that is met exactly) agrees if it is the
        // same up to rounding.
        let deviation = if difference.abs() <= ROUNDING * theory.mean.abs().max(1.0) {
            0.0
        } else {
            difference / error
        };
        let freedom = combined_freedom(own, freedom, &theory);
        let p_value = student::two_sided(deviation, freedom)?;
        Some(Self {
            iteration,
            quantity,
            theory: theory.mean,
            theory_error: theory.standard_error,
            simulation,
            deviation,
            p_value,
            freedom,
            scale,
            adjustment: None,
            values,
            theory_count: theory.count,
        })
    }

    /// Standard error of the difference.
    pub fn standard_error(&self) -> f64 {
        let own = self.simulation.standard_error.unwrap_or(0.0);
        own.hypot(self.theory_error.unwrap_or(0.0))
    }

    /// Whether the number could have differed: a start that every run meets exactly says nothing.
    pub fn is_informative(&self) -> bool {
        self.deviation != 0.0 || self.standard_error() > ROUNDING * self.scale
    }

    /// Largest deviation, in standard errors, that has a p-value of at least `level`.
    pub fn limit(&self, level: f64) -> f64 {
        student::limit(level, self.freedom)
    }

    /// The difference, in units of the quantity, that a test with this limit notices with
    /// probability 0.9.
    pub fn noticeable(&self, limit: f64) -> f64 {
        student::noticeable(self.standard_error(), limit, self.freedom)
    }
}

/// The simulation's own degrees of freedom, or Welch's number where both sides have a standard
/// error.
fn combined_freedom(own: f64, freedom: f64, theory: &Estimate) -> f64 {
    match theory.standard_error {
        Some(other) if own.hypot(other) > 0.0 && theory.count > 1 => {
            let theirs = other.powi(4) / (theory.count - 1) as f64;
            own.hypot(other).powi(4) / (own.powi(4) / freedom + theirs)
        }
        _ => freedom,
    }
}

/// Rows of the entries of a matrix that `keep` names.
pub(super) fn matrix_rows(
    iteration: Option<usize>,
    entries: impl Iterator<Item = ((usize, usize), Quantity, f64)>,
    theory: impl Fn((usize, usize)) -> Estimate,
    simulated: &[Matrix],
) -> Vec<Row> {
    entries
        .filter_map(|(at, quantity, scale)| {
            let values = simulated.iter().map(|matrix| matrix[at]).collect();
            let observable = Observable::entry(quantity, at);
            Row::new(iteration, observable, theory(at), values, scale)
        })
        .collect()
}

/// A prediction without a standard error.
pub(super) fn exact(mean: f64) -> Estimate {
    Estimate {
        mean,
        standard_error: None,
        count: 1,
    }
}

/// All `(row, column)` of a matrix, row by row.
pub(super) fn every(rows: usize, columns: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).flat_map(move |a| (0..columns).map(move |b| (a, b)))
}

/// `Q` is symmetric: its upper triangle says everything.
pub(super) fn upper(units: usize) -> impl Iterator<Item = (usize, usize)> {
    every(units, units).filter(|(a, b)| a <= b)
}
