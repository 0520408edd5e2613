//! The columns of a table: a name for files, a heading and a number of digits for people.

use super::value::Value;

/// How people see the numbers of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Digits {
    /// Nine decimals; scientific notation for the small and the large; whole numbers as they are
    /// where all of a column are.
    #[default]
    Nine,
    /// This many decimals.
    Fixed(usize),
    /// One digit and the power of ten, as for an error.
    Scientific,
    /// As short as the number allows, as for a count.
    Shortest,
    /// Two digits, as for a standard error.
    Error,
    /// As many as the error in the same row leaves a meaning ([`super::Table::shown`]); nine without
    /// an error.
    ByError,
}

impl Digits {
    fn show(self, number: f64) -> String {
        match self {
            Self::Nine | Self::ByError => number_for_people(number),
            Self::Error if number == 0.0 => "0".into(),
            Self::Error => format!("{number:.1e}"),
            Self::Fixed(decimals) => format!("{number:.decimals$}"),
            Self::Scientific => format!("{number:.0e}"),
            Self::Shortest => number.to_string(),
        }
    }
}

/// Nine decimals, or scientific notation where the number is small or large.
pub fn number_for_people(number: f64) -> String {
    if number == 0.0 {
        "0".into()
    } else if number.abs() < 1e-4 || number.abs() >= 1e6 {
        format!("{number:.2e}")
    } else {
        format!("{number:.9}")
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in files, in ASCII: `zeta_11`.
    pub name: String,
    /// Its name for people: `ζ₁₁`.
    pub heading: String,
    /// How people see its numbers.
    pub digits: Digits,
}

impl Column {
    /// A column that has one name for files and people.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            heading: name.clone(),
            name,
            digits: Digits::default(),
        }
    }

    /// The column with a name of its own for people.
    pub fn headed(self, heading: impl Into<String>) -> Self {
        Self {
            heading: heading.into(),
            ..self
        }
    }

    /// The column with other digits for people.
    pub fn digits(self, digits: Digits) -> Self {
        Self { digits, ..self }
    }

    /// A cell of this column for people.
    pub fn show(&self, value: &Value) -> String {
        match value {
            Value::Missing => "—".into(),
            Value::Flag(true) => "yes".into(),
            Value::Flag(false) => "no".into(),
            Value::Number(number) => self.digits.show(*number),
            Value::Text(text) => text.clone(),
            Value::Quantity(quantity) => quantity.symbol(),
        }
    }
}
