//! Random weight matrices with planted modes: what the law of the bulk and its outliers is held
//! against.

use super::MOST_UNITS;
use super::marchenko_pastur::MarchenkoPastur;
use super::matrices::normal_entries;
use super::reading::singular_values;
use crate::error::{Error, Result};
use crate::memory;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use nalgebra::{DVector, LU};
use rand_distr::{Distribution, StandardNormal};

/// `W = Σ_α w_α u^α v^{αT} + r` (N_v×N_h): orthonormal vectors of normal directions, and independent
/// normal entries of `r` with variance `σ²/√(N_v N_h)` (decelle2017, ensemble of weights).
#[derive(Debug, Clone, PartialEq)]
pub struct PlantedModes {
    /// Noise level and aspect ratio.
    pub law: MarchenkoPastur,
    /// Planted singular values `w_α`.
    pub modes: Vec<f64>,
}

/// The spectrum of one such matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct PlantedSpectrum {
    /// Number of visible units `N_v`.
    pub rows: usize,
    /// Number of hidden units `N_h`, the whole number nearest to `κ N_v`.
    pub columns: usize,
    /// Its law, at the aspect ratio that the matrix has.
    pub law: MarchenkoPastur,
    /// All singular values, the largest first.
    pub values: Vec<f64>,
    /// For each visible mode (`w > σ`), by falling `w`: squared overlaps of the observed with the
    /// planted visible and hidden vector.
    pub overlaps: Vec<[f64; 2]>,
}

impl PlantedModes {
    /// Number of hidden units beside so many visible ones.
    ///
    /// # Errors
    /// Names `sample`: a layer that is empty, smaller than the number of modes, or too large.
    pub fn columns(&self, rows: usize) -> Result<usize> {
        let columns = (self.law.kappa() * rows as f64).round();
        // The bulk is what the modes leave.
        let least = self.modes.len() + 4;
        let fits = |side: f64| side >= least as f64 && side <= MOST_UNITS as f64;
        if fits(rows as f64) && fits(columns) {
            return Ok(columns as usize);
        }
        let got = format!("{rows} visible and {columns} hidden units");
        let allowed = format!("both layers must have {least} to {MOST_UNITS} units");
        Err(Error::invalid("sample", got, allowed))
    }

    /// Draws a matrix with so many visible units, and decomposes it.
    ///
    /// # Errors
    /// As [`PlantedModes::columns`]; too little memory; singular values that were not found.
    pub fn sample(&self, rows: usize, streams: Streams) -> Result<PlantedSpectrum> {
        let columns = self.columns(rows)?;
        let entries = rows as u128 * columns as u128;
        let side = rows.min(columns) as u128;
        memory::require("the weight matrix", 8 * (3 * entries + 4 * side * side))?;
        let law = MarchenkoPastur::new(self.law.sigma(), columns as f64 / rows as f64)?;
        let mut modes = self.modes.clone();
        modes.sort_by(|a, b| b.total_cmp(a));
        let visible = directions(rows, modes.len(), streams, Purpose::VisibleSignals);
        let hidden = directions(columns, modes.len(), streams, Purpose::SampleSignals);
        let deviation = law.sigma() / ((rows * columns) as f64).sqrt().sqrt();
        let mut weights = Matrix::zeros(rows, columns);
        for (at, mut column) in weights.column_iter_mut().enumerate() {
            let mut stream = streams.stream(Purpose::Noise, at as u64);
            for entry in column.iter_mut() {
                let normal: f64 = StandardNormal.sample(&mut stream);
                *entry = deviation * normal;
            }
        }
        for (at, &mode) in modes.iter().enumerate() {
            weights.ger(mode, &visible.column(at), &hidden.column(at), 1.0);
        }
        let missing = || {
            let allowed = "its singular values were not found: choose another seed or size";
            Error::invalid("sample", rows, allowed)
        };
        let values = singular_values(&weights).ok_or_else(missing)?;
        let seen = modes.iter().filter(|mode| **mode > law.sigma()).count();
        let mut overlaps = Vec::with_capacity(seen);
        for (at, value) in values.iter().take(seen).enumerate() {
            let [u, v] = vectors(&weights, *value).ok_or_else(missing)?;
            let both = [u.dot(&visible.column(at)), v.dot(&hidden.column(at))];
            overlaps.push(both.map(|overlap| overlap * overlap));
        }
        Ok(PlantedSpectrum {
            rows,
            columns,
            law,
            values,
            overlaps,
        })
    }
}

/// Orthonormal columns of normal directions.
fn directions(size: usize, count: usize, streams: Streams, purpose: Purpose) -> Matrix {
    let mut stream = streams.stream(purpose, 0);
    let normal = normal_entries(size, count, 1.0, &mut stream);
    normal.qr().q()
}

/// Visible and hidden vector of a singular value that stands alone, by inverse iteration on the
/// Gram matrix of the smaller side; nothing where they do not reproduce it.
fn vectors(weights: &Matrix, value: f64) -> Option<[DVector<f64>; 2]> {
    let wide = weights.nrows() < weights.ncols();
    let mut shifted = match wide {
        true => weights * weights.transpose(),
        false => weights.tr_mul(weights),
    };
    let size = shifted.nrows();
    // Beside the eigenvalue, so that the matrix can be factored.
    let shift = value * value * (1.0 + 1e-12);
    for at in 0..size {
        shifted[(at, at)] -= shift;
    }
    let factors = LU::new(shifted);
    let mut vector = DVector::from_fn(size, |at, _| (1.0 + at as f64).sin()).normalize();
    for _ in 0..4 {
        vector = factors.solve(&vector)?.normalize();
    }
    let (other, norm) = {
        let image = match wide {
            true => weights.tr_mul(&vector),
            false => weights * &vector,
        };
        let norm = image.norm();
        (image / norm, norm)
    };
    if (norm / value - 1.0).abs() > 1e-9 {
        return None;
    }
    Some(if wide {
        [vector, other]
    } else {
        [other, vector]
    })
}
