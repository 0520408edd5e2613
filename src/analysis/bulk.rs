//! Whether what is left without the signals is white noise.

use super::lanczos::Quadrature;
use super::law::BulkLaw;
use super::spectrum::{Noise, Spectrum};
use crate::error::{Error, Result};
use crate::numerics::streams::{Purpose, Stream, Streams};
use crate::numerics::tridiagonal::eigenvalues;
use rand_distr::{ChiSquared, Distribution};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Draws of pure noise with which the distance is compared.
const NULLS: usize = 999;

/// The same where spectra are estimated.
const ESTIMATES: usize = 399;

/// Most eigenvalues for which they are drawn; more have a formula.
const MOST_DRAWN: usize = 1000;

/// Quantiles of `N·KS − 0.415 ln N` of pure noise, whatever the shape: probabilities of a larger
/// one, with their numbers.
const NULL: [(f64, f64); 4] = [(0.5, 0.30), (0.1, 0.70), (0.05, 0.85), (0.01, 1.17)];

/// Slope of the quantiles against `ln N`.
const SLOPE: f64 = 0.415;

/// Distance of a bulk from the law of white noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BulkDistance {
    /// Largest distance between the parts of eigenvalues below a level (Kolmogorov–Smirnov), the noise
    /// level fitted.
    pub ks: f64,
    /// The same times their number. Eigenvalues repel each other, so that it grows as `ln N` for white
    /// noise, and not as `√N`.
    pub n_ks: f64,
    /// What white noise exceeds in one data set of twenty.
    pub limit: f64,
    /// Probability of a larger distance for white noise; above 1000 eigenvalues a bound of it: 0.01, 0.05,
    /// 0.1, 0.5 or 1.
    pub p_value: f64,
    /// Part of the eigenvalues within the edges of the law.
    pub inside_support: f64,
    /// Largest over smallest eigenvalue, over that of the edges; null where the law begins at 0, or the
    /// smallest was not computed.
    pub ratio: Option<f64>,
    /// Whether the noise levels by the median and by the fit differ by less than three standard
    /// deviations of their difference for white noise.
    pub levels_agree: bool,
}

/// What white noise of one shape has for distances: the same for all data of it.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkNull {
    /// Eigenvalues, and the longer side.
    count: usize,
    large: usize,
    /// `N·KS` of draws, rising; none above 1000 eigenvalues, where there are formulas.
    distances: Vec<f64>,
    /// Standard deviation of the relative difference of levels by median and fit.
    apart: f64,
    /// Whether it is of spectra that are estimated.
    estimated: bool,
}

impl BulkNull {
    /// Of noise of `large` rows and `count` columns, no more of these.
    ///
    /// # Errors
    /// Fewer than four eigenvalues, more columns than rows, or eigenvalues that were not found.
    pub fn new(large: usize, count: usize, streams: Streams) -> Result<Self> {
        if count < 4 || count > large {
            let allowed = "four columns at least, and no more than rows";
            return Err(Error::invalid(
                "data",
                format!("{large} × {count}"),
                allowed,
            ));
        }
        let g = count as f64 / large as f64;
        if count > MOST_DRAWN {
            return Ok(Self {
                count,
                large,
                distances: Vec::new(),
                apart: apart_of_many(count, g),
                estimated: false,
            });
        }
        let law = BulkLaw::new(g)?;
        let one = |stream: &mut Stream| {
            let mut values = pure_noise([large, count], stream)?;
            values.reverse();
            Some(values)
        };
        let nulls = nulls([large, count], NULLS, &law, &one, streams)?;
        Ok(Self::of([large, count], &nulls, false))
    }

    /// Of noise of that shape (rows, columns) whose spectrum is estimated, as [`Principal::leading`]
    /// does.
    ///
    /// # Errors
    /// As [`BulkNull::new`].
    ///
    /// [`Principal::leading`]: super::Principal::leading
    pub fn estimated(shape: [usize; 2], streams: Streams) -> Result<Self> {
        let [large, count] = [shape[0].max(shape[1]), shape[0].min(shape[1])];
        let law = BulkLaw::new(count as f64 / large as f64)?;
        let one = |stream: &mut Stream| {
            let quadrature = Quadrature::of_noise(shape, stream)?;
            // The sum is known, whatever the density.
            Some(quadrature.eigenvalues(count, count as f64))
        };
        let nulls = nulls([large, count], ESTIMATES, &law, &one, streams)?;
        Ok(Self::of([large, count], &nulls, true))
    }

    fn of([large, count]: [usize; 2], nulls: &[Null], estimated: bool) -> Self {
        let mut distances: Vec<f64> = nulls.iter().map(|null| null.n_ks).collect();
        distances.sort_by(f64::total_cmp);
        let squares = nulls.iter().map(|null| null.apart * null.apart);
        Self {
            count,
            large,
            apart: (squares.sum::<f64>() / nulls.len() as f64).sqrt(),
            distances,
            estimated,
        }
    }

    /// What one data set of twenty exceeds.
    pub fn limit(&self) -> f64 {
        let place = (0.95 * self.distances.len() as f64) as usize;
        let drawn = self.distances.get(place).copied();
        drawn.unwrap_or_else(|| NULL[2].1 + self.shift())
    }

    /// Probability of a distance at least so large; a bound of it where nothing was drawn.
    pub fn p_value(&self, n_ks: f64) -> f64 {
        if self.distances.is_empty() {
            let exceeded = NULL.iter().filter(|(_, c)| n_ks > c + self.shift());
            return exceeded.map(|(p, _)| *p).fold(1.0, f64::min);
        }
        let smaller = self.distances.partition_point(|null| *null < n_ks);
        let larger = self.distances.len() - smaller;
        (larger + 1) as f64 / (self.distances.len() + 1) as f64
    }

