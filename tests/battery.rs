//! Bad input of every kind: each row of `battery/*.rows` is a command that must be refused at once,
//! by name, with every file as it was.
//!
//! A row is `command || words || changes`. The command runs in a folder with the files of
//! `battery/inputs`, and records made from them; the message must contain each of the words
//! (separated by ` & `). Changes (separated by ` && `) make the files bad first:
//!
//! | change | |
//! |---|---|
//! | `FILE: OLD => NEW` | the first `OLD` replaced |
//! | `FILE := TEXT` | another text |
//! | `FILE += TEXT` | text at the end |
//! | `FILE -> PATH` | a symbolic link |
//! | `FILE copies OTHER` | the content of another file |
//! | `FILE is gone`, `a folder`, `a pipe`, `read-only`, `resealed` | as it says; `resealed` gives every line of a record its checksum |
//!
//! `«a|b»` stands for a row with `a` and one with `b`, and `$1`, `$2` for what the first and second
//! of them are in that row; `«N of X»` for `N` times `X`, in which `@` is the number from 1; `\n`
//! for the end of a line. A line without a command takes that of the line before it.

mod binary;

use binary::{in_folder, resealed};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const SUBJECTS: [(&str, &str); 14] = [
    ("analyze", include_str!("battery/analyze.rows")),
    ("flags", include_str!("battery/flags.rows")),
    ("priors", include_str!("battery/priors.rows")),
    ("potentials", include_str!("battery/potentials.rows")),
    ("studies", include_str!("battery/studies.rows")),
    ("figures", include_str!("battery/figures.rows")),
    ("records", include_str!("battery/records.rows")),
    ("files", include_str!("battery/files.rows")),
    ("spectral", include_str!("battery/spectral.rows")),
    ("likelihood", include_str!("battery/likelihood.rows")),
    ("finite-size", include_str!("battery/finite-size.rows")),
    ("contrastive", include_str!("battery/contrastive.rows")),
    ("maximum", include_str!("battery/maximum.rows")),
    ("pictures", include_str!("battery/pictures.rows")),
];

/// What makes the records that rows use.
const RECORDS: [&str; 5] = [
    "simulate --lambda 1.5 --n 40 --d 20 --instances 2 --iterations 3 --record simulate.jsonl",
    "dmft --alpha 2 --lambda 1.3 --start-m 0.3 --iterations 3 --log2-paths 5 --path-sets 4 --record dmft.jsonl",
    "sweep diagram.toml --record sweep.jsonl",
    "sweep diagram.toml --record first.jsonl --shard 1/2",
    "sweep diagram.toml --record second.jsonl --shard 2/2",
];

/// The files of the folder, unchanged, are good.
const GOOD: [&str; 46] = [
    "analyze planted.csv --standardise none --units 1",
    "analyze digits",
    "analyze planted.csv --standardise none --units 1 --train gd --bootstrap 2 --holdout 0.25 --occlude --save-weights w.npy --report page.html --image 4x5",
    "sample centres.csv --rows 5 --npy rows.npy",
    "analyze planted.csv --skip-columns 1,5-7 --holdout 0.2 --binarise -0.5 --whiten 2",
    "equations check atoms.toml uniform.toml points.toml normal.toml magnet.toml",
    "solve --alpha 2 --lambda 1.5 --hidden atoms.toml --signal uniform.toml",
    "solve --alpha 2 --lambda 1.5,1.2 --hidden points.toml --signal normal.toml",
    "solve magnet.toml",
    "solve --config config.toml",
    "solve --alpha 2 --lambda 0.9:1.6:3,1.5 --plot a.svg --plot-spec a.toml",
    "solve --alpha 2 --lambda 1:2:2 --hidden atoms.toml --rsb 1 --plot b.pdf --format latex",
    "man pages --quiet",
    "completions fish --verbose",
    "figure line.toml",
    "figure heat.toml",
    "figure regions.toml",
    "sweep plane.toml",
    "reproduce strengths.toml trajectory.toml dynamics.toml solutions.toml --directory .",
    "merge all.jsonl first.jsonl second.jsonl",
    "sweep diagram.toml --record sweep.jsonl",
    "cite simulate.jsonl",
    "simulate --lambda 1.5 --n 40 --d 20 --instances 2 --iterations 3 --record simulate.jsonl",
    "dmft --alpha 2 --lambda 1.3 --start-m 0.3 --iterations 3 --log2-paths 5 --path-sets 4 --record dmft.jsonl",
    "stability --alpha 2",
    "stability --alpha 2 --rsb",
    "solve --alpha 2 --lambda 1 --rsb 2",
    "reproduce breaking.toml --directory .",
    "maximum --alpha 2 --lambda 1 --d 40 --instances 2 --random 2 --annealed 1 --sweeps 9 --gradient 1",
    "reproduce maxima.toml --directory .",
    "branch --alpha 2 --from 0.9 --to 1.5",
    "evolve --alpha 2 --lambda 1.5",
    "stability sk --along T --within 0.5 1.5 --over J0 --from 0 --to 0.5 --points 2",
    "schema",
    "linear --covariance covariance.csv --until 3",
    "linear --data data.csv --times 0,1",
    "spectrum --matrix weights.csv",
    "train --data data.csv --hidden-units 3 --epochs 2",
    "spectrum --sigma 1 --kappa 0.5 --planted 1.5 --sample 30",
    "learning-curve --mu 0.5,0.4 --until 3",
    "learning-curve --centres centres.csv --size 100 --until 3",
    "likelihood --alpha 2 --self-overlap 2.9 --overlap 1.5 --d 20 --instances 2",
    "likelihood --alpha 2 --weights covariance.csv",
    "finite-size --alpha 2 --lambda 1.5 --d 40 --instances 15",
    "contrastive --alpha 2 --lambda 1.5 --d 20 --instances 2 --batch 10 --epochs 10 --average 10",
    "reproduce steps.toml bulk.toml race.toml course.toml exact.toml --directory .",
];

