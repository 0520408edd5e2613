//! Files of a run: inputs stay, outputs keep to their folder, interrupted studies go on, damage is
//! named.

mod binary;

use binary::{in_folder, json, refused};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PRIOR: &str = "kind = \"prior\"\ntitle = \"A coin\"\nsource = \"here\"\natoms = [-1, 1]\nweights = [0.5, 0.5]\n";

const POTENTIAL: &str = "kind = \"potential\"\ntitle = \"Curie-Weiss\"\nsource = \"here\"\n\
    [parameters]\nb = 1.5\n[[order_parameters]]\nname = \"m\"\ndomain = \"[-1, 1]\"\n\
    [[terms]]\nexpression = \"-b*m^2/2 + ln(2*cosh(b*m))\"\n[[starts]]\nname = \"up\"\nm = 0.8\n";

const FIGURE: &str = "data = \"f.csv\"\nsize = [109, 87]\n[[panel]]\n\
    x = { label = \"x\", column = \"x\" }\ny = { label = \"y\", column = \"y\" }\n\
    [[panel.series]]\nkind = \"line\"\nlabel = \"s\"\n";

const TABLE: &str = "x,y\n0,1\n1,2\n2,0\n";

const SWEEP: &str = "[study]\nkind = \"diagram\"\nseed = 1\n[study.model]\nlambda = [1.0]\nhidden = \"p.toml\"\n\
    [study.x]\nparameter = \"alpha\"\nfrom = 2.0\nto = 3.0\npoints = 3\n\
    [study.y]\nparameter = \"lambda\"\nfrom = 0.5\nto = 1.5\npoints = 3\n";

const STRENGTHS: &str = "[study]\nkind = \"strengths\"\nseed = 1\ntheory = { from = 1.0, to = 1.4, points = 2 }\n\
    cells = { from = 1.0, to = 1.4, points = 3 }\n\
    [study.model]\nalpha = 2.0\nlambda = [1.0]\n[study.simulation]\nd = 300\ninstances = 12\n\
    [[study.runs]]\nalgorithm = \"amp\"\nstart = \"planted\"\niterations = 60\n";

const SERIES: &str = "data = \"s.csv\"\nsize = [109, 87]\n[[panel]]\n\
    x = { label = \"λ\", column = \"lambda\" }\ny = { label = \"ζ\", column = \"zeta\" }\n\
    [[panel.series]]\nkind = \"points\"\nlabel = \"AMP\"\nwhere = { source = \"amp-planted\" }\n";

/// Every file of a folder.
fn contents(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let entries = entries.map(|entry| entry.expect("readable").path());
    entries
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            let bytes = std::fs::read(&path).expect("readable");
            (
                name.into_owned(),
                String::from_utf8_lossy(&bytes).into_owned(),
            )
        })
        .collect()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        ("p.toml", PRIOR),
        ("pot.toml", POTENTIAL),
        ("f.toml", FIGURE),
        ("f.csv", TABLE),
        ("s.toml", SWEEP),
        ("r.toml", &format!("{SERIES}{STRENGTHS}")),
        ("notes.txt", "mine\n"),
        ("a.times", "mine\n"),
        ("c.toml", "[output]\nformat = \"json\"\n"),
    ];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("writable");
    }
    folder
}

/// Whatever is refused leaves every file as it was, and nothing new.
#[test]
fn inputs_are_never_replaced() {
    let cases: &[&[&str]] = &[
        &[
            "solve", "--alpha", "2", "--lambda", "1.5", "--hidden", "p.toml", "--output", "p.toml",
        ],
        &[
            "solve", "--alpha", "2", "--lambda", "1.5", "--signal", "p.toml", "--output",
            "./p.toml",
        ],
        &[
            "solve",
            "--alpha",
            "2",
            "--lambda",
            "1.5",
            "--equations",
            ".",
            "--hidden",
            "p",
            "--output",
            "p.toml",
        ],
        &["solve", "pot.toml", "--output", "pot.toml"],
        &[
            "solve", "--alpha", "2", "--lambda", "1.5", "--config", "c.toml", "--output", "c.toml",
        ],
        &["equations", "check", "p.toml", "--output", "p.toml"],
        &["equations", "show", "p.toml", "--output", "p.toml"],
        &["cite", "p.toml", "--output", "p.toml"],
        &["figure", "f.toml", "--output", "f.csv"],
        &["figure", "f.toml", "--output", "f.toml"],
        &["figure", "f.toml", "--output", "f.svg"],
        &["figure", "f.toml", "--output", "f.png"],
        &["sweep", "s.toml", "--record", "new", "--output", "p.toml"],
        &["sweep", "s.toml", "--record", "new", "--output", "s.toml"],
        &["sweep", "s.toml", "--record", "new", "--output", "new"],
        &[
            "sweep",
            "s.toml",
            "--record",
            "new",
            "--output",
            "new.times",
        ],
        &["sweep", "s.toml", "--record", "s.toml"],
        &["sweep", "s.toml", "--record", "a"],
        &[
            "reproduce",
            "r.toml",
            "--directory",
            ".",
            "--output",
            "s.csv",
        ],
        &[
            "reproduce",
            "r.toml",
            "--directory",
            ".",
            "--output",
            "r.svg",
        ],
        &[
            "reproduce",
            "r.toml",
            "--directory",
            ".",
            "--output",
            "r.toml",
        ],
        &["reproduce", "r.toml", "r.toml", "--directory", "."],
        &[
            "simulate", "--lambda", "1.5", "--alpha", "2", "--d", "50", "--record", "p.toml",
            "--hidden", "p.toml",
        ],
    ];
    for case in cases {
        let folder = folder();
        let before = contents(folder.path());
        let output = in_folder(folder.path(), case);
        refused(&output, &[]);
        let mut after = contents(folder.path());
        // A record that was begun may stay; nothing else is new.
        after.retain(|name, _| before.contains_key(name) || !name.starts_with("new"));
        assert_eq!(before, after, "{case:?}");
    }
}

