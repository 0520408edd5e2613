//! Contrastive divergence beside sums over all states, and its first steps beside linear theory.

use super::*;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;

fn settings(hidden_units: usize) -> TrainingSettings {
    TrainingSettings {
        hidden_units,
        ..TrainingSettings::default()
    }
}

fn rbm(units: [usize; 2], scale: f64, seed: u64) -> BinaryRbm {
    let mut stream = Stream::seed_from_u64(seed);
    let mut draw = || scale * stream.sample::<f64, _>(StandardNormal);
    BinaryRbm {
        weights: Matrix::from_fn(units[0], units[1], |_, _| draw()),
        visible_bias: DVector::from_fn(units[0], |_, _| draw()),
        hidden_bias: DVector::from_fn(units[1], |_, _| draw()),
    }
}

/// All states of so many units, in columns.
fn all_states(units: usize) -> Matrix {
    let sign = |row: usize, state: usize| if state >> row & 1 == 1 { 1.0 } else { -1.0 };
    Matrix::from_fn(units, 1 << units, sign)
}

/// `ln P(s, ·)` summed over hidden units, up to a constant.
fn exponents(rbm: &BinaryRbm, states: &Matrix) -> Vec<f64> {
    let exponent = |state: usize| {
        let s = states.column(state);
        let fields = rbm.weights.tr_mul(&s) + &rbm.hidden_bias;
        let hidden: f64 = fields.iter().map(|field| (2.0 * field.cosh()).ln()).sum();
        rbm.visible_bias.dot(&s) + hidden
    };
    (0..states.ncols()).map(exponent).collect()
}

/// A step with a long chain is the gradient of the likelihood, which a sum over all states has.
#[test]
fn long_chains_have_the_gradient_of_the_likelihood() {
    let mut rbm = rbm([4, 3], 0.5, 3);
    let states = all_states(4);
    let weights: Vec<f64> = exponents(&rbm, &states).iter().map(|x| x.exp()).collect();
    let norm: f64 = weights.iter().sum();
    let copies = 20_000;
    // Four states of the data, equally often.
    let columns: Vec<usize> = (0..copies).map(|at| [1, 2, 7, 13][at % 4]).collect();
    let batch = states.select_columns(&columns);
    let hidden = |states: &Matrix| rbm.hidden_means(states);
    let model = |of: &dyn Fn(usize) -> f64| -> f64 {
        let all = weights.iter().enumerate();
        all.map(|(state, weight)| weight * of(state)).sum::<f64>() / norm
    };
    let data =
        |of: &dyn Fn(usize) -> f64| -> f64 { [1, 2, 7, 13].map(of).iter().sum::<f64>() / 4.0 };
    let means = hidden(&states);
    let correlation = |i: usize, j: usize| {
        let of = |state: usize| states[(i, state)] * means[(j, state)];
        data(&of) - model(&of)
    };
    let exact = Matrix::from_fn(4, 3, correlation);
    let visible = DVector::from_fn(4, |i, _| {
        let of = |state: usize| states[(i, state)];
        data(&of) - model(&of)
    });
    let hidden = DVector::from_fn(3, |j, _| {
        let of = |state: usize| means[(j, state)];
        data(&of) - model(&of)
    });
    let before = rbm.clone();
    let settings = TrainingSettings {
        sweeps: 40,
        rate: 0.1,
        ..settings(3)
    };
    let mut stream = Stream::seed_from_u64(5);
    let _ = rbm.step(&batch, None, &settings, &mut stream);
    // Four standard errors of a mean of numbers of size 1.
    let error = 4.0 / (copies as f64).sqrt();
    let far = |step: f64, exact: f64| (step / settings.rate - exact).abs() > error;
    for (step, exact) in (&rbm.weights - &before.weights).iter().zip(&exact) {
        assert!(!far(*step, *exact), "{step} beside {exact}");
    }
    let biases = (&rbm.visible_bias - &before.visible_bias)
        .iter()
        .zip(&visible)
        .map(|(a, b)| (*a, *b))
        .collect::<Vec<_>>();
    let others = (&rbm.hidden_bias - &before.hidden_bias)
        .iter()
        .zip(&hidden)
        .map(|(a, b)| (*a, *b))
        .collect::<Vec<_>>();
    for (step, exact) in biases.into_iter().chain(others) {
        assert!(!far(step, exact), "{step} beside {exact}");
    }
    assert!(
        exact.amax() > 0.2 && visible.amax() > 0.1,
        "{exact}{visible}"
    );
}

