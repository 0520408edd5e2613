//! Pictures without a specification, the demonstration, checks of tables, and forms of replies.

mod binary;

use binary::{in_folder, json, onsager, refused};
use onsager::table::Table;
use std::fs;
use std::path::Path;
use std::process::Output;

fn text(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn begins(path: &Path, with: &[u8]) {
    let bytes = fs::read(path).expect("a drawing");
    assert!(bytes.starts_with(with), "{}", path.display());
    assert!(bytes.len() > 2000, "{}", path.display());
}

/// The main table of a command, from its CSV.
fn table(arguments: &[&str]) -> Table {
    Table::read(&text(&onsager(&[arguments, &["--format", "csv"]].concat()))).expect("a table")
}

const RANGE: [&str; 5] = ["solve", "--alpha", "2", "--lambda", "0.8:1.6:5"];

#[test]
fn a_range_of_strengths_is_solved_and_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for (name, magic) in [
        ("a.svg", &b"<svg"[..]),
        ("a.png", b"\x89PNG"),
        ("a.PDF", b"%PDF"),
    ] {
        let shown = text(&in_folder(at, &[&RANGE[..], &["--plot", name]].concat()));
        assert!(shown.contains("0.871650259") || shown.contains("1.400000000"));
        begins(&at.join(name), magic);
    }
    // Each row is what `solve` says there.
    let range = table(&RANGE);
    for (row, strength) in ["0.8", "1", "1.2", "1.4", "1.6"].iter().enumerate() {
        let alone = ["solve", "--alpha", "2", "--lambda", strength, "--rsb", "1"];
        let alone = table(&alone);
        assert!(range.get(row, "lambda").is_written(strength), "{strength}");
        for column in ["zeta", "m", "q", "replicon", "state", "log_likelihood"] {
            assert_eq!(
                range.get(row, column),
                alone.get(0, column),
                "{strength} {column}"
            );
        }
    }
}

#[test]
fn a_specification_is_a_start_for_ones_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let both = ["--plot", "direct.svg", "--plot-spec", "own.toml"];
    text(&in_folder(at, &[&RANGE[..], &both].concat()));
    text(&in_folder(at, &["figure", "own.toml"]));
    let svg = |name: &str| fs::read_to_string(at.join(name)).expect("a drawing");
    assert_eq!(svg("direct.svg"), svg("own.svg"));
    let specification = fs::read_to_string(at.join("own.toml")).expect("a specification");
    assert!(
        specification.contains("data = \"own.csv\""),
        "{specification}"
    );
    // It can be changed.
    let changed = specification.replace("overlap *ζ*", "alignment");
    fs::write(at.join("own.toml"), changed).expect("writable");
    text(&in_folder(at, &["figure", "own.toml"]));
    assert_ne!(svg("direct.svg"), svg("own.svg"));
}

#[test]
fn other_answers_are_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for (place, command) in [
        "evolve --alpha 2 --lambda 1.5,1.3 --iterations 8",
        "evolve --alpha 2 --lambda 1.5 --algorithm gd --iterations 4 --log2-paths 8",
        "dmft --alpha 2 --lambda 1.3 --start-m 0.3 --iterations 4 --log2-paths 8",
        "compare --alpha 2 --lambda 1.6 --d 100 --instances 3 --algorithm lbfgs --level 0.0001",
        "stability --over alpha --from 1.5 --to 4 --points 4",
        "branch --alpha 2 --lambda 1 --along lambda --from 0.9 --to 2",
        "branch sk --along T --from 0.3 --to 1.4 --set J0=1.5",
    ]
    .iter()
    .enumerate()
    {
        let name = format!("{place}.svg");
        let mut words: Vec<&str> = command.split(' ').collect();
        words.extend(["--plot", &name]);
        let output = in_folder(at, &words);
        assert_ne!(output.status.code(), Some(2), "{command}: {output:?}");
        begins(&at.join(&name), b"<svg");
    }
}

const DIAGRAM: &str = r#"
[study]
kind = "diagram"
seed = 1
boundaries = ["bbp", "at"]
[study.model]
lambda = [1.0]
[study.x]
parameter = "alpha"
from = 1.5
to = 4.0
points = 4
[study.y]
parameter = "lambda"
from = 0.6
to = 2.0
points = 4
"#;

