//! What a prediction is made of: signals and their law, and the solutions of state evolution for them.

use super::predicted::{PredictedUnit, UnitGain};
use crate::analysis::{ScoreLaw, Signal};
use crate::error::Result;
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::numerics::symmetric::symmetrised;
use crate::options::SolverOptions;
use crate::start::Start;
use crate::theory::{
    Finding, FixedPoint, FixedPointSettings, HeldOut, Starts, find, held_out_boundary,
};
use nalgebra::{Cholesky, SymmetricEigen};
use std::path::Path;

/// Overlap of a unit with a signal that is none, where it is known so well.
const ALIGNED: f64 = 1e-6;

/// Kurtosis below which units take one signal each, whatever its law may be. Where they begin to mix
/// signals depends on the law, `α` and the strengths: zeros among signs are mixed from 1.43 on where
/// strengths are large and alike.
const MIXED: f64 = 1.25;

/// Relative step of a strength in a derivative.
const STEP: f64 = 1e-3;

/// The same where units are solved jointly, with so many points (logarithm to base 2) at least where
/// averages are sampled.
const JOINT_STEP: f64 = 1e-2;
const LEAST_POINTS: u32 = 9;

/// Mixture components up to which two units are averaged on a grid: its cost is their product.
const GRID_COMPONENTS: usize = 64;

/// Samples per column between which the number is sought from which on a unit is useful.
const USEFUL: [f64; 2] = [1.05, 1e3];

/// What a prediction is made of.
pub(super) struct Known {
    /// Samples per column.
    alpha: f64,
    /// Strengths of the signals, the strongest first.
    pub lambda: Vec<f64>,
    /// Their standard errors.
    errors: Vec<f64>,
    pub law: Law,
    /// The law of each signal alone, of the leading ones that units may take one each: those of a
    /// given law of independent signals, or that are signs as far as their scores tell.
    own: Vec<Law>,
    /// Variance of the visible units, in units of the noise.
    visible_variance: f64,
    settings: FixedPointSettings,
}

impl Known {
    /// Of signals of a law, with their scores (n×r at least), and a model of them.
    ///
    /// # Errors
    /// As [`ScoreLaw::law`], or what [`Model::new`] refuses.
    pub fn new(
        alpha: f64,
        signals: &[Signal],
        law: &ScoreLaw,
        scores: &Matrix,
        (visible_variance, definitions): (f64, Option<&Path>),
        streams: Streams,
    ) -> Result<Self> {
        let own = |signal: &Signal| {
            let alone = std::slice::from_ref(signal);
            law.law(alone, scores, definitions)
        };
        let of_all = law.law(signals, scores, definitions)?;
        let leading = match law {
            // There is nothing to mix it with.
            _ if signals.len() == 1 => 1,
            ScoreLaw::Matched => signals
                .iter()
                .take_while(|signal| are_signs(signal))
                .count(),
            _ if of_all.joint_dimension().is_none() => signals.len(),
            _ => 0,
        };
        let own = signals[..leading].iter().map(own).collect::<Result<_>>()?;
        let known = Self {
            alpha,
            lambda: signals.iter().map(|signal| signal.lambda).collect(),
            errors: signals.iter().map(|signal| signal.error).collect(),
            law: of_all,
            own,
            visible_variance,
            settings: SolverOptions::default().resolve(streams.seed())?,
        };
        known.model_of(1)?;
        Ok(known)
    }

    /// The model of so many units, with strengths of their own.
    pub fn model(&self, units: usize, lambda: &[f64]) -> Result<Model> {
        let hidden = HiddenUnits::new(Law::rademacher(), units, &[])?
            .with_visible_variance(self.visible_variance)?;
        Model::new(self.alpha, lambda, hidden, self.law.clone(), Law::Gaussian)
    }

    /// The model of so many units.
    pub fn model_of(&self, units: usize) -> Result<Model> {
        self.model(units, &self.lambda)
    }

    /// Settings of a search: on a grid where that is cheap.
    fn settings(&self, model: &Model) -> FixedPointSettings {
        let many = model.sample_signals().components().len() > GRID_COMPONENTS;
        let joint = !model.sample_signals().is_product();
        let most = if many { 1 } else { 2 };
        FixedPointSettings {
            tensor_units: if joint {
                most
            } else {
                self.settings.tensor_units
            },
            ..self.settings.clone()
        }
    }

