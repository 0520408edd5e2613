//! What definition files may hold, and what is said about those that are wrong.

mod files;
mod potentials;
mod priors;
mod references;

use super::*;
use std::path::PathBuf;
use tempfile::TempDir;

/// A folder with these files: name and content.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("inside of the folder")).expect("writable");
        std::fs::write(path, text).expect("writable");
    }
    folder
}

/// `text` with the one occurrence of `from` replaced.
fn with(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from} stands there once");
    text.replacen(from, to, 1)
}

/// Checks an error about a place: reason and hint contain these words, and line and column are
/// those at which `at` begins.
#[track_caller]
fn assert_error_at(text: &str, error: &Error, at: &str, words: [&str; 2]) {
    let Error::Formula {
        line,
        column,
        reason,
        hint,
        excerpt,
        ..
    } = error
    else {
        panic!("expected an error with a place, not {error}");
    };
    assert!(reason.contains(words[0]), "{}: {error}", words[0]);
    assert!(hint.contains(words[1]), "{}: {error}", words[1]);
    let content = text.lines().nth(line - 1).expect("the line exists");
    let rest: String = content.chars().skip(column - 1).collect();
    assert!(rest.starts_with(at), "\"{rest}\" is not \"{at}\": {error}");
    // The line itself, and a mark under the place.
    let shown: Vec<&str> = excerpt.lines().collect();
    assert_eq!(shown.len(), 3, "{excerpt}");
    assert_eq!(shown[1], format!("  {content}"));
    assert_eq!(shown[2].chars().count(), 2 + column, "{excerpt}");
    assert!(shown[2].ends_with('^'), "{excerpt}");
}

/// Checks an error about a file as a whole.
#[track_caller]
fn assert_refused(error: &Error, words: &str) {
    assert!(matches!(error, Error::Definition { .. }), "{error}");
    assert!(error.to_string().contains(words), "{words}: {error}");
}

/// Checks an error about a flag: its name, and what it says.
#[track_caller]
fn assert_invalid(error: &Error, field: &str, words: &str) {
    let Error::InvalidInput {
        field: found,
        allowed,
        ..
    } = error
    else {
        panic!("expected bad input, not {error}");
    };
    assert_eq!(found, field, "{error}");
    assert!(allowed.contains(words), "{words}: {error}");
}

fn settings(pairs: &[(&str, &str)]) -> Settings {
    pairs
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

#[test]
fn every_file_of_equations_is_embedded_and_valid() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/equations");
    let mut files = Vec::new();
    for folder in ["priors", "potentials"] {
        for entry in std::fs::read_dir(format!("{root}/{folder}")).expect("the folder exists") {
            let path = entry.expect("readable").path();
            files.push(
                path.file_stem()
                    .and_then(|stem| stem.to_str())
                    .expect("a name")
                    .to_owned(),
            );
        }
    }
    files.sort();
    let mut known = Catalogue::default().names().expect("readable");
    known.sort();
    assert_eq!(files, known);
    for name in known {
        if let Err(error) = Catalogue::default().definition(&name) {
            panic!("{name}: {error}");
        }
    }
}
