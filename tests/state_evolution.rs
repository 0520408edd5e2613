//! State evolution against known values, closed forms and limits.
//!
//! The reference numbers of `REFERENCE` were computed by an independent program from the equations
//! of arXiv:2505.18046 (Rademacher signals and hidden units, k = r = 1, replica-symmetric fixed
//! point).

mod common;

use common::{TERNARY, close, fixed_point, formula, model, rademacher, solve, with_signal};
use onsager::definitions::Catalogue;
use onsager::hidden::HiddenUnits;
use onsager::law::{Law, ScalarAtoms};
use onsager::model::Model;
use onsager::numerics::Matrix;
use onsager::numerics::brent::bracketed_root;
use onsager::numerics::gaussian_average::gaussian_average;
use onsager::order_parameters::OrderParameters;
use onsager::proximal::Proximal;
use onsager::start::Start;
use onsager::theory::decoupled::decouples;
use onsager::theory::{
    FixedPointSettings, Outcome, Quadrature, Starts, State, StateEvolution, baselines, find,
    find_doubled,
};

/// alpha, λ, M, Q, K, ζ, replicon, ℓ.
const REFERENCE: [[f64; 8]; 5] = [
    [
        2.0,
        3.0,
        2.999926752,
        9.502352820,
        0.502146093,
        0.973184258,
        0.002186270,
        8.121712495,
    ],
    [
        2.0,
        1.5,
        1.483158991,
        2.895282131,
        0.628769507,
        0.871650259,
        0.226017562,
        1.721960384,
    ],
    [
        2.0,
        1.3,
        1.256555601,
        2.429035653,
        0.709330497,
        0.806240789,
        0.505713254,
        1.316529971,
    ],
    [
        4.0,
        1.0,
        0.945610675,
        1.480327021,
        0.461425824,
        0.777201327,
        0.439282102,
        1.218956335,
    ],
    [
        8.0,
        0.8,
        0.744497778,
        0.953868823,
        0.303823872,
        0.762287992,
        0.422003688,
        1.182701007,
    ],
];

#[test]
fn reference_numbers_of_one_unit() {
    for [alpha, lambda, m, q, k, zeta, replicon, likelihood] in REFERENCE {
        for start in [Start::Planted, Start::Weak] {
            let point = fixed_point(&rademacher(alpha, &[lambda]), &start);
            // The table has nine decimals.
            close(point.order.m[0], m, 1e-9);
            close(point.order.q[0], q, 1e-9);
            close(point.k[0], k, 1e-9);
            close(point.order.overlaps()[0], zeta, 1e-9);
            close(point.stability.replicon, replicon, 1e-9);
            close(point.stability.log_likelihood, likelihood, 1e-9);
            assert!(point.residual <= 1e-12 && point.quadrature_error <= 1e-10);
            assert!(point.stability.is_stable());
        }
    }
}

#[test]
fn a_unit_given_by_a_formula_reaches_the_reference() {
    let [alpha, lambda, m, q, k, _, replicon, likelihood] = REFERENCE[1];
    // The second formula is the same function, but not recognised as a closed form.
    for text in [
        "ln_cosh(z)",
        "log_sum_exp(z - ln(2), -z - ln(4), -z - ln(4))",
    ] {
        let point = fixed_point(
            &model(alpha, &[lambda], formula(&["z"], text), 1),
            &Start::Planted,
        );
        close(point.order.m[0], m, 1e-9);
        close(point.order.q[0], q, 1e-9);
        close(point.k[0], k, 1e-9);
        close(point.stability.replicon, replicon, 1e-9);
        close(point.stability.log_likelihood, likelihood, 1e-9);
    }
}

