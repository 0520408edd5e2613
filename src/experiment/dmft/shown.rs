//! The dynamics in tables and words.

use super::super::tables::{entry_with_error, estimated, every, with_error};
use super::super::{Answer, settings::StartSettings};
use super::{DmftState, Dynamics};
use crate::quantity::{Observable, Quantity};
use crate::table::{Column, Digits, Table, Value};

impl Answer for Dynamics {
    fn tables(&self) -> Vec<Table> {
        let limit = self.long_time.as_ref().and_then(super::Limit::table);
        std::iter::once(self.trajectory()).chain(limit).collect()
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .prediction
            .departure()
            .iter()
            .map(|departure| format!("ended before step {}: {departure}", departure.time()))
            .collect();
        notes.extend(self.error_note());
        notes.extend(self.start_note());
        notes.extend(self.pca_note());
        notes.extend(self.bias_note());
        notes.extend(self.step_note());
        notes.extend(self.long_time.iter().flat_map(super::Limit::notes));
        let failure = self.no_long_time.as_ref();
        notes.extend(failure.map(|error| format!("no long-time limit: {error}")));
        notes
    }
}

impl Dynamics {
    /// Trajectory of `M_t`, `Q_tt`, `ζ_t` and the gradient, with standard errors.
    fn trajectory(&self) -> Table {
        let model = &self.settings.model;
        let quantities = [Quantity::M, Quantity::Q, Quantity::Zeta];
        let all = every(&quantities, model.lambda.len(), model.units);
        let gradient: Observable = Quantity::Gradient.into();
        let columns = std::iter::once(Column::new("t").digits(Digits::Shortest));
        let columns = columns.chain(all.iter().copied().chain([gradient]).flat_map(estimated));
        let mut table = Table::new(self.title(), columns);
        for state in &self.states {
            let mut row = vec![Value::from(state.t)];
            for observable in &all {
                row.extend(state.cells(*observable));
            }
            row.extend(with_error(state.gradient));
            table.push(row);
        }
        table
    }

    fn title(&self) -> String {
        let StartSettings {
            name,
            power_iterations,
            ..
        } = &self.settings.start;
        let power = match power_iterations {
            0 => String::new(),
            count => format!(" and {count} power iterations"),
        };
        let form = if self.decoupled {
            ", units one by one"
        } else {
            ""
        };
        let rules = &self.settings.rules;
        format!(
            "dynamical mean-field theory of gradient ascent from a {name} start{power}: {}, κ = {:.4}, {} sets of 2^{} paths{form}",
            self.settings.model.words(),
            rules.step,
            rules.randomisations,
            rules.log2_paths
        )
    }

    fn error_note(&self) -> Option<String> {
        match self.worst_standard_error {
            Some(error) => Some(format!(
                "largest standard error of an entry of M and Q: {error:.1e}"
            )),
            None if self.states.is_empty() => None,
            None => Some("one set of paths gives no standard error: raise --path-sets".into()),
        }
    }

    fn start_note(&self) -> Option<String> {
        let order = self.settings.start.order.as_ref()?;
        order.m.iter().all(|entry| *entry == 0.0).then(|| {
            "a start without overlap keeps M = 0 at all finite times, for which finite systems wait O(log d) steps: give --start-m, or --start spectral"
                .into()
        })
    }

    /// Whether the power iterations of a spectral start have reached the singular vectors.
    fn pca_note(&self) -> Option<String> {
        let pca = self.pca.as_ref()?;
        let overlaps = self.prediction.overlaps(0)?;
        let matching = self.prediction.order(0).map(|order| order.matching());
        let off = matching
            .unwrap_or_default()
            .into_iter()
            .map(|at| (overlaps.mean[at] - pca[at]).abs())
            .fold(0.0, f64::max);
        (off > 1e-3).then(|| {
            format!(
                "{} power iterations are not enough: they end {off:.1e} from the overlaps of the singular vectors; raise --power-iterations",
                self.settings.start.power_iterations
            )
        })
    }

    fn bias_note(&self) -> Option<String> {
        let log2_paths = self.settings.rules.log2_paths;
        let sets = self.settings.rules.randomisations;
        (sets > 1 << log2_paths.saturating_sub(6).max(4)).then(|| {
            format!(
                "with {sets} sets the bias of each set, of order 1/2^{log2_paths}, may exceed the standard error, which does not contain it: raise --log2-paths instead"
            )
        })
    }

    fn step_note(&self) -> Option<String> {
        let t = self.unstable_from?;
        Some(format!(
            "from t = {t} on the step exceeds the stability bound 2/λ_max at Q_t: it may oscillate; lower --step"
        ))
    }
}

impl DmftState {
    /// An entry of `M`, `Q` or `ζ` with its standard error.
    fn cells(&self, observable: Observable) -> [Value; 2] {
        let estimate = match observable.quantity {
            Quantity::M => self.m.as_ref(),
            Quantity::Q => self.q.as_ref(),
            Quantity::Zeta => self.zeta.as_ref(),
            _ => None,
        };
        match observable.entry {
            Some(entry) => entry_with_error(estimate, entry.at()),
            None => [Value::Missing, Value::Missing],
        }
    }
}
