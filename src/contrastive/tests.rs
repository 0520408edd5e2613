//! Numbers of the tables come from an independent program (numpy and scipy).

use super::sampler::Sampler;
use super::*;
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::likelihood::Machine;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::ranks::Ranks;
use crate::ranks::threads::on_ranks;
use crate::simulation::{Instance, SimulationStart, Size, Store};
use crate::start::Start;
use crate::theory::{FixedPoint, FixedPointSettings, Starts, find};
use crate::visible::VisibleUnits;
use nalgebra::{DVector, SVector};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

fn units(count: usize, bias: &[f64]) -> HiddenUnits {
    HiddenUnits::new(Law::rademacher(), count, bias).expect("valid units")
}

fn model(alpha: f64, lambda: &[f64], bias: &[f64]) -> Model {
    let hidden = units(lambda.len(), bias);
    Model::new(alpha, lambda, hidden, Law::rademacher(), Law::rademacher()).expect("valid model")
}

fn objective(model: &Model) -> FixedPoint {
    let settings = FixedPointSettings::default();
    let found = find(model, Starts::Standard, &settings).expect("valid settings");
    found.answer().expect("a fixed point").clone()
}

fn limit(model: &Model, exact: &FixedPoint, chain: &Chain) -> ContrastivePoint {
    let solution = fixed_point(model, exact, chain, &FixedPointSettings::default());
    let solution = solution.expect("valid settings");
    solution.point().expect("converged").clone()
}

fn uniform() -> Chain {
    Chain {
        start: ChainStart::Uniform,
        ..Chain::default()
    }
}

fn means() -> Chain {
    Chain {
        visible: Reconstruction::Means,
        ..Chain::default()
    }
}

fn persistent() -> Chain {
    Chain {
        persistent: true,
        ..Chain::default()
    }
}

/// `(Q, ζ)` of the exact objective, CD-1, CD-2, CD-10, a uniform start and visible means; ζ where
/// the table has it.
#[test]
fn fixed_points_of_one_unit() {
    const NONE: f64 = f64::NAN;
    let table: [([f64; 3], [[f64; 2]; 6]); 5] = [
        (
            [2.0, 1.5, 0.0],
            [
                [2.895282, 0.871650],
                [2.895282, 0.871650],
                [2.895282, 0.871650],
                [2.895282, 0.871650],
                [2.895282, 0.871650],
                [2.930544, 0.871599],
            ],
        ),
        (
            [2.0, 1.5, 0.5],
            [
                [2.836388, 0.866292],
                [2.871895, 0.866299],
                [2.866729, NONE],
                [2.844744, NONE],
                [2.881994, NONE],
                [2.890830, NONE],
            ],
        ),
        (
            [4.0, 1.0, 0.0],
            [
                [1.480327, 0.777201],
                [1.480327, 0.777201],
                [1.480327, 0.777201],
                [1.480327, 0.777201],
                [1.480327, 0.777201],
                [1.726442, 0.775080],
            ],
        ),
        (
            [4.0, 1.0, 0.5],
            [
                [1.352398, 0.743351],
                [1.405078, 0.744083],
                [1.385657, NONE],
                [1.353115, NONE],
                [1.456752, 0.744722],
                [1.691254, NONE],
            ],
        ),
        (
            [8.0, 0.8, 0.5],
            [
                [0.785126, 0.687492],
                [0.837168, 0.691601],
                [0.808484, NONE],
                [0.785159, NONE],
                [0.931663, 0.697610],
                [1.324016, NONE],
            ],
        ),
    ];
    let chains = [
        persistent(),
        Chain::of_steps(1),
        Chain::of_steps(2),
        Chain::of_steps(10),
        uniform(),
        means(),
    ];
    for ([alpha, lambda, bias], row) in table {
        let model = model(alpha, &[lambda], &[bias]);
        let exact = objective(&model);
        for (chain, [q, zeta]) in chains.iter().zip(row) {
            let point = limit(&model, &exact, chain);
            let overlap = point.order.overlaps()[(0, 0)];
            let at = format!("{} at {alpha}, {lambda}, {bias}: {point:?}", chain.name());
            // Half a digit of the table, and rounding.
            assert!((point.order.q[(0, 0)] - q).abs() < 5.1e-7, "{at}");
            assert!(zeta.is_nan() || (overlap - zeta).abs() < 5.1e-7, "{at}");
            assert!(
                point.residual < 1e-10 && point.quadrature_error < 1e-9,
                "{at}"
            );
        }
    }
}

