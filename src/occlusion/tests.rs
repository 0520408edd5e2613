use super::images::numbers;
use super::objective::sweep;
use super::*;
use crate::error::Error;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::simulation::{LbfgsSettings, RunOutcome};
use crate::spectral::{BinaryRbm, normal_entries, sign_of_mean};
use nalgebra::DVector;

/// Correlated pixels with means, some of which hardly vary: 4 of 10 are kept at least.
fn pictures(count: usize) -> Matrix {
    let mut stream = Streams::new(3).stream(Purpose::Noise, 0);
    let kinds: Vec<f64> = (0..2 * count)
        .map(|_| sign_of_mean(0.2, &mut stream))
        .collect();
    Matrix::from_fn(count, 10, |image, pixel| match pixel {
        0 => 1.0,
        1 => f64::from(image == 0),
        _ => {
            let [a, b] = [kinds[2 * image], kinds[2 * image + 1]];
            let mean = 0.2 * (pixel as f64 - 5.0) / 5.0 + 0.5 * if pixel < 6 { a } else { b };
            0.5 * (1.0 + sign_of_mean(mean, &mut stream))
        }
    })
}

fn images() -> Images {
    Images::split(&pictures(400), 0.5, 300, Streams::new(1)).expect("images")
}

fn signs(units: usize) -> Vec<DVector<f64>> {
    let sign = |state: usize, at: usize| if state >> at & 1 == 1 { 1.0 } else { -1.0 };
    (0..1 << units)
        .map(|state| DVector::from_fn(units, |at, _| sign(state, at)))
        .collect()
}

fn rbm(images: &Images, units: usize, scale: f64) -> BinaryRbm {
    let mut stream = Streams::new(5).stream(Purpose::Start, 0);
    let d = images.pixels();
    let bias = |count, stream: &mut _| {
        let entries = normal_entries(count, 1, 0.4, stream);
        DVector::from_column_slice(entries.as_slice())
    };
    BinaryRbm {
        weights: normal_entries(d, units, scale, &mut stream),
        visible_bias: bias(d, &mut stream),
        hidden_bias: bias(units, &mut stream),
    }
}

/// A mask that leaves three pixels to be completed.
fn three(images: &Images) -> Vec<bool> {
    (0..images.pixels()).map(|at| at % 3 == 1).collect()
}

#[test]
fn pixels_that_hardly_vary_are_left_out_and_splits_repeat() {
    let images = images();
    assert_eq!(images.pixels(), 8);
    assert_eq!(
        (images.training().ncols(), images.test().ncols()),
        (300, 100)
    );
    let mean = images.training().column_mean();
    assert!((mean - images.mean()).amax() < 1e-14);
    assert_eq!(images, self::images());
    let other = Images::split(&pictures(400), 0.5, 300, Streams::new(2)).unwrap();
    assert_ne!(images.training(), other.training());
    // The two parts together are all images.
    let sum = images.training().column_sum() + images.test().column_sum();
    let all = pictures(400).map(|v| 2.0 * v - 1.0);
    let all = all.columns(2, 8).row_sum().transpose();
    assert!((sum - all).amax() < 1e-9);
    let standard = images.standardised(images.training());
    let squares = standard.map(|x| x * x).column_mean();
    assert!(standard.column_mean().amax() < 1e-13 && (squares.add_scalar(-1.0)).amax() < 1e-13);
}

#[test]
fn half_of_the_pixels_is_occluded() {
    let images = images();
    let streams = Streams::new(1);
    // Pixels 2 to 9 of five rows of two: the lower half begins in the third row, with pixel 4.
    let bottom = Occlusion::Bottom.of(&images, 2, streams).unwrap();
    assert_eq!(numbers(&bottom, false), [0, 1]);
    let random = Occlusion::Random.of(&images, 2, streams).unwrap();
    assert_eq!(numbers(&random, true).len(), 4);
    assert_eq!(random, Occlusion::Random.of(&images, 2, streams).unwrap());
    let other = Occlusion::Random
        .of(&images, 2, streams.instance(1))
        .unwrap();
    assert_ne!(random, other);
}

#[test]
fn errors_are_those_of_black_0_and_white_1() {
    let images = images();
    let occluded = three(&images);
    let truth = images.test().select_rows(&numbers(&occluded, true));
    assert_eq!(images.squared_error(&occluded, &truth), 0.0);
    assert_eq!(images.squared_error(&occluded, &-&truth), 1.0);
    // A share p of white pixels is completed as p: Σ (v − p)²/N.
    let pixels = numbers(&occluded, true);
    let mut sum = 0.0;
    for image in images.test().column_iter() {
        for &pixel in &pixels {
            let white = 0.5 * (1.0 + image[pixel]);
            sum += (white - 0.5 * (1.0 + images.mean()[pixel])).powi(2);
        }
    }
    let expected = sum / (pixels.len() * images.test().ncols()) as f64;
    assert!((images.error_of_mean(&occluded) - expected).abs() < 1e-14);
}

