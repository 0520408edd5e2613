//! `onsager sample`: new data from an RBM.

use super::CommandResult;
use super::config::Common;
use super::output::{Reply, watched};
use clap::Args;
use onsager::experiment::{Experiment, Sample};
use onsager::files::{Role, will_write, write_npy};
use onsager::options::SampleOptions;
use std::path::PathBuf;

/// Flags of `sample`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    sample: SampleOptions,
    /// Write the rows as NPY, too
    #[arg(long, value_name = "FILE", help_heading = "Sample")]
    npy: Option<PathBuf>,
}

impl Arguments {
    pub fn run(self, common: &Common) -> CommandResult {
        if let Some(path) = &self.npy {
            will_write(path, Role::Matrix)?;
        }
        let asked = Sample {
            sample: self.sample,
            seed: Some(common.seed),
        };
        let report = watched("sample", |watch| asked.run(watch))?;
        if let Some(path) = &self.npy {
            write_npy(path, &report.result.rows)?;
        }
        Reply::of(&report)
    }
}
