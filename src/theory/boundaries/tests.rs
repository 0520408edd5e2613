//! The located boundaries against known values and limits.

use super::*;
use crate::hidden::HiddenUnits;
use crate::law::{Law, ScalarAtoms};
use crate::start::Start;
use crate::theory::baselines::bbp_threshold;
use crate::theory::continuation::{ContinuationSettings, trace};
use crate::theory::state_evolution::StateEvolution;
use crate::theory::{Starts, find, follow, planted};

fn model(alpha: f64, lambda: &[f64], law: Law) -> Model {
    let hidden = HiddenUnits::new(law, lambda.len(), &[]).expect("valid");
    let signal = Law::rademacher;
    Model::new(alpha, lambda, hidden, signal(), signal()).expect("valid")
}

fn at(model: &Model, control: Control, range: [f64; 2]) -> Boundaries {
    boundaries(
        &|value| control.model(model, value),
        range,
        1e-8,
        true,
        &FixedPointSettings::default(),
    )
    .expect("valid")
}

/// theory.md section 4.
#[test]
fn the_at_line_has_its_known_values() {
    for (alpha, expected) in [(2.0, 1.1699668), (4.0, 0.8511655)] {
        let model = model(alpha, &[1.0], Law::rademacher());
        let found = at(&model, Control::Strength, [bbp_threshold(alpha), 20.0]);
        let line = found.at.expect("located");
        assert!((line.value - expected).abs() < 1e-7, "{line:?}");
        assert!(line.residual.expect("a root") < 1e-6);
        // At α = 2 the solution ends where V reaches 1, at α = 4 its overlap vanishes, above the
        // BBP threshold in both.
        if alpha == 2.0 {
            let end = found.end.expect("an interval");
            assert!(end.interval[1] - end.interval[0] <= 2e-8 && end.residual.is_none());
            assert!((end.value - 0.9736356).abs() < 1e-6, "{end:?}");
            assert!(matches!(found.onset, Err(NotLocated::Absent(_))));
        } else {
            let onset = found.onset.expect("located");
            assert!(bbp_threshold(alpha) < onset.value && onset.value < line.value);
            assert!(onset.interval[1] - onset.interval[0] < 1e-7, "{onset:?}");
            assert!(matches!(found.end, Err(NotLocated::Absent(_))));
        }
        assert!(matches!(found.fold, Err(NotLocated::Absent(_))));
    }
}

/// The onset is the instability of the solution without overlap: there `λ² α K E[∂g] = 1`, an
/// independent condition on a search at a vanishing strength, where a small overlap is multiplied
/// by this number in one step of state evolution.
#[test]
fn the_onset_is_the_instability_of_the_solution_without_overlap() {
    for (alpha, law) in [
        (4.0, Law::rademacher()),
        (2.0, sparse(0.3)),
        (20.0, sparse(0.02)),
    ] {
        let one = model(alpha, &[1.0], law);
        let found = at(&one, Control::Strength, [0.3, 20.0]);
        let onset = found.onset.expect("located").value;
        let growth = |strength: f64| {
            let settings = FixedPointSettings::default();
            let strong = one.with_lambda(&[3.0]).expect("valid");
            let path = |value: f64| one.with_lambda(&[value]);
            let found = planted(&strong, &settings).expect("valid");
            let start = found.answer().expect("converged").state();
            let continuation = ContinuationSettings::on([0.3, 4.0]);
            let branch = trace(&path, 3.0, &start, false, &continuation, &settings);
            let mut state = branch.expect("valid").points.pop().expect("points").state;
            let model = one.with_lambda(&[strength]).expect("valid");
            state.order.m.fill(0.0);
            let silent = follow(&model, state, &settings).expect("valid");
            let mut state = silent.fixed_point().expect("a solution").state();
            let small = 1e-6;
            state.order.m.fill(small);
            let evolution = StateEvolution {
                model: &model,
                quadrature: settings.quadrature(1, 4),
            };
            evolution.step(&state).expect("defined").order.m[0] / small
        };
        assert!(
            (growth(onset) - 1.0).abs() < 1e-5,
            "{onset} {}",
            growth(onset)
        );
        assert!(growth(1.01 * onset) > 1.005);
    }
}

fn sparse(rho: f64) -> Law {
    let size = rho.powf(-0.5);
    let atoms = ScalarAtoms::new(&[-size, 0.0, size], &[0.5 * rho, 1.0 - rho, 0.5 * rho]);
    Law::Separable(atoms.expect("valid"))
}

