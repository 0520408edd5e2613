//! A pass over rows that are made on the way.

use super::block::{Accumulate, Project};
use super::pass::{BLOCK, batch_chunk_rows, merge_chunks};
use super::sweep::Rows;
use crate::numerics::simd::{Isa, LANES, Octet, Packet};

/// What every chunk of the pass reads.
pub struct Generated<'a, B, D, F> {
    /// Entries of a row.
    pub columns: usize,
    /// Octets from one row to the next.
    pub stride: usize,
    /// How often the rows of a block are made.
    pub turns: usize,
    /// The instructions to use.
    pub isa: Isa,
    /// W, packed.
    pub w: &'a [Packet],
    /// Makes what a block has to itself.
    pub begin: B,
    /// Writes a row.
    pub draw: D,
    /// Turns z into u.
    pub map: F,
}

impl<B, D, F> Generated<'_, B, D, F> {
    /// Adds all rows to `g`, one for each state.
    pub fn run<const K: usize, S: Send, T>(&self, states: &mut [S], g: &mut [Packet])
    where
        B: Fn(usize) -> T + Sync,
        D: Fn(&mut T, &S, &mut [f32]) + Sync,
        F: Fn(usize, &mut T, &mut [[f64; K]], &mut [S]) + Sync,
    {
        let rows = batch_chunk_rows(states.len());
        let mut chunks = vec![(); states.len().div_ceil(rows)];
        merge_chunks(rows, 0, states, g, &mut chunks, &|first, states, g, ()| {
            let mut octets = vec![Octet::default(); BLOCK * self.stride];
            for (block, states) in states.chunks_mut(BLOCK).enumerate() {
                self.block(first + block * BLOCK, states, &mut octets, g);
            }
        });
    }

    /// Adds one block to `g`; `octets` has room for its rows.
    fn block<const K: usize, S, T>(
        &self,
        first: usize,
        states: &mut [S],
        octets: &mut [Octet],
        g: &mut [Packet],
    ) where
        B: Fn(usize) -> T,
        D: Fn(&mut T, &S, &mut [f32]),
        F: Fn(usize, &mut T, &mut [[f64; K]], &mut [S]),
    {
        let mut own = (self.begin)(first);
        let mut z = [[0.0; K]; BLOCK];
        let z = &mut z[..states.len()];
        for turn in 0..self.turns {
            for (state, row) in states.iter().zip(octets.chunks_exact_mut(self.stride)) {
                (self.draw)(&mut own, state, &mut row.as_flattened_mut()[..self.columns]);
            }
            let rows = self.rows(&octets[..states.len() * self.stride]);
            self.isa.run(Project { rows, w: self.w, z });
            (self.map)(turn, &mut own, z, states);
        }
        let rows = self.rows(&octets[..states.len() * self.stride]);
        self.isa.run(Accumulate { rows, u: z, g });
    }

    fn rows<'a>(&self, octets: &'a [Octet]) -> Rows<'a> {
        Rows {
            octets,
            next: &[],
            stride: self.stride,
            steps: self.columns.div_ceil(LANES),
        }
    }
}
