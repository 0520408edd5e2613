//! From a model to its answer beyond replica symmetry.

use super::answer::{
    Beyond, Broken, BrokenEnd, BrokenSolution, BrokenUnit, Depth, FullLimit, SymmetricBound,
};
use super::equations::{Phase, Root};
use super::functional::Functional;
use super::order::{MAX_STEPS, StepOrder};
use super::search::{SymmetricPoint, deeper, one_step, symmetric};
use crate::error::{Error, Result};
use crate::fixed_point::Measured;
use crate::law::Law;
use crate::model::Model;
use crate::theory::baselines::bbp_threshold;
use crate::theory::decoupled::{decouples, scalar_model};

/// Numbers of steps on the way to the limit; the last three extrapolate.
const LADDER: [usize; 6] = [1, 2, 3, 4, 6, 8];

/// Most nodes of all levels on the way to the limit: seconds.
const FEW_NODES: usize = 15_000;

/// Most nodes of the first step on that way, which may be narrower than what more steps can share:
/// still seconds.
const FIRST_NODES: usize = 40_000;

/// Most nodes where a number of steps is asked for: minutes. Strong signals break so little that
/// their steps are narrower.
const MOST_NODES: usize = 400_000;

/// A change of `Φ` below which further steps have nothing to add: just where a solution splits off,
/// `x(q)` is nearly flat, and its steps are narrower than grids resolve.
const NO_CHANGE: f64 = 1e-10;

/// What there is beyond replica symmetry: of one unit and one signal, or of independent units that
/// meet at least as many independent signals ±1, each unit with a signal of its own. That no other
/// arrangement of such units has a larger objective is not checked.
///
/// # Errors
/// As [`solve_unit`], or names `units` where the units do not decouple.
pub fn solve(model: &Model, depth: Depth) -> Result<Beyond> {
    check(model, depth)?;
    if is_single(model) {
        let broken = solve_unit(model, depth)?;
        return Ok(Beyond::of(vec![BrokenUnit { signal: 1, broken }]));
    }
    let mut units = Vec::new();
    for signal in model.strongest_signals() {
        let own = scalar_model(model, model.lambda()[signal])?;
        let broken = solve_unit(&own, depth)?;
        units.push(BrokenUnit {
            signal: signal + 1,
            broken,
        });
    }
    Ok(Beyond::of(units))
}

/// Checks what [`solve`] is asked for, without solving anything.
///
/// # Errors
/// As [`solve`].
pub fn check(model: &Model, depth: Depth) -> Result<()> {
    if let Depth::Steps(steps) = depth
        && !(1..=MAX_STEPS).contains(&steps)
    {
        let allowed = format!("must lie in 1..={MAX_STEPS}, or be full");
        return Err(Error::invalid("rsb", steps, allowed));
    }
    if is_single(model) {
        return functional(model).map(drop);
    }
    if !takes_units_apart(model) {
        let allowed = "beyond replica symmetry there must be one hidden unit and one signal, or independent units without bias and at least as many independent signals ±1";
        return Err(Error::invalid("units", model.units(), allowed));
    }
    functional(&scalar_model(model, model.lambda()[0])?).map(drop)
}

fn is_single(model: &Model) -> bool {
    model.units() == 1 && model.signals() == 1
}

/// Whether each unit has a scalar problem of its own. Of other signals than ±1 units mix.
fn takes_units_apart(model: &Model) -> bool {
    let signs = match model.sample_signals().law() {
        Law::Separable(atoms) => atoms.symmetric_pair().is_some(),
        _ => false,
    };
    signs && decouples(model) && model.units() <= model.signals()
}

