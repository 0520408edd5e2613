//! The state of the instance in flight, in a file beside the record, so that a run that is killed
//! goes on within the instance.
//!
//! The file is one line of JSON with a checksum, as those of the record, and the numbers behind it,
//! eight bytes each (IEEE 754, little-endian). It is replaced as a whole, by way of a file of one
//! name, so that no kill leaves more than that, and both are removed when the instance is in the
//! record.

use super::line;
use crate::error::{Error, Result};
use crate::files::{self, Role, claim_record};
use crate::numerics::Matrix;
use crate::numerics::{nullable, rows};
use crate::order_parameters::OrderParameters;
use crate::ranks::Ranks;
use crate::simulation::{Checkpoint, Observation, Snapshot};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Version of the format.
const FORMAT: u32 = 1;

/// Checkpoints of the instances of a record.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoints {
    path: PathBuf,
    /// That of the record's settings.
    fingerprint: String,
    /// Iterations from one to the next.
    every: usize,
}

/// First line of a checkpoint.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: u32,
    fingerprint: String,
    instance: u64,
    iteration: usize,
    calm: usize,
    #[serde(with = "nullable")]
    residual: f64,
    observations: Vec<Observed>,
    numbers: usize,
    numbers_crc32: u32,
}

/// What was seen after an iteration.
#[derive(Debug, Serialize, Deserialize)]
struct Observed {
    #[serde(flatten)]
    order: OrderParameters,
    #[serde(with = "rows::optional")]
    v: Option<Matrix>,
}

/// Path of the checkpoint that belongs to a record.
pub(crate) fn checkpoint_path(record: &Path) -> PathBuf {
    let mut name = record.as_os_str().to_owned();
    name.push(".checkpoint");
    name.into()
}

impl Checkpoints {
    /// Those of the record at `record` with this fingerprint, every so many iterations.
    ///
    /// # Errors
    /// Zero iterations, or a file that the run uses for something else.
    pub fn new(record: &Path, fingerprint: String, every: usize) -> Result<Self> {
        if every == 0 {
            let allowed = "must be at least 1";
            return Err(Error::invalid("checkpoint-every", every, allowed));
        }
        let path = checkpoint_path(record);
        claim_record(&path, Role::Checkpoint)?;
        claim_record(&files::part_of(&path), Role::Checkpoint)?;
        Ok(Self {
            path,
            fingerprint,
            every,
        })
    }

    /// What keeps the snapshots of an instance.
    pub fn of(&self, instance: u64) -> Kept<'_> {
        Kept {
            all: self,
            instance,
        }
    }

    /// Removes the checkpoint of an instance that is in the record.
    ///
    /// # Errors
    /// A file that can't be removed.
    pub fn remove(&self) -> Result<()> {
        files::discard(&self.path)
    }

    /// The snapshot of an instance; `None` where the file is missing, damaged or one of another: of
    /// an earlier instance that is finished, or of another run. The first rank reads it for all.
    fn read(&self, instance: u64) -> Result<Option<Snapshot>> {
        let bytes = Ranks::of_process().by_first(|| match self.path.exists() {
            true => files::read_unclaimed(&self.path, Role::Checkpoint),
            false => Ok(Vec::new()),
        })?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let found = parse(&bytes).filter(|(header, _)| header.fingerprint == self.fingerprint);
        let Some((header, numbers)) = found else {
            log::warn!(
                "{}: is not a checkpoint of this record: instance {instance} begins anew",
                self.path.display()
            );
            return Ok(None);
        };
        if header.instance != instance {
            return Ok(None);
        }
        log::info!(
            "instance {instance} goes on behind iteration {}",
            header.iteration
        );
        let observations = header.observations.into_iter().map(|one| Observation {
            order: one.order,
            v: one.v,
        });
        Ok(Some(Snapshot {
            iteration: header.iteration,
            calm: header.calm,
            residual: header.residual,
            observations: observations.collect(),
            numbers,
        }))
    }

    fn write(&self, instance: u64, snapshot: &Snapshot) -> Result<()> {
        if !Ranks::of_process().is_first() {
            return Ok(());
        }
        let numbers: Vec<u8> = snapshot
            .numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        let observations = snapshot.observations.iter().map(|one| Observed {
            order: one.order.clone(),
            v: one.v.clone(),
        });
        let header = Header {
            format: FORMAT,
            fingerprint: self.fingerprint.clone(),
            instance,
            iteration: snapshot.iteration,
            calm: snapshot.calm,
            residual: snapshot.residual,
            observations: observations.collect(),
            numbers: snapshot.numbers.len(),
            numbers_crc32: crc32fast::hash(&numbers),
        };
        let mut bytes = line::written(&self.path, &header)?.into_bytes();
        bytes.extend(numbers);
        files::keep(&self.path, &bytes)
    }
}

