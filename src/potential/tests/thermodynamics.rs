//! `rbm-thermodynamics` and `sherrington-kirkpatrick`. Numbers are those of an
//! independent program.

use super::*;

/// One mode with law, w, σ, κ.
fn rbm(law: &str, w: f64, sigma: f64, kappa: f64) -> PotentialDefinition {
    let [w, sigma, kappa] = [w, sigma, kappa].map(|value| format!("{value:?}"));
    definition(
        "rbm-thermodynamics",
        &[
            ("component", law),
            ("w", &w),
            ("sigma", &sigma),
            ("kappa", &kappa),
        ],
    )
}

/// Largest real part of the eigenvalues of the map of both half steps, one after the other: squares
/// of those of the parallel map.
fn composite_rate(point: &SaddlePoint) -> f64 {
    let squares = point.eigenvalues.iter().map(|value| (value * value).re);
    squares.fold(f64::NEG_INFINITY, f64::max)
}

/// Fixed points R1, R2, R4, R6, R7, R9: law, [w, σ, κ], start, [m, q, m̄, q̄, Φ], [ρ, λ_AT, w_c].
pub(super) type Row = (
    &'static str,
    &'static str,
    [f64; 3],
    &'static str,
    [f64; 5],
    [f64; 3],
);
pub(super) const TABLE: [Row; 6] = [
    (
        "R1",
        "bernoulli",
        [1.5, 0.8, 0.5],
        "ferromagnetic",
        [
            0.6273666778,
            0.6256616414,
            0.6810819392,
            0.4303375559,
            1.8914316714,
        ],
        [0.24167797, 0.03603478, 2.16550425],
    ),
    (
        "R2",
        "gaussian",
        [1.5, 0.8, 0.5],
        "ferromagnetic",
        [
            0.4407703664,
            0.3918206664,
            0.4831583296,
            0.2692213959,
            1.8444233922,
        ],
        [0.15441658, 0.11426529, 1.5],
    ),
    (
        "R4",
        "laplace",
        [1.5, 0.8, 0.5],
        "ferromagnetic",
        [
            0.3560759106,
            0.2927178661,
            0.3900267273,
            0.1998680565,
            1.8258750085,
        ],
        [0.18192280, 0.16317715, 1.32929953],
    ),
    (
        "R6",
        "bernoulli",
        [2.0, 1.5, 1.0],
        "ferromagnetic",
        [
            0.5625589125,
            0.5952006788,
            0.5625589125,
            0.5952006788,
            2.5478574591,
        ],
        [0.35076029, 0.40177790, 2.47035987],
    ),
    (
        "R7",
        "bernoulli",
        [0.5, 1.25, 0.5],
        "glass",
        [0.0, 0.2374192593, 0.0, 0.1795859016, 2.2470264896],
        [0.45270684, 1.10010139, 1.26427202],
    ),
    (
        "R9",
        "bernoulli",
        [1.5, 0.0, 0.5],
        "ferromagnetic",
        [
            0.7743207125,
            0.8479236542,
            0.8938406505,
            0.5649437467,
            1.6865917811,
        ],
        [0.14886397, 0.0, 3.88773324],
    ),
];

#[test]
fn reference_fixed_points() {
    for (id, law, [w, sigma, kappa], start, [m, q, mbar, qbar, value], [rho, at, w_c]) in TABLE {
        let point = point_from(&rbm(law, w, sigma, kappa), start);
        // Printed to ten decimals.
        let rows = [
            ("m", point.x[0], m),
            ("q", point.x[1], q),
            ("m̄", point.x[2], mbar),
            ("q̄", point.x[3], qbar),
            ("Φ", point.value, value),
        ];
        assert_all_close(id, 1e-10, &rows);
        // Printed to eight decimals.
        let rows = [
            ("ρ", composite_rate(&point), rho),
            ("λ_AT", replicon(&point), at),
            ("w_c", observable(&point, "w_c"), w_c),
        ];
        assert_all_close(id, 1e-8, &rows);
    }
}

