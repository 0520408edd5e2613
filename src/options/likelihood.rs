//! Flags and keys of the exact likelihood.

use super::Rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

flags! {
    /// An RBM whose hidden states can be listed, and its weights.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Likelihood")]
    pub struct LikelihoodOptions {
        /// Samples per visible unit, α = n/d
        #[arg(long, value_name = "A", allow_negative_numbers = true)]
        pub alpha: Option<f64>,
        /// Visible units P_v: a name of equations/priors, or a .toml file [default: rademacher]
        #[arg(long, value_name = "NAME|FILE")]
        pub visible: Option<String>,
        /// Hidden units P_h, of finite support: a name or a file, as for --visible
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
        /// Weights W, in units where they are O(1): CSV, a row for each visible unit, a column for
        /// each hidden one
        #[arg(long, value_name = "FILE")]
        pub weights: Option<PathBuf>,
        /// Visible biases θ, in the same units, with --weights: CSV, one a line [default: 0]
        #[arg(long, value_name = "FILE")]
        pub visible_bias: Option<PathBuf>,
        /// Weights are drawn instead: their self-overlap Q, k×k
        #[arg(long, value_name = "ROWS", allow_negative_numbers = true)]
        pub self_overlap: Option<Rows>,
        /// Their overlap M with signals, r×k [default: none]
        #[arg(long, value_name = "ROWS", allow_negative_numbers = true)]
        pub overlap: Option<Rows>,
        /// The signals P_w: a name or a file, as for --visible [default: rademacher]
        #[arg(long, value_name = "NAME|FILE")]
        pub visible_signal: Option<String>,
        /// Variance of normal visible biases θ [default: 0]
        #[arg(long, value_name = "T2", allow_negative_numbers = true)]
        pub visible_bias_variance: Option<f64>,
        /// Numbers of visible units, of drawn weights [default: 100,1000,10000]
        #[arg(long, value_name = "D1,D2,…", value_delimiter = ',')]
        pub d: Option<Vec<usize>>,
        /// Draws of the weights at each number of visible units [default: 16]
        #[arg(long, value_name = "I")]
        pub instances: Option<usize>,
        /// Folder of definition files, searched before the built-in ones
        #[arg(long, value_name = "DIR")]
        pub equations: Option<PathBuf>,
    }
}
