//! What hidden units learn from the signals that were found, according to state evolution.

use super::Analyzed;
use crate::error::{Error, Result};
use crate::law::Law;
use crate::model::Model;
use crate::options::{AnalysisOptions, ModelOptions, SolverOptions};
use crate::theory::{FixedPoint, FixedPointSettings, HeldOut, Nature, Starts, find};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Relative step of a strength in a derivative.
const STEP: f64 = 1e-3;

/// Kurtosis from which on scores are hardly those of signals ±1.
const SIGNS: f64 = 2.0;

/// Prediction for hidden units ±1, one for each of the strongest signals, that learn from the data
/// divided by the standard deviation of their noise: other scales are other RBMs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Prediction {
    /// The law of the signals over samples that it rests on.
    pub signal: String,
    /// For one unit, two units, and so on.
    pub gains: Vec<UnitGain>,
    /// Each of all units; none where their solution is not stable.
    pub units: Vec<PredictedUnit>,
    /// The number of units of the largest gain on fresh data at the strengths as they were found,
    /// whose errors are not in it; 0 where every unit loses, null where a gain is not known, or its
    /// solution not stable.
    pub best: Option<usize>,
}

/// What so many units gain, in nats per sample, over none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitGain {
    /// Number of units.
    pub units: usize,
    /// What the solution is; null where none was found.
    pub nature: Option<Nature>,
    /// Why a number is missing; null where none is.
    pub missing: Option<String>,
    /// On the data that were learnt from, `ℓ/α`.
    pub gain_in: Option<f64>,
    /// On fresh data.
    pub gain_out: Option<f64>,
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
    /// Self-overlap.
    pub self_overlap: f64,
}

impl Analyzed {
    /// The prediction, and keys of the bibliography for it.
    pub(super) fn predict(
        &mut self,
        options: &AnalysisOptions,
        units: usize,
        seed: u64,
    ) -> Result<(Prediction, Vec<String>)> {
        let seen = self.signals.len();
        if units == 0 || units > seen {
            let allowed = match seen {
                0 => "no signal is seen in these data: leave it out".to_owned(),
                _ => format!("must lie in 1..={seen}: more units than signals learn noise"),
            };
            return Err(Error::invalid("units", units, allowed));
        }
        let settings = SolverOptions::default().resolve(seed)?;
        let lambda: Vec<f64> = self.signals.iter().map(|signal| signal.lambda).collect();
        let model_of = |lambda: &[f64]| {
            let options = ModelOptions {
                alpha: Some(self.alpha),
                lambda: Some(lambda.to_vec()),
                signal: options.signal.clone(),
                equations: options.equations.clone(),
                ..ModelOptions::default()
            };
            Ok::<_, Error>((options.resolve(None)?, options.citations()?))
        };
        let solve = |model: &Model| {
            let found = find(model, Starts::Standard, &settings)?;
            Ok::<_, Error>(
                found
                    .answer()
                    .cloned()
                    .map_err(|outcome| outcome.explanation()),
            )
        };
        let mut gains = Vec::new();
        let (mut last, mut signs) = (None, false);
        let mut citations = Vec::new();
        for count in 1..=units {
            let (model, cited) = model_of(&lambda[..count])?;
            citations = cited;
            let point = solve(&model)?;
            gains.push(UnitGain::of(count, &model, point.as_ref(), &settings));
            let stable = gains.last().is_some_and(UnitGain::is_stable);
            last = point.ok().filter(|_| stable);
            signs = *model.sample_signals().law() == Law::rademacher();
        }
        let mut predicted = Vec::new();
        if let Some(point) = last {
            let zeta = own_overlaps(&point);
            for (unit, zeta) in zeta.into_iter().enumerate() {
                let moved = |sign: f64| {
                    let mut lambda = lambda[..units].to_vec();
                    lambda[unit] *= 1.0 + sign * STEP;
                    let point = solve(&model_of(&lambda)?.0)?;
                    Ok::<_, Error>(point.ok().map(|point| own_overlaps(&point)[unit]))
                };
                let slope = moved(1.0)?
                    .zip(moved(-1.0)?)
                    .map(|(above, below)| (above - below) / (2.0 * STEP * lambda[unit]));
                predicted.push(PredictedUnit {
                    unit: unit + 1,
                    zeta,
                    zeta_error: slope.map(|slope| slope.abs() * self.signals[unit].error),
                    self_overlap: point.order.q[(unit, unit)],
                });
            }
        }
        let known = |gain: &UnitGain| gain.gain_out.filter(|_| gain.is_stable());
        let out: Option<Vec<f64>> = gains.iter().map(known).collect();
        let best = out.map(|out| {
            let most = out.iter().copied().fold(0.0, f64::max);
            out.iter()
                .position(|gain| *gain == most && most > 0.0)
                .map_or(0, |at| at + 1)
        });
        self.warn_of(&gains, signs);
        let prediction = Prediction {
            signal: options
                .signal
                .clone()
                .unwrap_or_else(|| "rademacher".into()),
            gains,
            units: predicted,
            best,
        };
        Ok((prediction, citations))
    }
}

impl Analyzed {
    /// What is to be known of a prediction; `signs` if it is for signals ±1.
    fn warn_of(&mut self, gains: &[UnitGain], signs: bool) {
        let kurtosis = self.signals.iter().take(gains.len());
        let most = kurtosis.map(|one| one.kurtosis).fold(0.0, f64::max);
        if signs && most >= SIGNS {
            self.warnings.push(format!(
                "the prediction is for signals ±1 (kurtosis 1), and scores have kurtosis up to {most:.2}: other laws are learnt otherwise, and their units may mix signals; give --signal"
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
    fn is_stable(&self) -> bool {
        self.nature == Some(Nature::Stable)
    }

    fn of(
        units: usize,
        model: &Model,
        point: std::result::Result<&FixedPoint, &String>,
        settings: &FixedPointSettings,
    ) -> Self {
        let none = Self {
            units,
            nature: None,
            missing: point.err().cloned(),
            gain_in: None,
            gain_out: None,
            replicon: None,
        };
        let Ok(point) = point else {
            return none;
        };
        let fresh = HeldOut::at(model, &point.order, settings);
        Self {
            nature: Some(point.stability.nature()),
            missing: fresh
                .is_err()
                .then(|| "the quadrature for fresh data does not reach".to_owned()),
            gain_in: Some(point.stability.log_likelihood / model.alpha()),
            gain_out: fresh.ok().map(|fresh| fresh.log_likelihood),
            replicon: Some(point.stability.replicon),
            ..none
        }
    }
}

/// Overlap of each unit with the signal of its number.
fn own_overlaps(point: &FixedPoint) -> Vec<f64> {
    let overlaps = point.order.overlaps();
    (0..overlaps.ncols())
        .map(|unit| overlaps[(unit, unit)].abs())
        .collect()
}
