//! `onsager analyze`: what the spectrum of data says, before anything is trained.

use super::CommandResult;
use super::config::Common;
use super::output::{Reply, watched};
use clap::Args;
use onsager::error::Error;
use onsager::experiment::{Analyze, Experiment};
use onsager::files::{Role, will_write, write_npy};
use onsager::options::AnalysisOptions;
use std::path::PathBuf;

/// Flags of `analyze`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    analysis: AnalysisOptions,
    /// Write the weights of all units as NPY, so that x·w are the fields of a scaled row (needs
    /// --train)
    #[arg(long, value_name = "FILE", help_heading = "Analysis")]
    save_weights: Option<PathBuf>,
}

impl Arguments {
    pub fn run(self, common: &Common) -> CommandResult {
        if let Some(path) = &self.save_weights {
            if self.analysis.train.is_none() {
                let allowed = "needs weights that are trained: give --train";
                return Err(Error::invalid("save-weights", "given", allowed).into());
            }
            will_write(path, Role::Matrix)?;
        }
        let analyze = Analyze {
            analysis: self.analysis,
            seed: Some(common.seed),
        };
        let report = watched("analyze", |watch| analyze.run(watch))?;
        if let Some(path) = &self.save_weights {
            let trained = report.result.obtained.as_ref();
            let weights = trained.and_then(|trained| trained.weights.as_ref());
            let weights = weights.ok_or_else(|| {
                let allowed = "training failed, so that there are none";
                Error::invalid("save-weights", "without weights", allowed)
            })?;
            write_npy(path, weights)?;
        }
        Reply::of(&report)
    }
}
