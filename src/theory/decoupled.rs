//! The aligned fixed point where independent hidden units meet independent signals: one scalar problem for each unit.
//!
//! There `Q_ab = 0` for `a ≠ b`; `M`, `Q`, `K` are diagonal and `ℓ` adds up; the joint replicon is the largest of the units'
//! (its off-diagonal entries are `α K_a K_b E[∂g_a] E[∂g_b]`, below by Cauchy–Schwarz). A unit beyond the number of signals sees
//! a pure-noise problem (theory.md section 3).

use super::baselines::bbp_threshold;
use super::fixed_point::{FixedPoint, Solution};
use super::settings::FixedPointSettings;
use super::solve::solve;
use super::start::Start;
use super::state_evolution::{State, StateEvolution};
use super::unknowns::{Shape, residual_size};
use crate::error::Result;
use crate::hidden::HiddenUnits;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use crate::signal::SignalLaw;

/// One unit's scalar problem.
#[derive(Debug, Clone)]
pub struct UnitSolution {
    /// Signal that the unit is aligned with (index into `λ`), or `None` for a unit that sees pure noise.
    pub signal: Option<usize>,
    /// Result of the scalar problem.
    pub solution: Solution,
}

/// Whether the aligned fixed point of `model` decouples: independent units and signals, all with symmetric laws and without
/// bias. (Centred laws are not enough: `E[g_a g_b] = E[g_a] E[g_b]` vanishes by symmetry only.)
pub fn decouples(model: &Model) -> bool {
    model.hidden().law().joint_units().is_none()
        && model.is_odd()
        && model.sample_signals().is_product()
}

/// Solves the scalar problem of each unit, the strongest signals first served; `None` where the model does not decouple.
///
/// # Errors
/// Bad settings.
pub fn solve_units(
    model: &Model,
    settings: &FixedPointSettings,
) -> Result<Option<Vec<UnitSolution>>> {
    if !decouples(model) {
        return Ok(None);
    }
    let strongest = model.strongest_signals();
    // A unit without a signal has no overlap, and any strength would do; below the threshold a vanishing overlap is stable, so
    // that the search accepts it.
    let silent = 0.1 * bbp_threshold(model.alpha());
    let unit = |unit: usize| {
        let signal = strongest.get(unit).copied();
        let lambda = signal.map_or(silent, |signal| model.lambda()[signal]);
        let scalar = scalar_model(model, lambda)?;
        let mut start = Start::Planted.order_parameters(&scalar)?;
        if signal.is_none() {
            start.m.fill(0.0);
        }
        let solution = solve(&scalar, &Start::Given(start), settings)?;
        Ok(UnitSolution { signal, solution })
    };
    (0..model.units())
        .map(unit)
        .collect::<Result<Vec<_>>>()
        .map(Some)
}

/// Residual of the full undamped map; `None` where it is not defined.
fn joint_residual(
    model: &Model,
    order: &OrderParameters,
    k: &Matrix,
    settings: &FixedPointSettings,
    level: u32,
) -> Option<f64> {
    let quadrature = settings.quadrature(model.units(), level);
    let state = State {
        order: order.clone(),
        v: k.clone(),
    };
    let step = StateEvolution { model, quadrature }.step(&state).ok()?;
    let shape = Shape::of(model);
    Some(residual_size(
        &shape.pack(order, k),
        &shape.pack(&step.order, &step.k),
    ))
}

/// The scalar problem of one unit and one signal.
pub(crate) fn scalar_model(model: &Model, lambda: f64) -> Result<Model> {
    let hidden = HiddenUnits::new(model.hidden().law().clone(), 1, &[])?;
    let signal = model.sample_signals().law().clone();
    Model::new(
        model.alpha(),
        &[lambda],
        hidden,
        signal,
        SignalLaw::rademacher(),
    )
}

/// The joint fixed point from those of the units; `None` unless all of them converged. Its residual is recomputed on the full map
/// where the tensor rule serves, and is that of the scalar problems elsewhere; `None` too where that residual contradicts the
/// decoupling.
pub fn assemble(
    model: &Model,
    units: &[UnitSolution],
    settings: &FixedPointSettings,
) -> Option<FixedPoint> {
    let points: Vec<&FixedPoint> = units
        .iter()
        .map(|unit| unit.solution.fixed_point().ok())
        .collect::<Option<_>>()?;
    let (signals, k) = (model.signals(), model.units());
    let mut m = Matrix::zeros(signals, k);
    for (b, (unit, point)) in units.iter().zip(&points).enumerate() {
        if let Some(a) = unit.signal {
            m[(a, b)] = point.order.m[0];
        }
    }
    let diagonal = |entry: &dyn Fn(&FixedPoint) -> f64| {
        Matrix::from_fn(k, k, |a, b| if a == b { entry(points[a]) } else { 0.0 })
    };
    let worst = |entry: &dyn Fn(&FixedPoint) -> f64| {
        points.iter().map(|point| entry(point)).fold(0.0, f64::max)
    };
    let sum = |entry: &dyn Fn(&FixedPoint) -> f64| points.iter().map(|point| entry(point)).sum();
    let order = OrderParameters {
        m,
        q: diagonal(&|point| point.order.q[0]),
    };
    let k = diagonal(&|point| point.k[0]);
    let level = units
        .iter()
        .map(|unit| unit.solution.work.level)
        .max()
        .unwrap_or(0);
    let own = worst(&|point| point.residual);
    let residual = if k.nrows() <= settings.tensor_units {
        joint_residual(model, &order, &k, settings, level).unwrap_or(own)
    } else {
        own
    };
    let error = worst(&|point| point.quadrature_error);
    if residual > 1e3 * (settings.tolerance + error) {
        return None;
    }
    Some(FixedPoint {
        order,
        k,
        residual,
        quadrature_error: worst(&|point| point.quadrature_error),
        rate: worst(&|point| point.rate),
        stability: super::Stability {
            replicon: worst(&|point| point.stability.replicon),
            replicon_error: worst(&|point| point.stability.replicon_error),
            log_likelihood: sum(&|point| point.stability.log_likelihood),
            log_likelihood_error: sum(&|point| point.stability.log_likelihood_error),
        },
    })
}