/// Sparse ternary units on sparse signals: the branch with overlap reaches below the onset, down to
/// a fold.
#[test]
fn sparse_units_learn_by_a_jump() {
    let size = 0.005f64.powf(-0.5);
    let signal = || ScalarAtoms::new(&[-size, 0.0, size], &[0.0025, 0.995, 0.0025]);
    let hidden = HiddenUnits::new(sparse(0.005), 1, &[]).expect("valid");
    let law = Law::Separable(signal().expect("valid"));
    let model = Model::new(20.0, &[1.0], hidden, law, Law::rademacher()).expect("valid");
    let found = at(&model, Control::Strength, [0.2, 4.0]);
    let [fold, jump, onset] = [found.fold, found.jump, found.onset].map(|b| b.expect("located"));
    assert!(fold.value < jump.value && jump.value < onset.value);
    assert!(jump.residual.expect("a root") < 1e-9, "{jump:?}");
    assert!(fold.interval[1] - fold.interval[0] < 1e-7, "{fold:?}");
    // Damped iteration from the solution at a stronger signal agrees on either side of the fold.
    let settings = FixedPointSettings::default();
    let at = |strength: f64, start: &Start| {
        let model = model.with_lambda(&[strength]).expect("valid");
        let starts = std::slice::from_ref(start);
        let found = find(&model, Starts::Only(starts), &settings).expect("valid");
        found.answer().expect("converged").order.clone()
    };
    let strong = Start::Given(at(0.5, &Start::Planted));
    assert!(at(1.002 * fold.value, &strong).m[0] > 0.05);
    assert!(at(0.998 * fold.value, &strong).m[0] < 1e-9);
}

#[test]
fn the_bbp_boundary_is_its_closed_form() {
    let model = model(3.0, &[1.2, 0.6], Law::rademacher());
    let along = |control: Control, range| {
        bbp_boundary(&|value| control.model(&model, value), range, 1e-10).expect("valid")
    };
    let strength = along(Control::Strength, [0.1, 9.0]).expect("located");
    assert!((1.2 * strength.value - bbp_threshold(3.0)).abs() < 1e-9);
    let alpha = along(Control::Alpha, [0.1, 9.0]).expect("located");
    assert!((alpha.value - 1.2f64.powi(-4)).abs() < 1e-9);
    assert!(along(Control::Alpha, [1.0, 9.0]).is_err());
}

#[test]
fn the_line_is_the_same_along_either_parameter() {
    let strength = model(2.0, &[1.1699668], Law::rademacher());
    let line = at(&strength, Control::Alpha, [0.5, 20.0])
        .at
        .expect("located");
    assert!((line.value - 2.0).abs() < 1e-5, "{line:?}");
    // Two signals: the weaker one decides.
    let both = model(2.0, &[1.5, 1.0], Law::rademacher());
    let line = at(&both, Control::Strength, [0.5, 20.0])
        .at
        .expect("located");
    assert!((line.value - 1.1699668).abs() < 1e-7, "{line:?}");
}

/// Gaussian units: the replicon is 1/(αλ⁴), 1 at the BBP threshold.
#[test]
fn gaussian_units_turn_unstable_at_the_bbp_threshold() {
    let model = model(2.0, &[1.0], Law::Gaussian);
    let found = at(&model, Control::Strength, [0.5, 20.0]);
    let bbp = bbp_threshold(2.0);
    match found.at {
        Err(NotLocated::Marginal { from, to }) => assert!(from < bbp && bbp < to),
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_line_the_reason_is_said() {
    let few = model(0.9, &[1.0], Law::rademacher());
    let found = at(&few, Control::Strength, [0.5, 50.0]);
    assert!(
        matches!(found.at, Err(NotLocated::NoStableSolution { .. })),
        "{found:?}"
    );
    let strong = model(2.0, &[1.0], Law::rademacher());
    let found = at(&strong, Control::Strength, [2.0, 5.0]);
    assert!(
        matches!(found.at, Err(NotLocated::StableThroughout { .. })),
        "{found:?}"
    );
    let settings = FixedPointSettings::default();
    for range in [[2.0, 1.0], [0.0, 1.0], [f64::NAN, 1.0]] {
        let path = |value| Control::Strength.model(&strong, value);
        assert!(boundaries(&path, range, 1e-8, true, &settings).is_err());
    }
}
