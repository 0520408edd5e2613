//! The spectrum of data: noise level and outliers.

use super::law::BulkLaw;
use super::principal::Principal;
use crate::error::{Error, Result};
use crate::simulation::DataMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Gamma};

/// Eigenvalues below this part of the largest are rounding.
const ZERO: f64 = 1e-12;

/// Fewest eigenvalues that are analysed.
const LEAST: usize = 16;

/// Probability with which noise gives an outlier at each step.
pub(crate) const LEVEL: f64 = 1e-2;

/// The Tracy–Widom law of real matrices as a shifted gamma law: shift, shape and scale (M. Chiani,
/// J. Multivariate Anal. 129 (2014) 69: `chiani2014`).
const GAMMA: [f64; 3] = [9.848_01, 46.446, 0.186_054];

/// Part of the ordered eigenvalues, in the middle, through which the noise level is fitted.
const MIDDLE: [f64; 2] = [0.1, 0.9];

/// The eigenvalues of `X^T X/n` of data (n×d) that are not 0 by its shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    n: usize,
    d: usize,
    /// `s²/max(n, d)`, the largest first.
    values: Vec<f64>,
    /// Number of eigenvalues that were computed; the others are quantiles of an estimated density.
    known: usize,
}

/// How much of a spectrum is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum SpectrumPart {
    /// All eigenvalues, by a decomposition.
    Whole,
    /// The leading ones with their directions, by passes over the data; the density of the others is
    /// estimated from random vectors, and their sum is known.
    Leading,
}

/// The variance of the noise, three ways. They agree where the bulk is that of white noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Noise {
    /// From the median of the bulk.
    pub median: f64,
    /// By regression of its ordered eigenvalues on those of the law.
    pub fit: f64,
    /// From their mean.
    pub trace: f64,
    /// What is used of these: the fit; the mean where the number of signals is none of outliers, and
    /// where the spectrum is estimated, whose sum is known.
    pub used: f64,
}

/// The test of one eigenvalue, with those above it taken for signals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TracyWidomTest {
    /// The eigenvalue of `X^T X/n`.
    pub eigenvalue: f64,
    /// Its distance from the edge of the noise, in units of the largest eigenvalue's scatter.
    pub statistic: f64,
    /// Probability of one at least so large in pure noise.
    pub p_value: f64,
}

/// What sticks out of the noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Detection {
    /// A bulk, and what is above it.
    Bulk {
        /// The eigenvalues that are none of the noise, the largest first.
        outliers: Vec<TracyWidomTest>,
        /// The first that may be one of the noise.
        next: TracyWidomTest,
        /// The noise without the outliers.
        noise: Noise,
    },
    /// More than a quarter of the eigenvalues stick out, or all that were computed where these are the
    /// leading ones: there is no bulk of noise, and no strength in units of it.
    NoBulk,
    /// A number of eigenvalues that was chosen by other means; the noise is the mean of the others, a
    /// convention.
    Chosen {
        /// The eigenvalues that are taken for signals, the largest first.
        outliers: Vec<TracyWidomTest>,
        /// The largest of the others.
        next: TracyWidomTest,
        /// The noise without the outliers.
        noise: Noise,
    },
}

impl Spectrum {
    /// Eigenvalues of `X^T X/n` of data of `n` independent rows (one fewer than there are where means
    /// were taken away) and `d` columns; more than `min(n, d)` of them are 0 by shape, and left out.
    ///
    /// # Errors
    /// Fewer than 16 rows or columns, fewer eigenvalues than `min(n, d)`, one that is negative
    /// (beyond rounding) or not finite, or one that is 0 and not by shape.
    pub fn new(n: usize, d: usize, eigenvalues: &[f64]) -> Result<Self> {
        let small = n.min(d);
        if small < LEAST {
            let allowed = format!(
                "at least {LEAST} independent rows (one fewer than there are where means are taken away) and as many columns are needed"
            );
            return Err(Error::invalid("data", format!("{n} × {d}"), allowed));
        }
        if eigenvalues.len() < small {
            return Err(Error::Shape {
                field: "eigenvalues".into(),
                got: eigenvalues.len().to_string(),
                expected: format!("{small} at least"),
            });
        }
        let most = eigenvalues.iter().fold(0.0, |most: f64, e| most.max(*e));
        let broken = |e: &&f64| !e.is_finite() || **e < -1e-10 * most;
        if let Some(broken) = eigenvalues.iter().find(broken) {
            let allowed = "eigenvalues of a covariance are finite, and not negative";
            return Err(Error::invalid("eigenvalues", broken, allowed));
        }
        let mut values = eigenvalues.to_vec();
        values.sort_by(|a, b| b.total_cmp(a));
        values.truncate(small);
        let zeros = values.iter().filter(|e| **e <= ZERO * most).count();
        if zeros > 0 {
            let got = format!("a matrix with {zeros} of {small} eigenvalues 0");
            let allowed = "columns that follow from others have no noise of their own, nor have those that are all but 0 beside the largest entries: leave them out, or mend these";
            return Err(Error::invalid("data", got, allowed));
        }
        let scale = n as f64 / n.max(d) as f64;
        values.iter_mut().for_each(|e| *e = e.max(0.0) * scale);
        let known = values.len();
        Ok(Self {
            n,
            d,
            values,
            known,
        })
    }

