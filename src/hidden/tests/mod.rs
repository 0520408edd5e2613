mod formulas;
mod points;

use super::*;
use crate::law::{JointAtoms, ScalarAtoms};
use crate::numerics::Matrix;
use crate::numerics::symmetric::max_abs;
use formulas::{SHARED, law};
use nalgebra::Vector2;

pub(super) fn ternary() -> ScalarAtoms {
    let a = 1.5f64.sqrt();
    ScalarAtoms::new(&[-a, 0.0, a], &[1.0 / 3.0; 3]).expect("valid atoms")
}

fn one_hot() -> JointAtoms {
    let points = [vec![0.0, 0.0], vec![1.0, 0.0], vec![0.0, 1.0]];
    JointAtoms::new(&points, &[0.5, 0.25, 0.25]).expect("valid atoms")
}

fn pairs() -> Vec<HiddenUnits> {
    [
        (Law::rademacher(), vec![]),
        (Law::rademacher(), vec![0.3, -0.7]),
        (Law::Gaussian, vec![0.2, 0.1]),
        (Law::Separable(ternary()), vec![0.0, 0.4]),
        (Law::Joint(one_hot()), vec![0.1, -0.2]),
        (
            law(&["z"], "log_sum_exp(0, z, -3*z/2) - ln(3)"),
            vec![0.0, 0.4],
        ),
        (law(&["x", "y"], SHARED), vec![0.1, -0.2]),
    ]
    .into_iter()
    .map(|(law, bias)| HiddenUnits::new(law, 2, &bias).expect("valid units"))
    .collect()
}

#[test]
fn denoiser_is_the_gradient_of_the_log_mgf_and_covariance_its_derivative() {
    let step = 1e-5;
    for hidden in pairs() {
        for z in [
            Vector2::new(0.3, -1.2),
            Vector2::new(8.0, 0.001),
            Vector2::new(-2.0, -25.0),
        ] {
            let response = hidden.response(&z);
            for axis in 0..2 {
                let mut shift = Vector2::zeros();
                shift[axis] = step;
                let (up, down) = (z + shift, z - shift);
                let slope = (hidden.log_mgf(&up) - hidden.log_mgf(&down)) / (2.0 * step);
                assert!(
                    (slope - response.mean[axis]).abs() < 2e-9,
                    "{:?} {z}",
                    hidden.law()
                );
                let column =
                    (hidden.response(&up).mean - hidden.response(&down).mean) / (2.0 * step);
                assert!((column - response.covariance.column(axis)).amax() < 2e-9);
            }
        }
    }
}

#[test]
fn pair_function_derivatives_match_differences() {
    let q = Matrix::from_row_slice(2, 2, &[0.5, 0.2, 0.2, 0.4]);
    let step = 1e-5;
    for hidden in pairs() {
        let at = |q: &Matrix| hidden.pair_function(q).expect("in domain");
        let pair = at(&q);
        for (a, b) in [(0, 0), (0, 1), (1, 1)] {
            let mut direction = Matrix::zeros(2, 2);
            direction[(a, b)] = 1.0;
            direction[(b, a)] = 1.0;
            let (up, down) = (at(&(&q + &direction * step)), at(&(&q - &direction * step)));
            let slope = (up.log_norm() - down.log_norm()) / (2.0 * step);
            let expected = 0.5 * pair.second_moment().component_mul(&direction).sum();
            assert!((slope - expected).abs() < 1e-8, "{:?}", hidden.law());
            let difference = (up.second_moment() - down.second_moment()) / (2.0 * step);
            let derivative = pair.second_moment_derivative(&direction);
            assert!(
                max_abs(&(difference - derivative)) < 1e-8,
                "{:?}",
                hidden.law()
            );
        }
    }
}

/// `η2(vQ)` as a function of `Q`: its value, and derivatives by differences.
#[test]
fn visible_units_of_another_variance_stretch_the_pair_function() {
    let q = Matrix::from_row_slice(2, 2, &[0.3, 0.1, 0.1, 0.2]);
    let direction = Matrix::from_row_slice(2, 2, &[1.0, 0.5, 0.5, -0.7]);
    let step = 1e-5;
    for plain in pairs() {
        let hidden = plain.clone().with_visible_variance(1.7).expect("valid");
        let at = |q: &Matrix| hidden.pair_function(q).expect("in domain");
        let stretched = plain.pair_function(&(&q * 1.7)).expect("in domain");
        assert!((at(&q).log_norm() - stretched.log_norm()).abs() < 1e-13);
        let (up, down) = (at(&(&q + &direction * step)), at(&(&q - &direction * step)));
        let slope = (up.log_norm() - down.log_norm()) / (2.0 * step);
        // ∂η2 in a symmetric direction is half the second moment along it.
        let expected = 0.5 * at(&q).second_moment().dot(&direction);
        assert!((slope - expected).abs() < 1e-8, "{slope} {expected}");
        let slope = (up.second_moment() - down.second_moment()) / (2.0 * step);
        let expected = at(&q).second_moment_derivative(&direction);
        assert!((slope - expected).amax() < 1e-7, "{:?}", hidden.law());
    }
    for variance in [0.0, -1.0, f64::NAN, 1e7] {
        let hidden = pairs().remove(0);
        assert!(hidden.with_visible_variance(variance).is_err());
    }
}

