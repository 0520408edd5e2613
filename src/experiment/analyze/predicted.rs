//! What hidden units learn from the signals that were found, according to state evolution.

use super::{Analyzed, SignalCount};
use crate::analysis::{ScoreLaw, Signal};
use crate::error::{Error, Result};
use crate::experiment::Watch;
use crate::hidden::HiddenUnits;
use crate::law::{Law, MAX_UNITS};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::numerics::symmetric::symmetrised;
use crate::options::SolverOptions;
use crate::start::Start;
use crate::theory::{
    Finding, FixedPoint, FixedPointSettings, HeldOut, Nature, Starts, find, held_out_boundary,
};
use nalgebra::{Cholesky, SymmetricEigen};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Overlap of a unit with a signal that is none, where it is known so well.
const ALIGNED: f64 = 1e-6;

/// Kurtosis below which units take one signal each, whatever its law may be. Where they begin to mix
/// signals depends on the law, `α` and the strengths: zeros among signs are mixed from 1.43 on where
/// strengths are large and alike.
const MIXED: f64 = 1.25;

/// Relative step of a strength in a derivative.
const STEP: f64 = 1e-3;

/// Kurtosis from which on scores are hardly those of signals ±1.
const SIGNS: f64 = 2.0;

/// Largest number of signals that enter the theory, unless there are more units.
const CONSIDERED: usize = 8;

/// Mixture components up to which two units are averaged on a grid: its cost is their product.
const GRID_COMPONENTS: usize = 64;

/// Samples per column between which the number is sought from which on a unit is useful.
const USEFUL: [f64; 2] = [1.05, 1e3];

/// Prediction for hidden units ±1 that learn from the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Prediction {
    /// The law of the signals over samples that it rests on.
    pub law: ScoreLaw,
    /// Number of signals that enter it.
    pub signals: usize,
    /// Whether the signals rest on a bulk of white noise that is none.
    pub assumption_violated: bool,
    /// For one unit, two units, and so on.
    pub gains: Vec<UnitGain>,
    /// Each of all units, where each learns a signal of its own; none where units mix signals, and
    /// where their solution is not stable.
    pub units: Vec<PredictedUnit>,
    /// The number of units of the largest gain on fresh data at the strengths as they were found; 0
    /// where every unit loses, null where a gain is not known, or its solution not stable.
    pub best: Option<usize>,
}

/// What so many units gain, in nats per sample, over none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitGain {
    /// Number of units.
    pub units: usize,
    /// What the solution is; null where none was found.
    pub nature: Option<Nature>,
    /// Whether each unit learns a signal of its own: as the solution has it, of signals of a given law
    /// or of signals that are signs by their scores, of kurtosis below 1.25 by two standard errors.
    /// Others of kurtosis below 3 may have a solution of this kind, but that depends on more of their
    /// law than the kurtosis.
    pub aligned: bool,
    /// Why a number is missing; null where none is.
    pub missing: Option<String>,
    /// On the data that were learnt from, `ℓ/α`.
    pub gain_in: Option<f64>,
    /// On fresh data.
    pub gain_out: Option<f64>,
    /// Standard error of that from the strengths', where units are aligned; the scatter of trained
    /// weights comes on top.
    pub gain_out_error: Option<f64>,
    /// Error of either gain by quadrature: that of sampled averages, where units are solved jointly.
    pub quadrature_error: Option<f64>,
    /// Eigenvalues of `Q`, in units of the visible variance, the largest first.
    pub self_overlaps: Vec<f64>,
    /// Part of the units' space that lies in the span of the signals, `Tr(M Q^{-1} M^T)/k`.
    pub subspace: Option<f64>,
    /// Replicon of the solution.
    pub replicon: Option<f64>,
}

/// What one unit learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PredictedUnit {
    /// Its number, from 1: that of the signal it is predicted for.
    pub unit: usize,
    /// Overlap of its weights with that signal.
    pub zeta: f64,
    /// Standard error of that from the strength's; the scatter of trained weights comes on top.
    pub zeta_error: Option<f64>,
    /// Self-overlap, in units of the visible variance.
    pub self_overlap: f64,
    /// Number of samples from which on this unit gains on fresh data; null where it does so wherever
    /// the theory has a solution, or nowhere.
    pub samples_useful: Option<f64>,
}

/// What a prediction is made of.
pub(super) struct Known {
    /// Samples per column.
    alpha: f64,
    /// Strengths of the signals, the strongest first.
    lambda: Vec<f64>,
    /// Their standard errors.
    errors: Vec<f64>,
    law: Law,
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
    fn gain_error(&self, units: usize) -> Result<Option<f64>> {
        let mut squares = 0.0;
        for signal in 0..units {
            let Some([_, error]) = self.errors_of_one(signal)? else {
                return Ok(None);
            };
            squares += error * error;
        }
        Ok(Some(squares.sqrt()))
    }

