//! CSV: one row a line, with or without a line of names.

use super::content::Content;
use super::{Line, Lines};
use crate::error::Result;
use csv::{ErrorKind, Position, ReaderBuilder, StringRecord, Trim};
use std::cell::Cell;
use std::io::{self, Read};

/// Longest line in bytes: that of a million numbers in full.
const LONGEST: u64 = 1 << 25;

/// Rows after which it is asked whether there is room for them.
const ASKED: usize = 1 << 18;

/// A CSV file whose lines have one length.
pub struct Text {
    content: Content,
    /// Whether the first line holds names.
    named: bool,
    shape: [usize; 2],
}

impl Text {
    /// Counts rows and columns. The first line holds names where none of its cells is a number, and
    /// none is empty; lines that begin with `#` are comments.
    ///
    /// # Errors
    /// With the line: rows of different lengths. No row of numbers; no text; rows that do not fit in
    /// memory.
    pub fn open(content: Content) -> Result<Self> {
        let (mut named, mut width, mut rows, mut begun) = (false, 0, 0, false);
        records(&content, &mut |line, record| {
            if !begun {
                begun = true;
                width = record.len();
                named = record
                    .iter()
                    .all(|cell| !cell.is_empty() && cell.parse::<f64>().is_err());
                if named {
                    return Ok(());
                }
            }
            if record.len() != width {
                let got = record.len();
                return Err(content.fail(format!(
                    "line {line}: {got} numbers where the first line has {width}"
                )));
            }
            rows += 1;
            if rows % ASKED == 0 {
                let bytes = rows as u128 * width as u128 * size_of::<f32>() as u128;
                crate::memory::require("the rows of the data", bytes)?;
            }
            Ok(())
        })?;
        if rows == 0 {
            return Err(content.fail("has no row of numbers"));
        }
        Ok(Self {
            content,
            named,
            shape: [rows, width],
        })
    }
}

impl Lines for Text {
    fn shape(&self) -> [usize; 2] {
        self.shape
    }

    fn pass(&self, wanted: &[bool], each: &mut dyn FnMut(Line) -> Result<()>) -> Result<()> {
        let [rows, width] = self.shape;
        let changed = || self.content.fail("changed while it was read");
        let mut names = self.named;
        let mut entries = vec![0.0; width];
        let mut row = 0;
        records(&self.content, &mut |line, record| {
            if std::mem::take(&mut names) {
                return Ok(());
            }
            if row == rows || record.len() != width {
                return Err(changed());
            }
            let cells = record.iter().zip(&mut entries).zip(wanted).enumerate();
            for (at, ((cell, entry), _)) in cells.filter(|(_, (_, wanted))| **wanted) {
                let number = cell.parse::<f64>().ok().filter(|number| number.is_finite());
                *entry = number.ok_or_else(|| {
                    let (column, shown) = (at + 1, crate::error::brief(format!("\"{cell}\"")));
                    self.content.fail(format!(
                        "line {line}: column {column} is {shown}: a finite number is needed"
                    ))
                })?;
            }
            each(Line::Row(row, &entries))?;
            row += 1;
            Ok(())
        })?;
        if row < rows {
            return Err(changed());
        }
        Ok(())
    }
}

/// Shows all records with the numbers of their lines.
fn records(
    content: &Content,
    each: &mut dyn FnMut(u64, &StringRecord) -> Result<()>,
) -> Result<()> {
    let left = Cell::new(LONGEST);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(Trim::All)
        .from_reader(Bounded {
            reader: content.reader()?,
            left: &left,
        });
    let mut record = StringRecord::new();
    loop {
        left.set(LONGEST);
        let more = reader.read_record(&mut record);
        if !more.map_err(|error| no_record(content, error))? {
            return Ok(());
        }
        each(record.position().map_or(0, Position::line), &record)?;
    }
}

fn no_record(content: &Content, error: csv::Error) -> crate::error::Error {
    let line = error.position().map_or(0, Position::line);
    match error.into_kind() {
        ErrorKind::Io(error) => content.broken(&error),
        ErrorKind::Utf8 { .. } => content.fail(format!(
            "line {line}: is not UTF-8 text, and the file neither NPY nor IDX"
        )),
        other => content.fail(format!("line {line}: {other:?}")),
    }
}

/// A reader that gives so many bytes at most until it is told to go on.
struct Bounded<'a, R> {
    reader: R,
    left: &'a Cell<u64>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            let reason = format!("has a line of more than {} MiB", LONGEST >> 20);
            return Err(io::Error::other(reason));
        }
        let read = self.reader.read(buffer)?;
        self.left.set(self.left.get().saturating_sub(read as u64));
        Ok(read)
    }
}
