//! `onsager finite-size`: how simulations approach the limit of large size.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::output::answer;
use clap::Args;
use onsager::experiment::FiniteSize;
use onsager::options::{FiniteSizeOptions, ModelOptions, SolverOptions, StartOptions};

/// Flags of `finite-size`.
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
    finite_size: FiniteSizeOptions,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        let finite_size = FiniteSize {
            model: self.model.over(config.model),
            solver: self.solver.over(config.solver),
            start: self.start.over(config.start),
            finite_size: self.finite_size,
            seed: Some(common.seed),
        };
        answer("finite-size", &finite_size)
    }
}
