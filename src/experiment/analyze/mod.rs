//! What the spectrum of data says of the directions in them, before anything is trained.

mod predicted;
mod shown;

pub use predicted::{PredictedUnit, Prediction, UnitGain};

use super::{DEFAULT_SEED, Experiment, Report, Watch};
use crate::analysis::{
    BulkDistance, Detection, Inversion, Noise, Prepared, Principal, Signal, SignalLaw, Spectrum,
    SplitHalf, Standardise, detectable,
};
use crate::error::{Error, Result};
use crate::numerics::streams::Streams;
use crate::options::AnalysisOptions;
use crate::theory::baselines::pca_overlap_squared;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Largest `min(n, d)`, whose whole spectrum is computed.
const MOST: usize = 5000;

/// Directions beyond the signals whose halves are compared.
const FURTHER: usize = 5;

/// Asks what the spectrum of data says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Analyze {
    /// The data, and what is asked of them.
    pub analysis: AnalysisOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Resolved settings of [`Analyze`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnalyzeSettings {
    /// The file of the data, or the name of a built-in data set.
    pub data: PathBuf,
    /// Scale of the columns.
    pub standardise: Standardise,
    /// Numbers of columns that are left out because it was asked for, from 1.
    pub skipped: Vec<usize>,
    /// Part of the rows that is kept apart.
    pub holdout: Option<f64>,
    /// What entries became 1 from, and 0 below.
    pub binarise: Option<f64>,
    /// Numbers of columns that do not vary, from 1: they are left out.
    pub constant: Vec<usize>,
}

/// What the spectrum of data says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Analyzed {
    /// What was asked for.
    pub settings: AnalyzeSettings,
    /// Number of rows, those that are kept apart left out.
    pub n: usize,
    /// Number of columns that vary.
    pub d: usize,
    /// Independent rows for each column: `n/d`, or `(n − 1)/d` where means were taken away.
    pub alpha: f64,
    /// The strength `α^{-1/4}` from which on a direction can be seen, in units of the noise.
    pub threshold: f64,
    /// Variance of the noise; null without a bulk.
    pub noise: Option<Noise>,
    /// How far the bulk is from white noise; null without a bulk.
    pub bulk_distance: Option<BulkDistance>,
    /// Whether what follows rests on white noise and the bulk is none: its numbers are not to be
    /// trusted.
    pub assumption_violated: bool,
    /// Directions that stick out, the strongest first; none without a bulk.
    pub signals: Vec<Signal>,
    /// Overlaps between the principal directions of two halves of the data, of the signals and a few
    /// more: they need no theory, and no bulk.
    pub split_half: SplitHalf,
    /// What the first of these are in theory, squared overlaps of PCA at half of the samples; one for
    /// each signal.
    pub split_half_expected: Vec<f64>,
    /// The smallest strength that is found in 95 of 100 data sets of this shape.
    pub lambda_detect: Option<f64>,
    /// Upper end of the 95 % interval for a further signal, if there is one and it is normal over
    /// samples, by test inversion; null without a bulk, or where the largest eigenvalue left is small
    /// even for noise.
    pub next_signal_upper: Option<f64>,
    /// What hidden units learn, according to state evolution, from these data divided by the standard
    /// deviation of their noise, where that was asked for.
    pub predicted: Option<Prediction>,
    /// What is to be known before a number is used.
    pub warnings: Vec<String>,
}

impl Experiment for Analyze {
    type Answer = Analyzed;

