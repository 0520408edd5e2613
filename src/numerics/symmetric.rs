//! Symmetric matrices of order parameters: packing into a vector of unknowns, spectra, square
//! roots.

use super::Matrix;
use nalgebra::{Complex, DVector, Schur, SymmetricEigen};

/// Number of independent entries of a symmetric `k × k` matrix.
pub fn packed_len(k: usize) -> usize {
    k * (k + 1) / 2
}

/// Position of the entry `(a, b)` among them.
pub fn packed_index(a: usize, b: usize, k: usize) -> usize {
    let (row, column) = (a.max(b), a.min(b));
    column * k - column * column.saturating_sub(1) / 2 - column + row
}

/// Appends the lower triangle of `matrix`, column by column, to `out`.
pub fn pack(matrix: &Matrix, out: &mut Vec<f64>) {
    for column in 0..matrix.ncols() {
        for row in column..matrix.nrows() {
            out.push(0.5 * (matrix[(row, column)] + matrix[(column, row)]));
        }
    }
}

/// Inverse of [`pack`].
pub fn unpack(packed: &[f64], k: usize) -> Matrix {
    let mut matrix = Matrix::zeros(k, k);
    let mut entries = packed.iter();
    for column in 0..k {
        for row in column..k {
            if let Some(&entry) = entries.next() {
                matrix[(row, column)] = entry;
                matrix[(column, row)] = entry;
            }
        }
    }
    matrix
}

/// Symmetric part, `(A + A^T)/2`.
pub fn symmetrised(matrix: &Matrix) -> Matrix {
    (matrix + matrix.transpose()) * 0.5
}

/// Largest eigenvalue of a symmetric matrix; NaN where an entry is not finite.
pub fn largest_eigenvalue(matrix: &Matrix) -> f64 {
    extreme_eigenvalues(matrix).1
}

/// Smallest eigenvalue of a symmetric matrix; NaN where an entry is not finite.
pub fn smallest_eigenvalue(matrix: &Matrix) -> f64 {
    extreme_eigenvalues(matrix).0
}

fn extreme_eigenvalues(matrix: &Matrix) -> (f64, f64) {
    if matrix.iter().any(|entry| !entry.is_finite()) {
        return (f64::NAN, f64::NAN);
    }
    if matrix.nrows() == 1 {
        return (matrix[(0, 0)], matrix[(0, 0)]);
    }
    let values = symmetrised(matrix).symmetric_eigenvalues();
    (values.min(), values.max())
}

/// Symmetric square root of a positive semi-definite matrix. Eigenvalues that rounding made
/// slightly negative count as zero; `None` where one is below `-tolerance` or not finite, that is
/// where the matrix is not a covariance.
pub fn square_root(matrix: &Matrix, tolerance: f64) -> Option<Matrix> {
    let smallest = smallest_eigenvalue(matrix);
    if smallest.is_nan() || smallest < -tolerance {
        return None;
    }
    let eigen = SymmetricEigen::new(symmetrised(matrix));
    let roots = eigen.eigenvalues.map(|value| value.max(0.0).sqrt());
    Some(&eigen.eigenvectors * Matrix::from_diagonal(&roots) * eigen.eigenvectors.transpose())
}

/// Eigenvalues of a general real matrix; `None` where an entry is not finite, or the iteration does
/// not settle to ten digits.
///
/// nalgebra's own call has no limit, and there are harmless matrices (permutations, for example) on
/// which it cycles for ever. A similar matrix, mirrored on a plane that has nothing to do with
/// them, has the same eigenvalues and does not.
pub fn eigenvalues(matrix: &Matrix) -> Option<Vec<Complex<f64>>> {
    if matrix.iter().any(|entry| !entry.is_finite()) {
        return None;
    }
    let size = matrix.nrows();
    if size == 1 {
        return Some(vec![Complex::new(matrix[(0, 0)], 0.0)]);
    }
    let steps = 100 * size.max(1);
    let mirrored = || {
        let normal = DVector::from_fn(size, |index, _| (1.0 + index as f64).sqrt()).normalize();
        let mirror = Matrix::identity(size, size) - &normal * normal.transpose() * 2.0;
        &mirror * matrix * &mirror
    };
    let schur = [f64::EPSILON, 1e-13, 1e-10]
        .into_iter()
        .find_map(|precision| {
            Schur::try_new(matrix.clone(), precision, steps)
                .or_else(|| Schur::try_new(mirrored(), precision, steps))
        })?;
    Some(schur.complex_eigenvalues().iter().copied().collect())
}

/// Spectral radius of a general real matrix; NaN where there are no [`eigenvalues`].
pub fn spectral_radius(matrix: &Matrix) -> f64 {
    eigenvalues(matrix).map_or(f64::NAN, |values| {
        values.iter().map(|value| value.norm()).fold(0.0, f64::max)
    })
}

/// Largest absolute entry; NaN where an entry is not finite.
pub fn max_abs(matrix: &Matrix) -> f64 {
    matrix.iter().fold(0.0, |largest: f64, entry| {
        if entry.is_nan() || largest.is_nan() {
            f64::NAN
        } else {
            largest.max(entry.abs())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_round_trips() {
        let matrix = Matrix::from_row_slice(3, 3, &[1.0, 2.0, 3.0, 2.0, 4.0, 5.0, 3.0, 5.0, 6.0]);
        let mut packed = Vec::new();
        pack(&matrix, &mut packed);
        assert_eq!(packed.len(), packed_len(3));
        assert_eq!(unpack(&packed, 3), matrix);
        for (a, b) in [(0, 0), (1, 0), (2, 0), (1, 1), (1, 2), (2, 2)] {
            assert_eq!(packed[packed_index(a, b, 3)], matrix[(a, b)]);
        }
    }

    #[test]
    fn square_root_squares_and_rejects_indefinite() {
        let matrix = Matrix::from_row_slice(2, 2, &[2.0, 0.5, 0.5, 1.0]);
        let root = square_root(&matrix, 1e-12).expect("positive definite");
        assert!(max_abs(&(&root * &root - &matrix)) < 1e-14);
        let indefinite = Matrix::from_row_slice(2, 2, &[1.0, 2.0, 2.0, 1.0]);
        assert!(square_root(&indefinite, 1e-12).is_none());
    }

    #[test]
    fn not_finite_entries_give_not_finite_spectra() {
        let broken = Matrix::from_element(2, 2, f64::NAN);
        assert!(largest_eigenvalue(&broken).is_nan());
        assert!(spectral_radius(&broken).is_nan());
        assert!(max_abs(&broken).is_nan());
    }

    #[test]
    fn eigenvalues_have_a_limit_and_no_numbers_without_numbers() {
        let rotation = Matrix::from_row_slice(2, 2, &[0.0, -2.0, 2.0, 0.0]);
        assert!((spectral_radius(&rotation) - 2.0).abs() < 1e-12);
        // A permutation is a fixed point of the unshifted QR iteration.
        let cycle = Matrix::from_fn(4, 4, |a, b| f64::from(u8::from((a + 1) % 4 == b)));
        assert!((spectral_radius(&cycle) - 1.0).abs() < 1e-9);
        let broken = Matrix::from_element(2, 2, f64::NAN);
        assert!(eigenvalues(&broken).is_none() && spectral_radius(&broken).is_nan());
    }
}
