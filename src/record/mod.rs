//! Records of simulations, of DMFT and of sweeps: JSON lines, one header with the settings, then
//! one line for each finished instance (or set of sampled paths).
//!
//! Every line ends with a checksum. A record grows as instances finish, so that a killed run loses
//! at most the instance in flight; it is extended by asking for more instances, and refuses
//! settings other than its own.

mod checkpoint;
mod line;
mod run;

pub use run::RecordedRun;

use crate::error::{Error, Result};
use crate::files::{self, Role, cannot_write, claim_reading, claim_record};
pub(crate) use checkpoint::Checkpoints;
use line::Damage;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Version of the format.
const FORMAT: u32 = 2;

/// One finished instance of a record.
pub trait Entry: Clone + Serialize + DeserializeOwned {
    /// Number of the instance.
    fn index(&self) -> u64;

    /// Whether the numbers are those of a model with these numbers of signals and units.
    fn fits(&self, signals: usize, units: usize) -> bool;
}

/// First line of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Header {
    format: u32,
    fingerprint: String,
    settings: Value,
}

/// A record on disk.
pub struct Record<E = RecordedRun> {
    path: PathBuf,
    file: File,
    /// Bytes of its whole lines.
    length: u64,
    runs: Vec<E>,
    /// Line of the file in which each of these runs stands.
    lines: Vec<usize>,
    damaged: Vec<usize>,
    /// Why nothing is appended any more.
    closed: Option<String>,
}

impl<E: Entry> Record<E> {
    /// Opens the record at `path`, or begins one, for these settings.
    ///
    /// A truncated last line (of a killed run) is dropped, and damaged lines are left out
    /// ([`Record::damaged`]): what stood there is missing, as if it had not been computed yet.
    ///
    /// # Errors
    /// A path that can't be read or written, a file that is not a record, a record of other settings, or one that another run writes.
    pub fn open(path: &Path, settings: &Value) -> Result<Self> {
        let header = Header::new(settings);
        claim_record(path, Role::Record)?;
        if path.exists() && !path.is_file() {
            return Err(Error::file(
                path,
                "is not a regular file: --record takes a file",
            ));
        }
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(|error| cannot_write(path, &error))?;
        lock(path, &file)?;
        let known = Text::read(path)?;
        // A run that was killed in its very first line left the beginning of it.
        let first = line::written(path, &header)?;
        let begins = known.complete == 0 && first.as_bytes().starts_with(&known.rest);
        let entries = if begins {
            Entries::default()
        } else {
            let (found, rest) = known.header(path)?;
            found.require(path, &header, "choose another record, or delete this one")?;
            Entries::parse(path, rest)?
        };
        let fail = |error| Error::file(path, error);
        file.set_len(known.complete).map_err(fail)?;
        let mut length = known.complete;
        if begins {
            file.write_all(first.as_bytes()).map_err(fail)?;
            length = first.len() as u64;
        }
        Ok(Self {
            path: path.into(),
            file,
            length,
            runs: entries.runs,
            lines: entries.lines,
            damaged: entries.damaged,
            closed: None,
        })
    }

    /// Checks that every run has overlaps of a model with these numbers of signals and units, and
    /// that no instance stands twice.
    ///
    /// # Errors
    /// Names the line.
    pub fn validate(&self, signals: usize, units: usize) -> Result<()> {
        let mut seen = std::collections::BTreeSet::new();
        for (run, line) in self.runs.iter().zip(&self.lines) {
            let refuse =
                |reason: &str| Err(Error::file(&self.path, format!("line {line}: {reason}")));
            if !seen.insert(run.index()) {
                return refuse("an instance stands twice");
            }
            if !run.fits(signals, units) {
                return refuse("the overlaps don't fit the model");
            }
        }
        Ok(())
    }

    /// Finished runs.
    pub fn runs(&self) -> &[E] {
        &self.runs
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lines of the file (from 1) that are damaged: their instances are missing.
    pub fn damaged(&self) -> &[usize] {
        &self.damaged
    }

    /// Appends a finished run, safe against a loss of power.
    ///
    /// # Errors
    /// As [`Record::append`].
    pub fn push(&mut self, run: E) -> Result<()> {
        self.append(run)?;
        self.sync()
    }

    /// Appends a finished run, safe against the end of this process; see [`Record::sync`].
    ///
    /// # Errors
    /// A write that failed, or a record that something else removed or changed. What was written of the line is taken back, and nothing
    /// is appended after that: the file holds whole lines whatever happens.
    pub fn append(&mut self, run: E) -> Result<()> {
        if let Some(reason) = &self.closed {
            return Err(Error::file(&self.path, reason));
        }
        let written = line::written(&self.path, &run).and_then(|line| self.append_line(&line));
        if let Err(error) = written {
            self.closed = Some(format!("nothing is appended after an error ({error})"));
            return Err(error);
        }
        self.runs.push(run);
        Ok(())
    }

    fn append_line(&mut self, line: &str) -> Result<()> {
        self.require_untouched()?;
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            let reason = match self.file.set_len(self.length) {
                Ok(()) => {
                    format!("{error}; what is finished is there, and the same command goes on")
                }
                Err(_) => format!("{error}; its last line is incomplete"),
            };
            return Err(Error::file(&self.path, reason));
        }
        self.length += line.len() as u64;
        Ok(())
    }

