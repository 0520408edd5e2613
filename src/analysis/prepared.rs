//! Data made ready: columns that do not vary left out, the others on a common scale.

use crate::error::{Error, Result};
use crate::numerics::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A column whose standard deviation is below this part of its largest entry is constant.
const CONSTANT: f64 = 1e-12;

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

/// Data in rows that can be analysed.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The rows, without constant columns.
    pub rows: Matrix,
    /// Numbers of the columns that are left out, from 1.
    pub constant: Vec<usize>,
    /// Rows that are independent: one fewer than there are where means were taken away.
    pub independent: usize,
}

impl Prepared {
    /// Of data in rows.
    ///
    /// # Errors
    /// Names `data`: fewer than two rows, or no column that varies.
    pub fn new(data: &Matrix, standardise: Standardise) -> Result<Self> {
        let (n, d) = data.shape();
        if n < 2 {
            let allowed = "at least two rows are needed";
            return Err(Error::invalid("data", format!("{n} × {d}"), allowed));
        }
        let moments: Vec<[f64; 2]> = data
            .column_iter()
            .map(|column| {
                let mean = column.mean();
                let square =
                    column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
                [mean, square.sqrt()]
            })
            .collect();
        let varies = |column: &usize| moments[*column][1] > CONSTANT * data.column(*column).amax();
        let (kept, constant): (Vec<usize>, Vec<usize>) = (0..d).partition(varies);
        if kept.is_empty() {
            let allowed = "no column varies";
            return Err(Error::invalid("data", format!("{n} × {d}"), allowed));
        }
        let variances = kept.iter().map(|&column| moments[column][1].powi(2));
        let common = (variances.sum::<f64>() / kept.len() as f64).sqrt();
        let mut rows = data.select_columns(&kept);
        for (mut column, &at) in rows.column_iter_mut().zip(&kept) {
            let [mean, deviation] = moments[at];
            let [shift, scale] = match standardise {
                Standardise::Columns => [mean, deviation],
                Standardise::Global => [mean, common],
                Standardise::None => [0.0, 1.0],
            };
            column.apply(|x| *x = (*x - shift) / scale);
        }
        Ok(Self {
            rows,
            constant: constant.into_iter().map(|column| column + 1).collect(),
            independent: match standardise {
                Standardise::None => n,
                Standardise::Columns | Standardise::Global => n - 1,
            },
        })
    }
}
