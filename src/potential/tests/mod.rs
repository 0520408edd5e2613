//! Every built-in potential against numbers and identities that were derived elsewhere.

mod branches;
mod composite;
mod derivatives;
mod failures;
mod hopfield;
mod independent;
mod learning;
mod modes;
mod perceptrons;
mod phases;
mod sampled;
mod scan;
mod spiked_covariance;
mod spin_glass;
mod thermodynamics;

use super::*;
use crate::definitions::{Catalogue, PotentialDefinition, Settings};

/// A potential by name or path, with parameters and priors set: `[("T", "0.5")]`.
fn definition(name: &str, settings: &[(&str, &str)]) -> PotentialDefinition {
    let settings: Settings = settings
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect();
    Catalogue::default()
        .potential(name, &settings)
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The search from the definition's own starts.
fn solutions(definition: &PotentialDefinition) -> Vec<Solution> {
    let settings = PotentialSettings {
        random_starts: 0,
        ..PotentialSettings::default()
    };
    solve(definition, &settings).unwrap_or_else(|error| panic!("{}: {error}", definition.name))
}

/// The point that the start of that name leads to.
fn point_from(definition: &PotentialDefinition, start: &str) -> SaddlePoint {
    let solutions = solutions(definition);
    let solution = solutions
        .iter()
        .find(|solution| solution.starts.iter().any(|name| name == start))
        .expect("every start has a solution");
    match solution.point() {
        Ok(point) => point.clone(),
        Err(outcome) => panic!("{} from {start}: {outcome}", definition.name),
    }
}

fn observable(point: &SaddlePoint, name: &str) -> f64 {
    let found = point.observables.iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no observable {name}")).1
}

fn replicon(point: &SaddlePoint) -> f64 {
    point.replicon.expect("the definition has a replicon")
}

fn rate(point: &SaddlePoint) -> f64 {
    point.rate.expect("the definition has a saddle-point map")
}

/// Writes a definition to a temporary folder and reads it.
fn written(text: &str) -> PotentialDefinition {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("own.toml");
    std::fs::write(&path, text).expect("writable");
    definition(path.to_str().expect("a path in Unicode"), &[])
}

/// A potential of one order parameter `m`: more keys at the top, terms, and where the search
/// starts.
fn one_parameter(top: &str, domain: &str, terms: &str, start: &str) -> PotentialDefinition {
    written(&one_parameter_text(top, domain, terms, start))
}

fn one_parameter_text(top: &str, domain: &str, terms: &str, start: &str) -> String {
    format!(
        r#"
kind = "potential"
title = "One order parameter"
source = "a test"
variables = ["x"]
{top}

[[order_parameters]]
name = "m"
domain = "{domain}"

{terms}

[[starts]]
name = "start"
m = {start}
"#
    )
}

fn term(expression: &str) -> String {
    format!("[[terms]]\nexpression = \"{expression}\"")
}

/// Checks named numbers against a table, each within `tolerance`.
#[track_caller]
fn assert_all_close(context: &str, tolerance: f64, numbers: &[(&str, f64, f64)]) {
    for (name, value, expected) in numbers {
        assert!(
            (value - expected).abs() <= tolerance,
            "{context}: {name} is {value}, not {expected}: off by {:.1e}",
            (value - expected).abs()
        );
    }
}
