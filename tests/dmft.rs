//! Dynamical mean-field theory against gradient ascent of finite size, and the command as a user
//! runs it.

mod binary;
mod common;

use binary::{in_folder, json, onsager, refused};
use common::rademacher;
use onsager::comparison::{Predicted, compare_trajectories};
use onsager::dmft::{DmftPrediction, DmftSettings, DmftStart, TwoTime, solve};
use onsager::ensemble::{Estimate, run_instances};
use onsager::model::Model;
use onsager::numerics::Matrix;
use onsager::numerics::streams::{Purpose, Streams};
use onsager::order_parameters::OrderParameters;
use onsager::simulation::{
    Data, GdSettings, Gradient, Instance, Method, Problem, RunEnd, RunSettings, SimulationStart,
    Size, ascend, ascend_watched,
};
use onsager::start::Start;
use rand_distr::{Distribution, StandardNormal};

const SIZE: Size = Size { n: 8000, d: 4000 };
const INSTANCES: usize = 8;

fn scalar_start() -> OrderParameters {
    OrderParameters {
        m: Matrix::from_element(1, 1, 0.3),
        q: Matrix::identity(1, 1),
    }
}

/// Both units carry some of both signals, and of each other.
fn mixed_start() -> OrderParameters {
    OrderParameters {
        m: Matrix::from_row_slice(2, 2, &[0.3, 0.1, 0.15, 0.2]),
        q: Matrix::from_row_slice(2, 2, &[1.0, 0.3, 0.3, 0.8]),
    }
}

fn predict(model: &Model, order: &OrderParameters, steps: usize, step: f64) -> DmftPrediction {
    let settings = DmftSettings {
        steps,
        step,
        log2_paths: 14,
        responses: true,
        ..DmftSettings::default()
    };
    let start = DmftStart::new(order.clone());
    solve(model, &start, &settings, &[], 1, None, &mut |_| ()).expect("valid settings")
}

fn given(order: &OrderParameters) -> SimulationStart {
    SimulationStart::Overlaps(Start::Given(order.clone()))
}

/// Every `M_t`, `Q_tt` up to t = 60 within 4 combined standard errors of eight runs at d = 4000.
fn follows(model: &Model, order: &OrderParameters, step: f64, seed: u64) {
    let settings = RunSettings {
        method: Method::Gd(GdSettings {
            step: Some(step),
            tolerance: 1e-12,
            max_iterations: 60,
        }),
        start: given(order),
        ..RunSettings::default()
    };
    let streams = Streams::new(seed);
    let runs = run_instances(
        model,
        SIZE,
        &settings,
        streams,
        INSTANCES,
        None,
        &mut |_| {},
    )
    .expect("valid settings");
    let theory = predict(model, order, 60, step);
    assert!(theory.worst_error().expect("several sets") < 3e-3);
    let rows = compare_trajectories(&runs, &Predicted::of_dynamics(&theory))
        .expect("8 runs")
        .rows;
    let (k, r) = (model.units(), model.signals());
    assert_eq!(rows.len(), 61 * (k * r + k * (k + 1) / 2));
    for row in &rows {
        assert!(row.deviation.abs() <= 4.0, "{row:?}");
    }
}

#[test]
fn one_unit_follows_the_theory_at_every_step() {
    follows(&rademacher(2.0, &[1.3]), &scalar_start(), 0.3, 21);
}

#[test]
fn two_coupled_units_follow_the_theory_at_every_step() {
    follows(&rademacher(2.0, &[1.5, 1.3]), &mixed_start(), 0.08, 22);
}

/// Weights of one instance at all times.
fn history(
    model: &Model,
    order: &OrderParameters,
    step: f64,
    steps: usize,
    instance: u64,
) -> Vec<Matrix> {
    let streams = Streams::new(23).instance(instance);
    let data = Instance::generate(model, SIZE, streams).expect("fits in memory");
    let w = given(order)
        .weights(&data.problem(model.hidden()), streams, 0)
        .expect("possible");
    let mut weights = Vec::new();
    let ascent = GdSettings {
        step: Some(step),
        tolerance: 1e-300,
        max_iterations: steps,
    };
    let problem = data.problem(model.hidden());
    ascend_watched(&problem, w, &ascent, &mut |w| weights.push(w.clone())).expect("valid");
    weights
}

