//! One pass over the rows, in parallel, with the same sums on any number of
//! threads.

use super::block::{Accumulate, Project};
use super::sweep::Rows;
use crate::numerics::simd::{Isa, Octet, Packet};

/// The most rows that are worked on at a time.
///
/// A block and the one being fetched stay in the second-level cache: 512 KiB at
/// 4000 columns. Larger blocks were slower.
pub const BLOCK: usize = 16;

/// The most chunks of a matrix: enough to balance the threads, few enough for
/// merging their sums to cost nothing.
const CHUNKS: usize = 32;

/// The fewest rows of a chunk.
const LEAST_ROWS: usize = 4 * BLOCK;

/// The rows of each chunk, the last excepted. It depends on nothing but the
/// number of rows, nor does therefore the order of any sum.
pub fn chunk_rows(rows: usize) -> usize {
    rows.div_ceil(CHUNKS)
        .next_multiple_of(BLOCK)
        .max(LEAST_ROWS)
}

/// What every chunk of a pass reads.
pub struct Pass<'a, F> {
    /// All rows of X.
    pub octets: &'a [Octet],
    /// Octets from one row to the next: whole cache lines.
    pub stride: usize,
    /// Octets of a row that hold entries.
    pub steps: usize,
    /// The instructions to use.
    pub isa: Isa,
    /// W, packed.
    pub w: &'a [Packet],
    /// Rows of a chunk.
    pub chunk_rows: usize,
    /// Turns z into u.
    pub map: F,
}

impl<F> Pass<'_, F> {
    /// Adds the chunks from the row `first` on to `g`: as many chunks as there
    /// are accumulators, and their rows as many as there are states.
    ///
    /// Halves are merged along a tree that the number of chunks fixes. Only the
    /// right halves need a `g` of their own, and few exist at any time.
    pub fn chunks<const K: usize, S: Send, A: Send>(
        &self,
        first: usize,
        states: &mut [S],
        g: &mut [Packet],
        accumulators: &mut [A],
    ) where
        F: Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    {
        match accumulators {
            [] => {}
            [accumulator] => self.chunk(first, states, g, accumulator),
            _ => {
                let half = accumulators.len().div_ceil(2);
                let (left, right) = accumulators.split_at_mut(half);
                let (left_states, right_states) = states.split_at_mut(half * self.chunk_rows);
                let middle = first + half * self.chunk_rows;
                let mut right_g = vec![Packet::ZERO; g.len()];
                rayon::join(
                    || self.chunks(first, left_states, g, left),
                    || self.chunks(middle, right_states, &mut right_g, right),
                );
                for (sum, term) in g.iter_mut().zip(&right_g) {
                    *sum += *term;
                }
            }
        }
    }

    /// Adds one chunk to `g`, block by block.
    fn chunk<const K: usize, S, A>(
        &self,
        first: usize,
        states: &mut [S],
        g: &mut [Packet],
        accumulator: &mut A,
    ) where
        F: Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    {
        let (isa, w) = (self.isa, self.w);
        let mut z = [[0.0; K]; BLOCK];
        let mut next = &self.octets[first * self.stride..];
        for (block, states) in states.chunks_mut(BLOCK).enumerate() {
            let z = &mut z[..states.len()];
            let octets;
            (octets, next) = next.split_at(states.len() * self.stride);
            let rows = Rows {
                octets,
                next,
                stride: self.stride,
                steps: self.steps,
            };
            isa.run(Project { rows, w, z });
            (self.map)(first + block * BLOCK, z, states, accumulator);
            isa.run(Accumulate { rows, u: z, g });
        }
    }
}
