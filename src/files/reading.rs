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
    let fail = |error: IoError| Error::file(path, error);
    let file = open(path).map_err(fail)?;
    let metadata = file.metadata().map_err(fail)?;
    let limit = role.limit();
    if !metadata.is_file() {
        let reason = format!("is not a regular file: a {} is one", role.name());
        return Err(Error::file(path, reason));
    }
    let too_large = || {
        let reason = format!(
            "is larger than a {} may be ({} MiB)",
            role.name(),
            limit >> 20
        );
        Error::file(path, reason)
    };
    if metadata.len() > limit {
        return Err(too_large());
    }
    crate::memory::require(
        &format!("reading {}", path.display()),
        metadata.len().into(),
    )?;
    let mut bytes = Vec::new();
    // Pseudo-files say that they are empty; a file may grow meanwhile.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(bytes)
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
