//! Where a definition comes from: a key of `equations/references.bib` and a place in that source,
//! or a sentence.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The bibliography, built into the binary.
pub const BIBLIOGRAPHY: &str = include_str!("../../equations/references.bib");

/// Source of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected { cite = KEY, at = PLACE }, a list of them, or a sentence"
)]
pub enum Source {
    /// A cited work.
    Cited(Citation),
    /// Several of them.
    Several(Vec<Citation>),
    /// In words, for a user's own definition.
    Words(String),
}

/// A place in a cited work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// Key of the bibliography.
    pub cite: String,
    /// Equation, theorem or section.
    pub at: String,
}

impl Source {
    /// The places that are cited.
    pub fn citations(&self) -> &[Citation] {
        match self {
            Self::Cited(citation) => std::slice::from_ref(citation),
            Self::Several(citations) => citations,
            Self::Words(_) => &[],
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Words(words) = self {
            return formatter.write_str(words);
        }
        let places: Vec<String> = self
            .citations()
            .iter()
            .map(|citation| format!("{}, {}", citation.cite, citation.at))
            .collect();
        formatter.write_str(&places.join("; "))
    }
}

/// One entry of the bibliography.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Citation key.
    pub key: &'static str,
    /// The whole BibTeX entry.
    pub text: &'static str,
}

/// The entries of the bibliography, in its order.
pub fn bibliography() -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut rest = BIBLIOGRAPHY;
    while let Some(start) = rest.find('@') {
        rest = &rest[start..];
        // An entry ends with a closing brace at the start of a line.
        let end = rest.find("\n}").map_or(rest.len(), |end| end + 2);
        let (text, after) = rest.split_at(end);
        let key = text
            .split_once('{')
            .and_then(|(_, body)| body.split_once(','));
        if let Some((key, _)) = key {
            entries.push(Entry {
                key: key.trim(),
                text,
            });
        }
        rest = after;
    }
    entries
}

/// The entry with that key.
pub fn entry(key: &str) -> Option<Entry> {
    bibliography().into_iter().find(|entry| entry.key == key)
}
