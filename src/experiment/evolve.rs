//! Trajectory of state evolution.

use super::settings::{ModelSettings, StartSettings};
use super::tables::{every, observed};
use super::{Answer, DEFAULT_SEED, Experiment, Report, Watch};
use crate::error::{Error, Result};
use crate::options::{ModelOptions, SolverOptions, StartOptions};
use crate::proximal::Proximal;
use crate::quantity::Quantity;
use crate::table::{Column, Digits, Table, Value};
use crate::theory::{Quadrature, State, StateEvolution};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest number of iterations.
const MAX_ITERATIONS: usize = 1_000_000;

/// Asks for a trajectory of state evolution, the exact limit of AMP's iterations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Evolve {
    /// The model.
    pub model: ModelOptions,
    /// Quadrature and damping.
    pub solver: SolverOptions,
    /// The start [default: planted].
    pub start: StartOptions,
    /// Number of iterations [default: 50].
    pub iterations: Option<usize>,
    /// Ceiling of the proximal parameter [default: 0.9].
    pub ceiling: Option<f64>,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Resolved settings of [`Evolve`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvolveSettings {
    /// The model.
    pub model: ModelSettings,
    /// The start.
    pub start: StartSettings,
    /// Update of the proximal parameter.
    pub proximal: Proximal,
    /// How expectations are computed.
    pub quadrature: Quadrature,
    /// Number of iterations that were asked for.
    pub iterations: usize,
}

/// A trajectory of state evolution.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Evolved {
    /// What was asked for.
    pub settings: EvolveSettings,
    /// `complete`, or `left-domain` where an iteration was not defined.
    pub outcome: Completeness,
    /// Why it ended early.
    pub explanation: Option<String>,
    /// One state for each iteration, the start first.
    pub states: Vec<State>,
    /// Error by quadrature of each state: the largest change of an entry of `M` and `Q` on a coarser
    /// grid, or with other random points; nothing where those end earlier.
    pub quadrature_errors: Vec<Option<f64>>,
}

/// Whether a trajectory is as long as was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Completeness {
    /// As long as was asked for.
    Complete,
    /// An iteration was not defined.
    LeftDomain,
}

impl Experiment for Evolve {
    type Answer = Evolved;

    fn run(&self, watch: Watch) -> Result<Report<Evolved>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let model = self.model.resolve(None)?;
        let solver = self.solver.resolve(seed)?;
        let iterations = self.iterations.unwrap_or(50);
        if !(1..=MAX_ITERATIONS).contains(&iterations) {
            let allowed = format!("must lie in 1..={MAX_ITERATIONS}");
            return Err(Error::invalid("iterations", iterations, allowed));
        }
        let starts = self.start.theory(&model, &["planted"])?;
        let [start] = starts.as_slice() else {
            let allowed = "a trajectory has one start";
            return Err(Error::invalid("start", starts.len(), allowed));
        };
        let proximal = Proximal {
            damping: solver.damping,
            ceiling: self.ceiling.unwrap_or(Proximal::default().ceiling),
        };
        proximal.validate()?;
        let quadrature = solver.quadrature(model.units(), 2);
        let evolution = StateEvolution {
            model: &model,
            quadrature,
        };
        let order = start.order_parameters(&model)?;
        watch("state evolution", None);
        let trajectory = evolution.trajectory(order.clone(), proximal, iterations);
        let other = StateEvolution {
            quadrature: quadrature.other(),
            ..evolution
        };
        let other = other.trajectory(order.clone(), proximal, iterations);
        let outcome = match trajectory.departure {
            None => Completeness::Complete,
            Some(_) => Completeness::LeftDomain,
        };
        let evolved = Evolved {
            settings: EvolveSettings {
                model: ModelSettings::new(&self.model, &model)?,
                start: StartSettings {
                    name: start.name().into(),
                    order: Some(order),
                    power_iterations: 0,
                },
                proximal,
                quadrature,
                iterations,
            },
            outcome,
            quadrature_errors: errors(&trajectory.states, &other.states),
            explanation: trajectory.departure.map(|departure| departure.to_string()),
            states: trajectory.states,
        };
        Ok(Report::new(seed, self.model.citations()?, evolved))
    }
}

/// The largest difference of an order parameter between two trajectories, at each time.
fn errors(states: &[State], others: &[State]) -> Vec<Option<f64>> {
    let difference = |(own, other): (&State, &State)| {
        let m = (&own.order.m - &other.order.m).amax();
        m.max((&own.order.q - &other.order.q).amax())
    };
    let both = states.iter().zip(others).map(difference).map(Some);
    let missing = std::iter::repeat_n(None, states.len().saturating_sub(others.len()));
    both.chain(missing).collect()
}

impl Answer for Evolved {
    fn tables(&self) -> Vec<Table> {
        let (signals, units) = (self.settings.model.lambda.len(), self.settings.model.units);
        let all = every(&[Quantity::M, Quantity::Q, Quantity::Zeta], signals, units);
        let time = Column::new("t").digits(Digits::Shortest);
        let by_error = |one| observed(one).digits(Digits::ByError);
        let error = Column::new("quadrature_error").headed("± by quadrature");
        let columns = std::iter::once(time)
            .chain(all.iter().copied().map(by_error))
            .chain([error.digits(Digits::Error)]);
        let title = format!("state evolution from a {} start", self.settings.start.name);
        let mut table = Table::new(title, columns);
        for (t, state) in self.states.iter().enumerate() {
            let observed = all.iter().map(|one| one.of(&state.order).into());
            let error = self.quadrature_errors.get(t).copied().flatten();
            let row = std::iter::once(Value::from(t)).chain(observed);
            table.push(row.chain([error.into()]).collect());
        }
        vec![table]
    }

    fn notes(&self) -> Vec<String> {
        let ended = self.states.len().saturating_sub(1);
        let note = |reason: &String| format!("ended after {ended} iterations: {reason}");
        self.explanation.iter().map(note).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::silent;
    use super::*;

    /// The error that is stated beside the error that there is, by a much finer quadrature: other
    /// laws, a bias, more units than signals, random points.
    #[test]
    fn the_error_by_quadrature_is_honest() {
        for model in [
            "alpha = 2.0, lambda = [1.5]",
            "alpha = 0.8, lambda = [2.0], hidden = \"ternary\"",
            "alpha = 5.0, lambda = [0.9], bias = [0.4]",
            "alpha = 3.0, lambda = [1.6], units = 2, hidden = \"uniform\"",
        ] {
            for solver in ["tensor-units = 0, log2-points = 7", "tensor-units = 3"] {
                let text =
                    format!("iterations = 6\nmodel = {{ {model} }}\nsolver = {{ {solver} }}");
                let asked: Evolve = toml::from_str(&text).expect("a request");
                let found = asked.run(silent()).expect("an answer").result;
                let own = asked.model.resolve(None).expect("a model");
                let fine = StateEvolution {
                    model: &own,
                    quadrature: Quadrature::Tensor {
                        level: 6,
                        max_nodes: 100_000_000,
                    },
                };
                let start = found.states[0].order.clone();
                let fine = fine.trajectory(start, found.settings.proximal, 6);
                assert_eq!(fine.states.len(), found.states.len(), "{text}");
                let errors = errors(&found.states, &fine.states);
                let largest =
                    |all: &[Option<f64>]| all.iter().flatten().copied().fold(0.0, f64::max);
                let (there, stated) = (largest(&errors), largest(&found.quadrature_errors));
                assert!(
                    there <= 4.0 * stated + 1e-12,
                    "{text}: {there} against {stated}"
                );
            }
        }
    }
}
