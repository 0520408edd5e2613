//! Definitions as a user meets them: the commands around them, the recipe, new hidden units, and
//! generated pages.

mod binary;

use binary::{in_folder, json, onsager, refused};
use serde_json::Value;
use std::fs;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn text(arguments: &[&str]) -> String {
    let output = onsager(arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is not a number"))
}

#[test]
fn every_definition_passes_its_checks() {
    let reply = json(&onsager(&["equations", "check", "--format", "json"]));
    assert_eq!(reply["failed"], 0, "{reply:#}");
    let checks = reply["checks"].as_array().expect("a list");
    // f and D against differences and integrals for |z| ≤ 30, to 1e-9, for every prior that can be
    // hidden units.
    for name in [
        "rademacher",
        "gaussian",
        "uniform",
        "ternary",
        "sparse-ternary",
        "one-hot-3",
    ] {
        let derivatives: Vec<&Value> = checks
            .iter()
            .filter(|check| {
                check["definition"] == name
                    && check["limit"] == 1e-9
                    && check["detail"] == "|z| ≤ 30"
            })
            .collect();
        assert!(derivatives.len() >= 4, "{name}: {derivatives:?}");
        for check in derivatives {
            assert!(number(&check["measured"]) <= 1e-9, "{check}");
        }
    }
    for name in ["scalar-rbm", "gaussian-rbm"] {
        let found = checks.iter().find(|check| {
            check["definition"] == name && check["check"] == "fixed point against state evolution"
        });
        assert!(number(&found.expect("compared")["measured"]) <= 1e-8);
    }
}

#[test]
fn a_wrong_formula_fails_its_check() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, formula: &str, sampler: &str| {
        let text = format!(
            "kind = \"prior\"\ntitle = \"t\"\nsource = \"s\"\nvariables = [\"z\"]\nlog_mgf = \"{formula}\"\n{sampler}"
        );
        fs::write(folder.path().join(name), text).expect("writable");
    };
    let uniform = "sampler = \"uniform(-sqrt(3), sqrt(3))\"\n";
    write("concave.toml", "z*tanh(z)", "");
    write(
        "wide.toml",
        "ln_sinhc(2*z)",
        "sampler = \"uniform(-2, 2)\"\n",
    );
    write("shifted.toml", "ln_cosh(z) + 0.1", "");
    write("other.toml", "ln_sinhc(2*z)", uniform);
    write("nowhere.toml", "ln(sinh(z)) - ln(z)", "");
    for (name, words) in [
        (
            "shifted.toml",
            [":5:12:", "not normalised", "subtract that value"],
        ),
        (
            "other.toml",
            [":5:12:", "not that of the sampler", "correct one"],
        ),
        (
            "nowhere.toml",
            [":5:12:", "NaN where its variables are 0", "smooth function"],
        ),
    ] {
        refused(
            &in_folder(folder.path(), &["equations", "check", name]),
            &words,
        );
    }
    for (name, words) in [
        ("concave.toml", "convexity"),
        ("wide.toml", "mean and variance"),
    ] {
        let output = in_folder(folder.path(), &["equations", "check", name]);
        let table = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{name}: {table}");
        let failed: Vec<&str> = table
            .lines()
            .filter(|line| line.contains("  no "))
            .collect();
        assert!(
            failed.iter().any(|line| line.contains(words)),
            "{name}: {table}"
        );
    }
}

#[test]
fn list_and_show_print_sources_and_formulas() {
    let list = text(&["equations", "list"]);
    for name in [
        "rademacher",
        "scalar-rbm",
        "sherrington-kirkpatrick",
        "decelle2017",
    ] {
        assert!(list.contains(name), "{list}");
    }
    let shown = text(&["equations", "show", "rademacher"]);
    for formula in [
        "η₁(z) = ln cosh(z)",
        "f(z) = tanh(z)",
        "D(z) = sech²(z)",
        "η₂(Q) = Q/2",
    ] {
        assert!(shown.contains(formula), "{shown}");
    }
    let latex = text(&["equations", "show", "sk", "--latex"]);
    assert!(
        latex.contains(r"m = \mathbb{E}_{x \sim \mathcal{N}"),
        "{latex}"
    );
    refused(
        &onsager(&["equations", "show", "rademachr"]),
        &["rademachr", "did you mean \"rademacher\""],
    );
}

