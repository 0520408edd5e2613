//! Fixed points where independent hidden units meet independent signals, each unit with a signal of
//! its own or with none: one scalar problem for each unit.
//!
//! There `Q_ab = 0` for `a ≠ b`; `M`, `Q`, `K` are diagonal and `ℓ` adds up; the joint replicon is
//! the largest of the units' (its off-diagonal entries are `α K_a K_b E[∂g_a] E[∂g_b]`, below by
//! Cauchy–Schwarz). A unit beyond the number of signals sees a pure-noise problem
//! (theory.md section 3).
//!
//! Such a point is a fixed point of the joint equations by symmetry, and may be a saddle of them
//! all the same. A perturbation that mixes units `a`, `b` with signals `s`, `t` turns its sign with
//! any of them, so that the joint derivative falls into blocks, each with moments of the scalar
//! problems for entries: with `E_a = E[g_a']`, `e_a = E[g_a²]`, `A_a = E[g_a u_a]`,
//! `R_a = αλ_a A_a`, `p_a = ⟨h_a²⟩`, `σ = Q_a/K_a + Q_b/K_b`,
//!
//! ```text
//! R_ab = αλ_b (λ_b M_ba E_a + V_ab E_a A_b)                 (unit a, signal of unit b; R_ba likewise)
//! γ    = M_ba λ_b E_a A_b + M_ab λ_a E_b A_a + Q_ab E_a E_b + V_ab (E_a e_b + e_a E_b),     C_ab = αV_ab E_a E_b
//! Q_ab' = K_a K_b (R_a R_ba + R_b R_ab + αγ + C_ab σ) / (1 + αp_a p_b K_a K_b σ)
//! V_ab' = −K_a K_b (αp_a p_b Q_ab' − C_ab)
//! M_ba' = K_a R_ab + V_ab' R_b,    M_ab' = K_b R_ba + V_ab' R_a
//! M_ta' = αλ_t² K_a E_a M_ta       (a signal t that no unit has)
//! ```

use super::baselines::bbp_threshold;
use super::fixed_point::{FixedPoint, Solution, Work};
use super::linearisation::Linearisation;
use super::outcome::Outcome;
use super::settings::FixedPointSettings;
use super::stability::Stability;
use super::state_evolution::{Departure, State, StateEvolution};
use super::unknowns::Shape;
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use nalgebra::{DMatrix, DVector};

/// One unit's scalar problem.
#[derive(Debug, Clone)]
pub struct UnitSolution {
    /// Signal that the unit is aligned with (index into `λ`), or `None` for a unit that sees pure
    /// noise.
    pub signal: Option<usize>,
    /// The scalar model.
    pub(super) model: Model,
    /// Result of the scalar problem.
    pub solution: Solution,
}

/// Whether the aligned fixed point of `model` decouples: independent units and signals, all with
/// symmetric laws and without bias. (Centred laws are not enough: `E[g_a g_b] = E[g_a] E[g_b]`
/// vanishes by symmetry only.)
pub fn decouples(model: &Model) -> bool {
    model.hidden().law().joint_dimension().is_none()
        && model.is_odd()
        && model.sample_signals().is_product()
}

/// The signal of each unit at a state without overlap between units, in which every unit has an
/// overlap with at most one signal and every signal with at most one unit; `None` at other states.
pub(super) fn pairing(state: &State) -> Option<Vec<Option<usize>>> {
    let (m, q, v) = (&state.order.m, &state.order.q, &state.v);
    let units = q.nrows();
    let apart = (0..units).all(|a| (0..a).all(|b| q[(a, b)] == 0.0 && v[(a, b)] == 0.0));
    let lone =
        |entries: &mut dyn Iterator<Item = &f64>| entries.filter(|x| **x != 0.0).count() <= 1;
    let paired = m.row_iter().all(|row| lone(&mut row.iter()))
        && m.column_iter().all(|column| lone(&mut column.iter()));
    let signal = |unit: usize| (0..m.nrows()).find(|&a| m[(a, unit)] != 0.0);
    (apart && paired).then(|| (0..units).map(signal).collect())
}

/// The scalar problem of a unit that is aligned with this signal, or with none.
pub(super) fn unit_model(model: &Model, signal: Option<usize>) -> crate::error::Result<Model> {
    // A unit without a signal has no overlap, and any strength would do; below the threshold a
    // vanishing overlap is stable, so that the search accepts it.
    let silent = 0.1 * bbp_threshold(model.alpha());
    scalar_model(
        model,
        signal.map_or(silent, |signal| model.lambda()[signal]),
    )
}

