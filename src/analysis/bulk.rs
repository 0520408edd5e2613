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
}

impl Spectrum {
    /// How far the bulk without the `r` largest eigenvalues is from white noise.
    ///
    /// # Errors
    /// As [`Spectrum::noise`].
    pub fn bulk_distance(&self, r: usize, streams: Streams) -> Result<BulkDistance> {
        let (law, bulk) = (self.law(r)?, self.bulk(r));
        let noise = self.noise(r)?.fit;
        let count = bulk.len();
        let ks = distance(bulk, noise, &law);
        let n_ks = ks * count as f64;
        let shift = SLOPE * (count as f64).ln();
        let (limit, p_value) = if count <= MOST_DRAWN {
            let [rows, columns] = self.without(r);
            let mut nulls = nulls([rows.max(columns), count], &law, streams)?;
            nulls.sort_by(f64::total_cmp);
            let larger = nulls.iter().filter(|null| **null >= n_ks).count();
            let limit = nulls[(0.95 * nulls.len() as f64) as usize];
            (limit, (larger + 1) as f64 / (nulls.len() + 1) as f64)
        } else {
            let exceeded = NULL.iter().filter(|(_, c)| n_ks > c + shift);
            (
                NULL[2].1 + shift,
                exceeded.map(|(p, _)| *p).fold(1.0, f64::min),
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

/// `N·KS` of pure noise with as many eigenvalues: the squared singular values of a bidiagonal matrix
/// of `χ` (Dumitriu and Edelman 2002).
fn nulls([large, small]: [usize; 2], law: &BulkLaw, streams: Streams) -> Result<Vec<f64>> {
    let one = |draw: u64| {
        let mut stream = streams.stream(Purpose::Null, draw);
        let mut values = pure_noise([large, small], &mut stream)?;
        values.reverse();
        let noise = Noise::of(&values, law).fit;
        Some(small as f64 * distance(&values, noise, law))
    };
    let all: Option<Vec<f64>> = (0..NULLS as u64).into_par_iter().map(one).collect();
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