#[test]
fn generated_pages_are_those_in_the_repository() {
    let reference = fs::read_to_string(format!("{ROOT}/equations/REFERENCE.md")).expect("readable");
    assert!(
        text(&["equations", "reference"]) == reference,
        "run: onsager equations reference > equations/REFERENCE.md"
    );
    let page = format!("{ROOT}/docs/your-own-unit.md");
    let page = fs::read_to_string(page).expect("readable");
    let summary = text(&["equations", "reference", "--summary"]);
    assert!(
        page.contains(&format!(
            "<!-- onsager equations reference --summary -->\n{summary}<!-- end -->"
        )),
        "replace the table of hidden units in docs/your-own-unit.md by the output of: onsager equations reference --summary"
    );
}

/// Code blocks of that language in a section of a Markdown file, without indentation.
fn blocks(markdown: &str, heading: &str, language: &str) -> Vec<String> {
    let section = markdown.split(heading).nth(1).expect("the heading exists");
    let mut blocks = Vec::new();
    let mut lines = section.lines().map(str::trim_start);
    while let Some(line) = lines.next() {
        if line == format!("```{language}") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(block.join("\n"));
        }
    }
    blocks
}

#[test]
fn the_recipe_for_a_hidden_unit_works() {
    let markdown = fs::read_to_string(format!("{ROOT}/equations/README.md")).expect("readable");
    let heading = "## Add a hidden unit in ten minutes";
    let folder = tempfile::tempdir().expect("a folder");
    let file = &blocks(&markdown, heading, "toml")[0];
    fs::write(folder.path().join("triangular.toml"), file).expect("writable");
    let commands: Vec<String> = blocks(&markdown, heading, "sh")
        .iter()
        .flat_map(|block| block.lines().map(String::from).collect::<Vec<_>>())
        .collect();
    assert_eq!(commands.len(), 4);
    for command in commands {
        let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
        let output = in_folder(folder.path(), &arguments);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{command}: {printed}{complaint}");
    }
}

/// A hidden unit that is not built in, given by one formula: state evolution, AMP and their
/// comparison.
#[test]
fn a_new_hidden_unit_agrees_with_its_simulation() {
    let folder = tempfile::tempdir().expect("a folder");
    let definition = "kind = \"prior\"\ntitle = \"Uniform on [-√3, √3]\"\nsource = \"test\"\nvariables = [\"z\"]\n\
                      log_mgf = \"ln(sinh(sqrt(3)*z)/(sqrt(3)*z))\"\n";
    fs::write(folder.path().join("flat.toml"), definition).expect("writable");
    let model = [
        "--lambda",
        "1.6",
        "--hidden",
        "flat.toml",
        "--format",
        "json",
    ];
    let run = |arguments: &[&str]| json(&in_folder(folder.path(), &[arguments, &model].concat()));
    let solved = run(&["solve", "--alpha", "2"]);
    assert_eq!(solved["solutions"][0]["outcome"], "converged");
    let built_in = json(&onsager(&[
        "solve", "--alpha", "2", "--lambda", "1.6", "--hidden", "uniform", "--format", "json",
    ]));
    assert_eq!(solved["solutions"][0]["m"], built_in["solutions"][0]["m"]);
    let size = [
        "--n",
        "4000",
        "--d",
        "2000",
        "--algorithm",
        "amp",
        "--start",
        "planted",
        "--instances",
        "8",
    ];
    let simulated = run(&[["simulate"].as_slice(), &size].concat());
    assert_eq!(simulated["outcomes"], "converged 8", "{simulated:#}");
    let compared = run(&[["compare"].as_slice(), &size].concat());
    // A slow direction leaves these eight instances too few for the default resolution of a
    // verdict, but nothing differs.
    assert_ne!(compared["verdict"], "disagrees", "{compared:#}");
    for row in compared["rows"].as_array().expect("a list") {
        assert!(number(&row["deviation"]).abs() < 4.0, "{row}");
    }
}

