//! Reference numbers: an independent program (numpy and scipy) with other quadratures.

use super::aligned::{AlignedLearning, Cluster, Level};
use super::bingham::second_moments;
use super::enumeration::Patterns;
use super::one_mode::OneMode;
use super::rotating::{RotatingCluster, RotatingLearning};
use super::{FlowSettings, Happening, LearningCurve};
use crate::definitions::Catalogue;
use crate::law::Law;
use crate::numerics::Matrix;
use crate::potential::{PotentialSettings, solve};

fn law(name: &str) -> Law {
    let prior = Catalogue::default().prior(name, "prior").expect("built in");
    prior.signal_law().expect("a law")
}

fn mode(name: &str, kappa: f64) -> OneMode {
    OneMode::new(&law(name), kappa).expect("valid")
}

fn to(tolerance: f64) -> FlowSettings {
    FlowSettings {
        tolerance,
        max_steps: 2_000_000,
    }
}

/// The response of a finite RBM with `κ = 1/2`.
fn enumerated(units: usize, w: [f64; 2]) -> Vec<f64> {
    Patterns::new(units, 0.5, 2).expect("valid").responses(&w)
}

/// Kinds and modes of events.
fn happened(curve: &LearningCurve) -> Vec<(Happening, usize)> {
    let all = curve.events.iter();
    all.map(|event| (event.kind, event.mode)).collect()
}

fn close(what: &str, value: f64, expected: f64, tolerance: f64) {
    assert!(
        (value - expected).abs() <= tolerance,
        "{what}: {value}, expected {expected}"
    );
}

fn pair(weights: [f64; 2], mu: [f64; 2]) -> Vec<Cluster> {
    let all = weights.into_iter().zip(mu);
    all.map(|(weight, mu)| Cluster { weight, mu }).collect()
}

/// The potential is the definition of the state.
#[test]
fn the_state_is_that_of_the_potential() {
    for (name, w, kappa) in [
        ("rademacher", 1.5, 0.5),
        ("rademacher", 1.1, 2.0),
        ("uniform", 1.8, 0.3),
        ("gaussian", 3.0, 1.0),
        ("laplace", 1.6, 0.5),
        ("gaussian", 5.0, 0.2),
        ("laplace", 7.0, 3.0),
    ] {
        let set = |key: &str, value: String| format!("{key}={value}");
        let request = [
            set("w", format!("{w:?}")),
            set("sigma", "0".into()),
            set("kappa", format!("{kappa:?}")),
            set("component", name.into()),
        ];
        let request = format!("rbm-thermodynamics({})", request.join(", "));
        let definition = match Catalogue::default().definition(&request).expect("valid") {
            crate::definitions::Definition::Potential(definition) => definition,
            crate::definitions::Definition::Prior(_) => panic!("a prior"),
        };
        let settings = PotentialSettings {
            random_starts: 0,
            ..PotentialSettings::default()
        };
        let found = solve(&definition, &settings).expect("solved");
        let magnetised = found.iter().filter_map(|one| one.point().ok());
        let point = magnetised
            .max_by(|one, other| one.value.total_cmp(&other.value))
            .expect("a point");
        let state = mode(name, kappa)
            .state(w)
            .expect("valid")
            .expect("magnetised");
        let own = [state.m, state.q, state.mbar, state.qbar];
        for ((value, expected), order) in own.iter().zip(&point.x).zip(["m", "q", "mbar", "qbar"]) {
            let what = format!("{order} of {name} at {w}, {kappa}");
            close(&what, *value, expected.abs(), 1e-9);
        }
        let paramagnetic = (kappa.sqrt() + 1.0 / kappa.sqrt()) * std::f64::consts::LN_2;
        let what = format!("Φ of {name} at {w}, {kappa}");
        close(&what, state.phi + paramagnetic, point.value, 1e-9);
    }
}

