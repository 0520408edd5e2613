//! Roots of known models: values of rsb's tables were computed by an independent program with dense
//! kernels, MINPACK's hybrid method and 12-point panels.

use super::super::equations::{Phase, Root, root};
use super::super::search::{Spurious, spurious};
use super::super::{Broken, BrokenEnd, BrokenSolution, Depth, solve, solve_unit, splitting};
use super::*;
use crate::theory::baselines::bbp_threshold;
use crate::theory::{FixedPointSettings, Starts, find};

fn solved(alpha: f64, lambda: f64, depth: Depth) -> Broken {
    solve_unit(&model(alpha, lambda), depth).expect("valid")
}

/// One step: `M, Q, ζ, q_0, V, x, ℓ, ρ_0, ρ_1`.
#[test]
fn one_step_has_its_known_values() {
    const KNOWN: [(f64, f64, [f64; 9]); 9] = [
        (
            2.0,
            1.15,
            [
                1.049581, 2.177155, 0.711330, 2.172094, 0.792933, 2.64039, 1.0980227, 1.00398,
                1.00602,
            ],
        ),
        (
            2.0,
            1.10,
            [
                0.963301, 2.116056, 0.662214, 2.085960, 0.800357, 1.63421, 1.0434494, 1.0223,
                1.0509,
            ],
        ),
        (
            2.0,
            1.00,
            [
                0.740121, 2.030067, 0.519455, 1.866256, 0.821342, 0.837708, 0.9649219, 1.0661,
                1.2395,
            ],
        ),
        (
            2.0,
            0.90,
            [
                0.382412, 1.993212, 0.270866, 1.449981, 0.854101, 0.461937, 0.9294167, 1.1213,
                1.6483,
            ],
        ),
        (
            2.0,
            0.50,
            [
                0.0, 1.991439, 0.0, 1.090155, 0.876443, 0.341462, 0.9263193, 1.1563, 2.0233,
            ],
        ),
        (
            4.0,
            0.80,
            [
                0.529274, 1.307420, 0.462885, 1.199719, 0.576471, 0.456064, 0.9622286, 1.0156,
                1.0264,
            ],
        ),
        (
            4.0,
            0.50,
            [
                0.0, 1.295503, 0.0, 0.624116, 0.599376, 0.210998, 0.9403884, 1.0794, 1.1936,
            ],
        ),
        (
            1.5,
            1.20,
            [
                1.055661, 2.553155, 0.660672, 2.492931, 0.928014, 1.917439, 1.0381472, 1.0785,
                1.4666,
            ],
        ),
        (
            0.8,
            1.30,
            [
                0.990448,
                3.651613,
                0.518310,
                3.333227,
                1.460732,
                1.320226,
                0.9304063,
                1.2601,
                f64::INFINITY,
            ],
        ),
    ];
    for (alpha, lambda, known) in KNOWN {
        let broken = solved(alpha, lambda, Depth::Steps(1));
        assert_eq!(broken.end, BrokenEnd::Converged);
        let own = broken.deepest().expect("one step");
        let order = &own.order;
        let values = [
            order.m.abs(),
            own.q,
            own.zeta,
            order.q0,
            order.v,
            order.x[0],
            own.objective,
        ];
        let tolerances = [1e-6, 1e-6, 1e-6, 1e-6, 1e-6, 1e-5, 1e-7, 6e-5, 6e-5];
        let all = values.into_iter().chain(own.replicons.iter().copied());
        for ((value, known), tolerance) in all.zip(known).zip(tolerances) {
            let close = (value - known).abs() < tolerance || value == known;
            assert!(close, "α = {alpha}, λ = {lambda}: {value} {known}");
        }
        assert!(own.identity.abs() < 1e-10 && own.residual < 1e-10);
    }
}

