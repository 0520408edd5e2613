//! Definition files as text: errors in them are reported with line, column and the line itself.

use super::citation::{Source, bibliography, entry};
use crate::error::{Error, Result};
use crate::files::{Role, read_text};
use crate::symbolic::{Formula, FormulaError, PARTS, Scope, Span, closest, within};
use serde::de::DeserializeOwned;
use std::path::Path;
use toml::Spanned;

/// A definition file.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    /// Path, or name of a built-in file.
    pub origin: String,
    pub text: String,
}

/// A string of a definition file, with its place.
#[derive(Debug, Clone)]
pub(crate) struct Located {
    pub text: String,
    /// First byte of the string's content in the file.
    start: usize,
    /// Whether the content stands in the file as it is, without escapes.
    verbatim: bool,
}

impl SourceFile {
    pub fn read(path: &Path) -> Result<Self> {
        Ok(Self {
            origin: path.display().to_string(),
            text: read_text(path, Role::Definition)?,
        })
    }

    /// The file as a TOML document of the given form.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        toml::from_str(&self.text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            self.error(
                start,
                error.message(),
                "see equations/README.md for the format",
            )
        })
    }

    pub fn located(&self, value: &Spanned<String>) -> Located {
        let (span, text) = (value.span(), value.get_ref());
        let raw = self.text.get(span.clone()).unwrap_or_default();
        match raw.find(text.as_str()) {
            Some(quote) => Located {
                text: text.clone(),
                start: span.start + quote,
                verbatim: true,
            },
            None => Located {
                text: text.clone(),
                start: span.start,
                verbatim: false,
            },
        }
    }

    /// Reads a formula in a scope.
    pub fn formula(&self, scope: &Scope, text: &Located) -> Result<Formula> {
        scope
            .read(&text.text)
            .map_err(|error| self.formula_error(text, error))
    }

    pub fn formula_error(&self, text: &Located, error: FormulaError) -> Error {
        let start = match text.verbatim {
            true => text.start + error.span.start,
            false => text.start,
        };
        self.error(start, error.reason, error.hint)
    }

    /// An error about all of a string.
    pub fn whole_error(
        &self,
        text: &Located,
        reason: impl Into<String>,
        hint: impl Into<String>,
    ) -> Error {
        let span = Span {
            start: 0,
            end: text.text.len(),
        };
        self.formula_error(text, FormulaError::new(span, reason, hint))
    }

    /// An error at a byte of the file.
    pub fn error(&self, at: usize, reason: impl Into<String>, hint: impl Into<String>) -> Error {
        let before = self.text.get(..at).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        let content = self.text[line_start..].lines().next().unwrap_or_default();
        let excerpt: String = content.chars().take(160).collect();
        Error::Formula {
            origin: self.origin.clone(),
            line,
            column,
            reason: reason.into(),
            hint: hint.into(),
            excerpt: format!("\n  {excerpt}\n  {}^", " ".repeat(column.min(160) - 1)),
        }
    }

    /// An error about the file as a whole. What `read` makes of the file, unless its formulas ask
    /// for more algebra than a definition may.
    pub fn affordable<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        within(PARTS, read).unwrap_or_else(|exhausted| Err(self.refuse(exhausted.to_string())))
    }

    /// Checks that the works of a source are in the bibliography.
    pub fn require_known(&self, source: &Source) -> Result<()> {
        for citation in source.citations() {
            let key = citation.cite.as_str();
            if entry(key).is_some() {
                continue;
            }
            let all = bibliography();
            let near = closest(key, all.iter().map(|entry| entry.key));
            let hint = near.map_or_else(String::new, |near| format!("did you mean \"{near}\"? "));
            return Err(self.refuse(format!(
                "cites \"{key}\", which is not in the bibliography: {hint}name another source in words, source = \"…\""
            )));
        }
        Ok(())
    }

    pub fn refuse(&self, reason: impl Into<String>) -> Error {
        Error::Definition {
            origin: self.origin.clone(),
            reason: reason.into(),
        }
    }
}

impl Located {
    /// The parts of `name = formula`.
    pub fn assignment(&self) -> Option<(Self, Self)> {
        let equals = self.text.find('=')?;
        Some((self.part(0, equals), self.part(equals + 1, self.text.len())))
    }

    /// The trimmed part of these bytes.
    pub fn part(&self, start: usize, end: usize) -> Self {
        let raw = &self.text[start..end];
        let text = raw.trim();
        let skipped = raw.len() - raw.trim_start().len();
        Self {
            text: text.into(),
            start: if self.verbatim {
                self.start + start + skipped
            } else {
                self.start
            },
            verbatim: self.verbatim,
        }
    }

    /// `name(argument, argument)` or `name`, taken apart.
    pub fn application(&self) -> Option<(Self, Vec<Self>)> {
        let Some(opening) = self.text.find('(') else {
            return Some((self.clone(), vec![]));
        };
        let closing = self.text.strip_suffix(')')?.len();
        let mut arguments = Vec::new();
        let (mut depth, mut from) = (0usize, opening + 1);
        for (at, character) in self.text[..closing]
            .char_indices()
            .skip_while(|(at, _)| *at <= opening)
        {
            match character {
                '(' => depth += 1,
                ')' => depth = depth.checked_sub(1)?,
                ',' if depth == 0 => {
                    arguments.push(self.part(from, at));
                    from = at + 1;
                }
                _ => {}
            }
        }
        arguments.push(self.part(from, closing));
        Some((self.part(0, opening), arguments))
    }
}
