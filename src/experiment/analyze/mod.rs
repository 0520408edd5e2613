//! What the spectrum of data says of the directions in them, before anything is trained.

mod known;
mod obtained;
mod occluded;
mod predicted;
mod shown;

pub use obtained::{Bootstrapped, Comparison, CurvePoint, LearntQuantity, Obtained, ObtainedRun};
pub use occluded::{CompletedBy, Completion};
pub use predicted::{PredictedUnit, Prediction, UnitGain};

use super::{DEFAULT_SEED, Experiment, Report, Watch};
use crate::analysis::LEVEL;
use crate::analysis::{
    BulkDistance, Detection, Inversion, MOST_WHOLE, Noise, PROBES, Prepared, Principal, ScoreLaw,
    Signal, SignalLaw, Spectrum, SpectrumPart, SplitHalf, Standardise, Trainer, Whitening,
    detectable, permuted_edge,
};
use crate::error::{Error, Result};
#[cfg(feature = "python")]
use crate::files::lines::Lines;
use crate::numerics::streams::Streams;
use crate::options::AnalysisOptions;
use known::Known;
use obtained::{Learning, weights_of};
use occluded::completions;

use nalgebra::DVectorView;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Directions beyond the signals whose halves are compared, and the shorter side of half of the data
/// from which on there are none: near the noise they take hundreds of passes.
const FURTHER: usize = 5;
const LARGE: usize = 1200;

/// Cell of the streams of random vectors for leading directions.
const LEADING: u64 = 1 << 34;

/// Cell of the streams of permutations.
const PERMUTED: u64 = 1 << 33;

/// So many columns that have more than this part of a direction are hardly a signal in all of them.
const FEW: usize = 3;
const FEW_PART: f64 = 0.5;

/// Factors of the number of samples at which the threshold is given.
const MORE: [usize; 3] = [2, 4, 10];

/// Entries of data up to which columns are permuted for a number of signals.
const MOST_PERMUTED: usize = 20_000_000;

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
    /// How much of the spectrum was computed.
    pub spectrum: SpectrumPart,
    /// Common factors that columns are freed of before they are divided by what is left.
    pub whiten: Option<usize>,
    /// Number of columns of the file.
    pub columns: usize,
    /// Numbers of columns that are left out because it was asked for, from 1.
    pub skipped: Vec<usize>,
    /// Part of the rows that is kept apart.
    pub holdout: Option<f64>,
    /// What entries became 1 from, and 0 below.
    pub binarise: Option<f64>,
    /// Numbers of columns that do not vary, from 1: they are left out.
    pub constant: Vec<usize>,
}

impl AnalyzeSettings {
    /// Numbers of the columns that are analysed, from 1, in order.
    pub fn kept(&self) -> Vec<usize> {
        let left_out =
            |column: &usize| self.constant.contains(column) || self.skipped.contains(column);
        (1..=self.columns)
            .filter(|column| !left_out(column))
            .collect()
    }
}

/// What prediction and training are made of.
struct Material<'a> {
    prepared: &'a Prepared,
    principal: &'a Principal<'a>,
    detection: &'a Detection,
    streams: Streams,
}

/// The threshold with more samples of the same columns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MoreSamples {
    /// How many times as many.
    pub factor: usize,
    /// Their number.
    pub samples: usize,
    /// The strength from which on a direction could be seen, in units of the noise.
    pub threshold: f64,
}

impl MoreSamples {
    fn new(factor: usize, spectrum: &Spectrum) -> Self {
        let [n, _] = spectrum.shape();
        Self {
            factor,
            samples: factor * n,
            threshold: (factor as f64 * spectrum.alpha()).powf(-0.25),
        }
    }
}