    /// Of data in rows, as they are, of which so many are independent: all of them, or one fewer where
    /// their means were taken away.
    ///
    /// # Errors
    /// As [`Spectrum::new`] and [`Principal::of`].
    pub fn of_rows(rows: &DataMatrix, independent: usize) -> Result<Self> {
        Principal::of(rows)?.spectrum(independent)
    }

    /// The same, where only so many eigenvalues were computed: the others are quantiles of an estimated
    /// density, with the right sum.
    pub(super) fn estimated_behind(self, known: usize) -> Self {
        Self { known, ..self }
    }

    /// Number of leading eigenvalues that were computed: all, or those before an estimated density.
    pub fn known(&self) -> usize {
        self.known
    }

    /// Whether only the leading eigenvalues were computed.
    pub fn is_estimated(&self) -> bool {
        self.known < self.values.len()
    }

    /// Numbers of independent rows and of columns of the data.
    pub fn shape(&self) -> [usize; 2] {
        [self.n, self.d]
    }

    /// Samples per column, `α = n/d`.
    pub fn alpha(&self) -> f64 {
        self.n as f64 / self.d as f64
    }

    /// Number of eigenvalues.
    pub fn count(&self) -> usize {
        self.values.len()
    }

    /// An eigenvalue of `X^T X/n`, from 0, the largest first.
    pub fn eigenvalue(&self, at: usize) -> f64 {
        self.values[at] * self.larger() / self.n as f64
    }

    /// `max(n, d)`.
    pub(super) fn larger(&self) -> f64 {
        self.n.max(self.d) as f64
    }

    /// `s²/max(n, d)` without the `r` largest.
    pub(super) fn bulk(&self, r: usize) -> &[f64] {
        &self.values[r..]
    }

    /// The law of the noise without `r` directions.
    pub(super) fn law(&self, r: usize) -> Result<BulkLaw> {
        BulkLaw::new((self.values.len() - r) as f64 / self.larger())
    }

    /// The edges of noise of that variance without `r` directions, as eigenvalues of `X^T X/n`.
    ///
    /// # Errors
    /// No eigenvalue is left.
    pub fn bulk_edges(&self, r: usize, noise: f64) -> Result<[f64; 2]> {
        if r >= self.values.len() {
            let allowed = format!("of {}, one at least is noise", self.values.len());
            return Err(Error::invalid("signals", r, allowed));
        }
        let scale = noise * self.larger() / self.n as f64;
        Ok(self.law(r)?.edges().map(|edge| scale * edge))
    }

    /// The variance of the noise, the `r` largest eigenvalues left out.
    ///
    /// # Errors
    /// Fewer than four are left.
    pub fn noise(&self, r: usize) -> Result<Noise> {
        if r.saturating_add(4) > self.values.len() {
            let allowed = format!("of {}, four at least are noise", self.values.len());
            return Err(Error::invalid("signals", r, allowed));
        }
        let noise = Noise::of(self.bulk(r), &self.law(r)?);
        Ok(match self.is_estimated() {
            true => noise.by_the_mean(),
            false => noise,
        })
    }

    /// Takes eigenvalues for signals, the largest first, until one may be noise (probability above
    /// 0.01). Each is held against the noise of those from it on, of which it would be one.
    pub fn detect(&self) -> Detection {
        let mut outliers = Vec::new();
        while 4 * outliers.len() <= self.values.len() && outliers.len() < self.known {
            let r = outliers.len();
            let Some(next) = self.test(r) else {
                return Detection::NoBulk;
            };
            if next.p_value <= LEVEL {
                outliers.push(next);
                continue;
            }
            return match self.noise(r) {
                Ok(noise) => Detection::Bulk {
                    outliers,
                    next,
                    noise,
                },
                Err(_) => Detection::NoBulk,
            };
        }
        Detection::NoBulk
    }