    /// The leading solution, or why there is none: of all searches where units may decouple, of a few
    /// where signals are tied to one another, whose searches take seconds.
    fn solve(&self, model: &Model) -> Result<std::result::Result<Finding, String>> {
        let settings = self.settings(model);
        let seed = settings.seed;
        let random = |index| Start::Random { index, seed };
        let few = [
            Start::Planted,
            Start::Mixed,
            random(0),
            random(1),
            random(2),
        ];
        let starts = match model.sample_signals().is_product() {
            true => Starts::Standard,
            false => Starts::Only(&few),
        };
        let found = find(model, starts, &settings)?;
        Ok(match found.answer() {
            Ok(_) => Ok(found.solutions[0].clone()),
            Err(outcome) => Err(outcome.explanation()),
        })
    }

    /// One unit on one signal alone, at another strength: what an aligned unit of independent signals
    /// is.
    fn alone(&self, signal: usize, lambda: f64) -> Result<Model> {
        let hidden = HiddenUnits::new(Law::rademacher(), 1, &[])?
            .with_visible_variance(self.visible_variance)?;
        let law = self.own[signal].clone();
        Model::new(self.alpha, &[lambda], hidden, law, Law::Gaussian)
    }

    /// Overlap and gain on fresh data of one unit on one signal; nothing where it is not stable.
    fn of_one(&self, signal: usize, lambda: f64) -> Result<Option<[f64; 2]>> {
        let model = self.alone(signal, lambda)?;
        let found = self.solve(&model)?.ok();
        let stable = found.filter(|found| found.point.stability.is_stable());
        Ok(stable.and_then(|found| {
            let fresh = HeldOut::at(&model, &found.point.order, &self.settings(&model));
            let zeta = found.point.order.overlaps()[(0, 0)].abs();
            fresh.ok().map(|fresh| [zeta, fresh.log_likelihood])
        }))
    }

    /// Standard errors of overlap and gain of one unit from that of its signal's strength.
    fn errors_of_one(&self, signal: usize) -> Result<Option<[f64; 2]>> {
        let lambda = self.lambda[signal];
        let [above, below] =
            [1.0 + STEP, 1.0 - STEP].map(|factor| self.of_one(signal, lambda * factor));
        Ok(above?.zip(below?).and_then(|(above, below)| {
            let factor = self.errors[signal] / (2.0 * STEP * lambda);
            let errors = [0, 1].map(|at| (above[at] - below[at]).abs() * factor);
            errors
                .iter()
                .all(|error| error.is_finite())
                .then_some(errors)
        }))
    }

    /// Standard error of the gain on fresh data of aligned units from those of the strengths.
    fn aligned_error(&self, units: usize) -> Result<Option<f64>> {
        let mut squares = 0.0;
        for signal in 0..units {
            let Some([_, error]) = self.errors_of_one(signal)? else {
                return Ok(None);
            };
            squares += error * error;
        }
        Ok(Some(squares.sqrt()))
    }

    /// Standard error of the gain on fresh data of a solution in which units may mix signals: each
    /// strength is moved by itself, and the solution followed, with a quarter of the points where it is
    /// sampled.
    fn joint_error(&self, found: &Finding) -> Result<Option<f64>> {
        let units = found.point.order.m.ncols();
        let start = [Start::Given(found.point.order.clone())];
        let gain = |lambda: &[f64]| -> Result<Option<f64>> {
            let model = self.model(units, lambda)?;
            let settings = self.settings(&model);
            let coarse = FixedPointSettings {
                log2_points: settings.log2_points.saturating_sub(2).max(LEAST_POINTS),
                // Moved and unmoved have the same points: their errors are nearly the same.
                sampling_tolerance: 8.0 * settings.sampling_tolerance,
                ..settings
            };
            let near = find(&model, Starts::Only(&start), &coarse)?;
            let fresh = near.answer().ok();
            let fresh = fresh.map(|point| HeldOut::at(&model, &point.order, &coarse));
            Ok(fresh.and_then(|fresh| fresh.ok().map(|fresh| fresh.log_likelihood)))
        };
        let Some(out) = gain(&self.lambda)? else {
            return Ok(None);
        };
        let mut squares = 0.0;
        for (at, error) in self.errors.iter().enumerate() {
            let mut lambda = self.lambda.clone();
            lambda[at] *= 1.0 + JOINT_STEP;
            let Some(moved) = gain(&lambda)? else {
                return Ok(None);
            };
            let slope = (moved - out) / (JOINT_STEP * self.lambda[at]);
            squares += (slope * error).powi(2);
        }
        Ok(Some(squares.sqrt()).filter(|error| error.is_finite()))
    }