/// A study without panels is drawn by `sweep --plot`, by `reproduce`, and again by `figure`.
#[test]
fn a_study_without_panels_is_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("plane.toml"), DIAGRAM).expect("writable");
    text(&in_folder(
        at,
        &["sweep", "plane.toml", "--plot", "swept.svg"],
    ));
    begins(&at.join("swept.svg"), b"<svg");
    text(&in_folder(
        at,
        &["reproduce", "plane.toml", "--directory", "."],
    ));
    begins(&at.join("plane.png"), b"\x89PNG");
    let first = fs::read(at.join("plane.svg")).expect("a drawing");
    fs::remove_file(at.join("plane.svg")).expect("removed");
    text(&in_folder(at, &["figure", "plane.toml"]));
    assert_eq!(fs::read(at.join("plane.svg")).expect("a drawing"), first);
    let shard = [
        "sweep",
        "plane.toml",
        "--shard",
        "1/2",
        "--plot",
        "shard.svg",
    ];
    refused(&in_folder(at, &shard), &["plot", "merge"]);
}

/// Figures go to a folder of their own, and their tables are held against others.
#[test]
fn reproduced_tables_are_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fs::write(at.join("plane.toml"), DIAGRAM).expect("writable");
    text(&in_folder(at, &["reproduce", "plane.toml"]));
    let out = at.join("figures-out");
    begins(&out.join("plane.svg"), b"<svg");
    fs::create_dir(at.join("figures")).expect("a folder");
    let refuse = in_folder(at, &["reproduce", "plane.toml", "--check"]);
    refused(&refuse, &["figures/plane.csv", "does not exist"]);
    let committed = at.join("figures/plane.csv");
    let own = fs::read_to_string(out.join("plane.csv")).expect("a table");
    fs::write(&committed, &own).expect("writable");
    let same = in_folder(
        at,
        &["reproduce", "plane.toml", "--check", "--format", "json"],
    );
    let same = json(&same);
    assert_eq!(same["checks"][0]["equal"], true, "{same}");
    // One number that is another one.
    let mut other = Table::read(&own).expect("a table");
    let zeta = other.column("zeta_11").expect("a column");
    let mut cells = other.rows.iter_mut().map(|row| &mut row[zeta]);
    let cell = cells.find(|cell| cell.as_number().is_some_and(|own| own > 0.5));
    *cell.expect("a number") = 0.25.into();
    fs::write(&committed, other.write()).expect("writable");
    let output = in_folder(at, &["reproduce", "plane.toml", "--check"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(
        shown.contains("tables beside those that were there"),
        "{shown}"
    );
    let itself = [
        "reproduce",
        "plane.toml",
        "--directory",
        "figures",
        "--check",
    ];
    refused(&in_folder(at, &itself), &["check", "--directory"]);
}

#[test]
fn the_demonstration_predicts_simulates_and_draws() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let shown = text(&in_folder(at, &["demo"]));
    for words in [
        "ζ = 0.8717",
        "standard errors from theory",
        "figures-out/demo.png",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
    begins(&at.join("figures-out/demo.png"), b"\x89PNG");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let committed = fs::read_to_string(root.join("figures/demo.csv")).expect("a table");
    let own = fs::read_to_string(at.join("figures-out/demo.csv")).expect("a table");
    let read = |text: &str| Table::read(text).expect("a table");
    let difference = onsager::table::Difference::between(&read(&own), &read(&committed));
    // Other processors round differently on the way to a maximum.
    let near = |one: &onsager::table::ColumnDifference| one.largest.is_some_and(|own| own < 1e-4);
    assert!(difference.columns.iter().all(near), "{difference:?}");
}

#[test]
fn replies_come_in_markdown_and_latex() {
    let solve = ["solve", "--alpha", "2", "--lambda", "1.5", "--format"];
    let markdown = text(&onsager(&[&solve[..], &["markdown"]].concat()));
    assert!(
        markdown.contains("| 1 | planted | 11 | 1.483158991 |"),
        "{markdown}"
    );
    let latex = text(&onsager(&[&solve[..], &["latex"]].concat()));
    assert!(
        latex.contains("$1$ & planted & $11$ & $1.483158991$"),
        "{latex}"
    );
    assert!(
        latex.contains("$\\zeta$") && latex.contains("\\bottomrule"),
        "{latex}"
    );
    let code = latex.lines().filter(|line| !line.starts_with('%'));
    assert!(code.into_iter().all(str::is_ascii), "{latex}");
}

#[test]
fn shells_and_manuals_are_served() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = text(&onsager(&["completions", shell]));
        assert!(
            script.contains("learning-curve") && script.contains("plot-spec"),
            "{shell}"
        );
    }
    let folder = tempfile::tempdir().expect("a folder");
    text(&in_folder(folder.path(), &["man", "pages"]));
    let page = |name: &str| {
        let path = folder.path().join("pages").join(name);
        fs::read_to_string(path).expect("a page")
    };
    assert!(page("onsager.1").contains("learning"));
    let solve = page("onsager-solve.1");
    assert!(
        solve.contains("onsager\\-solve") && solve.contains("0.9:2.5:60"),
        "{solve}"
    );
}

