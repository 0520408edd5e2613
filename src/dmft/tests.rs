use super::*;
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::gaussian_average::gaussian_average;
use crate::numerics::special::{sech2, tanh};
use crate::order_parameters::OrderParameters;
use crate::theory::FixedPointSettings;

fn model(law: Law, lambda: &[f64]) -> Model {
    let hidden = HiddenUnits::new(law, lambda.len(), &[]).expect("valid units");
    let signal = Law::rademacher;
    Model::new(2.0, lambda, hidden, signal(), signal()).expect("valid model")
}

fn scalar_start(m: f64, q: f64) -> DmftStart {
    DmftStart::new(OrderParameters {
        m: Matrix::from_element(1, 1, m),
        q: Matrix::from_element(1, 1, q),
    })
}

/// A start that no permutation of the units makes diagonal.
fn mixed_start() -> DmftStart {
    DmftStart::new(OrderParameters {
        m: Matrix::from_row_slice(2, 2, &[0.3, 0.1, 0.1, 0.2]),
        q: Matrix::from_row_slice(2, 2, &[1.0, 0.2, 0.2, 1.0]),
    })
}

fn predict(model: &Model, start: &DmftStart, settings: &DmftSettings) -> DmftPrediction {
    solve(model, start, settings, &[], 1, None, &mut |_| ()).expect("valid settings")
}

const BOTH: [ResponseEstimator; 2] = [ResponseEstimator::Projection, ResponseEstimator::Path];

/// theory.md section 5, its last paragraph: α = 2, κ = 0.3, λ = 1.3, M_0 = 0.3, Q_0 = 1.
#[test]
fn reference_numbers() {
    let model = model(Law::rademacher(), &[1.3]);
    let settings = DmftSettings {
        steps: 20,
        step: 0.3,
        log2_paths: 14,
        ..DmftSettings::default()
    };
    let prediction = predict(&model, &scalar_start(0.3, 1.0), &settings);
    assert_eq!((prediction.times(), prediction.departure()), (21, None));
    for (t, expected, bracket) in [(5, 1.0525, 1e-3), (10, 1.240, 3e-3)] {
        let m = prediction.m(t).expect("reached");
        let error = m.worst_error().expect("several");
        assert!(error < 5e-4, "{error}");
        assert!(
            (m.mean[0] - expected).abs() < bracket + 4.0 * error,
            "{t} {m:?}"
        );
    }
}

/// The first step has no memory: two Gaussian averages.
#[test]
fn the_first_step_is_two_averages() {
    let (kappa, lambda, alpha, m, q) = (0.3, 1.3, 2.0, 0.3, 1.0f64);
    let at = |z: f64| lambda * m + q.sqrt() * z;
    let average = |f: &dyn Fn(f64) -> f64| gaussian_average(f, &[-lambda * m]).expect("smooth");
    let r = alpha * lambda * average(&|z| tanh(at(z)));
    let c = alpha * average(&|z| sech2(at(z)));
    let sigma = alpha * average(&|z| tanh(at(z)).powi(2));
    let keep = 1.0 - kappa * alpha + kappa * c;
    let m_next = keep * m + kappa * r;
    let q_next = m_next * m_next + keep * keep * (q - m * m) + kappa * kappa * sigma;
    let model = model(Law::rademacher(), &[lambda]);
    for estimator in BOTH {
        let settings = DmftSettings {
            steps: 1,
            step: kappa,
            estimator,
            ..DmftSettings::default()
        };
        let prediction = predict(&model, &scalar_start(m, q), &settings);
        let found = prediction.order(1).expect("reached");
        assert!((found.m[0] - m_next).abs() < 5e-5, "{} {m_next}", found.m);
        assert!((found.q[0] - q_next).abs() < 2e-4, "{} {q_next}", found.q);
    }
}

/// Gaussian units: every step is linear, and theory.md section 5 closes on matrices in time.
struct Linear {
    m: Vec<f64>,
    q: Matrix,
    c: Matrix,
}

