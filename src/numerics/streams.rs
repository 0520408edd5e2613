//! Seeded random streams: one for each (purpose, cell, instance, block), so that no result depends
//! on the thread count.

use rand::SeedableRng;
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

/// The generator behind every random number of the crate.
pub type Stream = Xoshiro256PlusPlus;

/// What a stream is used for; streams of different purposes are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Hidden signals `U*` of the data.
    SampleSignals,
    /// Visible signals `W*` of the data.
    VisibleSignals,
    /// Noise `Z` of the data (one stream for each row).
    Noise,
    /// Start of an algorithm (one block for each restart).
    Start,
    /// First vector of a Krylov space.
    Krylov,
    /// Sampled paths of dynamical mean-field theory (scrambling seeds and noise).
    Paths,
    /// Order of the samples and chains of a training run (one block for each epoch).
    Training,
    /// Hidden states at which sampled chains begin (one block for each update and block of rows).
    ChainStart,
    /// Steps of sampled chains, likewise.
    ChainSteps,
    /// Noise of visible units off the span of the weights, likewise.
    VisibleNoise,
}

/// A family of streams under one user seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
    cell: u64,
    instance: u64,
}

impl Streams {
    /// The streams of instance 0 in cell 0.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            cell: 0,
            instance: 0,
        }
    }

    /// The streams of another cell (a point of a sweep).
    pub fn cell(self, cell: u64) -> Self {
        Self { cell, ..self }
    }

    /// The streams of another instance (a repetition with fresh data).
    pub fn instance(self, instance: u64) -> Self {
        Self { instance, ..self }
    }

    /// The stream of one purpose and block (for example a row of the data).
    pub fn stream(self, purpose: Purpose, block: u64) -> Stream {
        let mut state = self.seed;
        for word in [self.cell, self.instance, purpose as u64, block] {
            state = mix(state.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ mix(word));
        }
        Stream::from_rng(&mut SplitMix64::seed_from_u64(state))
    }
}

/// Finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that decorrelates neighbouring
/// words.
fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_differ_in_every_coordinate_and_repeat() {
        let base = Streams::new(7);
        let draw = |mut stream: Stream| stream.next_u64();
        let first = draw(base.stream(Purpose::Noise, 0));
        assert_eq!(first, draw(base.stream(Purpose::Noise, 0)));
        for other in [
            Streams::new(8).stream(Purpose::Noise, 0),
            base.cell(1).stream(Purpose::Noise, 0),
            base.instance(1).stream(Purpose::Noise, 0),
            base.stream(Purpose::Start, 0),
            base.stream(Purpose::Noise, 1),
        ] {
            assert_ne!(first, draw(other));
        }
    }
}
