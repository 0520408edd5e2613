//! Verdicts on real runs, right and wrong ones.

mod binary;
mod common;

use binary::{onsager, refused};
use common::{fixed_point, rademacher, with_signal};
use onsager::comparison::{
    Comparison, Criteria, Ending, Predicted, Prediction, Reason, Verdict, compare_ends,
    compare_trajectories,
};
use onsager::ensemble::run_instances;
use onsager::law::Law;
use onsager::model::Model;
use onsager::numerics::Matrix;
use onsager::numerics::streams::Streams;
use onsager::order_parameters::OrderParameters;
use onsager::quantity::{Observable, Quantity};
use onsager::record::RecordedRun;
use onsager::simulation::{AmpSettings, Method, RunSettings, SimulationStart, Size};
use onsager::start::Start;
use onsager::theory::FixedPoint;
use serde_json::Value;
use std::process::Output;

/// AMP from the planted start.
fn settings(max_iterations: usize) -> RunSettings {
    RunSettings {
        method: Method::Amp(AmpSettings {
            max_iterations,
            ..AmpSettings::default()
        }),
        start: SimulationStart::Overlaps(Start::Planted),
        ..RunSettings::default()
    }
}

fn runs(
    model: &Model,
    size: Size,
    settings: &RunSettings,
    seed: u64,
    instances: usize,
) -> Vec<RecordedRun> {
    let streams = Streams::new(seed);
    run_instances(model, size, settings, streams, instances, None, &mut |_| {})
        .expect("valid settings")
}

/// The JSON of a comparison with its exit status.
fn verdict(arguments: &[&str]) -> (Value, Option<i32>) {
    let output: Output = onsager(&[&["compare", "--format", "json"], arguments].concat());
    let reply = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (reply, output.status.code())
}

