//! The comparison in tables and words.

use super::super::Answer;
use super::super::simulate::store_note;
use super::super::tables::{controls_note, reduction, reduction_column};
use super::{Compared, Reached};
use crate::comparison::{CLEAR, Comparison, JudgedRow, Judgement};
use crate::ensemble::PrecisionOutcome;
use crate::table::{Column, Digits, Table, Value};

impl Answer for Compared {
    fn tables(&self) -> Vec<Table> {
        let title = format!(
            "{} against theory",
            self.settings.simulation.words(self.instances)
        );
        let reduced = || self.controls.as_ref().map(|_| reduction_column());
        let mut table = Table::new(title, columns().into_iter().chain(reduced()));
        for judged in self.judgement.iter().flat_map(|one| &one.rows) {
            let reduction = reduced().map(|_| reduction(judged.row.adjustment));
            table.push(cells(judged).into_iter().chain(reduction).collect());
        }
        vec![table]
    }

    fn notes(&self) -> Vec<String> {
        let Some(judgement) = &self.judgement else {
            let none =
                "no verdict: there is no prediction to compare with, and nothing was simulated";
            return self.remarks.iter().cloned().chain([none.into()]).collect();
        };
        let mut notes = vec![format!("runs: {}", self.outcomes)];
        notes.extend(store_note(self.settings.simulation.run.store));
        notes.extend(self.controls.as_ref().map(|all| controls_note(all)));
        notes.extend(self.remarks.iter().cloned());
        notes.extend(self.ending_notes(judgement));
        notes.extend(self.size_notes());
        let precision = self.precision.zip(self.comparison.as_ref());
        notes
            .extend(precision.map(|(reached, held)| precision_note(reached, held, self.instances)));
        notes.push(verdict_note(judgement));
        notes
    }
}

impl Compared {
    fn ending_notes(&self, judgement: &Judgement) -> Vec<String> {
        let usable = self
            .comparison
            .as_ref()
            .map_or(0, |own| own.instances.len());
        let note = |one: &crate::comparison::EndingCount| {
            let all = if one.instances.len() == usable && usable > 1 {
                "all "
            } else {
                ""
            };
            format!("{all}{one}")
        };
        judgement.endings.iter().map(note).collect()
    }

    fn size_notes(&self) -> Vec<String> {
        let d = self.settings.simulation.size.d as f64;
        let mut notes = vec![format!(
            "theory holds for d → ∞: at d = {d} a bias of order 1/d = {:.1e} remains, and a spread of order 1/√d = {:.1e}",
            1.0 / d,
            1.0 / d.sqrt()
        )];
        if !self.settings.trajectory {
            notes.push(format!(
                "ζ that is predicted below {CLEAR}/√d = {:.1e} is compared with its sign, in M: an absolute value is as large as its noise",
                CLEAR / d.sqrt()
            ));
        }
        notes
    }
}

fn precision_note(
    Reached { wanted, outcome }: Reached,
    comparison: &Comparison,
    count: usize,
) -> String {
    let (wanted, largest) = (wanted.standard_error, comparison.largest_standard_error());
    match outcome {
        PrecisionOutcome::Reached => format!(
            "precision reached with {count} instances: every standard error is at most {wanted} (largest {largest:.2e})"
        ),
        PrecisionOutcome::MaxInstances => format!(
            "precision not reached with {count} instances, the most allowed: the largest standard error is {largest:.2e}, not {wanted}"
        ),
    }
}

fn verdict_note(judgement: &Judgement) -> String {
    let (rows, level) = (&judgement.rows, judgement.criteria.level);
    let worst = rows.iter().map(|row| row.row.deviation.abs());
    let worst = worst.fold(0.0, f64::max);
    let limit = rows.iter().map(|row| row.limit).fold(0.0, f64::max);
    let numbers = format!(
        "{} numbers, largest deviation {worst:.2} standard errors, limit {limit:.1} by Student's law at level {level}, p = {:.2e}",
        rows.len(),
        judgement.p_value
    );
    let reasons: Vec<String> = judgement.reasons.iter().map(ToString::to_string).collect();
    if reasons.is_empty() {
        return format!("{}: {numbers}", judgement.verdict);
    }
    format!("{}: {} ({numbers})", judgement.verdict, reasons.join("; "))
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("t").digits(Digits::Shortest),
        Column::new("quantity"),
        Column::new("theory"),
        Column::new("theory_error").headed("± theory"),
        Column::new("simulation"),
        Column::new("standard_error").headed("standard error"),
        Column::new("deviation")
            .headed("deviation / s.e.")
            .digits(Digits::Fixed(2)),
        Column::new("limit").digits(Digits::Fixed(1)),
        Column::new("noticeable").digits(Digits::Fixed(3)),
        Column::new("p_value").headed("p").digits(Digits::Fixed(3)),
        Column::new("differs"),
    ]
}

fn cells(judged: &JudgedRow) -> Vec<Value> {
    let row = &judged.row;
    vec![
        row.iteration.map_or_else(|| "end".into(), Value::from),
        row.quantity.into(),
        row.theory.into(),
        row.theory_error.into(),
        row.simulation.mean.into(),
        row.simulation.standard_error.into(),
        row.deviation.into(),
        judged.limit.into(),
        judged.noticeable.into(),
        row.p_value.into(),
        judged.differs.into(),
    ]
}
