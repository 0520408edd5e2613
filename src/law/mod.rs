//! Laws of hidden units and of signals: one definition of each, whatever it is used for.
//!
//! | law | hidden units | sample and visible signals |
//! |---|---|---|
//! | independent standard normals | yes | yes |
//! | correlated normals | – | yes |
//! | independent, of finite support | yes | yes |
//! | joint, of finite support | yes | yes |
//! | independent, continuous, by a sampler | – (by its formula) | yes |
//! | Gaussian mixtures, of scores or by kurtosis | – | yes |
//! | by a formula for `log E exp(h·z)` | yes, where the support is bounded | – (it can't be drawn) |
//!
//! A [`Law`] knows its symmetries and what it binds together. Its two roles,
//! [`HiddenUnits`](crate::hidden::HiddenUnits) and [`SignalPrior`](crate::signal::SignalPrior), add
//! what theory and simulation need, and refuse what they can't use.

mod averaged_pair;
mod continuous;
mod cumulants;
mod extremum;
mod formula;
mod formula_check;
mod grid;
mod joint;
mod mixture;
mod monomials;
mod scalar;
#[cfg(test)]
mod tests;

pub(crate) use averaged_pair::{AveragedPair, PairMoments};
pub use continuous::ContinuousLaw;
pub use cumulants::Cumulants;
pub use formula::{FormulaLaw, MAX_FORMULA_UNITS};
pub use joint::JointAtoms;
pub use mixture::{GaussianMixture, MixtureComponent};
pub use scalar::ScalarAtoms;
pub(crate) use scalar::symmetric_pair;

use crate::numerics::Matrix;
use crate::symmetry::SignedPermutation;
use nalgebra::{SMatrix, SVector};
use std::ops::{Deref, DerefMut};

/// Largest number of components: the kernels are compiled for each number of units up to this one.
pub const MAX_UNITS: usize = 8;

/// Largest absolute value of a bias or of an atom.
pub const MAX_FIELD: f64 = 100.0;

/// Largest number of components of a Gaussian mixture, of several signals together.
pub const MAX_COMPONENTS: usize = 1 << 12;

/// Largest number of atoms of one law.
pub const MAX_ATOMS: usize = 512;

/// A law of several components, before their number is fixed (where they are independent) and
/// before any bias.
#[derive(Debug, Clone, PartialEq)]
pub enum Law {
    /// Independent standard normals. As hidden units the solvable case, `η2 = −½ log det(I − Q)`.
    Gaussian,
    /// Joint normal with this correlation matrix (`r × r`, unit diagonal).
    CorrelatedGaussian(Matrix),
    /// Independent components of any finite support.
    Separable(ScalarAtoms),
    /// Any finite support in `R^k`, jointly (one-hot, for example).
    Joint(JointAtoms),
    /// Independent components of a continuous law, from which it can be drawn.
    Continuous(ContinuousLaw),
    /// Signals as they were seen, or of given kurtoses.
    Mixture(GaussianMixture),
    /// Any bounded law that is given by a formula for its log moment generating function, of one
    /// component or of all jointly.
    Formula(FormulaLaw),
}

/// Number of pre-activations that quadratures evaluate together.
pub const POINTS: usize = 64;

/// One number for each of them.
pub type Points = Values<POINTS>;

/// One number for each of some points, on whole cache lines.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
pub struct Values<const N: usize>(pub [f64; N]);

impl<const N: usize> Values<N> {
    /// Zeros.
    pub const ZERO: Self = Self::all(0.0);

    /// The same number for each.
    pub const fn all(value: f64) -> Self {
        Self([value; N])
    }
}

impl<const N: usize> Deref for Values<N> {
    type Target = [f64; N];

    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<const N: usize> DerefMut for Values<N> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// Posterior means and covariances of `k` components at [`POINTS`] pre-activations.
#[derive(Debug, Clone)]
pub struct Responses {
    /// `f(z)`, one for each component.
    pub mean: Vec<Points>,
    /// `D(z)`, `k × k` row by row. What lies above the diagonal is not looked at, nor what lies
    /// below it for independent components.
    pub covariance: Vec<Points>,
    /// Whether the components are independent.
    pub independent: bool,
}

impl Responses {
    /// Room for those of this many components.
    pub fn new(units: usize) -> Self {
        Self {
            mean: vec![Points::ZERO; units],
            covariance: vec![Points::ZERO; units * units],
            independent: false,
        }
    }
}

/// Posterior mean and covariance of the components at one pre-activation `z`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response<const K: usize> {
    /// `f(z) = E[h | z]`, the denoiser.
    pub mean: SVector<f64, K>,
    /// `D(z) = Cov[h | z]`, the derivative of the denoiser.
    pub covariance: SMatrix<f64, K, K>,
}

impl Law {
    /// Independent components, ±1 with equal probability.
    pub fn rademacher() -> Self {
        Self::Separable(ScalarAtoms::rademacher())
    }

    /// Number of components that the law binds together, or `None` where they are independent.
    pub fn joint_dimension(&self) -> Option<usize> {
        match self {
            Self::Gaussian | Self::Separable(_) | Self::Continuous(_) => None,
            Self::CorrelatedGaussian(correlation) => Some(correlation.nrows()),
            Self::Joint(atoms) => Some(atoms.dimension()),
            Self::Mixture(law) => Some(law.dimension()),
            Self::Formula(law) => law.is_joint().then(|| law.dimension()),
        }
    }

    /// Whether the law is invariant under `h → −h`.
    pub fn is_symmetric(&self) -> bool {
        match self {
            Self::Gaussian | Self::CorrelatedGaussian(_) => true,
            Self::Separable(atoms) => atoms.is_symmetric(),
            Self::Joint(atoms) => atoms.is_symmetric(),
            Self::Mixture(law) => law.is_even(),
            Self::Continuous(law) => law.is_symmetric(),
            Self::Formula(law) => law.is_symmetric(),
        }
    }

    /// Whether the law with weights `∝ P(h) e^{b·h}` is invariant under `h ↦ g h`. Independent
    /// components: `b_{g(a)} = s_a b_a`, and one may change its sign only where the law is even.
    /// Joint laws: their probabilities, or `η1(z + b)`, are compared.
    pub fn is_invariant(&self, g: &SignedPermutation, bias: &[f64]) -> bool {
        let independent = |even: bool| g.apply(bias) == bias && (even || !g.has_flips());
        match self {
            Self::CorrelatedGaussian(correlation) => {
                g.apply(bias) == bias && (g.conjugate(correlation) - correlation).amax() < 1e-12
            }
            Self::Joint(atoms) => atoms.is_invariant(g, bias),
            // Each signal has a law of its own.
            Self::Mixture(law) => {
                let stays = g.parts().enumerate().all(|(at, (to, _))| at == to);
                stays && g.apply(bias) == bias && (law.is_even() || !g.has_flips())
            }
            Self::Formula(law) if law.is_joint() => law.is_invariant(g, bias),
            other => independent(other.is_symmetric()),
        }
    }
}