#[test]
fn two_time_correlations_agree_with_simulation() {
    let pairs = [
        (1, 0),
        (2, 1),
        (5, 0),
        (5, 3),
        (10, 2),
        (10, 9),
        (20, 0),
        (20, 10),
        (30, 5),
        (30, 29),
    ];
    let (model, order, step) = (rademacher(2.0, &[1.5, 1.3]), mixed_start(), 0.08);
    let theory = predict(&model, &order, 30, step);
    let runs: Vec<Vec<Matrix>> = (0..INSTANCES as u64)
        .map(|instance| history(&model, &order, step, 30, instance))
        .collect();
    for (t, s) in pairs {
        let predicted = theory.two_time(TwoTime::Q, t, s).expect("reached");
        let error = predicted.standard_error.expect("several sets");
        for entry in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let values: Vec<f64> = runs
                .iter()
                .map(|w| (w[t].tr_mul(&w[s]) / SIZE.d as f64)[entry])
                .collect();
            let simulated = Estimate::of(&values).expect("8 runs");
            let own = simulated.standard_error.expect("8 runs");
            let deviation = (simulated.mean - predicted.mean[entry]) / own.hypot(error[entry]);
            assert!(deviation.abs() <= 4.0, "Q_{t},{s} {entry:?}: {deviation}");
        }
    }
}

/// `u_t` of every sample along gradient ascent in which a field `field` is added to the
/// pre-activations of time `at`, written here once more from the formula.
fn responses(
    model: &Model,
    data: &Instance,
    mut w: Matrix,
    step: f64,
    (at, field): (usize, &[f64]),
    steps: usize,
) -> Vec<Vec<f64>> {
    let (n, d) = (SIZE.n, SIZE.d as f64);
    let mut all = Vec::new();
    for t in 0..=steps {
        let mut force = Matrix::zeros(SIZE.d, 1);
        let mut none = vec![(); n];
        let parts: Vec<Vec<(usize, f64)>> = data.data.fused_pass::<1, _, Vec<(usize, f64)>>(
            w.as_slice(),
            force.as_mut_slice(),
            &mut none,
            |first, rows, _, found| {
                for (offset, row) in rows.iter_mut().enumerate() {
                    let mut z = row[0] / d.sqrt();
                    if t == at {
                        z += field[first + offset];
                    }
                    row[0] = z.tanh();
                    found.push((first + offset, row[0]));
                }
            },
        );
        let mut u = vec![0.0; n];
        for (index, value) in parts.into_iter().flatten() {
            u[index] = value;
        }
        all.push(u);
        w = &w * (1.0 - step * model.alpha()) + force * (step / d.sqrt());
    }
    all
}

/// `C_ts = α E[∂u_t/∂ω_s]`: a small field `±ε z` with random signs `z` on the samples at time `s`
/// moves `u_t` by `ε C_ts z/α`, and what the field does through other samples averages out.
#[test]
fn the_response_is_that_to_a_small_field_in_a_simulation() {
    let (model, order, step, steps) = (rademacher(2.0, &[1.3]), scalar_start(), 0.3, 8);
    let theory = predict(&model, &order, steps, step);
    let epsilon = 1e-3;
    for at in [0, 2, 5] {
        let mut measured: Vec<Vec<f64>> = vec![Vec::new(); steps + 1];
        for instance in 0..INSTANCES as u64 {
            let streams = Streams::new(24).instance(instance);
            let data = Instance::generate(&model, SIZE, streams).expect("fits in memory");
            let w = given(&order)
                .weights(&data.problem(model.hidden()), streams, 0)
                .expect("possible");
            let mut stream = streams.stream(Purpose::Start, 99 + at as u64);
            let signs: Vec<f64> = (0..SIZE.n)
                .map(|_| f64::signum(StandardNormal.sample(&mut stream)))
                .collect();
            let run = |size: f64| {
                let field: Vec<f64> = signs.iter().map(|sign| size * sign).collect();
                responses(&model, &data, w.clone(), step, (at, &field), steps)
            };
            let (up, down) = (run(epsilon), run(-epsilon));
            for t in at..=steps {
                let moved: f64 = (0..SIZE.n)
                    .map(|mu| signs[mu] * (up[t][mu] - down[t][mu]))
                    .sum();
                measured[t].push(model.alpha() * moved / (2.0 * epsilon * SIZE.n as f64));
            }
        }
        for (t, measured) in measured.iter().enumerate().skip(at) {
            let predicted = theory.two_time(TwoTime::C, t, at).expect("reached");
            let simulated = Estimate::of(measured).expect("8 runs");
            let own = simulated.standard_error.expect("8 runs");
            let error = predicted.worst_error().expect("several sets");
            let deviation = (simulated.mean - predicted.mean[0]) / own.hypot(error);
            assert!(
                deviation.abs() <= 4.0,
                "C_{t},{at}: {deviation} {simulated:?} {predicted:?}"
            );
            // The comparison must be able to tell the response from none.
            assert!(
                t > at + 2 || simulated.mean.abs() > 10.0 * own,
                "C_{t},{at} {simulated:?}"
            );
        }
    }
}

