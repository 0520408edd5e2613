//! Training on the data, and on synthetic ones, beside the prediction.

use super::known::Known;
use super::predicted::Prediction;
use crate::analysis::{Bootstrap, BootstrapGain, LearningEnd, Learnt, Scatter, Trainer, divided};
use crate::error::{Error, Result};
use crate::experiment::Watch;
use crate::files::read_matrix;
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::simulation::{DataMatrix, Problem, SampleGain};
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// Cell of the streams of synthetic data: the same for any number of units.
const SYNTHETIC: u64 = 2;

/// Cell of the streams of training on the data.
const TRAINING: u64 = 3;

/// Parts of the rows in a learning curve.
const CURVE: [f64; 5] = [0.0625, 0.125, 0.25, 0.5, 1.0];

/// Fewest rows of a point of it.
const LEAST_ROWS: usize = 16;

/// What synthetic data sets give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bootstrapped {
    /// How weights were trained.
    pub trainer: Trainer,
    /// Data sets for each number of units.
    pub sets: usize,
    /// Whether the signals that they are made of rest on a bulk of white noise that is none.
    pub assumption_violated: bool,
    /// For one unit, two units, and so on.
    pub gains: Vec<BootstrapGain>,
}

/// What training on the data gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Obtained {
    /// How weights were trained; null where they were loaded.
    pub trainer: Option<Trainer>,
    /// For one unit, two units, and so on; the number of them alone where weights were loaded.
    pub runs: Vec<ObtainedRun>,
    /// All units trained on more and more of the rows, in random order: how gains come with data.
    pub curve: Vec<CurvePoint>,
    /// Weights `w` of all units (d×k), so that `x·w` are the fields of a row `x` as it is scaled, and
    /// `v w^T w` is `Q`, `v` the variance of the visible units; none where training failed.
    #[serde(skip)]
    pub weights: Option<Matrix>,
}

/// One training run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ObtainedRun {
    /// Number of units.
    pub units: usize,
    /// How it ended.
    pub end: LearningEnd,
    /// What was learnt; null where it failed.
    pub learnt: Option<Learnt>,
}

/// Training on a part of the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurvePoint {
    /// Rows that were learnt from.
    pub rows: usize,
    /// How training ended.
    pub end: LearningEnd,
    /// Gain on them, nats per sample; null where training failed.
    pub gain_in: Option<SampleGain>,
    /// On held-out rows; null without them.
    pub gain_out: Option<SampleGain>,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LearntQuantity {
    /// Gain on the data that were learnt from, nats per sample.
    GainIn,
    /// On fresh data.
    GainOut,
    /// The eigenvalue of `Q` in this place, from 1, the largest first.
    SelfOverlap(usize),
    /// The part of the units' space within the leading principal directions.
    Subspace,
}

impl fmt::Display for LearntQuantity {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::GainIn => write!(f, "gain on the data"),
            Self::GainOut => write!(f, "gain on fresh data"),
            Self::SelfOverlap(place) => write!(f, "eigenvalue {place} of Q"),
            Self::Subspace => write!(f, "part within the principal directions"),
        }
    }
}

/// One number as it was predicted, as synthetic data have it, and as it was obtained.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Number of units.
    pub units: usize,
    /// What is compared.
    pub quantity: LearntQuantity,
    /// By state evolution.
    pub predicted: Option<f64>,
    /// From synthetic data.
    pub bootstrap: Option<Scatter>,
    /// From training on the data.
    pub obtained: Option<f64>,
    /// Its standard error where it has one.
    pub error: Option<f64>,
}

impl Comparison {
    /// The distance of what was obtained from the mean of synthetic data sets, in standard deviations
    /// of one such data set.
    pub fn distance(&self) -> Option<f64> {
        let (scatter, obtained) = self.bootstrap.zip(self.obtained)?;
        let both = scatter.deviation * (1.0 + 1.0 / scatter.sets as f64).sqrt();
        (both > 0.0).then(|| (obtained - scatter.mean) / both)
    }
}

/// Data in units of the visible standard deviation, with directions of the signals in them.
pub(super) struct Learning<'a> {
    /// Training rows.
    pub data: DataMatrix,
    /// Rows that are kept apart.
    pub held_out: Option<DataMatrix>,
    /// The leading principal directions, as many as there are signals (d×r).
    pub directions: &'a Matrix,
    /// Standard deviation of the visible units, in units of the rows as they are scaled.
    pub deviation: f64,
    /// The same in units of the noise.
    pub visible_deviation: f64,
    /// Streams of the analysis.
    pub streams: Streams,
}

