//! Nodes of a quadrature, a packet at a time: the denoiser, the pre-activation, and how it responds,
//! as vector code.

use super::preactivation::{Component, PreActivation, Regression};
use crate::hidden::HiddenUnits;
use crate::law::{POINTS, Points, Responses};
use crate::numerics::simd::{Isa, Kernel, Lanes};
use crate::numerics::small_inverse::inverse_and_determinant;
use crate::numerics::special::exp;
use crate::numerics::symmetric::packed_len;
use nalgebra::{DVector, SMatrix};
use std::hint::select_unpredictable as select;

/// A packet of nodes, each given by its fields `z` (theory.md section 3, "Proximal coordinate").
#[derive(Debug, Clone)]
pub(super) struct Nodes {
    units: usize,
    used: usize,
    z: Vec<Points>,
    response: Responses,
    /// `ω = z − V f(z)`.
    omega: Vec<Points>,
    /// `L^{-1} ω`, `L L^T = Q`.
    eta: Vec<Points>,
    /// `det(I − V D)`.
    determinant: Points,
    /// `∂g/∂ω = D (I − V D)^{-1}`, `k × k` row by row.
    slope: Vec<Points>,
    /// Probability that a node stands for.
    weight: Points,
    /// The same times `g`, then the same times `E[u*_a | ω]`.
    weighted: Vec<Points>,
    /// The same times `E[u*_a u*_b | ω]`, lower triangle column by column; empty where nobody asks.
    signal_pairs: Vec<Points>,
}

impl Nodes {
    /// An empty packet; `pairs` where second moments of signals are asked for.
    pub fn new(units: usize, signals: usize, pairs: bool) -> Self {
        let room = |count: usize| vec![Points::ZERO; count];
        Self {
            units,
            used: 0,
            z: room(units),
            response: Responses::new(units),
            omega: room(units),
            eta: room(units),
            determinant: Points::ZERO,
            slope: room(units * units),
            weight: Points::ZERO,
            weighted: room(units + signals),
            signal_pairs: room(if pairs { packed_len(signals) } else { 0 }),
        }
    }

    /// Empties the packet, for another law perhaps.
    pub fn restart(&mut self, units: usize, signals: usize, pairs: bool) {
        let wanted = if pairs { packed_len(signals) } else { 0 };
        if (self.units, self.weighted.len()) == (units, units + signals) {
            self.used = 0;
            self.signal_pairs.resize(wanted, Points::ZERO);
        } else {
            *self = Self::new(units, signals, pairs);
        }
    }

    /// Number of nodes in the packet: what follows them has no weight.
    pub fn used(&self) -> usize {
        self.used
    }

    pub fn is_full(&self) -> bool {
        self.used == POINTS
    }

    pub fn clear(&mut self) {
        self.used = 0;
    }

    /// Adds a node.
    #[inline]
    pub fn push(&mut self, z: impl Fn(usize) -> f64) {
        for (unit, own) in self.z.iter_mut().enumerate() {
            own[self.used] = z(unit);
        }
        self.used += 1;
    }

    /// `z`, unit by unit.
    pub fn fields(&self) -> &[Points] {
        &self.z
    }

    /// `f(z) = g(ω)`, unit by unit.
    pub fn means(&self) -> &[Points] {
        &self.response.mean
    }

    /// `ω`, unit by unit.
    pub fn pre_activations(&self) -> &[Points] {
        &self.omega
    }

    /// `L^{-1} ω`, `L L^T = Q`.
    pub fn standardised(&self) -> &[Points] {
        &self.eta
    }

    /// `det(I − V D)`.
    pub fn determinants(&self) -> &Points {
        &self.determinant
    }

    /// `∂g/∂ω`, `k × k` row by row.
    pub fn slopes(&self) -> &[Points] {
        &self.slope
    }

    /// Probability that each node stands for.
    pub fn weights(&self) -> &Points {
        &self.weight
    }

    /// The same times `g`, then the same times `E[u*_a | ω]`.
    pub fn weighted(&self) -> &[Points] {
        &self.weighted
    }

    /// The same times `E[u*_a u*_b | ω]`, lower triangle column by column.
    pub fn signal_pairs(&self) -> &[Points] {
        &self.signal_pairs
    }

