//! The largest objective by simulation against theory, and against an independent program.

use super::sizes::{AtSize, Extrapolated, LevelStanding, Statistic};
use super::*;
use crate::experiment::{Answer, silent};
use crate::rsb::BrokenEnd;

fn asked(model: &str, maximum: &str) -> Maxima {
    let text = format!("seed = 5\nmodel = {{ {model} }}\nmaximum = {{ {maximum} }}");
    let request: Maximum = toml::from_str(&text).expect("a request");
    request.run(silent()).expect("a good request").result
}

fn at(found: &Maxima, quantity: Quantity, d: usize) -> Measured {
    let own = |own: &&Extrapolated| own.quantity.quantity == quantity;
    let own = found.quantities.iter().find(own).expect("there");
    let size = own.sizes.iter().find(|size| size.d == d);
    size.expect("a size").value
}

fn limit(found: &Maxima, quantity: Quantity) -> &Extrapolated {
    let own = |own: &&Extrapolated| own.quantity.quantity == quantity;
    found.quantities.iter().find(own).expect("there")
}

fn off(found: &Maxima, quantity: Quantity, theory: MaximumTheory) -> f64 {
    let own = limit(found, quantity).by(theory).expect("a theory");
    own.deviation.expect("a limit")
}

/// Numbers with their errors, of an independent program with other noise of the same constraints
/// (400 and 250 instances).
fn meets(found: &Maxima, numbers: &[(Quantity, usize, f64, f64)]) {
    for &(quantity, d, value, error) in numbers {
        let own = at(found, quantity, d);
        let apart = (own.value - value).abs() / own.standard_error.hypot(error);
        assert!(apart < 3.5, "{quantity:?} at d = {d}: {own:?}, {value}");
    }
}

/// Without a signal: the energy landscape of noise alone.
#[test]
fn noise_has_the_maximum_of_full_breaking() {
    let found = asked(
        "alpha = 2.0, lambda = [0.001]",
        "d = [64, 125, 250], instances = [250, 160, 60], gradient = 1",
    );
    meets(
        &found,
        &[
            (Quantity::LogLikelihood, 64, 0.82899, 0.00285),
            (Quantity::LogLikelihood, 125, 0.86440, 0.00242),
            (Quantity::LogLikelihood, 250, 0.88815, 0.00216),
            (Quantity::Q, 125, 1.8990, 0.0030),
            (Quantity::Q, 250, 1.9347, 0.0026),
            (Quantity::V, 125, 0.762, 0.005),
            (Quantity::V, 250, 0.770, 0.008),
        ],
    );
    for quantity in [Quantity::LogLikelihood, Quantity::Q, Quantity::V] {
        let exact = off(&found, quantity, MaximumTheory::Exact);
        assert!(exact.abs() < 3.0, "{quantity:?}: {exact}");
    }
    let symmetric = MaximumTheory::ReplicaSymmetric;
    assert!(off(&found, Quantity::Q, symmetric) < -4.0);
    assert!(off(&found, Quantity::V, symmetric) < -8.0);
    assert_eq!(
        found.verdict(),
        Some(Verdict::Agrees),
        "{:?}",
        found.notes()
    );
    let one = off(&found, Quantity::V, MaximumTheory::OneStep);
    assert!(one < -2.5, "{one} {:?}", limit(&found, Quantity::V));
    // No overlap is shown below the threshold, where it is an effect of finite size.
    assert!(
        found
            .quantity(Observable::entry(Quantity::Zeta, (0, 0)))
            .is_none()
    );
    // A marginal Hessian: −0.64 there.
    let power = found.gap_power.expect("three sizes");
    assert!((power.value + 0.64).abs() < 0.15, "{power:?}");
    // Random starts and gradient ascent end below, and the gap stays.
    assert_eq!(found.levels.len(), 2);
    for level in &found.levels {
        let fit = level.gap.fits[0].limit;
        assert!(fit.value > 3.0 * fit.standard_error, "{level:?}");
    }
    assert!(found.sizes.iter().all(|own| own.saddles + own.failed == 0));
}

