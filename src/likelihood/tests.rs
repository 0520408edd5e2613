//! Theorem 1 against sums over all states, known numbers, and its own expansion.

use super::*;
use crate::hidden::HiddenUnits;
use crate::law::{Law, ScalarAtoms};
use crate::numerics::streams::Streams;
use crate::order_parameters::OrderParameters;
use crate::visible::VisibleUnits;

fn rademacher(bias: &[f64]) -> HiddenUnits {
    HiddenUnits::new(Law::rademacher(), bias.len(), bias).expect("valid")
}

fn atoms(values: &[f64], weights: &[f64]) -> VisibleUnits {
    let law = ScalarAtoms::new(values, weights).expect("a law");
    VisibleUnits::new(&Law::Separable(law)).expect("valid")
}

fn signs() -> VisibleUnits {
    atoms(&[-1.0, 1.0], &[0.5, 0.5])
}

/// 0/1 with probability p of 1, standardised or not.
fn pixels(p: f64) -> VisibleUnits {
    atoms(&[0.0, 1.0], &[1.0 - p, p])
}

fn standardised(p: f64) -> VisibleUnits {
    let s = (p * (1.0 - p)).sqrt();
    atoms(&[-p / s, (1.0 - p) / s], &[1.0 - p, p])
}

/// `W_i1 = 2cos(i+1)`, `W_i2 = 1.5 sin(2i+1)`, `θ_i = ½cos 3i`.
fn waves(d: usize, units: usize) -> (Matrix, Vec<f64>) {
    let weights = Matrix::from_fn(d, units, |i, a| match a {
        0 => 2.0 * (i as f64 + 1.0).cos(),
        _ => 1.5 * (2.0 * i as f64 + 1.0).sin(),
    });
    (
        weights,
        (0..d).map(|i| 0.5 * (3.0 * i as f64).cos()).collect(),
    )
}

fn close(what: &str, value: f64, expected: f64, tolerance: f64) {
    assert!(
        (value - expected).abs() <= tolerance,
        "{what}: {value} instead of {expected}"
    );
}

/// `log Z` by a sum over all states of all units.
fn by_all_states(
    hidden: &HiddenUnits,
    visible: &[(f64, f64)],
    weights: &Matrix,
    theta: &[f64],
) -> f64 {
    let d = weights.nrows();
    let root = (d as f64).sqrt();
    let mut sum = 0.0;
    for state in 0..visible.len().pow(d as u32) {
        let digit = |i: usize| visible[state / visible.len().pow(i as u32) % visible.len()];
        let v: Vec<f64> = (0..d).map(|i| digit(i).0).collect();
        let share: f64 = (0..d).map(|i| digit(i).1).product();
        for (log_weight, h) in hidden.states().expect("listed") {
            let fields = weights * h;
            let all = v.iter().zip(fields.iter()).zip(theta);
            let energy: f64 = all.map(|((v, x), t)| v * (x + t)).sum();
            sum += share * (log_weight + energy / root).exp();
        }
    }
    sum.ln()
}

#[test]
fn the_partition_function_is_the_sum_over_all_states() {
    let (weights, theta) = waves(7, 2);
    let hidden = rademacher(&[0.3, -0.4]);
    let cases: [&[(f64, f64)]; 3] = [
        &[(-1.0, 0.5), (1.0, 0.5)],
        &[(0.0, 0.7), (1.0, 0.3)],
        &[(-1.0, 0.2), (0.3, 0.5), (2.0, 0.3)],
    ];
    for visible in cases {
        let (values, shares): (Vec<f64>, Vec<f64>) = visible.iter().copied().unzip();
        let units = atoms(&values, &shares);
        let machine = Machine::new(&hidden, &units, &weights, &theta).expect("valid");
        let found = machine.partition().expect("found");
        let direct = by_all_states(&hidden, visible, &weights, &theta);
        close("log Z", found.exact, direct, 1e-13);
        close("excess", found.excess, found.exact - found.effective, 1e-13);
        // Derivatives of the brute-force sum.
        let gradient = machine.gradient();
        let h = 1e-5;
        let slope = |change: &dyn Fn(f64) -> f64| (change(h) - change(-h)) / (2.0 * h);
        for (i, a) in [(0, 0), (4, 1), (6, 0)] {
            let moved = |step: f64| {
                let mut moved = weights.clone();
                moved[(i, a)] += step;
                by_all_states(&hidden, visible, &moved, &theta)
            };
            close("∂W", gradient.weights[(i, a)], slope(&moved), 1e-9);
            let moved = |step: f64| {
                let mut moved = theta.clone();
                moved[i] += step;
                by_all_states(&hidden, visible, &weights, &moved)
            };
            close("∂θ", gradient.theta[i], slope(&moved), 1e-9);
        }
        let moved = |step: f64| {
            let hidden = rademacher(&[0.3, -0.4 + step]);
            by_all_states(&hidden, visible, &weights, &theta)
        };
        close("∂b", gradient.bias[1], slope(&moved), 1e-9);
    }
}

