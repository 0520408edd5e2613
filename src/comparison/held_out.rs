//! The log-likelihood of fresh data at the overlaps that the runs have.

use super::row::{Row, exact};
use crate::ensemble::Estimate;
use crate::model::Model;
use crate::order_parameters::OrderParameters;
use crate::quantity::Quantity;
use crate::record::RecordedRun;
use crate::theory::{FixedPointSettings, HeldOut};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fmt;

/// Part of the standard error of a mean that errors of quadrature may have.
const QUADRATURE_SHARE: f64 = 0.1;

/// What stands for the standard error of a single run.
const SINGLE: f64 = 0.01;

/// Relative error of the quadrature of a run: far below what runs scatter.
const RUN_TOLERANCE: f64 = 1e-6;

/// `ℓ_test` of each run, kept by instance.
///
/// Noise of the data is Gaussian, so that given `W` and the planted signals the log-likelihood of a
/// fresh sample in the mean, in the effective objective, is `E η1(z) − η2(Q)` with
/// `z = M^T Λ u* + N(0, Q)` at the measured `(M, Q)`, exactly and at any size (theory.md section 12):
/// one quadrature for each run, and no fresh data.
#[derive(Debug, Clone)]
pub struct HeldOutRuns<'a> {
    model: &'a Model,
    settings: &'a FixedPointSettings,
    /// Those of the runs, which need fewer digits.
    coarse: FixedPointSettings,
    known: BTreeMap<u64, Option<HeldOut>>,
}

/// Why there is no `ℓ_test`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unmeasured {
    /// The prediction, or this many runs, have overlaps at which it is not defined or the
    /// quadrature does not reach.
    Undefined {
        /// Runs; 0 where it is the prediction.
        runs: usize,
    },
    /// The quadrature's error is too large beside the standard error of the mean.
    Error {
        /// The largest.
        quadrature: f64,
        /// Of the mean.
        standard_error: f64,
    },
}

impl<'a> HeldOutRuns<'a> {
    /// None so far; `settings` have the quadrature.
    pub fn new(model: &'a Model, settings: &'a FixedPointSettings) -> Self {
        let coarse = settings.for_branches(model.units());
        Self {
            model,
            settings,
            coarse: FixedPointSettings {
                quadrature_tolerance: coarse.quadrature_tolerance.max(RUN_TOLERANCE),
                ..coarse
            },
            known: BTreeMap::new(),
        }
    }

    /// At the overlaps of one run; `None` where it is not defined, or the quadrature does not reach.
    pub fn at(&self, order: &OrderParameters) -> Option<HeldOut> {
        finite(self.model, order, &self.coarse)
    }

    /// Of the ends of the runs with usable weights, in their order.
    ///
    /// # Errors
    /// Why there is none, where a single run has none or the errors are too large for the mean.
    pub fn measure(&mut self, runs: &[RecordedRun]) -> Result<Vec<f64>, Unmeasured> {
        self.extend(runs);
        let usable = runs.iter().filter(|run| run.last().is_some());
        let found = usable.map(|run| self.known.get(&run.instance).copied().flatten());
        let found: Vec<Option<HeldOut>> = found.collect();
        let missing = found.iter().filter(|one| one.is_none()).count();
        if missing > 0 {
            return Err(Unmeasured::Undefined { runs: missing });
        }
        let found: Vec<HeldOut> = found.into_iter().flatten().collect();
        let values: Vec<f64> = found.iter().map(|one| one.log_likelihood).collect();
        let quadrature = found.iter().map(|one| one.error).fold(0.0, f64::max);
        require_exact(quadrature, &values)?;
        Ok(values)
    }

    /// The row of `ℓ_test`: these runs beside a prediction.
    ///
    /// # Errors
    /// As [`HeldOutRuns::measure`], or a prediction without `ℓ_test`.
    pub fn row(
        &mut self,
        runs: &[RecordedRun],
        prediction: &OrderParameters,
    ) -> Result<Row, Unmeasured> {
        let theory = finite(self.model, prediction, self.settings);
        let theory = theory.ok_or(Unmeasured::Undefined { runs: 0 })?;
        let values = self.measure(runs)?;
        require_exact(theory.error, &values)?;
        let row = Row::new(
            None,
            Quantity::LogLikelihoodTest.into(),
            exact(theory.log_likelihood),
            values,
            theory.log_likelihood.abs().max(1.0),
        );
        row.ok_or(Unmeasured::Undefined { runs: 0 })
    }

    fn extend(&mut self, runs: &[RecordedRun]) {
        let new = runs
            .iter()
            .filter(|run| !self.known.contains_key(&run.instance));
        let new: Vec<(u64, OrderParameters)> = new
            .filter_map(|run| Some((run.instance, run.last()?)))
            .collect();
        let found: Vec<(u64, Option<HeldOut>)> = new
            .par_iter()
            .map(|(instance, order)| (*instance, self.at(order)))
            .collect();
        self.known.extend(found);
    }
}

/// Checks that the quadrature's error has a small share in the standard error of the mean.
fn require_exact(quadrature: f64, values: &[f64]) -> Result<(), Unmeasured> {
    let estimate = Estimate::of(values);
    let standard_error = estimate.and_then(|estimate| estimate.standard_error);
    // A single run scatters by an unknown amount.
    let standard_error = standard_error.unwrap_or(SINGLE);
    if quadrature <= QUADRATURE_SHARE * standard_error {
        return Ok(());
    }
    Err(Unmeasured::Error {
        quadrature,
        standard_error,
    })
}