/// Steps on the way at `α = 2`, `λ = 1`, and their limit.
#[test]
fn steps_have_their_known_values() {
    let broken = solved(2.0, 1.0, Depth::FULL);
    let at = |steps: usize| {
        let mut levels = broken.levels.iter();
        levels.find(|own| own.steps == steps).expect("a level")
    };
    let three = at(3);
    for (value, known, tolerance) in [
        (three.order.m, 0.7404620, 1e-7),
        (three.q, 2.0298503, 1e-7),
        (three.order.v, 0.802116, 1e-6),
        (three.order.q0, 1.842265, 1e-6),
        (three.order.x[0], 0.5532, 5e-5),
        (three.order.x[2], 1.7666, 5e-5),
        (three.objective, 0.9649031516, 1e-10),
        (three.replicons[0], 1.00800, 1e-5),
        (three.replicons[3], 1.04394, 1e-5),
        (at(6).objective, 0.9649027054, 1e-10),
        (at(8).objective, 0.9649026809, 1e-10),
    ] {
        assert!((value - known).abs() < tolerance, "{value} {known}");
    }
    let falls = |pair: &[super::super::BrokenSolution]| pair[1].objective < pair[0].objective;
    assert!(broken.levels.windows(2).all(falls));
}

/// The limit: `ζ`, `Q`, `ℓ` with the accuracy of the source.
#[test]
fn the_limit_has_its_known_values() {
    const KNOWN: [(f64, f64, [f64; 3], [f64; 3]); 8] = [
        (
            2.0,
            1.10,
            [0.6622216, 2.1160461, 1.04344905],
            [1e-7, 1e-7, 1e-8],
        ),
        (
            2.0,
            1.00,
            [0.519729, 2.029844, 0.96490267],
            [1e-6, 1e-6, 1e-8],
        ),
        (
            2.0,
            0.90,
            [0.27613, 1.991639, 0.9291712],
            [1e-5, 1e-6, 1e-7],
        ),
        (2.0, 0.50, [0.0, 1.98779, 0.9255036], [1e-9, 1e-5, 4e-7]),
        (
            4.0,
            0.80,
            [0.462924, 1.307409, 0.9622276],
            [1e-6, 1e-6, 1e-7],
        ),
        (
            4.0,
            0.72,
            [0.116768, 1.294894, 0.940320],
            [5e-5, 3e-6, 1e-6],
        ),
        // The source is too large by about 4e-5 in ℓ, and has V to 0.03.
        (
            0.8,
            1.30,
            [0.519890, 3.650079, 0.930127],
            [3e-5, 2e-5, 5e-6],
        ),
        (1.0, 0.50, [0.0, 3.077, 0.89993], [1e-9, 1e-3, 4e-5]),
    ];
    for (alpha, lambda, known, tolerance) in KNOWN {
        let broken = solved(alpha, lambda, Depth::FULL);
        assert_eq!(broken.end, BrokenEnd::Converged);
        let limit = broken.limit.expect("a limit");
        let values = [limit.zeta, limit.q, limit.objective];
        for ((value, known), tolerance) in values.into_iter().zip(known).zip(tolerance) {
            let off = (value.value - known).abs();
            assert!(
                off < tolerance,
                "α = {alpha}, λ = {lambda}: {value:?} {known}"
            );
        }
        for own in &broken.levels {
            assert!(own.identity.abs() < 1e-10, "{own:?}");
        }
        // Replica symmetry bounds it.
        assert!(broken.symmetric.expect("a bound").objective > limit.objective.value);
    }
}

/// Replica symmetry with the global maximum goes on where the local one ends.
#[test]
fn the_symmetric_bound_has_its_known_values() {
    for (alpha, lambda, objective) in [
        (2.0, 0.95, 0.948109),
        (2.0, 0.90, 0.944392),
        (4.0, 0.50, 0.947850),
        (1.5, 0.50, 0.941854),
        (1.0, 0.50, 0.929014),
        (0.8, 0.50, 0.916003),
    ] {
        let broken = solved(alpha, lambda, Depth::Steps(1));
        let bound = broken.symmetric.expect("a bound");
        assert!((bound.objective - objective).abs() < 1e-6, "{bound:?}");
        assert!(alpha == 4.0 || bound.replicon.is_infinite());
    }
}

