//! One question, one answer: a request from Rust and the command line give the same.

mod binary;

use binary::onsager;
use onsager::experiment::{
    Analyze, Answer, Branch, BranchPotential, Compare, Contrastive, Dmft, Evolve, Experiment,
    FiniteSize, Learning, Likelihood, Linear, Maximum, Simulate, Solve, SolveAlong, SolvePotential,
    Spectrum, Stability, StabilityPotential, Train, silent,
};
use onsager::study::Study;
use onsager::table::{Table, Value};
use serde_json::Value as Json;
use std::path::Path;

/// Asks in both ways, and compares the answers: as JSON, and the main table as CSV.
fn same<E: Experiment>(request: &str, arguments: &[&str]) -> Json {
    let asked: E = toml::from_str(request).expect("a request");
    let report = asked.run(silent()).expect("an answer");
    let answer = serde_json::to_value(&report).expect("JSON");
    let replied = onsager(&[arguments, &["--format", "json"]].concat()).stdout;
    let replied: Json = serde_json::from_slice(&replied).expect("JSON");
    assert_eq!(answer, replied, "{request}");
    for field in ["program", "version", "seed", "settings", "citations"] {
        assert!(!answer[field].is_null(), "{request}: {field}");
    }
    let csv = onsager(&[arguments, &["--format", "csv"]].concat()).stdout;
    let text = String::from_utf8(csv).expect("UTF-8");
    let written = Table::read(&text).expect("a table");
    let own = &report.result.tables()[0];
    let names = |table: &Table| -> Vec<String> {
        table.columns.iter().map(|one| one.name.clone()).collect()
    };
    assert_eq!(names(&written), names(own));
    assert!(
        names(own).iter().all(|name| name.is_ascii()),
        "{:?}",
        names(own)
    );
    // Numbers survive the file to the last bit.
    let typed = |row: &Vec<Value>| -> Vec<Value> {
        row.iter()
            .map(|cell| Value::parse(&cell.to_string()))
            .collect()
    };
    let expected: Vec<Vec<Value>> = own.rows.iter().map(typed).collect();
    assert_eq!(written.rows, expected);
    let key = |name: &str| written.metadata.iter().any(|(key, _)| key == name);
    assert!(key("program") && key("seed") && key("settings"), "{text}");
    // A request survives its own file.
    let again = toml::to_string(&asked).expect("TOML");
    let again: E = toml::from_str(&again).expect("its own form");
    assert_eq!(
        serde_json::to_value(again.run(silent()).expect("an answer")).expect("JSON"),
        answer
    );
    answer
}

#[test]
fn a_range_of_strengths() {
    let answer = same::<SolveAlong>(
        "strengths = [[1.0], [1.25], [1.5]]\nmodel = { alpha = 2.0 }",
        &["solve", "--alpha", "2", "--lambda", "1:1.5:3"],
    );
    assert_eq!(answer["points"].as_array().map(Vec::len), Some(3));
}