/// The joint solution that those of the units make: a fixed point if all of them found one, else
/// the outcome of the first that did not.
pub(super) fn join(
    model: &Model,
    start: &str,
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
    let v = diagonal(units, |unit| unit.solution.last.v[0]);
    let failed = units
        .iter()
        .find(|unit| unit.solution.fixed_point().is_err())
        .map(|unit| &unit.solution);
    let (outcome, residual, fixed_point) = match failed {
        Some(failed) => (failed.outcome.clone(), failed.residual, None),
        None => match assemble(model, units, settings) {
            Ok(point) => {
                let outcome = units[0].solution.outcome.clone();
                (outcome, point.residual, Some(point))
            }
            Err(departure) => (Outcome::LeftDomain(departure), f64::INFINITY, None),
        },
    };
    Solution {
        start: start.into(),
        outcome,
        last: State { order, v },
        residual,
        work,
        fixed_point,
    }
}

fn diagonal(units: &[UnitSolution], entry: impl Fn(&UnitSolution) -> f64) -> Matrix {
    let entries = units.iter().map(entry);
    Matrix::from_diagonal(&DVector::from_iterator(units.len(), entries))
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
pub(crate) fn scalar_model(model: &Model, lambda: f64) -> crate::error::Result<Model> {
    let hidden = HiddenUnits::new(model.hidden().law().clone(), 1, &[])?
        .with_visible_variance(model.hidden().visible_variance())?;
    let signal = model.sample_signals().law().clone();
    Model::new(model.alpha(), &[lambda], hidden, signal, Law::rademacher())
}

/// The joint fixed point from those of the units, all of which have one.
fn assemble(
    model: &Model,
    units: &[UnitSolution],
    settings: &FixedPointSettings,
) -> Result<FixedPoint, Departure> {
    let points: Vec<&FixedPoint> = units
        .iter()
        .filter_map(|unit| unit.solution.fixed_point().ok())
        .collect();
    let worst = |entry: &dyn Fn(&FixedPoint) -> f64| {
        points.iter().map(|point| entry(point)).fold(0.0, f64::max)
    };
    let sum = |entry: &dyn Fn(&FixedPoint) -> f64| points.iter().map(|point| entry(point)).sum();
    let order = joint_order(model, units, |unit| match unit.solution.fixed_point() {
        Ok(point) => &point.order,
        Err(_) => &unit.solution.last.order,
    });
    let of = |entry: &dyn Fn(&FixedPoint) -> f64| {
        let entries = points.iter().map(|point| entry(point));
        Matrix::from_diagonal(&DVector::from_iterator(points.len(), entries))
    };
    let state = State {
        order: OrderParameters {
            m: order.m,
            q: of(&|point| point.order.q[0]),
        },
        v: of(&|point| point.k[0]),
    };
    let linear = |finer: u32| {
        let jacobian = joint_jacobian(model, units, settings, finer)?;
        Ok(Linearisation::new(model, &state, jacobian))
    };
    let linearisation = linear(0)?;
    let joint_eigenvalue = linearisation.joint_eigenvalue();
    let finer = linear(1)?.joint_eigenvalue();
    let own_error = worst(&|point| point.stability.joint_eigenvalue_error);
    let stability = Stability {
        replicon: worst(&|point| point.stability.replicon),
        replicon_error: worst(&|point| point.stability.replicon_error),
        joint_eigenvalue,
        joint_eigenvalue_error: own_error.max((finer - joint_eigenvalue).abs()),
        log_likelihood: sum(&|point| point.stability.log_likelihood),
        log_likelihood_error: sum(&|point| point.stability.log_likelihood_error),
    };
    Ok(FixedPoint {
        order: state.order,
        k: state.v,
        residual: worst(&|point| point.residual),
        quadrature_error: worst(&|point| point.quadrature_error),
        rate: linearisation.rate(1.0, settings.damping),
        stability,
        linearisation: Some(linearisation),
    })
}

/// Moments of one unit's scalar problem at its fixed point, of which the blocks between units are
/// made.
struct Unit {
    signal: Option<usize>,
    /// `λ` of its signal; 0 without one.
    lambda: f64,
    q: f64,
    k: f64,
    /// `E[g']`, `E[g²]`, `E[g u]`.
    slope: f64,
    square: f64,
    signal_moment: f64,
    /// `⟨h²⟩_Q`.
    second_moment: f64,
}

impl Unit {
    fn new(
        model: &Model,
        unit: &UnitSolution,
        settings: &FixedPointSettings,
        finer: u32,
    ) -> Result<Self, Departure> {
        let state = &unit.solution.last;
        let scalar = &unit.model;
        let quadrature = settings.quadrature(1, unit.solution.work.level + finer);
        let step = StateEvolution {
            model: scalar,
            quadrature,
        }
        .step(state)?;
        let pair = scalar.hidden().pair_function(&state.order.q);
        Ok(Self {
            signal: unit.signal,
            lambda: unit.signal.map_or(0.0, |signal| model.lambda()[signal]),
            q: state.order.q[0],
            k: state.v[0],
            slope: step.moments.dg[0],
            square: step.moments.gg[0],
            // The solution may stand for its mirror image.
            signal_moment: unit
                .signal
                .map_or(0.0, |_| step.moments.gu[0] * state.order.m[0].signum()),
            second_moment: pair.map_or(f64::NAN, |pair| pair.second_moment()[0]),
        })
    }
}

/// Derivative of the joint undamped map at a fixed point of decoupled units, `finer` levels of
/// quadrature beyond theirs.
fn joint_jacobian(
    model: &Model,
    units: &[UnitSolution],
    settings: &FixedPointSettings,
    finer: u32,
) -> Result<DMatrix<f64>, Departure> {
    let shape = Shape::of(model);
    let all = units
        .iter()
        .map(|unit| Unit::new(model, unit, settings, finer))
        .collect::<Result<Vec<_>, _>>()?;
    let mut jacobian = DMatrix::zeros(shape.len(), shape.len());
    for (b, unit) in units.iter().enumerate() {
        own_block(shape, b, unit, &mut jacobian);
        for (t, lambda) in model.lambda().iter().enumerate() {
            if all.iter().all(|other| other.signal != Some(t)) {
                let at = shape.m(t, b);
                jacobian[(at, at)] = model.alpha() * lambda * lambda * all[b].k * all[b].slope;
            }
        }
        for a in 0..b {
            mixing_block(model, shape, [a, b], [&all[a], &all[b]], &mut jacobian);
        }
    }
    Ok(jacobian)
}

/// The derivative of a unit's own scalar problem.
fn own_block(shape: Shape, b: usize, unit: &UnitSolution, jacobian: &mut DMatrix<f64>) {
    let Ok(point) = unit.solution.fixed_point() else {
        return;
    };
    let linearisation = point.linearisation.as_ref();
    let own = linearisation
        .expect("a point that a search has just found is linearised")
        .jacobian();
    // M, Q, V of the scalar problem; a unit without a signal has no M.
    let places = [
        unit.signal.map(|signal| shape.m(signal, b)),
        Some(shape.q(b, b)),
        Some(shape.v(b, b)),
    ];
    for (row, to) in places.iter().enumerate() {
        for (column, from) in places.iter().enumerate() {
            if let (Some(to), Some(from)) = (to, from) {
                jacobian[(*to, *from)] = own[(row, column)];
            }
        }
    }
}

/// The derivative by `M_ba`, `M_ab` (unit `a` with the signal of `b`, and the other way round),
/// `Q_ab`, `V_ab`: see the head of this file.
fn mixing_block(
    model: &Model,
    shape: Shape,
    [a, b]: [usize; 2],
    [first, second]: [&Unit; 2],
    jacobian: &mut DMatrix<f64>,
) {
    let alpha = model.alpha();
    let places = [
        second.signal.map(|signal| shape.m(signal, a)),
        first.signal.map(|signal| shape.m(signal, b)),
        Some(shape.q(a, b)),
        Some(shape.v(a, b)),
    ];
    let r = |unit: &Unit| alpha * unit.lambda * unit.signal_moment;
    let kk = first.k * second.k;
    let sum = first.q / first.k + second.q / second.k;
    let stiffness = alpha * first.second_moment * second.second_moment;
    let ee = first.slope * second.slope;
    for (column, from) in places.iter().enumerate() {
        let Some(from) = from else { continue };
        let unit = |index: usize| if column == index { 1.0 } else { 0.0 };
        let [m_ba, m_ab, q_ab, v_ab] = [0, 1, 2, 3].map(unit);
        let r_ab = alpha
            * second.lambda
            * first.slope
            * (second.lambda * m_ba + v_ab * second.signal_moment);
        let r_ba = alpha
            * first.lambda
            * second.slope
            * (first.lambda * m_ab + v_ab * first.signal_moment);
        let gamma = m_ba * second.lambda * first.slope * second.signal_moment
            + m_ab * first.lambda * second.slope * first.signal_moment
            + q_ab * ee
            + v_ab * (first.slope * second.square + first.square * second.slope);
        let c_ab = alpha * v_ab * ee;
        let driven = r(first) * r_ba + r(second) * r_ab + alpha * gamma + c_ab * sum;
        let q_new = kk * driven / (1.0 + stiffness * kk * sum);
        let v_new = -kk * (stiffness * q_new - c_ab);
        let image = [
            first.k * r_ab + v_new * r(second),
            second.k * r_ba + v_new * r(first),
            q_new,
            v_new,
        ];
        for (to, value) in places.iter().zip(image) {
            if let Some(to) = to {
                jacobian[(*to, *from)] = value;
            }
        }
    }
}
