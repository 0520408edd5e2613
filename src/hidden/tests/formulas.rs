//! Laws given by formulas, against the same laws given by atoms.

use super::*;
use crate::law::{FormulaLaw, JointAtoms, ScalarAtoms};
use crate::numerics::Matrix;
use crate::numerics::symmetric::max_abs;
use crate::symbolic::{Expression, Scope, Symbol};

/// `h = (s_1 + s_2/2, s_2/2 + s_3/2)` of independent signs.
pub(super) const SHARED: &str = "ln_cosh(x) + ln_cosh((x + y)/2) + ln_cosh(y/2)";

fn shared() -> JointAtoms {
    let signs = |bits: u32| [0, 1, 2].map(|bit| f64::from(bits >> bit & 1) * 2.0 - 1.0);
    let point = |[a, b, c]: [f64; 3]| vec![a + 0.5 * b, 0.5 * (b + c)];
    let points: Vec<Vec<f64>> = (0..8).map(|bits| point(signs(bits))).collect();
    JointAtoms::new(&points, &[0.125; 8]).expect("valid atoms")
}

/// Units whose law is given by a formula, beside the same law given by atoms.
fn formulas() -> Vec<(Law, Law, Vec<usize>)> {
    let biased = ScalarAtoms::new(&[-0.5, 2.0], &[0.8, 0.2]).expect("valid atoms");
    let edge = JointAtoms::new(&[vec![1.0, 0.0], vec![0.0, 1.0]], &[0.5; 2]).expect("valid atoms");
    let corners = [
        vec![1.0, 0.0, 0.0],
        vec![0.0, 1.0, 0.0],
        vec![0.0, 0.0, 1.0],
    ];
    let triangle = JointAtoms::new(&corners, &[0.5, 0.25, 0.25]).expect("valid atoms");
    let third = "log_sum_exp(ln(1/3), ln(1/3) + sqrt(3/2)*z, ln(1/3) - sqrt(3/2)*z)";
    let weighted = "log_sum_exp(x - ln(2), y - ln(4), z - ln(4))";
    vec![
        (law(&["z"], "ln_cosh(z)"), Law::rademacher(), vec![1, 2, 3]),
        // Signs of unequal odds: no closed form is recognised.
        (
            law(&["z"], "ln_cosh(z - 1) - ln_cosh(1)"),
            tilted(),
            vec![1, 2, 3],
        ),
        (
            law(&["z"], third),
            Law::Separable(tests::ternary()),
            vec![1, 2, 3],
        ),
        (
            law(&["z"], "ln(0.8*exp(-z/2) + 0.2*exp(2*z))"),
            Law::Separable(biased),
            vec![1, 2],
        ),
        (
            law(&["x", "y"], "log_sum_exp(x, y) - ln(2)"),
            Law::Joint(edge),
            vec![2],
        ),
        (law(&["x", "y"], SHARED), Law::Joint(shared()), vec![2]),
        (
            law(&["x", "y", "z"], weighted),
            Law::Joint(triangle),
            vec![3],
        ),
    ]
}

/// `±1` with the odds `e^{∓2}`.
fn tilted() -> Law {
    let odds = 1.0 / (1.0 + (-2f64).exp());
    Law::Separable(ScalarAtoms::new(&[-1.0, 1.0], &[odds, 1.0 - odds]).expect("valid atoms"))
}

fn formula(names: &[&str], text: &str) -> crate::error::Result<FormulaLaw> {
    let mut scope = Scope::default();
    names.iter().for_each(|name| scope.declare(name));
    let expression = scope.read(text).expect("a formula").expression;
    let symbols: Vec<Symbol> = names.iter().map(|name| Symbol::new(name)).collect();
    FormulaLaw::new(&symbols, &expression)
}

/// A law that the tests take to be valid.
pub(super) fn law(names: &[&str], text: &str) -> Law {
    Law::Formula(formula(names, text).unwrap_or_else(|error| panic!("{text}: {error}")))
}

/// Overlaps of `units` units: moderate, large, small, nearly singular, singular and zero.
fn overlaps(units: usize) -> Vec<Matrix> {
    let ones = Matrix::from_element(units, units, 1.0);
    let identity = Matrix::identity(units, units);
    let mixed = Matrix::from_fn(units, units, |a, b| match a == b {
        true => 0.9 + 0.4 * a as f64,
        false => 0.3 - 0.2 * (a + b) as f64,
    });
    vec![
        mixed,
        &identity * 20.0,
        &identity * 1e-6,
        &ones * 1.7 + &identity * 1e-9,
        &ones * 1.7,
        &identity * 0.0,
    ]
}