#[test]
fn units_given_by_formulas_and_by_atoms_have_the_same_fixed_point() {
    let built_in = |name: &str| {
        let definition = Catalogue::default()
            .prior(name, "hidden")
            .expect("built in");
        definition.hidden_law().expect("valid")
    };
    for (law, name) in [
        (formula(&["z"], TERNARY), "ternary"),
        (
            formula(&["x", "y"], "log_sum_exp(x, y) - ln(2)"),
            "one-hot-2",
        ),
    ] {
        let [a, b] = [law, built_in(name)]
            .map(|law| fixed_point(&model(2.0, &[1.6, 1.4], law, 2), &Start::Planted));
        // Two one-hot units have opposite overlaps with the signal: which of them comes first is up
        // to rounding.
        let difference = (a.order.overlaps() - b.order.overlaps()).amax();
        assert!(difference < 1e-9, "{name}: {difference}");
        let difference = (&a.order.q - &b.order.q).amax();
        assert!(difference < 1e-9 * b.order.q.amax(), "{name}: {difference}");
        close(a.stability.replicon, b.stability.replicon, 1e-8);
        close(a.stability.log_likelihood, b.stability.log_likelihood, 1e-9);
    }
}

#[test]
fn two_coupled_units_reach_the_reference() {
    let model = rademacher(2.0, &[1.5, 1.3]);
    for start in [Start::Planted, Start::Weak] {
        let point = fixed_point(&model, &start);
        close(point.stability.log_likelihood, 3.0384904, 1e-6);
        close(point.stability.replicon, 0.5057130, 1e-6);
        for (unit, row) in [REFERENCE[1], REFERENCE[2]].iter().enumerate() {
            close(point.order.m[(unit, unit)], row[2], 1e-8);
            close(point.order.q[(unit, unit)], row[3], 1e-8);
            close(point.k[(unit, unit)], row[4], 1e-8);
        }
        for matrix in [&point.order.m, &point.order.q, &point.k] {
            close(matrix[(0, 1)], 0.0, 1e-9);
            close(matrix[(1, 0)], 0.0, 1e-9);
        }
    }
}

#[test]
fn decoupled_units_agree_with_the_joint_solution() {
    let model = rademacher(2.0, &[1.5, 1.4, 1.3]);
    let settings = FixedPointSettings::default();
    let assembled = solve(&model, &Start::Planted, &settings);
    assert!(assembled.solutions[0].decoupled);
    let assembled = assembled.answer().expect("all units converged");
    assert!(assembled.residual < 1e-10, "{}", assembled.residual);
    let jointly = FixedPointSettings {
        quadrature_tolerance: 1e-8,
        unit_by_unit: false,
        ..settings
    };
    let joint = solve(&model, &Start::Weak, &jointly);
    assert!(!joint.solutions[0].decoupled);
    let joint = joint.answer().expect("converges");
    close(
        joint.stability.joint_eigenvalue,
        assembled.stability.joint_eigenvalue,
        1e-5,
    );
    assert!((&joint.order.m - &assembled.order.m).amax() < 1e-8);
    close(joint.stability.replicon, assembled.stability.replicon, 1e-8);
    close(
        joint.stability.log_likelihood,
        assembled.stability.log_likelihood,
        1e-8,
    );
}

/// `K = 1/(1+αλ²)`, `Q = 1 − 1/ℓ₁`, `ℓ₁ = (1+λ²)(1+1/(αλ²))`, `ζ² = (αλ⁴−1)/(λ²(αλ²+1))`,
/// `replicon = 1/(αλ⁴)`.
#[test]
fn gaussian_hidden_units_match_the_closed_form() {
    for (alpha, lambda) in [(2.0, 1.5), (2.0, 0.9), (0.5, 1.4), (8.0, 0.7)] {
        let model = model(alpha, &[lambda], Law::Gaussian, 1);
        let strength = lambda * lambda;
        for start in [Start::Planted, Start::Weak] {
            let point = fixed_point(&model, &start);
            let stretch = (1.0 + strength) * (1.0 + 1.0 / (alpha * strength));
            close(point.k[0], 1.0 / (1.0 + alpha * strength), 1e-10);
            close(point.order.q[0], 1.0 - 1.0 / stretch, 1e-10);
            close(
                point.order.overlaps()[0].powi(2),
                baselines::pca_overlap_squared(alpha, lambda),
                1e-10,
            );
            close(
                point.stability.replicon,
                1.0 / (alpha * strength * strength),
                1e-10,
            );
        }
    }
}