#[test]
fn potentials_are_solved_by_name_and_by_path() {
    let path = format!("{ROOT}/equations/potentials/rbm-thermodynamics.toml");
    let flags = ["--set", "w=1.5", "--set", "sigma=0.8", "--format", "json"];
    let by_path = json(&onsager(
        &[["solve", path.as_str()].as_slice(), &flags].concat(),
    ));
    let by_name = json(&onsager(
        &[["solve", "rbm-thermodynamics"].as_slice(), &flags].concat(),
    ));
    assert_eq!(by_path["fixed_points"], by_name["fixed_points"]);
    let best = &by_path["fixed_points"][0];
    assert_eq!(best["outcome"], "converged");
    assert_eq!(best["stable"], true);
    // Section 7 of the specification of arXiv:1708.02917: instance R1.
    for (name, expected) in [
        ("m", 0.6273666778),
        ("q", 0.6256616414),
        ("mbar", 0.6810819392),
        ("qbar", 0.4303375559),
    ] {
        assert!(
            (number(&best["order_parameters"][name]).abs() - expected).abs() < 1e-9,
            "{best}"
        );
    }
    let other = json(&onsager(&[
        "solve",
        "rbm-thermodynamics",
        "--set",
        "component=laplace",
        "--random-starts",
        "0",
        "--format",
        "json",
    ]));
    let value = number(&other["fixed_points"][0]["value"]);
    assert!((value - 1.8258750085).abs() < 1e-9, "{value}");
}

#[test]
fn bad_definitions_name_place_reason_and_hint() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.toml");
    let potential = |expression: &str, average: &str| {
        format!(
            "kind = \"potential\"\ntitle = \"t\"\nsource = \"s\"\nvariables = [\"x\"]\nlet = [\"h = q*x\"]\n\
             [[order_parameters]]\nname = \"q\"\ndomain = \"[0, 1]\"\n\
             [[terms]]\nexpression = \"{expression}\"\naverage = [{average}]\n\
             [[starts]]\nname = \"s\"\nq = 0.5\n"
        )
    };
    for (text, words) in [
        (
            potential("ln_cosh(h", "\"x ~ normal\""),
            vec!["mine.toml:10:", "never closed", "add \")\""],
        ),
        (
            potential("ln_cosh(hh)", "\"x ~ normal\""),
            vec![":10:23:", "unknown name \"hh\""],
        ),
        (
            potential("ln_coth(h)", "\"x ~ normal\""),
            vec![":10:15:", "unknown function", "did you mean \"ln_cosh\""],
        ),
        (
            potential("h/q", "\"x ~ normal\""),
            vec![":10:17:", "divides by q, which can be 0", "(0, 1]"],
        ),
        (
            potential("sqrt(q)*h", "\"x ~ normal\""),
            vec![":10:15:", "root", "normal(0, q)"],
        ),
        (
            potential("h^2", "\"y ~ normal\""),
            vec![":11:13:", "undeclared variable \"y\"", "variables"],
        ),
        (
            potential("h^2", ""),
            vec![":10:15:", "not averaged over", "x ~ normal"],
        ),
        (
            potential("h^2", "\"x ~ gausian\""),
            vec![":11:17:", "did you mean \"gaussian\""],
        ),
        (
            potential("h^2", "\"x ~ normal\"").replace("q*x", "q*g"),
            vec![":5:15:", "unknown name \"g\""],
        ),
    ] {
        fs::write(&path, text).expect("writable");
        refused(&in_folder(folder.path(), &["solve", "mine.toml"]), &words);
    }
    let prior =
        "kind = \"prior\"\ntitle = \"t\"\nsource = \"s\"\natoms = [-1, 1]\nweights = [0.5, 0.4]\n";
    fs::write(&path, prior).expect("writable");
    refused(
        &in_folder(
            folder.path(),
            &[
                "solve",
                "--lambda",
                "1.5",
                "--alpha",
                "2",
                "--hidden",
                "mine.toml",
            ],
        ),
        &["mine.toml:5:12:", "not normalised", "add up to 0.9"],
    );
    refused(
        &in_folder(folder.path(), &["solve", "mine.toml"]),
        &["is a prior", "--hidden"],
    );
    refused(
        &onsager(&["solve", "sk", "--set", "TT=1"]),
        &["TT", "did you mean \"T\""],
    );
    refused(
        &onsager(&["solve", "sk", "--set", "T=-1"]),
        &["T=-1", "(0, ∞)"],
    );
    refused(&onsager(&["solve", "sk", "--alpha", "2"]), &["--set"]);
    refused(
        &onsager(&["solve", "--alpha", "2", "--lambda", "1", "--set", "T=1"]),
        &["potential"],
    );
}

