//! Where weights begin, and how large a step of gradient ascent may be: both follow from the
//! regulariser `α η2(W^T W/d)`.

use super::HiddenUnits;
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::numerics::symmetric::{largest_eigenvalue, square_root};
use nalgebra::DVector;

impl HiddenUnits {
    /// Self-overlap `Q_0 = q I` of starts that give none: 1, or ¼ for Gaussian units, which live in
    /// `Q < I`; divided by the variance of the visible units, where that is another one.
    pub fn starting_overlap(&self) -> f64 {
        let overlap = match self.mean_bound() {
            None => 0.25,
            Some(_) => 1.0,
        };
        overlap / self.visible_variance
    }

    /// Regulariser curvature `λ_max` of `α η2(W^T W/d)` at overlap `q` (k×k), over all directions
    /// within the span of `W`: gradient ascent needs a step below `2/λ_max` (theory.md section 5).
    /// `None` outside of the domain of `η2`.
    ///
    /// In `W = O Q^{1/2}` coordinates the direction `O T` has the image
    /// `T·2α∇η2 + 2α Q^{1/2} ∇²η2[T^T Q^{1/2} + Q^{1/2} T]`, a symmetric map on `k × k` matrices.
    /// The data term only lowers the curvature, so that the bound is safe.
    pub fn regulariser_curvature(&self, alpha: f64, q: &Matrix) -> Option<f64> {
        let k = self.units();
        let pair = self.pair_function(q)?;
        let root = square_root(q, 1e-9)?;
        let mut map = Matrix::zeros(k * k, k * k);
        for column in 0..k * k {
            let mut direction = Matrix::zeros(k, k);
            direction[column] = 1.0;
            let dq = direction.transpose() * &root + &root * &direction;
            let image = (&direction * pair.second_moment()
                + &root * pair.second_moment_derivative(&dq))
                * alpha;
            map.set_column(column, &DVector::from_column_slice(image.as_slice()));
        }
        Some(largest_eigenvalue(&map))
    }

    /// Checks a step of gradient ascent against the curvature of the regulariser at self-overlap
    /// `q`: `κ < 2/λ_max` (see [`HiddenUnits::regulariser_curvature`]). Simulation and DMFT refuse
    /// a step by this one rule.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with the bound.
    pub fn check_step(&self, alpha: f64, step: f64, q: &Matrix) -> Result<()> {
        let Some(curvature) = self.regulariser_curvature(alpha, q) else {
            return Err(Error::invalid(
                "start Q",
                q,
                "is outside of the domain of η2 (Gaussian units need Q < I)",
            ));
        };
        let bound = 2.0 / curvature;
        if step.is_finite() && step > 0.0 && step < bound {
            return Ok(());
        }
        let allowed = format!(
            "must lie in (0, {bound:.4}), the stability bound 2/λ_max of the regulariser's curvature"
        );
        Err(Error::invalid("step", step, allowed))
    }

    /// Half of the stability bound of gradient ascent at all of these self-overlaps (see
    /// [`HiddenUnits::check_step`]); those outside of the domain of `η2` are left out.
    pub fn stable_step(&self, alpha: f64, overlaps: &[Matrix]) -> f64 {
        let curvature = overlaps
            .iter()
            .filter_map(|q| self.regulariser_curvature(alpha, q))
            .fold(f64::MIN_POSITIVE, f64::max);
        1.0 / curvature
    }
}
