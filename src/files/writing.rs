//! Writing: a file takes its name when it is complete and on disk.

use crate::error::{Error, Result};
use crate::ranks::Ranks;
use std::fs::{File, Permissions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Whether this process writes its files: of several [ranks](crate::ranks) the first one alone does.
fn writes() -> bool {
    Ranks::of_process().is_first()
}

/// Replaces a file, or makes it. A link stands for the file that it points to; an existing file's
/// permissions stay, a new one has those that the user's mask allows.
///
/// # Errors
/// [`Error::File`]: a folder that can't be written, a write-protected file, something else than a regular file.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    if !writes() {
        return Ok(());
    }
    let (path, permissions) = target(path)?;
    log::info!("writing {} bytes to {}", bytes.len(), path.display());
    let file = filled(&path, bytes)?;
    if let Some(permissions) = permissions {
        let set = file.as_file().set_permissions(permissions);
        set.map_err(|error| Error::file(&path, error))?;
    }
    file.persist(&path)
        .map_err(|error| Error::file(&path, error.error))?;
    sync_folder(&path);
    Ok(())
}

/// Replaces, again and again, a file that no other run writes, by way of its [part]. A run that is
/// killed while it writes leaves that part, which the next one writes over and [`discard`] removes.
///
/// [part]: part_of
///
/// # Errors
/// As [`replace`].
pub(crate) fn keep(path: &Path, bytes: &[u8]) -> Result<()> {
    if !writes() {
        return Ok(());
    }
    let (path, permissions) = target(path)?;
    log::info!("writing {} bytes to {}", bytes.len(), path.display());
    let part = part_of(&path);
    remove(&part)?;
    // A new file: what a link of this name points to stays.
    let mut file = File::create_new(&part).map_err(|error| cannot_write(&part, &error))?;
    file.write_all(bytes)
        .and_then(|()| permissions.map_or(Ok(()), |own| file.set_permissions(own)))
        .and_then(|()| file.sync_all())
        .map_err(|error| Error::file(&part, error))?;
    drop(file);
    std::fs::rename(&part, &path).map_err(|error| Error::file(&path, error))?;
    sync_folder(&path);
    Ok(())
}

/// Removes what [`keep`] wrote; no error where it is gone.
///
/// # Errors
/// [`Error::File`]: a file that can't be removed.
pub(crate) fn discard(path: &Path) -> Result<()> {
    if !writes() {
        return Ok(());
    }
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.into());
    remove(&part_of(&real))?;
    remove(path)
}

/// Where the bytes of a file that is [kept](keep) are until they are complete.
pub(crate) fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Removes a file, if there is one.
fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::file(path, error)),
        _ => Ok(()),
    }
}

/// Makes a folder, with those above it, unless it is there.
///
/// # Errors
/// [`Error::File`].
pub fn create_folder(path: &Path) -> Result<()> {
    if !writes() {
        return Ok(());
    }
    std::fs::create_dir_all(path).map_err(|error| Error::file(path, error))
}

/// Makes a file that must not exist.
///
/// # Errors
/// [`Error::File`]: it exists, or the folder can't be written.
pub fn create(path: &Path, bytes: &[u8]) -> Result<()> {
    if !writes() {
        return Ok(());
    }
    let file = filled(path, bytes)?;
    file.persist_noclobber(path)
        .map_err(|error| Error::file(path, error.error))?;
    sync_folder(path);
    Ok(())
}

/// Checks, before any work, that [`replace`] can do its own.
pub(super) fn require_writable(path: &Path) -> Result<()> {
    if !writes() {
        return Ok(());
    }
    let (path, _) = target(path)?;
    temporary_beside(&path).map(drop)
}

/// Where the bytes go, and the permissions of what is there.
fn target(path: &Path) -> Result<(PathBuf, Option<Permissions>)> {
    let Ok(metadata) = std::fs::metadata(path) else {
        if path.is_symlink() {
            return Err(Error::file(path, "is a link to a file that does not exist"));
        }
        return Ok((path.into(), None));
    };
    if !metadata.is_file() {
        return Err(Error::file(path, "is not a regular file: choose another"));
    }
    if metadata.permissions().readonly() {
        let reason = "is write-protected: choose another, or allow writing";
        return Err(Error::file(path, reason));
    }
    let real = std::fs::canonicalize(path).map_err(|error| Error::file(path, error))?;
    Ok((real, Some(metadata.permissions())))
}

fn filled(path: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let mut file = temporary_beside(path)?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| Error::file(path, error))?;
    Ok(file)
}

/// A temporary file in the folder of `path`, which proves that the folder can be written.
fn temporary_beside(path: &Path) -> Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".onsager-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(Permissions::from_mode(0o666));
    }
    builder
        .tempfile_in(folder_of(path))
        .map_err(|error| cannot_write(path, &error))
}

/// Why a file can't be written; a missing folder is named as such.
pub(crate) fn cannot_write(path: &Path, error: &std::io::Error) -> Error {
    let folder = folder_of(path);
    if folder.is_dir() {
        return Error::file(path, format!("can't be written: {error}"));
    }
    let reason = format!("the folder {} does not exist", folder.display());
    Error::file(path, reason)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// A new name is safe against a loss of power when its folder is on disk. Not every file system can
/// do that: no error then.
fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
}
