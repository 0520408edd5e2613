//! Learning curve of the linear RBM, mode by mode.

use super::super::{Answer, DEFAULT_SEED, Experiment, Report, Watch};
use super::{flow_settings, subscript, times};
use crate::error::{Error, Result};
use crate::files::read_matrix;
use crate::memory;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::options::LinearOptions;
use crate::spectral::{Ending, FlowSettings, FlowState, LinearRbm, MOST_UNITS, covariance};
use crate::table::{Column, Digits, Table, Value, number_for_people};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Most modes that a table shows whether or not they are learnt.
const SHOWN: usize = 12;

/// Asks for the learning curve of an RBM with Gaussian units on both sides, from a random start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Linear {
    /// The data, the machine, its start and the times.
    pub linear: LinearOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Where the covariance comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum CovarianceSource {
    /// From its eigenvalues: uncorrelated visible units.
    Eigenvalues,
    /// From a file.
    Covariance {
        /// The file.
        file: PathBuf,
    },
    /// From samples: products of deviations from the mean, divided by the number of samples.
    Data {
        /// The file.
        file: PathBuf,
        /// Number of samples.
        samples: usize,
    },
}

/// Resolved settings of [`Linear`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinearSettings {
    /// Where the covariance of the data comes from.
    pub source: CovarianceSource,
    /// Number of visible units.
    pub visible_units: usize,
    /// Number of hidden units.
    pub hidden_units: usize,
    /// Variance of a visible unit by itself.
    pub visible_variance: f64,
    /// Variance of a hidden unit by itself.
    pub hidden_variance: f64,
    /// Standard deviation of the weights at the start.
    pub start_scale: f64,
    /// Times that were asked for.
    pub times: Vec<f64>,
    /// How the flow is integrated.
    pub flow: FlowSettings,
}

/// A learning curve: the staircase of modes that emerge one after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Staircase {
    /// What was asked for.
    pub settings: LinearSettings,
    /// `complete`, or how the flow ended early.
    pub outcome: Ending,
    /// Why it ended early.
    pub explanation: Option<String>,
    /// Eigenvalues of the covariance of the data, the largest first.
    pub eigenvalues: Vec<f64>,
    /// Log-likelihood per sample of the equilibrium.
    pub equilibrium_log_likelihood: f64,
    /// The modes, by their singular value in the last state.
    pub modes: Vec<StaircaseMode>,
    /// One state for each time that was reached.
    pub states: Vec<FlowState>,
    /// Steps of the integration.
    pub steps: Steps,
}

/// A mode of the weights, and the principal direction of the same number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StaircaseMode {
    /// Its number, from 1.
    pub mode: usize,
    /// Eigenvalue of the direction.
    pub eigenvalue: f64,
    /// Whether the direction is learnt: its eigenvalue exceeds the variance of a visible unit.
    pub learnt: bool,
    /// Singular value at the equilibrium, in closed form.
    pub equilibrium: f64,
    /// Norm of the weights at the start along the direction.
    pub start: f64,
    /// When the square of the singular value reaches half of its equilibrium, in closed form for a
    /// mode that is aligned from the start on; null if it is not learnt or begins above.
    pub half_rise_predicted: Option<f64>,
    /// When it did so in the flow; null if it did not.
    pub half_rise: Option<f64>,
    /// The principal direction nearest to the mode in the last state; null if there is none.
    pub nearest: Option<Nearest>,
}

/// A principal direction near a mode.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Nearest {
    /// Its number, from 1.
    pub direction: usize,
    /// Overlap with the visible vector of the mode.
    pub overlap: f64,
}

/// Numbers of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Steps {
    /// Steps that were taken.
    pub accepted: usize,
    /// Steps that were too large, and were tried again.
    pub rejected: usize,
}

impl Experiment for Linear {
    type Answer = Staircase;

