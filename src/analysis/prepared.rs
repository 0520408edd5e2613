//! Data made ready: columns that do not vary left out, the others on a common scale, rows kept apart.

use crate::error::{Error, Result};
use crate::files::lines::{Line, Lines};
use crate::files::open_data;
use crate::memory;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::simulation::DataMatrix;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use std::path::Path;

/// A column whose standard deviation is below this part of its largest entry is constant.
const CONSTANT: f64 = 1e-12;

/// Bytes for each column beside its entries: moments, scales and numbers.
const COLUMN: u128 = 128;

/// The scale of the columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Standardise {
    /// Each has mean 0 and variance 1.
    #[default]
    Columns,
    /// Each has mean 0, and the mean variance is 1.
    Global,
    /// As they are.
    None,
}

/// How data are made ready.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preparation {
    /// The scale of the columns.
    pub standardise: Standardise,
    /// Numbers of columns that are left out, from 1.
    pub skip: Vec<RangeInclusive<usize>>,
    /// The part of the rows that is kept apart, drawn at random.
    pub holdout: Option<f64>,
    /// What entries become 1 from, and 0 below, before they are scaled.
    pub binarise: Option<f64>,
}

/// Data in rows that can be analysed. Numbers of rows and columns are those of the file, from 1.
#[derive(Debug)]
pub struct Prepared {
    /// The rows of which everything is learnt (n×d).
    pub rows: DataMatrix,
    /// The rows that are kept apart, on the scale of the others.
    pub held_out: Option<DataMatrix>,
    /// Columns that are left out because it was asked for.
    pub skipped: Vec<usize>,
    /// Columns that are left out because they do not vary over [`rows`](Self::rows).
    pub constant: Vec<usize>,
    /// The others, as they stand in the rows.
    pub kept: Vec<usize>,
    /// What was subtracted from each of these.
    pub shift: Vec<f64>,
    /// What each was then divided by.
    pub scale: Vec<f64>,
    /// Rows that are independent: one fewer than there are where means were taken away.
    pub independent: usize,
}

impl Prepared {
    /// Of data in rows.
    ///
    /// # Errors
    /// Names `data`: fewer than two rows to learn from, no column that varies, an entry that is no finite
    /// number, or none of single precision. Names the field of a preparation that does not fit.
    /// [`Error::Memory`].
    pub fn new(data: &Matrix, preparation: &Preparation, streams: Streams) -> Result<Self> {
        if data.is_empty() {
            let got = format!("{} × {}", data.nrows(), data.ncols());
            return Err(Error::invalid("data", got, "at least two rows are needed"));
        }
        Self::of(data, preparation, streams)
    }

    /// Of a file that [`read_data`](crate::files::read_data) reads, which is passed over twice and not
    /// kept in memory.
    ///
    /// # Errors
    /// As for [`read_data`](crate::files::read_data), and as [`Prepared::new`], with the file.
    pub fn read(path: &Path, preparation: &Preparation, streams: Streams) -> Result<Self> {
        let lines = open_data(path)?;
        Self::of(&*lines, preparation, streams).map_err(|error| match error {
            Error::InvalidInput { ref field, .. } if field == "data" => Error::file(path, error),
            other => other,
        })
    }

    pub(crate) fn of(
        lines: &dyn Lines,
        preparation: &Preparation,
        streams: Streams,
    ) -> Result<Self> {
        let [n, d] = lines.shape();
        let shown = || format!("{n} × {d}");
        let sides = n as u128 * size_of::<Place>() as u128 + d as u128 * COLUMN;
        memory::require("the rows and columns of the data", sides)?;
        let mut wanted = preparation.wanted(d)?;
        let split = preparation.split(n, streams)?;
        let training = split.counts[0];
        if training < 2 {
            let allowed = "at least two rows are needed";
            return Err(Error::invalid("data", shown(), allowed));
        }
        let numbers = |of: &dyn Fn(usize) -> bool| (0..d).filter(|&at| of(at)).collect::<Vec<_>>();
        let skipped = numbers(&|at| !wanted[at]);
        let moments = preparation.moments(lines, &wanted, &split)?;
        let constant = numbers(&|at| wanted[at] && !moments[at].varies());
        constant.iter().for_each(|&at| wanted[at] = false);
        let kept = numbers(&|at| wanted[at]);
        if kept.is_empty() {
            let allowed = match constant.is_empty() {
                true => "no column is left",
                false => "no column varies",
            };
            return Err(Error::invalid("data", shown(), allowed));
        }
        let variances = kept.iter().map(|&at| moments[at].variance());
        let common = (variances.sum::<f64>() / kept.len() as f64).sqrt();
        let scales = kept.iter().map(|&at| match preparation.standardise {
            Standardise::Columns => [moments[at].mean, moments[at].variance().sqrt()],
            Standardise::Global => [moments[at].mean, common],
            Standardise::None => [0.0, 1.0],
        });
        let scales: Vec<[f64; 2]> = scales.collect();
        let from_one = |all: &[usize]| all.iter().map(|at| at + 1).collect();
        let entries = n as u128 * kept.len() as u128;
        memory::require("the data", size_of::<f32>() as u128 * entries)?;
        let parts = split.counts.iter().filter(|count| **count > 0);
        let parts = parts.map(|&count| DataMatrix::zeros(count, kept.len()));
        let filling = Filling {
            parts: parts.collect::<Result<_>>()?,
            kept: &kept,
            scales: &scales,
            preparation,
        };
        let mut parts = filling.fill(lines, &wanted, &split)?;
        Ok(Self {
            rows: parts.remove(0),
            held_out: parts.pop(),
            skipped: from_one(&skipped),
            constant: from_one(&constant),
            kept: from_one(&kept),
            shift: scales.iter().map(|[shift, _]| *shift).collect(),
            scale: scales.iter().map(|[_, scale]| *scale).collect(),
            independent: match preparation.standardise {
                Standardise::None => training,
                Standardise::Columns | Standardise::Global => training - 1,
            },
        })
    }
}

