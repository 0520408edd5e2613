//! The real binary, end to end.

mod binary;

use binary::{in_folder, json, onsager, refused, resealed};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

#[test]
fn solve_gives_every_promised_field() {
    let reply = json(&onsager(&[
        "solve", "--alpha", "2", "--lambda", "1.5,1.3", "--units", "2", "--format", "json",
    ]));
    let answer = &reply["solutions"][0];
    assert_eq!(answer["outcome"], "converged");
    assert_eq!(answer["stable"], true);
    assert_eq!(reply["settings"]["model"]["hidden"]["name"], "rademacher");
    let close = |value: &Value, expected: f64| {
        let value = value.as_f64().expect("a number");
        assert!((value - expected).abs() < 1e-7, "{value} {expected}");
    };
    close(&answer["m"][0][0], 1.483158991);
    close(&answer["q"][1][1], 2.429035653);
    close(&answer["k"][0][0], 0.628769507);
    close(&answer["zeta"][1][1], 0.806240789);
    close(&answer["replicon"], 0.505713254);
    close(&answer["log_likelihood"], 3.038490355);
    close(&reply["baselines"]["bbp"], 0.840896415);
    assert!(answer["residual"].as_f64().expect("a number") < 1e-11);
    assert!(answer["quadrature_error"].as_f64().expect("a number") < 1e-9);
    for field in [
        "alpha",
        "lambda",
        "units",
        "bias",
        "signal",
        "visible_signal",
    ] {
        assert!(!reply["settings"]["model"][field].is_null(), "{field}");
    }
    assert_eq!(reply["settings"]["solver"]["tolerance"], 1e-12);
    assert_eq!(reply["program"], "onsager");
    assert_eq!(reply["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(reply["seed"], 1);
    assert!(
        reply["baselines"]["pca"][0][0].is_number()
            && reply["baselines"]["bayes"][0]["optimal"].is_number()
    );
}

#[test]
fn a_region_without_solution_gives_an_outcome_and_no_number() {
    let reply = json(&onsager(&[
        "solve", "--alpha", "0.9", "--lambda", "1.3", "--format", "json",
    ]));
    assert_eq!(reply["solutions"], Value::Array(Vec::new()));
    let searches = reply["searches"].as_array().expect("a list");
    assert!(searches.len() > 2);
    for search in searches {
        assert_eq!(search["outcome"], "left-domain");
        assert!(search["solution"].is_null(), "{search}");
    }
    let unstable = json(&onsager(&[
        "solve", "--alpha", "2", "--lambda", "1", "--format", "json",
    ]));
    assert_eq!(unstable["solutions"][0]["stable"], false);
    let text = onsager(&["solve", "--alpha", "2", "--lambda", "1"]).stdout;
    assert!(String::from_utf8_lossy(&text).contains("approximations"));
}

#[test]
fn bad_input_names_the_field_and_leaves_with_status_2() {
    let solve = |more: &[&str]| onsager(&[&["solve"], more].concat());
    refused(
        &solve(&["--alpha", "-1", "--lambda", "1.5"]),
        &["alpha", "greater than 0"],
    );
    refused(&solve(&["--alpha", "0", "--lambda", "1.5"]), &["alpha"]);
    refused(&solve(&["--alpha", "NaN", "--lambda", "1.5"]), &["alpha"]);
    refused(&solve(&["--alpha", "2", "--lambda", "1.5,-1"]), &["lambda"]);
    refused(&solve(&["--alpha", "2", "--lambda", "nan"]), &["lambda"]);
    refused(&solve(&["--alpha", "2"]), &["lambda", "missing"]);
    refused(
        &solve(&["--alpha", "2", "--lambda", "1.5", "--units", "0"]),
        &["units", "1..="],
    );
    refused(
        &solve(&["--alpha", "2", "--lambda", "1.5", "--units", "99"]),
        &["units", "1..="],
    );
    refused(
        &solve(&["--alpha", "2", "--lambda", "1.5", "--hidden", "rademacherr"]),
        &["hidden", "ternary"],
    );
    refused(
        &solve(&[
            "--alpha",
            "2",
            "--lambda",
            "1.5",
            "--hidden",
            "missing.toml",
        ]),
        &["missing.toml"],
    );
    refused(
        &solve(&["--alpha", "2", "--lambda", "1.5", "--hidden", "one-hot-2"]),
        &["hidden", "component"],
    );
    refused(
        &solve(&[
            "--alpha",
            "2",
            "--lambda",
            "1.5",
            "--signal",
            "correlated-pair",
        ]),
        &["signal", "component"],
    );
    refused(
        &solve(&["--alpha", "2", "--lambda", "1.5", "--bias", "1,2"]),
        &["bias"],
    );
    refused(
        &solve(&["--alpha", "2", "--lambda", "1.5", "--bias", "inf"]),
        &["bias"],
    );
    refused(
        &solve(&["--alpha", "2", "--lambda", "1.5", "--damping", "0"]),
        &["damping", "(0, 1]"],
    );
    refused(
        &solve(&["--alpha", "2", "--lambda", "1.5", "--tolerance", "NaN"]),
        &["tolerance"],
    );
    refused(
        &solve(&["--alpha", "2", "--lambda", "1.5", "--start", "random"]),
        &["start"],
    );
    refused(
        &solve(&["--alpha", "2", "--lambda", "1.5", "--start-m", "2"]),
        &["start Q"],
    );
    refused(
        &solve(&["--alpha", "2", "--lambda", "1.5", "--start-m", "0.1,0.2"]),
        &["start M", "1×1"],
    );
    refused(
        &solve(&["--alpha", "2", "--lambda", "1.5", "--threads", "0"]),
        &["threads"],
    );
    let simulate = |more: &[&str]| onsager(&[&["simulate"], more].concat());
    refused(
        &simulate(&["--lambda", "1.5", "--n", "0", "--d", "100"]),
        &["n is 0"],
    );
    refused(
        &simulate(&["--lambda", "1.5", "--n", "8000000000", "--d", "4000000000"]),
        &["MiB"],
    );
    refused(
        &simulate(&[
            "--lambda", "1.5", "--alpha", "3", "--n", "200", "--d", "100",
        ]),
        &["alpha"],
    );
    refused(
        &simulate(&[
            "--lambda",
            "1.5",
            "--n",
            "200",
            "--d",
            "100",
            "--instances",
            "0",
        ]),
        &["instances"],
    );
    let step = [
        "--lambda",
        "1.5",
        "--n",
        "200",
        "--d",
        "100",
        "--algorithm",
        "gd",
        "--step",
        "1.5",
    ];
    refused(&simulate(&step), &["step", "stability bound"]);
    refused(
        &simulate(&[
            "--lambda",
            "1.5",
            "--n",
            "200",
            "--d",
            "100",
            "--algorithm",
            "magic",
        ]),
        &["amp, gd"],
    );
    refused(&onsager(&["figure", "nothing"]), &["fig1-right"]);
}

#[test]
fn outputs_that_cannot_be_written_leave_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing").join("out.json");
    let path = missing.to_str().expect("UTF-8");
    refused(
        &onsager(&["solve", "--alpha", "2", "--lambda", "1.5", "--output", path]),
        &["out.json"],
    );
    let target = folder.path().join("out.json");
    let path = target.to_str().expect("UTF-8");
    refused(
        &onsager(&[
            "solve", "--alpha", "-2", "--lambda", "1.5", "--output", path,
        ]),
        &["alpha"],
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("readable").count(),
        0
    );
    let done = onsager(&[
        "solve", "--alpha", "2", "--lambda", "1.5", "--format", "json", "--output", path,
    ]);
    assert!(done.status.success() && done.stdout.is_empty());
    let text = std::fs::read_to_string(&target).expect("written");
    assert_eq!(
        serde_json::from_str::<Value>(&text).expect("JSON")["solutions"][0]["outcome"],
        "converged"
    );
}

#[test]
fn a_configuration_file_holds_the_flags_and_flags_win() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.toml");
    std::fs::write(
        &file,
        "[model]\nalpha = 4.0\nlambda = [1.0]\n[output]\nformat = \"json\"\n",
    )
    .expect("written");
    let path = file.to_str().expect("UTF-8");
    let from_file = json(&onsager(&["solve", "--config", path]));
    assert!(
        (from_file["solutions"][0]["replicon"]
            .as_f64()
            .expect("a number")
            - 0.439282102)
            .abs()
            < 1e-8
    );
    let flags_win = json(&onsager(&[
        "solve", "--config", path, "--alpha", "8", "--lambda", "0.8",
    ]));
    assert!(
        (flags_win["solutions"][0]["replicon"]
            .as_f64()
            .expect("a number")
            - 0.422003688)
            .abs()
            < 1e-8
    );
    std::fs::write(&file, "[model]\nalpha = 4.0\nlambada = [1.0]\n").expect("written");
    refused(&onsager(&["solve", "--config", path]), &["lambada"]);
    refused(
        &onsager(&["solve", "--config", "no-such.toml"]),
        &["no-such.toml"],
    );
}

