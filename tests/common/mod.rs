//! Models that the test files share.
#![allow(dead_code)]

use onsager::hidden::{HiddenLaw, HiddenUnits};
use onsager::model::Model;
use onsager::signal::SignalLaw;
use onsager::theory::{FixedPoint, FixedPointSettings, Start, solve};

pub fn model(alpha: f64, lambda: &[f64], law: HiddenLaw, units: usize) -> Model {
    with_signal(alpha, lambda, law, units, SignalLaw::Rademacher)
}

pub fn with_signal(
    alpha: f64,
    lambda: &[f64],
    law: HiddenLaw,
    units: usize,
    signal: SignalLaw,
) -> Model {
    let hidden = HiddenUnits::new(law, units, &[]).expect("valid units");
    Model::new(alpha, lambda, hidden, signal, SignalLaw::Rademacher).expect("valid model")
}

pub fn rademacher(alpha: f64, lambda: &[f64]) -> Model {
    model(alpha, lambda, HiddenLaw::Rademacher, lambda.len())
}

pub fn fixed_point(model: &Model, start: &Start) -> FixedPoint {
    let solution = solve(model, start, &FixedPointSettings::default()).expect("valid settings");
    match solution.fixed_point() {
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
