//! Inverse and determinant of the small, statically sized matrices `I − V D(z)` that stand at every
//! quadrature node and in every proximal step.

use nalgebra::SMatrix;

/// Inverse and determinant; `None` unless the determinant is positive.
#[inline]
pub fn inverse_and_determinant<const K: usize>(
    matrix: &SMatrix<f64, K, K>,
) -> Option<(SMatrix<f64, K, K>, f64)> {
    if K == 1 {
        let value = matrix[(0, 0)];
        return (value > 0.0).then(|| (SMatrix::from_element(1.0 / value), value));
    }
    if K == 2 {
        let [a, b, c, d] = [
            matrix[(0, 0)],
            matrix[(0, 1)],
            matrix[(1, 0)],
            matrix[(1, 1)],
        ];
        let determinant = a * d - b * c;
        let adjugate = SMatrix::from_fn(|row, column| match (row, column) {
            (0, 0) => d,
            (0, 1) => -b,
            (1, 0) => -c,
            _ => a,
        });
        return (determinant > 0.0).then(|| (adjugate / determinant, determinant));
    }
    gauss_jordan(matrix)
}

/// Inverse and determinant by elimination with row exchanges; statically sized and free of
/// allocation.
fn gauss_jordan<const K: usize>(matrix: &SMatrix<f64, K, K>) -> Option<(SMatrix<f64, K, K>, f64)> {
    let (mut left, mut right) = (*matrix, SMatrix::<f64, K, K>::identity());
    let mut determinant = 1.0;
    for pivot in 0..K {
        let best = (pivot..K)
            .max_by(|&a, &b| left[(a, pivot)].abs().total_cmp(&left[(b, pivot)].abs()))?;
        if best != pivot {
            left.swap_rows(pivot, best);
            right.swap_rows(pivot, best);
            determinant = -determinant;
        }
        let value = left[(pivot, pivot)];
        determinant *= value;
        if value == 0.0 || !value.is_finite() {
            return None;
        }
        for column in 0..K {
            left[(pivot, column)] /= value;
            right[(pivot, column)] /= value;
        }
        for row in (0..K).filter(|&row| row != pivot) {
            let factor = left[(row, pivot)];
            for column in 0..K {
                left[(row, column)] -= factor * left[(pivot, column)];
                right[(row, column)] -= factor * right[(pivot, column)];
            }
        }
    }
    (determinant > 0.0).then_some((right, determinant))
}
