//! Error against time of dynamical mean-field theory: `cargo bench --bench dmft`. For each way of
//! sampling, the standard error of a prediction and the time it took, from many independent sets of
//! paths.

use onsager::dmft::{
    DmftSettings, DmftStart, Matching, Points, ResponseEstimator, Sampling, solve,
};
use onsager::hidden::HiddenUnits;
use onsager::law::Law;
use onsager::model::Model;
use onsager::numerics::Matrix;
use onsager::order_parameters::OrderParameters;
use std::time::Instant;

fn main() {
    one_unit();
    two_units();
    linear();
    cost();
}

fn model(law: Law, lambda: &[f64]) -> Model {
    let hidden = HiddenUnits::new(law, lambda.len(), &[]).expect("valid units");
    let signal = Law::rademacher;
    Model::new(2.0, lambda, hidden, signal(), signal()).expect("valid model")
}

fn start(m: &[f64], q: f64) -> DmftStart {
    let k = if m.len() == 4 { 2 } else { 1 };
    DmftStart::new(OrderParameters {
        m: Matrix::from_row_slice(k, k, m),
        q: Matrix::identity(k, k) * q,
    })
}

/// The ways of sampling, each one step of variance reduction further.
fn samplings() -> Vec<(&'static str, ResponseEstimator, Sampling)> {
    use ResponseEstimator::{Path, Projection};
    let plain = Sampling::PLAIN;
    let strata = Sampling {
        strata: true,
        ..plain
    };
    let noise = Sampling {
        matching: Matching::Noise,
        ..strata
    };
    let paths = Sampling {
        matching: Matching::Paths,
        ..strata
    };
    let sobol = |sampling| Sampling {
        points: Points::Sobol,
        ..sampling
    };
    let antithetic = |sampling| Sampling {
        antithetic: true,
        ..sampling
    };
    vec![
        ("path, plain Monte Carlo", Path, plain),
        ("path, signs of u* integrated", Path, strata),
        ("path, + noise moments", Path, noise),
        ("path, Sobol'", Path, sobol(strata)),
        ("path, Sobol' + noise moments", Path, sobol(noise)),
        ("projection, plain Monte Carlo", Projection, plain),
        ("projection, signs integrated", Projection, strata),
        ("projection, + noise moments", Projection, noise),
        ("projection, + path moments", Projection, paths),
        ("projection, Sobol'", Projection, sobol(strata)),
        ("projection, Sobol' + noise", Projection, sobol(noise)),
        ("projection, Sobol' + paths", Projection, sobol(paths)),
        (
            "projection, Sobol' antithetic",
            Projection,
            antithetic(sobol(noise)),
        ),
    ]
}

/// Root mean square over times of the largest standard error of one set, and the time of one set in
/// seconds.
fn measure(model: &Model, start: &DmftStart, settings: &DmftSettings) -> (f64, f64) {
    let begin = Instant::now();
    let prediction =
        solve(model, start, settings, &[], 1, None, &mut |_| ()).expect("valid settings");
    let sets = settings.randomisations as f64;
    let seconds = begin.elapsed().as_secs_f64() / sets;
    let worst = prediction.worst_error().expect("several sets");
    (worst * sets.sqrt(), seconds)
}

fn table(title: &str, model: &Model, start: &DmftStart, base: &DmftSettings, sizes: &[u32]) {
    println!("\n{title}");
    println!(
        "{:<31} {:>6} {:>11} {:>10} {:>16}",
        "estimator", "paths", "error (set)", "time (set)", "time for 1e-3"
    );
    for (name, estimator, sampling) in samplings() {
        for &log2_paths in sizes {
            let settings = DmftSettings {
                log2_paths,
                estimator,
                sampling,
                ..*base
            };
            let (error, seconds) = measure(model, start, &settings);
            println!(
                "{name:<31} {:>6} {error:>11.1e} {seconds:>8.3} s {:>14.2} s",
                format!("2^{log2_paths}"),
                seconds * (error / 1e-3).powi(2)
            );
        }
    }
}

/// Limit: 1e-3 in 10 s.
fn one_unit() {
    let base = DmftSettings {
        steps: 40,
        step: 0.3,
        randomisations: 24,
        ..DmftSettings::default()
    };
    let title = "k = r = 1, T = 40, α = 2, λ = 1.3, κ = 0.3: largest standard error of M_t, Q_tt (limit 1e-3 in 10 s)";
    let model = model(Law::rademacher(), &[1.3]);
    table(title, &model, &start(&[0.3], 1.0), &base, &[11, 13]);
}

/// Limit: 3e-3 in 2 minutes.
fn two_units() {
    println!("\nk = r = 2, T = 60, coupled start, 8 sets (limit 3e-3 in 120 s)");
    let model = model(Law::rademacher(), &[1.5, 1.3]);
    for estimator in [ResponseEstimator::Projection, ResponseEstimator::Path] {
        for log2_paths in [12, 14] {
            let settings = DmftSettings {
                steps: 60,
                step: 0.1,
                log2_paths,
                estimator,
                ..DmftSettings::default()
            };
            let (error, seconds) = measure(&model, &start(&[0.3, 0.1, 0.1, 0.2], 1.0), &settings);
            let sets = settings.randomisations as f64;
            println!(
                "{estimator:?}, 2^{log2_paths} paths: error {:.1e} in {:.1} s",
                error / sets.sqrt(),
                seconds * sets
            );
        }
    }
}

/// Gaussian units: every step is linear (limit 1e-3 in 1 s).
fn linear() {
    let settings = DmftSettings {
        steps: 40,
        step: 0.05,
        log2_paths: 10,
        randomisations: 4,
        ..DmftSettings::default()
    };
    let model = model(Law::Gaussian, &[1.3]);
    let (error, seconds) = measure(&model, &start(&[0.3], 0.5), &settings);
    println!(
        "\nGaussian units, T = 40: error {:.1e} in {:.3} s (limit 1e-3 in 1 s)",
        error / 2.0,
        seconds * 4.0
    );
}

/// Time of one set against the number of steps and of paths.
fn cost() {
    println!("\ntime of one set, k = r = 2 coupled");
    let model = model(Law::rademacher(), &[1.5, 1.3]);
    let start = start(&[0.3, 0.1, 0.1, 0.2], 1.0);
    for estimator in [ResponseEstimator::Projection, ResponseEstimator::Path] {
        for (steps, log2_paths) in [(25, 13), (50, 13), (100, 13), (50, 12), (50, 14), (50, 15)] {
            let settings = DmftSettings {
                steps,
                step: 0.1,
                log2_paths,
                randomisations: 2,
                estimator,
                ..DmftSettings::default()
            };
            let (_, seconds) = measure(&model, &start, &settings);
            println!("{estimator:?}, T = {steps:>3}, 2^{log2_paths} paths: {seconds:.2} s");
        }
    }
}