#[test]
fn below_the_threshold_the_overlap_vanishes() {
    // αλ⁴ = 0.48 < 1; the replica-symmetric solution without overlap is marginal for Gaussian
    // units.
    let point = fixed_point(&model(2.0, &[0.7], Law::Gaussian, 1), &Start::Planted);
    close(point.order.m[0], 0.0, 1e-9);
    close(point.stability.replicon, 1.0, 1e-9);
}

#[test]
fn replicon_lines() {
    // λ_AT from an independent program (seven decimals).
    for (alpha, expected, low, high) in [(2.0, 1.1699668, 1.05, 1.3), (4.0, 0.8511655, 0.83, 0.95)]
    {
        let excess = |lambda: f64| {
            let point = fixed_point(&rademacher(alpha, &[lambda]), &Start::Planted);
            point.stability.replicon - 1.0
        };
        let bbp = baselines::bbp_threshold(alpha);
        let line = bracketed_root(excess, low, high, 1e-11, 1e-8).expect("a sign change");
        close(line, expected, 1e-6);
        assert!(line > bbp);
    }
}

/// The expectations at a fixed point, by the `quadrature` crate over `ω` with an explicit proximal
/// solve at every node.
#[test]
fn moments_agree_with_an_independent_integration() {
    let model = rademacher(2.0, &[1.3]);
    let point = fixed_point(&model, &Start::Planted);
    let (m, q, v) = (point.order.m[0] * 1.3, point.order.q[0], point.k[0]);
    let prox = |omega: f64| {
        let (mut low, mut high) = (omega - 1.0, omega + 1.0);
        for _ in 0..200 {
            let z = 0.5 * (low + high);
            if z - v * z.tanh() < omega {
                low = z
            } else {
                high = z
            }
        }
        0.5 * (low + high)
    };
    // By symmetry, u* = 1.
    let average = |function: &dyn Fn(f64) -> f64| {
        let centre = -m / q.sqrt();
        let splits = [-2.0, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 2.0].map(|step| centre + step);
        gaussian_average(|x| function(prox(m + q.sqrt() * x)), &splits).expect("sound")
    };
    let state = State {
        order: point.order.clone(),
        v: point.k.clone(),
    };
    let quadrature = Quadrature::Tensor {
        level: 8,
        max_nodes: 10_000,
    };
    let evolution = StateEvolution {
        model: &model,
        quadrature,
    };
    let moments = evolution
        .stability_moments(&state)
        .expect("defined")
        .remove(0);
    let sech2 = |z: f64| 1.0 / z.cosh().powi(2);
    let slope = |z: f64| sech2(z) / (1.0 - v * sech2(z));
    close(moments.mass, 1.0, 1e-12);
    close(moments.gg[0], average(&|z| z.tanh().powi(2)), 1e-9);
    close(moments.gu[0], average(&f64::tanh), 1e-9);
    close(moments.dg[0], average(&slope), 1e-9);
    let stability = moments.stability.expect("asked for");
    close(stability.dg_dg[0], average(&|z| slope(z).powi(2)), 1e-9);
    close(stability.log_mgf, average(&|z| z.cosh().ln()), 1e-9);
    close(
        point.stability.replicon,
        2.0 * v * v * average(&|z| slope(z).powi(2)),
        1e-8,
    );
}

