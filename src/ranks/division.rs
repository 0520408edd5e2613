//! Rows in chunks, chunks on ranks, and sums over them.

use super::{Numbers, Ranks};
use rayon::prelude::*;
use std::ops::{AddAssign, Range};

/// Rows in chunks, of which each rank has its share: neighbours, and as many as the others or one
/// less.
#[derive(Debug, Clone, Copy)]
pub struct Division<'a> {
    rows: usize,
    chunk_rows: usize,
    ranks: &'a Ranks,
}

/// What belongs to the chunks at hand.
struct Own<'a, S, A> {
    /// Their numbers.
    chunks: Range<usize>,
    /// A state for each of their rows.
    states: &'a mut [S],
    /// One for each.
    accumulators: &'a mut [A],
}

impl<'a> Division<'a> {
    /// So many rows in chunks of `chunk_rows`, the last one excepted.
    ///
    /// # Panics
    ///
    /// If a chunk has no rows.
    pub fn new(rows: usize, chunk_rows: usize, ranks: &'a Ranks) -> Self {
        assert!(chunk_rows > 0, "a chunk needs a row");
        Self {
            rows,
            chunk_rows,
            ranks,
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The ranks.
    pub fn ranks(&self) -> &'a Ranks {
        self.ranks
    }

    /// The number of chunks.
    pub fn chunks(&self) -> usize {
        self.rows.div_ceil(self.chunk_rows)
    }

    /// The first chunk of a rank, or what would be that of the next one.
    fn begin(&self, rank: usize) -> usize {
        (rank * self.chunks()).div_ceil(self.ranks.count())
    }

    fn chunks_of(&self, rank: usize) -> Range<usize> {
        self.begin(rank)..self.begin(rank + 1)
    }

    /// The rank that has a chunk.
    fn owner(&self, chunk: usize) -> usize {
        let mut ranks = 0..self.ranks.count();
        ranks
            .find(|rank| self.chunks_of(*rank).contains(&chunk))
            .unwrap_or(0)
    }

    /// The rank that has a row.
    pub(crate) fn owner_of(&self, row: usize) -> usize {
        self.owner(row / self.chunk_rows)
    }

    fn rows_in(&self, chunks: Range<usize>) -> Range<usize> {
        let row = |chunk: usize| self.rows.min(chunk * self.chunk_rows);
        row(chunks.start)..row(chunks.end)
    }

    /// The rows of a rank.
    pub fn rows_of(&self, rank: usize) -> Range<usize> {
        self.rows_in(self.chunks_of(rank))
    }

    /// The rows of this rank.
    pub fn own(&self) -> Range<usize> {
        self.rows_of(self.ranks.rank())
    }

    /// Adds chunks of rows to `g` by `chunk(first, states, g, accumulator)`, in parallel, whose first
    /// row counts from the first one at hand, and gives all ranks the sum over all rows. There is a
    /// state for each row at hand, and an accumulator for each chunk, whoever has it: all of them are
    /// filled in.
    ///
    /// Halves are merged along a tree that the number of chunks fixes. Only the right halves need a
    /// `g` of their own, and few exist at any time. Where the halves of a branch are on two ranks,
    /// the right one is sent to the left: each border between ranks costs a message of the length of
    /// `g` in each branch around it, at most log2 of the number of chunks and one at the least. The sum goes
    /// from rank 0 to all.
    ///
    /// # Panics
    ///
    /// If there are other numbers of states or accumulators.
    pub fn sum<S: Send, A: Send + Numbers, G: Copy + Default + AddAssign + Send + Numbers>(
        &self,
        states: &mut [S],
        g: &mut [G],
        accumulators: &mut [A],
        chunk: &(impl Fn(usize, &mut [S], &mut [G], &mut A) + Sync),
    ) {
        assert_eq!(states.len(), self.own().len(), "the number of states");
        assert_eq!(accumulators.len(), self.chunks(), "the number of chunks");
        let chunks = self.chunks_of(self.ranks.rank());
        let own = Own {
            accumulators: &mut accumulators[chunks.clone()],
            chunks,
            states,
        };
        self.branch(0..self.chunks(), own, g, chunk);
        if let Some(link) = self.ranks.link() {
            let mut numbers = numbers_of(g);
            link.broadcast(0, &mut numbers);
            read(g, numbers);
            self.complete(accumulators, |chunks| chunks);
        }
    }

    /// A branch of the tree, over some chunks of which `own` are at hand: its sum is added to `g` on
    /// the rank that has the first of them.
    fn branch<S: Send, A: Send, G: Copy + Default + AddAssign + Send + Numbers>(
        &self,
        branch: Range<usize>,
        own: Own<S, A>,
        g: &mut [G],
        chunk: &(impl Fn(usize, &mut [S], &mut [G], &mut A) + Sync),
    ) {
        if own.chunks == branch {
            let first = self.rows_in(own.chunks).start - self.own().start;
            return merge(
                self.chunk_rows,
                first,
                own.states,
                g,
                own.accumulators,
                chunk,
            );
        }
        if own.chunks.is_empty() {
            return;
        }
        let middle = branch.start + branch.len().div_ceil(2);
        let (left, right) = self.split(own, middle);
        self.branch(branch.start..middle, left, g, chunk);
        let mut sum = vec![G::default(); g.len()];
        self.branch(middle..branch.end, right, &mut sum, chunk);
        let [to, from] = [branch.start, middle].map(|chunk| self.owner(chunk));
        let rank = self.ranks.rank();
        if let Some(link) = self.ranks.link().filter(|_| to != from) {
            if rank == from {
                link.send(to, &numbers_of(&sum));
            } else if rank == to {
                let mut numbers = numbers_of(&sum);
                link.receive(from, &mut numbers);
                read(&mut sum, numbers);
            }
        }
        if rank == to {
            for (g, term) in g.iter_mut().zip(&sum) {
                *g += *term;
            }
        }
    }

    /// What belongs to the chunks before `middle`, and from there on.
    fn split<'b, S, A>(&self, own: Own<'b, S, A>, middle: usize) -> (Own<'b, S, A>, Own<'b, S, A>) {
        let middle = middle.clamp(own.chunks.start, own.chunks.end);
        let (left, right) = (own.chunks.start..middle, middle..own.chunks.end);
        let (own_states, states) = own.states.split_at_mut(self.rows_in(left.clone()).len());
        let (own_accumulators, accumulators) = own.accumulators.split_at_mut(left.len());
        let left = Own {
            chunks: left,
            states: own_states,
            accumulators: own_accumulators,
        };
        let right = Own {
            chunks: right,
            states,
            accumulators,
        };
        (left, right)
    }