/// `E tanh(Q + √Q ξ) = E tanh²(Q + √Q ξ)`, whatever the chain's start and length.
#[test]
fn one_unit_without_bias_has_the_negative_phase_one() {
    let hidden = units(1, &[]);
    for q in [0.01, 0.7, 3.0, 12.0] {
        for posterior in [[0.5, 0.5], [0.9, 0.1], [0.0, 1.0]] {
            for steps in [1, 2, 7] {
                let phase = Chain::of_steps(steps)
                    .negative_phase(&hidden, &Matrix::from_element(1, 1, q), &posterior)
                    .expect("valid")
                    .expect("a covariance");
                assert!(
                    (phase[(0, 0)] - 1.0).abs() < 1e-12,
                    "{q} {posterior:?} {phase}"
                );
            }
        }
    }
}

/// The law of the model is left as it is: `H = ⟨h h^T⟩_Q` for any number of steps, and in the end
/// from any start.
#[test]
fn stationary_chains_have_the_exact_negative_phase() {
    let hidden = units(2, &[0.3, -0.4]);
    let q = Matrix::from_row_slice(2, 2, &[1.4, 0.5, 0.5, 0.8]);
    let exact = hidden.pair_function(&q).expect("domain");
    let states = hidden.states().expect("listed");
    let log_weights = states
        .iter()
        .map(|(w, h)| w + 0.5 * (h.transpose() * &q * h)[(0, 0)]);
    let weights: Vec<f64> = log_weights.map(f64::exp).collect();
    let norm: f64 = weights.iter().sum();
    let law: Vec<f64> = weights.iter().map(|weight| weight / norm).collect();
    let skewed = [0.7, 0.1, 0.2, 0.0];
    for (steps, start) in [(1, &law[..]), (3, &law), (400, &skewed)] {
        let phase = Chain::of_steps(steps).negative_phase(&hidden, &q, start);
        let phase = phase.expect("valid").expect("a covariance");
        assert!((phase - exact.second_moment()).amax() < 1e-10, "{steps}");
    }
    let phase = persistent()
        .negative_phase(&hidden, &q, &[])
        .expect("valid");
    assert_eq!(&phase.expect("a covariance"), exact.second_moment());
}

/// The mean negative phase against chains that are drawn, hidden state after hidden state.
#[test]
fn negative_phase_of_two_units_by_sampling() {
    let hidden = units(2, &[0.3, -0.4]);
    let q = Matrix::from_row_slice(2, 2, &[1.4, 0.5, 0.5, 0.8]);
    let factor = nalgebra::Cholesky::new(q.clone()).expect("positive").l();
    let states = hidden.states().expect("listed");
    let posterior = [0.1, 0.5, 0.15, 0.25];
    let mut stream = Streams::new(3).stream(Purpose::Paths, 0);
    for steps in [1, 3] {
        let chain = Chain::of_steps(steps);
        let phase = chain.negative_phase(&hidden, &q, &posterior);
        let phase = phase.expect("valid").expect("a covariance");
        let draws = 200_000;
        let (mut sum, mut squares) = (Matrix::zeros(2, 2), Matrix::zeros(2, 2));
        for _ in 0..draws {
            let mut level = stream.random::<f64>();
            let mut from = 0;
            while from < 3 && level > posterior[from] {
                level -= posterior[from];
                from += 1;
            }
            let mut h = states[from].1.clone();
            let mut term = Matrix::zeros(2, 2);
            for step in 1..=steps {
                let noise = DVector::from_fn(2, |_, _| StandardNormal.sample(&mut stream));
                let z = &q * &h + &factor * noise;
                let fixed = SVector::<f64, 2>::from_column_slice(z.as_slice());
                let response = hidden.response(&fixed);
                if step == steps {
                    let mean = DVector::from_column_slice(response.mean.as_slice());
                    term = &h * mean.transpose();
                    for (entry, own) in term.iter_mut().zip(response.covariance.iter()) {
                        *entry += own;
                    }
                }
                h = DVector::from_fn(2, |a, _| {
                    if 2.0 * stream.random::<f64>() < 1.0 + response.mean[a] {
                        1.0
                    } else {
                        -1.0
                    }
                });
            }
            squares += term.component_mul(&term);
            sum += term;
        }
        let count = f64::from(draws);
        for place in 0..4 {
            let mean = sum[place] / count;
            let error = ((squares[place] / count - mean * mean) / count).sqrt();
            let off = (mean - phase[place]) / error;
            assert!(
                off.abs() < 4.5,
                "{steps} {place}: {mean} {} {off}",
                phase[place]
            );
        }
    }
}

