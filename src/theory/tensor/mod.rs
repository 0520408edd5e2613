//! Tensor trapezoid rule in the proximal coordinate, for up to three units.
//!
//! With `ω = z − V f(z)`, `dω = det(I − V D(z)) dz`, so that
//! `E[φ] = ∫ φ(z) p(ω(z)) det(I − V D) dz` has a smooth integrand and no root to solve at the
//! nodes; the trapezoid rule on a uniform grid then converges exponentially (theory.md section 3,
//! "Proximal coordinate").
//!
//! The grid lives in `y = L^{-1} z`, `L L^T = Q`: one unit of `y` is one standard deviation of the
//! noise. Independent units vary with their own field alone: their axes are centred where that
//! vanishes, and dense there (see [`Axis`](super::axis::Axis)). Only nodes within the tails of a
//! component of the mixture are visited, so that the cost grows with the number of components that
//! lie apart, not with their distance.

mod grid;
mod packet;
mod regions;

use super::moments::{Accumulator, Moments, Request};
use super::preactivation::PreActivation;
use crate::hidden::HiddenUnits;
use grid::{Grid, Position, Section, Span, Visit};
use nalgebra::SMatrix;
use packet::Packet;
use rayon::prelude::*;
use std::ops::RangeInclusive;

/// Nodes from which on slabs of the grid are worth a thread of their own.
const PARALLEL_NODES: usize = 20_000;

/// Groups of neighbouring slabs that threads share: enough to balance them.
const GROUPS: usize = 32;

/// Expectations over the pre-activation, at refinement `level`: each level divides the spacing by
/// √2. `None` where the grid would have more than `max_nodes` nodes or `I − V D` is not positive at
/// a node.
pub(super) fn moments<const K: usize>(
    hidden: &HiddenUnits,
    law: &PreActivation<'_, K>,
    v: &SMatrix<f64, K, K>,
    odd: bool,
    level: u32,
    max_nodes: usize,
    request: Request,
) -> Option<Moments> {
    let grid = Grid::new(hidden, law, v, odd, level)?;
    let (whole, mut rooms) = (grid.whole(), grid.rooms());
    let mut count = Count {
        nodes: 0,
        limit: max_nodes,
    };
    grid.walk(0, &Position::START, &whole, &mut rooms, &mut count)?;
    let packet = || Packet::new(hidden, law, v, request);
    // Summed group by group in the order of the grid: the same bits for any number of threads.
    if K > 1 && count.nodes > PARALLEL_NODES {
        let slabs = grid.slabs(&whole);
        let group = |slabs: &[(i64, Vec<Section<K>>)]| {
            let (mut packet, mut rooms) = (packet(), grid.rooms());
            for (index, sections) in slabs {
                crate::interrupt::check();
                let position = grid.moved(&Position::START, 0, *index);
                grid.walk(1, &position, sections, &mut rooms, &mut packet)?;
            }
            packet.sums(Accumulator::clone)
        };
        let groups = slabs.par_chunks(slabs.len().div_ceil(GROUPS));
        let sums: Vec<Option<Accumulator>> = groups.map(group).collect();
        let mut total = Accumulator::new(K, law.signals(), request);
        for sum in sums {
            total.absorb(&sum?);
        }
        return Some(total.finish(law));
    }
    crate::interrupt::check();
    let mut packet = packet();
    grid.walk(0, &Position::START, &whole, &mut rooms, &mut packet)?;
    packet.sums(|sums| sums.finish(law))
}

/// Counts nodes up to a limit.
struct Count {
    nodes: usize,
    limit: usize,
}

impl<const K: usize> Visit<K> for Count {
    fn run(
        &mut self,
        _: &Grid<K>,
        _: &Position<K>,
        indices: RangeInclusive<i64>,
        _: &[Span<K>],
    ) -> Option<()> {
        self.nodes += (indices.end() - indices.start()) as usize + 1;
        (self.nodes <= self.limit).then_some(())
    }
}
