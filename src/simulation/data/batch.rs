//! Parts of the rows, wherever these are.

use super::{AnyData, DataMatrix};
use crate::ranks::{Division, Numbers, Ranks};
use std::collections::BTreeMap;
use std::ops::Range;

/// Rows of a dense matrix that are read in batches. Where ranks share the rows, each of them works on
/// its share of a batch, whose rows it gets from those that have them.
#[derive(Debug, Clone, Copy)]
pub struct BatchRows<'a> {
    rows: &'a DataMatrix,
    division: Division<'a>,
}

/// A row on its way to where it is worked on.
struct Move {
    /// The rank that has it, and its place there.
    from: usize,
    row: usize,
    /// The rank that works on it, and its place there.
    to: usize,
    place: usize,
}

impl<'a> BatchRows<'a> {
    /// The rows at hand of a division.
    pub(super) fn new(rows: &'a DataMatrix, division: Division<'a>) -> Self {
        Self { rows, division }
    }

    /// All rows.
    pub fn all(&self) -> AnyData<'a> {
        AnyData::dense(self.rows, self.division)
    }

    /// The ranks that share them.
    pub fn ranks(&self) -> &'a Ranks {
        self.division.ranks()
    }

    /// Places of a batch of so many rows on the ranks.
    pub fn places(&self, rows: usize) -> Division<'a> {
        DataMatrix::batch_division(rows, self.ranks())
    }

    /// The pass over a batch: runs of neighbouring rows, in this order, which may repeat some. There
    /// is a state for each of the [places](Self::places) of the batch at hand, and `map` sees places
    /// in the order in place of rows. The results are the same to the last bit for any number of
    /// threads and ranks. Runs of 16 rows are fastest, shorter ones last.
    ///
    /// The rows themselves travel between ranks: 4 d bytes for each that another rank works on.
    ///
    /// # Panics
    ///
    /// As [`Data::fused_pass`](super::Data::fused_pass), or if a run has no row or more than 16, or ends beyond the last row.
    pub fn fused_pass<const K: usize, S: Send, A: Default + Send + Numbers>(
        &self,
        runs: &[Range<usize>],
        w: &[f64],
        g: &mut [f64],
        states: &mut [S],
        map: impl Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    ) -> Vec<A> {
        let places = self.places(runs.iter().map(Range::len).sum());
        if self.ranks().link().is_none() {
            return self.rows.divided_runs(&places, runs, w, g, states, map);
        }
        self.ranks().require_same("weights", w);
        let own = places.own();
        let rows = self.fetched(&places, runs);
        let map = |place: usize, z: &mut [[f64; K]], states: &mut [S], accumulator: &mut A| {
            map(own.start + place, z, states, accumulator);
        };
        rows.divided_runs(&places, &cut(runs, &own), w, g, states, map)
    }

    /// The rows of this rank's places, in their order.
    fn fetched(&self, places: &Division, runs: &[Range<usize>]) -> DataMatrix {
        let rank = self.ranks().rank();
        let moves = runs.iter().cloned().flatten().enumerate();
        let moves = moves.map(|(place, row)| {
            assert!(row < self.division.rows(), "row {row} is beyond the last");
            let (from, to) = (self.division.owner_of(row), places.owner_of(place));
            Move {
                from,
                row: row - self.division.rows_of(from).start,
                to,
                place: place - places.rows_of(to).start,
            }
        });
        // In one order on all ranks, so that none waits for another in a circle.
        let mut between = BTreeMap::<(usize, usize), Vec<Move>>::new();
        for one in moves.filter(|one| one.from == rank || one.to == rank) {
            between.entry((one.from, one.to)).or_default().push(one);
        }
        let columns = self.rows.columns();
        let mut matrix = DataMatrix::zeros(places.own().len(), columns)
            .unwrap_or_else(|error| panic!("{error}"));
        let words = columns.div_ceil(2);
        for ((from, to), moves) in between {
            if from == to {
                for one in moves {
                    let row = matrix.row_mut(one.place);
                    row.copy_from_slice(self.rows.row(one.row));
                }
            } else if let Some(link) = self.ranks().link() {
                if from == rank {
                    let sent = moves.iter().flat_map(|one| packed(self.rows.row(one.row)));
                    link.send(to, &sent.collect::<Vec<f64>>());
                } else {
                    let mut received = vec![0.0; moves.len() * words];
                    link.receive(from, &mut received);
                    for (one, numbers) in moves.iter().zip(received.chunks_exact(words)) {
                        unpack(numbers, matrix.row_mut(one.place));
                    }
                }
            }
        }
        matrix
    }
}

/// The runs of some places of a batch, of whose rows nothing else is at hand.
fn cut(runs: &[Range<usize>], places: &Range<usize>) -> Vec<Range<usize>> {
    let mut next = 0;
    let of_all = runs.iter().map(|run| {
        let begin = next;
        next += run.len();
        begin.max(places.start)..next.min(places.end)
    });
    let here = of_all.filter(|run| run.start < run.end);
    here.map(|run| run.start - places.start..run.end - places.start)
        .collect()
}

/// Two entries in the bits of each number.
fn packed(row: &[f32]) -> impl Iterator<Item = f64> + '_ {
    row.chunks(2).map(|pair| {
        let second = pair.get(1).map_or(0, |x| x.to_bits());
        f64::from_bits(u64::from(second) << 32 | u64::from(pair[0].to_bits()))
    })
}

/// Undoes [`packed`].
fn unpack(numbers: &[f64], row: &mut [f32]) {
    for (pair, number) in row.chunks_mut(2).zip(numbers) {
        let bits = number.to_bits();
        for (x, half) in pair.iter_mut().zip([bits as u32, (bits >> 32) as u32]) {
            *x = f32::from_bits(half);
        }
    }
}