/// An exact limit: recovery sets in at the BBP threshold, and with `K` steps at a strength that is
/// known for units ±1.
#[test]
fn recovery_sets_in_at_the_bbp_threshold() {
    const KNOWN: [(f64, [f64; 5]); 5] = [
        (0.8, [1.087513, 1.073772, 1.068015, 1.065181, 1.062339]),
        (1.0, [1.026918, 1.014406, 1.009265, 1.006763, 1.004284]),
        (1.5, [0.922847, 0.912694, 0.908955, 0.907206, 0.905600]),
        (2.0, [0.854859, 0.846874, 0.844212, 0.843010, 0.841974]),
        (4.0, [0.713531, 0.709630, 0.708435, 0.707933, 0.707515]),
    ];
    for (alpha, known) in KNOWN {
        let broken = solved(alpha, 0.5, Depth::Steps(6));
        for (own, known) in broken.levels.iter().zip(known) {
            let onset = own.onset.expect("without overlap");
            assert!((onset - known).abs() < 1.5e-6, "{alpha}: {onset} {known}");
        }
    }
    // Another unit: the same threshold.
    for (alpha, law) in [(2.0, sparse(0.6)), (0.8, sparse(0.8))] {
        let hidden = HiddenUnits::new(law, 1, &[]).expect("valid");
        let signs = Law::rademacher;
        let model = Model::new(alpha, &[0.4], hidden, signs(), signs()).expect("valid");
        let broken = solve_unit(&model, Depth::Steps(8)).expect("valid");
        let off: Vec<f64> = broken
            .levels
            .iter()
            .map(|own| own.onset.expect("without overlap") / bbp_threshold(alpha) - 1.0)
            .collect();
        assert_eq!(broken.end, BrokenEnd::Converged, "{alpha}");
        assert!(off.windows(2).all(|pair| pair[1] < pair[0]), "{off:?}");
        let last = off.last().expect("levels");
        assert!((0.0..0.004).contains(last), "{off:?}");
    }
}

fn at_line(alpha: f64, law: &Law) -> (f64, f64) {
    // The replicon falls with λ.
    let replicon = |lambda: f64| {
        let hidden = HiddenUnits::new(law.clone(), 1, &[]).expect("valid");
        let model = Model::new(
            alpha,
            &[lambda],
            hidden,
            Law::rademacher(),
            Law::rademacher(),
        );
        let model = model.expect("valid");
        let found = find(&model, Starts::Standard, &FixedPointSettings::default());
        let found = found.expect("valid");
        let point = found.answer().expect("a solution");
        let own = splitting(
            &model,
            point.order.m[(0, 0)],
            point.order.q[(0, 0)],
            point.state().v[(0, 0)],
        );
        let own = own.expect("valid").expect("a unique maximum");
        assert!((own.replicon - point.stability.replicon).abs() < 1e-8);
        own
    };
    let (mut low, mut high) = (0.9 * 2f64.powf(0.5) / alpha.powf(0.25), 1.5);
    if replicon(low).replicon < 1.0 {
        low *= 0.8;
    }
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if replicon(middle).replicon > 1.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (high, replicon(high).x)
}

/// One step splits off where the replicon is 1, with the breaking point that the expansion gives
/// and an increment in proportion to the distance; two `α`, two hidden laws.
#[test]
fn a_step_splits_off_at_the_at_line() {
    for (alpha, law, known) in [
        (2.0, Law::rademacher(), Some((1.1699668, 3.59225))),
        (4.0, Law::rademacher(), Some((0.8511655, 0.76177))),
        (2.0, sparse(0.8), None),
    ] {
        let (line, x) = at_line(alpha, &law);
        if let Some((known_line, known_x)) = known {
            assert!((line - known_line).abs() < 1e-7, "{line}");
            assert!((x - known_x).abs() < 2e-5 * known_x, "{x}");
        }
        let near = [0.02, 0.01, 0.005].map(|distance| {
            let hidden = HiddenUnits::new(law.clone(), 1, &[]).expect("valid");
            let signs = Law::rademacher;
            let model = Model::new(alpha, &[line - distance], hidden, signs(), signs());
            let broken = solve_unit(&model.expect("valid"), Depth::Steps(1)).expect("valid");
            let own = broken.deepest().expect("a root").order.clone();
            (own.x[0], own.increments[0] / distance)
        });
        // x is about linear in the distance: two extrapolations from pairs, then of these.
        let first = 2.0 * near[1].0 - near[0].0;
        let second = 2.0 * near[2].0 - near[1].0;
        let limit = (4.0 * second - first) / 3.0;
        assert!(
            (limit / x - 1.0).abs() < 0.01,
            "{alpha}: {near:?} {limit} {x}"
        );
        let growth = near[2].1 / near[1].1;
        assert!((0.9..1.0).contains(&growth), "{near:?}");
        if alpha == 2.0 && known.is_some() {
            for ((x, rate), known) in
                near.into_iter()
                    .zip([(2.6393, 0.2536), (3.0193, 0.2209), (3.2688, 0.2041)])
            {
                assert!((x - known.0).abs() < 2e-4 && (rate - known.1).abs() < 1e-4);
            }
        }
    }
}