/// Units without bias that each learn one signal keep the objective's fixed point: `E h_1 h_2 = 0`
/// under both laws. With biases they do not.
#[test]
fn fixed_points_of_two_units() {
    let unbiased = model(2.0, &[1.5, 1.3], &[]);
    let exact = objective(&unbiased);
    let point = limit(&unbiased, &exact, &Chain::default());
    assert!(point.order.distance(&exact.order) < 1e-8, "{point:?}");
    let biased = model(2.0, &[1.5, 1.3], &[0.3, -0.4]);
    let exact = objective(&biased);
    let same = limit(&biased, &exact, &persistent());
    assert!(
        same.order.distance(&exact.order) < 1e-7,
        "{same:?} {exact:?}"
    );
    let one = limit(&biased, &exact, &Chain::default());
    let many = limit(&biased, &exact, &Chain::of_steps(200));
    assert!(one.order.distance(&exact.order) > 1e-3, "{one:?}");
    assert!(many.order.distance(&exact.order) < 1e-6, "{many:?}");
    // The negative phase is no gradient's.
    let phase = &one.negative_phase;
    assert!((phase[(0, 1)] - phase[(1, 0)]).abs() > 1e-5, "{phase}");
}

/// Mean and covariance of `Σ v f^T/√d` over a few chains, by the sum over the span of the weights
/// and by drawing the visible units; also where two units are parallel.
#[test]
fn normal_visible_units_without_drawing_them() {
    let hidden = units(2, &[0.3, -0.4]);
    let (d, draws) = (6, 12_000);
    let chain = Chain::default();
    let own = |i: usize, a: usize| (1.3 * (i + 1) as f64 + 2.1 * a as f64).sin() * 1.5;
    let parallel = |i: usize, a: usize| own(i, 0) * (1.0 + a as f64);
    for w in [Matrix::from_fn(d, 2, own), Matrix::from_fn(d, 2, parallel)] {
        let q = w.tr_mul(&w) / d as f64;
        let begins = [0, 1, 3];
        let states = hidden.states().expect("listed");
        let fast = |draw: usize| {
            let visible = VisibleLaw::Gaussian;
            let streams = (Streams::new(5), Ranks::alone());
            let sampler = Sampler::new(&hidden, &chain, visible, streams, draw as u64);
            let sum = sampler.negative(&w, &q, &mut begins.clone());
            sum.expect("finite").as_slice().to_vec()
        };
        let mut stream = Streams::new(6).stream(Purpose::Paths, 0);
        let root = (d as f64).sqrt();
        let mut direct = |_: usize| {
            let mut sum = Matrix::zeros(d, 2);
            for &from in &begins {
                let noise = DVector::from_fn(d, |_, _| StandardNormal.sample(&mut stream));
                let v = &w * &states[from as usize].1 / root + noise;
                let z = w.tr_mul(&v) / root;
                let z = SVector::<f64, 2>::from_column_slice(z.as_slice());
                let mean = hidden.response(&z).mean;
                sum += v * DVector::from_column_slice(mean.as_slice()).transpose() / root;
            }
            sum.as_slice().to_vec()
        };
        let first: Vec<Vec<f64>> = (0..draws).map(fast).collect();
        let second: Vec<Vec<f64>> = (0..draws).map(&mut direct).collect();
        let offs = differences(&first, &second);
        let rms = (offs.iter().map(|z| z * z).sum::<f64>() / offs.len() as f64).sqrt();
        let worst = offs.iter().fold(0.0, |most: f64, z| most.max(z.abs()));
        assert!(rms < 1.4 && worst < 4.5, "rms {rms}, worst {worst}");
    }
}

