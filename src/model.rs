//! The model: spiked data, hidden units, and the limit in which theory is exact.
//!
//! Data `X = U* Λ W*^T / √d + Z` (n×d), rows of `U*` (n×r) from `P_u`, rows of `W*` (d×r) from
//! `P_w`, `Z` standard normal; RBM with `k` hidden units of prior `P_h`; `α = n/d` fixed as `d → ∞`
//! (theory.md section 1).

use crate::error::{Error, Result, require_between};
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::numerics::Matrix;
use crate::signal::SignalPrior;
use crate::symmetry::{Group, SignedPermutation, Symmetry};
use nalgebra::DVector;

/// Everything that theory and simulation have in common.
#[derive(Debug, Clone)]
pub struct Model {
    alpha: f64,
    lambda: Vec<f64>,
    hidden: HiddenUnits,
    sample_signals: SignalPrior,
    visible_signals: SignalPrior,
}

impl Model {
    /// A model of aspect ratio `alpha = n/d`, signal strengths `lambda` (one for each signal),
    /// hidden units, and the laws of the signals `P_u` and `P_w`.
    ///
    /// # Errors
    /// A number outside of its range, an empty `lambda`, or laws that don't fit (see [`SignalPrior::new`]).
    pub fn new(
        alpha: f64,
        lambda: &[f64],
        hidden: HiddenUnits,
        sample_signals: Law,
        visible_signals: Law,
    ) -> Result<Self> {
        require_between("alpha", alpha, 1e-3, 1e4)?;
        if lambda.is_empty() {
            return Err(Error::invalid(
                "lambda",
                "empty",
                "at least one signal strength is needed",
            ));
        }
        for &strength in lambda {
            require_between("lambda", strength, 1e-6, 100.0)?;
        }
        let signals = lambda.len();
        let visible_signals = SignalPrior::new(visible_signals, signals, None, "visible-signal")?;
        let resolution = 1.0 / lambda.iter().copied().fold(1.0, f64::max);
        let identity = Matrix::identity(signals, signals);
        if (visible_signals.correlation() - identity).amax() > 1e-9 {
            let allowed =
                "components must be uncorrelated: put correlations into the signal prior P_u";
            return Err(Error::invalid(
                "visible-signal",
                "a correlated law",
                allowed,
            ));
        }
        Ok(Self {
            alpha,
            lambda: lambda.to_vec(),
            hidden,
            sample_signals: SignalPrior::new(sample_signals, signals, Some(resolution), "signal")?,
            visible_signals,
        })
    }

    /// The same model at other signal strengths (as many as before).
    ///
    /// # Errors
    /// As [`Model::new`].
    pub fn with_lambda(&self, lambda: &[f64]) -> Result<Self> {
        self.with_controls(self.alpha, lambda)
    }

    /// The same model with all signal strengths multiplied by a factor.
    ///
    /// # Errors
    /// As [`Model::new`].
    pub fn with_strength(&self, factor: f64) -> Result<Self> {
        let scaled: Vec<f64> = self.lambda.iter().map(|lambda| lambda * factor).collect();
        self.with_lambda(&scaled)
    }

    /// The same model at another number of samples per visible unit.
    ///
    /// # Errors
    /// As [`Model::new`].
    pub fn with_alpha(&self, alpha: f64) -> Result<Self> {
        self.with_controls(alpha, &self.lambda)
    }

    /// The same priors at another number of samples per visible unit and other signal strengths (as
    /// many as before).
    ///
    /// # Errors
    /// As [`Model::new`].
    pub fn with_controls(&self, alpha: f64, lambda: &[f64]) -> Result<Self> {
        Self::new(
            alpha,
            lambda,
            self.hidden.clone(),
            self.sample_signals.law().clone(),
            self.visible_signals.law().clone(),
        )
    }

    /// Samples per visible unit, `α = n/d`.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Signal strengths `λ_1 … λ_r`.
    pub fn lambda(&self) -> &[f64] {
        &self.lambda
    }

    /// `Λ = diag(λ)`.
    pub fn lambda_matrix(&self) -> Matrix {
        Matrix::from_diagonal(&DVector::from_column_slice(&self.lambda))
    }

    /// Hidden units and their prior `P_h`.
    pub fn hidden(&self) -> &HiddenUnits {
        &self.hidden
    }