#[test]
fn evolve_starts_where_it_is_told() {
    let reply = json(&onsager(&[
        "evolve",
        "--alpha",
        "2",
        "--lambda",
        "1.5",
        "--start-m",
        "0.3",
        "--iterations",
        "5",
        "--format",
        "json",
    ]));
    let states = reply["states"].as_array().expect("a list");
    assert_eq!(states.len(), 6);
    assert_eq!(states[0]["m"][0][0], 0.3);
    let csv = onsager(&[
        "evolve",
        "--alpha",
        "2",
        "--lambda",
        "1.5",
        "--iterations",
        "3",
        "--format",
        "csv",
    ])
    .stdout;
    let csv = String::from_utf8(csv).expect("UTF-8");
    let table = onsager::table::Table::read(&csv).expect("a table");
    assert_eq!(table.rows.len(), 4);
    let names: Vec<&str> = table.columns.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["t", "m_11", "q_11", "zeta_11", "quadrature_error"]);
    let settings = table.metadata.iter().find(|(key, _)| key == "settings");
    let settings = &settings.expect("settings").1;
    assert!(settings.contains("\"alpha\":2.0") && settings.contains("visible_signal"));
}

const SMALL: [&str; 7] = ["--lambda", "1.6", "--n", "400", "--d", "200", "--seed"];

