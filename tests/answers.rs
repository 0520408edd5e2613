//! What is called the answer, and what is called stable, at settings where that is not obvious.
//!
//! Reference numbers: theory.md sections 3 and 4, computed by an independent program from the
//! equations of arXiv:2505.18046; those of biased units that share a signal by the search of
//! `brute_force`.

mod common;

use common::{close, rademacher, solve, with_signal};
use onsager::definitions::Catalogue;
use onsager::hidden::HiddenUnits;
use onsager::law::{Law, ScalarAtoms};
use onsager::model::Model;
use onsager::numerics::Matrix;
use onsager::order_parameters::OrderParameters;
use onsager::simulation::{AmpSettings, Instance, RunEnd, SimulationStart, Size, amp};
use onsager::start::Start;
use onsager::theory::{
    AmpPace, Boundaries, BranchEnd, ContinuationSettings, Control, EventKind, Expectation,
    Findings, FixedPoint, FixedPointSettings, Nature, Omitted, Starts, boundaries, find, trace,
};

fn all(model: &Model) -> Findings {
    find(model, Starts::Standard, &FixedPointSettings::default()).expect("valid settings")
}

fn sparse(rho: f64) -> Law {
    let size = rho.powf(-0.5);
    let atoms = ScalarAtoms::new(&[-size, 0.0, size], &[0.5 * rho, 1.0 - rho, 0.5 * rho]);
    Law::Separable(atoms.expect("valid"))
}

fn signal(name: &str) -> Law {
    let prior = Catalogue::default().prior(name, "signal").expect("shipped");
    prior.signal_law().expect("a law")
}

fn biased(alpha: f64, lambda: &[f64], bias: &[f64], signal: Law) -> Model {
    let hidden = HiddenUnits::new(Law::rademacher(), bias.len(), bias).expect("valid");
    Model::new(alpha, lambda, hidden, signal, Law::rademacher()).expect("valid")
}

/// Every solution has a name for what it is, and none of them is called stable beyond 1.
fn natures(found: &Findings) -> Vec<Nature> {
    found
        .solutions
        .iter()
        .map(|finding| {
            let stability = &finding.point.stability;
            let below = stability.replicon < 1.0 && stability.joint_eigenvalue < 1.0;
            assert!(below || !stability.is_stable(), "{stability:?}");
            stability.nature()
        })
        .collect()
}

/// For signals with heavy tails aligned units are a saddle, and units that mix the signals lead.
#[test]
fn mixed_units_lead_where_aligned_units_are_a_saddle() {
    let rademacher = Law::rademacher;
    for (law, mixed, aligned, eigenvalue) in [
        (sparse(0.2), 3.682772, 3.346713, 1.54916),
        (Law::Gaussian, 3.965144, 3.939671, 1.02690),
    ] {
        let model = with_signal(4.0, &[1.5, 1.2], rademacher(), 2, law);
        let found = all(&model);
        assert_eq!(natures(&found)[..2], [Nature::Stable, Nature::Saddle]);
        let [first, second] = [0, 1].map(|place| &found.solutions[place]);
        close(first.point.stability.log_likelihood, mixed, 1e-6);
        close(second.point.stability.log_likelihood, aligned, 1e-6);
        close(second.point.stability.joint_eigenvalue, eigenvalue, 1e-5);
        assert!(second.decoupled && second.starts.contains(&"planted".to_owned()));
        // Both units are on both signals.
        assert!(first.point.order.overlaps().min() > 0.3);
    }
}

/// The eigenvalue of aligned units is known block by block: the critical sparsity to six digits,
/// and the table of theory.md.
#[test]
fn the_joint_eigenvalue_of_aligned_units_is_the_closed_form() {
    for (lambda, critical, at) in [
        (
            [1.5, 1.2],
            0.451330,
            [1.549156, 1.251261, 1.068626, 0.945590],
        ),
        (
            [1.2, 1.2],
            0.403634,
            [1.332704, 1.128256, 1.003605, 0.920371],
        ),
        (
            [1.5, 1.5],
            0.449122,
            [1.681299, 1.315068, 1.084350, 0.926529],
        ),
    ] {
        let eigenvalue = |rho: f64| {
            let model = with_signal(4.0, &lambda, Law::rademacher(), 2, sparse(rho));
            let found = solve(&model, &Start::Planted, &FixedPointSettings::default());
            found
                .answer()
                .expect("converges")
                .stability
                .joint_eigenvalue
        };
        for (rho, expected) in [0.2, 0.3, 0.4, 0.5].into_iter().zip(at) {
            close(eigenvalue(rho), expected, 1e-6);
        }
        // The eigenvalue changes by about 1 between ρ = 0.4 and 0.5 for each unit of ρ.
        close(eigenvalue(critical), 1.0, 3e-6);
    }
}

