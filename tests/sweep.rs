//! Sweeps end to end: kills, shards, refinement, bad input.

mod binary;

use binary::resealed;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// A small diagram with everything in it: refinement, checks, boundaries, simulations.
const STUDY: &str = r#"
[study]
kind = "diagram"
seed = 3
starts = ["continued", "weak"]
boundaries = ["bbp", "at", "onset", "end"]
boundary-points = 5

[study.model]
lambda = [1.0]

[study.x]
parameter = "alpha"
from = 1.5
to = 5.5
points = 9

[study.y]
parameter = "lambda"
from = 0.5
to = 1.6
points = 9

[study.refinement]
levels = 2

[study.check]
every = 4

[study.simulation]
d = 200
instances = 2

[study.simulated]
x = [2.0, 4.0]
y = [0.8, 1.4]
run = { algorithm = "amp", start = "planted", iterations = 50 }
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn study(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("writable");
        path
    }
}

fn onsager() -> Command {
    Command::new(env!("CARGO_BIN_EXE_onsager"))
}

fn sweep(study: &Path, record: &Path, more: &[&str]) -> Output {
    let mut command = onsager();
    command.arg("sweep").arg(study).arg("--record").arg(record);
    command.args(more).output().expect("runs")
}

fn merge(out: &Path, records: &[&Path]) -> Output {
    let mut command = onsager();
    command.arg("merge").arg(out).args(records);
    command.output().expect("runs")
}

