use super::*;
use crate::hidden::HiddenUnits;
use crate::law::{JointAtoms, Law, ScalarAtoms};
use crate::model::Model;
use crate::numerics::streams::{Purpose, Stream, Streams};
use crate::theory::{Quadrature, State, StateEvolution};
use rand_distr::{Distribution, StandardNormal};

fn stream(seed: u64) -> Stream {
    Streams::new(seed).stream(Purpose::Start, 0)
}

fn normal(rows: usize, columns: usize, stream: &mut Stream) -> Matrix {
    Matrix::from_fn(rows, columns, |_, _| StandardNormal.sample(stream))
}

/// A state without any symmetry of its own.
fn random_state(signals: usize, units: usize, stream: &mut Stream) -> State {
    let m = normal(signals, units, stream) * 0.5;
    let [a, b] = [0, 1].map(|_| normal(units, units, stream));
    let identity = Matrix::identity(units, units);
    State {
        order: OrderParameters {
            q: m.tr_mul(&m) + a.tr_mul(&a) * 0.05 + &identity * 0.4,
            m,
        },
        v: b.tr_mul(&b) * 0.01 + identity * 0.05,
    }
}

fn build(lambda: &[f64], law: Law, bias: &[f64], signal: Law) -> Model {
    let units = law.joint_dimension().unwrap_or(bias.len());
    let hidden = HiddenUnits::new(law, units, bias).expect("valid units");
    Model::new(2.0, lambda, hidden, signal, Law::rademacher()).expect("valid model")
}

/// Points at 0, 120 and 240 degrees: the flip of the second component is a symmetry, that of the
/// first is not.
fn clock(points: usize) -> JointAtoms {
    let angle = |index: usize| std::f64::consts::TAU * index as f64 / points as f64;
    let point = |index: usize| vec![angle(index).cos(), angle(index).sin()].into_iter();
    let scaled = |index| point(index).map(|x| x * 2f64.sqrt()).collect();
    let all: Vec<Vec<f64>> = (0..points).map(scaled).collect();
    JointAtoms::new(&all, &vec![1.0 / points as f64; points]).expect("valid atoms")
}

fn one_hot(units: usize) -> Law {
    let point = |hot: usize| {
        (0..units)
            .map(|unit| f64::from(u8::from(unit == hot)))
            .collect()
    };
    let points: Vec<Vec<f64>> = (0..units).map(point).collect();
    let weights = vec![1.0 / units as f64; units];
    Law::Joint(JointAtoms::new(&points, &weights).expect("valid atoms"))
}

/// An asymmetric law of zero mean and unit variance.
fn skewed() -> ScalarAtoms {
    ScalarAtoms::new(&[-0.5, 2.0], &[0.8, 0.2]).expect("valid atoms")
}

/// Models with the numbers of elements that their groups must have (signals, units).
fn models() -> Vec<(Model, usize, usize)> {
    let signs = Law::rademacher;
    let correlated =
        |c: f64| Law::CorrelatedGaussian(Matrix::from_row_slice(2, 2, &[1.0, c, c, 1.0]));
    let skewed_signal = Law::Separable(skewed());
    let skewed_units = Law::Separable(skewed());
    let (equal, unequal) = ([1.5, 1.5], [1.5, 1.2]);
    let rademacher = Law::rademacher;
    vec![
        (build(&unequal, rademacher(), &[0.0, 0.0], signs()), 4, 8),
        (build(&equal, rademacher(), &[0.0, 0.0], signs()), 8, 8),
        (build(&equal, rademacher(), &[0.4, 0.4], signs()), 8, 2),
        (build(&unequal, rademacher(), &[0.4, -0.4], signs()), 4, 2),
        (build(&unequal, rademacher(), &[0.0, 0.4], signs()), 4, 2),
        (build(&unequal, rademacher(), &[0.3, 0.4], signs()), 4, 1),
        (build(&[1.5], rademacher(), &[0.4], signs()), 2, 1),
        (build(&[1.5], rademacher(), &[0.0, 0.2], signs()), 2, 2),
        (build(&equal, rademacher(), &[0.4], signs()), 8, 1),
        (build(&unequal, skewed_units, &[0.0, 0.0], signs()), 4, 2),
        (build(&unequal, one_hot(2), &[], signs()), 4, 2),
        (build(&equal, one_hot(2), &[0.1, 0.3], signs()), 8, 1),
        (build(&unequal, Law::Joint(clock(3)), &[], signs()), 4, 2),
        (
            build(&unequal, Law::Joint(clock(3)), &[0.0, 0.2], signs()),
            4,
            1,
        ),
        (
            build(&unequal, Law::Gaussian, &[0.2, 0.0], correlated(0.0)),
            4,
            2,
        ),
        (build(&unequal, rademacher(), &[0.3], correlated(0.5)), 2, 1),
        (build(&equal, rademacher(), &[0.3], correlated(0.5)), 4, 1),
        (build(&equal, rademacher(), &[0.3], skewed_signal), 2, 1),
        (
            build(&equal, rademacher(), &[0.3], Law::Joint(clock(3))),
            2,
            1,
        ),
    ]
}

