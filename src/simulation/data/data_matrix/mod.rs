//! The data matrix.

use std::fmt;
use std::ops::Range;

use rayon::prelude::*;

use super::block::Total;
use super::generated::Generated;
use super::packed::{pack, unpack};
use super::pass::{BLOCK, Pass, Runs, batch_chunk_rows, chunk_rows};
use super::sweep::tile_width;
use super::{Data, Divided, require_sizes};
use crate::error::Result;
use crate::memory;
use crate::numerics::simd::{Isa, LANES, Octet, Packet};
use crate::ranks::{Division, Numbers, Ranks};

/// Bytes of a cache line.
const LINE_BYTES: usize = 64;
/// Entries of a cache line.
const LINE: usize = LINE_BYTES / size_of::<f32>();

/// A matrix of `f32`, read by row.
///
/// Rows start on cache lines and are padded with zeros to whole ones, so that
/// the kernel needs no special case for the end of a row. Only speed depends on
/// the alignment.
pub struct DataMatrix {
    rows: usize,
    columns: usize,
    /// Entries from one row to the next.
    stride: usize,
    /// Where in `values` the first row starts.
    start: usize,
    values: Vec<f32>,
}

impl DataMatrix {
    /// Makes a matrix from its rows: `fill(row, entries)` writes the entries of
    /// a row, which are zero before. It is called once per row, in parallel.
    ///
    /// # Panics
    ///
    /// If there are no columns, or no room for the entries.
    pub fn from_row_fn(
        rows: usize,
        columns: usize,
        fill: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Self {
        match Self::try_from_row_fn(rows, columns, fill) {
            Ok(matrix) => matrix,
            Err(error) => panic!("{error}"),
        }
    }

    /// As [`from_row_fn`](Self::from_row_fn), with an error where there is no
    /// room for the entries.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`](crate::error::Error::Memory).
    ///
    /// # Panics
    ///
    /// If there are no columns.
    pub fn try_from_row_fn(
        rows: usize,
        columns: usize,
        fill: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Result<Self> {
        let mut matrix = Self::zeros(rows, columns)?;
        let Self { stride, start, .. } = matrix;
        matrix.values[start..start + rows * stride]
            .par_chunks_exact_mut(stride)
            .enumerate()
            .for_each(|(row, entries)| {
                crate::interrupt::check();
                fill(row, &mut entries[..columns]);
            });
        Ok(matrix)
    }

    /// A matrix of zeros, to be filled by [`row_mut`](Self::row_mut).
    ///
    /// # Errors
    ///
    /// [`Error::Memory`](crate::error::Error::Memory).
    ///
    /// # Panics
    ///
    /// If there are no columns.
    pub fn zeros(rows: usize, columns: usize) -> Result<Self> {
        assert!(columns > 0, "a data matrix needs a column");
        let stride = columns.next_multiple_of(LINE);
        let len = rows.saturating_mul(stride);
        let values: Vec<f32> = memory::zeros("the data matrix", len.saturating_add(LINE))?;
        let start = values.as_ptr().align_offset(LINE_BYTES).min(LINE);
        Ok(Self {
            rows,
            columns,
            stride,
            start,
            values,
        })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// A row.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[f32] {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        &self.values[self.start + row * self.stride..][..self.columns]
    }

    /// A row, to be changed.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        &mut self.values[self.start + row * self.stride..][..self.columns]
    }

    /// [`fused_pass`](Data::fused_pass) over a part of the rows: runs of neighbouring rows, in this
    /// order, which may repeat some. There is one state for each row of them, and `map` sees places
    /// in the order in place of rows. Runs of 16 rows are fastest, shorter ones last.
    ///
    /// # Panics
    ///
    /// As `fused_pass`, or if a run has no row or more than 16, or ends beyond the last row.
    pub fn fused_pass_of_runs<const K: usize, S: Send, A: Default + Send + Numbers>(
        &self,
        runs: &[Range<usize>],
        w: &[f64],
        g: &mut [f64],
        states: &mut [S],
        map: impl Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    ) -> Vec<A> {
        let division = Self::batch_division(states.len(), Ranks::alone());
        self.divided_runs(&division, runs, w, g, states, map)
    }

    /// Rows that are few and pass often, on these ranks.
    pub fn batch_division(rows: usize, ranks: &Ranks) -> Division<'_> {
        Division::new(rows, batch_chunk_rows(rows), ranks)
    }

