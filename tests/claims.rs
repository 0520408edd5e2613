//! `onsager reproduce claims`: statements of arXiv:2505.18046 with verdicts, a page of them, and
//! runs that were interrupted.

mod binary;

use binary::{in_folder, json, refused};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const SIZE: [&str; 6] = ["--instances", "4", "--d", "60", "--directory", "."];

fn claims(reply: &Value) -> Vec<&Value> {
    reply["claims"].as_array().expect("a list").iter().collect()
}

fn named<'a>(reply: &'a Value, name: &str) -> &'a Value {
    let mut all = claims(reply).into_iter();
    all.find(|claim| claim["name"] == name)
        .unwrap_or_else(|| panic!("{name} among {reply:#}"))
}

/// All of them at a small size, with the page; computed numbers have their verdicts at any size.
#[test]
fn all_claims_on_one_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["reproduce", "claims", "--format", "json"];
    let done = in_folder(folder.path(), &[&arguments[..], &SIZE].concat());
    let reply = json(&done);
    for claim in claims(&reply) {
        for field in [
            "name",
            "equation",
            "statement",
            "verdict",
            "study",
            "seconds",
        ] {
            assert!(!claim[field].is_null(), "{field} of {claim:#}");
        }
        let obtained = claim["verdict"] != "not-obtained";
        assert!(!obtained || claim["obtained"].is_number(), "{claim:#}");
        assert!(!obtained || claim["error"].is_number(), "{claim:#}");
        assert!(obtained || claim["note"].is_string(), "{claim:#}");
    }
    let verdict = |name: &str| named(&reply, name)["verdict"].as_str().expect("a word");
    // Small machines say little, and nothing wrong.
    assert_ne!(verdict("threshold of linear AMP"), "disagrees");
    assert_eq!(verdict("threshold of AMP"), "disagrees");
    assert_eq!(verdict("gaussian: exact"), "agrees");
    for alpha in [2, 4] {
        assert_eq!(
            verdict(&format!("a learnt signal helps, α = {alpha}")),
            "disagrees"
        );
    }
    // theory.md sections 10 and 4: 1.22362049, 0.99765090 and 0.451330, 0.403634, 0.449122.
    let number = |name: &str| named(&reply, name)["obtained"].as_f64().expect("a number");
    for (name, expected, digits) in [
        ("a learnt signal helps, α = 2", 1.223_620_49, 1e-7),
        ("a learnt signal helps, α = 4", 0.997_650_90, 1e-7),
        ("aligned for λ = 1.5 and 1.2", 0.451_330, 1e-6),
        ("aligned for λ = 1.2 and 1.2", 0.403_634, 1e-6),
        ("aligned for λ = 1.5 and 1.5", 0.449_122, 1e-6),
    ] {
        assert!(
            (number(name) - expected).abs() < digits,
            "{name}: {}",
            number(name)
        );
    }
    let page = std::fs::read_to_string(folder.path().join("CLAIMS.md")).expect("written");
    for claim in claims(&reply) {
        let name = claim["name"].as_str().expect("text").replace('|', "\\|");
        assert!(page.contains(&format!("| {name} |")), "{name}");
    }
    assert!(!folder.path().join("claims.record").exists());
}

/// A page whose run was killed is finished by the same command, which leaves what was there.
#[test]
fn a_killed_page_goes_on_behind_what_is_finished() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let mut child = Command::new(env!("CARGO_BIN_EXE_onsager"))
        .current_dir(folder.path())
        .args([&["reproduce", "claims"][..], &SIZE].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("runs");
    let finished = |path: &Path| {
        std::fs::read_to_string(path).map_or(0, |text| text.lines().count().saturating_sub(1))
    };
    while finished(&at("claims.record")) < 2 && child.try_wait().expect("a state").is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert!(!at("CLAIMS.md").exists());
    std::fs::remove_file(at("theorem1.svg")).expect("it was drawn");
    let again = in_folder(
        folder.path(),
        &[&["reproduce", "claims"][..], &SIZE].concat(),
    );
    assert!(again.status.success());
    // What was finished was not computed again.
    assert!(!at("theorem1.svg").exists());
    assert!(at("CLAIMS.md").exists() && !at("claims.record").exists());
    // Other settings are another run.
    std::fs::write(at("claims.record"), "{}\n").expect("writable");
    refused(
        &in_folder(
            folder.path(),
            &[&["reproduce", "claims"][..], &SIZE].concat(),
        ),
        &["claims.record"],
    );
}
