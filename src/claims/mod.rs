//! Claims of a paper, each with what it says, what was obtained, and a verdict.
//!
//! | what was obtained | statement | agrees | disagrees |
//! |---|---|---|---|
//! | a mean with its standard error | equality | Student's two-sided p-value of at least [`LEVEL`], and a difference that matters would have been noticed | p-value below |
//! | | a bound | the other side of it is refuted at [`LEVEL`] | the statement is |
//! | a number with a bound of its error | either | no point within the error contradicts it | every point does |
//!
//! Everything else is *not obtained*. A claim that holds in part only is several statements, of
//! which some disagree; each of those says what is true instead.

mod page;

pub use page::{StudyClaims, page};

use crate::comparison::student;
use crate::ensemble::Estimate;
use crate::error::{Error, Result};
use crate::numerics::line::Line;
use crate::numerics::nullable;
use crate::table::{Column, Table, Value, number_for_people};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Probability with which one true statement about means is called wrong.
pub const LEVEL: f64 = 1e-3;

/// Key of the metadata of a study's table that holds its claims.
pub(crate) const METADATA: &str = "claims";

/// Differences below this, relative to the larger number, are rounding.
const ROUNDING: f64 = 1e-12;

/// What a statement says of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// It is the expected one.
    Equal,
    /// It is smaller.
    Below,
    /// It is larger.
    Above,
}

/// Whether a statement holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimVerdict {
    /// It does.
    Agrees,
    /// It does not.
    Disagrees,
    /// There is no number, or it says neither.
    NotObtained,
}

/// A statement, and what was obtained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// Its name, of its own within a study.
    pub name: String,
    /// Theorem, equation or figure that says so.
    pub equation: String,
    /// What is said, with the settings at which it was looked at.
    pub statement: String,
    /// What is said of the number.
    pub relation: Relation,
    /// The number that it is compared with.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub expected: f64,
    /// The number.
    pub obtained: Option<f64>,
    /// Its standard error, or a bound of its error where there is no p-value.
    pub error: Option<f64>,
    /// A difference that would have been noticed nine times out of ten, where a mean is said to be a
    /// number.
    pub noticeable: Option<f64>,
    /// Of a mean: two-sided for an equality, of the other side for a bound.
    pub p_value: Option<f64>,
    /// Whether it holds.
    pub verdict: ClaimVerdict,
    /// Why there is no verdict, or what is true instead.
    pub note: Option<String>,
}

/// A statement whose number is yet to come.
#[derive(Debug, Clone)]
pub struct Statement {
    name: String,
    equation: String,
    text: String,
    relation: Relation,
    expected: f64,
    instead: Option<String>,
}

