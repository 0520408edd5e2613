//! Training of a ±1 RBM, and the spectrum of its weights on the way.

use super::super::{Answer, DEFAULT_SEED, Experiment, Report, Watch};
use super::spectrum::MeasuredBulk;
use super::{POINTS, subscript};
use crate::error::{Error, Result};
use crate::files::read_matrix;
use crate::memory;
use crate::numerics::streams::Streams;
use crate::options::TrainingOptions;
use crate::spectral::{BinaryData, Reading, TrainingEnding, TrainingSettings, TrainingState};
use crate::table::{Column, Digits, Table, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Most states.
const MOST_STATES: usize = 10_000;

/// Most modes that a table shows.
const SHOWN: usize = 6;

/// Asks for an RBM trained by contrastive divergence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Train {
    /// The data, the machine, and how it is trained.
    pub training: TrainingOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Resolved settings of [`Train`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrainSettings {
    /// The file of the data.
    pub data: PathBuf,
    /// Number of samples.
    pub samples: usize,
    /// Number of visible units.
    pub visible_units: usize,
    /// What lies above it is +1.
    pub threshold: f64,
    /// How the RBM is trained.
    pub training: TrainingSettings,
}

/// A trained RBM by the spectrum of its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trained {
    /// What was asked for.
    pub settings: TrainSettings,
    /// `complete`, or how training ended early.
    pub outcome: TrainingEnding,
    /// Eigenvalues of the covariance of the data, the largest first.
    pub eigenvalues: Vec<f64>,
    /// The spectrum of the first state.
    pub start: MeasuredBulk,
    /// The spectrum of the last state.
    pub end: MeasuredBulk,
    /// Singular values along training.
    pub states: Vec<TrainingState>,
}

impl Experiment for Train {
    type Answer = Trained;

    fn run(&self, watch: Watch) -> Result<Report<Trained>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let (data, settings, noted) = self.training.resolve()?;
        let progress = |part: f64| watch("training", Some(part));
        let run = data.train(&settings.training, &noted, Streams::new(seed), &progress)?;
        let (Some(first), Some(last)) = (run.states.first(), run.states.last()) else {
            let allowed = "the singular values of the first weights were not found";
            return Err(Error::invalid("start-scale", "given", allowed));
        };
        let shape = (settings.visible_units, settings.training.hidden_units);
        let trained = Trained {
            outcome: run.ending,
            eigenvalues: data.eigenvalues().to_vec(),
            start: bulk(shape, first),
            end: bulk(shape, last),
            settings,
            states: run.states,
        };
        Ok(Report::new(seed, Self::citations(), trained))
    }
}

/// The spectrum of a state, read as noise and modes on top of it.
fn bulk(shape: (usize, usize), state: &TrainingState) -> MeasuredBulk {
    let values = state.singular_values.clone();
    let reading = Reading::of(shape.0, shape.1, &values);
    let outliers = reading.as_ref().map_or(0, |reading| reading.outliers.len());
    let law = reading.as_ref().map(|reading| &reading.law);
    MeasuredBulk::of(shape, values, outliers, law, reading.as_ref())
}

impl Train {
    /// Keys of the bibliography.
    pub(crate) fn citations() -> Vec<String> {
        let all = ["decelle2017", "hinton2002", "tieleman2008", "johnstone2001"];
        all.map(str::to_owned).to_vec()
    }
}

impl TrainingOptions {
    /// The data, the settings with every default filled in, and the epochs that are noted.
    fn resolve(&self) -> Result<(BinaryData, TrainSettings, Vec<usize>)> {
        let missing = || {
            let allowed = "give it, for example --data digits.csv";
            Error::invalid("data", "missing", allowed)
        };
        let file = self.data.as_ref().ok_or_else(missing)?;
        let numbers = read_matrix(file)?;
        let (samples, visible_units) = numbers.shape();
        let usual = TrainingSettings::default();
        let training = TrainingSettings {
            hidden_units: self.hidden_units.unwrap_or(usual.hidden_units),
            epochs: self.epochs.unwrap_or(usual.epochs),
            batch: self.batch.unwrap_or(usual.batch.min(samples)),
            rate: self.rate.unwrap_or(usual.rate),
            sweeps: self.sweeps.unwrap_or(usual.sweeps),
            persistent: self.persistent.unwrap_or(usual.persistent),
            start_scale: self.start_scale.unwrap_or(usual.start_scale),
        };
        training.check(samples)?;
        let noted = noted(training.epochs, self.points)?;
        let [units, hidden, count, batch] = [
            visible_units,
            training.hidden_units,
            samples,
            training.batch,
        ]
        .map(|size| size as u128);
        let bytes = 8 * (3 * units * count + 6 * units * units + 6 * units * hidden)
            + 8 * batch * (4 * units + 4 * hidden)
            + 24 * noted.len() as u128 * units.min(hidden);
        memory::require("training", bytes)?;
        let threshold = self
            .threshold
            .unwrap_or(0.5 * (numbers.min() + numbers.max()));
        let data = BinaryData::new(&numbers, threshold).map_err(|error| match error {
            Error::InvalidInput { ref field, .. } if field == "data" => Error::file(file, error),
            other => other,
        })?;
        let settings = TrainSettings {
            data: file.clone(),
            samples,
            visible_units,
            threshold,
            training,
        };
        Ok((data, settings, noted))
    }
}

