//! `onsager simulate`: finite-size simulation with error bars.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::messages::{Talk, say, talk};
use super::output::answer;
use clap::Args;
use onsager::experiment::Simulate;
use onsager::options::{ModelOptions, SimulationOptions, SolverOptions, StartOptions};
use std::path::PathBuf;

/// Flags of `simulate`, which `compare` shares.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    pub model: ModelOptions,
    #[command(flatten)]
    pub solver: SolverOptions,
    #[command(flatten)]
    pub start: StartOptions,
    #[command(flatten)]
    pub simulation: SimulationOptions,
    /// Correct means by control variates, numbers of the data whose mean is known, and show how much
    /// variance that saves
    #[arg(long)]
    pub control_variates: bool,
    /// Keep finished instances in this file; more instances extend it
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Keep the state of the instance in flight every so many iterations of amp and gd, in FILE.checkpoint
    /// beside the record FILE: a run that is killed goes on within the instance
    #[arg(long, value_name = "T")]
    pub checkpoint_every: Option<usize>,
}

/// Says which `α` a size stands for, where that is not given, before anything takes time.
pub fn say_alpha(model: &ModelOptions, simulation: &SimulationOptions) {
    if model.alpha.is_some() || matches!(talk(), Talk::Nothing | Talk::Quiet) {
        return;
    }
    if let Ok(size) = simulation.size(None) {
        let d = match simulation.d {
            Some(d) => d.to_string(),
            None => format!("{}, its default", size.d),
        };
        say(&format!(
            "α = n/d = {} (n = {}, d = {d})",
            size.alpha(),
            size.n
        ));
    }
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        let simulate = Simulate {
            model: self.model.over(config.model),
            solver: self.solver.over(config.solver),
            start: self.start.over(config.start),
            simulation: self.simulation.over(config.simulation),
            control_variates: self.control_variates,
            record: self.record,
            checkpoint_every: self.checkpoint_every,
            seed: Some(common.seed),
        };
        say_alpha(&simulate.model, &simulate.simulation);
        answer("simulate", &simulate)
    }
}