/// Solves the scalar model beyond replica symmetry, where its leading replica-symmetric solution
/// breaks; one hidden unit of any bounded law, one signal of any law. Scaling: `ℓ` per visible unit, as in
/// [`Stability::log_likelihood`](crate::theory::Stability).
///
/// Hidden biases and laws that are not symmetric: functional and gradient hold, and no overlap is
/// stationary (signals have mean 0); that recovery sets in at the BBP threshold is derived for
/// symmetric units.
///
/// # Errors
/// Names `units`, `signals`, `hidden` or `rsb` where the model or the depth is none of this; how a
/// search ended is part of the answer.
pub fn solve_unit(model: &Model, depth: Depth) -> Result<Broken> {
    if !is_single(model) {
        functional(model)?;
    }
    check(model, depth)?;
    let (first_nodes, most_nodes) = match depth {
        Depth::Full(_) => (FIRST_NODES, FEW_NODES),
        Depth::Steps(_) => (MOST_NODES, MOST_NODES),
    };
    let mut functional = functional(model)?;
    functional.most_nodes = first_nodes;
    let bounds = symmetric(&functional, model)?;
    let stable = |own: &&SymmetricPoint| (0.0..1.0).contains(&own.at.replicon);
    let stable = bounds.iter().find(stable);
    let answer = |functional: &Functional, end: BrokenEnd, roots: &[Root], limit| Broken {
        depth,
        end,
        explanation: end.explanation().into(),
        symmetric: match end {
            BrokenEnd::ReplicaSymmetric => stable,
            _ => bounds.first(),
        }
        .map(|own| bound(functional, own)),
        levels: roots.iter().map(|own| solution(functional, own)).collect(),
        limit,
    };
    let leads = |own: &SymmetricPoint| bounds.iter().all(|other| other.at.phi <= own.at.phi);
    if stable.is_some_and(leads) {
        let end = BrokenEnd::ReplicaSymmetric;
        return Ok(answer(&functional, end, &[], None));
    }
    let Some(first) = one_step(&functional, &bounds) else {
        return Ok(answer(&functional, BrokenEnd::NoRoot, &[], None));
    };
    if stable.is_some_and(|own| own.at.phi > first.at.phi) {
        let end = BrokenEnd::ReplicaSymmetric;
        return Ok(answer(&functional, end, &[], None));
    }
    functional.most_nodes = most_nodes;
    let (mut roots, mut end) = (vec![first], BrokenEnd::Converged);
    for steps in ladder(depth).into_iter().skip(1) {
        let last = &roots[roots.len() - 1];
        match deeper(&functional, last, steps) {
            Some(own) => {
                let change = (own.at.phi - last.at.phi).abs();
                roots.push(own);
                if change < NO_CHANGE && roots.len() > 2 && depth == Depth::FULL {
                    break;
                }
            }
            None => {
                let order = last.order.refined(steps);
                let size = functional.size(&functional.plan(&order));
                let narrow = size > most_nodes && depth == Depth::FULL;
                end = if narrow {
                    BrokenEnd::NarrowSteps
                } else {
                    BrokenEnd::FewerSteps
                };
                break;
            }
        }
    }
    let limit = match (&roots[..], bounds.first()) {
        _ if depth != Depth::FULL => None,
        ([_, _, _, ..], _) => Some(extrapolated(&functional, &roots)),
        ([before, _], _) => Some(taken(&functional, &Few::of(before), &roots)),
        ([_], Some(bound)) => Some(taken(&functional, &Few::symmetric(bound), &roots)),
        _ => None,
    };
    Ok(answer(&functional, end, &roots, limit))
}

/// Whether [`solve`] takes a model.
pub fn applies(model: &Model) -> bool {
    check(model, Depth::FULL).is_ok()
}

/// The functional of a model that has one.
///
/// # Errors
/// Names what is in the way.
pub(super) fn functional(model: &Model) -> Result<Functional<'_>> {
    if model.units() != 1 {
        let allowed = "beyond replica symmetry there must be one hidden unit";
        return Err(Error::invalid("units", model.units(), allowed));
    }
    if model.signals() != 1 {
        let allowed = "beyond replica symmetry there must be one signal";
        return Err(Error::invalid("signals", model.signals(), allowed));
    }
    Functional::new(model).ok_or_else(|| {
        let allowed = "beyond replica symmetry the hidden unit must be bounded; Gaussian units are replica symmetric";
        Error::invalid("hidden", "an unbounded law", allowed)
    })
}

