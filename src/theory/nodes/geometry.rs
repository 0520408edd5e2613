//! What follows from the responses of the units at a packet of nodes.

use super::Nodes;
use crate::law::{POINTS, Points};
use crate::numerics::simd::{Kernel, Lanes};
use nalgebra::SMatrix;
use std::hint::select_unpredictable as select;

/// `ω = z − V f(z)`.
#[inline(always)]
pub(super) fn pre_activations(v: impl Fn(usize, usize) -> f64, nodes: &mut Nodes) {
    for (unit, omega) in nodes.omega.iter_mut().enumerate() {
        *omega = nodes.z[unit];
        for (other, mean) in nodes.response.mean.iter().enumerate() {
            let factor = v(unit, other);
            for node in 0..POINTS {
                omega[node] -= factor * mean[node];
            }
        }
    }
}

/// `ω`, `det(I − V D)` and `∂g/∂ω` from the responses, for up to three units.
pub(super) struct Geometry<'a, const K: usize> {
    v: [[f64; K]; K],
    nodes: &'a mut Nodes,
}

impl<'a, const K: usize> Geometry<'a, K> {
    /// Of as many units as the matrix says: only code for that many is wanted.
    pub fn new<const N: usize>(v: &SMatrix<f64, N, N>, nodes: &'a mut Nodes) -> Self {
        let v = std::array::from_fn(|a| std::array::from_fn(|b| v[(a, b)]));
        Self { v, nodes }
    }
}

impl<const K: usize> Kernel for Geometry<'_, K> {
    #[inline(always)]
    #[expect(
        clippy::needless_range_loop,
        reason = "products of small matrices, in the notation of their indices"
    )]
    fn run<L: Lanes>(self, _: L) {
        let Self { v, nodes } = self;
        pre_activations(|a, b| v[a][b], nodes);
        let (d, independent) = (&nodes.response.covariance, nodes.response.independent);
        let d = |a: usize, b: usize| &d[a.max(b) * K + a.min(b)];
        // I − V D.
        let mut jacobian = [[Points::ZERO; K]; K];
        for a in 0..K {
            for b in 0..K {
                let entries = &mut jacobian[a][b];
                *entries = Points::all(if a == b { 1.0 } else { 0.0 });
                for c in 0..K {
                    if !independent || b == c {
                        let (factor, d) = (v[a][c], d(c, b));
                        for node in 0..POINTS {
                            entries[node] -= factor * d[node];
                        }
                    }
                }
            }
        }
        let mut adjugate = [[Points::all(1.0); K]; K];
        for row in 0..K {
            for column in 0..K {
                cofactor(&jacobian, row, column, &mut adjugate[column][row]);
            }
        }
        nodes.determinant = Points::ZERO;
        for c in 0..K {
            for node in 0..POINTS {
                nodes.determinant[node] += jacobian[0][c][node] * adjugate[c][0][node];
            }
        }
        let mut inverse = Points::ZERO;
        for node in 0..POINTS {
            let determinant = nodes.determinant[node];
            inverse[node] = select(determinant > 0.0, 1.0 / determinant, 0.0);
        }
        for a in 0..K {
            for b in 0..K {
                let slopes = &mut nodes.slope[a * K + b];
                *slopes = Points::ZERO;
                for c in 0..K {
                    if !independent || a == c {
                        let (d, adjugate) = (d(a, c), &adjugate[c][b]);
                        for node in 0..POINTS {
                            slopes[node] += d[node] * adjugate[node];
                        }
                    }
                }
                for node in 0..POINTS {
                    slopes[node] *= inverse[node];
                }
            }
        }
    }
}

/// Cofactor of an entry, of up to three rows; of one it is 1.
#[inline(always)]
fn cofactor<const K: usize>(a: &[[Points; K]; K], row: usize, column: usize, out: &mut Points) {
    if K == 2 {
        let (sign, other) = (
            if row == column { 1.0 } else { -1.0 },
            &a[1 - row][1 - column],
        );
        for node in 0..POINTS {
            out[node] = sign * other[node];
        }
    }
    if K == 3 {
        let ([i, j], [k, l]) = (others(row), others(column));
        for node in 0..POINTS {
            out[node] = a[i][k][node] * a[j][l][node] - a[i][l][node] * a[j][k][node];
        }
    }
}

/// The two indices after this one, of three in a circle.
#[inline(always)]
fn others(index: usize) -> [usize; 2] {
    [(index + 1) % 3, (index + 2) % 3]
}

/// `L^{-1} ω`.
pub(super) struct Standardise<'a> {
    /// `L^{-1}`, column by column.
    pub whitener: &'a [f64],
    pub nodes: &'a mut Nodes,
}

impl Kernel for Standardise<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        let units = self.nodes.units;
        for row in 0..units {
            let eta = &mut self.nodes.eta[row];
            *eta = Points::ZERO;
            for column in 0..=row {
                let factor = self.whitener[column * units + row];
                let omega = &self.nodes.omega[column];
                for node in 0..POINTS {
                    eta[node] += factor * omega[node];
                }
            }
        }
    }
}
