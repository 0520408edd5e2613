//! The runs of every size, and the numbers that they have.

use super::fit::{Common, Measured, Needed, power, power_of_bias};
use super::{Approach, QuantityAtSize, RunsAtSize, Watch};
use crate::comparison::{HeldOutRuns, Prediction, Row, compare_ends};
use crate::ensemble::{ControlTable, Estimate, outcomes, require_enough_for_controls};
use crate::error::Result;
use crate::experiment::Standing;
use crate::experiment::compare::{prediction, standing};
use crate::experiment::simulate::no_test;
use crate::model::Model;
use crate::numerics::streams::Streams;
use crate::quantity::Observable;
use crate::ranks::Ranks;
use crate::record::RecordedRun;
use crate::simulation::{Instance, RunOutcome, RunSettings, Size, run_on};
use crate::theory::{Findings, FixedPointSettings};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is computed.
pub(super) struct Plan {
    pub model: Model,
    pub solver: FixedPointSettings,
    pub run: RunSettings,
    pub sizes: Vec<Size>,
    /// At each size.
    pub instances: Vec<usize>,
    pub accuracy: f64,
    pub seed: u64,
    pub found: Findings,
}

/// Most entries of data of which several instances are at hand at a time: larger ones keep all
/// threads busy alone.
const SMALL: usize = 1 << 26;

/// Whether instances of a size run side by side. Ranks share one after the other.
pub(super) fn side_by_side(size: Size) -> bool {
    Ranks::of_process().count() == 1 && size.n.saturating_mul(size.d) <= SMALL
}

/// The numbers of one size.
pub(super) struct SizeMeasured {
    pub runs: RunsAtSize,
    pub remarks: Vec<String>,
    rows: Vec<Row>,
}

impl Plan {
    /// What the limit is worth.
    pub fn standing(&self) -> (Standing, Vec<String>) {
        standing(&self.found)
    }

    /// The limit, where it was obtained.
    pub fn prediction(&self) -> Option<Prediction> {
        self.found.answer().ok().map(prediction)
    }

    /// Runs so many instances of a size, side by side where they are small. Their streams are those
    /// of the cell `d`: other sizes beside it change nothing.
    pub fn measure(
        &self,
        (size, instances): (Size, usize),
        prediction: &Prediction,
        watch: Watch,
    ) -> Result<SizeMeasured> {
        let streams = Streams::new(self.seed).cell(size.d as u64);
        let done = AtomicUsize::new(0);
        let one = |instance: u64| {
            let finished = self.instance(size, streams.instance(instance), instance)?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            let part = done as f64 / instances as f64;
            watch(&format!("d = {}", size.d), Some(part));
            Ok(finished)
        };
        let numbers = 0..instances as u64;
        let all: Vec<(RecordedRun, Vec<f64>)> = if side_by_side(size) {
            numbers.into_par_iter().map(one).collect::<Result<_>>()?
        } else {
            numbers.map(one).collect::<Result<_>>()?
        };
        let mut table = ControlTable::new(&self.model, size, self.run.store, streams);
        let mut runs = Vec::with_capacity(all.len());
        for (run, controls) in all {
            table.insert(run.instance, controls);
            runs.push(run);
        }
        self.rows(size, &runs, &table, prediction)
    }

    fn instance(
        &self,
        size: Size,
        streams: Streams,
        instance: u64,
    ) -> Result<(RecordedRun, Vec<f64>)> {
        let data = Instance::stored(&self.model, size, self.run.store, streams)?;
        let run = run_on(&data.problem(self.model.hidden()), &self.run, streams)?;
        let controls = data.controls(&self.model, streams);
        Ok((RecordedRun::new(instance, &run), controls))
    }

    fn rows(
        &self,
        size: Size,
        runs: &[RecordedRun],
        table: &ControlTable,
        prediction: &Prediction,
    ) -> Result<SizeMeasured> {
        let usable = runs.iter().filter(|run| run.last().is_some()).count();
        let converged = |run: &&RecordedRun| run.outcome == RunOutcome::Converged;
        let mut measured = SizeMeasured {
            runs: RunsAtSize {
                d: size.d,
                instances: runs.len(),
                usable,
                converged: runs.iter().filter(converged).count(),
                outcomes: outcomes(runs),
            },
            remarks: Vec::new(),
            rows: Vec::new(),
        };
        if require_enough_for_controls(&self.model, usable).is_err() {
            measured.remarks.push(format!(
                "d = {}: {usable} usable runs are too few for numbers",
                size.d
            ));
            return Ok(measured);
        }
        let predictions = std::slice::from_ref(prediction);
        let mut comparison = compare_ends(&self.model, size.d, runs, predictions)?;
        match HeldOutRuns::new(&self.model, &self.solver).row(runs, &prediction.order) {
            Ok(row) => comparison.rows.push(row),
            Err(reason) => {
                let remark = format!("d = {}: {}", size.d, no_test(&reason));
                measured.remarks.push(remark);
            }
        }
        comparison.adjust(table)?;
        measured.rows = comparison.rows;
        Ok(measured)
    }

    /// Every number at all sizes.
    pub fn approaches(&self, measured: &[SizeMeasured]) -> Vec<Approach> {
        let mut quantities: Vec<Observable> = Vec::new();
        for row in measured.iter().flat_map(|size| &size.rows) {
            if !quantities.contains(&row.quantity) {
                quantities.push(row.quantity);
            }
        }
        let approach = |quantity| self.approach(quantity, measured);
        quantities.into_iter().filter_map(approach).collect()
    }

