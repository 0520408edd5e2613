//! The replica-symmetric numbers of the ±1 RBM against samples of its weights: AMP, whose state
//! evolution has the same fixed points, and block Gibbs sampling, which knows nothing of replicas.

use super::composite::LAWS;
use super::*;
use crate::numerics::Matrix;
use crate::numerics::streams::Stream;
use nalgebra::DVector;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

/// Numbers of visible and hidden units.
const SIZES: [usize; 2] = [2000, 1000];

/// Strength, noise and κ.
const RBM: [f64; 3] = [1.5, 0.8, 0.5];

/// One sample of the weights with its planted vectors, of length 1.
struct Sample {
    weights: Matrix,
    u: DVector<f64>,
    v: DVector<f64>,
    rng: Stream,
}

/// The value below which a component lies with this probability.
fn quantile(law: &str, p: f64) -> f64 {
    match law {
        "bernoulli" => (p - 0.5).signum(),
        "uniform" => 3f64.sqrt() * (2.0 * p - 1.0),
        "laplace" if p < 0.5 => (2.0 * p).ln() / 2f64.sqrt(),
        "laplace" => -(2.0 * (1.0 - p)).ln() / 2f64.sqrt(),
        "gaussian" => {
            let below = |x: f64| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2) < p;
            let (mut low, mut high) = (-9.0, 9.0);
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                match below(middle) {
                    true => low = middle,
                    false => high = middle,
                }
            }
            low
        }
        other => panic!("no law {other}"),
    }
}

/// The exact quantiles in random order, as a vector of length 1: the same limit with less scatter.
fn planted(law: &str, size: usize, rng: &mut Stream) -> DVector<f64> {
    let value = |index: usize| quantile(law, (index as f64 + 0.5) / size as f64);
    let mut values: Vec<f64> = (0..size).map(value).collect();
    values.shuffle(rng);
    DVector::from_vec(values).normalize()
}

impl Sample {
    fn new(law: &str, seed: u64) -> Self {
        let [w, sigma, _] = RBM;
        let mut rng = Stream::seed_from_u64(seed);
        let (u, v) = (
            planted(law, SIZES[0], &mut rng),
            planted(law, SIZES[1], &mut rng),
        );
        let spread = sigma / length().sqrt();
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut weights = Matrix::from_fn(SIZES[0], SIZES[1], |_, _| spread * draw());
        // Without the element of the noise that only changes w.
        let along = u.dot(&(&weights * &v));
        weights.ger(w - along, &u, &v, 1.0);
        Self { weights, u, v, rng }
    }
}

fn length() -> f64 {
    (SIZES[0] as f64 * SIZES[1] as f64).sqrt()
}

/// `m, q, m̄, q̄` at the fixed point of AMP.
fn by_amp(law: &str, seed: u64) -> [f64; 4] {
    let Sample { weights, u, v, .. } = Sample::new(law, seed);
    let [_, sigma, kappa] = RBM;
    let square = |x: &DVector<f64>| x.norm_squared() / x.len() as f64;
    let mut s = (&u * (SIZES[0] as f64).sqrt()).map(f64::tanh);
    let mut tau = DVector::zeros(SIZES[1]);
    for _ in 0..40 {
        let reaction = sigma * sigma * kappa.powf(-0.5) * (1.0 - square(&s));
        tau = (weights.tr_mul(&s) - reaction * tau).map(f64::tanh);
        let reaction = sigma * sigma * kappa.sqrt() * (1.0 - square(&tau));
        s = (&weights * &tau - reaction * s).map(f64::tanh);
    }
    let root = length().sqrt();
    [
        v.dot(&tau) / root,
        square(&tau),
        u.dot(&s) / root,
        square(&s),
    ]
}

/// The same by block Gibbs sampling of several chains.
fn by_gibbs(law: &str, seed: u64) -> [f64; 4] {
    const CHAINS: usize = 16;
    let (first, last) = (40, 240);
    let Sample {
        weights,
        u,
        v,
        mut rng,
    } = Sample::new(law, seed);
    let turned = weights.transpose();
    let mut draw = |mean: f64| {
        if rng.random::<f64>() < 0.5 * (1.0 + mean) {
            1.0
        } else {
            -1.0
        }
    };
    let along = u.map(f64::signum);
    let mut s = Matrix::from_fn(SIZES[0], CHAINS, |row, _| along[row]);
    let mut means = SIZES.map(|size| Matrix::zeros(size, CHAINS));
    for sweep in 0..last {
        let hidden = (&turned * &s).map(f64::tanh);
        let visible = (&weights * hidden.map(&mut draw)).map(f64::tanh);
        s = visible.map(&mut draw);
        if sweep >= first {
            means[0] += visible / f64::from(last - first);
            means[1] += hidden / f64::from(last - first);
        }
    }
    // Products of different chains: their squares would have the noise of the chain.
    let overlap = |means: &Matrix| {
        let total = means.column_sum().norm_squared() - means.norm_squared();
        total / (means.nrows() * CHAINS * (CHAINS - 1)) as f64
    };
    let along = |vector: &DVector<f64>, means: &Matrix| {
        vector.dot(&means.column_sum()) / (CHAINS as f64 * length().sqrt())
    };
    [
        along(&v, &means[1]),
        overlap(&means[1]),
        along(&u, &means[0]),
        overlap(&means[0]),
    ]
}

/// Compares means over samples with theory, in standard errors.
fn assert_sampled(laws: usize, samples: u64, by: fn(&str, u64) -> [f64; 4]) {
    for (place, law) in LAWS.into_iter().take(laws).enumerate() {
        let seeds = (0..samples).map(|sample| 100 * (place as u64 + 1) + sample);
        let numbers: Vec<[f64; 4]> = seeds
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|seed| by(law, seed))
            .collect();
        let [w, sigma, kappa] = RBM.map(|value| format!("{value:?}"));
        let set = [
            ("component", law),
            ("w", &w),
            ("sigma", &sigma),
            ("kappa", &kappa),
        ];
        let theory = point_from(&definition("rbm-thermodynamics", &set), "ferromagnetic");
        let count = samples as f64;
        for (entry, name) in ["m", "q", "m̄", "q̄"].into_iter().enumerate() {
            let mean = numbers.iter().map(|own| own[entry]).sum::<f64>() / count;
            let squares = numbers
                .iter()
                .map(|own| (own[entry] - mean).powi(2))
                .sum::<f64>();
            let error = (squares / (count * (count - 1.0))).sqrt();
            let expected = theory.x[entry].abs();
            let deviation = (mean - expected) / error;
            println!(
                "{law}: {name} = {mean:.5}({error:.5}), theory {expected:.5}, {deviation:.2} errors"
            );
            assert!(
                deviation.abs() < 3.0,
                "{law}: {name} = {mean} ± {error}, not {expected}"
            );
            assert!(error < 0.015 * expected, "{law}: {name} ± {error}");
        }
    }
}

#[test]
fn amp_meets_theory_within_its_errors() {
    assert_sampled(LAWS.len(), 12, by_amp);
}

/// Components ±1; all four laws, with twice as many samples, take more than two minutes:
/// `ONSAGER_GIBBS=1 cargo test --lib gibbs_sampling`.
#[test]
fn gibbs_sampling_meets_theory_within_its_errors() {
    let (laws, samples) = match std::env::var_os("ONSAGER_GIBBS") {
        Some(_) => (LAWS.len(), 12),
        None => (1, 6),
    };
    assert_sampled(laws, samples, by_gibbs);
}