/// With a bias, too, no overlap is stationary (signals have mean 0), and unstable above the onset,
/// which is not the BBP threshold.
#[test]
fn a_biased_unit_recovers_above_its_onset() {
    let at = |lambda: f64| {
        let hidden = HiddenUnits::new(Law::rademacher(), 1, &[0.3]).expect("valid");
        let signs = Law::rademacher;
        let model = Model::new(2.0, &[lambda], hidden, signs(), signs()).expect("valid");
        solve_unit(&model, Depth::Steps(4)).expect("valid")
    };
    let below = at(0.86);
    assert!(below.levels.iter().all(|own| own.zeta == 0.0));
    let onsets: Vec<f64> = below.levels.iter().filter_map(|own| own.onset).collect();
    assert_eq!(onsets.len(), 4);
    assert!((onsets[3] - 0.8723).abs() < 1e-3 && onsets[3] > 1.03 * bbp_threshold(2.0));
    let above = at(0.88);
    assert!(above.deepest().expect("a root").zeta > 0.05, "{above:?}");
    // Just above the onset of two steps, and below that of one.
    let between = at(0.5 * (onsets[0] + onsets[1]));
    assert_eq!(between.levels[0].zeta, 0.0);
    assert!(
        between.deepest().expect("a root").zeta > 0.01,
        "{between:?}"
    );
}

/// Above the line nothing splits off.
#[test]
fn above_the_at_line_nothing_breaks() {
    let broken = solved(2.0, 1.3, Depth::FULL);
    assert_eq!(broken.end, BrokenEnd::ReplicaSymmetric);
    assert!(broken.levels.is_empty() && broken.limit.is_none());
    assert!(broken.zeta().is_some());
}

/// Stationary points that are no answers are recognised: a first step that does next to nothing,
/// and no overlap above the threshold.
#[test]
fn spurious_roots_are_named() {
    let model = model(2.0, 1.0);
    let functional = of(&model);
    let reparametrised = StepOrder {
        m: 0.74036,
        q0: 1.7743,
        increments: super::super::order::shared(0.2556, 4),
        v: 0.8009,
        x: vec![0.0962, 0.66, 1.08, 1.95],
    };
    let found: Root = root(&functional, &reparametrised, Phase::Aligned).expect("stationary");
    let expected = 0.9649031516;
    assert!(found.at.phi > expected);
    assert_eq!(
        spurious(&functional, &found, expected),
        Some(Spurious::Raised)
    );
    let silent = StepOrder {
        m: 0.0,
        q0: 1.090155,
        increments: vec![0.9012],
        v: 0.8764,
        x: vec![0.3415],
    };
    let found = root(&functional, &silent, Phase::Silent).expect("stationary");
    assert_eq!(
        spurious(&functional, &found, f64::INFINITY),
        Some(Spurious::Unstable)
    );
}

