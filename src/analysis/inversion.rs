//! An interval for a strength near the threshold: the strengths at which the observed eigenvalue is
//! not unusual.

use super::signals::strength;
use super::spectrum::Spectrum;
use crate::error::{Error, Result};
use crate::numerics::streams::{Purpose, Streams};
use crate::simulation::{LeadingDirection, Size};
use rand_distr::{ChiSquared, Distribution};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Strengths that are tried, and draws at each.
const STRENGTHS: usize = 25;
const DRAWS: u64 = 400;

/// Shorter side above which there are half as many: each draw takes time in proportion to it.
const LONG: usize = 1000;

/// Probability that lies above the interval, and below it.
const TAIL: f64 = 0.025;

/// The largest strength that is tried, in units of the one that belongs to the eigenvalue, or of the
/// threshold.
const REACH: f64 = 2.0;

/// The law of a signal over samples, as far as it moves the leading eigenvalue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignalLaw {
    /// Of fixed length, as of signals ±1.
    Signs,
    /// Normal, whose squared length scatters.
    Gaussian,
}

/// Test inversion for one signal in noise of variance 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inversion {
    /// Of the noise that is left: rows and columns.
    shape: [usize; 2],
    /// Samples, in whose number eigenvalues and strengths are stated.
    n: usize,
    law: SignalLaw,
}

impl Inversion {
    /// For data of that shape (rows, columns).
    pub fn new(shape: [usize; 2], law: SignalLaw) -> Self {
        let n = shape[0];
        Self { shape, n, law }
    }

    /// For what is left of data behind so many signals.
    pub fn behind(spectrum: &Spectrum, signals: usize, law: SignalLaw) -> Self {
        Self {
            shape: spectrum.without(signals),
            n: spectrum.shape()[0],
            law,
        }
    }

    /// The strengths at which the leading eigenvalue of `X^T X/n` is not in either tail of 2.5 %, of
    /// 400 draws each at 25 strengths (200 where rows and columns are more than 1000). It begins at 0 where noise alone may have it.
    ///
    /// # Errors
    /// A shape without two rows and columns; names `eigenvalue` where it is smaller than noise has it in
    /// 39 of 40 data sets, or larger than at any strength.
    pub fn interval(&self, eigenvalue: f64, streams: Streams) -> Result<[f64; 2]> {
        if !eigenvalue.is_finite() {
            let allowed = "must be finite";
            return Err(Error::invalid("eigenvalue", eigenvalue, allowed));
        }
        let most = REACH * self.near(eigenvalue);
        let strengths: Vec<f64> = (0..STRENGTHS)
            .map(|at| most * at as f64 / (STRENGTHS - 1) as f64)
            .collect();
        let mut tails = Vec::with_capacity(STRENGTHS);
        for (at, &strength) in strengths.iter().enumerate() {
            let mut draws = self.draws(strength, at as u64 * DRAWS, streams)?;
            draws.sort_by(f64::total_cmp);
            tails.push([TAIL, 1.0 - TAIL].map(|part| quantile(&draws, part)));
        }
        // Larger strengths have larger eigenvalues: what is not so is scatter of the draws.
        let mut highest = [0.0; 2];
        for tail in &mut tails {
            for (own, highest) in tail.iter_mut().zip(&mut highest) {
                *highest = own.max(*highest);
                *own = *highest;
            }
        }
        if eigenvalue < tails[0][0] {
            let allowed = "is unusually small even for noise: no strength explains it";
            return Err(Error::invalid("eigenvalue", eigenvalue, allowed));
        }
        let crossing = |side: usize| {
            let reached = tails.iter().position(|tail| tail[side] >= eigenvalue)?;
            let Some(before) = reached.checked_sub(1) else {
                return Some(0.0);
            };
            let (low, high) = (tails[before][side], tails[reached][side]);
            let share = (eigenvalue - low) / (high - low);
            Some(strengths[before] + share * (strengths[reached] - strengths[before]))
        };
        // Where the upper tail reaches the eigenvalue the interval begins, where the lower does it ends.
        match (crossing(1), crossing(0)) {
            (Some(low), Some(high)) => Ok([low, high]),
            _ => {
                let allowed = "is beyond that of every strength that was tried";
                Err(Error::invalid("eigenvalue", eigenvalue, allowed))
            }
        }
    }

    /// The strength that belongs to an eigenvalue in the mean, the threshold below it.
    fn near(&self, eigenvalue: f64) -> f64 {
        let shape = [self.n, self.shape[1]];
        let threshold = (shape[1] as f64 / shape[0] as f64).sqrt().sqrt();
        strength(shape, eigenvalue).map_or(threshold, |(lambda, _)| lambda)
    }

    /// Leading eigenvalues at a strength, of the streams from that block on.
    fn draws(&self, strength: f64, first: u64, streams: Streams) -> Result<Vec<f64>> {
        let [n, d] = self.shape;
        // The signal has its whole length, whatever is left of the noise.
        let samples = self.n as f64;
        let whole = strength * (samples / n as f64).sqrt();
        let length = ChiSquared::new(samples)
            .map_err(|_| Error::invalid("data", format!("{n} × {d}"), "has no rows"))?;
        let count = if n.min(d) > LONG { DRAWS / 2 } else { DRAWS };
        let all = (first..first + count).into_par_iter().map(|draw| {
            let mut stream = streams.stream(Purpose::Null, draw);
            let own = match self.law {
                SignalLaw::Signs => whole,
                SignalLaw::Gaussian => whole * (length.sample(&mut stream) / samples).sqrt(),
            };
            let drawn = LeadingDirection::draw(Size { n, d }, own, &mut stream)?;
            Ok(drawn.eigenvalue * d as f64 / samples)
        });
        all.collect()
    }
}

/// Of sorted numbers, between neighbours.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let (low, share) = (place as usize, place.fract());
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + share * (sorted[high] - sorted[low])
}
