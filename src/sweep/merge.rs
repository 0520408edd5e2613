//! Merging the records of shards.

use super::entry::SweepEntry;
use super::plan::Sweep;
use super::spec::DiagramStudy;
use crate::error::{Error, Result};
use crate::files::{Role, will_write};
use crate::record::{Entry, Loaded, write_record};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a merge brought together.
pub struct Merged {
    /// The sweep that the records belong to.
    pub sweep: Sweep,
    /// All entries, in order.
    pub entries: Vec<SweepEntry>,
    /// Entries that are still missing (as far as the finished ones tell); 0 for a complete sweep.
    pub missing: usize,
    /// Records whose last line was truncated; that entry counts as missing.
    pub truncated: Vec<PathBuf>,
}

/// Merges records of one study into a new record at `output`, which must not exist. Shards may
/// overlap and may be of any size; where two records hold the same entry, they must agree to the
/// last bit.
///
/// # Errors
/// No records, records of different studies (with what differs), entries that contradict each other, or an output that exists or can't
/// be written. The records themselves are only read.
pub fn merge(output: &Path, records: &[PathBuf]) -> Result<Merged> {
    let Some(first) = records.first() else {
        return Err(Error::invalid(
            "records",
            "empty",
            "name the records of the shards",
        ));
    };
    if output.exists() {
        return Err(Error::file(
            output,
            "exists already: a merge overwrites nothing",
        ));
    }
    will_write(output, Role::Record)?;
    let Collected {
        settings,
        entries,
        truncated,
    } = Collected::from(records)?;
    let settings = settings.ok_or_else(|| {
        Error::file(
            first,
            "no record has a complete first line: there is nothing to merge",
        )
    })?;
    let sweep = study_of(first, &settings)?;
    let entries: Vec<SweepEntry> = entries.into_values().map(|(entry, _)| entry).collect();
    sweep.validate(first, &entries)?;
    write_record(output, &settings, &entries)?;
    Ok(Merged {
        missing: sweep.missing(&entries),
        sweep,
        entries,
        truncated,
    })
}

/// What stands in the records, each entry once.
#[derive(Default)]
struct Collected<'a> {
    /// Settings, the same in all records; `None` if no record has a complete first line.
    settings: Option<Value>,
    /// Entries in order, each with the record that it was first found in.
    entries: BTreeMap<u64, (SweepEntry, &'a Path)>,
    truncated: Vec<PathBuf>,
}

impl<'a> Collected<'a> {
    fn from(records: &'a [PathBuf]) -> Result<Self> {
        let mut collected = Self::default();
        for path in records {
            collected.add(path)?;
        }
        Ok(collected)
    }

    fn add(&mut self, path: &'a Path) -> Result<()> {
        let Some(loaded) = Loaded::<SweepEntry>::read(path)? else {
            self.truncated.push(path.into());
            return Ok(());
        };
        match &self.settings {
            None => self.settings = Some(loaded.settings.clone()),
            Some(own) => loaded.require(path, own, "merge the records of one study only")?,
        }
        if loaded.truncated {
            self.truncated.push(path.into());
        }
        for entry in loaded.entries {
            match self.entries.get(&entry.index()) {
                Some((known, _)) if *known == entry => {}
                Some((_, other)) => {
                    let reason = format!(
                        "contradicts {} in {entry}: were they computed by different builds, or on machines that \
                         round differently (with and without FMA)?",
                        other.display(),
                    );
                    return Err(Error::file(path, reason));
                }
                None => {
                    self.entries.insert(entry.index(), (entry, path));
                }
            }
        }
        Ok(())
    }
}

/// The sweep that settings of a record describe.
fn study_of(path: &Path, settings: &Value) -> Result<Sweep> {
    let mut study = settings.clone();
    if let Value::Object(map) = &mut study {
        for key in ["kind", "definitions", "program"] {
            map.remove(key);
        }
    }
    let study: DiagramStudy = serde_json::from_value(study)
        .map_err(|error| Error::file(path, format!("is not a record of a sweep: {error}")))?;
    let sweep = Sweep::new(&study)?;
    if sweep.fingerprint()? != *settings {
        let reason = "was written by another version of the program, or the definitions it used have changed since";
        return Err(Error::file(path, reason));
    }
    Ok(sweep)
}
