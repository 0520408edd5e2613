//! `onsager likelihood`: the exact log-likelihood of an RBM with few hidden units, beside the
//! effective objective.

use super::CommandResult;
use super::config::Common;
use super::output::answer;
use clap::Args;
use onsager::experiment::Likelihood;
use onsager::options::LikelihoodOptions;

/// Flags of `likelihood`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    likelihood: LikelihoodOptions,
}

impl Arguments {
    pub fn run(self, common: &Common) -> CommandResult {
        let likelihood = Likelihood {
            likelihood: self.likelihood,
            seed: Some(common.seed),
        };
        answer("likelihood", &likelihood)
    }
}