fn finite(
    model: &Model,
    order: &OrderParameters,
    settings: &FixedPointSettings,
) -> Option<HeldOut> {
    let found = HeldOut::at(model, order, settings).ok()?;
    (found.log_likelihood.is_finite() && found.error.is_finite()).then_some(found)
}

impl fmt::Display for Unmeasured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined { runs: 0 } => {
                f.write_str("it is not defined at the prediction, or the quadrature does not reach")
            }
            Self::Undefined { runs } => write!(
                f,
                "at the overlaps of {runs} runs it is not defined, or the quadrature does not reach"
            ),
            Self::Error {
                quadrature,
                standard_error,
            } => write!(
                f,
                "the quadrature's error {quadrature:.1e} is too large beside the standard error {standard_error:.1e}: raise --log2-points"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hidden::HiddenUnits;
    use crate::law::Law;
    use crate::numerics::Matrix;
    use crate::numerics::streams::{Purpose, Stream, Streams};
    use crate::simulation::{Algorithm, Instance, RunOutcome, RunSettings, Size, run_on};
    use nalgebra::{DVector, SVector};
    use rand_distr::{Distribution, StandardNormal};

    fn model() -> Model {
        let hidden = HiddenUnits::new(Law::rademacher(), 2, &[0.2, 0.0]).expect("valid");
        let law = Law::rademacher;
        Model::new(2.0, &[1.6, 1.3], hidden, law(), law()).expect("valid")
    }

    /// Weights that were learnt at d = 80, on 60 000 fresh samples of the same signals: the formula
    /// holds at their own `M` and `Q`.
    #[test]
    fn fresh_data_have_the_likelihood_that_the_overlaps_tell() {
        let model = model();
        let streams = Streams::new(11);
        let size = Size { n: 160, d: 80 };
        let instance = Instance::generate(&model, size, streams).expect("valid");
        let settings = RunSettings {
            method: Algorithm::Lbfgs.into(),
            ..RunSettings::default()
        };
        let problem = instance.problem(model.hidden());
        let run = run_on(&problem, &settings, streams).expect("valid");
        let order = &run.last().order;
        let solver = FixedPointSettings::default();
        let formula = HeldOutRuns::new(&model, &solver)
            .at(order)
            .expect("defined");
        let pair = model.hidden().pair_function(&order.q).expect("domain");
        let (w, w_star) = (&run.weights, instance.planted.w_star());
        let mut stream = Streams::new(12).stream(Purpose::Noise, 0);
        let draw = |stream: &mut Stream| -> f64 { StandardNormal.sample(stream) };
        let mut values = Vec::new();
        let mut u = [0.0; 2];
        for _ in 0..60_000 {
            model.sample_signals().sample(&mut stream, &mut u);
            let gain = DVector::from_column_slice(&[1.6 * u[0], 1.3 * u[1]]) / 80f64.sqrt();
            let mut x = w_star * gain;
            x.iter_mut().for_each(|entry| *entry += draw(&mut stream));
            let z = w.tr_mul(&x) / 80f64.sqrt();
            let z = SVector::<f64, 2>::from_column_slice(z.as_slice());
            values.push(model.hidden().log_mgf(&z) - pair.log_norm());
        }
        let fresh = Estimate::of(&values).expect("values");
        let error = fresh.standard_error.expect("many");
        let apart = fresh.mean - formula.log_likelihood;
        assert!(
            error < 0.01 && apart.abs() < 4.0 * error,
            "{formula:?}, {fresh:?}"
        );
    }

    #[test]
    fn a_run_without_likelihood_leaves_the_row_out() {
        let model = model();
        let order = |q: f64| OrderParameters {
            m: Matrix::identity(2, 2),
            q: Matrix::identity(2, 2) * 2.0 + Matrix::from_element(2, 2, q),
        };
        let run = |instance: u64, q: f64| RecordedRun {
            instance,
            outcome: RunOutcome::Converged,
            residual: None,
            log_likelihood: None,
            gradient_rms: None,
            trajectory: vec![order(q)],
        };
        let solver = FixedPointSettings::default();
        let mut held_out = HeldOutRuns::new(&model, &solver);
        let good = [run(0, 0.1), run(1, 0.2), run(2, 0.15)];
        let row = held_out.row(&good, &order(0.15)).expect("defined");
        assert_eq!(row.values.len(), 3);
        assert_eq!(
            row.values[2],
            held_out.at(&order(0.15)).expect("defined").log_likelihood
        );
        // Q is not positive.
        let bad = [run(0, 0.1), run(1, 0.2), run(3, -1.5)];
        let reason = held_out.row(&bad, &order(0.15)).expect_err("undefined");
        assert_eq!(reason, Unmeasured::Undefined { runs: 1 });
        let reason = held_out.row(&good, &order(-1.5)).expect_err("undefined");
        assert_eq!(reason, Unmeasured::Undefined { runs: 0 });
        // Equal runs have no spread that could hide an error of quadrature.
        let equal = [run(4, 0.1), run(5, 0.1)];
        let reason = held_out.row(&equal, &order(0.1)).expect_err("too exact");
        assert!(matches!(reason, Unmeasured::Error { .. }), "{reason}");
    }
}