/// Largest difference between a step of the transformed state and the transformed step.
fn defect(evolution: &StateEvolution, state: &State, action: &Action) -> f64 {
    let moved = |order: &OrderParameters, v: &Matrix| State {
        order: action.on(order),
        v: action.on_units(v),
    };
    let [direct, expected] = [&moved(&state.order, &state.v), state]
        .map(|state| evolution.step(state).expect("within the domain"));
    let expected = moved(&expected.order, &expected.k);
    (direct.order.m - expected.order.m)
        .amax()
        .max((direct.order.q - expected.order.q).amax())
        .max((direct.k - expected.v).amax())
}

#[test]
fn state_evolution_commutes_with_the_symmetry_and_with_nothing_else() {
    for (index, (model, signals, units)) in models().into_iter().enumerate() {
        let symmetry = model.symmetry();
        let sizes = (
            symmetry.signals.elements().len(),
            symmetry.units.elements().len(),
        );
        assert_eq!(sizes, (signals, units), "model {index}");
        let (r, k) = (model.signals(), model.units());
        let quadrature = Quadrature::Tensor {
            level: 2,
            max_nodes: 1 << 22,
        };
        let evolution = StateEvolution {
            model: &model,
            quadrature,
        };
        let state = random_state(r, k, &mut stream(index as u64));
        let everything = Symmetry {
            signals: Group::full(r),
            units: Group::full(k),
        };
        let all = Action {
            signals: SignedPermutation::flip_all(r),
            units: SignedPermutation::flip_all(k),
        };
        for action in everything.actions() {
            let defect = defect(&evolution, &state, &action);
            // The flip of all signals and all units moves neither M nor Q.
            let member = symmetry.contains(&action) || symmetry.contains(&all.after(&action));
            let expected = if member { defect < 1e-7 } else { defect > 1e-5 };
            assert!(
                expected,
                "model {index}: {action:?} is a member: {member}, defect {defect:.1e}"
            );
        }
    }
}

#[test]
fn actions_form_a_group() {
    let mut stream = stream(7);
    let state = random_state(2, 3, &mut stream);
    let symmetry = Symmetry {
        signals: Group::full(2),
        units: Group::full(3),
    };
    let actions: Vec<Action> = symmetry.actions().collect();
    assert_eq!(actions.len(), 8 * 48);
    assert_eq!(actions[0], Action::identity(2, 3));
    for first in actions.iter().step_by(7) {
        assert_eq!(first.inverse().on(&first.on(&state.order)), state.order);
        for second in actions.iter().step_by(11) {
            let product = second.after(first);
            assert!(symmetry.contains(&product));
            assert_eq!(product.on(&state.order), second.on(&first.on(&state.order)));
            let v = second.on_units(&first.on_units(&state.v));
            assert_eq!(product.on_units(&state.v), v);
        }
    }
}