#[test]
fn quasi_monte_carlo_agrees_with_the_tensor_rule_within_its_error() {
    let signal = Catalogue::default()
        .prior("correlated-pair", "signal")
        .expect("built in")
        .signal_law()
        .expect("valid");
    for signal in [Law::rademacher(), Law::Gaussian, signal] {
        let model = with_signal(2.0, &[1.6, 1.4], Law::rademacher(), 2, signal);
        let order = OrderParameters {
            m: Matrix::from_row_slice(2, 2, &[1.2, 0.2, -0.1, 0.9]),
            q: Matrix::from_row_slice(2, 2, &[2.6, 0.3, 0.3, 2.2]),
        };
        let v = Matrix::from_row_slice(2, 2, &[0.6, 0.05, 0.05, 0.65]);
        let state = State { order, v };
        let at = |quadrature| StateEvolution {
            model: &model,
            quadrature,
        };
        let tensor = at(Quadrature::Tensor {
            level: 3,
            max_nodes: 1 << 20,
        })
        .step(&state)
        .expect("defined");
        let sampled = Quadrature::QuasiMonteCarlo {
            log2_points: 13,
            randomisations: 16,
            first: 0,
            seed: 5,
        };
        let steps = at(sampled).steps_by_randomisation(&state).expect("defined");
        let count = steps.len() as f64;
        for (name, read) in [
            (
                "M",
                (|step: &onsager::theory::Step| step.order.m.clone()) as fn(&_) -> Matrix,
            ),
            ("Q", |step| step.order.q.clone()),
            ("K", |step| step.k.clone()),
        ] {
            let exact = read(&tensor);
            for entry in 0..exact.len() {
                let values: Vec<f64> = steps.iter().map(|step| read(step)[entry]).collect();
                let mean = values.iter().sum::<f64>() / count;
                let variance: f64 = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
                    / (count * (count - 1.0));
                let error = variance.sqrt();
                // The sequence is single precision: 1e-7 is its floor.
                assert!(
                    (mean - exact[entry]).abs() < 5.0 * error + 1e-6,
                    "{name} {entry}: {mean} {} {error}",
                    exact[entry]
                );
                assert!(error < 2e-3, "{name} {entry}: {error}");
            }
        }
    }
}

#[test]
fn four_units_by_quasi_monte_carlo_come_near_the_scalar_problems() {
    let lambda = [1.8, 1.6, 1.5, 1.4];
    let model = rademacher(2.0, &lambda);
    let settings = FixedPointSettings {
        tolerance: 1e-9,
        log2_points: 11,
        unit_by_unit: false,
        ..FixedPointSettings::default()
    };
    let joint = solve(&model, &Start::Planted, &settings);
    let joint = joint.answer().expect("converges");
    for (unit, &strength) in lambda.iter().enumerate() {
        let alone = fixed_point(&rademacher(2.0, &[strength]), &Start::Planted);
        let difference = (joint.order.m[(unit, unit)] - alone.order.m[0]).abs();
        assert!(
            difference <= 5.0 * joint.quadrature_error,
            "{difference} {}",
            joint.quadrature_error
        );
    }
    assert!(joint.quadrature_error < 0.05, "{}", joint.quadrature_error);
}

#[test]
fn more_units_than_signals_and_fewer() {
    // Two units on one strong signal at α = 2: the second sees pure noise, which has no
    // replica-symmetric solution there; the first is untouched. One unit on two signals: it takes
    // the stronger one.
    let wide = model(2.0, &[1.5], Law::rademacher(), 2);
    let found = solve(&wide, &Start::Planted, &FixedPointSettings::default());
    let units = &found.attempts[0].units;
    close(
        units[0].solution.fixed_point().expect("converges").order.m[0],
        REFERENCE[1][2],
        1e-9,
    );
    assert!(matches!(units[1].solution.outcome, Outcome::LeftDomain(_)));
    let tall = model(2.0, &[1.3, 1.5], Law::rademacher(), 1);
    let point = fixed_point(&tall, &Start::Planted);
    close(point.order.m[(1, 0)], REFERENCE[1][2], 1e-8);
    close(point.order.m[(0, 0)], 0.0, 1e-8);
    // From the other signal it finds the other fixed point: both are reported.
    let other = Start::Given(OrderParameters {
        m: Matrix::from_column_slice(2, 1, &[0.9, 0.0]),
        q: Matrix::identity(1, 1),
    });
    let starts = [Start::Planted, other.clone(), other];
    let both = find(&tall, Starts::Only(&starts), &FixedPointSettings::default());
    assert_eq!(both.expect("valid").solutions.len(), 2);
}

