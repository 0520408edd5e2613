//! Where searches begin, and how an answer of few steps leads to one of more.

use super::equations::{Phase, Root, relaxed, root};
use super::functional::{Functional, Symmetric};
use super::order::{StepOrder, fractions, shared};
use crate::error::Result;
use crate::model::Model;
use crate::numerics::brent::bracketed_root;
use crate::theory::{FixedPointSettings, Starts, find};
use std::cell::RefCell;

/// Overlaps below this, relative to `√Q`, are none.
const NO_OVERLAP: f64 = 1e-6;

/// A replica-symmetric solution, with the global maximum in `φ_V`.
#[derive(Debug, Clone, Copy)]
pub(super) struct SymmetricPoint {
    pub m: f64,
    pub q: f64,
    pub v: f64,
    pub at: Symmetric,
}

/// Iterations of replica symmetry.
const ITERATIONS: usize = 1500;

/// How an iteration of replica symmetry ended.
enum Iterated {
    Settled(SymmetricPoint),
    /// It left the domain.
    Left,
    Slow,
}

/// Replica symmetry by damped iteration from an overlap with a self-overlap.
fn symmetric_from(functional: &Functional, m: f64, q: f64, share: f64) -> Iterated {
    let (mut m, mut q, mut v) = (m, q, 0.7 / functional.alpha.sqrt());
    for _ in 0..ITERATIONS {
        let at = functional.symmetric(m, q, v);
        let Some(at) = at.filter(|at| at.v > 0.0 && at.q > 0.0) else {
            return Iterated::Left;
        };
        let change = (at.m - m).abs() + (at.q - q).abs() + (at.v - v).abs();
        if change < 1e-9 * (1.0 + q + v) {
            return Iterated::Settled(SymmetricPoint { m, q, v, at });
        }
        m += share * (at.m - m);
        q += share * (at.q - q);
        v += share * (at.v - v);
    }
    Iterated::Slow
}

/// The replica-symmetric solutions, the largest `Φ` first: fixed points of state evolution, and those
/// with the global maximum in `φ_V`, which go on where the local one ends, as upper bounds.
///
/// # Errors
/// None that a valid model makes.
pub(super) fn symmetric(functional: &Functional, model: &Model) -> Result<Vec<SymmetricPoint>> {
    let alpha = functional.alpha;
    let settings = FixedPointSettings::default();
    let mut found: Vec<SymmetricPoint> = Vec::new();
    let mut add = |point: SymmetricPoint| {
        let known = |other: &SymmetricPoint| {
            let sign = if functional.even { -1.0 } else { 1.0 };
            let of_m = (other.m - point.m)
                .abs()
                .min((other.m - sign * point.m).abs());
            let off = of_m + (other.q - point.q).abs();
            off < 1e-5 * (1.0 + point.q)
        };
        if !found.iter().any(known) {
            found.push(point);
        }
    };
    for finding in find(model, Starts::Standard, &settings)?.solutions {
        let state = finding.point.state();
        let [m, q, v] = [&state.order.m, &state.order.q, &state.v].map(|own| own[(0, 0)]);
        if let Some(at) = functional.symmetric(m, q, v) {
            add(SymmetricPoint { m, q, v, at });
        }
    }
    // Between Q at no signal, and that of weights along one.
    let q = 0.7 * (1.0 + 1.0 / alpha.sqrt()).powi(2) * functional.unit.slope_bound.powi(2);
    // Where both signs are different, both are tried.
    let parts: &[f64] = match functional.even {
        true => &[0.0, 0.1, 0.8],
        false => &[0.0, 0.1, 0.8, -0.1, -0.8],
    };
    for part in parts {
        // An iteration that leaves is tried with more damping.
        let ends = [0.5, 0.2].map(|share| (part * q.sqrt(), share));
        let mut ends = ends
            .into_iter()
            .map(|(m, share)| symmetric_from(functional, m, q, share));
        if let Some(Iterated::Settled(point)) = ends.find(|end| !matches!(end, Iterated::Left)) {
            add(point);
        }
    }
    found.sort_by(|a, b| b.at.phi.total_cmp(&a.at.phi));
    Ok(found)
}

