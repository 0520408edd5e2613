//! Where theory and simulation begin: order parameters with a name.

use crate::error::Result;
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::model::{Model, strongest};
use crate::numerics::Matrix;
use crate::numerics::sobol::Scrambled;
use crate::order_parameters::OrderParameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Overlap `M_ab/√Q_bb` of a planted start: below 1, so that `Q − M^T M` stays positive definite in
/// finite samples too.
const PLANTED: f64 = 0.9;

/// Where a search for fixed points, or an algorithm on data with planted signals, begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// Each unit aligned with one signal (the strongest first): `M_aa = 0.9`, `Q = I`.
    Planted,
    /// A small overlap with every signal, `M_ab = 0.05 δ_ab` and a little more off the diagonal,
    /// `Q = I`.
    Weak,
    /// Unit `b` aligned with the signal in place `b`, or with none.
    Assigned(Vec<Option<usize>>),
    /// Without overlap: `M = 0`, `Q = I`. Biased units may learn best without a signal.
    Silent,
    /// All units on this signal, with alternating signs, overlaps `0.9/√k` and cosines of ±½ among
    /// themselves: biased units may share a signal.
    Together(usize),
    /// Every unit between all signals: `M` is 0.9 times a block of an orthogonal matrix whose
    /// entries are all of one order.
    Mixed,
    /// Overlaps and self-overlaps at random: point `index` of a Sobol' sequence with this seed.
    Random {
        /// Point of the sequence.
        index: u32,
        /// Its scrambling.
        seed: u32,
    },
    /// These order parameters.
    Given(OrderParameters),
}

impl Start {
    /// Name in tables and records.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Planted => "planted",
            Self::Weak => "weak",
            Self::Assigned(_) => "assigned",
            Self::Silent => "silent",
            Self::Together(_) => "together",
            Self::Mixed => "mixed",
            Self::Random { .. } => "random",
            Self::Given(_) => "given",
        }
    }

    /// Name with what tells it from other starts of its kind: `assigned 2,1`, `random 3`.
    pub fn label(&self) -> String {
        match self {
            Self::Assigned(signals) => {
                let one = |signal: &Option<usize>| {
                    signal.map_or_else(|| "none".into(), |signal| (signal + 1).to_string())
                };
                let all: Vec<String> = signals.iter().map(one).collect();
                format!("assigned {}", all.join(","))
            }
            Self::Together(signal) => format!("together on {}", signal + 1),
            Self::Random { index, .. } => format!("random {}", index + 1),
            other => other.name().into(),
        }
    }

    /// The order parameters of this start.
    ///
    /// # Errors
    /// Given parameters of the wrong shape, or not a possible overlap.
    pub fn order_parameters(&self, model: &Model) -> Result<OrderParameters> {
        self.overlaps(model.hidden(), model.lambda())
    }

    /// The order parameters of this start for hidden units that learn signals of strengths
    /// `lambda`.
    ///
    /// # Errors
    /// As [`Start::order_parameters`].
    pub fn overlaps(&self, hidden: &HiddenUnits, lambda: &[f64]) -> Result<OrderParameters> {
        let (signals, units) = (lambda.len(), hidden.units());
        let scale = hidden.starting_overlap();
        let scaled = |m: Matrix| OrderParameters {
            m: m * scale.sqrt(),
            q: Matrix::identity(units, units) * scale,
        };
        let matrix = |entry: &dyn Fn(usize, usize) -> f64| Matrix::from_fn(signals, units, entry);
        let strongest = strongest(lambda, units);
        Ok(match self {
            Self::Planted => scaled(matrix(&|a, b| {
                f64::from(u8::from(strongest.get(b) == Some(&a))) * PLANTED
            })),
            Self::Weak => scaled(matrix(&|a, b| {
                if strongest.get(b) == Some(&a) {
                    0.05
                } else {
                    0.001 * (1.0 + a as f64 - 0.5 * b as f64)
                }
            })),
            Self::Assigned(assigned) => scaled(matrix(&|a, b| {
                f64::from(u8::from(assigned.get(b) == Some(&Some(a)))) * PLANTED
            })),
            Self::Silent => scaled(matrix(&|_, _| 0.0)),
            Self::Together(signal) => {
                let sign = |unit: usize| if unit.is_multiple_of(2) { 1.0 } else { -1.0 };
                let overlap = PLANTED / (units as f64).sqrt();
                let shared = scaled(matrix(&|a, b| {
                    f64::from(u8::from(a == *signal)) * sign(b) * overlap
                }));
                let cosine = |a, b| if a == b { 1.0 } else { 0.5 * sign(a) * sign(b) };
                OrderParameters {
                    q: Matrix::from_fn(units, units, cosine) * scale,
                    ..shared
                }
            }
            Self::Mixed => scaled(matrix(&|a, b| {
                PLANTED * cosine_entry(a, b, signals.max(units))
            })),
            Self::Random { index, seed } => random(hidden, signals, *index, *seed),
            Self::Given(order) => {
                order.validate(signals, units)?;
                order.clone()
            }
        })
    }
}

/// Entry of an orthogonal `size × size` matrix, the discrete cosine transform.
fn cosine_entry(a: usize, b: usize, size: usize) -> f64 {
    let n = size as f64;
    let norm = if b == 0 {
        (1.0 / n).sqrt()
    } else {
        (2.0 / n).sqrt()
    };
    norm * (std::f64::consts::PI * (a as f64 + 0.5) * b as f64 / n).cos()
}

/// Directions at random, overlaps `ζ` up to 0.95 in all, and self-overlaps between a fifth and five
/// times the usual one (below it for Gaussian units, which need `Q < I`).
fn random(hidden: &HiddenUnits, signals: usize, index: u32, seed: u32) -> OrderParameters {
    let units = hidden.units();
    let sequence = Scrambled::new(seed);
    let bounded = *hidden.law() != Law::Gaussian;
    let mut dimension = 0;
    let mut next = || {
        dimension += 1;
        sequence.uniform(index, dimension - 1)
    };
    let mut m = Matrix::from_fn(signals, units, |_, _| 2.0 * next() - 1.0);
    let reach = 0.95 * next() / (units as f64).sqrt();
    let mut q = Matrix::zeros(units, units);
    for b in 0..units {
        let spread = 5f64.powf(2.0 * next() - 1.0);
        let size = hidden.starting_overlap() * if bounded { spread } else { spread.min(1.0) };
        let norm = m.column(b).norm().max(1e-3);
        m.column_mut(b).scale_mut(reach * size.sqrt() / norm);
        q[(b, b)] = size;
    }
    OrderParameters { m, q }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::Law;

    #[test]
    fn every_start_is_possible() {
        for (lambda, bias) in [(&[1.5, 1.3][..], &[0.0, 0.2, 0.1][..]), (&[1.5; 3], &[0.0])] {
            let hidden = HiddenUnits::new(Law::rademacher(), bias.len(), bias).expect("valid");
            let signal = Law::rademacher;
            let model = Model::new(2.0, lambda, hidden, signal(), signal()).expect("valid");
            let random = |index| Start::Random { index, seed: 1 };
            let mut starts = vec![Start::Planted, Start::Weak, Start::Silent, Start::Mixed];
            starts.push(Start::Assigned(vec![Some(0); 1]));
            starts.extend((0..model.signals()).map(Start::Together));
            starts.extend((0..16).map(random));
            for start in starts {
                let order = start.order_parameters(&model).expect("valid");
                order
                    .validate(model.signals(), model.units())
                    .unwrap_or_else(|error| panic!("{start:?}: {error}"));
            }
        }
    }
}
