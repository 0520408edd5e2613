//! `onsager contrastive`: what contrastive divergence learns, beside the objective.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::output::answer;
use clap::Args;
use onsager::experiment::Contrastive;
use onsager::options::{ContrastiveOptions, ModelOptions, SolverOptions, StartOptions};

/// Flags of `contrastive`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    solver: SolverOptions,
    #[command(flatten)]
    start: StartOptions,
    #[command(flatten)]
    contrastive: ContrastiveOptions,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        let contrastive = Contrastive {
            model: self.model.over(config.model),
            solver: self.solver.over(config.solver),
            start: self.start.over(config.start),
            contrastive: self.contrastive,
            seed: Some(common.seed),
        };
        answer("contrastive", &contrastive)
    }
}
