//! Law of one pre-activation row, `ω = M^T Λ u* + N(0, Q)`, as a Gaussian mixture
//! (theory.md section 3).

use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use nalgebra::{Cholesky, DMatrix, DVector, SMatrix, SVector};
use std::f64::consts::PI;

/// How `ω` spreads around a mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread<const K: usize> {
    pub covariance: SMatrix<f64, K, K>,
    /// Lower Cholesky factor `L` of the covariance.
    pub factor: SMatrix<f64, K, K>,
    /// `L^{-1}`.
    pub whitener: SMatrix<f64, K, K>,
    /// `log` of the density at the mean.
    pub log_peak: f64,
}

impl<const K: usize> Spread<K> {
    /// `None` where the covariance is not positive definite.
    fn new(covariance: SMatrix<f64, K, K>) -> Option<Self> {
        let factor = Cholesky::new(covariance)?.l();
        let log_det: f64 = factor.diagonal().iter().map(|entry| entry.ln()).sum();
        Some(Self {
            covariance,
            factor,
            whitener: factor.try_inverse()?,
            log_peak: -log_det - 0.5 * K as f64 * (2.0 * PI).ln(),
        })
    }
}

/// One Gaussian component of `ω`.
#[derive(Debug, Clone)]
pub(super) struct Component<'a, const K: usize> {
    /// Probability.
    pub weight: f64,
    /// Mean of `ω`.
    pub mean: SVector<f64, K>,
    /// `L^{-1}` times the mean, `L L^T = Q`.
    pub standardised_mean: SVector<f64, K>,
    pub spread: Spread<K>,
    /// `E[u* | component]`, of length `r`.
    pub signal_mean: &'a DVector<f64>,
    /// What `ω` says about `u*` within the component; `None` for an atom.
    pub regression: Option<Regression>,
}

/// The law of `u*` within a component, given `ω`.
#[derive(Debug, Clone)]
pub(super) struct Regression {
    /// Regression on `ω − mean`, `r × K`.
    pub slope: Matrix,
    /// Covariance that is left, `r × r`.
    pub left: Matrix,
}

impl<const K: usize> Component<'_, K> {
    /// Squared Mahalanobis distance of `ω` from the mean.
    #[inline]
    pub fn distance_squared(&self, omega: &SVector<f64, K>) -> f64 {
        let centred = omega - self.mean;
        let mut sum = 0.0;
        for row in 0..K {
            let mut entry = 0.0;
            for column in 0..=row {
                entry += self.spread.whitener[(row, column)] * centred[column];
            }
            sum += entry * entry;
        }
        sum
    }
}

/// The mixture of all components of `P_u`, at one `(M, Q)`.
#[derive(Debug, Clone)]
pub(super) struct PreActivation<'a, const K: usize> {
    pub components: Vec<Component<'a, K>>,
    /// The noise `N(0, Q)`, which every component has: its factor `L` is the natural unit of
    /// length.
    pub noise: Spread<K>,
    /// `L^{-1} M^T Λ`, `K × r`: pre-activation that the signals cause, in that unit.
    pub whitened_gain: Matrix,
}

impl<'a, const K: usize> PreActivation<'a, K> {
    /// The law at the given order parameters; `None` where `Q` is not positive definite.
    pub fn new(model: &'a Model, order: &OrderParameters) -> Option<Self> {
        // r × K: row a is the pre-activation caused by a unit of signal a.
        let (r, lambda) = (model.signals(), model.lambda());
        let gain = Matrix::from_fn(r, K, |a, b| lambda[a] * order.m[(a, b)]);
        let noise = Spread::new(fixed::<K>(&order.q)?)?;
        let component = |prior: &'a crate::signal::MixtureComponent| {
            let caused = |unit: usize| (0..r).map(|a| gain[(a, unit)] * prior.mean[a]).sum();
            let mean = SVector::<f64, K>::from_fn(|unit, _| caused(unit));
            let (spread, regression) = match &prior.covariance {
                // An atom: the noise alone spreads.
                None => (noise, None),
                Some(own) => {
                    let cross = own * &gain;
                    let total = &order.q + gain.tr_mul(&cross);
                    let inverse = Cholesky::<f64, nalgebra::Dyn>::new(total.clone())?.inverse();
                    let slope = &cross * inverse;
                    let left = own - &slope * cross.transpose();
                    let spread = Spread::new(fixed::<K>(&total)?)?;
                    (spread, Some(Regression { slope, left }))
                }
            };
            Some(Component {
                weight: prior.weight,
                mean,
                standardised_mean: noise.whitener * mean,
                spread,
                signal_mean: &prior.mean,
                regression,
            })
        };
        let components = model.sample_signals().components().iter().map(component);
        Some(Self {
            components: components.collect::<Option<_>>()?,
            noise,
            whitened_gain: Matrix::from_fn(K, r, |m, a| {
                (0..=m).map(|n| noise.whitener[(m, n)] * gain[(a, n)]).sum()
            }),
        })
    }

    /// Number of signals `r`.
    pub fn signals(&self) -> usize {
        self.whitened_gain.ncols()
    }
}

/// A dynamic matrix as a static one; `None` where an entry is not finite.
pub(super) fn fixed<const K: usize>(matrix: &DMatrix<f64>) -> Option<SMatrix<f64, K, K>> {
    matrix
        .iter()
        .all(|entry| entry.is_finite())
        .then(|| SMatrix::from_column_slice(matrix.as_slice()))
}
