//! Processes that work on one simulation together, each with a part of its rows.
//!
//! Every rank runs the same program with the same seed. Rows belong to chunks that the number of rows
//! fixes, chunks to ranks ([`Division`]); what is summed over rows is merged along a tree of chunks,
//! whoever holds them, and all ranks get the sum. So they take the same steps, and nothing depends on
//! their number, not in the last bit.
//!
//! ```text
//! Link (MPI) ── Ranks ── Division ── simulation::Data
//! ```
//!
//! A pass over the rows of `X` sends sums of d·k numbers up the tree and the result down again: see
//! [`Division::sum`].

mod division;
mod link;
#[cfg(feature = "mpi")]
pub mod mpi;
mod numbers;
#[cfg(test)]
pub(crate) mod threads;

pub use division::Division;
pub use link::Link;
pub use numbers::Numbers;

use crate::error::{Error, Result};
use crate::numerics::simd::Isa;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// The ranks that share the work, this one among them.
#[derive(Clone, Default)]
pub struct Ranks(Option<Arc<dyn Link>>);

/// Those of this process.
static OWN: OnceLock<Ranks> = OnceLock::new();

/// A process by itself.
static ALONE: Ranks = Ranks(None);

/// From now on simulations of this process share their rows with the other ranks of this link. All of
/// them must then ask for the same, and for one simulation at a time.
///
/// # Errors
/// Ranks of another version or processor, which would not agree to the last bit, or a process that
/// has ranks already.
pub fn enter(link: Arc<dyn Link>) -> Result<()> {
    let ranks = Ranks(Some(link));
    ranks.require_alike()?;
    OWN.set(ranks)
        .map_err(|_| Error::invalid("ranks", "entered twice", "a process has its ranks once"))
}

impl Ranks {
    /// Nobody else.
    pub fn alone() -> &'static Self {
        &ALONE
    }

    /// Those of this process: nobody else unless it [entered](enter).
    pub fn of_process() -> &'static Self {
        OWN.get().unwrap_or(&ALONE)
    }

    /// Those of a link.
    pub fn new(link: Arc<dyn Link>) -> Self {
        Self(Some(link))
    }

    /// Number of this one, from 0.
    pub fn rank(&self) -> usize {
        self.0.as_ref().map_or(0, |link| link.rank())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.as_ref().map_or(1, |link| link.count())
    }

    /// Whether this is the one that writes files, records among them, and reads these.
    pub fn is_first(&self) -> bool {
        self.rank() == 0
    }

    /// How many are on this machine, with this one.
    pub fn neighbours(&self) -> usize {
        self.0.as_ref().map_or(1, |link| link.neighbours())
    }

    /// The part of `rows` that the ranks on this machine share.
    pub(crate) fn rows_of_machine(&self, rows: u128) -> u128 {
        (rows * self.neighbours() as u128).div_ceil(self.count() as u128)
    }

    /// The link, if there is somebody at its other end.
    pub(crate) fn link(&self) -> Option<&dyn Link> {
        self.0.as_deref().filter(|link| link.count() > 1)
    }

    /// What each rank gives, in their order.
    pub(crate) fn gather(&self, own: Vec<f64>) -> Vec<Vec<f64>> {
        let Some(link) = self.link() else {
            return vec![own];
        };
        let lengths = link.gather(&[own.len() as f64], &vec![1; link.count()]);
        let lengths: Vec<usize> = lengths.iter().map(|length| *length as usize).collect();
        let all = link.gather(&own, &lengths);
        let mut rest = &all[..];
        lengths
            .iter()
            .map(|length| {
                let (own, others) = rest.split_at(*length);
                rest = others;
                own.to_vec()
            })
            .collect()
    }

    /// What the first rank makes, on all of them; its error is one on all.
    ///
    /// # Errors
    /// That of the first rank: as it is there, in words elsewhere.
    pub(crate) fn by_first(&self, make: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
        let Some(link) = self.link() else {
            return make();
        };
        if !self.is_first() {
            let mut length = [0.0];
            link.broadcast(0, &mut length);
            if length[0] < 0.0 {
                return Err(Error::invalid("rank", 0, "failed: see what it says"));
            }
            let bytes = length[0] as usize;
            let mut words = vec![0.0; bytes.div_ceil(8)];
            link.broadcast(0, &mut words);
            let mut made: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            made.truncate(bytes);
            return Ok(made);
        }
        let made = make();
        let mut length = [made.as_ref().map_or(-1.0, |made| made.len() as f64)];
        link.broadcast(0, &mut length);
        let made = made?;
        let mut words: Vec<f64> = made
            .chunks(8)
            .map(|chunk| {
                let mut bytes = [0; 8];
                bytes[..chunk.len()].copy_from_slice(chunk);
                f64::from_le_bytes(bytes)
            })
            .collect();
        link.broadcast(0, &mut words);
        Ok(made)
    }

    /// Panics unless all ranks hold the same numbers.
    ///
    /// # Panics
    /// Otherwise: one of them computed something else, so that what they sum would mean nothing.
    pub(crate) fn require_same(&self, what: &str, numbers: &[f64]) {
        let Some(link) = self.link() else {
            return;
        };
        let own = fingerprint(numbers.iter().map(|number| number.to_bits()));
        let all = link.gather(&[own], &vec![1; link.count()]);
        let other = all.iter().position(|other| *other != all[0]);
        if let Some(other) = other {
            panic!(
                "rank {other} holds {what} other than those of rank 0: the same program on machines of one architecture takes the same steps"
            );
        }
    }

    /// Checks that all ranks are one program on processors that round alike.
    ///
    /// # Errors
    /// Names a rank that is not.
    fn require_alike(&self) -> Result<()> {
        let (arch, isa) = (std::env::consts::ARCH, Isa::detect());
        let name = format!("onsager {}, {arch}, {isa:?}", env!("CARGO_PKG_VERSION"));
        let own = fingerprint(name.bytes().map(u64::from));
        let all = self.gather(vec![own]);
        match all.iter().position(|other| *other != all[0]) {
            Some(other) => {
                let allowed = "another version or processor than rank 0: use one program on machines of one architecture";
                Err(Error::invalid("rank", other, allowed))
            }
            None => Ok(()),
        }
    }
}

/// A number that says which these are, but for one chance in 2^53.
fn fingerprint(words: impl Iterator<Item = u64>) -> f64 {
    // FNV-1a, by words.
    let hash = words.fold(0xcbf2_9ce4_8422_2325_u64, |hash, word| {
        let mixed = (hash ^ word).wrapping_mul(0x0100_0000_01b3);
        mixed ^ (mixed >> 29)
    });
    (hash >> 11) as f64
}

impl fmt::Debug for Ranks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rank {} of {}", self.rank(), self.count())
    }
}

#[cfg(test)]
mod tests;
