//! Baselines beside every prediction: the BBP threshold, PCA, and the Bayes-optimal estimator.

use crate::law::{ContinuousLaw, Law, ScalarAtoms};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::gaussian_average::gaussian_average;
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

/// Why there is no Bayes-optimal overlap.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BayesFailure {
    /// Components of a signal prior are correlated: the scalar recursion does not apply.
    #[error("the Bayes-optimal baseline needs independent signal components")]
    Correlated,
    /// The recursion still moved by this much when its iterations ran out.
    #[error(
        "the Bayes-optimal recursion still moves by {0:.1e} an iteration (critical slowing at the threshold)"
    )]
    Slow(f64),
    /// A Gaussian average failed its checks.
    #[error("a Gaussian average of the Bayes-optimal recursion failed its error checks")]
    Quadrature,
}

/// Bayes-optimal overlap `ζ = √q_w` of each signal, by the state evolution of Bayes-optimal AMP
/// from a weak start (theory.md section 4): `q_u = F_u(λ² q_w)`, `q_w = F_w(αλ² q_u)`, where `F(γ)`
/// is the overlap of the posterior mean in the scalar channel `y = γ u + √γ z`.
///
/// # Errors
/// [`BayesFailure`], where no number was obtained.
pub fn bayes_optimal_overlaps(model: &Model) -> Result<Vec<f64>, BayesFailure> {
    if !(model.sample_signals().is_product() && model.visible_signals().is_product()) {
        return Err(BayesFailure::Correlated);
    }
    let overlap = |&lambda: &f64| bayes_optimal_overlap(model, lambda);
    model.lambda().iter().map(overlap).collect()
}

fn bayes_optimal_overlap(model: &Model, lambda: f64) -> Result<f64, BayesFailure> {
    let (alpha, strength) = (model.alpha(), lambda * lambda);
    let (u, w) = (model.sample_signals().law(), model.visible_signals().law());
    let next = |q_w: f64| -> Result<f64, BayesFailure> {
        let q_u = channel_overlap(u, strength * q_w).ok_or(BayesFailure::Quadrature)?;
        channel_overlap(w, alpha * strength * q_u).ok_or(BayesFailure::Quadrature)
    };
    let mut q_w = 1e-4;
    let mut moved = f64::INFINITY;
    for _ in 0..5_000 {
        let image = next(q_w)?;
        moved = (image - q_w).abs();
        q_w = image;
        // `q_w = 0` is an exact fixed point; an iterate this small is on its way there and would
        // shrink for ever.
        if q_w < 1e-12 {
            return Ok(0.0);
        }
        if moved < 1e-13 {
            return Ok(q_w.sqrt());
        }
    }
    Err(BayesFailure::Slow(moved))
}

/// `F(γ) = E[û(y) u]` in the scalar channel `y = γ u + √γ z`, `û(y) = E[u | y]`; `None` where the
/// quadrature failed.
fn channel_overlap(law: &Law, gamma: f64) -> Option<f64> {
    let root = gamma.sqrt();
    match law {
        Law::Gaussian | Law::CorrelatedGaussian(_) => Some(gamma / (1.0 + gamma)),
        Law::Separable(atoms) => {
            if let Some(size) = atoms.symmetric_pair() {
                return pair_overlap(atoms, size, gamma);
            }
            let atoms: Vec<(f64, f64)> = atoms.atoms().collect();
            atoms.iter().try_fold(0.0, |total, &(u, weight)| {
                let estimate = |z: f64| posterior_mean(&atoms, gamma * u + root * z, gamma);
                let bends: Vec<f64> = atoms
                    .iter()
                    .map(|(other, _)| root * (0.5 * (other - u)))
                    .collect();
                Some(total + weight * u * gaussian_average(estimate, &bends)?)
            })
        }
        Law::Continuous(law) => Some(continuous_overlap(*law, gamma)),
        Law::Joint(_) | Law::Formula(_) => None,
    }
}

/// `F(γ) = E û(y)²` over the law of `y` itself, a mixture of normals; in units of `√γ` by the
/// trapezoid rule.
fn continuous_overlap(law: ContinuousLaw, gamma: f64) -> f64 {
    const SPACING: f64 = 0.25;
    let nodes = law.nodes(0.5 / (1.0 + gamma).sqrt());
    let root = gamma.sqrt();
    let largest = nodes.iter().map(|(u, _)| u.abs()).fold(0.0, f64::max);
    let last = ((root * largest + 9.0) / SPACING).ceil() as i64;
    let at = |index: i64| {
        let t = SPACING * index as f64;
        let kernel = |u: f64| (-0.5 * (t - root * u) * (t - root * u)).exp();
        let (mass, first) = nodes.iter().fold((0.0, 0.0), |(mass, first), (u, weight)| {
            let share = weight * kernel(*u);
            (mass + share, first + share * u)
        });
        // Both vanish together in the far tail.
        if mass > 0.0 {
            first * first / mass
        } else {
            0.0
        }
    };
    SPACING / (2.0 * std::f64::consts::PI).sqrt() * (-last..=last).map(at).sum::<f64>()
}

/// `F(γ) = a E û(γ a + √γ z)` for `u = ±a`, equally probable, by symmetry.
fn pair_overlap(atoms: &ScalarAtoms, size: f64, gamma: f64) -> Option<f64> {
    let root = gamma.sqrt();
    let estimate = |z: f64| atoms.mean_and_variance(gamma * size + root * z).0;
    let bends = [-root * size, -0.5 * root * size];
    Some(size * gaussian_average(estimate, &bends)?)
}

/// `E[u | y]` with weights `P(u) exp(y u − γ u²/2)`.
fn posterior_mean(atoms: &[(f64, f64)], y: f64, gamma: f64) -> f64 {
    let exponent = |(u, weight): &(f64, f64)| weight.ln() + y * u - 0.5 * gamma * u * u;
    let peak = atoms.iter().map(exponent).fold(f64::NEG_INFINITY, f64::max);
    let (norm, first) = atoms.iter().fold((0.0, 0.0), |(norm, first), atom| {
        let weight = (exponent(atom) - peak).exp();
        (norm + weight, first + weight * atom.0)
    });
    first / norm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_form_of_signs_agrees_with_the_enumeration() {
        // An atom that is listed twice is not recognised.
        let listed = ScalarAtoms::new(&[-1.0, 1.0, 1.0], &[0.5, 0.25, 0.25]).expect("valid");
        let listed = Law::Separable(listed);
        for gamma in [0.01, 0.5, 3.0, 40.0] {
            let [closed, listed] = [&Law::rademacher(), &listed]
                .map(|law| channel_overlap(law, gamma).expect("sound"));
            assert!(
                (closed - listed).abs() < 1e-12,
                "{gamma}: {closed} {listed}"
            );
        }
    }
}