/// Sums over all occluded pixels and all hidden states at once.
#[test]
fn black_and_white_pixels_against_brute_force() {
    let images = images();
    let rbm = rbm(&images, 2, 0.7);
    let occluded = three(&images);
    let completed = Completer::binary(&images, &rbm)
        .complete(&occluded, Streams::new(1))
        .unwrap();
    let pixels = numbers(&occluded, true);
    for (image, own) in images.test().column_iter().zip(completed.column_iter()) {
        let (mut total, mut means) = (0.0, DVector::zeros(pixels.len()));
        for values in signs(pixels.len()) {
            let mut v = image.into_owned();
            pixels
                .iter()
                .zip(values.iter())
                .for_each(|(&at, value)| v[at] = *value);
            for h in signs(2) {
                let exponent =
                    v.dot(&(&rbm.weights * &h + &rbm.visible_bias)) + rbm.hidden_bias.dot(&h);
                total += exponent.exp();
                means += &values * exponent.exp();
            }
        }
        assert!((means / total - own).amax() < 1e-12);
    }
}

/// The seen pixels given a state are normal around `Jh`, and a state has the weight `exp(½|Jh|²)`.
#[test]
fn normal_pixels_against_the_law_of_the_seen_ones() {
    let images = images();
    let weights = rbm(&images, 3, 1.5).weights;
    let occluded = three(&images);
    let completed = Completer::gaussian(&images, &weights)
        .complete(&occluded, Streams::new(1))
        .unwrap();
    let couplings = weights / (images.pixels() as f64).sqrt();
    let [seen, pixels] = [false, true].map(|are| numbers(&occluded, are));
    let visible = images.standardised(images.test());
    let mut cut = 0;
    for (image, own) in visible.column_iter().zip(completed.column_iter()) {
        let (mut total, mut means) = (0.0, DVector::zeros(pixels.len()));
        for h in signs(3) {
            let field = &couplings * h;
            let apart = image.select_rows(&seen) - field.select_rows(&seen);
            let share = (0.5 * field.norm_squared() - 0.5 * apart.norm_squared()).exp();
            total += share;
            means += field.select_rows(&pixels) * share;
        }
        for ((mean, own), &pixel) in (means / total).iter().zip(own.iter()).zip(&pixels) {
            let level = images.mean()[pixel] + images.deviation()[pixel] * mean;
            assert!((level.clamp(-1.0, 1.0) - own).abs() < 1e-12);
            cut += usize::from(level.abs() > 1.0);
        }
    }
    assert!(cut > 0, "no mean is cut");
}

/// Fourteen units, whose posterior is sampled, of which twelve have no weights.
#[test]
fn sampled_completion_is_the_listed_one() {
    let images = images();
    let rbm = rbm(&images, 2, 0.7);
    let occluded = three(&images);
    let streams = Streams::new(1);
    let mut wide = rbm.clone();
    let d = images.pixels();
    wide.weights = Matrix::zeros(d, 14);
    wide.weights.columns_mut(0, 2).copy_from(&rbm.weights);
    wide.hidden_bias = DVector::zeros(14);
    wide.hidden_bias.rows_mut(0, 2).copy_from(&rbm.hidden_bias);
    let pairs = [
        (
            Completer::binary(&images, &rbm),
            Completer::binary(&images, &wide),
        ),
        (
            Completer::gaussian(&images, &rbm.weights),
            Completer::gaussian(&images, &wide.weights),
        ),
    ];
    for (few, many) in pairs {
        let [listed, sampled] = [few, many].map(|one| one.complete(&occluded, streams).unwrap());
        // 400 correlated sweeps: the mean of all 300 entries has a far smaller error than each.
        let apart = listed - sampled;
        assert!(apart.amax() < 0.3 && apart.mean().abs() < 0.01, "{apart}");
    }
}

