//! Which files a run reads and writes.

use super::Role;
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The files so far; nothing where nobody watches.
static LEDGER: Mutex<Option<Ledger>> = Mutex::new(None);

/// From now on every file of this process is compared with all others that it named.
pub fn watch() {
    lock().get_or_insert_default();
}

/// Announces a file that will be written, before any work: refused where it can't be, or where the
/// run reads it or writes it for something else.
///
/// # Errors
/// [`Error::File`], with the other use.
pub fn will_write(path: &Path, role: Role) -> Result<()> {
    claim(path, role, Access::Write)?;
    super::writing::require_writable(path)
}

/// Announces that a record is opened, which is read and written.
pub(crate) fn claim_record(path: &Path, role: Role) -> Result<()> {
    claim(path, role, Access::Write)
}

/// Announces a file that is read.
pub(crate) fn claim_reading(path: &Path, role: Role) -> Result<()> {
    claim(path, role, Access::Read)
}

/// The records that this process extends, for a word of farewell.
pub fn records_being_written() -> Vec<PathBuf> {
    let ledger = lock();
    let uses = ledger.iter().flat_map(|ledger| &ledger.uses);
    uses.filter(|one| one.role == Role::Record && one.access == Access::Write)
        .map(|one| one.path.clone())
        .collect()
}

fn claim(path: &Path, role: Role, access: Access) -> Result<()> {
    match lock().as_mut() {
        Some(ledger) => ledger.claim(path, role, access),
        None => Ok(()),
    }
}

fn lock() -> MutexGuard<'static, Option<Ledger>> {
    LEDGER.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

#[derive(Debug)]
struct Use {
    path: PathBuf,
    role: Role,
    access: Access,
}

/// The uses of files in the order in which they were announced.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    uses: Vec<Use>,
}

impl Ledger {
    /// Adds a use, unless it contradicts another: what is written is used once.
    pub fn claim(&mut self, path: &Path, role: Role, access: Access) -> Result<()> {
        let own = Identity::of(path);
        let other = self.uses.iter().find(|other| {
            // A run may open its record again: a lock keeps other runs away.
            let again =
                role == other.role && matches!(role, Role::Record | Role::Times | Role::Checkpoint);
            let harmless = (access, other.access) == (Access::Read, Access::Read);
            !(again && access == other.access || harmless) && Identity::of(&other.path) == own
        });
        if let Some(other) = other {
            let verb = match other.access {
                Access::Read => "reads",
                Access::Write => "writes",
            };
            let reason = format!(
                "is the {} that this run {verb}; choose another file for the {}",
                other.role.name(),
                if access == Access::Write {
                    role.name()
                } else {
                    other.role.name()
                },
            );
            return Err(Error::file(path, reason));
        }
        self.uses.push(Use {
            path: path.into(),
            role,
            access,
        });
        Ok(())
    }
}

/// What makes two paths the same file.
#[derive(Debug, PartialEq, Eq)]
enum Identity {
    /// An existing file.
    #[cfg(unix)]
    File { device: u64, inode: u64 },
    /// A file to come: the path without links and detours, as far as it exists.
    Path(PathBuf),
}

impl Identity {
    fn of(path: &Path) -> Self {
        #[cfg(unix)]
        if let Ok(metadata) = std::fs::metadata(path) {
            use std::os::unix::fs::MetadataExt;
            return Self::File {
                device: metadata.dev(),
                inode: metadata.ino(),
            };
        }
        Self::Path(absolute(path))
    }
}

fn absolute(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let named = |folder: PathBuf| path.file_name().map(|name| folder.join(name));
    path.canonicalize()
        .ok()
        .or_else(|| named(folder.canonicalize().ok()?))
        .unwrap_or_else(|| path.into())
}
