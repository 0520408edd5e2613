//! Sums with signs, by tables.
//!
//! Eight signs are one of 256 patterns. Where the same eight numbers are summed with the signs of many
//! rows, the sums of all patterns are made once, and each row looks its own up: an eighth of the
//! additions (the "method of the four Russians": Arlazarov, Dinic, Kronrod, Faradzhev, Soviet Math.
//! Dokl. 11 (1970) 1209). There are no multiplications, and the order of every sum is written down, so
//! that all instruction sets give the same bits.

use crate::numerics::simd::{Kernel, Lanes};

/// Signs of eight rows and eight columns: bit `c` of byte `r` is set for +1 in row `r` and column `c`.
pub type Tile = [u8; 8];

/// What eight rows, or eight columns, have: L numbers each, of as many hidden units.
pub type Eight<const L: usize> = [[f64; L]; 8];

/// The sum of eight numbers with each pattern of signs, for L hidden units.
pub type Table<const L: usize> = [[f64; L]; 256];

/// Numbers of the tables that are in use at a time: 32 KiB, which stay in the first-level cache.
pub const TABLES: usize = 4096;

/// The most tables that these are.
const MOST_TABLES: usize = TABLES / 256;

/// Tiles whose columns are turned into rows at a time.
const STRIP: usize = 32;

/// Fills a table: the sum of none is −Σ x, and each further sign turns the sums that there are.
#[inline(always)]
fn fill<const L: usize>(table: &mut Table<L>, x: &Eight<L>) {
    let mut none = [0.0; L];
    for x in x {
        for (sum, x) in none.iter_mut().zip(x) {
            *sum -= x;
        }
    }
    table[0] = none;
    for (place, x) in x[..3].iter().enumerate() {
        let (without, with) = table.split_at_mut(1 << place);
        for (with, without) in with.iter_mut().zip(without.iter()) {
            for ((with, without), x) in with.iter_mut().zip(without).zip(x) {
                *with = without + 2.0 * x;
            }
        }
    }
    // Eight patterns at a time fill whole registers.
    let (table, _) = table.as_chunks_mut::<8>();
    for (place, x) in x[3..].iter().enumerate() {
        let twice = [x.map(|x| 2.0 * x); 8];
        let (without, with) = table.split_at_mut(1 << place);
        for (with, without) in with.iter_mut().zip(without.iter()) {
            let sums = without.as_flattened().iter().zip(twice.as_flattened());
            for (with, (without, twice)) in with.as_flattened_mut().iter_mut().zip(sums) {
                *with = without + twice;
            }
        }
    }
}

/// z += s·W for every row s of signs, in groups of eight.
pub struct Project<'a, const L: usize> {
    /// The signs, group of rows after group of rows.
    pub tiles: &'a [Tile],
    /// Tiles from one group to the next.
    pub stride: usize,
    /// W, for each tile of a group.
    pub w: &'a [Eight<L>],
    /// z, for each group.
    pub z: &'a mut [Eight<L>],
    /// Room for [`TABLES`] numbers.
    pub tables: &'a mut [Table<L>],
}

impl<const L: usize> Kernel for Project<'_, L> {
    #[inline(always)]
    fn run<V: Lanes>(self, _: V) {
        let panel = self.tables.len();
        for (place, w) in self.w.chunks(panel).enumerate() {
            for (table, w) in self.tables.iter_mut().zip(w) {
                fill(table, w);
            }
            let tables = &self.tables[..w.len()];
            let groups = self.tiles.chunks_exact(self.stride);
            for (tiles, z) in groups.zip(self.z.iter_mut()) {
                let tiles = &tiles[place * panel..][..w.len()];
                // Row after row: sums of several rows side by side become gathers, which are slow.
                for (row, z) in z.iter_mut().enumerate() {
                    let mut sum = *z;
                    for (tile, table) in tiles.iter().zip(tables) {
                        let term = &table[usize::from(tile[row])];
                        for (sum, term) in sum.iter_mut().zip(term) {
                            *sum += term;
                        }
                    }
                    *z = sum;
                }
            }
        }
    }
}

