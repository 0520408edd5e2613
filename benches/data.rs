//! Cost of the stores of data: `cargo bench --bench data`. Passes are measured in turn within one
//! run, so that a drift of the machine's speed cancels in their ratios.

use onsager::hidden::HiddenUnits;
use onsager::law::Law;
use onsager::model::Model;
use onsager::numerics::streams::Streams;
use onsager::simulation::{
    AmpSettings, AnyData, Data, Instance, SimulationStart, Size, Store, Stored, amp,
};
use onsager::start::Start;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// 488 MiB in single precision: beyond any cache.
const BEYOND: Size = Size { n: 16_000, d: 8000 };

const STORES: [Store; 3] = [Store::Dense, Store::OneBit, Store::Regenerated];

fn main() {
    println!("threads: {}", rayon::current_num_threads());
    passes();
    iterations();
    largest();
}

fn model(units: usize) -> Model {
    let hidden = HiddenUnits::new(Law::rademacher(), units, &[]).expect("valid units");
    Model::new(2.0, &[1.5], hidden, Law::rademacher(), Law::rademacher()).expect("valid model")
}

fn drawn(size: Size, store: Store) -> Instance<Stored> {
    Instance::stored(&model(1), size, store, Streams::new(1)).expect("fits in memory")
}

/// One pass over the same number of entries in each store.
fn passes() {
    const ROUNDS: usize = 9;
    let data = STORES.map(|store| drawn(BEYOND, store));
    println!(
        "\nn = {}, d = {}: one pass, and how many times faster than dense (limit of one-bit 2.5)",
        BEYOND.n, BEYOND.d
    );
    println!(
        "{:>14} {:>6} {:>12} {:>8}",
        "store", "units", "ms", "faster"
    );
    for units in [1, 2, 4, 8] {
        let mut times: [Vec<Duration>; 3] = std::array::from_fn(|_| Vec::new());
        for round in 0..ROUNDS {
            for (store, times) in data.iter().zip(&mut times) {
                // Drawing again takes long, and hardly varies.
                let again = AnyData::from(&store.data).store() == Store::Regenerated;
                if !again || round == 0 {
                    times.push(pass(AnyData::from(&store.data), units));
                }
            }
        }
        let middle = |times: &mut Vec<Duration>| {
            times.sort();
            times[times.len() / 2].as_secs_f64()
        };
        let times = times.each_mut().map(middle);
        for (store, time) in STORES.iter().zip(times) {
            let (ms, faster) = (1e3 * time, times[0] / time);
            println!("{:>14} {units:>6} {ms:>12.2} {faster:>8.2}", store.name());
        }
    }
}

fn pass(data: AnyData, units: usize) -> Duration {
    match units {
        1 => pass_of::<1>(data),
        2 => pass_of::<2>(data),
        4 => pass_of::<4>(data),
        _ => pass_of::<8>(data),
    }
}

fn pass_of<const K: usize>(data: AnyData) -> Duration {
    let w: Vec<f64> = (0..data.columns() * K).map(|i| (i as f64).sin()).collect();
    let mut g = vec![0.0; w.len()];
    let mut states = vec![(); data.rows()];
    let begun = Instant::now();
    data.fused_pass::<K, (), ()>(&w, &mut g, &mut states, |_, z, _, ()| {
        for z in z.as_flattened_mut() {
            *z = z.clamp(-1.0, 1.0);
        }
    });
    black_box(&g);
    begun.elapsed()
}

/// `count` iterations of AMP.
fn run(instance: &Instance<Stored>, count: usize) -> Duration {
    let model = model(1);
    let problem = instance.problem(model.hidden());
    let w = SimulationStart::Overlaps(Start::Planted)
        .weights(&problem, Streams::new(1), 0)
        .expect("valid start");
    let settings = AmpSettings {
        tolerance: 1e-300,
        max_iterations: count,
        ..AmpSettings::default()
    };
    let begun = Instant::now();
    let learned = amp(&problem, w, &settings).expect("valid settings");
    let time = begun.elapsed();
    assert!(learned.end.has_weights(), "{:?}", learned.end);
    time
}

/// AMP at α = 2 in every store that fits, for growing d.
fn iterations() {
    println!("\nAMP, α = 2, one unit");
    println!(
        "{:>8} {:>14} {:>16} {:>12}",
        "d", "store", "ms per iteration", "MiB of data"
    );
    for (d, count) in [(1000, 40), (10_000, 5)] {
        for store in STORES {
            let instance = drawn(Size { n: 2 * d, d }, store);
            let count = if store == Store::Regenerated {
                1
            } else {
                count
            };
            let time = run(&instance, count).as_secs_f64() / count as f64;
            show(d, &instance, store, time);
        }
    }
}

/// The largest: 60 iterations at d = 10⁵.
fn largest() {
    let (d, count) = (100_000, 60);
    let begun = Instant::now();
    let instance = drawn(Size { n: 2 * d, d }, Store::OneBit);
    let drawing = begun.elapsed().as_secs_f64();
    let time = run(&instance, count).as_secs_f64();
    show(d, &instance, Store::OneBit, time / count as f64);
    println!(
        "d = {d}: drawn in {drawing:.1} s, {count} iterations in {time:.1} s (limit 300 s on two cores)"
    );
}

fn show(d: usize, instance: &Instance<Stored>, store: Store, seconds: f64) {
    let bytes = AnyData::from(&instance.data).bytes();
    println!(
        "{d:>8} {:>14} {:>16.2} {:>12.1}",
        store.name(),
        1e3 * seconds,
        bytes as f64 / f64::from(1 << 20)
    );
}