#[test]
fn a_record_is_extended_and_refuses_other_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let simulate = |instances: &str, seed: &str, record: &str| {
        let tail = [
            seed,
            "--instances",
            instances,
            "--record",
            record,
            "--format",
            "json",
        ];
        in_folder(folder.path(), &[&["simulate"], &SMALL[..], &tail].concat())
    };
    let first = json(&simulate("2", "3", "a.jsonl"));
    assert_eq!(first["runs"].as_array().expect("a list").len(), 2);
    let record = folder.path().join("a.jsonl");
    let before = std::fs::read_to_string(&record).expect("readable");
    let extended = json(&simulate("4", "3", "a.jsonl"));
    let after = std::fs::read_to_string(&record).expect("readable");
    assert!(after.starts_with(&before) && after.lines().count() == 5);
    let at_once = json(&simulate("4", "3", "b.jsonl"));
    assert!(extended["runs"] == at_once["runs"]);
    // A kill in the middle of a line loses that instance only.
    std::fs::write(&record, &after[..after.len() - 40]).expect("written");
    let repaired = json(&simulate("4", "3", "a.jsonl"));
    assert!(repaired["runs"] == at_once["runs"]);
    assert_eq!(std::fs::read_to_string(&record).expect("readable"), after);
    refused(
        &simulate("4", "4", "a.jsonl"),
        &["seed", "recorded 3, asked for 4"],
    );
    assert_eq!(std::fs::read_to_string(&record).expect("readable"), after);
    // Another version of the program may compute other numbers.
    let version = format!("\"version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(after.contains(&version));
    let older = resealed(&after.replace(&version, "\"version\":\"0.0.9\""));
    std::fs::write(&record, &older).expect("written");
    refused(&simulate("4", "3", "a.jsonl"), &["version", "0.0.9"]);
    assert_eq!(std::fs::read_to_string(&record).expect("readable"), older);
    std::fs::write(folder.path().join("c.jsonl"), "notes\nof mine\n").expect("written");
    refused(&simulate("2", "3", "c.jsonl"), &["not a record"]);
}

#[test]
fn threads_do_not_change_a_simulation() {
    let with = |threads: &str| {
        json(&onsager(
            &[
                &["simulate"],
                &SMALL[..],
                &[
                    "5",
                    "--instances",
                    "2",
                    "--format",
                    "json",
                    "--threads",
                    threads,
                ],
            ]
            .concat(),
        ))
    };
    assert!(with("1")["runs"] == with("3")["runs"]);
}

#[test]
fn compare_says_whether_they_agree() {
    let compare = |more: &[&str]| {
        let common = [
            "compare",
            "--lambda",
            "1.6",
            "--n",
            "2000",
            "--d",
            "1000",
            "--instances",
            "8",
            "--format",
            "json",
        ];
        onsager(&[&common[..], more].concat())
    };
    let trajectory = compare(&[
        "--trajectory",
        "--start",
        "planted",
        "--iterations",
        "8",
        "--seed",
        "2",
    ]);
    assert_eq!(
        trajectory.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&trajectory.stdout)
    );
    let reply: Value = serde_json::from_slice(&trajectory.stdout).expect("JSON");
    assert_eq!(reply["verdict"], "agrees");
    assert_eq!(reply["rows"].as_array().expect("a list").len(), 9 * 2);
    // Three iterations of gradient ascent are not the fixed point.
    let early = compare(&["--algorithm", "gd", "--iterations", "3"]);
    assert_eq!(early.status.code(), Some(1));
    // No prediction: no agreement either.
    let none = onsager(&[
        "compare",
        "--lambda",
        "0.5",
        "--n",
        "200",
        "--d",
        "100",
        "--instances",
        "2",
        "--iterations",
        "3",
    ]);
    assert_eq!(none.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&none.stdout).contains("no verdict"));
    refused(&compare(&["--instances", "1"]), &["instances"]);
    refused(
        &compare(&["--trajectory", "--algorithm", "lbfgs"]),
        &["algorithm"],
    );
    refused(&compare(&["--level", "-1"]), &["level"]);
    refused(&compare(&["--resolution", "nan"]), &["resolution"]);
}

