//! Everything that stops a figure from being drawn.

use crate::table::TableError;

/// What is wrong with a specification, a table, or the two taken together. Messages name the row,
/// the column, the panel or the series to correct; the caller adds the names of the files.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FigureError {
    /// The specification is not TOML of the expected form.
    #[error("the figure specification does not parse: {0}")]
    Specification(String),
    /// A field of the specification has a value that cannot be drawn.
    #[error("{field} is {got}: {allowed}")]
    InvalidField {
        /// Path of the field, for example `panel 1, y.range`.
        field: String,
        /// What was given.
        got: String,
        /// What is allowed.
        allowed: String,
    },
    /// The table can't be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The specification asks for a column that the table lacks.
    #[error("{place}: the table has no column `{column}`, it has {available}")]
    MissingColumn {
        /// Panel and series that ask for it.
        place: String,
        /// The missing column.
        column: String,
        /// The columns there are.
        available: String,
    },
    /// The caption asks for a setting that the table lacks.
    #[error("caption: the table has no metadata `{key}`, it has {available}")]
    MissingMetadata {
        /// The missing key.
        key: String,
        /// The keys there are.
        available: String,
    },
    /// The caption asks for a setting that the table has twice, with two values.
    #[error("caption: the metadata of the table have `{0}` twice, with different values")]
    AmbiguousMetadata(String),
    /// A cell that should hold a number holds something else.
    #[error("{place}: row {row}, column `{column}` holds `{cell}`, expected {expected}")]
    BadCell {
        /// Panel and series that read the cell.
        place: String,
        /// Number of the data row, from 1.
        row: usize,
        /// Name of the column.
        column: String,
        /// Content of the cell.
        cell: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A selection that matches nothing, most often a misspelt value.
    #[error("{place}: no row of the table has {selection}")]
    EmptySelection {
        /// Panel and series of the selection.
        place: String,
        /// The condition, for example `source = "amp"`.
        selection: String,
    },
    /// A category of the table that the specification does not list.
    #[error(
        "{place}: row {row}, column `{column}` holds `{cell}`, which `categories` does not list; it has {listed}"
    )]
    UnknownCategory {
        /// Panel and series of the cell.
        place: String,
        /// Number of the data row, from 1.
        row: usize,
        /// Name of the column.
        column: String,
        /// Content of the cell.
        cell: String,
        /// The categories there are.
        listed: String,
    },
    /// Two cells of a map cover the same place, so one would hide the other.
    #[error(
        "{place}: the cells of rows {first} and {second} overlap; select one of them with `where`, or correct their extents"
    )]
    OverlappingCells {
        /// Panel and series of the cells.
        place: String,
        /// Number of the first data row, from 1.
        first: usize,
        /// Number of the second data row.
        second: usize,
    },
    /// No cell of a map lies in the explicit ranges of the axes.
    #[error("{place}: no cell lies in the ranges of the axes")]
    NoCellInRange {
        /// Panel and series of the cells.
        place: String,
    },
    /// More of something than a page can show.
    #[error("{place} has {found} {what}: at most {limit} can be drawn")]
    TooMany {
        /// Where: the figure, a panel, a series.
        place: String,
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// One legend label stands for two styles of drawing, so the legend could show only one of
    /// them.
    #[error("the legend label `{0}` is used with two different styles")]
    AmbiguousLabel(String),
    /// Something does not fit into the figure.
    #[error(
        "{what} does not fit: {needed:.1} mm needed, {available:.1} mm available; enlarge `size` or shorten it"
    )]
    DoesNotFit {
        /// The element.
        what: String,
        /// Length that it needs, in millimetres on paper.
        needed: f64,
        /// Length that there is, likewise.
        available: f64,
    },
    /// A label that is to stand beside its line has no free place there.
    #[error(
        "{place}: there is no room for the label beside its line; choose another `label_at`, shorten the label, enlarge `size`, or leave it to the legend"
    )]
    NoRoomForLabel {
        /// Panel and series.
        place: String,
    },
    /// The drawing library or the rasteriser failed.
    #[error("the figure could not be drawn: {0}")]
    Backend(String),
}

/// Names for a message: the first ones, if there are many.
pub(crate) fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 40;
    let more = names.len().saturating_sub(SHOWN);
    let mut text = names.take(SHOWN).collect::<Vec<_>>().join(", ");
    match (text.is_empty(), more) {
        (true, _) => "none at all".into(),
        (false, 0) => text,
        (false, more) => {
            text.push_str(&format!(" and {more} more"));
            text
        }
    }
}

impl FigureError {
    /// Whether it is about what stands in the table, rather than about the specification alone.
    pub fn is_of_table(&self) -> bool {
        matches!(
            self,
            Self::Table(_)
                | Self::MissingColumn { .. }
                | Self::MissingMetadata { .. }
                | Self::AmbiguousMetadata(_)
                | Self::BadCell { .. }
                | Self::EmptySelection { .. }
                | Self::UnknownCategory { .. }
                | Self::OverlappingCells { .. }
        )
    }

    /// An error if there is more than `limit` of something.
    pub(crate) fn at_most(
        limit: usize,
        place: &str,
        what: &'static str,
        found: usize,
    ) -> Result<(), Self> {
        if found <= limit {
            return Ok(());
        }
        Err(Self::TooMany {
            place: place.to_owned(),
            what,
            found,
            limit,
        })
    }
}

impl From<FigureError> for crate::error::Error {
    fn from(error: FigureError) -> Self {
        Self::Figure(Box::new(error))
    }
}
