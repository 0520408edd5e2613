//! Hidden entries of rows that were kept apart, completed by units that learnt from the others.

use super::obtained::Learning;
use crate::ensemble::Estimate;
use crate::error::Result;
use crate::memory;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::occlusion::{Completer, Images, Occlusion, as_binary, complete_normal};
use crate::simulation::DataMatrix;
use crate::spectral::{BinaryData, BinaryRbm, MOST_UNITS, TrainingSettings};
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Cell of the streams of what is hidden.
const OCCLUSION: u64 = 4;

/// Random halves of the columns over which an error is averaged.
const MASKS: usize = 4;

/// Contrastive divergence beside the units: epochs, those of a persistent chain from their weights,
/// samples of a step, first rate, and the last in units of it.
const EPOCHS: usize = 150;
const FURTHER: usize = 10;
const BATCH: usize = 50;
const RATE: f64 = 0.05;
const DECAY: f64 = 0.01;

/// Mean of a column, in units of the distance of its two values, up to which it is centred.
const CENTRED: f64 = 1e-3;

/// What completes hidden entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CompletedBy {
    /// The means of the columns.
    Means,
    /// The units with normal visible ones, whose likelihood they were trained for.
    Units,
    /// The same weights with visible units of two values, where the data have two.
    TwoValued,
    /// These after ten epochs of a persistent chain.
    Further,
    /// As many units trained by contrastive divergence (CD-1, 150 epochs), with visible units of two
    /// values.
    Divergence,
}

impl CompletedBy {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Means => "means of the columns",
            Self::Units => "units, normal columns",
            Self::TwoValued => "units, columns of two values",
            Self::Further => "units, then a persistent chain",
            Self::Divergence => "CD-1, columns of two values",
        }
    }
}

/// How well hidden entries of rows that were kept apart are completed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Completion {
    /// What is hidden; of random halves the mean over four.
    pub occlusion: Occlusion,
    /// Number of units.
    pub units: usize,
    /// What completes it.
    pub by: CompletedBy,
    /// Mean squared error of an entry, over rows: in units in which two values are 0 and 1, or those of
    /// the data as they are scaled. Null where training failed.
    pub error: Option<Estimate>,
    /// That over the error of the columns' means, on the same rows.
    pub over_means: Option<Estimate>,
    /// That over the error of contrastive divergence, on the same rows; null where the data do not have
    /// two values.
    pub over_divergence: Option<Estimate>,
}

/// Rows in columns, in units of the visible deviation.
struct Apart<'a> {
    weights: &'a Matrix,
    test: Matrix,
    /// Means of the columns of the rows that were learnt from.
    means: Vec<f64>,
    /// Standard deviation of the visible units.
    deviation: f64,
    /// Why columns of two values are not completed as such.
    missing: Option<String>,
    /// The values of columns that have two, and the rows as signs of them.
    two: Option<Signs>,
}

/// Data of two values.
struct Signs {
    /// Lower and higher value of each column, in units of the visible deviation.
    values: Vec<[f64; 2]>,
    images: Images,
    /// Weights with visible units of two values; of the further chain, and of contrastive divergence.
    machines: [Option<BinaryRbm>; 3],
}

/// Completes hidden entries; `weights` (d×k) are those of units whose visible deviation is 1, and
/// `columns` the numbers of the columns in the file, of which there are `of`. What cannot be hidden is
/// said.
pub(super) fn completions(
    learning: &Learning,
    weights: &Matrix,
    columns: &[usize],
    of: usize,
) -> Result<(Vec<Completion>, Vec<String>)> {
    let streams = learning.streams.cell(OCCLUSION);
    let Some(held_out) = &learning.held_out else {
        return Ok((Vec::new(), Vec::new()));
    };
    let apart = Apart::new(learning, weights, held_out, streams)?;
    let d = columns.len();
    let random = (0..MASKS as u64).map(|mask| {
        let mut all: Vec<bool> = (0..d).map(|at| at < d / 2).collect();
        all.shuffle(&mut streams.instance(mask).stream(Purpose::Occlusion, 0));
        all
    });
    let lower: Vec<bool> = columns.iter().map(|&column| column > of / 2).collect();
    let kinds = [
        (Occlusion::Random, random.collect()),
        (Occlusion::Bottom, vec![lower]),
    ];
    let (mut all, mut missing) = (Vec::new(), Vec::from_iter(apart.missing.clone()));
    for (occlusion, masks) in kinds {
        if masks
            .iter()
            .any(|mask| mask.iter().all(|&one| one) || !mask.contains(&true))
        {
            missing.push(format!(
                "{} columns of {of} are analysed, none or all of them in the second half: it was not hidden",
                columns.len()
            ));
            continue;
        }
        all.extend(apart.complete(occlusion, &masks, streams)?);
    }
    Ok((all, missing))
}