#[test]
fn every_built_in_prior_solves_or_says_why() {
    for (name, units) in [
        ("ternary", 1),
        ("sparse-ternary", 1),
        ("ternary", 2),
        ("one-hot-2", 2),
    ] {
        let law = Catalogue::default()
            .prior(name, "hidden")
            .expect("built in")
            .hidden_law()
            .expect("valid");
        let lambda: Vec<f64> = [1.8, 1.6][..units].to_vec();
        let model = model(3.0, &lambda, law, units);
        let found = solve(&model, &Start::Planted, &FixedPointSettings::default());
        match found.answer() {
            Ok(point) => {
                assert!(point.residual < 1e-11, "{name}");
                assert!(
                    point
                        .order
                        .overlaps()
                        .iter()
                        .all(|zeta| (0.0..=1.0).contains(zeta)),
                    "{name}"
                );
            }
            Err(outcome) => assert!(!outcome.explanation().is_empty(), "{name}"),
        }
    }
}

#[test]
fn no_replica_symmetric_solution_is_an_outcome() {
    for (alpha, lambda) in [(1.0, 1.0), (0.8, 2.0), (2.0, 0.5)] {
        let model = rademacher(alpha, &[lambda]);
        let found = find(&model, Starts::Standard, &FixedPointSettings::default());
        let found = found.expect("valid");
        assert!(
            matches!(found.answer(), Err(Outcome::LeftDomain(_))),
            "{:?}",
            found.answer()
        );
    }
    // Between the BBP threshold and the replicon line there is one, and it is marked as unstable.
    let unstable = fixed_point(&rademacher(2.0, &[1.0]), &Start::Planted);
    assert!(!unstable.stability.is_stable() && unstable.stability.replicon > 5.0);
}

#[test]
fn running_out_of_iterations_is_never_success() {
    let settings = FixedPointSettings {
        max_iterations: 7,
        ..FixedPointSettings::default()
    };
    let found = solve(&rademacher(2.0, &[1.5]), &Start::Planted, &settings);
    assert!(
        matches!(
            found.answer(),
            Err(Outcome::Slow { .. } | Outcome::OutOfIterations)
        ),
        "{:?}",
        found.answer()
    );
}

#[test]
fn a_trajectory_converges_to_the_fixed_point_and_keeps_zero_overlap() {
    let model = rademacher(2.0, &[1.5]);
    let quadrature = Quadrature::Tensor {
        level: 2,
        max_nodes: 10_000,
    };
    let evolution = StateEvolution {
        model: &model,
        quadrature,
    };
    let start = Start::Planted.order_parameters(&model).expect("valid");
    let trajectory = evolution.trajectory(start.clone(), Proximal::damped(0.2), 200);
    assert!(trajectory.departure.is_none());
    close(trajectory.states[200].order.m[0], REFERENCE[1][2], 1e-9);
    let unaware = OrderParameters {
        m: Matrix::zeros(1, 1),
        ..start
    };
    let trajectory = evolution.trajectory(unaware, Proximal::damped(0.2), 10);
    assert!(
        trajectory
            .states
            .iter()
            .all(|state| state.order.m[0].abs() < 1e-14)
    );
}

#[test]
fn hidden_bias_and_correlated_signals_converge_with_small_residual() {
    let hidden = HiddenUnits::new(Law::rademacher(), 2, &[0.2, -0.1]).expect("valid");
    let biased = Model::new(
        2.0,
        &[1.6, 1.5],
        hidden,
        Law::rademacher(),
        Law::rademacher(),
    )
    .expect("valid");
    let pair = Catalogue::default()
        .prior("correlated-gaussian", "signal")
        .expect("built in")
        .signal_law()
        .expect("valid");
    let correlated = with_signal(4.0, &[1.6, 1.4], Law::rademacher(), 2, pair);
    for model in [biased, correlated] {
        let point = fixed_point(&model, &Start::Planted);
        assert!(point.residual < 1e-11 && point.quadrature_error < 1e-9);
    }
}

