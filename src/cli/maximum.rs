//! `onsager maximum`: the largest objective by many starts, beside theory beyond replica symmetry.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::output::answer;
use clap::Args;
use onsager::experiment::Maximum;
use onsager::options::{MaximumOptions, ModelOptions};

/// Flags of `maximum`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    maximum: MaximumOptions,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        let maximum = Maximum {
            model: self.model.over(config.model),
            maximum: self.maximum,
            seed: Some(common.seed),
        };
        answer("maximum", &maximum)
    }
}