/// At κ = 1, w = 0, σ = 1/T the RBM is two copies of the Sherrington–Kirkpatrick model: Φ = 2
/// (−βf).
#[test]
fn the_spin_glass_at_half_the_critical_temperature() {
    let (q, minus_free_energy) = (0.530368392051, -0.792392945135);
    let sk = point_from(
        &definition("sherrington-kirkpatrick", &[("T", "0.5")]),
        "glass",
    );
    let rows = [
        ("q", sk.x[1], q),
        ("f", -0.5 * sk.value, minus_free_energy),
        ("m", sk.x[0], 0.0),
    ];
    assert_all_close("SK", 2e-10, &rows);
    let rbm = point_from(&rbm("bernoulli", 0.0, 2.0, 1.0), "glass");
    let rows = [
        ("q", rbm.x[1], q),
        ("q̄", rbm.x[3], q),
        ("f", -0.25 * rbm.value, minus_free_energy),
    ];
    assert_all_close("RBM", 2e-10, &rows);
}

/// Bernoulli components, κ = 1: T = 1/σ, J0 = w/σ, h = T η = T θ.
#[test]
fn the_symmetric_rbm_is_two_copies_of_sk() {
    for (temperature, j0, h, start) in [
        (0.8, 1.3, 0.0, "ferromagnetic"),
        (1.4, 0.6, 0.25, "ferromagnetic"),
        (0.6, 0.3, 0.0, "glass"),
        (0.7, 0.0, 0.1, "ferromagnetic"),
        (0.9, -0.5, 0.2, "ferromagnetic"),
    ] {
        let text = |value: f64| format!("{value:?}");
        let (w, field) = (text(f64::max(j0, 0.0) / temperature), text(h / temperature));
        let sk = definition(
            "sk",
            &[
                ("T", &text(temperature)),
                ("J0", &text(j0)),
                ("h", &text(h)),
            ],
        );
        let sk = point_from(&sk, start);
        if j0 < 0.0 {
            // No such RBM: singular values are not negative. The equations m = E tanh x, q = E
            // tanh² x stay.
            assert!(sk.x[0] > 0.0 && sk.x[0] < h / temperature, "{sk:?}");
            continue;
        }
        let rbm = definition(
            "rbm-thermodynamics",
            &[
                ("w", &w),
                ("sigma", &text(1.0 / temperature)),
                ("kappa", "1"),
                ("eta", &field),
                ("theta", &field),
            ],
        );
        let rbm = point_from(&rbm, start);
        let energy = observable(&sk, "energy_per_spin") + h * sk.x[0];
        let rows = [
            ("m", rbm.x[0], sk.x[0]),
            ("m̄", rbm.x[2], sk.x[0]),
            ("q", rbm.x[1], sk.x[1]),
            ("q̄", rbm.x[3], sk.x[1]),
            ("Φ", rbm.value, 2.0 * sk.value),
            ("rate", rate(&rbm), rate(&sk)),
            ("replicon", replicon(&rbm), replicon(&sk).powi(2)),
            (
                "energy",
                observable(&rbm, "energy"),
                -2.0 * energy / temperature,
            ),
        ];
        assert_all_close(
            &format!("T = {temperature}, J0 = {j0}, h = {h}"),
            1e-9,
            &rows,
        );
    }
}

/// Lines of the phase diagram, J = w/σ at T = 1/σ: law, κ, T, J of the RS boundary between glass
/// and ferromagnet, J of the de Almeida–Thouless line.
const LINES: [(&str, f64, f64, f64, f64); 6] = [
    ("bernoulli", 1.0, 0.7, 1.0243665886, 1.0794745123),
    ("bernoulli", 1.0, 0.5, 1.0646642848, 1.2203651724),
    ("bernoulli", 0.5, 0.7, 1.0245093627, 1.0800290966),
    ("bernoulli", 0.5, 0.5, 1.0646070214, 1.2203553081),
    ("gaussian", 0.5, 0.7, 1.0245093627, 1.1100276025),
    ("gaussian", 0.5, 0.5, 1.0646070214, 1.4032309239),
];

/// `value(J) = 1` within what the ten printed decimals of `J` allow, and a steep enough line to
/// tell.
#[track_caller]
fn assert_crosses_one(context: &str, j: f64, value: impl Fn(f64) -> f64) {
    let slope = (value(j + 1e-4) - value(j - 1e-4)) / 2e-4;
    let deviation = (value(j) - 1.0).abs();
    assert!(slope.abs() > 0.3, "{context}: slope {slope}");
    assert!(
        deviation < 1e-10 * slope.abs() + 1e-9,
        "{context}: off by {deviation:.1e} at slope {slope:.2}"
    );
}