#[test]
fn bayes_optimal_overlap_solves_its_equations_and_bounds_the_others() {
    let model = rademacher(2.0, &[1.5]);
    let zeta = baselines::bayes_overlaps(&model).expect("converges")[0].optimal;
    let q_w = zeta * zeta;
    // q_u = E tanh(λ² q_w + √(λ² q_w) z) and q_w = E tanh(αλ² q_u + √(αλ² q_u) z), by a plain sum.
    let channel = |gamma: f64| {
        let h = 0.01;
        (-900..=900)
            .map(|i| f64::from(i) * h)
            .map(|z| {
                h * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()
                    * (gamma + gamma.sqrt() * z).tanh()
            })
            .sum::<f64>()
    };
    close(channel(2.0 * 2.25 * channel(2.25 * q_w)), q_w, 1e-10);
    assert!(zeta > 0.871650259 && zeta > baselines::pca_overlap_squared(2.0, 1.5).sqrt());
    let below = baselines::bayes_overlaps(&rademacher(2.0, &[0.8])).expect("vanishes");
    assert_eq!(below[0].optimal, 0.0);
}

/// Atoms with zero mean and unit variance, but skewed.
fn skewed() -> ScalarAtoms {
    ScalarAtoms::new(&[-0.5, 2.0], &[0.8, 0.2]).expect("valid")
}

#[test]
fn skewed_laws_do_not_decouple_and_are_solved_jointly() {
    let hidden = model(2.0, &[1.8, 1.6], Law::Separable(skewed()), 2);
    let signal = with_signal(
        2.0,
        &[1.8, 1.6],
        Law::rademacher(),
        2,
        Law::Separable(skewed()),
    );
    for model in [hidden, signal] {
        assert!(!decouples(&model));
        let point = fixed_point(&model, &Start::Planted);
        assert!(point.residual < 1e-11);
        // The coupling that a decoupled solution would miss.
        assert!(point.order.q[(0, 1)].abs() > 1e-4);
    }
}

#[test]
fn units_with_different_biases_keep_their_names() {
    let hidden = HiddenUnits::new(Law::rademacher(), 2, &[0.5, -0.1]).expect("valid");
    let model = Model::new(
        2.0,
        &[1.8, 1.6],
        hidden,
        Law::rademacher(),
        Law::rademacher(),
    )
    .expect("valid");
    let crossed = Start::Given(OrderParameters {
        m: Matrix::from_row_slice(2, 2, &[0.05, 0.9, 0.9, 0.05]),
        q: Matrix::identity(2, 2),
    });
    let point = fixed_point(&model, &crossed);
    let state = State {
        order: point.order.clone(),
        v: point.k.clone(),
    };
    let quadrature = Quadrature::Tensor {
        level: 3,
        max_nodes: 1 << 20,
    };
    let step = StateEvolution {
        model: &model,
        quadrature,
    }
    .step(&state)
    .expect("defined");
    // What is reported is a fixed point of the model as given, and unit 1 is on signal 2.
    assert!((step.order.m - &point.order.m).amax() < 1e-9);
    assert!(point.order.m[(1, 0)] > 1.0 && point.order.m[(0, 1)] > 1.0);
}

#[test]
fn a_gaussian_unit_without_signal_has_its_closed_form() {
    // Pure noise: K = 1/(1 + √α), Q = 1 − α/(1 + √α)²; marginal stability.
    let alpha = 4.0;
    let model = model(alpha, &[1.5], Law::Gaussian, 2);
    let found = solve(&model, &Start::Planted, &FixedPointSettings::default());
    let point = found.attempts[0].units[1]
        .solution
        .fixed_point()
        .expect("converges");
    close(point.k[0], 1.0 / (1.0 + alpha.sqrt()), 1e-9);
    close(
        point.order.q[0],
        1.0 - alpha / (1.0 + alpha.sqrt()).powi(2),
        1e-9,
    );
    assert!(!point.stability.is_stable());
}

#[test]
fn rotations_of_gaussian_units_do_not_spoil_the_error_estimate() {
    // The model is invariant under rotations of the units, so the Jacobian of the map has an
    // eigenvalue 1.
    let point = fixed_point(&model(2.0, &[1.8, 1.6], Law::Gaussian, 2), &Start::Weak);
    assert!(point.residual < 1e-11 && point.quadrature_error < 1e-9);
}

