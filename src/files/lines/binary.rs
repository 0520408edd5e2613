//! Tables of numbers as bytes behind a header.

use super::content::Content;
use super::element::Element;
use super::{Line, Lines, not_finite};
use crate::error::Result;
use std::io::{self, Read};

/// What the header of a binary file states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its length in bytes.
    pub length: u64,
    /// Type of the entries.
    pub element: Element,
    /// Rows first; the others together are columns.
    pub dimensions: Vec<u64>,
    /// Whether entries of a column follow each other.
    pub by_columns: bool,
}

/// A binary file whose length is what its header states.
pub struct Binary {
    content: Content,
    header: u64,
    element: Element,
    shape: [usize; 2],
    by_columns: bool,
}

impl Binary {
    /// Checks content against its header.
    ///
    /// # Errors
    /// No entries, more than can be, another number of bytes.
    pub fn new(content: Content, header: &Header) -> Result<Self> {
        let dimensions = header.dimensions.as_slice();
        let shown = || {
            let all: Vec<String> = dimensions.iter().map(u64::to_string).collect();
            all.join(" × ")
        };
        let product = |all: &[u64]| {
            all.iter()
                .try_fold(1u64, |product, one| product.checked_mul(*one))
        };
        if dimensions.contains(&0) {
            return Err(content.fail(format!("has no entries: its header states {}", shown())));
        }
        let too_many = || content.fail(format!("its header states {} entries: too many", shown()));
        let sides = || {
            let rows = *dimensions.first()?;
            let columns = product(&dimensions[1..])?;
            let bytes = product(&[rows, columns, header.element.size() as u64])?;
            let shape = [usize::try_from(rows).ok()?, usize::try_from(columns).ok()?];
            Some((shape, bytes.checked_add(header.length)?))
        };
        let (shape, bytes) = sides().ok_or_else(too_many)?;
        content.require_length(header.length, bytes)?;
        Ok(Self {
            content,
            header: header.length,
            element: header.element,
            shape,
            by_columns: header.by_columns,
        })
    }
}

impl Lines for Binary {
    fn shape(&self) -> [usize; 2] {
        self.shape
    }

    fn pass(&self, wanted: &[bool], each: &mut dyn FnMut(Line) -> Result<()>) -> Result<()> {
        let broken = |error: io::Error| self.content.broken(&error);
        let mut reader = self.content.reader()?;
        io::copy(&mut (&mut reader).take(self.header), &mut io::sink()).map_err(broken)?;
        let [rows, columns] = self.shape;
        let (lines, length) = match self.by_columns {
            true => (columns, rows),
            false => (rows, columns),
        };
        let mut bytes = vec![0; length * self.element.size()];
        let mut entries = vec![0.0; length];
        for line in 0..lines {
            reader.read_exact(&mut bytes).map_err(broken)?;
            if self.by_columns && !wanted[line] {
                continue;
            }
            self.element.decode(&bytes, &mut entries);
            let bad = match self.by_columns {
                true => not_finite(&entries).map(|row| [row, line]),
                false => not_finite_of(&entries, wanted).map(|column| [line, column]),
            };
            if let Some([row, column]) = bad {
                let at = if self.by_columns { row } else { column };
                let reason = format!(
                    "row {}, column {} is {}: a finite number is needed",
                    row + 1,
                    column + 1,
                    entries[at]
                );
                return Err(self.content.fail(reason));
            }
            each(match self.by_columns {
                true => Line::Column(line, &entries),
                false => Line::Row(line, &entries),
            })?;
        }
        Ok(())
    }
}

/// Where a wanted entry of a row is not finite.
fn not_finite_of(entries: &[f64], wanted: &[bool]) -> Option<usize> {
    // Mostly all are.
    not_finite(entries)?;
    let pairs = entries.iter().zip(wanted);
    pairs
        .into_iter()
        .position(|(entry, wanted)| *wanted && !entry.is_finite())
}