fn closed_linear_recursion(alpha: f64, lambda: f64, kappa: f64, steps: usize) -> Linear {
    let (m0, q0) = (0.3, 0.5f64);
    let times = steps + 1;
    let mut m = vec![m0];
    let mut d = vec![1.0];
    let mut b = Matrix::zeros(times, times);
    loop {
        // u = (I − B)^{-1} (λ M u* + ω): response and correlations in closed form.
        let t = m.len();
        let memory = b.view((0, 0), (t, t)).into_owned();
        let response = (Matrix::identity(t, t) - &memory)
            .try_inverse()
            .expect("triangular");
        let c = &response * alpha;
        let overlap = nalgebra::DVector::from_vec(m.clone());
        let start = nalgebra::DVector::from_vec(d.clone());
        // Q and Σ need each other; causality makes the iteration exact after t rounds.
        let mut q = Matrix::zeros(t, t);
        let mut sigma = Matrix::zeros(t, t);
        for _ in 0..=t {
            q = &overlap * overlap.transpose()
                + &start * start.transpose() * (q0 - m0 * m0)
                + &memory * &sigma * memory.transpose();
            let field = &overlap * overlap.transpose() * (lambda * lambda) + &q;
            sigma = &response * field * response.transpose() * alpha;
        }
        if t == times {
            return Linear { m, q, c };
        }
        let now = t - 1;
        let keep = 1.0 - kappa * alpha / (1.0 - q[(now, now)]);
        let r = alpha * lambda * lambda * (response.row(now) * &overlap)[0];
        let along = |vector: &nalgebra::DVector<f64>| (c.row(now) * vector)[0];
        m.push(keep * m[now] + kappa * (r + along(&overlap)));
        d.push(keep * d[now] + kappa * along(&start));
        let driven = c.row(now) * &memory;
        for s in 0..t {
            let own = if s == now { 1.0 } else { driven[s] };
            b[(t, s)] = keep * b[(now, s)] + kappa * own;
        }
    }
}

#[test]
fn gaussian_units_follow_the_closed_linear_recursion() {
    let (lambda, kappa, steps) = (1.3, 0.05, 60);
    let model = model(Law::Gaussian, &[lambda]);
    let exact = closed_linear_recursion(2.0, lambda, kappa, steps);
    for estimator in BOTH {
        let settings = DmftSettings {
            steps,
            step: kappa,
            log2_paths: 10,
            randomisations: 2,
            responses: true,
            estimator,
            ..DmftSettings::default()
        };
        let prediction = predict(&model, &scalar_start(0.3, 0.5), &settings);
        assert_eq!(prediction.times(), steps + 1);
        for t in 0..=steps {
            let order = prediction.order(t).expect("reached");
            assert!((order.m[0] - exact.m[t]).abs() < 1e-6, "{t} {}", order.m);
            for s in 0..=t {
                let q = prediction.two_time(TwoTime::Q, t, s).expect("reached");
                assert!((q.mean[0] - exact.q[(t, s)]).abs() < 1e-6, "{t} {s}");
                let c = prediction.two_time(TwoTime::C, t, s).expect("reached");
                assert!((c.mean[0] - exact.c[(t, s)]).abs() < 1e-6, "{t} {s}");
            }
        }
    }
}

