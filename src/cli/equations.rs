//! `onsager equations`: lists, shows and checks definitions; `onsager cite`: the BibTeX of what was
//! used.

use super::CommandResult;
use super::output::Reply;
use clap::{Args, Subcommand};
use onsager::definitions::{Catalogue, Definition, bibliography, entry};
use onsager::equations::{
    Check, Checked, Cited, Listed, Notation, Page, check, describe, reference, summary,
};
use onsager::error::{Error, Result};
use onsager::files::{Role, read_text};
use onsager::record::recorded_settings;
use onsager::table::{Column, Table};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Flags of `equations`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
    /// Folder of definition files, searched before the built-in ones
    #[arg(long, global = true, value_name = "DIR")]
    equations: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Action {
    /// All definitions with their sources
    List,
    /// One definition: source, parameters, formulas as written and as derived
    Show {
        /// Name or path, perhaps with parameters: sparse-ternary(rho=0.3)
        name: String,
        /// Formulas as LaTeX
        #[arg(long)]
        latex: bool,
    },
    /// Compares every derived formula with numbers obtained otherwise; exit status 1 where one
    /// differs
    Check {
        /// Names or paths [default: all]
        names: Vec<String>,
    },
    /// Prints equations/REFERENCE.md
    Reference {
        /// The table of the README instead
        #[arg(long)]
        summary: bool,
    },
}

impl Arguments {
    pub fn run(self) -> CommandResult {
        let catalogue = Catalogue::new(self.equations.as_deref())?;
        match self.action {
            Action::List => list(&catalogue),
            Action::Show { name, latex } => show(&catalogue, &name, latex),
            Action::Check { names } => check_all(&catalogue, names),
            Action::Reference { summary: false } => page(reference()?),
            Action::Reference { summary: true } => page(summary()?),
        }
    }
}

/// A reply that is one text.
fn page(text: String) -> CommandResult {
    Ok(Reply {
        notes: vec![text.trim_end().into()],
        ..Reply::plain(&Page { text })?
    })
}

fn list(catalogue: &Catalogue) -> CommandResult {
    let listed = Listed::of(catalogue)?;
    let columns = ["name", "kind", "title", "source"];
    let mut table = Table::new("", columns.map(Column::new));
    for one in &listed.definitions {
        let cells = [&one.name, &one.kind, &one.title, &one.source];
        table.push(cells.map(|cell| cell.as_str().into()).to_vec());
    }
    Ok(Reply {
        tables: vec![table],
        notes: vec!["show one with: onsager equations show NAME [--latex]".into()],
        ..Reply::plain(&listed)?
    })
}

fn show(catalogue: &Catalogue, name: &str, latex: bool) -> CommandResult {
    let notation = if latex {
        Notation::Latex
    } else {
        Notation::Unicode
    };
    page(describe(&catalogue.definition(name)?, notation)?)
}

fn check_all(catalogue: &Catalogue, names: Vec<String>) -> CommandResult {
    let names = if names.is_empty() {
        catalogue.names()?
    } else {
        names
    };
    let mut checks: Vec<Check> = Vec::new();
    for name in &names {
        checks.extend(check(&catalogue.definition(name)?)?);
    }
    let columns = [
        "definition",
        "check",
        "deviation",
        "limit",
        "passed",
        "detail",
    ];
    let mut table = Table::new("", columns.map(Column::new));
    for check in &checks {
        table.push(vec![
            check.definition.as_str().into(),
            check.name.into(),
            check.measured.into(),
            check.limit.into(),
            check.passed().into(),
            check.detail.as_str().into(),
        ]);
    }
    let checked = Checked::of(&checks);
    Ok(Reply {
        tables: vec![table],
        notes: vec![match checked.failed {
            0 => format!("all {} checks passed", checks.len()),
            failed => format!("{failed} of {} checks failed", checks.len()),
        }],
        exit: match checked.failed {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        },
        ..Reply::plain(&checked)?
    })
}

/// Flags of `cite`.
#[derive(Args)]
#[group(skip)]
pub struct CiteArguments {
    /// Definitions by name or path, and records or JSON replies of runs
    /// [default: the whole bibliography]
    what: Vec<String>,
    /// Folder of definition files, searched before the built-in ones
    #[arg(long, value_name = "DIR")]
    equations: Option<PathBuf>,
}

impl CiteArguments {
    pub fn run(self) -> CommandResult {
        let catalogue = Catalogue::new(self.equations.as_deref())?;
        let mut keys = BTreeSet::new();
        for what in &self.what {
            keys.extend(citations(&catalogue, what)?);
        }
        if self.what.is_empty() {
            keys.extend(bibliography().iter().map(|entry| entry.key.to_owned()));
        }
        let mut texts = Vec::new();
        for key in &keys {
            let found = entry(key).ok_or_else(|| {
                Error::invalid(
                    "cite",
                    format!("\"{key}\""),
                    "is not in the bibliography equations/references.bib",
                )
            })?;
            texts.push(found.text.to_owned());
        }
        let text = match texts.is_empty() {
            true => "% nothing to cite: the definitions name no work of the bibliography".into(),
            false => texts.join("\n\n"),
        };
        let cited = Cited {
            citations: keys,
            bibtex: texts,
        };
        Ok(Reply {
            notes: vec![text.trim_end().into()],
            ..Reply::plain(&cited)?
        })
    }
}

/// Keys that a record, a JSON reply or a definition names.
fn citations(catalogue: &Catalogue, what: &str) -> Result<Vec<String>> {
    let path = Path::new(what);
    let is_run = path
        .extension()
        .is_some_and(|extension| extension == "json" || extension == "jsonl");
    if !is_run {
        let source = match catalogue.definition(what)? {
            Definition::Prior(prior) => prior.source,
            Definition::Potential(potential) => potential.source,
        };
        return Ok(source
            .citations()
            .iter()
            .map(|citation| citation.cite.clone())
            .collect());
    }
    let text = read_text(path, Role::Record)?;
    // The lines of a record have checksums; a reply has none.
    let document: Value = match serde_json::from_str::<Value>(&text) {
        Ok(reply) if reply.get("crc32").is_none() => reply,
        _ => recorded_settings(path)?,
    };
    let listed = document["citations"]
        .as_array()
        .ok_or_else(|| Error::file(path, "names no citations: it is not a reply of onsager"))?;
    Ok(listed
        .iter()
        .filter_map(Value::as_str)
        .map(String::from)
        .collect())
}
