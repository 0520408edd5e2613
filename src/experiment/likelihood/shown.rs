//! The exact likelihood as tables and words.

use super::{Likelihoods, WeightSource};
use crate::experiment::Answer;
use crate::experiment::tables::with_error;
use crate::table::{Column, Digits, Table, Value};

/// Names and headings of the coefficients.
const COEFFICIENTS: [(&str, &str); 4] = [
    ("c_0", "c₀"),
    ("c_1", "c₁"),
    ("c_3_2", "c_{3/2}"),
    ("c_2", "c₂"),
];

impl Likelihoods {
    fn differences(&self) -> Table {
        let title = format!(
            "exact log-likelihood less the effective objective, α = {}: visible units {}, k = {} hidden units {}",
            self.settings.alpha,
            self.settings.visible.name,
            self.settings.bias.len(),
            self.settings.hidden.name
        );
        let columns = [
            Column::new("d").digits(Digits::Shortest),
            Column::new("difference").headed("log L − log L̃"),
            Column::new("difference_error").headed("±"),
            Column::new("per_unit")
                .headed("per visible unit")
                .digits(Digits::Scientific),
            Column::new("expansion").headed("four terms"),
            Column::new("rest")
                .headed("left")
                .digits(Digits::Scientific),
            Column::new("predicted").headed("c₀ √d + c₁ of infinitely many rows"),
        ];
        let mut table = Table::new(title, columns);
        for row in &self.sizes {
            let [difference, error] = with_error(Some(row.difference));
            table.push(vec![
                row.d.into(),
                difference,
                error,
                (row.difference.mean / row.d as f64).into(),
                row.expansion.mean.into(),
                row.rest.mean.into(),
                row.predicted.into(),
            ]);
        }
        table
    }

    fn coefficients(&self) -> Table {
        let names = COEFFICIENTS.map(|(name, head)| Column::new(name).headed(head));
        let first = Column::new("d").digits(Digits::Shortest);
        let title = "coefficients of log L − log L̃ = c₀ √d + c₁ + c_{3/2}/√d + c₂/d + …, means over the draws; without d: of infinitely many rows";
        let mut table = Table::new(title, std::iter::once(first).chain(names));
        let row = |d: Value, terms: &[f64; 4]| {
            let terms = terms.iter().map(|&term| Value::from(term));
            std::iter::once(d).chain(terms).collect()
        };
        for size in &self.sizes {
            table.push(row(size.d.into(), &size.coefficients));
        }
        if let Some(terms) = &self.population {
            table.push(row(Value::Missing, terms));
        }
        table
    }
}

impl Answer for Likelihoods {
    fn tables(&self) -> Vec<Table> {
        vec![self.differences(), self.coefficients()]
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let rounding = self.sizes.iter().map(|row| row.rounding);
        let rounding = rounding.fold(0.0, f64::max);
        if self.exact {
            notes.push(format!(
                "the effective objective is exact for these visible units: log Z and η2 are equal to {rounding:.1e} in the objective"
            ));
        }
        if let Some(exponent) = self.exponent {
            notes.push(format!(
                "the difference per visible unit goes as {}",
                exponent.words()
            ));
        }
        let has_mean = self.settings.visible_mean != 0.0;
        if has_mean && matches!(self.settings.weights, WeightSource::Drawn { .. }) {
            notes.push(
                "visible units of mean m other than 0 have the hidden biases b + m W^T 1/√d, which differ from draw to draw: there is no prediction for infinitely many rows".into(),
            );
        }
        notes
    }
}
