//! `rbm-phases`: the phase diagram of the ±1 RBM in temperature `1/σ` and coupling `w/σ`, for every
//! law of its components. Numbers are those of an independent program; lines are located on branches.

use super::composite::{LAWS, Rbm};
use super::independent::{extrapolated, normal_average};
use super::*;
use crate::fixed_point::{ContinuationSettings, EventKind};

/// Law, temperature, coupling and κ.
fn phases(law: &str, temperature: f64, coupling: f64, kappa: f64) -> PotentialDefinition {
    let [t, j, kappa] = [temperature, coupling, kappa].map(|value| format!("{value:?}"));
    let settings = [
        ("component", law),
        ("temperature", &t),
        ("coupling", &j),
        ("kappa", &kappa),
    ];
    definition("rbm-phases", &settings)
}

/// Where an event lies on the branch from a start, along some of the parameters.
fn located(
    (law, kappa): (&str, f64),
    fixed: &[(&str, f64)],
    (along, range, at): (&[&str], [f64; 2], f64),
    (start, rising): (&str, bool),
    kind: EventKind,
) -> f64 {
    let kappa = format!("{kappa:?}");
    let set = [("component", law), ("kappa", &kappa)];
    let set: Settings = set
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect();
    let family = Catalogue::default()
        .family("rbm-phases", &set)
        .expect("a potential");
    let path = PotentialPath::new(&family, along.to_vec(), fixed.to_vec());
    let settings = PotentialSettings {
        tolerance: 1e-13,
        quadrature_tolerance: 1e-12,
        ..PotentialSettings::default()
    };
    let begin = begin(&path, at, Some(start), &settings).expect("a stationary point");
    let continuation = ContinuationSettings {
        width: 1e-11,
        ..ContinuationSettings::on(range)
    };
    let branch = branch(&path, begin, rising, &continuation, &settings).expect("a branch");
    let event = branch.events.iter().find(|event| event.kind == kind);
    event
        .unwrap_or_else(|| {
            panic!(
                "{law}: no {kind:?} in {:?}, {:?}",
                branch.events, branch.unlocated
            )
        })
        .value
}

/// Coupling at which the ferromagnet's replicon is 1.
fn almeida_thouless(law: &str, kappa: f64, temperature: f64) -> f64 {
    let along: (&[&str], _, _) = (&["coupling"], [0.8, 6.0], 5.5);
    let fixed = [("temperature", temperature)];
    let start = ("ferromagnetic", false);
    located(
        (law, kappa),
        &fixed,
        along,
        start,
        EventKind::StabilityChange,
    )
}

/// Coupling at which the glass becomes unstable against a magnetisation.
fn glass_boundary(law: &str, kappa: f64, temperature: f64) -> f64 {
    let along: (&[&str], _, _) = (&["coupling"], [0.5, 2.0], 0.6);
    let fixed = [("temperature", temperature)];
    located(
        (law, kappa),
        &fixed,
        along,
        ("glass", true),
        EventKind::Bifurcation,
    )
}

/// Every law, temperature and κ: the tanh form of `rbm-thermodynamics`, with biases.
#[test]
fn the_characteristic_function_gives_the_same_theory() {
    for law in LAWS
        .into_iter()
        .chain(["ternary", "sparse-ternary(rho=0.3)"])
    {
        for (t, j, kappa, start) in [
            (0.8, 1.4, 0.5, "ferromagnetic"),
            (0.45, 0.7, 2.0, "glass"),
            (1.5, 2.0, 1.0, "ferromagnetic"),
        ] {
            for (eta, theta) in [("0", "0"), ("0.2", "0.1")] {
                let [w, sigma, t, j, kappa] =
                    [j / t, 1.0 / t, t, j, kappa].map(|value| format!("{value:?}"));
                let common = [
                    ("component", law),
                    ("kappa", &kappa),
                    ("eta", eta),
                    ("theta", theta),
                ];
                let one = [&common[..], &[("w", &w), ("sigma", &sigma)]].concat();
                let other = [&common[..], &[("temperature", &t), ("coupling", &j)]].concat();
                let one = point_from(&definition("rbm-thermodynamics", &one), start);
                let other = point_from(&definition("rbm-phases", &other), start);
                let mut rows = vec![
                    ("Φ", one.value, other.value),
                    ("replicon", replicon(&one), replicon(&other)),
                    ("rate", rate(&one), rate(&other)),
                    ("w_c", observable(&one, "w_c"), observable(&other, "w_c")),
                    (
                        "energy",
                        observable(&one, "energy"),
                        observable(&other, "energy"),
                    ),
                ];
                rows.extend(
                    one.x
                        .iter()
                        .zip(&other.x)
                        .map(|(a, b)| ("x", a.abs(), b.abs())),
                );
                assert_all_close(
                    &format!("{law}, T = {t}, J = {j}, κ = {kappa}"),
                    2e-9,
                    &rows,
                );
                assert_eq!(one.is_stable(), other.is_stable());
            }
        }
    }
}

