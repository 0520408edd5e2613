//! The linear RBM and the law of the bulk against independent numbers, closed forms, other
//! integrations and sampled matrices.

mod bulk;
mod frame;
mod learning;

use super::LinearRbm;
use crate::numerics::Matrix;
use nalgebra::DVector;

/// `σ_v²` and `σ_h²` of the instance below.
const VARIANCES: [f64; 2] = [1.2, 0.7];

/// Its spectrum.
const SPECTRUM: [f64; 6] = [5.0, 3.2, 2.1, 1.5, 0.9, 0.4];

/// Six visible and four hidden units: a mirrored diagonal covariance, and its start.
fn six() -> (Matrix, LinearRbm, Matrix) {
    let normal = DVector::from_fn(6, |i, _| i as f64 + 1.0).normalize();
    let mirror = Matrix::identity(6, 6) - &normal * normal.transpose() * 2.0;
    let diagonal = Matrix::from_diagonal(&DVector::from_row_slice(&SPECTRUM));
    let covariance = &mirror * diagonal * mirror.transpose();
    let machine = LinearRbm::new(&covariance, 4, VARIANCES[0], VARIANCES[1]).expect("good");
    let start = Matrix::from_fn(6, 4, |i, j| {
        let (i, j) = (i as f64, j as f64);
        0.05 * (1.3 * i + 2.7 * j + 0.9 * i * j + 0.4).sin()
    });
    (covariance, machine, start)
}

#[track_caller]
fn near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let error = (found - expected).abs();
        assert!(error <= tolerance, "{found} {expected}: {error:e}");
    }
}