    /// Samples per column from which on a unit of its own gains from one signal, on fresh data.
    fn useful_from(&self, signal: usize) -> Result<Option<f64>> {
        let model = self.alone(signal, self.lambda[signal])?;
        let path = |alpha: f64| model.with_alpha(alpha);
        let located = held_out_boundary(&path, USEFUL, 1e-6, &self.settings(&model))?;
        Ok(located.ok().map(|boundary| boundary.value))
    }

    /// What so many units gain.
    fn gain(&self, units: usize) -> Result<(UnitGain, Option<Finding>)> {
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
        if gain.aligned && gain.is_stable() {
            gain.gain_out_error = self.gain_error(units)?;
        }
        Ok((gain, Some(found)))
    }

    /// Each of aligned units.
    fn units(&self, found: &Finding) -> Result<Vec<PredictedUnit>> {
        let zeta = own_overlaps(found);
        let mut all = Vec::with_capacity(zeta.len());
        for (unit, zeta) in zeta.into_iter().enumerate() {
            let errors = self.errors_of_one(unit)?;
            let own = found.point.order.q[(unit, unit)];
            let useful = self.useful_from(unit)?;
            all.push(PredictedUnit {
                unit: unit + 1,
                zeta,
                zeta_error: errors.map(|[zeta, _]| zeta),
                self_overlap: own * self.visible_variance,
                samples_useful: useful,
            });
        }
        Ok(all)
    }
}

impl Analyzed {
    /// How many signals enter the theory of so many units.
    ///
    /// # Errors
    /// Names `units`: none, or more than there are signals.
    pub(super) fn considered(&self, units: usize) -> Result<usize> {
        let seen = self.signals.len();
        if units == 0 || units > seen {
            let allowed = match seen {
                0 if self.signal_count == SignalCount::Unknown => {
                    "the number of signals is not known: give signals, too".to_owned()
                }
                0 => "no signal is seen in these data: leave it out".to_owned(),
                _ => format!("must lie in 1..={seen}: more units than signals learn noise"),
            };
            return Err(Error::invalid("units", units, allowed));
        }
        if units > MAX_UNITS {
            let allowed = format!("must be {MAX_UNITS} at most");
            return Err(Error::invalid("units", units, allowed));
        }
        Ok(seen.min(CONSIDERED.max(units)))
    }

    /// The prediction for up to so many units.
    pub(super) fn predict(
        &mut self,
        known: &Known,
        law: &ScoreLaw,
        units: usize,
        watch: Watch,
    ) -> Result<Prediction> {
        let mut gains = Vec::new();
        let mut last = None;
        for count in 1..=units {
            watch("prediction", Some((count - 1) as f64 / units as f64));
            let (gain, found) = known.gain(count)?;
            last = found.filter(|_| gain.is_stable() && gain.aligned);
            gains.push(gain);
        }
        let mut each = match &last {
            Some(found) => known.units(found)?,
            None => Vec::new(),
        };
        for unit in &mut each {
            // In rows instead of rows per column.
            unit.samples_useful = unit.samples_useful.map(|alpha| alpha * self.d as f64);
        }
        let stable = |gain: &UnitGain| gain.gain_out.filter(|_| gain.is_stable());
        let out: Option<Vec<f64>> = gains.iter().map(stable).collect();
        let best = out.map(|out| {
            let most = out.iter().copied().fold(0.0, f64::max);
            out.iter()
                .position(|gain| *gain == most && most > 0.0)
                .map_or(0, |at| at + 1)
        });
        self.warn_of(&gains, known);
        Ok(Prediction {
            law: law.clone(),
            signals: known.lambda.len(),
            assumption_violated: self.assumption_violated,
            gains,
            units: each,
            best,
        })
    }

    /// What is to be known of a prediction.
    fn warn_of(&mut self, gains: &[UnitGain], known: &Known) {
        let kurtosis = self.signals.iter().take(gains.len());
        let most = kurtosis.map(|one| one.kurtosis).fold(0.0, f64::max);
        if known.law == Law::rademacher() && most >= SIGNS {
            self.warnings.push(format!(
                "the prediction is for signals ±1 (kurtosis 1), and scores have kurtosis up to {most:.2}: other laws are learnt otherwise, and their units may mix signals; leave --signal out, or give another"
            ));
        }
        if known.lambda.len() < self.signals.len() {
            self.warnings.push(format!(
                "the prediction has the {} strongest of {} signals",
                known.lambda.len(),
                self.signals.len()
            ));
        }
        if !gains.iter().all(UnitGain::is_stable) {
            self.warnings.push(
                "the solution for some number of units is not stable or was not found: its gains are no prediction".into(),
            );
        }
    }
}

impl UnitGain {
    pub(super) fn is_stable(&self) -> bool {
        self.nature == Some(Nature::Stable)
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
