//! Spectrum of the linearised gradient dynamics at a fixed point: relaxation time and largest
//! stable step.
//!
//! Near a stationary point, `δW_{t+1} = (I − κ𝓛) δW_t` with `𝓛 = −∇²L`. For one unit, in all but
//! finitely many directions, `𝓛 = H − A^T D A` with `H = 2α∂η2(Q)` and slopes `D` along the samples
//! that are independent of the rest of `A`. The Stieltjes transform of `A^T D A` (Silverstein and
//! Bai) gives the edges of its spectrum as extrema of
//!
//! ```text
//! z(v) = 1/v + α E[D/(1 − v D)],      0 < v < 1/sup D  (upper edge: the minimum),   v < 0  (lower edge: the maximum).
//! ```
//!
//! `z(K) = H` at the fixed point, and `z'(K) < 0` says that the replicon is below 1: the spectrum
//! of `𝓛` then begins above 0 by `H − min z`, the rate at which gradient ascent relaxes, and
//! reaches 0 where the replicon reaches 1.

use super::fixed_point::FixedPoint;
use crate::error::Result;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::brent::bracketed_root;
use crate::order_parameters::OrderParameters;
use crate::theory::decoupled::{decouples, scalar_model};
use nalgebra::SVector;
use schemars::JsonSchema;

/// Edges of the bulk of the spectrum of `𝓛`; gradient ascent relaxes by `1 − κ·slowest` a step in
/// the slowest direction, and a step beyond `2/fastest` is unstable.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, JsonSchema)]
pub struct RelaxationSpectrum {
    /// Lower edge: rate of relaxation of the slowest directions, per step and unit of `κ`.
    pub slowest: f64,
    /// Upper edge.
    pub fastest: f64,
}

impl RelaxationSpectrum {
    /// Number of steps in which the slowest directions of the bulk shrink by `e`; `None` where the
    /// step is not stable. Large steps are slow too: they oscillate.
    pub fn steps(&self, step: f64) -> Option<f64> {
        let factor = |rate: f64| (1.0 - step * rate).abs();
        let largest = factor(self.slowest).max(factor(self.fastest));
        (largest < 1.0).then(|| -1.0 / largest.ln())
    }
}

/// The spectrum at a stable fixed point of one unit, or of units that decouple (then over all of
/// them); `None` for coupled units, where there are more signals than units (finitely many
/// directions towards the others may be slower), at an unstable point, and where an edge was not
/// found.
///
/// # Errors
/// As [`Model::new`].
pub fn relaxation_spectrum(
    model: &Model,
    point: &FixedPoint,
) -> Result<Option<RelaxationSpectrum>> {
    if !point.stability.is_stable() || model.signals() > model.units() {
        return Ok(None);
    }
    let k = model.units();
    if k == 1 && model.signals() == 1 {
        return Ok(edges(model, &point.order, point.k[0]));
    }
    let lone = |matrix: &Matrix| {
        let rest = |a: usize, b: usize| if a == b { 0.0 } else { matrix[(a, b)].abs() };
        (0..k).all(|a| (0..k).all(|b| rest(a, b) < 1e-9))
    };
    let single = |column: nalgebra::DVectorView<f64>| {
        column.iter().filter(|entry| entry.abs() > 1e-9).count() <= 1
    };
    let paired = (0..k).all(|unit| single(point.order.m.column(unit)));
    if !decouples(model) || !lone(&point.order.q) || !lone(&point.k) || !paired {
        return Ok(None);
    }
    let mut all: Option<RelaxationSpectrum> = None;
    for unit in 0..k {
        let column = point.order.m.column(unit);
        let signal = column.icamax();
        let scalar = scalar_model(model, model.lambda()[signal])?;
        let order = OrderParameters {
            m: Matrix::from_element(1, 1, column[signal]),
            q: Matrix::from_element(1, 1, point.order.q[(unit, unit)]),
        };
        let Some(own) = edges(&scalar, &order, point.k[(unit, unit)]) else {
            return Ok(None);
        };
        all = Some(all.map_or(own, |all| RelaxationSpectrum {
            slowest: all.slowest.min(own.slowest),
            fastest: all.fastest.max(own.fastest),
        }));
    }
    Ok(all)
}

