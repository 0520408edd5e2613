//! One pass over the rows, in parallel, with the same sums on any number of
//! threads and ranks.

use std::ops::Range;

use super::block::{Accumulate, Project};
use super::sweep::Rows;
use crate::numerics::simd::{Isa, Octet, Packet};
use crate::ranks::{Division, Numbers};

/// The most rows that are worked on at a time.
///
/// A block and the one being fetched stay in the second-level cache: 512 KiB at
/// 4000 columns. Larger blocks were slower.
pub const BLOCK: usize = 16;

/// The chunks of a matrix, unless they are small or large: enough to balance
/// the threads, few enough for merging their sums to cost nothing.
const CHUNKS: usize = 32;

/// The fewest rows of a chunk.
const LEAST_ROWS: usize = 4 * BLOCK;

/// The most rows of a chunk: a matrix of very many rows has enough of them for
/// as many processes, and merging the sums of chunks of so many costs nothing.
const MOST_ROWS: usize = 64 * BLOCK;

/// The rows of each chunk, the last excepted. It depends on nothing but the
/// number of rows, nor does therefore the order of any sum.
pub fn chunk_rows(rows: usize) -> usize {
    rows.div_ceil(CHUNKS)
        .next_multiple_of(BLOCK)
        .clamp(LEAST_ROWS, MOST_ROWS)
}

/// As [`chunk_rows`], of rows that are few and pass often, so that merging their sums and room for
/// them cost more than threads that wait.
pub fn batch_chunk_rows(rows: usize) -> usize {
    chunk_rows(rows).max(2 * LEAST_ROWS)
}

/// Runs of neighbouring rows, at most [`BLOCK`] in each.
#[derive(Clone, Copy)]
pub struct Runs<'a> {
    /// The rows of each.
    pub rows: &'a [Range<usize>],
    /// The number of rows before each.
    pub places: &'a [usize],
}

/// A block of rows, and what follows it in memory as far as it is known to be read next.
struct Block<'a> {
    rows: usize,
    octets: &'a [Octet],
    next: &'a [Octet],
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
    /// The rows that are read, in this order; all of them without.
    pub runs: Option<Runs<'a>>,
    /// Turns z into u.
    pub map: F,
}

impl<F> Pass<'_, F> {
    /// Adds all chunks to `g` (see [`Division::sum`]).
    pub fn chunks<const K: usize, S: Send, A: Send + Numbers>(
        &self,
        division: &Division,
        states: &mut [S],
        g: &mut [Packet],
        accumulators: &mut [A],
    ) where
        F: Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    {
        division.sum(states, g, accumulators, &|first, states, g, sum| {
            self.chunk(first, states, g, sum);
        });
    }

    /// The block from the place `place` of the order on, of at most `most` rows.
    fn block(&self, place: usize, most: usize) -> Block<'_> {
        let from = |row: usize| &self.octets[row * self.stride..];
        let Some(runs) = self.runs else {
            let rows = most.min(BLOCK);
            let (octets, next) = from(place).split_at(rows * self.stride);
            return Block { rows, octets, next };
        };
        let run = runs.places.partition_point(|&begin| begin <= place) - 1;
        let row = runs.rows[run].start + place - runs.places[run];
        let rows = most.min(runs.rows[run].end - row);
        let next = match runs.rows.get(run + 1) {
            _ if row + rows < runs.rows[run].end => from(row + rows),
            Some(next) => from(next.start),
            None => &[],
        };
        Block {
            rows,
            octets: &from(row)[..rows * self.stride],
            next,
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
        let (mut place, mut rest) = (first, states);
        while !rest.is_empty() {
            let block = self.block(place, rest.len());
            let (states, others) = rest.split_at_mut(block.rows);
            let z = &mut z[..block.rows];
            let rows = Rows {
                octets: block.octets,
                next: block.next,
                stride: self.stride,
                steps: self.steps,
            };
            isa.run(Project { rows, w, z });
            (self.map)(place, z, states, accumulator);
            isa.run(Accumulate { rows, u: z, g });
            place += block.rows;
            rest = others;
        }
    }
}