/// Lines of the phase diagram at T = 1/σ, J = w/σ, as boundaries located on branches.
#[test]
fn lines_are_located() {
    for (law, kappa, temperature, glass, at) in [
        ("bernoulli", 1.0, 0.7, 1.0243665886, 1.0794745123),
        ("bernoulli", 1.0, 0.5, 1.0646642848, 1.2203651724),
        ("bernoulli", 0.5, 0.7, 1.0245093627, 1.0800290966),
        ("bernoulli", 0.5, 0.5, 1.0646070214, 1.2203553081),
        ("gaussian", 0.5, 0.7, 1.0245093627, 1.1100276025),
        ("gaussian", 0.5, 0.5, 1.0646070214, 1.4032309239),
    ] {
        let rows = [
            ("SG-F", glass_boundary(law, kappa, temperature), glass),
            ("AT", almeida_thouless(law, kappa, temperature), at),
        ];
        assert_all_close(
            &format!("{law}, κ = {kappa}, T = {temperature}"),
            1e-9,
            &rows,
        );
    }
    // Printed to three digits.
    let laplace = almeida_thouless("laplace", 0.5, 0.5);
    assert_all_close("laplace", 5e-3, &[("AT", laplace, 1.64)]);
}

/// On the located line λ_AT = 1 by sums over components and noise, for every law.
#[test]
fn the_replicon_is_one_on_the_line_of_almeida_and_thouless() {
    for law in LAWS {
        for (kappa, temperature) in [(0.5, 0.6), (2.0, 0.45)] {
            let j = almeida_thouless(law, kappa, temperature);
            let rbm = Rbm::new(law, &[j / temperature], 1.0 / temperature, kappa);
            let mut x = vec![0.5, 0.5];
            for _ in 0..400 {
                x = rbm.composite(&x);
            }
            let at = rbm.replicon(&x, &rbm.up(&x));
            assert_all_close(&format!("{law}, κ = {kappa}"), 1e-8, &[("λ_AT", at, 1.0)]);
            assert!(x[0] > 0.1, "{x:?}");
        }
    }
}

/// The paramagnet ends at `J = T` and at `T = 1`, whatever law and κ.
#[test]
fn the_paramagnet_ends_where_no_law_matters() {
    for law in LAWS {
        for kappa in [0.3, 1.0, 2.5] {
            let along: (&[&str], _, _) = (&["coupling"], [0.2, 2.0], 0.5);
            let fixed = [("temperature", 1.3)];
            let start = ("paramagnetic", true);
            let kind = EventKind::Bifurcation;
            let ferromagnet = located((law, kappa), &fixed, along, start, kind);
            let along: (&[&str], _, _) = (&["temperature"], [0.6, 2.0], 1.5);
            let fixed = [("coupling", 0.5)];
            let start = ("paramagnetic", false);
            let glass = located((law, kappa), &fixed, along, start, kind);
            let change = EventKind::StabilityChange;
            let replicon = located((law, kappa), &fixed, along, start, change);
            let rows = [
                ("P-F", ferromagnet, 1.3),
                ("P-SG", glass, 1.0),
                ("AT", replicon, 1.0),
            ];
            assert_all_close(&format!("{law}, κ = {kappa}"), 1e-9, &rows);
        }
    }
}