#[test]
fn fixed_points() {
    let answer = same::<Solve>(
        "seed = 1\nmodel = { alpha = 4.0, lambda = [1.5, 1.2], signal = \"gaussian\" }",
        &[
            "solve", "--alpha", "4", "--lambda", "1.5,1.2", "--signal", "gaussian",
        ],
    );
    assert_eq!(answer["solutions"][0]["nature"], "stable");
    // Fresh data: E log cosh(λM + √Q ξ) − Q/2 changes its sign at λ = 1.2236 for α = 2.
    for (lambda, sign) in [("1.23", 1.0), ("1.22", -1.0)] {
        let answer = same::<Solve>(
            &format!("seed = 1\nmodel = {{ alpha = 2.0, lambda = [{lambda}] }}"),
            &["solve", "--alpha", "2", "--lambda", lambda],
        );
        let own = &answer["generalisation"][0];
        let number = |value: &Json| value.as_f64().expect("a number");
        assert!(number(&own["test"]["log_likelihood"]) * sign > 0.0, "{own}");
        assert!(number(&own["train"]) > number(&own["test"]["log_likelihood"]));
    }
    let none = same::<Solve>(
        "seed = 1\nmodel = { alpha = 0.8, lambda = [1.3] }",
        &["solve", "--alpha", "0.8", "--lambda", "1.3"],
    );
    assert_eq!(none["searches"][0]["outcome"], "left-domain");
    // There the answer is beyond replica symmetry.
    let limit = &none["rsb"]["units"][0]["limit"]["zeta"];
    let [zeta, error] = ["value", "error"].map(|key| limit[key].as_f64().expect("a number"));
    assert!((zeta - 0.51991).abs() < 2e-5 && error < 1e-4, "{limit}");
    let one = same::<Solve>(
        "seed = 1\nrsb = 1\nmodel = { alpha = 2.0, lambda = [1.0, 0.5] }",
        &["solve", "--alpha", "2", "--lambda", "1,0.5", "--rsb", "1"],
    );
    let own = &one["rsb"]["units"][0]["levels"][0];
    assert!((own["zeta"].as_f64().expect("a number") - 0.519455).abs() < 1e-6);
    assert_eq!(one["rsb"]["units"][1]["levels"][0]["zeta"], 0.0);
    assert_eq!(none["generalisation"], serde_json::json!([]));
}

#[test]
fn potentials() {
    let answer = same::<SolvePotential>(
        "seed = 1\ndefinition = \"sk\"\nset = [\"T=0.25\"]",
        &["solve", "sk", "--set", "T=0.25"],
    );
    assert_eq!(answer["settings"]["parameters"]["T"], 0.25);
}

#[test]
fn trajectories() {
    same::<Evolve>(
        "seed = 1\niterations = 5\nmodel = { alpha = 2.0, lambda = [1.5] }\nstart = { start-m = [[0.3]] }",
        &[
            "evolve",
            "--alpha",
            "2",
            "--lambda",
            "1.5",
            "--start-m",
            "0.3",
            "--iterations",
            "5",
        ],
    );
    let answer = same::<Dmft>(
        "seed = 3\niterations = 6\nmodel = { alpha = 2.0, lambda = [1.5] }\ndmft = { log2-paths = 8, path-sets = 2 }",
        &[
            "dmft",
            "--alpha",
            "2",
            "--lambda",
            "1.5",
            "--iterations",
            "6",
            "--log2-paths",
            "8",
            "--path-sets",
            "2",
            "--seed",
            "3",
        ],
    );
    assert_eq!(answer["settings"]["steps"], 6);
    assert!(answer["long_time"]["fixed_point"]["m"][0][0].is_number());
}

#[test]
fn simulations_and_verdicts() {
    let answer = same::<Simulate>(
        "seed = 2\nmodel = { alpha = 2.0, lambda = [1.6] }\nsimulation = { d = 150, algorithm = \"lbfgs\", instances = 3 }",
        &[
            "simulate",
            "--alpha",
            "2",
            "--lambda",
            "1.6",
            "--d",
            "150",
            "--algorithm",
            "lbfgs",
            "--instances",
            "3",
            "--seed",
            "2",
        ],
    );
    assert_eq!(answer["settings"]["method"]["algorithm"], "lbfgs");
    assert_eq!(answer["summary"][0]["quantity"], "zeta_11");
    let answer = same::<Compare>(
        "seed = 2\nmodel = { alpha = 2.0, lambda = [1.6] }\nsimulation = { d = 150, algorithm = \"lbfgs\", instances = 3 }",
        &[
            "compare",
            "--alpha",
            "2",
            "--lambda",
            "1.6",
            "--d",
            "150",
            "--algorithm",
            "lbfgs",
            "--instances",
            "3",
            "--seed",
            "2",
        ],
    );
    assert_eq!(answer["rows"][0]["quantity"], "zeta_11");
}

