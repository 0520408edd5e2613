//! `onsager evolve`: trajectory of state evolution.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::output::{Reply, TextTable};
use clap::Args;
use onsager::error::Error;
use onsager::numerics::symmetric::rows;
use onsager::options::{ModelOptions, SolverOptions, StartOptions};
use onsager::theory::{Proximal, State, StateEvolution};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Flags of `evolve`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    solver: SolverOptions,
    #[command(flatten)]
    start: StartOptions,
    /// Number of iterations
    #[arg(long, value_name = "T", default_value_t = 50)]
    iterations: usize,
    /// Ceiling of the proximal parameter, as for simulate [default: 0.9]
    #[arg(long, value_name = "C", allow_negative_numbers = true)]
    ceiling: Option<f64>,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        let model = self.model.over(config.model).resolve(None)?;
        let settings = self.solver.over(config.solver).resolve(common.seed)?;
        if self.iterations == 0 || self.iterations > 1_000_000 {
            return Err(Error::invalid(
                "iterations",
                self.iterations,
                "must lie in 1..=1000000",
            ));
        }
        let starts = self.start.over(config.start).theory(&model, &["planted"])?;
        let [start] = starts.as_slice() else {
            return Err(Error::invalid(
                "start",
                starts.len(),
                "a trajectory has one start",
            ));
        };
        let evolution = StateEvolution {
            model: &model,
            quadrature: settings.quadrature(model.units(), 2),
        };
        let proximal = Proximal {
            damping: settings.damping,
            ceiling: self.ceiling.unwrap_or(Proximal::default().ceiling),
        };
        proximal.validate()?;
        let order = start.order_parameters(&model)?;
        let trajectory = evolution.trajectory(order, proximal, self.iterations);
        let mut columns = vec!["t".to_owned()];
        let indices = |rows: usize, columns: usize| {
            (0..columns).flat_map(move |b| (0..rows).map(move |a| (a, b)))
        };
        let (r, k) = (model.signals(), model.units());
        columns.extend(indices(r, k).map(|(a, b)| format!("M_{}{}", a + 1, b + 1)));
        columns.extend(upper(k).map(|(a, b)| format!("Q_{}{}", a + 1, b + 1)));
        columns.extend(indices(r, k).map(|(a, b)| format!("ζ_{}{}", a + 1, b + 1)));
        let row = |(t, state): (usize, &State)| {
            let zeta = state.order.overlaps();
            let numbers = indices(r, k)
                .map(|at| state.order.m[at])
                .chain(upper(k).map(|at| state.order.q[at]))
                .chain(indices(r, k).map(|at| zeta[at]));
            std::iter::once(t.to_string())
                .chain(numbers.map(|x| x.to_string()))
                .collect()
        };
        let states: Vec<Value> = trajectory.states.iter().map(state_json).collect();
        let departure = trajectory.departure.as_ref().map(ToString::to_string);
        Ok(Reply {
            json: json!({
                "alpha": model.alpha(),
                "lambda": model.lambda(),
                "units": model.units(),
                "start": start.name(),
                "outcome": if departure.is_some() { "left-domain" } else { "complete" },
                "explanation": departure,
                "states": states,
            }),
            tables: vec![TextTable {
                title: format!("state evolution from a {} start", start.name()),
                columns,
                rows: trajectory.states.iter().enumerate().map(row).collect(),
            }],
            notes: departure
                .map(|reason| {
                    format!(
                        "ended after {} iterations: {reason}",
                        trajectory.states.len() - 1
                    )
                })
                .into_iter()
                .collect(),
            exit: ExitCode::SUCCESS,
        })
    }
}

fn upper(k: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..k).flat_map(move |b| (0..=b).map(move |a| (a, b)))
}

fn state_json(state: &State) -> Value {
    json!({
        "M": rows(&state.order.m),
        "Q": rows(&state.order.q),
        "V": rows(&state.v),
        "overlap": rows(&state.order.overlaps()),
    })
}
