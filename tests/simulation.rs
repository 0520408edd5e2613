//! Finite-size simulation against theory, with tolerances in standard errors.

mod common;

use common::{TERNARY, close, fixed_point, formula, model, rademacher};
use onsager::comparison::{Predicted, Prediction, compare_ends, compare_trajectories};
use onsager::ensemble::run_instances;
use onsager::hidden::HiddenUnits;
use onsager::law::Law;
use onsager::model::Model;
use onsager::numerics::Matrix;
use onsager::numerics::streams::Streams;
use onsager::order_parameters::OrderParameters;
use onsager::proximal::Proximal;
use onsager::quantity::{Observable, Quantity};
use onsager::record::RecordedRun;
use onsager::simulation::{
    Algorithm, AmpSettings, DataMatrix, GdSettings, Gradient, Instance, LbfgsSettings, Method,
    Problem, RunEnd, RunOutcome, RunSettings, SimulationStart, Size, amp, lbfgs, run, run_on,
};
use onsager::start::Start;
use onsager::theory::{Quadrature, StateEvolution, baselines};

const PROXIMAL: Proximal = Proximal {
    damping: 0.2,
    ceiling: 0.9,
};

/// Iterations of AMP, from this start.
fn of_amp(start: SimulationStart, max_iterations: usize) -> RunSettings {
    RunSettings {
        method: Method::Amp(AmpSettings {
            proximal: PROXIMAL,
            max_iterations,
            ..AmpSettings::default()
        }),
        start,
        ..RunSettings::default()
    }
}

/// AMP up to a tolerance.
fn amp_to(tolerance: f64, max_iterations: usize) -> AmpSettings {
    AmpSettings {
        proximal: PROXIMAL,
        tolerance,
        max_iterations,
        ..AmpSettings::default()
    }
}

/// Runs at α = 2.
fn runs(
    model: &Model,
    d: usize,
    settings: &RunSettings,
    seed: u64,
    instances: usize,
) -> Vec<RecordedRun> {
    let (size, streams) = (Size { n: 2 * d, d }, Streams::new(seed));
    run_instances(model, size, settings, streams, instances, None, &mut |_| {})
        .expect("valid settings")
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
    let settings = of_amp(SimulationStart::Overlaps(Start::Given(start.clone())), 15);
    let rows = compare_trajectories(
        &runs(&model, 4000, &settings, 11, 16),
        &Predicted::of_trajectory(&trajectory(&model, start, 15)),
    )
    .expect("16 runs")
    .rows;
    assert_eq!(rows.len(), 16 * 7);
    for row in &rows {
        assert!(row.deviation.abs() <= 4.0, "{row:?}");
    }
    // The start is not diagonal, so this is a test of matrices.
    assert!(rows.iter().any(
        |row| row.quantity == Observable::entry(Quantity::M, (0, 1)) && row.theory.abs() > 0.1
    ));
}

#[test]
fn fluctuations_around_state_evolution_fall_as_one_over_d() {
    let model = rademacher(2.0, &[1.5, 1.3]);
    let start = mixed_start();
    let theory = trajectory(&model, start.clone(), 6);
    let mean_square = |d: usize| {
        let settings = of_amp(SimulationStart::Overlaps(Start::Given(start.clone())), 6);
        let runs = runs(&model, d, &settings, 12, 24);
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
        let gd = GdSettings {
            step: Some(0.4),
            ..GdSettings::default()
        };
        for method in [Method::Gd(gd), Algorithm::Lbfgs.into()] {
            let algorithm = method.name();
            let settings = RunSettings {
                method,
                ..RunSettings::default()
            };
            let runs = runs(&model, 4000, &settings, 13, 8);
            assert!(
                runs.iter().all(|run| run.outcome == RunOutcome::Converged),
                "{algorithm}"
            );
            let comparison = compare_ends(&model, 4000, &runs, &[prediction(&model)]);
            for row in comparison.expect("8 runs").rows {
                println!("{lambda} {algorithm} {row:?}");
                assert!(
                    row.deviation.abs() <= 4.0,
                    "{algorithm} at {lambda}: {row:?}"
                );
            }
        }
    }
}

