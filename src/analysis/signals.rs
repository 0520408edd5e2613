//! Signals behind outliers: strengths with their errors, overlaps, and what more samples would show.

use super::inversion::{Inversion, SignalLaw};
use super::principal::Principal;
use super::spectrum::{Detection, Edge, LEVEL, Spectrum, TracyWidomTest, tracy_widom_quantile};
use crate::error::{Error, Result};
use crate::numerics::brent::bracketed_root;
use crate::numerics::nullable;
use crate::numerics::streams::Streams;
use crate::spectral::{MarchenkoPastur, Outlier};
use crate::theory::baselines::pca_overlap_squared;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kurtosis of signals that are taken to be possible.
const KURTOSIS: [f64; 2] = [1.0, 10.0];

/// Overlap of the scores with the signal below which their kurtosis says nothing of its.
const LEAST_OVERLAP: f64 = 0.3;

/// `αλ⁴` below which the error of `λ` is not that of the formula.
const NEAR_THRESHOLD: f64 = 3.0;

/// Directions whose scores are held in memory together.
const TOGETHER: usize = 16;

/// Quantile of a normal law, two-sided 95 %, and one-sided.
const TWO_SIDED: f64 = 1.96;
const ONE_SIDED: f64 = 1.645;

/// A direction that sticks out of the noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Signal {
    /// Its eigenvalue, and the test of it.
    pub test: TracyWidomTest,
    /// Its strength `λ`, in units of the noise's standard deviation.
    pub lambda: f64,
    /// Standard error of that; its formula does not hold near the threshold, `αλ⁴ < 3`, and is infinite
    /// (null) at it.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub error: f64,
    /// Interval in which `λ` lies in 95 of 100 data sets; by test inversion near the threshold. Null
    /// where there is none.
    pub interval95: Option<[f64; 2]>,
    /// Whether it is by test inversion.
    pub inverted: bool,
    /// Kurtosis of the law of the signal over samples, estimated from the scores; 3 where they say
    /// nothing of it.
    pub kurtosis: f64,
    /// Standard error of that, of the rows and of `λ`; null where the scores say nothing of it.
    pub kurtosis_error: Option<f64>,
    /// Whether the whole interval lies above `α^{-1/4}`, from which on a direction can be seen: where it
    /// does not, noise may have this eigenvalue, or a weaker signal.
    pub above_threshold: bool,
    /// Overlap of the principal direction with the signal's.
    pub overlap_pca: f64,
    /// Overlap of the scores `Xv/|Xv|` with the signal over samples.
    pub score_overlap: f64,
    /// Samples at which a direction of this strength begins to be seen, `d/λ⁴`: fewer than there are,
    /// of one that is.
    pub samples_needed: f64,
    /// Relative standard error of that; null where it is infinite.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub samples_needed_error: f64,
    /// Samples from which on one unit on this signal gains on fresh data; null where it does so wherever
    /// the theory has a solution, or nowhere, and where no such unit was predicted.
    pub samples_useful: Option<f64>,
    /// Overlap `|v·v'|` of this principal direction of two halves of the data, drawn at random; null
    /// where halves were not compared.
    pub split_half_overlap: Option<f64>,
    /// What that is in theory: the squared overlap of PCA at half of the samples.
    pub split_half_expected: f64,
    /// Whether all of this rests on a bulk of white noise that is none.
    pub assumption_violated: bool,
}