#[test]
fn sets_of_paths_do_not_depend_on_threads_and_a_stopped_run_goes_on() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let run = |more: &[&str]| {
        let common = [
            "dmft",
            "--alpha",
            "2",
            "--lambda",
            "1.5,1.3",
            "--start-m",
            "0.3,0.1;0.1,0.2",
            "--iterations",
            "12",
            "--log2-paths",
            "11",
            "--responses",
            "--format",
            "json",
        ];
        in_folder(folder.path(), &[&common[..], more].concat())
    };
    let whole = json(&run(&[
        "--path-sets",
        "6",
        "--record",
        "whole.jsonl",
        "--threads",
        "1",
    ]));
    let other = json(&run(&["--path-sets", "6", "--threads", "3"]));
    assert!(whole == other);
    // A run that was killed in the middle of a line.
    json(&run(&["--path-sets", "3", "--record", "part.jsonl"]));
    let part = folder.path().join("part.jsonl");
    let text = std::fs::read_to_string(&part).expect("readable");
    std::fs::write(&part, &text[..text.len() - 1000]).expect("written");
    let resumed = json(&run(&["--path-sets", "6", "--record", "part.jsonl"]));
    assert!(whole == resumed);
    let lines = |name: &str| {
        let text = std::fs::read_to_string(folder.path().join(name)).expect("readable");
        let mut lines: Vec<String> = text.lines().map(String::from).collect();
        lines.sort();
        lines
    };
    assert!(lines("whole.jsonl") == lines("part.jsonl"));
    refused(
        &run(&["--path-sets", "6", "--record", "part.jsonl", "--seed", "2"]),
        &["seed", "recorded 1, asked for 2"],
    );
    refused(
        &run(&[
            "--path-sets",
            "6",
            "--record",
            "part.jsonl",
            "--step",
            "0.01",
        ]),
        &["step"],
    );
}

#[test]
fn a_killed_process_resumes_with_the_same_numbers() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let record = folder.path().join("run.jsonl");
    let arguments = [
        "dmft",
        "--alpha",
        "2",
        "--lambda",
        "1.5,1.3",
        "--start-m",
        "0.3,0.1;0.1,0.2",
        "--iterations",
        "30",
        "--log2-paths",
        "12",
        "--path-sets",
        "12",
        "--format",
        "json",
        "--record",
        "run.jsonl",
    ];
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_onsager"))
        .current_dir(folder.path())
        .args(arguments)
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the binary runs");
    let lines = || std::fs::read_to_string(&record).map_or(0, |text| text.lines().count());
    let begin = std::time::Instant::now();
    while lines() < 3 && begin.elapsed().as_secs() < 60 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let kept = lines();
    assert!((3..13).contains(&kept), "{kept}");
    let resumed = json(&in_folder(folder.path(), &arguments));
    let at_once = json(&in_folder(folder.path(), &arguments[..arguments.len() - 2]));
    assert!(resumed == at_once);
}

#[test]
fn bad_input_is_refused_before_the_run() {
    let dmft =
        |more: &[&str]| onsager(&[&["dmft", "--alpha", "2", "--lambda", "1.3"], more].concat());
    refused(&dmft(&["--step", "1"]), &["step", "(0, 1.0000)"]);
    refused(&dmft(&["--step", "-0.1"]), &["step"]);
    refused(&dmft(&["--iterations", "0"]), &["iterations is 0", "1..="]);
    refused(&dmft(&["--start-m", "1.2"]), &["positive semi-definite"]);
    refused(
        &dmft(&[
            "--log2-paths",
            "22",
            "--path-points",
            "random",
            "--iterations",
            "1900",
        ]),
        &["MiB"],
    );
    refused(
        &dmft(&["--path-points", "halton"]),
        &["path-points", "random, sobol"],
    );
    refused(
        &dmft(&["--power-iterations", "100000"]),
        &["power-iterations"],
    );
    refused(&dmft(&["--path-sets", "0"]), &["path-sets is 0"]);
    // The simulation refuses a step by the same rule, and theory does so before any simulation.
    let gd = [
        "simulate",
        "--n",
        "200",
        "--d",
        "100",
        "--lambda",
        "1.3",
        "--algorithm",
        "gd",
        "--step",
        "1",
    ];
    refused(&onsager(&gd), &["step", "(0, 1.0000)"]);
    let compare = [
        "compare",
        "--trajectory",
        "--lambda",
        "1.3",
        "--n",
        "200",
        "--d",
        "100",
        "--algorithm",
        "lbfgs",
    ];
    refused(&onsager(&compare), &["only amp and gd"]);
    refused(
        &onsager(&["evolve", "--alpha", "2", "--lambda", "1.3", "--step", "0.1"]),
        &["belongs to gd"],
    );
}