impl<'a> Apart<'a> {
    fn new(
        learning: &Learning,
        weights: &'a Matrix,
        held_out: &DataMatrix,
        streams: Streams,
    ) -> Result<Self> {
        let means = means(&learning.data);
        let mut values = two_values(&learning.data, held_out);
        let mut missing = None;
        if let Some(pairs) = &values {
            let off = |(mean, [low, high]): (&f64, &[f64; 2])| mean.abs() > CENTRED * (high - low);
            if means.len() > MOST_UNITS {
                missing = Some(format!(
                    "columns of two values, more than {MOST_UNITS} of them, were completed as numbers"
                ));
            } else if means.iter().zip(pairs).any(off) {
                missing = Some(
                    "columns of two values whose means were not taken away were completed as numbers"
                        .into(),
                );
            }
            values = values.filter(|_| missing.is_none());
        }
        let [n, others, d] = [learning.data.rows(), held_out.rows(), held_out.columns()];
        let rows = match &values {
            Some(_) => 4 * n + 5 * others + 4 * d,
            None => 3 * others,
        };
        memory::require("rows with hidden entries", 8 * (rows * d) as u128)?;
        let two = values.map(|values| Signs::new(values, learning, weights, held_out, streams));
        Ok(Self {
            weights,
            test: in_columns(held_out, |_, x| x),
            means,
            missing,
            deviation: learning.deviation,
            two: two.transpose()?,
        })
    }

    /// Every way to complete what is hidden of one kind.
    fn complete(
        &self,
        occlusion: Occlusion,
        masks: &[Vec<bool>],
        streams: Streams,
    ) -> Result<Vec<Completion>> {
        let mut ways = vec![CompletedBy::Means, CompletedBy::Units];
        if self.two.is_some() {
            ways.extend([
                CompletedBy::TwoValued,
                CompletedBy::Further,
                CompletedBy::Divergence,
            ]);
        }
        let errors = ways.iter().map(|by| self.errors(*by, masks, streams));
        let errors: Vec<Option<Vec<f64>>> = errors.collect::<Result<_>>()?;
        let of = |by: CompletedBy| {
            let place = ways.iter().position(|way| *way == by)?;
            errors[place].as_deref()
        };
        let over = |own: &Option<Vec<f64>>, by| ratio(own.as_deref()?, of(by)?);
        let completions = ways.iter().zip(&errors).map(|(by, own)| Completion {
            occlusion,
            units: self.weights.ncols(),
            by: *by,
            error: own.as_deref().and_then(Estimate::of),
            over_means: over(own, CompletedBy::Means),
            over_divergence: over(own, CompletedBy::Divergence),
        });
        Ok(completions.collect())
    }

    /// Squared error of an entry of each row, averaged over what is hidden; none without weights.
    fn errors(
        &self,
        by: CompletedBy,
        masks: &[Vec<bool>],
        streams: Streams,
    ) -> Result<Option<Vec<f64>>> {
        let mut errors = vec![0.0; self.test.ncols()];
        for mask in masks {
            let hidden: Vec<usize> = (0..mask.len()).filter(|at| mask[*at]).collect();
            let Some(completed) = self.completed(by, mask, streams)? else {
                return Ok(None);
            };
            let parts = 1.0 / (hidden.len() * masks.len()) as f64;
            for (place, &at) in hidden.iter().enumerate() {
                let unit = self.unit(at);
                for (row, error) in errors.iter_mut().enumerate() {
                    let off = (self.test[(at, row)] - completed[(place, row)]) * unit;
                    *error += parts * off * off;
                }
            }
        }
        Ok(Some(errors))
    }

    /// What a difference of 1 of an entry counts: two values are 1 apart, and others as they are scaled.
    fn unit(&self, at: usize) -> f64 {
        match &self.two {
            Some(two) => 1.0 / (two.values[at][1] - two.values[at][0]),
            None => self.deviation,
        }
    }

