//! Phase diagrams: a sweep over two control parameters.

use super::Report;
use crate::error::Result;
use crate::sweep::{DiagramStudy, Shard, Sweep};
use crate::table::Table;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub(super) fn run(study: &DiagramStudy, record: &Path, report: Report) -> Result<Table> {
    let sweep = Sweep::new(study)?;
    let opened = sweep.open(record)?;
    let total = sweep.expected() as f64;
    let report = Mutex::new(report);
    let progress = |what: &str, finished: usize| {
        let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
        // Refinement adds cells whose number is not known beforehand.
        report(what, (finished as f64 / total).min(1.0));
    };
    let (record, _) = sweep.run(opened, Shard::WHOLE, &progress)?;
    Ok(sweep.table(record.runs()))
}