    fn run(&self, watch: Watch) -> Result<Report<Staircase>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let (machine, settings) = self.linear.resolve()?;
        require_memory(&machine, &settings)?;
        let start = machine.random_start(settings.start_scale, Streams::new(seed))?;
        let progress = |part: f64| watch("learning curve", Some(part));
        let flow = machine.flow(&start, &settings.times, &settings.flow, &progress)?;
        let equilibrium = machine.equilibrium();
        let begin = machine.row_norms(&start)?;
        let mode = |(at, &limit): (usize, &f64)| {
            let aligned = machine.aligned_mode(at, begin[at]);
            let end = flow.modes.get(at);
            StaircaseMode {
                mode: at + 1,
                eigenvalue: machine.eigenvalues()[at],
                learnt: limit > 0.0,
                equilibrium: limit,
                start: begin[at],
                half_rise_predicted: aligned.and_then(|mode| mode.half_rise()),
                half_rise: end.and_then(|end| end.half_rise),
                nearest: end.map(|end| Nearest {
                    direction: end.nearest.0 + 1,
                    overlap: end.nearest.1,
                }),
            }
        };
        let modes = equilibrium.singular_values.iter().enumerate();
        let staircase = Staircase {
            modes: modes.map(mode).collect(),
            eigenvalues: machine.eigenvalues().to_vec(),
            equilibrium_log_likelihood: equilibrium.log_likelihood,
            settings,
            outcome: flow.ending,
            explanation: flow.explanation,
            states: flow.states,
            steps: Steps {
                accepted: flow.steps[0],
                rejected: flow.steps[1],
            },
        };
        Ok(Report::new(seed, Self::citations(), staircase))
    }
}

impl Linear {
    /// Keys of the bibliography.
    pub(crate) fn citations() -> Vec<String> {
        vec!["decelle2017".into()]
    }
}

impl LinearOptions {
    /// The machine, and the settings with every default filled in.
    pub(crate) fn resolve(&self) -> Result<(LinearRbm, LinearSettings)> {
        let times = times(self.times.as_deref(), self.until, self.points)?;
        let flow = flow_settings(self.tolerance, self.max_steps)?;
        let variances = [self.visible_variance, self.hidden_variance];
        let [visible_variance, hidden_variance] = variances.map(|one| one.unwrap_or(1.0));
        let (machine, source) = self.machine([visible_variance, hidden_variance])?;
        let (visible_units, hidden_units) = machine.shape();
        let settings = LinearSettings {
            source,
            visible_units,
            hidden_units,
            visible_variance,
            hidden_variance,
            start_scale: self.start_scale.unwrap_or(0.01),
            times,
            flow,
        };
        Ok((machine, settings))
    }

    fn machine(&self, [visible, hidden]: [f64; 2]) -> Result<(LinearRbm, CovarianceSource)> {
        let units = |matrix: &Matrix| self.hidden_units.unwrap_or(matrix.ncols());
        match (&self.covariance, &self.data, &self.eigenvalues) {
            (Some(file), None, None) => {
                let covariance = read_matrix(file)?;
                require_units(&covariance, "covariance")?;
                let machine = LinearRbm::new(&covariance, units(&covariance), visible, hidden);
                let source = CovarianceSource::Covariance { file: file.clone() };
                Ok((in_file(machine, file, "covariance")?, source))
            }
            (None, Some(file), None) => {
                let data = read_matrix(file)?;
                require_units(&data, "data")?;
                let covariance = covariance_of(&data)?;
                let machine = LinearRbm::new(&covariance, units(&covariance), visible, hidden);
                let source = CovarianceSource::Data {
                    file: file.clone(),
                    samples: data.nrows(),
                };
                Ok((in_file(machine, file, "covariance")?, source))
            }
            (None, None, Some(values)) => {
                let units = self.hidden_units.unwrap_or(values.len());
                let machine = LinearRbm::diagonal(values, units, visible, hidden)?;
                Ok((machine, CovarianceSource::Eigenvalues))
            }
            (None, None, None) => {
                let allowed =
                    "give it, or --data or --eigenvalues, for example --eigenvalues 5,3,2";
                Err(Error::invalid("covariance", "missing", allowed))
            }
            _ => {
                let given = [
                    ("covariance", self.covariance.is_some()),
                    ("data", self.data.is_some()),
                    ("eigenvalues", self.eigenvalues.is_some()),
                ];
                let given = given.iter().filter(|(_, is)| *is).map(|(name, _)| *name);
                let given: Vec<&str> = given.collect();
                let allowed = "give one of covariance, data and eigenvalues";
                Err(Error::invalid(given.join(" and "), "given", allowed))
            }
        }
    }
}

/// The file that a message of a covariance is about.
fn in_file(machine: Result<LinearRbm>, file: &std::path::Path, own: &str) -> Result<LinearRbm> {
    machine.map_err(|error| match error {
        Error::InvalidInput { ref field, .. } if field == own => Error::file(file, error),
        other => other,
    })
}

