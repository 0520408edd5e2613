//! Reading: regular files of a bounded size.

use super::Role;
use super::ledger::claim_reading;
use crate::error::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io::{Error as IoError, Read};
use std::path::Path;

/// The bytes of a regular file that is not larger than its role allows.
///
/// # Errors
/// [`Error::File`]: no such file, something else than a regular file (a pipe, a device), a file that is too large, or one that this run
/// writes.
pub fn read(path: &Path, role: Role) -> Result<Vec<u8>> {
    claim_reading(path, role)?;
    read_unclaimed(path, role)
}

/// As [`read`], for text.
///
/// # Errors
/// As [`read`], and a file that is not UTF-8 text.
pub fn read_text(path: &Path, role: Role) -> Result<String> {
    String::from_utf8(read(path, role)?).map_err(|_| {
        Error::file(
            path,
            format!("is not a {}: it is not UTF-8 text", role.name()),
        )
    })
}

/// As [`read`], of a file that the run has announced as its own.
pub(crate) fn read_unclaimed(path: &Path, role: Role) -> Result<Vec<u8>> {
    let (file, length) = open_regular(path, role)?;
    log::info!("reading the {} {}", role.name(), path.display());
    crate::memory::require(&format!("reading {}", path.display()), length.into())?;
    let mut bytes = Vec::new();
    let limit = role.limit();
    // Pseudo-files say that they are empty; a file may grow meanwhile.
    let read = file.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::file(path, error))?;
    if bytes.len() as u64 > limit {
        return Err(too_large(path, role));
    }
    Ok(bytes)
}

/// A regular file that is not larger than its role allows, with its length.
pub(super) fn open_regular(path: &Path, role: Role) -> Result<(File, u64)> {
    let fail = |error: IoError| Error::file(path, error);
    let file = open(path).map_err(fail)?;
    let metadata = file.metadata().map_err(fail)?;
    if !metadata.is_file() {
        let reason = format!("is not a regular file: a {} is one", role.name());
        return Err(Error::file(path, reason));
    }
    if metadata.len() > role.limit() {
        return Err(too_large(path, role));
    }
    Ok((file, metadata.len()))
}

fn too_large(path: &Path, role: Role) -> Error {
    let limit = role.limit() >> 20;
    let reason = format!("is larger than a {} may be ({limit} MiB)", role.name());
    Error::file(path, reason)
}

/// Opens without waiting for the other end of a pipe, or for a device to say something.
fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK);
    }
    options.open(path)
}
