//! The cells of a table.

use crate::quantity::Observable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A cell: a number, a flag, text, or nothing where no number was obtained.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Value {
    /// No number was obtained, or the row has none.
    #[default]
    Missing,
    /// Yes or no.
    Flag(bool),
    /// A finite number.
    Number(f64),
    /// A name, a reason.
    Text(String),
    // In files it is text like any other.
    /// The name of a quantity: in ASCII in files, its symbol for people.
    #[schemars(skip)]
    Quantity(Observable),
}

impl Value {
    /// The value of a cell in a file: nothing, `true` or `false`, a finite number, or text.
    pub fn parse(cell: &str) -> Self {
        match cell.trim() {
            "" if cell.is_empty() => Self::Missing,
            "true" => Self::Flag(true),
            "false" => Self::Flag(false),
            trimmed => match trimmed.parse::<f64>() {
                Ok(number) if number.is_finite() => Self::Number(number),
                _ => Self::Text(cell.to_owned()),
            },
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Whether this is what a person writes as `text`: numbers may be written in several ways.
    pub fn is_written(&self, text: &str) -> bool {
        self.is_written_as(text, &Self::parse(text))
    }

    /// As [`Value::is_written`], for a text that was parsed before.
    pub fn is_written_as(&self, text: &str, parsed: &Self) -> bool {
        match self {
            Self::Number(_) => self == parsed,
            Self::Text(own) => own == text,
            other => other.to_string() == text,
        }
    }

    /// Whether nothing was obtained.
    pub fn is_missing(&self) -> bool {
        *self == Self::Missing
    }
}

/// The form in files: numbers with all their digits, nothing for what is missing, `true` and
/// `false`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => Ok(()),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::Quantity(quantity) => write!(f, "{quantity}"),
        }
    }
}

/// A number that is not finite was not obtained.
impl From<f64> for Value {
    fn from(number: f64) -> Self {
        if number.is_finite() {
            Self::Number(number)
        } else {
            Self::Missing
        }
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Number(count as f64)
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Number(count as f64)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Observable> for Value {
    fn from(quantity: Observable) -> Self {
        Self::Quantity(quantity)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        if text.is_empty() {
            Self::Missing
        } else {
            Self::Text(text)
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}