/// α ≤ 1: few random starts don't find the maximum, annealing does; the Hessian has a gap.
#[test]
fn few_samples_need_annealing() {
    let found = asked(
        "alpha = 0.8, lambda = [0.001]",
        "d = [60, 125], instances = [100, 40], random = 4, annealed = 16, sweeps = 1500",
    );
    assert!(
        found
            .sizes
            .iter()
            .all(|own| own.standing == LevelStanding::Maximum)
    );
    meets(
        &found,
        &[
            (Quantity::LogLikelihood, 125, 0.8298, 0.0020),
            (Quantity::Q, 125, 3.3801, 0.0053),
            (Quantity::V, 125, 1.308, 0.005),
        ],
    );
    let smallest = found.sizes[1].smallest.expect("Hessians");
    assert!((smallest.value - 0.350).abs() < 0.05, "{smallest:?}");
    let power = found.gap_power.expect("two sizes");
    assert!(power.value.abs() < 0.2, "{power:?}");
    let alone = asked(
        "alpha = 0.8, lambda = [0.001]",
        "d = [125, 250], instances = [8], random = 6",
    );
    // A level that may be a lower bound is called one, and nothing is made of it.
    let bounds = alone
        .sizes
        .iter()
        .filter(|own| own.standing == LevelStanding::LowerBound);
    assert!(bounds.count() > 0, "{:?}", alone.sizes);
    assert!(limit(&alone, Quantity::LogLikelihood).fits.is_empty());
    assert_eq!(alone.verdict(), Some(Verdict::TooFewInstances));
    assert!(
        alone
            .notes()
            .iter()
            .any(|note| note.contains("lower bound"))
    );
    assert!(alone.notes().iter().any(|note| note.contains("no limit")));
}

/// Three-valued units on Gaussian signals: simulation decides between theories there as well.
#[test]
fn other_laws() {
    let found = asked(
        "alpha = 1.5, lambda = [0.4], hidden = \"sparse-ternary(rho=0.6)\", signal = \"gaussian\"",
        "d = [40, 80, 160], instances = [200, 100, 40]",
    );
    assert_ne!(found.theory.end, BrokenEnd::ReplicaSymmetric);
    for quantity in [Quantity::LogLikelihood, Quantity::Q, Quantity::V] {
        let exact = off(&found, quantity, MaximumTheory::Exact);
        assert!(exact.abs() < 3.0, "{quantity:?}: {exact}");
    }
    assert!(off(&found, Quantity::V, MaximumTheory::ReplicaSymmetric) < -4.0);
}

/// Where replica symmetry holds there is one maximum, and the trace of its Hessian is `V`.
#[test]
fn a_stable_solution_is_the_maximum() {
    let found = asked(
        "alpha = 2.0, lambda = [1.5]",
        "d = [60, 120, 240], instances = [200, 100, 50], random = 4",
    );
    assert_eq!(found.theory.end, BrokenEnd::ReplicaSymmetric);
    let all = [
        Quantity::LogLikelihood,
        Quantity::Zeta,
        Quantity::Q,
        Quantity::V,
    ];
    for quantity in all {
        let exact = off(&found, quantity, MaximumTheory::Exact);
        assert!(exact.abs() < 3.0, "{quantity:?}: {exact}");
        assert_eq!(limit(&found, quantity).fits.len(), 2);
    }
}

/// Numbers that follow `a + b d^{−2/3}`: other powers give other limits, and the nearer one counts.
#[test]
fn limits_by_two_powers() {
    let sizes = [64, 125, 250, 500].map(|d| {
        let x = (d as f64).powf(-2.0 / 3.0);
        let values = [1.0 - 2.0 * x - 1e-3, 1.0 - 2.0 * x + 1e-3];
        AtSize::of(d, &values, Statistic::Mean, LevelStanding::Maximum).expect("two")
    });
    let exact = |value| Measured {
        value,
        standard_error: 0.0,
    };
    let theory = vec![
        (MaximumTheory::Exact, exact(1.0)),
        (MaximumTheory::ReplicaSymmetric, exact(1.1)),
    ];
    let quantity = Quantity::LogLikelihood;
    let powers = [2.0 / 3.0, 1.0];
    let own = Extrapolated::new(
        quantity.into(),
        sizes.to_vec(),
        &powers,
        (theory.clone(), true),
    );
    assert!((own.fits[0].limit.value - 1.0).abs() < 1e-12, "{own:?}");
    assert!((own.fits[0].slope.value + 2.0).abs() < 1e-10);
    assert!(own.fits[1].limit.value < 0.99);
    let exact = own.by(MaximumTheory::Exact).expect("there").deviation;
    assert!(exact.expect("a limit").abs() < 1e-9);
    let off = own.by(MaximumTheory::ReplicaSymmetric).expect("there");
    let error = own.fits[0].limit.standard_error;
    assert!((off.deviation.expect("a limit") + 0.1 / error).abs() < 1e-6);
    // A lower bound is no part of it: of one size there is no limit.
    let mut sizes = sizes;
    for size in &mut sizes[1..] {
        size.standing = LevelStanding::LowerBound;
    }
    let own = Extrapolated::new(quantity.into(), sizes.to_vec(), &powers, (theory, true));
    assert!(own.fits.is_empty() && own.theory[0].deviation.is_none());
}

