//! The same learning curve in the frame of the singular vectors: `ẇ_α` and the rotation `Ω^v`
//! (decelle2017, Eqs. 7–8, with the factor and the sign of theory.md section 7) close on `w` and
//! `C_{αβ} = u^α C u^β`, without vectors.

use super::{VARIANCES, near, six};
use crate::numerics::Matrix;
use crate::numerics::dormand_prince::{Control, DormandPrince};
use crate::spectral::FlowSettings;

/// What multiplies the rotation; 1 is right.
fn in_the_frame(rotation: f64, time: f64) -> Vec<f64> {
    let (covariance, _, start) = six();
    let svd = start.clone().svd(false, false);
    // A whole basis of the visible space: the directions outside of the range of W are among it.
    let eigen = (&start * start.transpose()).symmetric_eigen();
    let mut order: Vec<usize> = (0..6).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let basis = eigen.eigenvectors.select_columns(&order);
    let projected = basis.tr_mul(&covariance) * &basis;
    let mut state: Vec<f64> = svd.singular_values.iter().copied().collect();
    state.sort_by(|a, b| b.total_cmp(a));
    state.extend(projected.iter());
    let [visible, hidden] = VARIANCES;
    let equation = |_: f64, state: &[f64], slope: &mut [f64]| {
        let c = Matrix::from_column_slice(6, 6, &state[4..]);
        let w = |at: usize| state.get(at).filter(|_| at < 4).copied().unwrap_or(0.0);
        let omega = Matrix::from_fn(6, 6, |a, b| {
            let (wa, wb) = (w(a).powi(2), w(b).powi(2));
            // Within the kernel of W a rotation changes nothing.
            if a == b || (a >= 4 && b >= 4) {
                return 0.0;
            }
            rotation * hidden * c[(a, b)] * (wa + wb) / (wa - wb)
        });
        for at in 0..4 {
            let variance = visible / (1.0 - visible * hidden * w(at).powi(2));
            slope[at] = hidden * w(at) * (c[(at, at)] - variance);
        }
        slope[4..].copy_from_slice((&omega * &c - &c * &omega).as_slice());
        true
    };
    let control = Control {
        relative: 1e-12,
        absolute: 1e-13,
        max_steps: 1_000_000,
    };
    let mut solution = DormandPrince::new(equation, 0.0, state, control).expect("defined");
    while solution.time() < time {
        solution.step(time).expect("smooth");
    }
    let mut values = solution.state()[..4].to_vec();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

fn of_the_weights(time: f64) -> Vec<f64> {
    let (_, machine, start) = six();
    let settings = FlowSettings {
        tolerance: 1e-12,
        ..FlowSettings::default()
    };
    let flow = machine
        .flow(&start, &[time], &settings, &|_| ())
        .expect("good");
    flow.states[0].singular_values.clone()
}

#[test]
fn both_ways_agree() {
    for time in [1.0, 4.0, 20.0] {
        near(&in_the_frame(1.0, time), &of_the_weights(time), 1e-10);
    }
}

#[test]
fn a_wrong_rotation_is_noticed() {
    let error = |rotation: f64, time: f64| {
        let (found, right) = (in_the_frame(rotation, time), of_the_weights(time));
        let errors = found.iter().zip(&right).map(|(a, b)| (a - b).abs());
        errors.fold(0.0, f64::max)
    };
    // Twice the rotation; and the other way round, which later on ends in a singularity.
    assert!(error(2.0, 4.0) > 0.02, "{}", error(2.0, 4.0));
    assert!(error(-1.0, 1.0) > 0.05, "{}", error(-1.0, 1.0));
}
