//! `onsager branch`: a branch of fixed points along a control parameter, around its folds.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::output::{Reply, TextTable, number};
use clap::Args;
use onsager::error::{Error, Result};
use onsager::figure::Table;
use onsager::fixed_point::{Event, EventKind};
use onsager::model::Model;
use onsager::numerics::brent::BrentFailure;
use onsager::numerics::symmetric::rows;
use onsager::options::{ControlParameter, ModelOptions, SolverOptions, StartOptions};
use onsager::theory::{Branch, BranchPoint, ContinuationSettings, Starts, find, trace};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Flags of `branch`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    /// A potential instead of state evolution: a name of equations/potentials, or a .toml file
    #[arg(value_name = "POTENTIAL")]
    pub(super) definition: Option<String>,
    /// Parameter or prior of the potential
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub(super) set: Vec<String>,
    #[command(flatten)]
    pub(super) model: ModelOptions,
    #[command(flatten)]
    pub(super) solver: SolverOptions,
    #[command(flatten)]
    pub(super) start: StartOptions,
    /// Control parameter: alpha, strength, lambda, lambda-1 …, bias-1 …, hidden.rho, signal.rho …; or a parameter of the potential
    #[arg(long, value_name = "NAME", default_value = "lambda")]
    pub(super) along: String,
    /// Lower end of the range
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(super) from: f64,
    /// Upper end of the range
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(super) to: f64,
    /// Where the branch is begun, by a search from --start [default: the upper end, or the lower end with --rising]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(super) at: Option<f64>,
    /// Follow towards larger values first
    #[arg(long)]
    pub(super) rising: bool,
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
        if self.definition.is_some() {
            return super::potential_branch::run(&self, common, config);
        }
        if !self.set.is_empty() {
            let allowed = "--set belongs to a potential: name one, for example onsager branch sk --along T --set J0=1.5";
            return Err(Error::invalid("set", self.set.join(" "), allowed));
        }
        let continuation = self.continuation();
        let options = self.model.over(config.model);
        let settings = self.solver.over(config.solver).resolve(common.seed)?;
        let parse = |reason: String| Error::invalid("along", format!("\"{}\"", self.along), reason);
        let along: ControlParameter = self.along.parse().map_err(parse)?;
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
        let branch = trace(&path, at, &begin, self.rising, &continuation, &settings)?;
        Ok(reply(&model, &along.to_string(), &branch))
    }

    pub(super) fn continuation(&self) -> ContinuationSettings {
        ContinuationSettings {
            range: [self.from, self.to],
            largest_step: self.largest_step,
            width: self.width,
            max_points: self.max_points,
        }
    }
}

fn columns(model: &Model, parameter: &str) -> Vec<String> {
    let mut columns = vec!["arclength".to_owned(), parameter.to_owned()];
    for b in 0..model.units() {
        for a in 0..model.signals() {
            columns.push(format!("zeta-{}{}", a + 1, b + 1));
        }
    }
    let rest = [
        "replicon",
        "log-likelihood",
        "direction",
        "residual",
        "quadrature_error",
    ];
    columns.extend(rest.map(String::from));
    columns
}

fn cells(point: &BranchPoint, show: impl Fn(f64) -> String) -> Vec<String> {
    let mut cells = vec![show(point.arclength), show(point.value)];
    cells.extend(point.state.order.overlaps().iter().map(|zeta| show(*zeta)));
    let stability = &point.stability;
    let rest = [
        stability.replicon,
        stability.log_likelihood,
        point.direction,
        point.residual,
        point.quadrature_error,
    ];
    cells.extend(rest.map(show));
    cells
}

fn reply(model: &Model, parameter: &str, branch: &Branch) -> Reply {
    let points: Vec<Value> = branch
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
    let notes = notes(branch.end.to_string(), &branch.unlocated);
    let table = |show: &dyn Fn(f64) -> String| -> Vec<Vec<String>> {
        branch
            .points
            .iter()
            .map(|point| cells(point, show))
            .collect()
    };
    Reply {
        json: json!({
            "along": parameter,
            "points": points,
            "events": branch.events,
            "end": branch.end.to_string(),
            "unlocated": unlocated_json(&branch.unlocated),
            "evaluations": branch.evaluations,
        }),
        tables: vec![
            TextTable {
                title: format!("branch of fixed points along {parameter}"),
                columns: columns(model, parameter),
                rows: table(&number),
            },
            events_table(parameter, &branch.events),
        ],
        data: Some(Table {
            metadata: vec![
                (
                    "program".into(),
                    format!("onsager {}", env!("CARGO_PKG_VERSION")),
                ),
                ("end".into(), branch.end.to_string()),
            ],
            columns: columns(model, parameter),
            rows: table(&|value| value.to_string()),
        }),
        notes,
        exit: ExitCode::SUCCESS,
    }
}

/// A crossing that was noticed but not located.
type Unlocated = (EventKind, [f64; 2], BrentFailure);

/// The events of a branch of any theory.
pub(super) fn events_table(parameter: &str, events: &[Event]) -> TextTable {
    let row = |event: &Event| {
        vec![
            format!("{:?}", event.kind),
            number(event.value),
            format!("{:.0e}", event.interval[1] - event.interval[0]),
            format!("{:.0e}", event.residual),
            event.after.to_string(),
        ]
    };
    TextTable {
        title: "events".into(),
        columns: ["event", parameter, "width", "residual", "after point"]
            .map(String::from)
            .to_vec(),
        rows: events.iter().map(row).collect(),
    }
}

/// How a branch ended, and what was not located on it.
pub(super) fn notes(end: String, unlocated: &[Unlocated]) -> Vec<String> {
    let mut notes = vec![format!("the branch {end}")];
    for (kind, [low, high], failure) in unlocated {
        notes.push(format!(
            "{kind:?} between {low} and {high} not located: {failure}"
        ));
    }
    notes
}

pub(super) fn unlocated_json(unlocated: &[Unlocated]) -> Vec<Value> {
    let one = |(kind, interval, failure): &Unlocated| json!({ "kind": kind, "interval": interval, "reason": failure.to_string() });
    unlocated.iter().map(one).collect()
}
