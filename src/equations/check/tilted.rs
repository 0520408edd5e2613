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

    /// `log E e^{t v·h}` and the mean and variance of `v·h` under that weight.
    pub fn cumulant(&self, direction: &[f64], t: f64, order: usize) -> f64 {
        let project = |point: &[f64]| point.iter().zip(direction).map(|(a, b)| a * b).sum::<f64>();
        let exponent = |(point, weight): &(Vec<f64>, f64)| weight.ln() + t * project(point);
        let peak = self
            .points
            .iter()
            .map(exponent)
            .fold(f64::NEG_INFINITY, f64::max);
        let average = |power: &dyn Fn(f64) -> f64| -> f64 {
            self.points
                .iter()
                .map(|node| (exponent(node) - peak).exp() * power(project(&node.0)))
                .sum()
        };
        let norm = average(&|_| 1.0);
        let mean = average(&|h| h) / norm;
        match order {
            0 => peak + norm.ln(),
            1 => mean,
            _ => average(&|h| (h - mean) * (h - mean)) / norm,
        }
    }
}
