//! The functional against differences and limits, and its roots against known values.

mod functional;
mod roots;

use super::functional::Functional;
use super::order::StepOrder;
use crate::hidden::HiddenUnits;
use crate::law::{ContinuousLaw, Law, ScalarAtoms};
use crate::model::Model;

fn model(alpha: f64, lambda: f64) -> Model {
    let signs = Law::rademacher;
    let hidden = HiddenUnits::new(signs(), 1, &[]).expect("valid");
    Model::new(alpha, &[lambda], hidden, signs(), signs()).expect("valid")
}

fn of(model: &Model) -> Functional<'_> {
    Functional::new(model).expect("one bounded unit and one signal")
}

/// Units that are 0 with probability `1 − ρ`, of variance 1.
fn sparse(density: f64) -> Law {
    let size = density.sqrt().recip();
    let law = ScalarAtoms::new(
        &[-size, 0.0, size],
        &[0.5 * density, 1.0 - density, 0.5 * density],
    );
    Law::Separable(law.expect("valid"))
}

fn laplace() -> Law {
    Law::Continuous(ContinuousLaw::Laplace {
        scale: 0.5f64.sqrt(),
    })
}

/// Models of several laws of unit and signal, some with a bias.
fn various() -> Vec<Model> {
    let skewed = ScalarAtoms::new(&[-0.5, 2.0], &[0.8, 0.2]).expect("valid");
    [
        (2.0, 1.0, Law::rademacher(), 0.0, Law::rademacher()),
        (0.8, 1.3, Law::rademacher(), 0.0, Law::Gaussian),
        (1.4, 0.9, sparse(0.6), 0.0, laplace()),
        (3.0, 0.8, Law::rademacher(), 0.3, Law::rademacher()),
        (2.5, 0.9, Law::rademacher(), -0.2, Law::Separable(skewed)),
    ]
    .into_iter()
    .map(|(alpha, lambda, law, bias, signal)| {
        let hidden = HiddenUnits::new(law, 1, &[bias]).expect("valid");
        Model::new(alpha, &[lambda], hidden, signal, Law::Gaussian).expect("valid")
    })
    .collect()
}
