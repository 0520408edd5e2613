//! Hidden units, a role of a [`Law`]: one definition of the prior `P_h`, used by theory, simulation
//! and figures alike.
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

mod kernel;
mod pair;
mod points;
mod step;

pub use pair::PairFunction;

use crate::error::{Error, Result, require_between};
use crate::law::{Law, MAX_FIELD, MAX_UNITS, Response};
use crate::numerics::Matrix;
use crate::symmetry::{Group, SignedPermutation};
use kernel::Kernel;
use nalgebra::{DVector, SVector};

/// Largest number of joint hidden states that the pair function enumerates.
pub const MAX_STATES: usize = 1 << 16;

/// Calls `$body` with the constant `$K` equal to the run-time number of units `$units`, which a
/// valid model bounds by [`MAX_UNITS`].
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

/// A prior of `k` hidden units with biases.
#[derive(Debug, Clone)]
pub struct HiddenUnits {
    law: Law,
    kernel: Kernel,
    bias: Vec<f64>,
    states: pair::States,
    covariance_bound: f64,
    variation_width: Option<f64>,
    visible_variance: f64,
}

impl HiddenUnits {
    /// `units` hidden units of the given law, with one bias for each (or none for zero bias).
    ///
    /// # Errors
    /// A law that hidden units can't have (correlated normals, or one that is given by a sampler alone), no or too many units, a joint
    /// law of another dimension, biases of another number or not finite, or more than [`MAX_STATES`] joint states to enumerate.
    pub fn new(law: Law, units: usize, bias: &[f64]) -> Result<Self> {
        if units == 0 || units > MAX_UNITS {
            let allowed = format!("must lie in 1..={MAX_UNITS}");
            return Err(Error::invalid("units", units, allowed));
        }
        let kernel = Kernel::new(&law, units)?;
        let bias = checked_bias(bias, units)?;
        Ok(Self {
            states: pair::States::enumerate(&kernel, &bias)?,
            covariance_bound: kernel.covariance_bound(),
            variation_width: kernel.variation_width(),
            visible_variance: 1.0,
            law,
            kernel,
            bias,
        })
    }

    /// The same units of an RBM whose visible units are normal with another variance than that of the
    /// noise in the data, which is 1: `η2(Q)` becomes `η2(vQ)`, the fields stay `W^T x/√d`. Weights
    /// `√v W`, trained on `x/√v`, are the same RBM in units of its visible standard deviation.
    ///
    /// # Errors
    /// Names `visible-variance`, outside of 1e-6 to 1e6.
    pub fn with_visible_variance(self, variance: f64) -> Result<Self> {
        require_between("visible-variance", variance, 1e-6, 1e6)?;
        Ok(Self {
            visible_variance: variance,
            ..self
        })
    }

    /// Checks that the visible units have the variance of the noise, 1, for what is derived for these
    /// alone.
    ///
    /// # Errors
    /// Names `visible-variance`.
    pub(crate) fn require_unit_visible_variance(&self) -> Result<()> {
        if self.visible_variance == 1.0 {
            return Ok(());
        }
        let allowed = "must be 1 here: divide the data by its root";
        Err(Error::invalid(
            "visible-variance",
            self.visible_variance,
            allowed,
        ))
    }

    /// Variance of the visible units, in units of the noise of the data.
    pub fn visible_variance(&self) -> f64 {
        self.visible_variance
    }

    /// Number of units `k`.
    pub fn units(&self) -> usize {
        self.bias.len()
    }

    /// The law without bias.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// Hidden biases `b`.
    pub fn bias(&self) -> &[f64] {
        &self.bias
    }

    /// The joint states of the units with the logarithms of their weights `P_h e^{b·h}`; nothing for
    /// units that are not of finite support.
    pub fn states(&self) -> Option<&[(f64, DVector<f64>)]> {
        match &self.states {
            pair::States::Finite(states) => Some(states),
            pair::States::Gaussian(_) | pair::States::Averaged(_) => None,
        }
    }

