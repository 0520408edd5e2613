//! Parameters of a definition: default, domain, meaning; and the values that a user sets.

use super::file::SourceFile;
use crate::error::{Error, Result};
use crate::symbolic::{Interval, UNARY, closest};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// A range of admissible values, with open or closed ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Domain {
    /// Lower end.
    pub low: f64,
    /// Whether the lower end itself is excluded.
    pub low_open: bool,
    /// Upper end.
    pub high: f64,
    /// Whether the upper end itself is excluded.
    pub high_open: bool,
}

/// A control parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Value unless the user sets another.
    pub default: f64,
    /// Admissible values.
    pub domain: Domain,
    /// What it is.
    pub meaning: String,
}

/// A parameter as files have it: a number, or a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a number, or a table of default (a number), domain and meaning"
)]
pub(super) enum RawParameter {
    Value(f64),
    Full(FullParameter),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FullParameter {
    default: f64,
    #[serde(default)]
    domain: Option<String>,
    #[serde(default)]
    meaning: String,
}

/// Values by name, as the user set them: text, because a prior may be named as well.
pub type Settings = BTreeMap<String, String>;

impl Domain {
    /// All finite numbers.
    pub const LINE: Self = Self {
        low: f64::NEG_INFINITY,
        low_open: true,
        high: f64::INFINITY,
        high_open: true,
    };

    /// Reads `[0, 1)`, `(0, inf)` and the like.
    pub fn parse(text: &str) -> Option<Self> {
        let low_open = match text.chars().next()? {
            '(' => true,
            '[' => false,
            _ => return None,
        };
        let high_open = match text.chars().last()? {
            ')' => true,
            ']' => false,
            _ => return None,
        };
        let (low, high) = text.get(1..text.len() - 1)?.split_once(',')?;
        let end = |text: &str| match text.trim() {
            "inf" | "+inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            number => number.parse::<f64>().ok().filter(|value| value.is_finite()),
        };
        let domain = Self {
            low: end(low)?,
            low_open,
            high: end(high)?,
            high_open,
        };
        (domain.low < domain.high).then_some(domain)
    }

    /// Whether the value is finite and inside.
    pub fn contains(self, value: f64) -> bool {
        let above = value > self.low || value == self.low && !self.low_open;
        let below = value < self.high || value == self.high && !self.high_open;
        value.is_finite() && above && below
    }

    /// As an interval, open ends moved inside by the least amount.
    pub fn interval(self) -> Interval {
        Interval {
            low: if self.low_open {
                self.low.next_up()
            } else {
                self.low
            },
            high: if self.high_open {
                self.high.next_down()
            } else {
                self.high
            },
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |value: f64| match value {
            f64::INFINITY => "∞".into(),
            f64::NEG_INFINITY => "−∞".into(),
            value => value.to_string(),
        };
        let (opening, closing) = (["[", "("], ["]", ")"]);
        write!(
            formatter,
            "{}{}, {}{}",
            opening[usize::from(self.low_open)],
            end(self.low),
            end(self.high),
            closing[usize::from(self.high_open)]
        )
    }
}

impl RawParameter {
    /// The parameter; a text for the reason where its domain can't be read or leaves the default
    /// out.
    pub fn resolve(&self, name: &str) -> std::result::Result<Parameter, String> {
        let (default, domain, meaning) = match self {
            Self::Value(default) => (*default, None, String::new()),
            Self::Full(full) => (full.default, full.domain.as_deref(), full.meaning.clone()),
        };
        let domain = read_domain(name, domain)?;
        if !domain.contains(default) {
            return Err(format!(
                "the default {default} of {name} lies outside of its domain {domain}"
            ));
        }
        Ok(Parameter {
            name: name.into(),
            default,
            domain,
            meaning,
        })
    }
}

/// The parameters of a file.
pub(super) fn resolve_all(
    file: &SourceFile,
    raw: &BTreeMap<String, RawParameter>,
) -> Result<Vec<Parameter>> {
    if let Some(name) = raw.keys().find(|name| !is_name(name)) {
        let reason = format!(
            "\"{name}\" is not a name of a parameter: use letters, digits and _, and neither pi nor the name of a function"
        );
        return Err(file.refuse(reason));
    }
    let resolve = |(name, parameter): (&String, &RawParameter)| {
        parameter
            .resolve(name)
            .map_err(|reason| file.refuse(reason))
    };
    raw.iter().map(resolve).collect()
}

/// Whether formulas can have it as a name of their own.
pub(super) fn is_name(name: &str) -> bool {
    let letters = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let others = ["pi", "sqrt", "ln_2cosh", "log_sum_exp"];
    let taken = others.contains(&name) || UNARY.iter().any(|(known, _)| *known == name);
    letters && name.starts_with(|c: char| c.is_alphabetic()) && !taken
}

/// The domain of that text, the whole line if there is none.
pub(super) fn read_domain(name: &str, text: Option<&str>) -> std::result::Result<Domain, String> {
    let Some(text) = text else {
        return Ok(Domain::LINE);
    };
    Domain::parse(text).ok_or_else(|| {
        format!(
            "the domain \"{text}\" of {name} is not an interval such as \"(0, 1]\" or \"[0, inf)\""
        )
    })
}

/// Values of the parameters: defaults, overridden by what the user set.
///
/// # Errors
/// A setting that names no parameter, is not a number, or lies outside of its parameter's domain.
pub(super) fn values(
    parameters: &[Parameter],
    settings: &Settings,
    others: &[&str],
) -> Result<BTreeMap<String, f64>> {
    let known = || {
        parameters
            .iter()
            .map(|parameter| parameter.name.as_str())
            .chain(others.iter().copied())
    };
    if let Some(unknown) = settings
        .keys()
        .find(|name| !known().any(|own| own == *name))
    {
        let names: Vec<&str> = known().collect();
        let allowed = match closest(unknown, known()) {
            Some(near) => format!("no such parameter: did you mean \"{near}\"?"),
            None if names.is_empty() => "the definition has no parameters".into(),
            None => format!("no such parameter: there are {}", names.join(", ")),
        };
        return Err(Error::invalid("set", unknown, allowed));
    }
    let value = |parameter: &Parameter| {
        let name = &parameter.name;
        let Some(text) = settings.get(name) else {
            return Ok((name.clone(), parameter.default));
        };
        let allowed = || format!("{name} must be a number in {}", parameter.domain);
        let value: f64 = text
            .trim()
            .parse()
            .map_err(|_| Error::invalid("set", format!("{name}={text}"), allowed()))?;
        match parameter.domain.contains(value) {
            true => Ok((name.clone(), value)),
            false => Err(Error::invalid("set", format!("{name}={text}"), allowed())),
        }
    };
    parameters.iter().map(value).collect()
}
