//! What is beyond replica symmetry, in tables and words.

use super::Solved;
use crate::experiment::tables::observed;
use crate::fixed_point::Measured;
use crate::quantity::Quantity;
use crate::rsb::{BrokenEnd, BrokenUnit, FullLimit};
use crate::table::{Column, Digits, Table, Value, number_for_people};

impl Solved {
    /// Roots by number of steps with their limit, and `x(q)` of the last; nothing where replica
    /// symmetry holds.
    pub(super) fn beyond_tables(&self) -> Vec<Table> {
        let units = self.rsb.iter().flat_map(|own| &own.units);
        // Where no steps were found, the bound alone.
        let bound = |own: &&BrokenUnit| {
            let symmetric = own.broken.end == BrokenEnd::ReplicaSymmetric;
            !own.broken.levels.is_empty() || (own.broken.symmetric.is_some() && !symmetric)
        };
        let broken: Vec<&BrokenUnit> = units.filter(bound).collect();
        if broken.is_empty() {
            return Vec::new();
        }
        let mut levels = Table::new("beyond replica symmetry", columns());
        let columns = ["signal", "q_from", "q_to", "x"];
        let columns = columns.map(|name| match name {
            "signal" => Column::new(name).digits(Digits::Shortest),
            _ => Column::new(name),
        });
        let mut profile = Table::new("x(q) of the largest number of steps", columns);
        for unit in broken {
            push_levels(&mut levels, unit);
            let plateaus = unit.broken.deepest().map(|own| own.profile());
            for own in plateaus.into_iter().flatten() {
                let numbers = [own.from, own.to, own.x].map(Value::from);
                profile.push(std::iter::once(unit.signal.into()).chain(numbers).collect());
            }
        }
        match profile.rows.is_empty() {
            true => vec![levels],
            false => vec![levels, profile],
        }
    }

    pub(super) fn beyond_notes(&self) -> Vec<String> {
        let Some(beyond) = &self.rsb else {
            return Vec::new();
        };
        let mut notes = Vec::new();
        for unit in &beyond.units {
            let broken = &unit.broken;
            let name = format!("beyond replica symmetry, signal {}", unit.signal);
            if broken.end != BrokenEnd::Converged {
                notes.push(format!("{name}: {}", broken.explanation));
            }
            if broken.end == BrokenEnd::NoRoot
                && let Some(bound) = broken.symmetric
            {
                notes.push(format!("{name}: ℓ is at most {:.9}", bound.objective));
            }
            let missed = |own: &FullLimit| own.zeta.error.is_infinite();
            if broken.limit.as_ref().is_some_and(missed) {
                notes.push(format!("{name}: λ lies above the BBP threshold, where recovery sets in, and below the onset with this number of steps: there is an overlap, smaller than they resolve"));
            }
        }
        let broken = || beyond.units.iter().map(|own| &own.broken);
        if broken().any(|own| own.limit.is_some()) {
            notes.push("beyond replica symmetry, by Parisi's ansatz: the limit is the largest ℓ that any weights have. Gradient ascent from random weights ends below it; dmft follows that".into());
        }
        if broken().any(|own| own.limit.is_none() && !own.levels.is_empty()) {
            notes.push("beyond replica symmetry, by Parisi's ansatz: ℓ of a number of steps is an upper bound of the largest that any weights have".into());
        }
        if beyond.units.len() > 1 {
            let sum = beyond.log_likelihood.map_or("not obtained".into(), |own| {
                let value = number_for_people(own.value);
                match own.error.is_finite() {
                    true => format!("{value} ± {}", number_for_people(own.error)),
                    false => format!("{value} at most"),
                }
            });
            notes.push(format!("beyond replica symmetry, each unit with a signal of its own: ℓ = {sum}; other arrangements were not tried"));
        }
        notes
    }
}

fn columns() -> Vec<Column> {
    let short = |name: &str, heading: &str| Column::new(name).headed(heading);
    vec![
        Column::new("signal").digits(Digits::Shortest),
        Column::new("steps"),
        short("m", "M"),
        short("q", "Q"),
        short("zeta", "ζ"),
        short("q_0", "q₀"),
        short("v", "V"),
        short("x_first", "first x"),
        short("x_last", "last x"),
        observed(Quantity::LogLikelihood.into()),
        short("replicon_first", "first replicon"),
        short("replicon_last", "last replicon"),
        Column::new("residual"),
        Column::new("outcome"),
    ]
}

/// One row for replica symmetry, for each number of steps, for their limit and its errors.
fn push_levels(table: &mut Table, unit: &BrokenUnit) {
    let broken = &unit.broken;
    let mut push = |steps: Value, order: [Value; 5], rest: [Value; 6], outcome: &str| {
        let mut row = vec![unit.signal.into(), steps];
        row.extend(order);
        row.extend(rest);
        row.push(outcome.into());
        table.push(row);
    };
    let missing = || Value::Missing;
    if let Some(own) = broken.symmetric {
        let zeta = own.m.abs() / own.q.sqrt();
        let order = [own.m, own.q, zeta, own.q, own.v].map(Value::from);
        let rest = [
            missing(),
            missing(),
            own.objective.into(),
            own.replicon.into(),
            missing(),
            missing(),
        ];
        push("0".into(), order, rest, "upper-bound");
    }
    for own in &broken.levels {
        let order = &own.order;
        let shown = [order.m, own.q, own.zeta, order.q0, order.v].map(Value::from);
        let rest = [
            order.x.first().copied().into(),
            order.x.last().copied().into(),
            own.objective.into(),
            own.replicons.first().copied().into(),
            own.replicons.last().copied().into(),
            own.residual.into(),
        ];
        push(own.steps.to_string().into(), shown, rest, "converged");
    }
    if let Some(own) = broken.limit {
        // Of one or two numbers of steps those of the last.
        let outcome = match broken.levels.len() {
            0..=2 => "last-steps",
            _ => "extrapolated",
        };
        let all = [own.m, own.q, own.zeta, own.q0, own.v];
        for (name, part) in [
            ("limit", (|own| own.value) as fn(Measured) -> f64),
            ("±", |own| own.error),
        ] {
            let rest = [
                missing(),
                missing(),
                part(own.objective).into(),
                missing(),
                missing(),
                missing(),
            ];
            push(name.into(), all.map(|own| part(own).into()), rest, outcome);
        }
    }
}