/// Epochs after which the spectrum is noted; the first state is that of the start.
fn noted(epochs: usize, points: Option<usize>) -> Result<Vec<usize>> {
    let most = epochs.saturating_add(1).min(MOST_STATES);
    let points = points.unwrap_or(POINTS.min(most));
    if !(2..=most).contains(&points) {
        let allowed = format!("must lie in 2..={most}: the start, and epochs of training");
        return Err(Error::invalid("points", points, allowed));
    }
    let last = points - 1;
    let at = |part: usize| (part as u128 * epochs as u128 / last as u128) as usize;
    Ok((1..=last).map(at).collect())
}

impl Trained {
    fn shown(&self) -> usize {
        self.end.singular_values.len().min(SHOWN)
    }

    fn course(&self) -> Table {
        let modes = 1..=self.shown();
        let named = |name: &'static str, head: &'static str| {
            modes.clone().map(move |mode| {
                Column::new(format!("{name}_{mode}")).headed(format!("{head}{}", subscript(mode)))
            })
        };
        let first = [
            Column::new("epoch").digits(Digits::Shortest),
            Column::new("t").digits(Digits::Shortest),
            Column::new("pseudo_likelihood").headed("pseudo-likelihood"),
        ];
        let columns = first.into_iter().chain(named("w", "w"));
        let title = format!(
            "±1 RBM of {} visible and {} hidden units along its training",
            self.settings.visible_units, self.settings.training.hidden_units
        );
        let mut table = Table::new(title, columns);
        for state in &self.states {
            let first: [Value; 3] = [
                state.epoch.into(),
                state.time.into(),
                state.pseudo_likelihood.into(),
            ];
            let values = state.singular_values.iter().take(self.shown());
            let values = values.map(|&w| w.into());
            table.push(first.into_iter().chain(values).collect());
        }
        table
    }

    fn modes(&self) -> Table {
        let mut table = Table::new(
            "modes at the end, and the principal directions of the data",
            [
                Column::new("mode").digits(Digits::Shortest),
                Column::new("w"),
                Column::new("outlier").headed("out of the bulk"),
                Column::new("nearest")
                    .headed("nearest direction")
                    .digits(Digits::Shortest),
                Column::new("overlap"),
                Column::new("eigenvalue").headed("its variance c"),
            ],
        );
        let Some(last) = self.states.last() else {
            return table;
        };
        let shown = self.shown().max(self.end.outliers);
        // Without a bulk nothing is out of it.
        let is_outlier = |at: usize| match self.end.level {
            Some(_) => (at < self.end.outliers).into(),
            None => Value::Missing,
        };
        for (at, &w) in last.singular_values.iter().enumerate().take(shown) {
            let nearest = last.nearest[at];
            table.push(vec![
                (at + 1).into(),
                w.into(),
                is_outlier(at),
                nearest.into(),
                last.overlaps[at].into(),
                self.eigenvalues[nearest - 1].into(),
            ]);
        }
        table
    }
}

impl Answer for Trained {
    fn tables(&self) -> Vec<Table> {
        vec![self.course(), self.modes()]
    }

    fn notes(&self) -> Vec<String> {
        let words = |when: &str, bulk: &MeasuredBulk| match (bulk.level, bulk.distance) {
            (Some(level), Some(distance)) => format!(
                "{when}: {} of {} singular values above {level:.4}, the largest that noise has; the others differ from the law of noise by {distance:.4} (Kolmogorov–Smirnov)",
                bulk.outliers,
                bulk.singular_values.len()
            ),
            _ => format!("{when}: there is no bulk of noise, so that outliers mean nothing"),
        };
        let mut notes = vec![words("start", &self.start), words("end", &self.end)];
        match self.outcome {
            TrainingEnding::Complete => {}
            TrainingEnding::Diverged => {
                notes.push(
                    "the weights are not finite after the last state: choose a smaller rate".into(),
                );
            }
            TrainingEnding::NoDecomposition => {
                notes.push(
                    "the singular values of the weights were not found after the last state".into(),
                );
            }
        }
        notes
    }
}
