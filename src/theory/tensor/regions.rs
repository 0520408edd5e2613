//! Where the components of the mixture have their mass, and units vary.

use crate::hidden::HiddenUnits;
use crate::law::{POINTS, Points, Responses};
use crate::theory::preactivation::{Component, PreActivation};
use nalgebra::{Cholesky, SMatrix, SVector};
use std::f64::consts::PI;

/// Standard deviations after which a Gaussian tail is dropped: its mass is 1e-15 of the whole
/// (8e-14 around a point in three dimensions).
pub(super) const TAIL: f64 = 8.0;

/// Where a component has its mass: `|T^{-1} (y − centre)| ≤ reach`.
pub(super) struct Region<const K: usize> {
    pub centre: SVector<f64, K>,
    /// `T`, lower triangular.
    pub factor: SMatrix<f64, K, K>,
    pub reach: f64,
}

/// Where the components have their mass, in `y`: pre-activations within [`TAIL`] standard deviations
/// of each, moved by at most `V sup|f|` (bounded denoisers) or solved for linearly (Gaussian units,
/// `z = (I − V)^{-1}(ω + V b)`). As no component is narrower than the noise, a move by a length in
/// `y` is at most one by as many of its own standard deviations.
pub(super) fn regions<const K: usize>(
    hidden: &HiddenUnits,
    law: &PreActivation<'_, K>,
    v: &SMatrix<f64, K, K>,
) -> Option<Vec<Region<K>>> {
    let whitener = &law.noise.whitener;
    let (to_y, offset, moved) = match hidden.mean_bound() {
        Some(largest) => {
            let reach = (whitener * v).abs() * SVector::<f64, K>::from_column_slice(&largest);
            (*whitener, SVector::zeros(), reach.norm())
        }
        None => {
            let solve = (SMatrix::<f64, K, K>::identity() - v).try_inverse()?;
            let bias = SVector::<f64, K>::from_column_slice(hidden.bias());
            (whitener * solve, whitener * solve * v * bias, 0.0)
        }
    };
    let region = |component: &Component<'_, K>| {
        let spread = to_y * component.spread.covariance * to_y.transpose();
        let centre = to_y * component.mean + offset;
        let finite = centre.iter().all(|entry| entry.is_finite()) && moved.is_finite();
        Some(Region {
            centre: finite.then_some(centre)?,
            factor: Cholesky::new(spread)?.l(),
            reach: TAIL + moved,
        })
    };
    law.components.iter().map(region).collect()
}

/// From where to where the regions reach along an axis, from where the unit's own field with this
/// bias vanishes, in units of its own noise.
pub(super) fn extent<const K: usize>(
    regions: &[Region<K>],
    factor: &SMatrix<f64, K, K>,
    bias: f64,
    axis: usize,
) -> [f64; 2] {
    let mut extent = [f64::INFINITY, f64::NEG_INFINITY];
    for region in regions {
        let field = ((factor * region.centre)[axis] + bias) / factor[(axis, axis)];
        let spread = (factor * region.factor).row(axis).norm() / factor[(axis, axis)];
        extent[0] = extent[0].min(field - region.reach * spread);
        extent[1] = extent[1].max(field + region.reach * spread);
    }
    extent
}

/// For each of independent units, the probability of the fields in which its denoiser varies,
/// `E[D(z)]/sup D`, or somewhat more: strong signals saturate units nearly always. `None` where
/// there is nothing to gain, or a law that binds units together.
pub(super) fn varying<const K: usize>(
    hidden: &HiddenUnits,
    law: &PreActivation<'_, K>,
    v: &SMatrix<f64, K, K>,
    longest: f64,
) -> Option<[f64; K]> {
    if K == 1 || longest <= 1.0 || hidden.variation_width().is_none() {
        return None;
    }
    let largest = SVector::<f64, K>::from_column_slice(&hidden.mean_bound()?);
    let moved = v.abs() * largest;
    let steepness = hidden.covariance_bound().sqrt().max(1.0);
    let spacing = 0.25 / steepness;
    let farthest = |component: &Component<'_, K>| {
        (0..K)
            .map(|unit| {
                component.mean[unit].abs() + TAIL * component.spread.covariance[(unit, unit)].sqrt()
            })
            .fold(0.0, f64::max)
    };
    let reach = law.components.iter().map(farthest).fold(0.0, f64::max) + moved.max();
    let steps = (reach / spacing).ceil() as i64;
    let mut shares = [0.0; K];
    let mut response = Responses::new(K);
    for first in (-steps..=steps).step_by(POINTS) {
        let mut z = Points::ZERO;
        for (place, entry) in z.iter_mut().enumerate() {
            *entry = spacing * (first + place as i64) as f64;
        }
        hidden.responses(&[z; K], &mut response);
        for (unit, share) in shares.iter_mut().enumerate() {
            let variance = &response.covariance[unit * K + unit];
            for (z, variance) in z.iter().zip(variance.iter()) {
                let relative = variance / hidden.covariance_bound();
                if relative < 1e-16 {
                    continue;
                }
                for component in &law.components {
                    let spread = component.spread.covariance[(unit, unit)].sqrt();
                    let apart = ((z - component.mean[unit]).abs() - moved[unit]).max(0.0) / spread;
                    let density = (-0.5 * apart * apart).exp() / (spread * (2.0 * PI).sqrt());
                    *share += component.weight * density * relative * spacing;
                }
            }
        }
    }
    Some(shares.map(|share| share.clamp(f64::MIN_POSITIVE, 1.0)))
}
