//! The solver's limits, in one table: `cargo bench --bench solver`. Each time is the middle one of
//! several runs on an idle machine. `PYTHON` names an interpreter with NumPy, for the ratio to a
//! loop of NumPy (`benches/numpy_loop.py`).

use onsager::hidden::HiddenUnits;
use onsager::law::Law;
use onsager::model::Model;
use onsager::start::Start;
use onsager::sweep::{DiagramStudy, Shard, Sweep};
use onsager::theory::{FixedPointSettings, Starts, find};
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

/// The loop of NumPy runs at this α, at strengths from 1.3 to 2.2.
const ALPHA: f64 = 2.0;

fn main() {
    println!("threads: {}", rayon::current_num_threads());
    let bytes = 1 << 30;
    println!(
        "reading memory: {:.1} GB/s",
        bytes as f64 / read(bytes) / 1e9
    );
    println!("\n{:<58} {:>12} {:>12}", "", "time", "limit");
    row("one unit, α = 2, mean over λ = 1.3…2.2", points(), 1e-4);
    for (name, alpha, lambda, bias, limit) in [
        ("two coupled units", 2.0, vec![1.5, 1.3], vec![0.0; 2], 3e-3),
        ("two with biases", 3.0, vec![1.5, 1.4], vec![0.2, 0.1], 3e-3),
        (
            "three coupled units",
            2.0,
            vec![1.5, 1.4, 1.3],
            vec![0.0; 3],
            0.3,
        ),
        (
            "three with biases",
            3.0,
            vec![1.5, 1.4, 1.3],
            vec![0.2, 0.1, 0.0],
            0.3,
        ),
        (
            "three, strong: λ = 6.2, 5.9, 5.5",
            29.0,
            vec![6.2, 5.9, 5.5],
            vec![0.2, 0.1, 0.05],
            2.0,
        ),
    ] {
        row(
            &format!("{name}, α = {alpha}"),
            search(alpha, &lambda, &bias),
            limit,
        );
    }
    row(
        "200 × 200 cells of one unit",
        diagram(200, "lambda = [1.0]"),
        3.0,
    );
    let two = "lambda = [1.0, 0.9]\nbias = [0.1, 0.05]";
    row(
        "100 × 100 cells of two coupled units",
        diagram(100, two),
        60.0,
    );
    println!();
    // Side by side, as a machine is not equally fast all the time.
    let rounds: Vec<(f64, Vec<f64>)> = (0..3).map(|_| (points(), numpy())).collect();
    let names = ["trapezoid nodes in z", "Gauss–Hermite nodes in ω"];
    for (index, name) in names.iter().enumerate() {
        let beside = |(own, loops): &(f64, Vec<f64>)| Some((*own, *loops.get(index)?));
        let Some(mut pairs) = rounds.iter().map(beside).collect::<Option<Vec<_>>>() else {
            println!("no NumPy: name an interpreter that has it by PYTHON");
            return;
        };
        pairs.sort_by(|a, b| f64::total_cmp(&(a.1 / a.0), &(b.1 / b.0)));
        let (own, other) = pairs[pairs.len() / 2];
        println!(
            "one unit: {:.1} × as fast ({:.0} µs) as a loop of NumPy to 1e-8, 101 {name} ({:.0} µs)",
            other / own,
            1e6 * own,
            1e6 * other
        );
    }
}

fn row(name: &str, time: f64, limit: f64) {
    let unit = |time: f64| match time {
        time if time < 1e-3 => format!("{:.0} µs", 1e6 * time),
        time if time < 1.0 => format!("{:.1} ms", 1e3 * time),
        time => format!("{time:.1} s"),
    };
    println!("{name:<58} {:>12} {:>12}", unit(time), unit(limit));
}

/// Seconds that one thread for each core needs to read this much memory.
fn read(bytes: usize) -> f64 {
    use rayon::prelude::*;
    let values = vec![1u64; bytes / 8];
    let sum = || {
        values
            .par_chunks(1 << 16)
            .map(|part| part.iter().sum::<u64>())
            .sum::<u64>()
    };
    black_box(sum());
    middle(5, || {
        black_box(sum());
    })
}

fn middle(count: usize, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..count)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[count / 2]
}

fn model(alpha: f64, lambda: &[f64], bias: &[f64]) -> Model {
    let hidden = HiddenUnits::new(Law::rademacher(), bias.len(), bias).expect("valid units");
    Model::new(alpha, lambda, hidden, Law::rademacher(), Law::rademacher()).expect("valid model")
}

/// One search to 1e-12, with stability and errors, the units jointly.
fn search(alpha: f64, lambda: &[f64], bias: &[f64]) -> f64 {
    let model = model(alpha, lambda, bias);
    let settings = FixedPointSettings {
        unit_by_unit: false,
        ..FixedPointSettings::default()
    };
    let starts = [Start::Planted];
    middle(9, || {
        let found = find(&model, Starts::Only(&starts), &settings).expect("valid settings");
        let point = &found.solutions[0].point;
        assert!(point.residual < 1e-12 && point.quadrature_error < 1e-10);
        black_box(found);
    })
}

/// The mean over the strengths of the loop of NumPy.
fn points() -> f64 {
    const COUNT: usize = 300;
    let models: Vec<Model> = (0..COUNT)
        .map(|index| {
            model(
                ALPHA,
                &[1.3 + 0.9 * index as f64 / (COUNT - 1) as f64],
                &[0.0],
            )
        })
        .collect();
    let (settings, starts) = (FixedPointSettings::default(), [Start::Planted]);
    let all = middle(15, || {
        for model in &models {
            let found = find(model, Starts::Only(&starts), &settings).expect("valid settings");
            assert!(found.solutions[0].point.residual < 1e-12);
            black_box(found);
        }
    });
    all / COUNT as f64
}

/// The (α, λ) diagram with replicon, on disk.
fn diagram(points: usize, model: &str) -> f64 {
    let text = format!(
        "seed = 1\n[model]\n{model}\n\
         [x]\nparameter = \"alpha\"\nfrom = 0.5\nto = 8.0\npoints = {points}\n\
         [y]\nparameter = \"lambda\"\nfrom = 0.4\nto = 2.4\npoints = {points}\n"
    );
    let study: DiagramStudy = toml::from_str(&text).expect("a study");
    let folder = tempfile::tempdir().expect("a folder");
    let begun = Instant::now();
    let sweep = Sweep::new(&study).expect("valid");
    let record = sweep.open(&folder.path().join("a.record")).expect("new");
    sweep.run(record, Shard::WHOLE, &|_, _| {}).expect("runs");
    begun.elapsed().as_secs_f64()
}

/// Mean seconds of a point in the loops of NumPy, where there is one.
fn numpy() -> Vec<f64> {
    let interpreter = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/numpy_loop.py");
    let output = Command::new(interpreter)
        .args([script, &ALPHA.to_string()])
        .output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let times = text.unwrap_or_default();
    let times = times.split_whitespace().map(str::parse::<f64>);
    times.filter_map(|time| Some(1e-6 * time.ok()?)).collect()
}