/// The header and the numbers of a checkpoint; `None` of anything else.
fn parse(bytes: &[u8]) -> Option<(Header, Vec<f64>)> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    let (first, rest) = bytes.split_at(end);
    let header: Header = line::read(std::str::from_utf8(first).ok()?).ok()?;
    let (numbers, odd) = rest[1..].as_chunks::<8>();
    let whole = odd.is_empty()
        && header.format == FORMAT
        && header.numbers == numbers.len()
        && header.numbers_crc32 == crc32fast::hash(numbers.as_flattened());
    let numbers = numbers.iter().map(|bytes| f64::from_le_bytes(*bytes));
    whole.then(|| (header, numbers.collect()))
}

/// Keeps the snapshots of one instance.
pub(crate) struct Kept<'a> {
    all: &'a Checkpoints,
    instance: u64,
}

impl Checkpoint for Kept<'_> {
    fn resume(&mut self) -> Result<Option<Snapshot>> {
        self.all.read(self.instance)
    }

    fn after(&mut self, iteration: usize, snapshot: &mut dyn FnMut() -> Snapshot) -> Result<()> {
        if !iteration.is_multiple_of(self.all.every) {
            return Ok(());
        }
        self.all.write(self.instance, &snapshot())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        let order = OrderParameters {
            m: Matrix::from_element(1, 1, 0.1),
            q: Matrix::from_element(1, 1, 1.0 / 3.0),
        };
        Snapshot {
            iteration: 7,
            calm: 2,
            residual: 1e-300,
            observations: vec![
                Observation {
                    order: order.clone(),
                    v: None,
                },
                Observation {
                    v: Some(order.q.clone()),
                    order,
                },
            ],
            numbers: vec![0.1, -0.0, f64::MIN_POSITIVE, 1e300, 2.0f64.sqrt()],
        }
    }

    fn checkpoints(folder: &Path) -> Checkpoints {
        let record = folder.join("r.jsonl");
        Checkpoints::new(&record, "abc".into(), 2).expect("every second")
    }

    #[test]
    fn what_is_kept_is_read_to_the_last_bit() {
        let folder = tempfile::tempdir().expect("a folder");
        let all = checkpoints(folder.path());
        let mut kept = all.of(3);
        assert_eq!(kept.resume().expect("readable"), None);
        let mut asked = 0;
        let mut make = || {
            asked += 1;
            snapshot()
        };
        for iteration in 1..=5 {
            kept.after(iteration, &mut make).expect("written");
        }
        assert_eq!(asked, 2, "iterations 2 and 4");
        let found = kept.resume().expect("readable").expect("kept");
        assert_eq!(found, snapshot());
        assert!(found.numbers[1].is_sign_negative());
        assert_eq!(all.of(4).resume().expect("readable"), None, "another");
        all.remove().expect("removed");
        all.remove().expect("again");
        assert_eq!(kept.resume().expect("readable"), None);
    }

    /// Any byte that changes, and any end that is missing, makes it begin anew.
    #[test]
    fn damage_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let all = checkpoints(folder.path());
        all.write(0, &snapshot()).expect("written");
        let bytes = std::fs::read(&all.path).expect("there");
        assert!(parse(&bytes).is_some());
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            assert!(parse(&damaged).is_none(), "byte {place}");
            assert!(parse(&bytes[..place]).is_none(), "{place} bytes");
        }
    }

    #[test]
    fn no_iterations_are_refused() {
        let refused = Checkpoints::new(Path::new("r"), String::new(), 0);
        let error = refused.expect_err("zero");
        assert!(error.to_string().starts_with("checkpoint-every"), "{error}");
    }
}
