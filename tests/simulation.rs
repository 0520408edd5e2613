//! Finite-size simulation against theory, with tolerances in standard errors.

mod common;

use common::{TERNARY, close, fixed_point, formula, model, rademacher};
use onsager::comparison::{Predicted, Prediction, Quantity, compare_ends, compare_trajectories};
use onsager::ensemble::run_instances;
use onsager::hidden::HiddenLaw;
use onsager::model::Model;
use onsager::numerics::Matrix;
use onsager::numerics::streams::Streams;
use onsager::order_parameters::OrderParameters;
use onsager::record::RecordedRun;
use onsager::simulation::{
    Algorithm, Gradient, Instance, RunSettings, SimulationStart, Size, amp, run_on,
};
use onsager::theory::{Proximal, Quadrature, Start, StateEvolution, baselines};

const PROXIMAL: Proximal = Proximal {
    damping: 0.2,
    ceiling: 0.9,
};

fn settings(
    algorithm: Algorithm,
    d: usize,
    start: SimulationStart,
    max_iterations: usize,
) -> RunSettings {
    RunSettings {
        weight_damping: 1.0,
        size: Size { n: 2 * d, d },
        algorithm,
        start,
        power: 0,
        max_iterations,
        tolerance: 1e-6,
        proximal: PROXIMAL,
        step: 0.1,
        restarts: 1,
    }
}

fn runs(model: &Model, settings: &RunSettings, seed: u64, instances: usize) -> Vec<RecordedRun> {
    let streams = Streams::new(seed);
    run_instances(model, settings, streams, instances, None, &mut |_| {}).expect("valid settings")
}

/// A start in which both units carry some of both signals.
fn mixed_start() -> OrderParameters {
    OrderParameters {
        m: Matrix::from_row_slice(2, 2, &[0.6, 0.3, 0.2, 0.5]),
        q: Matrix::from_row_slice(2, 2, &[1.2, 0.3, 0.3, 1.0]),
    }
}

fn trajectory(model: &Model, start: OrderParameters, steps: usize) -> onsager::theory::Trajectory {
    let quadrature = Quadrature::Tensor {
        level: 2,
        max_nodes: 1 << 22,
    };
    StateEvolution { model, quadrature }.trajectory(start, PROXIMAL, steps)
}

#[test]
fn amp_follows_state_evolution_at_every_iteration() {
    let model = rademacher(2.0, &[1.5, 1.3]);
    let start = mixed_start();
    let settings = settings(
        Algorithm::Amp,
        4000,
        SimulationStart::Overlaps(Start::Given(start.clone())),
        15,
    );
    let rows = compare_trajectories(
        &runs(&model, &settings, 11, 16),
        &Predicted::of_trajectory(&trajectory(&model, start, 15)),
    )
    .expect("16 runs")
    .rows;
    assert_eq!(rows.len(), 16 * 7);
    for row in &rows {
        assert!(row.deviation.abs() <= 4.0, "{row:?}");
    }
    // The start is not diagonal, so this is a test of matrices.
    assert!(
        rows.iter()
            .any(|row| row.quantity == Quantity::M(0, 1) && row.theory.abs() > 0.1)
    );
}

#[test]
fn fluctuations_around_state_evolution_fall_as_one_over_d() {
    let model = rademacher(2.0, &[1.5, 1.3]);
    let start = mixed_start();
    let theory = trajectory(&model, start.clone(), 6);
    let mean_square = |d: usize| {
        let settings = settings(
            Algorithm::Amp,
            d,
            SimulationStart::Overlaps(Start::Given(start.clone())),
            6,
        );
        let runs = runs(&model, &settings, 12, 24);
        let mut sum = 0.0;
        for run in &runs {
            for (t, state) in theory.states.iter().enumerate() {
                let order = run.order(t).expect("complete");
                sum += (&order.m - &state.order.m).norm_squared()
                    + (&order.q - &state.order.q).norm_squared();
            }
        }
        sum / runs.len() as f64
    };
    let sizes = [500, 1000, 2000, 4000];
    let logs: Vec<(f64, f64)> = sizes
        .iter()
        .map(|&d| ((d as f64).ln(), mean_square(d).ln()))
        .collect();
    let mean = |read: fn(&(f64, f64)) -> f64| logs.iter().map(read).sum::<f64>() / 4.0;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let covariance: f64 = logs.iter().map(|(x, y)| (x - mx) * (y - my)).sum();
    let slope = covariance / logs.iter().map(|(x, _)| (x - mx).powi(2)).sum::<f64>();
    println!("mean squared differences {logs:?}, slope {slope:.3}");
    // 24 instances of about 14 correlated numbers: the slope's spread is about 0.1.
    assert!((-1.3..=-0.7).contains(&slope), "slope {slope}: {logs:?}");
}

