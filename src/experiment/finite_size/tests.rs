//! Bias and spread of L-BFGS at small sizes, against numbers of an independent program.

use super::*;
use crate::comparison::{Criteria, Verdict, compare_ends};
use crate::ensemble::ControlTable;
use crate::experiment::{Answer, Compare, Simulate, silent};
use crate::model::Model;
use crate::numerics::streams::Streams;
use crate::quantity::Quantity;
use crate::record::RecordedRun;
use crate::simulation::{Store, run};

fn request<T: serde::de::DeserializeOwned>(text: &str) -> T {
    toml::from_str(text).expect("a request")
}

fn asked(keys: &str) -> FiniteSize {
    request(&format!(
        "model = {{ alpha = 2.0, lambda = [1.5] }}\nfinite_size = {{ {keys} }}"
    ))
}

/// α = 2, λ = 1.5: with 8000 instances at d = 125 an independent program has the biases a below
/// with the errors behind them, the spread s, and reductions of the variance by 2.7 of ζ and 10 of
/// the others. With 400 instances a spread is known to 4 %, a reduction of 10 to some 10 %.
const REFERENCE: [(Quantity, f64, f64, f64, f64); 4] = [
    (Quantity::Zeta, -0.041, 0.019, 0.245, 2.7),
    (Quantity::M, -0.14, 0.03, 0.82, 10.0),
    (Quantity::Q, -0.17, 0.08, 2.13, 10.0),
    (Quantity::LogLikelihood, -0.02, 0.07, 1.87, 10.0),
];

#[test]
fn bias_spread_and_reduction_are_those_of_another_program() {
    let report = asked("d = [64, 125], instances = 400, accuracy = 0.02")
        .run(silent())
        .expect("a good request");
    let answer = report.result;
    assert_eq!(answer.limit, Standing::Exact);
    assert_eq!(answer.controls.len(), 4);
    for at in &answer.runs {
        assert_eq!((at.usable, at.converged), (400, 400), "{at:?}");
    }
    for (quantity, a, a_error, s, reduction) in REFERENCE {
        let own = |one: &&Approach| one.quantity.quantity == quantity;
        let own = answer.quantities.iter().find(own).expect("there");
        let at = own.sizes.last().expect("two sizes");
        let error = at.bias.standard_error.hypot(a_error);
        assert!(
            (at.bias.value - a).abs() < 4.0 * error,
            "{quantity:?}: {at:?}"
        );
        assert!(
            (at.spread.value / s - 1.0).abs() < 0.16,
            "{quantity:?}: {at:?}"
        );
        let adjustment = at.adjustment.expect("corrected");
        let found = adjustment.reduction.expect("spread");
        assert!(
            (found / reduction - 1.0).abs() < 0.35,
            "{quantity:?}: {found}"
        );
        assert_eq!(adjustment.controls, 4);
        let power = own.spread_exponent.expect("two sizes");
        let off = (power.value + 0.5).abs();
        assert!(off < 4.0 * power.standard_error, "{quantity:?}: {power:?}");
        let needed = own.needed.as_ref().expect("laws");
        assert!(
            needed.d_spread > 50.0 && needed.d_bias < 125.0,
            "{needed:?}"
        );
    }
    // ζ, M, Q, ℓ and ℓ of fresh data; three tables of as many numbers.
    assert_eq!(answer.quantities.len(), 5);
    assert_eq!(answer.tables().len(), 3);
    assert!(
        answer
            .notes()
            .iter()
            .any(|note| note == "d = 125: converged 400")
    );
}

/// Nothing depends on the threads, nor on the other sizes.
#[test]
fn a_size_has_the_same_numbers_beside_any_others() {
    let sizes = |keys: &str| {
        let report = asked(keys).run(silent()).expect("a good request");
        let zeta = report.result.quantities.into_iter().next().expect("ζ");
        zeta.sizes
    };
    let both = sizes("d = [40, 60], instances = 16");
    assert_eq!(both[1..], sizes("d = [60], instances = 16"));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let alone = pool
        .expect("a pool")
        .install(|| sizes("d = [40, 60], instances = 16"));
    assert_eq!(both, alone);
}

#[test]
fn runs_that_do_not_end_are_counted() {
    let report = asked("d = [60], instances = 20, iterations = 3").run(silent());
    let answer = report.expect("a good request").result;
    assert_eq!((answer.runs[0].usable, answer.runs[0].converged), (20, 0));
    assert_eq!(answer.runs[0].outcomes, "out-of-iterations 20");
    let said = |note: &String| note.starts_with("20 runs that did not converge");
    assert!(answer.notes().iter().any(said), "{:?}", answer.notes());
    // Below the threshold there is no limit.
    let weak: FiniteSize = request("model = { alpha = 2.0, lambda = [0.5] }");
    let answer = weak.run(silent()).expect("a good request").result;
    assert_eq!(
        (answer.limit, answer.runs.len()),
        (Standing::NotObtained, 0)
    );
    assert!(answer.quantities.is_empty());
}