impl Spectrum {
    /// The signals in the data of this decomposition behind what was detected in them, the strongest
    /// first, without test inversion (see [`Signal::invert`]); none without a bulk. An eigenvalue that
    /// sticks out by so little that no strength belongs to it is not among them.
    ///
    /// # Errors
    /// Data of another shape.
    pub fn signals(&self, principal: &Principal, detection: &Detection) -> Result<Vec<Signal>> {
        let ([n, d], [rows, columns]) = (self.shape(), principal.shape());
        if rows < n || columns != d {
            return Err(Error::Shape {
                field: "data".into(),
                got: format!("{rows} × {columns}"),
                expected: format!("{n} × {d}"),
            });
        }
        let (outliers, noise) = match detection.parts() {
            Some((outliers, _, noise)) if !outliers.is_empty() => (outliers, noise),
            _ => return Ok(Vec::new()),
        };
        let mut signals = Vec::new();
        for (place, tests) in outliers.chunks(TOGETHER).enumerate() {
            let first = place * TOGETHER;
            let scores = principal.scores(first..first + tests.len());
            let pairs = tests.iter().zip(scores.column_iter());
            signals.extend(pairs.filter_map(|(test, scores)| {
                self.signal(*test, noise, Kurtosis::of(scores.as_slice()))
            }));
        }
        Ok(signals)
    }

    /// The signal behind an outlier, of noise of that variance, whose scores have this kurtosis;
    /// `None` where it does not lie above the edge of the bulk.
    pub fn signal(&self, test: TracyWidomTest, noise: f64, of_scores: Kurtosis) -> Option<Signal> {
        let ([n, d], alpha) = (self.shape(), self.alpha());
        let (lambda, behind) = strength(self.shape(), test.eigenvalue / noise)?;
        let score_overlap = behind.visible_overlap_squared.sqrt();
        let tells = score_overlap > LEAST_OVERLAP;
        let part = score_overlap.powi(4);
        let kurtosis = if tells {
            let own = 3.0 + (of_scores.value - 3.0) / part;
            own.clamp(KURTOSIS[0], KURTOSIS[1])
        } else {
            3.0
        };
        let error = sampling_error(n, alpha, lambda, kurtosis);
        let kurtosis_error = tells.then(|| {
            let above = score_overlap_squared(self.shape(), lambda + error);
            let relative = above.map_or(f64::INFINITY, |above| above.powi(2) / part - 1.0);
            (of_scores.error / part).hypot((kurtosis - 3.0) * relative)
        });
        let interval = error
            .is_finite()
            .then(|| [-1.0, 1.0].map(|sign| (lambda + sign * TWO_SIDED * error).max(0.0)));
        Some(Signal {
            test,
            lambda,
            error,
            interval95: interval,
            inverted: false,
            kurtosis,
            kurtosis_error: kurtosis_error.filter(|error| error.is_finite()),
            above_threshold: is_above(interval, alpha),
            overlap_pca: behind.hidden_overlap_squared.sqrt(),
            score_overlap,
            samples_needed: d as f64 / lambda.powi(4),
            samples_needed_error: 4.0 * error / lambda,
            samples_useful: None,
            split_half_overlap: None,
            split_half_expected: pca_overlap_squared(0.5 * alpha, lambda),
            assumption_violated: false,
        })
    }
}

impl Signal {
    /// Whether the formula of the error does not serve: `αλ⁴ < 3`.
    pub fn is_near_threshold(&self, alpha: f64) -> bool {
        alpha * self.lambda.powi(4) < NEAR_THRESHOLD
    }

    /// The signal with an interval by test inversion, where it is near the threshold; it is the one
    /// behind `before` stronger ones.
    pub fn invert(self, spectrum: &Spectrum, before: usize, noise: f64, streams: Streams) -> Self {
        if !self.is_near_threshold(spectrum.alpha()) {
            return self;
        }
        // Of the two laws that are tried the one of nearer kurtosis: 1 or 3.
        let law = match self.kurtosis < 2.0 {
            true => SignalLaw::Signs,
            false => SignalLaw::Gaussian,
        };
        let inversion = Inversion::behind(spectrum, before, law);
        let interval = inversion
            .interval(self.test.eigenvalue / noise, streams)
            .ok();
        Self {
            interval95: interval,
            above_threshold: is_above(interval, spectrum.alpha()),
            inverted: true,
            ..self
        }
    }
}

/// Whether an interval of strengths lies above the threshold.
fn is_above(interval: Option<[f64; 2]>, alpha: f64) -> bool {
    interval.is_some_and(|[low, _]| low > alpha.powf(-0.25))
}