    /// Posterior `P(h | z) ∝ P_h(h) e^{h·(z + b)}` of each of the [`HiddenUnits::states`] in the
    /// fields `z` (k); empty for units without states.
    pub fn posterior(&self, z: &[f64], shares: &mut Vec<f64>) {
        shares.clear();
        let Some(states) = self.states() else {
            return;
        };
        let field = |h: &DVector<f64>| h.iter().zip(z).map(|(h, z)| h * z).sum::<f64>();
        shares.extend(states.iter().map(|(log_weight, h)| log_weight + field(h)));
        let peak = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut norm = 0.0;
        for share in shares.iter_mut() {
            *share = (*share - peak).exp();
            norm += *share;
        }
        for share in shares.iter_mut() {
            *share /= norm;
        }
    }

    /// Denoiser `f(z)` and its derivative `D(z)` (theory.md section 1).
    #[inline]
    pub fn response<const K: usize>(&self, z: &SVector<f64, K>) -> Response<K> {
        let mut shifted = *z;
        for (entry, bias) in shifted.iter_mut().zip(&self.bias) {
            *entry += bias;
        }
        self.kernel.response(&shifted)
    }

    /// `η1(z) = log E_h exp(h·(z + b))`.
    #[inline]
    pub fn log_mgf<const K: usize>(&self, z: &SVector<f64, K>) -> f64 {
        let shifted = z.iter().zip(&self.bias).map(|(entry, bias)| entry + bias);
        self.kernel.log_mgf(shifted)
    }

    /// `sup_z λ_max(D(z))`. The proximal map `ω = z − V f(z)` is invertible while
    /// `λ_max(V) · sup D < 1`.
    pub fn covariance_bound(&self) -> f64 {
        self.covariance_bound
    }

    /// Where the denoiser of independent units varies, `|z + b|` up to about this times that of units
    /// ±1 in units of `1/√(sup D)`, at least 1; `None` for units that are bound together and for
    /// Gaussian ones.
    pub(crate) fn variation_width(&self) -> Option<f64> {
        self.variation_width
    }

    /// `sup_z |f_a(z)|` for each unit, or `None` where the denoiser is unbounded (Gaussian units).
    pub fn mean_bound(&self) -> Option<Vec<f64>> {
        self.kernel.mean_bound(self.units())
    }

    /// Whether `P_h` with its bias is invariant under `h → −h`, so that `f` is odd.
    pub fn is_odd(&self) -> bool {
        self.bias.iter().all(|&bias| bias == 0.0) && self.law.is_symmetric()
    }

    /// Signed permutations that leave `P_h` with its bias invariant.
    pub fn symmetry(&self) -> Group {
        Group::of(self.units(), |g| self.is_invariant(g))
    }

    /// Whether `P_h` with its bias is invariant under `h ↦ g h` (see [`Law::is_invariant`]).
    pub fn is_invariant(&self, g: &SignedPermutation) -> bool {
        self.law.is_invariant(g, &self.bias)
    }

    /// `η2(Q)` and `⟨h h^T⟩_Q`; `None` where `Q` is outside of the domain: Gaussian units need
    /// `Q < I`, and a law that is given by a formula needs `Q ≥ 0` up to rounding (and
    /// `h^T Q h < 1e13`, above which `η2` has no digits).
    pub fn pair_function(&self, q: &Matrix) -> Option<PairFunction> {
        self.states.at(q, self.visible_variance)
    }
}

/// One bias for each unit; zero where none are given.
fn checked_bias(bias: &[f64], units: usize) -> Result<Vec<f64>> {
    if bias.is_empty() {
        return Ok(vec![0.0; units]);
    }
    if bias.len() != units {
        return Err(Error::Shape {
            field: "bias".into(),
            got: bias.len().to_string(),
            expected: format!("{units}, one for each of the units"),
        });
    }
    // Beyond this, differences of η1 and η2 lose the digits of the objective.
    match bias
        .iter()
        .find(|entry| entry.is_nan() || entry.abs() > MAX_FIELD)
    {
        None => Ok(bias.to_vec()),
        Some(broken) => {
            let allowed = format!("every entry must lie in -{MAX_FIELD}..={MAX_FIELD}");
            Err(Error::invalid("bias", broken, allowed))
        }
    }
}

#[cfg(test)]
mod tests;