fn same(a: &OrderParameters, b: &OrderParameters) -> bool {
    (&a.m - &b.m).amax() < 1e-12 && (&a.q - &b.q).amax() < 1e-12
}

#[test]
fn the_canonical_form_does_not_depend_on_the_representative() {
    let symmetric = |m: [f64; 4], q: f64| OrderParameters {
        m: Matrix::from_row_slice(2, 2, &m),
        q: Matrix::from_row_slice(2, 2, &[2.0, q, q, 2.0]),
    };
    for (index, (model, ..)) in models().into_iter().enumerate() {
        let symmetry = model.symmetry();
        let (r, k) = (model.signals(), model.units());
        let mut stream = stream(100 + index as u64);
        let mut orders = vec![random_state(r, k, &mut stream).order];
        if (r, k) == (2, 2) {
            // Matchings that are equally good, no overlap at all, and a joint flip that is left
            // after the matching.
            orders.push(symmetric([0.5, 0.5, 0.5, -0.5], 0.1));
            orders.push(symmetric([0.0, 0.0, 0.0, 0.0], -0.3));
            orders.push(symmetric([0.9, -0.1, 0.05, 0.8], 0.2));
        }
        for order in &orders {
            let canonical = symmetry.canonical(order);
            assert!(symmetry.contains(&canonical.action));
            assert_eq!(canonical.action.on(order), canonical.order);
            for action in symmetry.actions() {
                let other = symmetry.canonical(&action.on(order)).order;
                let expected = &canonical.order;
                assert!(
                    same(&other, expected),
                    "model {index}: {other:?} {expected:?}"
                );
            }
        }
    }
}

#[test]
fn the_canonical_form_puts_units_beside_their_signals() {
    let order = OrderParameters {
        m: Matrix::from_row_slice(2, 2, &[0.1, -1.2, 0.9, 0.2]),
        q: Matrix::from_row_slice(2, 2, &[2.0, 0.3, 0.3, 3.0]),
    };
    let named = Symmetry {
        signals: Group::trivial(2),
        units: Group::full(2),
    };
    let canonical = named.canonical(&order).order;
    assert_eq!(
        canonical.m,
        Matrix::from_row_slice(2, 2, &[1.2, 0.1, -0.2, 0.9])
    );
    assert_eq!(
        canonical.q,
        Matrix::from_row_slice(2, 2, &[3.0, -0.3, -0.3, 2.0])
    );
    // A unit with a bias keeps its sign, and the signal takes it.
    let biased = build(&[1.5], Law::rademacher(), &[0.4], Law::rademacher());
    let negative = OrderParameters {
        m: Matrix::from_element(1, 1, -0.7),
        q: Matrix::identity(1, 1),
    };
    assert_eq!(biased.symmetry().canonical(&negative).order.m[(0, 0)], 0.7);
    // One unit and two signals of different strength: the signal keeps its place.
    let tall = OrderParameters {
        m: Matrix::from_row_slice(2, 1, &[0.1, -0.8]),
        q: Matrix::identity(1, 1),
    };
    let unequal = build(&[1.5, 1.2], Law::rademacher(), &[0.0], Law::rademacher());
    let expected = Matrix::from_row_slice(2, 1, &[0.1, 0.8]);
    assert_eq!(unequal.symmetry().canonical(&tall).order.m, expected);
    let equal = build(&[1.5, 1.5], Law::rademacher(), &[0.0], Law::rademacher());
    let expected = Matrix::from_row_slice(2, 1, &[0.8, 0.1]);
    assert_eq!(equal.symmetry().canonical(&tall).order.m, expected);
}

#[test]
fn alignment_finds_the_element_that_was_applied() {
    for (index, (model, ..)) in models().into_iter().enumerate() {
        let symmetry = model.symmetry();
        let (r, k) = (model.signals(), model.units());
        let mut stream = stream(200 + index as u64);
        let reference = random_state(r, k, &mut stream).order;
        let mut noisy = reference.clone();
        noisy.m += normal(r, k, &mut stream) * 0.01;
        for action in symmetry.actions() {
            let aligned = symmetry.align(&action.on(&noisy), &reference);
            assert!(same(&aligned.order, &noisy), "model {index}: {action:?}");
            assert!(same(&aligned.action.on(&action.on(&noisy)), &noisy));
        }
    }
}

