//! `hopfield` and `hopfield-zero-temperature` over the phase of retrieval.

use super::independent::{extrapolated, ln_2cosh, normal_average};
use super::*;

fn hopfield(alpha: f64, temperature: f64) -> PotentialDefinition {
    let [alpha, temperature] = [alpha, temperature].map(|value| format!("{value:?}"));
    definition("hopfield", &[("alpha", &alpha), ("T", &temperature)])
}

fn at_zero_temperature(alpha: f64) -> PotentialDefinition {
    definition(
        "hopfield-zero-temperature",
        &[("alpha", &format!("{alpha:?}"))],
    )
}

/// The equations of Amit, Gutfreund and Sompolinsky in m, q, r, and their free energy.
fn assert_stationary(alpha: f64, temperature: f64, point: &SaddlePoint) {
    let [m, susceptibility, r] = [point.x[0], point.x[1], point.x[2]];
    let field = |z: f64| (m + (alpha * r).sqrt() * z) / temperature;
    let q = normal_average(|z| field(z).tanh().powi(2));
    let c = (1.0 - q) / temperature;
    let fluctuations = temperature * (1.0 - c).ln() - q / (1.0 - c);
    let free_energy = 0.5 * alpha + 0.5 * m * m + 0.5 * alpha * (fluctuations + r * c)
        - temperature * normal_average(|z| ln_2cosh(field(z)));
    let rows = [
        ("m", m, normal_average(|z| field(z).tanh())),
        ("q", observable(point, "q"), q),
        ("C", susceptibility, c),
        ("r", r / (q / (1.0 - c).powi(2)), 1.0),
        ("f", -temperature * point.value, free_energy),
    ];
    assert_all_close(&format!("α = {alpha}, T = {temperature}"), 2e-9, &rows);
}

/// From T = 0.01 to where retrieval ends (from an independent program that iterates the equations
/// downwards from m = 1: T_M to 2e-4).
#[test]
fn retrieval_up_to_its_end() {
    for (alpha, end) in [
        (0.01, 0.8010),
        (0.05, 0.5423),
        (0.1, 0.3154),
        (0.13, 0.1489),
    ] {
        for part in [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.999] {
            let temperature = f64::max(0.01, part * end);
            let point = point_from(&hopfield(alpha, temperature), "retrieval");
            assert_stationary(alpha, temperature, &point);
            assert!(
                point.x[0] > 0.5,
                "α = {alpha}, T = {temperature}: {point:?}"
            );
            assert!(rate(&point) < 1.0, "α = {alpha}, T = {temperature}");
        }
        let beyond = hopfield(alpha, end + 0.002);
        let found = solutions(&beyond);
        let mut points = found.iter().filter_map(|solution| solution.point().ok());
        assert!(points.all(|point| point.x[0].abs() < 1e-6), "α = {alpha}");
    }
}

/// Given to nine decimals.
#[test]
fn a_reference_point() {
    let point = point_from(&hopfield(0.05, 0.3), "retrieval");
    let rows = [
        ("m", point.x[0], 0.991164996),
        ("q", observable(&point, "q"), 0.982960950),
        ("r", point.x[2], 1.104907099),
    ];
    assert_all_close("Hopfield", 6e-10, &rows);
    assert_eq!(point.is_stable(), Some(true));
}

/// Below T_g = 1 + √α the overlaps with single patterns vanish and q does not; there q grows
/// continuously.
#[test]
fn glass_and_paramagnet() {
    for (alpha, temperature) in [(0.05, 0.05), (0.05, 0.5), (0.2, 1.0), (0.2, 1.4)] {
        let point = point_from(&hopfield(alpha, temperature), "glass");
        assert_stationary(alpha, temperature, &point);
        assert!(point.x[0].abs() < 1e-9 && observable(&point, "q") > 0.01);
    }
    let end = 1.0 + 0.2f64.sqrt();
    let point = point_from(&hopfield(0.2, end + 0.05), "glass");
    let rows = [
        ("q", observable(&point, "q"), 0.0),
        ("C", point.x[1], 1.0 / (end + 0.05)),
        ("replicon", replicon(&point), 0.2 / (end - 0.95).powi(2)),
    ];
    assert_all_close("paramagnet", 1e-9, &rows);
}

/// Its threshold is the largest α with y (√(2α) + 2/√π e^{−y²}) = erf y for a y = m/√(2αr).
#[test]
fn retrieval_without_temperature_ends_at_the_capacity() {
    let capacity = 0.137_905_566_5;
    let load = |y: f64| {
        let slope = 2.0 / std::f64::consts::PI.sqrt() * (-y * y).exp();
        0.5 * (libm::erf(y) / y - slope).powi(2)
    };
    let largest = (1000..2500).map(|step| load(1e-3 * f64::from(step)));
    assert!((largest.fold(0.0, f64::max) - capacity).abs() < 1e-7);
    let mut points = Vec::new();
    for distance in [0.1, 0.01, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 1e-6, 1e-8, 2e-10] {
        let alpha = capacity - distance;
        let point = point_from(&at_zero_temperature(alpha), "retrieval");
        let [m, _, r] = [point.x[0], point.x[1], point.x[2]];
        let y = m / (2.0 * alpha * r).sqrt();
        let rows = [("m", m, libm::erf(y)), ("α", load(y), alpha)];
        assert_all_close(&format!("α = {alpha}"), 1e-12, &rows);
        if (1e-6..=1e-3).contains(&distance) {
            points.push((1.0 - rate(&point), alpha));
        }
    }
    // The rate is 1 at the end.
    assert!(
        (extrapolated(&points) - capacity).abs() < 1e-7,
        "{points:?}"
    );
    for distance in [2e-10, 1e-6, 0.02] {
        let found = solutions(&at_zero_temperature(capacity + distance));
        let mut points = found.iter().filter_map(|solution| solution.point().ok());
        assert!(points.all(|point| point.x[0].abs() < 1e-6), "{distance}");
    }
}

/// The one potential is the limit of the other, in powers of T.
#[test]
fn low_temperatures_lead_to_zero() {
    for alpha in [0.05, 0.1, 0.13] {
        let limit = point_from(&at_zero_temperature(alpha), "retrieval");
        let temperatures = [0.01, 0.015, 0.02, 0.025, 0.03];
        let points = temperatures.map(|t| point_from(&hopfield(alpha, t), "retrieval"));
        let to_zero = |value: &dyn Fn(usize) -> f64| {
            let pairs: Vec<(f64, f64)> = (0..5).map(|i| (temperatures[i], value(i))).collect();
            extrapolated(&pairs)
        };
        let rows = [
            ("m", to_zero(&|i| points[i].x[0]), limit.x[0]),
            ("C", to_zero(&|i| points[i].x[1]), limit.x[1]),
            ("r", to_zero(&|i| points[i].x[2]), limit.x[2]),
            (
                "Φ",
                to_zero(&|i| temperatures[i] * points[i].value),
                limit.value,
            ),
        ];
        assert_all_close(&format!("α = {alpha}"), 1e-6, &rows);
        assert!(
            (points[4].x[2] - limit.x[2]).abs() > 1e-5,
            "the limit is not yet reached"
        );
    }
}