/// G += s uᵀ for every row s of signs, in groups of eight.
pub struct Accumulate<'a, const L: usize> {
    /// The signs, group of rows after group of rows.
    pub tiles: &'a [Tile],
    /// Tiles from one group to the next.
    pub stride: usize,
    /// u, for each group.
    pub u: &'a [Eight<L>],
    /// G, for each tile of a group.
    pub g: &'a mut [Eight<L>],
    /// Room for [`TABLES`] numbers.
    pub tables: &'a mut [Table<L>],
}

impl<const L: usize> Kernel for Accumulate<'_, L> {
    #[inline(always)]
    fn run<V: Lanes>(self, _: V) {
        let groups = self.tables.len();
        let mut columns = [[Tile::default(); STRIP]; MOST_TABLES];
        let tiles = self.tiles.chunks(groups * self.stride);
        for (tiles, u) in tiles.zip(self.u.chunks(groups)) {
            for (table, u) in self.tables.iter_mut().zip(u) {
                fill(table, u);
            }
            for (strip, g) in self.g.chunks_mut(STRIP).enumerate() {
                let rows = tiles.chunks_exact(self.stride);
                for (columns, rows) in columns.iter_mut().zip(rows) {
                    let rows = &rows[strip * STRIP..][..g.len()];
                    for (columns, rows) in columns.iter_mut().zip(rows) {
                        *columns = transposed(*rows);
                    }
                }
                let (tables, columns) = (&self.tables[..u.len()], &columns[..u.len()]);
                // Of a constant number of tables the compiler unrolls the sums.
                match u.len() {
                    16 => add::<L, 16>(tables, columns, g),
                    8 => add::<L, 8>(tables, columns, g),
                    4 => add::<L, 4>(tables, columns, g),
                    _ => add::<L, 1>(tables, columns, g),
                }
            }
        }
    }
}

/// Adds to each column the entries of all tables, R of them at a time.
#[inline(always)]
fn add<const L: usize, const R: usize>(
    tables: &[Table<L>],
    columns: &[[Tile; STRIP]],
    g: &mut [Eight<L>],
) {
    let (tables, columns) = (tables.as_chunks::<R>().0, columns.as_chunks::<R>().0);
    for (tables, columns) in tables.iter().zip(columns) {
        for (place, g) in g.iter_mut().enumerate() {
            for (column, g) in g.iter_mut().enumerate() {
                let mut sum = *g;
                for (columns, table) in columns.iter().zip(tables) {
                    let term = &table[usize::from(columns[place][column])];
                    for (sum, term) in sum.iter_mut().zip(term) {
                        *sum += term;
                    }
                }
                *g = sum;
            }
        }
    }
}

/// The tile with rows and columns exchanged: squares of 1, 2 and 4 bits change places across the
/// diagonal (Warren, Hacker's Delight, section 7-3).
#[inline(always)]
fn transposed(tile: Tile) -> Tile {
    let mut bits = u64::from_le_bytes(tile);
    for (shift, mask) in [
        (7, 0x00AA_00AA_00AA_00AA),
        (14, 0x0000_CCCC_0000_CCCC),
        (28, 0x0000_0000_F0F0_F0F0),
    ] {
        let moved = (bits ^ (bits >> shift)) & mask;
        bits ^= moved ^ (moved << shift);
    }
    bits.to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_transposed() {
        let tile: Tile = std::array::from_fn(|row| (row as u8).wrapping_mul(73) ^ 0x5c);
        let other = transposed(tile);
        for (row, byte) in tile.iter().enumerate() {
            for (column, bits) in other.iter().enumerate() {
                assert_eq!(byte >> column & 1, bits >> row & 1, "{row} {column}");
            }
        }
    }

    #[test]
    fn tables_hold_every_sum() {
        let x: Eight<2> = std::array::from_fn(|i| [f64::from(1 << i), 0.25 * i as f64]);
        let mut table = [[0.0; 2]; 256];
        fill(&mut table, &x);
        for (pattern, sums) in table.iter().enumerate() {
            for (lane, sum) in sums.iter().enumerate() {
                let sign = |i: usize| if pattern >> i & 1 == 1 { 1.0 } else { -1.0 };
                let expected: f64 = (0..8).map(|i| sign(i) * x[i][lane]).sum();
                assert_eq!(*sum, expected, "{pattern:08b}");
            }
        }
    }
}
