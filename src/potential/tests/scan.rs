//! One order parameter: every root of the domain, whatever the starts.

use super::independent::{inverse_mills, normal_average};
use super::*;

/// Stationary points of `expression` on `domain`, from a start at `start` and the scan.
fn roots(domain: &str, expression: &str, start: &str) -> Vec<f64> {
    let found = solutions(&one_parameter("", domain, &term(expression), start));
    let points = found.iter().filter_map(|one| one.point().ok());
    let mut roots: Vec<f64> = points.map(|point| point.x[0]).collect();
    roots.sort_by(f64::total_cmp);
    roots
}

#[track_caller]
fn assert_roots(domain: &str, expression: &str, start: &str, expected: &[f64]) {
    let found = roots(domain, expression, start);
    let close = |(found, expected): (&f64, &f64)| {
        (found - expected).abs() <= 1e-8 * expected.abs().max(1e-3)
    };
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(close),
        "{expression} on {domain}: {found:?}, not {expected:?}"
    );
}

#[test]
fn every_root_of_the_domain() {
    let turn = std::f64::consts::PI / 5.0;
    let expected: Vec<f64> = (0..10).map(|index| turn * f64::from(index)).collect();
    assert_roots("[0, 6]", "m/7 + cos(5*m) - m/7", "0.3", &expected);
    let fast: Vec<f64> = (1..48).map(|index| turn * f64::from(index) / 5.0).collect();
    assert_roots("(0, 6)", "cos(25*m)", "0.3", &fast);
}

/// `F = (m − a)(m − b)`.
#[test]
fn roots_near_each_other() {
    let pair = |a: f64, b: f64| format!("m^3/3 - {:.20}*m^2/2 + {:.20}*m", a + b, a * b);
    for (a, distance) in [
        (0.3, 0.01),
        (0.3, 1e-4),
        (0.71, 3e-6),
        (0.02, 1e-3),
        (0.9999, 1e-5),
    ] {
        let found = roots("[0, 1]", &pair(a, a + distance), "0.5");
        assert_eq!(found.len(), 2, "{a}, {distance}: {found:?}");
        // Rounding errors of F divided by its slope.
        for (found, expected) in found.iter().zip([a, a + distance]) {
            assert!(
                (found - expected).abs() < 1e-14 / distance,
                "{found} {expected}"
            );
        }
    }
    // Only just none, one of both.
    assert_roots("[0, 1]", "(m - 0.3)^3/3 + 1e-6*m", "0.9", &[]);
    let double = roots("[0, 1]", "(m - 0.3)^3/3", "0.9");
    assert!(
        double.len() == 1 && (double[0] - 0.3).abs() < 1e-5,
        "{double:?}"
    );
    // Three at once.
    assert_roots(
        "(-inf, 2)",
        "(m - 1)^4/4 - 1e-6*(m - 1)^2/2",
        "-5",
        &[0.999, 1.0, 1.001],
    );
}

#[test]
fn ends_of_the_domain() {
    for (domain, expected) in [
        ("[0, 1]", vec![0.0, 1.0]),
        ("(0, 1]", vec![1.0]),
        ("[0, 1)", vec![0.0]),
        ("(0, 1)", vec![]),
    ] {
        assert_roots(domain, "m^2/2 - m^3/3", "0.5", &expected);
    }
    // Near ends: 1e-7 of the width away.
    assert_roots(
        "(0, 1)",
        "m^3/3 - m^2/2 + 1e-7*m",
        "0.5",
        &[1.0000001e-7, 0.9999999],
    );
    // Where the potential begins to be defined inside of the domain.
    let edge = format!(
        "{}\n\n[[terms]]\nexpression = \"x\"\naverage = [\"x ~ normal(0, m - 0.4)\"]",
        term("m^3/3 - 0.90001*m^2/2 + 0.200005*m")
    );
    let found = solutions(&one_parameter("", "[0, 1]", &edge, "0.1"));
    let mut roots: Vec<f64> = found
        .iter()
        .filter_map(|one| one.point().ok())
        .map(|point| point.x[0])
        .collect();
    roots.sort_by(f64::total_cmp);
    let rows = [("first", roots[0], 0.40001), ("second", roots[1], 0.5)];
    assert_all_close("edge", 1e-9, &rows);
}

