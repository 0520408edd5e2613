//! What is beyond replica symmetry, in tables and words.

use super::Solved;
use crate::rsb::{Broken, BrokenEnd, BrokenSolution, FullLimit};
use crate::table::{Column, Digits, Table, Value};

impl Solved {
    /// Roots by number of steps with their limit, and `x(q)` of the last; nothing where replica
    /// symmetry holds.
    pub(super) fn beyond_tables(&self) -> Vec<Table> {
        let Some(broken) = self.rsb.as_ref().filter(|own| !own.levels.is_empty()) else {
            return Vec::new();
        };
        let profile = broken.deepest().map(profile);
        std::iter::once(levels(broken)).chain(profile).collect()
    }

    pub(super) fn beyond_notes(&self) -> Vec<String> {
        let Some(broken) = &self.rsb else {
            return Vec::new();
        };
        let mut notes = Vec::new();
        if broken.end != BrokenEnd::Converged {
            notes.push(format!("beyond replica symmetry: {}", broken.explanation));
        }
        if !broken.levels.is_empty() {
            notes.push("beyond replica symmetry, by Parisi's ansatz: the largest ℓ of all weights. Gradient ascent from random weights ends below it, which dmft follows".into());
        }
        if broken.levels.is_empty()
            && broken.end == BrokenEnd::NoRoot
            && let Some(bound) = broken.symmetric
        {
            notes.push(format!(
                "beyond replica symmetry: ℓ is at most {:.9}",
                bound.objective
            ));
        }
        let missed = |own: &FullLimit| own.zeta.error.is_infinite();
        if broken.limit.as_ref().is_some_and(missed) {
            notes.push("beyond replica symmetry: λ lies above the BBP threshold, where recovery sets in, and below that of the last number of steps: there is an overlap, smaller than these steps resolve".into());
        }
        notes
    }
}

fn levels(broken: &Broken) -> Table {
    let columns = [
        Column::new("steps").digits(Digits::Shortest),
        Column::new("m").headed("M"),
        Column::new("q").headed("Q"),
        Column::new("zeta").headed("ζ"),
        Column::new("q_0").headed("q₀"),
        Column::new("v").headed("V"),
        Column::new("x_first").headed("first x"),
        Column::new("x_last").headed("last x"),
        Column::new("log_likelihood").headed("ℓ"),
        Column::new("replicon_first").headed("first replicon"),
        Column::new("replicon_last").headed("last replicon"),
        Column::new("residual"),
    ];
    let title = format!("beyond replica symmetry: {}", broken.end.name());
    let mut table = Table::new(title, columns);
    if let Some(own) = broken.symmetric {
        let zeta = own.m.abs() / own.q.sqrt();
        let numbers = [own.m.abs(), own.q, zeta, own.q, own.v].map(Value::from);
        let mut row = vec![Value::from("0")];
        row.extend(numbers);
        row.extend([Value::Missing, Value::Missing, own.objective.into()]);
        row.extend([own.replicon.into(), Value::Missing, Value::Missing]);
        table.push(row);
    }
    for own in &broken.levels {
        let order = &own.order;
        let numbers = [order.m.abs(), own.q, own.zeta, order.q0, order.v].map(Value::from);
        let mut row = vec![Value::from(own.steps.to_string())];
        row.extend(numbers);
        row.extend([
            order.x.first().copied().into(),
            order.x.last().copied().into(),
            own.objective.into(),
            own.replicons.first().copied().into(),
            own.replicons.last().copied().into(),
            own.residual.into(),
        ]);
        table.push(row);
    }
    if let Some(limit) = broken.limit {
        let own = [limit.m, limit.q, limit.zeta, limit.q0, limit.v];
        let mut values = vec![Value::from("limit")];
        let mut errors = vec![Value::from("±")];
        values.extend(own.iter().map(|own| Value::from(own.value)));
        errors.extend(own.iter().map(|own| Value::from(own.error)));
        values.extend([Value::Missing, Value::Missing, limit.objective.value.into()]);
        errors.extend([Value::Missing, Value::Missing, limit.objective.error.into()]);
        values.resize(12, Value::Missing);
        errors.resize(12, Value::Missing);
        table.push(values);
        table.push(errors);
    }
    table
}

fn profile(deepest: &BrokenSolution) -> Table {
    let columns = [
        Column::new("from").headed("q from"),
        Column::new("to"),
        Column::new("x"),
    ];
    let title = format!("x(q) of {} step(s)", deepest.steps);
    let mut table = Table::new(title, columns);
    for own in deepest.profile() {
        table.push(vec![own.from.into(), own.to.into(), own.x.into()]);
    }
    table
}