/// Gaussian components, κ = 1, parametrised by `Δ = Var h`: `w = 1/E sech²`, `σ_AT² = 1/E sech⁴`,
/// `σ_SGF² = Δ/E tanh²`.
#[test]
fn gaussian_lines_in_closed_form() {
    for (variance, printed) in [
        (1.0, Some([1.650967316868, 1.467413591631, 1.592537419723])),
        (0.3, None),
        (4.0, None),
        (40.0, None),
    ] {
        let average =
            |integrand: fn(f64) -> f64| normal_average(|z| integrand(f64::sqrt(variance) * z));
        let w = 1.0 / average(|h| h.cosh().powi(-2));
        let sigma_at = average(|h| h.cosh().powi(-4)).recip().sqrt();
        let sigma_glass = (variance / average(|h| h.tanh().powi(2))).sqrt();
        if let Some(printed) = printed {
            let pairs = printed.into_iter().zip([w, sigma_at, sigma_glass]);
            pairs.for_each(|(a, b)| assert_all_close("printed", 1e-11, &[("line", a, b)]));
        }
        let at = almeida_thouless("gaussian", 1.0, 1.0 / sigma_at);
        let glass = glass_boundary("gaussian", 1.0, 1.0 / sigma_glass);
        let rows = [("AT", at, w / sigma_at), ("SG-F", glass, w / sigma_glass)];
        // The line is located where the replicon is 1 − 1e-9, and crosses it at a slope of 0.9 at
        // Δ = 40.
        assert_all_close(&format!("Δ = {variance}"), 2e-9, &rows);
    }
    // At low temperature the AT line of any κ approaches w = 2σ²/3.
    for kappa in [0.5, 2.0] {
        let reduced = |t: f64| almeida_thouless("gaussian", kappa, t) * t;
        let [coarse, fine] = [0.4, 0.2].map(|t| (reduced(t) - 2.0 / 3.0).abs());
        assert!(fine < 0.02 && fine < 0.5 * coarse, "{coarse}, {fine}");
    }
}

/// Bernoulli components at `J = 1/T` (w = σ²): m = κ^{1/4} q, m̄ = κ^{-1/4} q̄, energy w, and the
/// square of the rate is λ_AT < 1; the line passes through the triple point.
#[test]
fn nishimori_line() {
    for (t, kappa) in [(0.9, 0.5), (0.7, 1.0), (0.5, 3.0)] {
        let point = point_from(&phases("bernoulli", t, 1.0 / t, kappa), "ferromagnetic");
        let layer = f64::powf(kappa, 0.25);
        let rows = [
            ("m", point.x[0].abs(), layer * point.x[1]),
            ("m̄", point.x[2].abs(), point.x[3] / layer),
            ("energy", observable(&point, "energy"), 1.0 / (t * t)),
            ("ρ", rate(&point).powi(2), replicon(&point)),
        ];
        assert_all_close(&format!("T = {t}, κ = {kappa}"), 1e-9, &rows);
        assert_eq!(point.is_stable(), Some(true));
    }
}

/// The spin glass of Sherrington and Kirkpatrick at κ = 1: at T = 1/2, and energy and entropy of
/// one spin towards T = 0, where the entropy is negative.
#[test]
fn two_copies_of_the_spin_glass() {
    let point = point_from(&phases("bernoulli", 0.5, 0.0, 1.0), "glass");
    let rows = [
        ("q", point.x[1], 0.530368392051),
        ("f", -0.25 * point.value, -0.792392945135),
    ];
    assert_all_close("T = 0.5", 2e-10, &rows);
    let at = |t: f64| {
        let point = point_from(&phases("bernoulli", t, 0.0, 1.0), "glass");
        let energy = observable(&point, "energy");
        (-0.5 * t * energy, 0.5 * (point.value - energy))
    };
    let (energy, entropy) = at(0.02);
    assert_all_close(
        "T = 0.02",
        5e-5,
        &[("energy", energy, -0.79778), ("entropy", entropy, -0.1485)],
    );
    let limits = [0.08, 0.04, 0.02, 0.01].map(|t| (t, at(t)));
    let energy = extrapolated(&limits.map(|(t, (energy, _))| (t, energy)));
    let entropy = extrapolated(&limits.map(|(t, (_, entropy))| (t, entropy)));
    let pi = std::f64::consts::PI;
    let rows = [
        ("energy", energy, -(2.0 / pi).sqrt()),
        ("entropy", entropy, -0.5 / pi),
    ];
    assert_all_close("T → 0", 2e-5, &rows);
}

/// T → 0 at fixed J: q = q̄ = 1 and m = κ^{1/4} E[v̂ erf(J m̄ v̂/√2)], m̄ = κ^{-1/4} E[û erf(J m û/√2)].
#[test]
fn magnetisation_at_zero_temperature() {
    let (j, kappa) = (1.8, 0.5f64);
    for law in ["bernoulli", "gaussian"] {
        let response = |x: f64| match law {
            "bernoulli" => libm::erf(x / std::f64::consts::SQRT_2),
            // Stein: E[z erf(x z/√2)].
            _ => (2.0 / std::f64::consts::PI).sqrt() * x / (1.0 + x * x).sqrt(),
        };
        let mut m = 0.8;
        for _ in 0..500 {
            let mbar = kappa.powf(-0.25) * response(j * m);
            m = kappa.powf(0.25) * response(j * mbar);
        }
        let at = |t: f64| {
            let point = point_from(&phases(law, t, j, kappa), "ferromagnetic");
            [(t, point.x[0].abs()), (t, point.x[1])]
        };
        let points = [0.08, 0.04, 0.02].map(at);
        let limit = |entry: usize| extrapolated(&points.map(|point| point[entry]));
        assert_all_close(law, 2e-4, &[("m", limit(0), m), ("q", limit(1), 1.0)]);
    }
}