#[test]
fn a_folder_of_definitions_comes_before_the_built_in_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let wide = "kind = \"prior\"\ntitle = \"Wide\"\nsource = \"s\"\natoms = [-2, 2]\nweights = [\"1/2\", \"1/2\"]\n";
    fs::write(folder.path().join("rademacher.toml"), wide).expect("writable");
    let folder = folder.path().to_str().expect("UTF-8");
    let shown = text(&["equations", "show", "rademacher", "--equations", folder]);
    assert!(
        shown.contains("Wide") && shown.contains("ln cosh(2 z)"),
        "{shown}"
    );
    let solve = |extra: &[&str]| {
        let flags = [
            "solve",
            "--alpha",
            "4",
            "--lambda",
            "2",
            "--hidden",
            "rademacher",
            "--signal",
            "bernoulli",
            "--visible-signal",
            "bernoulli",
            "--format",
            "json",
        ];
        json(&onsager(&[flags.as_slice(), extra].concat()))
    };
    let (own, wide) = (solve(&[]), solve(&["--equations", folder]));
    // h = 2 h' with h' = ±1: z' = 2z, so that the weights are halved.
    let ratio = number(&own["solutions"][0]["m"][0][0]) / number(&wide["solutions"][0]["m"][0][0]);
    assert!((ratio - 2.0).abs() < 1e-8, "{ratio}");
}

/// Every start leads to a point, and what tells of its stability comes with an error.
#[test]
fn a_spin_glass_at_low_temperature() {
    let flags = ["solve", "sk", "--set", "T=0.1", "--random-starts", "3"];
    let reply = json(&onsager(&[&flags[..], &["--format", "json"]].concat()));
    let points = reply["fixed_points"].as_array().expect("a list");
    assert_eq!(points.len(), 2, "{reply:#}");
    for point in points {
        assert_eq!(point["outcome"], "converged", "{point:#}");
        assert_eq!(point["stable"], false);
        assert!(number(&point["replicon"]) > 5.0);
        for error in ["rate_error", "replicon_error", "quadrature_error"] {
            assert!(number(&point[error]) < 1e-9, "{error}: {point:#}");
        }
    }
    let overlaps = points
        .iter()
        .map(|point| number(&point["order_parameters"]["q"]));
    assert!((overlaps.fold(0.0, f64::max) - 0.917051).abs() < 1e-6);
}

#[test]
fn a_run_is_cited_by_what_it_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let output = in_folder(folder.path(), arguments);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    run(&["solve", "sk", "--format", "json", "--output", "sk.json"]);
    let bibtex = run(&["cite", "sk.json"]);
    assert!(
        bibtex.contains("@article{sherrington1975,") && bibtex.contains("@article{almeida1978,"),
        "{bibtex}"
    );
    assert!(!bibtex.contains("xu2025"), "{bibtex}");
    run(&[
        "simulate",
        "--lambda",
        "1.5",
        "--n",
        "200",
        "--d",
        "100",
        "--instances",
        "1",
        "--record",
        "run.jsonl",
    ]);
    let bibtex = run(&["cite", "run.jsonl"]);
    assert!(bibtex.contains("@misc{xu2025,"), "{bibtex}");
    let bibtex = run(&["cite", "uniform"]);
    assert!(bibtex.contains("@article{decelle2017,"), "{bibtex}");
    refused(
        &in_folder(folder.path(), &["cite", "missing.json"]),
        &["missing.json"],
    );
}