#[test]
fn gaussian_visible_units_are_exact() {
    let normal = VisibleUnits::new(&Law::Gaussian).expect("valid");
    for (d, tolerance) in [(10, 1e-14), (100, 1e-13), (10_000, 4e-13)] {
        for hidden in [rademacher(&[0.3]), rademacher(&[0.3, -0.4])] {
            let (weights, theta) = waves(d, hidden.units());
            let machine = Machine::new(&hidden, &normal, &weights, &theta).expect("valid");
            let found = machine.partition().expect("found");
            close("log Z", found.exact, found.effective, tolerance);
            assert_eq!(
                (found.excess, found.expansion.of_objective(2.0)),
                (0.0, [0.0; 4])
            );
        }
    }
}

/// Differences in decimal arithmetic of 34 digits; coefficients of an independent program.
#[test]
fn differences_of_given_weights() {
    let visible = signs();
    for (bias, d, expected, c1) in [
        (&[0.3][..], 100, 1.138_150_333_629_442, 1.150121188),
        (&[0.3], 1000, 1.156_038_611_322_891_7, 1.157264866),
        (&[0.3], 10_000, 1.157_601_881_025_026_6, 1.157724741),
        (&[0.3, -0.4], 100, 3.742_307_821_072_238, 3.835499652),
        (&[0.3, -0.4], 1000, 3.766_438_810_086_055, 3.775746430),
        (&[0.3, -0.4], 10_000, 3.775_345_732_615_614_6, 3.776279556),
    ] {
        let hidden = rademacher(bias);
        let (weights, theta) = waves(d, hidden.units());
        let machine = Machine::new(&hidden, &visible, &weights, &theta).expect("valid");
        let found = machine.partition().expect("found");
        close("difference", found.of_objective(2.0), expected, 1e-12);
        close("c_1", found.expansion.of_objective(2.0)[1], c1, 1e-9);
    }
    let skewed = standardised(0.3);
    for (bias, d, expected) in [
        (0.5, 100, -2.937864),
        (0.5, 1000, -10.274665),
        (0.5, 10_000, -33.256380),
        (0.0, 100, 0.318716),
        (0.0, 1000, 0.319437),
        (0.0, 10_000, 0.319099),
    ] {
        let weights = Matrix::from_fn(d, 1, |i, _| 1.0 + (i as f64 + 1.0).cos());
        let hidden = rademacher(&[bias]);
        let machine = Machine::new(&hidden, &skewed, &weights, &vec![0.0; d]).expect("valid");
        let found = machine.partition().expect("found");
        close("skewed", found.of_objective(2.0), expected, 6e-7);
        if d == 10_000 && bias > 0.0 {
            let [c0, c1, ..] = found.expansion.of_objective(2.0);
            close("c_0 √d", c0 * 100.0, -33.607656, 6e-7);
            close("c_1", c1, 0.347305, 6e-7);
        }
    }
}

/// What is left of the difference after some terms is the next one.
#[test]
fn the_expansion_is_that_of_the_difference() {
    let remainder = |visible: &VisibleUnits, bias: &[f64], d: usize, terms: usize| {
        let (weights, theta) = waves(d, bias.len());
        let hidden = rademacher(bias);
        let machine = Machine::new(&hidden, visible, &weights, &theta).expect("valid");
        let found = machine.partition().expect("found");
        let coefficients = found.expansion.of_objective(2.0);
        let sum = |terms: usize| partial_sum(&coefficients, terms, d as f64);
        let rest = found.of_objective(2.0) - sum(terms);
        (rest, sum(terms + 1) - sum(terms))
    };
    // Symmetric units: powers d^0, d^-1, and no others.
    for terms in [1, 3] {
        let (rest, next) = remainder(&signs(), &[0.3, -0.4], 4000, terms);
        close("rest of ±1", rest / next, 1.0, 0.02);
    }
    // Skewed units: each half power is there.
    for terms in 0..4 {
        let (rest, next) = remainder(&standardised(0.2), &[0.5, 0.2], 64_000, terms);
        close("rest of skewed", rest / next, 1.0, 0.1);
    }
    let left = |visible: &VisibleUnits, bias: &[f64], d: usize| {
        let (rest, _) = remainder(visible, bias, d, 4);
        rest.abs()
    };
    for (visible, expected, d) in [(signs(), -2.0, 4000), (standardised(0.2), -1.5, 256_000)] {
        let [near, far] = [d, 4 * d].map(|d| left(&visible, &[0.5, 0.2], d));
        close("exponent of the rest", (far / near).log(4.0), expected, 0.1);
    }
}

