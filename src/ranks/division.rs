//! Rows in chunks, chunks on ranks, and sums over them.

use super::{Link, Numbers, Ranks};
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

/// A branch of the tree whose chunks are all at hand, but not those of the branch around it.
struct Piece<'a, S, A> {
    first: usize,
    states: &'a mut [S],
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

    /// The rank that has a chunk: the last one that begins no later.
    fn owner(&self, chunk: usize) -> usize {
        assert!(chunk < self.chunks(), "chunk {chunk} of {}", self.chunks());
        chunk * self.ranks.count() / self.chunks()
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
    /// row counts from the first one at hand, and gives all ranks the sum over all rows; `g` is zero
    /// before. There is a state for each row at hand, and an accumulator for each chunk, whoever has
    /// it: all of them are filled in.
    ///
    /// Halves are merged along a tree that the number of chunks fixes. Only the right halves need a
    /// `g` of their own, and few exist at any time. Each rank first merges what it has; then, where
    /// the halves of a branch are on two ranks, the right one is sent to the left, a message of the
    /// length of `g`. The sum goes from rank 0 to all.
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
        let Some(link) = self.ranks.link() else {
            return merge(self.chunk_rows, 0, states, g, accumulators, chunk);
        };
        let own = self.chunks_of(self.ranks.rank());
        let pieces = self.pieces(states, &mut accumulators[own]);
        let length = g.len();
        let merged: Vec<Vec<G>> = pieces
            .into_par_iter()
            .map(|piece| {
                let mut g = vec![G::default(); length];
                let Piece {
                    first,
                    states,
                    accumulators,
                } = piece;
                merge(self.chunk_rows, first, states, &mut g, accumulators, chunk);
                g
            })
            .collect();
        if let Some(sum) = self.branch(link, 0..self.chunks(), &mut merged.into_iter(), length) {
            g.copy_from_slice(&sum);
        }
        let mut numbers = numbers_of(g);
        link.broadcast(0, &mut numbers);
        read(g, numbers);
        if size_of::<A>() > 0 {
            self.complete(accumulators, |chunks| chunks);
        }
    }

    /// The largest branches that this rank has, in their order.
    fn pieces<'b, S, A>(
        &self,
        mut states: &'b mut [S],
        mut accumulators: &'b mut [A],
    ) -> Vec<Piece<'b, S, A>> {
        let own = self.chunks_of(self.ranks.rank());
        let mut branches = Vec::new();
        self.largest(0..self.chunks(), &own, &mut branches);
        let mut pieces = Vec::with_capacity(branches.len());
        for branch in branches {
            let rows = self.rows_in(branch.clone());
            let (own_states, others) = states.split_at_mut(rows.len());
            let (own_accumulators, rest) = accumulators.split_at_mut(branch.len());
            pieces.push(Piece {
                first: rows.start - self.own().start,
                states: own_states,
                accumulators: own_accumulators,
            });
            (states, accumulators) = (others, rest);
        }
        pieces
    }

    /// The largest branches within `own`.
    fn largest(&self, branch: Range<usize>, own: &Range<usize>, branches: &mut Vec<Range<usize>>) {
        if branch.start.max(own.start) >= branch.end.min(own.end) {
            return;
        }
        if own.start <= branch.start && branch.end <= own.end {
            return branches.push(branch);
        }
        let [left, right] = halves(branch);
        self.largest(left, own, branches);
        self.largest(right, own, branches);
    }

    /// The sum over a branch, of length `length`, on the rank that has its first chunk; `merged` has
    /// those of the branches that this rank has, in their order. Messages alone: all ranks walk the
    /// tree in one order, so that none waits for another in a circle.
    fn branch<G: Copy + Default + AddAssign + Numbers>(
        &self,
        link: &dyn Link,
        branch: Range<usize>,
        merged: &mut impl Iterator<Item = Vec<G>>,
        length: usize,
    ) -> Option<Vec<G>> {
        let own = self.chunks_of(link.rank());
        if branch.start.max(own.start) >= branch.end.min(own.end) {
            return None;
        }
        if own.start <= branch.start && branch.end <= own.end {
            return merged.next();
        }
        let [left, right] = halves(branch);
        let [to, from] = [left.start, right.start].map(|chunk| self.owner(chunk));
        let left = self.branch(link, left, merged, length);
        let right = self.branch(link, right, merged, length);
        if to != from && link.rank() == from {
            link.send(to, &numbers_of(&right?));
            return None;
        }
        let mut sum = left.filter(|_| link.rank() == to)?;
        let right = match right {
            Some(own) => own,
            None => {
                let mut received = vec![G::default(); length];
                let mut numbers = numbers_of(&received);
                link.receive(from, &mut numbers);
                read(&mut received, numbers);
                received
            }
        };
        for (sum, term) in sum.iter_mut().zip(&right) {
            *sum += *term;
        }
        Some(sum)
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

/// The halves of a branch: the tree is that of [`merge`].
fn halves(branch: Range<usize>) -> [Range<usize>; 2] {
    let middle = branch.start + branch.len().div_ceil(2);
    [branch.start..middle, middle..branch.end]
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