impl<'a> Learning<'a> {
    /// Of prepared rows and the standard deviations of visible units and noise in their units.
    pub fn new(
        rows: &DataMatrix,
        held_out: Option<&DataMatrix>,
        [deviation, noise]: [f64; 2],
        directions: &'a Matrix,
        streams: Streams,
    ) -> Result<Self> {
        Ok(Self {
            data: divided(rows, deviation)?,
            held_out: held_out.map(|rows| divided(rows, deviation)).transpose()?,
            directions,
            deviation,
            visible_deviation: deviation / noise,
            streams,
        })
    }

    /// Synthetic data sets of the model that was found, for up to so many units.
    pub fn bootstrap(
        &self,
        known: &Known,
        [units, sets]: [usize; 2],
        trainer: Trainer,
        assumption_violated: bool,
        watch: Watch,
    ) -> Result<Bootstrapped> {
        let others = self.held_out.as_ref().unwrap_or(&self.data).rows();
        let others = others.max(LEAST_ROWS);
        let mut gains = Vec::with_capacity(units);
        for count in 1..=units {
            watch("synthetic data", Some((count - 1) as f64 / units as f64));
            let bootstrap = Bootstrap {
                model: &known.model_of(count)?,
                directions: self.directions,
                rows: [self.data.rows(), others],
                sets,
                visible_deviation: self.visible_deviation,
                trainer,
            };
            gains.push(bootstrap.run(self.streams.cell(SYNTHETIC))?);
        }
        Ok(Bootstrapped {
            trainer,
            sets,
            assumption_violated,
            gains,
        })
    }

    /// Training on the data, for up to so many units.
    pub fn train(&self, units: usize, trainer: Trainer, watch: Watch) -> Result<Obtained> {
        let mut obtained = Obtained {
            trainer: Some(trainer),
            runs: Vec::with_capacity(units),
            curve: Vec::new(),
            weights: None,
        };
        for count in 1..=units {
            watch("training", Some((count - 1) as f64 / units as f64));
            let hidden = HiddenUnits::new(Law::rademacher(), count, &[])?;
            let streams = self.streams.cell(TRAINING);
            let trained = trainer.train(&hidden, &self.data, streams)?;
            let held_out = self.held_out.as_ref();
            let learnt = trained
                .weights
                .as_ref()
                .map(|w| Learnt::of(&hidden, w, &self.data, held_out, self.directions));
            obtained.runs.push(ObtainedRun {
                units: count,
                end: trained.end,
                learnt: learnt.transpose()?,
            });
            obtained.weights = trained.weights.map(|w| w / self.field_scale());
        }
        obtained.curve = self.curve(units, trainer, watch)?;
        Ok(obtained)
    }

    /// Weights of units whose visible deviation is 1, over those of fields `x·w` of rows as they are
    /// scaled.
    pub fn field_scale(&self) -> f64 {
        self.deviation * (self.data.columns() as f64).sqrt()
    }

    /// Weights that were trained elsewhere.
    ///
    /// # Errors
    /// What [`Learnt::of`] refuses.
    pub fn loaded(&self, weights: Matrix) -> Result<Obtained> {
        let units = weights.ncols();
        let hidden = HiddenUnits::new(Law::rademacher(), units, &[])?;
        let w = &weights * self.field_scale();
        let held_out = self.held_out.as_ref();
        let learnt = Learnt::of(&hidden, &w, &self.data, held_out, self.directions)?;
        let run = ObtainedRun {
            units,
            end: LearningEnd::Loaded,
            learnt: Some(learnt),
        };
        Ok(Obtained {
            trainer: None,
            runs: vec![run],
            curve: Vec::new(),
            weights: Some(weights),
        })
    }