fn row<'a>(reply: &'a Value, quantity: &str) -> &'a Value {
    let rows = reply["rows"].as_array().expect("rows");
    let found = rows.iter().find(|row| row["quantity"] == quantity);
    found.unwrap_or_else(|| panic!("{quantity}: {reply:#}"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// The states of the runs at each iteration, in mean: a "theory" without finite-size bias.
fn long_run_mean(runs: &[RecordedRun], steps: usize) -> Vec<Predicted> {
    let mean = |t: usize| {
        let orders: Vec<OrderParameters> = runs.iter().filter_map(|run| run.order(t)).collect();
        let count = orders.len() as f64;
        let sum = |read: fn(&OrderParameters) -> &Matrix| -> Matrix {
            orders
                .iter()
                .map(read)
                .fold(orders[0].q.clone() * 0.0, |sum, next| sum + next)
        };
        let order = OrderParameters {
            m: sum(|order| &order.m) / count,
            q: sum(|order| &order.q) / count,
        };
        Predicted { order, error: None }
    };
    (0..=steps).map(mean).collect()
}

fn disagrees(comparison: &Comparison, criteria: Criteria) -> bool {
    comparison.judge(criteria).verdict == Verdict::Disagrees
}

/// 300 comparisons of four runs each with a right theory, and 150 of eight with one that is wrong
/// by eight standard errors.
#[test]
fn real_runs_disagree_as_rarely_as_the_level_and_notice_a_shift() {
    let (steps, level) = (4, 0.05);
    let model = rademacher(2.0, &[1.5]);
    let all = runs(&model, Size { n: 200, d: 100 }, &settings(steps), 21, 1200);
    let mut theory = long_run_mean(&all, steps);
    let criteria = Criteria {
        level,
        ..Criteria::default()
    };
    let share = |size: usize, theory: &[Predicted], criteria: Criteria| {
        let groups = all
            .chunks(size)
            .map(|runs| compare_trajectories(runs, theory).expect("runs"));
        let count = groups
            .filter(|comparison| disagrees(comparison, criteria))
            .count();
        count as f64 / (all.len() / size) as f64
    };
    let found = share(4, &theory, criteria);
    let deviation = (level * (1.0 - level) / 300.0).sqrt();
    println!("share of disagreements {found}");
    // Overlaps along a run are strongly correlated, where the test uses half of its level at least.
    let expected = 0.5 * level - 3.0 * deviation..=1.1 * level + 3.0 * deviation;
    assert!(expected.contains(&found), "{found} {expected:?}");

    let last = |run: &RecordedRun| run.order(steps).expect("complete").m[(0, 0)];
    let mean = theory[steps].order.m[(0, 0)];
    let variance: f64 = all
        .iter()
        .map(|run| (last(run) - mean).powi(2))
        .sum::<f64>()
        / 1200.0;
    theory[steps].order.m[(0, 0)] += 8.0 * (variance / 8.0).sqrt();
    let found = share(8, &theory, Criteria::default());
    println!("share of shifts that are noticed {found}");
    assert!(found >= 0.9, "{found}");
}

/// A unit with a bias has no sign to choose, but the signal has: averaged over it, M would be 0.01
/// ± 0.55.
#[test]
fn the_sign_of_a_signal_is_free_where_units_have_a_bias() {
    let (reply, status) = verdict(&[
        "--alpha",
        "4",
        "--lambda",
        "1.5",
        "--bias",
        "0.4",
        "--d",
        "500",
        "--instances",
        "8",
        "--algorithm",
        "lbfgs",
    ]);
    let m = &row(&reply, "m_11")["simulation"];
    assert!((number(&m["mean"]) - 1.482).abs() < 0.05, "{m}");
    assert!(number(&m["standard_error"]) < 0.02, "{m}");
    assert_eq!(
        (&reply["verdict"], status),
        (&Value::from("agrees"), Some(0)),
        "{reply:#}"
    );
}

/// One of two units is on: only their difference matters, and its sign is that of the signal. One
/// run of eight ends at the weaker signal, which a mean and a standard error hide.
#[test]
fn a_run_that_ended_elsewhere_is_told() {
    let (reply, status) = verdict(&[
        "--alpha",
        "4",
        "--lambda",
        "1.5,1.3",
        "--hidden",
        "one-hot-2",
        "--d",
        "500",
        "--instances",
        "8",
        "--algorithm",
        "lbfgs",
    ]);
    let groups = reply["reasons"].as_array().expect("reasons").iter();
    let groups = groups.clone().find(|reason| reason["kind"] == "groups");
    let groups = groups.unwrap_or_else(|| panic!("{reply:#}"));
    let sizes =
        ["low", "high"].map(|side| groups[side]["instances"].as_array().map_or(0, Vec::len));
    assert_eq!(sizes.iter().min(), Some(&1), "{groups}");
    // Every entry is there: 4 of M, 3 of Q, the objective, and the overlaps that are not 0.
    for quantity in [
        "m_11",
        "m_12",
        "m_21",
        "m_22",
        "q_11",
        "q_12",
        "q_22",
        "log_likelihood",
        "zeta_11",
        "zeta_12",
    ] {
        row(&reply, quantity);
    }
    let rows = reply["rows"].as_array().expect("rows");
    assert!(
        rows.iter().all(|row| row["quantity"] != "zeta_21"),
        "{reply:#}"
    );
    assert_eq!(
        (&reply["verdict"], status),
        (&Value::from("disagrees"), Some(1))
    );
}

fn prediction(point: &FixedPoint) -> Prediction {
    Prediction {
        log_likelihood: Some(point.stability.log_likelihood),
        order: point.order.clone(),
        directions_only: false,
    }
}

/// Sparse signals have two fixed points, and AMP ends at the one with the larger objective even
/// from the planted start. Three instances differ from the other one by up to 48 standard errors.
#[test]
fn three_runs_that_are_far_off_in_many_numbers_disagree() {
    let sparse = onsager::definitions::Catalogue::default()
        .prior("sparse-ternary(rho=0.2)", "signal")
        .and_then(|prior| prior.signal_law())
        .expect("built in");
    let model = with_signal(4.0, &[1.5, 1.2], Law::rademacher(), 2, sparse);
    let runs = runs(&model, Size { n: 4000, d: 1000 }, &settings(200), 1, 3);
    // The fixed point of one unit for each signal, from the scalar problems of `onsager solve`.
    let wrong = Prediction {
        order: OrderParameters {
            m: Matrix::from_diagonal(&vec![1.157932959, 0.965145922].into()),
            q: Matrix::from_diagonal(&vec![1.878147841, 1.564076668].into()),
        },
        log_likelihood: Some(3.346712827),
        directions_only: false,
    };
    let mixed = OrderParameters {
        m: Matrix::from_row_slice(2, 2, &[0.5, 0.4, -0.4, 0.5]),
        q: Matrix::identity(2, 2),
    };
    let right = prediction(&fixed_point(&model, &Start::Given(mixed)));
    let judge = |predictions: &[Prediction]| {
        let comparison = compare_ends(&model, 1000, &runs, predictions).expect("three runs");
        comparison.judge(Criteria::default())
    };
    let alone = judge(std::slice::from_ref(&wrong));
    assert_eq!(alone.verdict, Verdict::Disagrees, "{:?}", alone.reasons);
    assert!(alone.endings.is_empty());
    let listed = judge(&[wrong, right.clone()]);
    assert_eq!(listed.verdict, Verdict::Disagrees);
    assert_eq!(listed.endings.len(), 1, "{:?}", listed.endings);
    assert_eq!(listed.endings[0].ending, Ending::Solution(2));
    assert_eq!(listed.endings[0].instances, [0, 1, 2]);
    // The other fixed point fits, as far as three runs can tell.
    let fits = judge(&[right]);
    assert_ne!(fits.verdict, Verdict::Disagrees, "{:?}", fits.reasons);
}

/// Units on three points at equal angles: optima are rotated by 120° against each other, which is
/// not a signed permutation.
#[test]
fn runs_at_rotated_optima_do_not_agree() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clock3.toml");
    let definition = r#"
kind = "prior"
title = "Three points at equal angles"
source = "roots of unity"
points = [["sqrt(2)", 0], ["-1/sqrt(2)", "sqrt(3/2)"], ["-1/sqrt(2)", "-sqrt(3/2)"]]
weights = ["1/3", "1/3", "1/3"]
"#;
    std::fs::write(&path, definition).expect("written");
    let (reply, status) = verdict(&[
        "--alpha",
        "3",
        "--lambda",
        "1.8,1.6",
        "--units",
        "2",
        "--d",
        "400",
        "--instances",
        "6",
        "--algorithm",
        "lbfgs",
        "--hidden",
        path.to_str().expect("a path"),
    ]);
    assert_ne!(reply["verdict"], "agrees", "{reply:#}");
    assert_ne!(status, Some(0));
}

#[test]
fn few_instances_can_not_tell() {
    let (reply, status) = verdict(&[
        "--alpha",
        "2",
        "--lambda",
        "1.5",
        "--d",
        "500",
        "--instances",
        "3",
        "--seed",
        "2",
        "--algorithm",
        "lbfgs",
    ]);
    assert_eq!(reply["verdict"], "too-few-instances", "{reply:#}");
    assert_eq!(status, Some(3));
    let reason = &reply["reasons"][0];
    assert_eq!(reason["kind"], "unresolved");
    assert!(number(&reason["noticeable"]) > 0.2, "{reason}");
}

#[test]
fn instances_are_added_for_a_precision_and_a_record_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("run.jsonl");
    let record = record.to_str().expect("a path");
    let with = |precision: &str, most: &str| {
        verdict(&[
            "--alpha",
            "2",
            "--lambda",
            "1.5",
            "--d",
            "200",
            "--instances",
            "4",
            "--algorithm",
            "lbfgs",
            "--record",
            record,
            "--precision",
            precision,
            "--max-instances",
            most,
        ])
        .0
    };
    let lines = || {
        std::fs::read_to_string(record)
            .expect("a record")
            .lines()
            .count()
    };
    let (capped, most) = (with("0.001", "10"), 10);
    assert_eq!(capped["precision"]["outcome"], "max-instances");
    assert_eq!(capped["instances"], most);
    assert_eq!(lines(), 1 + most);
    let reached = with("0.03", "400");
    assert_eq!(reached["precision"]["outcome"], "reached", "{reached:#}");
    for row in reached["rows"].as_array().expect("rows") {
        assert!(
            number(&row["simulation"]["standard_error"]) <= 0.03,
            "{row}"
        );
    }
    let count = reached["instances"].as_u64().expect("a count") as usize;
    assert!((11..400).contains(&count), "{count}");
    assert_eq!(lines(), 1 + count);
    refused(
        &onsager(&[
            "compare",
            "--lambda",
            "1.5",
            "--n",
            "200",
            "--d",
            "100",
            "--precision",
            "0",
        ]),
        &["precision"],
    );
}

