//! Many fields at once against one at a time.

use super::formulas::law;
use super::*;
use crate::law::{POINTS, Points, Responses};
use nalgebra::{SVector, Vector3};

fn check<const K: usize>(hidden: &HiddenUnits) {
    let mut z = [Points::ZERO; K];
    for (unit, fields) in z.iter_mut().enumerate() {
        for (place, entry) in fields.iter_mut().enumerate() {
            let irregular = ((place * K + unit) as f64 * 0.754_877_666).fract() - 0.5;
            // Small fields, and such as saturate.
            *entry = irregular * [1.0, 8.0, 60.0, 800.0][place % 4];
        }
    }
    let (mut all, mut log_mgfs) = (Responses::new(K), Points::ZERO);
    hidden.responses(&z, &mut all);
    hidden.log_mgfs(&z, &mut log_mgfs);
    for place in 0..POINTS {
        let field = SVector::<f64, K>::from_fn(|unit, _| z[unit][place]);
        let one = hidden.response(&field);
        let named = format!("{:?} at {field}", hidden.law());
        for a in 0..K {
            let mean = all.mean[a][place];
            assert!(
                (mean - one.mean[a]).abs() < 4e-14 * one.mean[a].abs().max(1e-3),
                "{named}"
            );
            for b in 0..=a {
                let known = one.covariance[(a, b)];
                let found = if all.independent && a != b {
                    0.0
                } else {
                    all.covariance[a * K + b][place]
                };
                // Tails too: relative to themselves, of what single precision would lose.
                assert!(
                    (found - known).abs() < 2e-13 * known.abs() + 1e-30,
                    "{named}: {found} {known}"
                );
            }
        }
        let known = hidden.log_mgf(&field);
        assert!(
            (log_mgfs[place] - known).abs() < 4e-14 * known.abs().max(1e-2),
            "{named}"
        );
    }
}

#[test]
fn many_fields_at_once_respond_as_each_alone() {
    for hidden in pairs() {
        check::<2>(&hidden);
    }
    let skewed = ScalarAtoms::new(&[-0.5, 0.0, 2.0], &[0.7, 0.1, 0.2]).expect("valid atoms");
    let uniform = law(&["z"], "ln_sinhc(sqrt(3)*z)");
    for law in [
        Law::rademacher(),
        Law::Gaussian,
        Law::Separable(skewed),
        uniform,
    ] {
        for bias in [[0.0; 3], [0.3, 0.0, -4.0]] {
            check::<3>(&HiddenUnits::new(law.clone(), 3, &bias).expect("valid units"));
            check::<1>(&HiddenUnits::new(law.clone(), 1, &bias[..1]).expect("valid units"));
        }
    }
    // The scalar path itself, against a sum over states.
    let hidden = HiddenUnits::new(Law::rademacher(), 3, &[0.1, 0.0, -0.2]).expect("valid units");
    let z = Vector3::new(0.4, -1.0, 0.7);
    let mut shares = Vec::new();
    hidden.posterior(z.as_slice(), &mut shares);
    let states = hidden.states().expect("finite support");
    let mean = states
        .iter()
        .zip(&shares)
        .map(|((_, h), share)| h[0] * share);
    assert!((mean.sum::<f64>() - hidden.response(&z).mean[0]).abs() < 1e-14);
}
