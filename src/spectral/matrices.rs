//! Decompositions and random starts that the linear RBM, training and readings share.

use crate::numerics::Matrix;
use crate::numerics::streams::Stream;
use crate::numerics::symmetric::symmetrised;
use nalgebra::{Dyn, SVD, SymmetricEigen};
use rand::RngExt;
use rand_distr::StandardNormal;

/// Independent normal entries of this standard deviation.
pub fn normal_entries(rows: usize, columns: usize, deviation: f64, stream: &mut Stream) -> Matrix {
    let draw = |_, _| deviation * stream.sample::<f64, _>(StandardNormal);
    Matrix::from_fn(rows, columns, draw)
}

/// `(X − mean)^T (X − mean)/n` of samples in rows.
pub fn covariance(samples: &Matrix) -> Matrix {
    let mean = samples.row_mean();
    let mut centred = samples.clone();
    centred.row_iter_mut().for_each(|mut row| row -= &mean);
    centred.tr_mul(&centred) / samples.nrows() as f64
}

/// Eigenvalues of a covariance, the largest first, and the principal directions as columns;
/// nothing where they were not found.
pub fn principal(covariance: &Matrix) -> Option<(Vec<f64>, Matrix)> {
    let units = covariance.nrows();
    let steps = 100 * units.max(10);
    let eigen = SymmetricEigen::try_new(symmetrised(covariance), f64::EPSILON, steps)?;
    let mut order: Vec<usize> = (0..units).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let eigenvalues = order.iter().map(|&at| eigen.eigenvalues[at]).collect();
    Some((eigenvalues, eigen.eigenvectors.select_columns(&order)))
}

/// Singular values, the largest first, with the vectors that are asked for (visible, hidden);
/// nothing where they were not found.
pub fn singular(matrix: &Matrix, vectors: [bool; 2]) -> Option<SVD<f64, Dyn, Dyn>> {
    let steps = 200 * matrix.nrows().min(matrix.ncols()).max(10);
    let [visible, hidden] = vectors;
    SVD::try_new(matrix.clone(), visible, hidden, f64::EPSILON, steps)
}
