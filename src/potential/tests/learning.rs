//! `scalar-rbm` and `gaussian-rbm`: what one hidden unit learns.

use super::*;
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::model::Model;
use crate::theory::FixedPointSettings;

/// α, λ and M, Q, K, ζ, replicon, ℓ, for Rademacher u*, hidden unit and w*: theory.md section 4,
/// from an independent program.
const TABLE: [([&str; 2], [f64; 6]); 5] = [
    (
        ["2", "3.0"],
        [
            2.999926752,
            9.502352820,
            0.502146093,
            0.973184258,
            0.002186270,
            8.121712495,
        ],
    ),
    (
        ["2", "1.5"],
        [
            1.483158991,
            2.895282131,
            0.628769507,
            0.871650259,
            0.226017562,
            1.721960384,
        ],
    ),
    (
        ["2", "1.3"],
        [
            1.256555601,
            2.429035653,
            0.709330497,
            0.806240789,
            0.505713254,
            1.316529971,
        ],
    ),
    (
        ["4", "1.0"],
        [
            0.945610675,
            1.480327021,
            0.461425824,
            0.777201327,
            0.439282102,
            1.218956335,
        ],
    ),
    (
        ["8", "0.8"],
        [
            0.744497778,
            0.953868823,
            0.303823872,
            0.762287992,
            0.422003688,
            1.182701007,
        ],
    ),
];

fn numbers(point: &SaddlePoint) -> [f64; 6] {
    [
        point.x[0],
        point.x[1],
        point.x[2],
        observable(point, "zeta"),
        replicon(point),
        point.value,
    ]
}

#[track_caller]
fn assert_agree(context: &str, tolerance: f64, found: [f64; 6], expected: [f64; 6]) {
    let names = ["M", "Q", "V", "zeta", "replicon", "ℓ"];
    let rows: Vec<_> = (0..6)
        .map(|index| (names[index], found[index], expected[index]))
        .collect();
    assert_all_close(context, tolerance, &rows);
}

#[test]
fn reference_table() {
    for ([alpha, lambda], expected) in TABLE {
        let definition = definition("scalar-rbm", &[("alpha", alpha), ("lambda", lambda)]);
        let found = numbers(&point_from(&definition, "informed"));
        let context = format!("α = {alpha}, λ = {lambda}");
        // Printed to nine decimals.
        assert_agree(&context, 1e-9, found, expected);
    }
}

/// The fixed point of state evolution, which knows nothing of the potential.
fn state_evolution(alpha: &str, lambda: &str, hidden: &str, signal: &str) -> [f64; 6] {
    let catalogue = Catalogue::default();
    let prior = |name: &str| catalogue.prior(name, "prior").expect("built in");
    let hidden = HiddenUnits::new(prior(hidden).hidden_law().expect("a law"), 1, &[]);
    let signal = prior(signal).signal_law().expect("a law");
    let number = |text: &str| text.parse::<f64>().expect("a number");
    let model = Model::new(
        number(alpha),
        &[number(lambda)],
        hidden.expect("valid"),
        signal,
        Law::rademacher(),
    );
    let settings = FixedPointSettings {
        quadrature_tolerance: 1e-12,
        ..FixedPointSettings::default()
    };
    let found = crate::theory::planted(&model.expect("valid"), &settings).expect("valid settings");
    let point = found.answer().expect("a fixed point");
    [
        point.order.m[(0, 0)],
        point.order.q[(0, 0)],
        point.k[(0, 0)],
        point.order.overlaps()[(0, 0)],
        point.stability.replicon,
        point.stability.log_likelihood,
    ]
}

#[test]
fn stationary_points_are_fixed_points_of_state_evolution() {
    let rows = TABLE.map(|(parameters, _)| (parameters, "rademacher", "rademacher"));
    let others = [
        (["2", "1.5"], "ternary", "rademacher"),
        (["2", "1.5"], "ternary", "ternary"),
        (["2", "1.5"], "rademacher", "ternary"),
        (["2", "1.5"], "rademacher", "gaussian"),
        (["3", "1.4"], "ternary", "gaussian"),
        (["3", "1.2"], "sparse-ternary(rho=0.6)", "rademacher"),
        (["3", "1.5"], "rademacher", "uniform"),
    ];
    for ([alpha, lambda], hidden, signal) in rows.into_iter().chain(others) {
        let settings = [
            ("alpha", alpha),
            ("lambda", lambda),
            ("hidden", hidden),
            ("signal", signal),
        ];
        let definition = definition("scalar-rbm", &settings);
        let found = numbers(&point_from(&definition, "informed"));
        let expected = state_evolution(alpha, lambda, hidden, signal);
        assert_agree(&format!("{settings:?}"), 1e-9, found, expected);
    }
}

/// theory.md section 4, "Gaussian hidden units".
fn gaussian_closed_forms(alpha: f64, lambda: f64) -> [f64; 6] {
    let strength = lambda * lambda;
    let k = 1.0 / (1.0 + alpha * strength);
    let largest = (1.0 + strength) * (1.0 + 1.0 / (alpha * strength));
    let q = 1.0 - 1.0 / largest;
    let zeta = ((alpha * strength * strength - 1.0) / (strength * (alpha * strength + 1.0))).sqrt();
    // ℓ = α (E ω²/(2 (1 − V)²) − η2(Q)) with z = ω/(1 − V), ω ~ N(0, λ²M² + Q), η2(Q) = −ln(1 −
    // Q)/2.
    let m = zeta * q.sqrt();
    let square = (strength * m * m + q) / ((1.0 - k) * (1.0 - k));
    let objective = 0.5 * alpha * (square + (1.0 - q).ln());
    [
        m,
        q,
        k,
        zeta,
        1.0 / (alpha * strength * strength),
        objective,
    ]
}

#[test]
fn gaussian_units_have_their_closed_forms() {
    for (alpha, lambda) in [("2", "1.5"), ("0.7", "1.3"), ("5", "0.8"), ("2", "0.9")] {
        let settings = [("alpha", alpha), ("lambda", lambda)];
        let number = |text: &str| text.parse().expect("a number");
        let expected = gaussian_closed_forms(number(alpha), number(lambda));
        let point = point_from(&definition("gaussian-rbm", &settings), "informed");
        let context = format!("α = {alpha}, λ = {lambda}");
        assert_agree(&context, 1e-10, numbers(&point), expected);
        assert!((observable(&point, "pca") - expected[3]).abs() < 1e-12);
    }
}

/// The same potential with its averages by quadrature instead of by hand.
#[test]
fn the_integral_over_z_agrees_with_the_closed_form() {
    let by_quadrature = definition("scalar-rbm", &[("hidden", "gaussian")]);
    let by_hand = definition("gaussian-rbm", &[]);
    let (a, b) = (Saddle::new(&by_quadrature), Saddle::new(&by_hand));
    let (a, b) = (a.expect("valid"), b.expect("valid"));
    for x in [[0.7, 0.75, 0.2], [0.1, 0.4, 0.6], [-0.3, 0.2, 0.05]] {
        let values = (
            a.value(&x, 4).expect("inside"),
            b.value(&x, 0).expect("inside"),
        );
        assert!((values.0 - values.1).abs() < 1e-12, "{x:?}: {values:?}");
        let slopes = (
            a.equations(&x, 4).expect("inside"),
            b.equations(&x, 0).expect("inside"),
        );
        assert!((&slopes.0 - &slopes.1).amax() < 1e-11, "{x:?}: {slopes:?}");
    }
}