/// With a reference of 0 the sign of an entry is left to the run: folding it to |noise| would shift
/// its mean.
#[test]
fn entries_without_a_reference_keep_their_sign() {
    let model = build(&[1.5, 1.2], Law::rademacher(), &[0.0; 2], Law::rademacher());
    let symmetry = model.symmetry();
    let reference = OrderParameters {
        m: Matrix::from_diagonal_element(2, 2, 1.0),
        q: Matrix::from_diagonal_element(2, 2, 2.0),
    };
    let mut stream = stream(9);
    let actions: Vec<Action> = symmetry.actions().collect();
    let count = 400;
    let mut sum = 0.0;
    for index in 0..count {
        let mut run = reference.clone();
        run.m += normal(2, 2, &mut stream) * 0.1;
        let moved = actions[index % actions.len()].on(&run);
        let aligned = symmetry.align(&moved, &reference).order;
        assert!(aligned.m[(0, 0)] > 0.0 && aligned.m[(1, 1)] > 0.0);
        sum += aligned.m[(0, 1)] / 0.1;
        assert_eq!(
            symmetry.align(&run, &reference).action,
            Action::identity(2, 2)
        );
    }
    // Standard deviation √400 = 20; folded, the sum would be 400·√(2/π) = 319.
    assert!(f64::abs(sum) < 70.0, "{sum}");
}

#[test]
fn runs_are_aligned_to_each_other() {
    let model = build(&[1.5, 1.5], Law::rademacher(), &[0.4; 2], Law::rademacher());
    let symmetry = model.symmetry();
    let mut stream = stream(11);
    let solution = OrderParameters {
        m: Matrix::from_row_slice(2, 2, &[1.0, 0.3, 0.2, 0.8]),
        q: Matrix::from_row_slice(2, 2, &[2.0, 0.3, 0.3, 1.7]),
    };
    let moved = |action: Action| {
        let mut run = solution.clone();
        run.m += normal(2, 2, &mut stream) * 0.01;
        action.on(&run)
    };
    let runs: Vec<OrderParameters> = symmetry.actions().map(moved).collect();
    for aligned in symmetry.align_runs(&runs, 0.05) {
        assert!((aligned.m - &solution.m).amax() < 0.05);
    }
    assert!(symmetry.align_runs(&[], 0.05).is_empty());
}

#[test]
fn many_components_are_aligned_by_a_local_search() {
    let six = 6;
    let signals = Law::rademacher();
    let unequal: Vec<f64> = (0..six).map(|a| 1.8 - 0.1 * a as f64).collect();
    let exchangeable = build(&unequal, Law::rademacher(), &[0.0; 6], signals.clone());
    let biased = build(
        &[1.5; 6],
        Law::rademacher(),
        &[0.1, 0.1, 0.1, 0.2, 0.2, 0.0],
        signals.clone(),
    );
    let hot = build(&[1.5; 6], one_hot(six), &[], signals);
    for (index, model) in [exchangeable, biased, hot].into_iter().enumerate() {
        let symmetry = model.symmetry();
        let mut stream = stream(300 + index as u64);
        let mut solution = random_state(six, six, &mut stream).order;
        solution.m += Matrix::identity(six, six);
        solution.q += solution.m.tr_mul(&solution.m);
        let canonical = symmetry.canonical(&solution).order;
        let generators: Vec<Action> = symmetry.actions().collect();
        let mut action = Action::identity(six, six);
        for step in 0..40 {
            action = generators[(step * 7919 + 13) % generators.len()].after(&action);
            let moved = action.on(&solution);
            assert!(
                same(&symmetry.align(&moved, &solution).order, &solution),
                "model {index}"
            );
            assert!(
                same(&symmetry.canonical(&moved).order, &canonical),
                "model {index}"
            );
        }
    }
}
