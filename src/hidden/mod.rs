//! Hidden units: one definition of each prior `P_h`, used by theory, simulation and figures alike.
//!
//! For a prior with bias `b` (theory.md section 1):
//!
//! | symbol | meaning | here |
//! |---|---|---|
//! | `η1(z) = log E_h exp(h·(z + b))` | log moment generating function | [`HiddenUnits::log_mgf`] |
//! | `f(z) = ∇η1(z)` | denoiser: posterior mean of `h` | [`Response::mean`] |
//! | `D(z) = ∇²η1(z)` | posterior covariance of `h` | [`Response::covariance`] |
//! | `η2(Q) = log E_h exp(½ h^T Q h + b·h)` | pair function | [`PairFunction::log_norm`] |
//! | `2∇η2(Q) = ⟨h h^T⟩_Q` | its gradient | [`PairFunction::second_moment`] |
//! | `sup_z λ_max(D(z))` | bound on the proximal parameter | [`HiddenUnits::covariance_bound`] |

mod atoms;
mod averaged_pair;
mod extremum;
mod formula;
mod formula_check;
mod grid;
mod monomials;
mod pair;
mod scalar;
mod step;

pub use atoms::JointAtoms;
pub use formula::{FormulaLaw, MAX_FORMULA_UNITS};
pub use pair::PairFunction;
pub use scalar::ScalarAtoms;

use crate::error::{Error, Result};
use crate::symmetry::{Group, SignedPermutation};
use nalgebra::{SMatrix, SVector};

/// Largest number of hidden units: the kernels are compiled for each number of units up to this one.
pub const MAX_UNITS: usize = 8;

/// Largest absolute value of a bias or of an atom.
pub const MAX_FIELD: f64 = 100.0;

/// Largest number of atoms of one law.
pub const MAX_ATOMS: usize = 512;

/// Largest number of joint hidden states that the pair function enumerates.
pub const MAX_STATES: usize = 1 << 16;

/// Calls `$body` with the constant `$K` equal to the run-time number of units `$units`, which a valid model bounds by
/// [`MAX_UNITS`].
#[macro_export]
#[doc(hidden)]
macro_rules! with_units {
    ($units:expr, $K:ident => $body:expr) => {
        match $units {
            1 => {
                const $K: usize = 1;
                $body
            }
            2 => {
                const $K: usize = 2;
                $body
            }
            3 => {
                const $K: usize = 3;
                $body
            }
            4 => {
                const $K: usize = 4;
                $body
            }
            5 => {
                const $K: usize = 5;
                $body
            }
            6 => {
                const $K: usize = 6;
                $body
            }
            7 => {
                const $K: usize = 7;
                $body
            }
            8 => {
                const $K: usize = 8;
                $body
            }
            other => unreachable!("a model has 1 to 8 units, not {other}"),
        }
    };
}

/// The prior law of the hidden units, before bias.
#[derive(Debug, Clone, PartialEq)]
pub enum HiddenLaw {
    /// Independent standard normals: the solvable case, `η2 = −½ log det(I − Q)`.
    Gaussian,
    /// Independent units of any finite support.
    Separable(ScalarAtoms),
    /// Any finite support in `R^k`, jointly over the units (one-hot, for example).
    Joint(JointAtoms),
    /// Any bounded law that is given by a formula for its log moment generating function, of one unit or of all units jointly.
    Formula(FormulaLaw),
}

impl HiddenLaw {
    /// Independent units, ±1 with equal probability.
    pub fn rademacher() -> Self {
        Self::Separable(ScalarAtoms::rademacher())
    }

    /// Number of units that the law binds together, or `None` where units are independent.
    pub fn joint_units(&self) -> Option<usize> {
        match self {
            Self::Gaussian | Self::Separable(_) => None,
            Self::Joint(atoms) => Some(atoms.dimension()),
            Self::Formula(law) => law.is_joint().then(|| law.dimension()),
        }
    }
}

