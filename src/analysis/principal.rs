//! Principal directions of data: one decomposition of the products of columns or of rows, whichever
//! are fewer, summed in double precision.

use super::spectrum::Spectrum;
use crate::error::{Error, Result};
use crate::memory;
use crate::numerics::Matrix;
use crate::simulation::DataMatrix;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Side};
use rayon::prelude::*;
use std::ops::Range;

/// Sides of a tile of products, which one thread sums, and how many terms it takes at a time. No sum
/// depends on the number of threads.
const TILE: usize = 128;
const DEPTH: usize = 256;

/// Products and vectors, and what the decomposition needs beside them, in units of the products.
const ROOM: u128 = 6;

/// The decomposition of `X^T X` or `X X^T` of data in rows (n×d).
pub struct Principal<'a> {
    rows: Rows<'a>,
    /// The largest first.
    values: Vec<f64>,
    /// In the order of their values, from the last to the first.
    vectors: Mat<f64>,
}

impl<'a> Principal<'a> {
    /// Of all rows, as they are.
    ///
    /// # Errors
    /// [`Error::Memory`]; names `data` where the decomposition was not found.
    pub fn of(rows: &'a DataMatrix) -> Result<Self> {
        Self::of_rows(Rows {
            data: rows,
            chosen: None,
        })
    }

    /// Of some rows.
    pub(super) fn of_chosen(rows: &'a DataMatrix, chosen: &'a [usize]) -> Result<Self> {
        Self::of_rows(Rows {
            data: rows,
            chosen: Some(chosen),
        })
    }

    fn of_rows(rows: Rows<'a>) -> Result<Self> {
        let products = rows.products()?;
        let found = products.self_adjoint_eigen(Side::Lower).map_err(|_| {
            let allowed = "its principal directions were not found";
            Error::invalid("data", "without a decomposition", allowed)
        })?;
        let values = found.S().column_vector().iter().rev().copied().collect();
        Ok(Self {
            rows,
            values,
            vectors: found.U().to_owned(),
        })
    }

    /// Numbers of rows and columns.
    pub fn shape(&self) -> [usize; 2] {
        self.rows.extents(Axis::Rows)
    }

    /// The eigenvalues of `X^T X`, `min(n, d)` of them, the largest first.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Their spectrum, where so many rows are independent: all of them, or one fewer where their
    /// means were taken away.
    ///
    /// # Errors
    /// As [`Spectrum::new`].
    pub fn spectrum(&self, independent: usize) -> Result<Spectrum> {
        let scale = 1.0 / independent.max(1) as f64;
        let values: Vec<f64> = self.values.iter().map(|value| value * scale).collect();
        Spectrum::new(independent, self.rows.columns(), &values)
    }

    /// Directions of these numbers from 0 (d×r), each of length 1.
    pub fn directions(&self, numbers: Range<usize>) -> Matrix {
        let vectors = self.vectors(&numbers);
        let mut directions = match self.rows.side() {
            Axis::Columns => vectors,
            Axis::Rows => self.rows.times(Axis::Columns, &vectors),
        };
        for mut column in directions.column_iter_mut() {
            let norm = column.norm();
            column /= norm;
        }
        directions
    }

    /// Scores of the rows along them (n×r), each up to a factor.
    pub fn scores(&self, numbers: Range<usize>) -> Matrix {
        let vectors = self.vectors(&numbers);
        match self.rows.side() {
            Axis::Columns => self.rows.times(Axis::Rows, &vectors),
            Axis::Rows => vectors,
        }
    }

    /// The vectors of these numbers.
    fn vectors(&self, numbers: &Range<usize>) -> Matrix {
        let last = self.values.len() - 1;
        Matrix::from_fn(self.values.len(), numbers.len(), |i, at| {
            self.vectors[(i, last - (numbers.start + at))]
        })
    }
}

/// `X^T X` of data in rows (d×d), which has to have more rows than columns.
pub(super) fn products_of_columns(data: &DataMatrix) -> Result<Matrix> {
    let rows = Rows { data, chosen: None };
    debug_assert!(rows.side() == Axis::Columns);
    let products = rows.products()?;
    let d = data.columns();
    Ok(Matrix::from_fn(d, d, |i, j| products[(i.max(j), i.min(j))]))
}

/// Rows of data, all or some.
#[derive(Clone, Copy)]
struct Rows<'a> {
    data: &'a DataMatrix,
    chosen: Option<&'a [usize]>,
}

