//! Flags and keys of spectral learning dynamics.

use crate::spectral::learning::LevelKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

flags! {
    /// Learning of an RBM with Gaussian units on both sides.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Linear RBM")]
    pub struct LinearOptions {
        /// Covariance of the data: CSV, one row a line
        #[arg(long, value_name = "FILE")]
        pub covariance: Option<PathBuf>,
        /// Data instead: CSV, one sample a line, with or without names above; the mean is taken
        /// away
        #[arg(long, value_name = "FILE")]
        pub data: Option<PathBuf>,
        /// Eigenvalues of the covariance instead
        #[arg(
            long,
            value_name = "C1,C2,…",
            value_delimiter = ',',
            allow_negative_numbers = true
        )]
        pub eigenvalues: Option<Vec<f64>>,
        /// Number of hidden units [default: one for each visible unit]
        #[arg(long, value_name = "N")]
        pub hidden_units: Option<usize>,
        /// Variance σ_v² of a visible unit by itself [default: 1]
        #[arg(long, value_name = "V", allow_negative_numbers = true)]
        pub visible_variance: Option<f64>,
        /// Variance σ_h² of a hidden unit by itself [default: 1]
        #[arg(long, value_name = "V", allow_negative_numbers = true)]
        pub hidden_variance: Option<f64>,
        /// Standard deviation of the weights at the start [default: 0.01]
        #[arg(long, value_name = "S", allow_negative_numbers = true)]
        pub start_scale: Option<f64>,
        /// Times that are shown, rising; the unit is one over the learning rate
        #[arg(
            long,
            value_name = "T1,T2,…",
            value_delimiter = ',',
            allow_negative_numbers = true
        )]
        pub times: Option<Vec<f64>>,
        /// Last of equally spaced times instead, the first of which is 0
        #[arg(long, value_name = "T", allow_negative_numbers = true)]
        pub until: Option<f64>,
        /// Number of these times [default: 21]
        #[arg(long, value_name = "N")]
        pub points: Option<usize>,
        /// Error of an integration step, relative to each weight and to the size of the start
        /// [default: 1e-10]
        #[arg(long, value_name = "EPS", allow_negative_numbers = true)]
        pub tolerance: Option<f64>,
        /// Largest number of integration steps [default: 200000]
        #[arg(long, value_name = "N")]
        pub max_steps: Option<usize>,
    }
}

flags! {
    /// The spectrum of a weight matrix: noise and modes on top of it.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Spectrum")]
    pub struct SpectrumOptions {
        /// Level σ of the noise: entries have the variance σ²/√(N_v N_h)
        #[arg(long, value_name = "S", allow_negative_numbers = true)]
        pub sigma: Option<f64>,
        /// Aspect ratio κ = N_h/N_v
        #[arg(long, value_name = "K", allow_negative_numbers = true)]
        pub kappa: Option<f64>,
        /// Singular values of planted modes [default: none]
        #[arg(
            long,
            value_name = "W1,W2,…",
            value_delimiter = ',',
            allow_negative_numbers = true
        )]
        pub planted: Option<Vec<f64>>,
        /// Also draw a matrix with so many visible units, and compare
        #[arg(long, value_name = "N")]
        pub sample: Option<usize>,
        /// Read a measured weight matrix instead: CSV, a row for each visible unit
        #[arg(long, value_name = "FILE")]
        pub matrix: Option<PathBuf>,
    }
}