/// Longest time of a row. An optimised build takes less than a second, most of them a hundredth.
const LIMIT: Duration = Duration::from_secs(20);

/// Most memory of a row, where the system tells.
const MEMORY: u64 = 1 << 30;

/// One command that must be refused.
#[derive(Debug, Clone)]
struct Row {
    place: String,
    command: String,
    words: Vec<String>,
    changes: Vec<String>,
}

fn rows() -> Vec<Row> {
    SUBJECTS
        .iter()
        .flat_map(|(subject, text)| rows_of(subject, text))
        .collect()
}

fn rows_of(subject: &str, text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut last = "";
    for (number, line) in (1..).zip(text.lines()) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = format!("{subject}:{number}");
        let (command, rest) = line
            .split_once("||")
            .unwrap_or_else(|| panic!("{place}: no words"));
        if !command.trim().is_empty() {
            last = command;
        }
        for expanded in expand(&format!("{last}||{rest}")) {
            rows.push(row(&place, &expanded));
        }
    }
    rows
}

fn row(place: &str, line: &str) -> Row {
    let mut parts = line.splitn(3, "||").map(str::trim);
    let command = parts.next().unwrap_or_default().to_owned();
    let list = |text: Option<&str>, mark: &str| -> Vec<String> {
        let all = text.unwrap_or_default().split(mark).map(str::trim);
        all.filter(|part| !part.is_empty())
            .map(|part| part.replace("\\n", "\n"))
            .collect()
    };
    let mut words = list(parts.next(), " & ");
    // An empty name can't be looked for.
    if words.is_empty() {
        words.push("error".into());
    }
    Row {
        place: place.into(),
        command,
        words,
        changes: list(parts.next(), " && "),
    }
}

/// A line for each choice of its `«a|b»`, with repetitions written out.
fn expand(line: &str) -> Vec<String> {
    let mut done = vec![(repeated(line), Vec::<String>::new())];
    while done.iter().any(|(line, _)| line.contains('«')) {
        let next = |(line, chosen): (String, Vec<String>)| {
            let (before, rest) = line.split_once('«').expect("all of a row have as many");
            let (inner, after) = rest.split_once('»').expect("a closing mark");
            let with = |choice: &str| {
                let chosen = chosen.iter().cloned().chain([choice.to_owned()]).collect();
                (format!("{before}{choice}{after}"), chosen)
            };
            inner.split('|').map(with).collect::<Vec<_>>()
        };
        done = done.into_iter().flat_map(next).collect();
    }
    let numbered = |(line, chosen): (String, Vec<String>)| {
        let places = (1..).zip(&chosen);
        places.fold(line, |line, (number, choice)| {
            line.replace(&format!("${number}"), choice)
        })
    };
    done.into_iter().map(numbered).collect()
}

/// A line with its repetitions written out. They contain no other marks.
fn repeated(line: &str) -> String {
    let mut written = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('«') {
        written += before;
        let inner = after
            .split_once('»')
            .filter(|(inner, _)| !inner.contains('«'));
        match inner.and_then(|(inner, after)| Some((repetition(inner)?, after))) {
            Some(((count, text), after)) => {
                written.extend((1..=count).map(|n| text.replace('@', &n.to_string())));
                rest = after;
            }
            None => {
                written.push('«');
                rest = after;
            }
        }
    }
    written + rest
}