/// XKZ Theorem 2, exact at any size: the gradient vanishes where AMP has converged, and L-BFGS that
/// is pushed away from there comes back.
#[test]
fn amp_fixed_points_are_stationary_points_of_the_objective() {
    let of = |lambda: &[f64], units: usize, bias: &[f64]| {
        let hidden = HiddenUnits::new(Law::rademacher(), units, bias).expect("valid");
        Model::new(2.0, lambda, hidden, Law::rademacher(), Law::rademacher()).expect("valid")
    };
    let cases = [
        of(&[1.6, 1.4], 2, &[]),
        of(&[1.7, 1.3], 1, &[]),
        of(&[1.6], 1, &[0.5]),
        of(&[1.7, 1.6], 2, &[0.3, -0.4]),
        model(2.0, &[1.6], formula(&["z"], TERNARY), 1),
    ];
    for (case, model) in cases.iter().enumerate() {
        let streams = Streams::new(14).cell(case as u64);
        let size = Size { n: 800, d: 400 };
        let instance = Instance::generate(model, size, streams).expect("valid");
        let problem = instance.problem(model.hidden());
        let w = SimulationStart::Overlaps(Start::Planted)
            .weights(&problem, streams, 0)
            .expect("valid");
        let learned = amp(&problem, w, &amp_to(1e-12, 600)).expect("valid");
        assert_eq!(learned.end.name(), "converged", "case {case}");
        let at = Gradient::at(&problem, &learned.weights).expect("domain");
        assert!(at.rms() < 1e-10, "case {case}: gradient {}", at.rms());
        let push = |row: usize, column: usize| 0.01 * ((7 * row + 3 * column) as f64).sin();
        let pushed = learned.weights.clone() + Matrix::from_fn(400, model.units(), push);
        let moved = Gradient::at(&problem, &pushed).expect("domain");
        assert!(moved.log_likelihood < at.log_likelihood, "case {case}");
        let settings = LbfgsSettings {
            tolerance: 1e-9,
            max_iterations: 200,
        };
        let back = lbfgs(&problem, pushed, &settings).expect("valid");
        assert!(back.end.has_weights(), "case {case}: {:?}", back.end);
        let apart = (&back.weights - &learned.weights).norm() / learned.weights.norm();
        assert!(apart < 1e-6, "case {case}: {apart}");
    }
}

/// A tolerance that rounding does not allow ends the search, and leaves the maximum.
#[test]
fn lbfgs_ends_where_rounding_does_not_let_it_go_on() {
    let model = model(4.0, &[1.6, 1.4, 1.2], Law::rademacher(), 2);
    let size = Size { n: 800, d: 200 };
    let start = SimulationStart::Overlaps(Start::Planted);
    for instance in 0..4 {
        let streams = Streams::new(9).instance(instance);
        let data = Instance::generate(&model, size, streams).expect("fits");
        let problem = data.problem(model.hidden());
        let w = start.weights(&problem, streams, 0).expect("possible");
        let settings = LbfgsSettings {
            tolerance: 1e-15,
            ..LbfgsSettings::default()
        };
        let learned = lbfgs(&problem, w, &settings).expect("valid");
        match learned.end {
            RunEnd::Converged { residual } | RunEnd::OutOfIterations { residual } => {
                assert!(residual < 1e-6, "{residual}");
            }
            end => panic!("{end:?}"),
        }
    }
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
        let problem = instance.problem(model.hidden());
        let w = SimulationStart::Overlaps(Start::Planted)
            .weights(&problem, streams, 0)
            .expect("valid");
        let learned = amp(&problem, w, &amp_to(1e-12, 20)).expect("valid");
        learned.weights
    });
    assert!((a - b).amax() < 1e-9);
}

