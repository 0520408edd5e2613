//! `onsager analyze`: what the spectrum of data says, before anything is trained.

use super::CommandResult;
use super::config::Common;
use super::output::answer;
use clap::Args;
use onsager::experiment::Analyze;
use onsager::options::AnalysisOptions;

/// Flags of `analyze`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    analysis: AnalysisOptions,
}

impl Arguments {
    pub fn run(self, common: &Common) -> CommandResult {
        let analyze = Analyze {
            analysis: self.analysis,
            seed: Some(common.seed),
        };
        answer("analyze", &analyze)
    }
}
