//! Nodes of a quadrature, a packet at a time: the denoiser, the pre-activation, and how it responds,
//! as vector code.

mod geometry;
mod weights;

use super::preactivation::{Component, PreActivation};
use crate::hidden::HiddenUnits;
use crate::law::{POINTS, Points, Responses};
use crate::numerics::simd::Isa;
use crate::numerics::small_inverse::inverse_and_determinant;
use crate::numerics::symmetric::packed_len;
use geometry::{Geometry, Standardise, pre_activations};
use nalgebra::SMatrix;
use weights::{Weigh, Weighed};

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
            whitener: law.noise.whitener.as_slice(),
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
                    log_peak: component.spread.log_peak,
                    mean: component.mean.as_slice(),
                    standardised_mean: component.standardised_mean.as_slice(),
                    whitener: component.spread.whitener.as_slice(),
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