    /// Makes what was appended safe against a loss of power.
    ///
    /// # Errors
    /// A write that failed, or a record that something else removed or changed.
    pub fn sync(&self) -> Result<()> {
        self.require_untouched()?;
        self.file
            .sync_data()
            .map_err(|error| Error::file(&self.path, error))
    }

    /// The file is still the one that was opened, with the lines that it was given.
    fn require_untouched(&self) -> Result<()> {
        let touched = |what: &str| {
            let reason = format!(
                "was {what} by another program during the run: what this run found is lost with it; run the command again"
            );
            Err(Error::file(&self.path, reason))
        };
        let own = self.file.metadata();
        let own = own.map_err(|error| Error::file(&self.path, error))?;
        if !is_still_at(&self.path, &own) {
            return touched("removed or replaced");
        }
        if own.len() != self.length {
            return touched("changed");
        }
        Ok(())
    }
}

/// Whether the path leads to the open file.
#[cfg(unix)]
fn is_still_at(path: &Path, own: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino()))
}

#[cfg(not(unix))]
fn is_still_at(path: &Path, _own: &Metadata) -> bool {
    path.exists()
}

/// Two runs on one record would each append the same instances. Some network file systems have no
/// locks.
fn lock(path: &Path, file: &File) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Error::file(path, "is in use by another run")),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(error)) => Err(Error::file(path, error)),
    }
}

/// A record that is only read.
#[derive(Debug)]
pub struct Loaded<E> {
    /// Its settings.
    pub settings: Value,
    /// Its entries.
    pub entries: Vec<E>,
    /// Whether a truncated last line was left out.
    pub truncated: bool,
    /// Lines (from 1) that are damaged, and were left out.
    pub damaged: Vec<usize>,
    header: Header,
}

impl<E: Entry> Loaded<E> {
    /// Reads the record at `path`, whether or not a run is appending to it; `None` where not even
    /// its first line is complete, as a run that was killed at once leaves it.
    ///
    /// # Errors
    /// A path that can't be read, or a file that is not a record.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        claim_reading(path, Role::Record)?;
        let text = Text::read(path)?;
        let begun = b"{\"format\":";
        if text.complete == 0 && text.rest.iter().zip(begun).all(|(one, other)| one == other) {
            return Ok(None);
        }
        let (header, rest) = text.header(path)?;
        let entries = Entries::parse(path, rest)?;
        Ok(Some(Self {
            settings: header.settings.clone(),
            entries: entries.runs,
            damaged: entries.damaged,
            truncated: !text.rest.is_empty(),
            header,
        }))
    }

    /// Checks that the record at `path` is one of these settings.
    ///
    /// # Errors
    /// What differs, with the remedy.
    pub fn require(&self, path: &Path, settings: &Value, remedy: &'static str) -> Result<()> {
        self.header.require(path, &Header::new(settings), remedy)
    }
}

/// Settings of the record at `path`, of whatever kind.
///
/// # Errors
/// A path that can't be read, or a file that is not a record.
pub fn recorded_settings(path: &Path) -> Result<Value> {
    claim_reading(path, Role::Record)?;
    let text = Text::read(path)?;
    Ok(text.header(path)?.0.settings)
}

/// Writes a whole record to a path that does not exist. The file appears when it is complete.
///
/// # Errors
/// A path that exists, or can't be written.
pub fn write_record<E: Entry>(path: &Path, settings: &Value, entries: &[E]) -> Result<()> {
    let mut text = line::written(path, &Header::new(settings))?;
    for entry in entries {
        text.push_str(&line::written(path, entry)?);
    }
    files::create(path, text.as_bytes())
}

/// Fingerprint of settings: FNV-1a (64 bits) of their JSON, whose keys are sorted.
pub fn fingerprint(settings: &Value) -> String {
    let hash = settings
        .to_string()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}