fn succeeds(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn refused(output: &Output) -> String {
    assert_eq!(
        output.status.code(),
        Some(2),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Lines of a record in order.
fn sorted(record: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(record).expect("a record");
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    lines.sort();
    lines
}

fn lines(record: &Path) -> usize {
    std::fs::read_to_string(record).map_or(0, |text| text.lines().count())
}

#[test]
fn a_sweep_killed_five_times_is_the_uninterrupted_one() {
    survives_kills(STUDY, 5);
}

/// Runs a study, kills it that often on the way and lets it finish: the record must be that of the
/// uninterrupted run.
fn survives_kills(text: &str, times: usize) {
    let folder = Folder::new();
    let study = folder.study("study.toml", text);
    let whole = folder.path("whole.record");
    succeeds(&sweep(&study, &whole, &[]));
    let killed = folder.path("killed.record");
    let mut kills = 0;
    for kill in 1..=times {
        let target = kill * lines(&whole) / (times + 1);
        let mut child = onsager()
            .arg("sweep")
            .arg(&study)
            .arg("--record")
            .arg(&killed)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("runs");
        while lines(&killed) < target {
            if child.try_wait().expect("a child").is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        // SIGKILL; it counts if the run was still going.
        let running = child.try_wait().expect("a child").is_none();
        child.kill().expect("killed");
        child.wait().expect("ended");
        kills += usize::from(running && lines(&killed) < lines(&whole));
    }
    assert_eq!(kills, times, "every kill must hit a run in flight");
    succeeds(&sweep(&study, &killed, &["--threads", "1"]));
    assert_eq!(sorted(&killed), sorted(&whole));
    // A finished sweep has nothing left to do.
    let before = std::fs::read(&killed).expect("a record");
    assert!(succeeds(&sweep(&study, &killed, &[])).contains(" 0 added"));
    assert_eq!(std::fs::read(&killed).expect("a record"), before);
}

#[test]
fn shards_of_any_size_merge_to_one_run_and_a_lost_one_is_made_up_for() {
    let folder = Folder::new();
    let study = folder.study("study.toml", STUDY);
    let whole = folder.path("whole.record");
    succeeds(&sweep(&study, &whole, &[]));
    let shard = |part: &str| {
        let path = folder.path(&format!("{}.record", part.replace('/', "of")));
        let text = succeeds(&sweep(&study, &path, &["--shard", part]));
        assert!(text.contains("onsager merge"), "{text}");
        path
    };
    // Two halves.
    let merged = folder.path("merged.record");
    let (one, two) = (shard("1/2"), shard("2/2"));
    let text = succeeds(&merge(&merged, &[&one, &two]));
    assert!(text.contains("missing"), "{text}");
    assert_eq!(sorted(&merged), sorted(&whole));
    // The tables are the same to the byte.
    let csv = |record: &Path| succeeds(&sweep(&study, record, &["--format", "csv"]));
    assert_eq!(csv(&merged), csv(&whole));
    // Parts of three divisions, which overlap; eight columns of squares do not divide by three.
    let unequal = folder.path("unequal.record");
    let (small, large) = (shard("1/3"), shard("3/3"));
    succeeds(&merge(&unequal, &[&small, &one, &two, &large]));
    assert_eq!(sorted(&unequal), sorted(&whole));
    // Without the middle: what is missing is counted, and made up for.
    let lost = folder.path("lost.record");
    let output = merge(&lost, &[&small, &large]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("entries are missing"), "{text}");
    let text = succeeds(&sweep(&study, &lost, &[]));
    assert!(!text.contains(" 0 added"), "{text}");
    assert_eq!(sorted(&lost), sorted(&whole));
}

/// Points of the finest lattice by their values, with region and overlap.
fn cells(study: &Path, record: &Path) -> BTreeMap<String, Value> {
    succeeds(&sweep(study, record, &[]));
    let text = std::fs::read_to_string(record).expect("a record");
    text.lines()
        .skip(1)
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter(|entry| entry["entry"] == "cell")
        .map(|entry| (format!("{} {}", entry["x"], entry["y"]), entry))
        .collect()
}

#[test]
fn refinement_finds_what_the_full_grid_finds_in_fewer_cells() {
    let folder = Folder::new();
    let plain = |points: usize, levels: &str| {
        format!(
            "[study]\nkind = \"diagram\"\nseed = 1\n[study.model]\nlambda = [1.0]\n\
             [study.x]\nparameter = \"alpha\"\nfrom = 1.5\nto = 5.5\npoints = {points}\n\
             [study.y]\nparameter = \"lambda\"\nfrom = 0.5\nto = 1.6\npoints = {points}\n{levels}"
        )
    };
    let refined = folder.study(
        "refined.toml",
        &plain(9, "[study.refinement]\nlevels = 3\n"),
    );
    let full = folder.study("full.toml", &plain(65, ""));
    let few = cells(&refined, &folder.path("refined.record"));
    let all = cells(&full, &folder.path("full.record"));
    assert_eq!(all.len(), 65 * 65);
    assert!(5 * few.len() < all.len(), "{} of {}", few.len(), all.len());
    assert!(few.len() > 4 * 81, "only {} cells", few.len());
    for (place, cell) in &few {
        let other = &all[place];
        let found = |cell: &Value| cell["searches"][0]["found"].clone();
        let (a, b) = (found(cell), found(other));
        assert_eq!(a.is_null(), b.is_null(), "{place}");
        if !a.is_null() {
            for key in ["replicon", "log_likelihood"] {
                let (a, b) = (
                    a[key].as_f64().expect("a number"),
                    b[key].as_f64().expect("a number"),
                );
                // Near the end of the solution the replicon diverges, and with it its error.
                assert!(
                    (a - b).abs() < 1e-5 * b.abs().max(1.0).powi(2),
                    "{place}: {key} {a} {b}"
                );
            }
        }
    }
}

#[test]
fn the_table_has_regions_boundaries_simulations_and_its_own_errors() {
    let folder = Folder::new();
    let study = folder.study("study.toml", STUDY);
    let output = sweep(&study, &folder.path("a.record"), &["--format", "json"]);
    let reply: Value = serde_json::from_str(&succeeds(&output)).expect("JSON");
    let summary = &reply["summary"];
    assert_eq!(summary["missing"], 0);
    assert!(summary["checked"].as_u64().expect("a number") >= 4);
    let worst = summary["worst_check"][0].as_f64().expect("a number");
    assert!(worst < 1e-9, "difference at doubled quadrature {worst}");
    let residual = summary["worst_residual"][0].as_f64().expect("a number");
    assert!(residual < 1e-12, "{residual}");
    let rows = reply["rows"].as_array().expect("rows");
    let of = |source: &str| -> Vec<&Value> {
        rows.iter().filter(|row| row["source"] == source).collect()
    };
    for row in of("cell") {
        let (alpha, lambda) = (&row["alpha"], &row["lambda"]);
        let threshold = alpha.as_f64().expect("α").powf(-0.25);
        // No cell claims a recovery below the BBP threshold of its tile.
        let height = row["height"].as_f64().expect("a height");
        if lambda.as_f64().expect("λ") + height < threshold {
            let region = row["region"].as_str().expect("a region");
            assert!(["no-recovery", "no-solution"].contains(&region), "{row}");
        }
        let known = row["converged"] == true;
        assert_eq!(known, row.get("zeta_11").is_some(), "{row}");
    }
    for row in of("bbp") {
        let expected = row["alpha"].as_f64().expect("α").powf(-0.25);
        assert!(
            (row["lambda"].as_f64().expect("λ") - expected).abs() < 1e-6,
            "{row}"
        );
    }
    let at = of("at");
    assert_eq!(at.len(), 5);
    let strengths: Vec<f64> = at
        .iter()
        .map(|row| row["lambda"].as_f64().expect("λ"))
        .collect();
    assert!(
        strengths.windows(2).all(|pair| pair[1] < pair[0]),
        "{strengths:?}"
    );
    assert_eq!(of("amp-planted").len(), 4);
    for row in of("amp-planted") {
        // Each of the two instances has its end; only those with weights have an overlap.
        let counts = row["outcome"].as_str().expect("an outcome").split(", ");
        let ends: u64 = counts
            .map(|part| {
                part.rsplit(' ')
                    .next()
                    .and_then(|n| n.parse::<u64>().ok())
                    .expect("a count")
            })
            .sum();
        assert_eq!(ends, 2, "{row}");
        assert!(row["instances"].as_f64().expect("a number") <= 2.0, "{row}");
        // The instances are different ones.
        if row["instances"] == 2.0 {
            assert!(
                row["standard_error"].as_f64().expect("a number") > 1e-6,
                "{row}"
            );
        }
    }
}

#[test]
fn a_record_of_a_changed_study_is_refused_with_what_differs() {
    let folder = Folder::new();
    let study = folder.study("study.toml", STUDY);
    let record = folder.path("a.record");
    succeeds(&sweep(&study, &record, &[]));
    let before = std::fs::read(&record).expect("a record");
    let changed = folder.study("changed.toml", &STUDY.replace("to = 1.6", "to = 1.7"));
    let error = refused(&sweep(&changed, &record, &[]));
    assert!(
        error.contains("y.to: recorded 1.6, asked for 1.7"),
        "{error}"
    );
    let error = refused(&sweep(&study, &record, &["--seed", "4"]));
    assert!(error.contains("seed: recorded 3, asked for 4"), "{error}");
    let other = folder.path("b.record");
    succeeds(&sweep(&changed, &other, &[]));
    let merged = folder.path("merged.record");
    let error = refused(&merge(&merged, &[&record, &other]));
    assert!(error.contains("y.to"), "{error}");
    assert!(!merged.exists());
    assert_eq!(std::fs::read(&record).expect("a record"), before);
    // Observables are not part of what is computed.
    let columns = STUDY.replace("seed = 3", "seed = 3\nobservables = [\"q_11\", \"rate\"]");
    let columns = folder.study("columns.toml", &columns);
    let text = succeeds(&sweep(&columns, &record, &["--format", "csv"]));
    assert!(text.contains("height,q_11,rate,region"), "{text}");
}

#[test]
fn damaged_records_lose_one_entry_at_most_and_contradictions_are_refused() {
    let folder = Folder::new();
    let study = folder.study("study.toml", STUDY);
    let record = folder.path("a.record");
    succeeds(&sweep(&study, &record, &[]));
    let whole = sorted(&record);
    let text = std::fs::read_to_string(&record).expect("a record");
    // A truncated last line: read by merge without a change, made up for by sweep.
    let cut = folder.path("cut.record");
    std::fs::write(&cut, &text[..text.len() - 40]).expect("writable");
    let merged = folder.path("merged.record");
    let output = merge(&merged, &[&cut]);
    assert_eq!(output.status.code(), Some(1));
    let reply = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(reply.contains("incomplete line"), "{reply}");
    assert_eq!(
        std::fs::read_to_string(&cut).expect("a record").len(),
        text.len() - 40
    );
    assert!(succeeds(&sweep(&study, &cut, &[])).contains(" 1 added"));
    assert_eq!(sorted(&cut), whole);
    // Killed within the first line: nothing to merge, and begun anew.
    let newborn = folder.path("newborn.record");
    std::fs::write(&newborn, &text[..30]).expect("writable");
    let output = merge(&folder.path("born.record"), &[&record, &newborn]);
    let reply = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && reply.contains("newborn"),
        "{reply}"
    );
    succeeds(&sweep(&study, &newborn, &[]));
    assert_eq!(sorted(&newborn), whole);
    // An existing output is never overwritten.
    let error = refused(&merge(&merged, &[&record]));
    assert!(error.contains("exists already"), "{error}");
    // The same cell with another number.
    let wrong = folder.path("wrong.record");
    let place = text.find("\"replicon\":").expect("a replicon") + 11;
    let mut changed = text.clone();
    changed.replace_range(
        place..place + 1,
        if &text[place..place + 1] == "7" {
            "6"
        } else {
            "7"
        },
    );
    std::fs::write(&wrong, resealed(&changed)).expect("writable");
    let error = refused(&merge(&folder.path("other.record"), &[&record, &wrong]));
    assert!(error.contains("contradicts"), "{error}");
    // A digit that changed by itself: that line is left out by name, and computed again.
    let flipped = folder.path("flipped.record");
    let line = text[..place].lines().count();
    std::fs::write(&flipped, changed).expect("writable");
    let output = sweep(&study, &flipped, &[]);
    let warning = String::from_utf8_lossy(&output.stderr).into_owned();
    let named = format!("in line {line}:");
    assert!(warning.contains(&named), "{warning}");
    assert!(succeeds(&output).contains(" 1 added"));
    let output = merge(&folder.path("mended.record"), &[&flipped]);
    let warning = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && warning.contains(&named),
        "{warning}"
    );
    assert_eq!(sorted(&folder.path("mended.record")), whole);
    // A cell at another place.
    let moved = folder.path("moved.record");
    let (header, entries) = text.split_once('\n').expect("entries");
    let entries = entries.replacen("\"y\":", "\"y\":1", 1);
    let moved_text = format!("{header}\n{entries}");
    std::fs::write(&moved, resealed(&moved_text)).expect("writable");
    let error = refused(&sweep(&study, &moved, &[]));
    assert!(error.contains("does not fit the study"), "{error}");
}

#[test]
fn bad_studies_are_refused_by_the_name_of_what_is_wrong() {
    let folder = Folder::new();
    let cases: &[(&str, &str, &str)] = &[
        ("to = 5.5", "to = 1.5", "x is 1.5 to 1.5"),
        ("to = 5.5", "to = 0.5", "x is 1.5 to 0.5"),
        ("points = 9", "points = 1", "in 1 points"),
        (
            "parameter = \"alpha\"",
            "parameter = \"alhpa\"",
            "did you mean \"alpha\"",
        ),
        (
            "parameter = \"alpha\"",
            "parameter = \"strength\"",
            "varied by both axes",
        ),
        (
            "parameter = \"alpha\"",
            "parameter = []",
            "x.parameter is empty",
        ),
        (
            "parameter = \"lambda\"",
            "parameter = \"lambda-2\"",
            "1 signals",
        ),
        (
            "parameter = \"lambda\"",
            "parameter = \"hidden.rho\"",
            "no parameters",
        ),
        (
            "seed = 3",
            "seed = 3\nobservables = [\"zeta_12\"]",
            "the model does not have it",
        ),
        (
            "seed = 3",
            "seed = 3\nobservables = [\"zetta-11\"]",
            "did you mean \"zeta\"",
        ),
        (
            "seed = 3",
            "seed = 3\nobservables = [\"m\"]",
            "needs an entry",
        ),
        ("\"continued\", \"weak\"", "", "starts is empty"),
        (
            "\"continued\", \"weak\"",
            "\"weak\", \"weak\"",
            "named twice",
        ),
        ("\"weak\"", "\"strong\"", "unknown variant `strong`"),
        ("levels = 2", "levels = 9", "refinement.levels is 9"),
        (
            "levels = 2",
            "levels = 2\nvariation = -1",
            "refinement.variation",
        ),
        ("every = 4", "every = 0", "check.every is 0"),
        (
            "boundary-points = 5",
            "boundary-points = 1",
            "boundary-points is 1",
        ),
        ("from = 0.5", "from = -0.5", "y.from is -0.5"),
        ("d = 200", "d = 201\nn = 300", "alpha"),
        ("x = [2.0, 4.0]", "x = []", "simulated is empty"),
        (
            "[study.simulated]",
            "[study.other]",
            "unknown field `other`",
        ),
        (
            "kind = \"diagram\"",
            "kind = \"strengths\"",
            "unknown field",
        ),
    ];
    for (old, new, expected) in cases {
        let text = STUDY.replacen(old, new, 1);
        assert_ne!(text, STUDY, "{old}");
        let study = folder.study("bad.toml", &text);
        let record = folder.path("bad.record");
        let error = refused(&sweep(&study, &record, &[]));
        assert!(error.contains(expected), "{new}: {error}");
        assert!(!record.exists(), "{new}");
    }
    let study = folder.study("study.toml", STUDY);
    let record = folder.path("a.record");
    for shard in ["5/4", "0/4", "1", "a/b", "1/0", "-1/2"] {
        let error = refused(&sweep(&study, &record, &["--shard", shard]));
        assert!(error.contains("1 ≤ i ≤ N"), "{shard}: {error}");
    }
    // More shards than strips of squares.
    let error = refused(&sweep(&study, &record, &["--shard", "9/9"]));
    assert!(error.contains("at most 8 shards"), "{error}");
    let error = refused(&sweep(&study, &folder.path("none/a.record"), &[]));
    assert!(error.contains("none/a.record"), "{error}");
    let error = refused(&merge(&folder.path("m.record"), &[&study]));
    assert!(error.contains("is not a record"), "{error}");
    let error = refused(&sweep(&folder.path("no.toml"), &record, &[]));
    assert!(error.contains("no.toml"), "{error}");
}

/// `--output` must not replace the record, and a folder that can't be written leaves nothing
/// behind.
#[test]
fn nothing_is_overwritten() {
    let folder = Folder::new();
    let study = folder.study("study.toml", STUDY);
    let record = folder.path("a.record");
    let output = record.to_str().expect("a path").to_owned();
    let error = refused(&sweep(&study, &record, &["--output", &output]));
    assert!(
        error.contains("is the output that this run writes"),
        "{error}"
    );
    std::fs::write(&record, "notes of mine\n").expect("writable");
    let error = refused(&sweep(&study, &record, &[]));
    assert!(error.contains("is not a record"), "{error}");
    assert_eq!(
        std::fs::read_to_string(&record).expect("a file"),
        "notes of mine\n"
    );
    // Root may write where nobody else may: the check is the system's own.
    let locked = folder.path("locked");
    std::fs::create_dir(&locked).expect("a folder");
    let mut rights = std::fs::metadata(&locked).expect("a folder").permissions();
    rights.set_readonly(true);
    std::fs::set_permissions(&locked, rights).expect("allowed");
    if tempfile::NamedTempFile::new_in(&locked).is_err() {
        let error = refused(&sweep(&study, &locked.join("a.record"), &[]));
        assert!(error.contains("locked"), "{error}");
        let error = refused(&merge(&locked.join("m.record"), &[&record]));
        assert!(error.contains("record"), "{error}");
    }
}

/// A study of one column and a given vertical axis, without anything else.
fn column(model: &str, y: &str, more: &str) -> String {
    format!(
        "[study]\nkind = \"diagram\"\nseed = 1\n{more}\n[study.model]\n{model}\n\
         [study.x]\nparameter = \"alpha\"\nfrom = 4.0\nto = 5.0\npoints = 2\n[study.y]\n{y}\n"
    )
}

/// Where the vertical axis does not weaken all signals, what is continued need not be the answer:
/// here it is the unit that loses signal 2 on the way down, beside one that has signal 1.
#[test]
fn a_branch_that_trails_is_not_the_answer() {
    let folder = Folder::new();
    let text = column(
        "lambda = [1.0, 1.0]\nunits = 1",
        "parameter = \"lambda-2\"\nfrom = 0.6\nto = 1.4\npoints = 5",
        "",
    );
    let study = folder.study("column.toml", &text);
    let output = sweep(&study, &folder.path("a.record"), &["--format", "json"]);
    let reply: Value = serde_json::from_str(&succeeds(&output)).expect("JSON");
    let rows = reply["rows"].as_array().expect("rows");
    let row = rows
        .iter()
        .find(|row| row["alpha"] == 4.0 && row["lambda-2"] == 0.6)
        .expect("the weakest cell");
    // theory.md section 4: one unit on a signal of strength 1 at α = 4.
    assert!(
        (row["zeta_11"].as_f64().expect("ζ") - 0.777201327).abs() < 1e-8,
        "{row}"
    );
    assert_eq!(row["region"], "recovery-stable");
}

/// Boundaries near weak signals are found where searches from the planted start fail, and a search
/// that fails for its own reasons is not a property of the solution.
#[test]
fn boundaries_are_absent_only_where_the_solution_has_none() {
    let folder = Folder::new();
    let axis = "parameter = \"lambda\"\nfrom = 0.72\nto = 0.8\npoints = 3";
    let boundaries = "boundaries = [\"bbp\", \"at\", \"onset\", \"end\"]\nboundary-points = 2";
    let run = |name: &str, model: &str, solver: &str| -> Value {
        let text = format!("{}{solver}", column(model, axis, boundaries));
        let study = folder.study(&format!("{name}.toml"), &text);
        let output = sweep(
            &study,
            &folder.path(&format!("{name}.record")),
            &["--format", "json"],
        );
        serde_json::from_str(&succeeds(&output)).expect("JSON")
    };
    let reply = run("good", "lambda = [1.0]", "");
    let rows = reply["rows"].as_array().expect("rows");
    let of = |source: &str| rows.iter().filter(|row| row["source"] == source).count();
    assert_eq!(
        [of("onset"), of("without-end"), of("without-bbp"), of("bbp")],
        [1, 2, 2, 0]
    );
    let onset = rows
        .iter()
        .find(|row| row["source"] == "onset")
        .expect("an onset");
    assert!((onset["lambda"].as_f64().expect("λ") - 0.7469441).abs() < 1e-6);
    let reply = run(
        "bad",
        "lambda = [1.0]",
        "[study.solver]\nmax-iterations = 5\n",
    );
    let lost = &reply["summary"]["not_located"];
    assert_eq!([&lost["at"], &lost["onset"], &lost["end"]], [2, 2, 2]);
    assert_eq!(reply["summary"]["regions"]["failed"], 6);
}

/// Inputs and records of others survive: `--output` on a file in use, `reproduce` beside a sweep, a
/// last line cut within a character.
#[test]
fn inputs_survive() {
    let folder = Folder::new();
    let figure = "data = \"plane.csv\"\nsize = [109, 87]\n[[panel]]\n\
        x = { label = \"α\", column = \"alpha\" }\ny = { label = \"λ\", column = \"lambda\" }\n\
        [[panel.series]]\nkind = \"heat\"\nwhere = { source = \"cell\" }\nvalue = \"zeta_11\"\nvalue_label = \"ζ\"\n\
        cell_width = \"width\"\ncell_height = \"height\"\n";
    let axis = "parameter = \"lambda\"\nfrom = 0.5\nto = 1.5\npoints = 4";
    let text = format!(
        "{figure}{}",
        column("lambda = [1.0]", axis, "boundaries = [\"at\"]")
    );
    let study = folder.study("plane.toml", &text);
    let record = folder.path("plane.record");
    succeeds(&sweep(&study, &record, &[]));
    let before = std::fs::read(&record).expect("a record");
    for file in [&study, &folder.path("plane.record.times")] {
        let output = file.to_str().expect("a path");
        let error = refused(&sweep(&study, &record, &["--output", output]));
        assert!(error.contains("that this run"), "{error}");
    }
    let merged = folder.path("merged.record");
    for file in [&record, &merged] {
        let mut command = onsager();
        command
            .arg("merge")
            .arg(&merged)
            .arg(&record)
            .arg("--output")
            .arg(file);
        let error = refused(&command.output().expect("runs"));
        assert!(error.contains("that this run"), "{error}");
    }
    let mut command = onsager();
    command
        .arg("reproduce")
        .arg(&study)
        .arg("--directory")
        .arg(folder.0.path());
    succeeds(&command.output().expect("runs"));
    assert_eq!(std::fs::read(&record).expect("a record"), before);
    assert!(!folder.path("plane.reproduce.record").exists());
    // "α" has two bytes: the last line ends after the first of them.
    let cut = folder.path("cut.record");
    let mut bytes = before.clone();
    bytes.extend_from_slice(b"{\"entry\":\"boundary\",\"reason\":\"\xce");
    std::fs::write(&cut, bytes).expect("writable");
    assert!(succeeds(&sweep(&study, &cut, &[])).contains(" 0 added"));
    assert_eq!(std::fs::read(&cut).expect("a record"), before);
}

/// The Sherrington–Kirkpatrick model over temperature and mean coupling.
const SPIN_GLASS: &str = r#"
[study]
kind = "diagram"
seed = 1
boundary-points = 7
observables = ["m", "q", "energy_per_spin"]

[study.potential]
definition = "sk"
set = { h = 0 }

[[study.potential.region]]
name = "P"
where = ["m = 0", "q = 0"]
[[study.potential.region]]
name = "F"
where = ["m != 0", "replicon < 1"]
[[study.potential.region]]
name = "M"
where = ["m != 0"]
[[study.potential.region]]
name = "SG"
where = ["q != 0"]

[[study.potential.boundary]]
name = "transition"
event = "bifurcation"
on = ["P"]
[[study.potential.boundary]]
name = "at"
event = "stability-change"
on = ["F", "M"]
[[study.potential.boundary]]
name = "freezing"
between = ["P", "SG"]
[[study.potential.boundary]]
name = "onset"
event = "onset"
on = ["SG"]

[study.x]
parameter = "J0"
from = 0.05
to = 1.85
points = 7

[study.y]
parameter = "T"
from = 0.13
to = 2.03
points = 8

[study.refinement]
levels = 2

[study.check]
every = 3
"#;

#[test]
fn a_potentials_sweep_killed_twice_is_the_uninterrupted_one() {
    survives_kills(SPIN_GLASS, 2);
}

/// P above T = max(1, J0), F or M below J0 where J0 > 1 (by the line of de Almeida and Thouless),
/// SG below T = 1 else.
#[test]
fn the_spin_glass_has_its_regions_and_lines() {
    let folder = Folder::new();
    let study = folder.study("study.toml", SPIN_GLASS);
    let record = folder.path("a.record");
    let output = sweep(&study, &record, &["--format", "json"]);
    let reply: Value = serde_json::from_str(&succeeds(&output)).expect("JSON");
    assert_eq!(reply["summary"]["missing"], 0);
    assert_eq!(reply["summary"]["regions"].get("failed"), None);
    let check = &reply["summary"]["worst_check"][0];
    assert!(check.as_f64().expect("a number") < 1e-8, "{check}");
    let rows = reply["rows"].as_array().expect("rows");
    let number = |row: &Value, key: &str| row[key].as_f64().expect("a number");
    let mut seen = std::collections::BTreeSet::new();
    for row in rows.iter().filter(|row| row["source"] == "cell") {
        let (t, j0) = (number(row, "T"), number(row, "J0"));
        let region = row["region"].as_str().expect("a region").to_owned();
        // Tiles are quarters of a square at most away from their point.
        let (dt, dj) = (number(row, "height"), number(row, "width"));
        if t > j0.max(1.0) + dt + dj {
            assert_eq!(region, "P", "{row}");
        }
        if t < j0.max(1.0) - dt - dj {
            assert_ne!(region, "P", "{row}");
        }
        if j0 < 1.0 - dj && t < 1.0 - dt {
            assert_eq!(region, "SG", "{row}");
        }
        if j0 > 1.3 + dj && t < j0 - dt - dj {
            assert!(["F", "M"].contains(&region.as_str()), "{row}");
        }
        let stable = row["stable"] == "yes";
        assert!(!stable || ["P", "F"].contains(&region.as_str()), "{row}");
        seen.insert(region);
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
    let located = |source: &str| -> Vec<(f64, f64)> {
        let own = rows.iter().filter(|row| row["source"] == source);
        own.map(|row| (number(row, "J0"), number(row, "T")))
            .collect()
    };
    assert_eq!(located("transition").len(), 7);
    for (j0, t) in located("transition") {
        assert!((t - j0.max(1.0)).abs() < 1e-6, "{j0} {t}");
    }
    for (j0, t) in [located("freezing"), located("onset")].concat() {
        assert!((t - 1.0).abs() < 1e-4, "{j0} {t}");
    }
    assert_eq!(located("freezing").len(), 4);
    // Further from J0 = 1 replica symmetry holds down to lower temperatures.
    let line = located("at");
    assert_eq!(line.len(), 2);
    assert!(line[0].1 > line[1].1 && line[1].1 > 0.13, "{line:?}");
}

/// A user's file with two parameters: `m = tanh((m + h)/T)` magnetises at T = 1 where h = 0.
#[test]
fn a_users_own_potential_has_a_diagram() {
    let folder = Folder::new();
    let definition = folder.study(
        "curie-weiss.toml",
        r#"
kind = "potential"
title = "Curie–Weiss model"
source = "a test"
[parameters]
T = { default = 0.5, domain = "(0, inf)" }
h = 0
[[order_parameters]]
name = "m"
domain = "[-1, 1]"
[[terms]]
expression = "-m^2/(2*T)"
coupling = true
[[terms]]
expression = "ln_2cosh((m + h)/T)"
[[starts]]
name = "up"
m = 0.9
"#,
    );
    let text = format!(
        "[study]\nkind = \"diagram\"\nseed = 1\nboundary-points = 3\n\
         [study.potential]\ndefinition = {definition:?}\n\
         [[study.potential.region]]\nname = \"up\"\nwhere = [\"m > 0.5\", \"stable\"]\n\
         [[study.potential.region]]\nname = \"weak\"\nwhere = [\"stable\"]\n\
         [[study.potential.boundary]]\nname = \"half\"\nbetween = [\"weak\", \"up\"]\n\
         [study.x]\nparameter = \"h\"\nfrom = 0.0\nto = 0.4\npoints = 5\n\
         [study.y]\nparameter = \"T\"\nfrom = 0.33\nto = 1.83\npoints = 6\n"
    );
    let study = folder.study("study.toml", &text);
    let record = folder.path("a.record");
    let output = sweep(&study, &record, &["--format", "json"]);
    let reply: Value = serde_json::from_str(&succeeds(&output)).expect("JSON");
    let rows = reply["rows"].as_array().expect("rows");
    let own = rows.iter().filter(|row| row["source"] == "half");
    let mut count = 0;
    for row in own {
        let [h, t] = ["h", "T"].map(|key| row[key].as_f64().expect("a number"));
        // m = 1/2 at atanh(1/2) T = 1/2 + h.
        assert!((0.5f64.atanh() * t - 0.5 - h).abs() < 1e-6, "{row}");
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn bad_studies_of_potentials_are_refused() {
    let folder = Folder::new();
    let refusal = |text: &str| {
        let study = folder.study("study.toml", text);
        refused(&sweep(&study, &folder.path("never.record"), &[]))
    };
    let axis = |from: &str, to: &str| refusal(&SPIN_GLASS.replace(from, to));
    let error = axis("parameter = \"T\"", "parameter = \"Temp\"");
    assert!(error.contains("there are J0, T, h"), "{error}");
    let error = axis("parameter = \"T\"", "parameter = \"J0\"");
    assert!(error.contains("varied twice"), "{error}");
    let error = axis("parameter = \"T\"", "parameter = \"h\"");
    assert!(error.contains("leave it out of set"), "{error}");
    let error = axis("from = 0.13", "from = -0.13");
    assert!(error.contains("T must be a number"), "{error}");
    let error = axis("\"m = 0\"", "\"M = 0\"");
    assert!(
        error.contains("is not a number of the potential"),
        "{error}"
    );
    let error = axis("\"m = 0\"", "\"m is 0\"");
    assert!(error.contains("is not a condition"), "{error}");
    let error = axis("on = [\"P\"]", "on = [\"Q\"]");
    assert!(error.contains("not the name of a region"), "{error}");
    let error = axis("event = \"onset\"", "between = [\"P\", \"SG\"]");
    assert!(error.contains("either an event"), "{error}");
    let error = axis(
        "[study.potential]",
        "[study.model]\nlambda = [1.0]\n[study.potential]",
    );
    assert!(error.contains("not both"), "{error}");
    // A potential without replicon.
    let other = SPIN_GLASS
        .replace("\"sk\"", "\"spiked-covariance\"")
        .replace("set = { h = 0 }", "")
        .replace("parameter = \"T\"", "parameter = \"alpha\"")
        .replace("parameter = \"J0\"", "parameter = \"lambda\"")
        .replace("\"energy_per_spin\"", "\"value\"");
    let error = refusal(
        &other
            .replace("\"m\", \"q\",", "")
            .replace("m = 0\", \"q = 0", "q_u = 0")
            .replace("\"m != 0\", ", ""),
    );
    assert!(error.contains("has no replicon"), "{error}");
}