#[test]
fn sizes_on_their_way_to_the_limit() {
    let answer = same::<FiniteSize>(
        "seed = 2\nmodel = { alpha = 2.0, lambda = [1.6] }\nfinite_size = { d = [40, 60], instances = 16 }",
        &[
            "finite-size",
            "--alpha",
            "2",
            "--lambda",
            "1.6",
            "--d",
            "40,60",
            "--instances",
            "16",
            "--seed",
            "2",
        ],
    );
    let zeta = &answer["quantities"][0];
    assert_eq!(zeta["quantity"], "zeta_11");
    assert_eq!(zeta["sizes"][1]["adjustment"]["controls"], 4);
    assert_eq!(answer["runs"][0]["outcomes"], "converged 16");
}

#[test]
fn branches() {
    let answer = same::<Branch>(
        "seed = 1\nmodel = { alpha = 2.0 }\nbranch = { from = 1.0, to = 1.5 }",
        &["branch", "--alpha", "2", "--from", "1", "--to", "1.5"],
    );
    assert_eq!(answer["along"], "lambda");
    let event = &answer["events"][0];
    assert_eq!(event["kind"], "stability-change");
    assert!((event["value"].as_f64().expect("a number") - 1.169966752).abs() < 1e-6);
    assert!(answer["points"][0]["m"][0][0].is_number());
    let answer = same::<BranchPotential>(
        "seed = 1\ndefinition = \"sk\"\nset = [\"J0=1.5\"]\nbranch = { along = \"T\", from = 0.6, to = 1.2 }\nstart = \"ferromagnetic\"",
        &[
            "branch",
            "sk",
            "--set",
            "J0=1.5",
            "--along",
            "T",
            "--from",
            "0.6",
            "--to",
            "1.2",
            "--start",
            "ferromagnetic",
        ],
    );
    assert!(answer["points"][0]["order_parameters"]["q"].is_number());
}

#[test]
fn boundaries() {
    let answer = same::<Stability>(
        "seed = 1\nmodel = { alpha = 4.0 }",
        &["stability", "--alpha", "4"],
    );
    let at = answer["rows"][0]["at"]["value"].as_f64().expect("located");
    assert!((at - 0.851165455).abs() < 1e-6, "{at}");
    let answer = same::<Stability>(
        "seed = 1\nrsb = true\nmodel = { alpha = 4.0 }",
        &["stability", "--alpha", "4", "--rsb"],
    );
    let beyond = &answer["rows"][0]["rsb"];
    for (number, known, tolerance) in [
        (&beyond["splitting"]["x"], 0.76177, 2e-5),
        (&beyond["splitting"]["slope"], 18.7, 0.1),
        (&beyond["onsets"][0]["strength"], 0.713531, 2e-6),
        (&beyond["onsets"][3]["strength"], 0.707933, 2e-6),
    ] {
        let number = number.as_f64().expect("a number");
        assert!((number - known).abs() < tolerance, "{number} {known}");
    }
    let answer = same::<StabilityPotential>(
        "seed = 1\ndefinition = \"sk\"\nalong = \"T\"\nwithin = [0.5, 1.4]\nstart = \"ferromagnetic\"\nat = 0.9\nstability = { over = \"J0\", from = 1.2, to = 1.3, points = 2 }",
        &[
            "stability",
            "sk",
            "--along",
            "T",
            "--within",
            "0.5",
            "1.4",
            "--start",
            "ferromagnetic",
            "--at",
            "0.9",
            "--over",
            "J0",
            "--from",
            "1.2",
            "--to",
            "1.3",
            "--points",
            "2",
        ],
    );
    assert_eq!(answer["rows"].as_array().expect("rows").len(), 2);
}