/// `Q` from `μ`, `D`, `B`, `Σ` as theory.md section 5 writes it: exact for the path estimator,
/// statistical for the projection.
#[test]
fn the_two_forms_of_the_d_side_agree() {
    let model = model(Law::rademacher(), &[1.5, 1.3]);
    let (start, kappa, steps) = (mixed_start(), 0.1, 12);
    for (estimator, tolerance) in [
        (ResponseEstimator::Path, 1e-9),
        (ResponseEstimator::Projection, 2e-2),
    ] {
        let settings = DmftSettings {
            steps,
            step: kappa,
            log2_paths: 13,
            randomisations: 1,
            responses: true,
            estimator,
            ..DmftSettings::default()
        };
        let prediction = predict(&model, &start, &settings);
        let run = &prediction.runs()[0];
        let covariance = start.order.unexplained();
        let mut d = vec![Matrix::identity(2, 2)];
        for t in 0..steps {
            let pair = model
                .hidden()
                .pair_function(&run.orders[t].q)
                .expect("no domain");
            let keep = Matrix::identity(2, 2) - pair.second_moment() * (2.0 * kappa);
            let mut next = &keep * &d[t];
            for (c, d) in run.c[t].iter().zip(&d) {
                next += c * d * kappa;
            }
            d.push(next);
        }
        for t in 0..=steps {
            for s in 0..=t {
                let (mu_t, mu_s) = (&run.orders[t].m, &run.orders[s].m);
                let mut q = mu_t.tr_mul(mu_s) + &d[t] * &covariance * d[s].transpose();
                for a in 0..t {
                    for b in 0..s {
                        let sigma = if a >= b {
                            run.sigma[a][b].clone()
                        } else {
                            run.sigma[b][a].transpose()
                        };
                        q += &run.b[t][a] * sigma * run.b[s][b].transpose();
                    }
                }
                let difference = (q - &run.q[t][s]).amax();
                assert!(difference < tolerance, "{estimator:?} {t} {s} {difference}");
            }
        }
    }
}

#[test]
fn both_estimators_and_every_sampling_agree() {
    let model = model(Law::rademacher(), &[1.5, 1.3]);
    let start = mixed_start();
    let settings = DmftSettings {
        steps: 15,
        step: 0.1,
        log2_paths: 12,
        ..DmftSettings::default()
    };
    let best = predict(&model, &start, &settings);
    let with = |estimator, sampling| DmftSettings {
        estimator,
        sampling,
        ..settings
    };
    let default = Sampling::default();
    let antithetic = Sampling {
        antithetic: true,
        ..default
    };
    let matched = Sampling {
        points: Points::Random,
        matching: Matching::Noise,
        ..default
    };
    let paths = Sampling {
        matching: Matching::Paths,
        ..default
    };
    let [noise, all] = [default, paths].map(|sampling| {
        predict(
            &model,
            &start,
            &with(ResponseEstimator::Projection, sampling),
        )
        .order(15)
    });
    assert_ne!(noise, all, "the moments of the paths are matched too");
    for other in [
        with(ResponseEstimator::Path, default),
        with(ResponseEstimator::Projection, paths),
        with(ResponseEstimator::Projection, Sampling::PLAIN),
        with(ResponseEstimator::Projection, antithetic),
        with(ResponseEstimator::Projection, matched),
    ] {
        let other = predict(&model, &start, &other);
        for t in [1, 7, 15] {
            let (a, b) = (best.q(t).expect("reached"), other.q(t).expect("reached"));
            let error = a.worst_error().expect("several") + b.worst_error().expect("several");
            assert!((&a.mean - &b.mean).amax() < 5.0 * error, "{t} {a:?} {b:?}");
        }
    }
}

#[test]
fn decoupled_units_are_scalar_problems() {
    let model = model(Law::rademacher(), &[1.5, 1.3]);
    let order = |off: f64| OrderParameters {
        m: Matrix::from_row_slice(2, 2, &[0.0, 0.4, 0.3, off]),
        q: Matrix::identity(2, 2),
    };
    let settings = DmftSettings {
        steps: 10,
        step: 0.1,
        log2_paths: 12,
        responses: true,
        ..DmftSettings::default()
    };
    let split = predict(&model, &DmftStart::new(order(0.0)), &settings);
    // An overlap of 1e-9 couples the units formally, and changes nothing that can be seen.
    let joint = predict(&model, &DmftStart::new(order(1e-9)), &settings);
    assert!(split.decoupled && !joint.decoupled);
    let (a, b) = (split.order(10).expect("10"), joint.order(10).expect("10"));
    assert!(
        (&a.m - &b.m).amax() < 3e-3 && (&a.q - &b.q).amax() < 1e-2,
        "{a:?} {b:?}"
    );
    assert_eq!((a.m[(0, 0)], a.q[(0, 1)]), (0.0, 0.0));
    let gradient = |of: &DmftPrediction| of.gradient_rms(4, 0.1).expect("reached").mean;
    assert!((gradient(&split) - gradient(&joint)).abs() < 1e-2 * gradient(&joint));
    let (a, b) = (
        split.two_time(TwoTime::C, 10, 4).expect("10").mean,
        joint.two_time(TwoTime::C, 10, 4).expect("10").mean,
    );
    assert!((&a - &b).amax() < 1e-2, "{a} {b}");
}