/// Block by block and by differences of the joint map: the same numbers for other laws, more units
/// than signals, and fewer.
#[test]
fn blocks_and_the_joint_map_have_the_same_eigenvalue() {
    let ternary = Catalogue::default()
        .prior("ternary", "hidden")
        .expect("shipped");
    let ternary = || ternary.hidden_law().expect("a law");
    for model in [
        with_signal(3.0, &[1.7, 1.4], ternary(), 2, Law::rademacher()),
        with_signal(4.0, &[1.5, 1.2, 0.9], Law::rademacher(), 2, sparse(0.3)),
        with_signal(4.0, &[1.6], Law::rademacher(), 2, Law::rademacher()),
        with_signal(6.0, &[1.1, 1.1], ternary(), 2, signal("uniform")),
    ] {
        let settings = FixedPointSettings::default();
        let single = solve(&model, &Start::Planted, &settings);
        let [single] = single.solutions.as_slice() else {
            panic!("one solution")
        };
        assert!(single.decoupled);
        // From the fixed point itself, jointly.
        let jointly = FixedPointSettings {
            unit_by_unit: false,
            quadrature_tolerance: 1e-8,
            ..settings
        };
        let point = &single.point;
        let rate = |of: &FixedPoint, rho: f64| of.rate_at(1.0, rho).expect("just solved");
        let joint = onsager::theory::find_doubled(&model, point, 0, &jointly).expect("valid");
        assert!(!joint.solutions[0].decoupled);
        let other = joint.answer().expect("a fixed point");
        let difference = other.stability.joint_eigenvalue - point.stability.joint_eigenvalue;
        assert!(difference.abs() < 1e-5, "{difference}");
        for rho in [1.0, 0.2] {
            close(rate(other, rho), rate(point, rho), 1e-5);
        }
    }
}

/// Rotations that leave the model unchanged are not directions of their own: without them the
/// eigenvalue 1 would decide.
#[test]
fn continuous_symmetries_do_not_make_a_solution_marginal() {
    let gaussian = common::model(2.0, &[1.8, 1.6], Law::Gaussian, 2);
    let found = all(&gaussian);
    let stability = found.answer().expect("converges").stability;
    assert!(
        stability.is_stable() && stability.joint_eigenvalue < 0.99,
        "{stability:?}"
    );
    // Turned by the searches' starts, it is still one solution; the other one is that without
    // overlap.
    assert!(found.solutions.len() <= 2, "{:?}", natures(&found));
    // Gaussian signals of one strength may be rotated: the answer is a point of a circle.
    let round = with_signal(4.0, &[1.4, 1.4], Law::rademacher(), 2, Law::Gaussian);
    let found = all(&round);
    let stability = found.answer().expect("converges").stability;
    assert!(
        stability.is_stable() && stability.joint_eigenvalue < 0.99,
        "{stability:?}"
    );
}

#[test]
fn biased_units_try_every_assignment_and_share_a_signal() {
    let found = all(&biased(4.0, &[1.5, 1.2], &[0.6, 0.1], Law::rademacher()));
    assert_eq!(natures(&found), [Nature::Stable, Nature::Stable]);
    let [first, second] = [0, 1].map(|place| &found.solutions[place].point);
    close(first.stability.log_likelihood, 4.187219227, 1e-8);
    close(second.stability.log_likelihood, 4.086912587, 1e-8);
    let found = all(&biased(3.0, &[1.4, 1.3], &[1.5, 1.2], Law::rademacher()));
    let shared = found.answer().expect("a solution");
    close(shared.stability.log_likelihood, 2.432966389, 1e-8);
    close(shared.stability.joint_eigenvalue, 0.883783, 1e-5);
    assert!(shared.stability.is_stable());
    assert!(shared.order.m.row(1).amax() < 1e-8);
}

