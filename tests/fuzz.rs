//! Random input: formulas, and mutated definitions, studies, figures, tables and records. Nothing
//! panics or hangs, and what is accepted is right.
//!
//! `ONSAGER_FUZZ_CASES` is the number of cases of each test, `ONSAGER_FUZZ_SEED` where the random
//! numbers begin; `.ci/fuzz` goes on with other seeds for as long as asked.

#[path = "fuzz/formula.rs"]
mod formula;
#[path = "fuzz/mutation.rs"]
mod mutation;

use mutation::{Edit, edits, mutated};
use onsager::definitions::{Catalogue, Definition};
use onsager::equations::{Notation, describe};
use onsager::figure::{FigureSpec, render_svg};
use onsager::numerics::Matrix;
use onsager::order_parameters::OrderParameters;
use onsager::record::{Loaded, RecordedRun, write_record};
use onsager::simulation::RunOutcome;
use onsager::study::{Study, parse_study};
use onsager::sweep::Sweep;
use onsager::table::Table;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseResult, TestRunner};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longest time of one case.
const LIMIT: Duration = Duration::from_secs(20);

/// Runs cases: `usual` of them, unless the environment asks for another number.
fn fuzz<S: Strategy>(usual: u32, strategy: S, test: impl Fn(S::Value) -> TestCaseResult) {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let cases = number("ONSAGER_FUZZ_CASES").map_or(usual, |cases| cases as u32);
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(number("ONSAGER_FUZZ_SEED").unwrap_or(1)),
        failure_persistence: None,
        max_shrink_time: 60_000,
        max_global_rejects: u32::MAX,
        ..Config::default()
    };
    let timed = |value| {
        let begin = Instant::now();
        let result = test(value);
        let time = begin.elapsed();
        prop_assert!(time < LIMIT, "took {time:?}");
        result
    };
    if let Err(error) = TestRunner::new(config).run(&strategy, timed) {
        panic!("{error}");
    }
}

/// Files of a folder of the repository that end so, with their texts.
fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut all: Vec<_> = paths
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("text");
            (path, text)
        })
        .collect();
    all.sort();
    all
}

/// One of some texts, mutated.
fn mutants(texts: Vec<String>) -> impl Strategy<Value = String> {
    (prop::sample::select(texts), edits()).prop_map(|(text, edits)| {
        String::from_utf8_lossy(&mutated(text.as_bytes(), &edits)).into_owned()
    })
}

