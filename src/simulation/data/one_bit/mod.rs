//! Noise ±1 in one bit for each entry, and signals of low rank beside it.

mod kernel;

use super::pass::{BLOCK, chunk_rows};
use super::{Data, Divided, Isa, require_sizes};
use crate::error::Result;
use crate::memory;
use crate::numerics::Matrix;
use crate::ranks::{Division, Numbers, Ranks};
use kernel::{Accumulate, Project, TABLES, Tile};
use rayon::prelude::*;
use std::fmt;

/// Rows and columns of a tile.
const SIDE: usize = 8;

/// Columns whose signs are drawn at a time.
const WORD: usize = 64;

/// Rows that share their tables: as many more of them would save little, and need not stay in cache.
const SLAB: usize = 1024;

/// The fewest rows of a chunk: making tables for fewer would take a good part of the time.
const LEAST_ROWS: usize = SLAB;

/// The most hidden units that are summed side by side.
const WIDTH: usize = 4;

/// `X = S + A B^T`: signs `S` (n×d), one bit each, and signals of rank r, `A` (n×r) and `B` (d×r) in
/// `f64`.
///
/// Entries are exact; no product with a sign is ever computed (see `kernel`), and the signals take
/// n·r + d·r numbers. Columns are padded to whole cache lines of signs, rows to eights.
pub struct OneBit {
    rows: usize,
    columns: usize,
    /// Tiles from one group of eight rows to the next.
    stride: usize,
    /// The signs, group of rows after group of rows.
    tiles: Vec<Tile>,
    /// `A^T`, r×n.
    gains: Matrix,
    /// `B`, d×r.
    directions: Matrix,
}

impl OneBit {
    /// Signs that `draw(row, words)` writes, once for each row, in parallel: bit j of word i is set
    /// for +1 in column 64 i + j; and signals `A` of transpose `gains` (r×n) and `B`, `directions`
    /// (d×r).
    ///
    /// # Errors
    ///
    /// [`Error::Memory`](crate::error::Error::Memory).
    ///
    /// # Panics
    ///
    /// If there are no columns, or gains of another number of signals than directions.
    pub fn from_row_fn(
        gains: Matrix,
        directions: Matrix,
        draw: impl Fn(usize, &mut [u64]) + Sync,
    ) -> Result<Self> {
        let (rows, columns) = (gains.ncols(), directions.nrows());
        assert!(columns > 0, "data need a column");
        assert_eq!(gains.nrows(), directions.ncols(), "the number of signals");
        let words = columns.div_ceil(WORD);
        let stride = words * (WORD / SIDE);
        let mut tiles: Vec<Tile> = memory::zeros(
            "the signs of the data",
            rows.div_ceil(SIDE).saturating_mul(stride),
        )?;
        let groups = tiles.par_chunks_exact_mut(stride).enumerate();
        groups.for_each_init(
            || vec![0; words],
            |words, (group, tiles)| {
                crate::interrupt::check();
                for row in 0..SIDE.min(rows - group * SIDE) {
                    draw(group * SIDE + row, words);
                    for (tiles, word) in tiles.as_chunks_mut::<SIDE>().0.iter_mut().zip(&*words) {
                        for (tile, byte) in tiles.iter_mut().zip(word.to_le_bytes()) {
                            tile[row] = byte;
                        }
                    }
                }
            },
        );
        Ok(Self {
            rows,
            columns,
            stride,
            tiles,
            gains,
            directions,
        })
    }

    /// The sign of an entry's noise.
    fn sign(&self, row: usize, column: usize) -> f64 {
        let tile = self.tiles[row / SIDE * self.stride + column / SIDE];
        if tile[row % SIDE] >> (column % SIDE) & 1 == 1 {
            1.0
        } else {
            -1.0
        }
    }

    /// Tiles of a group that hold columns.
    fn tiles_of_group(&self) -> usize {
        self.columns.div_ceil(SIDE)
    }
}

/// Hidden units that are summed side by side.
#[derive(Clone, Copy)]
struct Side {
    /// The first of them.
    first: usize,
    /// How many there are.
    units: usize,
    /// Lanes that they take: 1, 2 or 4, of which the last may be idle. All sides before take as many
    /// lanes as they have units.
    lanes: usize,
}

/// How K units are summed.
fn sides<const K: usize>() -> impl Iterator<Item = Side> {
    (0..K).step_by(WIDTH).map(|first| {
        let units = WIDTH.min(K - first);
        Side {
            first,
            units,
            lanes: units.next_power_of_two(),
        }
    })
}

/// Lanes of K units in all.
fn lanes<const K: usize>() -> usize {
    sides::<K>().map(|side| side.lanes).sum()
}

impl Side {
    /// Its part of numbers of `count` rows, or columns, of which each has all lanes.
    fn part(self, count: usize) -> std::ops::Range<usize> {
        self.first * count..(self.first + self.lanes) * count
    }
}