    fn run(&self, watch: Watch) -> Result<Report<Analyzed>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let streams = Streams::new(seed);
        let options = &self.analysis;
        let missing = || {
            let allowed = "give it, for example onsager analyze data.csv";
            Error::invalid("data", "missing", allowed)
        };
        if options.signal.is_some() && options.units.is_none() {
            let allowed = "belongs to a prediction: give units, or leave it out";
            return Err(Error::invalid("signal", "given", allowed));
        }
        let file = options.data.as_ref().ok_or_else(missing)?;
        let of_file = |error: Error| match error {
            Error::InvalidInput { ref field, .. } if field == "data" => Error::file(file, error),
            other => other,
        };
        watch("data", None);
        let preparation = options.preparation()?;
        let prepared = Prepared::read(file, &preparation, streams)?;
        let (n, d) = (prepared.rows.rows(), prepared.rows.columns());
        if n.min(d) > MOST {
            let allowed = format!("the smaller side may be {MOST} at most: leave columns out");
            return Err(of_file(Error::invalid(
                "data",
                format!("{n} × {d}"),
                allowed,
            )));
        }
        watch("spectrum", None);
        let principal = Principal::of(&prepared.rows).map_err(of_file)?;
        let spectrum = principal.spectrum(prepared.independent).map_err(of_file)?;
        let settings = AnalyzeSettings {
            data: file.clone(),
            standardise: preparation.standardise,
            skipped: prepared.skipped.clone(),
            holdout: preparation.holdout,
            binarise: preparation.binarise,
            constant: prepared.constant.clone(),
        };
        let mut answer = Analyzed {
            settings,
            n,
            d,
            alpha: spectrum.alpha(),
            threshold: spectrum.alpha().powf(-0.25),
            noise: None,
            bulk_distance: None,
            assumption_violated: false,
            signals: Vec::new(),
            split_half: SplitHalf {
                directions: Vec::new(),
                subspaces: Vec::new(),
            },
            split_half_expected: Vec::new(),
            lambda_detect: detectable(spectrum.shape()),
            next_signal_upper: None,
            predicted: None,
            warnings: Vec::new(),
        };
        answer.look(&spectrum, &principal, streams, watch)?;
        watch("halves", None);
        let count = answer.signals.len() + FURTHER;
        answer.split_half = SplitHalf::of(&prepared.rows, count, streams)?;
        let half = 0.5 * answer.alpha;
        let expected = answer.signals.iter();
        answer.split_half_expected = expected
            .map(|signal| pca_overlap_squared(half, signal.lambda))
            .collect();
        let mut citations = Self::citations();
        if let Some(units) = options.units {
            let (prediction, more) = answer.predict(options, units, seed)?;
            answer.predicted = Some(prediction);
            citations.extend(more);
        }
        answer.warn();
        Ok(Report::new(seed, citations, answer))
    }
}

impl Analyze {
    /// Keys of the bibliography.
    fn citations() -> Vec<String> {
        let all = ["baik2005", "johnstone2001", "chiani2014"];
        all.map(str::to_owned).to_vec()
    }
}

impl Analyzed {
    /// Noise, signals and bulk.
    fn look(
        &mut self,
        spectrum: &Spectrum,
        principal: &Principal,
        streams: Streams,
        watch: Watch,
    ) -> Result<()> {
        let detection = spectrum.detect();
        let Detection::Bulk {
            outliers,
            next,
            noise,
        } = &detection
        else {
            self.assumption_violated = true;
            return Ok(());
        };
        watch("bulk", None);
        let count = outliers.len();
        let distance = spectrum.bulk_distance(count, streams.cell(1))?;
        self.assumption_violated = distance.n_ks > distance.limit;
        watch("signals", None);
        let signals = spectrum.signals(principal, &detection)?;
        for (before, signal) in signals.into_iter().enumerate() {
            let streams = streams.instance(before as u64 + 2);
            self.signals
                .push(signal.invert(spectrum, before, noise.fit, streams));
        }
        let unread = count - self.signals.len();
        if unread > 0 {
            self.warnings.push(format!(
                "{unread} more eigenvalues stick out by too little for a strength"
            ));
        }
        let inversion = Inversion::behind(spectrum, count, SignalLaw::Gaussian);
        let interval = inversion.interval(next.eigenvalue / noise.fit, streams.instance(1));
        self.next_signal_upper = interval.ok().map(|[_, high]| high);
        self.noise = Some(*noise);
        self.bulk_distance = Some(distance);
        Ok(())
    }

    fn warn(&mut self) {
        let constant = self.settings.constant.len();
        if constant > 0 {
            self.warnings
                .push(format!("{constant} columns do not vary and are left out"));
        }
        match (&self.bulk_distance, self.assumption_violated) {
            (None, _) => self.warnings.push(
                "more than a quarter of the eigenvalues stick out: there is no bulk of noise (Marchenko–Pastur), strengths in units of it mean nothing, and the BBP threshold decides nothing".into(),
            ),
            (Some(distance), true) => self.warnings.push(format!(
                "the bulk is not white noise: N·KS = {:.2}, which white noise exceeds {:.2} of once in twenty data sets; strengths, overlaps, samples needed and predictions rest on it and are not to be trusted",
                distance.n_ks, distance.limit
            )),
            _ => {}
        }
        if self.signals.iter().any(|signal| signal.inverted) {
            self.warnings.push(
                "near the threshold (αλ⁴ < 3) the formula of the standard error does not hold: the interval is that of test inversion".into(),
            );
        }
        if self.noise.is_some() && self.next_signal_upper.is_none() {
            self.warnings.push(
                "the largest eigenvalue left is small even for noise: it bounds no further signal"
                    .into(),
            );
        }
    }
}

#[cfg(test)]
mod tests;