/// Differences of the means of two samples, and of all products of their entries, in standard
/// errors.
fn differences(first: &[Vec<f64>], second: &[Vec<f64>]) -> Vec<f64> {
    let size = first[0].len();
    let quantity = |sample: &[f64], place: usize| match place.checked_sub(size) {
        None => sample[place],
        Some(pair) => sample[pair / size] * sample[pair % size],
    };
    let moments = |samples: &[Vec<f64>], place: usize| {
        let count = samples.len() as f64;
        let values = samples.iter().map(|sample| quantity(sample, place));
        let (sum, squares) = values.fold((0.0, 0.0), |(s, t), x| (s + x, t + x * x));
        let mean = sum / count;
        (mean, (squares / count - mean * mean) / count)
    };
    let places = size + size * size;
    (0..places)
        .map(|place| {
            let ((a, va), (b, vb)) = (moments(first, place), moments(second, place));
            (a - b) / (va + vb).sqrt()
        })
        .collect()
}

/// Visible units ±1: the mean over one step by a sum over all their states, and the mean after many
/// steps by the exact likelihood's gradient, which holds for normal ones, too.
#[test]
fn sampled_negative_phases_of_a_small_machine() {
    let hidden = units(2, &[0.3, -0.4]);
    let (d, count) = (6, 2000);
    let w = Matrix::from_fn(d, 2, |i, a| ((i + 1) as f64 + 2.1 * a as f64).sin() * 1.4);
    let q = w.tr_mul(&w) / d as f64;
    let root = (d as f64).sqrt();
    let sampled = |visible: VisibleLaw, chain: &Chain, begin: u32| {
        let updates: Vec<Matrix> = (0..20)
            .map(|update| {
                let streams = (Streams::new(9), Ranks::alone());
                let sampler = Sampler::new(&hidden, chain, visible, streams, update);
                let sum = sampler.negative(&w, &q, &mut vec![begin; count]);
                sum.expect("finite") / count as f64
            })
            .collect();
        let all = crate::ensemble::estimates(&updates);
        all.into_iter()
            .map(|(_, estimate)| estimate)
            .collect::<Vec<_>>()
    };
    let agree = |what: &str, found: &[crate::ensemble::Estimate], known: &Matrix| {
        for (found, known) in found.iter().zip(known.iter()) {
            let error = found.standard_error.expect("many updates");
            assert!(
                (found.mean - known).abs() < 4.5 * error,
                "{what}: {found:?} {known}"
            );
        }
    };
    let states = hidden.states().expect("listed");
    let mut one_step = Matrix::zeros(d, 2);
    for bits in 0..1 << d {
        let v = DVector::from_fn(d, |i, _| if bits >> i & 1 == 1 { 1.0 } else { -1.0 });
        let x = &w * &states[1].1 / root;
        let probability: f64 = v
            .iter()
            .zip(x.iter())
            .map(|(v, x)| 0.5 * (1.0 + v * x.tanh()))
            .product();
        let z = w.tr_mul(&v) / root;
        let z = SVector::<f64, 2>::from_column_slice(z.as_slice());
        let mean = hidden.response(&z).mean;
        one_step +=
            v * DVector::from_column_slice(mean.as_slice()).transpose() * (probability / root);
    }
    let found = sampled(VisibleLaw::Rademacher, &Chain::default(), 1);
    agree("one step", &found, &one_step);
    for visible in [VisibleLaw::Gaussian, VisibleLaw::Rademacher] {
        let law = VisibleUnits::new(&visible.law()).expect("valid law");
        let machine = Machine::new(&hidden, &law, &w, &[0.0; 6]).expect("valid machine");
        let found = sampled(visible, &Chain::of_steps(40), 1);
        agree("many steps", &found, &machine.gradient().weights);
    }
}