/// Copies a column-major matrix of `rows` rows and K columns to lanes, each row's side by side, of
/// `count` rows.
fn pack<const K: usize>(matrix: &[f64], rows: usize, count: usize) -> Vec<f64> {
    let mut packed = vec![0.0; lanes::<K>() * count];
    for side in sides::<K>() {
        let part = &mut packed[side.part(count)];
        for lane in 0..side.units {
            let column = &matrix[(side.first + lane) * rows..][..rows];
            for (numbers, x) in part.chunks_exact_mut(side.lanes).zip(column) {
                numbers[lane] = *x;
            }
        }
    }
    packed
}

/// Undoes [`pack`].
fn unpack<const K: usize>(packed: &[f64], matrix: &mut [f64], rows: usize, count: usize) {
    for side in sides::<K>() {
        let part = &packed[side.part(count)];
        for lane in 0..side.units {
            let column = &mut matrix[(side.first + lane) * rows..][..rows];
            for (numbers, x) in part.chunks_exact(side.lanes).zip(column) {
                *x = numbers[lane];
            }
        }
    }
}

/// What a chunk sums beside G.
struct Sums<A, const K: usize> {
    own: A,
    /// `A^T u`, for each signal.
    along: Vec<[f64; K]>,
}

impl<A: Numbers, const K: usize> Numbers for Sums<A, K> {
    fn write(&self, numbers: &mut Vec<f64>) {
        self.own.write(numbers);
        self.along.iter().for_each(|along| along.write(numbers));
    }

    fn read(&mut self, numbers: &mut dyn Iterator<Item = f64>) {
        self.own.read(numbers);
        self.along.iter_mut().for_each(|along| along.read(numbers));
    }
}

/// What every chunk of a pass reads.
struct Pass<'a, F, const K: usize> {
    data: &'a OneBit,
    isa: Isa,
    /// W, packed.
    w: &'a [f64],
    /// `B^T W`, for each signal.
    along: Vec<[f64; K]>,
    map: F,
}

impl<F, const K: usize> Pass<'_, F, K> {
    /// Adds one chunk to `g`, slab by slab.
    fn chunk<S, A>(&self, first: usize, states: &mut [S], g: &mut [f64], sums: &mut Sums<A, K>)
    where
        F: Fn(usize, &mut [[f64; K]], &mut [S], &mut A),
    {
        let mut tables = vec![0.0; TABLES];
        let mut fields = vec![0.0; lanes::<K>() * SLAB.min(states.len().next_multiple_of(SIDE))];
        for (slab, states) in states.chunks_mut(SLAB).enumerate() {
            let first = first + slab * SLAB;
            let count = states.len().next_multiple_of(SIDE);
            let fields = &mut fields[..lanes::<K>() * count];
            fields.fill(0.0);
            for side in sides::<K>() {
                let fields = &mut fields[side.part(count)];
                match side.lanes {
                    1 => self.project::<1>(first, side, fields, &mut tables),
                    2 => self.project::<2>(first, side, fields, &mut tables),
                    _ => self.project::<4>(first, side, fields, &mut tables),
                }
            }
            self.turn(first, states, fields, sums);
            for side in sides::<K>() {
                let fields = &fields[side.part(count)];
                match side.lanes {
                    1 => self.accumulate::<1>(first, side, fields, g, &mut tables),
                    2 => self.accumulate::<2>(first, side, fields, g, &mut tables),
                    _ => self.accumulate::<4>(first, side, fields, g, &mut tables),
                }
            }
        }
    }

    /// The tiles of the groups from row `first` on.
    fn tiles(&self, first: usize, groups: usize) -> &[Tile] {
        &self.data.tiles[first / SIDE * self.data.stride..][..groups * self.data.stride]
    }

    /// Adds S W to the fields of a slab.
    fn project<const L: usize>(
        &self,
        first: usize,
        side: Side,
        fields: &mut [f64],
        tables: &mut [f64],
    ) {
        let z = fields.as_chunks_mut::<L>().0.as_chunks_mut::<SIDE>().0;
        let columns = self.data.tiles_of_group() * SIDE;
        let w = self.w[side.part(columns)].as_chunks::<L>().0;
        self.isa.run(Project {
            tiles: self.tiles(first, z.len()),
            stride: self.data.stride,
            w: w.as_chunks::<SIDE>().0,
            z,
            tables: tables.as_chunks_mut::<L>().0.as_chunks_mut::<256>().0,
        });
    }

    /// Adds S^T u of a slab to `g`.
    fn accumulate<const L: usize>(
        &self,
        first: usize,
        side: Side,
        fields: &[f64],
        g: &mut [f64],
        tables: &mut [f64],
    ) {
        let u = fields.as_chunks::<L>().0.as_chunks::<SIDE>().0;
        let columns = self.data.tiles_of_group() * SIDE;
        let g = g[side.part(columns)].as_chunks_mut::<L>().0;
        self.isa.run(Accumulate {
            tiles: self.tiles(first, u.len()),
            stride: self.data.stride,
            u,
            g: g.as_chunks_mut::<SIDE>().0,
            tables: tables.as_chunks_mut::<L>().0.as_chunks_mut::<256>().0,
        });
    }

    /// Turns the fields of a slab into u, with what the signals add to them; idle rows stay 0.
    fn turn<S, A>(&self, first: usize, states: &mut [S], fields: &mut [f64], sums: &mut Sums<A, K>)
    where
        F: Fn(usize, &mut [[f64; K]], &mut [S], &mut A),
    {
        let (rows, count) = (states.len(), states.len().next_multiple_of(SIDE));
        for side in sides::<K>() {
            fields[side.part(count)][rows * side.lanes..].fill(0.0);
        }
        for (block, states) in states.chunks_mut(BLOCK).enumerate() {
            let begin = block * BLOCK;
            let mut z = [[0.0; K]; BLOCK];
            let z = &mut z[..states.len()];
            for side in sides::<K>() {
                let part = &fields[side.part(count)][begin * side.lanes..];
                for (z, numbers) in z.iter_mut().zip(part.chunks_exact(side.lanes)) {
                    z[side.first..][..side.units].copy_from_slice(&numbers[..side.units]);
                }
            }
            for (row, z) in z.iter_mut().enumerate() {
                let gains = self.data.gains.column(first + begin + row);
                for (gain, along) in gains.iter().zip(&self.along) {
                    add(z, *gain, along);
                }
            }
            (self.map)(first + begin, z, states, &mut sums.own);
            for (row, u) in z.iter().enumerate() {
                let gains = self.data.gains.column(first + begin + row);
                for (gain, along) in gains.iter().zip(&mut sums.along) {
                    add(along, *gain, u);
                }
            }
            for side in sides::<K>() {
                let part = &mut fields[side.part(count)][begin * side.lanes..];
                for (u, numbers) in z.iter().zip(part.chunks_exact_mut(side.lanes)) {
                    numbers[..side.units].copy_from_slice(&u[side.first..][..side.units]);
                }
            }
        }
    }
}

