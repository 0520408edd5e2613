//! The gradient, its flow and its fixed point.

use super::{SPECTRUM, VARIANCES, near, six};
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::spectral::{Ending, Flow, FlowSettings, LinearRbm};
use nalgebra::DVector;

fn flow(machine: &LinearRbm, start: &Matrix, times: &[f64], tolerance: f64) -> Flow {
    let settings = FlowSettings {
        tolerance,
        ..FlowSettings::default()
    };
    machine
        .flow(start, times, &settings, &|_| ())
        .expect("a good request")
}

/// An independent integration of the weights (order 8, tolerance 1e-13).
#[test]
fn six_units_learn_as_computed_elsewhere() {
    let (_, machine, start) = six();
    let found = flow(&machine, &start, &[1.0, 4.0, 20.0], 1e-12);
    assert_eq!(found.ending, Ending::Complete);
    let expected = [
        (
            [
                0.693137794257,
                0.290897691611,
                0.133553539524,
                0.062782796982,
            ],
            -10.878523471081,
        ),
        (
            [
                0.951189731153,
                0.862565858587,
                0.521390375030,
                0.036051319234,
            ],
            -10.240104142413,
        ),
        (
            [
                0.951189731211,
                0.862581949178,
                0.714285708783,
                0.379226293587,
            ],
            -10.199914642346,
        ),
    ];
    for (state, (values, log_likelihood)) in found.states.iter().zip(expected) {
        near(&state.singular_values, &values, 1e-11);
        near(&[state.log_likelihood], &[log_likelihood], 1e-11);
    }
    let overlaps = [1.00000000, 0.99994319, 0.96453563, 0.49269709];
    near(&found.states[1].overlaps, &overlaps, 1e-8);
    let end = machine.equilibrium();
    let limit = [
        0.951189731211,
        0.862581949178,
        0.714285714286,
        0.487950036474,
    ];
    near(&end.singular_values, &limit, 1e-12);
    near(&[end.log_likelihood], &[-10.197615010227], 1e-12);
    // The default tolerance is as good as it says.
    let default = flow(&machine, &start, &[4.0], 1e-10);
    near(&default.states[0].singular_values, &expected[1].0, 1e-9);
}

#[test]
fn the_gradient_is_that_of_the_likelihood() {
    let (covariance, machine, start) = six();
    // Also where there are more hidden than visible units.
    let wide = LinearRbm::new(&covariance, 9, VARIANCES[0], VARIANCES[1]).expect("good");
    let other = Matrix::from_fn(6, 9, |i, j| 0.2 * ((3 * i + 5 * j) as f64).cos());
    for (machine, weights) in [(&machine, start * 6.0), (&wide, other)] {
        let gradient = machine.gradient(&weights).expect("shaped").expect("inside");
        for (i, j) in [(0, 0), (2, 3), (5, 1)] {
            let step = 1e-4;
            let at = |shift: f64| {
                let mut moved = weights.clone();
                moved[(i, j)] += shift;
                machine
                    .log_likelihood(&moved)
                    .expect("shaped")
                    .expect("inside")
            };
            let slope =
                (8.0 * (at(step) - at(-step)) - at(2.0 * step) + at(-2.0 * step)) / (12.0 * step);
            let found = gradient[(i, j)];
            assert!((slope - found).abs() < 1e-10, "{slope} {found}");
        }
    }
}

/// `A` itself, inverted and with its determinant.
#[test]
fn the_likelihood_is_that_of_the_marginal() {
    let (covariance, machine, start) = six();
    let weights = start * 5.0;
    let precision =
        Matrix::identity(6, 6) / VARIANCES[0] - &weights * weights.transpose() * VARIANCES[1];
    let two_pi = 2.0 * std::f64::consts::PI;
    let direct = -0.5 * (&precision * &covariance).trace() + 0.5 * precision.determinant().ln()
        - 3.0 * two_pi.ln();
    let found = machine
        .log_likelihood(&weights)
        .expect("shaped")
        .expect("inside");
    near(&[found], &[direct], 1e-12);
    let inverse = precision.try_inverse().expect("positive");
    let direct = (covariance - inverse) * &weights * VARIANCES[1];
    let found = machine.gradient(&weights).expect("shaped").expect("inside");
    assert!((found - direct).amax() < 1e-13);
}