/// Law of the slope `D(z)` at a fixed point of one unit, as weighted nodes: the trapezoid rule in
/// the proximal coordinate (theory.md section 3).
fn slopes(model: &Model, order: &OrderParameters, v: f64) -> Vec<(f64, f64)> {
    // Poles of the integrands below lie at a distance of √(1 − v sup D): this spacing resolves
    // 1e-2.
    const SPACING: f64 = 0.005;
    let (gain, q) = (model.lambda()[0] * order.m[0], order.q[0]);
    let law: Vec<(f64, f64, f64)> = model
        .sample_signals()
        .components()
        .iter()
        .map(|component| {
            let spread = component.covariance.as_ref().map_or(0.0, |c| c[0]);
            let variance = q + gain * gain * spread;
            (component.weight, gain * component.mean[0], variance)
        })
        .collect();
    let density = |omega: f64| -> f64 {
        law.iter()
            .map(|(weight, mean, variance)| {
                let norm = (2.0 * std::f64::consts::PI * variance).sqrt();
                weight * (-0.5 * (omega - mean).powi(2) / variance).exp() / norm
            })
            .sum()
    };
    let reach = law
        .iter()
        .map(|(_, mean, variance)| mean.abs() + 9.0 * variance.sqrt())
        .fold(0.0, f64::max);
    let shift = v * model.hidden().mean_bound().map_or(reach, |bound| bound[0]);
    let count = ((reach + shift) / SPACING).ceil() as i64;
    (-count..=count)
        .map(|index| {
            let z = SPACING * index as f64;
            let response = model.hidden().response(&SVector::<f64, 1>::new(z));
            let (mean, slope) = (response.mean[0], response.covariance[0]);
            (SPACING * density(z - v * mean) * (1.0 - v * slope), slope)
        })
        .collect()
}

fn edges(model: &Model, order: &OrderParameters, k: f64) -> Option<RelaxationSpectrum> {
    let alpha = model.alpha();
    let decay = alpha * model.hidden().pair_function(&order.q)?.second_moment()[0];
    let nodes = slopes(model, order, k);
    let average =
        |of: &dyn Fn(f64) -> f64| -> f64 { nodes.iter().map(|(weight, d)| weight * of(*d)).sum() };
    let z = |v: f64| 1.0 / v + alpha * average(&|d| d / (1.0 - v * d));
    // −v² z'(v): changes its sign at the edges.
    let turn = |v: f64| 1.0 - alpha * average(&|d| (v * d / (1.0 - v * d)).powi(2));
    let limit = 1.0 / model.hidden().covariance_bound();
    let upper = bracketed_root(turn, k, limit * (1.0 - 1e-6), 1e-12, 1e-6).ok()?;
    // For α ≤ 1 there are directions that no sample touches: the lower edge of A^T D A is 0.
    let lowest = if alpha <= 1.0 {
        0.0
    } else {
        let mut far = -1.0;
        while turn(far) > 0.0 && far > -1e12 {
            far *= 2.0;
        }
        let lower = bracketed_root(turn, far, far.max(-1.0) * 1e-9, 1e-12, 1e-6).ok()?;
        z(lower)
    };
    Some(RelaxationSpectrum {
        slowest: decay - z(upper),
        fastest: decay - lowest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hidden::HiddenUnits;
    use crate::law::Law;
    use crate::theory::{FixedPointSettings, planted};

    fn at(law: Law, lambda: f64) -> (Model, FixedPoint) {
        let hidden = HiddenUnits::new(law, 1, &[]).expect("valid");
        let signal = Law::rademacher;
        let model = Model::new(2.0, &[lambda], hidden, signal(), signal()).expect("valid");
        let found = planted(&model, &FixedPointSettings::default()).expect("valid");
        let point = found.answer().expect("converged").clone();
        (model, point)
    }

    /// D = 1: the edges of Marchenko and Pastur, `(1 ± √α)²`, below the outlier that H cancels.
    #[test]
    fn gaussian_units_have_the_edges_of_marchenko_and_pastur() {
        let (model, point) = at(Law::Gaussian, 1.5);
        let spectrum = relaxation_spectrum(&model, &point)
            .expect("valid")
            .expect("stable");
        let decay = 2.0 / (1.0 - point.order.q[0]);
        let edge = |sign: f64| (1.0 + sign * 2f64.sqrt()).powi(2);
        assert!(
            (spectrum.slowest - (decay - edge(1.0))).abs() < 1e-8,
            "{spectrum:?}"
        );
        assert!(
            (spectrum.fastest - (decay - edge(-1.0))).abs() < 1e-8,
            "{spectrum:?}"
        );
    }

    #[test]
    fn relaxation_slows_down_towards_the_at_line() {
        let rates = [1.5, 1.3, 1.2, 1.172].map(|lambda| {
            let (model, point) = at(Law::rademacher(), lambda);
            relaxation_spectrum(&model, &point)
                .expect("valid")
                .expect("stable")
        });
        for pair in rates.windows(2) {
            assert!(
                pair[0].slowest > pair[1].slowest && pair[1].slowest > 0.0,
                "{rates:?}"
            );
        }
        assert!(rates[3].slowest < 1e-4, "{rates:?}");
        // k = 1: H = α, and the data only lower it.
        assert!(
            rates
                .iter()
                .all(|rate| rate.fastest < 2.0 && rate.fastest > 1.5),
            "{rates:?}"
        );
        let (model, point) = at(Law::rademacher(), 1.1);
        assert_eq!(relaxation_spectrum(&model, &point).expect("valid"), None);
    }
}