#[test]
fn formulas_equal_atoms() {
    for (formula, atoms, counts) in formulas() {
        for units in counts {
            for bias in [vec![], vec![0.3, -0.7, 0.1][..units].to_vec()] {
                let new = |law: &Law| HiddenUnits::new(law.clone(), units, &bias).expect("valid");
                let (a, b) = (new(&formula), new(&atoms));
                assert_eq!(a.is_odd(), b.is_odd(), "{formula:?}");
                assert_eq!(a.symmetry(), b.symmetry(), "{formula:?}");
                assert!(
                    (a.covariance_bound() - b.covariance_bound()).abs() < 1e-7,
                    "{formula:?}"
                );
                let bounds = a.mean_bound().zip(b.mean_bound()).expect("bounded");
                let close = |(x, y): (&f64, &f64)| (x - y).abs() < 1e-12;
                assert!(
                    bounds.0.iter().zip(&bounds.1).all(close),
                    "{formula:?} {bounds:?}"
                );
                same_response(&a, &b);
                for q in overlaps(units) {
                    same_pair_function(&a, &b, &q);
                }
            }
        }
    }
}

fn same_response(a: &HiddenUnits, b: &HiddenUnits) {
    for scale in [0.0, 0.4, 3.0, 40.0, 700.0] {
        crate::with_units!(a.units(), K => {
            let z = nalgebra::SVector::<f64, K>::from_fn(|unit, _| scale * (0.7 - 1.1 * unit as f64));
            let (x, y) = (a.response(&z), b.response(&z));
            assert!((x.mean - y.mean).amax() < 1e-13, "{:?} at {z}", a.law());
            assert!((x.covariance - y.covariance).amax() < 1e-13, "{:?} at {z}", a.law());
            let (x, y) = (a.log_mgf(&z), b.log_mgf(&z));
            assert!((x - y).abs() < 1e-13 * y.abs().max(1.0), "{:?} at {z}", a.law());
        });
    }
}

fn same_pair_function(a: &HiddenUnits, b: &HiddenUnits, q: &Matrix) {
    let (x, y) = (
        a.pair_function(q).expect("domain"),
        b.pair_function(q).expect("domain"),
    );
    let place = format!("{:?} {:?} at {q}", a.law(), a.bias());
    let difference = (x.log_norm() - y.log_norm()).abs();
    assert!(
        difference < 1e-12 * y.log_norm().abs().max(1.0),
        "{place} {difference}"
    );
    let difference = max_abs(&(x.second_moment() - y.second_moment()));
    assert!(difference < 1e-12, "{place} {difference}");
    for column in 0..q.len() {
        let mut direction = Matrix::zeros(q.nrows(), q.ncols());
        direction[column] = 0.5;
        let direction = &direction + direction.transpose();
        let (x, y) = (
            x.second_moment_derivative(&direction),
            y.second_moment_derivative(&direction),
        );
        let difference = max_abs(&(&x - &y));
        assert!(
            difference < 1e-12 * max_abs(&y).max(1.0),
            "{place} {difference}"
        );
    }
}

#[test]
fn very_large_overlaps_have_few_nodes() {
    for (units, size) in [(1, 1e5), (2, 1e4), (3, 300.0)] {
        let law = law(&["z"], "ln_cosh(z)");
        let averaged = HiddenUnits::new(law, units, &[]).expect("valid");
        let listed = HiddenUnits::new(Law::rademacher(), units, &[]).expect("valid");
        let mut q = Matrix::identity(units, units) * size;
        if units > 1 {
            q[(0, 1)] = 0.4;
            q[(1, 0)] = 0.4;
        }
        let at = |hidden: &HiddenUnits| hidden.pair_function(&q).expect("domain");
        let (x, y) = (at(&averaged), at(&listed));
        assert!((x.log_norm() - y.log_norm()).abs() < 1e-13 * y.log_norm());
        // Rounding of exponents of the size of `Q`.
        assert!(max_abs(&(x.second_moment() - y.second_moment())) < 1e-15 * size + 1e-13);
    }
}

#[test]
fn indefinite_overlaps_are_outside_of_the_domain() {
    let hidden = HiddenUnits::new(law(&["z"], "ln_cosh(z)"), 2, &[]).expect("valid");
    for entries in [
        [1.0, 2.0, 2.0, 1.0],
        [1.0, f64::NAN, f64::NAN, 1.0],
        [1e14, 0.0, 0.0, 1.0],
    ] {
        assert!(
            hidden
                .pair_function(&Matrix::from_row_slice(2, 2, &entries))
                .is_none()
        );
    }
}

