//! Columns and cells that several tables have.

use crate::dmft::Estimated;
use crate::ensemble::Estimate;
use crate::quantity::{Observable, Quantity};
use crate::table::{Column, Value};

/// A column of an observable.
pub fn observed(observable: Observable) -> Column {
    Column::new(observable.to_string()).headed(observable.symbol())
}

/// A column of an observable, and one of its standard error.
pub fn estimated(observable: Observable) -> [Column; 2] {
    let error = Column::new(format!("{observable}_error"));
    [
        observed(observable),
        error.headed(format!("± {}", observable.symbol())),
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