#[test]
fn reproduce_writes_table_and_drawings_that_figure_redraws_to_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("UTF-8");
    for name in ["fig1-left", "fig1-right"] {
        let done = onsager(&[
            "reproduce",
            name,
            "--n",
            "200",
            "--d",
            "100",
            "--instances",
            "2",
            "--directory",
            path,
        ]);
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        let read = |extension: &str| {
            std::fs::read(folder.path().join(format!("{name}.{extension}"))).expect("written")
        };
        let (svg, png) = (read("svg"), read("png"));
        assert!(png.starts_with(b"\x89PNG"));
        let text = String::from_utf8(svg.clone()).expect("UTF-8");
        assert!(text.contains("<metadata>") && text.contains("seed"));
        let csv = String::from_utf8(read("csv")).expect("UTF-8");
        assert!(csv.starts_with("# program: onsager"));
        let redrawn = onsager(&["figure", name, "--directory", path]);
        assert!(redrawn.status.success());
        assert!(read("svg") == svg);
        assert!(read("png") == png);
    }
    refused(
        &onsager(&["figure", "fig1-left", "--directory", "/nonexistent"]),
        &["reproduce"],
    );
}

#[test]
fn what_a_figure_names_is_checked_before_anything_is_computed() {
    let folder = tempfile::tempdir().expect("a folder");
    let figures = Path::new(env!("CARGO_MANIFEST_DIR")).join("figures");
    let refuse = |name: &str, (from, to): (&str, &str), words: &[&str]| {
        let file = format!("{name}.toml");
        let text = std::fs::read_to_string(figures.join(&file)).expect("committed");
        assert!(text.contains(from), "{name}: {from}");
        std::fs::write(folder.path().join(&file), text.replace(from, to)).expect("written");
        let done = in_folder(folder.path(), &["reproduce", &file, "--directory", "out"]);
        refused(&done, &[&[file.as_str()], words].concat());
        assert!(!folder.path().join("out").exists(), "{name}");
    };
    let caption = ("caption = \"", "caption = \"{sead} ");
    for name in ["fig1-left", "fig1-right", "fig7", "dmft"] {
        refuse(
            name,
            caption,
            &["caption", "`sead`", "seed, settings, model"],
        );
    }
    refuse(
        "alignment",
        ("{theory}", "{theorem}"),
        &["`theorem`", "runs"],
    );
    refuse("phase-sk", ("{cells}", "{sells}"), &["`sells`", "lattice"]);
    let error = ("\"standard_error\"", "\"error\"");
    refuse(
        "fig1-right",
        error,
        &["no column `error`", "standard_error"],
    );
    let value = ("column = \"alpha\"", "column = \"alhpa\"");
    refuse(
        "phase-alpha-lambda",
        value,
        &["no column `alhpa`", "quadrature_error"],
    );
}

#[test]
fn messages_about_a_study_name_file_line_and_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let study = "[study]\nkind = \"diagram\"\nseed = 1\nmodel = { lambda = [1.0] }\n\
        x = { parameter = \"alpha\", from = 1, to = 2, points = 2 }\n\
        y = { parameter = \"strength\", from = 1, to = 2, points = 2 }\n";
    let refuse = |(from, to): (&str, &str), words: &[&str]| {
        assert!(study.contains(from));
        std::fs::write(folder.path().join("s.toml"), study.replacen(from, to, 1)).expect("written");
        refused(&in_folder(folder.path(), &["sweep", "s.toml"]), words);
    };
    let whole = "expected a whole number that is not negative";
    refuse(
        ("points = 2", "points = -1"),
        &["s.toml: line 5, points: ", "`-1`", whole],
    );
    refuse(
        ("points = 2", "points = 2.5"),
        &["s.toml: line 5, points: ", "`2.5`", whole],
    );
    refuse(
        ("points = 2", "points = '2'"),
        &["s.toml: line 5, points: ", "\"2\"", whole],
    );
    refuse(
        ("seed = 1", "seed = -1"),
        &["s.toml: line 3, seed: ", whole],
    );
    refuse(
        ("seed = 1", "seed = 1\nrefinement = { levels = -1 }"),
        &["s.toml: line 4, "],
    );
    refuse(
        ("seed = 1", "seed = 1\nsead = 1"),
        &["s.toml: line 4", "unknown field `sead`"],
    );
    let other = ("\"alpha\"", "\"lambda-1\"");
    let alpha = "alpha is missing: give it in [study.model], for example alpha = 2.0";
    refuse((other.0, "\"bias-1\""), &[alpha]);
}