    /// What `of(chunk, states)` makes of the chunks at hand, in parallel.
    pub(crate) fn each<S: Send, T: Send>(
        &self,
        states: &mut [S],
        of: impl Fn(usize, &mut [S]) -> T + Sync,
    ) -> Vec<T> {
        let first = self.begin(self.ranks.rank());
        let own = states.par_chunks_mut(self.chunk_rows).enumerate();
        own.map(|(chunk, states)| of(first + chunk, states))
            .collect()
    }

    /// That of all chunks, in their order; `blank` has room for one of them.
    pub(crate) fn all<T: Clone + Numbers>(&self, own: Vec<T>, blank: &T) -> Vec<T> {
        if self.ranks.link().is_none() {
            return own;
        }
        let mut all = vec![blank.clone(); self.chunks()];
        all.splice(self.chunks_of(self.ranks.rank()), own);
        self.complete(&mut all, |chunks| chunks);
        all
    }

    /// Fills in what other ranks know, one entry for each row.
    pub(crate) fn complete_rows<T: Numbers>(&self, entries: &mut [T]) {
        assert_eq!(entries.len(), self.rows, "the number of rows");
        self.complete(entries, |chunks| self.rows_in(chunks));
    }

    /// Fills in what other ranks know, in the places of their chunks.
    fn complete<T: Numbers>(
        &self,
        entries: &mut [T],
        places: impl Fn(Range<usize>) -> Range<usize>,
    ) {
        if self.ranks.link().is_none() {
            return;
        }
        let of = |rank: usize| places(self.chunks_of(rank));
        let own = numbers_of(&entries[of(self.ranks.rank())]);
        for (rank, numbers) in self.ranks.gather(own).into_iter().enumerate() {
            if rank != self.ranks.rank() {
                read(&mut entries[of(rank)], numbers);
            }
        }
    }
}

fn numbers_of<T: Numbers>(entries: &[T]) -> Vec<f64> {
    let mut numbers = Vec::with_capacity(entries.len());
    entries.iter().for_each(|entry| entry.write(&mut numbers));
    numbers
}

fn read<T: Numbers>(entries: &mut [T], numbers: Vec<f64>) {
    let mut numbers = numbers.into_iter();
    entries
        .iter_mut()
        .for_each(|entry| entry.read(&mut numbers));
}

/// Adds chunks of rows from `first` on to `g` by `chunk`: as many chunks as there are accumulators,
/// and their rows as many as there are states.
fn merge<S: Send, A: Send, G: Copy + Default + AddAssign + Send>(
    chunk_rows: usize,
    first: usize,
    states: &mut [S],
    g: &mut [G],
    accumulators: &mut [A],
    chunk: &(impl Fn(usize, &mut [S], &mut [G], &mut A) + Sync),
) {
    match accumulators {
        [] => {}
        [accumulator] => {
            crate::interrupt::check();
            chunk(first, states, g, accumulator);
        }
        _ => {
            let half = accumulators.len().div_ceil(2);
            let (left, right) = accumulators.split_at_mut(half);
            let (left_states, right_states) = states.split_at_mut(half * chunk_rows);
            let middle = first + half * chunk_rows;
            let mut right_g = vec![G::default(); g.len()];
            rayon::join(
                || merge(chunk_rows, first, left_states, g, left, chunk),
                || {
                    let g = &mut right_g;
                    merge(chunk_rows, middle, right_states, g, right, chunk);
                },
            );
            for (sum, term) in g.iter_mut().zip(&right_g) {
                *sum += *term;
            }
        }
    }
}
