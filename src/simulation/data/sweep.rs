//! The order in which a block of rows is walked.
//!
//! The unit of work is a tile: R rows, T columns of W or G, and a panel of
//! steps of eight entries. R and T are such that the accumulators stay in
//! registers. The panel is such that its part of W or G stays in the first-level
//! cache while the groups of rows go by, so that the second-level cache, which
//! would otherwise be the limit, serves little but X.
//!
//! Neither R nor T nor the panel touches the order of any sum: a remainder of
//! rows, walked one by one, rounds like the rest.

use std::ops::Range;

use super::packed::tiles;
use crate::numerics::simd::{Lanes, Octet, prefetch};

/// Steps of a panel: 16 KiB of W or G in a tile of four columns.
const PANEL: usize = 64;

/// Octets of a cache line.
const LINE: usize = 2;

/// Rows of X, with what the walk needs to know about them.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The rows of the block, one after the other.
    pub octets: &'a [Octet],
    /// The rows that follow, to be fetched meanwhile.
    pub next: &'a [Octet],
    /// Octets from one row to the next: whole cache lines.
    pub stride: usize,
    /// Octets of a row that hold entries.
    pub steps: usize,
}

/// The place of a tile in the block.
pub struct Tile {
    pub first_row: usize,
    pub first_column: usize,
    pub steps: Range<usize>,
}

/// The cache lines to ask for while a tile is worked on.
///
/// A pointer, as asking need not be checked: it reads nothing that the program
/// sees, and the inner loops have no register to spare for the bounds.
pub struct Ahead {
    first: *const Octet,
    lines: usize,
}

impl Ahead {
    /// Asks for the lines of one step.
    #[inline(always)]
    pub fn ask(&self, step: usize) {
        for line in step * self.lines..(step + 1) * self.lines {
            prefetch(self.first.wrapping_add(line * LINE));
        }
    }
}

/// The half of the work during which the next rows are asked for.
#[derive(Clone, Copy)]
pub enum Phase {
    Project,
    Accumulate,
}

impl<'a> Rows<'a> {
    /// The rows of a tile, each cut to its panel.
    #[inline(always)]
    pub fn of_tile<const R: usize>(&self, tile: &Tile) -> [&'a [Octet]; R] {
        let mut rows: [&[Octet]; R] = [&[]; R];
        // A loop: `array::from_fn` is not always inlined.
        for (r, row) in rows.iter_mut().enumerate() {
            *row = &self.octets[(tile.first_row + r) * self.stride..][tile.steps.clone()];
        }
        rows
    }

    /// What to ask for while a tile of R rows is worked on: in each phase its
    /// share of the R rows one block further on.
    ///
    /// A step works on R/2 cache lines, in both phases. Each phase asks for half
    /// as many, so that memory is busy all the time; a small R leaves it all to
    /// the second phase. The first sweep over the columns asks for everything.
    /// Later ones, and the last block, have nothing to ask for and repeat what
    /// is in cache, which is cheaper than a test in the inner loop.
    #[inline(always)]
    pub fn ahead<const R: usize>(&self, tile: &Tile, phase: Phase) -> Ahead {
        let first_lines = R / 4;
        let (lines, done) = match phase {
            Phase::Project => (first_lines, 0),
            Phase::Accumulate => (R / 2 - first_lines, first_lines * LINE * self.stride),
        };
        let more = tile.first_column == 0 && self.next.len() >= self.octets.len();
        let source = if more { self.next } else { self.octets };
        let start = tile.first_row * self.stride + done + tile.steps.start * lines * LINE;
        Ahead {
            first: source.as_ptr().wrapping_add(start),
            lines,
        }
    }
}

/// Work on a block, tile by tile.
pub trait Sweep {
    /// Works on a tile of R rows and T columns.
    fn tile<L: Lanes, const R: usize, const T: usize>(&mut self, lanes: L, tile: &Tile);
}

/// The width of the tiles of W and G for a register file.
pub const fn tile_width(registers: usize) -> usize {
    if registers >= 32 { 4 } else { 2 }
}

/// Walks a block of `rows` rows and K columns.
#[inline(always)]
pub fn sweep<L: Lanes, const K: usize>(lanes: L, rows: usize, steps: usize, work: &mut impl Sweep) {
    let width = tile_width(L::REGISTERS);
    // Known at compile time, so that only the widths that occur are compiled.
    let occurs = |t| t == K % width || (t == width && K >= width);
    for (first_column, t) in tiles(K, width) {
        for start in (0..steps).step_by(PANEL) {
            let steps = start..steps.min(start + PANEL);
            let mut tile = Tile {
                first_row: 0,
                first_column,
                steps,
            };
            match t {
                1 if occurs(1) => panel::<L, 1>(lanes, rows, &mut tile, work),
                2 if occurs(2) => panel::<L, 2>(lanes, rows, &mut tile, work),
                3 if occurs(3) => panel::<L, 3>(lanes, rows, &mut tile, work),
                4 if occurs(4) => panel::<L, 4>(lanes, rows, &mut tile, work),
                _ => unreachable!("tiles are at most {width} columns wide"),
            }
        }
    }
}

/// Walks the rows of a panel: in groups, then the remainder one by one.
#[inline(always)]
fn panel<L: Lanes, const T: usize>(lanes: L, rows: usize, tile: &mut Tile, work: &mut impl Sweep) {
    match (L::REGISTERS >= 32, T <= 3) {
        (true, true) => groups::<L, 8, T>(lanes, rows, tile, work),
        (true, false) => groups::<L, 4, T>(lanes, rows, tile, work),
        (false, _) => groups::<L, 2, T>(lanes, rows, tile, work),
    }
    groups::<L, 1, T>(lanes, rows, tile, work);
}

/// Walks whole groups of R rows as long as there are any.
#[inline(always)]
fn groups<L: Lanes, const R: usize, const T: usize>(
    lanes: L,
    rows: usize,
    tile: &mut Tile,
    work: &mut impl Sweep,
) {
    while tile.first_row + R <= rows {
        work.tile::<L, R, T>(lanes, tile);
        tile.first_row += R;
    }
}
