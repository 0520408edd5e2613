//! Records of simulations, of DMFT and of sweeps: JSON lines, one header with the settings, then one line for each finished instance (or
//! set of sampled paths).
//!
//! A record grows as instances finish, so that a killed run loses at most the instance in flight; it is extended by asking
//! for more instances, and refuses settings other than its own.

mod run;

pub use run::RecordedRun;

use crate::error::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Version of the format.
const FORMAT: u32 = 1;

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
    runs: Vec<E>,
}

impl<E: Entry> Record<E> {
    /// Opens the record at `path`, or begins one, for these settings.
    ///
    /// # Errors
    /// A path that can't be read or written, a file that is no record, or a record of other settings. A truncated last line
    /// (of a killed run) is dropped and that instance run again.
    pub fn open(path: &Path, settings: &Value) -> Result<Self> {
        let header = Header::new(settings);
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
            .map_err(|error| cannot_open(path, &error))?;
        // Two runs on one record would each append the same instances. Some network file systems have no locks.
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::file(path, "is in use by another run"));
            }
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(Error::file(path, error)),
        }
        let known = read_text(path)?;
        let complete = complete_lines(&known).len();
        // A run that was killed in its very first line left the beginning of it.
        let runs = if complete == 0 && line_of(path, &header)?.starts_with(&known) {
            Vec::new()
        } else {
            let (found, rest) = read_header(path, &known)?;
            found.require(path, &header, "choose another record, or delete this one")?;
            parse_runs(path, rest)?
        };
        file.set_len(complete as u64)
            .map_err(|error| Error::file(path, error))?;
        if complete == 0 {
            write_line(path, &mut file, &header)?;
        }
        Ok(Self {
            path: path.into(),
            file,
            runs,
        })
    }

    /// Checks that every run has overlaps of a model with these numbers of signals and units, and that no instance stands twice.
    ///
    /// # Errors
    /// Names the line.
    pub fn validate(&self, signals: usize, units: usize) -> Result<()> {
        let mut seen = std::collections::BTreeSet::new();
        for (index, run) in self.runs.iter().enumerate() {
            let refuse = |reason: &str| {
                Err(Error::file(
                    &self.path,
                    format!("line {}: {reason}", index + 2),
                ))
            };
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

    /// Appends a finished run, safe against a loss of power.
    ///
    /// # Errors
    /// A write that failed.
    pub fn push(&mut self, run: E) -> Result<()> {
        self.append(run)?;
        self.sync()
    }

    /// Appends a finished run, safe against the end of this process; see [`Record::sync`].
    ///
    /// # Errors
    /// A write that failed.
    pub fn append(&mut self, run: E) -> Result<()> {
        write_line(&self.path, &mut self.file, &run)?;
        self.runs.push(run);
        Ok(())
    }

    /// Makes what was appended safe against a loss of power.
    ///
    /// # Errors
    /// A write that failed.
    pub fn sync(&self) -> Result<()> {
        self.file
            .sync_data()
            .map_err(|error| Error::file(&self.path, error))
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
    header: Header,
}

impl<E: Entry> Loaded<E> {
    /// Reads the record at `path`, whether or not a run is appending to it; `None` where not even its first line is complete, as a run
    /// that was killed at once leaves it.
    ///
    /// # Errors
    /// A path that can't be read, or a file that is no record.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let text = read_text(path)?;
        if !text.contains('\n') && (text.is_empty() || text.starts_with("{\"format\":")) {
            return Ok(None);
        }
        let (header, rest) = read_header(path, &text)?;
        Ok(Some(Self {
            settings: header.settings.clone(),
            entries: parse_runs(path, rest)?,
            truncated: complete_lines(&text).len() < text.len(),
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

/// Writes a whole record to a path that does not exist. The file appears when it is complete.
///
/// # Errors
/// A path that exists, or can't be written.
pub fn write_record<E: Entry>(path: &Path, settings: &Value, entries: &[E]) -> Result<()> {
    let fail = |reason: String| Error::file(path, reason);
    let mut text = line_of(path, &Header::new(settings))?;
    for entry in entries {
        text.push_str(&line_of(path, entry)?);
    }
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut file =
        tempfile::NamedTempFile::new_in(folder).map_err(|error| cannot_open(path, &error))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.as_file().sync_data())
        .map_err(|error| fail(error.to_string()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private; a record is an ordinary file.
        let open = std::fs::Permissions::from_mode(0o644);
        let set = file.as_file().set_permissions(open);
        set.map_err(|error| fail(error.to_string()))?;
    }
    file.persist_noclobber(path)
        .map_err(|error| fail(error.error.to_string()))?;
    Ok(())
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

/// Why a record can't be opened; a missing folder is named as such.
fn cannot_open(path: &Path, error: &std::io::Error) -> Error {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    match folder {
        Some(folder) if !folder.is_dir() => Error::file(
            path,
            format!("the folder {} does not exist", folder.display()),
        ),
        _ => Error::file(path, error),
    }
}

fn line_of(path: &Path, value: &impl Serialize) -> Result<String> {
    let mut line = serde_json::to_string(value).map_err(|error| Error::file(path, error))?;
    line.push('\n');
    Ok(line)
}

fn write_line(path: &Path, file: &mut File, value: &impl Serialize) -> Result<()> {
    let line = line_of(path, value)?;
    file.write_all(line.as_bytes())
        .map_err(|error| Error::file(path, error))
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

/// The text of a record. A last line that was cut within a character ends before it.
fn read_text(path: &Path) -> Result<String> {
    let mut bytes = std::fs::read(path).map_err(|error| Error::file(path, error))?;
    let complete = bytes
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |end| end + 1);
    if let Err(error) = std::str::from_utf8(&bytes[complete..]) {
        bytes.truncate(complete + error.valid_up_to());
    }
    String::from_utf8(bytes).map_err(|_| Error::file(path, "is not a record: it is not UTF-8 text"))
}

/// The lines that end.
fn complete_lines(text: &str) -> &str {
    &text[..text.rfind('\n').map_or(0, |end| end + 1)]
}

/// The first line of a record, and the entries' lines.
fn read_header<'a>(path: &Path, text: &'a str) -> Result<(Header, &'a str)> {
    let Some((first, rest)) = complete_lines(text).split_once('\n') else {
        return Err(Error::file(
            path,
            "is not a record: its first line is incomplete; delete it if a killed run left it",
        ));
    };
    let found: Header = serde_json::from_str(first)
        .map_err(|error| Error::file(path, format!("is not a record: {error}")))?;
    if found.format != FORMAT {
        let reason = format!("is a record of format {}, not {FORMAT}", found.format);
        return Err(Error::file(path, reason));
    }
    Ok((found, rest))
}

/// `key: recorded, asked for` of every setting that differs, keys of nested settings joined by dots.
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

fn parse_runs<E: Entry>(path: &Path, text: &str) -> Result<Vec<E>> {
    text.lines()
        .enumerate()
        .map(|(index, line)| {
            serde_json::from_str(line)
                .map_err(|error| Error::file(path, format!("line {}: {error}", index + 2)))
        })
        .collect()
}