    fn shift(&self) -> f64 {
        SLOPE * (self.count as f64).ln()
    }
}

impl Spectrum {
    /// What white noise in place of the bulk without the `r` largest eigenvalues has.
    ///
    /// # Errors
    /// As [`Spectrum::noise`].
    pub fn bulk_null(&self, r: usize, streams: Streams) -> Result<BulkNull> {
        self.noise(r)?;
        let [rows, columns] = self.without(r);
        match self.is_estimated() {
            true => BulkNull::estimated([rows, columns], streams),
            false => BulkNull::new(rows.max(columns), self.bulk(r).len(), streams),
        }
    }

    /// How far the bulk without the `r` largest eigenvalues is from white noise.
    ///
    /// # Errors
    /// As [`Spectrum::noise`]; names `data` for white noise of another shape.
    pub fn bulk_distance(&self, r: usize, null: &BulkNull) -> Result<BulkDistance> {
        let (law, bulk) = (self.law(r)?, self.bulk(r));
        let levels = self.noise(r)?;
        let noise = levels.fit;
        let count = bulk.len();
        let large = self.without(r).into_iter().max().unwrap_or(count);
        if [large, count] != [null.large, null.count] || self.is_estimated() != null.estimated {
            return Err(Error::Shape {
                field: "data".into(),
                got: format!("white noise of {} × {}", null.large, null.count),
                expected: format!("{large} × {count}"),
            });
        }
        let ks = distance(bulk, noise, &law);
        let n_ks = ks * count as f64;
        let [low, high] = law.edges().map(|edge| edge * noise);
        let inside = bulk.iter().filter(|e| (low..=high).contains(*e)).count();
        let ends = [bulk[0], bulk[count - 1]];
        Ok(BulkDistance {
            ks,
            n_ks,
            limit: null.limit(),
            p_value: null.p_value(n_ks),
            inside_support: inside as f64 / count as f64,
            levels_agree: (levels.median / noise - 1.0).abs() < 3.0 * null.apart,
            ratio: (low > 0.0 && !self.is_estimated()).then(|| ends[0] * low / (ends[1] * high)),
        })
    }
}

/// Kolmogorov–Smirnov distance of eigenvalues in falling order.
fn distance(bulk: &[f64], noise: f64, law: &BulkLaw) -> f64 {
    let share = 1.0 / bulk.len() as f64;
    let off = |(at, e): (usize, &f64)| {
        let expected = law.distribution(e / noise);
        let step = at as f64 * share;
        (expected - step).abs().max((expected - step - share).abs())
    };
    bulk.iter().rev().enumerate().map(off).fold(0.0, f64::max)
}

/// Pure noise: its distance, and how far apart its levels by median and fit are, relative to them.
struct Null {
    n_ks: f64,
    apart: f64,
}

/// Standard deviation of the relative difference of levels for `count` eigenvalues, as draws of 60 to
/// 1000 have it: `2.6 g^0.63 (1 + 0.16 ln(N/60))/N`.
fn apart_of_many(count: usize, g: f64) -> f64 {
    let count = count as f64;
    2.6 * g.powf(0.63) * (1.0 + 0.16 * (count / 60.0).ln()) / count
}

/// Pure noise with as many eigenvalues, which are drawn in falling order.
fn nulls(
    [large, small]: [usize; 2],
    count: usize,
    law: &BulkLaw,
    drawn: &(dyn Fn(&mut Stream) -> Option<Vec<f64>> + Sync),
    streams: Streams,
) -> Result<Vec<Null>> {
    let one = |draw: u64| {
        let values = drawn(&mut streams.stream(Purpose::Null, draw))?;
        let levels = Noise::of(&values, law);
        Some(Null {
            n_ks: small as f64 * distance(&values, levels.fit, law),
            apart: levels.median / levels.fit - 1.0,
        })
    };
    let all: Option<Vec<Null>> = (0..count as u64).into_par_iter().map(one).collect();
    all.ok_or_else(|| {
        let allowed = "the eigenvalues of pure noise of this size were not found";
        Error::invalid("data", format!("{large} × {small}"), allowed)
    })
}

/// Eigenvalues `s²/large` of a matrix of normal entries, the smallest first: the squared singular
/// values of a bidiagonal matrix of `χ` (Dumitriu and Edelman 2002).
fn pure_noise([large, small]: [usize; 2], stream: &mut Stream) -> Option<Vec<f64>> {
    let mut square = |freedom: usize| -> Option<f64> {
        Some(ChiSquared::new(freedom as f64).ok()?.sample(stream))
    };
    let along: Option<Vec<f64>> = (0..small).map(|i| square(large - i)).collect();
    let beside: Option<Vec<f64>> = (1..small).map(|i| square(small - i)).collect();
    let (along, beside) = (along?, beside?);
    let scale = 1.0 / large as f64;
    let at = |i: usize| beside.get(i).copied().unwrap_or(0.0);
    let diagonal = (0..small).map(|i| (along[i] + at(i)) * scale).collect();
    let off = (1..small).map(|i| (along[i] * beside[i - 1]).sqrt() * scale);
    eigenvalues(diagonal, off.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formula for many eigenvalues against draws, tall and square.
    #[test]
    fn levels_of_pure_noise_scatter_as_the_formula_says() {
        for (large, small) in [(1500, 60), (240, 60), (300, 300), (1600, 400)] {
            let g = small as f64 / large as f64;
            let null = BulkNull::new(large, small, Streams::new(1)).unwrap();
            let drawn = null.apart;
            let formula = apart_of_many(small, g);
            assert!(
                (drawn / formula - 1.0).abs() < 0.25,
                "{large} {small}: {drawn} {formula}"
            );
        }
    }
}
