//! Randomised quasi-Monte Carlo in the proximal coordinate, for more units than a tensor grid
//! serves.
//!
//! A point is drawn as `ω̂ = m_c + L_c ξ` and carried to `ẑ = T(ω̂)` by a tabulated scalar
//! transport in each coordinate: `T_a` interpolates the inverse of `z ↦ z − V_aa f_a(z)`. The true
//! law of `z` has density `p(ω(z)) det(I − V D)`; the ratio to the density of `ẑ` is the point's
//! weight. No root is solved, the estimate is exact in the mean for any `T`, and the weight is 1 up
//! to interpolation where `V` is diagonal.

use super::moments::{Accumulator, Factors, Moments, Request};
use super::nodes::Nodes;
use super::preactivation::PreActivation;
use crate::hidden::HiddenUnits;
use crate::law::POINTS;
use crate::numerics::sobol::Scrambled;
use nalgebra::{SMatrix, SVector};
use rayon::prelude::*;

/// Points of one block of the sum, a unit of parallel work.
const BLOCK: u32 = 1 << 9;

/// Expectations over the pre-activation from `2^log2_points` points of one randomisation. `None`
/// where `I − V D` is not positive at a point.
pub(super) fn moments<const K: usize>(
    hidden: &HiddenUnits,
    law: &PreActivation<'_, K>,
    v: &SMatrix<f64, K, K>,
    log2_points: u32,
    seed: u32,
    request: Request,
) -> Option<Moments> {
    let sampler = Sampler {
        hidden,
        law,
        v,
        transport: Transport::new(hidden, law, v),
        sequence: Scrambled::new(seed),
        points: 1 << log2_points,
        request,
    };
    let blocks: Vec<u32> = (0..sampler.points.div_ceil(BLOCK)).collect();
    let sums: Vec<Option<Accumulator>> = blocks
        .into_par_iter()
        .map(|block| sampler.block(block))
        .collect();
    let mut total = Accumulator::new(K, law.signals(), request);
    for sum in sums {
        total.absorb(&sum?);
    }
    Some(total.finish(law))
}

/// How a point was drawn.
struct Drawn {
    component: usize,
    /// `|ξ|²`.
    distance: f64,
    /// `det dẑ/dω̂`.
    stretch: f64,
}

struct Sampler<'a, const K: usize> {
    hidden: &'a HiddenUnits,
    law: &'a PreActivation<'a, K>,
    v: &'a SMatrix<f64, K, K>,
    transport: Transport<K>,
    sequence: Scrambled,
    points: u32,
    request: Request,
}

impl<const K: usize> Sampler<'_, K> {
    fn block(&self, block: u32) -> Option<Accumulator> {
        crate::interrupt::check();
        let mut sums = Accumulator::new(K, self.law.signals(), self.request);
        let mut nodes = Nodes::new(K, self.law.signals(), self.request == Request::Slopes);
        let (mut drawn, mut factors) = (Vec::with_capacity(POINTS), Factors::default());
        let end = ((block + 1) * BLOCK).min(self.points);
        for first in (block * BLOCK..end).step_by(POINTS) {
            nodes.clear();
            drawn.clear();
            for index in first..end.min(first + POINTS as u32) {
                drawn.push(self.draw(index, &mut nodes));
            }
            nodes.respond(self.hidden, self.law, self.v);
            let weights = drawn.iter().enumerate().map(|(node, own)| {
                let determinant = nodes.determinants()[node];
                let omega = SVector::from_fn(|unit, _| nodes.pre_activations()[unit][node]);
                let distance = self.law.components[own.component].distance_squared(&omega);
                let ratio = (0.5 * (own.distance - distance)).exp();
                let weight = ratio * determinant * own.stretch / f64::from(self.points);
                (determinant > 0.0).then_some((own.component, weight))
            });
            let weights: Vec<(usize, f64)> = weights.collect::<Option<_>>()?;
            nodes.weigh_drawn(self.law, &weights);
            sums.add(self.hidden, self.law, &mut nodes, &mut factors);
        }
        Some(sums)
    }

    /// Draws one point. Its first coordinates carry the Gaussian directions; the last one picks the
    /// mixture component.
    fn draw(&self, index: u32, nodes: &mut Nodes) -> Drawn {
        let mut xi = SVector::<f64, K>::zeros();
        self.sequence.normals(index, 0..K, xi.as_mut_slice());
        let component = self.pick(self.sequence.uniform(index, K));
        let own = &self.law.components[component];
        let (z, stretch) = self.transport.carry(&(own.mean + own.spread.factor * xi));
        nodes.push(|unit| z[unit]);
        Drawn {
            component,
            distance: xi.norm_squared(),
            stretch,
        }
    }

    fn pick(&self, level: f64) -> usize {
        let mut total = 0.0;
        for (index, component) in self.law.components.iter().enumerate() {
            total += component.weight;
            if level < total {
                return index;
            }
        }
        self.law.components.len() - 1
    }
}

