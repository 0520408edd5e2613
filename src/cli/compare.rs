//! `onsager compare`: theory beside simulation, with a verdict.

use super::config::{Common, ConfigFile};
use super::output::{Reply, watched};
use super::plot::PlotOptions;
use super::{CommandResult, simulate};
use clap::Args;
use onsager::comparison::Verdict;
use onsager::error::Error;
use onsager::experiment::{Compare, Experiment, Maximum};
use onsager::options::{DmftOptions, SolverOptions, StartOptions, VerdictOptions};
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
    /// Beyond replica symmetry: the best of many starts (--restarts) at d/4, d/2 and d, extrapolated,
    /// against the largest objective that any weights have; onsager maximum has more options
    #[arg(long, conflicts_with_all = ["trajectory", "control_variates", "record", "checkpoint_every"])]
    rsb: bool,
    #[command(flatten)]
    plot: PlotOptions,
}

impl Arguments {
    /// Whether its instances are large: the best of many starts is one of many small ones.
    pub fn shares_rows(&self) -> bool {
        !self.rsb
    }

    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        if self.rsb {
            return self.beyond(common, config);
        }
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
            checkpoint_every: own.checkpoint_every,
            seed: Some(common.seed),
        };
        simulate::say_alpha(&compare.model, &compare.simulation);
        let (report, reply) = self.plot.report("compare", &compare, common)?;
        if reply.exit != ExitCode::SUCCESS {
            return Ok(reply);
        }
        let exit = exit(report.result.judgement.as_ref().map(|own| own.verdict));
        Ok(Reply { exit, ..reply })
    }
}

impl Arguments {
    /// Theory beyond replica symmetry beside the best of many starts.
    fn beyond(self, common: &Common, config: ConfigFile) -> CommandResult {
        if self.plot.is_asked() {
            let allowed = "has no figure of its own: onsager reproduce maximum draws one";
            return Err(Error::invalid("plot", "given", allowed));
        }
        let own = self.simulation;
        let given = [
            ("solver", own.solver != SolverOptions::default()),
            ("start", own.start != StartOptions::default()),
            ("dmft", self.dmft != DmftOptions::default()),
            ("verdict", self.verdict != VerdictOptions::default()),
        ];
        if let Some((name, _)) = given.into_iter().find(|(_, given)| *given) {
            let allowed = format!("options of {name} have no meaning beside it: leave them out");
            return Err(Error::invalid("rsb", "given", allowed));
        }
        let model = own.model.over(config.model);
        let simulation = own.simulation.over(config.simulation);
        let maximum = Maximum::comparing(model, &simulation, common.seed)?;
        let report = watched("compare", |watch| maximum.run(watch))?;
        Ok(Reply {
            exit: exit(report.result.verdict()),
            ..Reply::of(&report)?
        })
    }
}

fn exit(verdict: Option<Verdict>) -> ExitCode {
    match verdict {
        Some(Verdict::Agrees) => ExitCode::SUCCESS,
        Some(Verdict::TooFewInstances) => ExitCode::from(UNDECIDED),
        Some(Verdict::Disagrees) | None => ExitCode::from(DISAGREEMENT),
    }
}