fn texts(files: Vec<(PathBuf, String)>) -> Vec<String> {
    files.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn formulas_mean_what_is_written() {
    fuzz(5000, formula::cases(), |case| formula::agrees(&case));
}

#[test]
fn mutated_definitions_are_refused_or_consistent() {
    let mut all = texts(files("equations/priors", ".toml"));
    all.extend(texts(files("equations/potentials", ".toml")));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mutant.toml");
    fuzz(600, mutants(all), |text| {
        std::fs::write(&path, text).expect("writable");
        match Catalogue::default().definition(&path.to_string_lossy()) {
            Ok(definition) => consistent(&definition),
            Err(error) => {
                prop_assert!(
                    error.to_string().contains("mutant.toml") || is_named(&error.to_string()),
                    "{error}"
                );
                Ok(())
            }
        }
    });
}

/// Errors of other files that a definition names.
fn is_named(message: &str) -> bool {
    message.contains(" is ")
}

fn consistent(definition: &Definition) -> TestCaseResult {
    let page = describe(definition, Notation::Unicode);
    if let Definition::Prior(prior) = definition {
        let laws = [prior.signal_law(), prior.hidden_law()];
        prop_assert!(page.is_ok() || laws.iter().all(Result::is_err), "{page:?}");
        prop_assert!(!prior.fingerprint().is_empty());
    }
    Ok(())
}

#[test]
fn mutated_studies_are_refused_or_possible() {
    let mut all = texts(files("figures", ".toml"));
    for name in [
        "diagram",
        "plane",
        "strengths",
        "trajectory",
        "dynamics",
        "solutions",
    ] {
        all.extend(texts(files(
            "tests/battery/inputs",
            &format!("{name}.toml"),
        )));
    }
    fuzz(1000, mutants(all), |text| {
        let _ = FigureSpec::parse(&text);
        if let Ok(Study::Diagram(study)) = parse_study(&text, "mutant") {
            let _ = Sweep::new(&study).map(|sweep| sweep.expected());
        }
        Ok(())
    });
}

#[test]
fn mutated_figures_are_refused_or_drawn() {
    let mut pairs = Vec::new();
    for (name, table) in [("line", "line"), ("heat", "heat"), ("regions", "heat")] {
        let read = |name: String| texts(files("tests/battery/inputs", &name)).remove(0);
        pairs.push((read(format!("{name}.toml")), read(format!("{table}.csv"))));
    }
    let strategy = (prop::sample::select(pairs), edits(), edits(), 0..3);
    let text = |text: &str, edits: &[Edit]| {
        String::from_utf8_lossy(&mutated(text.as_bytes(), edits)).into_owned()
    };
    fuzz(1000, strategy, |((figure, table), first, second, which)| {
        let figure = if which == 0 {
            figure
        } else {
            text(&figure, &first)
        };
        let table = if which == 1 {
            table
        } else {
            text(&table, &second)
        };
        if let (Ok(figure), Ok(table)) = (FigureSpec::parse(&figure), Table::read(&table))
            && let Ok(drawn) = render_svg(&figure, &table)
        {
            prop_assert!(drawn.starts_with("<svg") || drawn.starts_with("<?xml"));
            let tags = drawn.split('<').filter_map(|part| part.split('>').next());
            for tag in tags {
                prop_assert!(!tag.contains("NaN") && !tag.contains("inf"), "{tag}");
            }
        }
        Ok(())
    });
}

#[test]
fn mutated_tables_are_refused_or_kept() {
    let mut all = texts(files("tests/battery/inputs", ".csv"));
    all.push("# a: b\n\"x, y\",\"\"\"\",c\n1e300,nan,\n-0,true,\"a\nb\"\n".into());
    fuzz(20_000, mutants(all), |text| {
        if let Ok(table) = Table::read(&text) {
            let again = Table::read(&table.write());
            prop_assert_eq!(again, Ok(table));
        }
        Ok(())
    });
}

/// A record of some runs, its text, and the runs.
fn record(folder: &Path) -> (Vec<u8>, Vec<RecordedRun>) {
    let run = |instance: u64| {
        let x = (instance as f64 + 1.0).sqrt();
        let order = OrderParameters {
            m: Matrix::from_element(1, 1, x),
            q: Matrix::from_element(1, 1, x * x + 0.1),
        };
        RecordedRun {
            instance,
            outcome: RunOutcome::Converged,
            residual: Some(x * 1e-7),
            log_likelihood: instance.is_multiple_of(2).then_some(x),
            gradient_rms: None,
            trajectory: vec![order.clone(), order],
        }
    };
    let runs: Vec<RecordedRun> = (0..6).map(run).collect();
    let path = folder.join("whole.record");
    write_record(&path, &serde_json::json!({"seed": 1}), &runs).expect("a record");
    (std::fs::read(path).expect("readable"), runs)
}

/// Whole lines survive, damaged ones are left out, and no number is accepted that was not written.
#[test]
fn mutated_records_have_no_wrong_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    let (bytes, runs) = record(folder.path());
    let whole: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    let path = folder.path().join("mutant.record");
    fuzz(5000, edits(), |edits| {
        let mutant = mutated(&bytes, &edits);
        std::fs::write(&path, &mutant).expect("writable");
        let mut lines: Vec<&[u8]> = mutant.split(|&byte| byte == b'\n').collect();
        // What follows the last end of a line is no line yet.
        lines.pop();
        match Loaded::<RecordedRun>::read(&path) {
            Ok(Some(found)) => {
                prop_assert_eq!(lines[0], whole[0]);
                for entry in &found.entries {
                    prop_assert!(runs.contains(entry), "{:?}", entry);
                }
                let kept = lines[1..]
                    .iter()
                    .filter(|line| whole[1..7].contains(line))
                    .count();
                prop_assert_eq!(found.entries.len(), kept);
                prop_assert_eq!(found.entries.len() + found.damaged.len(), lines.len() - 1);
            }
            Ok(None) => prop_assert!(lines.is_empty()),
            Err(_) => prop_assert!(lines.first() != Some(&whole[0])),
        }
        Ok(())
    });
}