#[test]
fn the_state_is_stationary_and_unique() {
    for name in ["rademacher", "uniform", "gaussian", "laplace"] {
        let mode = mode(name, 0.5);
        assert_eq!(mode.state(1.0).expect("valid"), None);
        assert_eq!(mode.state(0.3).expect("valid"), None);
        for w in [1.0001, 1.02, 1.5, 4.0, 30.0] {
            let state = mode.state(w).expect("valid").expect("magnetised");
            let tolerance = 1e-13 / (w - 1.0).min(1.0);
            let (hidden, visible) = (
                mode.hidden_mean(w * state.mbar),
                mode.visible_mean(w * state.m),
            );
            close(name, hidden.0, state.m, tolerance);
            close(name, visible.0, state.mbar, tolerance);
            // Every start above 0 is drawn to it.
            for start in [1e-3, 0.1, 1.0] {
                let mut mbar = start;
                for _ in 0..200_000 {
                    mbar = mode.visible_mean(w * mode.hidden_mean(w * mbar).0).0;
                    if (mbar - state.mbar).abs() < 1e-9 {
                        break;
                    }
                }
                close(name, mbar, state.mbar, 1e-9);
                if w < 1.01 {
                    break;
                }
            }
            // dΦ/dw = m m̄.
            let h = 1e-4 * (w - 1.0);
            let phi = |w: f64| mode.state(w).expect("valid").expect("magnetised").phi;
            let slope = (8.0 * (phi(w + h) - phi(w - h)) - phi(w + 2.0 * h) + phi(w - 2.0 * h))
                / (12.0 * h);
            close(name, slope, state.response(), 1e-7);
        }
    }
}

#[test]
fn learning_of_one_mode_ends_where_the_magnetisation_is_that_of_the_clusters() {
    for (name, mu, expected) in [
        ("rademacher", 0.8, 1.346_449_339_617),
        ("gaussian", 0.5, 1.330_372_723_840),
        ("uniform", 0.6, 1.320_041_176_420),
        ("laplace", 0.5, 1.634_744_729_105),
    ] {
        let mode = mode(name, 0.5);
        let w = mode.trained_weight(mu).expect("valid").expect("reachable");
        close(name, w, expected, 1e-11);
        let clusters = [Cluster { weight: 1.0, mu }];
        let learning = AlignedLearning::new(mode, &clusters, Level::Infinite).expect("valid");
        let curve = learning
            .run(&[0.1], &[400.0], &to(1e-10), &|_| ())
            .expect("valid");
        assert!(curve.failure.is_none());
        close(name, curve.points[0].weights[0], expected, 1e-6);
    }
    // Beyond the largest magnetisation, κ^{-1/4} = 1.19.
    let far = mode("rademacher", 0.5).trained_weight(1.2).expect("valid");
    assert_eq!(far, None);
}

#[test]
fn one_mode_learns_as_known() {
    let clusters = [Cluster {
        weight: 1.0,
        mu: 0.8,
    }];
    let learning =
        AlignedLearning::new(mode("rademacher", 0.5), &clusters, Level::Infinite).expect("valid");
    let curve = learning
        .run(&[0.1], &[2.0, 4.0, 6.0, 8.0], &to(1e-12), &|_| ())
        .expect("valid");
    let expected = [
        0.353_505_048_612,
        1.071_922_015_766,
        1.303_313_797_397,
        1.337_395_137_195,
    ];
    for (point, expected) in curve.points.iter().zip(expected) {
        close("w", point.weights[0], expected, 2e-11);
    }
    assert_eq!(happened(&curve), [(Happening::Condenses, 1)]);
    close("w = 1", curve.events[0].time, 3.824_406_840_693, 1e-10);
}

/// Equal modes with `L = ∞` slide: they stay equal and share the response.
#[test]
fn gaussian_modes_slide_to_a_known_point() {
    let clusters = pair([0.6, 0.4], [0.55, 0.45]);
    let learning =
        AlignedLearning::new(mode("gaussian", 0.5), &clusters, Level::Infinite).expect("valid");
    let curve = learning
        .run(&[0.1, 0.05], &[10.0, 400.0], &to(1e-11), &|_| ())
        .expect("valid");
    assert!(curve.failure.is_none(), "{:?}", curve.failure);
    let end = &curve.points[1];
    for w in &end.weights {
        close("w", *w, 1.348_371_319_911, 1e-9);
    }
    close(
        "λ₁ r",
        end.responses[0],
        0.669_591_942_621 * 0.237_905_209_376,
        1e-9,
    );
    close("r", end.responses.iter().sum(), 0.237_905_209_376, 1e-9);
    let happened = happened(&curve);
    assert!(happened.contains(&(Happening::Ties, 2)), "{happened:?}");
}