#[test]
fn formulas_that_are_no_laws_are_refused() {
    for (names, text, hint) in [
        (vec!["z"], "ln_cosh(z) + 1", "subtract 1"),
        (vec!["z"], "ln(2*cosh(z))", "subtract 0.693147180559"),
        (vec!["z"], "ln_cosh(z)/2", "no bounded law"),
        (vec!["z"], "ln_cosh(2*z)/2", "no bounded law"),
        (vec!["z"], "z^2/2", "Gaussian law"),
        (vec!["z"], "exp(z) - 1", "log_sum_exp or ln_cosh"),
        (vec!["z"], "ln(cosh(z)*cosh(z)^2)", "log_sum_exp or ln_cosh"),
        (vec!["z"], "-ln_cosh(z)", "convex"),
        (vec!["z"], "1 - cos(z)", "convex"),
        (vec!["z"], "z", "at least two values"),
        (vec!["z"], "200*z + ln_cosh(z)", "at most 100"),
        (vec!["z"], "ln(z)", "it must be 0"),
        (vec!["z", "y"], "ln_cosh(z)", "must depend on y"),
        (vec!["z", "z"], "ln_cosh(z)", "different names"),
        (
            vec!["z", "y"],
            "log_sum_exp(z, y)",
            "subtract 0.693147180559",
        ),
        (vec!["z", "y"], "z*y", "convex"),
        (vec![], "1", "1 to 3"),
    ] {
        let error = formula(&names, text).expect_err(text).to_string();
        assert!(error.contains(hint), "{text}: {error}");
    }
    let stray = Expression::variable("a") * Expression::variable("z");
    let error = FormulaLaw::new(&[Symbol::new("z")], &stray)
        .expect_err("stray")
        .to_string();
    assert!(error.contains("a must be declared"), "{error}");
    let single = law(&["z"], "ln_cosh(z)");
    let error = HiddenUnits::new(single, 4, &[])
        .expect_err("too many")
        .to_string();
    assert!(error.contains("at most 3 units: give its atoms"), "{error}");
    assert!(HiddenUnits::new(law(&["x", "y"], "ln_cosh(x + y)"), 3, &[]).is_err());
}

#[test]
fn formulas_are_compared_by_meaning() {
    assert_eq!(law(&["z"], "ln_cosh(z)"), law(&["z"], "ln(cosh(-z))"));
    assert_ne!(law(&["z"], "ln_cosh(z)"), law(&["z"], "ln_cosh(z/2)"));
    assert_ne!(law(&["z"], "ln_cosh(z)"), law(&["x"], "ln_cosh(x)"));
}

#[test]
fn continuous_law() {
    // Uniform on (−√3, √3): f tends to its limits like 1/z.
    let hidden = HiddenUnits::new(law(&["z"], "ln_sinhc(sqrt(3)*z)"), 1, &[]).expect("valid");
    let edge = 3f64.sqrt();
    let bound = hidden.mean_bound().expect("bounded")[0];
    assert!(bound > edge && bound < edge + 1e-5, "{bound}");
    assert!((hidden.covariance_bound() - 1.0).abs() < 1e-9);
    assert!(hidden.is_odd());
    for q in [0.2, 2.0, 8.0] {
        // Simpson's rule for ∫ h^n e^{q (h² − 3)/2} dh / 2√3.
        let intervals = 20_000;
        let width = 2.0 * edge / f64::from(intervals);
        let moment = |order: i32| -> f64 {
            let at = |index: i32| {
                let h = width * f64::from(index) - edge;
                let end = index == 0 || index == intervals;
                let weight = if end {
                    1.0
                } else {
                    f64::from(2 + index % 2 * 2)
                };
                weight * h.powi(order) * (0.5 * q * (h * h - 3.0)).exp()
            };
            (0..=intervals).map(at).sum::<f64>() * width / (6.0 * edge)
        };
        let (norm, second, fourth) = (moment(0), moment(2), moment(4));
        let pair = hidden
            .pair_function(&Matrix::from_element(1, 1, q))
            .expect("domain");
        let slope = pair.second_moment_derivative(&Matrix::from_element(1, 1, 1.0))[0];
        assert!((pair.log_norm() - norm.ln() - 1.5 * q).abs() < 1e-11);
        assert!((pair.second_moment()[0] - second / norm).abs() < 1e-11);
        assert!((slope - 0.5 * (fourth / norm - (second / norm).powi(2))).abs() < 1e-11);
    }
}