#[test]
fn nothing_is_simulated_without_a_prediction() {
    let folder = tempfile::tempdir().expect("a folder");
    let record = folder.path().join("run.jsonl");
    let (reply, status) = verdict(&[
        "--alpha",
        "2",
        "--lambda",
        "0.5",
        "--d",
        "100",
        "--record",
        record.to_str().expect("a path"),
    ]);
    assert_eq!((&reply["verdict"], status), (&Value::Null, Some(1)));
    assert_eq!(reply["prediction"], "not-obtained");
    assert!(!record.exists());
}

/// Runs of gradient ascent that end early are beyond every limit, and the rows say which.
#[test]
fn rows_that_differ_are_counted() {
    let model = rademacher(2.0, &[1.5]);
    let early = runs(&model, Size { n: 1000, d: 500 }, &settings(1), 21, 8);
    let solution = prediction(&fixed_point(&model, &Start::Planted));
    let comparison = compare_ends(&model, 500, &early, &[solution]).expect("runs");
    let judgement = comparison.judge(Criteria::default());
    let differing = judgement.rows.iter().filter(|row| row.differs);
    assert!(
        differing
            .clone()
            .any(|row| row.row.quantity == Observable::entry(Quantity::M, (0, 0)))
    );
    let count = differing.count();
    assert!(
        judgement.reasons.contains(&Reason::Rows { count }),
        "{:?}",
        judgement.reasons
    );
}
