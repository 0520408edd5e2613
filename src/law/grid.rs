//! A uniform grid for Gaussian averages `E_g e^{η1(L g + b)}`, restricted to the blocks of nodes
//! that matter.
//!
//! With `φ(g) = η1(L g + b) − ½|g|²` the average is `(2π)^{-k/2} ∫ e^φ dg`. Inserting
//! `e^{η1(z)} = E_h e^{h·z}` gives `e^φ = E_h e^{½ h^T L L^T h + b·h} e^{−½|g − L^T h|²}`: a
//! mixture of unit normals centred at `L^T h`. Two facts follow.
//!
//! - By Poisson summation the trapezoid rule of spacing `s` integrates each normal, along each axis, with the relative error
//!   `2 e^{−2π²/s²}`: 6e-18 at [`SPACING`]. Moments of `h` are averages over the same mixture, with the same error.
//! - `φ + ½|g − c|²` is convex for any `c`, so that on a box of half-diagonal `ρ` around `c`, `φ ≤ max_corners φ + ½ρ²`. Boxes
//!   that this bound shows to be negligible are dropped whole, so that only neighbourhoods of the relevant `L^T h` are left.

use crate::numerics::Matrix;
use nalgebra::{SMatrix, SVector, SymmetricEigen};

/// Distance between nodes.
pub(super) const SPACING: f64 = 0.7;

/// Standard deviations after which the tail of a normal is dropped: 4e-17 of the whole.
const TAIL: f64 = 8.4;

/// Terms below `e^{-NEGLIGIBLE}` of the largest one are dropped.
const NEGLIGIBLE: f64 = 42.0;

/// Largest `√(h^T Q h)`: `η2` is of the order of half its square, and its last digit is then 1e-3.
const MAX_REACH: f64 = 3e6;

/// Rounding, relative to the largest entry, that may make an eigenvalue of `Q` negative.
const ROUNDING: f64 = 1e-12;

/// Nodes of a smallest block along an axis, so that it has 64 or less of them.
const fn side<const K: usize>() -> i64 {
    match K {
        1 => 32,
        2 => 8,
        _ => 4,
    }
}

/// Nodes `g = spacing · index`, `|index| ≤ last`, and their fields `L g`.
pub(super) struct Grid<const K: usize> {
    spacing: f64,
    last: [i64; K],
    /// Only the half-space of non-negative first coordinates, doubled.
    halved: bool,
    /// `L` with `L L^T = Q`: eigenvectors times roots of eigenvalues, so that directions in which
    /// `Q` vanishes cost little.
    factor: SMatrix<f64, K, K>,
}

/// Blocks of nodes by their first index, and a lower bound of the largest exponent.
pub(super) struct Blocks<const K: usize> {
    pub first: Vec<[i64; K]>,
    pub peak: f64,
}

impl<const K: usize> Grid<K> {
    /// The grid for `Q` and `|h_a| ≤ bounds_a`, of half the nodes if the exponent is even; `None`
    /// where `Q` is not positive semi-definite, not finite, or so large that `η2` has no digits
    /// left.
    pub(super) fn new(q: &Matrix, bounds: &[f64], spacing: f64, even: bool) -> Option<Self> {
        let scale = crate::numerics::symmetric::max_abs(q);
        if !scale.is_finite() {
            return None;
        }
        let eigen = SymmetricEigen::new(q.clone());
        let mut grid = Self {
            spacing,
            last: [0; K],
            halved: even,
            factor: SMatrix::zeros(),
        };
        for axis in 0..K {
            let value = eigen.eigenvalues[axis];
            if value < -ROUNDING * scale {
                return None;
            }
            let column = eigen.eigenvectors.column(axis) * value.max(0.0).sqrt();
            // Centres L^T h of the normals along this axis.
            let reach: f64 = column.iter().zip(bounds).map(|(x, y)| x.abs() * y).sum();
            if reach > MAX_REACH {
                return None;
            }
            grid.last[axis] = ((TAIL + reach) / spacing).ceil() as i64;
            grid.factor
                .set_column(axis, &SVector::from_fn(|a, _| column[a]));
        }
        Some(grid)
    }

    /// `g` at a node.
    pub(super) fn node(&self, index: &[i64; K]) -> SVector<f64, K> {
        SVector::from_fn(|axis, _| self.spacing * index[axis] as f64)
    }

    /// `L g`.
    pub(super) fn field(&self, g: &SVector<f64, K>) -> SVector<f64, K> {
        self.factor * g
    }

    /// Logarithm of the weight of a node: `(spacing/√(2π))^k`.
    pub(super) fn log_volume(&self) -> f64 {
        K as f64 * (self.spacing / (2.0 * std::f64::consts::PI).sqrt()).ln()
    }

    /// The blocks that are not negligible for the exponent `φ`: boxes are halved, and those below
    /// the bound dropped.
    pub(super) fn blocks(&self, exponent: impl Fn(&SVector<f64, K>) -> f64) -> Blocks<K> {
        let longest = self.last.iter().max().copied().unwrap_or(0);
        let mut width = side::<K>();
        while width < 2 * longest + 1 {
            width *= 2;
        }
        let mut root = self.last.map(|last| -last);
        if self.halved {
            root[0] = 0;
        }
        let mut first = vec![root];
        let mut peak = exponent(&SVector::zeros());
        loop {
            let tops: Vec<f64> = first
                .iter()
                .map(|corner| self.largest_corner(corner, width, &exponent))
                .collect();
            peak = tops.iter().copied().fold(peak, f64::max);
            let half_diagonal_squared =
                0.25 * K as f64 * (self.spacing * (width - 1) as f64).powi(2);
            let needed = peak - NEGLIGIBLE - 0.5 * half_diagonal_squared;
            let mut tops = tops.into_iter();
            first.retain(|_| tops.next().is_some_and(|top| top >= needed));
            if width == side::<K>() {
                return Blocks { first, peak };
            }
            width /= 2;
            first = first
                .iter()
                .flat_map(|corner| corners(corner, width))
                .filter(|corner| (0..K).all(|axis| corner[axis] <= self.last[axis]))
                .collect();
        }
    }

    fn largest_corner(
        &self,
        first: &[i64; K],
        width: i64,
        exponent: impl Fn(&SVector<f64, K>) -> f64,
    ) -> f64 {
        corners(first, width - 1)
            .map(|corner| exponent(&self.node(&corner)))
            .fold(f64::NEG_INFINITY, f64::max)
    }

    /// Calls `visit` with every node of a smallest block, and the logarithm of the number of nodes
    /// that it stands for.
    pub(super) fn visit(&self, first: &[i64; K], mut visit: impl FnMut(SVector<f64, K>, f64)) {
        let side = side::<K>();
        for number in 0..side.pow(K as u32) {
            let mut rest = number;
            let index = first.map(|start| {
                let index = start + rest % side;
                rest /= side;
                index
            });
            if (0..K).all(|axis| index[axis] <= self.last[axis]) {
                let doubled = self.halved && index[0] > 0;
                let log_multiplicity = if doubled { std::f64::consts::LN_2 } else { 0.0 };
                visit(self.node(&index), log_multiplicity);
            }
        }
    }
}

/// The corners of a box.
fn corners<const K: usize>(first: &[i64; K], width: i64) -> impl Iterator<Item = [i64; K]> {
    let first = *first;
    (0..1usize << K).map(move |bits| {
        std::array::from_fn(|axis| first[axis] + width * (bits >> axis & 1) as i64)
    })
}