/// sum += factor · x.
fn add<const K: usize>(sum: &mut [f64; K], factor: f64, x: &[f64; K]) {
    for (sum, x) in sum.iter_mut().zip(x) {
        *sum += factor * x;
    }
}

impl Data for OneBit {
    fn rows(&self) -> usize {
        self.rows
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.tiles[..])
            + size_of_val(self.gains.as_slice())
            + size_of_val(self.directions.as_slice())
    }

    fn write_row(&self, row: usize, entries: &mut [f64]) {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        let signals = &self.directions * self.gains.column(row);
        for (column, (entry, signal)) in entries.iter_mut().zip(signals.iter()).enumerate() {
            *entry = self.sign(row, column) + signal;
        }
    }

    /// Nothing but additions touches the signs, so that the results are the same on all machines.
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

impl Divided for OneBit {
    fn division(rows: usize, ranks: &Ranks) -> Division<'_> {
        Division::new(rows, chunk_rows(rows).max(LEAST_ROWS), ranks)
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
        let columns = self.tiles_of_group() * SIDE;
        let along = self.directions.column_iter().map(|direction| {
            let mut along = [0.0; K];
            for (along, w) in along.iter_mut().zip(w.chunks_exact(self.columns)) {
                *along = direction.iter().zip(w).map(|(b, w)| b * w).sum();
            }
            along
        });
        let packed_w = pack::<K>(w, self.columns, columns);
        let pass = Pass {
            data: self,
            isa,
            w: &packed_w,
            along: along.collect(),
            map,
        };
        let signals = self.directions.ncols();
        let mut sums: Vec<Sums<A, K>> = (0..division.chunks())
            .map(|_| Sums {
                own: A::default(),
                along: vec![[0.0; K]; signals],
            })
            .collect();
        let mut packed_g = vec![0.0; packed_w.len()];
        division.sum(
            states,
            &mut packed_g,
            &mut sums,
            &|first, states, g, sums| pass.chunk(first, states, g, sums),
        );
        unpack::<K>(&packed_g, g, self.columns, columns);
        for (signal, direction) in self.directions.column_iter().enumerate() {
            for (unit, g) in g.chunks_exact_mut(self.columns).enumerate() {
                let total: f64 = sums.iter().map(|sums| sums.along[signal][unit]).sum();
                for (g, b) in g.iter_mut().zip(direction.iter()) {
                    *g += b * total;
                }
            }
        }
        sums.into_iter().map(|sums| sums.own).collect()
    }
}

impl fmt::Debug for OneBit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OneBit({} × {})", self.rows, self.columns)
    }
}
