//! Tensor trapezoid rule in the proximal coordinate, for up to three units.
//!
//! With `ω = z − V f(z)`, `dω = det(I − V D(z)) dz`, so that
//! `E[φ] = ∫ φ(z) p(ω(z)) det(I − V D) dz` has a smooth integrand and no root to solve at the
//! nodes; the trapezoid rule on a uniform grid then converges exponentially (theory.md section 3,
//! "Proximal coordinate").
//!
//! The grid lives in `y = L^{-1} z`, `L L^T = Q`: one unit of `y` is one standard deviation of the
//! noise.

use super::moments::{Accumulator, Moments, Node, Request};
use super::preactivation::PreActivation;
use crate::hidden::HiddenUnits;
use crate::numerics::small_inverse::inverse_and_determinant;
use nalgebra::{SMatrix, SVector};
use rayon::prelude::*;

/// Standard deviations after which a Gaussian tail is dropped: its mass is 4e-17 of the whole.
const TAIL: f64 = 8.4;

/// Spacing of the coarsest grid, in standard deviations of the noise and in units of the fields
/// over which the denoiser varies: the trapezoid error of `tanh`, with poles at distance π/2, is
/// then about `exp(−π²/0.5)` = 3e-9.
const COARSE: f64 = 0.5;

/// Nodes from which on slabs of the grid are worth a thread of their own.
const PARALLEL_NODES: usize = 20_000;

/// One uniform grid.
struct Grid<const K: usize> {
    spacing: SVector<f64, K>,
    first: [i64; K],
    last: [i64; K],
    /// Only the half-space of non-negative first coordinates, doubled.
    halved: bool,
}

/// Room for the sums over a slab.
struct Scratch<const K: usize> {
    sums: Accumulator<K>,
    /// Densities of the components at one node.
    densities: Vec<f64>,
}

impl<const K: usize> Scratch<K> {
    fn new(law: &PreActivation<K>, request: Request) -> Self {
        Self {
            sums: Accumulator::new(law, request),
            densities: vec![0.0; law.components.len()],
        }
    }
}

/// Expectations over the pre-activation, at refinement `level`: each level divides the spacing by
/// √2. `None` where the grid would have more than `max_nodes` nodes or `I − V D` is not positive at
/// a node.
pub(super) fn moments<const K: usize>(
    hidden: &HiddenUnits,
    law: &PreActivation<K>,
    v: &SMatrix<f64, K, K>,
    odd: bool,
    level: u32,
    max_nodes: usize,
    request: Request,
) -> Option<Moments> {
    let grid = Grid::new(hidden, law, v, odd, level)?;
    let nodes = grid.node_count();
    if nodes > max_nodes as f64 {
        return None;
    }
    let slabs = grid.first[0]..=grid.last[0];
    let mut total = Accumulator::new(law, request);
    // Summed slab by slab in the order of the grid in either case: the same bits for any number of
    // threads.
    if nodes as usize > PARALLEL_NODES {
        let indices: Vec<i64> = slabs.collect();
        let slab = |index: i64| {
            let mut scratch = Scratch::new(law, request);
            grid.slab(hidden, law, v, index, &mut scratch)?;
            Some(scratch.sums)
        };
        let sums: Vec<Option<Accumulator<K>>> = indices.into_par_iter().map(slab).collect();
        for sum in sums {
            total.absorb(&sum?);
        }
    } else {
        crate::interrupt::check();
        let mut scratch = Scratch::new(law, request);
        for index in slabs {
            grid.slab(hidden, law, v, index, &mut scratch)?;
            total.absorb(&scratch.sums);
        }
    }
    Some(total.finish(law))
}

impl<const K: usize> Grid<K> {
    fn new(
        hidden: &HiddenUnits,
        law: &PreActivation<K>,
        v: &SMatrix<f64, K, K>,
        odd: bool,
        level: u32,
    ) -> Option<Self> {
        let scale = 2f64.powf(-0.5 * f64::from(level)) * COARSE;
        let steepness = hidden.covariance_bound().sqrt().max(1.0);
        let whitener = law.noise_factor.try_inverse()?;
        let mut grid = Self {
            spacing: SVector::zeros(),
            first: [0; K],
            last: [0; K],
            halved: odd,
        };
        let (low, high) = bounds(hidden, law, v, &whitener)?;
        for axis in 0..K {
            let field_length = law.noise_factor.column(axis).norm() * steepness;
            grid.spacing[axis] = scale / field_length.max(1.0);
            grid.first[axis] = (low[axis] / grid.spacing[axis]).floor() as i64;
            grid.last[axis] = (high[axis] / grid.spacing[axis]).ceil() as i64;
        }
        if odd {
            grid.last[0] = grid.last[0].max(-grid.first[0]);
            grid.first[0] = 0;
        }
        Some(grid)
    }