/// As `L` grows, modes that share the response by the Bingham law come to slide; modes with
/// components ±1 do so too.
#[test]
fn finite_sizes_approach_the_sliding_modes() {
    for (name, mu) in [("gaussian", [0.55, 0.45]), ("rademacher", [0.8, 0.75])] {
        let clusters = pair([0.6, 0.4], mu);
        let end = |level: Level, start: [f64; 2]| {
            let learning = AlignedLearning::new(mode(name, 0.5), &clusters, level).expect("valid");
            let curve = learning
                .run(&start, &[150.0], &to(1e-8), &|_| ())
                .expect("valid");
            assert!(curve.failure.is_none(), "{name}: {:?}", curve.failure);
            curve.points[0].weights.clone()
        };
        let infinite = end(Level::Infinite, [0.1, 0.05]);
        let mut last = f64::INFINITY;
        for size in [200.0, 800.0, 3200.0] {
            let level = match name {
                "gaussian" => Level::Sphere { size },
                _ => Level::FreeEnergy { size },
            };
            let finite = end(level, [0.1, 0.05]);
            let apart = (finite[0] - infinite[0])
                .abs()
                .max((finite[1] - infinite[1]).abs());
            assert!(
                apart < last && apart < 20.0 / size,
                "{name}, L = {size}: {apart}"
            );
            last = apart;
        }
    }
}

#[test]
fn bingham_moments_are_those_of_bessel_functions_and_of_sums() {
    // Two components: λ₁ = (1 + I₁(x)/I₀(x))/2, x = (e₁ − e₂)/2, by integration over the angle.
    for x in [0.0, 0.3, 2.0, 15.0, 300.0, 5e4] {
        let moments = second_moments(&[x + 7.0, 7.0 - x]);
        let (mut norm, mut first) = (0.0, 0.0);
        for index in 0..200_000 {
            let angle = std::f64::consts::PI * (f64::from(index) + 0.5) / 200_000.0;
            let weight = (x * (angle.cos() - 1.0)).exp();
            norm += weight;
            first += weight * angle.cos();
        }
        close("two", moments[0], 0.5 * (1.0 + first / norm), 1e-12);
        close("sum", moments.iter().sum(), 1.0, 1e-12);
    }
    // Three: uniform; and by a sum over the sphere.
    for moment in second_moments(&[3.0; 3]) {
        close("three equal", moment, 1.0 / 3.0, 1e-12);
    }
    let e = [4.0, 1.5, -2.0];
    let (mut norm, mut sums) = (0.0, [0.0; 3]);
    let count = 1500;
    for i in 0..count {
        let z = 2.0 * (f64::from(i) + 0.5) / f64::from(count) - 1.0;
        for j in 0..count {
            let phi = std::f64::consts::TAU * f64::from(j) / f64::from(count);
            let rho = (1.0 - z * z).sqrt();
            let x = [rho * phi.cos(), rho * phi.sin(), z];
            let exponent: f64 = x.iter().zip(e).map(|(x, e)| e * x * x).sum();
            let weight = exponent.exp();
            norm += weight;
            for (sum, x) in sums.iter_mut().zip(x) {
                *sum += weight * x * x;
            }
        }
    }
    for (moment, sum) in second_moments(&e).iter().zip(sums) {
        close("three", *moment, sum / norm, 1e-6);
    }
    assert_eq!(second_moments(&[5.0]), [1.0]);
}

