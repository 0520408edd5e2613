//! The two halves of the work on a block of rows that stays in cache.
//!
//! Loops over the rows and columns of a tile run over arrays, or over slices cut
//! to a constant length, so that the compiler unrolls them and keeps what they
//! touch in registers.

use super::pass::BLOCK;
use super::sweep::{Ahead, Phase, Rows, Sweep, Tile, sweep};
use crate::numerics::simd::{Kernel, Lanes, Octet, Packet};

/// z = x·W for every row x of a block.
pub struct Project<'a, const K: usize> {
    /// The rows, at most [`BLOCK`].
    pub rows: Rows<'a>,
    /// W, packed.
    pub w: &'a [Packet],
    /// Where z goes, one entry per row.
    pub z: &'a mut [[f64; K]],
}

impl<const K: usize> Kernel for Project<'_, K> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Self { rows, w, z } = self;
        let mut work = Projection {
            rows,
            w,
            sums: [[Packet::ZERO; K]; BLOCK],
        };
        sweep::<L, K>(lanes, z.len(), rows.steps, &mut work);
        for (z, sums) in z.iter_mut().zip(&work.sums) {
            for (z, sum) in z.iter_mut().zip(sums) {
                *z = sum.sum();
            }
        }
    }
}

/// A projection in progress: the lanes of z, summed panel after panel.
struct Projection<'a, const K: usize> {
    rows: Rows<'a>,
    w: &'a [Packet],
    sums: [[Packet; K]; BLOCK],
}

impl<const K: usize> Sweep for Projection<'_, K> {
    #[inline(always)]
    fn tile<L: Lanes, const R: usize, const T: usize>(&mut self, lanes: L, tile: &Tile) {
        let x = self.rows.of_tile::<R>(tile);
        let w = &self.w[tile.first_column * self.rows.steps..]
            .as_chunks::<T>()
            .0;
        let ahead = self.rows.ahead::<R>(tile, Phase::Project);
        let stored = &mut self.sums[tile.first_row..][..R];
        let mut sums = [[lanes.splat(0.0); T]; R];
        for (sums, stored) in sums.iter_mut().zip(stored.iter()) {
            for (sum, stored) in sums.iter_mut().zip(&stored[tile.first_column..][..T]) {
                *sum = lanes.load(stored);
            }
        }
        sums = project(lanes, x, &w[tile.steps.clone()], sums, &ahead);
        for (sums, stored) in sums.into_iter().zip(stored) {
            let stored = &mut stored[tile.first_column..][..T];
            for (sum, stored) in sums.into_iter().zip(stored) {
                lanes.store(sum, stored);
            }
        }
    }
}

/// Adds x·w to `sums`, lane by lane.
#[inline(always)]
fn project<L: Lanes, const R: usize, const T: usize>(
    lanes: L,
    x: [&[Octet]; R],
    w: &[[Packet; T]],
    mut sums: [[L::V; T]; R],
    ahead: &Ahead,
) -> [[L::V; T]; R] {
    let x = cut(x, w.len());
    for (step, packets) in w.iter().enumerate() {
        let mut w = [lanes.splat(0.0); T];
        for (w, packet) in w.iter_mut().zip(packets) {
            *w = lanes.load(packet);
        }
        for (sums, x) in sums.iter_mut().zip(x) {
            let x = lanes.widen(&x[step]);
            for (sum, w) in sums.iter_mut().zip(w) {
                *sum = lanes.mul_add(x, w, *sum);
            }
        }
        ahead.ask(step);
    }
    sums
}

/// G += x uᵀ for every row x of a block.
pub struct Accumulate<'a, const K: usize> {
    /// The rows.
    pub rows: Rows<'a>,
    /// One entry per row.
    pub u: &'a [[f64; K]],
    /// G, packed.
    pub g: &'a mut [Packet],
}

impl<const K: usize> Kernel for Accumulate<'_, K> {
    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        sweep::<L, K>(lanes, self.u.len(), self.rows.steps, &mut self);
    }
}

impl<const K: usize> Sweep for Accumulate<'_, K> {
    #[inline(always)]
    fn tile<L: Lanes, const R: usize, const T: usize>(&mut self, lanes: L, tile: &Tile) {
        let x = self.rows.of_tile::<R>(tile);
        let g = self.g[tile.first_column * self.rows.steps..]
            .as_chunks_mut::<T>()
            .0;
        let ahead = self.rows.ahead::<R>(tile, Phase::Accumulate);
        let mut u = [[lanes.splat(0.0); T]; R];
        for (u, values) in u.iter_mut().zip(&self.u[tile.first_row..][..R]) {
            for (u, &value) in u.iter_mut().zip(&values[tile.first_column..][..T]) {
                *u = lanes.splat(value);
            }
        }
        accumulate(lanes, x, u, &mut g[tile.steps.clone()], &ahead);
    }
}

/// Adds x uᵀ to g, row after row.
#[inline(always)]
fn accumulate<L: Lanes, const R: usize, const T: usize>(
    lanes: L,
    x: [&[Octet]; R],
    u: [[L::V; T]; R],
    g: &mut [[Packet; T]],
    ahead: &Ahead,
) {
    let x = cut(x, g.len());
    for (step, packets) in g.iter_mut().enumerate() {
        let mut sums = [lanes.splat(0.0); T];
        for (sum, packet) in sums.iter_mut().zip(packets.iter()) {
            *sum = lanes.load(packet);
        }
        for (u, x) in u.iter().zip(x) {
            let x = lanes.widen(&x[step]);
            for (sum, &u) in sums.iter_mut().zip(u) {
                *sum = lanes.mul_add(x, u, *sum);
            }
        }
        for (sum, packet) in sums.into_iter().zip(packets) {
            lanes.store(sum, packet);
        }
        ahead.ask(step);
    }
}

/// The rows, cut to a length, for the compiler to see that they all have it and
/// check no index in the inner loops.
#[inline(always)]
fn cut<const R: usize>(mut rows: [&[Octet]; R], len: usize) -> [&[Octet]; R] {
    for row in &mut rows {
        *row = &row[..len];
    }
    rows
}

/// The sum of all entries, the cheapest work that reads them.
pub struct Total<'a> {
    /// The entries.
    pub octets: &'a [Octet],
    /// Where the sum goes.
    pub total: &'a mut f64,
}

impl Kernel for Total<'_> {
    /// Sums in `f32`, lane by lane: widening every entry would take longer than
    /// reading it.
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        let (groups, rest) = self.octets.as_chunks::<8>();
        let mut sums = [Octet::default(); 8];
        for octets in groups {
            for (sum, x) in sums
                .as_flattened_mut()
                .iter_mut()
                .zip(octets.as_flattened())
            {
                *sum += x;
            }
        }
        let ends = sums.as_flattened().iter().chain(rest.as_flattened());
        *self.total += ends.map(|&x| f64::from(x)).sum::<f64>();
    }
}
