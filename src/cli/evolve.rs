//! `onsager evolve`: trajectory of state evolution, or of dynamical mean-field theory.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::dmft::Request;
use super::output::{Reply, TextTable};
use clap::Args;
use onsager::error::Error;
use onsager::numerics::symmetric::rows;
use onsager::options::{DmftOptions, ModelOptions, SolverOptions, StartOptions};
use onsager::proximal::Proximal;
use onsager::simulation::Algorithm;
use onsager::theory::{State, StateEvolution};
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
    #[command(flatten)]
    dmft: DmftOptions,
    /// What evolves: amp (state evolution) or gd (dynamical mean-field theory) [default: amp]
    #[arg(long, value_name = "NAME")]
    algorithm: Option<Algorithm>,
    /// Step κ of gd [default: half of the stability bound]
    #[arg(long, value_name = "KAPPA", allow_negative_numbers = true)]
    step: Option<f64>,
    /// Number of iterations [default: 50]
    #[arg(long, value_name = "T")]
    iterations: Option<usize>,
    /// Ceiling of the proximal parameter, as for simulate [default: 0.9]
    #[arg(long, value_name = "C", allow_negative_numbers = true)]
    ceiling: Option<f64>,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        let algorithm = self.algorithm.or(config.simulation.algorithm);
        let iterations = self.iterations.or(config.simulation.iterations);
        let iterations = iterations.unwrap_or(50);
        match algorithm.unwrap_or(Algorithm::Amp) {
            Algorithm::Amp => self.amp(common, config, iterations),
            Algorithm::Gd => self.gd(common, config, iterations),
            other => {
                let allowed = "must be amp or gd: theory has the trajectories of these two";
                Err(Error::invalid("algorithm", other.name(), allowed))
            }
        }
    }

    fn gd(self, common: &Common, config: ConfigFile, iterations: usize) -> CommandResult {
        if self.ceiling.is_some() {
            let allowed = "belongs to amp, gd has no proximal parameter: leave it out";
            return Err(Error::invalid("ceiling", "given", allowed));
        }
        let request = Request {
            model: self.model.over(config.model),
            solver: self.solver.over(config.solver),
            start: self.start.over(config.start),
            dmft: self.dmft.over(config.dmft),
            iterations,
            step: self.step.or(config.simulation.step),
        };
        let dynamics = request.prepare(common.seed, None, "planted")?;
        let prediction = dynamics.solve(common.seed, None)?;
        Ok(Reply {
            json: dynamics.json(&prediction),
            tables: vec![dynamics.table(&prediction)],
            notes: dynamics.notes(&prediction),
            exit: ExitCode::SUCCESS,
            data: None,
        })
    }

    fn amp(self, common: &Common, config: ConfigFile, iterations: usize) -> CommandResult {
        if self.step.is_some() {
            let allowed = "belongs to gd: give --algorithm gd";
            return Err(Error::invalid("step", "given", allowed));
        }
        self.dmft.refuse_for("amp")?;
        let model = self.model.over(config.model).resolve(None)?;
        let settings = self.solver.over(config.solver).resolve(common.seed)?;
        if iterations == 0 || iterations > 1_000_000 {
            let allowed = "must lie in 1..=1000000";
            return Err(Error::invalid("iterations", iterations, allowed));
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
        let trajectory = evolution.trajectory(order, proximal, iterations);
        let mut columns = vec!["t".to_owned()];
        let (r, k) = (model.signals(), model.units());
        let (all, triangle) = (entries(r, k), upper(k).collect::<Vec<_>>());
        for (name, entries) in [("M", &all), ("Q", &triangle), ("ζ", &all)] {
            columns.extend(names(name, entries));
        }
        let row = |(t, state): (usize, &State)| {
            let zeta = state.order.overlaps();
            let numbers = all
                .iter()
                .map(|&at| state.order.m[at])
                .chain(triangle.iter().map(|&at| state.order.q[at]))
                .chain(all.iter().map(|&at| zeta[at]));
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
            data: None,
        })
    }
}

/// All entries of a matrix, by columns.
pub fn entries(rows: usize, columns: usize) -> Vec<(usize, usize)> {
    (0..columns)
        .flat_map(|b| (0..rows).map(move |a| (a, b)))
        .collect()
}

/// Names of entries, as `M_11`.
pub fn names(of: &str, entries: &[(usize, usize)]) -> Vec<String> {
    entries
        .iter()
        .map(|(a, b)| format!("{of}_{}{}", a + 1, b + 1))
        .collect()
}

/// Entries of the upper triangle of a symmetric matrix.
pub fn upper(k: usize) -> impl Iterator<Item = (usize, usize)> {
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
