//! Starts of state evolution.

use crate::error::Result;
use crate::hidden::HiddenLaw;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::sobol::Scrambled;
use crate::order_parameters::OrderParameters;
use crate::symmetry::Group;
use std::collections::BTreeSet;

/// Overlap `M_ab/√Q_bb` of a planted start: below 1, so that `Q − M^T M` stays positive definite in finite samples too.
const PLANTED: f64 = 0.9;

/// Numbers of units and of signals up to which every inequivalent assignment is a start.
const ALL_ASSIGNMENTS: usize = 4;

/// Where a fixed-point search begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// Each unit aligned with one signal (the strongest first): `M_aa = 0.9`, `Q = I`.
    Planted,
    /// A small overlap with every signal, `M_ab = 0.05 δ_ab` and a little more off the diagonal, `Q = I`.
    Weak,
    /// Unit `b` aligned with the signal in place `b`, or with none.
    Assigned(Vec<Option<usize>>),
    /// Without overlap: `M = 0`, `Q = I`. Biased units may learn best without a signal.
    Silent,
    /// All units on this signal, with alternating signs, overlaps `0.9/√k` and cosines of ±½ among themselves: biased units may share a
    /// signal.
    Together(usize),
    /// Every unit between all signals: `M` is 0.9 times a block of an orthogonal matrix whose entries are all of one order.
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
        let (signals, units) = (model.signals(), model.units());
        let scale = model.starting_overlap();
        let scaled = |m: Matrix| OrderParameters {
            m: m * scale.sqrt(),
            q: Matrix::identity(units, units) * scale,
        };
        let matrix = |entry: &dyn Fn(usize, usize) -> f64| Matrix::from_fn(signals, units, entry);
        let strongest = model.strongest_signals();
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
            Self::Random { index, seed } => random(model, *index, *seed),
            Self::Given(order) => {
                order.validate(signals, units)?;
                order.clone()
            }
        })
    }

    /// The assignments of units to the signals, `min(k, r)` of them taken, that differ by more than a symmetry of the model and are not
    /// the planted one. `None` where there are too many of them: more than four units or signals.
    pub fn assignments(model: &Model) -> Option<Vec<Self>> {
        let (signals, units) = (model.signals(), model.units());
        if units.max(signals) > ALL_ASSIGNMENTS {
            return None;
        }
        let mut planted: Vec<Option<usize>> = vec![None; units];
        for (unit, signal) in model.strongest_signals().into_iter().enumerate() {
            planted[unit] = Some(signal);
        }
        let renamings = Renamings::of(model);
        let mut seen = BTreeSet::from([renamings.key(&planted)]);
        let mut found = Vec::new();
        for code in 0..(signals + 1).pow(units as u32) {
            let assigned = decode(code, units, signals);
            let taken: BTreeSet<usize> = assigned.iter().flatten().copied().collect();
            let paired = taken.len() == assigned.iter().flatten().count();
            if paired && taken.len() == units.min(signals) && seen.insert(renamings.key(&assigned))
            {
                found.push(Self::Assigned(assigned));
            }
        }
        Some(found)
    }
}

/// The assignment number `code`: digits in base `signals + 1`, of which the last stands for no signal.
fn decode(mut code: usize, units: usize, signals: usize) -> Vec<Option<usize>> {
    (0..units)
        .map(|_| {
            let digit = code % (signals + 1);
            code /= signals + 1;
            (digit < signals).then_some(digit)
        })
        .collect()
}

/// Renamings of signals and units that leave the model unchanged, signs left aside.
struct Renamings {
    signals: Vec<Vec<usize>>,
    units: Vec<Vec<usize>>,
}

impl Renamings {
    fn of(model: &Model) -> Self {
        let symmetry = model.symmetry();
        let orders = |group: &Group| -> Vec<Vec<usize>> {
            let all: BTreeSet<Vec<usize>> = group
                .elements()
                .iter()
                .map(|element| element.parts().map(|(from, _)| from).collect())
                .collect();
            all.into_iter().collect()
        };
        Self {
            signals: orders(&symmetry.signals),
            units: orders(&symmetry.units),
        }
    }

    /// The smallest of the assignments that renaming makes of this one.
    fn key(&self, assigned: &[Option<usize>]) -> Vec<Option<usize>> {
        let renamed = |units: &Vec<usize>, signals: &Vec<usize>| -> Vec<Option<usize>> {
            let place = |signal: usize| signals.iter().position(|&from| from == signal);
            units
                .iter()
                .map(|&unit| assigned[unit].and_then(place))
                .collect()
        };
        let all = self.units.iter().flat_map(|units| {
            self.signals
                .iter()
                .map(move |signals| renamed(units, signals))
        });
        all.min().unwrap_or_else(|| assigned.to_vec())
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

/// Directions at random, overlaps `ζ` up to 0.95 in all, and self-overlaps between a fifth and five times the usual one (below it for
/// Gaussian units, which need `Q < I`).
fn random(model: &Model, index: u32, seed: u32) -> OrderParameters {
    let (signals, units) = (model.signals(), model.units());
    let sequence = Scrambled::new(seed);
    let bounded = *model.hidden().law() != HiddenLaw::Gaussian;
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
        let size = model.starting_overlap() * if bounded { spread } else { spread.min(1.0) };
        let norm = m.column(b).norm().max(1e-3);
        m.column_mut(b).scale_mut(reach * size.sqrt() / norm);
        q[(b, b)] = size;
    }
    OrderParameters { m, q }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hidden::HiddenUnits;
    use crate::signal::SignalLaw;

    fn model(lambda: &[f64], bias: &[f64]) -> Model {
        let hidden = HiddenUnits::new(HiddenLaw::rademacher(), bias.len(), bias).expect("valid");
        let signal = SignalLaw::rademacher;
        Model::new(2.0, lambda, hidden, signal(), signal()).expect("valid")
    }

    fn labels(model: &Model) -> Vec<String> {
        let all = Start::assignments(model).expect("few");
        all.iter().map(Start::label).collect()
    }

    #[test]
    fn assignments_differ_by_more_than_a_symmetry() {
        assert!(labels(&model(&[1.5, 1.3], &[0.0, 0.0])).is_empty());
        let biased = labels(&model(&[1.5, 1.3], &[0.6, 0.1]));
        assert_eq!(biased, ["assigned 2,1"]);
        assert!(labels(&model(&[1.5, 1.5], &[0.6, 0.1])).is_empty());
        // One unit takes one of three signals, two of which are as strong.
        assert_eq!(labels(&model(&[1.5, 1.3, 1.3], &[0.0])), ["assigned 2"]);
        let wide = labels(&model(&[1.5], &[0.6, 0.1, 0.1]));
        assert_eq!(wide, ["assigned none,none,1"]);
        assert!(Start::assignments(&model(&[1.0; 5], &[0.0])).is_none());
    }

    #[test]
    fn every_start_is_possible() {
        for (lambda, bias) in [(&[1.5, 1.3][..], &[0.0, 0.2, 0.1][..]), (&[1.5; 3], &[0.0])] {
            let model = model(lambda, bias);
            let random = |index| Start::Random { index, seed: 1 };
            let mut starts = vec![Start::Planted, Start::Weak, Start::Silent, Start::Mixed];
            starts.extend((0..model.signals()).map(Start::Together));
            starts.extend((0..16).map(random));
            starts.extend(Start::assignments(&model).expect("few"));
            for start in starts {
                let order = start.order_parameters(&model).expect("valid");
                order
                    .validate(model.signals(), model.units())
                    .unwrap_or_else(|error| panic!("{start:?}: {error}"));
            }
        }
    }
}
