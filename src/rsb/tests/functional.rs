//! `Φ`: its gradient, its convexity, its limit of no steps, its grids.

use super::super::equations::relaxed;
use super::*;
use crate::theory::{FixedPointSettings, Starts, find};

fn three_steps(v: f64) -> StepOrder {
    StepOrder {
        m: 0.7,
        q0: 1.8,
        increments: vec![0.08, 0.06, 0.05],
        v,
        x: vec![0.55, 0.9, 1.7],
    }
}

/// Every derivative against central differences of the fourth order; with a kink at `V = 1.2` for
/// units ±1, and for all laws.
#[test]
fn the_gradient_is_exact() {
    for model in various() {
        let functional = of(&model);
        for v in [0.8, 1.2] {
            let order = three_steps(v);
            let plan = functional.plan(&order);
            let at = functional.evaluate(&order, &plan).expect("defined");
            let by = |change: &dyn Fn(&mut StepOrder, f64)| {
                const STEP: f64 = 1e-3;
                let phi = |part: f64| {
                    let mut moved = order.clone();
                    change(&mut moved, part * STEP);
                    functional.evaluate(&moved, &plan).expect("defined").phi
                };
                (8.0 * (phi(1.0) - phi(-1.0)) - (phi(2.0) - phi(-2.0))) / (12.0 * STEP)
            };
            let mut pairs = vec![
                ("m", by(&|own, step| own.m += step), at.by_m),
                ("q0", by(&|own, step| own.q0 += step), at.by_q0),
                ("v", by(&|own, step| own.v += step), at.by_v),
            ];
            for i in 0..3 {
                let of_q = by(&|own, step| own.increments[i] += step);
                pairs.push(("Δ", of_q, at.by_increments[i]));
                pairs.push(("x", by(&|own, step| own.x[i] += step), at.by_x[i]));
            }
            for (name, difference, exact) in pairs {
                let error = (difference - exact).abs();
                assert!(
                    error < 1e-8,
                    "{name}, V = {v}: {difference} {exact} {model:?}"
                );
            }
        }
    }
}

/// More nodes on every level change nothing.
#[test]
fn grids_are_fine_enough() {
    for model in various() {
        let functional = of(&model);
        for v in [0.8, 1.2] {
            let order = three_steps(v);
            let plan = functional.plan(&order);
            let [own, doubled] = [plan.clone(), functional.doubled(&plan)]
                .map(|plan| functional.evaluate(&order, &plan).expect("defined"));
            assert!((own.phi - doubled.phi).abs() < 1e-11, "{model:?}");
            for (a, b) in [
                (own.by_m, doubled.by_m),
                (own.by_q0, doubled.by_q0),
                (own.by_v, doubled.by_v),
                (own.by_increments[2], doubled.by_increments[2]),
                (own.by_x[0], doubled.by_x[0]),
            ] {
                assert!((a - b).abs() < 1e-9, "{a} {b} {model:?}");
            }
        }
    }
}

/// `Φ` is convex in `(V, x)` at given overlaps: on chords between random points, across `V = 1`.
#[test]
fn it_is_convex_in_responses() {
    use crate::numerics::streams::{Purpose, Streams};
    use rand::RngExt;
    let mut random = Streams::new(1).stream(Purpose::Start, 0);
    for model in various() {
        let functional = of(&model);
        for _ in 0..6 {
            let mut draw = |v: [f64; 2], x: [f64; 2]| StepOrder {
                v: random.random_range(v[0]..v[1]),
                x: (0..3).map(|_| random.random_range(x[0]..x[1])).collect(),
                ..three_steps(0.0)
            };
            let [a, b] = [(); 2].map(|()| draw([0.5, 1.6], [0.1, 3.0]));
            let middle = StepOrder {
                v: 0.5 * (a.v + b.v),
                x: a.x.iter().zip(&b.x).map(|(a, b)| 0.5 * (a + b)).collect(),
                ..a.clone()
            };
            let phi = |order: &StepOrder| {
                let plan = functional.plan(order);
                functional.evaluate(order, &plan).expect("defined").phi
            };
            let excess = 0.5 * (phi(&a) + phi(&b)) - phi(&middle);
            assert!(excess > -1e-12, "{excess} {a:?} {b:?}");
        }
    }
}

/// The minimum over `(V, x)` is one: both derivatives vanish, from different starts.
#[test]
fn responses_relax_to_the_minimum() {
    let model = model(2.0, 1.0);
    let functional = of(&model);
    let ends = [(0.6, 0.3), (1.3, 1.0)].map(|(v, scale)| {
        let start = three_steps(v);
        let x = start.x.iter().map(|x| scale * x).collect();
        relaxed(&functional, &StepOrder { x, ..start }).expect("a minimum inside")
    });
    assert!((ends[0].v - ends[1].v).abs() < 1e-6, "{ends:?}");
    let at = functional.evaluate(&ends[0], &functional.plan(&ends[0]));
    let at = at.expect("defined");
    assert!(at.by_v.abs() < 1e-6 && at.by_x.iter().all(|own| own.abs() < 1e-6));
}

/// Without steps it is state evolution: `Φ` at its fixed point is `ℓ`, the replicon is the
/// replicon, and the point is mapped to itself; for all laws, biased ones as well.
#[test]
fn without_steps_it_is_state_evolution() {
    let mut checked = 0;
    for model in various() {
        let strong = model.with_lambda(&[1.6]).expect("valid");
        let strong = strong.with_alpha(3.0).expect("valid");
        let settings = FixedPointSettings::default();
        let found = find(&strong, Starts::Standard, &settings).expect("valid");
        let point = found.answer().expect("a solution");
        let (m, q, v) = (
            point.order.m[(0, 0)],
            point.order.q[(0, 0)],
            point.state().v[(0, 0)],
        );
        let at = of(&strong).symmetric(m, q, v).expect("defined");
        assert!((at.phi - point.stability.log_likelihood).abs() < 1e-9);
        assert!((at.replicon - point.stability.replicon).abs() < 1e-8);
        assert!((at.m - m).abs() + (at.q - q).abs() + (at.v - v).abs() < 1e-9);
        checked += 1;
    }
    assert_eq!(checked, 5);
}
