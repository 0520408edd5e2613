//! Benchmarks: `cargo bench`. Timings by divan, then ratios to the limits that the project states,
//! measured in turn within one run so that a drift of the machine's speed cancels.

use divan::Bencher;
use nalgebra::DMatrix;
use onsager::definitions::{Catalogue, PotentialDefinition, Settings};
use onsager::hidden::HiddenUnits;
use onsager::law::Law;
use onsager::model::Model;
use onsager::numerics::streams::Streams;
use onsager::potential::{self, PotentialSettings, Saddle};
use onsager::simulation::{AmpSettings, GdSettings, Instance, SimulationStart, Size, amp, ascend};
use onsager::start::Start;
use onsager::symbolic::{Expression, Function, Input, Symbol, Tape};
use onsager::theory::{FixedPointSettings, Starts, find};
use std::cell::RefCell;
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
        formulas();
        ratios();
    }
}

fn model(lambda: &[f64]) -> Model {
    let hidden = HiddenUnits::new(Law::rademacher(), lambda.len(), &[]).expect("valid units");
    Model::new(2.0, lambda, hidden, Law::rademacher(), Law::rademacher()).expect("valid model")
}

fn search(bencher: Bencher, lambda: &[f64], starts: Starts, settings: &FixedPointSettings) {
    let model = model(lambda);
    bencher.bench_local(|| find(&model, black_box(starts), settings));
}

fn jointly() -> FixedPointSettings {
    FixedPointSettings {
        unit_by_unit: false,
        ..FixedPointSettings::default()
    }
}

/// One search, residual 1e-12. The limits of searches are in `benches/solver.rs`.
#[divan::bench]
fn search_one_unit(bencher: Bencher) {
    let settings = FixedPointSettings::default();
    search(bencher, &[1.5], Starts::Only(&[Start::Weak]), &settings);
}

/// One search of two units, jointly.
#[divan::bench(sample_count = 10)]
fn search_two_units(bencher: Bencher) {
    search(
        bencher,
        &[1.5, 1.3],
        Starts::Only(&[Start::Weak]),
        &jointly(),
    );
}

/// One search of three units, jointly.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn search_three_units(bencher: Bencher) {
    search(
        bencher,
        &[1.5, 1.4, 1.3],
        Starts::Only(&[Start::Weak]),
        &jointly(),
    );
}

/// All searches that `solve` makes.
#[divan::bench(args = [1, 2, 3], sample_count = 20)]
fn solve_units(bencher: Bencher, units: usize) {
    let settings = FixedPointSettings::default();
    search(
        bencher,
        &[1.5, 1.4, 1.3][..units],
        Starts::Standard,
        &settings,
    );
}

/// `f` and `D` at one point, as for each row of a simulation.
#[divan::bench(args = ["ternary", "ln_cosh"])]
fn formula_at_one_point(bencher: Bencher, unit: &str) {
    let z = Symbol::new("z");
    let (f, d) = match unit {
        "ternary" => ternary(),
        _ => {
            let argument = vec![Expression::variable("z")];
            let f = Expression::call(Function::LnCosh, argument).derivative(&z);
            let d = f.derivative(&z);
            (f, d)
        }
    };
    let tape = Tape::new(&[(z, Input::Varying)], &[f, d]);
    bencher.bench_local(|| {
        let mut values = [0.0; 2];
        tape.at(&[black_box(0.7)], &mut values);
        values
    });
}

/// Potentials with two order parameters, and their settings.
const POTENTIALS: [&str; 2] = ["sherrington-kirkpatrick", "spiked-covariance"];

fn potential(name: &str) -> PotentialDefinition {
    let settings: Settings = match name {
        "sherrington-kirkpatrick" => [("T", "0.5"), ("J0", "1.2")]
            .map(|(name, value)| (name.into(), value.into()))
            .into(),
        _ => Settings::default(),
    };
    Catalogue::default()
        .potential(name, &settings)
        .expect("built in")
}

/// All stationary points of a potential with two order parameters, the equations derived and
/// compiled on the way.
#[divan::bench(args = POTENTIALS)]
fn potential_all_points(bencher: Bencher, name: &str) {
    let definition = potential(name);
    let settings = PotentialSettings::default();
    bencher.bench_local(|| potential::solve(black_box(&definition), &settings));
}

/// One start of it. Limit: 5 ms.
#[divan::bench(args = POTENTIALS)]
fn potential_one_start(bencher: Bencher, name: &str) {
    let mut definition = potential(name);
    definition.starts.truncate(1);
    let settings = PotentialSettings {
        random_starts: 0,
        ..PotentialSettings::default()
    };
    bencher.bench_local(|| potential::solve(black_box(&definition), &settings));
}

