//! Branches against closed forms and reference values.

use super::*;
use crate::hidden::HiddenUnits;
use crate::law::{Law, ScalarAtoms};
use crate::theory::baselines::{bbp_threshold, pca_overlap_squared};
use crate::theory::planted;

fn scalar(alpha: f64, lambda: f64, law: Law, signal: Law) -> Result<Model> {
    let hidden = HiddenUnits::new(law, 1, &[])?;
    Model::new(alpha, &[lambda], hidden, signal, Law::rademacher())
}

fn follow(path: ModelPath, from: f64, range: [f64; 2], rising: bool) -> Branch {
    let settings = FixedPointSettings::default();
    let found = planted(&path(from).expect("valid"), &settings).expect("valid");
    let start = found.answer().expect("converged").state();
    let continuation = ContinuationSettings::on(range);
    trace(path, from, &start, rising, &continuation, &settings).expect("a fixed point")
}

fn sparse_pair(rho: f64) -> (Law, Law) {
    let size = rho.powf(-0.5);
    let atoms = || {
        ScalarAtoms::new(&[-size, 0.0, size], &[0.5 * rho, 1.0 - rho, 0.5 * rho]).expect("valid")
    };
    (Law::Separable(atoms()), Law::Separable(atoms()))
}

/// Gaussian units are solvable by hand: every point has the PCA overlap, and the branch ends in the
/// BBP threshold.
#[test]
fn a_branch_of_gaussian_units_is_pca_down_to_the_threshold() {
    let path = |lambda| scalar(2.0, lambda, Law::Gaussian, Law::rademacher());
    let branch = follow(&path, 2.0, [0.3, 3.0], false);
    for point in &branch.points {
        let zeta = point.state.order.overlaps()[0];
        let expected = pca_overlap_squared(2.0, point.value);
        // Near the threshold the overlap is the root of a small number.
        assert!((zeta * zeta - expected).abs() < 1e-9, "{point:?}");
        assert!(point.residual < 1e-11, "{point:?}");
    }
    let BranchEnd::Onset(onset) = branch.end else {
        panic!("{}", branch.end)
    };
    assert!((onset - bbp_threshold(2.0)).abs() < 1e-7, "{onset}");
}

/// The reference values of theory.md section 4 lie on the branch that rises from weak signals, and
/// the same branch read downwards has the same points.
#[test]
fn a_branch_goes_both_ways_through_the_reference_values() {
    let law = Law::rademacher;
    let path = |lambda| scalar(2.0, lambda, law(), Law::rademacher());
    let rising = follow(&path, 1.25, [0.5, 1.5], true);
    assert_eq!(rising.end, BranchEnd::Range(1.5));
    let last = rising.points.last().expect("points");
    assert!((last.value - 1.5).abs() < 1e-9);
    assert!((last.state.order.m[0] - 1.483158991).abs() < 1e-8);
    assert!((last.stability.replicon - 0.226017562).abs() < 1e-8);
    let falling = follow(&path, 1.5, [0.5, 1.6], false);
    let change = falling.events[0];
    assert_eq!(change.kind, EventKind::StabilityChange);
    assert!((change.value - 1.1699668).abs() < 1e-7);
    // It ends where V reaches 1, not at a fold.
    assert!(
        matches!(falling.end, BranchEnd::Departed { .. }),
        "{}",
        falling.end
    );
    let last = falling.points.last().expect("points");
    assert!(last.state.v[0] > 1.0 - 1e-6 && last.direction < -0.1);
}

/// Around the fold the branch is a curve with the parameter as its extremum, and the points behind
/// it are unstable solutions.
#[test]
fn a_branch_turns_around_a_fold() {
    let (hidden, signal) = sparse_pair(0.005);
    let path = |lambda| scalar(20.0, lambda, hidden.clone(), signal.clone());
    let branch = follow(&path, 0.6, [0.3, 1.0], false);
    let kinds: Vec<EventKind> = branch.events.iter().map(|event| event.kind).collect();
    let expected = [
        EventKind::StabilityChange,
        EventKind::Fold,
        EventKind::Onset,
    ];
    assert_eq!(kinds, expected);
    let fold = branch.events[1];
    assert!(fold.interval[1] - fold.interval[0] < 1e-7);
    let least = branch
        .points
        .iter()
        .map(|point| point.value)
        .fold(f64::INFINITY, f64::min);
    assert!(fold.value <= least && least - fold.value < 1e-3);
    // Two solutions at one value of the parameter, from either side of the fold.
    let middle = 0.5 * (fold.value + branch.events[2].value);
    let crossings = branch
        .points
        .windows(2)
        .filter(|pair| (pair[0].value - middle) * (pair[1].value - middle) <= 0.0);
    assert_eq!(crossings.count(), 2);
    // The branch is stable in the flow before the fold and a saddle behind it.
    let eigenvalue = |point: &BranchPoint| point.stability.joint_eigenvalue;
    assert!(eigenvalue(&branch.points[fold.after - 3]) < 1.0);
    assert!(branch.points[fold.after + 4].stability.is_saddle());
}

#[test]
fn bad_settings_and_starts_are_refused() {
    let path = |lambda| scalar(2.0, lambda, Law::rademacher(), Law::rademacher());
    let settings = FixedPointSettings::default();
    let model = path(1.5).expect("valid");
    let found = planted(&model, &settings).expect("valid");
    let start = found.answer().expect("converged").state();
    let with = |value, continuation: ContinuationSettings| {
        trace(&path, value, &start, false, &continuation, &settings)
            .map(drop)
            .expect_err("refused")
            .to_string()
    };
    let good = ContinuationSettings::on([0.5, 2.0]);
    assert!(with(1.5, ContinuationSettings::on([2.0, 0.5])).contains("range"));
    assert!(with(3.0, good).contains("start of the branch"));
    assert!(with(1.5, ContinuationSettings { width: 0.0, ..good }).contains("width"));
    // No fixed point there at all.
    let weak = |lambda| scalar(0.8, lambda, Law::rademacher(), Law::rademacher());
    let error = trace(&weak, 1.5, &start, false, &good, &settings);
    assert!(
        error
            .expect_err("none")
            .to_string()
            .contains("no fixed point")
    );
}