#[test]
fn turning_modes_learn_as_known() {
    let clusters = [
        RotatingCluster {
            weight: 0.6,
            mu: vec![0.5, 0.2],
        },
        RotatingCluster {
            weight: 0.4,
            mu: vec![-0.1, 0.45],
        },
    ];
    let learning = RotatingLearning::new(0.5, &clusters, 2000.0).expect("valid");
    let start = Matrix::from_row_slice(2, 2, &[0.10, 0.03, -0.02, 0.08]);
    let curve = learning
        .run(&start, &[10.0, 20.0, 50.0], &to(1e-11), &|_| ())
        .expect("valid");
    assert!(curve.failure.is_none(), "{:?}", curve.failure);
    let first = curve.events[0];
    assert_eq!((first.kind, first.mode), (Happening::Condenses, 1));
    close("w₁ = 1", first.time, 13.813_386_078_1, 1e-9);
    assert_eq!(happened(&curve).len(), 2);
    for (point, (expected, digits)) in curve.points.iter().zip([
        ([0.567_178_753_894, 0.189_545_539_614], 1e-10),
        ([1.189_463_295, 0.406_465_240], 2e-9),
        ([1.335_299_693, 1.332_062_849], 2e-9),
    ]) {
        close("w₁", point.weights[0], expected[0], digits);
        close("w₂", point.weights[1], expected[1], digits);
    }
    // Along the clusters nothing turns, whatever the hidden vectors are.
    let aligned = pair([0.6, 0.4], [0.55, 0.45]);
    let level = Level::Sphere { size: 500.0 };
    let straight = AlignedLearning::new(mode("gaussian", 0.5), &aligned, level).expect("valid");
    let straight = straight
        .run(&[0.1, 0.05], &[15.0, 40.0], &to(1e-10), &|_| ())
        .expect("valid");
    let clusters = [
        RotatingCluster {
            weight: 0.6,
            mu: vec![0.55, 0.0],
        },
        RotatingCluster {
            weight: 0.4,
            mu: vec![0.0, 0.45],
        },
    ];
    let turning = RotatingLearning::new(0.5, &clusters, 500.0).expect("valid");
    let (sine, cosine) = 0.7f64.sin_cos();
    let start = Matrix::from_row_slice(
        2,
        2,
        &[0.1 * cosine, 0.1 * sine, -0.05 * sine, 0.05 * cosine],
    );
    let turned = turning
        .run(&start, &[15.0, 40.0], &to(1e-10), &|_| ())
        .expect("valid");
    for (one, other) in straight.points.iter().zip(&turned.points) {
        for (one, other) in one.weights.iter().zip(&other.weights) {
            close("aligned", *one, *other, 1e-7);
        }
    }
}

#[test]
fn levels_of_the_response_against_exact_enumeration() {
    let w = [1.5, 1.47];
    let exact = enumerated(400, w);
    close("exact R₁₁", exact[0], 0.687_202_449_439, 1e-11);
    close("exact R₂₂", exact[1], 0.002_524_905_109, 1e-11);
    let size = (400.0f64 * 200.0).sqrt();
    let clusters = pair([0.5, 0.5], [0.8, 0.8]);
    let at = |level: Level| {
        let learning =
            AlignedLearning::new(mode("rademacher", 0.5), &clusters, level).expect("valid");
        learning.responses(&w).expect("valid")
    };
    let level_p = at(Level::FreeEnergy { size });
    close("level P", level_p[0], 0.690_015_735, 1e-9);
    close("level P", level_p[1], 0.002_045_706, 1e-9);
    let level_1 = at(Level::Fluctuations { size });
    close("level 1", level_1[0], 0.687_324_793, 1e-9);
    close("level 1", level_1[1], 0.002_494_541, 1e-9);
    // Below w = 1 and with one mode condensed.
    for w in [[0.6, 0.5], [1.6, 0.6]] {
        let exact = enumerated(1000, w);
        let size = 1000.0 * 0.5f64.sqrt();
        let learning = AlignedLearning::new(
            mode("rademacher", 0.5),
            &clusters,
            Level::Fluctuations { size },
        );
        let found = learning.expect("valid").responses(&w).expect("valid");
        for (found, exact) in found.iter().zip(exact) {
            close(&format!("{w:?}"), *found, exact, 5e-5);
        }
    }
}