#[test]
fn corollary_2_units_of_any_mean_are_standardised_ones() {
    let p = 0.3f64;
    let (m, s) = (p, (p * (1.0 - p)).sqrt());
    let (weights, theta) = waves(60, 2);
    let root = 60f64.sqrt();
    let (binary, standard) = (pixels(p), standardised(p));
    let hidden = rademacher(&[0.3, -0.4]);
    let own = Machine::new(&hidden, &binary, &weights, &theta).expect("valid");
    let own = own.partition().expect("found");
    let bias: Vec<f64> = hidden
        .bias()
        .iter()
        .zip(weights.column_iter())
        .map(|(b, column)| b + m * column.sum() / root)
        .collect();
    let scaled: Vec<f64> = theta.iter().map(|t| s * t).collect();
    let moved = rademacher(&bias);
    let other = Machine::new(&moved, &standard, &(&weights * s), &scaled).expect("valid");
    let other = other.partition().expect("found");
    let offset = m * theta.iter().sum::<f64>() / root;
    close("log Z", own.exact, other.exact + offset, 1e-13);
    close("excess", own.excess, other.excess, 1e-15);
    close("η2", own.effective, other.effective + offset, 1e-13);
}

fn matrix(rows: usize, columns: usize, entries: &[f64]) -> Matrix {
    Matrix::from_row_slice(rows, columns, entries)
}

/// Population values of c_1 and c_2 for α = 2, and draws of weights around them.
#[test]
fn population_values() {
    let visible = signs();
    let one = (matrix(1, 1, &[1.483158991]), matrix(1, 1, &[2.895282131]));
    let two = (
        matrix(2, 2, &[1.2, 0.3, 0.2, 1.0]),
        matrix(2, 2, &[2.4, 0.7, 0.7, 2.0]),
    );
    for ((m, q), bias, variance, expected) in [
        (one.clone(), vec![0.0], 0.0, 2.578347),
        (one, vec![0.5], 0.5, 4.150988),
        (two.clone(), vec![0.0, 0.0], 0.0, 12.404480),
        (two, vec![0.3, -0.4], 0.5, 14.712209),
    ] {
        let order = OrderParameters { m, q };
        let population = Population::new(order, variance, Law::rademacher()).expect("valid");
        let hidden = rademacher(&bias);
        let expansion = population.expansion(&hidden, &visible).expect("listed");
        let [c0, c1, c32, c2] = expansion.of_objective(2.0);
        close("c_1", c1, expected, 1e-6);
        assert_eq!((c0, c32), (0.0, 0.0));
        let values: Vec<f64> = (0..24)
            .map(|instance| {
                let (weights, theta) = population.draw(2000, Streams::new(5).instance(instance));
                let machine = Machine::new(&hidden, &visible, &weights, &theta).expect("valid");
                machine.partition().expect("found").of_objective(2.0)
            })
            .collect();
        let found = crate::ensemble::Estimate::of(&values).expect("values");
        let error = found.standard_error.expect("many");
        let theory = c1 + c2 / 2000.0;
        assert!(
            (found.mean - theory).abs() < 3.5 * error,
            "{found:?}, {theory}"
        );
    }
}

#[test]
fn bad_input_is_named() {
    let (weights, theta) = waves(20, 1);
    let visible = signs();
    let normal = HiddenUnits::new(Law::Gaussian, 1, &[]).expect("valid");
    let refused = |machine: Result<Machine>, field: &str| {
        let message = machine.map(|_| ()).expect_err("refused").to_string();
        assert!(message.starts_with(field), "{message}");
    };
    let one = rademacher(&[0.0]);
    refused(Machine::new(&normal, &visible, &weights, &theta), "hidden");
    refused(
        Machine::new(&rademacher(&[0.0; 2]), &visible, &weights, &theta),
        "weights",
    );
    refused(
        Machine::new(&one, &visible, &weights, &theta[1..]),
        "visible-bias",
    );
    refused(
        Machine::new(&one, &visible, &(&weights * f64::NAN), &theta),
        "weights",
    );
    let order = OrderParameters {
        m: matrix(1, 1, &[2.0]),
        q: matrix(1, 1, &[1.0]),
    };
    let error = Population::new(order, 0.0, Law::rademacher()).expect_err("no covariance");
    assert!(error.to_string().starts_with("self-overlap"), "{error}");
}
