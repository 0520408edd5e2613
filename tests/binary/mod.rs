//! The binary, as a user runs it.
#![allow(dead_code)]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

pub fn onsager(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_onsager"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

pub fn in_folder(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_onsager"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the binary runs")
}

#[track_caller]
pub fn json(output: &Output) -> Value {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[track_caller]
pub fn refused(output: &Output, words: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(output.stdout.is_empty());
    for word in words {
        assert!(
            message.contains(word),
            "\"{word}\" is missing in: {message}"
        );
    }
}

/// A record whose lines were edited, with the checksums that these lines have now.
pub fn resealed(text: &str) -> String {
    let line = |line: &str| {
        let (body, _) = line.rsplit_once(",\"crc32\":").expect("a checksum");
        let checksum = crc32fast::hash(format!("{body}}}").as_bytes());
        format!("{body},\"crc32\":\"{checksum:08x}\"}}\n")
    };
    text.lines().map(line).collect()
}