fn repetition(inner: &str) -> Option<(usize, &str)> {
    let (count, text) = inner.split_once(" of ")?;
    Some((count.parse().ok()?, text))
}

/// The arguments of a command, split at spaces outside of single quotes.
fn arguments(command: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (index, part) in command.split('\'').enumerate() {
        // `--flag='a b'` is one argument.
        if index % 2 == 1 {
            match all.last_mut() {
                Some(last) if last.ends_with('=') => *last += part,
                _ => all.push(part.to_owned()),
            }
        } else {
            all.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    all
}

type Files = BTreeMap<String, Vec<u8>>;

/// The files that every row begins with.
fn inputs() -> Files {
    let folder = tempfile::tempdir().expect("a folder");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/battery/inputs");
    for entry in fs::read_dir(source).expect("inputs") {
        let path = entry.expect("readable").path();
        fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("copied");
    }
    for command in RECORDS {
        good(folder.path(), command);
    }
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.expect("readable").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        (!name.ends_with(".times")).then(|| (name, fs::read(&path).expect("readable")))
    };
    fs::read_dir(folder.path())
        .expect("a folder")
        .filter_map(read)
        .collect()
}

fn good(folder: &Path, command: &str) {
    let arguments = arguments(command);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = in_folder(folder, &arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {message}");
}

fn written(files: &Files, folder: &Path) {
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).expect("writable");
    }
}

fn change(row: &Row, folder: &Path, change: &str) {
    let at = |name: &str| folder.join(name.trim());
    let text = |name: &str| {
        let bytes = fs::read(at(name)).unwrap_or_else(|_| panic!("{}: no {name}", row.place));
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let write = |name: &str, text: &str| fs::write(at(name), text).expect("writable");
    if let Some((name, text)) = change.split_once(" := ") {
        write(name, text);
    } else if let Some(name) = change.strip_suffix(" :=") {
        write(name, "");
    } else if let Some((name, more)) = change.split_once(" += ") {
        write(name, &format!("{}{more}", text(name)));
    } else if let Some((from, new)) = change
        .split_once("=> ")
        .or(change.strip_suffix("=>").map(|from| (from, "")))
    {
        let (name, old) = from.split_once(": ").expect("FILE: OLD => NEW");
        let (all, old) = (text(name), old.strip_suffix(' ').unwrap_or(old));
        assert!(all.contains(old), "{}: {name} has no {old}", row.place);
        write(name, &all.replacen(old, new, 1));
    } else if let Some((name, other)) = change.split_once(" copies ") {
        fs::copy(at(other), at(name)).expect("copied");
    } else {
        special(row, folder, change);
    }
}

/// Changes that are none of the text.
#[cfg(unix)]
fn special(row: &Row, folder: &Path, change: &str) {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let at = |name: &str| folder.join(name.trim());
    if let Some((name, path)) = change.split_once(" -> ") {
        let _ = fs::remove_file(at(name));
        return symlink(path.trim(), at(name)).expect("a link");
    }
    let (name, state) = change
        .split_once(" is ")
        .unwrap_or_else(|| panic!("{}: {change}", row.place));
    if state == "resealed" {
        let text = fs::read_to_string(at(name)).expect("text");
        return fs::write(at(name), resealed(&text)).expect("writable");
    }
    if state == "read-only" {
        return fs::set_permissions(at(name), fs::Permissions::from_mode(0o444)).expect("set");
    }
    let _ = fs::remove_file(at(name));
    match state {
        "gone" => {}
        "a folder" => fs::create_dir(at(name)).expect("a folder"),
        "a pipe" => {
            let made = Command::new("mkfifo").arg(at(name)).status();
            assert!(made.expect("mkfifo runs").success());
        }
        other => panic!("{}: {other}", row.place),
    }
}

/// Everything in a folder: names, kinds, permissions, contents.
#[cfg(unix)]
fn contents(folder: &Path) -> BTreeMap<String, (String, Vec<u8>)> {
    use std::os::unix::fs::PermissionsExt;
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let found = fs::symlink_metadata(&path).expect("there");
        let kind = format!("{:?} {:o}", found.file_type(), found.permissions().mode());
        let bytes = match found.is_file() {
            true => fs::read(&path).unwrap_or_default(),
            false => Vec::new(),
        };
        if found.is_dir() {
            let inner = contents(&path).into_iter();
            all.extend(inner.map(|(inner, value)| (format!("{name}/{inner}"), value)));
        }
        all.insert(name, (kind, bytes));
    }
    all
}

