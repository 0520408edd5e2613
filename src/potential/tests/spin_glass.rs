//! The spin glass over its whole phase: where integrands are narrow, the coarse quadrature has no
//! root.

use super::independent::{ln_2cosh, normal_average};
use super::*;

fn glass(temperature: f64) -> PotentialDefinition {
    definition("sk", &[("T", &format!("{temperature:?}"))])
}

/// `q = E tanh²(√q z/T)` and `Φ = (1 − q)²/(4T²) + E ln 2cosh(√q z/T)`.
fn assert_spin_glass(temperature: f64, point: &SaddlePoint) {
    let q = point.x[1];
    let field = |z: f64| q.sqrt() * z / temperature;
    let overlap = normal_average(|z| field(z).tanh().powi(2));
    let value = (0.5 * (1.0 - q) / temperature).powi(2) + normal_average(|z| ln_2cosh(field(z)));
    let rows = [
        ("m", point.x[0], 0.0),
        ("q", q, overlap),
        ("Φ", point.value / value, 1.0),
    ];
    assert!(q > 0.9 * (1.0 - temperature), "T = {temperature}: q = {q}");
    assert_all_close(&format!("T = {temperature}"), 1e-10, &rows);
}

#[test]
fn from_low_temperatures_to_the_transition() {
    for step in 1..=19 {
        let temperature = 0.05 * f64::from(step);
        for start in ["glass", "ferromagnetic"] {
            assert_spin_glass(temperature, &point_from(&glass(temperature), start));
        }
        // Without order, not stable below T = 1.
        let paramagnet = point_from(&glass(temperature), "paramagnetic");
        assert_eq!(paramagnet.x, [0.0, 0.0]);
        assert_eq!(paramagnet.is_stable(), Some(false));
    }
}

/// Printed to six digits.
#[test]
fn overlaps_at_low_temperature() {
    for (temperature, q) in [(0.25, 0.781288), (0.2, 0.827975), (0.1, 0.917051)] {
        let point = point_from(&glass(temperature), "glass");
        assert_all_close("SK", 5e-7, &[("q", point.x[1], q)]);
    }
}

/// Every start finds it, with few iterations of the map or none, at tolerances other than the
/// defaults.
#[test]
fn at_other_settings() {
    for (max_iterations, tolerance, seed) in [(20, 1e-9, 1), (1000, 1e-13, 2)] {
        let settings = PotentialSettings {
            max_iterations,
            tolerance,
            quadrature_tolerance: 1e-8,
            random_starts: 12,
            seed,
        };
        let found = solve(&glass(0.15), &settings).expect("valid");
        // The paramagnet has the larger `Φ`, but it is a saddle: the glass is the answer.
        let [glass, paramagnet] = found.as_slice() else {
            panic!("two points: {found:?}");
        };
        assert_eq!(paramagnet.starts, ["paramagnetic"]);
        assert_eq!(glass.starts.len(), 14);
        let point = glass.point().expect("converged");
        assert!(point.residual <= tolerance && point.quadrature_error <= 1e-8);
        let field = |z: f64| point.x[1].sqrt() * z / 0.15;
        let overlap = normal_average(|z| field(z).tanh().powi(2));
        assert_all_close("SK", 1e-7, &[("q", point.x[1], overlap)]);
    }
}

/// On a coarse grid a replicon just below 1 is not known to be below 1.
#[test]
fn stability_allows_for_the_quadrature_error() {
    let at = |j0: &str, quadrature_tolerance: f64| {
        let settings = PotentialSettings {
            quadrature_tolerance,
            random_starts: 0,
            ..PotentialSettings::default()
        };
        let definition = definition("sk", &[("T", "0.5"), ("J0", j0)]);
        let found = solve(&definition, &settings).expect("valid");
        let ferromagnet = found.iter().find_map(|solution| {
            let point = solution.point().ok()?;
            (point.x[0].abs() > 0.1).then(|| point.clone())
        });
        ferromagnet.expect("a ferromagnet")
    };
    // The line of de Almeida and Thouless is at J0 = 1.2203651724: this side of it is not stable.
    let (coarse, fine) = (at("1.220365", 0.1), at("1.220365", 1e-10));
    let errors = [&coarse, &fine].map(|point| point.replicon_error.expect("a replicon"));
    assert!(
        errors[0] > 100.0 * errors[1] && errors[1] < 1e-9,
        "{errors:?}"
    );
    assert!((replicon(&coarse) - replicon(&fine)).abs() < 2.0 * errors[0]);
    assert!(rate(&coarse) < 1.0 && replicon(&coarse) < 1.0, "{coarse:?}");
    assert!(replicon(&fine) > 1.0, "{fine:?}");
    for point in [&coarse, &fine] {
        assert_eq!(point.is_stable(), Some(false));
    }
    let errors = [&coarse, &fine].map(|point| point.rate_error.expect("a map"));
    assert!((rate(&coarse) - rate(&fine)).abs() < 2.0 * errors[0] + errors[1]);
    // On the other side, and far from the line on the coarse grid.
    assert_eq!(at("1.2203655", 1e-10).is_stable(), Some(true));
    assert_eq!(at("1.4", 0.1).is_stable(), Some(true));
}
