//! The aligned fixed point where independent hidden units meet independent signals: one scalar problem for each unit.
//!
//! There `Q_ab = 0` for `a ≠ b`; `M`, `Q`, `K` are diagonal and `ℓ` adds up; the joint replicon is the largest of the units'
//! (its off-diagonal entries are `α K_a K_b E[∂g_a] E[∂g_b]`, below by Cauchy–Schwarz). A unit beyond the number of signals sees
//! a pure-noise problem (theory.md section 3).

use super::baselines::bbp_threshold;
use super::fixed_point::{FixedPoint, Solution, Work};
use super::outcome::Outcome;
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
    let unit = |unit: usize| {
        let signal = strongest.get(unit).copied();
        let scalar = unit_model(model, signal)?;
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

/// The scalar problem of a unit that is aligned with this signal, or with none.
pub(super) fn unit_model(model: &Model, signal: Option<usize>) -> Result<Model> {
    // A unit without a signal has no overlap, and any strength would do; below the threshold a vanishing overlap is stable, so
    // that the search accepts it.
    let silent = 0.1 * bbp_threshold(model.alpha());
    scalar_model(
        model,
        signal.map_or(silent, |signal| model.lambda()[signal]),
    )
}

/// The joint solution that those of the units make: a fixed point if all of them found one, else the outcome of the first that did not.
pub(super) fn join(
    model: &Model,
    start: &'static str,
    units: &[UnitSolution],
    settings: &FixedPointSettings,
) -> Solution {
    let mut work = Work::default();
    for unit in units {
        let own = unit.solution.work;
        work.iterations += own.iterations;
        work.evaluations += own.evaluations;
        work.level = work.level.max(own.level);
        work.nodes = work.nodes.max(own.nodes);
    }
    let order = joint_order(model, units, |unit| &unit.solution.last.order);
    let last = |entry: &dyn Fn(&State) -> f64| {
        Matrix::from_fn(units.len(), units.len(), |a, b| {
            if a == b {
                entry(&units[a].solution.last)
            } else {
                0.0
            }
        })
    };
    let v = last(&|state| state.v[0]);
    let fixed_point = assemble(model, units, settings);
    let failed = units
        .iter()
        .find(|unit| unit.solution.fixed_point().is_err())
        .map(|unit| &unit.solution);
    let residual = match (&fixed_point, failed) {
        (Some(point), _) => point.residual,
        (None, Some(failed)) => failed.residual,
        (None, None) => joint_residual(model, &order, &v, settings, work.level).unwrap_or(f64::NAN),
    };
    let outcome = match (&fixed_point, failed) {
        (Some(_), _) => units[0].solution.outcome.clone(),
        (None, Some(failed)) => failed.outcome.clone(),
        (None, None) => Outcome::OutOfIterations,
    };
    Solution {
        start,
        outcome,
        last: State { order, v },
        residual,
        work,
        fixed_point,
    }
}

/// Joint order parameters of units with their own signals.
fn joint_order<'a>(
    model: &Model,
    units: &'a [UnitSolution],
    own: impl Fn(&'a UnitSolution) -> &'a OrderParameters,
) -> OrderParameters {
    let mut m = Matrix::zeros(model.signals(), units.len());
    let mut q = Matrix::zeros(units.len(), units.len());
    for (b, unit) in units.iter().enumerate() {
        let order = own(unit);
        if let Some(a) = unit.signal {
            m[(a, b)] = order.m[0];
        }
        q[(b, b)] = order.q[0];
    }
    OrderParameters { m, q }
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
    let k = model.units();
    let diagonal = |entry: &dyn Fn(&FixedPoint) -> f64| {
        Matrix::from_fn(k, k, |a, b| if a == b { entry(points[a]) } else { 0.0 })
    };
    let worst = |entry: &dyn Fn(&FixedPoint) -> f64| {
        points.iter().map(|point| entry(point)).fold(0.0, f64::max)
    };
    let sum = |entry: &dyn Fn(&FixedPoint) -> f64| points.iter().map(|point| entry(point)).sum();
    let order = OrderParameters {
        q: diagonal(&|point| point.order.q[0]),
        ..joint_order(model, units, |unit| match unit.solution.fixed_point() {
            Ok(point) => &point.order,
            Err(_) => &unit.solution.last.order,
        })
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
