//! The stores of data: one limit, and the same numbers of the same entries.

mod common;

use common::{fixed_point, rademacher};
use onsager::comparison::{Predicted, Prediction, compare_ends, compare_trajectories};
use onsager::contrastive::{ContrastiveSettings, train};
use onsager::ensemble::{Estimate, run_instances};
use onsager::error::Error;
use onsager::experiment::{Experiment, Simulate, silent};
use onsager::model::Model;
use onsager::numerics::Matrix;
use onsager::numerics::streams::Streams;
use onsager::proximal::Proximal;
use onsager::quantity::{Observable, Quantity};
use onsager::record::RecordedRun;
use onsager::simulation::{
    Algorithm, AmpSettings, AnyData, Data, DataMatrix, Instance, Method, Problem, Run, RunSettings,
    SimulationStart, Size, Store, run_on,
};
use onsager::start::Start;
use onsager::theory::{Quadrature, StateEvolution};

const STORES: [Store; 3] = [Store::Dense, Store::OneBit, Store::Regenerated];

/// Runs at α = 2 from a planted start.
fn runs(model: &Model, d: usize, settings: &RunSettings, instances: usize) -> Vec<RecordedRun> {
    let (size, streams) = (Size { n: 2 * d, d }, Streams::new(21));
    run_instances(model, size, settings, streams, instances, None, &mut |_| {})
        .expect("valid settings")
}

fn planted(algorithm: Algorithm, store: Store) -> RunSettings {
    RunSettings {
        method: algorithm.into(),
        start: SimulationStart::Overlaps(Start::Planted),
        store,
        ..RunSettings::default()
    }
}

/// Means of 16 instances at d = 4000: noise ±1, normal noise and theory within 4 standard errors of
/// each other. The bias at this size, 0.1/d (theory.md section 12), is far below.
#[test]
fn noise_of_one_bit_has_the_same_limit() {
    let model = rademacher(2.0, &[1.5]);
    let point = fixed_point(&model, &Start::Planted);
    let prediction = Prediction {
        log_likelihood: Some(point.stability.log_likelihood),
        order: point.order,
        directions_only: false,
    };
    let measured = [Store::OneBit, Store::Dense].map(|store| {
        let runs = runs(&model, 4000, &planted(Algorithm::Amp, store), 16);
        assert!(runs.iter().all(|run| run.outcome.name() == "converged"));
        let predictions = std::slice::from_ref(&prediction);
        compare_ends(&model, 4000, &runs, predictions)
            .expect("16 runs")
            .rows
    });
    let [signs, normal] = &measured;
    assert_eq!(signs.len(), 4, "ζ, M, Q and ℓ");
    for (signs, normal) in signs.iter().zip(normal) {
        println!(
            "{}: theory {:.6}, ±1 {:.6}, normal {:.6}, in standard errors {:.2} and {:.2}",
            signs.quantity,
            signs.theory,
            signs.simulation.mean,
            normal.simulation.mean,
            signs.deviation,
            normal.deviation
        );
        assert!(signs.deviation.abs() <= 4.0, "{signs:?}");
        assert!(normal.deviation.abs() <= 4.0, "{normal:?}");
        let error = |estimate: Estimate| estimate.standard_error.expect("16 runs");
        let apart = signs.simulation.mean - normal.simulation.mean;
        let error = error(signs.simulation).hypot(error(normal.simulation));
        assert!(apart.abs() <= 4.0 * error, "{signs:?} {normal:?}");
        // An error that were ten times too large would hide a wrong mean.
        assert!(error < 0.02, "{error}");
    }
}

/// State evolution describes every iteration, whatever the noise.
#[test]
fn amp_on_signs_follows_state_evolution() {
    let model = rademacher(2.0, &[1.5, 1.3]);
    let start = onsager::order_parameters::OrderParameters {
        m: Matrix::from_row_slice(2, 2, &[0.6, 0.3, 0.2, 0.5]),
        q: Matrix::from_row_slice(2, 2, &[1.2, 0.3, 0.3, 1.0]),
    };
    let proximal = Proximal::default();
    let settings = RunSettings {
        method: Method::Amp(AmpSettings {
            proximal,
            max_iterations: 10,
            ..AmpSettings::default()
        }),
        start: SimulationStart::Overlaps(Start::Given(start.clone())),
        store: Store::OneBit,
        ..RunSettings::default()
    };
    let quadrature = Quadrature::Tensor {
        level: 2,
        max_nodes: 1 << 22,
    };
    let model_of = StateEvolution {
        model: &model,
        quadrature,
    };
    let theory = model_of.trajectory(start, proximal, 10);
    let runs = runs(&model, 4000, &settings, 12);
    let rows = compare_trajectories(&runs, &Predicted::of_trajectory(&theory))
        .expect("12 runs")
        .rows;
    assert_eq!(rows.len(), 11 * 7);
    for row in &rows {
        assert!(row.deviation.abs() <= 4.5, "{row:?}");
    }
    let moved = |row: &&onsager::comparison::Row| {
        row.quantity == Observable::entry(Quantity::M, (0, 1)) && row.theory.abs() > 0.1
    };
    assert!(rows.iter().any(|row| moved(&row)));
}

const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::Amp,
    Algorithm::Gd,
    Algorithm::Lbfgs,
    Algorithm::Spectral,
];

fn learned(problem: &Problem, algorithm: Algorithm) -> Run {
    let settings = planted(algorithm, Store::Dense);
    run_on(problem, &settings, Streams::new(5)).expect("valid")
}

