//! Models that the test files share.
#![allow(dead_code)]

use onsager::hidden::HiddenUnits;
use onsager::law::{FormulaLaw, Law};
use onsager::model::Model;
use onsager::start::Start;
use onsager::symbolic::{Scope, Symbol};
use onsager::theory::{Findings, FixedPoint, FixedPointSettings, Starts, find};

pub fn model(alpha: f64, lambda: &[f64], law: Law, units: usize) -> Model {
    with_signal(alpha, lambda, law, units, Law::rademacher())
}

pub fn with_signal(alpha: f64, lambda: &[f64], law: Law, units: usize, signal: Law) -> Model {
    let hidden = HiddenUnits::new(law, units, &[]).expect("valid units");
    Model::new(alpha, lambda, hidden, signal, Law::rademacher()).expect("valid model")
}

pub fn rademacher(alpha: f64, lambda: &[f64]) -> Model {
    model(alpha, lambda, Law::rademacher(), lambda.len())
}

/// Hidden units whose law is given by a formula in these variables.
pub fn formula(variables: &[&str], text: &str) -> Law {
    let mut scope = Scope::default();
    variables.iter().for_each(|name| scope.declare(name));
    let read = scope.read(text).expect("a formula");
    let symbols: Vec<Symbol> = variables.iter().map(|name| Symbol::new(name)).collect();
    Law::Formula(FormulaLaw::new(&symbols, &read.expression).expect("a law"))
}

/// The flat ternary law, as a formula.
pub const TERNARY: &str = "ln((1 + 2*cosh(sqrt(3/2)*z))/3)";

/// The search from one start.
pub fn solve(model: &Model, start: &Start, settings: &FixedPointSettings) -> Findings {
    find(model, Starts::Only(std::slice::from_ref(start)), settings).expect("valid settings")
}

pub fn fixed_point(model: &Model, start: &Start) -> FixedPoint {
    match solve(model, start, &FixedPointSettings::default()).answer() {
        Ok(point) => point.clone(),
        Err(outcome) => panic!("{outcome}: {}", outcome.explanation()),
    }
}

#[track_caller]
pub fn close(value: f64, expected: f64, tolerance: f64) {
    let difference = (value - expected).abs();
    assert!(
        difference <= tolerance,
        "{value} differs from {expected} by {difference:.2e} > {tolerance:.0e}"
    );
}