fn require_units(matrix: &Matrix, field: &str) -> Result<()> {
    let count = matrix.ncols();
    if count <= MOST_UNITS {
        return Ok(());
    }
    let allowed = format!("at most {MOST_UNITS} visible units are possible");
    Err(Error::invalid(field, format!("{count} columns"), allowed))
}

/// `C = (X − mean)^T (X − mean)/n` of samples in rows.
fn covariance_of(data: &Matrix) -> Result<Matrix> {
    let (samples, units) = data.shape();
    if samples < 2 {
        let allowed = "at least two samples are needed";
        return Err(Error::invalid("data", format!("{samples} sample"), allowed));
    }
    let bytes = 8 * (samples as u128 * units as u128 + 4 * (units as u128).pow(2));
    memory::require("the covariance of the data", bytes)?;
    Ok(covariance(data))
}

/// The stages of the integration, the decomposition, and the overlaps of every state.
fn require_memory(machine: &LinearRbm, settings: &LinearSettings) -> Result<()> {
    let (rows, columns) = machine.shape();
    let [rows, columns, modes, times] =
        [rows, columns, machine.modes(), settings.times.len()].map(|count| count as u128);
    let numbers = 24 * rows * columns + 4 * modes * modes + times * modes * (modes + 2);
    memory::require("the learning curve", 8 * numbers)
}

impl Staircase {
    /// The modes that a table shows.
    fn shown(&self) -> usize {
        let all = self.modes.len();
        if all <= SHOWN {
            return all;
        }
        let learnt = self.modes.iter().filter(|mode| mode.learnt).count();
        learnt.clamp(1, all)
    }

    fn curve(&self) -> Table {
        let modes = 1..=self.shown();
        let values = modes
            .clone()
            .map(|mode| Column::new(format!("w_{mode}")).headed(format!("w{}", subscript(mode))));
        let overlaps = modes.map(|mode| {
            let at = subscript(mode);
            Column::new(format!("overlap_{mode}")).headed(format!("|u{at}·e{at}|"))
        });
        let first = [
            Column::new("t").digits(Digits::Shortest),
            Column::new("log_likelihood").headed("𝓛"),
        ];
        let LinearSettings {
            visible_units,
            hidden_units,
            ..
        } = self.settings;
        let title = format!(
            "linear RBM of {visible_units} visible and {hidden_units} hidden units: modes of its weights along learning"
        );
        let mut table = Table::new(title, first.into_iter().chain(values).chain(overlaps));
        for state in &self.states {
            let shown = self.shown();
            let numbers = [state.time, state.log_likelihood].into_iter();
            let values = state.singular_values.iter().take(shown);
            let overlaps = state.overlaps.iter().take(shown);
            let row = numbers.chain(values.chain(overlaps).copied());
            table.push(row.map(Value::from).collect());
        }
        table
    }

    fn ends(&self) -> Table {
        let mut table = Table::new(
            "modes beside the closed form of aligned ones",
            [
                Column::new("mode").digits(Digits::Shortest),
                Column::new("eigenvalue").headed("eigenvalue c"),
                Column::new("learnt"),
                Column::new("equilibrium").headed("equilibrium w*"),
                Column::new("start").headed("start |e·W₀|"),
                Column::new("half_rise_predicted").headed("half-rise, closed form"),
                Column::new("half_rise").headed("half-rise"),
                Column::new("nearest")
                    .headed("nearest direction")
                    .digits(Digits::Shortest),
                Column::new("overlap"),
            ],
        );
        for mode in self.modes.iter().take(self.shown()) {
            table.push(vec![
                mode.mode.into(),
                mode.eigenvalue.into(),
                mode.learnt.into(),
                mode.equilibrium.into(),
                mode.start.into(),
                mode.half_rise_predicted.into(),
                mode.half_rise.into(),
                mode.nearest.map(|nearest| nearest.direction).into(),
                mode.nearest.map(|nearest| nearest.overlap).into(),
            ]);
        }
        table
    }
}

impl Answer for Staircase {
    fn tables(&self) -> Vec<Table> {
        vec![self.curve(), self.ends()]
    }

    fn notes(&self) -> Vec<String> {
        let limit = number_for_people(self.equilibrium_log_likelihood);
        let mut notes = vec![format!("equilibrium: 𝓛* = {limit}")];
        if self.shown() < self.modes.len() {
            notes.push(format!(
                "modes {} to {} are not learnt; --format json has them",
                self.shown() + 1,
                self.modes.len()
            ));
        }
        let ended = |reason: &String| format!("no state after: {reason}");
        notes.extend(self.explanation.iter().map(ended));
        notes
    }
}