    /// Everything but the weights.
    pub fn respond<const K: usize>(
        &mut self,
        hidden: &HiddenUnits,
        law: &PreActivation<'_, K>,
        v: &SMatrix<f64, K, K>,
    ) {
        for own in &mut self.z {
            let last = own[self.used - 1];
            own[self.used..].fill(last);
        }
        hidden.responses(&self.z, &mut self.response);
        match K {
            1 => Isa::detect().run(Geometry::<1>::new(v, self)),
            2 => Isa::detect().run(Geometry::<2>::new(v, self)),
            3 => Isa::detect().run(Geometry::<3>::new(v, self)),
            _ => self.geometry_by_elimination(v),
        }
        Isa::detect().run(Standardise {
            whitener: law.noise_whitener.as_slice(),
            nodes: self,
        });
    }

    /// As [`Geometry`], node by node.
    fn geometry_by_elimination<const K: usize>(&mut self, v: &SMatrix<f64, K, K>) {
        pre_activations(|a, b| v[(a, b)], self);
        for node in 0..POINTS {
            let response = &self.response;
            let covariance = SMatrix::<f64, K, K>::from_fn(|a, b| {
                if a != b && response.independent {
                    return 0.0;
                }
                response.covariance[a.max(b) * K + a.min(b)][node]
            });
            let jacobian = SMatrix::identity() - v * covariance;
            let (inverse, determinant) =
                inverse_and_determinant(&jacobian).unwrap_or((SMatrix::zeros(), 0.0));
            self.determinant[node] = determinant;
            let slope = covariance * inverse;
            for a in 0..K {
                for b in 0..K {
                    self.slope[a * K + b][node] = slope[(a, b)];
                }
            }
        }
    }

    /// Weights by the density of the mixture's components of these numbers, no farther than `reach`
    /// from their means (squared, in standard deviations), for nodes that stand for these volumes
    /// of `z`. `None` where `I − V D` is not positive at a node with a weight.
    pub fn weigh<const K: usize>(
        &mut self,
        law: &PreActivation<'_, K>,
        components: &[usize],
        reach: f64,
        volumes: &Points,
    ) -> Option<()> {
        self.forget_weights();
        for index in components {
            let component = &law.components[*index];
            Isa::detect().run(Weigh {
                component: Weighed {
                    weight: component.weight,
                    log_peak: component.log_peak,
                    mean: component.mean.as_slice(),
                    standardised_mean: component.standardised_mean.as_slice(),
                    whitener: component.whitener.as_slice(),
                    signal_mean: component.signal_mean,
                    regression: component.regression.as_ref(),
                },
                reach,
                volumes,
                nodes: self,
            });
        }
        let broken = |node: usize| self.weight[node] != 0.0 && self.determinant[node] <= 0.0;
        (!(0..self.used).any(broken)).then_some(())
    }

    /// Weights that are known, for each node with the component it was drawn from.
    pub fn weigh_drawn<const K: usize>(
        &mut self,
        law: &PreActivation<'_, K>,
        drawn: &[(usize, f64)],
    ) {
        self.forget_weights();
        for (node, &(component, weight)) in drawn.iter().enumerate() {
            let component: &Component<'_, K> = &law.components[component];
            self.weight[node] = weight;
            let signal = |a: usize| {
                let apart = |unit: usize| self.omega[unit][node] - component.mean[unit];
                let moved = component.regression.as_ref().map_or(0.0, |regression| {
                    let terms = (0..K).map(|unit| regression.slope[(a, unit)] * apart(unit));
                    terms.sum()
                });
                component.signal_mean[a] + moved
            };
            for (a, own) in self.weighted[K..].iter_mut().enumerate() {
                own[node] = weight * signal(a);
            }
        }
    }

    /// Completes [`Nodes::weighted`] by the means.
    pub fn weigh_means(&mut self) {
        for (own, mean) in self.weighted.iter_mut().zip(&self.response.mean) {
            for node in 0..POINTS {
                own[node] = self.weight[node] * mean[node];
            }
        }
    }

    fn forget_weights(&mut self) {
        self.weight = Points::ZERO;
        self.weighted.fill(Points::ZERO);
        self.signal_pairs.fill(Points::ZERO);
    }
}