#[test]
fn analyses_of_data() {
    let file = "tests/battery/inputs/planted.csv";
    let answer = same::<Analyze>(
        &format!("seed = 1\n[analysis]\ndata = \"{file}\"\nstandardise = \"none\"\nunits = 1"),
        &["analyze", file, "--standardise", "none", "--units", "1"],
    );
    assert_eq!(answer["signals"].as_array().expect("a list").len(), 1);
    assert!(answer["predicted"]["units"][0]["zeta"].is_number());
    let none = same::<Analyze>(
        "seed = 1\nanalysis = { data = \"digits\" }",
        &["analyze", "digits"],
    );
    assert!(none["signal_count"] == "permuted" && none["assumption_violated"] == true);
    assert_eq!(none["signals"].as_array().expect("a list").len(), 12);
}

#[test]
fn spectral_learning() {
    let answer = same::<Linear>(
        "seed = 2\nlinear = { eigenvalues = [5.0, 3.0, 0.5], hidden-units = 2, until = 8.0, points = 5 }",
        &[
            "linear",
            "--eigenvalues",
            "5,3,0.5",
            "--hidden-units",
            "2",
            "--until",
            "8",
            "--points",
            "5",
            "--seed",
            "2",
        ],
    );
    assert_eq!(answer["outcome"], "complete");
    let last = &answer["states"][4];
    let number = |value: &Json| value.as_f64().expect("a number");
    for (mode, c) in [5.0, 3.0].into_iter().enumerate() {
        let limit = f64::sqrt((c - 1.0) / c);
        assert!((number(&answer["modes"][mode]["equilibrium"]) - limit).abs() < 1e-12);
        assert!((number(&last["singular_values"][mode]) - limit).abs() < 1e-6);
        assert!(number(&last["overlaps"][mode]) > 0.9999);
        let mode = &answer["modes"][mode];
        let (rise, closed) = (&mode["half_rise"], &mode["half_rise_predicted"]);
        // The closed form leaves out what earlier modes take away.
        assert!((number(rise) - number(closed)).abs() < 0.2, "{mode}");
    }
    let gap = number(&answer["equilibrium_log_likelihood"]) - number(&last["log_likelihood"]);
    assert!((0.0..1e-3).contains(&gap), "{gap}");
    let answer = same::<Spectrum>(
        "seed = 1\nspectrum = { sigma = 0.8, kappa = 0.5, planted = [0.5, 1.5], sample = 200 }",
        &[
            "spectrum",
            "--sigma",
            "0.8",
            "--kappa",
            "0.5",
            "--planted",
            "0.5,1.5",
            "--sample",
            "200",
        ],
    );
    assert_eq!(answer["modes"][1]["visible"], false);
    assert!((number(&answer["modes"][0]["behind"]) - 1.5).abs() < 0.2);
    assert!(number(&answer["measured"]["distance"]) < 0.05);
    assert!((number(&answer["measured"]["sigma"]) - 0.8).abs() < 0.03);
}