#[test]
fn extreme_fields_stay_finite() {
    for hidden in pairs() {
        for x in [-800.0, 800.0] {
            let z = Vector2::new(x, -x);
            let response = hidden.response(&z);
            assert!(response.mean.iter().all(|entry| entry.is_finite()));
            assert!(response.covariance.iter().all(|entry| entry.is_finite()));
            assert!(hidden.log_mgf(&z).is_finite());
        }
    }
    let atoms = ScalarAtoms::rademacher();
    assert_eq!(atoms.log_mgf(800.0), 800.0 - std::f64::consts::LN_2);
    // sech²(20) = 4 e^{-40}(1 + O(e^{-40})), which 1 − tanh² would round to 0.
    let sech2 = atoms.mean_and_variance(20.0).1;
    assert!((sech2 / (4.0 * (-40f64).exp()) - 1.0).abs() < 1e-12);
}

#[test]
fn covariance_bounds() {
    // Var at field 0 is 1 for the flat ternary law; the bound is reached there (a three-point law
    // with equal weights).
    assert!((ternary().variance_bound() - 1.0).abs() < 1e-9);
    // Two atoms 2 apart: at most 1.
    let pair = ScalarAtoms::new(&[-1.0, 1.0], &[0.1, 0.9]).expect("valid atoms");
    assert!((pair.variance_bound() - 1.0).abs() < 1e-9);
    // One-hot on a simplex of three corners: the edge between the two hot states has length √2,
    // hence ½.
    assert!((one_hot().covariance_bound() - 0.5).abs() < 1e-6);
}

#[test]
fn two_atoms_give_the_same_numbers_as_rademacher() {
    let atoms = ScalarAtoms::new(&[-1.0, 1.0], &[0.5, 0.5]).expect("valid atoms");
    assert_eq!(atoms, ScalarAtoms::rademacher());
    // Written with an atom twice, the law is enumerated.
    let doubled = ScalarAtoms::new(&[-1.0, 1.0, 1.0], &[0.5, 0.25, 0.25]).expect("valid atoms");
    assert_eq!(doubled.symmetric_pair(), None);
    let joint = JointAtoms::new(
        &[
            vec![-1.0, -1.0],
            vec![-1.0, 1.0],
            vec![1.0, -1.0],
            vec![1.0, 1.0],
        ],
        &[0.25; 4],
    )
    .expect("valid atoms");
    let z = Vector2::new(0.7, -2.3);
    let reference = HiddenUnits::new(Law::rademacher(), 2, &[]).expect("valid units");
    for law in [Law::Separable(doubled), Law::Joint(joint)] {
        let hidden = HiddenUnits::new(law, 2, &[]).expect("valid units");
        let (a, b) = (hidden.response(&z), reference.response(&z));
        assert!((a.mean - b.mean).amax() < 1e-15);
        assert!((a.covariance - b.covariance).amax() < 1e-15);
        assert!((hidden.log_mgf(&z) - reference.log_mgf(&z)).abs() < 1e-14);
        assert!((hidden.covariance_bound() - 1.0).abs() < 1e-9);
        assert!(hidden.is_odd());
    }
}

#[test]
fn closed_form_of_two_rademacher_units() {
    // theory.md section 1: η2 = (Q11 + Q22)/2 + log cosh Q12.
    let hidden = HiddenUnits::new(Law::rademacher(), 2, &[]).expect("valid units");
    let q = Matrix::from_row_slice(2, 2, &[2.9, 0.4, 0.4, 2.4]);
    let pair = hidden.pair_function(&q).expect("any Q");
    assert!((pair.log_norm() - (2.65 + 0.4f64.cosh().ln())).abs() < 1e-14);
    let tanh = 0.4f64.tanh();
    let expected = Matrix::from_row_slice(2, 2, &[1.0, tanh, tanh, 1.0]);
    assert!(max_abs(&(pair.second_moment() - expected)) < 1e-14);
}

#[test]
fn bad_input_is_refused() {
    assert!(ScalarAtoms::new(&[1.0, 1.0], &[0.5, 0.5]).is_err());
    assert!(ScalarAtoms::new(&[-1.0, 1.0], &[0.5, 0.6]).is_err());
    assert!(ScalarAtoms::new(&[-1.0, f64::NAN], &[0.5, 0.5]).is_err());
    assert!(JointAtoms::new(&[vec![1.0], vec![1.0, 2.0]], &[0.5, 0.5]).is_err());
    assert!(HiddenUnits::new(Law::rademacher(), 0, &[]).is_err());
    assert!(HiddenUnits::new(Law::rademacher(), 2, &[0.1]).is_err());
    assert!(HiddenUnits::new(Law::rademacher(), 1, &[f64::INFINITY]).is_err());
    assert!(HiddenUnits::new(Law::Joint(one_hot()), 3, &[]).is_err());
    let gaussian = HiddenUnits::new(Law::Gaussian, 2, &[]).expect("valid units");
    assert!(gaussian.pair_function(&Matrix::identity(2, 2)).is_none());
}