#[test]
fn messages_name_the_field_and_are_short() {
    let refuse = |arguments: &[&str], words: &[&str]| {
        let done = onsager(arguments);
        refused(&done, words);
        assert!(
            done.stderr.len() < 600,
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    let branch = [
        "branch", "--alpha", "2", "--from", "0.9", "--to", "1.5", "--at", "2",
    ];
    refuse(&branch, &["at is 2", "from and to, in 0.9..=1.5"]);
    let many = vec!["1.5"; 20_000].join(",");
    let words = ["lambda is a list of 20000 strengths", "1 to 8"];
    refuse(&["solve", "--alpha", "2", "--lambda", &many], &words);
    let tiny = ["simulate", "--lambda", "1.5", "--alpha", "1000", "--n", "1"];
    refuse(
        &tiny,
        &["n is 1", "d = n/alpha rounds to 0", "alpha = 1000"],
    );
    refuse(
        &["solve", "--alpha", "1e300", "--lambda", "1.5"],
        &["alpha is 1e300"],
    );
    let sign = "\u{1b}[31m\u{202e}";
    let done = onsager(&["solve", &format!("no{sign}.toml")]);
    refused(&done, &["\\u{1b}[31m\\u{202e}"]);
    assert!(!String::from_utf8_lossy(&done.stderr).contains(sign));
}

#[test]
fn a_figure_names_its_table_in_messages() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
    };
    write(
        "f.toml",
        "data = \"f.csv\"\nsize = [109, 87]\n[[panel]]\n\
        x = { label = \"x\", column = \"x\" }\ny = { label = \"y\", column = \"y\" }\n\
        [[panel.series]]\nkind = \"line\"\nlabel = \"s\"\n",
    );
    let tables = ["", "x,y\n1\n", "x,z\n1,2\n", "x,y\n1,\u{1b}[2J\n", "x,y\n"];
    for table in tables {
        write("f.csv", table);
        let done = in_folder(folder.path(), &["figure", "f.toml"]);
        refused(&done, &["f.csv: "]);
        assert!(!done.stderr.contains(&0x1b), "{table}");
    }
}

#[test]
fn committed_figures_are_drawn_from_committed_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let figures = Path::new(env!("CARGO_MANIFEST_DIR")).join("figures");
    for name in [
        "fig1-left",
        "fig1-right",
        "fig7",
        "theorem1",
        "stationarity",
        "escape",
        "window",
        "starts",
        "starts-two",
        "units",
        "contrastive",
        "generalisation",
        "finite-size",
        "occlusion",
        "signals",
        "rsb",
        "maximum",
        "phase-rsb",
        "dmft",
        "dmft-two-time",
        "alignment",
        "phase-alpha-lambda",
        "phase-two-signals",
        "phase-ternary",
        "phase-sk",
        "phase-hopfield",
        "staircase",
        "spectrum",
        "learning-curve",
        "phase-rbm-bernoulli",
        "phase-rbm-gaussian",
        "phase-rbm-laplace",
    ] {
        let file = |extension: &str| format!("{name}.{extension}");
        std::fs::copy(figures.join(file("csv")), folder.path().join(file("csv")))
            .expect("committed");
        let path = folder.path().to_str().expect("UTF-8");
        let drawn = onsager(&["figure", name, "--directory", path]);
        assert!(
            drawn.status.success(),
            "{}",
            String::from_utf8_lossy(&drawn.stderr)
        );
        let committed = std::fs::read(figures.join(file("svg"))).expect("committed");
        let drawn = std::fs::read(folder.path().join(file("svg"))).expect("drawn");
        assert!(drawn == committed, "{name}");
    }
}