    fn node_count(&self) -> f64 {
        (0..K)
            .map(|axis| self.last[axis] as f64 - self.first[axis] as f64 + 1.0)
            .product()
    }

    /// Sums over all nodes with first index `index`; `None` where `I − V D` is not positive.
    fn slab(
        &self,
        hidden: &HiddenUnits,
        law: &PreActivation<K>,
        v: &SMatrix<f64, K, K>,
        index: i64,
        Scratch { sums, densities }: &mut Scratch<K>,
    ) -> Option<()> {
        if K > 1 {
            crate::interrupt::check();
        }
        sums.clear();
        let volume = self.spacing.product() * law.noise_factor.diagonal().product();
        let volume = if self.halved && index > 0 {
            2.0 * volume
        } else {
            volume
        };
        let mut position = self.first;
        position[0] = index;
        loop {
            let y = SVector::from_fn(|axis, _| self.spacing[axis] * position[axis] as f64);
            visit(
                hidden,
                law,
                v,
                &(law.noise_factor * y),
                volume,
                densities,
                sums,
            )?;
            if !self.advance(&mut position) {
                return Some(());
            }
        }
    }

    /// Next node of the slab (odometer over the axes after the first); `false` at its end.
    fn advance(&self, position: &mut [i64; K]) -> bool {
        for (axis, index) in position.iter_mut().enumerate().skip(1) {
            if *index < self.last[axis] {
                *index += 1;
                return true;
            }
            *index = self.first[axis];
        }
        false
    }
}

/// Adds the node `z`. `None` where `I − V D(z)` is not positive.
#[inline]
fn visit<const K: usize>(
    hidden: &HiddenUnits,
    law: &PreActivation<K>,
    v: &SMatrix<f64, K, K>,
    z: &SVector<f64, K>,
    volume: f64,
    densities: &mut [f64],
    sums: &mut Accumulator<K>,
) -> Option<()> {
    let response = hidden.response(z);
    let omega = z - v * response.mean;
    let mut density = 0.0;
    for (slot, component) in densities.iter_mut().zip(&law.components) {
        *slot = component.weight * component.density_within(&omega, TAIL * TAIL);
        density += *slot;
    }
    // The corners of the box lie beyond the tails of every component.
    if density == 0.0 {
        return Some(());
    }
    let jacobian = SMatrix::<f64, K, K>::identity() - v * response.covariance;
    let (inverse, determinant) = inverse_and_determinant(&jacobian)?;
    let node = Node {
        response: &response,
        omega,
        dg: response.covariance * inverse,
    };
    let weight = volume * determinant;
    sums.add(&node, weight * density, || hidden.log_mgf(z));
    sums.add_posterior(hidden, z, weight * density);
    for (index, density) in densities.iter().enumerate() {
        sums.add_component(law, index, &node, weight * density);
    }
    Some(())
}

/// Box in `y` that holds all but the tails: pre-activations within [`TAIL`] standard deviations of
/// each component, moved by at most `V sup|f|` (bounded denoisers) or solved for linearly (Gaussian
/// units, `z = (I − V)^{-1}(ω + V b)`).
fn bounds<const K: usize>(
    hidden: &HiddenUnits,
    law: &PreActivation<K>,
    v: &SMatrix<f64, K, K>,
    whitener: &SMatrix<f64, K, K>,
) -> Option<(SVector<f64, K>, SVector<f64, K>)> {
    let (to_y, offset, reach) = match hidden.mean_bound() {
        Some(largest) => {
            let moved = (whitener * v).abs();
            let reach = moved * SVector::<f64, K>::from_column_slice(&largest);
            (*whitener, SVector::zeros(), reach)
        }
        None => {
            let solve = (SMatrix::<f64, K, K>::identity() - v).try_inverse()?;
            let bias = SVector::<f64, K>::from_column_slice(hidden.bias());
            (
                whitener * solve,
                whitener * solve * v * bias,
                SVector::zeros(),
            )
        }
    };
    let mut low = SVector::<f64, K>::from_element(f64::INFINITY);
    let mut high = SVector::<f64, K>::from_element(f64::NEG_INFINITY);
    for component in &law.components {
        let centre = to_y * component.mean + offset;
        let spread = to_y * component.covariance * to_y.transpose();
        for axis in 0..K {
            let half = TAIL * spread[(axis, axis)].sqrt() + reach[axis];
            low[axis] = low[axis].min(centre[axis] - half);
            high[axis] = high[axis].max(centre[axis] + half);
        }
    }
    (low.iter().chain(high.iter()).all(|entry| entry.is_finite())).then_some((low, high))
}