/// The minimum of `Φ` over `V`, `x` and `q_0` at the `M` and `Q` of an order, or near it: what the
/// minimum over all `x(q)` means for this many steps. Searches from `Σ Δ_i` downhill in factors of
/// `factor`.
fn settled(functional: &Functional, order: &StepOrder, factor: f64) -> Option<StepOrder> {
    let (q, steps) = (order.q(), order.steps());
    let known = RefCell::new(order.clone());
    let at = |log: f64| {
        let total = log.exp();
        let start = StepOrder {
            q0: q - total,
            increments: shared(total, steps),
            ..known.borrow().clone()
        };
        let own = relaxed(functional, &start)?;
        *known.borrow_mut() = own.clone();
        Some(own)
    };
    // Slope of Φ where the increments grow at the expense of q_0.
    let slope = |log: f64| {
        let own = at(log)?;
        let at = functional.evaluate(&own, &functional.plan(&own))?;
        let total: f64 = fractions(steps)
            .iter()
            .zip(&at.by_increments)
            .map(|(part, by)| part * by)
            .sum();
        Some(total - at.by_q0)
    };
    // Beyond, the entropic term is not convex.
    let largest = (0.98 * (q - order.m * order.m)).ln();
    let mut log = order.increments.iter().sum::<f64>().ln().min(largest);
    let mut own = slope(log)?;
    for _ in 0..12 {
        let next = (log - factor.ln() * own.signum()).min(largest);
        let beyond = slope(next)?;
        if beyond * own <= 0.0 {
            let (low, high) = (log.min(next), log.max(next));
            let value = |log: f64| slope(log).unwrap_or(f64::NAN);
            let found = bracketed_root(value, low, high, 1e-3, f64::INFINITY);
            return at(found.unwrap_or(next));
        }
        (log, own) = (next, beyond);
    }
    None
}

/// One step near a replica-symmetric point. Its increment is not known within orders of magnitude:
/// where the point has just become unstable it is small.
fn split(functional: &Functional, m: f64, q: f64, v: f64) -> Option<StepOrder> {
    let mut best: Option<(f64, StepOrder)> = None;
    for place in 0..8 {
        let part = 0.4 * (1.0 - m * m / q) * 0.37f64.powi(place);
        let order = StepOrder {
            m,
            q0: (1.0 - part) * q,
            increments: vec![part * q],
            v,
            x: vec![1.0],
        };
        // At x = 0 the increment is too large.
        let Some(own) = relaxed(functional, &order) else {
            continue;
        };
        let Some(at) = functional.evaluate(&own, &functional.plan(&own)) else {
            continue;
        };
        if best.as_ref().is_some_and(|(phi, _)| at.phi > *phi) {
            break;
        }
        best = Some((at.phi, own));
    }
    let (_, best) = best?;
    settled(functional, &best, 1.6).or(Some(best))
}

/// Damped iteration of the fixed-point equations of one step, until Newton's method can take over.
fn iterated(functional: &Functional, start: StepOrder) -> Option<StepOrder> {
    let mut order = start;
    for _ in 0..250 {
        let plan = functional.plan(&order);
        let at = functional.evaluate(&order, &plan)?;
        // Newton's method for x, in which Φ is convex.
        let mut moved = order.clone();
        let step = 1e-4 * order.x[0];
        moved.x[0] += step;
        let second = (functional.evaluate(&moved, &plan)?.by_x[0] - at.by_x[0]) / step;
        let x = match -at.by_x[0] / second {
            change if second > 0.0 => {
                (order.x[0] + change).clamp(0.5 * order.x[0], 2.0 * order.x[0])
            }
            _ if at.by_x[0] > 0.0 => 0.7 * order.x[0],
            _ => 1.4 * order.x[0],
        };
        let image = &at.image;
        let increment = image.increments[0];
        if !(image.v > 0.0 && increment > 0.0) {
            return None;
        }
        let change = (image.m - order.m).abs()
            + (image.q0 - order.q0).abs()
            + (increment - order.increments[0]).abs()
            + (image.v - order.v).abs()
            + (x / order.x[0] - 1.0).abs();
        if change < 0.01 {
            break;
        }
        order = StepOrder {
            m: 0.5 * (order.m + image.m),
            q0: 0.5 * (order.q0 + image.q0),
            increments: vec![0.5 * (order.increments[0] + increment)],
            v: 0.5 * (order.v + image.v),
            x: vec![x],
        };
    }
    Some(order)
}

/// Why a stationary point is not the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spurious {
    /// `x(q)` does not increase: no Parisi solution.
    NotIncreasing,
    /// `x_1` is so small that the first step does nothing: a reparametrisation of fewer steps, with
    /// a larger `Φ`.
    EmptyStep,
    /// `Φ` exceeds that of fewer steps or of replica symmetry, of which it is a minimum.
    Raised,
    /// The overlap of an aligned search vanished.
    NoOverlap,
    /// Without overlap, though one would grow.
    Unstable,
}

