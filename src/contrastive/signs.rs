//! Visible units ±1, drawn from random bits.

use crate::numerics::Matrix;
use crate::numerics::simd::{Isa, Kernel, Lanes};
use crate::numerics::streams::Stream;
use nalgebra::DVector;
use rand::Rng;
use rayon::prelude::*;

/// Units that are drawn at a time.
const PIECE: usize = 256;

/// Random numbers of one word.
const PARTS: usize = 4;

/// `P(v_i = 1 | h) = (1 + tanh x_i)/2`, `x = Wh/√d`, in units of 2^{-16} for each hidden state: the
/// unit is 1 where a random integer of 16 bits is below. Rounding moves the mean of a unit by at
/// most 2^{-16}, and beyond `|x| ≈ 5.5` by twice that.
pub(super) struct Signs {
    units: usize,
    thresholds: Vec<u16>,
    isa: Isa,
}

impl Signs {
    /// Thresholds at weights `w` (d×k).
    pub fn new(states: &[(f64, DVector<f64>)], w: &Matrix) -> Self {
        let units = w.nrows();
        let scale = 1.0 / (units as f64).sqrt();
        let mut thresholds = vec![0; units * states.len()];
        thresholds
            .par_chunks_exact_mut(units)
            .zip(states)
            .for_each(|(thresholds, (_, h))| {
                let mut fields = DVector::zeros(units);
                fields.gemv(scale, w, h, 0.0);
                for (threshold, x) in thresholds.iter_mut().zip(fields.iter()) {
                    // A cast keeps to the range.
                    *threshold = (32_768.0 * (1.0 + tanh(*x))).round() as u16;
                }
            });
        Self {
            units,
            thresholds,
            isa: Isa::detect(),
        }
    }

    /// Draws the units in the hidden state of this number.
    pub fn draw(&self, state: usize, stream: &mut Stream, row: &mut [f32]) {
        let thresholds = &self.thresholds[state * self.units..][..self.units];
        let mut random = [[0; PARTS]; PIECE / PARTS];
        for (units, thresholds) in row.chunks_mut(PIECE).zip(thresholds.chunks(PIECE)) {
            for parts in &mut random[..units.len().div_ceil(PARTS)] {
                let word = stream.next_u64();
                *parts = std::array::from_fn(|part| (word >> (16 * part)) as u16);
            }
            self.isa.run(Below {
                random: &random.as_flattened()[..units.len()],
                thresholds,
                units,
            });
        }
    }
}

/// `tanh` to 1e-7, much finer than 2^{-16}: a continued fraction where the field is small, as fields
/// of order `1/√d` are.
fn tanh(x: f64) -> f64 {
    if x.abs() > 0.8 {
        return x.tanh();
    }
    let square = x * x;
    x * (945.0 + square * (105.0 + square)) / (945.0 + square * (420.0 + 15.0 * square))
}

/// 1 where a random number is below its threshold, −1 elsewhere.
struct Below<'a> {
    random: &'a [u16],
    thresholds: &'a [u16],
    units: &'a mut [f32],
}

impl Kernel for Below<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        let pairs = self.random.iter().zip(self.thresholds);
        for (unit, (random, threshold)) in self.units.iter_mut().zip(pairs) {
            *unit = if random < threshold { 1.0 } else { -1.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_continued_fraction_is_fine_enough() {
        for index in -100..=100 {
            let x = f64::from(index) * 0.01;
            assert!((tanh(x) - x.tanh()).abs() < 1e-7, "{x}");
        }
    }
}