/// Coordinate-wise map `ω̂ ↦ ẑ`; the identity for units with a joint law, whose denoiser has no
/// scalar coordinates.
struct Transport<const K: usize> {
    tables: Option<Vec<Table>>,
}

/// Cubic Hermite interpolation of one scalar inverse (monotone where the table is fine enough,
/// `1 − V D ≳ 1e-3`): nodes `(ω, z, dz/dω)`.
struct Table {
    nodes: Vec<[f64; 3]>,
}

impl<const K: usize> Transport<K> {
    fn new(hidden: &HiddenUnits, law: &PreActivation<'_, K>, v: &SMatrix<f64, K, K>) -> Self {
        if hidden.law().joint_dimension().is_some() {
            return Self { tables: None };
        }
        let tables = (0..K).map(|axis| {
            let reach = law
                .components
                .iter()
                .map(|c| c.mean[axis].abs() + 7.0 * c.spread.covariance[(axis, axis)].sqrt())
                .fold(1.0, f64::max);
            Table::new(hidden, axis, v[(axis, axis)], reach + 2.0)
        });
        Self {
            tables: Some(tables.collect()),
        }
    }

    /// `ẑ` and the determinant `Π dẑ_a/dω̂_a`.
    fn carry<const N: usize>(&self, drawn: &SVector<f64, N>) -> (SVector<f64, N>, f64) {
        let Some(tables) = &self.tables else {
            return (*drawn, 1.0);
        };
        let mut z = *drawn;
        let mut stretch = 1.0;
        for (entry, table) in z.iter_mut().zip(tables) {
            let (value, slope) = table.at(*entry);
            *entry = value;
            stretch *= slope;
        }
        (z, stretch)
    }
}

impl Table {
    const INTERVALS: usize = 2048;

    fn new(hidden: &HiddenUnits, axis: usize, v: f64, reach: f64) -> Self {
        let node = |index: usize| {
            let z = reach * (2.0 * index as f64 / Self::INTERVALS as f64 - 1.0);
            let (mean, variance) = crate::with_units!(hidden.units(), K => {
                let mut point = SVector::<f64, K>::zeros();
                point[axis] = z;
                let response = hidden.response(&point);
                (response.mean[axis], response.covariance[(axis, axis)])
            });
            [z - v * mean, z, 1.0 / (1.0 - v * variance)]
        };
        Self {
            nodes: (0..=Self::INTERVALS).map(node).collect(),
        }
    }

    /// `z` and `dz/dω` at `ω`; linear beyond the table.
    fn at(&self, omega: f64) -> (f64, f64) {
        let upper = self.nodes.partition_point(|node| node[0] <= omega);
        if upper == 0 || upper == self.nodes.len() {
            let end = self.nodes[upper.min(self.nodes.len() - 1)];
            return (end[1] + (omega - end[0]) * end[2], end[2]);
        }
        let ([w0, z0, s0], [w1, z1, s1]) = (self.nodes[upper - 1], self.nodes[upper]);
        let width = w1 - w0;
        let t = (omega - w0) / width;
        let secant = (z1 - z0) / width;
        // Cubic Hermite: z0 + width t [s0 + t (3 secant − 2 s0 − s1 + t (s0 + s1 − 2 secant))].
        let (b, c) = (3.0 * secant - 2.0 * s0 - s1, s0 + s1 - 2.0 * secant);
        let z = z0 + width * t * (s0 + t * (b + t * c));
        (z, s0 + t * (2.0 * b + 3.0 * c * t))
    }
}
