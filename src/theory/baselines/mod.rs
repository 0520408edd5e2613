//! Baselines beside every prediction: the BBP threshold, PCA, and the Bayes-optimal estimator.

mod bayes;

pub use bayes::{BayesFailure, BayesOverlap, bayes_overlaps};

use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use crate::symmetry::{Group, Symmetry};
use nalgebra::SymmetricEigen;

/// Weak-recovery threshold of Baik, Ben Arous and Péché: a spike of strength `λ` leaves the bulk of
/// `X^T X` for `α λ⁴ > 1`, hence `λ_c = α^{-1/4}` (theory.md section 1).
pub fn bbp_threshold(alpha: f64) -> f64 {
    alpha.powf(-0.25)
}

/// Squared PCA overlap of one spike: `ζ² = (αλ⁴ − 1)/(λ²(αλ² + 1))` above the threshold, 0 below
/// (theory.md section 4).
pub fn pca_overlap_squared(alpha: f64, lambda: f64) -> f64 {
    let excess = alpha * lambda.powi(4) - 1.0;
    if excess <= 0.0 {
        return 0.0;
    }
    excess / (lambda * lambda * (alpha * lambda * lambda + 1.0))
}

/// PCA overlaps `ζ_ab` (r×k) of signal `a` with the principal direction that stands in column `b`,
/// after alignment with the signals. Correlated signals are first turned into independent spikes,
/// `Λ E[uu^T] Λ = O diag(λ̃²) O^T`; directions of equal strength are only defined up to rotation.
pub fn pca_overlaps(model: &Model) -> Matrix {
    let lambda = model.lambda_matrix();
    let eigen = SymmetricEigen::new(&lambda * model.sample_signals().correlation() * &lambda);
    let mut order: Vec<usize> = (0..model.signals()).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let overlaps = Matrix::from_fn(model.signals(), model.units(), |a, b| {
        let Some(&direction) = order.get(b) else {
            return 0.0;
        };
        let strength = eigen.eigenvalues[direction].max(0.0).sqrt();
        let overlap = pca_overlap_squared(model.alpha(), strength).sqrt();
        eigen.eigenvectors[(a, direction)].abs() * overlap
    });
    let directions = OrderParameters {
        m: overlaps,
        q: Matrix::identity(model.units(), model.units()),
    };
    let symmetry = Symmetry {
        signals: Group::trivial(model.signals()),
        units: Group::full(model.units()),
    };
    symmetry.canonical(&directions).order.m
}
