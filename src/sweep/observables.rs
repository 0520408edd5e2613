//! Columns of a sweep's table that are read off a fixed point.

use super::found::EvolutionPoint;
use crate::error::{Error, Result};
use crate::quantity::{Observable, Quantity, Shape};

/// What a fixed point has that a column may show.
const COLUMNS: [Quantity; 9] = [
    Quantity::Zeta,
    Quantity::M,
    Quantity::Q,
    Quantity::K,
    Quantity::Direction,
    Quantity::Cosine,
    Quantity::LogLikelihood,
    Quantity::JointEigenvalue,
    Quantity::Rate,
];

/// The observables of these names, or the default ones, for a model with this many signals and
/// units.
///
/// # Errors
/// An unknown name, one that is given twice, or an entry that the model does not have.
pub fn observables(
    names: Option<&[String]>,
    (signals, units): (usize, usize),
) -> Result<Vec<Observable>> {
    let Some(names) = names else {
        let rows = (0..signals).flat_map(|a| (0..units).map(move |b| (a, b)));
        let zeta = rows.map(|at| Observable::entry(Quantity::Zeta, at));
        return Ok(zeta.chain([Quantity::LogLikelihood.into()]).collect());
    };
    let mut all: Vec<Observable> = Vec::new();
    for name in names {
        let one = parse(name, signals, units)?;
        if all.contains(&one) {
            return Err(refuse(name, "is named twice".into()));
        }
        all.push(one);
    }
    Ok(all)
}

fn parse(name: &str, signals: usize, units: usize) -> Result<Observable> {
    let one: Observable = name.parse()?;
    if !COLUMNS.contains(&one.quantity) {
        let names: Vec<&str> = COLUMNS.iter().map(|column| column.name()).collect();
        let allowed = format!("is not a column of its own: there are {}", names.join(", "));
        return Err(refuse(name, allowed));
    }
    let (rows, row) = match one.quantity.shape() {
        Shape::SignalUnit => (signals, "signal"),
        Shape::UnitUnit => (units, "unit"),
        Shape::Scalar => return Ok(one),
    };
    let inside = |entry: crate::quantity::Entry| entry.row < rows && entry.column < units;
    if one.entry.is_some_and(inside) {
        return Ok(one);
    }
    let allowed = format!(
        "the model does not have it ({row} and unit; there are {signals} signals and {units} units)"
    );
    Err(refuse(name, allowed))
}

/// The value of an observable at a fixed point; `None` where the point does not have it.
pub fn value(observable: Observable, found: &EvolutionPoint) -> Option<f64> {
    match observable.quantity {
        Quantity::LogLikelihood => Some(found.stability.log_likelihood),
        Quantity::JointEigenvalue => Some(found.stability.joint_eigenvalue),
        Quantity::Rate => Some(found.rate),
        Quantity::K => found.k.get(observable.entry?.at()).copied(),
        _ => observable.of(&found.order),
    }
}

fn refuse(name: &str, allowed: String) -> Error {
    Error::invalid("observables", format!("\"{name}\""), allowed)
}
