//! `onsager branch`: a branch of fixed points along a control parameter, around its folds.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::output::Reply;
use clap::Args;
use onsager::error::{Error, Result};
use onsager::model::Model;
use onsager::numerics::rows::rows;
use onsager::options::{ControlParameter, ModelOptions, SolverOptions, StartOptions};
use onsager::quantity::{Observable, Quantity};
use onsager::table::{Column, Digits, Table, Value as Cell};
use onsager::theory::{Branch, BranchPoint, ContinuationSettings, Starts, find, trace};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Flags of `branch`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    solver: SolverOptions,
    #[command(flatten)]
    start: StartOptions,
    /// Control parameter: alpha, strength, lambda, lambda-1 …, bias-1 …, hidden.rho, signal.rho …
    #[arg(long, value_name = "NAME", default_value = "lambda")]
    along: ControlParameter,
    /// Lower end of the range
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    from: f64,
    /// Upper end of the range
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    to: f64,
    /// Where the branch is begun, by a search from --start [default: the upper end, or the lower end with --rising]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    at: Option<f64>,
    /// Follow towards larger values first
    #[arg(long)]
    rising: bool,
    /// Largest step of arclength (control parameter in units of the range, order parameters in their own)
    #[arg(
        long,
        value_name = "S",
        default_value_t = 0.05,
        allow_negative_numbers = true
    )]
    largest_step: f64,
    /// Width to which folds, changes of stability and ends are located
    #[arg(
        long,
        value_name = "W",
        default_value_t = 1e-8,
        allow_negative_numbers = true
    )]
    width: f64,
    /// Largest number of points
    #[arg(long, value_name = "N", default_value_t = 2000)]
    max_points: usize,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        let options = self.model.over(config.model);
        let settings = self.solver.over(config.solver).resolve(common.seed)?;
        let along = self.along;
        let path = |value: f64| -> Result<Model> {
            let mut options = options.clone();
            // The parameter that varies may be left out; strengths are factors on 1.
            if !matches!(along, ControlParameter::Alpha) {
                options.lambda.get_or_insert_with(|| vec![1.0]);
            }
            along.set(&mut options, value)?;
            options.resolve(None)
        };
        let at = self
            .at
            .unwrap_or(if self.rising { self.from } else { self.to });
        let model = path(at)?;
        let start = self.start.over(config.start).theory(&model, &["planted"])?;
        let [start] = start.as_slice() else {
            let allowed = "a branch has one start";
            return Err(Error::invalid("start", start.len(), allowed));
        };
        let starts = std::slice::from_ref(start);
        let found = find(&model, Starts::Only(starts), &settings)?;
        let begin = match found.answer() {
            Ok(point) => point.state(),
            Err(outcome) => {
                let allowed = format!(
                    "the search there ended as {outcome}: {}; begin elsewhere with --at",
                    outcome.explanation()
                );
                return Err(Error::invalid("at", at, allowed));
            }
        };
        let continuation = ContinuationSettings {
            range: [self.from, self.to],
            largest_step: self.largest_step,
            width: self.width,
            max_points: self.max_points,
        };
        let branch = trace(&path, at, &begin, self.rising, &continuation, &settings)?;
        Ok(reply(&model, &along.to_string(), &branch))
    }
}

fn overlaps(model: &Model) -> Vec<Observable> {
    Observable::all_of(Quantity::Zeta, model.signals(), model.units())
}

fn columns(model: &Model, parameter: &str) -> Vec<Column> {
    let overlaps = overlaps(model).into_iter();
    let overlaps = overlaps.map(|one| Column::new(one.to_string()).headed(one.symbol()));
    ["arclength", parameter]
        .map(Column::new)
        .into_iter()
        .chain(overlaps)
        .chain(
            [
                "replicon",
                "log_likelihood",
                "direction",
                "residual",
                "quadrature_error",
            ]
            .map(Column::new),
        )
        .collect()
}

fn cells(model: &Model, point: &BranchPoint) -> Vec<Cell> {
    let mut cells: Vec<Cell> = vec![point.arclength.into(), point.value.into()];
    let overlaps = overlaps(model).into_iter();
    cells.extend(overlaps.map(|one| Cell::from(one.of(&point.state.order))));
    let stability = &point.stability;
    let rest = [
        stability.replicon,
        stability.log_likelihood,
        point.direction,
        point.residual,
        point.quadrature_error,
    ];
    cells.extend(rest.map(Cell::from));
    cells
}

fn points(model: &Model, parameter: &str, branch: &Branch) -> Table {
    let title = format!("branch of fixed points along {parameter}");
    let mut table = Table::new(title, columns(model, parameter));
    for point in &branch.points {
        table.push(cells(model, point));
    }
    table
}

fn events(parameter: &str, branch: &Branch) -> Table {
    let columns = [
        Column::new("event"),
        Column::new(parameter),
        Column::new("width").digits(Digits::Scientific),
        Column::new("residual").digits(Digits::Scientific),
        Column::new("after_point")
            .headed("after point")
            .digits(Digits::Shortest),
    ];
    let mut table = Table::new("events", columns);
    for event in &branch.events {
        table.push(vec![
            format!("{:?}", event.kind).into(),
            event.value.into(),
            (event.interval[1] - event.interval[0]).into(),
            event.residual.into(),
            event.after.into(),
        ]);
    }
    table
}

fn reply(model: &Model, parameter: &str, branch: &Branch) -> Reply {
    let listed: Vec<Value> = branch
        .points
        .iter()
        .map(|point| {
            json!({
                parameter: point.value,
                "arclength": point.arclength,
                "M": rows(&point.state.order.m),
                "Q": rows(&point.state.order.q),
                "K": rows(&point.state.v),
                "replicon": point.stability.replicon,
                "log_likelihood": point.stability.log_likelihood,
                "direction": point.direction,
                "residual": point.residual,
                "quadrature_error": point.quadrature_error,
            })
        })
        .collect();
    let mut notes = vec![format!("the branch {}", branch.end)];
    for (kind, [low, high], failure) in &branch.unlocated {
        notes.push(format!(
            "{kind:?} between {low} and {high} not located: {failure}"
        ));
    }
    Reply {
        json: json!({
            "along": parameter,
            "points": listed,
            "events": branch.events,
            "end": branch.end.to_string(),
            "unlocated": branch
                .unlocated
                .iter()
                .map(|(kind, interval, failure)| {
                    json!({ "kind": kind, "interval": interval, "reason": failure.to_string() })
                })
                .collect::<Vec<_>>(),
            "evaluations": branch.evaluations,
        }),
        tables: vec![points(model, parameter, branch), events(parameter, branch)],
        data: None,
        notes,
        exit: ExitCode::SUCCESS,
    }
}
