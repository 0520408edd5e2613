//! Visible units ±1, drawn from random bits.

use crate::numerics::Matrix;
use crate::numerics::simd::{Isa, Kernel, Lanes};
use crate::numerics::streams::{WIDE, WideStream};
use nalgebra::DVector;
use rayon::prelude::*;

/// Largest field in which the continued fraction serves.
const FRACTION: f64 = 0.8;

/// Random words that are drawn at a time.
const WORDS: usize = 8 * WIDE;

/// Units that are drawn at a time: four of a word.
const PIECE: usize = 4 * WORDS;

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
        let isa = Isa::detect();
        let mut thresholds = vec![0; units * states.len()];
        thresholds
            .par_chunks_exact_mut(units)
            .zip(states)
            .for_each(|(thresholds, (_, h))| {
                let mut fields = DVector::zeros(units);
                fields.gemv(scale, w, h, 0.0);
                let fields = fields.as_slice();
                isa.run(Levels { fields, thresholds });
                for (threshold, x) in thresholds.iter_mut().zip(fields) {
                    if x.abs() > FRACTION {
                        *threshold = level(x.tanh());
                    }
                }
            });
        Self {
            units,
            thresholds,
            isa,
        }
    }

    /// Draws the units in the hidden state of this number.
    pub fn draw(&self, state: usize, stream: &mut WideStream, row: &mut [f32]) {
        self.isa.run(Below {
            stream,
            thresholds: &self.thresholds[state * self.units..][..self.units],
            units: row,
        });
    }
}

/// Threshold of a unit of that mean.
#[inline(always)]
fn level(mean: f64) -> u16 {
    // At least 1/2 below the sum, so that the cast rounds it.
    (32_768.0 * (1.0 + mean) + 0.5).clamp(0.0, 65_535.0) as i32 as u16
}

/// `tanh` to 1e-7 up to [`FRACTION`], much finer than 2^{-16}: a continued fraction. Fields are of
/// order `1/√d`.
#[inline(always)]
fn small_tanh(x: f64) -> f64 {
    let square = x * x;
    x * (945.0 + square * (105.0 + square)) / (945.0 + square * (420.0 + 15.0 * square))
}

/// Thresholds in fields up to [`FRACTION`].
struct Levels<'a> {
    fields: &'a [f64],
    thresholds: &'a mut [u16],
}

impl Kernel for Levels<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        for (threshold, x) in self.thresholds.iter_mut().zip(self.fields) {
            *threshold = level(small_tanh(*x));
        }
    }
}

/// 1 where a random number is below its threshold, −1 elsewhere.
struct Below<'a> {
    stream: &'a mut WideStream,
    thresholds: &'a [u16],
    units: &'a mut [f32],
}

impl Kernel for Below<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        let mut stream = self.stream.clone();
        let pieces = self.thresholds.chunks(PIECE);
        for (units, thresholds) in self.units.chunks_mut(PIECE).zip(pieces) {
            let mut words = [0; WORDS];
            for block in words.as_chunks_mut::<WIDE>().0 {
                *block = stream.next();
            }
            let mut random = [0; PIECE];
            let parts = random.as_chunks_mut::<WORDS>().0.iter_mut();
            for (part, random) in parts.enumerate() {
                for (random, word) in random.iter_mut().zip(&words) {
                    *random = (word >> (16 * part)) as u16;
                }
            }
            for ((unit, random), threshold) in units.iter_mut().zip(&random).zip(thresholds) {
                *unit = if random < threshold { 1.0 } else { -1.0 };
            }
        }
        *self.stream = stream;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_continued_fraction_is_fine_enough() {
        for index in -80..=80 {
            let x = f64::from(index) * 0.01;
            assert!((small_tanh(x) - x.tanh()).abs() < 1e-7, "{x}");
        }
    }

    #[test]
    fn thresholds_are_those_of_the_means() {
        let fields = [
            -40.0, -6.0, -0.81, -0.79, -0.1, 0.0, 0.3, 0.79, 0.81, 2.0, 40.0,
        ];
        let states = [(0.0, DVector::from_element(1, 1.0))];
        let root = (fields.len() as f64).sqrt();
        let signs = Signs::new(&states, &Matrix::from_fn(11, 1, |i, _| root * fields[i]));
        for (threshold, x) in signs.thresholds.iter().zip(fields) {
            let expected = 32_768.0 * (1.0 + f64::tanh(x));
            let apart = (f64::from(*threshold) - expected).abs();
            assert!(
                apart < 0.51 || (*threshold == 65_535 && apart <= 1.0),
                "{x}"
            );
        }
    }
}