/// The table of a figure is a plain name in its folder.
#[test]
fn a_specification_writes_in_its_folder_only() {
    let folder_of_its_own = folder();
    let good = in_folder(
        folder_of_its_own.path(),
        &["reproduce", "r.toml", "--directory", "."],
    );
    assert!(good.status.success(), "{good:?}");
    for name in [
        "/tmp/x.csv",
        "../notes.txt",
        "sub/x.csv",
        "q.toml",
        "q.svg",
        "q.png",
        "",
        ".",
        "..",
    ] {
        let folder = folder();
        let text = format!("{SERIES}{STRENGTHS}").replace("s.csv", name);
        std::fs::write(folder.path().join("q.toml"), text).expect("writable");
        let before = contents(folder.path());
        let output = in_folder(folder.path(), &["reproduce", "q.toml", "--directory", "."]);
        refused(&output, &[]);
        assert_eq!(before, contents(folder.path()), "{name}");
    }
}

#[test]
#[cfg(unix)]
fn pipes_and_devices_are_refused_at_once() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let made = Command::new("mkfifo").arg(at("pipe.toml")).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    std::os::unix::fs::symlink("/dev/zero", at("zero.toml")).expect("a link");
    for name in ["pipe.toml", "zero.toml"] {
        for case in [
            &["figure", name][..],
            &["equations", "check", name],
            &["solve", "--alpha", "2", "--lambda", "1.5", "--config", name],
            &["merge", "new", name],
            &["sweep", name],
        ] {
            refused(&in_folder(folder.path(), case), &["regular file"]);
        }
    }
    std::fs::remove_file(at("f.csv")).expect("removed");
    std::fs::rename(at("pipe.toml"), at("f.csv")).expect("renamed");
    refused(
        &in_folder(folder.path(), &["figure", "f.toml"]),
        &["regular file"],
    );
}

/// Killed several times, a study of any kind ends with the table of the uninterrupted one, to the
/// byte.
#[test]
fn a_killed_study_goes_on() {
    let reproduce = |folder: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_onsager"));
        command
            .current_dir(folder)
            .args(["reproduce", "r.toml", "--directory", "."])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    };
    let whole = folder();
    assert!(reproduce(whole.path()).status().expect("runs").success());
    let killed = folder();
    let record = killed.path().join("r.reproduce.record");
    let lines = || std::fs::read_to_string(&record).map_or(0, |text| text.lines().count());
    for target in [5, 14, 25] {
        let mut child = reproduce(killed.path()).spawn().expect("runs");
        while lines() < target && child.try_wait().expect("a state").is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        assert!(lines() >= target, "killed before the end");
        assert!(!killed.path().join("s.csv").exists());
    }
    assert!(reproduce(killed.path()).status().expect("runs").success());
    assert_eq!(contents(whole.path()), contents(killed.path()));
}

