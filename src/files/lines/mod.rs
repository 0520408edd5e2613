//! Tables of numbers in files, read line by line as often as needed: NPY, IDX (the files of MNIST)
//! and CSV, each plain or compressed by gzip. First bytes say which it is, not the name.

mod binary;
mod content;
mod element;
mod idx;
pub(super) mod npy;
mod text;

use super::Role;
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use binary::Binary;
use content::Content;
use std::path::Path;
use text::Text;

/// A row or a column of a table, with its number from 0.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Line<'a> {
    /// Entries of all columns.
    Row(usize, &'a [f64]),
    /// Entries of all rows.
    Column(usize, &'a [f64]),
}

/// A table of finite numbers. It is passed over as often as needed, row by row or column by column, in
/// the order of their numbers.
pub(crate) trait Lines {
    /// Numbers of rows and columns, none of them 0.
    fn shape(&self) -> [usize; 2];

    /// Shows each line. Columns that are not wanted are left out, their entries in rows mean nothing.
    ///
    /// # Errors
    /// A wanted entry that is no finite number, with its place; what `each` says; what was found
    /// another time than before.
    fn pass(&self, wanted: &[bool], each: &mut dyn FnMut(Line) -> Result<()>) -> Result<()>;

    /// The whole of it.
    ///
    /// # Errors
    /// As [`Lines::pass`]; [`Error::Memory`] where it does not fit.
    fn matrix(&self, what: &str) -> Result<Matrix> {
        let [rows, columns] = self.shape();
        crate::memory::require(what, 8 * rows as u128 * columns as u128)?;
        let mut matrix = Matrix::zeros(rows, columns);
        self.pass(&vec![true; columns], &mut |line| {
            match line {
                Line::Row(at, entries) => {
                    let row = matrix.row_mut(at);
                    entries.iter().zip(row).for_each(|(x, own)| *own = *x);
                }
                Line::Column(at, entries) => matrix.column_mut(at).copy_from_slice(entries),
            }
            Ok(())
        })?;
        Ok(matrix)
    }
}

impl Lines for Matrix {
    fn shape(&self) -> [usize; 2] {
        [self.nrows(), self.ncols()]
    }

    fn pass(&self, wanted: &[bool], each: &mut dyn FnMut(Line) -> Result<()>) -> Result<()> {
        for (at, column) in self.column_iter().enumerate().filter(|(at, _)| wanted[*at]) {
            let entries = column.as_slice();
            if let Some(row) = not_finite(entries) {
                let got = format!("{} in row {}, column {}", entries[row], row + 1, at + 1);
                return Err(Error::invalid("data", got, "a finite number is needed"));
            }
            each(Line::Column(at, entries))?;
        }
        Ok(())
    }
}

/// Where an entry is not finite.
fn not_finite(entries: &[f64]) -> Option<usize> {
    entries.iter().position(|entry| !entry.is_finite())
}

/// Opens the table in a file.
///
/// # Errors
/// [`Error::File`]: as for [`super::read`], and a file of no known format, or whose content is not what
/// its header states.
pub(super) fn open(path: &Path, role: Role) -> Result<Box<dyn Lines>> {
    table(Content::open(path, role)?)
}

/// The table in a CSV text.
pub(super) fn of_text(text: &'static str, path: &Path) -> Result<Box<dyn Lines>> {
    table(Content::of_text(text, path))
}

fn table(content: Content) -> Result<Box<dyn Lines>> {
    let beginning = content.beginning()?;
    let header = match beginning.as_slice() {
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => npy::header(&content)?,
        [0, 0, ..] => idx::header(&content)?,
        [b'P', b'K', 3, 4, ..] => {
            let reason = "is a ZIP archive, as NPZ is: take the NPY out of it";
            return Err(content.fail(reason));
        }
        [0x1f, 0x8b, ..] => return Err(content.fail("is compressed by gzip twice")),
        _ => return Ok(Box::new(Text::open(content)?)),
    };
    Ok(Box::new(Binary::new(content, &header)?))
}

#[cfg(test)]
mod tests;