/// Damped iteration has a period-2 instability around these stable solutions: M, Q, V, replicon.
#[test]
fn solutions_are_found_where_iteration_is_unstable() {
    let one = |alpha: f64, lambda: f64| rademacher(alpha, &[lambda]);
    let point = |model: &Model| all(model).answer().expect("a solution").clone();
    let known = point(&one(12.0, 0.6716));
    close(known.order.m[0], 0.593397, 1e-6);
    close(known.order.q[0], 0.718708, 1e-6);
    close(known.k[0], 0.259568, 1e-6);
    assert!(known.stability.is_stable() && known.rate > 1.0);
    for (model, replicon) in [
        (one(12.0, 0.6716), 0.5273),
        (one(50.0, 0.5265), 0.280),
        (one(20.0, 0.5605), 0.604),
        (one(8.0, 0.6821), 0.8708),
    ] {
        let stability = point(&model).stability;
        close(stability.replicon, replicon, 5e-4);
        assert!(stability.is_stable());
    }
    for model in [
        rademacher(50.0, &[0.6, 0.5]),
        with_signal(37.957, &[0.424], Law::rademacher(), 1, signal("laplace")),
        biased(9.566, &[0.6367], &[0.33], signal("ternary")),
    ] {
        assert!(point(&model).stability.is_stable());
    }
}

/// A unit without a signal has a solution where V < 1 allows it, beyond the replicon, and so do a
/// second unit and no signal at all.
#[test]
fn pure_noise_has_a_solution_with_broken_symmetry() {
    let alone = all(&rademacher(4.0, &[0.001]));
    assert_eq!(natures(&alone), [Nature::ReplicaSymmetryBroken]);
    let alone = alone.answer().expect("a solution");
    let beside = all(&common::model(4.0, &[1.6], Law::rademacher(), 2));
    assert_eq!(natures(&beside)[0], Nature::ReplicaSymmetryBroken);
    let beside = beside.answer().expect("a solution");
    for (point, unit) in [(alone, 0), (beside, 1)] {
        close(point.order.m[(0, unit)], 0.0, 1e-9);
        close(point.order.q[(unit, unit)], 1.314058971, 1e-8);
        close(point.k[(unit, unit)], 0.698088502, 1e-8);
        close(point.stability.replicon, 2.210582597, 1e-8);
    }
    close(alone.stability.log_likelihood, 0.947850423, 1e-8);
    // α ≤ 2: none with V < 1.
    let few = all(&common::model(2.0, &[1.5], Law::rademacher(), 2));
    assert!(few.answer().is_err());
}

/// Errors of replicon and objective hold what the order parameters' errors make of them.
#[test]
fn derived_errors_cover_the_true_ones() {
    let settings = |tolerance: f64| FixedPointSettings {
        quadrature_tolerance: tolerance,
        ..FixedPointSettings::default()
    };
    for model in [
        biased(8.311, &[1.541], &[0.3], signal("uniform")),
        rademacher(2.0, &[1.25]),
        biased(5.0, &[0.9], &[0.4], sparse(0.3)),
    ] {
        let at = |tolerance| {
            let found = solve(&model, &Start::Planted, &settings(tolerance));
            found.answer().expect("converges").stability
        };
        let exact = at(3e-13);
        for tolerance in [1e-10, 1e-6, 1e-3] {
            let rough = at(tolerance);
            let off = (rough.log_likelihood - exact.log_likelihood).abs();
            assert!(
                off <= 1.5 * rough.log_likelihood_error + 1e-12,
                "{off} {rough:?}"
            );
            let off = (rough.replicon - exact.replicon).abs();
            assert!(off <= 1.5 * rough.replicon_error + 1e-12, "{off} {rough:?}");
        }
    }
}

/// By quasi-Monte Carlo the stated standard errors are those of independent seeds.
#[test]
fn sampled_errors_are_those_of_other_seeds() {
    let model = biased(
        2.0,
        &[1.8, 1.6, 1.5, 1.4],
        &[0.2, 0.1, 0.1, 0.2],
        Law::rademacher(),
    );
    let runs: Vec<_> = (1..=6)
        .map(|seed| {
            let settings = FixedPointSettings {
                log2_points: 9,
                sampling_tolerance: 0.2,
                seed,
                ..FixedPointSettings::default()
            };
            let found = solve(&model, &Start::Planted, &settings);
            found.answer().expect("converges").stability
        })
        .collect();
    let check = |name: &str, read: &dyn Fn(usize) -> (f64, f64)| {
        let count = runs.len() as f64;
        let mean = (0..runs.len()).map(|run| read(run).0).sum::<f64>() / count;
        // Each deviation from the mean of six has 5/6 of the variance: χ² with five degrees of
        // freedom, beyond 25 at 1e-4.
        let squares: f64 = (0..runs.len())
            .map(|run| ((read(run).0 - mean) / read(run).1).powi(2))
            .sum();
        assert!(squares < 25.0, "{name}: {squares} {runs:?}");
    };
    check("ℓ", &|run| {
        (runs[run].log_likelihood, runs[run].log_likelihood_error)
    });
    check("replicon", &|run| {
        (runs[run].replicon, runs[run].replicon_error)
    });
}