    /// Samples per column from which on a unit of its own gains from one signal, on fresh data.
    pub fn useful_from(&self, signal: usize) -> Result<Option<f64>> {
        let model = self.alone(signal, self.lambda[signal])?;
        let path = |alpha: f64| model.with_alpha(alpha);
        let located = held_out_boundary(&path, USEFUL, 1e-6, &self.settings(&model))?;
        Ok(located.ok().map(|boundary| boundary.value))
    }

    /// What so many units gain.
    pub fn gain(&self, units: usize) -> Result<(UnitGain, Option<Finding>)> {
        let model = self.model_of(units)?;
        let mut gain = UnitGain {
            units,
            nature: None,
            aligned: false,
            missing: None,
            gain_in: None,
            gain_out: None,
            gain_out_error: None,
            quadrature_error: None,
            self_overlaps: Vec::new(),
            subspace: None,
            replicon: None,
        };
        let found = match self.solve(&model)? {
            Ok(found) => found,
            Err(reason) => {
                gain.missing = Some(reason);
                return Ok((gain, None));
            }
        };
        let point = &found.point;
        let fresh = HeldOut::at(&model, &point.order, &self.settings(&model));
        gain.nature = Some(point.stability.nature());
        gain.aligned = self.own.len() >= units && is_aligned(point);
        gain.gain_in = Some(point.stability.log_likelihood / model.alpha());
        gain.replicon = Some(point.stability.replicon);
        gain.self_overlaps = falling(&(&point.order.q * self.visible_variance));
        let inverse = Cholesky::new(point.order.q.clone()).map(|factor| factor.inverse());
        gain.subspace =
            inverse.map(|inverse| (&point.order.m * inverse).dot(&point.order.m) / units as f64);
        let own = point.stability.log_likelihood_error / model.alpha();
        match fresh {
            Ok(fresh) => {
                gain.gain_out = Some(fresh.log_likelihood);
                gain.quadrature_error =
                    Some(own.max(fresh.error)).filter(|error| error.is_finite());
            }
            Err(_) => gain.missing = Some("the quadrature for fresh data does not reach".into()),
        }
        if gain.gain_out.is_some() && gain.is_stable() {
            gain.gain_out_error = match gain.aligned {
                true => self.aligned_error(units)?,
                false => self.joint_error(&found)?,
            };
        }
        Ok((gain, Some(found)))
    }

    /// Each of aligned units.
    pub fn units(&self, found: &Finding) -> Result<Vec<PredictedUnit>> {
        let zeta = own_overlaps(found);
        let mut all = Vec::with_capacity(zeta.len());
        for (unit, zeta) in zeta.into_iter().enumerate() {
            let errors = self.errors_of_one(unit)?;
            let own = found.point.order.q[(unit, unit)];
            let error = errors.map(|[zeta, _]| zeta);
            all.push(PredictedUnit {
                unit: unit + 1,
                zeta,
                zeta_error: error,
                zeta_error_lambda: error,
                zeta_scatter: None,
                self_overlap: own * self.visible_variance,
            });
        }
        Ok(all)
    }
}

/// Eigenvalues of a symmetric matrix, the largest first.
fn falling(matrix: &Matrix) -> Vec<f64> {
    let eigen = SymmetricEigen::new(symmetrised(matrix)).eigenvalues;
    let mut values: Vec<f64> = eigen.iter().copied().collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// Whether a signal is one of signs as far as its scores tell: by its kurtosis with two standard
/// errors.
fn are_signs(signal: &Signal) -> bool {
    let error = signal.kurtosis_error;
    error.is_some_and(|error| signal.kurtosis + 2.0 * error < MIXED)
}

/// Whether each unit has an overlap with the signal of its number alone, up to the error of overlaps.
fn is_aligned(point: &FixedPoint) -> bool {
    let m = &point.order.m;
    let level = ALIGNED.max(4.0 * point.quadrature_error);
    (0..m.nrows()).all(|signal| {
        (0..m.ncols()).all(|unit| (m[(signal, unit)].abs() > level) == (signal == unit))
    })
}

/// Overlap of each unit with the signal of its number.
fn own_overlaps(found: &Finding) -> Vec<f64> {
    let overlaps = found.point.order.overlaps();
    (0..overlaps.ncols())
        .map(|unit| overlaps[(unit, unit)].abs())
        .collect()
}