/// One side of the data.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Axis {
    Rows,
    Columns,
}

impl Rows<'_> {
    fn count(&self) -> usize {
        self.chosen.map_or(self.data.rows(), <[usize]>::len)
    }

    fn columns(&self) -> usize {
        self.data.columns()
    }

    fn row(&self, at: usize) -> &[f32] {
        self.data.row(self.chosen.map_or(at, |chosen| chosen[at]))
    }

    /// The shorter one.
    fn side(&self) -> Axis {
        match self.columns() <= self.count() {
            true => Axis::Columns,
            false => Axis::Rows,
        }
    }

    /// Its length, and that of the other.
    fn extents(&self, axis: Axis) -> [usize; 2] {
        match axis {
            Axis::Rows => [self.count(), self.columns()],
            Axis::Columns => [self.columns(), self.count()],
        }
    }

    /// A part of the data, that of `axis` first, in double precision.
    fn part<'b>(
        &self,
        axis: Axis,
        own: Range<usize>,
        other: Range<usize>,
        buffer: &'b mut Vec<f64>,
    ) -> MatRef<'b, f64> {
        let (rows, columns) = match axis {
            Axis::Rows => (own.clone(), other.clone()),
            Axis::Columns => (other.clone(), own.clone()),
        };
        buffer.clear();
        for row in rows {
            let entries = &self.row(row)[columns.clone()];
            buffer.extend(entries.iter().map(|&entry| f64::from(entry)));
        }
        match axis {
            Axis::Rows => MatRef::from_row_major_slice(buffer, own.len(), other.len()),
            Axis::Columns => MatRef::from_column_major_slice(buffer, own.len(), other.len()),
        }
    }

    /// Products of columns or of rows, whichever are fewer: the lower triangle.
    fn products(&self) -> Result<Mat<f64>> {
        let axis = self.side();
        let [side, depth] = self.extents(axis);
        memory::require("the spectrum of the data", 8 * ROOM * (side * side) as u128)?;
        let tiles = tiles(side, TILE);
        let pairs: Vec<[Range<usize>; 2]> = tiles
            .iter()
            .flat_map(|a| {
                let lower = tiles.iter().filter(|b| b.start <= a.start);
                lower.map(|b| [a.clone(), b.clone()])
            })
            .collect();
        let sum = |[a, b]: &[Range<usize>; 2]| {
            let mut tile = Mat::zeros(a.len(), b.len());
            let (mut left, mut right) = (Vec::new(), Vec::new());
            for terms in self::tiles(depth, DEPTH) {
                let left = self.part(axis, a.clone(), terms.clone(), &mut left);
                let right = self.part(axis, b.clone(), terms, &mut right);
                matmul(
                    &mut tile,
                    Accum::Add,
                    left,
                    right.transpose(),
                    1.0,
                    Par::Seq,
                );
            }
            tile
        };
        let sums: Vec<Mat<f64>> = pairs.par_iter().map(sum).collect();
        let mut products = Mat::zeros(side, side);
        for ([a, b], sum) in pairs.iter().zip(&sums) {
            let mut place = products.submatrix_mut(a.start, b.start, a.len(), b.len());
            place.copy_from(sum);
        }
        Ok(products)
    }

    /// `X V` for rows, `X^T V` for columns.
    fn times(&self, axis: Axis, vectors: &Matrix) -> Matrix {
        let [side, depth] = self.extents(axis);
        let count = vectors.ncols();
        let vectors = MatRef::from_column_major_slice(vectors.as_slice(), depth, count);
        let tiles = tiles(side, TILE);
        let sum = |own: &Range<usize>| {
            let mut tile = Mat::zeros(own.len(), count);
            let mut buffer = Vec::new();
            for terms in self::tiles(depth, DEPTH) {
                let factors = vectors.subrows(terms.start, terms.len());
                let part = self.part(axis, own.clone(), terms, &mut buffer);
                matmul(&mut tile, Accum::Add, part, factors, 1.0, Par::Seq);
            }
            tile
        };
        let sums: Vec<Mat<f64>> = tiles.par_iter().map(sum).collect();
        Matrix::from_fn(side, count, |i, at| sums[i / TILE][(i % TILE, at)])
    }
}

/// The numbers below `end` in ranges of one length, the last excepted.
fn tiles(end: usize, length: usize) -> Vec<Range<usize>> {
    (0..end)
        .step_by(length)
        .map(|start| start..(start + length).min(end))
        .collect()
}