/// Power iterations from any overlap end in the principal components (theory.md section 4: PCA),
/// whose overlap with the signal has a closed form; a gradient step of Gaussian units follows them.
#[test]
fn power_iterations_end_in_the_principal_components() {
    let model = model(Law::rademacher(), &[1.6, 1.3]);
    let start = DmftStart {
        power: 80,
        ..mixed_start()
    };
    let settings = DmftSettings {
        steps: 1,
        step: 0.1,
        log2_paths: 12,
        randomisations: 2,
        ..DmftSettings::default()
    };
    let prediction = predict(&model, &start, &settings);
    let order = prediction.order(0).expect("reached");
    let order = model.symmetry().canonical(&order).order;
    let pca = crate::theory::baselines::pca_overlaps(&model);
    assert!(
        (order.overlaps() - pca.map(f64::abs)).amax() < 1e-4,
        "{order:?}"
    );
    assert!((order.q - Matrix::identity(2, 2)).amax() < 1e-12);
}

#[test]
fn the_limit_is_the_fixed_point() {
    let model = model(Law::rademacher(), &[1.5]);
    let settings = DmftSettings {
        steps: 60,
        step: 0.4,
        log2_paths: 13,
        responses: true,
        ..DmftSettings::default()
    };
    let prediction = predict(&model, &scalar_start(0.3, 1.0), &settings);
    let limit = LongTime::of(&model, &prediction, &FixedPointSettings::default())
        .expect("valid")
        .expect("has a trajectory");
    assert_eq!(limit.standing, Standing::Relaxing);
    assert!(limit.distance.expect("found") < 4e-3, "{limit:?}");
    let point = limit.fixed_point.expect("found");
    let response = prediction.integrated_response(60).expect("asked for");
    assert!(
        (response.mean[0] - point.k[0]).abs() < 2e-2,
        "{response:?} {}",
        point.k
    );
}

#[test]
fn below_the_at_line_the_end_is_not_stationary() {
    let model = model(Law::rademacher(), &[1.1]);
    let settings = DmftSettings {
        steps: 60,
        step: 0.5,
        log2_paths: 12,
        ..DmftSettings::default()
    };
    let prediction = predict(&model, &scalar_start(0.5, 1.0), &settings);
    let limit = LongTime::of(&model, &prediction, &FixedPointSettings::default())
        .expect("valid")
        .expect("has a trajectory");
    assert_eq!(limit.standing, Standing::NotStationary);
    assert!(limit.displacement.expect("has times").mean > 1e-3);
}