    fn approach(&self, quantity: Observable, measured: &[SizeMeasured]) -> Option<Approach> {
        let rows = measured.iter().filter_map(|size| {
            let row = size.rows.iter().find(|row| row.quantity == quantity)?;
            Some((size.runs.d, row))
        });
        let rows: Vec<(usize, &Row)> = rows.collect();
        let limit = rows.first()?.1.theory;
        let sizes = rows.iter().filter_map(|(d, row)| at_size(*d, row));
        let sizes: Vec<QuantityAtSize> = sizes.collect();
        let biases: Vec<Measured> = sizes.iter().map(|at| at.bias).collect();
        let spreads: Vec<Measured> = sizes.iter().map(|at| at.spread).collect();
        let per = |factor: fn(f64) -> f64, numbers: &[Measured]| {
            let scaled = sizes.iter().zip(numbers).map(|(at, number)| {
                let factor = factor(at.d as f64);
                let scaled = Measured {
                    value: number.value / factor,
                    standard_error: number.standard_error / factor,
                };
                (at.d, scaled)
            });
            scaled.collect::<Vec<(usize, Measured)>>()
        };
        let deviations = sizes.iter().map(|at| (at.d, at.squared_deviation));
        let deviations: Vec<(usize, Measured)> = deviations.collect();
        let (bias, spread) = (Common::of(&biases), Common::of(&spreads));
        let reductions = sizes
            .iter()
            .map(|at| (at.d, at.adjustment.and_then(|one| one.reduction)));
        let reductions: Vec<(usize, Option<f64>)> = reductions.collect();
        let needed = bias.zip(spread).map(|(bias, spread)| {
            Needed::new(self.accuracy, &bias.mean, &spread.mean, &reductions)
        });
        Some(Approach {
            quantity,
            limit,
            bias_exponent: power_of_bias(&per(|d| d, &biases)),
            spread_exponent: power(&per(f64::sqrt, &spreads)).filter(|_| spread.is_some()),
            deviation_exponent: power(&deviations),
            bias,
            spread,
            needed,
            sizes,
        })
    }
}

/// `None` for numbers without spread.
fn at_size(d: usize, row: &Row) -> Option<QuantityAtSize> {
    let size = d as f64;
    let standard_error = row.simulation.standard_error?;
    Some(QuantityAtSize {
        d,
        mean: row.simulation,
        adjustment: row.adjustment,
        bias: Measured {
            value: size * (row.simulation.mean - row.theory),
            standard_error: size * standard_error,
        },
        spread: deviation(&row.values, size.sqrt())?,
        squared_deviation: squared_deviation(&row.values, row.theory)?,
    })
}

/// Mean square of the distance from the limit. Its error is that of normal distances, `√(2/m)` of
/// it: an error from the squares themselves would be small where they happen to be, and give these
/// the larger weight in fits.
fn squared_deviation(values: &[f64], limit: f64) -> Option<Measured> {
    let count = values.len() as f64;
    let squares = values.iter().map(|value| (value - limit).powi(2));
    let value = squares.sum::<f64>() / count;
    (value > 0.0).then_some(Measured {
        value,
        standard_error: value * (2.0 / count).sqrt(),
    })
}

/// `scale` times the standard deviation of the values; its error is
/// `½ σ √((κ − 1 + 2/(m−1))/m)` with their kurtosis `κ`, `σ/√(2m)` for normal ones.
fn deviation(values: &[f64], scale: f64) -> Option<Measured> {
    let estimate = Estimate::of(values)?;
    let count = values.len() as f64;
    let variance = estimate.standard_error?.powi(2) * count;
    let fourth = values.iter().map(|value| (value - estimate.mean).powi(4));
    let kurtosis = fourth.sum::<f64>() / count / (variance * variance);
    let relative = 0.5
        * ((kurtosis - 1.0 + 2.0 / (count - 1.0)) / count)
            .max(0.0)
            .sqrt();
    let sigma = scale * variance.sqrt();
    (sigma > 0.0).then_some(Measured {
        value: sigma,
        standard_error: sigma * relative,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values ±1: σ² = 4/3, κ = 9/16, error ½ √((9/16 − 1 + 2/3)/4).
    #[test]
    fn a_standard_deviation_has_an_error() {
        let found = deviation(&[1.0, -1.0, 1.0, -1.0], 3.0).expect("spread");
        let sigma = 3.0 * (4.0f64 / 3.0).sqrt();
        assert!((found.value - sigma).abs() < 1e-14);
        let relative = 0.5 * ((9.0 / 16.0 - 1.0 + 2.0 / 3.0) / 4.0f64).sqrt();
        assert!((found.standard_error / sigma - relative).abs() < 1e-14);
        assert_eq!(deviation(&[1.0, 1.0], 1.0), None);
    }

    /// Squares 1 and 9: mean 5, error √(2/2) of it.
    #[test]
    fn a_squared_deviation_has_an_error() {
        let found = squared_deviation(&[1.0, 5.0], 2.0).expect("two values");
        assert_eq!((found.value, found.standard_error), (5.0, 5.0));
        assert_eq!(squared_deviation(&[2.0, 2.0], 2.0), None);
    }
}
