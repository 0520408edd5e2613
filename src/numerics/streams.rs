//! Seeded random streams: one for each (purpose, cell, instance, block), so that no result depends
//! on the thread count.

use rand::{Rng, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

/// The generator behind every random number of the crate.
pub type Stream = Xoshiro256PlusPlus;

/// What a stream is used for; streams of different purposes are independent. New ones come last: the
/// place of a purpose is part of its seeds.
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
    /// Draws of pure noise, or of one signal in it, with which data are compared.
    Null,
    /// Images: which pixels are occluded, which images are for training, and sampled completions.
    Occlusion,
    /// Halves of data.
    Halves,
    /// Rows of data that are kept apart.
    Holdout,
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

    /// The user's seed.
    pub fn seed(self) -> u64 {
        self.seed
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

/// Eight generators side by side, for bits in bulk: xoshiro256++ (Blackman and Vigna, ACM TOMS 47
/// (2021) 36), as [`Stream`] is, in a form that vector instructions serve.
#[derive(Debug, Clone)]
pub(crate) struct WideStream {
    state: [[u64; WIDE]; 4],
}

/// Generators of a [`WideStream`].
pub(crate) const WIDE: usize = 8;

impl WideStream {
    /// Seeded by the next words of a stream.
    pub fn seeded(stream: &mut Stream) -> Self {
        let state = std::array::from_fn(|_| std::array::from_fn(|_| stream.next_u64()));
        Self { state }
    }

    /// The next word of each.
    #[inline(always)]
    pub fn next(&mut self) -> [u64; WIDE] {
        let [s0, s1, s2, s3] = self.state;
        let scrambled = |a: u64, b: u64| a.wrapping_add(b).rotate_left(23).wrapping_add(a);
        let words = lanes(s0, s3, scrambled);
        let shifted = s1.map(|word| word << 17);
        let xor = |a, b| lanes(a, b, |a, b| a ^ b);
        let (s2, s3) = (xor(s2, s0), xor(s3, s1));
        let (s1, s0) = (xor(s1, s2), xor(s0, s3));
        let (s2, s3) = (xor(s2, shifted), s3.map(|word| word.rotate_left(45)));
        self.state = [s0, s1, s2, s3];
        words
    }
}

/// A function of the words of two, side by side.
#[inline(always)]
fn lanes(a: [u64; WIDE], b: [u64; WIDE], of: impl Fn(u64, u64) -> u64) -> [u64; WIDE] {
    std::array::from_fn(|i| of(a[i], b[i]))
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

    /// Each of the eight is the generator of the library in that state.
    #[test]
    fn wide_streams_are_eight_generators() {
        let mut stream = Streams::new(1).stream(Purpose::ChainSteps, 0);
        let mut wide = WideStream::seeded(&mut stream);
        let mut single: [Stream; WIDE] = std::array::from_fn(|i| {
            let mut seed = [0; 32];
            for (bytes, words) in seed.as_chunks_mut::<8>().0.iter_mut().zip(&wide.state) {
                *bytes = words[i].to_le_bytes();
            }
            Stream::from_seed(seed)
        });
        for _ in 0..1000 {
            let expected = single.each_mut().map(Rng::next_u64);
            assert_eq!(wide.next(), expected);
        }
    }

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