/// Sizes may have instances of their own, which are the first ones of more.
#[test]
fn sizes_have_instances_of_their_own() {
    let answer = |keys: &str| asked(keys).run(silent()).expect("a good request").result;
    let own = answer("d = [40, 60], instances-at = [20, 15], store = \"one-bit\"");
    let counts: Vec<usize> = own.runs.iter().map(|at| at.instances).collect();
    assert_eq!(counts, [20, 15]);
    assert_eq!(own.settings.instances_at, [20, 15]);
    let notes = own.notes();
    assert!(
        !notes.iter().any(|note| note.contains("no usable weights")),
        "{notes:?}"
    );
    assert!(
        notes.iter().any(|note| note.contains("noise ±1")),
        "{notes:?}"
    );
    let all = answer("d = [40, 60], instances = 20, store = \"one-bit\"");
    let first = |answer: &FiniteSizes| answer.quantities[0].sizes[0];
    assert_eq!(first(&own), first(&all));
    assert!(all.settings.instances_at.is_empty());
    // Mean squares of the distance from the limit fall as 1/d.
    let deviation = all.quantities[0].deviation_exponent.expect("two sizes");
    assert!(
        (deviation.value + 1.0).abs() < 4.0 * deviation.standard_error,
        "{deviation:?}"
    );
    let both = asked("d = [40, 60], instances = 20, instances-at = [20, 15]").run(silent());
    assert!(both.expect_err("both").to_string().contains("instances-at"));
}

/// 3 (4 + 1) of one signal ±1, 3 (14 + 1) of two.
#[test]
fn too_few_instances_are_refused_before_work() {
    let model = "model = { alpha = 2.0, lambda = [1.5] }\ncontrol_variates = true";
    let simulation = |instances: usize| {
        format!(
            "{model}\nsimulation = {{ d = 40, algorithm = \"lbfgs\", instances = {instances} }}"
        )
    };
    let refused = |error: Error, least: &str| {
        assert!(matches!(&error, Error::InvalidInput { field, .. } if field == "instances"));
        assert!(error.to_string().contains(least), "{error}");
    };
    let simulate = |instances| request::<Simulate>(&simulation(instances)).run(silent());
    refused(simulate(14).expect_err("too few"), "at least 15");
    let compare = request::<Compare>(&simulation(14)).run(silent());
    refused(compare.expect_err("too few"), "at least 15");
    let few = asked("instances = 14").run(silent());
    refused(few.expect_err("too few"), "at least 15");
    let two = FiniteSize {
        model: request("alpha = 2.0\nlambda = [1.5, 1.3]"),
        finite_size: request("instances = 44"),
        ..FiniteSize::default()
    };
    refused(two.run(silent()).expect_err("too few"), "at least 45");
    let spectral = asked("algorithm = \"spectral\"").run(silent());
    assert!(
        spectral
            .expect_err("no weights")
            .to_string()
            .starts_with("algorithm")
    );
    let enough = simulate(15).expect("enough").result;
    let corrected = enough.summary.iter().filter(|one| one.adjustment.is_some());
    assert_eq!(corrected.count(), 5);
}

/// What is not asked for leaves no trace, and the runs are the same.
#[test]
fn controls_are_beside_the_runs() {
    let ask = |controls: bool| {
        let simulate: Simulate = request(&format!(
            "model = {{ alpha = 2.0, lambda = [1.5] }}\ncontrol_variates = {controls}\n\
             simulation = {{ d = 40, algorithm = \"lbfgs\", instances = 15 }}"
        ));
        simulate.run(silent()).expect("a good request").result
    };
    let (plain, corrected) = (ask(false), ask(true));
    assert_eq!(plain.runs, corrected.runs);
    assert_eq!(plain.fingerprint, corrected.fingerprint);
    let text = serde_json::to_string(&plain).expect("JSON");
    assert!(!text.contains("adjustment") && !text.contains("controls"));
    assert_eq!(plain.tables()[0].columns.len(), 4);
    assert_eq!(corrected.tables()[0].columns.len(), 5);
    for (plain, corrected) in plain.summary.iter().zip(&corrected.summary) {
        let raw = corrected
            .adjustment
            .map_or(corrected.estimate, |one| one.raw);
        assert_eq!((plain.quantity, plain.estimate), (corrected.quantity, raw));
    }
}

/// Limits of M that are wrong by 0.012, a tenth of what one instance spreads: 300 instances notice
/// with control variates (9 standard errors) and hardly without (3).
#[test]
fn a_wrong_limit_is_noticed() {
    let asked = asked("");
    let model: Model = asked.model.resolve(None).expect("a model");
    let (plan, settings) = asked.plan(silent()).expect("good settings");
    let size = Size { n: 250, d: 125 };
    let streams = Streams::new(8);
    let runs: Vec<RecordedRun> = (0..300)
        .map(|instance| {
            let run = run(&model, size, &settings.run, streams.instance(instance));
            RecordedRun::new(instance, &run.expect("valid"))
        })
        .collect();
    let mut controls = ControlTable::new(&model, size, Store::Dense, streams);
    controls.extend(0..300).expect("valid");
    let right = plan.prediction().expect("a limit");
    let mut wrong = right.clone();
    wrong.order.m[(0, 0)] += 0.012;
    let judge = |prediction, corrected: bool| {
        let mut comparison = compare_ends(&model, 125, &runs, &[prediction]).expect("300 runs");
        if corrected {
            comparison.adjust(&controls).expect("enough");
        }
        comparison.judge(Criteria::default())
    };
    assert_eq!(judge(right.clone(), false).verdict, Verdict::Agrees);
    assert_eq!(judge(right, true).verdict, Verdict::Agrees);
    let noticed = judge(wrong.clone(), true);
    assert_eq!(noticed.verdict, Verdict::Disagrees);
    let m = noticed
        .rows
        .iter()
        .find(|row| row.row.quantity.quantity == Quantity::M);
    let m = m.expect("there");
    assert!(m.differs && m.row.deviation < -6.0, "{m:?}");
    assert_eq!(m.row.freedom, 295.0);
    let unnoticed = judge(wrong, false);
    let m = unnoticed
        .rows
        .iter()
        .find(|row| row.row.quantity.quantity == Quantity::M);
    assert!(m.expect("there").row.deviation > -5.0);
}