/// What of it is reading the definition.
#[divan::bench(args = POTENTIALS)]
fn potential_read(bencher: Bencher, name: &str) {
    bencher.bench_local(|| potential(black_box(name)));
}

/// What of it is deriving and compiling the equations.
#[divan::bench(args = POTENTIALS)]
fn potential_compile(bencher: Bencher, name: &str) {
    let definition = potential(name);
    bencher.bench_local(|| Saddle::new(black_box(&definition)));
}

/// Ratios at n = 8000, d = 4000, k = 2 to one reading of the data with all threads.
fn ratios() {
    const ITERATIONS: u32 = 10;
    const ROUNDS: usize = 9;
    let model = model(&[1.5, 1.3]);
    let streams = Streams::new(1);
    let instance = Instance::generate(&model, SIZE, streams).expect("fits in memory");
    let problem = instance.problem(model.hidden());
    let w = SimulationStart::Overlaps(Start::Planted)
        .weights(&problem, streams, 0)
        .expect("valid start");
    let ascent = GdSettings {
        step: Some(0.05),
        tolerance: 1e-300,
        max_iterations: ITERATIONS as usize,
    };
    let dense = DMatrix::from_fn(SIZE.n, SIZE.d, |row, column| instance.data.row(row)[column]);
    let small = w.map(|entry| entry as f32);
    let read = || {
        black_box(instance.data.checksum());
    };
    let run_amp = || {
        let settings = AmpSettings {
            tolerance: 1e-300,
            max_iterations: ITERATIONS as usize,
            ..AmpSettings::default()
        };
        drop(black_box(amp(&problem, w.clone(), &settings)));
    };
    let run_ascent = || drop(black_box(ascend(&problem, w.clone(), &ascent)));
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
    report(&names, &times);
}

/// `f` and `D` of the ternary unit at many points, and their ratio to a loop written by hand; and
/// at one point.
fn formulas() {
    const POINTS: usize = 100_000;
    const ROUNDS: usize = 41;
    let (f, d) = ternary();
    let z = Symbol::new("z");
    let tape = Tape::new(&[(z.clone(), Input::Varying)], &[f, d]);
    let points: Vec<f64> = (0..POINTS)
        .map(|index| 16.0 * (index as f64 / POINTS as f64 - 0.5))
        .collect();
    let slices = || RefCell::new((vec![0.0; POINTS], vec![0.0; POINTS]));
    let (by_hand, by_tape) = (slices(), slices());
    let run_hand = || {
        let (f, d) = &mut *by_hand.borrow_mut();
        ternary_by_hand(black_box(&points), f, d);
    };
    let run_tape = || {
        let (f, d) = &mut *by_tape.borrow_mut();
        tape.evaluate(&[black_box(&points)], &mut [f, d]);
    };
    let mut times: [Vec<Duration>; 2] = std::array::from_fn(|_| Vec::new());
    for _ in 0..ROUNDS {
        times[0].push(time(&run_hand, 1));
        times[1].push(time(&run_tape, 1));
    }
    let difference = |a: &[f64], b: &[f64]| {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    let (hand, formula) = (by_hand.borrow(), by_tape.borrow());
    println!(
        "\nternary unit, f and D at {POINTS} points, one thread, and the ratio to a loop by hand (values differ by {:.0e})",
        difference(&hand.0, &formula.0).max(difference(&hand.1, &formula.1))
    );
    report(&["loop by hand", "formula (limit 3)"], &times);
}

/// First and second derivative of the ternary unit's log moment generating function.
fn ternary() -> (Expression, Expression) {
    let prior = Catalogue::default()
        .prior("ternary", "hidden")
        .expect("built in");
    let log_mgf = prior.with_values(&prior.log_mgf);
    let f = log_mgf.derivative(&prior.variables[0]);
    let d = f.derivative(&prior.variables[0]);
    (f, d)
}

/// The same as one would write it: one exponential for each point, `e = exp(−a|z|)` with
/// `a = √(3/2)`.
fn ternary_by_hand(points: &[f64], f: &mut [f64], d: &mut [f64]) {
    let a = 1.5f64.sqrt();
    for ((z, f), d) in points.iter().zip(f).zip(d) {
        let e = (-a * z.abs()).exp();
        let e2 = e * e;
        let norm = 1.0 + e + e2;
        *f = (a * (1.0 - e2) / norm).copysign(*z);
        *d = a * a * (e + 4.0 * e2 + e * e2) / (norm * norm);
    }
}

/// Middle and extremes of times that were measured in turn, and of their ratios to the first.
fn report(names: &[&str], times: &[Vec<Duration>]) {
    for (name, own) in names.iter().zip(times) {
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
            sorted[own.len() / 2].as_secs_f64() * 1e3,
            pairs[own.len() / 2],
            pairs[0],
            pairs[own.len() - 1]
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
