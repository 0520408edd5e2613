//! `onsager train`: contrastive divergence of an RBM with ±1 units, and the spectrum of its weights.

use super::CommandResult;
use super::config::Common;
use super::output::answer;
use clap::Args;
use onsager::experiment::Train;
use onsager::options::TrainingOptions;

/// Flags of `train`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    training: TrainingOptions,
}

impl Arguments {
    pub fn run(self, common: &Common) -> CommandResult {
        let train = Train {
            training: self.training,
            seed: Some(common.seed),
        };
        answer("train", &train)
    }
}
