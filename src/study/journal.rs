//! What a study keeps on disk while it runs, so that an interrupted one goes on.

use crate::error::Result;
use crate::experiment::record_settings;
use crate::options::ModelOptions;
use crate::record::{Entry, Record};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// One finished piece of a study's work.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Piece {
    index: u64,
    value: Value,
}

impl Entry for Piece {
    fn index(&self) -> u64 {
        self.index
    }

    fn fits(&self, _signals: usize, _units: usize) -> bool {
        true
    }
}

/// Finished pieces by their numbers; kept on disk if there is a record, and nowhere else.
pub struct Journal {
    kept: Option<(PathBuf, Value, Record<Piece>)>,
}

impl Journal {
    /// Keeps nothing.
    pub fn none() -> Self {
        Self { kept: None }
    }

    /// The journal at `path` of the study with these settings, and with the definitions that its
    /// model names as they are now.
    ///
    /// # Errors
    /// As [`Record::open`].
    pub fn open(
        path: &Path,
        seed: u64,
        study: &impl Serialize,
        model: &ModelOptions,
    ) -> Result<Self> {
        let mut identity = record_settings("study", seed, &model.citations()?, study)?;
        identity["definitions"] = model.fingerprints()?.into();
        Self::open_as(path, &identity)
    }

    /// The journal at `path` of what this determines.
    ///
    /// # Errors
    /// As [`Record::open`].
    pub fn open_as(path: &Path, identity: &Value) -> Result<Self> {
        let record = Record::open(path, identity)?;
        Ok(Self {
            kept: Some((path.into(), identity.clone(), record)),
        })
    }

    /// The piece of that number: from the record, or computed and recorded.
    ///
    /// # Errors
    /// Those of `compute`, or a record that can't be written.
    pub fn piece<T: Clone + Serialize + DeserializeOwned>(
        &mut self,
        index: u64,
        compute: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let Some((_, _, record)) = &mut self.kept else {
            return compute();
        };
        let known = record.runs().iter().find(|piece| piece.index == index);
        if let Some(known) = known {
            // A number that was not finite is null on disk, and is computed again.
            return match serde_json::from_value(known.value.clone()) {
                Ok(value) => Ok(value),
                Err(_) => compute(),
            };
        }
        let value = compute()?;
        let written = serde_json::to_value(&value)
            .map_err(|error| crate::error::Error::file(record.path(), error))?;
        record.push(Piece {
            index,
            value: written,
        })?;
        Ok(value)
    }

    /// A record of other entries beside this one (see [`companion_path`]), bound to the same
    /// settings.
    ///
    /// # Errors
    /// As [`Record::open`].
    pub fn companion<E: Entry>(&self) -> Result<Option<Record<E>>> {
        match &self.kept {
            Some((path, identity, _)) => Record::open(&companion_path(path), identity).map(Some),
            None => Ok(None),
        }
    }
}

/// Path of the second record of a study that keeps two.
pub fn companion_path(record: &Path) -> PathBuf {
    let mut name = record.as_os_str().to_owned();
    name.push(".theory");
    name.into()
}

/// The pieces of a run of several studies that are finished: an interrupted run goes on behind
/// them.
pub struct Finished {
    journal: Journal,
}

impl Finished {
    /// Those at `path`, of these studies.
    ///
    /// # Errors
    /// As [`Record::open`].
    pub fn open<'a>(path: &Path, studies: impl Iterator<Item = &'a super::Study>) -> Result<Self> {
        let studies: Vec<&super::Study> = studies.collect();
        let identity = record_settings("studies", 0, &[], &studies)?;
        let journal = Journal::open_as(path, &identity)?;
        Ok(Self { journal })
    }

    /// What is known of the study of that number, or what `run` gives.
    ///
    /// # Errors
    /// Those of `run`, or a record that can't be written.
    pub fn piece<T: Clone + Serialize + DeserializeOwned>(
        &mut self,
        index: u64,
        run: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        self.journal.piece(index, run)
    }
}