#[test]
fn evolve_and_dmft_have_one_trajectory() {
    let common = [
        "--alpha",
        "2",
        "--lambda",
        "1.3",
        "--start-m",
        "0.3",
        "--step",
        "0.3",
        "--iterations",
        "10",
        "--log2-paths",
        "10",
        "--format",
        "json",
    ];
    let evolve = json(&onsager(
        &[&["evolve", "--algorithm", "gd"], &common[..]].concat(),
    ));
    let dmft = json(&onsager(&[&["dmft"], &common[..]].concat()));
    assert!(evolve["states"] == dmft["states"]);
    assert_eq!(dmft["long_time"]["standing"], "relaxing");
    assert_eq!(dmft["q_ts"][10].as_array().expect("a row").len(), 11);
}

#[test]
fn compare_follows_a_spectral_start() {
    let output = onsager(&[
        "compare",
        "--trajectory",
        "--algorithm",
        "gd",
        "--lambda",
        "1.6,1.4",
        "--n",
        "3000",
        "--d",
        "1500",
        "--instances",
        "6",
        "--start",
        "spectral",
        "--iterations",
        "10",
        "--log2-paths",
        "12",
        "--format",
        "json",
    ]);
    // Six instances have little power over so many numbers; what counts is that no sign is wrong.
    let reply: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_ne!(reply["verdict"], "disagrees", "{reply:#}");
    let rows = reply["rows"].as_array().expect("rows");
    assert!(!rows.is_empty() && rows.iter().all(|row| row["differs"] == false));
}

/// Largest eigenvalue of `−∇²L` at the weights, by power iteration on differences of the gradient.
fn largest_curvature(problem: &Problem, w: &Matrix) -> f64 {
    let gradient = |w: &Matrix| {
        Gradient::without_objective(problem, w)
            .expect("in the domain")
            .gradient
    };
    let mut stream = Streams::new(25).stream(Purpose::Krylov, 1);
    let mut v = Matrix::from_fn(w.nrows(), w.ncols(), |_, _| {
        StandardNormal.sample(&mut stream)
    });
    let mut value = 0.0;
    for _ in 0..60 {
        let norm = v.norm();
        v /= norm;
        let epsilon = 1e-3 * w.norm();
        let image =
            (gradient(&(w - &v * epsilon)) - gradient(&(w + &v * epsilon))) / (2.0 * epsilon);
        value = image.dot(&v);
        v = image;
    }
    value
}

/// The step bound of theory is that of the Hessian: never above it, and close to it where the
/// regulariser decides.
#[test]
fn the_step_bound_is_safe_and_tight() {
    for (lambda, tightness) in [(&[1.5][..], 0.98), (&[1.5, 1.3], 0.7)] {
        let model = rademacher(2.0, lambda);
        let size = Size { n: 4000, d: 2000 };
        let streams = Streams::new(26);
        let data = Instance::generate(&model, size, streams).expect("fits in memory");
        let problem = data.problem(model.hidden());
        let w = SimulationStart::Overlaps(Start::Planted)
            .weights(&problem, streams, 0)
            .expect("possible");
        let ascent = GdSettings {
            step: Some(0.1),
            tolerance: 1e-4,
            max_iterations: 2000,
        };
        let learned = ascend(&problem, w, &ascent).expect("valid");
        let (w, end) = (learned.weights, learned.end);
        assert!(matches!(end, RunEnd::Converged { .. }), "{end:?}");
        let q = w.tr_mul(&w) / size.d as f64;
        let bound = model.regulariser_curvature(&q).expect("no domain");
        let found = largest_curvature(&problem, &w);
        println!("{lambda:?}: bound {bound}, found {found}");
        assert!(
            found < bound && found > tightness * bound,
            "{found} {bound}"
        );
    }
}