/// The whole learning curve beside the gradient of the exact likelihood of a finite RBM.
#[test]
fn learning_curves_against_the_exact_gradient() {
    let (units, kappa) = (200usize, 0.5);
    let size = units as f64 * f64::sqrt(kappa);
    let clusters = pair([0.7, 0.3], [0.8, 0.8]);
    let learning = |level: Level| {
        AlignedLearning::new(mode("rademacher", kappa), &clusters, level).expect("valid")
    };
    let exact = Level::Enumeration {
        visible_units: units,
    };
    let exact = learning(exact)
        .run(&[0.1, 0.08], &[40.0], &to(1e-5), &|_| ())
        .expect("valid");
    assert!(exact.failure.is_none(), "{:?}", exact.failure);
    let exact = &exact.points[0].weights;
    let ends = [Level::FreeEnergy { size }, Level::Fluctuations { size }].map(|level| {
        let curve = learning(level)
            .run(&[0.1, 0.08], &[40.0], &to(1e-8), &|_| ())
            .expect("valid");
        assert!(curve.failure.is_none(), "{:?}", curve.failure);
        let w = &curve.points[0].weights;
        (w[0] - exact[0]).abs().max((w[1] - exact[1]).abs())
    });
    assert!(ends[1] < 2e-3 && ends[1] < 0.25 * ends[0], "{ends:?}");
    assert!(ends[0] < 0.03, "{ends:?}");
}

#[test]
fn bad_input_is_named() {
    let clusters = pair([0.6, 0.4], [0.5, 0.4]);
    let refused = |learning: crate::error::Result<AlignedLearning>, field: &str| {
        let message = learning.expect_err("refused").to_string();
        assert!(message.contains(field), "{message}");
    };
    let of = |name: &str, clusters: &[Cluster], level: Level| {
        AlignedLearning::new(mode(name, 0.5), clusters, level)
    };
    refused(of("rademacher", &[], Level::Infinite), "mu");
    refused(of("rademacher", &clusters[..1], Level::Infinite), "shares");
    refused(
        of(
            "rademacher",
            &pair([0.5, 0.5], [-1.0, 0.5]),
            Level::Infinite,
        ),
        "mu",
    );
    // Data ±1 at κ = 1/2 reach 2^{1/4}.
    let far = pair([0.5, 0.5], [1.2, 0.5]);
    refused(of("rademacher", &far, Level::Infinite), "mu");
    for (visible_units, modes, field) in [
        (7, 2, "visible-units"),
        (10, 2, "visible-units"),
        (2000, 2, "visible-units"),
        (8, 3, "mu"),
    ] {
        let error = Patterns::new(visible_units, 0.5, modes).expect_err("refused");
        assert!(error.to_string().contains(field), "{error}");
    }
    let turning = |mu: [f64; 2], weight: f64| {
        let mu = mu.to_vec();
        let cluster = RotatingCluster { weight, mu };
        RotatingLearning::new(0.5, &[cluster], 100.0)
            .expect_err("refused")
            .to_string()
    };
    assert!(turning([1.0, 1.0], 1.0).contains("centres"));
    assert!(turning([0.0, 0.0], 1.0).contains("centres"));
    assert!(turning([f64::NAN, 0.0], 1.0).contains("centres"));
    assert!(turning([0.5, 0.0], 0.5).contains("shares"));
    refused(of("laplace", &clusters, Level::Infinite), "level");
    refused(
        of("gaussian", &clusters, Level::FreeEnergy { size: 100.0 }),
        "level",
    );
    refused(
        of("rademacher", &clusters, Level::Sphere { size: 100.0 }),
        "level",
    );
    refused(
        of("rademacher", &clusters, Level::FreeEnergy { size: 1.0 }),
        "size",
    );
    let valid = of("rademacher", &clusters, Level::Infinite).expect("valid");
    for (start, times, tolerance, field) in [
        (&[0.1][..], &[1.0][..], 1e-8, "start"),
        (&[0.1, 0.0], &[1.0], 1e-8, "start"),
        (&[0.1, 0.2], &[2.0, 1.0], 1e-8, "times"),
        (&[0.1, 0.2], &[], 1e-8, "times"),
        (&[0.1, 0.2], &[f64::NAN], 1e-8, "times"),
        (&[0.1, 0.2], &[1.0], 1.0, "tolerance"),
    ] {
        let message = valid
            .run(start, times, &to(tolerance), &|_| ())
            .expect_err("refused")
            .to_string();
        assert!(message.contains(field), "{message}");
    }
    assert!(OneMode::new(&Law::rademacher(), -1.0).is_err());
    let formula = Law::Continuous(crate::law::ContinuousLaw::Uniform {
        low: -1.0,
        high: 1.0,
    });
    assert!(OneMode::new(&formula, 1.0).is_err());
}
