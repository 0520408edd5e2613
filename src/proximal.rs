//! The proximal parameter `V` from one iteration to the next, which state evolution and AMP share.

use crate::error::{Result, require_fraction};
use crate::hidden::HiddenUnits;
use crate::numerics::Matrix;
use crate::numerics::symmetric::{largest_eigenvalue, symmetrised};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Update of the proximal parameter: `V' = (1 − ρ) V + ρ K`, its eigenvalues kept below a ceiling
/// and from using up more than half of the distance to the edge `λ_max(V) sup D = 1`. Any sequence
/// `V_t` keeps state evolution exact, since `K` and `C` are the true divergences
/// (theory.md section 2); theory and simulation share this rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Proximal {
    /// `ρ` in (0, 1].
    pub damping: f64,
    /// Largest `λ_max(V) sup D`, in (0, 1]. Below 1, AMP stays away from the edge where its
    /// denoiser becomes steep; fixed points with a larger `K` are then out of its reach, and a run
    /// that ends there has not converged.
    pub ceiling: f64,
}

impl Default for Proximal {
    /// The rule of AMP: `ρ = 0.2`, ceiling 0.9.
    fn default() -> Self {
        Self {
            damping: 0.2,
            ceiling: 0.9,
        }
    }
}

impl Proximal {
    /// Damping `ρ` without a ceiling, as the search for fixed points needs it.
    pub fn damped(damping: f64) -> Self {
        Self {
            damping,
            ceiling: 1.0,
        }
    }

    /// Checks both fields.
    ///
    /// # Errors
    /// Names the field outside of (0, 1].
    pub fn validate(&self) -> Result<()> {
        require_fraction("damping", self.damping)?;
        require_fraction("ceiling", self.ceiling)
    }

    /// The next proximal parameter.
    pub fn next(&self, hidden: &HiddenUnits, v: &Matrix, k: &Matrix) -> Matrix {
        let bound = hidden.covariance_bound();
        let halfway = 0.5 * (1.0 + bound * largest_eigenvalue(v));
        let limit = self.ceiling.min(halfway) / bound;
        let blend = symmetrised(&(v * (1.0 - self.damping) + k * self.damping));
        if largest_eigenvalue(&blend) <= limit {
            return blend;
        }
        let mut eigen = nalgebra::SymmetricEigen::new(blend);
        eigen.eigenvalues.apply(|value| *value = value.min(limit));
        symmetrised(&eigen.recompose())
    }
}