/// What is said beside the reply: nothing without need, `α` where a size implies it, and all that
/// is done where that is asked for.
#[test]
fn what_is_said_beside_the_reply() {
    let said = |arguments: &[&str]| {
        let output = onsager(arguments);
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    assert_eq!(said(&["solve", "--alpha", "2", "--lambda", "1.5"]), "");
    let verbose = said(&[
        "solve",
        "--alpha",
        "2",
        "--lambda",
        "1.5",
        "-v",
        "--threads",
        "1",
    ]);
    assert!(
        verbose.contains("threads: 1") && verbose.contains("planted"),
        "{verbose}"
    );
    let size = [
        "simulate",
        "--lambda",
        "1.5",
        "--n",
        "100",
        "--d",
        "80",
        "--instances",
        "1",
    ];
    assert_eq!(said(&size), "α = n/d = 1.25 (n = 100, d = 80)\n");
    assert_eq!(said(&[&size[..], &["--quiet"]].concat()), "");
    // Where nothing is predicted, nothing is simulated: 4000 × 4000 data would take long.
    let begun = std::time::Instant::now();
    let refuse = onsager(&["compare", "--lambda", "1.5", "--n", "4000"]);
    let message = String::from_utf8_lossy(&refuse.stderr).into_owned();
    assert!(
        message.starts_with("α = n/d = 1 (n = 4000, d = 4000, its default)"),
        "{message}"
    );
    assert_eq!(refuse.status.code(), Some(1));
    assert!(begun.elapsed().as_secs() < 120);
}

/// Digits end where their errors begin.
#[test]
fn trajectories_show_digits_that_mean_something() {
    let shown = text(&onsager(&[
        "evolve",
        "--alpha",
        "2",
        "--lambda",
        "1.5",
        "--algorithm",
        "gd",
        "--iterations",
        "3",
        "--log2-paths",
        "6",
        "--path-sets",
        "4",
        "--start-m",
        "0.3",
    ]));
    let last = shown
        .lines()
        .find(|line| line.starts_with("3 "))
        .expect("a row");
    let words: Vec<&str> = last.split_whitespace().collect();
    let decimals = |word: &str| word.split_once('.').map_or(0, |(_, rest)| rest.len());
    let error: f64 = words[2].parse().expect("an error");
    let expected = (1.0 - error.log10().floor()) as usize;
    assert_eq!(decimals(words[1]), expected, "{last}");
    // Quasi-Monte Carlo says its error as well.
    let shown = text(&onsager(&[
        "evolve",
        "--alpha",
        "2",
        "--lambda",
        "1.5",
        "--tensor-units",
        "0",
        "--log2-points",
        "6",
        "--iterations",
        "3",
    ]));
    let last = shown
        .lines()
        .find(|line| line.starts_with("3 "))
        .expect("a row");
    let words: Vec<&str> = last.split_whitespace().collect();
    let error: f64 = words[4].parse().expect("an error");
    assert!(error > 1e-7, "{shown}");
    assert_eq!(
        decimals(words[1]),
        (1.0 - error.log10().floor()) as usize,
        "{last}"
    );
}