/// Ascent in steps of `γ` is off by a term that is linear in `γ`.
#[test]
fn gradient_ascent_tends_to_the_flow() {
    let (_, machine, start) = six();
    let exact = &flow(&machine, &start, &[2.0], 1e-12).states[0].singular_values;
    let ascent = |steps: usize| {
        let mut weights = start.clone();
        for _ in 0..steps {
            let gradient = machine.gradient(&weights).expect("shaped").expect("inside");
            weights += gradient * (2.0 / steps as f64);
        }
        weights.svd(false, false).singular_values[1] - exact[1]
    };
    let [coarse, fine] = [ascent(2000), ascent(4000)];
    assert!((coarse / fine - 2.0).abs() < 0.01, "{coarse} {fine}");
    assert!((2.0 * fine - coarse).abs() < 1e-6);
}

#[test]
fn sixty_units_climb_a_staircase() {
    let mut spectrum = vec![12.0, 8.0, 5.5, 4.0, 3.0, 2.2];
    spectrum.extend((0..54).map(|index| 0.9 - 0.01 * f64::from(index)));
    let machine = LinearRbm::diagonal(&spectrum, 30, 1.0, 1.0).expect("good");
    let start = machine.random_start(0.01, Streams::new(3)).expect("good");
    let times: Vec<f64> = (0..=200).map(|index| 0.1 * f64::from(index)).collect();
    let found = flow(&machine, &start, &times, 1e-9);
    assert_eq!(found.ending, Ending::Complete);
    let rises = |pair: &[crate::spectral::FlowState]| {
        pair[1].log_likelihood > pair[0].log_likelihood - 1e-9
    };
    assert!(found.states.windows(2).all(rises));
    let last = found.states.last().expect("states");
    let limit = machine.equilibrium();
    near(
        &last.singular_values[..6],
        &limit.singular_values[..6],
        1e-6,
    );
    for mode in 0..6 {
        assert!(last.overlaps[mode] > 0.999999, "{mode}");
        assert_eq!(found.modes[mode].nearest.0, mode);
        let begin = start.row(mode).norm();
        let aligned = machine.aligned_mode(mode, begin).expect("above threshold");
        let predicted = aligned.half_rise().expect("it begins below");
        let measured = found.modes[mode].half_rise.expect("it rose");
        assert!((predicted - measured).abs() < 0.1, "{predicted} {measured}");
        let grid = found.states.iter();
        let half = 0.5 * limit.singular_values[mode].powi(2);
        let first = grid.filter(|state| state.singular_values[mode].powi(2) < half);
        assert!((first.count() as f64 * 0.1 - measured).abs() < 0.1);
    }
    // Directions below the threshold are forgotten.
    assert!(last.singular_values[6] < 0.02);
}

#[test]
fn an_aligned_mode_has_a_closed_form() {
    let machine = LinearRbm::diagonal(&[2.1], 1, VARIANCES[0], VARIANCES[1]).expect("good");
    let mode = machine.aligned_mode(0, 0.02).expect("learnt");
    near(&[mode.at(6.0)], &[0.607368536388], 1e-12);
    near(
        &[mode.half_rise().expect("below")],
        &[5.439357368669],
        1e-11,
    );
    near(
        &[mode.at(mode.half_rise().expect("below")).powi(2)],
        &[0.5 * mode.limit().powi(2)],
        1e-14,
    );
    let border = 1.0 / (VARIANCES[0] * VARIANCES[1]).sqrt();
    for start in [1e-9, 0.02, 0.5, mode.limit(), 0.9, 0.99 * border] {
        let mode = machine.aligned_mode(0, start).expect("learnt");
        let times = [0.0, 0.1, 3.0, 10.0, 40.0, 1e4];
        let begin = Matrix::from_element(1, 1, start);
        let integrated = flow(&machine, &begin, &times[..5], 1e-13);
        for (state, time) in integrated.states.iter().zip(times) {
            let error = (state.singular_values[0] - mode.at(time)).abs();
            assert!(error < 2e-12, "{start} {time} {error:e}");
        }
        assert!((mode.at(0.0) / start - 1.0).abs() < 1e-14);
        assert_eq!(mode.at(1e4), mode.limit());
        // Nothing cancels while the mode is small.
        let slope = VARIANCES[1] * (2.1 - VARIANCES[0]);
        let early = machine.aligned_mode(0, 1e-100).expect("learnt").at(10.0);
        assert!((early / (1e-100 * (slope * 10.0).exp()) - 1.0).abs() < 1e-12);
    }
    assert!(machine.aligned_mode(0, border).is_none());
    assert!(machine.aligned_mode(0, 0.0).is_none());
    let below = LinearRbm::diagonal(&[1.1], 1, VARIANCES[0], VARIANCES[1]).expect("good");
    assert!(below.aligned_mode(0, 0.1).is_none());
    assert_eq!(below.equilibrium().singular_values, [0.0]);
}

