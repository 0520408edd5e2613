//! The part of a study that makes a potential its model: definition, regions, boundaries.

use crate::fixed_point::EventKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Numbers below this in absolute value count as 0 in conditions.
const ZERO: f64 = 1e-5;

/// A potential as the model of a diagram; the axes vary its parameters (or those of its priors, as
/// in `signal.rho`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PotentialSpec {
    /// Name of a potential, or path of its file.
    pub definition: String,
    /// Parameters and priors that do not vary.
    #[serde(default)]
    pub set: BTreeMap<String, Setting>,
    /// Folder of definitions before the built-in ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equations: Option<PathBuf>,
    /// The regions of the diagram: a cell belongs to the first of which all conditions hold.
    #[serde(default)]
    pub region: Vec<RegionSpec>,
    /// The boundaries that are located along the vertical axis.
    #[serde(default)]
    pub boundary: Vec<LineSpec>,
}

/// A number, or the name of a prior.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a number, or the name of a prior")]
pub enum Setting {
    /// A number.
    Number(f64),
    /// A name.
    Name(String),
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number:?}"),
            Self::Name(name) => formatter.write_str(name),
        }
    }
}

/// A region by conditions on the answer of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionSpec {
    /// Its name, in tables and figures.
    pub name: String,
    /// Conditions that all hold: `m = 0`, `m != 0` (0 within 1e-5), `q > 0.1`, `replicon < 1`,
    /// `stable`, `unstable`.
    #[serde(rename = "where")]
    pub conditions: Vec<Condition>,
}

/// A boundary: an event on the branch of solutions of some regions, or where the answer goes from
/// one region to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineSpec {
    /// Its name, in tables and figures.
    pub name: String,
    /// What happens there: `fold`, `stability-change` (replicon 1), `bifurcation` (eigenvalue 1),
    /// `onset` (an order parameter vanishes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventKind>,
    /// Regions of the solutions on whose branch it happens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<String>,
    /// The two regions between which it lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<[String; 2]>,
}

/// A condition on a solution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Condition {
    /// Whether the solution is stable: replicon and eigenvalue below 1, errors included.
    Stable(bool),
    /// A number against a bound.
    Number {
        /// Order parameter, observable, `value`, `eigenvalue` or `replicon`.
        name: String,
        /// How it is compared.
        relation: Relation,
        /// The bound.
        bound: f64,
    },
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Equal, within 1e-5.
    Equal,
    /// Different by more than that.
    Different,
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
    /// More.
    More,
    /// More or equal.
    AtLeast,
}

/// Signs of the relations, those first that contain another.
const SIGNS: [(&str, Relation); 6] = [
    ("!=", Relation::Different),
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("<", Relation::Less),
    (">", Relation::More),
    ("=", Relation::Equal),
];

impl Relation {
    /// Whether it holds.
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Equal => (value - bound).abs() <= ZERO,
            Self::Different => (value - bound).abs() > ZERO,
            Self::Less => value < bound,
            Self::AtMost => value <= bound,
            Self::More => value > bound,
            Self::AtLeast => value >= bound,
        }
    }

    fn sign(self) -> &'static str {
        let own = SIGNS.iter().find(|(_, relation)| *relation == self);
        own.map_or("=", |(sign, _)| sign)
    }
}

impl JsonSchema for Condition {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

impl TryFrom<String> for Condition {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.trim() {
            "stable" => return Ok(Self::Stable(true)),
            "unstable" => return Ok(Self::Stable(false)),
            _ => {}
        }
        let number = SIGNS.iter().find_map(|(sign, relation)| {
            let (name, bound) = text.split_once(sign)?;
            let (name, bound) = (name.trim(), bound.trim().parse::<f64>().ok()?);
            (!name.is_empty() && bound.is_finite()).then(|| Self::Number {
                name: name.into(),
                relation: *relation,
                bound,
            })
        });
        number.ok_or_else(|| {
            format!(
                "\"{text}\" is not a condition: write \"m = 0\", \"m != 0\", \"q > 0.1\", \"replicon < 1\", \"stable\" or \"unstable\""
            )
        })
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::Stable(true) => "stable".into(),
            Condition::Stable(false) => "unstable".into(),
            Condition::Number {
                name,
                relation,
                bound,
            } => format!("{name} {} {bound}", relation.sign()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_written() {
        for text in [
            "m = 0",
            "m != 0",
            "q > 0.1",
            "replicon <= 1",
            "stable",
            "unstable",
        ] {
            let condition = Condition::try_from(text.to_owned()).expect("a condition");
            assert_eq!(String::from(condition), text);
        }
        for wrong in ["m", "= 0", "m > x", "m >", "m = inf", ""] {
            let error = Condition::try_from(wrong.to_owned()).expect_err("refused");
            assert!(error.contains("is not a condition"), "{error}");
        }
        assert!(Relation::Equal.holds(1e-6, 0.0) && !Relation::Different.holds(1e-6, 0.0));
        assert!(Relation::AtLeast.holds(1.0, 1.0) && !Relation::Less.holds(1.0, 1.0));
    }
}
