//! Principal directions of data: one decomposition of the products of columns or of rows, whichever
//! are fewer, summed in double precision; or the leading ones, by passes over the rows.

use super::lanczos::{Leading, Quadrature, Wanted};
use super::spectrum::Spectrum;
use crate::error::{Error, Result};
use crate::memory;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::simulation::{Data, DataMatrix};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Side};
use rayon::prelude::*;
use std::ops::Range;

/// Sides of a tile of products, which one thread sums, and how many terms it takes at a time. No sum
/// depends on the number of threads.
const TILE: usize = 128;
const DEPTH: usize = 256;

/// Shorter side up to which a whole decomposition is cheap.
const CHEAP: usize = 1200;

/// Shorter side up to which there is a whole decomposition at all: it takes minutes.
pub(crate) const MOST_WHOLE: usize = 5000;

/// Fewest eigenvalues besides leading ones whose density is estimated.
const LEAST_OTHERS: usize = 150;

/// Longest run of rows of a pass.
const RUN: usize = 16;

/// Products and vectors, and what the decomposition needs beside them, in units of the products.
const ROOM: u128 = 6;

/// Principal directions of data in rows (n×d): all of them, by a decomposition of `X^T X` or `X X^T`, or
/// the leading ones.
pub struct Principal<'a> {
    rows: Rows<'a>,
    found: Found,
}

enum Found {
    Whole {
        /// The largest first.
        values: Vec<f64>,
        /// In the order of their values, from the last to the first.
        vectors: Mat<f64>,
    },
    Leading {
        leading: Leading,
        /// Sum of all eigenvalues.
        squares: f64,
        /// The others; none where they were not asked for.
        others: Option<Quadrature>,
    },
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

    /// The leading ones of all rows, by passes over them: those that stick out of white noise (64 at
    /// most), or `signals` where a number is given, with the next eigenvalue; and an estimate of the
    /// others' density. So many rows are independent.
    ///
    /// # Errors
    /// Names `data` where directions are not found, [`Error::Memory`].
    pub fn leading(
        rows: &'a DataMatrix,
        independent: usize,
        signals: Option<usize>,
        streams: Streams,
    ) -> Result<Self> {
        let rows = Rows {
            data: rows,
            chosen: None,
        };
        let small = independent.min(rows.columns());
        let least = signals.unwrap_or(0).saturating_add(1 + LEAST_OTHERS);
        if small < least {
            let [n, d] = rows.extents(Axis::Rows);
            let allowed = format!(
                "{least} rows and columns are needed at least to estimate the density of the other eigenvalues: ask for the whole spectrum"
            );
            return Err(Error::invalid("data", format!("{n} × {d}"), allowed));
        }
        let wanted = signals.map_or(Wanted::Outliers(independent), Wanted::Signals);
        let squares = rows.squares();
        let leading = Leading::of(&rows, squares, wanted, streams)?;
        let others = Quadrature::of(&rows, independent, &leading.directions, streams);
        let found = Found::Leading {
            leading,
            squares,
            others: Some(others),
        };
        Ok(Self { rows, found })
    }

    /// The first `count` of some rows; the whole decomposition where that is cheap.
    pub(super) fn of_chosen(
        rows: &'a DataMatrix,
        chosen: &'a [usize],
        count: usize,
        streams: Streams,
    ) -> Result<Self> {
        let rows = Rows::chosen(rows, chosen);
        let side = rows.extents(rows.side())[0];
        if side <= CHEAP {
            return Self::of_rows(rows);
        }
        let squares = rows.squares();
        let leading = match Leading::of(&rows, squares, Wanted::Directions(count), streams) {
            Ok(leading) => leading,
            // Directions within the noise, too close for passes.
            Err(_) if side <= MOST_WHOLE => return Self::of_rows(rows),
            Err(error) => return Err(error),
        };
        let found = Found::Leading {
            leading,
            squares,
            others: None,
        };
        Ok(Self { rows, found })
    }

    fn of_rows(rows: Rows<'a>) -> Result<Self> {
        let products = rows.products()?;
        let found = products.self_adjoint_eigen(Side::Lower).map_err(|_| {
            let allowed = "its principal directions were not found";
            Error::invalid("data", "without a decomposition", allowed)
        })?;
        let values = found.S().column_vector().iter().rev().copied().collect();
        let vectors = found.U().to_owned();
        let found = Found::Whole { values, vectors };
        Ok(Self { rows, found })
    }

    /// Numbers of rows and columns.
    pub fn shape(&self) -> [usize; 2] {
        self.rows.extents(Axis::Rows)
    }

    /// The eigenvalues of `X^T X` that were computed, the largest first: `min(n, d)` of them, or the
    /// leading ones.
    pub fn values(&self) -> &[f64] {
        match &self.found {
            Found::Whole { values, .. } => values,
            Found::Leading { leading, .. } => &leading.values,
        }
    }