    /// [`fused_pass_of_runs`](Self::fused_pass_of_runs) where other ranks have the rest of the runs.
    pub(super) fn divided_runs<const K: usize, S: Send, A: Default + Send + Numbers>(
        &self,
        division: &Division,
        runs: &[Range<usize>],
        w: &[f64],
        g: &mut [f64],
        states: &mut [S],
        map: impl Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    ) -> Vec<A> {
        assert_eq!(w.len(), self.columns * K, "the size of W");
        assert_eq!(g.len(), self.columns * K, "the size of G");
        let mut places = Vec::with_capacity(runs.len());
        let mut rows = 0;
        for run in runs {
            assert!((1..=BLOCK).contains(&run.len()), "the rows of a run");
            assert!(run.end <= self.rows, "{run:?} of {} rows", self.rows);
            places.push(rows);
            rows += run.len();
        }
        assert_eq!(states.len(), rows, "the number of states");
        let runs = Runs {
            rows: runs,
            places: &places,
        };
        self.pass(division, Isa::detect(), (w, g), states, Some(runs), map)
    }

    /// The pass, of arguments that were checked.
    fn pass<const K: usize, S: Send, A: Default + Send + Numbers>(
        &self,
        division: &Division,
        isa: Isa,
        (w, g): (&[f64], &mut [f64]),
        states: &mut [S],
        runs: Option<Runs>,
        map: impl Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    ) -> Vec<A> {
        let width = tile_width(isa.registers());
        let packed_w = pack(w, self.columns, width);
        let pass = Pass {
            octets: self.octets(),
            stride: self.stride / LANES,
            steps: self.columns.div_ceil(LANES),
            isa,
            w: &packed_w,
            runs,
            map,
        };
        let chunks = division.chunks();
        let mut accumulators: Vec<A> = (0..chunks).map(|_| A::default()).collect();
        let mut packed_g = vec![Packet::ZERO; packed_w.len()];
        pass.chunks(division, states, &mut packed_g, &mut accumulators);
        unpack(&packed_g, g, self.columns, width);
        accumulators
    }

    /// A pass over rows that are made as they are read, and kept nowhere: for each block of at most
    /// 16 rows, `turns` times in a row, `draw` writes them, z = x·W, and `map` sees z; then G = Σ x uᵀ
    /// over the rows of the last turn, with u what `map` made of z.
    ///
    /// There is a state for each row of the [division](Self::batch_division) at hand. `begin(row)`
    /// gives what a block has to itself, a random stream for example; `draw(own, state, entries)`
    /// writes a row into zeros or an earlier row's entries; `map(turn, own, z, states)` may replace z
    /// and change the states. The results are the same to the last bit for any number of threads and
    /// ranks.
    ///
    /// # Panics
    ///
    /// If there are no columns, or `w` or `g` does not have K times as many entries, or there is
    /// another number of states.
    pub fn generated_pass<const K: usize, S: Send, B>(
        (division, columns): (&Division, usize),
        turns: usize,
        (w, g): (&[f64], &mut [f64]),
        states: &mut [S],
        begin: impl Fn(usize) -> B + Sync,
        draw: impl Fn(&mut B, &S, &mut [f32]) + Sync,
        map: impl Fn(usize, &mut B, &mut [[f64; K]], &mut [S]) + Sync,
    ) {
        let first = division.own().start;
        let pass = Generated {
            columns,
            turns,
            isa: Isa::detect(),
            begin: |row: usize| begin(first + row),
            draw,
            map: |turn: usize, own: &mut B, z: &mut [[f64; K]], states: &mut [S], (): &mut ()| {
                map(turn, own, z, states);
            },
        };
        pass.run::<K, S, (), B>(division, w, g, states);
    }

    /// The sum of all entries, in part with the rounding of `f32`: a time
    /// reference that reads each of them once, with all threads.
    pub fn checksum(&self) -> f64 {
        let isa = Isa::detect();
        let chunk = chunk_rows(self.rows) * self.stride / LANES;
        let totals: Vec<f64> = self
            .octets()
            .par_chunks(chunk)
            .map(|octets| {
                let mut total = 0.0;
                isa.run(Total {
                    octets,
                    total: &mut total,
                });
                total
            })
            .collect();
        totals.iter().sum()
    }

    /// All rows with their padding.
    fn octets(&self) -> &[Octet] {
        self.values[self.start..][..self.rows * self.stride]
            .as_chunks()
            .0
    }
}

impl Data for DataMatrix {
    fn rows(&self) -> usize {
        self.rows
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.values[..])
    }

    fn write_row(&self, row: usize, entries: &mut [f64]) {
        for (entry, x) in entries.iter_mut().zip(self.row(row)) {
            *entry = f64::from(*x);
        }
    }

    /// Entries are widened exactly.
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

impl Divided for DataMatrix {
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
        self.pass(division, isa, (w, g), states, None, map)
    }
}

impl fmt::Debug for DataMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataMatrix({} × {})", self.rows, self.columns)
    }
}

#[cfg(test)]
mod tests;
