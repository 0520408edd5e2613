//! What the same training gives on data that are made of what was found: the parametric bootstrap,
//! which is right where a limit of many samples and columns is not (theory.md section 16).

use super::training::{Learnt, Trainer};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::simulation::{DataMatrix, Instance, leading_directions};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cell of the streams of fresh data, beside that of the data.
const FRESH: u64 = 1 << 32;

/// Mean and scatter over synthetic data sets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scatter {
    /// The mean.
    pub mean: f64,
    /// Standard deviation of one data set.
    pub deviation: f64,
    /// Data sets.
    pub sets: usize,
}

/// What so many units learn from synthetic data sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BootstrapGain {
    /// Number of units.
    pub units: usize,
    /// Gain on the data that were learnt from, nats per sample.
    pub gain_in: Option<Scatter>,
    /// On fresh data of the same law.
    pub gain_out: Option<Scatter>,
    /// Eigenvalues of `Q`, the largest first.
    pub self_overlaps: Vec<Scatter>,
    /// As [`Learnt::subspace`].
    pub subspace: Option<Scatter>,
    /// Overlap `|M_ab|/√Q_bb` of each of the strongest signals with the unit matched to it, as far as
    /// every data set has one.
    pub overlaps: Vec<Scatter>,
    /// Data sets on which training failed: they are in none of the means.
    pub failed: usize,
    /// Data sets on which it did not come to its end: their last weights are in the means.
    pub unfinished: usize,
}

/// Synthetic data of a model of noise of variance 1, with its signals along given directions.
#[derive(Debug, Clone, Copy)]
pub struct Bootstrap<'a> {
    /// The model; its hidden units are trained.
    pub model: &'a Model,
    /// Orthonormal directions of the signals (d×r).
    pub directions: &'a Matrix,
    /// Rows of each data set, and of the fresh ones beside it.
    pub rows: [usize; 2],
    /// Number of data sets.
    pub sets: usize,
    /// Standard deviation of the visible units, in units of the noise: data are divided by it.
    pub visible_deviation: f64,
    /// How weights are trained.
    pub trainer: Trainer,
}

impl Bootstrap<'_> {
    /// Trains on each of the data sets.
    ///
    /// # Errors
    /// Fewer than two data sets, a model of other signals than the directions, or sizes that do not fit.
    pub fn run(&self, streams: Streams) -> Result<BootstrapGain> {
        if self.sets < 2 {
            let allowed = "two data sets at least have a scatter";
            return Err(Error::invalid("bootstrap", self.sets, allowed));
        }
        let mut learnt = Vec::with_capacity(self.sets);
        let (mut failed, mut unfinished) = (0, 0);
        for set in 0..self.sets as u64 {
            match self.learnt(streams.instance(set))? {
                Some(one) => {
                    unfinished += usize::from(!one.finished);
                    learnt.push(one);
                }
                None => failed += 1,
            }
        }
        let of = |number: &dyn Fn(&Trained) -> Option<f64>| {
            let all: Option<Vec<f64>> = learnt.iter().map(number).collect();
            all.and_then(|all| Scatter::of(&all))
        };
        let units = self.model.units();
        Ok(BootstrapGain {
            units,
            gain_in: of(&|one| Some(one.learnt.gain_in.mean)),
            gain_out: of(&|one| one.learnt.gain_out.map(|gain| gain.mean)),
            self_overlaps: (0..units)
                .filter_map(|at| of(&|one| Some(one.learnt.self_overlaps[at])))
                .collect(),
            subspace: of(&|one| Some(one.learnt.subspace)),
            overlaps: (0..units)
                .map_while(|at| of(&|one| one.overlaps[at]))
                .collect(),
            failed,
            unfinished,
        })
    }

    /// What is learnt from one data set; nothing where training fails.
    fn learnt(&self, streams: Streams) -> Result<Option<Trained>> {
        let w_star = self.directions * (self.directions.nrows() as f64).sqrt();
        let [n, others] = self.rows;
        let instance = Instance::along(self.model, w_star, n, streams)?;
        let fresh = instance.fresh(self.model, others, streams.cell(FRESH))?;
        let data = divided(&instance.data, self.visible_deviation)?;
        let fresh = divided(&fresh, self.visible_deviation)?;
        let hidden = self.model.hidden().clone().with_visible_variance(1.0)?;
        let trained = self.trainer.train(&hidden, &data, streams)?;
        let finished = trained.end.is_finished();
        let Some(w) = trained.weights else {
            return Ok(None);
        };
        let (directions, _) = leading_directions(&data, self.directions.ncols(), streams)?;
        let learnt = Learnt::of(&hidden, &w, &data, Some(&fresh), &directions)?;
        let order = instance.problem(&hidden).observe(&w).order;
        let (zeta, pairs) = (order.overlaps(), order.matching());
        Ok(Some(Trained {
            learnt,
            overlaps: (0..w.ncols())
                .map(|at| {
                    pairs
                        .iter()
                        .find(|pair| pair.0 == at)
                        .map(|pair| zeta[*pair])
                })
                .collect(),
            finished,
        }))
    }
}

/// What one data set gives.
struct Trained {
    learnt: Learnt,
    /// Of each of the strongest signals with its unit; none where the units learnt another.
    overlaps: Vec<Option<f64>>,
    /// Whether training came to its end.
    finished: bool,
}

impl Scatter {
    /// Of two numbers at least.
    fn of(numbers: &[f64]) -> Option<Self> {
        let sets = numbers.len();
        if sets < 2 {
            return None;
        }
        let mean = numbers.iter().sum::<f64>() / sets as f64;
        let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
        Some(Self {
            mean,
            deviation: (squares / (sets - 1) as f64).sqrt(),
            sets,
        })
    }

    /// Standard error of the mean.
    pub fn error(&self) -> f64 {
        self.deviation / (self.sets as f64).sqrt()
    }
}

/// The rows divided by a number.
pub(crate) fn divided(data: &DataMatrix, by: f64) -> Result<DataMatrix> {
    DataMatrix::try_from_row_fn(data.rows(), data.columns(), |row, entries| {
        for (entry, value) in entries.iter_mut().zip(data.row(row)) {
            *entry = (f64::from(*value) / by) as f32;
        }
    })
}
