//! `spherical-perceptron` and `binary-perceptron` up to their capacities.

use super::independent::{extrapolated, inverse_mills, ln_2cosh, ln_normal_cdf, normal_average};
use super::*;

fn perceptron(name: &str, alpha: f64, kappa: f64) -> PotentialDefinition {
    let [alpha, kappa] = [alpha, kappa].map(|value| format!("{value:?}"));
    definition(name, &[("alpha", &alpha), ("kappa", &kappa)])
}

/// `E φ/Φ²` and `E ln Φ` of the field of a pattern, `(√q t − κ)/√(1 − q)`.
fn pattern_averages(q: f64, kappa: f64) -> [f64; 2] {
    let field = |t: f64| (q.sqrt() * t - kappa) / (1.0 - q).sqrt();
    [
        normal_average(|t| inverse_mills(field(t)).powi(2)),
        normal_average(|t| ln_normal_cdf(field(t))),
    ]
}

/// Gardner's equation `q/(1 − q) = α E (φ/Φ)²`, and the volume.
fn assert_spherical(alpha: f64, kappa: f64, point: &SaddlePoint) {
    let q = observable(point, "q");
    let [force, log_volume] = pattern_averages(q, kappa);
    let weights = 0.5 * (1.0 - q).ln() + 0.5 * q / (1.0 - q);
    let rows = [
        ("q/(1 − q)", alpha * force * (1.0 - q) / q, 1.0),
        ("Φ", point.value, weights + alpha * log_volume),
    ];
    assert_all_close(&format!("α = {alpha}, κ = {kappa}"), 2e-9, &rows);
}

#[test]
fn spherical_from_few_patterns_to_the_capacity() {
    let loads = (1..20).map(|step| 0.1 * f64::from(step));
    let mut last = 0.0;
    for alpha in loads.chain([1.95, 1.99]) {
        let definition = perceptron("spherical-perceptron", alpha, 0.0);
        let [one] = solutions(&definition).try_into().expect("one point");
        assert_eq!(one.starts, ["wide", "narrow", "scan"], "α = {alpha}");
        let point = one.point().expect("converged");
        assert_spherical(alpha, 0.0, point);
        let q = observable(point, "q");
        assert!(q > last && point.is_stable() == Some(true), "{point:?}");
        last = q;
    }
    assert!(last > 0.997);
    for (alpha, kappa) in [(0.3, 0.5), (0.9, 0.5), (3.0, -0.5), (0.25, 1.5)] {
        let definition = perceptron("spherical-perceptron", alpha, kappa);
        for start in ["wide", "narrow"] {
            assert_spherical(alpha, kappa, &point_from(&definition, start));
        }
    }
}

/// `1/α_c = ∫_{−κ}^∞ Dt (t + κ)²`; `α` is smooth in `1/√R`, which vanishes there.
#[test]
fn capacity_of_the_spherical_perceptron() {
    for (kappa, tolerance) in [(0.0, 2e-5), (0.5, 2e-5)] {
        let squares = normal_average(|t| f64::max(t + kappa, 0.0).powi(2));
        let capacity = 1.0 / squares;
        let points: Vec<(f64, f64)> = [0.1, 0.05, 0.03, 0.02, 0.01, 0.005]
            .into_iter()
            .map(|part| {
                let alpha = (1.0 - part) * capacity;
                let definition = perceptron("spherical-perceptron", alpha, kappa);
                let point = point_from(&definition, "narrow");
                (1.0 / point.x[0].sqrt(), alpha)
            })
            .collect();
        let found = extrapolated(&points);
        assert!(
            (found - capacity).abs() < tolerance,
            "κ = {kappa}: {found}, not {capacity}"
        );
    }
    assert!((1.0 / normal_average(|t| f64::max(t, 0.0).powi(2)) - 2.0).abs() < 1e-6);
    let found = solutions(&perceptron("spherical-perceptron", 2.2, 0.0));
    assert!(found.iter().all(|one| one.point().is_err()), "{found:?}");
}

/// The equations of Krauth and Mézard, and the entropy.
fn assert_binary(alpha: f64, kappa: f64, point: &SaddlePoint) {
    let (q, qhat) = (point.x[0], point.x[1]);
    let [force, log_volume] = pattern_averages(q, kappa);
    let overlap = normal_average(|z| (qhat.sqrt() * z).tanh().powi(2));
    let weights = normal_average(|z| ln_2cosh(qhat.sqrt() * z)) - 0.5 * qhat * (1.0 - q);
    let rows = [
        ("q", q, overlap),
        ("q̂", qhat, alpha * force / (1.0 - q)),
        ("Φ", point.value, weights + alpha * log_volume),
    ];
    assert_all_close(&format!("α = {alpha}, κ = {kappa}"), 1e-9, &rows);
}

#[test]
fn binary_from_few_patterns_to_the_capacity() {
    let loads = (1..=8).map(|step| 0.1 * f64::from(step));
    for alpha in loads.chain([0.83]) {
        let definition = perceptron("binary-perceptron", alpha, 0.0);
        for start in ["solutions", "near"] {
            let point = point_from(&definition, start);
            assert_binary(alpha, 0.0, &point);
            assert!(point.value > 0.0 && point.is_stable() == Some(true));
        }
    }
    for (alpha, kappa) in [(0.3, 0.4), (1.2, -0.3)] {
        let definition = perceptron("binary-perceptron", alpha, kappa);
        assert_binary(alpha, kappa, &point_from(&definition, "solutions"));
    }
}

/// α = 0.8330786 (Krauth and Mézard: 0.833) where the entropy vanishes; the replicon passes 1 near
/// α = 1.015 (Gardner and Derrida).
#[test]
fn entropy_and_stability_of_the_binary_perceptron() {
    let at = |alpha: f64| point_from(&perceptron("binary-perceptron", alpha, 0.0), "solutions");
    let (mut low, mut high) = (0.8, 0.85);
    let entropy = |alpha: f64| at(alpha).value;
    let (mut at_low, mut at_high) = (entropy(low), entropy(high));
    for _ in 0..5 {
        let next = high - at_high * (high - low) / (at_high - at_low);
        (low, at_low) = (high, at_high);
        (high, at_high) = (next, entropy(next));
        if at_high.abs() < 1e-13 {
            break;
        }
    }
    assert!((high - 0.833_078_6).abs() < 5e-9, "{high}");
    let [below, above] = [1.014, 1.016].map(&at);
    assert!(replicon(&below) < 1.0 && replicon(&above) > 1.0);
    let stable = [below, above].map(|point| point.is_stable());
    assert_eq!(stable, [Some(true), Some(false)]);
}