    /// Their spectrum, where so many rows are independent: all of them, or one fewer where their
    /// means were taken away.
    ///
    /// # Errors
    /// As [`Spectrum::new`].
    pub fn spectrum(&self, independent: usize) -> Result<Spectrum> {
        let d = self.rows.columns();
        let scale = 1.0 / independent.max(1) as f64;
        let mut values: Vec<f64> = self.values().iter().map(|value| value * scale).collect();
        let Found::Leading {
            leading,
            squares,
            others: Some(others),
        } = &self.found
        else {
            return Spectrum::new(independent, d, &values);
        };
        let known = values.len();
        let rest = squares - leading.values.iter().sum::<f64>();
        let count = independent.min(d) - known;
        values.extend(others.eigenvalues(count, rest * scale));
        Ok(Spectrum::new(independent, d, &values)?.estimated_behind(known))
    }

    /// Directions of these numbers from 0 (d×r), each of length 1; of leading ones those that are known.
    pub fn directions(&self, numbers: Range<usize>) -> Matrix {
        let mut directions = match (&self.found, self.rows.side()) {
            (Found::Leading { leading, .. }, _) => {
                let end = numbers.end.min(leading.directions.ncols());
                let start = numbers.start.min(end);
                leading.directions.columns(start, end - start).into_owned()
            }
            (Found::Whole { values, vectors }, Axis::Columns) => chosen(values, vectors, &numbers),
            (Found::Whole { values, vectors }, Axis::Rows) => {
                let vectors = chosen(values, vectors, &numbers);
                self.rows.times(Axis::Columns, &vectors)
            }
        };
        for mut column in directions.column_iter_mut() {
            let norm = column.norm();
            column /= norm;
        }
        directions
    }

    /// Scores of the rows along them (n×r), each up to a factor.
    pub fn scores(&self, numbers: Range<usize>) -> Matrix {
        match (&self.found, self.rows.side()) {
            (Found::Whole { values, vectors }, Axis::Rows) => chosen(values, vectors, &numbers),
            _ => self.rows.times(Axis::Rows, &self.directions(numbers)),
        }
    }
}

/// The vectors of these numbers.
fn chosen(values: &[f64], vectors: &Mat<f64>, numbers: &Range<usize>) -> Matrix {
    let last = values.len() - 1;
    Matrix::from_fn(values.len(), numbers.len(), |i, at| {
        vectors[(i, last - (numbers.start + at))]
    })
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
pub(super) struct Rows<'a> {
    data: &'a DataMatrix,
    chosen: Option<&'a [usize]>,
}

/// One side of the data.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Axis {
    Rows,
    Columns,
}

impl<'a> Rows<'a> {
    /// Some rows, their numbers rising.
    pub fn chosen(data: &'a DataMatrix, chosen: &'a [usize]) -> Self {
        let chosen = Some(chosen);
        Self { data, chosen }
    }

    pub fn count(&self) -> usize {
        self.chosen.map_or(self.data.rows(), <[usize]>::len)
    }

    pub fn columns(&self) -> usize {
        self.data.columns()
    }

    fn row(&self, at: usize) -> &[f32] {
        self.data.row(self.chosen.map_or(at, |chosen| chosen[at]))
    }

    /// `X^T X V` for a few vectors (d×k), in one pass.
    pub fn products_with(&self, vectors: &Matrix) -> Matrix {
        let mut image = Matrix::zeros(vectors.nrows(), vectors.ncols());
        let runs = self.chosen.map(runs);
        let mut states = vec![(); self.count()];
        crate::with_units!(vectors.ncols(), K => {
            let identity = |_: usize, _: &mut [[f64; K]], _: &mut [()], _: &mut ()| {};
            let (w, g) = (vectors.as_slice(), image.as_mut_slice());
            match &runs {
                Some(runs) => self.data.fused_pass_of_runs::<K, _, ()>(runs, w, g, &mut states, identity),
                None => self.data.fused_pass::<K, _, ()>(w, g, &mut states, identity),
            }
        });
        image
    }

    /// `X^T V` (d×k).
    pub fn combined(&self, vectors: &Matrix) -> Matrix {
        self.times(Axis::Columns, vectors)
    }

    /// The sum of all squares.
    fn squares(&self) -> f64 {
        let of_row = |row: usize| {
            let squares = self.row(row).iter().map(|x| f64::from(*x).powi(2));
            squares.sum::<f64>()
        };
        let all: Vec<f64> = (0..self.count()).into_par_iter().map(of_row).collect();
        all.iter().sum()
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

/// Rising numbers as ranges of neighbours, none longer than a pass takes.
fn runs(numbers: &[usize]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some(run) if run.end == number && run.len() < RUN => run.end += 1,
            _ => runs.push(number..number + 1),
        }
    }
    runs
}

/// The numbers below `end` in ranges of one length, the last excepted.
fn tiles(end: usize, length: usize) -> Vec<Range<usize>> {
    (0..end)
        .step_by(length)
        .map(|start| start..(start + length).min(end))
        .collect()
}