/// How the number of signals was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignalCount {
    /// By the Tracy–Widom law: they stick out of a bulk of noise.
    Outliers,
    /// There is no bulk of noise: the eigenvalues above those of permuted columns.
    Permuted,
    /// It was given.
    Given,
    /// There is no bulk of noise, and the data are too large for permutations, or more eigenvalues are
    /// above those of permuted columns than can be taken for signals.
    Unknown,
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
    /// Where the threshold would be with more samples.
    pub with_more: Vec<MoreSamples>,
    /// Independent rows: one fewer than there are where means were taken away.
    pub independent: usize,
    /// What dividing the columns by their own noise changed; null where it was not asked for.
    pub whitening: Option<Whitening>,
    /// How the number of signals was found.
    pub signal_count: SignalCount,
    /// Variance of the noise. Where the number of signals is none of outliers it is a convention; null
    /// where no number of signals is known.
    pub noise: Option<Noise>,
    /// Eigenvalues of `X^T X/n` that are not 0 by shape, the largest first.
    pub eigenvalues: Vec<f64>,
    /// How many of these were computed: all, or the leading ones; the others are quantiles of an
    /// estimated density.
    pub eigenvalues_known: usize,
    /// Between them the noise lies, by the law of Marchenko and Pastur at its variance; null where no
    /// number of signals is known.
    pub bulk_edges: Option<[f64; 2]>,
    /// How far what is left of the spectrum is from white noise; null where no number of signals is
    /// known.
    pub bulk_distance: Option<BulkDistance>,
    /// Whether what follows rests on white noise and the bulk is none: its numbers are not to be
    /// trusted.
    pub assumption_violated: bool,
    /// Directions that are taken for signals, the strongest first.
    pub signals: Vec<Signal>,
    /// Overlaps between the principal directions of two halves of the data, of the signals and a few
    /// more: they need no theory, and no bulk.
    pub split_half: SplitHalf,
    /// The smallest strength that is found in 95 of 100 data sets of this shape.
    pub lambda_detect: Option<f64>,
    /// Upper end of the 95 % interval for a further signal, if there is one and it is normal over
    /// samples, by test inversion; null without a bulk, or where the largest eigenvalue left is small
    /// even for noise.
    pub next_signal_upper95: Option<f64>,
    /// Variance of the visible units of the RBM, in units of the data as they are scaled.
    pub visible_variance: Option<f64>,
    /// What hidden units learn, according to state evolution, where that was asked for.
    pub predicted: Option<Prediction>,
    /// What they learn from synthetic data of what was found, where that was asked for.
    pub bootstrap: Option<Bootstrapped>,
    /// What they learn from the data, where that was asked for.
    pub obtained: Option<Obtained>,
    /// How hidden entries of rows that were kept apart are completed; empty where that was not asked
    /// for.
    pub completions: Vec<Completion>,
    /// What is to be known before a number is used.
    pub warnings: Vec<String>,
}

impl Experiment for Analyze {
    type Answer = Analyzed;

    fn run(&self, watch: Watch) -> Result<Report<Analyzed>> {
        let options = &self.analysis;
        let missing = || {
            let allowed = "give it, for example onsager analyze data.csv";
            Error::invalid("data", "missing", allowed)
        };
        options.validate()?;
        let file = options.data.as_ref().ok_or_else(missing)?;
        watch("data", None);
        let prepared = Prepared::read(file, &options.preparation()?, self.streams())?;
        self.of_prepared(file, prepared, watch)
    }
}

impl Analyze {
    fn streams(&self) -> Streams {
        Streams::new(self.seed.unwrap_or(DEFAULT_SEED))
    }

    /// The same of a table in memory, which no file names.
    #[cfg(feature = "python")]
    pub(crate) fn prepare(&self, lines: &dyn Lines) -> Result<Prepared> {
        self.analysis.validate()?;
        if let Some(file) = &self.analysis.data {
            let allowed = "the data are an array: leave it out";
            return Err(Error::invalid("data", file.display(), allowed));
        }
        Prepared::of(lines, &self.analysis.preparation()?, self.streams())
    }