/// Modes that compete: at infinite size and with fluctuations, beside the sum over all states.
#[test]
fn competing_modes() {
    let request = |level: &str| {
        format!(
            "learning = {{ mu = [0.8, 0.8], shares = [0.7, 0.3], kappa = 0.5, start = [0.1, 0.08], until = 40.0, points = 3, {level} }}"
        )
    };
    let flags = |level: &str| {
        let all = "learning-curve --mu 0.8,0.8 --shares 0.7,0.3 --kappa 0.5 --start 0.1,0.08 --until 40 --points 3";
        format!("{all} {level}")
    };
    let ask = |keys: &str, level: &str| {
        let line = flags(level);
        let words: Vec<&str> = line.split_whitespace().collect();
        same::<Learning>(&request(keys), &words)
    };
    let number = |value: &Json| value.as_f64().expect("a number");
    let infinite = ask("", "");
    assert_eq!(infinite["outcome"], "complete");
    let kinds: Vec<&Json> = infinite["events"]
        .as_array()
        .expect("events")
        .iter()
        .collect();
    let kinds: Vec<_> = kinds
        .iter()
        .map(|one| (&one["kind"], &one["mode"]))
        .collect();
    let expected = [("condenses", 1), ("condenses", 2), ("ties", 2)];
    assert_eq!(kinds.len(), expected.len());
    for ((kind, mode), (name, at)) in kinds.iter().zip(expected) {
        assert!(*kind == name && *mode == at, "{kinds:?}");
    }
    // They slide to the end of a cluster of its own.
    for mode in infinite["modes"].as_array().expect("modes") {
        assert!((number(&mode["alone"]) - 1.346_449_339_617).abs() < 1e-9);
        assert!((number(&mode["weight"]) - 1.346_449_339_617).abs() < 2e-5);
        assert!(number(&mode["slope"]) > 0.0 && number(&mode["slope"]) < 1e-5);
    }
    // At N_v = 400 an independent program found (1.35457, 1.34938), and (1.35416, 1.34897) and
    // (1.34801, 1.34284) at the two levels.
    for (keys, level, expected) in [
        (
            "level = \"fluctuations\", visible-units = 400",
            "--level fluctuations --visible-units 400",
            [1.35416, 1.34897],
        ),
        (
            "level = \"free-energy\", visible-units = 400",
            "--level free-energy --visible-units 400",
            [1.34801, 1.34284],
        ),
        (
            "level = \"enumeration\", visible-units = 400, tolerance = 1e-4",
            "--level enumeration --visible-units 400 --tolerance 1e-4",
            [1.35457, 1.34938],
        ),
    ] {
        let answer = ask(keys, level);
        assert_eq!(answer["outcome"], "complete");
        for (mode, expected) in answer["modes"]
            .as_array()
            .expect("modes")
            .iter()
            .zip(expected)
        {
            let w = number(&mode["weight"]);
            assert!(
                (w - expected).abs() < 6e-6,
                "{level}: {w}, expected {expected}"
            );
        }
    }
}

/// Fixed points of an independent program, and small machines beside them.
#[test]
fn contrastive_divergence_beside_the_objective() {
    let answer = same::<Contrastive>(
        "model = { alpha = 4.0, lambda = [1.0], bias = [0.5] }\ncontrastive = { chains = [\"cd-1\", \"pcd-1\"], d = 100, instances = 3, epochs = 60, visible = \"rademacher\" }",
        &[
            "contrastive",
            "--alpha",
            "4",
            "--lambda",
            "1",
            "--bias",
            "0.5",
            "--chains",
            "cd-1,pcd-1",
            "--d",
            "100",
            "--instances",
            "3",
            "--epochs",
            "60",
            "--visible",
            "rademacher",
        ],
    );
    let q = |order: &Json| order["q"][0][0].as_f64().expect("a number");
    assert!((q(&answer["objective"]) - 1.352398).abs() < 1e-6);
    assert!((q(&answer["chains"][0]["limit"]) - 1.405078).abs() < 1e-6);
    assert!((q(&answer["chains"][1]["limit"]) - 1.352398).abs() < 1e-6);
    for chain in answer["chains"].as_array().expect("chains") {
        let ends = chain["learned"]["ends"].as_array().expect("ends");
        assert_eq!(ends.len(), 3);
        assert_eq!(chain["learned"]["differences"][0]["observable"], "q_11");
    }
}