fn instance(model: &Model, d: usize, number: u64) -> (Instance, Streams) {
    let n = (model.alpha() * d as f64).round() as usize;
    let streams = Streams::new(1).instance(number);
    let instance = Instance::generate(model, Size { n, d }, streams);
    (instance.expect("a small instance"), streams)
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let model = model(2.0, &[1.5, 1.3], &[0.2, 0.1]);
    let (instance, streams) = instance(&model, 150, 0);
    let problem = instance.problem(model.hidden());
    let start = SimulationStart::Random
        .weights(&problem, streams, 0)
        .expect("a start");
    let negatives = [
        Negative::Chain(Chain::of_steps(2)),
        Negative::Chain(persistent()),
        Negative::Chain(means()),
        Negative::Chain(uniform()),
        Negative::Exact,
    ];
    for visible in [VisibleLaw::Gaussian, VisibleLaw::Rademacher] {
        for negative in negatives {
            // 300 samples: three batches of 80, the last smaller, and one of 300.
            for batch in [Some(80), None] {
                let settings = ContrastiveSettings {
                    negative,
                    visible,
                    batch,
                    epochs: 3,
                    momentum: 0.5,
                    ..ContrastiveSettings::default()
                };
                let on = |threads: usize| {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                    let run = || train(&problem, start.clone(), &settings, streams, &mut |_| ());
                    let trained = pool.expect("threads").install(run).expect("valid settings");
                    trained.weights.expect("finite weights")
                };
                let one = on(1);
                assert_eq!(one, on(3), "{visible:?} {} {batch:?}", negative.name());
                assert!((&one - &start).amax() > 1e-3);
            }
        }
    }
}

/// Ranks hold the rows of their chunks, and work on their places of each batch.
#[test]
fn results_do_not_depend_on_the_number_of_ranks() {
    let model = model(25.0, &[1.5, 1.3], &[0.2, 0.1]);
    let size = Size { n: 1000, d: 40 };
    let negatives = [
        Negative::Chain(Chain::of_steps(2)),
        Negative::Chain(persistent()),
        Negative::Chain(means()),
        Negative::Chain(uniform()),
        Negative::Exact,
    ];
    let learned = |ranks: &Ranks| {
        let streams = Streams::new(4);
        let instance = Instance::divided(&model, size, Store::Dense, streams, ranks).expect("fits");
        let problem = instance.problem(model.hidden());
        let start = SimulationStart::Random.weights(&problem, streams, 0);
        let start = start.expect("a start");
        let mut all = Vec::new();
        for visible in [VisibleLaw::Gaussian, VisibleLaw::Rademacher] {
            for negative in negatives {
                // Four chunks; three, and one of the rest; all samples.
                for (batch, batches) in [
                    (Some(500), Batches::Replacement),
                    (Some(300), Batches::Reshuffled),
                    (None, Batches::Reshuffled),
                ] {
                    let settings = ContrastiveSettings {
                        negative,
                        visible,
                        batch,
                        batches,
                        epochs: 2,
                        momentum: 0.5,
                        ..ContrastiveSettings::default()
                    };
                    let run = train(&problem, start.clone(), &settings, streams, &mut |_| ());
                    all.push(run.expect("valid settings").weights.expect("finite"));
                }
            }
        }
        all
    };
    let alone = learned(Ranks::alone());
    assert_eq!(alone.len(), 30);
    for count in [2, 3, 5] {
        for own in on_ranks(count, learned) {
            for (place, (own, alone)) in own.iter().zip(&alone).enumerate() {
                assert_eq!(own, alone, "case {place} on {count} ranks");
            }
        }
    }
}

