//! What contrastive divergence learns, as tables and words.

use super::simulated::observables;
use super::{ChainRow, ContrastiveLearning};
use crate::contrastive::{ContrastiveOutcome, TrainingEnd};
use crate::experiment::Answer;
use crate::experiment::tables::{estimated, every, observed, with_error};
use crate::quantity::{Observable, Quantity};
use crate::table::{Column, Table, Value, tallied, tally};
use std::collections::BTreeMap;

impl ContrastiveLearning {
    fn shape(&self) -> (usize, usize) {
        let model = &self.settings.model;
        (model.lambda.len(), model.units)
    }

    fn limits(&self) -> Table {
        let (signals, units) = self.shape();
        let all = every(&[Quantity::M, Quantity::Q, Quantity::Zeta], signals, units);
        let first = [
            Column::new("learned_by").headed("by"),
            Column::new("outcome"),
        ];
        let columns = first.into_iter().chain(all.iter().copied().map(observed));
        let title = format!(
            "fixed points for d → ∞, {}, k = {units} hidden units {}, b = {:?}",
            self.settings.model.words(),
            self.settings.model.hidden.name,
            self.settings.model.bias
        );
        let mut table = Table::new(title, columns);
        let outcome = match self.objective {
            Some(_) => "converged",
            None => "not-found",
        };
        let of = |order: Option<&crate::order_parameters::OrderParameters>, one: &Observable| {
            Value::from(order.and_then(|order| one.of(order)))
        };
        let values = all.iter().map(|one| of(self.objective.as_ref(), one));
        let head = [Value::from("exact"), outcome.into()];
        table.push(head.into_iter().chain(values).collect());
        for row in &self.chains {
            let order = row.limit.as_ref().map(|limit| &limit.order);
            let outcome = row.outcome.map_or("no-theory", ContrastiveOutcome::name);
            let head = [Value::from(row.name.as_str()), outcome.into()];
            let values = all.iter().map(|one| of(order, one));
            table.push(head.into_iter().chain(values).collect());
        }
        table
    }

    fn differences(&self) -> Option<Table> {
        let trained = self.settings.trained.as_ref()?;
        let (signals, units) = self.shape();
        let all = observables(signals, units);
        let columns = all.iter().flat_map(|&one| {
            let [value, error] = estimated(one);
            let limit = Column::new(format!("{one}_limit"));
            [value, error, limit.headed("d → ∞")]
        });
        let first = std::iter::once(Column::new("learned_by").headed("by"));
        let title = format!(
            "less the exact gradient on the same data: d = {}, n = {}, {} instances",
            trained.size.d, trained.size.n, trained.instances
        );
        let mut table = Table::new(title, first.chain(columns));
        for row in &self.chains {
            let mut cells = vec![Value::from(row.name.as_str())];
            for (place, one) in all.iter().enumerate() {
                let learned = row.learned.as_ref();
                let found = learned.and_then(|learned| learned.differences.get(place)?.difference);
                cells.extend(with_error(found));
                cells.push(self.predicted(row, *one).into());
            }
            table.push(cells);
        }
        Some(table)
    }

    /// The difference for `d → ∞`.
    fn predicted(&self, row: &ChainRow, observable: Observable) -> Option<f64> {
        let limit = observable.of(&row.limit.as_ref()?.order)?;
        Some(limit - observable.of(self.objective.as_ref()?)?)
    }
}

impl Answer for ContrastiveLearning {
    fn tables(&self) -> Vec<Table> {
        std::iter::once(self.limits())
            .chain(self.differences())
            .collect()
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.objective.is_none() {
            notes.push(format!("objective: {}", self.objective_outcome));
        }
        if let Some(reason) = &self.no_theory {
            notes.push(format!("no theory of the chains: {reason}"));
        }
        for row in &self.chains {
            match row.outcome {
                None | Some(ContrastiveOutcome::Converged) => {}
                Some(outcome) => notes.push(format!("{}: {}", row.name, outcome.explanation())),
            }
        }
        if !self.exact.is_empty() {
            notes.push(format!("exact: {}", counted(&self.exact)));
        }
        for row in &self.chains {
            if let Some(learned) = &row.learned {
                notes.push(format!("{}: {}", row.name, counted(&learned.ends)));
            }
        }
        let bound = self
            .chains
            .iter()
            .filter_map(|row| row.learned.as_ref()?.excess_bound)
            .reduce(f64::max);
        if let Some(bound) = bound {
            notes.push(format!(
                "sampling noise adds at most {bound:.1e} to Q at the last rate, before weights are averaged"
            ));
        }
        notes
    }
}

/// How training ended, as `settled: 7, diverged: 1`.
pub(crate) fn counted(ends: &[TrainingEnd]) -> String {
    let mut counts = BTreeMap::new();
    for end in ends {
        tally(&mut counts, end.name().to_owned(), 1);
    }
    tallied(&counts)
}
