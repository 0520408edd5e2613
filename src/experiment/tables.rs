//! Columns and cells that several tables have.

use crate::dmft::Estimated;
use crate::ensemble::{Adjustment, Estimate};
use crate::quantity::{Observable, Quantity};
use crate::simulation::Control;
use crate::table::{Column, Digits, Value};

/// A column of an observable.
pub fn observed(observable: Observable) -> Column {
    Column::new(observable.to_string()).headed(observable.symbol())
}

/// A column of an observable, and one of its standard error.
pub fn estimated(observable: Observable) -> [Column; 2] {
    let error = Column::new(format!("{observable}_error"));
    [
        observed(observable).digits(Digits::ByError),
        error
            .digits(Digits::Error)
            .headed(format!("± {}", observable.symbol())),
    ]
}

/// All entries of these quantities, quantity by quantity.
pub fn every(quantities: &[Quantity], signals: usize, units: usize) -> Vec<Observable> {
    let all = |quantity: &Quantity| Observable::all_of(*quantity, signals, units);
    quantities.iter().flat_map(all).collect()
}

/// Mean and standard error.
pub fn with_error(estimate: Option<Estimate>) -> [Value; 2] {
    [
        estimate.map(|estimate| estimate.mean).into(),
        estimate.and_then(|estimate| estimate.standard_error).into(),
    ]
}

/// Mean and standard error of one entry.
pub fn entry_with_error(estimate: Option<&Estimated>, at: (usize, usize)) -> [Value; 2] {
    let error = |estimate: &Estimated| Some(estimate.standard_error.as_ref()?[at]);
    [
        estimate.map(|estimate| estimate.mean[at]).into(),
        estimate.and_then(error).into(),
    ]
}

/// The column of what control variates reduce the variance of a mean by.
pub fn reduction_column() -> Column {
    let column = Column::new("variance_reduction").headed("variance ÷");
    column.digits(Digits::Fixed(2))
}

/// Its cell.
pub fn reduction(adjustment: Option<Adjustment>) -> Value {
    adjustment
        .and_then(|adjustment| adjustment.reduction)
        .into()
}

/// Which control variates there are.
pub fn controls_note(controls: &[Control]) -> String {
    let names: Vec<String> = controls.iter().map(Control::to_string).collect();
    format!(
        "means are corrected by control variates of mean 0: {}",
        names.join(", ")
    )
}
