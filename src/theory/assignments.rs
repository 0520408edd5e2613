//! Starts of the search that differ in which unit learns which signal.

use crate::model::Model;
use crate::start::Start;
use crate::symmetry::Group;
use std::collections::BTreeSet;

/// Numbers of units and of signals up to which every inequivalent assignment is a start.
const ALL_ASSIGNMENTS: usize = 4;

/// The assignments of units to the signals, `min(k, r)` of them taken, that differ by more than a
/// symmetry of the model and are not the planted one. `None` where there are too many of them: more
/// than four units or signals.
pub(super) fn assignments(model: &Model) -> Option<Vec<Start>> {
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
        if paired && taken.len() == units.min(signals) && seen.insert(renamings.key(&assigned)) {
            found.push(Start::Assigned(assigned));
        }
    }
    Some(found)
}

/// The assignment number `code`: digits in base `signals + 1`, of which the last stands for no
/// signal.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hidden::HiddenUnits;
    use crate::law::Law;

    fn model(lambda: &[f64], bias: &[f64]) -> Model {
        let hidden = HiddenUnits::new(Law::rademacher(), bias.len(), bias).expect("valid");
        let signal = Law::rademacher;
        Model::new(2.0, lambda, hidden, signal(), signal()).expect("valid")
    }

    fn labels(model: &Model) -> Vec<String> {
        let all = assignments(model).expect("few");
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
        assert!(assignments(&model(&[1.0; 5], &[0.0])).is_none());
    }

    #[test]
    fn every_assignment_is_a_possible_start() {
        let model = model(&[1.5, 1.3], &[0.0, 0.2, 0.1]);
        for start in assignments(&model).expect("few") {
            let order = start.order_parameters(&model).expect("valid");
            order
                .validate(model.signals(), model.units())
                .unwrap_or_else(|error| panic!("{start:?}: {error}"));
        }
    }
}