impl Header {
    fn new(settings: &Value) -> Self {
        Self {
            format: FORMAT,
            fingerprint: fingerprint(settings),
            settings: settings.clone(),
        }
    }

    fn require(&self, path: &Path, own: &Self, remedy: &'static str) -> Result<()> {
        if self.fingerprint == own.fingerprint && self.settings == own.settings {
            return Ok(());
        }
        Err(Error::ForeignRecord {
            path: path.into(),
            difference: differences(&self.settings, &own.settings).join("; "),
            remedy,
        })
    }
}

/// The text of a record.
struct Text {
    /// Its whole lines. What is not UTF-8 in them is replaced: such lines are damaged.
    lines: String,
    /// Bytes of these.
    complete: u64,
    /// What follows the last whole line.
    rest: Vec<u8>,
}

impl Text {
    fn read(path: &Path) -> Result<Self> {
        let mut bytes = files::read_unclaimed(path, Role::Record)?;
        let end = bytes.iter().rposition(|&byte| byte == b'\n');
        let rest = bytes.split_off(end.map_or(0, |end| end + 1));
        Ok(Self {
            complete: bytes.len() as u64,
            lines: String::from_utf8_lossy(&bytes).into_owned(),
            rest,
        })
    }

    /// The first line, and the entries' lines.
    fn header(&self, path: &Path) -> Result<(Header, &str)> {
        let Some((first, rest)) = self.lines.split_once('\n') else {
            return Err(Error::file(
                path,
                "is not a record: its first line is incomplete; delete it if a killed run left it",
            ));
        };
        let header = line::read::<Header>(first).map_err(|damage| {
            let older =
                serde_json::from_str::<Header>(first).is_ok_and(|found| found.format != FORMAT);
            let reason = match damage {
                _ if older => {
                    format!("is a record of another format than {FORMAT}: choose another")
                }
                Damage::Checksum => {
                    "has a damaged first line (its checksum is wrong): choose another record".into()
                }
                Damage::NoChecksum => "is not a record: its first line has no checksum".into(),
                Damage::Foreign(error) => format!("is not a record: {error}"),
            };
            Error::file(path, reason)
        })?;
        if header.format != FORMAT {
            let reason = format!("is a record of another format than {FORMAT}: choose another");
            return Err(Error::file(path, reason));
        }
        Ok((header, rest))
    }
}

/// `key: recorded, asked for` of every setting that differs, keys of nested settings joined by
/// dots.
fn differences(found: &Value, own: &Value) -> Vec<String> {
    let (Value::Object(found), Value::Object(own)) = (found, own) else {
        return vec!["the settings have another form".into()];
    };
    let missing = Value::String("absent".into());
    let mut keys: Vec<&String> = found.keys().chain(own.keys()).collect();
    keys.sort();
    keys.dedup();
    let mut all = Vec::new();
    for key in keys {
        let [found, own] = [found, own].map(|map| map.get(key).unwrap_or(&missing));
        if found.is_object() && own.is_object() {
            let inner = differences(found, own);
            all.extend(inner.into_iter().map(|line| format!("{key}.{line}")));
        } else if found != own {
            all.push(format!("{key}: recorded {found}, asked for {own}"));
        }
    }
    all
}

/// The entries of a record.
struct Entries<E> {
    runs: Vec<E>,
    lines: Vec<usize>,
    damaged: Vec<usize>,
}

impl<E> Default for Entries<E> {
    fn default() -> Self {
        Self {
            runs: Vec::new(),
            lines: Vec::new(),
            damaged: Vec::new(),
        }
    }
}

impl<E: Entry> Entries<E> {
    /// The lines after the first one. A damaged line is not an entry; one that is whole but says
    /// something else than an entry is an error, because it was written so.
    ///
    /// Damaged lines are named in a warning (crate `log`).
    fn parse(path: &Path, text: &str) -> Result<Self> {
        let mut entries = Self::default();
        for (number, text) in (2..).zip(text.split_terminator('\n')) {
            match line::read(text) {
                Ok(run) => {
                    entries.runs.push(run);
                    entries.lines.push(number);
                }
                Err(Damage::Checksum | Damage::NoChecksum) => entries.damaged.push(number),
                Err(Damage::Foreign(error)) => {
                    return Err(Error::file(path, format!("line {number}: {error}")));
                }
            }
        }
        if !entries.damaged.is_empty() {
            let numbers: Vec<String> = entries.damaged.iter().map(usize::to_string).collect();
            log::warn!(
                "{}: damaged (the checksum is wrong) in line {}: left out, as if it had not been computed",
                path.display(),
                numbers.join(", ")
            );
        }
        Ok(entries)
    }
}