/// The second pass: every entry on its scale, and in its place.
struct Filling<'a> {
    parts: Vec<DataMatrix>,
    kept: &'a [usize],
    /// What is subtracted from these columns, and what they are divided by.
    scales: &'a [[f64; 2]],
    preparation: &'a Preparation,
}

impl Filling<'_> {
    fn fill(
        mut self,
        lines: &dyn Lines,
        wanted: &[bool],
        split: &Split,
    ) -> Result<Vec<DataMatrix>> {
        let mut next = 0;
        lines.pass(wanted, &mut |line| {
            match line {
                Line::Row(row, entries) => {
                    for (at, &column) in self.kept.iter().enumerate() {
                        self.put(split, row, at, entries[column])?;
                    }
                }
                Line::Column(_, entries) => {
                    for (row, &x) in entries.iter().enumerate() {
                        self.put(split, row, next, x)?;
                    }
                    next += 1;
                }
            }
            Ok(())
        })?;
        Ok(self.parts)
    }

    fn put(&mut self, split: &Split, row: usize, at: usize, x: f64) -> Result<()> {
        let [shift, scale] = self.scales[at];
        let scaled = ((self.preparation.value(x) - shift) / scale) as f32;
        if !scaled.is_finite() {
            let got = format!("{x:e} in row {}, column {}", row + 1, self.kept[at] + 1);
            let allowed = "single precision has no such number";
            return Err(Error::invalid("data", got, allowed));
        }
        let place = split.places[row];
        self.parts[place.part].row_mut(place.at)[at] = scaled;
        Ok(())
    }
}

impl Preparation {
    /// The columns of `d` that are not left out.
    fn wanted(&self, d: usize) -> Result<Vec<bool>> {
        let mut wanted = vec![true; d];
        for range in &self.skip {
            let (&from, &to) = (range.start(), range.end());
            if from == 0 || to > d || from > to {
                let got = if from == to {
                    from.to_string()
                } else {
                    format!("{from}-{to}")
                };
                let allowed = format!("columns of these data are 1 to {d}");
                return Err(Error::invalid("skip-columns", got, allowed));
            }
            wanted[from - 1..to].fill(false);
        }
        Ok(wanted)
    }

    /// Which of `n` rows are kept apart: the rounded part, all choices alike.
    fn split(&self, n: usize, streams: Streams) -> Result<Split> {
        if let Some(threshold) = self.binarise.filter(|threshold| !threshold.is_finite()) {
            return Err(Error::invalid("binarise", threshold, "must be finite"));
        }
        let share = self.holdout.unwrap_or(0.0);
        let apart = (share * n as f64).round();
        if self.holdout.is_some() {
            if !(share > 0.0 && share < 1.0) {
                let allowed = "must lie between 0 and 1: the part of the rows that is kept apart";
                return Err(Error::invalid("holdout", share, allowed));
            }
            if apart < 1.0 || apart + 2.0 > n as f64 {
                let allowed = format!("of {n} rows, one at least is kept apart and two are not");
                return Err(Error::invalid("holdout", share, allowed));
            }
        }
        let mut stream = streams.stream(Purpose::Holdout, 0);
        let mut counts = [0, 0];
        let mut left = apart as usize;
        let places = (0..n).map(|row| {
            let chosen = left > 0 && stream.random_range(0..n - row) < left;
            left -= usize::from(chosen);
            let part = usize::from(chosen);
            counts[part] += 1;
            Place {
                part,
                at: counts[part] - 1,
            }
        });
        let places = places.collect();
        Ok(Split { places, counts })
    }

    /// What an entry counts as.
    fn value(&self, x: f64) -> f64 {
        self.binarise
            .map_or(x, |threshold| f64::from(u8::from(x >= threshold)))
    }

    /// Those of the wanted columns over the rows for training.
    fn moments(&self, lines: &dyn Lines, wanted: &[bool], split: &Split) -> Result<Vec<Moments>> {
        let mut moments = vec![Moments::default(); wanted.len()];
        let counts = |row: usize| split.places[row].part == 0;
        lines.pass(wanted, &mut |line| {
            match line {
                Line::Row(row, entries) if counts(row) => {
                    let pairs = moments.iter_mut().zip(entries).zip(wanted);
                    for ((own, &x), _) in pairs.filter(|(_, wanted)| **wanted) {
                        own.add(self.value(x));
                    }
                }
                Line::Row(..) => {}
                Line::Column(at, entries) => {
                    for (_, &x) in entries.iter().enumerate().filter(|(row, _)| counts(*row)) {
                        moments[at].add(self.value(x));
                    }
                }
            }
            Ok(())
        })?;
        Ok(moments)
    }
}

/// Where rows go: to those for training, part 0, or to those that are kept apart.
struct Split {
    places: Vec<Place>,
    /// Rows of each part.
    counts: [usize; 2],
}

#[derive(Clone, Copy)]
struct Place {
    part: usize,
    at: usize,
}

/// Mean and variance as numbers arrive (B. P. Welford, Technometrics 4 (1962) 419).
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
    /// Largest absolute value.
    most: f64,
}

impl Moments {
    fn add(&mut self, x: f64) {
        self.count += 1.0;
        let off = x - self.mean;
        self.mean += off / self.count;
        self.squares += off * (x - self.mean);
        self.most = self.most.max(x.abs());
    }

    fn variance(&self) -> f64 {
        self.squares / (self.count - 1.0)
    }

    fn varies(&self) -> bool {
        self.variance().sqrt() > CONSTANT * self.most
    }
}