    /// The analysis of data that were made ready as these options say.
    pub(crate) fn of_prepared(
        &self,
        file: &Path,
        mut prepared: Prepared,
        watch: Watch,
    ) -> Result<Report<Analyzed>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let streams = self.streams();
        let options = &self.analysis;
        let of_file = |error: Error| match error {
            Error::InvalidInput { ref field, .. } if field == "data" => Error::file(file, error),
            other => other,
        };
        let preparation = options.preparation()?;
        let (n, d) = (prepared.rows.rows(), prepared.rows.columns());
        let part = match options.spectrum {
            Some(part) => part,
            None if n.min(d) > MOST_WHOLE => SpectrumPart::Leading,
            None => SpectrumPart::Whole,
        };
        if n.min(d) > MOST_WHOLE && part == SpectrumPart::Whole {
            let allowed = format!(
                "of {n} × {d}: the smaller side may be {MOST_WHOLE} at most for a whole spectrum"
            );
            return Err(Error::invalid("spectrum", "whole", allowed));
        }
        let whitening = match options.whiten {
            Some(factors) => {
                watch("factors", None);
                Some(prepared.whiten(factors, streams)?)
            }
            None => None,
        };
        watch("spectrum", None);
        let principal = match part {
            SpectrumPart::Whole => Principal::of(&prepared.rows),
            SpectrumPart::Leading => {
                let streams = streams.cell(LEADING);
                Principal::leading(
                    &prepared.rows,
                    prepared.independent,
                    options.signals,
                    streams,
                )
            }
        };
        let principal = principal.map_err(of_file)?;
        let spectrum = principal.spectrum(prepared.independent).map_err(of_file)?;
        let (detection, signal_count) = self.detection(&spectrum, &prepared, streams)?;
        let settings = AnalyzeSettings {
            data: file.into(),
            standardise: preparation.standardise,
            whiten: options.whiten,
            spectrum: part,
            columns: prepared.kept.len() + prepared.constant.len() + prepared.skipped.len(),
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
            with_more: MORE
                .map(|factor| MoreSamples::new(factor, &spectrum))
                .to_vec(),
            independent: prepared.independent,
            whitening,
            signal_count,
            noise: None,
            eigenvalues: (0..spectrum.count())
                .map(|at| spectrum.eigenvalue(at))
                .collect(),
            eigenvalues_known: spectrum.known(),
            bulk_edges: None,
            bulk_distance: None,
            assumption_violated: false,
            signals: Vec::new(),
            split_half: SplitHalf {
                directions: Vec::new(),
                subspaces: Vec::new(),
            },
            lambda_detect: detectable(spectrum.shape()),
            next_signal_upper95: None,
            visible_variance: None,
            predicted: None,
            bootstrap: None,
            obtained: None,
            completions: Vec::new(),
            warnings: Vec::new(),
        };
        answer.look(&spectrum, &detection, &principal, streams, watch)?;
        watch("halves", None);
        let further = if d.min(n / 2) > LARGE { 0 } else { FURTHER };
        let count = answer.signals.len() + further;
        match SplitHalf::of(&prepared.rows, count, streams) {
            Ok(halves) => answer.split_half = halves,
            Err(Error::InvalidInput { got, .. }) => answer
                .warnings
                .push(format!("halves of the data were not compared: {got}")),
            Err(error) => return Err(error),
        }
        let overlaps = answer.split_half.directions.iter();
        for (signal, overlap) in answer.signals.iter_mut().zip(overlaps) {
            signal.split_half_overlap = Some(*overlap);
        }
        if let Some(units) = options.units {
            let material = Material {
                prepared: &prepared,
                principal: &principal,
                detection: &detection,
                streams,
            };
            answer.learn(options, units, &material, watch)?;
        }
        answer.warn();
        let citations = answer.citations();
        Ok(Report::new(seed, citations, answer))
    }

    /// What is taken for signals, and why.
    fn detection(
        &self,
        spectrum: &Spectrum,
        prepared: &Prepared,
        streams: Streams,
    ) -> Result<(Detection, SignalCount)> {
        if let Some(signals) = self.analysis.signals {
            return Ok((spectrum.choose(signals)?, SignalCount::Given));
        }
        let detection = spectrum.detect();
        if detection != Detection::NoBulk {
            return Ok((detection, SignalCount::Outliers));
        }
        let (n, d) = (prepared.rows.rows(), prepared.rows.columns());
        if n * d > MOST_PERMUTED {
            return Ok((detection, SignalCount::Unknown));
        }
        let edge = permuted_edge(&prepared.rows, prepared.independent, streams.cell(PERMUTED))?;
        let above = (0..spectrum.count())
            .take_while(|at| spectrum.eigenvalue(*at) > edge)
            .count();
        Ok(match spectrum.choose(above) {
            Ok(chosen) => (chosen, SignalCount::Permuted),
            Err(_) => (detection, SignalCount::Unknown),
        })
    }
}

impl Analyzed {
    /// Keys of the bibliography.
    fn citations(&self) -> Vec<String> {
        let mut all = vec!["baik2005", "johnstone2001", "chiani2014"];
        if self.signal_count == SignalCount::Permuted {
            all.push("horn1965");
        }
        if self.whitening.is_some() {
            all.push("lawley1940");
        }
        if self.eigenvalues_known < self.eigenvalues.len() {
            all.push("ubaru2017");
        }
        all.into_iter().map(str::to_owned).collect()
    }

