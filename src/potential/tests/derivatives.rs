//! Symbolic derivatives of potentials against differences of their values.

use super::*;
use crate::numerics::Matrix;
use nalgebra::DVector;

/// Refinement level at which quadrature errors are far below those of the differences.
const LEVEL: u32 = 4;

/// Derivatives of `f` at `x` in every direction: central differences of eighth order.
fn difference(f: impl Fn(&[f64]) -> DVector<f64>, x: &[f64]) -> Matrix {
    const STEP: f64 = 1e-3;
    let weights = [4.0 / 5.0, -1.0 / 5.0, 4.0 / 105.0, -1.0 / 280.0];
    let columns: Vec<DVector<f64>> = (0..x.len())
        .map(|direction| {
            let at = |shift: f64| {
                let mut moved = x.to_vec();
                moved[direction] += shift * STEP;
                f(&moved)
            };
            let parts = (1..).zip(weights).map(|(steps, weight)| {
                let steps = f64::from(steps);
                (at(steps) - at(-steps)) * (weight / STEP)
            });
            parts.sum()
        })
        .collect();
    Matrix::from_columns(&columns)
}

/// Compares `F` and its Jacobian with differences. `coupling` is `S` as it follows from the
/// definition by hand: for each order parameter the one that it is coupled to, and the entry; empty
/// without coupling terms.
#[track_caller]
fn assert_differentiates(
    definition: &PotentialDefinition,
    coupling: &[(usize, f64)],
    x: &[f64],
    tolerance: f64,
) {
    let saddle = Saddle::new(definition).expect("valid");
    assert_eq!(saddle.has_map(), !coupling.is_empty());
    let value = |x: &[f64]| DVector::from_element(1, saddle.value(x, LEVEL).expect("inside"));
    let equations = |x: &[f64]| saddle.equations(x, LEVEL).expect("inside");
    let gradient = difference(value, x).transpose();
    let expected = match coupling {
        [] => gradient.column(0).into_owned(),
        pairs => DVector::from_iterator(
            x.len(),
            pairs
                .iter()
                .map(|(partner, entry)| gradient[*partner] / entry),
        ),
    };
    let deviation = (equations(x) - expected).amax();
    assert!(
        deviation < tolerance,
        "{} at {x:?}: F is off by {deviation:.1e}",
        definition.name
    );
    let jacobian = saddle.jacobian(x, LEVEL).expect("inside");
    let scale = 1.0 + jacobian.amax();
    let deviation = (jacobian - difference(equations, x)).amax();
    assert!(
        deviation < tolerance * scale,
        "{} at {x:?}: the Jacobian is off by {deviation:.1e}",
        definition.name
    );
}

#[test]
fn sherrington_kirkpatrick() {
    let settings = [("T", "0.7"), ("J0", "1.2"), ("h", "0.15")];
    let definition = definition("sk", &settings);
    // ∂²_m Φ_c = −J0/T, ∂²_q Φ_c = 1/(2T²).
    let coupling = [(0, -1.2 / 0.7), (1, 0.5 / 0.49)];
    for x in [[0.4, 0.3], [-0.7, 0.8], [0.05, 0.1]] {
        assert_differentiates(&definition, &coupling, &x, 1e-10);
    }
}

#[test]
fn rbm_thermodynamics() {
    for law in ["rademacher", "gaussian", "laplace", "ternary", "uniform"] {
        let settings = [
            ("component", law),
            ("w", "1.4"),
            ("sigma", "0.9"),
            ("kappa", "0.6"),
            ("eta", "0.1"),
            ("theta", "-0.2"),
        ];
        let definition = definition("rbm-thermodynamics", &settings);
        // ∂_m ∂_m̄ Φ_c = −w, ∂_q ∂_q̄ Φ_c = σ²/2; m, q, m̄, q̄ in this order.
        let (mode, noise) = (-1.4, 0.405);
        let coupling = [(2, mode), (3, noise), (0, mode), (1, noise)];
        assert_differentiates(&definition, &coupling, &[0.5, 0.4, 0.6, 0.3], 1e-10);
    }
}

#[test]
fn spiked_covariance() {
    for (signal, visible) in [
        ("rademacher", "rademacher"),
        ("ternary", "gaussian"),
        ("gaussian", "sparse-ternary(rho=0.4)"),
    ] {
        let settings = [
            ("alpha", "1.7"),
            ("lambda", "1.2"),
            ("signal", signal),
            ("visible", visible),
        ];
        let definition = definition("spiked-covariance", &settings);
        let entry = -0.5 * 1.7 * 1.44;
        for x in [[0.5, 0.6], [0.1, 0.3], [0.9, 0.7]] {
            assert_differentiates(&definition, &[(1, entry), (0, entry)], &x, 1e-10);
        }
    }
}