/// What disqualifies a root; `ceiling` is the `Φ` of fewer steps.
pub(super) fn spurious(functional: &Functional, own: &Root, ceiling: f64) -> Option<Spurious> {
    let order = &own.order;
    let x = &order.x;
    if x.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Some(Spurious::NotIncreasing);
    }
    if x.len() > 1 && x[0] < 0.12 * x[1] {
        return Some(Spurious::EmptyStep);
    }
    if own.at.phi > ceiling + 1e-9 {
        return Some(Spurious::Raised);
    }
    let growth = functional.lambda * functional.lambda * own.at.growth;
    match own.phase {
        Phase::Aligned if order.zeta() < NO_OVERLAP => Some(Spurious::NoOverlap),
        Phase::Silent if growth > 1.0 => Some(Spurious::Unstable),
        _ => None,
    }
}

/// Overlaps, in units of `√Q`, with which an aligned search begins where nothing better is known.
const OVERLAPS: [f64; 4] = [0.1, 0.3, 0.55, 0.8];

/// One step: the root of largest `Φ` among those without and with an overlap that searches find.
/// Signals have mean 0, so that no overlap is stationary always.
pub(super) fn one_step(functional: &Functional, symmetric: &[SymmetricPoint]) -> Option<Root> {
    let leading = symmetric.first()?;
    let valid = |own: &Root| spurious(functional, own, leading.at.phi).is_none();
    let silent = symmetric.iter().find(|own| own.m.abs() < 1e-5);
    let silent = silent.unwrap_or(leading);
    let start = split(functional, 0.0, silent.q - silent.m * silent.m, silent.v);
    let found = start.and_then(|start| silent_root(functional, start));
    let silent = found.filter(valid);
    let from = |(m, q, v): (f64, f64, f64)| {
        let start = iterated(functional, split(functional, m, q, v)?)?;
        root(functional, &start, Phase::Aligned).filter(valid)
    };
    let own = symmetric.iter().filter(|own| own.m.abs() > 1e-5);
    let own: Vec<_> = own.map(|own| (own.m, own.q, own.v)).collect();
    let others = |parts: &[f64]| {
        let signs: &[f64] = if functional.even {
            &[1.0]
        } else {
            &[1.0, -1.0]
        };
        let place = |part: &f64| {
            let m = part * leading.q.sqrt();
            signs.iter().map(move |sign| sign * m)
        };
        let all = parts.iter().flat_map(place);
        all.map(|m| (m, leading.q, leading.v)).collect()
    };
    let best = |starts: Vec<(f64, f64, f64)>| match functional.even {
        true => starts.into_iter().find_map(from),
        false => {
            let found = starts.into_iter().filter_map(from);
            found.max_by(|a, b| a.at.phi.total_cmp(&b.at.phi))
        }
    };
    let aligned = match &silent {
        // Beside a stable root without overlap only a jump leads to one with.
        Some(_) if own.is_empty() => best(others(&OVERLAPS[OVERLAPS.len() - 1..])),
        Some(_) => best(own),
        // Near its onset replica symmetry has hardly any of the overlap of a broken solution.
        None => best(own).or_else(|| best(others(&OVERLAPS))),
    };
    // Where replica symmetry leads with an overlap, a root without one is not the answer.
    if aligned.is_none() && leading.m.abs() > 1e-5 {
        return None;
    }
    let both = silent.into_iter().chain(aligned);
    both.max_by(|a, b| a.at.phi.total_cmp(&b.at.phi))
}

fn silent_root(functional: &Functional, start: StepOrder) -> Option<Root> {
    let start = StepOrder { m: 0.0, ..start };
    let start = if start.steps() == 1 {
        iterated(functional, start)?
    } else {
        start
    };
    root(functional, &start, Phase::Silent)
}

/// The root of more steps that an answer of fewer leads to.
pub(super) fn deeper(functional: &Functional, last: &Root, steps: usize) -> Option<Root> {
    let ceiling = last.at.phi;
    let valid = |own: &Root| spurious(functional, own, ceiling).is_none();
    let guess = last.order.refined(steps);
    let start = relaxed(functional, &guess).unwrap_or_else(|| guess.clone());
    let near = root(functional, &start, last.phase).filter(valid);
    if near.is_some() {
        return near;
    }
    let start = settled(functional, &start, 1.1).unwrap_or(start);
    if last.phase == Phase::Aligned {
        return root(functional, &start, Phase::Aligned).filter(valid);
    }
    let silent = root(functional, &start, Phase::Silent)?;
    if valid(&silent) {
        return Some(silent);
    }
    if spurious(functional, &silent, ceiling) != Some(Spurious::Unstable) {
        return None;
    }
    // With more steps recovery sets in earlier.
    [0.03, 0.1, 0.2, 0.4].into_iter().find_map(|part| {
        let order = &silent.order;
        let m = part * order.q().sqrt();
        let bent = StepOrder {
            m,
            q0: order.q0.max(1.2 * m * m),
            ..order.clone()
        };
        let start = relaxed(functional, &bent)?;
        root(functional, &start, Phase::Aligned).filter(valid)
    })
}
