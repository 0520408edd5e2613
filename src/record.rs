//! Records of simulations and of DMFT: JSON lines, one header with the settings, then one line for each finished instance (or
//! set of sampled paths).
//!
//! A record grows as instances finish, so that a killed run loses at most the instance in flight; it is extended by asking
//! for more instances, and refuses settings other than its own.

use crate::error::{Error, Result};
use crate::numerics::symmetric::{from_rows, rows};
use crate::order_parameters::{OrderParameters, UnitSymmetry};
use crate::simulation::Run;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Version of the format.
const FORMAT: u32 = 1;

/// Overlaps as they stand in a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedOverlaps {
    /// Rows of `M`.
    pub m: Vec<Vec<f64>>,
    /// Rows of `Q`.
    pub q: Vec<Vec<f64>>,
}

/// One finished run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedRun {
    /// Number of the instance.
    pub instance: u64,
    /// Name of the run's end.
    pub outcome: String,
    /// Whether the final weights are usable (see [`crate::simulation::RunEnd::has_weights`]).
    pub has_weights: bool,
    /// Last residual.
    pub residual: Option<f64>,
    /// `ℓ` at the final weights.
    pub log_likelihood: Option<f64>,
    /// Root-mean-square gradient there.
    pub gradient_rms: Option<f64>,
    /// Overlaps along the run, the start first.
    pub trajectory: Vec<RecordedOverlaps>,
}

impl RecordedRun {
    /// The record of a run.
    pub fn new(instance: u64, run: &Run) -> Self {
        Self {
            instance,
            outcome: run.end.name().into(),
            has_weights: run.end.has_weights(),
            residual: run.end.residual(),
            log_likelihood: run.log_likelihood,
            gradient_rms: run.gradient_rms,
            trajectory: run
                .observations
                .iter()
                .map(|o| RecordedOverlaps::new(&o.order))
                .collect(),
        }
    }

    /// Overlaps after iteration `t`; `None` where the run is shorter.
    pub fn order(&self, t: usize) -> Option<OrderParameters> {
        self.trajectory.get(t).map(RecordedOverlaps::order)
    }

    /// The same run with units renamed and flipped all along, as its first overlaps ask for (see [`OrderParameters::alignment`]).
    pub fn aligned_at_start(&self, symmetry: UnitSymmetry) -> Self {
        let Some(first) = self.order(0) else {
            return self.clone();
        };
        let alignment = first.alignment(symmetry);
        let realigned =
            |at: &RecordedOverlaps| RecordedOverlaps::new(&at.order().realigned(&alignment));
        Self {
            trajectory: self.trajectory.iter().map(realigned).collect(),
            ..self.clone()
        }
    }

    /// Overlaps at the end; `None` where the run did not end with usable weights.
    pub fn last(&self) -> Option<OrderParameters> {
        if self.has_weights {
            self.order(self.trajectory.len().checked_sub(1)?)
        } else {
            None
        }
    }
}

/// One finished instance of a record.
pub trait Entry: Clone + Serialize + DeserializeOwned {
    /// Number of the instance.
    fn index(&self) -> u64;

    /// Whether the numbers are those of a model with these numbers of signals and units.
    fn fits(&self, signals: usize, units: usize) -> bool;
}

/// Whether rows make a finite matrix of this shape.
pub(crate) fn is_matrix(rows: &[Vec<f64>], height: usize, width: usize) -> bool {
    rows.len() == height
        && rows.iter().all(|row| row.len() == width)
        && rows.iter().flatten().all(|entry| entry.is_finite())
}

impl RecordedOverlaps {
    /// The record of order parameters.
    pub fn new(order: &OrderParameters) -> Self {
        Self {
            m: rows(&order.m),
            q: rows(&order.q),
        }
    }

    /// The order parameters.
    pub fn order(&self) -> OrderParameters {
        OrderParameters {
            m: from_rows(&self.m),
            q: from_rows(&self.q),
        }
    }

    /// Whether these are overlaps of a model with these numbers of signals and units.
    pub(crate) fn fits(&self, signals: usize, units: usize) -> bool {
        is_matrix(&self.m, signals, units)
            && is_matrix(&self.q, units, units)
            && (0..units).all(|unit| self.q[unit][unit] >= 0.0)
    }
}

impl Entry for RecordedRun {
    fn index(&self) -> u64 {
        self.instance
    }

    fn fits(&self, signals: usize, units: usize) -> bool {
        !self.trajectory.is_empty() && self.trajectory.iter().all(|at| at.fits(signals, units))
    }
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
        let header = Header {
            format: FORMAT,
            fingerprint: fingerprint(settings),
            settings: settings.clone(),
        };
        if path.exists() && !path.is_file() {
            return Err(Error::file(
                path,
                "is no regular file: --record takes a file",
            ));
        }
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(|error| Error::file(path, error))?;
        // Two runs on one record would each append the same instances.
        file.try_lock()
            .map_err(|_| Error::file(path, "is in use by another run"))?;
        let known = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return Err(Error::file(path, error)),
        };
        let complete = known.rfind('\n').map_or(0, |end| end + 1);
        let runs = match known[..complete].split_once('\n') {
            Some((first, rest)) => {
                check_header(path, first, &header)?;
                parse_runs(path, rest)?
            }
            None if known.is_empty() => Vec::new(),
            None => {
                return Err(Error::file(
                    path,
                    "is no record: its first line is incomplete; delete it if a killed run left it",
                ));
            }
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

    /// Appends a finished run and flushes it.
    ///
    /// # Errors
    /// A write that failed.
    pub fn push(&mut self, run: E) -> Result<()> {
        write_line(&self.path, &mut self.file, &run)?;
        self.runs.push(run);
        Ok(())
    }
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

fn write_line(path: &Path, file: &mut File, value: &impl Serialize) -> Result<()> {
    let mut line = serde_json::to_string(value).map_err(|error| Error::file(path, error))?;
    line.push('\n');
    let written = file
        .write_all(line.as_bytes())
        .and_then(|()| file.sync_data());
    written.map_err(|error| Error::file(path, error))
}

fn check_header(path: &Path, line: &str, own: &Header) -> Result<()> {
    let found: Header = serde_json::from_str(line)
        .map_err(|error| Error::file(path, format!("is no record: {error}")))?;
    if found.format != own.format {
        let reason = format!("is a record of format {}, not {FORMAT}", found.format);
        return Err(Error::file(path, reason));
    }
    if found.fingerprint == own.fingerprint && found.settings == own.settings {
        return Ok(());
    }
    Err(Error::ForeignRecord {
        path: path.into(),
        difference: differences(&found.settings, &own.settings).join("; "),
    })
}

/// `key: recorded, asked for` of every setting that differs.
fn differences(found: &Value, own: &Value) -> Vec<String> {
    let (Value::Object(found), Value::Object(own)) = (found, own) else {
        return vec!["the settings have another form".into()];
    };
    let missing = Value::String("absent".into());
    let mut keys: Vec<&String> = found.keys().chain(own.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .filter(|key| found.get(*key) != own.get(*key))
        .map(|key| {
            let show =
                |map: &serde_json::Map<String, Value>| map.get(key).unwrap_or(&missing).to_string();
            format!("{key}: recorded {}, asked for {}", show(found), show(own))
        })
        .collect()
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