/// Sherrington and Kirkpatrick (κ = 1): `T_AT → 4/(3√(2π)) e^{−J²/2}` at large J, by the ratios of
/// the independent program, and `h_AT² → 4/3 (1 − T)³` in a small field.
#[test]
fn limits_of_the_line_of_almeida_and_thouless() {
    for (j, ratio, above) in [(2.0, 1.243, 0.3), (2.5, 1.086, 0.1), (3.0, 1.025, 0.02)] {
        let along: (&[&str], _, _) = (&["temperature"], [0.1 * above, 2.0 * above], above);
        let fixed = [("coupling", j)];
        let start = ("ferromagnetic", false);
        let t = located(
            ("bernoulli", 1.0),
            &fixed,
            along,
            start,
            EventKind::StabilityChange,
        );
        let limit = 4.0 / (3.0 * (2.0 * std::f64::consts::PI).sqrt()) * f64::exp(-0.5 * j * j);
        assert_all_close(&format!("J = {j}"), 1e-3, &[("ratio", t / limit, ratio)]);
    }
    let ratio = |t: f64| {
        let guess = (4.0 / 3.0 * f64::powi(1.0 - t, 3)).sqrt() / t;
        let along: (&[&str], _, _) = (&["eta", "theta"], [0.3 * guess, 4.0 * guess], 3.5 * guess);
        let fixed = [("temperature", t), ("coupling", 0.0)];
        let start = ("ferromagnetic", false);
        let field = located(
            ("bernoulli", 1.0),
            &fixed,
            along,
            start,
            EventKind::StabilityChange,
        );
        (field / guess).powi(2)
    };
    let (far, near) = (ratio(0.9), ratio(0.98));
    assert!(
        (near - 1.0).abs() < 0.03 && (near - 1.0).abs() < 0.4 * (far - 1.0).abs(),
        "{far}, {near}"
    );
}

/// What a sweep solves with equations that are compiled once is what a definition alone has.
#[test]
fn prepared_potentials_solve_what_definitions_do() {
    let solve_both = |name: &str, set: &[(&str, &str)], free: [&str; 2], values: [f64; 2]| {
        let set: Settings = set
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect();
        let family = Catalogue::default()
            .family(name, &set)
            .expect("a potential");
        let settings = PotentialSettings::default();
        // Prepared elsewhere.
        let first = [(free[0], values[0] * 1.1), (free[1], values[1] * 0.9)];
        let prepared = PreparedPotential::new(family.clone(), &first);
        let own = prepared.solve(&values, &settings, &[]).expect("valid");
        let named = [(free[0], values[0]), (free[1], values[1])];
        let expected = solve(&family.at(&named).expect("inside"), &settings).expect("valid");
        assert_eq!(own.len(), expected.len(), "{name}");
        for (own, expected) in own.iter().zip(&expected) {
            let (own, expected) = (
                own.point().expect("found"),
                expected.point().expect("found"),
            );
            let rows = own
                .x
                .iter()
                .zip(&expected.x)
                .map(|(a, b)| ("x", a.abs(), b.abs()));
            let rows: Vec<_> = rows.chain([("Φ", own.value, expected.value)]).collect();
            assert_all_close(name, 1e-9, &rows);
        }
        let error = prepared
            .solve(&[-1.0, values[1]], &settings, &[])
            .expect_err("outside");
        assert!(error.to_string().contains(free[0]), "{error}");
    };
    let free = ["temperature", "coupling"];
    solve_both("rbm-phases", &[("component", "uniform")], free, [0.6, 1.3]);
    // A parameter of a prior is decided when the file is read.
    let set = [("component", "sparse-ternary(rho=0.4)")];
    solve_both(
        "rbm-phases",
        &set,
        ["temperature", "component.rho"],
        [0.6, 0.5],
    );
    solve_both("sk", &[], ["T", "J0"], [0.6, 0.0]);
}
