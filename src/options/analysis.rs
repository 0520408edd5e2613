//! Flags and keys of the analysis of data.

use crate::analysis::Standardise;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

flags! {
    /// What the spectrum of data says before training.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Analysis")]
    pub struct AnalysisOptions {
        /// The data: CSV, one sample a line, with or without names above; or digits, which are
        /// built in
        #[arg(value_name = "FILE")]
        pub data: Option<PathBuf>,
        /// Scale of the columns: mean 0 and variance 1 of each (columns), mean 0 of each and variance 1
        /// in the mean (global), or as they are (none) [default: columns]
        #[arg(long, value_name = "HOW")]
        pub standardise: Option<Standardise>,
        /// Predict what so many hidden units ±1 learn, one for each of the strongest signals
        #[arg(long, value_name = "K")]
        pub units: Option<usize>,
        /// Law of the signals over samples, for a prediction: a name of equations/priors, or a .toml
        /// file [default: rademacher]
        #[arg(long, value_name = "NAME|FILE")]
        pub signal: Option<String>,
        /// Folder of definition files, searched before the built-in ones
        #[arg(long, value_name = "DIR")]
        pub equations: Option<PathBuf>,
    }
}