/// Theorem 1: the coefficients of the difference, nothing for Gaussian visible units, another power
/// for skewed ones with a bias.
#[test]
fn exact_likelihoods_beside_the_effective_objective() {
    let ask = |keys: &str, flags: &str| {
        let request = format!(
            "likelihood = {{ alpha = 2.0, self-overlap = [[2.895282131]], overlap = [[1.483158991]], d = [100, 1000], instances = 24, {keys} }}"
        );
        let line = format!(
            "likelihood --alpha 2 --self-overlap 2.895282131 --overlap 1.483158991 --d 100,1000 --instances 24 {flags}"
        );
        let words: Vec<&str> = line.split_whitespace().collect();
        same::<Likelihood>(&request, &words)
    };
    let number = |value: &Json| value.as_f64().expect("a number");
    let signs = ask("", "");
    assert!((number(&signs["population"][1]) - 2.578347).abs() < 1e-6);
    assert_eq!(number(&signs["population"][0]), 0.0);
    let exponent = |answer: &Json| {
        let value = number(&answer["exponent"]["value"]);
        (value, number(&answer["exponent"]["standard_error"]))
    };
    let (value, error) = exponent(&signs);
    let theory = number(&signs["exponent"]["predicted"]);
    assert!((theory + 1.0).abs() < 1e-9);
    assert!(
        (value - theory).abs() < 4.0 * error + 0.02,
        "{value} ± {error}"
    );
    assert_eq!(number(&signs["exponent"]["limit"]), -1.0);
    for size in signs["sizes"].as_array().expect("sizes") {
        let found = &size["difference"];
        let apart = number(&found["mean"]) - number(&size["predicted"]);
        // What the means leave of 1/d, beside their errors.
        let bound = 4.0 * number(&found["standard_error"]) + 20.0 / number(&size["d"]);
        assert!(apart.abs() < bound, "{size}");
        assert!(number(&size["rest"]["mean"]).abs() < 0.01);
        assert!(number(&size["rounding"]) < 1e-9);
    }
    let biased = "bias = [0.5], visible-bias-variance = 0.5, visible-signal = \"skewed(p=0.2)\"";
    let flags = "--bias 0.5 --visible-bias-variance 0.5 --visible-signal skewed(p=0.2)";
    let skewed = ask(
        &format!("visible = \"skewed(p=0.3)\", {biased}"),
        &format!("--visible skewed(p=0.3) {flags}"),
    );
    assert_eq!(number(&skewed["exponent"]["limit"]), -0.5);
    for size in skewed["sizes"].as_array().expect("sizes") {
        let found = &size["difference"];
        let apart = number(&found["mean"]) - number(&size["predicted"]);
        let bound = 4.0 * number(&found["standard_error"]) + 10.0 / number(&size["d"]).sqrt();
        assert!(apart.abs() < bound, "{size}");
        assert!(number(&size["predicted"]) < 0.0);
    }
    let gaussian = ask(
        &format!("visible = \"gaussian\", {biased}"),
        &format!("--visible gaussian {flags}"),
    );
    assert_eq!(gaussian["exponent"], Json::Null);
    for size in gaussian["sizes"].as_array().expect("sizes") {
        assert_eq!(number(&size["difference"]["mean"]), 0.0);
        assert!(number(&size["rounding"]) < 1e-9, "{size}");
    }
}

/// Modes of a trained RBM leave the noise of its start along the principal directions of the data.
#[test]
fn digits_are_learnt_mode_by_mode() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/digits.csv");
    let file = file.to_str().expect("UTF-8");
    let request = |epochs: usize| {
        format!(
            "seed = 1\ntraining = {{ data = {file:?}, hidden-units = 64, epochs = {epochs}, points = 2 }}"
        )
    };
    let flags = |epochs: &'static str| {
        [
            "train",
            "--data",
            file,
            "--hidden-units",
            "64",
            "--epochs",
            epochs,
            "--points",
            "2",
            "--seed",
            "1",
        ]
    };
    let number = |value: &Json| value.as_f64().expect("a number");
    let early = same::<Train>(&request(2), &flags("2"));
    assert_eq!(early["settings"]["samples"], 1797);
    assert_eq!(early["settings"]["threshold"], 8.0);
    // One singular value of a hundred matrices of pure noise is above the level.
    assert!(early["start"]["outliers"].as_u64().expect("a count") <= 1);
    let outliers = early["end"]["outliers"].as_u64().expect("a count");
    assert!((4..16).contains(&outliers), "{outliers}");
    let state = &early["states"][1];
    for mode in 0..4 {
        assert_eq!(state["nearest"][mode], mode + 1);
        assert!(number(&state["overlaps"][mode]) > 0.9, "{state}");
    }
    // Later too many modes have left the noise for it to be told from them.
    let late = same::<Train>(&request(40), &flags("40"));
    assert_eq!(late["outcome"], "complete");
    assert_eq!(late["end"]["level"], Json::Null);
    assert_eq!(late["end"]["sigma"], Json::Null);
    let likelihood = |answer: &Json, at: usize| number(&answer["states"][at]["pseudo_likelihood"]);
    assert!(likelihood(&late, 1) > likelihood(&early, 1) + 2.0);
    assert_eq!(likelihood(&late, 0), likelihood(&early, 0));
}

