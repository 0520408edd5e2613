//! `onsager compare`: theory beside simulation, with a verdict.

use super::config::{Common, ConfigFile};
use super::output::{Reply, watched};
use super::{CommandResult, simulate};
use clap::Args;
use onsager::comparison::{Judgement, Verdict};
use onsager::experiment::{Compare, Experiment};
use onsager::options::{DmftOptions, VerdictOptions};
use std::process::ExitCode;

/// Exit status of a disagreement, and of a prediction that was not obtained. 2 is bad input.
const DISAGREEMENT: u8 = 1;

/// Exit status of a comparison that could not tell.
const UNDECIDED: u8 = 3;

/// Flags of `compare`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    simulation: simulate::Arguments,
    #[command(flatten)]
    dmft: DmftOptions,
    #[command(flatten)]
    verdict: VerdictOptions,
    /// Compare every iteration of amp with state evolution, or of gd with dynamical mean-field
    /// theory, instead of the end with the fixed point
    #[arg(long)]
    trajectory: bool,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        let own = self.simulation;
        let compare = Compare {
            model: own.model.over(config.model),
            solver: own.solver.over(config.solver),
            start: own.start.over(config.start),
            simulation: own.simulation.over(config.simulation),
            dmft: self.dmft.over(config.dmft),
            verdict: self.verdict,
            trajectory: self.trajectory,
            control_variates: own.control_variates,
            record: own.record,
            seed: Some(common.seed),
        };
        let report = watched("compare", |watch| compare.run(watch))?;
        let exit = exit(report.result.judgement.as_ref());
        Ok(Reply {
            exit,
            ..Reply::of(&report)?
        })
    }
}

fn exit(judgement: Option<&Judgement>) -> ExitCode {
    match judgement.map(|judgement| judgement.verdict) {
        Some(Verdict::Agrees) => ExitCode::SUCCESS,
        Some(Verdict::TooFewInstances) => ExitCode::from(UNDECIDED),
        Some(Verdict::Disagrees) | None => ExitCode::from(DISAGREEMENT),
    }
}