/// Laws and biases of [`various`]: what is found is a root of the functional with twice the nodes,
/// below replica symmetry, and its `Φ` falls with the number of steps.
#[test]
fn other_laws_and_biases_have_answers() {
    for model in various() {
        let broken = solve_unit(&model, Depth::Steps(3)).expect("valid");
        assert_eq!(broken.end, BrokenEnd::Converged, "{model:?}");
        let functional = of(&model);
        let mut ceiling = broken.symmetric.expect("a bound").objective;
        for own in &broken.levels {
            let plan = functional.doubled(&functional.plan(&own.order));
            let at = functional.evaluate(&own.order, &plan).expect("defined");
            assert!(at.by_m.abs().max(at.by_v.abs()).max(at.by_q0.abs()) < 1e-8);
            assert!((at.phi - at.objective).abs() < 1e-9);
            assert!(own.objective < ceiling, "{own:?}");
            ceiling = own.objective;
        }
    }
}

/// Where `x` is large the averages have zeros close to real fields, which grids must resolve: roots
/// are roots with twice the nodes.
#[test]
fn steep_profiles_are_resolved() {
    for (alpha, lambda) in [(0.8, 1.5), (0.8, 1.56), (1.5, 1.3)] {
        let model = model(alpha, lambda);
        let functional = of(&model);
        let broken = solve_unit(&model, Depth::Steps(4)).expect("valid");
        assert_eq!(broken.end, BrokenEnd::Converged);
        for own in &broken.levels {
            let plan = functional.doubled(&functional.plan(&own.order));
            let at = functional.evaluate(&own.order, &plan).expect("defined");
            let most = [at.by_m, at.by_q0, at.by_v].into_iter().chain(at.by_x);
            let most = most.fold(0.0, |most: f64, by| most.max(by.abs()));
            assert!(most < 1e-9, "{alpha}, {lambda}, {}: {most}", own.steps);
        }
    }
}

/// What has no scalar functional is refused by name.
#[test]
fn other_models_are_refused() {
    let signs = Law::rademacher;
    let two = HiddenUnits::new(signs(), 2, &[]).expect("valid");
    let gaussian = HiddenUnits::new(Law::Gaussian, 1, &[]).expect("valid");
    let one = || HiddenUnits::new(signs(), 1, &[]).expect("valid");
    for (hidden, lambda, field) in [
        (two, vec![1.0], "units"),
        (gaussian, vec![1.0], "hidden"),
        (one(), vec![1.0, 1.0], "signals"),
    ] {
        let model = Model::new(2.0, &lambda, hidden, signs(), signs()).expect("valid");
        let error = solve_unit(&model, Depth::FULL)
            .expect_err("refused")
            .to_string();
        assert!(error.contains(field), "{error}");
    }
    for steps in [0, 17] {
        let error = solve_unit(&model(2.0, 1.0), Depth::Steps(steps)).expect_err("refused");
        assert!(error.to_string().contains("rsb"), "{error}");
    }
}

/// Units that decouple have their scalar answers, and the sum of their objectives; others are
/// refused.
#[test]
fn units_that_decouple_are_solved_one_by_one() {
    let signs = Law::rademacher;
    let pair = |signal: Law| {
        let hidden = HiddenUnits::new(signs(), 2, &[]).expect("valid");
        Model::new(2.0, &[0.8, 1.0], hidden, signal, signs()).expect("valid")
    };
    let beyond = solve(&pair(signs()), Depth::Steps(2)).expect("valid");
    let signals: Vec<usize> = beyond.units.iter().map(|own| own.signal).collect();
    assert_eq!(signals, [1, 2]);
    let mut sum = 0.0;
    for (unit, lambda) in beyond.units.iter().zip([0.8, 1.0]) {
        let alone = solved(2.0, lambda, Depth::Steps(2));
        assert_eq!(unit.broken, alone);
        sum += alone.objective().expect("a number");
    }
    let joint = beyond.log_likelihood.expect("a number");
    assert!((joint.value - sum).abs() < 1e-14);
    let error = solve(&pair(sparse(0.5)), Depth::FULL).expect_err("refused");
    assert!(error.to_string().contains("±1"), "{error}");
}

