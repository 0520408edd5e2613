//! Rows that are drawn again whenever they are read.

use super::generated::Generated;
use super::pass::chunk_rows;
use super::{Data, Divided, Isa, require_sizes};
use crate::ranks::{Division, Numbers, Ranks};
use std::fmt;

/// Writes the entries of a row.
type Fill = dyn Fn(usize, &mut [f32]) + Send + Sync;

/// Rows of `f32` that follow from a function, and are kept nowhere: a pass makes each block of 16 as
/// it comes. Its results are those of a [`DataMatrix`](super::DataMatrix) of the same entries, to the
/// last bit.
pub struct Regenerated {
    rows: usize,
    columns: usize,
    fill: Box<Fill>,
}

impl Regenerated {
    /// Rows that `fill(row, entries)` writes: all entries, and the same ones each time.
    ///
    /// # Panics
    ///
    /// If there are no columns.
    pub fn new(
        rows: usize,
        columns: usize,
        fill: impl Fn(usize, &mut [f32]) + Send + Sync + 'static,
    ) -> Self {
        assert!(columns > 0, "data need a column");
        Self {
            rows,
            columns,
            fill: Box::new(fill),
        }
    }
}

impl Data for Regenerated {
    fn rows(&self) -> usize {
        self.rows
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn bytes(&self) -> usize {
        0
    }

    fn write_row(&self, row: usize, entries: &mut [f64]) {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        let mut drawn = vec![0.0; self.columns];
        (self.fill)(row, &mut drawn);
        for (entry, x) in entries.iter_mut().zip(drawn) {
            *entry = f64::from(x);
        }
    }

    /// As of a dense matrix.
    fn fused_pass_with<const K: usize, S: Send, A: Default + Send + Numbers>(
        &self,
        isa: Isa,
        w: &[f64],
        g: &mut [f64],
        states: &mut [S],
        map: impl Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    ) -> Vec<A> {
        require_sizes::<K>(self, w, g, states.len());
        let division = Self::division(self.rows, Ranks::alone());
        self.divided_pass(&division, isa, w, g, states, map)
    }
}

impl Divided for Regenerated {
    fn division(rows: usize, ranks: &Ranks) -> Division<'_> {
        Division::new(rows, chunk_rows(rows), ranks)
    }

    fn divided_pass<const K: usize, S: Send, A: Default + Send + Numbers>(
        &self,
        division: &Division,
        isa: Isa,
        w: &[f64],
        g: &mut [f64],
        states: &mut [S],
        map: impl Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    ) -> Vec<A> {
        let pass = Generated {
            columns: self.columns,
            turns: 1,
            isa,
            begin: |first: usize| Block { first, next: first },
            draw: |block: &mut Block, _: &S, entries: &mut [f32]| {
                (self.fill)(block.next, entries);
                block.next += 1;
            },
            map: |_: usize,
                  block: &mut Block,
                  z: &mut [[f64; K]],
                  states: &mut [S],
                  accumulator: &mut A| {
                map(block.first, z, states, accumulator);
            },
        };
        pass.run::<K, S, A, Block>(division, w, g, states)
    }
}

/// Where the pass is in a block of rows.
struct Block {
    first: usize,
    next: usize,
}

impl fmt::Debug for Regenerated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Regenerated({} × {})", self.rows, self.columns)
    }
}
