//! A pass over rows that are made on the way.

use super::block::{Accumulate, Project};
use super::packed::{pack, unpack};
use super::pass::BLOCK;
use super::sweep::{Rows, tile_width};
use crate::numerics::simd::{Isa, LANES, Octet, Packet};
use crate::ranks::{Division, Numbers};

/// Entries of a cache line: rows are padded to whole ones.
const LINE: usize = 64 / size_of::<f32>();

/// How rows are made, and what becomes of them.
pub struct Generated<B, D, F> {
    /// Entries of a row.
    pub columns: usize,
    /// How often the rows of a block are made.
    pub turns: usize,
    /// The instructions to use.
    pub isa: Isa,
    /// Makes what a block has to itself, from its first row.
    pub begin: B,
    /// Writes a row.
    pub draw: D,
    /// Turns z into u.
    pub map: F,
}

impl<B, D, F> Generated<B, D, F> {
    /// One pass: `g` is overwritten by the sum over all rows; there is a state for each of those at
    /// hand, from which `begin` counts. Returns the accumulators of the chunks.
    pub fn run<const K: usize, S: Send, A: Default + Send + Numbers, T>(
        &self,
        division: &Division,
        w: &[f64],
        g: &mut [f64],
        states: &mut [S],
    ) -> Vec<A>
    where
        B: Fn(usize) -> T + Sync,
        D: Fn(&mut T, &S, &mut [f32]) + Sync,
        F: Fn(usize, &mut T, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    {
        assert!(self.columns > 0, "a row needs a column");
        assert_eq!(w.len(), self.columns * K, "the size of W");
        assert_eq!(g.len(), self.columns * K, "the size of G");
        let width = tile_width(self.isa.registers());
        let packed_w = pack(w, self.columns, width);
        let mut packed_g = vec![Packet::ZERO; packed_w.len()];
        let chunks = division.chunks();
        let mut accumulators: Vec<A> = (0..chunks).map(|_| A::default()).collect();
        division.sum(
            states,
            &mut packed_g,
            &mut accumulators,
            &|first, states, g, accumulator| {
                let mut octets = vec![Octet::default(); BLOCK * self.stride()];
                for (block, states) in states.chunks_mut(BLOCK).enumerate() {
                    let first = first + block * BLOCK;
                    self.block(first, &packed_w, states, &mut octets, g, accumulator);
                }
            },
        );
        unpack(&packed_g, g, self.columns, width);
        accumulators
    }

    /// Octets from one row to the next.
    fn stride(&self) -> usize {
        self.columns.next_multiple_of(LINE) / LANES
    }

    /// Adds one block to `g`; `octets` has room for its rows.
    fn block<const K: usize, S, A, T>(
        &self,
        first: usize,
        w: &[Packet],
        states: &mut [S],
        octets: &mut [Octet],
        g: &mut [Packet],
        accumulator: &mut A,
    ) where
        B: Fn(usize) -> T,
        D: Fn(&mut T, &S, &mut [f32]),
        F: Fn(usize, &mut T, &mut [[f64; K]], &mut [S], &mut A),
    {
        let stride = self.stride();
        let mut own = (self.begin)(first);
        let mut z = [[0.0; K]; BLOCK];
        let z = &mut z[..states.len()];
        for turn in 0..self.turns {
            for (state, row) in states.iter().zip(octets.chunks_exact_mut(stride)) {
                (self.draw)(&mut own, state, &mut row.as_flattened_mut()[..self.columns]);
            }
            let rows = self.rows(&octets[..states.len() * stride]);
            self.isa.run(Project { rows, w, z });
            (self.map)(turn, &mut own, z, states, accumulator);
        }
        let rows = self.rows(&octets[..states.len() * stride]);
        self.isa.run(Accumulate { rows, u: z, g });
    }

    fn rows<'a>(&self, octets: &'a [Octet]) -> Rows<'a> {
        Rows {
            octets,
            next: &[],
            stride: self.stride(),
            steps: self.columns.div_ceil(LANES),
        }
    }
}