    /// The `r` largest eigenvalues as signals, whatever noise would have.
    ///
    /// # Errors
    /// Fewer than four are left, or the next was not computed.
    pub fn choose(&self, r: usize) -> Result<Detection> {
        let noise = self.noise(r)?.by_the_mean();
        if r >= self.known {
            let allowed = format!("of {} eigenvalues that were computed", self.known);
            return Err(Error::invalid("signals", r, allowed));
        }
        let tests: Option<Vec<_>> = (0..=r).map(|before| self.test(before)).collect();
        let mut outliers = tests.unwrap_or_default();
        let next = outliers.pop().ok_or_else(|| {
            Error::invalid("signals", r, "leaves nothing for the noise: use fewer")
        })?;
        Ok(Detection::Chosen {
            outliers,
            next,
            noise,
        })
    }

    /// The test of the eigenvalue behind `r` signals; `None` where nothing is left below it.
    fn test(&self, r: usize) -> Option<TracyWidomTest> {
        let noise = self.noise(r).ok()?.used;
        let edge = Edge::of(self.without(r));
        let statistic = (self.values[r] * self.larger() / noise - edge.centre) / edge.scale;
        Some(TracyWidomTest {
            eigenvalue: self.eigenvalue(r),
            statistic,
            p_value: tracy_widom(statistic),
        })
    }

    /// The shape of the noise behind `r` signals: the smaller side is less by them.
    pub fn without(&self, r: usize) -> [usize; 2] {
        match self.n < self.d {
            true => [self.n - r, self.d],
            false => [self.n, self.d - r],
        }
    }
}

impl Detection {
    /// The noise without what is taken for signals; none without a bulk.
    pub fn noise(&self) -> Option<Noise> {
        match self {
            Self::Bulk { noise, .. } | Self::Chosen { noise, .. } => Some(*noise),
            Self::NoBulk => None,
        }
    }

    /// The eigenvalues that are taken for signals, the largest that is not, and the variance of the
    /// noise that is used.
    pub fn parts(&self) -> Option<(&[TracyWidomTest], &TracyWidomTest, f64)> {
        match self {
            Self::Bulk {
                outliers,
                next,
                noise,
            }
            | Self::Chosen {
                outliers,
                next,
                noise,
            } => Some((outliers, next, noise.used)),
            Self::NoBulk => None,
        }
    }
}

impl Noise {
    fn by_the_mean(self) -> Self {
        Self {
            used: self.trace,
            ..self
        }
    }

    /// Of eigenvalues in falling order.
    pub(super) fn of(bulk: &[f64], law: &BulkLaw) -> Self {
        let count = bulk.len() as f64;
        let median = 0.5 * (bulk[(bulk.len() - 1) / 2] + bulk[bulk.len() / 2]);
        let (mut products, mut squares) = (0.0, 0.0);
        for (at, value) in bulk.iter().rev().enumerate() {
            let place = (at as f64 + 0.5) / count;
            if !(MIDDLE[0]..=MIDDLE[1]).contains(&place) {
                continue;
            }
            let expected = law.quantile(place);
            products += value * expected;
            squares += expected * expected;
        }
        let fit = products / squares;
        Self {
            median: median / law.quantile(0.5),
            fit,
            used: fit,
            trace: bulk.iter().sum::<f64>() / count,
        }
    }
}

/// Centre and scale of the largest `s²` of pure noise of variance 1 (I. M. Johnstone, Ann. Statist. 29
/// (2001) 295).
pub(super) struct Edge {
    pub centre: f64,
    pub scale: f64,
}

impl Edge {
    pub fn of(shape: [usize; 2]) -> Self {
        let [rows, columns] = shape.map(|side| (side as f64 - 0.5).sqrt());
        let sum = rows + columns;
        Self {
            centre: sum * sum,
            scale: sum * (1.0 / rows + 1.0 / columns).cbrt(),
        }
    }
}

/// Probability of a larger number under the Tracy–Widom law.
pub(super) fn tracy_widom(statistic: f64) -> f64 {
    let [shift, shape, scale] = GAMMA;
    match Gamma::new(shape, 1.0 / scale) {
        Ok(law) if statistic.is_finite() => law.sf((statistic + shift).max(0.0)),
        _ => f64::NAN,
    }
}

/// The number that the Tracy–Widom law exceeds with that probability.
pub(super) fn tracy_widom_quantile(probability: f64) -> f64 {
    let [shift, shape, scale] = GAMMA;
    Gamma::new(shape, 1.0 / scale)
        .map_or(f64::NAN, |law| law.inverse_cdf(1.0 - probability) - shift)
}