#[test]
fn extreme_numbers_are_refused_or_answered_at_once() {
    let solve = |more: &[&str]| onsager(&[&["solve"], more].concat());
    for lambda in ["1e20", "1e300", "1e7", "1e-30"] {
        refused(
            &solve(&["--alpha", "2", "--lambda", lambda]),
            &["lambda", "from"],
        );
    }
    for alpha in ["1e-50", "1e300", "1e-10"] {
        refused(
            &solve(&["--alpha", alpha, "--lambda", "1.5"]),
            &["alpha", "from"],
        );
    }
    let one = ["--alpha", "2", "--lambda", "1.5"];
    refused(&solve(&[&one[..], &["--bias", "1e17"]].concat()), &["bias"]);
    refused(
        &solve(&[&one[..], &["--tolerance", "0.5"]].concat()),
        &["tolerance"],
    );
    refused(
        &solve(&[&one[..], &["--max-nodes", "1"]].concat()),
        &["max-nodes"],
    );
    refused(
        &solve(&[&one[..], &["--tensor-units", "4"]].concat()),
        &["tensor-units"],
    );
    refused(
        &solve(&[&one[..], &["--start-m", "1e300", "--start-q", "1e300"]].concat()),
        &["start M"],
    );
    refused(
        &solve(&[&one[..], &["--config", "/dev/zero"]].concat()),
        &["/dev/zero"],
    );
    refused(
        &onsager(&[
            "simulate",
            "--lambda",
            "1.5",
            "--restarts",
            "18446744073709551615",
        ]),
        &["n is missing"],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_limit_of_the_address_space_is_honoured() {
    let limited = |arguments: &str| {
        let script = format!("ulimit -v 2000000 && exec \"$0\" {arguments}");
        Command::new("bash")
            .args(["-c", &script, env!("CARGO_BIN_EXE_onsager")])
            .output()
            .expect("a shell")
    };
    let simulate = "simulate --lambda 1.5 --n 40000 --d 20000 --instances 1 --iterations 1";
    refused(
        &limited(simulate),
        &["the data matrix needs", "MiB are available"],
    );
    let dmft = "dmft --alpha 2 --lambda 1.3 --start-m 0.3 --iterations 1500 --log2-paths 16";
    refused(
        &limited(dmft),
        &["the sampled paths needs", "MiB are available"],
    );
    let small = "simulate --lambda 1.5 --n 40 --d 20 --instances 1 --iterations 1 --threads 2";
    assert!(limited(small).status.success());
}

#[test]
fn too_few_sampling_points_are_an_outcome() {
    let reply = json(&onsager(&[
        "solve",
        "--alpha",
        "2",
        "--lambda",
        "1.5",
        "--tensor-units",
        "0",
        "--log2-points",
        "4",
        "--randomisations",
        "2",
        "--start",
        "planted",
        "--format",
        "json",
    ]));
    assert_eq!(reply["searches"][0]["outcome"], "quadrature-limit");
    assert!(reply["solutions"].as_array().expect("a list").is_empty());
}

#[test]
#[cfg(unix)]
fn outputs_never_replace_what_is_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("link.json");
    let target = folder.path().join("target.json");
    std::fs::write(&target, "old").expect("written");
    std::os::unix::fs::symlink(&target, &link).expect("linked");
    let solve =
        |path: &str| onsager(&["solve", "--alpha", "2", "--lambda", "1.5", "--output", path]);
    assert!(solve(link.to_str().expect("UTF-8")).status.success());
    assert!(link.symlink_metadata().expect("still there").is_symlink());
    assert!(
        std::fs::read_to_string(&target)
            .expect("readable")
            .contains("state evolution")
    );
    refused(&solve("/dev/null"), &["regular file"]);
    refused(
        &solve(folder.path().to_str().expect("UTF-8")),
        &["regular file"],
    );
}

#[test]
fn damaged_records_are_refused_with_their_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let simulate = || {
        let tail = [
            "6",
            "--instances",
            "2",
            "--record",
            "r.jsonl",
            "--format",
            "json",
            "--iterations",
            "4",
        ];
        in_folder(folder.path(), &[&["simulate"], &SMALL[..], &tail].concat())
    };
    json(&simulate());
    let path = folder.path().join("r.jsonl");
    let good = std::fs::read_to_string(&path).expect("readable");
    let lines: Vec<&str> = good.lines().collect();
    let damaged = [
        format!("{}\n{}\n{}\n", lines[0], lines[1], lines[1]),
        resealed(&format!(
            "{}\n{}\n",
            lines[0],
            lines[1].replace("\"m\":[[", "\"m\":[[1.0,2.0],[")
        )),
    ];
    for (text, word) in damaged.iter().zip(["line 3", "line 2"]) {
        std::fs::write(&path, text).expect("written");
        refused(&simulate(), &["r.jsonl", word]);
    }
    // Another run holds the record.
    std::fs::write(&path, &good).expect("written");
    let holder = std::fs::File::open(&path).expect("readable");
    holder.lock().expect("lockable");
    refused(&simulate(), &["in use"]);
}

