//! What `equations` and `cite` reply.

use super::Check;
use crate::definitions::{Catalogue, Definition};
use crate::error::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Page {
    /// The text, as it is printed.
    pub text: String,
}

/// All definitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Listed {
    /// Priors and potentials.
    pub definitions: Vec<ListedDefinition>,
}

/// A definition in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedDefinition {
    /// The name under which commands know it.
    pub name: String,
    /// `prior` or `potential`.
    #[schemars(extend("enum" = ["prior", "potential"]))]
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Where it is from.
    pub source: String,
}

impl Listed {
    /// The definitions of a catalogue.
    ///
    /// # Errors
    /// A file that can't be read.
    pub fn of(catalogue: &Catalogue) -> Result<Self> {
        let one = |name: String| -> Result<ListedDefinition> {
            let (kind, title, source) = match catalogue.definition(&name)? {
                Definition::Prior(prior) => ("prior", prior.title, prior.source),
                Definition::Potential(own) => ("potential", own.title, own.source),
            };
            Ok(ListedDefinition {
                name,
                kind: kind.into(),
                title,
                source: source.to_string(),
            })
        };
        let definitions = catalogue.names()?.into_iter().map(one);
        Ok(Self {
            definitions: definitions.collect::<Result<_>>()?,
        })
    }
}

/// Checks of definitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// The checks.
    pub checks: Vec<CheckReply>,
    /// How many of them failed.
    pub failed: usize,
}

/// One check of a definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckReply {
    /// Name of the definition.
    pub definition: String,
    /// What was compared.
    pub check: String,
    /// Whether the deviation is a number and within the limit.
    pub passed: bool,
    /// What to know beside it.
    pub detail: String,
    /// Largest deviation; null where it is not a number.
    pub measured: Option<f64>,
    /// Largest deviation that is accepted.
    pub limit: Option<f64>,
}

impl Checked {
    /// What checks found.
    pub fn of(checks: &[Check]) -> Self {
        let finite = |number: f64| Some(number).filter(|number| number.is_finite());
        let one = |check: &Check| CheckReply {
            definition: check.definition.clone(),
            check: check.name.into(),
            passed: check.passed(),
            detail: check.detail.clone(),
            measured: finite(check.measured),
            limit: finite(check.limit),
        };
        Self {
            failed: checks.iter().filter(|check| !check.passed()).count(),
            checks: checks.iter().map(one).collect(),
        }
    }
}

/// Works to cite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cited {
    /// Keys of the bibliography.
    pub citations: BTreeSet<String>,
    /// The entries in BibTeX, in the same order.
    pub bibtex: Vec<String>,
}
