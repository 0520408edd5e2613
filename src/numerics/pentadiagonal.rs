//! The largest eigenvalue of a symmetric matrix with two diagonals on each side, and its vector.

/// Steps of inverse iteration: two are enough where the eigenvalue is alone.
const STEPS: usize = 6;

/// A symmetric matrix of bandwidth 2.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pentadiagonal {
    /// `P_jj`.
    pub diagonal: Vec<f64>,
    /// `P_{j,j+1}`, one fewer.
    pub first: Vec<f64>,
    /// `P_{j,j+2}`, two fewer.
    pub second: Vec<f64>,
}

/// `L D L^T` of a positive definite one.
struct Factors {
    pivots: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Pentadiagonal {
    /// The largest eigenvalue, by bisection of the shifts `μ` at which `μ − P` is positive
    /// definite, and its vector of length 1, by inverse iteration.
    pub fn leading(&self) -> (f64, Vec<f64>) {
        let mut high = self.bound();
        let mut low = self
            .diagonal
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        loop {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if self.factors(middle).is_some() {
                high = middle;
            } else {
                low = middle;
            }
        }
        let mut vector = vec![1.0; self.diagonal.len()];
        if let Some(factors) = self.factors(high) {
            for _ in 0..STEPS {
                factors.solve(&mut vector);
                let norm = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
                vector.iter_mut().for_each(|x| *x /= norm);
            }
        }
        (high, vector)
    }

    /// No eigenvalue is larger (Gershgorin), with room for rounding.
    fn bound(&self) -> f64 {
        let rows = (0..self.diagonal.len()).map(|j| {
            let at = |band: &[f64], at: Option<usize>| {
                at.and_then(|at| band.get(at)).map_or(0.0, |x| x.abs())
            };
            self.diagonal[j]
                + at(&self.first, Some(j))
                + at(&self.first, j.checked_sub(1))
                + at(&self.second, Some(j))
                + at(&self.second, j.checked_sub(2))
        });
        let bound = rows.fold(f64::NEG_INFINITY, f64::max);
        bound + 1e-12 * bound.abs() + f64::MIN_POSITIVE
    }

    /// Of `shift − P`; `None` where that is not positive definite.
    fn factors(&self, shift: f64) -> Option<Factors> {
        let size = self.diagonal.len();
        let mut found = Factors {
            pivots: Vec::with_capacity(size),
            first: Vec::with_capacity(size),
            second: Vec::with_capacity(size),
        };
        for j in 0..size {
            let mut pivot = shift - self.diagonal[j];
            let mut first = self.first.get(j).map_or(0.0, |x| -x);
            if j >= 1 {
                let before = found.first[j - 1];
                pivot -= before * before * found.pivots[j - 1];
                first -= found.second[j - 1] * before * found.pivots[j - 1];
            }
            if j >= 2 {
                pivot -= found.second[j - 2].powi(2) * found.pivots[j - 2];
            }
            if pivot <= 0.0 || pivot.is_nan() {
                return None;
            }
            found.pivots.push(pivot);
            found.first.push(first / pivot);
            found
                .second
                .push(self.second.get(j).map_or(0.0, |x| -x) / pivot);
        }
        Some(found)
    }
}

impl Factors {
    fn solve(&self, x: &mut [f64]) {
        let size = x.len();
        for j in 0..size {
            if j >= 1 {
                x[j] -= self.first[j - 1] * x[j - 1];
            }
            if j >= 2 {
                x[j] -= self.second[j - 2] * x[j - 2];
            }
        }
        for (x, pivot) in x.iter_mut().zip(&self.pivots) {
            *x /= pivot;
        }
        for j in (0..size).rev() {
            if j + 1 < size {
                x[j] -= self.first[j] * x[j + 1];
            }
            if j + 2 < size {
                x[j] -= self.second[j] * x[j + 2];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::Matrix;
    use crate::numerics::streams::{Purpose, Streams};
    use nalgebra::SymmetricEigen;
    use rand::RngExt;

    #[test]
    fn leading_pair_of_dense_matrices() {
        let mut stream = Streams::new(5).stream(Purpose::Start, 0);
        for size in [1, 2, 3, 4, 17, 60] {
            let mut draw = |count: usize| -> Vec<f64> {
                (0..count)
                    .map(|_| stream.random::<f64>() * 4.0 - 2.0)
                    .collect()
            };
            let banded = Pentadiagonal {
                diagonal: draw(size),
                first: draw(size.saturating_sub(1)),
                second: draw(size.saturating_sub(2)),
            };
            let dense = Matrix::from_fn(size, size, |a, b| match a.abs_diff(b) {
                0 => banded.diagonal[a],
                1 => banded.first[a.min(b)],
                2 => banded.second[a.min(b)],
                _ => 0.0,
            });
            let eigen = SymmetricEigen::new(dense);
            let at = eigen.eigenvalues.imax();
            let (value, vector) = banded.leading();
            assert!((value - eigen.eigenvalues[at]).abs() < 1e-12, "{size}");
            let overlap = eigen
                .eigenvectors
                .column(at)
                .dot(&nalgebra::DVector::from_vec(vector));
            assert!((overlap.abs() - 1.0).abs() < 1e-10, "{size}: {overlap}");
        }
    }
}