#[test]
fn de_almeida_thouless_line() {
    for (law, kappa, temperature, _, j) in LINES {
        let sigma = 1.0 / temperature;
        let context = format!("{law}, κ = {kappa}, T = {temperature}");
        assert_crosses_one(&context, j, |j| {
            let point = point_from(&rbm(law, j * sigma, sigma, kappa), "ferromagnetic");
            assert!(point.x[0].abs() > 0.1, "{context}: {point:?}");
            replicon(&point)
        });
        if kappa == 1.0 {
            assert_crosses_one(&context, j, |j| {
                let text = |value: f64| format!("{value:?}");
                let sk = definition("sk", &[("T", &text(temperature)), ("J0", &text(j))]);
                let point = point_from(&sk, "ferromagnetic");
                assert!(point.x[0].abs() > 0.1, "{context}: {point:?}");
                replicon(&point)
            });
        }
    }
}

/// On the m = 0 branch: w² (1 − q)(1 − q̄) = 1. There the equations are singular, so that the two
/// sides are averaged.
#[test]
fn boundary_between_glass_and_ferromagnet() {
    for (law, kappa, temperature, j, _) in LINES {
        let sigma = 1.0 / temperature;
        let context = format!("{law}, κ = {kappa}, T = {temperature}");
        let ratio = |j: f64| {
            let point = point_from(&rbm(law, j * sigma, sigma, kappa), "glass");
            assert!(point.x[0].abs() < 1e-9 && point.x[1] > 0.1, "{point:?}");
            let ratio = j * sigma / observable(&point, "w_c");
            assert!((ratio < 1.0) == (j * sigma < observable(&point, "w_c")));
            ratio
        };
        let middle = 0.5 * (ratio(j - 1e-4) + ratio(j + 1e-4));
        assert_all_close(&context, 1e-9, &[("w/w_c", middle, 1.0)]);
    }
}

/// Gaussian law, κ = 1, Var h = 1 (the last row of the lines).
#[test]
fn gaussian_lines_at_unit_field_variance() {
    let (w, sigma_at, sigma_glass) = (1.650967316868, 1.467413591631, 1.592537419723);
    let point = point_from(&rbm("gaussian", w, sigma_at, 1.0), "ferromagnetic");
    let variance = sigma_at.powi(2) * point.x[1] + (w * point.x[0]).powi(2);
    let rows = [
        ("replicon", replicon(&point), 1.0),
        ("Var h", variance, 1.0),
    ];
    assert_all_close("AT", 1e-9, &rows);
    // Without a mode, w_c is the strength of one that would just appear.
    let point = point_from(&rbm("gaussian", 0.0, sigma_glass, 1.0), "glass");
    let variance = sigma_glass.powi(2) * point.x[1];
    let rows = [
        ("w_c", observable(&point, "w_c"), w),
        ("Var h", variance, 1.0),
    ];
    assert_all_close("glass", 1e-9, &rows);
}

/// Bernoulli components at w = σ²: m = κ^{1/4} q, m̄ = κ^{-1/4} q̄, −⟨E⟩/L = w and ρ = λ_AT < 1.
#[test]
fn nishimori_line() {
    for (sigma, kappa) in [(1.2, 0.5), (1.5, 1.0), (2.0, 3.0)] {
        let w = sigma * sigma;
        let point = point_from(&rbm("bernoulli", w, sigma, kappa), "ferromagnetic");
        let layer = f64::powf(kappa, 0.25);
        let rows = [
            ("m", point.x[0], layer * point.x[1]),
            ("m̄", point.x[2], point.x[3] / layer),
            ("energy", observable(&point, "energy"), w),
            ("ρ", rate(&point).powi(2), replicon(&point)),
        ];
        assert_all_close(&format!("σ = {sigma}, κ = {kappa}"), 1e-9, &rows);
        assert!(point.is_stable() == Some(true), "{point:?}");
    }
    let sk = point_from(
        &definition("sk", &[("T", "0.8"), ("J0", "1.25")]),
        "ferromagnetic",
    );
    assert_all_close("SK", 1e-9, &[("m", sk.x[0], sk.x[1])]);
}

