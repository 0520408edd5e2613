//! Tables of results: typed cells under named columns, below the settings that produced them.
//!
//! A table has two forms. Files (CSV) have every digit, an empty cell where no number was obtained,
//! `true` and `false`, and names in ASCII. People get headings with the field's symbols, a few
//! digits, and a dash for what is missing; on a terminal, in Markdown or in LaTeX.

mod column;
mod difference;
mod file;
mod json;
mod people;
mod printable;
mod tally;
mod value;

pub use column::{Column, Digits, number_for_people};
pub use difference::{ColumnDifference, Difference, EQUAL};
pub use file::TableError;
pub use people::Layout;
pub use printable::{printable, printable_line};
pub(crate) use tally::{as_json, keys, metadata, tallied, tally};
pub use value::Value;

/// A table, and the settings that produced it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// What it shows, for people.
    pub title: String,
    /// Settings, version, seed, counts of outcomes and the like, in order.
    pub metadata: Vec<(String, String)>,
    /// The columns.
    pub columns: Vec<Column>,
    /// Cells, row by row: one for each column.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// A table without rows.
    pub fn new(title: impl Into<String>, columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            title: title.into(),
            metadata: Vec::new(),
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Appends a row.
    ///
    /// # Panics
    /// If it does not have one cell for each column.
    pub fn push(&mut self, row: Vec<Value>) {
        assert_eq!(row.len(), self.columns.len(), "one cell for each column");
        self.rows.push(row);
    }

    /// Position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// A cell by its row and the name of its column; [`Value::Missing`] where there is none.
    pub fn get(&self, row: usize, column: &str) -> &Value {
        const NOTHING: &Value = &Value::Missing;
        self.column(column)
            .and_then(|column| self.rows.get(row)?.get(column))
            .unwrap_or(NOTHING)
    }
}
