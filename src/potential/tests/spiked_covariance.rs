//! `spiked-covariance`: Bayes-optimal estimation.

use super::*;
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::theory::baselines::{BayesOverlap, bayes_overlaps, bbp_threshold};

fn recursion(alpha: f64, lambda: f64, signal: &str, visible: &str) -> BayesOverlap {
    let law = |name: &str| {
        let prior = Catalogue::default().prior(name, "prior").expect("built in");
        prior.signal_law().expect("a law")
    };
    let hidden = HiddenUnits::new(Law::rademacher(), 1, &[]).expect("valid");
    let model = Model::new(alpha, &[lambda], hidden, law(signal), law(visible)).expect("valid");
    bayes_overlaps(&model).expect("a fixed point")[0]
}

#[test]
fn the_recursion_of_the_baselines_ends_in_the_same_point() {
    for (alpha, lambda, signal, visible) in [
        ("2", "1.5", "rademacher", "rademacher"),
        ("2", "1.0", "rademacher", "rademacher"),
        ("4", "0.9", "gaussian", "rademacher"),
        ("2", "1.2", "ternary", "gaussian"),
        ("1", "1.5", "gaussian", "gaussian"),
        ("2", "1.3", "rademacher", "sparse-ternary(rho=0.5)"),
    ] {
        let settings = [
            ("alpha", alpha),
            ("lambda", lambda),
            ("signal", signal),
            ("visible", visible),
        ];
        let point = point_from(&definition("spiked-covariance", &settings), "weak");
        let number = |text: &str| text.parse().expect("a number");
        let expected = recursion(number(alpha), number(lambda), signal, visible);
        let overlap = observable(&point, "overlap_w");
        assert_all_close(
            &format!("{settings:?}"),
            1e-9,
            &[("overlap", overlap, expected.amp)],
        );
        assert!(rate(&point) < 1.0, "{settings:?}: an unstable {point:?}");
    }
}

/// Sparse signals have a hard phase: the posterior's fixed point is not the one that AMP reaches.
/// The baselines name both as the potential does.
#[test]
fn the_baseline_is_the_leading_solution_also_in_a_hard_phase() {
    let mut hard = 0;
    for (alpha, lambda, signal, visible) in [
        ("2", "0.72", "sparse-ternary(rho=0.02)", "rademacher"),
        ("2", "0.73", "sparse-ternary(rho=0.02)", "rademacher"),
        ("2", "0.74", "sparse-ternary(rho=0.02)", "rademacher"),
        ("2", "0.75", "sparse-ternary(rho=0.02)", "rademacher"),
        ("2", "0.83", "sparse-ternary(rho=0.02)", "rademacher"),
        ("2", "0.85", "sparse-ternary(rho=0.02)", "rademacher"),
        ("4", "0.55", "sparse-ternary(rho=0.01)", "gaussian"),
        ("0.5", "1.1", "gaussian", "sparse-ternary(rho=0.02)"),
    ] {
        let settings = [
            ("alpha", alpha),
            ("lambda", lambda),
            ("signal", signal),
            ("visible", visible),
        ];
        let definition = definition("spiked-covariance", &settings);
        let leading = solutions(&definition);
        let leading = leading[0].point().expect("a point");
        let number = |text: &str| text.parse().expect("a number");
        let found = recursion(number(alpha), number(lambda), signal, visible);
        let weak = point_from(&definition, "weak");
        for (found, point) in [(found.optimal, leading), (found.amp, &weak)] {
            let expected = observable(point, "overlap_w");
            // Zero is `√q` of rounding there.
            let close = 1e-6;
            assert_all_close(
                &format!("{settings:?}"),
                close,
                &[("overlap", found, expected)],
            );
        }
        hard += usize::from(found.optimal > found.amp + 0.1);
    }
    assert!((2..8).contains(&hard), "{hard} of 8 are hard");
}

/// Without a signal the map is linear with `q_u' = λ² q_w`, `q_w' = αλ² q_u` for any priors of unit
/// variance: its rate is `√α λ²`, which is 1 at the threshold of Baik, Ben Arous and Péché.
#[test]
fn the_trivial_point_loses_its_stability_at_the_threshold() {
    for (alpha, lambda, prior) in [
        (2.0, 0.5, "rademacher"),
        (2.0, bbp_threshold(2.0), "rademacher"),
        (3.0, 1.4, "ternary"),
        (0.5, 1.1, "gaussian"),
        (2.0, 0.0, "rademacher"),
    ] {
        let (alpha_text, lambda_text) = (format!("{alpha:?}"), format!("{lambda:?}"));
        let settings = [
            ("alpha", alpha_text.as_str()),
            ("lambda", lambda_text.as_str()),
            ("signal", prior),
            ("visible", prior),
        ];
        let saddle = Saddle::new(&definition("spiked-covariance", &settings)).expect("valid");
        let origin = [0.0, 0.0];
        let residual = saddle.equations(&origin, 2).expect("defined").amax();
        assert!(residual < 1e-15, "{settings:?}: {residual}");
        let map = Matrix::identity(2, 2) - saddle.jacobian(&origin, 2).expect("defined");
        let radius = map
            .complex_eigenvalues()
            .iter()
            .map(|value| value.norm())
            .fold(0.0, f64::max);
        let expected = f64::sqrt(alpha) * lambda * lambda;
        assert_all_close(
            &format!("{settings:?}"),
            1e-12,
            &[("rate", radius, expected)],
        );
    }
}

#[test]
fn below_the_threshold_only_the_trivial_point_is_found() {
    let definition = definition("spiked-covariance", &[("alpha", "2"), ("lambda", "0.7")]);
    let solutions = solutions(&definition);
    assert_eq!(solutions.len(), 1, "{solutions:?}");
    let point = solutions[0].point().expect("a point");
    assert!(point.x.iter().all(|q| q.abs() < 1e-9), "{point:?}");
    // √2 · 0.49.
    assert!((rate(point) - 0.692_964_645_562_816_6).abs() < 1e-9);
}
