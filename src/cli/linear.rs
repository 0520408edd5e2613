//! `onsager linear`: learning curve of an RBM with Gaussian units on both sides, mode by mode.

use super::CommandResult;
use super::config::Common;
use super::output::answer;
use clap::Args;
use onsager::experiment::Linear;
use onsager::options::LinearOptions;

/// Flags of `linear`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    linear: LinearOptions,
}

impl Arguments {
    pub fn run(self, common: &Common) -> CommandResult {
        let linear = Linear {
            linear: self.linear,
            seed: Some(common.seed),
        };
        answer("linear", &linear)
    }
}
