//! New data from an RBM.

use super::{Answer, DEFAULT_SEED, Experiment, Report, Watch};
use crate::analysis::sample;
use crate::definitions::Catalogue;
use crate::error::{Error, Result};
use crate::files::read_matrix;
use crate::hidden::HiddenUnits;
use crate::numerics::streams::Streams;
use crate::numerics::{Matrix, rows};
use crate::options::SampleOptions;
use crate::table::{Column, Table, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Rows that are drawn unless a number is given.
const ROWS: usize = 1000;

/// Most numbers that are drawn: a reply holds them as text.
const MOST: usize = 50_000_000;

/// Asks for new data from an RBM with normal visible units.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sample {
    /// The RBM, and the number of rows.
    pub sample: SampleOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Data that were drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sampled {
    /// The weights.
    pub weights: PathBuf,
    /// Variance of the visible units.
    pub visible_variance: f64,
    /// Hidden units.
    pub hidden: String,
    /// Their biases.
    pub bias: Vec<f64>,
    /// The rows (n×d).
    #[serde(with = "rows")]
    #[schemars(with = "Vec<Vec<f64>>")]
    pub rows: Matrix,
}

impl Experiment for Sample {
    type Answer = Sampled;

    fn run(&self, watch: Watch) -> Result<Report<Sampled>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let options = &self.sample;
        let missing = || {
            let allowed = "give it, for example onsager sample weights.npy";
            Error::invalid("weights", "missing", allowed)
        };
        let file = options.weights.as_ref().ok_or_else(missing)?;
        let weights = read_matrix(file)?;
        let name = options.hidden.as_deref().unwrap_or("rademacher");
        let prior = Catalogue::new(options.equations.as_deref())?.prior(name, "hidden")?;
        let cited = prior.source.citations().iter();
        let keys = cited.map(|citation| citation.cite.clone()).collect();
        let bias = options.bias.clone().unwrap_or_default();
        let hidden = HiddenUnits::new(prior.hidden_law()?, weights.ncols(), &bias)?;
        let rows = options.rows.unwrap_or(ROWS);
        if rows.saturating_mul(weights.nrows()) > MOST {
            let allowed = format!(
                "of {} columns, {} at most",
                weights.nrows(),
                MOST / weights.nrows()
            );
            return Err(Error::invalid("rows", rows, allowed));
        }
        watch("samples", None);
        let variance = options.visible_variance.unwrap_or(1.0);
        let answer = Sampled {
            weights: file.clone(),
            visible_variance: variance,
            hidden: name.to_owned(),
            bias: hidden.bias().to_vec(),
            rows: sample(&hidden, &weights, variance, rows, Streams::new(seed))?,
        };
        Ok(Report::new(seed, keys, answer))
    }
}

impl Answer for Sampled {
    fn tables(&self) -> Vec<Table> {
        let columns = (1..=self.rows.ncols()).map(|column| Column::new(format!("x{column}")));
        let mut table = Table::new("samples", columns);
        for row in self.rows.row_iter() {
            table.push(row.iter().map(|entry| Value::from(*entry)).collect());
        }
        vec![table]
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}