/// Every algorithm ends where it does on a matrix of the same entries: to the last bit where rows are
/// drawn again, to the rounding of the matrix' entries where the noise is signs.
#[test]
fn every_algorithm_runs_on_every_store() {
    let model = rademacher(2.0, &[1.6, 1.4]);
    let size = Size { n: 400, d: 200 };
    for store in STORES {
        let instance = Instance::stored(&model, size, store, Streams::new(5)).expect("fits");
        let data = AnyData::from(&instance.data);
        assert_eq!((data.rows(), data.columns()), (400, 200));
        let matrix = DataMatrix::from_row_fn(400, 200, |row, entries| {
            let mut exact = vec![0.0; 200];
            data.write_row(row, &mut exact);
            for (entry, x) in entries.iter_mut().zip(exact) {
                *entry = x as f32;
            }
        });
        for algorithm in ALGORITHMS {
            let own = learned(&instance.problem(model.hidden()), algorithm);
            let problem = Problem::new(model.hidden(), &matrix);
            let problem = problem.with_planted(&instance.planted).expect("of this d");
            let known = learned(&problem, algorithm);
            let context = format!("{store:?} {algorithm:?}");
            assert_eq!(own.end.name(), "converged", "{context}");
            if store == Store::OneBit {
                // Ends within 1e-6 of a stationary point, and of Lanczos within 1e-7.
                let apart = (&own.weights - &known.weights).amax();
                assert!(apart < 1e-3, "{context}: {apart}");
                let (a, b) = (own.log_likelihood, known.log_likelihood);
                let apart = a.unwrap_or(0.0) - b.unwrap_or(0.0);
                assert!(apart.abs() < 1e-6, "{context}: {apart}");
            } else {
                assert_eq!(own.weights, known.weights, "{context}");
                assert_eq!(own.log_likelihood, known.log_likelihood, "{context}");
            }
        }
    }
}

/// Rows that are drawn again are those of the dense instance, and take no memory; bits take one of
/// 32 parts.
#[test]
fn stores_hold_what_they_say() {
    let model = rademacher(2.0, &[1.5]);
    let size = Size { n: 512, d: 256 };
    let [dense, signs, drawn] = STORES.map(|store| {
        let instance = Instance::stored(&model, size, store, Streams::new(8)).expect("fits");
        let data = AnyData::from(&instance.data);
        let rows = |row| {
            let mut entries = vec![0.0; 256];
            data.write_row(row, &mut entries);
            entries
        };
        let rows: Vec<Vec<f64>> = (0..512).map(rows).collect();
        (rows, data.bytes(), instance.planted)
    });
    assert_eq!(dense.0, drawn.0);
    assert_eq!(dense.2, signs.2, "the same signals");
    assert_eq!(drawn.1, 0);
    assert!(dense.1 >= 4 * 512 * 256);
    assert_eq!(signs.1, 512 * 256 / 8 + 8 * (512 + 256));
    // λ u w/√d = ±1.5/16 beside ±1; half of the signs are +1, within 5 standard errors.
    let entries = signs.0.concat();
    let noise = |x: &f64| ((x.abs() - 1.0).abs() - 1.5 / 16.0).abs() < 1e-12;
    assert!(entries.iter().all(noise));
    let mean = entries.iter().map(|x| x.signum()).sum::<f64>() / entries.len() as f64;
    assert!(mean.abs() < 5.0 / (entries.len() as f64).sqrt(), "{mean}");
}

#[test]
fn work_on_entries_asks_for_a_matrix() {
    let model = rademacher(2.0, &[1.5]);
    let size = Size { n: 80, d: 40 };
    let instance = Instance::stored(&model, size, Store::OneBit, Streams::new(1)).expect("fits");
    let problem = instance.problem(model.hidden());
    let w = Matrix::from_element(40, 1, 0.1);
    let settings = ContrastiveSettings::default();
    let refused = train(&problem, w, &settings, Streams::new(1), &mut |_| ());
    let error = refused.expect_err("refused");
    assert!(matches!(&error, Error::InvalidInput { field, .. } if field == "store"));
    let said = "store is one-bit: contrastive divergence needs all entries at hand: use dense";
    assert_eq!(error.to_string(), said);
}

/// The store is part of the settings where it is not the usual one: records of dense data are what
/// they were.
#[test]
fn answers_say_what_the_noise_is() {
    let ask = |store: &str| {
        let request = format!(
            "model = {{ alpha = 2.0, lambda = [1.6] }}\nsimulation = {{ d = 40, instances = 2, {store} }}"
        );
        let simulate: Simulate = toml::from_str(&request).expect("a request");
        simulate.run(silent()).expect("a good request").result
    };
    let (usual, dense) = (ask(""), ask("store = \"dense\""));
    assert_eq!(usual.fingerprint, dense.fingerprint);
    let text = |answer| serde_json::to_value(answer).expect("JSON")["settings"].to_string();
    assert!(!text(&usual).contains("store"));
    let signs = ask("store = \"one-bit\"");
    assert!(text(&signs).contains("\"store\":\"one-bit\""));
    assert_ne!(signs.fingerprint, usual.fingerprint);
    let notes = onsager::experiment::Answer::notes(&signs);
    assert!(
        notes.iter().any(|note| note.contains("noise ±1")),
        "{notes:?}"
    );
    let drawn = ask("store = \"regenerated\"");
    assert_eq!(drawn.runs, usual.runs);
}
