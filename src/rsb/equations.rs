//! Roots of the gradient of `Φ`: Newton's method on all order parameters, behind the convex
//! minimisation over `(V, x)` that gives it a start.

use super::functional::{Evaluation, Functional, Plan};
use super::order::{StepOrder, fractions, shared};
use crate::numerics::newton::{NewtonSettings, System, find_root};
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

/// Largest `|∂Φ|` of a root.
pub(super) const TOLERANCE: f64 = 1e-10;

/// Newton steps of one search.
const STEPS: usize = 40;

/// Relative size of a central difference: its error is about `1e-10`.
const DIFFERENCE: f64 = 2e-5;

/// Which order parameters vary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// All of them.
    Aligned,
    /// All but `M = 0`.
    Silent,
}

/// A stationary point of `Φ`.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub order: StepOrder,
    pub phase: Phase,
    pub at: Evaluation,
    pub plan: Plan,
    /// Largest entry of the gradient.
    pub residual: f64,
}

/// `∂Φ = 0` in the unknowns `(M, log q_0, log Σ Δ_i, log V, log x_i)`. Fractions of the increments
/// are fixed: with all of them free some `x_i` would be equal at the root, which has no isolated
/// solution then.
struct Stationarity<'a> {
    functional: &'a Functional<'a>,
    plan: Plan,
    phase: Phase,
    steps: usize,
}

impl Stationarity<'_> {
    fn unknowns(&self, order: &StepOrder) -> DVector<f64> {
        let total: f64 = order.increments.iter().sum();
        let positive = [order.q0, total, order.v]
            .into_iter()
            .chain(order.x.clone());
        let overlap = (self.phase == Phase::Aligned).then_some(order.m);
        let all = overlap.into_iter().chain(positive.map(f64::ln));
        DVector::from_iterator(
            self.steps + 3 + usize::from(self.phase == Phase::Aligned),
            all,
        )
    }

    fn order(&self, unknowns: &DVector<f64>) -> StepOrder {
        let overlap = usize::from(self.phase == Phase::Aligned);
        let positive: Vec<f64> = unknowns.iter().skip(overlap).map(|own| own.exp()).collect();
        StepOrder {
            m: if overlap == 1 { unknowns[0] } else { 0.0 },
            q0: positive[0],
            increments: shared(positive[1], self.steps),
            v: positive[2],
            x: positive[3..].to_vec(),
        }
    }

    /// `∂_M, ∂_{q_0}, Σ (Δ_i/ΣΔ) ∂_{Δ_i}, ∂_V, ∂_{x_i}/Δ_i`.
    fn gradient(&self, order: &StepOrder, at: &Evaluation) -> DVector<f64> {
        let parts = fractions(self.steps);
        let total = parts
            .iter()
            .zip(&at.by_increments)
            .map(|(part, by)| part * by);
        let by_x = at.by_x.iter().zip(&order.increments);
        let rest = [at.by_q0, total.sum(), at.by_v]
            .into_iter()
            .chain(by_x.map(|(by, increment)| by / increment));
        let overlap = (self.phase == Phase::Aligned).then_some(at.by_m);
        let all: Vec<f64> = overlap.into_iter().chain(rest).collect();
        DVector::from_vec(all)
    }
}

impl System for Stationarity<'_> {
    fn residual(&self, unknowns: &DVector<f64>) -> Option<DVector<f64>> {
        // Beyond these bounds grids would have no end.
        if unknowns.amax() > 12.0 {
            return None;
        }
        let order = self.order(unknowns);
        let at = self.functional.evaluate(&order, &self.plan)?;
        Some(self.gradient(&order, &at))
    }

    fn jacobian(&self, x: &DVector<f64>, _: &DVector<f64>) -> Option<DMatrix<f64>> {
        central_differences(x, |_| DIFFERENCE, |moved| self.residual(moved))
    }
}

/// Derivative of a function by central differences; its columns in parallel.
fn central_differences(
    x: &DVector<f64>,
    step: impl Fn(usize) -> f64 + Sync,
    function: impl Fn(&DVector<f64>) -> Option<DVector<f64>> + Sync,
) -> Option<DMatrix<f64>> {
    let column = |column: usize| {
        let step = step(column);
        let at = |step: f64| {
            let mut moved = x.clone();
            moved[column] += step;
            function(&moved)
        };
        Some((at(step)? - at(-step)?) / (2.0 * step))
    };
    let columns: Option<Vec<DVector<f64>>> = (0..x.len()).into_par_iter().map(column).collect();
    Some(DMatrix::from_columns(&columns?))
}

/// The system in the units of its first Newton step: what a line search should decrease, where
/// entries of the gradient differ by orders of magnitude in what they mean.
struct Natural<'a, S> {
    system: &'a S,
    inverse: DMatrix<f64>,
    jacobian: DMatrix<f64>,
    start: DVector<f64>,
}

