//! How the data of a simulation are held.

use super::instance::Size;
use crate::error::Result;
use crate::memory;
use crate::ranks::Ranks;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the data of a simulation are held, which also says what the noise is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Store {
    /// Normal noise, entries in 32 bits.
    #[default]
    Dense,
    /// Noise ±1, one bit for each entry. The limit of large size is the same.
    OneBit,
    /// The noise of the dense store, drawn again whenever it is read: any size, and slow.
    Regenerated,
}

impl Store {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dense => "dense",
            Self::OneBit => "one-bit",
            Self::Regenerated => "regenerated",
        }
    }

    /// Whether it is the usual one, which settings and records leave out.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    pub(crate) fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// What is unusual about it, in words; `None` for the dense one.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Dense => None,
            Self::OneBit => Some("noise ±1, one bit for each entry"),
            Self::Regenerated => Some("normal noise, drawn again at each pass"),
        }
    }

    /// Bytes of the data of an instance of this size and of the work on them, on this machine, about.
    pub(crate) fn bytes(self, size: Size) -> u128 {
        let (n, d) = (size.n as u128, size.d as u128);
        let ranks = Ranks::of_process();
        let rows = ranks.rows_of_machine(n);
        // Messages, weights, gradients and what an algorithm remembers.
        let work = 512 * (rows + d * ranks.neighbours() as u128);
        match self {
            // The data once in f32 and ten per cent for everything else.
            Self::Dense => rows * d * 4 + rows * d * 4 / 10,
            Self::OneBit => rows * d.next_multiple_of(64) / 8 + work,
            Self::Regenerated => work,
        }
    }

    /// Checks that an instance of this size fits in memory, as far as this machine holds its rows.
    ///
    /// # Errors
    /// Says how much is missing.
    pub(crate) fn require_memory(self, size: Size) -> Result<()> {
        memory::require("the data matrix", self.bytes(size))
    }
}
