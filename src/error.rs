//! The one error type of the library: bad input and faults of the surroundings.
//!
//! What a *solver* may legitimately find (no convergence, a broken domain, an unstable replicon) is
//! not an error but an outcome (`theory::Outcome`), part of the result.

use std::path::PathBuf;

/// Everything that stops work before, or instead of, a result. Each variant says what to change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A field of the input is outside of its range.
    #[error("{field} is {got}: {allowed}")]
    InvalidInput {
        /// Name of the field as the user knows it (flag or key of the configuration).
        field: String,
        /// What was given.
        got: String,
        /// The allowed range, and what to do.
        allowed: String,
    },
    /// A matrix or a list has another shape than the model asks for.
    #[error("{field} has shape {got}, expected {expected}")]
    Shape {
        /// Name of the field.
        field: String,
        /// Shape that was given.
        got: String,
        /// Shape that the model asks for.
        expected: String,
    },
    /// A request that does not fit in memory.
    #[error(
        "{what} needs {needed_mib} MiB but {available_mib} MiB are available: ask for less (n and d of a simulation, or its store one-bit; log2-paths and steps of dmft, points of a sweep, units and times of linear, sample of spectrum)"
    )]
    Memory {
        /// What was to be allocated.
        what: String,
        /// Mebibytes needed.
        needed_mib: u64,
        /// Mebibytes available.
        available_mib: u64,
    },
    /// A file that can't be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The path.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A configuration or definition that does not parse.
    #[error("{origin}: {reason}")]
    Definition {
        /// File or flag that was read.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A formula in a definition file that can't be used, with its place.
    #[error("{origin}:{line}:{column}: {reason}; {hint}{excerpt}")]
    Formula {
        /// File that was read.
        origin: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong.
        reason: String,
        /// What to write instead.
        hint: String,
        /// The line with a mark under the place, each on a line of its own.
        excerpt: String,
    },
    /// A record of other settings than those asked for.
    #[error("the record {path} belongs to other settings ({difference}): {remedy}")]
    ForeignRecord {
        /// Path of the record.
        path: PathBuf,
        /// The settings that differ, as `key: recorded, asked for`.
        difference: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A figure that can't be drawn.
    #[error(transparent)]
    Figure(Box<dyn std::error::Error + Send + Sync>),
}

/// Result with the library's error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Shorthand for [`Error::InvalidInput`].
    pub fn invalid(
        field: impl Into<String>,
        got: impl std::fmt::Display,
        allowed: impl Into<String>,
    ) -> Self {
        Self::InvalidInput {
            field: field.into(),
            got: brief(got.to_string()),
            allowed: allowed.into(),
        }
    }

    /// Shorthand for [`Error::File`].
    pub fn file(path: impl Into<PathBuf>, reason: impl std::fmt::Display) -> Self {
        Self::File {
            path: path.into(),
            reason: reason.to_string(),
        }
    }
}

/// What was given, for a message: a number of many digits as a power of ten, the beginning of a
/// long text.
pub(crate) fn brief(got: String) -> String {
    const LONGEST: usize = 200;
    const NUMBER: usize = 30;
    if got.len() > NUMBER
        && let Ok(number) = got.parse::<f64>()
    {
        return format!("{number:e}");
    }
    let count = got.chars().count();
    if count <= LONGEST {
        return got;
    }
    let start: String = got.chars().take(LONGEST / 2).collect();
    format!("{start}… ({count} characters)")
}

/// Checks that `value` is finite and strictly positive.
pub(crate) fn require_positive(field: &str, value: f64) -> Result<()> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(Error::invalid(
            field,
            value,
            "must be a finite number greater than 0",
        ))
    }
}

/// Checks that `value` is finite, strictly positive and in a range in which the theory can be
/// computed.
pub(crate) fn require_between(field: &str, value: f64, low: f64, high: f64) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let allowed = format!("must be a finite number greater than 0, from {low} to {high}");
    Err(Error::invalid(field, format_args!("{value:?}"), allowed))
}

/// Checks that `value` lies in the half-open interval (0, 1].
pub(crate) fn require_fraction(field: &str, value: f64) -> Result<()> {
    if value > 0.0 && value <= 1.0 {
        Ok(())
    } else {
        Err(Error::invalid(field, value, "must lie in (0, 1]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_stays_short() {
        let shown =
            |value: &dyn std::fmt::Display| Error::invalid("atoms", value, "no").to_string();
        assert_eq!(shown(&-1e300), "atoms is -1e300: no");
        assert_eq!(shown(&0.1), "atoms is 0.1: no");
        assert_eq!(shown(&u64::MAX), "atoms is 18446744073709551615: no");
        let long = "ä".repeat(100_000);
        assert!(shown(&long).ends_with("ä… (100000 characters): no"));
        assert!(shown(&long).len() < 300);
    }
}