/// A study of the dynamics: theory and simulation in one table, drawn as lines, points and a heat
/// map.
#[test]
fn a_study_of_the_dynamics_is_computed_and_drawn() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let spec = r#"
title = "small"
data = "small.csv"
size = [152, 87]
[study]
kind = "dynamics"
seed = 3
slices = [2]
every = 2
two-time = true
[study.model]
alpha = 2.0
lambda = [1.5, 1.3]
[study.start]
start-m = [[0.3, 0.1], [0.1, 0.2]]
[study.dmft]
log2-paths = 9
path-sets = 3
responses = true
[study.simulation]
d = 100
instances = 2
iterations = 6
[[panel]]
[panel.x]
label = "*t*"
column = "t"
[panel.y]
label = "ζ"
column = "value"
[[panel.series]]
label = "theory"
kind = "line"
where = { source = "theory", quantity = "zeta", entry = "11" }
error = "standard_error"
[[panel.series]]
label = "gradient ascent"
kind = "points"
where = { source = "gd", quantity = "zeta", entry = "11" }
error = "standard_error"
[[panel]]
[panel.x]
label = "*s*"
column = "s"
[panel.y]
label = "*t*"
column = "t"
[[panel.series]]
kind = "heat"
where = { source = "theory", quantity = "c_ts", entry = "12" }
value = "value"
value_label = "C"
"#;
    std::fs::write(folder.path().join("small.toml"), spec).expect("written");
    let done = in_folder(
        folder.path(),
        &["reproduce", "small.toml", "--directory", "."],
    );
    let message = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{message}");
    let csv = std::fs::read_to_string(folder.path().join("small.csv")).expect("written");
    let count = |start: &str| csv.lines().filter(|line| line.starts_with(start)).count();
    // 7 times of 4 entries; every second of them by simulation; triangles and slices.
    assert_eq!((count("theory,m,"), count("gd,m,")), (28, 16));
    assert_eq!(
        (count("theory,c_ts,11,"), count("theory,b_ts,11,")),
        (28, 21)
    );
    assert_eq!(count("gd,q_ts,11,"), 3);
    assert!(folder.path().join("small.png").exists());
}

#[test]
fn what_a_user_may_get_wrong_is_said() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let dmft =
        |more: &[&str]| in_folder(folder.path(), &[&["dmft", "--alpha", "2"], more].concat());
    // No singular vector of its own, two equal ones, too few power iterations.
    refused(
        &dmft(&["--lambda", "0.9", "--start", "spectral"]),
        &["start is spectral", "α^(-1/4)"],
    );
    refused(
        &dmft(&["--lambda", "1.5,1.5", "--start", "spectral"]),
        &["different strengths"],
    );
    let notes = |more: &[&str]| {
        let output = dmft(&[more, &["--iterations", "3", "--log2-paths", "9"]].concat());
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let text = notes(&[
        "--lambda",
        "1.3",
        "--start",
        "spectral",
        "--power-iterations",
        "10",
    ]);
    assert!(text.contains("power iterations are not enough"), "{text}");
    assert!(notes(&["--lambda", "1.3", "--start", "random"]).contains("keeps M = 0"));
    // A trajectory stands, whatever becomes of its limit.
    assert!(notes(&["--lambda", "100"]).contains("no long-time limit"));
    let record = [
        "--lambda",
        "1.3",
        "--iterations",
        "2",
        "--log2-paths",
        "8",
        "--record",
        "a.jsonl",
    ];
    refused(
        &dmft(&[&record[..], &["--output", "./a.jsonl"]].concat()),
        &["a.jsonl", "is the output that this run writes"],
    );
    refused(
        &onsager(&[
            "evolve",
            "--alpha",
            "2",
            "--lambda",
            "1.3",
            "--path-sets",
            "3",
        ]),
        &["belong to the trajectory of gd"],
    );
    refused(
        &onsager(&[
            "solve",
            "--alpha",
            "2",
            "--lambda",
            "1.3",
            "--power-iterations",
            "3",
        ]),
        &["power-iterations"],
    );
    // The default step of a spectral start is a number also where theory predicts no end.
    let simulate = [
        "simulate",
        "--algorithm",
        "gd",
        "--alpha",
        "2",
        "--lambda",
        "0.7",
        "--start",
        "spectral",
        "--d",
        "200",
        "--iterations",
        "3",
        "--instances",
        "2",
        "--format",
        "json",
    ];
    let step = &json(&onsager(&simulate))["settings"]["method"]["step"];
    assert!(
        (step.as_f64().expect("a number") - 0.5).abs() < 1e-9,
        "{step}"
    );
}