    /// Training on parts of the rows, of which there are enough for the units.
    fn curve(&self, units: usize, trainer: Trainer, watch: Watch) -> Result<Vec<CurvePoint>> {
        let hidden = HiddenUnits::new(Law::rademacher(), units, &[])?;
        let mut order: Vec<usize> = (0..self.data.rows()).collect();
        order.shuffle(&mut self.streams.cell(TRAINING).stream(Purpose::Halves, 0));
        let mut curve = Vec::new();
        for part in CURVE {
            watch("learning curve", Some(part));
            let rows = (part * self.data.rows() as f64).round() as usize;
            if rows < LEAST_ROWS.max(4 * units) {
                continue;
            }
            let data = DataMatrix::try_from_row_fn(rows, self.data.columns(), |row, entries| {
                entries.copy_from_slice(self.data.row(order[row]));
            })?;
            let trained = trainer.train(&hidden, &data, self.streams.cell(TRAINING))?;
            let gain = |data: &DataMatrix| {
                let weights = trained.weights.as_ref();
                weights
                    .map(|w| SampleGain::at(&Problem::new(&hidden, data), w))
                    .transpose()
            };
            curve.push(CurvePoint {
                rows,
                end: trained.end,
                gain_in: gain(&data)?,
                gain_out: self.held_out.as_ref().map(gain).transpose()?.flatten(),
            });
        }
        Ok(curve)
    }
}

/// Weights from a file, of as many columns that are analysed and units.
///
/// # Errors
/// As [`read_matrix`], or names `load-weights` for another shape.
pub(super) fn weights_of(path: &Path, expected: [usize; 2]) -> Result<Matrix> {
    let weights = read_matrix(path)?;
    if [weights.nrows(), weights.ncols()] == expected {
        return Ok(weights);
    }
    let [columns, units] = expected;
    Err(Error::Shape {
        field: "load-weights".into(),
        got: format!("{} × {}", weights.nrows(), weights.ncols()),
        expected: format!(
            "{columns} × {units}, a row for each column that is analysed and a column for each unit"
        ),
    })
}

/// What was predicted, what synthetic data have and what was obtained, number by number; what nobody
/// asked for is missing.
pub(super) fn compared(
    predicted: Option<&Prediction>,
    bootstrap: Option<&Bootstrapped>,
    obtained: Option<&Obtained>,
) -> Vec<Comparison> {
    let units = [
        predicted.map(|all| all.gains.len()),
        bootstrap.map(|all| all.gains.len()),
        obtained
            .and_then(|all| all.runs.last())
            .map(|run| run.units),
    ];
    let most = units.into_iter().flatten().max().unwrap_or(0);
    let mut all = Vec::new();
    for at in 0..most {
        let theory = predicted.and_then(|all| all.gains.get(at));
        let theory = theory.filter(|gain| gain.is_stable());
        let synthetic = bootstrap.and_then(|all| all.gains.get(at));
        let run = obtained.and_then(|all| all.runs.iter().find(|run| run.units == at + 1));
        let learnt = run.and_then(|run| run.learnt.as_ref());
        let gain_in = learnt.map(|learnt| learnt.gain_in);
        let gain_out = learnt.and_then(|learnt| learnt.gain_out);
        let mut push = |quantity: LearntQuantity, predicted, bootstrap, obtained, error| {
            all.push(Comparison {
                units: at + 1,
                quantity,
                predicted,
                bootstrap,
                obtained,
                error,
            });
        };
        push(
            LearntQuantity::GainIn,
            theory.and_then(|gain| gain.gain_in),
            synthetic.and_then(|gain| gain.gain_in),
            gain_in.map(|gain| gain.mean),
            // Weights that learnt from these rows know them: no error of independent rows.
            None,
        );
        push(
            LearntQuantity::GainOut,
            theory.and_then(|gain| gain.gain_out),
            synthetic.and_then(|gain| gain.gain_out),
            gain_out.map(|gain| gain.mean),
            gain_out.map(|gain| gain.error),
        );
        for place in 0..=at {
            push(
                LearntQuantity::SelfOverlap(place + 1),
                theory.and_then(|gain| gain.self_overlaps.get(place).copied()),
                synthetic.and_then(|gain| gain.self_overlaps.get(place).copied()),
                learnt.and_then(|learnt| learnt.self_overlaps.get(place).copied()),
                None,
            );
        }
        push(
            LearntQuantity::Subspace,
            // Theory has the signals, of which principal directions are noisy images.
            None,
            synthetic.and_then(|gain| gain.subspace),
            learnt.map(|learnt| learnt.subspace),
            None,
        );
    }
    all
}
