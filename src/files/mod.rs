//! The files of a run: each is read or written through here, so that no run replaces what it reads,
//! or writes one file twice.
//!
//! A program that calls [`watch`] at its start (the command line does) has every file that it names
//! compared with all others, as files and not as names: a link, a hard link and a detour lead to
//! the same one. A file that is read is a regular file of a bounded size. A file that is replaced
//! keeps its permissions, and appears when it is complete and on disk. Programs that use the
//! library are not watched unless they ask for it: they may read tomorrow what they write today.

mod ledger;
pub(crate) mod lines;
mod matrix;
mod reading;
mod writing;
mod written;

pub use ledger::{records_being_written, watch, will_write};
pub use matrix::{read_data, read_matrix, write_npy};
pub use reading::{read, read_text};
pub use writing::{create, create_folder, replace};
pub use written::{CheckedTable, Demonstrated, Reproduced, ReproducedClaim, Written};

pub(crate) use ledger::{claim_reading, claim_record};
pub(crate) use matrix::open_data;
pub(crate) use reading::read_unclaimed;
pub(crate) use writing::{cannot_write, discard, keep, part_of};

/// What a file is for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// Options of the command line.
    Configuration,
    /// A prior or a potential.
    Definition,
    /// A figure, a study, or both.
    Specification,
    /// Numbers of a figure.
    Table,
    /// A covariance or weights.
    Matrix,
    /// Samples, many of them.
    Data,
    /// Finished instances or cells.
    Record,
    /// The times that belong to a record.
    Times,
    /// The instance in flight of a record.
    Checkpoint,
    /// An SVG or PNG.
    Drawing,
    /// A page for people.
    Report,
    /// The reply of a command.
    Reply,
}

impl Role {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Definition => "definition",
            Self::Specification => "specification",
            Self::Table => "table",
            Self::Matrix => "matrix",
            Self::Data => "data file",
            Self::Record => "record",
            Self::Times => "file of times",
            Self::Checkpoint => "checkpoint",
            Self::Drawing => "drawing",
            Self::Report => "report",
            Self::Reply => "output",
        }
    }

    /// Largest size of a file that is read, in bytes.
    fn limit(self) -> u64 {
        match self {
            Self::Configuration | Self::Definition | Self::Specification => 1 << 20,
            Self::Table | Self::Matrix | Self::Drawing | Self::Report | Self::Times => 1 << 28,
            Self::Record | Self::Reply => 1 << 34,
            Self::Data | Self::Checkpoint => 1 << 36,
        }
    }
}

#[cfg(test)]
mod tests;