/// What was found with another definition is not mixed with what is found with this one.
#[test]
fn a_killed_study_does_not_go_on_with_another_definition() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let text = format!("{SERIES}{STRENGTHS}")
        .replace("lambda = [1.0]\n", "lambda = [1.0]\nhidden = \"p.toml\"\n");
    std::fs::write(at("r.toml"), text).expect("writable");
    let arguments = ["reproduce", "r.toml", "--directory", "."];
    let mut child = Command::new(env!("CARGO_BIN_EXE_onsager"))
        .current_dir(folder.path())
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .expect("runs");
    let lines = || {
        let text = std::fs::read_to_string(at("r.reproduce.record"));
        text.map_or(0, |text| text.lines().count())
    };
    while lines() < 2 && child.try_wait().expect("a state").is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let changed = PRIOR.replace("[-1, 1]", "[-1.1, 1.1]");
    std::fs::write(at("p.toml"), changed).expect("writable");
    refused(&in_folder(folder.path(), &arguments), &["definitions"]);
}

/// A digit that changed by itself changes no number: its line is left out by name, and computed
/// again.
#[test]
fn damage_is_named_and_mended() {
    let folder = folder();
    let run = || {
        in_folder(
            folder.path(),
            &[
                "simulate",
                "--lambda",
                "1.5",
                "--n",
                "40",
                "--d",
                "20",
                "--instances",
                "4",
                "--iterations",
                "5",
                "--record",
                "r.jsonl",
                "--format",
                "json",
            ],
        )
    };
    let good = json(&run());
    let record = folder.path().join("r.jsonl");
    let bytes = std::fs::read(&record).expect("a record");
    let first = bytes.iter().position(|&byte| byte == b'\n').expect("lines");
    for (place, bit) in (first + 9..bytes.len() - 1).step_by(97).zip((0..8).cycle()) {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << bit;
        std::fs::write(&record, flipped).expect("writable");
        let output = run();
        let warning = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(warning.contains("damaged"), "{place}: {warning}");
        assert_eq!(json(&output), good, "{place}");
    }
    // A damaged first line: nothing in the file can be trusted to be of these settings.
    let mut flipped = bytes.clone();
    flipped[first / 2] ^= 1;
    std::fs::write(&record, flipped).expect("writable");
    refused(&run(), &["r.jsonl", "first line"]);
}

/// A run that is killed within an instance goes on there, to the record of one that was not.
#[test]
fn a_killed_instance_goes_on() {
    for (algorithm, store) in [("amp", "one-bit"), ("gd", "dense")] {
        let simulate = |folder: &Path, every: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_onsager"));
            command
                .current_dir(folder)
                .args(["simulate", "--lambda", "1.5", "--n", "600", "--d", "300"])
                .args(["--algorithm", algorithm, "--store", store])
                .args(["--instances", "2", "--iterations", "4000"])
                .args(["--run-tolerance", "1e-300", "--record", "r.jsonl"])
                .args(every)
                .stdout(Stdio::null())
                .stderr(Stdio::piped());
            command
        };
        let (whole, killed) = (folder(), folder());
        let status = simulate(whole.path(), &[]).status();
        assert!(status.expect("runs").success());
        let checkpoint = killed.path().join("r.jsonl.checkpoint");
        let begun = || {
            let bytes = std::fs::read(&checkpoint).unwrap_or_default();
            let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or(&[]);
            let header: Option<serde_json::Value> = serde_json::from_slice(line).ok();
            header.and_then(|header| header["iteration"].as_u64())
        };
        let every = ["--checkpoint-every", "50", "--verbose"];
        for target in [50, 500] {
            // A kill between two instances is none within one: then another.
            loop {
                let mut child = simulate(killed.path(), &every).spawn().expect("runs");
                while begun().is_none_or(|iteration| iteration < target) {
                    assert!(child.try_wait().expect("a state").is_none(), "too short");
                    std::thread::sleep(Duration::from_millis(1));
                }
                child.kill().expect("killed");
                child.wait().expect("ended");
                if begun().is_some() {
                    break;
                }
            }
        }
        // As if killed while it wrote, where it was not.
        std::fs::write(killed.path().join("r.jsonl.checkpoint.part"), "{").expect("writable");
        let output = simulate(killed.path(), &every).output().expect("runs");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{message}");
        assert!(message.contains("goes on behind iteration"), "{message}");
        assert!(!checkpoint.exists());
        assert_eq!(contents(whole.path()), contents(killed.path()));
    }
}

/// A long simulation with its record, in which one instance is finished.
fn simulating(folder: &Path) -> (Child, PathBuf) {
    let size = ["--n", "2000", "--d", "1000", "--instances", "1000"];
    let child = Command::new(env!("CARGO_BIN_EXE_onsager"))
        .current_dir(folder)
        .args(["simulate", "--lambda", "1.5", "--record", "r.jsonl"])
        .args(size)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    let record = folder.join("r.jsonl");
    while std::fs::read_to_string(&record).map_or(0, |text| text.lines().count()) < 2 {
        std::thread::sleep(Duration::from_millis(2));
    }
    (child, record)
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_says_how_to_go_on() {
    let folder = folder();
    let (child, _) = simulating(folder.path());
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.expect("kill runs").success());
    let output = child.wait_with_output().expect("ended");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{message}");
    assert!(
        message.contains("r.jsonl; the same command goes on"),
        "{message}"
    );
}

