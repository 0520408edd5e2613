//! Bayes-optimal estimation of one spike: its best estimate, and the one that AMP reaches.

use crate::law::{ContinuousLaw, Law, ScalarAtoms};
use crate::model::Model;
use crate::numerics::gaussian_average::gaussian_average;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fixed points closer than this are one.
const APART: f64 = 1e-6;

/// Overlap of the weak start.
const WEAK: f64 = 1e-4;

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

/// Overlaps `ζ = √q_w` of estimates of one signal that know the laws of everything.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BayesOverlap {
    /// Of the posterior mean: no estimate has a larger one.
    pub optimal: f64,
    /// Of Bayes-optimal AMP from a weak start. Smaller than `optimal` in a hard phase, where no fast
    /// algorithm is known to find the signal.
    pub amp: f64,
}

/// Bayes-optimal overlaps of each signal (theory.md section 4).
///
/// The fixed points of `q_u = F_u(λ² q_w)`, `q_w = F_w(αλ² q_u)`, where `F(γ)` is the overlap of the
/// posterior mean in the scalar channel `y = γ u + √γ z`, are the stationary points of
/// `Φ = α ψ_u(λ² q_w) + ψ_w(αλ² q_u) − αλ² q_u q_w/2`, `2ψ' = F` (lesieur2017, section 3.3). The
/// map increases with `q_w`: from a weak start it ends where AMP ends, from an informed one in the
/// largest fixed point. Where these differ, the one of largest `Φ` is the posterior's.
///
/// # Errors
/// [`BayesFailure`], where no number was obtained.
pub fn bayes_overlaps(model: &Model) -> Result<Vec<BayesOverlap>, BayesFailure> {
    if !(model.sample_signals().is_product() && model.visible_signals().is_product()) {
        return Err(BayesFailure::Correlated);
    }
    let overlap = |&lambda: &f64| Spike::new(model, lambda).overlap();
    model.lambda().iter().map(overlap).collect()
}

/// One spike `X = λ u w^T/√d + Z`.
struct Spike<'a> {
    u: &'a Law,
    w: &'a Law,
    alpha: f64,
    /// `λ²`.
    strength: f64,
}

impl<'a> Spike<'a> {
    fn new(model: &'a Model, lambda: f64) -> Self {
        Self {
            u: model.sample_signals().law(),
            w: model.visible_signals().law(),
            alpha: model.alpha(),
            strength: lambda * lambda,
        }
    }

    fn overlap(&self) -> Result<BayesOverlap, BayesFailure> {
        let weak = self.fixed_point(WEAK)?;
        let informed = self.fixed_point(1.0)?;
        let mut best = weak;
        if informed - weak > APART {
            // Further fixed points may lie between the two.
            let inner = (1..8).map(|part| weak + (informed - weak) * f64::from(part) / 8.0);
            let mut largest = self.free_energy(weak)?;
            for start in inner.chain([1.0]) {
                let end = self.fixed_point(start)?;
                let energy = self.free_energy(end)?;
                if energy > largest {
                    (best, largest) = (end, energy);
                }
            }
        }
        Ok(BayesOverlap {
            optimal: best.sqrt(),
            amp: weak.sqrt(),
        })
    }

    /// `q_w` at which the map ends from a start.
    fn fixed_point(&self, start: f64) -> Result<f64, BayesFailure> {
        let mut q_w = start;
        let mut moved = f64::INFINITY;
        for _ in 0..5_000 {
            let q_u = self.estimate_of_samples(q_w)?;
            let gamma = self.alpha * self.strength * q_u;
            let image = Reading::Overlap.of(self.w, gamma)?;
            moved = (image - q_w).abs();
            q_w = image;
            // `q_w = 0` is an exact fixed point; an iterate this small is on its way there and would
            // shrink for ever.
            if q_w < 1e-12 {
                return Ok(0.0);
            }
            // On its way to 0 it moves by a fixed share of itself.
            if moved < 1e-13 && moved < 1e-6 * q_w {
                return Ok(q_w);
            }
        }
        Err(BayesFailure::Slow(moved))
    }

    /// `q_u = F_u(λ² q_w)`.
    fn estimate_of_samples(&self, q_w: f64) -> Result<f64, BayesFailure> {
        Reading::Overlap.of(self.u, self.strength * q_w)
    }

    /// `Φ` where `q_u = F_u(λ² q_w)`.
    fn free_energy(&self, q_w: f64) -> Result<f64, BayesFailure> {
        let q_u = self.estimate_of_samples(q_w)?;
        let coupling = self.alpha * self.strength;
        let of_samples = Reading::FreeEnergy.of(self.u, self.strength * q_w)?;
        let of_weights = Reading::FreeEnergy.of(self.w, coupling * q_u)?;
        Ok(self.alpha * of_samples + of_weights - 0.5 * coupling * q_u * q_w)
    }
}

/// What is read off the scalar channel `y = γ u + √γ z`, whose posterior has the weights
/// `P(u) exp(y u − γ u²/2)`.
#[derive(Clone, Copy)]
enum Reading {
    /// `F(γ) = E[u E[u | y]]`.
    Overlap,
    /// `ψ(γ) = E ln Z(y)`, `Z` the sum of the weights.
    FreeEnergy,
}

