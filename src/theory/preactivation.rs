//! Law of one pre-activation row, `ω = M^T Λ u* + N(0, Q)`, as a Gaussian mixture
//! (theory.md section 3).

use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use nalgebra::{Cholesky, DMatrix, DVector, SMatrix, SVector};

/// One Gaussian component of `ω`.
#[derive(Debug, Clone)]
pub(super) struct Component<const K: usize> {
    /// Probability.
    pub weight: f64,
    /// Mean of `ω`.
    pub mean: SVector<f64, K>,
    /// Covariance of `ω`.
    pub covariance: SMatrix<f64, K, K>,
    /// Lower Cholesky factor of the covariance.
    pub factor: SMatrix<f64, K, K>,
    /// Its inverse.
    pub whitener: SMatrix<f64, K, K>,
    /// `log` of the density at the mean.
    log_peak: f64,
    /// `E[u* | component]`, of length `r`.
    pub signal_mean: DVector<f64>,
    /// Regression of `u*` on `ω − mean` within the component, `r × K`; `None` for an atom.
    pub regression: Option<Matrix>,
}

impl<const K: usize> Component<K> {
    /// Density of `ω` in this component, 0 where its squared distance from the mean exceeds
    /// `reach`.
    #[inline]
    pub fn density_within(&self, omega: &SVector<f64, K>, reach: f64) -> f64 {
        let distance = self.distance_squared(omega);
        if distance > reach {
            return 0.0;
        }
        (self.log_peak - 0.5 * distance).exp()
    }

    /// Squared Mahalanobis distance of `ω` from the mean.
    #[inline]
    pub fn distance_squared(&self, omega: &SVector<f64, K>) -> f64 {
        let centred = omega - self.mean;
        let mut sum = 0.0;
        for row in 0..K {
            let mut entry = 0.0;
            for column in 0..=row {
                entry += self.whitener[(row, column)] * centred[column];
            }
            sum += entry * entry;
        }
        sum
    }
}

/// The mixture of all components of `P_u`, at one `(M, Q)`.
#[derive(Debug, Clone)]
pub(super) struct PreActivation<const K: usize> {
    pub components: Vec<Component<K>>,
    /// Lower Cholesky factor of `Q`, the spread that every component has: the natural unit of
    /// length.
    pub noise_factor: SMatrix<f64, K, K>,
}

impl<const K: usize> PreActivation<K> {
    /// The law at the given order parameters; `None` where `Q` is not positive definite.
    pub fn new(model: &Model, order: &OrderParameters) -> Option<Self> {
        // r × K: row a is the pre-activation caused by a unit of signal a.
        let gain = model.lambda_matrix() * &order.m;
        let noise = fixed::<K>(&order.q)?;
        let noise_factor = Cholesky::new(noise)?.l();
        let component = |prior: &crate::signal::MixtureComponent| {
            let mean = gain.tr_mul(&prior.mean);
            let (covariance, regression) = match &prior.covariance {
                None => (noise, None),
                Some(spread) => {
                    let cross = spread * &gain;
                    let total = &order.q + gain.tr_mul(&cross);
                    let inverse = Cholesky::<f64, nalgebra::Dyn>::new(total.clone())?.inverse();
                    (fixed::<K>(&total)?, Some(cross * inverse))
                }
            };
            let factor = Cholesky::new(covariance)?.l();
            let log_det: f64 = factor.diagonal().iter().map(|entry| entry.ln()).sum();
            Some(Component {
                weight: prior.weight,
                mean: SVector::from_column_slice(mean.as_slice()),
                covariance,
                factor,
                whitener: factor.try_inverse()?,
                log_peak: -log_det - 0.5 * K as f64 * (2.0 * std::f64::consts::PI).ln(),
                signal_mean: prior.mean.clone(),
                regression,
            })
        };
        let components = model.sample_signals().components().iter().map(component);
        Some(Self {
            components: components.collect::<Option<_>>()?,
            noise_factor,
        })
    }
}

/// A dynamic matrix as a static one; `None` where an entry is not finite.
pub(super) fn fixed<const K: usize>(matrix: &DMatrix<f64>) -> Option<SMatrix<f64, K, K>> {
    matrix
        .iter()
        .all(|entry| entry.is_finite())
        .then(|| SMatrix::from_column_slice(matrix.as_slice()))
}
