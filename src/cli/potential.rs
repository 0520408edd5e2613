//! `onsager solve DEFINITION`: stationary points of a potential.

use super::CommandResult;
use super::output::{Reply, TextTable, number, optional};
use onsager::definitions::{Catalogue, PotentialDefinition, Settings};
use onsager::error::{Error, Result};
use onsager::options::{ModelOptions, SolverOptions};
use onsager::potential::{PotentialSettings, SaddlePoint, Solution, solve};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// Reads `key=value` settings.
pub fn settings(pairs: &[String]) -> Result<Settings> {
    let mut settings = Settings::new();
    for pair in pairs {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Error::invalid(
                "set",
                format!("\"{pair}\""),
                "write --set name=value",
            ));
        };
        if settings
            .insert(key.trim().into(), value.trim().into())
            .is_some()
        {
            return Err(Error::invalid(
                "set",
                format!("\"{pair}\""),
                format!("{key} is set twice"),
            ));
        }
    }
    Ok(settings)
}

/// Refuses flags of a model beside a potential.
pub fn refuse_flags_of_a_model(model: &ModelOptions) -> Result<()> {
    let own = ModelOptions {
        equations: None,
        ..model.clone()
    };
    if own == ModelOptions::default() {
        return Ok(());
    }
    let allowed = "a potential has parameters and starts of its own: set them with --set name=value, and in its file";
    Err(Error::invalid("flags of the model", "given", allowed))
}

/// The tuning of the search, from the solver's options.
pub fn tuning(solver: &SolverOptions, seed: u64) -> Result<PotentialSettings> {
    let seed = solver.resolve(seed)?.seed;
    Ok(PotentialSettings::of(solver, seed))
}

/// Solves the potential of that name or path.
pub fn run(
    name: &str,
    pairs: &[String],
    folder: Option<&Path>,
    tuning: &PotentialSettings,
) -> CommandResult {
    let definition = Catalogue::new(folder)?.potential(name, &settings(pairs)?)?;
    let solutions = solve(&definition, tuning)?;
    Ok(Reply {
        json: json!({
            "definition": name,
            "title": definition.title,
            "parameters": definition.values,
            "priors": definition.priors.iter().map(|(role, prior)| (role.clone(), json!(prior.name))).collect::<Value>(),
            "citations": definition.citations(),
            "fixed_points": solutions.iter().map(|solution| solution_json(&definition, solution)).collect::<Vec<_>>(),
        }),
        tables: vec![table(&definition, &solutions)],
        notes: notes(&solutions),
        exit: ExitCode::SUCCESS,
        data: None,
    })
}

fn table(definition: &PotentialDefinition, solutions: &[Solution]) -> TextTable {
    let mut columns = vec!["start".to_owned()];
    columns.extend(
        definition
            .order_parameters
            .iter()
            .map(|order| order.name.clone()),
    );
    columns.extend(["Φ", "rate", "replicon", "stable"].map(String::from));
    columns.extend(
        definition
            .observables
            .iter()
            .map(|observable| observable.name.clone()),
    );
    columns.extend(["residual", "quadrature error", "outcome"].map(String::from));
    let parameters: Vec<String> = definition
        .values
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let priors = definition
        .priors
        .iter()
        .map(|(role, prior)| format!("{role} = {}", prior.name));
    TextTable {
        title: format!(
            "{}: {}",
            definition.title,
            parameters
                .into_iter()
                .chain(priors)
                .collect::<Vec<_>>()
                .join(", ")
        ),
        rows: solutions
            .iter()
            .map(|solution| row(definition, solution))
            .collect(),
        columns,
    }
}

fn row(definition: &PotentialDefinition, solution: &Solution) -> Vec<String> {
    let point = solution.point().ok();
    let mut row = vec![starts(solution)];
    let entry = |index: usize| optional(point.map(|point| point.x[index]));
    row.extend((0..definition.order_parameters.len()).map(entry));
    row.push(optional(point.map(|point| point.value)));
    row.push(optional(point.and_then(|point| point.rate)));
    row.push(optional(point.and_then(|point| point.replicon)));
    row.push(stable_word(point).into());
    let observable = |index: usize| optional(point.map(|point| point.observables[index].1));
    row.extend((0..definition.observables.len()).map(observable));
    row.push(optional(Some(solution.residual)));
    row.push(optional(point.map(|point| point.quadrature_error)));
    row.push(solution.outcome.to_string());
    row
}

fn stable_word(point: Option<&SaddlePoint>) -> &'static str {
    match point.and_then(SaddlePoint::is_stable) {
        Some(true) => "yes",
        Some(false) => "no",
        None => "—",
    }
}

/// Names of the starts, the random ones counted.
fn starts(solution: &Solution) -> String {
    let (random, named): (Vec<&String>, Vec<&String>) = solution
        .starts
        .iter()
        .partition(|name| name.starts_with("random "));
    let mut parts: Vec<String> = named.into_iter().cloned().collect();
    match random.as_slice() {
        [] => {}
        [only] => parts.push((*only).clone()),
        several => parts.push(format!("{} random", several.len())),
    }
    parts.join(", ")
}

fn notes(solutions: &[Solution]) -> Vec<String> {
    let mut notes = Vec::new();
    for solution in solutions {
        let start = starts(solution);
        match solution.point() {
            Err(outcome) => notes.push(format!("{start}: {}", outcome.explanation())),
            Ok(point) => {
                if let Some(replicon) = point.replicon
                    && replicon + point.replicon_error.unwrap_or(0.0) >= 1.0
                {
                    notes.push(format!(
                        "{start}: the replicon {} is not below 1, so replica symmetry is broken and these numbers are approximations",
                        number(replicon)
                    ));
                }
            }
        }
    }
    notes.dedup();
    notes
}

fn solution_json(definition: &PotentialDefinition, solution: &Solution) -> Value {
    let point = solution.point().ok();
    let order = |point: &SaddlePoint| -> Value {
        let names = definition
            .order_parameters
            .iter()
            .map(|order| order.name.clone());
        names.zip(point.x.iter().map(|x| json!(x))).collect()
    };
    // JSON has no NaN: an observable that is not defined is null.
    let observables = |point: &SaddlePoint| -> Value {
        point
            .observables
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect()
    };
    json!({
        "starts": solution.starts,
        "outcome": solution.outcome.name(),
        "explanation": solution.outcome.explanation(),
        "order_parameters": point.map(order),
        "value": point.map(|point| point.value),
        "rate": point.and_then(|point| point.rate),
        "rate_error": point.and_then(|point| point.rate_error),
        "eigenvalue": point.and_then(|point| point.eigenvalue),
        "eigenvalue_error": point.and_then(|point| point.eigenvalue_error),
        "replicon": point.and_then(|point| point.replicon),
        "replicon_error": point.and_then(|point| point.replicon_error),
        "stable": point.and_then(SaddlePoint::is_stable),
        "eigenvalues": point.map(|point| point.eigenvalues.iter().map(|value| [value.re, value.im]).collect::<Vec<_>>()),
        "observables": point.map(observables),
        "residual": solution.residual.is_finite().then_some(solution.residual),
        "quadrature_error": point.map(|point| point.quadrature_error),
        "evaluations": solution.evaluations,
        "refinement_level": solution.level,
    })
}
