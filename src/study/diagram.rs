//! Phase diagrams: a sweep over two control parameters.

use crate::error::Result;
use crate::experiment::Watch;
use crate::sweep::{DiagramStudy, Shard, Sweep};
use crate::table::Table;
use std::path::Path;

/// The table before anything is computed.
pub(super) fn header(study: &DiagramStudy) -> Result<Table> {
    Ok(Sweep::new(study)?.header())
}

pub(super) fn run(study: &DiagramStudy, record: &Path, watch: Watch) -> Result<Table> {
    let sweep = Sweep::new(study)?;
    let opened = sweep.open(record)?;
    let total = sweep.expected() as f64;
    // Refinement adds cells whose number is not known beforehand.
    let progress =
        |what: &str, finished: usize| watch(what, Some((finished as f64 / total).min(1.0)));
    let (record, _) = sweep.run(opened, Shard::WHOLE, &progress)?;
    Ok(sweep.table(record.runs()))
}
