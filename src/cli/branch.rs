//! `onsager branch`: a branch of fixed points along a control parameter, around its folds.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::plot::PlotOptions;
use super::solve::refuse_options_of_a_model;
use clap::Args;
use onsager::error::{Error, Result};
use onsager::experiment::{Branch, BranchPotential};
use onsager::options::{BranchOptions, ModelOptions, SolverOptions, StartOptions};

/// Flags of `branch`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    /// A potential instead of state evolution: a name of equations/potentials, or a .toml file
    #[arg(value_name = "POTENTIAL")]
    definition: Option<String>,
    /// Parameter or prior of the potential
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    set: Vec<String>,
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    solver: SolverOptions,
    #[command(flatten)]
    start: StartOptions,
    #[command(flatten)]
    branch: BranchOptions,
    #[command(flatten)]
    plot: PlotOptions,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        if let Some(definition) = self.definition.clone() {
            return self.potential(definition, common, config);
        }
        if !self.set.is_empty() {
            let allowed = "--set belongs to a potential: name one, for example onsager branch sk --along T --set J0=1.5";
            return Err(Error::invalid("set", self.set.join(" "), allowed));
        }
        let branch = Branch {
            model: self.model.over(config.model),
            solver: self.solver.over(config.solver),
            start: self.start.over(config.start),
            branch: self.branch,
            seed: Some(common.seed),
        };
        self.plot.answer("branch", &branch, common)
    }

    fn potential(self, definition: String, common: &Common, config: ConfigFile) -> CommandResult {
        refuse_options_of_a_model(&self.model, &config)?;
        let branch = BranchPotential {
            definition,
            start: own_start(&self.start)?,
            set: self.set,
            equations: self.model.equations.or(config.model.equations),
            solver: self.solver.over(config.solver),
            branch: self.branch,
            seed: Some(common.seed),
        };
        self.plot.answer("branch", &branch, common)
    }
}

/// The one start of the definition that is named, if any.
fn own_start(options: &StartOptions) -> Result<Option<String>> {
    let rest = StartOptions {
        start: None,
        ..options.clone()
    };
    if rest != StartOptions::default() {
        let allowed = "a potential has starts of its own: name one of them with --start, or add one in its file";
        return Err(Error::invalid("flags of the start", "given", allowed));
    }
    match options.start.as_deref() {
        None => Ok(None),
        Some([start]) => Ok(Some(start.clone())),
        Some(several) => {
            let allowed = "a branch has one start";
            Err(Error::invalid("start", several.len(), allowed))
        }
    }
}