flags! {
    /// Learning of an RBM with ±1 units, from data in pairs of clusters.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Learning")]
    pub struct LearningOptions {
        /// Centres ±μ_a of the data, each along a mode of its own, in units of √L
        #[arg(
            long,
            value_name = "M1,M2,…",
            value_delimiter = ',',
            allow_negative_numbers = true
        )]
        pub mu: Option<Vec<f64>>,
        /// Centres in any directions instead: CSV, one centre a line, a column for each direction;
        /// modes turn towards them
        #[arg(long, value_name = "FILE")]
        pub centres: Option<PathBuf>,
        /// Shares of the pairs of clusters in the data, which add up to 1 [default: equal ones]
        #[arg(
            long,
            value_name = "P1,P2,…",
            value_delimiter = ',',
            allow_negative_numbers = true
        )]
        pub shares: Option<Vec<f64>>,
        /// Components of the vectors of a mode, of variance 1: a name of equations/priors, or a
        /// .toml file [default: rademacher; gaussian with --centres]
        #[arg(long, value_name = "NAME|FILE")]
        pub component: Option<String>,
        /// Folder of definition files, searched before the built-in ones
        #[arg(long, value_name = "DIR")]
        pub equations: Option<PathBuf>,
        /// Aspect ratio κ = N_h/N_v [default: 1]
        #[arg(long, value_name = "K", allow_negative_numbers = true)]
        pub kappa: Option<f64>,
        /// How modes share the response of the RBM [default: infinite; sphere with --centres]
        #[arg(long, value_name = "NAME")]
        pub level: Option<LevelKind>,
        /// Size L = √(N_v N_h) of the RBM, for a level of finite size
        #[arg(long, value_name = "L", allow_negative_numbers = true)]
        pub size: Option<f64>,
        /// Number of visible units instead
        #[arg(long, value_name = "N")]
        pub visible_units: Option<usize>,
        /// Singular values at the start, one for all modes or one for each [default: 0.01]
        #[arg(
            long,
            value_name = "W1,W2,…",
            value_delimiter = ',',
            allow_negative_numbers = true
        )]
        pub start: Option<Vec<f64>>,
        /// Weights at the start, with --centres: CSV, a row for each direction of the data, a
        /// column for each hidden one
        #[arg(long, value_name = "FILE")]
        pub start_weights: Option<PathBuf>,
        /// Number of hidden directions of a random start, with --centres [default: one for each
        /// centre]
        #[arg(long, value_name = "N")]
        pub modes: Option<usize>,
        /// Standard deviation of its weights [default: 0.01]
        #[arg(long, value_name = "S", allow_negative_numbers = true)]
        pub start_scale: Option<f64>,
        /// Times that are shown, rising; the unit is one over L and the learning rate
        #[arg(
            long,
            value_name = "T1,T2,…",
            value_delimiter = ',',
            allow_negative_numbers = true
        )]
        pub times: Option<Vec<f64>>,
        /// Last of equally spaced times instead, the first of which is 0
        #[arg(long, value_name = "T", allow_negative_numbers = true)]
        pub until: Option<f64>,
        /// Number of these times [default: 21]
        #[arg(long, value_name = "N")]
        pub points: Option<usize>,
        /// Error of an integration step, relative to each weight [default: 1e-10]
        #[arg(long, value_name = "EPS", allow_negative_numbers = true)]
        pub tolerance: Option<f64>,
        /// Largest number of integration steps [default: 200000]
        #[arg(long, value_name = "N")]
        pub max_steps: Option<usize>,
    }
}

flags! {
    /// Training of an RBM with ±1 units by contrastive divergence.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Training")]
    pub struct TrainingOptions {
        /// Data: CSV, one sample a line, with or without names above
        #[arg(long, value_name = "FILE")]
        pub data: Option<PathBuf>,
        /// What lies above it is +1, the rest −1 [default: halfway between the smallest and the
        /// largest number]
        #[arg(long, value_name = "X", allow_negative_numbers = true)]
        pub threshold: Option<f64>,
        /// Number of hidden units [default: 16]
        #[arg(long, value_name = "N")]
        pub hidden_units: Option<usize>,
        /// Passes over the data [default: 100]
        #[arg(long, value_name = "N")]
        pub epochs: Option<usize>,
        /// Samples of a step [default: 50, or all if they are fewer]
        #[arg(long, value_name = "N")]
        pub batch: Option<usize>,
        /// Learning rate [default: 0.01]
        #[arg(long, value_name = "G", allow_negative_numbers = true)]
        pub rate: Option<f64>,
        /// Sweeps of Gibbs sampling in a step [default: 1]
        #[arg(long, value_name = "K")]
        pub sweeps: Option<usize>,
        /// Whether the chain goes on from step to step (persistent contrastive divergence)
        /// [default: false]
        #[arg(long, value_name = "BOOL")]
        pub persistent: Option<bool>,
        /// Standard deviation of the weights at the start [default: 0.01]
        #[arg(long, value_name = "S", allow_negative_numbers = true)]
        pub start_scale: Option<f64>,
        /// Number of equally spaced epochs that are shown, the first of which is 0 [default: 21, or
        /// all if they are fewer]
        #[arg(long, value_name = "N")]
        pub points: Option<usize>,
    }
}