/// Posterior mean and covariance of the hidden units at one pre-activation `z`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response<const K: usize> {
    /// `f(z) = E[h | z]`, the denoiser.
    pub mean: SVector<f64, K>,
    /// `D(z) = Cov[h | z]`, the derivative of the denoiser.
    pub covariance: SMatrix<f64, K, K>,
}

/// A prior of `k` hidden units with biases.
#[derive(Debug, Clone)]
pub struct HiddenUnits {
    law: HiddenLaw,
    bias: Vec<f64>,
    states: pair::States,
    covariance_bound: f64,
}

impl HiddenUnits {
    /// `units` hidden units of the given law, with one bias for each (or none for zero bias).
    ///
    /// # Errors
    /// No or too many units, a joint law of another dimension, biases of another number or not finite, or more than
    /// [`MAX_STATES`] joint states to enumerate.
    pub fn new(law: HiddenLaw, units: usize, bias: &[f64]) -> Result<Self> {
        if units == 0 || units > MAX_UNITS {
            let allowed = format!("must lie in 1..={MAX_UNITS}");
            return Err(Error::invalid("units", units, allowed));
        }
        if let Some(dimension) = law.joint_units()
            && dimension != units
        {
            return Err(Error::Shape {
                field: "joint hidden law".into(),
                got: format!("{dimension} components"),
                expected: format!("{units} components, one for each of the units"),
            });
        }
        if matches!(law, HiddenLaw::Formula(_)) && units > MAX_FORMULA_UNITS {
            let allowed = format!(
                "a law that is given by a formula serves at most {MAX_FORMULA_UNITS} units: give its atoms, or lower the number of units"
            );
            return Err(Error::invalid("units", units, allowed));
        }
        let bias = match bias.len() {
            0 => vec![0.0; units],
            n if n == units => bias.to_vec(),
            n => {
                return Err(Error::Shape {
                    field: "bias".into(),
                    got: n.to_string(),
                    expected: format!("{units}, one for each of the units"),
                });
            }
        };
        // Beyond this, differences of η1 and η2 lose the digits of the objective.
        if let Some(broken) = bias
            .iter()
            .find(|entry| entry.is_nan() || entry.abs() > MAX_FIELD)
        {
            let allowed = format!("every entry must lie in -{MAX_FIELD}..={MAX_FIELD}");
            return Err(Error::invalid("bias", broken, allowed));
        }
        let states = pair::States::enumerate(&law, &bias)?;
        let covariance_bound = match &law {
            HiddenLaw::Gaussian => 1.0,
            HiddenLaw::Separable(atoms) => atoms.variance_bound(),
            HiddenLaw::Joint(atoms) => atoms.covariance_bound(),
            HiddenLaw::Formula(law) => law.covariance_bound(),
        };
        Ok(Self {
            law,
            bias,
            states,
            covariance_bound,
        })
    }

    /// Number of units `k`.
    pub fn units(&self) -> usize {
        self.bias.len()
    }

    /// The law without bias.
    pub fn law(&self) -> &HiddenLaw {
        &self.law
    }

    /// Hidden biases `b`.
    pub fn bias(&self) -> &[f64] {
        &self.bias
    }

    /// Denoiser `f(z)` and its derivative `D(z)` (theory.md section 1).
    #[inline]
    pub fn response<const K: usize>(&self, z: &SVector<f64, K>) -> Response<K> {
        let mut shifted = *z;
        for (entry, bias) in shifted.iter_mut().zip(&self.bias) {
            *entry += bias;
        }
        match &self.law {
            HiddenLaw::Gaussian => Response {
                mean: shifted,
                covariance: SMatrix::identity(),
            },
            HiddenLaw::Separable(atoms) => separable(&shifted, |x| atoms.mean_and_variance(x)),
            HiddenLaw::Joint(atoms) => atoms.response(&shifted),
            HiddenLaw::Formula(law) if law.is_joint() => law.joint_response(&shifted),
            HiddenLaw::Formula(law) => separable(&shifted, |x| law.mean_and_variance(x)),
        }
    }

