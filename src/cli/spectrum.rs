//! `onsager spectrum`: bulk and outliers of a weight matrix, in theory, sampled or measured.

use super::CommandResult;
use super::config::Common;
use super::output::answer;
use clap::Args;
use onsager::experiment::Spectrum;
use onsager::options::SpectrumOptions;

/// Flags of `spectrum`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    spectrum: SpectrumOptions,
}

impl Arguments {
    pub fn run(self, common: &Common) -> CommandResult {
        let spectrum = Spectrum {
            spectrum: self.spectrum,
            seed: Some(common.seed),
        };
        answer("spectrum", &spectrum)
    }
}
