//! What `sweep` and `merge` reply.

use super::entry::SweepEntry;
use super::plan::Sweep;
use super::spec::DiagramStudy;
use super::summary::Summary;
use super::work::Done;
use crate::error::Result;
use crate::table::{Table, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Everything that decides the numbers of a sweep: also the first line of its record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SweepSettings {
    /// The study, without the columns of the table.
    #[serde(flatten)]
    pub study: DiagramStudy,
    /// Always `diagram`.
    #[schemars(extend("const" = "diagram"))]
    pub kind: String,
    /// The priors, or the potential, in words that determine them.
    pub definitions: Vec<String>,
    /// Name and version of the program.
    pub program: String,
}

impl SweepSettings {
    pub(super) fn new(study: DiagramStudy, definitions: Vec<String>) -> Self {
        Self {
            study,
            kind: "diagram".into(),
            definitions,
            program: format!("onsager {}", env!("CARGO_PKG_VERSION")),
        }
    }
}

/// A phase diagram as far as its record has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SweepReply {
    /// Name of the program.
    pub program: String,
    /// Its version.
    pub version: String,
    /// Seed of every random number.
    pub seed: u64,
    /// The study.
    pub settings: SweepSettings,
    /// What was found, in a few numbers.
    pub summary: Summary,
    /// What this run of `sweep` did; nothing for `merge`.
    pub done: Option<Done>,
    /// Path of the record.
    pub record: String,
    /// Cells, boundaries and simulated points: the filled cells of each row of the table, by the
    /// name of the column. Which columns there are follows from the study.
    pub rows: Vec<BTreeMap<String, Value>>,
}

impl SweepReply {
    /// The reply for the entries of a record, with their table.
    ///
    /// # Errors
    /// As [`Sweep::settings`].
    pub fn new(
        sweep: &Sweep,
        entries: &[SweepEntry],
        table: &Table,
        record: &Path,
        done: Option<Done>,
    ) -> Result<Self> {
        let settings = sweep.settings()?;
        let filled = |row: &Vec<Value>| -> BTreeMap<String, Value> {
            let cells = table.columns.iter().zip(row);
            let filled = cells.filter(|(_, value)| !value.is_missing());
            filled
                .map(|(column, value)| (column.name.clone(), value.clone()))
                .collect()
        };
        Ok(Self {
            program: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            seed: settings.study.seed,
            settings,
            summary: Summary::new(sweep, entries),
            done,
            record: record.display().to_string(),
            rows: table.rows.iter().map(filled).collect(),
        })
    }
}