/// A study gives a table, and its notes say how theory and runs ended.
#[test]
fn studies() {
    let study = r#"
        kind = "trajectory"
        seed = 4
        model = { lambda = [1.6] }
        start = { start-m = [[0.3]] }
        simulation = { n = 200, d = 100, instances = 2, iterations = 3 }
    "#;
    let Study::Trajectory(study) = toml::from_str(study).expect("a study") else {
        panic!("a trajectory");
    };
    let report = study.run(silent()).expect("an answer");
    let answer = serde_json::to_value(&report).expect("JSON");
    assert_eq!(answer["table"]["columns"][0], "source");
    assert_eq!(answer["table"]["rows"][0][0], "theory");
    assert_eq!(answer["seed"], 4);
    assert!(
        report
            .result
            .notes()
            .iter()
            .any(|note| note.starts_with("runs: "))
    );
}

/// Four independent units: the long-time limit of the dynamics is the fixed point that a search
/// finds.
#[test]
fn the_long_time_limit_is_the_fixed_point() {
    let model = "model = { alpha = 2.0, lambda = [1.5, 1.45, 1.4, 1.35] }";
    let solve: Solve = toml::from_str(model).expect("a request");
    let dmft = format!("iterations = 4\n{model}\ndmft = {{ log2-paths = 9, path-sets = 2 }}");
    let dmft: Dmft = toml::from_str(&dmft).expect("a request");
    let solved = solve.run(silent()).expect("an answer").result;
    let dynamics = dmft.run(silent()).expect("an answer").result;
    let answer = solved.found.answer().expect("a fixed point");
    let limit = dynamics.long_time.expect("a limit").fixed_point;
    let limit = limit.expect("a fixed point");
    assert!((&limit.order.m - &answer.order.m).amax() < 1e-9);
    assert!((&limit.order.q - &answer.order.q).amax() < 1e-9);
    let replicons = [limit.stability.replicon, answer.stability.replicon];
    assert!((replicons[0] - replicons[1]).abs() < 1e-9, "{replicons:?}");
    assert!((replicons[1] - 0.405621659).abs() < 1e-8);
}

