//! Whether what is left without the signals is white noise.

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
    /// Largest over smallest eigenvalue, over that of the edges; null where the law begins at 0.
    pub ratio: Option<f64>,
    /// Whether the noise levels by the median and by the fit differ by less than three standard
    /// deviations of their difference for white noise.
    pub levels_agree: bool,
}

impl Spectrum {
    /// How far the bulk without the `r` largest eigenvalues is from white noise.
    ///
    /// # Errors
    /// As [`Spectrum::noise`].
    pub fn bulk_distance(&self, r: usize, streams: Streams) -> Result<BulkDistance> {
        let (law, bulk) = (self.law(r)?, self.bulk(r));
        let levels = self.noise(r)?;
        let noise = levels.fit;
        let count = bulk.len();
        let ks = distance(bulk, noise, &law);
        let n_ks = ks * count as f64;
        let shift = SLOPE * (count as f64).ln();
        let large = self.without(r).into_iter().max().unwrap_or(count);
        let (limit, p_value, scatter) = if count <= MOST_DRAWN {
            let nulls = nulls([large, count], &law, streams)?;
            let mut distances: Vec<f64> = nulls.iter().map(|null| null.n_ks).collect();
            distances.sort_by(f64::total_cmp);
            let larger = distances.iter().filter(|null| **null >= n_ks).count();
            let limit = distances[(0.95 * distances.len() as f64) as usize];
            let squares = nulls.iter().map(|null| null.apart * null.apart);
            let scatter = (squares.sum::<f64>() / nulls.len() as f64).sqrt();
            let p_value = (larger + 1) as f64 / (nulls.len() + 1) as f64;
            (limit, p_value, scatter)
        } else {
            let exceeded = NULL.iter().filter(|(_, c)| n_ks > c + shift);
            (
                NULL[2].1 + shift,
                exceeded.map(|(p, _)| *p).fold(1.0, f64::min),
                apart_of_many(count, count as f64 / large as f64),
            )
        };
        let [low, high] = law.edges().map(|edge| edge * noise);
        let inside = bulk.iter().filter(|e| (low..=high).contains(*e)).count();
        let ends = [bulk[0], bulk[count - 1]];
        Ok(BulkDistance {
            ks,
            n_ks,
            limit,
            p_value,
            inside_support: inside as f64 / count as f64,
            levels_agree: (levels.median / noise - 1.0).abs() < 3.0 * scatter,
            ratio: (low > 0.0).then(|| ends[0] * low / (ends[1] * high)),
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

/// Pure noise with as many eigenvalues: the squared singular values of a bidiagonal matrix
/// of `χ` (Dumitriu and Edelman 2002).
fn nulls([large, small]: [usize; 2], law: &BulkLaw, streams: Streams) -> Result<Vec<Null>> {
    let one = |draw: u64| {
        let mut stream = streams.stream(Purpose::Null, draw);
        let mut values = pure_noise([large, small], &mut stream)?;
        values.reverse();
        let levels = Noise::of(&values, law);
        Some(Null {
            n_ks: small as f64 * distance(&values, levels.fit, law),
            apart: levels.median / levels.fit - 1.0,
        })
    };
    let all: Option<Vec<Null>> = (0..NULLS as u64).into_par_iter().map(one).collect();
    all.ok_or_else(|| {
        let allowed = "the eigenvalues of pure noise of this size were not found";
        Error::invalid("data", format!("{large} × {small}"), allowed)
    })
}

/// Eigenvalues `s²/large` of a matrix of normal entries, the smallest first.
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
            let law = BulkLaw::new(g).unwrap();
            let nulls = nulls([large, small], &law, Streams::new(1)).unwrap();
            let squares: f64 = nulls.iter().map(|null| null.apart * null.apart).sum();
            let drawn = (squares / nulls.len() as f64).sqrt();
            let formula = apart_of_many(small, g);
            assert!(
                (drawn / formula - 1.0).abs() < 0.25,
                "{large} {small}: {drawn} {formula}"
            );
        }
    }
}