/// The mode that begins larger is overtaken; its vector does not turn.
#[test]
fn modes_that_cross_keep_their_names() {
    let machine = LinearRbm::diagonal(&[5.0, 2.0], 2, 1.0, 1.0).expect("good");
    let start = Matrix::from_diagonal(&DVector::from_row_slice(&[0.01, 0.1]));
    let times: Vec<f64> = (0..=60).map(|index| 0.1 * f64::from(index)).collect();
    let found = flow(&machine, &start, &times, 1e-11);
    let first = &found.states[0];
    near(&first.singular_values, &[0.01, 0.1], 1e-15);
    for state in &found.states {
        near(&state.overlaps, &[1.0, 1.0], 1e-12);
        for (mode, value) in state.singular_values.iter().enumerate() {
            let closed = machine
                .aligned_mode(mode, start[(mode, mode)])
                .expect("learnt");
            near(&[*value], &[closed.at(state.time)], 1e-9);
        }
    }
}

#[test]
fn leaving_the_domain_is_an_outcome() {
    let (_, machine, start) = six();
    let found = flow(&machine, &(start * 40.0), &[0.0, 1.0], 1e-10);
    assert_eq!(found.ending, Ending::LeftDomain);
    assert!(found.states.is_empty() && found.modes.is_empty());
    assert!(found.explanation.expect("a reason").contains("σ_v σ_h w"));
    let outside = Matrix::from_element(6, 4, 1.0);
    assert_eq!(machine.log_likelihood(&outside).expect("shaped"), None);
    assert_eq!(machine.gradient(&outside).expect("shaped"), None);
    let short = FlowSettings {
        max_steps: 5,
        ..FlowSettings::default()
    };
    let (_, machine, start) = six();
    let found = machine
        .flow(&start, &[0.0, 20.0], &short, &|_| ())
        .expect("good");
    assert_eq!(found.ending, Ending::OutOfSteps);
    assert_eq!(found.states.len(), 1);
}

#[test]
fn bad_machines_and_times_are_refused_by_name() {
    let (covariance, machine, start) = six();
    let refused = |result: crate::error::Result<LinearRbm>, word: &str| {
        let message = result.map(|_| ()).expect_err(word).to_string();
        assert!(message.starts_with(word), "{message}");
    };
    let changed = |(row, column): (usize, usize), value: f64| {
        let mut other = covariance.clone();
        other[(row, column)] = value;
        LinearRbm::new(&other, 4, 1.0, 1.0)
    };
    refused(changed((0, 1), 3.0), "covariance");
    refused(changed((0, 0), f64::NAN), "covariance");
    refused(changed((0, 0), -9.0), "covariance");
    refused(LinearRbm::new(&start, 4, 1.0, 1.0), "covariance");
    refused(
        LinearRbm::new(&Matrix::zeros(2, 2), 4, 1.0, 1.0),
        "covariance",
    );
    refused(LinearRbm::new(&covariance, 0, 1.0, 1.0), "hidden-units");
    refused(LinearRbm::new(&covariance, 4, 0.0, 1.0), "visible-variance");
    refused(
        LinearRbm::new(&covariance, 4, 1.0, f64::NAN),
        "hidden-variance",
    );
    for wrong in [vec![], vec![1.0, -0.1], vec![f64::INFINITY], vec![0.0]] {
        refused(LinearRbm::diagonal(&wrong, 4, 1.0, 1.0), "eigenvalues");
    }
    for times in [vec![], vec![-1.0], vec![1.0, 1.0], vec![f64::NAN]] {
        let found = machine.flow(&start, &times, &FlowSettings::default(), &|_| ());
        assert!(found.expect_err("times").to_string().starts_with("times"));
    }
    let turned = start.transpose();
    assert!(machine.gradient(&turned).is_err() && machine.log_likelihood(&turned).is_err());
    assert!(machine.random_start(-1.0, Streams::new(1)).is_err());
    assert_eq!(machine.eigenvalues().len(), SPECTRUM.len());
}
