//! `onsager learning-curve`: modes of an RBM with ±1 units that compete for its response.

use super::CommandResult;
use super::config::Common;
use super::output::answer;
use clap::Args;
use onsager::experiment::Learning;
use onsager::options::LearningOptions;

/// Flags of `learning-curve`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    learning: LearningOptions,
}

impl Arguments {
    pub fn run(self, common: &Common) -> CommandResult {
        let learning = Learning {
            learning: self.learning,
            seed: Some(common.seed),
        };
        answer("learning-curve", &learning)
    }
}