/// Differences to the exact gradient on the same data, α = 4, λ = 1, b = 0.5.
#[test]
fn small_machines_learn_what_the_limit_says() {
    let model = model(4.0, &[1.0], &[0.5]);
    let exact = objective(&model);
    let chains = [Chain::default(), uniform(), means()];
    let mut differences = vec![Vec::new(); chains.len()];
    for number in 0..8 {
        let (instance, streams) = instance(&model, 250, number);
        let problem = instance.problem(model.hidden());
        let start = SimulationStart::Overlaps(Start::Planted);
        let start = start.weights(&problem, streams, 0).expect("a start");
        let learn = |negative: Negative, from: &Matrix| {
            let settings = ContrastiveSettings {
                negative,
                average: 10,
                ..ContrastiveSettings::default()
            };
            let run = train(&problem, from.clone(), &settings, streams, &mut |_| ());
            run.expect("valid settings")
                .weights
                .expect("finite weights")
        };
        let best = learn(Negative::Exact, &start);
        let q = |w: &Matrix| problem.observe(w).order.q[(0, 0)];
        for (chain, differences) in chains.iter().zip(&mut differences) {
            let learned = learn(Negative::Chain(*chain), &best);
            differences.push(q(&learned) - q(&best));
        }
    }
    for (chain, differences) in chains.iter().zip(&differences) {
        let predicted = limit(&model, &exact, chain).order.q[(0, 0)] - exact.order.q[(0, 0)];
        let found = crate::ensemble::Estimate::of(differences).expect("instances");
        let error = found.standard_error.expect("many instances");
        assert!(
            (found.mean - predicted).abs() < 4.0 * error,
            "{} {found:?} {predicted}",
            chain.name()
        );
    }
}

/// κ n/B = 0.1, α = 2, λ = 1.5: the bound for batches that are reshuffled.
#[test]
fn sampling_noise() {
    let exact = objective(&model(2.0, &[1.5], &[]));
    let excess =
        |settings: &ContrastiveSettings| sampling_excess(settings, 0.1, 2.0, exact.k[(0, 0)], 0.88);
    let settings = ContrastiveSettings::default();
    assert!((excess(&settings) - 0.0629).abs() < 1e-4);
    let replaced = ContrastiveSettings {
        batch: Some(100),
        batches: Batches::Replacement,
        ..settings.clone()
    };
    assert!((excess(&replaced) / excess(&settings) - 1.88).abs() < 1e-12);
    let exact = ContrastiveSettings {
        negative: Negative::Exact,
        ..settings
    };
    assert_eq!(excess(&exact), 0.0);
}

#[test]
fn bad_input_is_named() {
    let model = model(2.0, &[1.5], &[]);
    let (instance, streams) = instance(&model, 50, 0);
    let problem = instance.problem(model.hidden());
    let start = SimulationStart::Random
        .weights(&problem, streams, 0)
        .expect("a start");
    let refused = |settings: ContrastiveSettings| {
        let run = train(&problem, start.clone(), &settings, streams, &mut |_| ());
        run.expect_err("bad settings").to_string()
    };
    let default = ContrastiveSettings::default;
    let batch = refused(ContrastiveSettings {
        batch: Some(101),
        ..default()
    });
    assert_eq!(
        batch,
        "batch is 101: must lie in 1..=100, the number of samples"
    );
    let steps = refused(ContrastiveSettings {
        negative: Negative::Chain(Chain::of_steps(0)),
        ..default()
    });
    assert!(
        steps.starts_with("steps is 0: must lie in 1..=100000"),
        "{steps}"
    );
    let rate = refused(ContrastiveSettings {
        rate: Some(1.1),
        ..default()
    });
    assert!(
        rate.starts_with("step is 1.1: must lie in (0, 1.0000)"),
        "{rate}"
    );
    let momentum = refused(ContrastiveSettings {
        momentum: 1.0,
        ..default()
    });
    assert!(momentum.starts_with("momentum is 1"), "{momentum}");
    let normal = HiddenUnits::new(Law::Gaussian, 1, &[]).expect("valid units");
    let normal = instance.problem(&normal);
    let run = train(
        &normal,
        start.clone() * 0.1,
        &default(),
        streams,
        &mut |_| (),
    );
    let error = run.expect_err("no states").to_string();
    assert!(error.contains("finite support"), "{error}");
    let many = units(4, &[]);
    let phase = Chain::default().negative_phase(&many, &Matrix::identity(4, 4), &[0.0; 16]);
    let error = phase.expect_err("too many units").to_string();
    assert!(error.contains("at most 3 units"), "{error}");
    let wide = refused(ContrastiveSettings {
        average: 200,
        ..default()
    });
    assert!(wide.contains("the number of epochs"), "{wide}");
}