impl Statement {
    /// A statement of this name, of a theorem, an equation or a figure, in words.
    pub fn new(
        name: impl Into<String>,
        equation: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            equation: equation.into(),
            text: text.into(),
            relation: Relation::Equal,
            expected: f64::NAN,
            instead: None,
        }
    }

    /// The number is this one.
    pub fn equals(self, expected: f64) -> Self {
        self.relates(Relation::Equal, expected)
    }

    /// The number is smaller.
    pub fn below(self, bound: f64) -> Self {
        self.relates(Relation::Below, bound)
    }

    /// The number is larger.
    pub fn above(self, bound: f64) -> Self {
        self.relates(Relation::Above, bound)
    }

    /// What is true where the statement is not.
    pub fn instead(self, text: impl Into<String>) -> Self {
        Self {
            instead: Some(text.into()),
            ..self
        }
    }

    fn relates(self, relation: Relation, expected: f64) -> Self {
        Self {
            relation,
            expected,
            ..self
        }
    }

    /// There is no number, and why.
    pub fn not_obtained(self, reason: impl Into<String>) -> Claim {
        self.claim(ClaimVerdict::NotObtained, [None; 3], Some(reason.into()))
    }

    /// The number is known up to `error`, which includes that of the expected one.
    pub fn computed(self, value: f64, error: f64) -> Claim {
        if !value.is_finite() || !error.is_finite() || !self.expected.is_finite() {
            return self.not_obtained("a number, or its error, is not finite");
        }
        let error = error + ROUNDING * value.abs().max(self.expected.abs());
        let difference = value - self.expected;
        let (holds, fails) = match self.relation {
            Relation::Equal => (difference.abs() <= error, difference.abs() > error),
            Relation::Below => (difference < -error, difference >= error),
            Relation::Above => (difference > error, difference <= -error),
        };
        let numbers = [Some(value), Some(error), None];
        let unclear = || Some("the bound lies within the error".into());
        match (holds, fails) {
            (true, _) => self.claim(ClaimVerdict::Agrees, numbers, None),
            (_, true) => self.disagrees(numbers),
            _ => self.claim(ClaimVerdict::NotObtained, numbers, unclear()),
        }
    }

    /// The number is a mean; a difference of `resolution` matters. (A bound needs none: what is not
    /// separated from it is not obtained.)
    pub fn measured(self, estimate: Estimate, resolution: f64) -> Claim {
        let freedom = estimate.count.saturating_sub(1) as f64;
        let error = estimate.standard_error.filter(|error| *error > 0.0);
        let (Some(error), true) = (error, self.expected.is_finite()) else {
            return self.not_obtained("there are too few runs for a standard error");
        };
        let deviation = (estimate.mean - self.expected) / error;
        let sides = (
            student::above(deviation, freedom),
            student::above(-deviation, freedom),
        );
        let (Some(upper), Some(lower)) = sides else {
            return self.not_obtained("there are too few runs for a standard error");
        };
        // What is smaller than any number is not 0.
        let numbers = |p: f64| {
            [
                Some(estimate.mean),
                Some(error),
                Some(p.max(f64::MIN_POSITIVE)),
            ]
        };
        match self.relation {
            Relation::Equal => {
                let p = 2.0 * upper.min(lower);
                let noticed = student::noticeable(error, student::limit(LEVEL, freedom), freedom);
                let claim = |verdict, note| Claim {
                    noticeable: Some(noticed),
                    ..self.clone().claim(verdict, numbers(p), note)
                };
                if p < LEVEL {
                    return claim(ClaimVerdict::Disagrees, self.instead.clone());
                }
                if noticed <= resolution {
                    return claim(ClaimVerdict::Agrees, None);
                }
                let note = format!(
                    "a difference below {noticed:.2e} would go unnoticed, and one of {resolution:.2e} matters: more instances are needed"
                );
                claim(ClaimVerdict::NotObtained, Some(note))
            }
            Relation::Below => self.one_sided(lower, upper, numbers),
            Relation::Above => self.one_sided(upper, lower, numbers),
        }
    }

    /// The number is the slope of a line through means, of `count` values in all; points that lie on
    /// no straight line have none.
    pub(crate) fn slope(self, line: Option<Line>, count: usize, resolution: f64) -> Claim {
        self.fitted(
            line,
            |line| (line.slope, line.slope_error),
            count,
            resolution,
        )
    }

    /// As [`Statement::slope`], of the value at 0.
    pub(crate) fn intercept(self, line: Option<Line>, count: usize, resolution: f64) -> Claim {
        let read = |line: &Line| (line.intercept, line.intercept_error);
        self.fitted(line, read, count, resolution)
    }

    fn fitted(
        self,
        line: Option<Line>,
        read: impl Fn(&Line) -> (f64, f64),
        count: usize,
        resolution: f64,
    ) -> Claim {
        let Some(line) = line else {
            return self.not_obtained("there is no line through these points");
        };
        if let Some(fit) = line.fit.filter(|fit| *fit < LEVEL) {
            return self.not_obtained(format!(
                "the points lie on no straight line (p = {fit:.1e})"
            ));
        }
        let (mean, error) = read(&line);
        let estimate = Estimate {
            mean,
            standard_error: Some(error),
            count,
        };
        self.measured(estimate, resolution)
    }

    /// `other`: probability of a number so far on the right side if the truth is on the other one;
    /// `own`: the reverse.
    fn one_sided(self, other: f64, own: f64, numbers: impl Fn(f64) -> [Option<f64>; 3]) -> Claim {
        if other < LEVEL {
            self.claim(ClaimVerdict::Agrees, numbers(other), None)
        } else if own < LEVEL {
            self.disagrees(numbers(other))
        } else {
            let note = "it is not separated from the bound: more instances are needed";
            self.claim(ClaimVerdict::NotObtained, numbers(other), Some(note.into()))
        }
    }

    fn disagrees(self, numbers: [Option<f64>; 3]) -> Claim {
        let instead = self.instead.clone();
        self.claim(ClaimVerdict::Disagrees, numbers, instead)
    }

    fn claim(
        self,
        verdict: ClaimVerdict,
        [obtained, error, p_value]: [Option<f64>; 3],
        note: Option<String>,
    ) -> Claim {
        Claim {
            name: self.name,
            equation: self.equation,
            statement: self.text,
            relation: self.relation,
            expected: self.expected,
            obtained,
            error,
            noticeable: None,
            p_value,
            verdict,
            note,
        }
    }
}

impl Claim {
    /// The claims that the metadata of a study's table hold; none where it states none.
    ///
    /// # Errors
    /// Metadata that are not claims.
    pub fn of_table(table: &Table, origin: &str) -> Result<Vec<Self>> {
        let found = table.metadata.iter().find(|(key, _)| key == METADATA);
        let Some((_, text)) = found else {
            return Ok(Vec::new());
        };
        serde_json::from_str(text).map_err(|error| Error::Definition {
            origin: origin.into(),
            reason: format!("claims: {error}"),
        })
    }

    /// The expected number with what is said of it, for people.
    pub fn expectation(&self) -> String {
        let sign = match self.relation {
            Relation::Equal => "",
            Relation::Below => "< ",
            Relation::Above => "> ",
        };
        if self.expected.is_nan() {
            return "–".into();
        }
        format!("{sign}{}", number_for_people(self.expected))
    }
}

/// Claims as a table.
pub fn claims_table(claims: &[Claim]) -> Table {
    let columns = [
        Column::new("claim"),
        Column::new("statement"),
        Column::new("expected"),
        Column::new("obtained"),
        Column::new("error").headed("±"),
        Column::new("p_value").headed("p"),
        Column::new("verdict"),
    ];
    let mut table = Table::new("claims", columns);
    for claim in claims {
        table.push(vec![
            claim.name.as_str().into(),
            claim.statement.as_str().into(),
            claim.expectation().into(),
            claim.obtained.into(),
            claim.error.into(),
            claim.p_value.into(),
            Value::from(claim.verdict.to_string()),
        ]);
    }
    table
}

impl fmt::Display for ClaimVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agrees => "agrees",
            Self::Disagrees => "disagrees",
            Self::NotObtained => "not obtained",
        })
    }
}

#[cfg(test)]
mod tests;