fn prediction(model: &Model) -> Prediction {
    let point = fixed_point(model, &Start::Planted);
    Prediction {
        log_likelihood: Some(point.stability.log_likelihood),
        order: point.order,
        directions_only: false,
    }
}

#[test]
fn gradient_ascent_and_lbfgs_reach_the_predicted_stationary_point() {
    for lambda in [1.5, 1.3] {
        let model = rademacher(2.0, &[lambda]);
        for (algorithm, iterations) in [(Algorithm::Gd, 1500), (Algorithm::Lbfgs, 300)] {
            let settings = RunSettings {
                step: 0.4,
                ..settings(algorithm, 4000, SimulationStart::Random, iterations)
            };
            let runs = runs(&model, &settings, 13, 8);
            assert!(
                runs.iter().all(|run| run.outcome == "converged"),
                "{algorithm:?}"
            );
            let comparison = compare_ends(&model, 4000, &runs, &[prediction(&model)]);
            for row in comparison.expect("8 runs").rows {
                println!("{lambda} {algorithm:?} {row:?}");
                assert!(
                    row.deviation.abs() <= 4.0,
                    "{algorithm:?} at {lambda}: {row:?}"
                );
            }
        }
    }
}

#[test]
fn amp_fixed_points_are_stationary_points_of_the_objective() {
    // XKZ Theorem 2: exact, at any size.
    let model = rademacher(2.0, &[1.6, 1.4]);
    let streams = Streams::new(14);
    let instance = Instance::generate(&model, Size { n: 2400, d: 1200 }, streams).expect("valid");
    let w = SimulationStart::Overlaps(Start::Planted)
        .weights(&model, &instance, streams, 0)
        .expect("valid");
    let (w, _, end) = amp(&model, &instance, w, PROXIMAL, 1e-12, 400);
    assert_eq!(end.name(), "converged");
    let at = Gradient::at(&model, &instance, &w).expect("domain");
    assert!(at.rms() < 1e-10, "gradient {}", at.rms());
}

#[test]
fn amp_is_the_same_for_units_given_by_a_formula_and_by_atoms() {
    let ternary = onsager::definitions::Catalogue::default()
        .prior("ternary", "hidden")
        .expect("built in");
    let streams = Streams::new(19);
    let size = Size { n: 600, d: 300 };
    let [a, b] = [
        formula(&["z"], TERNARY),
        ternary.hidden_law().expect("valid"),
    ]
    .map(|law| {
        let model = model(2.0, &[1.6, 1.4], law, 2);
        let instance = Instance::generate(&model, size, streams).expect("valid");
        let w = SimulationStart::Overlaps(Start::Planted)
            .weights(&model, &instance, streams, 0)
            .expect("valid");
        amp(&model, &instance, w, PROXIMAL, 1e-12, 20).0
    });
    assert!((a - b).amax() < 1e-9);
}

#[test]
fn gradient_is_the_derivative_of_the_objective() {
    let ternary = onsager::definitions::Catalogue::default()
        .prior("ternary", "hidden")
        .expect("built in");
    for law in [
        HiddenLaw::rademacher(),
        HiddenLaw::Gaussian,
        ternary.hidden_law().expect("valid"),
    ] {
        let model = model(1.5, &[1.4, 1.2], law, 2);
        let streams = Streams::new(15);
        let instance = Instance::generate(&model, Size { n: 60, d: 40 }, streams).expect("valid");
        let w = SimulationStart::Overlaps(Start::Planted)
            .weights(&model, &instance, streams, 0)
            .expect("valid")
            * 0.7;
        let gradient = Gradient::at(&model, &instance, &w)
            .expect("domain")
            .gradient;
        for entry in [0, 17, 41, 79] {
            let objective = |shift: f64| {
                let mut moved = w.clone();
                moved[entry] += shift;
                40.0 * Gradient::at(&model, &instance, &moved)
                    .expect("domain")
                    .log_likelihood
            };
            let slope = (objective(1e-5) - objective(-1e-5)) / 2e-5;
            close(slope, gradient[entry], 1e-7);
        }
    }
}

#[test]
fn spectral_method_agrees_with_the_pca_formula() {
    let model = rademacher(2.0, &[1.6, 1.2]);
    let settings = settings(Algorithm::Spectral, 2000, SimulationStart::Random, 1);
    let runs = runs(&model, &settings, 16, 8);
    let prediction = Prediction {
        order: OrderParameters {
            m: baselines::pca_overlaps(&model),
            q: Matrix::identity(2, 2),
        },
        log_likelihood: None,
        directions_only: true,
    };
    let comparison = compare_ends(&model, 2000, &runs, &[prediction]).expect("8 runs");
    // The overlaps that are predicted, and the others with their sign.
    assert_eq!(comparison.rows.len(), 4);
    for row in comparison.rows {
        assert!(row.deviation.abs() <= 4.0, "{row:?}");
    }
}