#[test]
fn infinite_domains() {
    // F = ln² m − ln² 10⁶.
    let logarithmic = "m*ln(m)^2 - 2*m*ln(m) + (2 - ln(10^6)^2)*m";
    assert_roots("(0, inf)", logarithmic, "1", &[1e-6, 1e6]);
    assert_roots(
        "(-inf, 0)",
        "m^3/3 + 500.1*m^2 + 200*m",
        "-1",
        &[-1000.0, -0.2],
    );
    let quartic = "m^4/4 - 1e6*m^2/2 + 1e5*m";
    assert_roots(
        "(-inf, inf)",
        quartic,
        "3",
        &[-1000.04999625, 0.100000001, 999.94999625],
    );
    // F vanishes towards infinity only.
    assert_roots("[0, inf)", "-exp(-m)", "1", &[]);
    assert_roots("(-inf, inf)", "tanh(m)", "1", &[]);
}

/// Next to the root `F` is 1e-7: no number has a residual below the tolerance.
#[test]
fn a_steep_potential() {
    let definition = one_parameter("", "[0, 1]", &term("1e9*(m^4/4 - 0.2*m)"), "0.9");
    let point = point_from(&definition, "start");
    assert!(point.residual > PotentialSettings::default().tolerance);
    assert!((point.x[0] - 0.2f64.cbrt()).abs() < 1e-15, "{point:?}");
}

/// More turns than the scan can follow.
#[test]
fn a_scan_that_ends_early_says_so() {
    let definition = one_parameter("", "[0, 1]", &term("cos(30000*m)"), "0.5");
    let found = solutions(&definition);
    let incomplete = |one: &&Solution| one.outcome == PotentialOutcome::ScanIncomplete;
    let last = found.iter().find(incomplete).expect("no silence");
    assert_eq!(
        (last.outcome.name(), &*last.starts),
        ("scan-incomplete", &["scan".into()][..])
    );
    assert!(last.point().is_err() && last.outcome.explanation().contains("ended early"));
}

/// Gardner's potential in q: Newton's method finds it from q ≈ 0.95 only, and its terms are so
/// large near q = 1 that they do not cancel to 1e-12.
const GARDNER: &str = r#"
kind = "potential"
title = "Volume of solutions"
source = "a test"
variables = ["x"]

[parameters]
alpha = 1.5

[[order_parameters]]
name = "q"
domain = "[0, 1)"

[[terms]]
expression = "ln(1 - q)/2 + q/(2*(1 - q))"

[[terms]]
expression = "alpha*ln_normal_cdf(x/sqrt(1 - q))"
average = ["x ~ normal(0, q)"]

[[starts]]
name = "half"
q = 0.5
"#;

#[test]
fn a_root_that_no_start_leads_to() {
    let at = |alpha: f64, settings: &PotentialSettings| {
        let text = GARDNER.replace("alpha = 1.5", &format!("alpha = {alpha:?}"));
        solve(&written(&text), settings).expect("valid")
    };
    let default = PotentialSettings::default();
    let loose = PotentialSettings {
        tolerance: 1e-8,
        quadrature_tolerance: 1e-7,
        random_starts: 0,
        ..default.clone()
    };
    for (alpha, settings, tolerance) in [
        (1.5, &default, 1e-9),
        (1.8, &loose, 1e-5),
        (1.95, &default, 1e-9),
        (1.99, &default, 1e-9),
        (1.999, &default, 1e-8),
    ] {
        let found = at(alpha, settings);
        let points: Vec<&Solution> = found.iter().filter(|one| one.point().is_ok()).collect();
        let [only] = points.as_slice() else {
            panic!("α = {alpha}: {found:?}");
        };
        assert!(only.starts.contains(&"scan".to_string()), "{only:?}");
        let q = only.point().expect("converged").x[0];
        let ratio = (q / (1.0 - q)).sqrt();
        let force = normal_average(|t| inverse_mills(ratio * t).powi(2));
        let relative = alpha * force / (ratio * ratio);
        assert_all_close(&format!("α = {alpha}"), tolerance, &[("q", relative, 1.0)]);
    }
    // Beyond the capacity there is none, and nothing is reported in its place.
    let found = at(2.05, &loose);
    assert!(found.iter().all(|one| one.point().is_err()), "{found:?}");
}