/// `ω = z − V f(z)`.
#[inline(always)]
fn pre_activations(v: impl Fn(usize, usize) -> f64, nodes: &mut Nodes) {
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
struct Geometry<'a, const K: usize> {
    v: [[f64; K]; K],
    nodes: &'a mut Nodes,
}

impl<'a, const K: usize> Geometry<'a, K> {
    /// Of as many units as the matrix says: only code for that many is wanted.
    fn new<const N: usize>(v: &SMatrix<f64, N, N>, nodes: &'a mut Nodes) -> Self {
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
struct Standardise<'a> {
    /// `L^{-1}`, column by column.
    whitener: &'a [f64],
    nodes: &'a mut Nodes,
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

/// A component of the mixture, whatever the number of units: matrices column by column.
struct Weighed<'a> {
    weight: f64,
    log_peak: f64,
    mean: &'a [f64],
    /// `L^{-1}` times the mean.
    standardised_mean: &'a [f64],
    whitener: &'a [f64],
    signal_mean: &'a DVector<f64>,
    regression: Option<&'a Regression>,
}

impl Weighed<'_> {
    /// `E[u*_a | ω]` within the component.
    #[inline(always)]
    fn signal(&self, a: usize, omega: &[Points]) -> Points {
        let mut signal = Points::all(self.signal_mean[a]);
        if let Some(regression) = self.regression {
            for (unit, (omega, mean)) in omega.iter().zip(self.mean).enumerate() {
                let factor = regression.slope[(a, unit)];
                for node in 0..POINTS {
                    signal[node] += factor * (omega[node] - mean);
                }
            }
        }
        signal
    }
}

/// Adds the weights that one component gives.
struct Weigh<'a> {
    component: Weighed<'a>,
    reach: f64,
    volumes: &'a Points,
    nodes: &'a mut Nodes,
}

impl Kernel for Weigh<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        let (component, units) = (self.component, self.nodes.units);
        let nodes = self.nodes;
        let mut density = Points::ZERO;
        if component.regression.is_none() {
            for (eta, mean) in nodes.eta.iter().zip(component.standardised_mean) {
                for node in 0..POINTS {
                    let apart = eta[node] - mean;
                    density[node] += apart * apart;
                }
            }
        } else {
            for row in 0..units {
                let mut distance = Points::ZERO;
                for column in 0..=row {
                    let factor = component.whitener[column * units + row];
                    let (mean, omega) = (component.mean[column], &nodes.omega[column]);
                    for node in 0..POINTS {
                        distance[node] += factor * (omega[node] - mean);
                    }
                }
                for node in 0..POINTS {
                    density[node] += distance[node] * distance[node];
                }
            }
        }
        let mut nearest = density[0];
        for node in 1..POINTS {
            nearest = select(density[node] < nearest, density[node], nearest);
        }
        if nearest > self.reach {
            return;
        }
        for node in 0..POINTS {
            let distance = density[node];
            let value = component.weight * exp(component.log_peak - 0.5 * distance);
            let volume = self.volumes[node] * nodes.determinant[node];
            density[node] = select(distance > self.reach, 0.0, value * volume);
            nodes.weight[node] += density[node];
        }
        let signals = &mut nodes.weighted[units..];
        if component.regression.is_none() {
            for (sums, mean) in signals.iter_mut().zip(component.signal_mean) {
                for node in 0..POINTS {
                    sums[node] += density[node] * mean;
                }
            }
        } else {
            for (a, sums) in signals.iter_mut().enumerate() {
                let signal = component.signal(a, &nodes.omega);
                for node in 0..POINTS {
                    sums[node] += density[node] * signal[node];
                }
            }
        }
        let (mut pairs, r) = (nodes.signal_pairs.iter_mut(), component.signal_mean.len());
        for column in 0..r {
            let one = component.signal(column, &nodes.omega);
            for row in column..r {
                let Some(sums) = pairs.next() else {
                    return;
                };
                let other = component.signal(row, &nodes.omega);
                let spread = component
                    .regression
                    .map_or(0.0, |own| own.left[(row, column)]);
                for node in 0..POINTS {
                    sums[node] += density[node] * (one[node] * other[node] + spread);
                }
            }
        }
    }
}