#[test]
fn amp_with_gaussian_hidden_units_is_pca() {
    let model = model(2.0, &[1.4], HiddenLaw::Gaussian, 1);
    let streams = Streams::new(17);
    let size = Size { n: 1600, d: 800 };
    let instance = Instance::generate(&model, size, streams).expect("valid");
    let one = |algorithm, tolerance| {
        let settings = RunSettings {
            size,
            tolerance,
            ..settings(algorithm, 800, SimulationStart::Random, 500)
        };
        let run = run_on(&model, &instance, &settings, streams).expect("valid");
        assert_eq!(run.end.name(), "converged", "{algorithm:?}");
        run.last().order.overlaps()[0]
    };
    close(
        one(Algorithm::Amp, 1e-10),
        one(Algorithm::Spectral, 1e-10),
        1e-6,
    );
    close(
        one(Algorithm::Lbfgs, 1e-6),
        one(Algorithm::Spectral, 1e-10),
        1e-6,
    );
}

#[test]
fn correlated_signals_and_other_shapes_follow_state_evolution() {
    // k ≠ r, correlated signals, ternary units, biases: theory and simulation share every definition.
    let signal = onsager::definitions::Catalogue::default()
        .prior("correlated-pair", "signal")
        .expect("built in");
    let ternary = onsager::definitions::Catalogue::default()
        .prior("ternary", "hidden")
        .expect("built in");
    let cases = [
        (
            common::with_signal(
                2.0,
                &[1.5, 1.2],
                HiddenLaw::rademacher(),
                2,
                signal.signal_law().expect("valid"),
            ),
            vec![0.5, 0.2, 0.1, 0.5],
            2,
        ),
        (
            model(2.0, &[1.5, 1.3], ternary.hidden_law().expect("valid"), 1),
            vec![0.4, 0.3],
            1,
        ),
        (
            model(2.0, &[1.6], HiddenLaw::rademacher(), 2),
            vec![0.5, 0.2],
            2,
        ),
    ];
    for (index, (model, m, units)) in cases.into_iter().enumerate() {
        let start = OrderParameters {
            m: Matrix::from_row_slice(model.signals(), units, &m),
            q: Matrix::identity(units, units),
        };
        let settings = settings(
            Algorithm::Amp,
            2000,
            SimulationStart::Overlaps(Start::Given(start.clone())),
            6,
        );
        let runs = runs(&model, &settings, 18, 16);
        for row in compare_trajectories(
            &runs,
            &Predicted::of_trajectory(&trajectory(&model, start, 6)),
        )
        .expect("16 runs")
        .rows
        {
            assert!(row.deviation.abs() <= 4.0, "case {index}: {row:?}");
        }
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let model = rademacher(2.0, &[1.5, 1.3]);
    let settings = settings(Algorithm::Amp, 300, SimulationStart::Random, 12);
    let with_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| runs(&model, &settings, 19, 2))
    };
    let reference = with_threads(1);
    for threads in [2, 3, 7] {
        assert_eq!(with_threads(threads), reference);
    }
}

#[test]
fn impossible_requests_are_refused_before_work() {
    let model = rademacher(2.0, &[1.5]);
    let base = settings(Algorithm::Gd, 200, SimulationStart::Random, 10);
    let q = [Matrix::identity(1, 1)];
    let refused = |settings: RunSettings| {
        settings
            .validate(&model, &q)
            .expect_err("refused")
            .to_string()
    };
    assert!(
        refused(RunSettings {
            step: 1.0,
            ..base.clone()
        })
        .contains("stability bound")
    );
    assert!(
        refused(RunSettings {
            step: f64::NAN,
            ..base.clone()
        })
        .contains("step")
    );
    assert!(
        refused(RunSettings {
            max_iterations: 0,
            ..base.clone()
        })
        .contains("iterations")
    );
    assert!(
        refused(RunSettings {
            tolerance: 0.0,
            ..base.clone()
        })
        .contains("tolerance")
    );
    let huge = Size {
        n: 4_000_000_000,
        d: 2_000_000_000,
    };
    assert!(
        refused(RunSettings {
            size: huge,
            ..base.clone()
        })
        .contains("MiB")
    );
    assert!(
        refused(RunSettings {
            size: Size { n: 300, d: 200 },
            ..base
        })
        .contains("alpha")
    );
}
