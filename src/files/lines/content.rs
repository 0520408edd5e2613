//! The bytes of a table, which can be read again from the start.

use super::super::Role;
use super::super::ledger::claim_reading;
use super::super::reading::open_regular;
use crate::error::{Error, Result};
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// What a file compressed by gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Bytes read at a time.
const BUFFER: usize = 1 << 18;

/// Bytes that say which format it is.
const BEGINNING: u64 = 8;

/// A file, or a text that is built in.
pub struct Content {
    path: PathBuf,
    bytes: Bytes,
    gzip: bool,
}

enum Bytes {
    File(File, u64),
    Text(&'static str),
}

impl Content {
    /// Opens a file.
    ///
    /// # Errors
    /// As [`super::super::read`].
    pub fn open(path: &Path, role: Role) -> Result<Self> {
        claim_reading(path, role)?;
        let (file, length) = open_regular(path, role)?;
        let mut content = Self {
            path: path.into(),
            bytes: Bytes::File(file, length),
            gzip: false,
        };
        content.gzip = content.beginning()?.starts_with(&GZIP);
        Ok(content)
    }

    /// A text, of which messages say that it is there.
    pub fn of_text(text: &'static str, path: &Path) -> Self {
        Self {
            path: path.into(),
            bytes: Bytes::Text(text),
            gzip: false,
        }
    }

    /// The first bytes.
    pub fn beginning(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut reader = self.reader()?.take(BEGINNING);
        let read = reader.read_to_end(&mut bytes);
        read.map_err(|error| self.broken(&error))?;
        Ok(bytes)
    }

    /// All bytes from the start, as they were before gzip.
    pub fn reader(&self) -> Result<Box<dyn Read + '_>> {
        let (mut file, _) = match &self.bytes {
            Bytes::File(file, length) => (file, length),
            Bytes::Text(text) => return Ok(Box::new(text.as_bytes())),
        };
        let start = file.seek(SeekFrom::Start(0));
        start.map_err(|error| self.fail(error))?;
        let reader = BufReader::with_capacity(BUFFER, file);
        Ok(match self.gzip {
            true => Box::new(BufReader::with_capacity(
                BUFFER,
                MultiGzDecoder::new(reader),
            )),
            false => Box::new(reader),
        })
    }

    /// Checks that there are so many bytes, which a header of `start` bytes states.
    ///
    /// # Errors
    /// There are fewer, or more.
    pub fn require_length(&self, start: u64, expected: u64) -> Result<()> {
        let length = match &self.bytes {
            Bytes::File(_, length) if !self.gzip => *length,
            Bytes::Text(text) => text.len() as u64,
            // What gzip says of the length is no more than a claim: they are counted.
            Bytes::File(..) => {
                let mut reader = self.reader()?.take(expected.saturating_add(1));
                let counted = io::copy(&mut reader, &mut io::sink());
                counted.map_err(|error| self.broken(&error))?
            }
        };
        let stated = expected - start;
        if length < expected {
            let there = length.saturating_sub(start);
            let reason = format!(
                "ends too early: its header states {stated} bytes of entries, and {there} follow"
            );
            return Err(self.fail(reason));
        }
        if length > expected {
            let reason =
                format!("goes on behind the {stated} bytes of entries that its header states");
            return Err(self.fail(reason));
        }
        Ok(())
    }

    /// An error of this file.
    pub fn fail(&self, reason: impl std::fmt::Display) -> Error {
        Error::file(&self.path, reason)
    }

    /// The error of bytes that can't be read.
    pub fn broken(&self, error: &io::Error) -> Error {
        match error.kind() {
            ErrorKind::UnexpectedEof if self.gzip => {
                self.fail("gzip: it ends too early, or goes on with something that is no gzip")
            }
            ErrorKind::UnexpectedEof => self.fail("ends too early"),
            _ if self.gzip => self.fail(format!("gzip: {error}")),
            _ => self.fail(error),
        }
    }
}
