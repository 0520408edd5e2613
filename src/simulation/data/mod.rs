//! The rows of X, in one of several stores, and the fused pass by which all algorithms read them.

mod any;
mod batch;
mod block;
mod data_matrix;
mod generated;
mod one_bit;
mod packed;
mod pass;
mod regenerated;
mod sweep;

pub use crate::numerics::simd::Isa;
pub use any::{AnyData, Stored};
pub use batch::BatchRows;
pub use data_matrix::DataMatrix;
pub use one_bit::OneBit;
pub use regenerated::Regenerated;

use crate::ranks::{Division, Numbers, Ranks};
use std::ops::Range;

/// Rows to learn from, however they are stored.
pub trait Data: Sync {
    /// The number of rows, at hand or not.
    fn rows(&self) -> usize;

    /// The rows at hand: all of them, unless other [ranks](crate::ranks) have the rest.
    fn own(&self) -> Range<usize> {
        0..self.rows()
    }

    /// Fills in what the ranks that have the other rows know, one entry for each row.
    ///
    /// # Panics
    ///
    /// If there is another number of entries.
    fn complete<T: Numbers>(&self, entries: &mut [T]) {
        assert_eq!(entries.len(), self.rows(), "the number of rows");
    }

    /// The number of columns.
    fn columns(&self) -> usize;

    /// Bytes that the rows at hand take.
    fn bytes(&self) -> usize;

    /// Writes the entries of a row. A look at single rows: the pass is much faster.
    ///
    /// # Panics
    ///
    /// If there is no such row at hand.
    fn write_row(&self, row: usize, entries: &mut [f64]);

    /// One pass over the rows x: z = x·W, then `map` turns z into u, then
    /// G = Σ x uᵀ over all rows, which overwrites `g`.
    ///
    /// W and G have a row per column of the data and K columns, one column
    /// after the other. `map(first_row, z, states, accumulator)` replaces each z
    /// by u for a block of consecutive rows, at most 16; it
    /// sees the state of each of these rows, and an accumulator that starts from
    /// its default in each of a few chunks of rows and meets their blocks in
    /// order. Returns the accumulators in the order of the rows, those of rows
    /// that are not at hand, too; states there are of the rows at hand alone.
    ///
    /// All sums are in `f64`. The results are the same to the last bit for any
    /// number of threads and ranks. Between machines they may differ in the last bits:
    /// see [`Isa`].
    ///
    /// # Panics
    ///
    /// If `w` or `g` does not have K times as many entries as there are
    /// columns, or if there is not one state per row at hand.
    fn fused_pass<const K: usize, S: Send, A: Default + Send + Numbers>(
        &self,
        w: &[f64],
        g: &mut [f64],
        states: &mut [S],
        map: impl Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    ) -> Vec<A> {
        self.fused_pass_with(Isa::detect(), w, g, states, map)
    }

    /// [`fused_pass`](Self::fused_pass) with given instructions, to compare
    /// them.
    ///
    /// # Panics
    ///
    /// As `fused_pass`.
    fn fused_pass_with<const K: usize, S: Send, A: Default + Send + Numbers>(
        &self,
        isa: Isa,
        w: &[f64],
        g: &mut [f64],
        states: &mut [S],
        map: impl Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    ) -> Vec<A>;
}

/// Rows that are those of the first of several ranks, or of any other one.
trait Divided: Data {
    /// So many rows on these ranks.
    fn division(rows: usize, ranks: &Ranks) -> Division<'_>;

    /// The pass over all rows of a division, of which these are the own ones; `map` sees their
    /// numbers among these.
    fn divided_pass<const K: usize, S: Send, A: Default + Send + Numbers>(
        &self,
        division: &Division,
        isa: Isa,
        w: &[f64],
        g: &mut [f64],
        states: &mut [S],
        map: impl Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    ) -> Vec<A>;
}

/// Panics unless the operands of a pass have the sizes that the data ask for.
fn require_sizes<const K: usize>(data: &impl Data, w: &[f64], g: &[f64], states: usize) {
    assert_eq!(w.len(), data.columns() * K, "the size of W");
    assert_eq!(g.len(), data.columns() * K, "the size of G");
    assert_eq!(states, data.own().len(), "the number of states");
}

#[cfg(test)]
mod tests;
