//! Flags and keys of contrastive divergence.

use crate::contrastive::{Batches, VisibleLaw};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

flags! {
    /// Chains of contrastive divergence, and how machines of finite size are trained by them.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Contrastive divergence")]
    pub struct ContrastiveOptions {
        /// Chains: cd-J or pcd-J with J steps between updates; with -uniform behind they begin at
        /// uniform hidden states, with -means visible units are replaced by their means
        /// [default: cd-1,cd-2,cd-10]
        #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
        pub chains: Option<Vec<String>>,
        /// Also trains machines of so many visible units [default: theory alone]
        #[arg(long, value_name = "D")]
        pub d: Option<usize>,
        /// Number of samples n [default: α d]
        #[arg(long, value_name = "N")]
        pub n: Option<usize>,
        /// Number of independent instances [default: 4]
        #[arg(long, value_name = "I")]
        pub instances: Option<usize>,
        /// Visible units: gaussian or rademacher [default: gaussian]
        #[arg(long, value_name = "NAME", hide_possible_values = true)]
        pub visible: Option<VisibleLaw>,
        /// Samples of an update [default: all]
        #[arg(long, value_name = "B")]
        pub batch: Option<usize>,
        /// Batches: reshuffled (each sample once in an epoch) or replacement [default: reshuffled]
        #[arg(long, value_name = "NAME", hide_possible_values = true)]
        pub batches: Option<Batches>,
        /// Number of epochs [default: 120]
        #[arg(long, value_name = "E")]
        pub epochs: Option<usize>,
        /// Rate κ n/B of the first epochs, the learning time of one
        /// [default: 0.3, or less where half of the stability bound is less]
        #[arg(long, value_name = "R", allow_negative_numbers = true)]
        pub rate: Option<f64>,
        /// Part of the epochs at that rate, which then falls geometrically [default: 0.5]
        #[arg(long, value_name = "P", allow_negative_numbers = true)]
        pub hold: Option<f64>,
        /// The last rate as a part of the first [default: 0.01]
        #[arg(long, value_name = "P", allow_negative_numbers = true)]
        pub decay: Option<f64>,
        /// Momentum β, in [0, 1) [default: 0]
        #[arg(long, value_name = "BETA", allow_negative_numbers = true)]
        pub momentum: Option<f64>,
        /// Last epochs over whose ends the weights are averaged [default: a twelfth of them]
        #[arg(long, value_name = "E")]
        pub average: Option<usize>,
        /// Change of an overlap over the last quarter of the learning time below which training has
        /// settled [default: 0.01]
        #[arg(long, value_name = "T", allow_negative_numbers = true)]
        pub settled: Option<f64>,
    }
}
