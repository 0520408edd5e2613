//! Benchmarks: `cargo bench`. Timings by divan, then ratios to the limits that the project states, measured in turn within one
//! run so that a drift of the machine's speed cancels.

use divan::Bencher;
use nalgebra::DMatrix;
use onsager::hidden::{HiddenLaw, HiddenUnits};
use onsager::model::Model;
use onsager::numerics::streams::Streams;
use onsager::signal::SignalLaw;
use onsager::simulation::{Ascent, Instance, SimulationStart, Size, amp, ascend};
use onsager::theory::{FixedPointSettings, Proximal, Start, solve};
use std::hint::black_box;
use std::time::{Duration, Instant};

const SIZE: Size = Size { n: 8000, d: 4000 };

fn main() {
    divan::main();
    // A filter on the command line asks for single benchmarks only.
    if !std::env::args()
        .skip(1)
        .any(|argument| !argument.starts_with('-'))
    {
        ratios();
    }
}

fn model(lambda: &[f64]) -> Model {
    let hidden = HiddenUnits::new(HiddenLaw::Rademacher, lambda.len(), &[]).expect("valid units");
    Model::new(
        2.0,
        lambda,
        hidden,
        SignalLaw::Rademacher,
        SignalLaw::Rademacher,
    )
    .expect("valid model")
}

fn joint(bencher: Bencher, lambda: &[f64]) {
    let model = model(lambda);
    let settings = FixedPointSettings::default();
    bencher.bench_local(|| solve(&model, black_box(&Start::Weak), &settings));
}

/// Limit: 1 ms at residual 1e-12.
#[divan::bench]
fn solve_one_unit(bencher: Bencher) {
    joint(bencher, &[1.5]);
}

/// Limit: 0.3 s.
#[divan::bench(sample_count = 10)]
fn solve_two_units(bencher: Bencher) {
    joint(bencher, &[1.5, 1.3]);
}

/// Limit: 20 s.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn solve_three_units(bencher: Bencher) {
    joint(bencher, &[1.5, 1.4, 1.3]);
}

/// Ratios at n = 8000, d = 4000, k = 2 to one reading of the data with all threads.
fn ratios() {
    const ITERATIONS: u32 = 10;
    const ROUNDS: usize = 9;
    let model = model(&[1.5, 1.3]);
    let streams = Streams::new(1);
    let instance = Instance::generate(&model, SIZE, streams).expect("fits in memory");
    let w = SimulationStart::Overlaps(Start::Planted)
        .weights(&model, &instance, streams, 0)
        .expect("valid start");
    let ascent = Ascent {
        step: 0.05,
        tolerance: 1e-300,
        max_iterations: ITERATIONS as usize,
    };
    let dense = DMatrix::from_fn(SIZE.n, SIZE.d, |row, column| instance.data.row(row)[column]);
    let small = w.map(|entry| entry as f32);
    let read = || {
        black_box(instance.data.checksum());
    };
    let run_amp = || {
        let rule = Proximal::default();
        drop(black_box(amp(
            &model,
            &instance,
            w.clone(),
            rule,
            1e-300,
            ITERATIONS as usize,
        )));
    };
    let run_ascent = || drop(black_box(ascend(&model, &instance, w.clone(), ascent)));
    let run_nalgebra = || {
        let u = (&dense * &small).map(f32::tanh);
        drop(black_box(dense.tr_mul(&u)));
    };
    let mut times: [Vec<Duration>; 4] = std::array::from_fn(|_| Vec::new());
    for _ in 0..ROUNDS {
        times[0].push(time(&read, ITERATIONS));
        times[1].push(time(&run_amp, 1) / ITERATIONS);
        times[2].push(time(&run_ascent, 1) / ITERATIONS);
        times[3].push(time(&run_nalgebra, 1));
    }
    println!(
        "\nn = {}, d = {}, k = 2: time of one iteration, and its ratio to reading X once",
        SIZE.n, SIZE.d
    );
    let names = [
        "read X once",
        "AMP iteration (limit 1.4)",
        "gradient step (limit 1.4)",
        "two nalgebra products (f32)",
    ];
    for (name, own) in names.iter().zip(&times) {
        let mut pairs: Vec<f64> = own
            .iter()
            .zip(&times[0])
            .map(|(a, b)| a.as_secs_f64() / b.as_secs_f64())
            .collect();
        pairs.sort_by(f64::total_cmp);
        let mut sorted = own.clone();
        sorted.sort();
        println!(
            "{name:<30} {:>9.3} ms   ratio {:.2} (smallest {:.2}, largest {:.2})",
            sorted[ROUNDS / 2].as_secs_f64() * 1e3,
            pairs[ROUNDS / 2],
            pairs[0],
            pairs[ROUNDS - 1]
        );
    }
}

fn time(work: &dyn Fn(), repetitions: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..repetitions {
        work();
    }
    start.elapsed() / repetitions
}
