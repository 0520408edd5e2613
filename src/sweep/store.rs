//! The record of a sweep while it runs: entries on disk as soon as they are finished, times beside
//! them.

use super::entry::SweepEntry;
use crate::error::{Error, Result};
use crate::files::{self, Role, claim_record};
use crate::record::{Entry, Record};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Time between two calls that make sure the record survives a loss of power. A killed process
/// loses nothing in between: what was written is the operating system's.
const SYNC: Duration = Duration::from_secs(2);

/// First line of a file of times.
const TIMES_HEADER: &str = "# onsager: number of the entry, seconds\n";

/// A record that several threads append to.
pub struct Store {
    inner: Mutex<Inner>,
}

struct Inner {
    record: Record<SweepEntry>,
    times: File,
    times_path: PathBuf,
    synced: Instant,
    seconds: f64,
}

/// Path of the file of times that belongs to a record. Times differ from run to run; they stay out
/// of the record, which does not.
pub fn times_path(record: &Path) -> PathBuf {
    let mut name = record.as_os_str().to_owned();
    name.push(".times");
    name.into()
}

impl Store {
    /// Wraps an open record; times are appended to the file beside it.
    ///
    /// # Errors
    /// A file of times that can't be written, or one that is something else.
    pub fn new(record: Record<SweepEntry>) -> Result<Self> {
        let times_path = times_path(record.path());
        let times = open_times(&times_path)?;
        Ok(Self {
            inner: Mutex::new(Inner {
                record,
                times,
                times_path,
                synced: Instant::now(),
                seconds: 0.0,
            }),
        })
    }

    /// Appends a finished entry, and the seconds that it took.
    ///
    /// # Errors
    /// A write that failed.
    pub fn push(&self, entry: SweepEntry, time: Duration) -> Result<()> {
        let mut inner = self.lock();
        let line = format!("{} {:.6}\n", entry.index(), time.as_secs_f64());
        inner.record.append(entry)?;
        inner.seconds += time.as_secs_f64();
        let written = inner.times.write_all(line.as_bytes());
        written.map_err(|error| Error::file(&inner.times_path, error))?;
        if inner.synced.elapsed() > SYNC {
            inner.record.sync()?;
            inner.synced = Instant::now();
        }
        Ok(())
    }

    /// Copies of the entries so far.
    pub fn entries(&self) -> Vec<SweepEntry> {
        self.lock().record.runs().to_vec()
    }

    /// Numbers of the entries so far.
    pub fn indices(&self) -> BTreeSet<u64> {
        self.lock().record.runs().iter().map(Entry::index).collect()
    }

    /// Ends the work: everything is safe on disk. Returns the record and the seconds of work in
    /// this session, over all threads.
    ///
    /// # Errors
    /// A write that failed.
    pub fn finish(self) -> Result<(Record<SweepEntry>, f64)> {
        let inner = self
            .inner
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        inner.record.sync()?;
        Ok((inner.record, inner.seconds))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // A thread that panicked while it held the lock had at worst not finished its line, which
        // the reader drops.
        self.inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Checks, before a record is begun, that a file of its times can lie beside it; a file that is
/// something else is left alone.
///
/// # Errors
/// [`Error::File`].
pub(super) fn require_times(record: &Path) -> Result<()> {
    let path = times_path(record);
    claim_record(&path, Role::Times)?;
    let known = match path.exists() {
        true => files::read_unclaimed(&path, Role::Times)?,
        false => return Ok(()),
    };
    if known.is_empty() || known.starts_with(TIMES_HEADER.as_bytes()) {
        return Ok(());
    }
    let reason = "is not a file of times, but the record's would have this name: rename it, or choose another record";
    Err(Error::file(path, reason))
}

/// Opens the file of times, or begins one.
fn open_times(path: &Path) -> Result<File> {
    let fail = |error| Error::file(path, error);
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(fail)?;
    if file.metadata().map_err(fail)?.len() == 0 {
        file.write_all(TIMES_HEADER.as_bytes()).map_err(fail)?;
    }
    Ok(file)
}