/// With the weights of the objective an RBM of pixels ±1 has the exponent `ṽ^T W h/√d` over
/// independent pixels of the means of the images.
#[test]
fn weights_of_the_objective_as_those_of_black_and_white_pixels() {
    let images = images();
    let weights = rbm(&images, 2, 1.0).weights;
    let binary = as_binary(&images, &weights);
    let d = images.pixels();
    let independent = |v: &DVector<f64>| {
        let pairs = v.iter().zip(images.mean().iter());
        pairs
            .map(|(v, mean)| 0.5 * (1.0 + v * mean))
            .product::<f64>()
    };
    let mut constant = None;
    for v in signs(d).iter().step_by(7) {
        let standard = (v - images.mean()).component_div(&images.deviation());
        for h in signs(2) {
            let field = &weights * &h / (d as f64).sqrt();
            let expected = independent(v).ln() + standard.dot(&field);
            let exponent =
                v.dot(&(&binary.weights * &h + &binary.visible_bias)) + binary.hidden_bias.dot(&h);
            let shift = exponent - expected;
            let first = *constant.get_or_insert(shift);
            assert!((shift - first).abs() < 1e-12);
        }
    }
}

#[test]
fn sweeps_sample_the_pair_function() {
    let q = Matrix::from_row_slice(3, 3, &[1.2, 0.5, -0.3, 0.5, 0.9, 0.2, -0.3, 0.2, 1.1]);
    let (mut total, mut exact) = (0.0, Matrix::zeros(3, 3));
    for h in signs(3) {
        let share = (0.5 * h.dot(&(&q * &h))).exp();
        total += share;
        exact += &h * h.transpose() * share;
    }
    let mut stream = Streams::new(1).stream(Purpose::ChainSteps, 0);
    let mut h = DVector::from_element(3, 1.0);
    let mut sum = Matrix::zeros(3, 3);
    for _ in 0..100_000 {
        sweep(&q, h.as_mut_slice(), &mut stream);
        sum += &h * h.transpose();
    }
    assert!((sum / 1e5 - exact / total).amax() < 0.015);
}

/// Ascent with sampled pairs ends at the maximum of L-BFGS.
#[test]
fn sampled_ascent_finds_the_maximum() {
    let images = images();
    let streams = Streams::new(1);
    let settings = Objective {
        chains: 4000,
        ..Objective::default()
    };
    let exact = settings.learn(&images, 2, streams).unwrap();
    assert_eq!(exact.end, ObjectiveEnd::Exact(RunOutcome::Converged));
    let data = images.standardised(images.training());
    let sampled = settings.sampled(&data, 2, streams).weights.expect("finite");
    let overlap = |w: &Matrix| w.tr_mul(w) / w.nrows() as f64;
    let projector = |w: &Matrix| w * overlap(w).try_inverse().expect("full rank") * w.transpose();
    let exact = exact.weights.expect("a maximum");
    let apart = projector(&exact) - projector(&sampled);
    assert!(apart.norm() < 0.03 * projector(&exact).norm(), "{apart}");
    let traces = [&exact, &sampled].map(|w| overlap(w).trace());
    assert!(
        (traces[0] - traces[1]).abs() < 0.05 * traces[0],
        "{traces:?}"
    );
}

#[test]
fn runs_that_do_not_converge_have_no_weights() {
    let settings = Objective {
        lbfgs: LbfgsSettings {
            tolerance: 1e-9,
            max_iterations: 1,
        },
        ..Objective::default()
    };
    let learnt = settings.learn(&images(), 2, Streams::new(1)).unwrap();
    assert_eq!(learnt.weights, None);
    assert_eq!(learnt.end, ObjectiveEnd::Exact(RunOutcome::OutOfIterations));
}

#[test]
fn bad_input_is_named() {
    let (all, streams) = (pictures(20), Streams::new(1));
    let field = |error: Error| match error {
        Error::InvalidInput { field, .. } | Error::Shape { field, .. } => field,
        other => panic!("{other}"),
    };
    let split = |threshold, training| Images::split(&all, threshold, training, streams);
    assert_eq!(field(split(0.5, 1).unwrap_err()), "training");
    assert_eq!(field(split(0.5, 19).unwrap_err()), "training");
    assert_eq!(field(split(7.0, 10).unwrap_err()), "threshold");
    assert_eq!(field(split(f64::NAN, 10).unwrap_err()), "threshold");
    let images = images();
    for width in [0, 3, 10] {
        let error = Occlusion::Bottom.of(&images, width, streams).unwrap_err();
        assert_eq!(field(error), "width", "{width}");
    }
    let usual = Objective::default();
    for units in [0, 257] {
        let error = usual.learn(&images, units, streams).unwrap_err();
        assert_eq!(field(error), "units");
    }
    let none = Objective { chains: 0, ..usual };
    assert_eq!(
        field(none.learn(&images, 1, streams).unwrap_err()),
        "chains"
    );
    let short = Completer::gaussian(&images, &Matrix::zeros(3, 1));
    let error = short.complete(&three(&images), streams).unwrap_err();
    assert_eq!(field(error), "occluded");
}