impl<S: System> System for Natural<'_, S> {
    fn residual(&self, x: &DVector<f64>) -> Option<DVector<f64>> {
        Some(&self.inverse * self.system.residual(x)?)
    }

    fn jacobian(&self, x: &DVector<f64>, at: &DVector<f64>) -> Option<DMatrix<f64>> {
        let own = if *x == self.start {
            self.jacobian.clone()
        } else {
            self.system.jacobian(x, at)?
        };
        Some(&self.inverse * own)
    }
}

/// Steps with the derivative that is known, as long as each is ten times shorter than the last.
fn chord<S: System>(natural: &Natural<S>, mut x: DVector<f64>) -> DVector<f64> {
    let mut last = f64::INFINITY;
    for _ in 0..6 {
        let Some(step) = natural.residual(&x) else {
            break;
        };
        let size = step.amax();
        if size.is_nan() || size > 0.1 * last || !(1e-10..0.05).contains(&size) {
            break;
        }
        x -= step;
        last = size;
    }
    x
}

/// The root that Newton's method reaches from a start; `None` where it reaches none.
pub(super) fn root(functional: &Functional, start: &StepOrder, phase: Phase) -> Option<Root> {
    let mut order = start.clone();
    for _ in 0..STEPS {
        let system = Stationarity {
            functional,
            plan: functional.plan(&order),
            phase,
            steps: order.steps(),
        };
        let x = system.unknowns(&order);
        let at = system.residual(&x)?;
        let jacobian = system.jacobian(&x, &at)?;
        let natural = Natural {
            system: &system,
            inverse: jacobian.clone().try_inverse()?,
            jacobian,
            start: x.clone(),
        };
        let step = (&natural.inverse * &at).amax();
        let settings = NewtonSettings {
            target: 1e-13,
            max_steps: 1,
        };
        let stop = find_root(&natural, x.clone(), settings)?;
        // Where the root is flat in some direction, rounding keeps steps from vanishing: then the
        // line search finds nothing better.
        let moved = (&stop.x - &x).amax();
        order = system.order(&chord(&natural, stop.x));
        if functional.resolves(&system.plan, &order) {
            let at = functional.evaluate(&order, &system.plan)?;
            let gradient = system.gradient(&order, &at);
            let residual = gradient.amax();
            let last = (&natural.inverse * gradient).amax();
            if residual < TOLERANCE && (last.min(step) < 1e-8 || moved < 1e-9) {
                return Some(Root {
                    order,
                    phase,
                    at,
                    plan: system.plan,
                    residual,
                });
            }
        }
        if moved == 0.0 {
            return None;
        }
    }
    None
}

/// The minimum of `Φ` over `(V, x_1 … x_K)` at given `M`, `q_0` and `Δ_i`. There `Φ` is convex: `f_0`
/// is a maximum over controls `u` of `E[φ_V(h + ∫x u dq + W) − ½∫x u² dq]`, with
/// `φ_V(h) = max_s [η1(h + V s) − V s²/2]`, each a convex function of `(V, x)`, and
/// `½∫dq/V(q)` is convex in `V(q)`, which is linear in them. `None` where the minimum lies at
/// `x = 0` (there the increments begin too low).
pub(super) fn relaxed(functional: &Functional, start: &StepOrder) -> Option<StepOrder> {
    let plan = functional.plan(start);
    let size = start.steps() + 1;
    let order = |values: &DVector<f64>| StepOrder {
        v: values[0],
        x: values.iter().skip(1).copied().collect(),
        ..start.clone()
    };
    let gradient = |values: &DVector<f64>| {
        let at = functional.evaluate(&order(values), &plan)?;
        let all = std::iter::once(at.by_v).chain(at.by_x);
        Some((at.phi, DVector::from_iterator(size, all)))
    };
    let first = std::iter::once(start.v).chain(start.x.iter().copied());
    let mut values = DVector::from_iterator(size, first);
    let (mut phi, mut slope) = gradient(&values)?;
    for _ in 0..STEPS {
        let relative = |column: usize| DIFFERENCE * values[column];
        let hessian = central_differences(&values, relative, |moved| {
            gradient(moved).map(|(_, slope)| slope)
        })?;
        let symmetric = 0.5 * (&hessian + hessian.transpose());
        let step = -symmetric.cholesky()?.solve(&slope);
        let decrease = -step.dot(&slope);
        // No value falls below three tenths of itself at once.
        let shares = values.iter().zip(&step).map(|(own, step)| match step {
            step if *step < 0.0 => 0.7 * own / -step,
            _ => 1.0,
        });
        let mut share = shares.fold(1.0, f64::min);
        loop {
            let trial = &values + &step * share;
            let (new, new_slope) = gradient(&trial)?;
            if new <= phi - 0.1 * share * decrease + 1e-14 {
                (values, phi, slope) = (trial, new, new_slope);
                break;
            }
            share *= 0.5;
            if share < 1e-6 {
                return Some(order(&values));
            }
        }
        if values.iter().any(|own| *own < 1e-3) {
            return None;
        }
        // Newton's method in all order parameters goes on from here.
        if decrease < 1e-14 {
            break;
        }
    }
    Some(order(&values))
}
