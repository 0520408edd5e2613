//! Averages over the law of a prior itself, independent of its log moment generating function.

use super::prior::REACH;
use crate::definitions::{PriorDefinition, PriorLaw};
use crate::symbolic::Expression;

/// The law itself as points with weights, tilted by `e^{h·z}`.
pub(super) struct Tilted {
    points: Vec<(Vec<f64>, f64)>,
}

impl Tilted {
    /// The law of a prior; `None` where only its generating function is known, or it is normal.
    pub fn of(prior: &PriorDefinition) -> Option<Self> {
        let number = |formula: &Expression| prior.with_values(formula).constant();
        let points = match &prior.law {
            PriorLaw::Atoms { values, weights } => values
                .iter()
                .zip(weights)
                .map(|(value, weight)| (vec![number(value)], number(weight)))
                .collect(),
            PriorLaw::Points { points, weights } => points
                .iter()
                .zip(weights)
                .map(|(point, weight)| (point.iter().map(number).collect(), number(weight)))
                .collect(),
            PriorLaw::Continuous(law) => law
                .nodes(0.25 / REACH)
                .into_iter()
                .map(|(value, weight)| (vec![value], weight))
                .collect(),
            PriorLaw::Gaussian { .. } | PriorLaw::Formula => return None,
        };
        Some(Self { points })
    }

    /// `log E e^{t v·h}`, and mean, variance and third central moment of `v·h` under that weight.
    pub fn cumulants(&self, direction: &[f64], t: f64) -> [f64; 4] {
        let project = |point: &[f64]| point.iter().zip(direction).map(|(a, b)| a * b).sum::<f64>();
        let nodes: Vec<(f64, f64)> = self
            .points
            .iter()
            .map(|(point, weight)| (project(point), *weight))
            .collect();
        let exponents = nodes.iter().map(|(h, weight)| weight.ln() + t * h);
        let peak = exponents.clone().fold(f64::NEG_INFINITY, f64::max);
        let tilts: Vec<f64> = exponents.map(|exponent| (exponent - peak).exp()).collect();
        let norm: f64 = tilts.iter().sum();
        let average = |power: &dyn Fn(f64) -> f64| -> f64 {
            let terms = tilts.iter().zip(&nodes);
            terms.map(|(tilt, (h, _))| tilt * power(*h)).sum::<f64>() / norm
        };
        let mean = average(&|h| h);
        [
            peak + norm.ln(),
            mean,
            average(&|h| (h - mean).powi(2)),
            average(&|h| (h - mean).powi(3)),
        ]
    }
}