impl Reading {
    fn of(self, law: &Law, gamma: f64) -> Result<f64, BayesFailure> {
        let value = match law {
            Law::Gaussian | Law::CorrelatedGaussian(_) => Some(match self {
                Self::Overlap => gamma / (1.0 + gamma),
                Self::FreeEnergy => 0.5 * (gamma - gamma.ln_1p()),
            }),
            Law::Separable(atoms) => self.of_atoms(atoms, gamma),
            Law::Continuous(law) => Some(self.of_density(*law, gamma)),
            Law::Joint(_) | Law::Mixture(_) | Law::Formula(_) => None,
        };
        value.ok_or(BayesFailure::Quadrature)
    }

    fn of_atoms(self, atoms: &ScalarAtoms, gamma: f64) -> Option<f64> {
        let root = gamma.sqrt();
        // Both of u = ±a give the same.
        if let Some(size) = atoms.symmetric_pair() {
            let value = |z: f64| {
                let y = gamma * size + root * z;
                match self {
                    Self::Overlap => size * atoms.mean_and_variance(y).0,
                    Self::FreeEnergy => atoms.log_mgf(y) - 0.5 * gamma * size * size,
                }
            };
            return gaussian_average(value, &[-root * size, -0.5 * root * size]);
        }
        let atoms: Vec<(f64, f64)> = atoms.atoms().collect();
        atoms.iter().try_fold(0.0, |total, &(u, weight)| {
            let value = |z: f64| {
                let (log_norm, mean) = posterior(&atoms, gamma * u + root * z, gamma);
                match self {
                    Self::Overlap => u * mean,
                    Self::FreeEnergy => log_norm,
                }
            };
            let bends = atoms.iter().map(|(other, _)| root * (0.5 * (other - u)));
            let bends: Vec<f64> = bends.collect();
            Some(total + weight * gaussian_average(value, &bends)?)
        })
    }

    /// An integral over `t = y/√γ`, whose law is a mixture of normals, by the trapezoid rule.
    fn of_density(self, law: ContinuousLaw, gamma: f64) -> f64 {
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
                match self {
                    Self::Overlap => first * first / mass,
                    Self::FreeEnergy => mass * (mass.ln() + 0.5 * t * t),
                }
            } else {
                0.0
            }
        };
        SPACING / (2.0 * std::f64::consts::PI).sqrt() * (-last..=last).map(at).sum::<f64>()
    }
}

/// `(ln Z, E[u | y])` with weights `P(u) exp(y u − γ u²/2)`.
fn posterior(atoms: &[(f64, f64)], y: f64, gamma: f64) -> (f64, f64) {
    let exponent = |(u, weight): &(f64, f64)| weight.ln() + y * u - 0.5 * gamma * u * u;
    let peak = atoms.iter().map(exponent).fold(f64::NEG_INFINITY, f64::max);
    let (norm, first) = atoms.iter().fold((0.0, 0.0), |(norm, first), atom| {
        let weight = (exponent(atom) - peak).exp();
        (norm + weight, first + weight * atom.0)
    });
    (peak + norm.ln(), first / norm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(law: &Law, gamma: f64) -> [f64; 2] {
        [Reading::Overlap, Reading::FreeEnergy]
            .map(|reading| reading.of(law, gamma).expect("sound"))
    }

    #[test]
    fn closed_form_of_signs_agrees_with_the_enumeration() {
        // An atom that is listed twice is not recognised.
        let listed = ScalarAtoms::new(&[-1.0, 1.0, 1.0], &[0.5, 0.25, 0.25]).expect("valid");
        let listed = Law::Separable(listed);
        for gamma in [0.01, 0.5, 3.0, 40.0] {
            let [closed, listed] = [&Law::rademacher(), &listed].map(|law| both(law, gamma));
            for (closed, listed) in closed.iter().zip(&listed) {
                assert!(
                    (closed - listed).abs() < 1e-12,
                    "{gamma}: {closed} {listed}"
                );
            }
        }
    }

    /// `2ψ'(γ) = F(γ)`, by central differences of the fourth order.
    #[test]
    fn the_free_energy_of_a_channel_integrates_its_overlap() {
        let skewed = ScalarAtoms::new(&[-0.5, 2.0], &[0.8, 0.2]).expect("valid");
        let uniform = ContinuousLaw::Uniform {
            low: -3f64.sqrt(),
            high: 3f64.sqrt(),
        };
        let laplace = ContinuousLaw::Laplace {
            scale: 0.5f64.sqrt(),
        };
        for law in [
            Law::Gaussian,
            Law::rademacher(),
            Law::Separable(skewed),
            Law::Continuous(uniform),
            Law::Continuous(laplace),
        ] {
            for gamma in [0.02, 0.7, 6.0] {
                let h = 0.02 * gamma;
                let energy = |part: f64| both(&law, gamma + part * h)[1];
                let slope = (8.0 * (energy(1.0) - energy(-1.0)) - (energy(2.0) - energy(-2.0)))
                    / (12.0 * h);
                let overlap = both(&law, gamma)[0];
                assert!(
                    (2.0 * slope - overlap).abs() < 1e-6,
                    "{law:?} {gamma}: {slope} {overlap}"
                );
            }
        }
    }
}