    /// Number of hidden units `k`.
    pub fn units(&self) -> usize {
        self.hidden.units()
    }

    /// Number of signals `r`.
    pub fn signals(&self) -> usize {
        self.lambda.len()
    }

    /// Prior `P_u` of the rows of `U*`.
    pub fn sample_signals(&self) -> &SignalPrior {
        &self.sample_signals
    }

    /// Prior `P_w` of the rows of `W*`. State evolution does not depend on it; simulation and the
    /// Bayes-optimal baseline do.
    pub fn visible_signals(&self) -> &SignalPrior {
        &self.visible_signals
    }

    /// The `min(k, r)` strongest signals, in their own order: those that the units of an aligned
    /// fixed point take.
    pub fn strongest_signals(&self) -> Vec<usize> {
        strongest(&self.lambda, self.units())
    }

    /// Signed permutations of the signals and of the units that leave the model unchanged: signals
    /// of equal strength, as far as `P_u` allows, and units as far as `P_h` with its bias does.
    pub fn symmetry(&self) -> Symmetry {
        let commutes = |g: &SignedPermutation| {
            g.parts()
                .enumerate()
                .all(|(b, (a, _))| self.lambda[a] == self.lambda[b])
        };
        let signals = Group::of(self.signals(), |g| {
            commutes(g) && self.sample_signals.is_invariant(g)
        });
        let units = self.hidden.symmetry();
        Symmetry { signals, units }
    }

    /// Whether the model is invariant under `(u, h) → (−u, −h)`: then quadrature needs half of the
    /// nodes.
    pub fn is_odd(&self) -> bool {
        self.hidden.is_odd() && self.sample_signals.is_symmetric()
    }

    /// Self-overlap of starts that give none (see [`HiddenUnits::starting_overlap`]).
    pub fn starting_overlap(&self) -> f64 {
        self.hidden.starting_overlap()
    }

    /// Curvature of the regulariser at overlap `q` (see [`HiddenUnits::regulariser_curvature`]);
    /// `None` outside of the domain of `η2`.
    pub fn regulariser_curvature(&self, q: &Matrix) -> Option<f64> {
        self.hidden.regulariser_curvature(self.alpha, q)
    }

    /// Checks a step of gradient ascent at self-overlap `q` (see [`HiddenUnits::check_step`]).
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with the bound.
    pub fn check_step(&self, step: f64, q: &Matrix) -> Result<()> {
        self.hidden.check_step(self.alpha, step, q)
    }
}

/// The `count` strongest of the signals, in their own order.
pub(crate) fn strongest(lambda: &[f64], count: usize) -> Vec<usize> {
    let mut strongest: Vec<usize> = (0..lambda.len()).collect();
    strongest.sort_by(|&a, &b| lambda[b].total_cmp(&lambda[a]));
    strongest.truncate(count);
    strongest.sort_unstable();
    strongest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::Law;

    fn model(units: usize, lambda: &[f64]) -> Result<Model> {
        let hidden = HiddenUnits::new(Law::rademacher(), units, &[])?;
        Model::new(2.0, lambda, hidden, Law::rademacher(), Law::rademacher())
    }

    #[test]
    fn curvature_of_rademacher_units() {
        // k = 1: η2 = Q/2, so the curvature is α. k = 2, Q12 = 0: the exchange direction has
        // α(1 + Q11 + Q22).
        let one = model(1, &[1.5]).expect("valid");
        let q = Matrix::from_element(1, 1, 2.9);
        assert!((one.regulariser_curvature(&q).expect("domain") - 2.0).abs() < 1e-12);
        let two = model(2, &[1.5, 1.3]).expect("valid");
        let q = Matrix::from_row_slice(2, 2, &[2.9, 0.0, 0.0, 2.4]);
        let expected = 2.0 * (1.0 + 2.9 + 2.4);
        assert!((two.regulariser_curvature(&q).expect("domain") - expected).abs() < 1e-10);
    }

    #[test]
    fn bad_numbers_are_refused_by_name() {
        for lambda in [&[][..], &[0.0], &[-1.0], &[f64::NAN], &[f64::INFINITY]] {
            let error = model(1, lambda).expect_err("invalid").to_string();
            assert!(error.starts_with("lambda"), "{error}");
        }
    }
}
