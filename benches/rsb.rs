//! Beyond replica symmetry: `cargo bench --bench rsb`. Goals on two cores: one step 50 ms, the limit
//! 5 s, a curve of 40 strengths 60 s. Beside each, as a ratio of one run, the search for the
//! replica-symmetric solutions that it begins with; a climb to a maximum is in units of gradients.

use onsager::hidden::HiddenUnits;
use onsager::law::Law;
use onsager::model::Model;
use onsager::numerics::streams::Purpose;
use onsager::numerics::streams::Streams;
use onsager::rsb::{Depth, solve_unit};
use onsager::simulation::{
    AnnealingSettings, ClimbSettings, Gradient, Instance, SimulationStart, Size, anneal, highest,
};
use onsager::theory::{FixedPointSettings, Starts, find};
use rayon::prelude::*;
use std::time::Instant;

/// Times of each kind, of which the median counts.
const ROUNDS: usize = 5;

/// `(α, λ)` far from and near the onset, and of both kinds of glass.
const POINTS: [(f64, f64); 5] = [(2.0, 1.1), (2.0, 0.9), (2.0, 0.5), (4.0, 0.8), (0.8, 1.3)];

fn model(alpha: f64, lambda: f64) -> Model {
    let hidden = HiddenUnits::new(Law::rademacher(), 1, &[]).expect("a valid unit");
    let model = Model::new(
        alpha,
        &[lambda],
        hidden,
        Law::rademacher(),
        Law::rademacher(),
    );
    model.expect("a valid model")
}

fn main() {
    let threads = std::thread::available_parallelism().map_or(0, |count| count.get());
    println!("{threads} threads; medians of {ROUNDS}");
    println!("α    λ     replica symmetry    one step            limit");
    for (alpha, lambda) in POINTS {
        let model = model(alpha, lambda);
        let settings = FixedPointSettings::default();
        let rounds = std::array::from_fn(|_| {
            [
                time(|| drop(find(&model, Starts::Standard, &settings))),
                time(|| drop(solve_unit(&model, Depth::Steps(1)))),
                time(|| drop(solve_unit(&model, Depth::FULL))),
            ]
        });
        let [symmetric, one, limit] = medians(rounds);
        println!(
            "{alpha:<4} {lambda:<4} {:>8.1} ms    {:>8.1} ms {:>5.1} ×    {:>8.1} ms {:>6.1} ×",
            1e3 * symmetric,
            1e3 * one,
            one / symmetric,
            1e3 * limit,
            limit / symmetric
        );
    }
    let curve = time(|| {
        let strengths: Vec<f64> = (0..40).map(|place| 0.7 + 0.0115 * place as f64).collect();
        let ends = strengths
            .par_iter()
            .map(|&lambda| solve_unit(&model(2.0, lambda), Depth::FULL));
        assert!(ends.all(|end| end.is_ok()));
    });
    println!("40 strengths at α = 2: {curve:.1} s");
    climbs();
}

/// One instance at d = 500: climbs in units of gradients, which no search does without.
fn climbs() {
    let model = model(2.0, 1.0);
    let streams = Streams::new(1);
    let size = Size { n: 1000, d: 500 };
    let instance = Instance::constrained(&model, size, streams).expect("enough memory");
    let instance = instance.expect("a signal");
    let problem = instance.problem(model.hidden());
    let w = SimulationStart::Random.weights(&problem, streams, 0);
    let w = w.expect("a random start");
    let settings = |random, planted| ClimbSettings {
        random,
        planted,
        ..ClimbSettings::default()
    };
    let annealing = AnnealingSettings {
        sweeps: 200,
        ..AnnealingSettings::default()
    };
    let rounds = std::array::from_fn(|_| {
        let gradients = time(|| {
            for _ in 0..100 {
                drop(Gradient::at(&problem, &w));
            }
        });
        let climbs = time(|| drop(highest(&problem, &settings(16, 4), streams)));
        let sweeps = time(|| {
            let mut stream = streams.stream(Purpose::Start, 1);
            drop(anneal(&problem, w.clone(), &annealing, &mut stream));
        });
        [gradients / 100.0, climbs / 20.0, sweeps / 200.0]
    });
    let [gradient, climb, sweep] = medians(rounds);
    println!(
        "d = 500, n = 1000: gradient {:.3} ms; a climb by L-BFGS {:.0} gradients, a step of annealing {:.2}",
        1e3 * gradient,
        climb / gradient,
        sweep / gradient
    );
}

fn time(work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_secs_f64()
}

/// The median over the rounds of each kind.
fn medians(rounds: [[f64; 3]; ROUNDS]) -> [f64; 3] {
    std::array::from_fn(|kind| {
        let mut times = rounds.map(|round| round[kind]);
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    })
}