/// The strength `λ` behind an eigenvalue of `X^T X/n` of data of that shape with noise of variance 1,
/// and how it is seen; `None` within the bulk.
pub(super) fn strength(shape: [usize; 2], eigenvalue: f64) -> Option<(f64, Outlier)> {
    let (law, unit) = planted(shape)?;
    let behind = law.behind((eigenvalue * shape[0] as f64).sqrt())?;
    Some((behind.planted / unit, behind))
}

/// The law of the singular values of noise of variance 1, and the planted one of strength 1.
fn planted([n, d]: [usize; 2]) -> Option<(MarchenkoPastur, f64)> {
    let law = MarchenkoPastur::of_matrix(n, d, 1.0).ok()?;
    let unit = law.sigma() * (n as f64 / d as f64).sqrt().sqrt();
    Some((law, unit))
}

/// Standard error of a strength that is read from an outlier of `n` samples:
/// `Var λ̂² = [2(1 + λ²)²/(1 − 1/(αλ⁴)) + (κ − 3) λ⁴]/n`. Infinite at the threshold and below.
pub fn sampling_error(n: usize, alpha: f64, lambda: f64, kurtosis: f64) -> f64 {
    let square = lambda * lambda;
    let part = 1.0 - 1.0 / (alpha * square * square);
    if part <= 0.0 {
        return f64::INFINITY;
    }
    let variance = 2.0 * (1.0 + square).powi(2) / part + (kurtosis - 3.0) * square * square;
    (variance.max(0.0) / n as f64).sqrt() / (2.0 * lambda)
}

/// The smallest strength that is found in 95 of 100 data sets of this shape (rows, columns), where
/// noise alone is taken for a signal in one of 100; `None` where there is none below 100.
pub fn detectable(shape: [usize; 2]) -> Option<f64> {
    let [n, d] = shape.map(|side| side as f64);
    let alpha = n / d;
    let (law, unit) = planted(shape)?;
    let edge = Edge::of(shape);
    let level = (edge.centre + tracy_widom_quantile(LEVEL) * edge.scale) / n;
    let above = |lambda: f64| {
        let square = lambda * lambda;
        let slope = 1.0 - 1.0 / (alpha * square * square);
        let mean = law
            .outlier(lambda * unit)
            .map_or(f64::NAN, |seen| seen.observed.powi(2) / n);
        // Of λ², in terms of that of λ.
        let error = slope * 2.0 * lambda * sampling_error(shape[0], alpha, lambda, 3.0);
        mean - ONE_SIDED * error - level
    };
    let threshold = alpha.powf(-0.25);
    bracketed_root(above, threshold * (1.0 + 1e-6), 100.0, 1e-12, 1e-8).ok()
}

/// Squared overlap of the scores with a signal of that strength; `None` where it is not seen.
fn score_overlap_squared(shape: [usize; 2], lambda: f64) -> Option<f64> {
    let (law, unit) = planted(shape)?;
    let seen = law.outlier(lambda * unit)?;
    Some(seen.visible_overlap_squared)
}

/// Kurtosis `⟨s⁴⟩/⟨s²⟩²` of numbers of mean 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kurtosis {
    /// The estimate.
    pub value: f64,
    /// Its standard error for independent numbers, from their moments: for signs in little noise far
    /// below the `√(24/n)` of normal numbers.
    pub error: f64,
}

impl Kurtosis {
    /// Of these numbers.
    pub fn of(numbers: &[f64]) -> Self {
        let n = numbers.len() as f64;
        let moment = |power: i32| numbers.iter().map(|x| x.powi(power)).sum::<f64>() / n;
        let (second, fourth) = (moment(2), moment(4));
        let value = fourth / (second * second);
        // How much one number moves the estimate, n-fold.
        let influence = |x: &f64| {
            let square = x * x / second;
            square * square - value - 2.0 * value * (square - 1.0)
        };
        let squares: f64 = numbers.iter().map(|x| influence(x).powi(2)).sum();
        Self {
            value,
            error: squares.sqrt() / n,
        }
    }
}