/// Conditional probabilities beside those of a sum over all states. All units are alike, so that it
/// does not matter which one is drawn.
#[test]
fn the_pseudo_likelihood_is_that_of_a_sum_over_states() {
    let mut rbm = rbm([4, 3], 0.4, 9);
    for row in 1..4 {
        let first = rbm.weights.row(0).clone_owned();
        rbm.weights.set_row(row, &first);
    }
    rbm.visible_bias.fill(0.3);
    let states = all_states(4);
    let exponents = exponents(&rbm, &states);
    // All +1, and the first unit turned.
    let (up, turned) = (exponents[15], exponents[14]);
    let expected = -4.0 * (turned - up).exp().ln_1p();
    let samples = Matrix::from_element(4, 7, 1.0);
    let found = rbm.pseudo_likelihood(&samples, Streams::new(1));
    assert!(
        (found - expected).abs() < 1e-12,
        "{found}, expected {expected}"
    );
}

/// Two pairs of clusters with biased units.
fn clusters(samples: usize) -> BinaryData {
    let mut stream = Stream::seed_from_u64(11);
    let sample = |_: usize| -> Vec<f64> {
        let signs = [0, 1].map(|_| if stream.random::<bool>() { 1.0 } else { -1.0 });
        let unit = |unit: usize, stream: &mut Stream| {
            let field = match unit {
                0..12 => 0.8 * signs[0],
                12..18 => 0.7 * signs[1],
                _ => 0.5,
            };
            if 2.0 * stream.random::<f64>() < 1.0 + f64::tanh(field) {
                1.0
            } else {
                -1.0
            }
        };
        (0..20).map(|at| unit(at, &mut stream)).collect()
    };
    let rows: Vec<Vec<f64>> = (0..samples).map(sample).collect();
    let data = Matrix::from_fn(samples, 20, |row, column| rows[row][column]);
    BinaryData::new(&data, 0.0).expect("valid")
}

/// Small weights grow as `exp((C − D) t)`, also with a single sweep.
#[test]
fn first_steps_are_those_of_the_linear_theory() {
    let data = clusters(4000);
    let settings = TrainingSettings {
        epochs: 80,
        batch: 4000,
        rate: 0.01,
        start_scale: 1e-4,
        ..settings(6)
    };
    let streams = Streams::new(2);
    let start = BinaryRbm::start(&data, &settings, streams);
    let run = data
        .train(&settings, &[80], streams, &|_| ())
        .expect("valid");
    assert_eq!(run.ending, TrainingEnding::Complete);
    let values = DVector::from_vec(data.eigenvalues.clone());
    let covariance =
        &data.directions * Matrix::from_diagonal(&values) * data.directions.transpose();
    let others = &covariance - Matrix::from_diagonal(&covariance.diagonal());
    // 80 steps of 0.01 of the linear map.
    let step = Matrix::identity(20, 20) + others * 0.01;
    let mut expected = start.weights.clone();
    for _ in 0..80 {
        expected = &step * expected;
    }
    let apart = (&run.rbm.weights - &expected).norm() / expected.norm();
    assert!(apart < 0.03, "{apart}");
    let grown = expected.norm() / start.weights.norm();
    assert!(grown > 5.0, "{grown}");
    // The mode that has grown most points along the larger cluster.
    let last = run.states.last().expect("a state");
    assert_eq!(last.nearest[0], 1);
    assert!(last.overlaps[0] > 0.95, "{:?}", last.overlaps);
}

