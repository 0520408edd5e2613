//! Flags and keys of samples from an RBM.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

flags! {
    /// An RBM with normal visible units, and how many rows are drawn from it.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Sample")]
    pub struct SampleOptions {
        /// Weights: NPY or CSV, a row for each visible unit, a column for each hidden one, so that x·w
        /// are the fields of a row x (as analyze --save-weights writes them)
        #[arg(value_name = "FILE")]
        pub weights: Option<PathBuf>,
        /// Number of rows [default: 1000]
        #[arg(long, value_name = "N")]
        pub rows: Option<usize>,
        /// Variance of the visible units [default: 1]
        #[arg(long, value_name = "V")]
        pub visible_variance: Option<f64>,
        /// Hidden units P_h, of finite support: a name of equations/priors, or a .toml file
        /// [default: rademacher]
        #[arg(long, value_name = "NAME|FILE")]
        pub hidden: Option<String>,
        /// Hidden biases b_1,…,b_k [default: 0]
        #[arg(
            long,
            value_name = "B1,B2,…",
            value_delimiter = ',',
            allow_negative_numbers = true
        )]
        pub bias: Option<Vec<f64>>,
        /// Folder of definition files, searched before the built-in ones
        #[arg(long, value_name = "DIR")]
        pub equations: Option<PathBuf>,
    }
}
