//! Points of the plane: the finest lattice, of which a sweep computes some points; squares, and
//! which of them are refined.

use super::spec::DiagramStudy;
use crate::error::Result;

/// A point by its position on the finest lattice: column (horizontal axis), row (vertical axis).
pub type Point = (usize, usize);

/// The finest lattice of a sweep.
#[derive(Debug, Clone)]
pub struct Lattice {
    /// Values of the horizontal axis on the finest lattice.
    pub x: Vec<f64>,
    /// Values of the vertical axis.
    pub y: Vec<f64>,
    /// Levels of refinement: the unrefined grid has the points whose coordinates are multiples of
    /// `2^levels`.
    pub levels: u32,
}

/// A square by its lower left corner and its side, in steps of the finest lattice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Square {
    /// Lower left corner.
    pub corner: Point,
    /// Side.
    pub side: usize,
}

impl Square {
    /// The corners: lower left, lower right, upper left, upper right.
    pub fn corners(self) -> [Point; 4] {
        let (i, j) = self.corner;
        let s = self.side;
        [(i, j), (i + s, j), (i, j + s), (i + s, j + s)]
    }

    /// The four squares that it is divided into.
    pub fn quarters(self) -> [Self; 4] {
        let side = self.side / 2;
        let (i, j) = self.corner;
        [(i, j), (i + side, j), (i, j + side), (i + side, j + side)]
            .map(|corner| Self { corner, side })
    }

    /// The points that its division adds, each with the points that it may be continued from: those
    /// at the ends of its edge, or the corners for the middle. So a point on the border between two
    /// squares has the same parents for both.
    pub fn added(self) -> [(Point, Vec<Point>); 5] {
        let half = self.side / 2;
        let (i, j) = self.corner;
        let [a, b, c, d] = self.corners();
        [
            ((i + half, j), vec![a, b]),
            ((i, j + half), vec![a, c]),
            ((i + self.side, j + half), vec![b, d]),
            ((i + half, j + self.side), vec![c, d]),
            ((i + half, j + half), vec![a, b, c, d]),
        ]
    }
}

impl Lattice {
    /// The lattice of a study.
    ///
    /// # Errors
    /// Axes that are empty, reversed or not positive.
    pub fn new(study: &DiagramStudy) -> Result<Self> {
        let levels = study.levels();
        Ok(Self {
            x: study.values_of(&study.x, "x", levels)?,
            y: study.values_of(&study.y, "y", levels)?,
            levels,
        })
    }

    /// Steps of the finest lattice between points of the unrefined grid.
    pub fn stride(&self) -> usize {
        1 << self.levels
    }

    /// Columns of the unrefined grid.
    pub fn columns(&self) -> Vec<usize> {
        (0..self.x.len()).step_by(self.stride()).collect()
    }

    /// Rows of the unrefined grid, from the last value down to the first: the order of
    /// continuation.
    pub fn rows_downwards(&self) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.y.len()).step_by(self.stride()).collect();
        rows.reverse();
        rows
    }

    /// Number of a point in records.
    pub fn index(&self, (i, j): Point) -> u64 {
        i as u64 * self.y.len() as u64 + j as u64
    }

    /// The point of that number; `None` beyond the lattice.
    pub fn point(&self, index: u64) -> Option<Point> {
        let (i, j) = (index / self.y.len() as u64, index % self.y.len() as u64);
        (i < self.x.len() as u64).then_some((i as usize, j as usize))
    }

    /// Values of the control parameters at a point.
    pub fn values(&self, (i, j): Point) -> (f64, f64) {
        (self.x[i], self.y[j])
    }

    /// Number of points of the finest lattice.
    pub fn len(&self) -> usize {
        self.x.len() * self.y.len()
    }

    /// Squares of the unrefined grid between these of its columns.
    pub fn squares(&self, columns: &[usize]) -> Vec<Square> {
        let side = self.stride();
        let mut squares = Vec::new();
        for &i in columns.iter().take(columns.len().saturating_sub(1)) {
            for j in (0..self.y.len() - 1).step_by(side) {
                squares.push(Square {
                    corner: (i, j),
                    side,
                });
            }
        }
        squares
    }
}