/// What is learnt is the distribution of the data: correlations of samples of the RBM are theirs.
#[test]
fn trained_samples_have_the_correlations_of_the_data() {
    let data = clusters(2000);
    let settings = TrainingSettings {
        epochs: 60,
        batch: 100,
        rate: 0.02,
        persistent: true,
        ..settings(4)
    };
    let run = data
        .train(&settings, &[60], Streams::new(7), &|_| ())
        .expect("valid");
    let mut stream = Stream::seed_from_u64(8);
    let chains = run.rbm.sample(data.samples.clone(), 60, &mut stream);
    let overlap = |samples: &Matrix, units: std::ops::Range<usize>| {
        let size = units.len() as f64;
        let part = samples.rows(units.start, units.len());
        let sums = part.row_sum();
        sums.iter().map(|sum| (sum / size).powi(2)).sum::<f64>() / samples.ncols() as f64
    };
    for units in [0..12, 12..18] {
        let [found, expected] = [&chains, &data.samples].map(|all| overlap(all, units.clone()));
        assert!(
            (found - expected).abs() < 0.06,
            "{units:?}: {found}, data {expected}"
        );
    }
    let first = run.states[0].pseudo_likelihood;
    let last = run.states.last().expect("a state").pseudo_likelihood;
    assert!(last > first + 0.5, "{first} {last}");
    let again = data
        .train(&settings, &[60], Streams::new(7), &|_| ())
        .expect("valid");
    assert_eq!(run, again);
}

#[test]
fn bad_input_is_named() {
    let refused = |data: Matrix, threshold: f64, field: &str| {
        let message = BinaryData::new(&data, threshold)
            .expect_err("refused")
            .to_string();
        assert!(message.contains(field), "{message}");
    };
    refused(Matrix::zeros(1, 3), 0.0, "data");
    refused(Matrix::zeros(5, 3), 0.0, "threshold");
    refused(Matrix::identity(5, 3), f64::NAN, "threshold");
    let data = clusters(50);
    for (wrong, field) in [
        (settings(0), "hidden-units"),
        (
            TrainingSettings {
                batch: 51,
                ..settings(2)
            },
            "batch",
        ),
        (
            TrainingSettings {
                rate: f64::NAN,
                ..settings(2)
            },
            "rate",
        ),
        (
            TrainingSettings {
                sweeps: 0,
                ..settings(2)
            },
            "sweeps",
        ),
        (
            TrainingSettings {
                epochs: 0,
                ..settings(2)
            },
            "epochs",
        ),
        (
            TrainingSettings {
                start_scale: 0.0,
                ..settings(2)
            },
            "start-scale",
        ),
    ] {
        let message = data
            .train(&wrong, &[1], Streams::new(1), &|_| ())
            .expect_err("refused")
            .to_string();
        assert!(message.contains(field), "{message}");
    }
    let again = data.train(&settings(2), &[2, 2], Streams::new(1), &|_| ());
    assert!(again.expect_err("refused").to_string().contains("noted"));
}

/// Units that are the same in all samples span directions without variance: no mode is said to be
/// nearest to one of them, since any turn of them would do as well.
#[test]
fn directions_without_variance_are_no_mode_s_nearest() {
    let mut stream = Stream::seed_from_u64(8);
    let data = Matrix::from_fn(200, 9, |_, unit| {
        let normal = stream.sample::<f64, _>(StandardNormal);
        if unit < 4 { normal } else { 1.0 }
    });
    let data = BinaryData::new(&data, 0.0).expect("valid");
    assert!(data.eigenvalues()[4].abs() < 1e-12);
    let settings = TrainingSettings {
        epochs: 2,
        start_scale: 0.3,
        ..settings(9)
    };
    let run = data.train(&settings, &[1, 2], Streams::new(3), &|_| ());
    let states = run.expect("valid").states;
    assert_eq!(states.len(), 3);
    for state in states {
        assert!(
            state.nearest.iter().all(|&nearest| nearest <= 4),
            "{state:?}"
        );
    }
}