#[test]
fn bad_input_is_refused_by_name() {
    let model = model(Law::rademacher(), &[1.3]);
    let good = DmftSettings {
        step: 0.3,
        ..DmftSettings::default()
    };
    let start = scalar_start(0.3, 1.0);
    let refused = |settings: DmftSettings, start: &DmftStart| {
        settings
            .validate(&model, start, &[])
            .expect_err("refused")
            .to_string()
    };
    let zero = DmftSettings { steps: 0, ..good };
    assert!(refused(zero, &start).starts_with("iterations"));
    for step in [1.0, 0.0, -0.1, f64::NAN, f64::INFINITY] {
        let message = refused(DmftSettings { step, ..good }, &start);
        assert!(
            message.starts_with("step") && message.contains("1.0000"),
            "{message}"
        );
    }
    assert!(refused(good, &scalar_start(1.1, 1.0)).starts_with("start Q"));
    let few = DmftSettings {
        log2_paths: 6,
        ..good
    };
    assert!(refused(few, &start).starts_with("log2-paths"));
    let strata = HiddenUnits::new(Law::rademacher(), 1, &[]).and_then(|hidden| {
        let signal = Law::rademacher;
        Model::new(2.0, &[1.5, 1.4, 1.3, 1.2, 1.1], hidden, signal(), signal())
    });
    let sparse = DmftSettings {
        log2_paths: 4,
        sampling: Sampling {
            matching: Matching::None,
            antithetic: true,
            ..Sampling::default()
        },
        ..good
    };
    let five = DmftStart::new(OrderParameters {
        m: Matrix::from_element(5, 1, 0.1),
        q: Matrix::identity(1, 1),
    });
    let error = sparse.validate(&strata.expect("valid"), &five, &[]);
    assert!(error.expect_err("refused").to_string().contains("strata"));
    let endless = DmftSettings {
        steps: usize::MAX,
        ..good
    };
    let late = DmftStart {
        power: 400,
        ..start.clone()
    };
    assert!(refused(endless, &late).starts_with("iterations"));
    let many = DmftSettings {
        log2_paths: 18,
        ..good
    };
    assert!(refused(many, &start).contains("Sobol"));
    let huge = DmftSettings {
        log2_paths: 22,
        steps: 1900,
        sampling: Sampling {
            points: Points::Random,
            ..Sampling::default()
        },
        ..good
    };
    assert!(refused(huge, &start).contains("MiB"));
}

#[test]
fn a_diverging_run_says_when() {
    // Gaussian units near the edge of their domain: the first steps leave it.
    let model = model(Law::Gaussian, &[3.0]);
    let settings = DmftSettings {
        steps: 40,
        step: 0.16,
        log2_paths: 10,
        randomisations: 2,
        ..DmftSettings::default()
    };
    let prediction = predict(&model, &scalar_start(0.5, 0.5), &settings);
    let departure = prediction.departure().expect("left the domain");
    assert!(matches!(departure, DmftDeparture::LeftDomain { .. }));
    assert_eq!(prediction.times(), departure.time());
}

/// `M = 0` is exact without overlap, and unstable: sampling noise must not grow out of it.
#[test]
fn a_start_without_overlap_stays_without() {
    let one = model(Law::rademacher(), &[1.3]);
    let settings = DmftSettings {
        steps: 100,
        step: 0.5,
        log2_paths: 11,
        ..DmftSettings::default()
    };
    let silent = predict(&one, &scalar_start(0.0, 1.0), &settings);
    let end = silent.order(100).expect("reached");
    assert!(end.m[0] == 0.0 && (end.q[0] - 1.93).abs() < 0.04, "{end:?}");
    // A unit without overlap beside one with overlap, and an overlap with the weaker of two signals
    // only.
    let hidden = HiddenUnits::new(Law::rademacher(), 2, &[]).expect("valid");
    let signal = Law::rademacher;
    let two = Model::new(2.0, &[1.3], hidden, signal(), signal()).expect("valid");
    let start = DmftStart::new(OrderParameters {
        m: Matrix::from_row_slice(1, 2, &[0.3, 0.0]),
        q: Matrix::identity(2, 2),
    });
    let quick = DmftSettings {
        step: 0.3,
        ..settings
    };
    let beside = predict(&two, &start, &quick).order(100).expect("reached");
    assert_eq!((beside.m[(0, 1)], beside.q[(0, 1)]), (0.0, 0.0));
    assert!((beside.q[(1, 1)] - 1.886).abs() < 0.02, "{beside:?}");
    let hidden = HiddenUnits::new(Law::rademacher(), 1, &[]).expect("valid");
    let weaker = Model::new(2.0, &[1.5, 1.3], hidden, signal(), signal()).expect("valid");
    let start = DmftStart::new(OrderParameters {
        m: Matrix::from_column_slice(2, 1, &[0.0, 0.3]),
        q: Matrix::identity(1, 1),
    });
    let end = predict(&weaker, &start, &quick)
        .order(100)
        .expect("reached");
    assert!(end.m[0] == 0.0 && end.m[1] > 1.2, "{end:?}");
}