/// Numbers of steps up to what was asked for.
fn ladder(depth: Depth) -> Vec<usize> {
    match depth {
        Depth::Full(_) => LADDER.to_vec(),
        Depth::Steps(steps) => {
            let below = LADDER.into_iter().chain([10, 12, 14]);
            below.filter(|own| *own < steps).chain([steps]).collect()
        }
    }
}

fn bound(functional: &Functional, own: &SymmetricPoint) -> SymmetricBound {
    SymmetricBound {
        // What is left of it by rounding is no overlap.
        m: if functional.even && own.m.abs() < 1e-7 {
            0.0
        } else {
            own.m
        },
        q: own.q,
        v: own.v,
        objective: own.at.phi,
        replicon: own.at.replicon,
    }
}

fn solution(functional: &Functional, own: &Root) -> BrokenSolution {
    let mut replicons = own.at.replicons.clone();
    if let Some(last) = replicons.last_mut() {
        *last = functional
            .last_replicon(&own.order, &own.plan)
            .unwrap_or(f64::NAN);
    }
    BrokenSolution {
        steps: own.order.steps(),
        q: own.order.q(),
        zeta: match own.phase {
            Phase::Silent => 0.0,
            Phase::Aligned => own.order.zeta(),
        },
        objective: own.at.phi,
        identity: own.at.phi - own.at.objective,
        replicons,
        onset: (own.phase == Phase::Silent).then(|| own.at.growth.powf(-0.5)),
        residual: own.residual,
        order: StepOrder {
            // Of two that mirror each other, the positive one.
            m: if functional.even {
                own.order.m.abs()
            } else {
                own.order.m
            },
            ..own.order.clone()
        },
    }
}

/// Numbers of few steps, or of none.
struct Few {
    m: f64,
    q: f64,
    v: f64,
    q0: f64,
    objective: f64,
}

impl Few {
    fn of(own: &Root) -> Self {
        let order = &own.order;
        Self {
            m: order.m,
            q: order.q(),
            v: order.v,
            q0: order.q0,
            objective: own.at.phi,
        }
    }

    fn symmetric(own: &SymmetricPoint) -> Self {
        Self {
            m: own.m,
            q: own.q,
            v: own.v,
            q0: own.q,
            objective: own.at.phi,
        }
    }

    fn zeta(&self) -> f64 {
        self.m.abs() / self.q.sqrt()
    }
}

/// The limit where one or two numbers of steps are all that grids resolve: the numbers of the last;
/// their errors are what its steps change, more than what further steps do; three times that for `V`
/// and `q_0`, which converge slowly.
fn taken(functional: &Functional, before: &Few, roots: &[Root]) -> FullLimit {
    let own = Few::of(&roots[roots.len() - 1]);
    let slow = |number: &dyn Fn(&Few) -> f64, times: f64| Measured {
        value: number(&own),
        error: times * (number(&own) - number(before)).abs() + 1e-12,
    };
    let of = |number: &dyn Fn(&Few) -> f64| slow(number, 1.0);
    let m = |own: &Few| match functional.even {
        true => own.m.abs(),
        false => own.m,
    };
    let overlap = |number: &dyn Fn(&Few) -> f64| match unresolved(functional, roots) {
        true => Measured {
            value: number(&own),
            error: f64::INFINITY,
        },
        false => of(number),
    };
    FullLimit {
        m: overlap(&m),
        q: of(&|own| own.q),
        zeta: overlap(&Few::zeta),
        v: slow(&|own| own.v, 3.0),
        q0: slow(&|own| own.q0, 3.0),
        objective: of(&|own| own.objective),
    }
}