/// Both studies show what the experiments answer.
#[test]
fn spectral_studies() {
    let study = "kind = \"linear\"\nseed = 2\nlinear = { eigenvalues = [5.0, 0.5], until = 8.0, points = 3 }";
    let Study::Linear(study) = toml::from_str(study).expect("a study") else {
        panic!("a staircase");
    };
    let asked = Linear {
        linear: study.linear.clone(),
        seed: Some(2),
    };
    let answer = asked.run(silent()).expect("an answer").result;
    let table = study.run(silent()).expect("an answer").result.table;
    let rows = |source: &str, mode: &str| -> Vec<Vec<Value>> {
        let own = |row: &&Vec<Value>| row[0] == source.into() && row[1] == mode.into();
        table.rows.iter().filter(own).cloned().collect()
    };
    for (row, state) in rows("flow", "1").iter().zip(&answer.states) {
        assert_eq!(row[2], state.time.into());
        assert_eq!(row[3], state.singular_values[0].into());
    }
    assert_eq!(rows("flow", "all").len(), 3);
    assert_eq!(rows("closed-form", "1").len(), 3);
    assert!(rows("closed-form", "2").is_empty());
    let study = "kind = \"learning\"\nseed = 1\nreference = \"b\"\n[[curves]]\nname = \"a\"\nlearning = { mu = [0.8], times = [1.0, 9.0] }\n[[curves]]\nname = \"b\"\nlearning = { mu = [0.8], level = \"fluctuations\", size = 50.0, times = [0.5, 9.0] }";
    let Study::Learning(study) = toml::from_str(study).expect("a study") else {
        panic!("learning curves");
    };
    let table = study.run(silent()).expect("an answer").result.table;
    let number = |row: usize, column: &str| table.get(row, column).as_number();
    let states: Vec<usize> = (0..table.rows.len())
        .filter(|&row| table.get(row, "source") == &"state".into())
        .collect();
    assert_eq!(states.len(), 4);
    assert_eq!(number(states[0], "difference"), None);
    let apart = number(states[1], "singular_value")
        .zip(number(states[3], "singular_value"))
        .map(|(a, b)| a - b);
    assert!(apart.is_some_and(|apart| apart.abs() > 1e-4));
    assert_eq!(number(states[1], "difference"), apart);
    let event = (0..table.rows.len()).find(|&row| table.get(row, "event") == &"condenses".into());
    assert!(event.is_some_and(|row| number(row, "t").is_some_and(|t| t > 1.0)));
    let study = "kind = \"spectrum\"\nseed = 1\nspectrum = { sigma = 0.8, kappa = 0.5, planted = [1.5], sample = 100 }\ncurve = { from = 0.5, to = 2.0, points = 4 }";
    let Study::Spectrum(study) = toml::from_str(study).expect("a study") else {
        panic!("a spectrum");
    };
    let table = study.run(silent()).expect("an answer").result.table;
    let seen = |source: &str, quantity: &str| {
        let own = |row: &&Vec<Value>| row[0] == source.into() && row[1] == quantity.into();
        table.rows.iter().filter(own).count()
    };
    // 0.5 is lost in the noise.
    assert_eq!(seen("theory", "observed"), 3);
    assert_eq!(seen("sample", "observed"), 1);
    assert_eq!(seen("theory", "density"), 201);
}

#[test]
fn bad_requests_are_refused_by_name() {
    assert!(toml::from_str::<Solve>("model = { alpah = 2.0 }").is_err());
    assert!(toml::from_str::<Compare>("lambda = 3").is_err());
    let wrong = |request: &str, word: &str| {
        let solve: Simulate = toml::from_str(request).expect("TOML");
        let error = solve.run(silent()).map(|_| ()).expect_err(word);
        assert!(error.to_string().contains(word), "{error}");
    };
    wrong("model = { lambda = [1.5] }", "n is missing");
    wrong(
        "model = { alpha = 2.0, lambda = [1.5] }\nsimulation = { d = 100, instances = 0 }",
        "instances",
    );
}

#[test]
fn the_largest_objective() {
    let answer = same::<Maximum>(
        "seed = 2\nmodel = { alpha = 2.0, lambda = [1.0] }\nmaximum = { d = [20, 40], instances = [4, 3], random = 3 }",
        &[
            "maximum",
            "--alpha",
            "2",
            "--lambda",
            "1",
            "--d",
            "20,40",
            "--instances",
            "4,3",
            "--random",
            "3",
            "--seed",
            "2",
        ],
    );
    let level = &answer["quantities"][0];
    assert_eq!(level["quantity"], "log_likelihood");
    assert_eq!(level["theory"][0]["theory"], "exact");
    assert_eq!(answer["sizes"][1]["instances"], 3);
    assert_eq!(answer["settings"]["climbs"]["planted"], 4);
}
