//! The approach to the limit in tables and words.

use super::{Approach, Common, FiniteSizeSettings, FiniteSizes, Measured, QuantityAtSize};
use crate::experiment::Answer;
use crate::experiment::simulate::store_note;
use crate::experiment::tables::{controls_note, reduction, reduction_column, with_error};
use crate::simulation::SimulationStart;
use crate::start::Start;
use crate::table::{Column, Digits, Table, Value};

/// A law is called into question below this probability.
const DOUBT: f64 = 0.01;

impl FiniteSizes {
    fn numbers(&self) -> Table {
        let settings = &self.settings;
        let title = format!(
            "{} from a {} start, {}, {}: mean = theory + a/d, spread of one instance = s/√d",
            settings.run.method.name(),
            settings.run.start.name(),
            settings.instances_in_words("at each size"),
            settings.model.words()
        );
        let columns = [
            Column::new("quantity"),
            Column::new("d").digits(Digits::Shortest),
            Column::new("instances").digits(Digits::Shortest),
            Column::new("theory"),
            Column::new("mean"),
            Column::new("standard_error").headed("standard error"),
            bias(),
            bias_error(),
            spread(),
            spread_error(),
            reduction_column(),
        ];
        let mut table = Table::new(title, columns);
        for one in &self.quantities {
            for at in &one.sizes {
                table.push(size_cells(one, at));
            }
        }
        table
    }

    fn laws(&self) -> Table {
        let p = |name: &str| Column::new(name).headed("p").digits(Digits::Fixed(3));
        let square = |name: &str| Column::new(name).headed("χ²").digits(Digits::Fixed(2));
        let power =
            |name: &str, heading: &str| Column::new(name).headed(heading).digits(Digits::Fixed(3));
        let columns = [
            Column::new("quantity"),
            bias(),
            bias_error(),
            square("bias_chi_square"),
            p("bias_p_value"),
            power("bias_exponent", "power of bias"),
            power("bias_exponent_error", "±"),
            spread(),
            spread_error(),
            square("spread_chi_square"),
            p("spread_p_value"),
            power("spread_exponent", "power of spread"),
            power("spread_exponent_error", "±"),
        ];
        let title = format!(
            "common a and s of {} size(s): p-values of the laws a/d and s/√d; powers −1 and −0.5 by these laws",
            self.runs.len()
        );
        let mut table = Table::new(title, columns);
        for one in &self.quantities {
            let mut row = vec![Value::from(one.quantity)];
            row.extend(common_cells(one.bias));
            row.extend(cells(one.bias_exponent));
            row.extend(common_cells(one.spread));
            row.extend(cells(one.spread_exponent));
            table.push(row);
        }
        table
    }

    fn needed(&self) -> Table {
        let count =
            |name: &str, heading: &str| Column::new(name).headed(heading).digits(Digits::Shortest);
        let columns = [
            Column::new("quantity"),
            count("d_bias", "d for the bias"),
            count("d_spread", "d for the spread"),
            count("d_one_instance", "d for one instance"),
            count("d", "at d ="),
            count("instances_needed", "instances"),
            count("instances_with_controls", "with control variates"),
        ];
        let title = format!(
            "smallest d, and numbers of instances, for an accuracy of {}: bias |a| + 2 s.e., root mean square with the spread",
            self.settings.accuracy
        );
        let mut table = Table::new(title, columns);
        for one in &self.quantities {
            let Some(needed) = &one.needed else { continue };
            for (place, at) in needed.instances.iter().enumerate() {
                let first = |value: f64| Some(value).filter(|_| place == 0).into();
                let whole = |count: Option<u64>| Value::from(count.map(|count| count as f64));
                table.push(vec![
                    one.quantity.into(),
                    first(needed.d_bias),
                    first(needed.d_spread),
                    first(needed.d_one_instance),
                    at.d.into(),
                    whole(at.plain),
                    whole(at.with_controls),
                ]);
            }
        }
        table
    }

    fn doubts(&self) -> impl Iterator<Item = String> + '_ {
        self.quantities.iter().flat_map(|one| {
            let laws = [("a/d", one.bias), ("s/√d", one.spread)];
            laws.into_iter().filter_map(|(law, common)| {
                let p = common?.p_value.filter(|p| *p < DOUBT)?;
                Some(format!(
                    "{} does not follow {law} over these sizes (p = {p:.1e}): what follows from the law does not hold",
                    one.quantity.symbol()
                ))
            })
        })
    }
}

impl FiniteSizeSettings {
    /// How many instances there are, as `400 instances at each size`.
    pub(crate) fn instances_in_words(&self, each: &str) -> String {
        if self.instances_at.is_empty() {
            format!("{} instances {each}", self.instances)
        } else {
            format!("{:?} instances", self.instances_at)
        }
    }
}

impl Answer for FiniteSizes {
    fn tables(&self) -> Vec<Table> {
        vec![self.numbers(), self.laws(), self.needed()]
    }

    fn notes(&self) -> Vec<String> {
        let ended = |at: &super::RunsAtSize| format!("d = {}: {}", at.d, at.outcomes);
        let mut notes: Vec<String> = self.runs.iter().map(ended).collect();
        notes.extend(store_note(self.settings.run.store));
        if self.runs.is_empty() {
            notes.push("there is no limit to compare with, and nothing was simulated".into());
        } else {
            notes.push(controls_note(&self.controls));
        }
        notes.extend(self.remarks.iter().cloned());
        notes.extend(self.doubts());
        let unfinished: usize = self.runs.iter().map(|at| at.usable - at.converged).sum();
        if unfinished > 0 {
            notes.push(format!(
                "{unfinished} runs that did not converge are among the numbers, at their last weights"
            ));
        }
        let failed: usize = self.runs.iter().map(|at| at.instances - at.usable).sum();
        if failed > 0 {
            notes.push(format!(
                "{failed} runs have no usable weights: they are missing, and the means are those of the others"
            ));
        }
        if self.settings.run.start == SimulationStart::Overlaps(Start::Planted) {
            notes.push(
                "runs from a planted start end at the maximum near the signals, which at small d need not be the largest".into(),
            );
        }
        notes
    }
}

fn bias() -> Column {
    Column::new("bias").headed("a").digits(Digits::Fixed(4))
}

fn bias_error() -> Column {
    Column::new("bias_error")
        .headed("± a")
        .digits(Digits::Fixed(4))
}

fn spread() -> Column {
    Column::new("spread").headed("s").digits(Digits::Fixed(4))
}

fn spread_error() -> Column {
    Column::new("spread_error")
        .headed("± s")
        .digits(Digits::Fixed(4))
}

fn size_cells(one: &Approach, at: &QuantityAtSize) -> Vec<Value> {
    let [mean, error] = with_error(Some(at.mean));
    vec![
        one.quantity.into(),
        at.d.into(),
        at.mean.count.into(),
        one.limit.into(),
        mean,
        error,
        at.bias.value.into(),
        at.bias.standard_error.into(),
        at.spread.value.into(),
        at.spread.standard_error.into(),
        reduction(at.adjustment),
    ]
}

fn cells(measured: Option<Measured>) -> [Value; 2] {
    [
        measured.map(|one| one.value).into(),
        measured.map(|one| one.standard_error).into(),
    ]
}

fn common_cells(common: Option<Common>) -> Vec<Value> {
    let [value, error] = cells(common.map(|one| one.mean));
    let square = common.filter(|one| one.freedom > 0);
    vec![
        value,
        error,
        square.map(|one| one.chi_square).into(),
        common.and_then(|one| one.p_value).into(),
    ]
}