/// Whether there may be an overlap that the last root does not have: between the onset of recovery in
/// the limit, for symmetric units the BBP threshold, and that with its number of steps.
fn unresolved(functional: &Functional, roots: &[Root]) -> bool {
    let silent = |own: &&Root| own.phase == Phase::Silent;
    let Some(last) = roots.last().filter(silent) else {
        return false;
    };
    let onset = |own: &Root| own.at.growth.powf(-0.5);
    let before = roots.iter().rev().nth(1).filter(silent);
    let least = match before {
        // Onsets fall with the number of steps, by less each time.
        Some(before) if !functional.even => 2.0 * onset(last) - onset(before),
        _ => bbp_threshold(functional.alpha),
    };
    functional.lambda > least
}

/// One Richardson step from the last two of three numbers of steps; its error is what it changes
/// when made from the first two, or the correction itself where that is less.
fn extrapolated(functional: &Functional, roots: &[Root]) -> FullLimit {
    let [.., a, b, c] = roots else {
        unreachable!("the limit is taken of at least three numbers of steps")
    };
    // Measured: the errors of ℓ, M and Q fall as K^{−4} for V sup η1'' < 1 and as K^{−2.7} beyond.
    let jumps = c.order.v * functional.unit.curvature_bound > 1.0;
    let power = if jumps { 2.7 } else { 4.0 };
    let step = |from: &Root, to: &Root, value: &dyn Fn(&Root) -> f64, power: f64| {
        let ratio = (to.order.steps() as f64 / from.order.steps() as f64).powf(power);
        value(to) + (value(to) - value(from)) / (ratio - 1.0)
    };
    let limit = |value: &dyn Fn(&Root) -> f64| {
        let last = step(b, c, value, power);
        let before = step(a, b, value, power);
        Measured {
            value: last,
            error: (last - before).abs().max((last - value(c)).abs()) + 1e-12,
        }
    };
    // V and q_0 converge slowly, with powers that differ from one strength to the next.
    let fitted = |value: &dyn Fn(&Root) -> f64| {
        let power = power_through([a, b, c].map(|own| (own.order.steps() as f64, value(own))));
        let last = step(b, c, value, power);
        Measured {
            value: last,
            error: (last - value(c)).abs() + 1e-12,
        }
    };
    // Above their onset, roots of fewer steps have no overlap yet.
    let missed = unresolved(functional, roots);
    let alike = roots.iter().rev().take_while(|own| own.phase == c.phase);
    let alike = alike.count();
    let overlap = |value: &dyn Fn(&Root) -> f64| match alike {
        _ if missed => Measured {
            value: value(c),
            error: f64::INFINITY,
        },
        1 => Measured {
            value: value(c),
            error: f64::INFINITY,
        },
        2 => Measured {
            value: value(c),
            error: 2.0 * (value(c) - value(b)).abs(),
        },
        _ => limit(value),
    };
    let m = |own: &Root| match functional.even {
        true => own.order.m.abs(),
        false => own.order.m,
    };
    FullLimit {
        m: overlap(&m),
        q: limit(&|own| own.order.q()),
        zeta: overlap(&|own| own.order.zeta()),
        v: fitted(&|own| own.order.v),
        // Without overlap 0, by marginality.
        q0: match c.phase == Phase::Silent && functional.even {
            true => Measured {
                value: 0.0,
                error: 0.0,
            },
            false => fitted(&|own| own.order.q0),
        },
        objective: limit(&|own| own.at.phi),
    }
}

/// The power `p` for which `limit + c K^{−p}` goes through three points, within 0.7 and 5.
fn power_through([a, b, c]: [(f64, f64); 3]) -> f64 {
    let ratio = (a.1 - b.1) / (b.1 - c.1);
    let of = |power: f64| {
        let [a, b, c] = [a.0, b.0, c.0].map(|steps| steps.powf(-power));
        (a - b) / (b - c)
    };
    let (mut low, mut high) = (0.7, 5.0);
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if of(middle) < ratio {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
