//! Probabilities that nodes stand for, and what of the signals goes with them.

use super::Nodes;
use crate::law::{POINTS, Points};
use crate::numerics::simd::{Kernel, Lanes};
use crate::numerics::special::exp;
use crate::theory::preactivation::Regression;
use nalgebra::DVector;
use std::hint::select_unpredictable as select;

/// A component of the mixture, whatever the number of units: matrices column by column.
pub(super) struct Weighed<'a> {
    pub weight: f64,
    pub log_peak: f64,
    pub mean: &'a [f64],
    /// `L^{-1}` times the mean.
    pub standardised_mean: &'a [f64],
    pub whitener: &'a [f64],
    pub signal_mean: &'a DVector<f64>,
    pub regression: Option<&'a Regression>,
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
pub(super) struct Weigh<'a> {
    pub component: Weighed<'a>,
    pub reach: f64,
    pub volumes: &'a Points,
    pub nodes: &'a mut Nodes,
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