    /// Completed entries, in units of the visible deviation.
    fn completed(
        &self,
        by: CompletedBy,
        mask: &[bool],
        streams: Streams,
    ) -> Result<Option<Matrix>> {
        let hidden: Vec<usize> = (0..mask.len()).filter(|at| mask[*at]).collect();
        let machine = match by {
            CompletedBy::Means => {
                let mean = |place: usize, _| self.means[hidden[place]];
                return Ok(Some(Matrix::from_fn(hidden.len(), self.test.ncols(), mean)));
            }
            CompletedBy::Units => {
                let mut means = complete_normal(self.weights, &self.test, mask, streams)?;
                if let Some(two) = &self.two {
                    for (mut row, &at) in means.row_iter_mut().zip(&hidden) {
                        let [low, high] = two.values[at];
                        row.apply(|x| *x = x.clamp(low, high));
                    }
                }
                return Ok(Some(means));
            }
            CompletedBy::TwoValued => 0,
            CompletedBy::Further => 1,
            CompletedBy::Divergence => 2,
        };
        let Some((two, rbm)) = self
            .two
            .as_ref()
            .and_then(|two| Some((two, two.machines[machine].as_ref()?)))
        else {
            return Ok(None);
        };
        let mut signs = Completer::binary(&two.images, rbm).complete(mask, streams)?;
        for (mut row, &at) in signs.row_iter_mut().zip(&hidden) {
            let [low, high] = two.values[at];
            row.apply(|x| *x = 0.5 * (low + high + *x * (high - low)));
        }
        Ok(Some(signs))
    }
}

impl Signs {
    fn new(
        values: Vec<[f64; 2]>,
        learning: &Learning,
        weights: &Matrix,
        held_out: &DataMatrix,
        streams: Streams,
    ) -> Result<Self> {
        let sign = |at: usize, x: f64| match 2.0 * x > values[at][0] + values[at][1] {
            true => 1.0,
            false => -1.0,
        };
        let training = in_columns(&learning.data, sign);
        let data = BinaryData::new(&training.transpose(), 0.0)?;
        let images = Images::of_signs(training, in_columns(held_out, sign))?;
        // A step of one deviation of a column is so many visible deviations.
        let mut standardised = weights.clone();
        for (at, mut row) in standardised.row_iter_mut().enumerate() {
            row *= 0.5 * (values[at][1] - values[at][0]) * images.deviation()[at];
        }
        let units = weights.ncols();
        let settings = |epochs, persistent| TrainingSettings {
            hidden_units: units,
            epochs,
            batch: BATCH.min(learning.data.rows()),
            rate: RATE,
            persistent,
            ..TrainingSettings::default()
        };
        let own = as_binary(&images, &standardised);
        let further = data.fit(Some(own.clone()), &settings(FURTHER, true), DECAY, streams)?;
        let divergence = data.fit(None, &settings(EPOCHS, false), DECAY, streams)?;
        Ok(Self {
            values,
            images,
            machines: [Some(own), further, divergence],
        })
    }
}

/// The lower and the higher value of each column, where every column has two.
fn two_values(data: &DataMatrix, held_out: &DataMatrix) -> Option<Vec<[f64; 2]>> {
    let mut values: Vec<[f32; 2]> = data.row(0).iter().map(|x| [*x, *x]).collect();
    for rows in [data, held_out] {
        for row in 0..rows.rows() {
            for ([low, high], &x) in values.iter_mut().zip(rows.row(row)) {
                match () {
                    () if x == *low || x == *high => {}
                    () if low == high => (*low, *high) = (low.min(x), high.max(x)),
                    () => return None,
                }
            }
        }
    }
    let both = values.iter().all(|[low, high]| low < high);
    both.then(|| values.iter().map(|pair| pair.map(f64::from)).collect())
}

/// Means of the columns.
fn means(rows: &DataMatrix) -> Vec<f64> {
    let mut sums = vec![0.0; rows.columns()];
    for row in 0..rows.rows() {
        for (sum, x) in sums.iter_mut().zip(rows.row(row)) {
            *sum += f64::from(*x);
        }
    }
    sums.iter().map(|sum| sum / rows.rows() as f64).collect()
}

/// Rows in columns, each entry as a function has it.
fn in_columns(rows: &DataMatrix, of: impl Fn(usize, f64) -> f64) -> Matrix {
    Matrix::from_fn(rows.columns(), rows.rows(), |at, row| {
        of(at, f64::from(rows.row(row)[at]))
    })
}

/// Ratio of two means over the same rows, with the error of a ratio; none of a mean 0.
fn ratio(own: &[f64], other: &[f64]) -> Option<Estimate> {
    let (own_mean, other_mean) = (Estimate::of(own)?.mean, Estimate::of(other)?.mean);
    let mean = own_mean / other_mean;
    let off: Vec<f64> = own
        .iter()
        .zip(other)
        .map(|(a, b)| (a - mean * b) / other_mean)
        .collect();
    let scatter = Estimate::of(&off)?;
    mean.is_finite().then_some(Estimate { mean, ..scatter })
}