#[test]
fn pca_overlaps_stand_beside_their_signals() {
    let overlaps = baselines::pca_overlaps(&rademacher(2.0, &[1.3, 1.5]));
    close(
        overlaps[(0, 0)],
        baselines::pca_overlap_squared(2.0, 1.3).sqrt(),
        1e-12,
    );
    close(
        overlaps[(1, 1)],
        baselines::pca_overlap_squared(2.0, 1.5).sqrt(),
        1e-12,
    );
    close(overlaps[(0, 1)], 0.0, 1e-12);
}

/// Gaussian units may be rotated: their rate is that of everything else, as the iteration itself
/// shows, and not the 1 of the rotation.
#[test]
fn the_rate_leaves_rotations_out() {
    for (alpha, lambda) in [(2.0, [1.5, 1.3]), (5.0, [1.2, 1.2])] {
        let model = model(alpha, &lambda, Law::Gaussian, 2);
        let point = fixed_point(&model, &Start::Planted);
        let rate = point.rate_at(1.0, 0.2).expect("from a search");
        assert!(rate < 0.999, "{rate}");
        let evolution = StateEvolution {
            model: &model,
            quadrature: onsager::theory::Quadrature::Tensor {
                level: 4,
                max_nodes: 1 << 20,
            },
        };
        let proximal = Proximal {
            damping: 0.2,
            ceiling: 0.999,
        };
        let mut order = point.order.clone();
        order.m *= 0.98;
        let states = evolution.trajectory(order, proximal, 120).states;
        let invariant = |order: &OrderParameters| order.m.singular_values();
        let end = invariant(&point.order);
        let apart = |t: usize| (invariant(&states[t].order) - &end).norm();
        let (early, late) = (40, 60);
        assert!(apart(late) > 1e-11, "{:e}", apart(late));
        let seen = (apart(late) / apart(early)).powf(1.0 / (late - early) as f64);
        assert!((seen - rate).abs() < 0.02, "{seen} instead of {rate}");
    }
}

/// The uniform law of variance 1.
const UNIFORM: &str = "ln_sinhc(sqrt(3)*z)";

/// As many units as biases.
fn biased(alpha: f64, lambda: &[f64], law: Law, bias: &[f64], signal: Law) -> Model {
    let hidden = HiddenUnits::new(law, bias.len(), bias).expect("valid units");
    Model::new(alpha, lambda, hidden, signal, Law::rademacher()).expect("valid model")
}

/// What another program of the same equations found, with nodes everywhere in a box and derivatives
/// by differences: three units, other laws, biases, more units than signals.
#[test]
fn numbers_do_not_depend_on_where_the_nodes_lie() {
    let uniform = formula(&["z"], UNIFORM);
    let cases = [
        (
            biased(2.0, &[1.5], Law::rademacher(), &[0.0], Law::Gaussian),
            vec![
                1.3112165408396186,
                2.5983250560449984,
                0.572882140284199,
                1.487503896498294,
            ],
        ),
        (
            biased(3.0, &[1.5, 1.4], uniform, &[0.1, 0.0], Law::rademacher()),
            vec![
                1.157601271803473,
                1.6065185978688743,
                0.082669433427619,
                4.232361504288372,
            ],
        ),
        (
            biased(
                3.0,
                &[1.5, 1.4, 1.3],
                Law::rademacher(),
                &[0.2, 0.1, 0.0],
                Law::rademacher(),
            ),
            vec![
                1.4894397567370812,
                2.664896874128145,
                0.205786147926316,
                5.913608454051694,
            ],
        ),
    ];
    let settings = FixedPointSettings {
        unit_by_unit: false,
        ..FixedPointSettings::default()
    };
    for (model, known) in cases {
        let found = solve(&model, &Start::Planted, &settings);
        let point = found.answer().expect("a solution");
        let own = [
            point.order.m[(0, 0)],
            point.order.q[(0, 0)],
            point.stability.replicon,
            point.stability.log_likelihood,
        ];
        for (own, known) in own.into_iter().zip(known) {
            close(own, known, 1e-11);
        }
    }
}

