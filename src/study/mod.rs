//! Studies: what is computed for a figure. A file of `figures/` holds a study and the figure that shows it.

mod diagram;
mod dynamics;
mod runs;
mod solutions;
mod spec;
mod strengths;
mod trajectory;

pub use spec::{Document, SizeOverride, Study, parse_study};

use crate::error::Result;
use crate::table::Table;
use std::path::Path;

/// Receives progress: what is done, and the fraction of all work that is finished.
pub type Report<'a> = &'a mut (dyn FnMut(&str, f64) + Send);

impl Study {
    /// Runs the study and returns its table, with settings, version, seed and outcomes in the metadata. A diagram keeps its record at
    /// `record`, from which an interrupted run goes on.
    ///
    /// # Errors
    /// Bad settings, or a record that can't be used. What a cell finds is part of the table.
    pub fn run(&self, record: &Path, report: Report) -> Result<Table> {
        match self {
            Self::Diagram(study) => diagram::run(study, record, report),
            Self::Trajectory(study) => trajectory::run(study, report),
            Self::Dynamics(study) => dynamics::run(study, report),
            Self::Strengths(study) => strengths::run(study, report),
            Self::Solutions(study) => solutions::run(study, report),
        }
    }
}