/// Exchanging the layers is κ → 1/κ, barred ↔ unbarred, η ↔ θ.
#[test]
fn layers_can_be_exchanged() {
    let at = |kappa: &str, eta: &str, theta: &str| {
        let settings = [
            ("kappa", kappa),
            ("eta", eta),
            ("theta", theta),
            ("w", "1.3"),
            ("sigma", "0.9"),
            ("component", "ternary"),
        ];
        point_from(
            &definition("rbm-thermodynamics", &settings),
            "ferromagnetic",
        )
    };
    let (one, other) = (at("0.4", "0.1", "0.3"), at("2.5", "0.3", "0.1"));
    let rows = [
        ("m", one.x[0], other.x[2]),
        ("q", one.x[1], other.x[3]),
        ("m̄", one.x[2], other.x[0]),
        ("q̄", one.x[3], other.x[1]),
        ("Φ", one.value, other.value),
        ("replicon", replicon(&one), replicon(&other)),
    ];
    assert_all_close("exchange", 1e-10, &rows);
}

/// Φ = (√κ + 1/√κ) ln 2 + σ²/2 and the eigenvalues ±w, ±σ².
#[test]
fn paramagnet() {
    let (w, sigma, kappa): (f64, f64, f64) = (0.7, 0.6, 0.5);
    for law in ["bernoulli", "gaussian", "uniform", "laplace"] {
        let point = point_from(&rbm(law, w, sigma, kappa), "paramagnetic");
        let value = (kappa.sqrt() + 1.0 / kappa.sqrt()) * 2f64.ln() + 0.5 * sigma * sigma;
        let mut sizes: Vec<f64> = point.eigenvalues.iter().map(|value| value.norm()).collect();
        sizes.sort_by(f64::total_cmp);
        let rows = [
            ("Φ", point.value, value),
            ("replicon", replicon(&point), sigma.powi(4)),
            ("σ²", sizes[0], sigma * sigma),
            ("σ²", sizes[1], sigma * sigma),
            ("w", sizes[2], w),
            ("w", sizes[3], w),
        ];
        assert_all_close(law, 1e-10, &rows);
    }
}

/// A coupling that vanishes: `S^{-1}` is multiplied in as a formula, so that nothing is divided by
/// it.
#[test]
fn vanishing_couplings_stay_defined() {
    // One spin in a field, βh = 0.4, where the glassy part is off as well: m = tanh(0.4) at T → ∞
    // with h/T fixed.
    let hot = definition("sk", &[("T", "1e6"), ("J0", "0"), ("h", "4e5")]);
    let point = point_from(&hot, "ferromagnetic");
    let tanh = 0.379_948_962_255_224_9;
    assert_all_close(
        "hot",
        1e-10,
        &[("m", point.x[0], tanh), ("q", point.x[1], tanh * tanh)],
    );
    // J0 = 0 is the limit of a small one.
    let at = |j0: &str| {
        point_from(
            &definition("sk", &[("T", "0.8"), ("J0", j0), ("h", "0.3")]),
            "ferromagnetic",
        )
    };
    let (none, little) = (at("0"), at("1e-10"));
    let rows = [
        ("m", none.x[0], little.x[0]),
        ("q", none.x[1], little.x[1]),
        ("rate", rate(&none), rate(&little)),
    ];
    assert_all_close("J0", 1e-9, &rows);
    // Neither mode nor noise: free spins in the fields of their biases, m = κ^{1/4} tanh(κ^{-1/4}
    // θ).
    let settings = [
        ("w", "0"),
        ("sigma", "0"),
        ("kappa", "0.5"),
        ("eta", "0.3"),
        ("theta", "0.2"),
    ];
    let free = point_from(
        &definition("rbm-thermodynamics", &settings),
        "ferromagnetic",
    );
    let layer = 0.5f64.powf(0.25);
    let (hidden, visible) = ((0.2 / layer).tanh(), (0.3 * layer).tanh());
    let rows = [
        ("m", free.x[0], layer * hidden),
        ("q", free.x[1], hidden * hidden),
        ("m̄", free.x[2], visible / layer),
        ("q̄", free.x[3], visible * visible),
        ("rate", rate(&free), 0.0),
    ];
    assert_all_close("free", 1e-12, &rows);
    // Nothing to be seen: λ = 0.
    let blind = point_from(
        &definition("spiked-covariance", &[("lambda", "0")]),
        "informed",
    );
    let rows = [
        ("qu", blind.x[0], 0.0),
        ("qw", blind.x[1], 0.0),
        ("Φ", blind.value, 0.0),
        ("rate", rate(&blind), 0.0),
    ];
    assert_all_close("blind", 1e-12, &rows);
}