/// `ζ` of a vanishing overlap is 0 within its error: it is taken at the mean of `M`, not averaged
/// as `|M|`.
#[test]
fn overlaps_of_nothing_have_no_bias() {
    let settings = DmftSettings {
        steps: 20,
        step: 0.1,
        log2_paths: 9,
        randomisations: 40,
        ..DmftSettings::default()
    };
    // The second unit has no overlap with the second signal by symmetry only, not in each set of
    // paths.
    let both = model(Law::rademacher(), &[1.5, 1.3]);
    let start = DmftStart::new(OrderParameters {
        m: Matrix::from_row_slice(2, 2, &[0.3, 1e-12, 1e-12, 0.3]),
        q: Matrix::identity(2, 2),
    });
    let prediction = predict(&both, &start, &settings);
    let zeta = prediction.overlaps(20).expect("reached");
    let error = zeta.standard_error.expect("several sets");
    assert!(
        zeta.mean[(0, 1)] < 4.0 * error[(0, 1)],
        "{} {error}",
        zeta.mean
    );
    assert!(error[(0, 1)] > 0.0 && error[(0, 0)] < 0.01, "{error}");
}

#[test]
fn power_iterations_say_when_they_lose_a_direction() {
    let model = model(Law::rademacher(), &[1.5, 1.3]);
    let start = DmftStart {
        order: OrderParameters {
            m: Matrix::from_element(2, 2, 0.1),
            q: Matrix::from_element(2, 2, 0.5),
        },
        power: 2,
    };
    let settings = DmftSettings {
        steps: 3,
        step: 0.1,
        log2_paths: 10,
        ..DmftSettings::default()
    };
    let prediction = predict(&model, &start, &settings);
    let departure = prediction.departure().expect("two equal units");
    assert!(matches!(departure, DmftDeparture::LostDirection { .. }));
    assert_eq!((prediction.times(), prediction.worst_error()), (0, None));
}

/// Where the weights have nearly stopped, their steps are still known to many digits.
#[test]
fn small_steps_are_not_lost_in_rounding() {
    let model = model(Law::rademacher(), &[3.0]);
    let settings = DmftSettings {
        steps: 40,
        step: 0.5,
        log2_paths: 10,
        ..DmftSettings::default()
    };
    let prediction = predict(&model, &scalar_start(0.9, 1.0), &settings);
    let at = |t: usize| prediction.gradient_rms(t, 0.5).expect("reached").mean;
    let ratios = [20, 30, 38].map(|t| at(t + 1) / at(t));
    assert!(
        ratios.iter().all(|ratio| (0.5..0.6).contains(ratio)),
        "{ratios:?}"
    );
    assert!(at(39) < 1e-8 && at(39) > 0.0);
}

/// Two Gaussian units: every step is linear and both estimators are exact, so that they agree to
/// rounding. The start makes `H_t` at different times not commute: each transpose matters.
#[test]
fn linear_steps_of_two_units_are_exact_in_both_estimators() {
    let model = model(Law::Gaussian, &[1.5, 0.7]);
    let start = DmftStart::new(OrderParameters {
        m: Matrix::from_row_slice(2, 2, &[0.4, -0.1, 0.2, 0.1]),
        q: Matrix::from_row_slice(2, 2, &[0.6, 0.15, 0.15, 0.2]),
    });
    let [projection, path] = BOTH.map(|estimator| {
        let settings = DmftSettings {
            steps: 12,
            step: 0.04,
            log2_paths: 9,
            randomisations: 2,
            responses: true,
            estimator,
            ..DmftSettings::default()
        };
        predict(&model, &start, &settings)
    });
    for t in 0..=12 {
        let (a, b) = (projection.order(t).expect("12"), path.order(t).expect("12"));
        assert!(
            (&a.m - &b.m).amax() < 1e-9 && (&a.q - &b.q).amax() < 1e-9,
            "{t} {a:?} {b:?}"
        );
    }
    // The memory is not symmetric: this is a test of transposes.
    let b = path.two_time(TwoTime::B, 12, 2).expect("asked for").mean;
    assert!((&b - b.transpose()).amax() > 1e-3 * b.amax(), "{b}");
}