#[test]
fn gradient_is_the_derivative_of_the_objective() {
    let ternary = onsager::definitions::Catalogue::default()
        .prior("ternary", "hidden")
        .expect("built in");
    for law in [
        Law::rademacher(),
        Law::Gaussian,
        ternary.hidden_law().expect("valid"),
    ] {
        let model = model(1.5, &[1.4, 1.2], law, 2);
        let streams = Streams::new(15);
        let instance = Instance::generate(&model, Size { n: 60, d: 40 }, streams).expect("valid");
        let problem = instance.problem(model.hidden());
        let w = SimulationStart::Overlaps(Start::Planted)
            .weights(&problem, streams, 0)
            .expect("valid")
            * 0.7;
        let gradient = Gradient::at(&problem, &w).expect("domain").gradient;
        for entry in [0, 17, 41, 79] {
            let objective = |shift: f64| {
                let mut moved = w.clone();
                moved[entry] += shift;
                40.0 * Gradient::at(&problem, &moved)
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
    let settings = RunSettings {
        method: Method::Spectral,
        ..RunSettings::default()
    };
    let runs = runs(&model, 2000, &settings, 16, 8);
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
    let model = model(2.0, &[1.4], Law::Gaussian, 1);
    let streams = Streams::new(17);
    let size = Size { n: 1600, d: 800 };
    let instance = Instance::generate(&model, size, streams).expect("valid");
    let one = |method: Method| {
        let settings = RunSettings {
            method,
            ..RunSettings::default()
        };
        let problem = instance.problem(model.hidden());
        let run = run_on(&problem, &settings, streams).expect("valid");
        assert_eq!(run.end.name(), "converged", "{method:?}");
        run.last().order.overlaps()[0]
    };
    let spectral = one(Method::Spectral);
    close(one(Method::Amp(amp_to(1e-10, 500))), spectral, 1e-6);
    close(one(Method::Lbfgs(LbfgsSettings::default())), spectral, 1e-6);
}

#[test]
fn correlated_signals_and_other_shapes_follow_state_evolution() {
    // k ≠ r, correlated signals, ternary units, biases: theory and simulation share every
    // definition.
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
                Law::rademacher(),
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
        (model(2.0, &[1.6], Law::rademacher(), 2), vec![0.5, 0.2], 2),
    ];
    for (index, (model, m, units)) in cases.into_iter().enumerate() {
        let start = OrderParameters {
            m: Matrix::from_row_slice(model.signals(), units, &m),
            q: Matrix::identity(units, units),
        };
        let settings = of_amp(SimulationStart::Overlaps(Start::Given(start.clone())), 6);
        let runs = runs(&model, 2000, &settings, 18, 16);
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
    let settings = of_amp(SimulationStart::Random, 12);
    let with_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| runs(&model, 300, &settings, 19, 2))
    };
    let reference = with_threads(1);
    for threads in [2, 3, 7] {
        assert_eq!(with_threads(threads), reference);
    }
}

/// What `run` says of settings and sizes that the model does not allow.
#[test]
fn bad_settings_are_refused_by_run_before_work() {
    let model = rademacher(2.0, &[1.5]);
    let good = Size { n: 400, d: 200 };
    let refused = |size: Size, settings: &RunSettings, said: &str| {
        let error = run(&model, size, settings, Streams::new(1)).expect_err(said);
        assert!(error.to_string().starts_with(said), "{error}");
        // The same settings on data that are there.
        if size == good {
            let instance = Instance::generate(&model, size, Streams::new(1)).expect("valid");
            let error = run_on(&instance.problem(model.hidden()), settings, Streams::new(1));
            assert!(error.expect_err(said).to_string().starts_with(said));
        }
    };
    let with = |method: Method| RunSettings {
        method,
        ..RunSettings::default()
    };
    let gd = |step| {
        with(Method::Gd(GdSettings {
            step: Some(step),
            ..GdSettings::default()
        }))
    };
    let usual = RunSettings::default();
    refused(Size { n: 200, d: 200 }, &usual, "alpha is 2 while n/d = 1");
    refused(Size { n: 4, d: 2 }, &usual, "n is 4");
    let (n, d) = (4_000_000_000, 2_000_000_000);
    refused(Size { n, d }, &usual, "the data matrix needs");
    for step in [5.0, 1.0, 0.0, -0.1, f64::NAN] {
        refused(good, &gd(step), "step is");
    }
    for tolerance in [-1.0, 0.0, f64::NAN, f64::INFINITY] {
        refused(
            good,
            &with(Method::Amp(amp_to(tolerance, 10))),
            "tolerance is",
        );
        let lbfgs = LbfgsSettings {
            tolerance,
            ..LbfgsSettings::default()
        };
        refused(good, &with(Method::Lbfgs(lbfgs)), "tolerance is");
    }
    refused(good, &with(Method::Amp(amp_to(1e-6, 0))), "iterations is 0");
    let wide = AmpSettings {
        weight_damping: 1.5,
        ..AmpSettings::default()
    };
    refused(good, &with(Method::Amp(wide)), "weight-damping is 1.5");
    let mut steep = AmpSettings::default();
    steep.proximal.ceiling = 2.0;
    refused(good, &with(Method::Amp(steep)), "ceiling is 2");
    for (start, restarts) in [
        (SimulationStart::Random, 0),
        (SimulationStart::Random, 1001),
        (SimulationStart::Overlaps(Start::Planted), 2),
    ] {
        let settings = RunSettings {
            restarts,
            start,
            ..RunSettings::default()
        };
        refused(good, &settings, &format!("restarts is {restarts}"));
    }
}

/// Signals that were planted are only looked at.
#[test]
fn a_run_without_the_planted_signals_learns_the_same_weights() {
    let model = rademacher(2.0, &[1.5, 1.3]);
    let streams = Streams::new(31);
    let instance = Instance::generate(&model, Size { n: 400, d: 200 }, streams).expect("valid");
    let known = instance.problem(model.hidden());
    let unknown = Problem::new(model.hidden(), &instance.data);
    for algorithm in [
        Algorithm::Amp,
        Algorithm::Gd,
        Algorithm::Lbfgs,
        Algorithm::Spectral,
    ] {
        for start in [SimulationStart::Random, SimulationStart::Spectral] {
            let settings = RunSettings {
                method: algorithm.into(),
                restarts: if start == SimulationStart::Random {
                    2
                } else {
                    1
                },
                start,
                ..RunSettings::default()
            };
            let with = run_on(&known, &settings, streams).expect("valid");
            let without = run_on(&unknown, &settings, streams).expect("valid");
            assert!(with.weights == without.weights, "{algorithm:?}");
            assert_eq!(with.end, without.end);
            assert_eq!(with.log_likelihood, without.log_likelihood);
            assert_eq!(with.last().order.q, without.last().order.q);
            assert_eq!(with.last().order.m.shape(), (2, 2));
            assert_eq!(without.last().order.m.shape(), (0, 2));
        }
    }
    let planted = of_amp(SimulationStart::Overlaps(Start::Planted), 5);
    let error = run_on(&unknown, &planted, streams).expect_err("no signals");
    assert!(error.to_string().starts_with("start is planted"), "{error}");
}

/// `L` and its gradient are sums over the samples.
#[test]
fn gradients_of_parts_of_the_data_sum_to_that_of_the_whole() {
    let model = rademacher(2.0, &[1.5, 1.3]);
    let streams = Streams::new(32);
    let instance = Instance::generate(&model, Size { n: 400, d: 200 }, streams).expect("valid");
    let part = |first: usize, rows: usize| {
        DataMatrix::from_row_fn(rows, 200, |row, entries| {
            entries.copy_from_slice(instance.data.row(first + row));
        })
    };
    let (above, below) = (part(0, 130), part(130, 270));
    let whole = Problem::new(model.hidden(), &instance.data);
    let parts = [&above, &below].map(|data| {
        let part = Problem::new(model.hidden(), data).part_of(400);
        part.expect("a part")
    });
    assert!(parts.iter().all(|part| part.alpha() == 2.0));
    let w = SimulationStart::Random.weights(&whole, streams, 0);
    let w = w.expect("valid");
    let at = |problem: &Problem| Gradient::at(problem, &w).expect("domain");
    let (all, one, two) = (at(&whole), at(&parts[0]), at(&parts[1]));
    assert!((one.gradient + two.gradient - &all.gradient).amax() < 1e-12 * all.gradient.amax());
    let sum = one.log_likelihood + two.log_likelihood;
    assert!((sum - all.log_likelihood).abs() < 1e-12 * all.log_likelihood.abs());
    // An algorithm needs the sum, and says so.
    let error = run_on(&parts[0], &RunSettings::default(), streams).expect_err("rows are missing");
    assert!(
        error.to_string().starts_with("n is 400 of which"),
        "{error}"
    );
    let short = Problem::new(model.hidden(), &instance.data).part_of(399);
    assert!(short.is_err());
}

/// Settings go through a file and back; what is left out has its default, and what nobody knows is
/// refused.
#[test]
fn settings_are_read_and_written() {
    for algorithm in [
        Algorithm::Amp,
        Algorithm::Gd,
        Algorithm::Lbfgs,
        Algorithm::Spectral,
    ] {
        for start in [
            SimulationStart::Random,
            SimulationStart::Overlaps(Start::Given(mixed_start())),
            SimulationStart::Overlaps(Start::Assigned(vec![None, Some(1)])),
        ] {
            let settings = RunSettings {
                method: algorithm.into(),
                start,
                ..RunSettings::default()
            };
            let text = serde_json::to_string(&settings).expect("writable");
            let back: RunSettings = serde_json::from_str(&text).expect(&text);
            assert_eq!(back, settings, "{text}");
        }
    }
    let read = |text: &str| serde_json::from_str::<RunSettings>(text);
    assert_eq!(read("{}").expect("defaults"), RunSettings::default());
    let gd = read(r#"{"method": {"algorithm": "gd", "step": 0.2}}"#).expect("valid");
    assert_eq!(
        gd.method,
        Method::Gd(GdSettings {
            step: Some(0.2),
            ..GdSettings::default()
        })
    );
    assert!(read(r#"{"method": {"algorithm": "lbfgs", "step": 0.2}}"#).is_err());
    let ragged = r#"{"start": {"overlaps": {"given": {"m": [[1, 0], [0]], "q": [[1]]}}}}"#;
    assert!(read(ragged).is_err());
}