#[test]
fn one_hidden_unit() {
    for (hidden, signal) in [
        ("rademacher", "rademacher"),
        ("ternary", "gaussian"),
        ("sparse-ternary(rho=0.5)", "uniform"),
    ] {
        let settings = [
            ("alpha", "2.5"),
            ("lambda", "1.3"),
            ("hidden", hidden),
            ("signal", signal),
        ];
        let definition = definition("scalar-rbm", &settings);
        for x in [[1.2, 2.4, 0.4], [0.3, 0.8, 0.2]] {
            assert_differentiates(&definition, &[], &x, 2e-9);
        }
    }
    let definition = definition("gaussian-rbm", &[]);
    assert_differentiates(&definition, &[], &[0.5, 0.6, 0.3], 1e-9);
    assert_differentiates(&definition, &[], &[-0.2, 0.3, 0.1], 1e-9);
}

/// Averages over `x ~ N(μ, q)` are differentiated without a `1/√q`: value and Jacobian are
/// continuous at `q = 0`.
#[test]
fn boundaries_of_the_domain_are_regular() {
    for (name, settings, x, lifted) in [
        ("sk", vec![], vec![0.3, 0.0], vec![1]),
        ("sk", vec![], vec![0.0, 0.0], vec![1]),
        (
            "rbm-thermodynamics",
            vec![],
            vec![0.3, 0.0, 0.4, 0.0],
            vec![1, 3],
        ),
        (
            "rbm-thermodynamics",
            vec![("component", "laplace")],
            vec![0.0; 4],
            vec![1, 3],
        ),
        ("spiked-covariance", vec![], vec![0.0, 0.0], vec![0, 1]),
        (
            "spiked-covariance",
            vec![("signal", "ternary")],
            vec![0.5, 0.0],
            vec![1],
        ),
        (
            "spiked-covariance",
            vec![("visible", "gaussian")],
            vec![0.0, 0.5],
            vec![0],
        ),
    ] {
        let saddle = Saddle::new(&definition(name, &settings)).expect("valid");
        let mut inside = x.clone();
        for index in lifted {
            inside[index] = 1e-9;
        }
        let moved = |at: &[f64]| {
            let equations = saddle.equations(at, LEVEL).expect("defined");
            let jacobian = saddle.jacobian(at, LEVEL).expect("defined");
            (equations, jacobian)
        };
        let (edge, inner) = (moved(&x), moved(&inside));
        let deviation = (edge.0 - inner.0).amax().max((edge.1 - inner.1).amax());
        assert!(
            deviation < 1e-7,
            "{name} {settings:?} at {x:?}: {deviation:.1e}"
        );
    }
}

/// Three averages inside of each other, the inner laws depending on the outer variables.
fn nested(expression: &str) -> PotentialDefinition {
    written(&format!(
        r#"
kind = "potential"
title = "Nested averages"
source = "a test"
variables = ["u", "x", "y"]

[[order_parameters]]
name = "a"

[[order_parameters]]
name = "b"
domain = "[0, inf)"

[[order_parameters]]
name = "c"

[[order_parameters]]
name = "q"
domain = "[0, inf)"

[[terms]]
expression = "{expression}"
average = ["u ~ sparse-ternary(rho=0.6)", "x ~ normal(a*u + b, b)", "y ~ normal(c*x + a, 0.3 + q*x^2 + b*u^2)"]

[[starts]]
name = "start"
a = 0
b = 1
c = 0
q = 1
"#
    ))
}

#[test]
fn nested_averages_are_differentiated_through_all_their_laws() {
    for expression in [
        "ln_2cosh(y + x/2) + q*tanh(x/2 - y)*u",
        "tanh(y)^2*sech2(x - u)",
        "exp(-y^2/4)*cos(x + c*u) + a*u*y",
    ] {
        for x in [[0.5, 0.4, 0.7, 0.2], [-0.3, 0.2, 0.4, 0.1]] {
            assert_differentiates(&nested(expression), &[], &x, 1e-9);
        }
    }
}

/// `E y² = E (c x + a)² + 0.3 + q E x² + b`, with `E x = b`, `E x² = a² + b² + b` (the law of `u`
/// has mean 0 and variance 1).
#[test]
fn nested_averages_of_a_square_by_hand() {
    let saddle = Saddle::new(&nested("y^2")).expect("valid");
    let (a, b, c, q) = (0.5f64, 0.4f64, 0.7f64, 0.2f64);
    let second = a * a + b * b + b;
    let value = c * c * second + 2.0 * a * b * c + a * a + 0.3 + q * second + b;
    let expected = [
        (c * c + q) * 2.0 * a + 2.0 * b * c + 2.0 * a,
        (c * c + q) * (2.0 * b + 1.0) + 2.0 * a * c + 1.0,
        2.0 * c * second + 2.0 * a * b,
        second,
    ];
    let x = [a, b, c, q];
    let found = saddle.equations(&x, LEVEL).expect("inside");
    let found_value = saddle.value(&x, LEVEL).expect("inside");
    let rows = [
        ("E y²", found_value, value),
        ("∂a", found[0], expected[0]),
        ("∂b", found[1], expected[1]),
        ("∂c", found[2], expected[2]),
        ("∂q", found[3], expected[3]),
    ];
    assert_all_close("E y²", 1e-12, &rows);
}