/// Errors as they are stated, against the same points on grids of half the spacing and of a quarter:
/// laws, biases, weak and strong signals, close to the limit of the proximal map and far from it.
#[test]
fn stated_errors_hold() {
    let laws = [
        Law::rademacher(),
        formula(&["z"], UNIFORM),
        Law::Separable(ScalarAtoms::new(&[-0.5, 0.0, 2.0], &[0.7, 0.1, 0.2]).expect("valid")),
    ];
    let mut compared = 0;
    for law in laws {
        for (alpha, lambda, bias) in [
            (2.0, vec![1.5], vec![0.0]),
            (1.3, vec![1.6], vec![0.1]),
            (9.0, vec![0.7], vec![0.6]),
            (29.0, vec![6.0], vec![-0.3]),
            (60.0, vec![14.0], vec![0.2]),
            (3.0, vec![1.5, 1.4], vec![0.2, 0.1]),
            (12.0, vec![3.0, 0.9], vec![0.0, 0.4]),
            (29.0, vec![6.0, 5.0], vec![0.3, -0.1]),
            (4.0, vec![1.4], vec![0.1, 0.5]),
        ] {
            let model = biased(alpha, &lambda, law.clone(), &bias, Law::rademacher());
            let settings = FixedPointSettings {
                unit_by_unit: false,
                ..FixedPointSettings::default()
            };
            let found = solve(&model, &Start::Planted, &settings);
            for (finding, point) in found.solutions.iter().map(|own| (own, &own.point)) {
                let doubled = find_doubled(&model, point, finding.work.level, &settings)
                    .expect("valid settings");
                let Some(fine) = doubled.solutions.first().map(|own| &own.point) else {
                    continue;
                };
                compared += 1;
                let scale = point.order.q.amax().max(1.0);
                let name = format!("{:?} {alpha} {lambda:?} {bias:?}", model.hidden().law());
                let moved = point.order.distance(&fine.order);
                let allowed = point.quadrature_error + fine.quadrature_error + 2e-13 * scale;
                assert!(moved <= allowed, "{name}: {moved:e} of {allowed:e}");
                let (own, other) = (&point.stability, &fine.stability);
                for (what, a, b, error) in [
                    ("replicon", own.replicon, other.replicon, own.replicon_error),
                    (
                        "objective",
                        own.log_likelihood,
                        other.log_likelihood,
                        own.log_likelihood_error,
                    ),
                    (
                        "eigenvalue",
                        own.joint_eigenvalue,
                        other.joint_eigenvalue,
                        own.joint_eigenvalue_error,
                    ),
                ] {
                    let allowed = error + 2e-13 * scale * a.abs().max(1.0);
                    assert!(
                        (a - b).abs() <= allowed,
                        "{name}, {what}: {a} {b} {allowed:e}"
                    );
                }
            }
        }
    }
    assert!(compared > 20, "{compared}");
}

/// Three coupled units whose signals are far apart: nodes lie where the mass is.
#[test]
fn strong_signals_need_few_nodes() {
    let solved = |alpha: f64, lambda: &[f64], bias: &[f64]| {
        let model = biased(alpha, lambda, Law::rademacher(), bias, Law::rademacher());
        let settings = FixedPointSettings {
            unit_by_unit: false,
            ..FixedPointSettings::default()
        };
        solve(&model, &Start::Planted, &settings)
    };
    let real = solved(29.0, &[6.2, 5.9, 5.5], &[0.2, 0.1, 0.05]);
    let finding = &real.solutions[0];
    assert!(finding.point.quadrature_error < 1e-10);
    assert!(finding.work.nodes < 1_000_000, "{:?}", finding.work);
    // Without a bias the units are independent: each is a scalar problem.
    let joint = solved(29.0, &[6.2, 5.9, 5.5], &[0.0; 3]);
    let joint = joint.answer().expect("a solution");
    for (unit, lambda) in [6.2, 5.9, 5.5].into_iter().enumerate() {
        let one = rademacher(29.0, &[lambda]);
        let one = fixed_point(&one, &Start::Planted);
        close(joint.order.m[(unit, unit)], one.order.m[(0, 0)], 1e-10);
        close(joint.order.q[(unit, unit)], one.order.q[(0, 0)], 1e-9);
        close(joint.k[(unit, unit)], one.k[(0, 0)], 1e-11);
    }
}
