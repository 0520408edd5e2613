//! Leading right singular vectors of the data by Lanczos iteration on `X^T X`, with full
//! reorthogonalisation and a residual check. One pass over `X` each step.

use super::data::Data;
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use nalgebra::{Cholesky, DVector, SymmetricEigen};
use rand_distr::{Distribution, StandardNormal};

/// Residual `|X^T X v − θ v| / θ` at which a direction counts as converged.
const TOLERANCE: f64 = 1e-7;

/// Largest Krylov dimension. A direction at the edge of the bulk has neighbours at relative
/// distance `d^{-2/3}`.
const MAX_STEPS: usize = 320;

/// How the iteration ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SpectralEnd {
    /// Every direction has a residual below the tolerance.
    Converged {
        /// Largest relative residual.
        residual: f64,
        /// Passes over the data.
        passes: usize,
    },
    /// The Krylov space is exhausted and a residual is still above the tolerance.
    OutOfIterations {
        /// Largest relative residual.
        residual: f64,
    },
}

/// The `count` leading right singular vectors of `data` (orthonormal columns, d×count), strongest
/// first.
///
/// # Errors
/// More directions than the data have columns.
pub fn leading_directions(
    data: &impl Data,
    count: usize,
    streams: Streams,
) -> Result<(Matrix, SpectralEnd)> {
    let d = data.columns();
    if count > d.min(data.rows()) {
        let allowed = "must not exceed n and d for the spectral method";
        return Err(Error::invalid("units", count, allowed));
    }
    let mut stream = streams.stream(Purpose::Krylov, 0);
    let mut next = DVector::from_fn(d, |_, _| StandardNormal.sample(&mut stream)).normalize();
    let (mut basis, mut diagonal, mut off_diagonal) = (Vec::new(), Vec::new(), Vec::<f64>::new());
    let limit = MAX_STEPS.min(d);
    let mut states = vec![(); data.own().len()];
    let mut image = DVector::zeros(d);
    loop {
        basis.push(next.clone());
        let identity = |_: usize, _: &mut [[f64; 1]], _: &mut [()], _: &mut ()| {};
        data.fused_pass::<1, _, ()>(next.as_slice(), image.as_mut_slice(), &mut states, identity);
        let mut rest = image.clone();
        diagonal.push(next.dot(&rest));
        // Twice is enough: Gram–Schmidt against the whole basis keeps it orthogonal to rounding.
        for _ in 0..2 {
            for vector in &basis {
                let overlap = vector.dot(&rest);
                rest.axpy(-overlap, vector, 1.0);
            }
        }
        let norm = rest.norm();
        let steps = basis.len();
        let exhausted = steps == limit || norm <= 1e-12 * diagonal[0].abs();
        if exhausted || (steps >= 2 * count && steps.is_multiple_of(5)) {
            let ritz = ritz(&diagonal, &off_diagonal);
            let residual = (0..count.min(steps))
                .map(|index| {
                    norm * ritz.eigenvectors[(steps - 1, index)].abs() / ritz.eigenvalues[index]
                })
                .fold(0.0, f64::max);
            if exhausted || residual <= TOLERANCE {
                let directions = assemble(&basis, &ritz.eigenvectors, count);
                return Ok((directions, end(residual, steps)));
            }
        }
        off_diagonal.push(norm);
        next = rest / norm;
    }
}

/// `count` steps of orthogonal iteration `W ← X^T X W N` from `w` (d×k), with the triangular `N`
/// that makes the columns orthonormal; `None` where they become linearly dependent.
pub fn power_iterations(data: &impl Data, mut w: Matrix, count: usize) -> Option<Matrix> {
    for _ in 0..count {
        let mut image = Matrix::zeros(w.nrows(), w.ncols());
        let mut states = vec![(); data.own().len()];
        crate::with_units!(w.ncols(), K => {
            let identity = |_: usize, _: &mut [[f64; K]], _: &mut [()], _: &mut ()| {};
            data.fused_pass::<K, _, ()>(w.as_slice(), image.as_mut_slice(), &mut states, identity);
        });
        let factor = Cholesky::new(image.tr_mul(&image))?.l();
        w = image * factor.transpose().try_inverse()?;
    }
    Some(w)
}

fn end(residual: f64, passes: usize) -> SpectralEnd {
    if residual <= TOLERANCE {
        SpectralEnd::Converged { residual, passes }
    } else {
        SpectralEnd::OutOfIterations { residual }
    }
}

/// Eigenpairs of the tridiagonal projection, largest eigenvalue first.
fn ritz(diagonal: &[f64], off_diagonal: &[f64]) -> SymmetricEigen<f64, nalgebra::Dyn> {
    let size = diagonal.len();
    let tridiagonal = Matrix::from_fn(size, size, |row, column| match row.abs_diff(column) {
        0 => diagonal[row],
        1 => off_diagonal[row.min(column)],
        _ => 0.0,
    });
    let eigen = SymmetricEigen::new(tridiagonal);
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    SymmetricEigen {
        eigenvalues: DVector::from_fn(size, |index, _| eigen.eigenvalues[order[index]]),
        eigenvectors: eigen.eigenvectors.select_columns(&order),
    }
}

fn assemble(basis: &[DVector<f64>], ritz_vectors: &Matrix, count: usize) -> Matrix {
    let mut directions = Matrix::zeros(basis[0].len(), count);
    for (step, vector) in basis.iter().enumerate() {
        for (index, mut column) in directions.column_iter_mut().enumerate() {
            column.axpy(ritz_vectors[(step, index)], vector, 1.0);
        }
    }
    directions
}