    /// `η1(z) = log E_h exp(h·(z + b))`.
    #[inline]
    pub fn log_mgf<const K: usize>(&self, z: &SVector<f64, K>) -> f64 {
        let shifted = || z.iter().zip(&self.bias).map(|(entry, bias)| entry + bias);
        match &self.law {
            HiddenLaw::Gaussian => shifted().map(|x| 0.5 * x * x).sum(),
            HiddenLaw::Separable(atoms) => shifted().map(|x| atoms.log_mgf(x)).sum(),
            HiddenLaw::Joint(atoms) => atoms.log_mgf(shifted()),
            HiddenLaw::Formula(law) => law.log_mgf(shifted()),
        }
    }

    /// `sup_z λ_max(D(z))`. The proximal map `ω = z − V f(z)` is invertible while `λ_max(V) · sup D < 1`.
    pub fn covariance_bound(&self) -> f64 {
        self.covariance_bound
    }

    /// `sup_z |f_a(z)|` for each unit, or `None` where the denoiser is unbounded (Gaussian units).
    pub fn mean_bound(&self) -> Option<Vec<f64>> {
        let units = self.units();
        match &self.law {
            HiddenLaw::Gaussian => None,
            HiddenLaw::Separable(atoms) => Some(vec![atoms.largest(); units]),
            HiddenLaw::Joint(atoms) => Some(atoms.largest()),
            HiddenLaw::Formula(law) => Some(law.mean_bound(units)),
        }
    }

    /// Whether `P_h` with its bias is invariant under `h → −h`, so that `f` is odd.
    pub fn is_odd(&self) -> bool {
        self.bias.iter().all(|&bias| bias == 0.0)
            && match &self.law {
                HiddenLaw::Gaussian => true,
                HiddenLaw::Separable(atoms) => atoms.is_symmetric(),
                HiddenLaw::Joint(atoms) => atoms.is_symmetric(),
                HiddenLaw::Formula(law) => law.is_symmetric(),
            }
    }

    /// Signed permutations that leave `P_h` with its bias invariant.
    pub fn symmetry(&self) -> Group {
        Group::of(self.units(), |g| self.is_invariant(g))
    }

    /// Whether `P_h` with its bias is invariant under `h ↦ g h`. Independent units: `b_{g(a)} = s_a b_a`, and a unit may change its
    /// sign only where the law is even. Joint laws: their probabilities `∝ P_h(h) e^{b·h}`, or `η1(z + b)`, are compared.
    pub fn is_invariant(&self, g: &SignedPermutation) -> bool {
        let independent = |even: bool| g.apply(&self.bias) == self.bias && (even || !g.has_flips());
        match &self.law {
            HiddenLaw::Gaussian => independent(true),
            HiddenLaw::Separable(atoms) => independent(atoms.is_symmetric()),
            HiddenLaw::Joint(atoms) => atoms.is_invariant(g, &self.bias),
            HiddenLaw::Formula(law) if law.is_joint() => law.is_invariant(g, &self.bias),
            HiddenLaw::Formula(law) => independent(law.is_symmetric()),
        }
    }

    /// `η2(Q)` and `⟨h h^T⟩_Q`; `None` where `Q` is outside of the domain: Gaussian units need `Q < I`, and a law that is given
    /// by a formula needs `Q ≥ 0` up to rounding (and `h^T Q h < 1e13`, above which `η2` has no digits).
    pub fn pair_function(&self, q: &crate::numerics::Matrix) -> Option<PairFunction> {
        self.states.at(q)
    }
}

/// Response of independent units.
#[inline]
fn separable<const K: usize>(
    z: &SVector<f64, K>,
    mean_and_variance: impl Fn(f64) -> (f64, f64),
) -> Response<K> {
    let mut response = Response {
        mean: SVector::zeros(),
        covariance: SMatrix::zeros(),
    };
    for unit in 0..K {
        let (mean, variance) = mean_and_variance(z[unit]);
        response.mean[unit] = mean;
        response.covariance[(unit, unit)] = variance;
    }
    response
}

#[cfg(test)]
mod formula_tests;
#[cfg(test)]
mod tests;