    /// Noise, signals and bulk.
    fn look(
        &mut self,
        spectrum: &Spectrum,
        detection: &Detection,
        principal: &Principal,
        streams: Streams,
        watch: Watch,
    ) -> Result<()> {
        let Some((outliers, next, noise)) = detection.parts() else {
            self.assumption_violated = true;
            return Ok(());
        };
        watch("bulk", None);
        let count = outliers.len();
        let null = spectrum.bulk_null(count, streams.cell(1))?;
        let distance = spectrum.bulk_distance(count, &null)?;
        self.assumption_violated =
            self.signal_count == SignalCount::Permuted || distance.n_ks > distance.limit;
        watch("signals", None);
        let signals = spectrum.signals(principal, detection)?;
        for (before, signal) in signals.into_iter().enumerate() {
            let streams = streams.instance(before as u64 + 2);
            let signal = signal.invert(spectrum, before, noise, streams);
            self.signals.push(Signal {
                assumption_violated: self.assumption_violated,
                ..signal
            });
        }
        if self.whitening.is_some() {
            self.distrust_few_columns(principal);
        }
        let unread = count - self.signals.len();
        if unread > 0 {
            self.warnings.push(format!(
                "{unread} of the eigenvalues taken for signals lie within the bulk or at its edge: they have no strength"
            ));
        }
        if self.signal_count == SignalCount::Given {
            let plain = outliers.iter().filter(|test| test.p_value > LEVEL).count();
            let seen = match plain {
                0 => "a test finds each of them",
                _ => "no test finds all of them",
            };
            self.warnings.push(format!(
                "the number of signals was given, {count}: {seen}; {plain} of their eigenvalues stick out no further than noise does (p > {LEVEL})"
            ));
        }
        let inversion = Inversion::behind(spectrum, count, SignalLaw::Gaussian);
        let interval = inversion.interval(next.eigenvalue / noise, streams.instance(1));
        self.next_signal_upper95 = interval.ok().map(|[_, high]| high);
        self.noise = detection.noise();
        self.bulk_edges = Some(spectrum.bulk_edges(count, noise)?);
        self.bulk_distance = Some(distance);
        Ok(())
    }

