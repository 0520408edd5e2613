//! What hidden units learn from the signals that were found, according to state evolution.

use super::known::Known;
use super::{Analyzed, SignalCount};
use crate::analysis::{BootstrapGain, ScoreLaw};
use crate::error::{Error, Result};
use crate::experiment::Watch;
use crate::law::{Law, MAX_UNITS};
use crate::theory::Nature;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kurtosis from which on scores are hardly those of signals ±1.
const SIGNS: f64 = 2.0;

/// Largest number of signals that enter the theory, unless there are more units.
const CONSIDERED: usize = 8;

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
    /// of signals that are signs by their scores, of kurtosis below 1.25 by two standard errors, or of a
    /// single signal.
    /// Others of kurtosis below 3 may have a solution of this kind, but that depends on more of their
    /// law than the kurtosis.
    pub aligned: bool,
    /// Why a number is missing; null where none is.
    pub missing: Option<String>,
    /// On the data that were learnt from, `ℓ/α`.
    pub gain_in: Option<f64>,
    /// On fresh data.
    pub gain_out: Option<f64>,
    /// Standard error of that from those of the strengths, whatever the units learn; the scatter of
    /// trained weights comes on top. Null where a strength has none, or a neighbouring solution was not
    /// found.
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
    /// Standard error of that for trained weights: that from the strength's, and in quadrature their
    /// scatter where synthetic data have it. As strengths that are read from them scatter with the
    /// weights, it is rather too large.
    pub zeta_error: Option<f64>,
    /// Standard error from the strength's alone.
    pub zeta_error_lambda: Option<f64>,
    /// Scatter of weights that are trained on synthetic data of these strengths; null without them.
    pub zeta_scatter: Option<f64>,
    /// Self-overlap, in units of the visible variance.
    pub self_overlap: f64,
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
                _ => format!(
                    "must lie in 1..={seen}, the number of signals with a strength: more units learn noise"
                ),
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
        let each = match &last {
            Some(found) => known.units(found)?,
            None => Vec::new(),
        };
        for (unit, signal) in self.signals.iter_mut().enumerate().take(each.len()) {
            let alpha = known.useful_from(unit)?;
            signal.samples_useful = alpha.map(|alpha| alpha * self.d as f64);
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

impl Prediction {
    /// Adds what trained weights scatter on synthetic data, where units are aligned in them as well.
    pub(super) fn scatter(&mut self, synthetic: &BootstrapGain) {
        for (unit, scatter) in self.units.iter_mut().zip(&synthetic.overlaps) {
            unit.zeta_scatter = Some(scatter.deviation);
            unit.zeta_error = unit
                .zeta_error_lambda
                .map(|error| error.hypot(scatter.deviation));
        }
    }
}

impl UnitGain {
    pub(super) fn is_stable(&self) -> bool {
        self.nature == Some(Nature::Stable)
    }
}