/// How a command ended, within the limits.
struct Ended {
    status: ExitStatus,
    output: String,
    message: String,
    time: Duration,
}

/// Runs a row; what is wrong with its end.
fn run(row: &Row, folder: &Path) -> Result<Ended, String> {
    let stream = || tempfile::tempfile().expect("a file");
    let (mut output, mut message) = (stream(), stream());
    let handle = |file: &File| Stdio::from(file.try_clone().expect("a handle"));
    let begin = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_onsager"))
        .args(arguments(&row.command))
        .current_dir(folder)
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .stdout(handle(&output))
        .stderr(handle(&message))
        .spawn()
        .expect("runs");
    let status = loop {
        if let Some(status) = child.try_wait().expect("a state") {
            break status;
        }
        let memory = memory(child.id());
        if begin.elapsed() > LIMIT || memory > MEMORY {
            child.kill().expect("killed");
            child.wait().expect("ended");
            let seconds = begin.elapsed().as_secs_f64();
            return Err(format!(
                "goes on after {seconds:.1} s with {} MiB",
                memory >> 20
            ));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let time = begin.elapsed();
    Ok(Ended {
        status,
        output: read(&mut output),
        message: read(&mut message),
        time,
    })
}

/// Memory of a process in bytes, 0 where the system does not tell.
fn memory(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let pages = text
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}

fn read(file: &mut File) -> String {
    use std::io::{Seek, SeekFrom};
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).expect("a file");
    file.read_to_end(&mut bytes).expect("readable");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What is wrong with the way a row is refused, if anything.
fn judge(row: &Row, files: &Files) -> (Option<String>, Duration) {
    let folder = tempfile::tempdir().expect("a folder");
    written(files, folder.path());
    for one in &row.changes {
        change(row, folder.path(), one);
    }
    let before = contents(folder.path());
    let ended = match run(row, folder.path()) {
        Ok(ended) => ended,
        Err(reason) => return (Some(reason), LIMIT),
    };
    let missing = row.words.iter().find(|word| !ended.message.contains(*word));
    let reason = if ended.status.code() != Some(2) {
        Some(format!(
            "{}: {}{}",
            ended.status, ended.message, ended.output
        ))
    } else if !ended.output.is_empty() {
        Some(format!("standard output: {}", ended.output))
    } else if let Some(word) = missing {
        Some(format!("\"{word}\" is missing in: {}", ended.message))
    } else if ended.message.len() > 4000 {
        Some(format!("a message of {} bytes", ended.message.len()))
    } else {
        let after = contents(folder.path());
        let names = before.keys().chain(after.keys());
        let changed: Vec<&String> = names
            .filter(|name| before.get(*name) != after.get(*name))
            .collect();
        (!changed.is_empty()).then(|| format!("changed {changed:?}: {}", ended.message))
    };
    (reason, ended.time)
}

#[test]
fn good_files_are_taken() {
    let files = inputs();
    GOOD.par_iter().for_each(|command| {
        let folder = tempfile::tempdir().expect("a folder");
        written(&files, folder.path());
        good(folder.path(), command);
    });
}

/// With `ONSAGER_BATTERY` set to the name of a subject (or `priors:17`), only these rows run; the
/// slowest rows are printed.
#[test]
fn bad_input_is_refused() {
    let only = std::env::var("ONSAGER_BATTERY").unwrap_or_default();
    let all = rows();
    assert!(all.len() >= 300, "{} rows", all.len());
    let chosen: Vec<Row> = all
        .into_iter()
        .filter(|row| row.place.starts_with(&only))
        .collect();
    let files = inputs();
    let judged: Vec<_> = chosen
        .par_iter()
        .map(|row| {
            let judged = std::panic::catch_unwind(|| judge(row, &files));
            (
                row,
                judged.unwrap_or((Some("the row is not a row".into()), Duration::ZERO)),
            )
        })
        .collect();
    let mut slowest: Vec<_> = judged
        .iter()
        .map(|(row, (_, time))| (*time, &row.place))
        .collect();
    slowest.sort();
    slowest.reverse();
    eprintln!(
        "{} rows, slowest: {:?}",
        judged.len(),
        &slowest[..slowest.len().min(8)]
    );
    let failures: Vec<String> = judged
        .iter()
        .filter_map(|(row, (reason, _))| {
            let shown = |text: &str| text.chars().take(300).collect::<String>();
            let reason = shown(reason.as_ref()?);
            Some(format!(
                "{} onsager {}\n  {}\n  {reason}",
                row.place,
                shown(&row.command),
                shown(&row.changes.join(" && "))
            ))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} rows\n{}",
        failures.len(),
        judged.len(),
        failures.join("\n")
    );
}
