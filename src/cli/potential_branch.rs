//! `onsager branch POTENTIAL`: a branch of stationary points along a parameter of a potential.

use super::CommandResult;
use super::branch::{Arguments, events_table, notes, unlocated_json};
use super::config::{Common, ConfigFile};
use super::output::{Reply, TextTable, number};
use super::potential::{refuse_flags_of_a_model, settings, tuning};
use onsager::definitions::{Catalogue, PotentialDefinition};
use onsager::error::{Error, Result};
use onsager::figure::Table;
use onsager::fixed_point::{BranchPoint, Measured};
use onsager::options::StartOptions;
use onsager::potential::{PotentialBranch, PotentialPath, begin, branch, ending};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Follows the branch of the potential that the flags name.
pub fn run(flags: &Arguments, common: &Common, config: ConfigFile) -> CommandResult {
    refuse_flags_of_a_model(&flags.model)?;
    let name = flags.definition.as_deref().unwrap_or_default();
    let folder = flags.model.equations.clone().or(config.model.equations);
    let tuning = tuning(&flags.solver.clone().over(config.solver), common.seed)?;
    let family = Catalogue::new(folder.as_deref())?.family(name, &settings(&flags.set)?)?;
    family.require("along", &flags.along)?;
    let at = flags
        .at
        .unwrap_or(if flags.rising { flags.from } else { flags.to });
    let path = PotentialPath::new(&family, vec![&flags.along], Vec::new());
    let start = start(flags)?;
    let found = begin(&path, at, start.as_deref(), &tuning)?;
    let branch = branch(&path, found, flags.rising, &flags.continuation(), &tuning)?;
    Ok(reply(family.definition(), &flags.along, &branch))
}

/// The one start of the definition that is named, if any.
fn start(flags: &Arguments) -> Result<Option<String>> {
    let named = StartOptions {
        start: None,
        ..flags.start.clone()
    };
    if named != StartOptions::default() {
        let allowed = "a potential has starts of its own: name one of them with --start, or add one in its file";
        return Err(Error::invalid("flags of the start", "given", allowed));
    }
    match flags.start.start.as_deref() {
        None => Ok(None),
        Some([start]) => Ok(Some(start.clone())),
        Some(several) => {
            let allowed = "a branch has one start";
            Err(Error::invalid("start", several.len(), allowed))
        }
    }
}

fn columns(definition: &PotentialDefinition, parameter: &str) -> Vec<String> {
    let order = definition.order_parameters.iter();
    let observables = definition.observables.iter();
    ["arclength", parameter]
        .map(String::from)
        .into_iter()
        .chain(order.map(|order| order.name.clone()))
        .chain(["value", "eigenvalue", "replicon"].map(String::from))
        .chain(observables.map(|observable| observable.name.clone()))
        .chain(["direction", "residual", "quadrature_error"].map(String::from))
        .collect()
}

fn cells(point: &BranchPoint, show: impl Fn(Option<f64>) -> String) -> Vec<String> {
    let description = &point.description;
    let value = |measured: Option<Measured>| measured.map(|own| own.value);
    let observables = description.observables.iter();
    [Some(point.arclength), Some(point.value)]
        .into_iter()
        .chain(point.x.iter().map(|x| Some(*x)))
        .chain([
            Some(description.objective.value),
            value(description.eigenvalue),
            value(description.replicon),
        ])
        .chain(observables.map(|(_, value)| Some(*value).filter(|value| value.is_finite())))
        .chain([
            Some(point.direction),
            Some(point.residual),
            Some(point.quadrature_error),
        ])
        .map(show)
        .collect()
}

fn point_json(definition: &PotentialDefinition, parameter: &str, point: &BranchPoint) -> Value {
    let description = &point.description;
    let names = definition.order_parameters.iter();
    let order: Value = names
        .map(|order| order.name.clone())
        .zip(point.x.iter().map(|x| json!(x)))
        .collect();
    let value = |measured: Option<Measured>| measured.map(|own| own.value);
    let error = |measured: Option<Measured>| measured.map(|own| own.error);
    let observables = description.observables.iter();
    json!({
        parameter: point.value,
        "arclength": point.arclength,
        "order_parameters": order,
        "value": description.objective.value,
        "eigenvalue": value(description.eigenvalue),
        "eigenvalue_error": error(description.eigenvalue),
        "replicon": value(description.replicon),
        "replicon_error": error(description.replicon),
        "nature": description.nature(),
        "observables": observables.map(|(name, value)| (name.clone(), json!(value))).collect::<Value>(),
        "direction": point.direction,
        "residual": point.residual,
        "quadrature_error": point.quadrature_error,
    })
}

fn reply(definition: &PotentialDefinition, parameter: &str, branch: &PotentialBranch) -> Reply {
    let rows = |show: &dyn Fn(Option<f64>) -> String| -> Vec<Vec<String>> {
        let points = branch.points.iter();
        points.map(|point| cells(point, show)).collect()
    };
    let points = branch.points.iter();
    let columns = columns(definition, parameter);
    let program = format!("onsager {}", env!("CARGO_PKG_VERSION"));
    Reply {
        json: json!({
            "definition": definition.name,
            "parameters": definition.values,
            "along": parameter,
            "points": points.map(|point| point_json(definition, parameter, point)).collect::<Vec<_>>(),
            "events": branch.events,
            "end": ending(branch),
            "unlocated": unlocated_json(&branch.unlocated),
            "evaluations": branch.evaluations,
        }),
        tables: vec![
            TextTable {
                title: format!("{}: branch along {parameter}", definition.title),
                columns: columns.clone(),
                rows: rows(&|value| value.map_or_else(|| "—".into(), number)),
            },
            events_table(parameter, &branch.events),
        ],
        data: Some(Table {
            metadata: vec![
                ("program".into(), program),
                ("definition".into(), definition.name.clone()),
                ("end".into(), ending(branch)),
            ],
            columns,
            rows: rows(&|value| value.map_or_else(String::new, |value| value.to_string())),
        }),
        notes: notes(ending(branch), &branch.unlocated),
        exit: ExitCode::SUCCESS,
    }
}