/// What another program does to a record during the run is an error, and the reply does not name a
/// file that is not there.
#[test]
#[cfg(unix)]
fn a_record_that_vanishes_is_an_error() {
    type Change = fn(&Path);
    let change: [(&str, Change); 2] = [
        ("removed", |path| {
            std::fs::remove_file(path).expect("removed")
        }),
        ("changed", |path| std::fs::write(path, "").expect("emptied")),
    ];
    for (word, change) in change {
        let folder = folder();
        let (child, record) = simulating(folder.path());
        change(&record);
        refused(
            &child.wait_with_output().expect("ended"),
            &["r.jsonl", word],
        );
    }
}

/// Runs a script in an own, empty file system of 64 kB; `None` where the machine does not let one
/// be mounted.
#[cfg(target_os = "linux")]
fn in_small_file_system(script: &str) -> Option<String> {
    let folder = folder();
    let mount = "mkdir small && mount -t tmpfs -o size=64k tmpfs small || exit 77\n";
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c"])
        .arg(format!("{mount}cd small; cp ../p.toml .\n{script}"))
        .env("ONSAGER", env!("CARGO_BIN_EXE_onsager"))
        .current_dir(folder.path())
        .output()
        .ok()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(77) {
        eprintln!("no file system of our own on this machine: {errors}");
        return None;
    }
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{text}{errors}");
    Some(text)
}

/// Another program fills the file system in the middle of a run of several threads, and frees it:
/// at the end of the run, or as soon as it is full. The record holds whole lines, and the run goes
/// on to the reply of an undisturbed one.
#[test]
#[cfg(target_os = "linux")]
fn a_full_file_system_leaves_whole_lines() {
    let commands = [
        "simulate --lambda 1.5 --n 40 --d 20 --instances 60 --iterations 5",
        "sweep ../s.toml",
    ];
    for command in commands {
        let begin = format!(
            "run() {{ \"$ONSAGER\" {command} --threads 8 --format json --record r 2>&1; }}
            run > ../whole; rm r; cat /dev/zero > filler; truncate -s -4096 filler\n"
        );
        let end = "tail -c 1 r | od -An -c; run > ../resumed
            of() { grep -v -e seconds -e added -e known ../$1 > ../$1.numbers; }
            of whole; of resumed; diff ../whole.numbers ../resumed.numbers";
        let at_the_end = format!("{begin} run; echo status $?; rm filler; {end}");
        let Some(text) = in_small_file_system(&at_the_end) else {
            return;
        };
        let said = [
            "status 2",
            "No space left",
            "the same command goes on",
            "\\n",
        ];
        assert!(said.iter().all(|part| text.contains(part)), "{text}");
        let at_once = format!(
            "{begin} run > ../first &
            while kill -0 $!; do
                if [ $(stat -c %s r || echo 0) -gt 3400 ]; then rm -f filler; fi
            done
            rm -f filler; {end}"
        );
        for _ in 0..5 {
            let text = in_small_file_system(&at_once).expect("as before");
            assert!(!text.contains("damaged"), "{text}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn full_devices_and_absurd_numbers_of_threads_are_harmless() {
    let onsager = || Command::new(env!("CARGO_BIN_EXE_onsager"));
    let full = || {
        std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("a device")
    };
    let status = onsager()
        .args(["solve", "--alpha", "2"])
        .stderr(full())
        .status();
    assert_eq!(status.expect("runs").code(), Some(2));
    let output = onsager()
        .args(["solve", "--alpha", "2", "--lambda", "1.5"])
        .env("RAYON_NUM_THREADS", "1000000")
        .output()
        .expect("runs");
    // As many threads as there may be, or an error that says so.
    assert!(matches!(output.status.code(), Some(0 | 2)), "{output:?}");
}

#[test]
#[cfg(unix)]
fn permissions_stay() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let path = folder.path().join("o.json");
    let solve = || {
        in_folder(
            folder.path(),
            &[
                "solve", "--alpha", "2", "--lambda", "1.5", "--output", "o.json",
            ],
        )
    };
    let mode = || {
        std::fs::metadata(&path)
            .expect("a file")
            .permissions()
            .mode()
            & 0o777
    };
    let set =
        |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
    assert!(solve().status.success());
    set(0o600);
    assert!(solve().status.success());
    assert_eq!(mode(), 0o600);
    set(0o444);
    refused(&solve(), &["o.json", "write-protected"]);
}