/// One question, one number: four units are scalar problems from every start, also from the end of
/// a trajectory.
#[test]
fn decoupled_units_have_one_answer() {
    let model = rademacher(2.0, &[1.5, 1.45, 1.4, 1.35]);
    let found = all(&model);
    let answer = found.answer().expect("converges");
    close(answer.order.m[(0, 0)], 1.483158991, 1e-9);
    close(answer.stability.replicon, 0.405622, 1e-6);
    assert_eq!(found.omitted, [Omitted::Joint]);
    let near = Start::Given(OrderParameters {
        m: Matrix::from_diagonal(&nalgebra::DVector::from_element(4, 1.2)),
        q: Matrix::identity(4, 4) * 2.5,
    });
    for start in [Start::Weak, near] {
        let other = solve(&model, &start, &FixedPointSettings::default());
        assert!(other.solutions[0].decoupled);
        let other = other.answer().expect("converges");
        assert!(other.order.distance(&answer.order) < 1e-9);
    }
}

/// Where a branch of aligned units becomes a saddle, and the same as a boundary in the strength.
#[test]
fn branches_and_boundaries_locate_where_units_begin_to_mix() {
    let settings = FixedPointSettings::default();
    let path = |rho: f64| {
        let hidden = HiddenUnits::new(Law::rademacher(), 2, &[])?;
        Model::new(4.0, &[1.5, 1.2], hidden, sparse(rho), Law::rademacher())
    };
    let start = solve(&path(0.55).expect("valid"), &Start::Planted, &settings);
    let state = start.answer().expect("converges").state();
    let continuation = ContinuationSettings::on([0.4, 0.55]);
    let branch = trace(&path, 0.55, &state, false, &continuation, &settings).expect("a branch");
    assert!(matches!(branch.end, BranchEnd::Range(_)), "{}", branch.end);
    let [event] = branch.events.as_slice() else {
        panic!("{:?}", branch.events)
    };
    assert_eq!(event.kind, EventKind::Bifurcation);
    close(event.value, 0.451330, 1e-5);
    // At that sparsity the critical strength is the strength itself.
    let model = path(event.value).expect("valid");
    let along = |value| Control::Strength.model(&model, value);
    let found: Boundaries = boundaries(&along, [0.7, 2.0], 1e-7, false, &settings).expect("valid");
    close(found.mixing.expect("located").value, 1.0, 1e-4);
}

/// AMP settles at these stable solutions only with damped weights, and theory says with which.
#[test]
fn amp_settles_where_theory_says_that_it_does() {
    let model = rademacher(20.0, &[0.5605]);
    let settings = FixedPointSettings::default();
    let found = all(&model);
    let answer = found.answer().expect("a solution");
    assert!(answer.stability.is_stable() && answer.rate_at(1.0, 0.2) > Some(1.0));
    for rho in [0.5, 0.1, 0.01] {
        assert!(
            answer.rate_at(1.0, rho) > Some(1.0),
            "damping of V alone does not help"
        );
    }
    let expected = Expectation::from_findings(&model, &found, &settings).expect("an answer");
    let pace: AmpPace = expected.amp.expect("settles");
    assert!(pace.weights < 1.0 && pace.rate < 1.0);
    let size = Size { n: 20_000, d: 1000 };
    let streams = onsager::numerics::streams::Streams::new(3).instance(0);
    let instance = Instance::generate(&model, size, streams).expect("valid");
    let start = SimulationStart::Overlaps(Start::Planted);
    let run = |weights: f64| {
        let problem = instance.problem(model.hidden());
        let w = start.weights(&problem, streams, 0).expect("valid");
        let settings = AmpSettings {
            weight_damping: weights,
            max_iterations: 400,
            ..AmpSettings::default()
        };
        amp(&problem, w, &settings).expect("valid")
    };
    let learned = run(pace.weights);
    let (observations, end) = (learned.observations, learned.end);
    assert!(matches!(end, RunEnd::Converged { .. }), "{end:?}");
    let last = &observations[observations.len() - 1].order;
    // One instance at d = 1000: the overlap spreads by 1/√d.
    let zeta = last.m[0].abs() / last.q[0].sqrt();
    close(zeta, answer.order.overlaps()[0], 0.15);
    let end = run(1.0).end;
    assert!(!matches!(end, RunEnd::Converged { .. }), "{end:?}");
}