/// equations/theory.md section 4; the whole line lies above the BBP threshold and rises towards
/// α = 1. A branch around its fold, with its events; what has no fixed point to begin with is
/// refused.
#[test]
fn branch_goes_around_its_fold() {
    let sparse = "sparse-ternary(rho=0.005)";
    let branch = |more: &[&str]| {
        let mut arguments = vec![
            "branch", "--alpha", "20", "--hidden", sparse, "--signal", sparse,
        ];
        arguments.extend(more);
        onsager(&arguments)
    };
    let done = branch(&["--from", "0.3", "--to", "1", "--format", "json"]);
    let reply = json(&done);
    let kinds: Vec<&str> = reply["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| event["kind"].as_str().expect("a kind"))
        .collect();
    assert_eq!(kinds, ["stability-change", "fold", "onset"]);
    let fold = reply["events"][1]["value"].as_f64().expect("a number");
    for point in reply["points"].as_array().expect("points") {
        assert!(point["value"].as_f64().expect("a number") >= fold - 1e-9);
        assert!(point["residual"].as_f64().expect("a number") < 1e-11);
    }
    // The same events along the other parameter: onset at the strength of the first run.
    let onset = reply["events"][2]["value"].as_f64().expect("a number");
    let strength = onset.to_string();
    let done = branch(&[
        "--lambda", &strength, "--along", "alpha", "--from", "5", "--to", "40", "--format", "json",
    ]);
    let events = json(&done)["events"].clone();
    let alpha = events[2]["value"].as_f64().expect("a number");
    assert!((alpha - 20.0).abs() < 1e-5, "{alpha}");
    let csv = branch(&["--from", "0.5", "--to", "1", "--format", "csv"]);
    let text = String::from_utf8(csv.stdout).expect("UTF-8");
    assert!(text.contains("arclength,lambda,zeta_11,replicon"), "{text}");
    for (arguments, expected) in [
        (&["--from", "1", "--to", "0.3"][..], "range"),
        (
            &["--from", "0.3", "--to", "1", "--at", "2"][..],
            "start of the branch",
        ),
        (
            &["--from", "0.3", "--to", "1", "--along", "lamda"][..],
            "did you mean \"lambda\"",
        ),
        (
            &["--from", "0.3", "--to", "1", "--along", "lambda-3"][..],
            "1 signals",
        ),
        (&["--from", "0.3", "--to", "1", "--width", "0"][..], "width"),
        (
            &["--from", "0.3", "--to", "1", "--largest-step", "-1"][..],
            "largest-step",
        ),
        (
            &["--from", "0.3", "--to", "1", "--start", "planted,weak"][..],
            "one start",
        ),
    ] {
        refused(&branch(arguments), &[expected]);
    }
    refused(
        &onsager(&["branch", "--alpha", "0.8", "--from", "1", "--to", "2"]),
        &["at is 2", "left-domain"],
    );
}

/// The whole branch below the line: its end at α = 2, its onset at α = 4.
#[test]
fn stability_follows_the_solution_to_its_end() {
    let done = onsager(&[
        "stability",
        "--over",
        "alpha",
        "--from",
        "2",
        "--to",
        "4",
        "--points",
        "2",
        "--end",
        "--format",
        "json",
    ]);
    let rows = json(&done)["rows"].clone();
    let number = |row: usize, key: &str| rows[row][key]["value"].as_f64();
    assert!((number(0, "end").expect("an end") - 0.9736356).abs() < 1e-6);
    assert_eq!(number(0, "onset"), None);
    assert!(
        rows[0]["onset"]["reason"]
            .as_str()
            .expect("a reason")
            .contains("ends before")
    );
    assert!((number(1, "onset").expect("an onset") - 0.7469441).abs() < 1e-6);
    assert_eq!(number(1, "end"), None);
    assert_eq!(number(1, "jump"), None);
}

#[test]
fn stability_locates_the_at_line() {
    let reply = json(&onsager(&[
        "stability",
        "--alpha",
        "2",
        "--end",
        "--format",
        "json",
    ]));
    let row = &reply["rows"][0];
    let number = |value: &Value| value.as_f64().expect("a number");
    assert!((number(&row["at"]["value"]) - 1.1699668).abs() < 1e-6);
    assert!(number(&row["at"]["residual"]) < 1e-6);
    assert!(number(&row["end"]["value"]) < 1.1699668);
    let reply = json(&onsager(&[
        "stability",
        "--over",
        "alpha",
        "--from",
        "1.05",
        "--to",
        "8",
        "--points",
        "12",
        "--format",
        "json",
    ]));
    let rows = reply["rows"].as_array().expect("a list");
    let line: Vec<f64> = rows.iter().map(|row| number(&row["at"]["value"])).collect();
    assert!(
        rows.iter()
            .zip(&line)
            .all(|(row, at)| *at > number(&row["bbp"])),
        "{line:?}"
    );
    assert!(
        line.windows(2).all(|pair| pair[0] > pair[1]) && line[0] > 2.0,
        "{line:?}"
    );
    let alpha = json(&onsager(&[
        "stability",
        "--lambda",
        "1.1699668",
        "--format",
        "json",
    ]));
    assert!((number(&alpha["rows"][0]["at"]["value"]) - 2.0).abs() < 1e-5);
    // No stable solution: no number, and why.
    let none = json(&onsager(&[
        "stability",
        "--alpha",
        "0.9",
        "--format",
        "json",
    ]));
    assert!(none["rows"][0]["at"]["value"].is_null());
    assert!(
        none["rows"][0]["at"]["reason"]
            .as_str()
            .expect("said")
            .contains("alpha ≤ 1")
    );
    refused(&onsager(&["stability"]), &["alpha"]);
    refused(
        &onsager(&["stability", "--over", "beta"]),
        &["alpha or strength"],
    );
    refused(
        &onsager(&["stability", "--alpha", "2", "--from", "1"]),
        &["--over"],
    );
    refused(
        &onsager(&["stability", "--over", "alpha", "--from", "3", "--to", "2"]),
        &["must rise"],
    );
    refused(
        &onsager(&["stability", "--alpha", "2", "--width", "0"]),
        &["width"],
    );
}

/// The line of de Almeida and Thouless of a potential, and bad flags.
#[test]
fn stability_follows_a_potential() {
    let with = |along: &str, more: &[&str]| {
        let mut arguments = vec![
            "stability",
            "sk",
            "--start",
            "ferromagnetic",
            "--along",
            along,
        ];
        arguments.extend([
            "--within", "0.1", "1.9", "--at", "1", "--from", "1.25", "--to", "1.5",
        ]);
        arguments.extend(["--points", "2"]);
        arguments.extend(more);
        onsager(&arguments)
    };
    let reply = json(&with("T", &["--over", "J0", "--format", "json"]));
    let events = reply["rows"][1]["events"].as_array().expect("events");
    let of = |kind: &str| {
        let own = events.iter().find(|event| event["kind"] == kind);
        own.and_then(|event| event["value"].as_f64())
            .expect("located")
    };
    assert!((of("onset") - 1.5).abs() < 1e-6, "{events:?}");
    assert!(
        (of("stability-change") - 0.27502868).abs() < 1e-6,
        "{events:?}"
    );
    refused(&with("T", &[]), &["over is missing", "--within"]);
    refused(&with("T", &["--over", "T"]), &["another parameter"]);
    refused(
        &with("Tc", &["--over", "J0"]),
        &["is not a parameter of sk"],
    );
    refused(&with("T", &["--over", "J0", "--end"]), &["end is given"]);
    let model = ["stability", "--alpha", "2", "--along", "lambda"];
    refused(&onsager(&model), &["belongs to a potential"]);
}

/// Branches of a potential, in both forms, and bad flags.
#[test]
fn branch_follows_a_potential() {
    let branch = |more: &[&str]| {
        let mut arguments = vec!["branch", "sk", "--set", "J0=1.5", "--along", "T"];
        arguments.extend(["--from", "0.1", "--to", "1.4"]);
        arguments.extend(more);
        onsager(&arguments)
    };
    let reply = json(&branch(&["--format", "json"]));
    let event = &reply["events"][0];
    assert_eq!(event["kind"], "stability-change");
    assert!((event["value"].as_f64().expect("a number") - 0.27502868).abs() < 1e-7);
    assert_eq!(reply["points"][0]["nature"], "stable");
    let csv = String::from_utf8(branch(&["--format", "csv"]).stdout).expect("UTF-8");
    let columns = "arclength,T,m,q,value,eigenvalue,replicon,energy_per_spin,direction";
    assert!(csv.contains(columns), "{csv}");
    for (more, expected) in [
        (&["--along", "lambda"][..], "cannot be used multiple times"),
        (
            &["--start", "planted"][..],
            "ferromagnetic, glass, paramagnetic",
        ),
        (&["--start", "glass,paramagnetic"][..], "one start"),
        (&["--alpha", "2"][..], "a flag of the model"),
        (&["--set", "T2=1"][..], "no such parameter"),
        (&["--at", "3"][..], "start of the branch"),
    ] {
        refused(&branch(more), &[expected]);
    }
    let along = [
        "branch", "sk", "--along", "Tc", "--from", "0.1", "--to", "1",
    ];
    refused(&onsager(&along), &["is not a parameter of sk"]);
    let set = ["branch", "--set", "J0=1", "--from", "0.1", "--to", "1"];
    refused(&onsager(&set), &["--set belongs to a potential"]);
}

/// Processes that a launcher of MPI started together would all do the same where the program has no
/// MPI: what shares its work says so, once; commands that share nothing go their own ways.
#[cfg(not(feature = "mpi"))]
#[test]
fn without_mpi_processes_do_not_share_a_simulation() {
    let started = |rank: &str, arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_onsager"))
            .args(arguments)
            .env("OMPI_COMM_WORLD_RANK", rank)
            .env("OMPI_COMM_WORLD_SIZE", "4")
            .output();
        output.expect("it starts")
    };
    let small = [
        "simulate",
        "--lambda",
        "1.5",
        "--n",
        "40",
        "--d",
        "20",
        "--instances",
        "1",
    ];
    refused(&started("0", &small), &["4 processes", "--features mpi"]);
    let other = started("3", &small);
    assert_eq!(other.status.code(), Some(2));
    assert!(other.stderr.is_empty() && other.stdout.is_empty());
    let solved = started("3", &["solve", "--alpha", "2", "--lambda", "1.5"]);
    assert!(solved.status.success() && !solved.stdout.is_empty());
}