    fn warn(&mut self) {
        let constant = self.settings.constant.len();
        if constant > 0 {
            self.warnings
                .push(format!("{constant} columns do not vary and are left out"));
        }
        if let Some(whitening) = &self.whitening {
            self.warnings.extend(whitening.notes());
        }
        let sparse = matches!(
            self.signal_count,
            SignalCount::Permuted | SignalCount::Unknown
        );
        if sparse && self.assumption_violated {
            let how_many = match self.eigenvalues_known < self.eigenvalues.len() {
                true => "all eigenvalues that were computed",
                false => "more than a quarter of the eigenvalues",
            };
            self.warnings.push(format!(
                "{how_many} stick out: there is no bulk of noise (Marchenko–Pastur), and the BBP threshold decides nothing"
            ));
        }
        if self.eigenvalues_known < self.eigenvalues.len() {
            self.warnings.push(format!(
                "{} eigenvalues were computed, the others are quantiles of a density that is estimated from {PROBES} random vectors: the test of the bulk sees larger differences only, and columns that follow from others are not noticed",
                self.eigenvalues_known
            ));
        }
        if self.signal_count == SignalCount::Permuted {
            self.warnings.push(format!(
                "{} directions vary more than permuted columns do: they are taken for signals, and the mean of the other eigenvalues for the variance of the noise, on which every strength rests",
                self.signals.len()
            ));
        }
        match (&self.bulk_distance, self.assumption_violated) {
            (None, _) => self.warnings.push(
                "without a bulk strengths mean nothing: give the number of signals".into(),
            ),
            // Permuted columns and surplus factors are said above.
            (Some(distance), true) if distance.n_ks > distance.limit => self.warnings.push(format!(
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
        if self.noise.is_some() && self.next_signal_upper95.is_none() {
            self.warnings.push(
                "the largest eigenvalue left is small even for noise: it bounds no further signal"
                    .into(),
            );
        }
    }
}

impl Analyzed {
    /// Surplus factors make a signal of a column of noise: its own variance becomes small, and the column
    /// a direction.
    fn distrust_few_columns(&mut self, principal: &Principal) {
        let directions = principal.directions(0..self.signals.len());
        let few = |v: &DVectorView<f64>| {
            let mut parts: Vec<f64> = v.iter().map(|x| x * x).collect();
            parts.sort_by(|a, b| b.total_cmp(a));
            parts.iter().take(FEW).sum::<f64>() > FEW_PART
        };
        let count = directions.column_iter().filter(few).count();
        if count > 0 {
            self.assumption_violated = true;
            for signal in &mut self.signals {
                signal.assumption_violated = true;
            }
            self.warnings.push(format!(
                "{count} of the directions are hardly more than {FEW} columns each, as surplus factors make them of noise: use fewer factors; strengths and predictions are not to be trusted"
            ));
        }
    }

    /// Prediction, bootstrap and training of up to so many units.
    fn learn(
        &mut self,
        options: &AnalysisOptions,
        units: usize,
        material: &Material,
        watch: Watch,
    ) -> Result<()> {
        let Material {
            prepared,
            principal,
            detection,
            streams,
        } = *material;
        let mut considered = self.considered(units)?;
        let loaded = options.load_weights.as_deref();
        let loaded = loaded.map(|path| weights_of(path, [self.d, units]));
        let loaded = loaded.transpose()?;
        if let Some(held_out) = &prepared.held_out
            && held_out.rows() < 2
        {
            let allowed = "two rows at least are kept apart";
            return Err(Error::invalid("holdout", "a single row", allowed));
        }
        let directions = principal.directions(0..considered);
        let scores = principal.scores(0..considered);
        let noise = detection.parts().map_or(f64::NAN, |(_, _, noise)| noise);
        let variance = options.visible_variance.unwrap_or(noise);
        self.visible_variance = Some(variance);
        let law = match &options.signal {
            Some(name) => ScoreLaw::of_name(name),
            None => ScoreLaw::usual(&self.signals[..considered], !self.assumption_violated),
        };
        let definitions = options.equations.as_deref();
        let known = loop {
            let signals = &self.signals[..considered];
            let scale = variance / noise;
            let known = Known::new(
                self.alpha,
                signals,
                &law,
                &scores,
                (scale, definitions),
                streams,
            );
            match known {
                Ok(known) => break Some(known),
                // Joint laws of fewer signals have fewer components.
                Err(_) if considered > units => considered -= 1,
                Err(Error::InvalidInput { field, got, .. })
                    if field == "lambda" || field == "alpha" =>
                {
                    self.warnings.push(format!(
                        "{field} is {got}, for which there is no prediction"
                    ));
                    break None;
                }
                Err(error) => return Err(error),
            }
        };
        let directions = directions.columns(0, considered).into_owned();
        if let Some(known) = &known {
            self.predicted = Some(self.predict(known, &law, units, watch)?);
        }
        let sets = options.sets();
        if sets == 0 && !options.has_weights() {
            return Ok(());
        }
        let deviations = [variance.sqrt(), noise.sqrt()];
        let held_out = prepared.held_out.as_ref();
        let learning = Learning::new(&prepared.rows, held_out, deviations, &directions, streams)?;
        if let Some(known) = known.as_ref().filter(|_| sets > 0) {
            let trainer = options.train.unwrap_or(Trainer::Lbfgs);
            let violated = self.assumption_violated;
            let all = learning.bootstrap(known, [units, sets], trainer, violated, watch)?;
            if let Some((predicted, last)) = self.predicted.as_mut().zip(all.gains.last()) {
                predicted.scatter(last);
            }
            self.bootstrap = Some(all);
        }
        self.obtained = match (loaded, options.train) {
            (Some(weights), _) => Some(learning.loaded(weights)?),
            (None, Some(trainer)) => Some(learning.train(units, trainer, watch)?),
            (None, None) => None,
        };
        let obtained = self.obtained.as_ref();
        let weights = obtained.and_then(|obtained| obtained.weights.as_ref());
        if options.occlude && weights.is_none() {
            let missing = "nothing was hidden: training failed, so that there are no weights";
            self.warnings.push(missing.into());
        }
        if let Some(weights) = weights.filter(|_| options.occlude) {
            watch("hidden entries", None);
            let weights = weights * learning.field_scale();
            let of = self.settings.columns;
            let (all, missing) = completions(&learning, &weights, &prepared.kept, of)?;
            self.completions = all;
            self.warnings.extend(missing);
        }
        Ok(())
    }

    /// What was predicted, what synthetic data have and what was obtained, number by number.
    pub fn comparisons(&self) -> Vec<Comparison> {
        obtained::compared(
            self.predicted.as_ref(),
            self.bootstrap.as_ref(),
            self.obtained.as_ref(),
        )
    }
}

#[cfg(test)]
mod tests;
