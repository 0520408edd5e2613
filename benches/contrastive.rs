//! An epoch of contrastive divergence in units of fused gradient passes over the same data:
//! `cargo bench --bench contrastive`. Goals: within 3 with visible units ±1, within 1.3 with normal
//! ones (CD-1, batches of 500, n = 8000, d = 4000, k = 4).

use onsager::contrastive::{Chain, ContrastiveSettings, Negative, VisibleLaw, train};
use onsager::hidden::HiddenUnits;
use onsager::law::Law;
use onsager::model::Model;
use onsager::numerics::Matrix;
use onsager::numerics::streams::Streams;
use onsager::simulation::{Gradient, Instance, Problem, SimulationStart, Size};
use std::time::Instant;

/// Times of each kind, of which the median counts.
const ROUNDS: usize = 7;

/// Epochs, and passes, of one time.
const EPOCHS: usize = 2;

fn main() {
    let hidden = HiddenUnits::new(Law::rademacher(), 4, &[]).expect("valid units");
    let lambda = [1.5, 1.4, 1.3, 1.2];
    let model = Model::new(2.0, &lambda, hidden, Law::rademacher(), Law::rademacher());
    let model = model.expect("valid model");
    let streams = Streams::new(1);
    let size = Size { n: 8000, d: 4000 };
    let instance = Instance::generate(&model, size, streams).expect("enough memory");
    let problem = instance.problem(model.hidden());
    let w = SimulationStart::Random.weights(&problem, streams, 0);
    let w = w.expect("a random start");
    let threads = std::thread::available_parallelism().map_or(0, |count| count.get());
    println!("n = 8000, d = 4000, k = 4, CD-1, batches of 500, {threads} threads");
    let kinds = [
        None,
        Some(VisibleLaw::Gaussian),
        Some(VisibleLaw::Rademacher),
    ];
    let mut times = [[0.0; ROUNDS]; 3];
    for round in 0..ROUNDS {
        // One kind after the other, so that a busy machine slows all of them.
        for (kind, times) in kinds.iter().zip(&mut times) {
            let begin = Instant::now();
            match kind {
                None => passes(&problem, &w),
                Some(visible) => epochs(&problem, &w, *visible, streams),
            }
            times[round] = begin.elapsed().as_secs_f64() / EPOCHS as f64;
        }
    }
    let [pass, gaussian, signs] = times.map(median);
    println!("fused gradient pass          {:7.2} ms", 1e3 * pass);
    for (name, time) in [("normal", gaussian), ("±1    ", signs)] {
        println!(
            "epoch, {name} visible units  {:7.2} ms, {:.2} passes",
            1e3 * time,
            time / pass
        );
    }
}

fn median(mut times: [f64; ROUNDS]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

fn passes(problem: &Problem, w: &Matrix) {
    for _ in 0..EPOCHS {
        let gradient = Gradient::without_objective(problem, w).expect("in the domain");
        assert!(gradient.rms().is_finite());
    }
}

fn epochs(problem: &Problem, w: &Matrix, visible: VisibleLaw, streams: Streams) {
    let settings = ContrastiveSettings {
        negative: Negative::Chain(Chain::default()),
        visible,
        batch: Some(500),
        epochs: EPOCHS,
        ..ContrastiveSettings::default()
    };
    let trained = train(problem, w.clone(), &settings, streams, &mut |_| ());
    assert!(trained.expect("valid settings").weights.is_some());
}