/// Order statistics of 1…100: the median 50.5, and places 45 and 55.
#[test]
fn medians() {
    let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
    let own = AtSize::of(9, &values, Statistic::Median, LevelStanding::Maximum).expect("many");
    assert_eq!((own.value.value, own.value.standard_error), (50.5, 5.0));
    assert!(AtSize::of(9, &[1.0], Statistic::Median, LevelStanding::Maximum).is_none());
}

#[test]
fn results_do_not_depend_on_threads() {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().expect("a pool");
        pool.install(|| {
            asked(
                "alpha = 2.0, lambda = [1.0]",
                "d = [20, 40], instances = [5], random = 2, annealed = 1, gradient = 1, sweeps = 50, steps = 50",
            )
        })
    };
    assert_eq!(on(1), on(3));
}

/// Just below the de Almeida–Thouless line is no place for 1/d alone: nothing excludes the theory that
/// holds there. Where overlaps are of the order of their fluctuations, they decide nothing.
#[test]
fn no_theory_that_holds_is_excluded() {
    let excluded = |found: &Maxima| {
        let of = |own: &Extrapolated| own.by(MaximumTheory::Exact).is_some_and(|own| own.excluded);
        found.quantities.iter().any(of)
    };
    for (model, sizes) in [
        ("lambda = [1.2]", "d = [30, 60, 120], instances = [200]"),
        ("lambda = [0.87]", "d = [20, 40, 80], instances = [200]"),
        (
            "bias = [0.3], lambda = [0.855]",
            "d = [20, 40, 80], instances = [200]",
        ),
        ("lambda = [1.5]", "d = [16, 24, 32], instances = [3]"),
    ] {
        let found = asked(
            &format!("alpha = 2.0, {model}"),
            &format!("{sizes}, random = 8"),
        );
        assert!(!excluded(&found), "{model}: {:?}", found.quantities);
    }
}

/// One maximum: no gap is made of rounding. Few steps: it is said of how many.
#[test]
fn gaps_are_those_of_climbs() {
    let found = asked(
        "alpha = 2.0, lambda = [1.5]",
        "d = [30, 60, 120], instances = [60], random = 4, gradient = 1, steps = 12",
    );
    let notes = found.notes();
    let said = |words: &str| notes.iter().any(|note| note.contains(words));
    assert!(said("random ends are the best ones"), "{notes:?}");
    assert!(said("after 12 steps 100 %"), "{notes:?}");
    let gradient = |own: &&LevelReached| own.climb == Climb::Gradient;
    let gradient = found.levels.iter().find(gradient).expect("gradient ascent");
    assert!(gradient.unconverged > 0.9, "{}", gradient.unconverged);
}

/// Signals that are zero in a small instance are drawn again; sizes alone have no limit.
#[test]
fn sparse_signals_and_one_size() {
    let law = "\"sparse-ternary(rho=0.02)\"";
    let found = asked(
        &format!(
            "alpha = 2.0, lambda = [1.2], hidden = {law}, signal = {law}, visible-signal = {law}"
        ),
        "d = [20], instances = [30], random = 2",
    );
    assert_eq!(found.sizes[0].instances, 30);
    assert!(found.quantities.iter().all(|own| own.fits.is_empty()));
    assert!(found.notes().iter().any(|note| note.contains("one size")));
}

/// Against the theory of another strength the same simulations disagree.
#[test]
fn the_verdict_can_be_no() {
    let model = "alpha = 2.0, lambda = [1.5]";
    let sizes = "d = [40, 80, 160], instances = [60], random = 4";
    let mut found = asked(model, sizes);
    assert_ne!(found.verdict(), Some(Verdict::Disagrees));
    let wrong = asked(
        "alpha = 2.0, lambda = [1.9]",
        "d = [40], instances = [2], random = 4",
    );
    let levels = found.quantities[0].sizes.clone();
    let theory = wrong.quantities[0]
        .theory
        .iter()
        .map(|own| (own.theory, own.value));
    let theory = theory.collect();
    let quantity = Quantity::LogLikelihood;
    found.quantities[0] = Extrapolated::new(quantity.into(), levels, &[1.0], (theory, true));
    assert_eq!(found.verdict(), Some(Verdict::Disagrees));
    found.quantities[0].theory.clear();
    assert_eq!(found.verdict(), None);
}