/// Just above the onset of replica symmetry its overlap is far below that of a broken solution:
/// searches that begin there alone find nothing.
#[test]
fn beside_the_onset_of_replica_symmetry() {
    for (alpha, lambda) in [(6.0, 0.6666), (7.0, 0.64)] {
        let model = model(alpha, lambda);
        let found = solve_unit(&model, Depth::Steps(1)).expect("valid");
        assert_eq!(found.end, BrokenEnd::Converged, "α = {alpha}, λ = {lambda}");
        let (own, bound) = (&found.levels[0], found.symmetric.expect("a bound"));
        assert!(own.order.m > 1.5 * bound.m && bound.m > 0.01, "{own:?}");
        assert!(own.objective < bound.objective);
    }
}

/// Very sparse units learn by a jump: the leading solution has an overlap that no start without random
/// ones finds, and what is beyond it is not taken from the branch without.
#[test]
fn a_jump_leads_to_the_leading_branch() {
    let law = || sparse(0.005);
    let hidden = HiddenUnits::new(law(), 1, &[]).expect("valid");
    let model = Model::new(20.0, &[0.46], hidden, law(), law()).expect("valid");
    let settings = FixedPointSettings::default();
    let found = find(&model, Starts::Standard, &settings).expect("valid");
    let leading = found.answer().expect("a solution");
    let broken = solve_unit(&model, Depth::FULL).expect("valid");
    let bound = broken.symmetric.expect("a bound");
    let off = bound.objective - leading.stability.log_likelihood;
    assert!(off > -1e-6, "{bound:?} {leading:?}");
    if let Some(limit) = broken.limit {
        assert!(
            limit.zeta.value > 0.5 && limit.objective.value > 1.16,
            "{limit:?}"
        );
    }
}

/// What one step changes in replica symmetry is more than what all further ones do: that is its
/// error where no more steps are resolved (three times that for V and q_0). The same for two.
#[test]
fn the_error_of_few_steps_is_an_error() {
    let sparse = |alpha, lambda| {
        let hidden = HiddenUnits::new(sparse(0.6), 1, &[]).expect("valid");
        Model::new(alpha, &[lambda], hidden, Law::Gaussian, laplace()).expect("valid")
    };
    let models = [
        model(2.0, 1.1),
        model(2.0, 0.95),
        model(0.8, 1.3),
        model(0.8, 1.8),
        model(4.0, 0.8),
        model(1.0, 1.5),
        sparse(1.5, 1.1),
    ];
    for own in models {
        let found = solve_unit(&own, Depth::FULL).expect("valid");
        let limit = found.limit.expect("many steps");
        let bound = found.symmetric.expect("a bound");
        let [one, two] = &found.levels[..2] else {
            panic!("{found:?}")
        };
        let zeta = bound.m.abs() / bound.q.sqrt();
        let zero = [bound.m, bound.q, zeta, bound.v, bound.q, bound.objective];
        let of = |own: &BrokenSolution| {
            let order = &own.order;
            [order.m, own.q, own.zeta, order.v, order.q0, own.objective]
        };
        let limit = [
            limit.m,
            limit.q,
            limit.zeta,
            limit.v,
            limit.q0,
            limit.objective,
        ];
        for (before, last) in [(zero, of(one)), (of(one), of(two))] {
            for (place, limit) in limit.iter().enumerate() {
                let times = if matches!(place, 3 | 4) { 3.0 } else { 1.0 };
                let error = times * (last[place] - before[place]).abs();
                let off = (last[place] - limit.value).abs();
                assert!(off < error + limit.error, "{place}: {off} {error} {own:?}");
            }
        }
    }
}

/// α = 1, λ = 2: one step is all that grids resolve.
#[test]
fn a_narrow_first_step_has_an_error() {
    let found = solve_unit(&model(1.0, 2.0), Depth::FULL).expect("valid");
    assert_eq!(found.end, BrokenEnd::NarrowSteps);
    assert!(found.levels.len() < 3, "{found:?}");
    let (limit, bound) = (
        found.limit.expect("a limit"),
        found.symmetric.expect("a bound"),
    );
    assert!(
        limit.objective.error < 2e-6 && limit.zeta.error < 1e-4,
        "{limit:?}"
    );
    assert!(limit.objective.value < bound.objective);
}
