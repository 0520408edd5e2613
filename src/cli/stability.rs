//! `onsager stability`: where a solution turns unstable, folds or ends, for given values of a
//! parameter.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::plot::PlotOptions;
use super::solve::refuse_options_of_a_model;
use clap::Args;
use onsager::error::{Error, Result};
use onsager::experiment::{Stability, StabilityPotential};
use onsager::options::{ModelOptions, SolverOptions, StabilityOptions};

/// Flags of `stability`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    potential: PotentialFlags,
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    solver: SolverOptions,
    #[command(flatten)]
    stability: StabilityOptions,
    /// Follow the solution to its end: fold, first-order jump, onset of recovery, end
    #[arg(long)]
    end: bool,
    /// Go beyond replica symmetry: with which x(q) the solution splits, and where recovery sets in
    /// with each number of steps (one unit, one signal, given alpha)
    #[arg(long)]
    rsb: bool,
    #[command(flatten)]
    plot: PlotOptions,
}

/// Flags of a potential.
#[derive(Args)]
#[group(skip)]
struct PotentialFlags {
    /// A potential instead of state evolution: a name of equations/potentials, or a .toml file
    #[arg(value_name = "POTENTIAL")]
    definition: Option<String>,
    /// Parameter or prior of the potential
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    set: Vec<String>,
    /// Parameter of the potential along which its branch is followed
    #[arg(long, value_name = "NAME")]
    along: Option<String>,
    /// Range of that parameter
    #[arg(long, value_names = ["LOW", "HIGH"], num_args = 2, value_parser = finite, allow_negative_numbers = true)]
    within: Option<Vec<f64>>,
    /// Start of the potential from which the branch is begun [default: its first one]
    #[arg(long, value_name = "NAME")]
    start: Option<String>,
    /// Where the branch is begun [default: the upper end of --within]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    at: Option<f64>,
}

impl PotentialFlags {
    /// Refuses flags that only a potential has.
    fn refuse_without_potential(&self) -> Result<()> {
        let given = [
            ("set", !self.set.is_empty()),
            ("along", self.along.is_some()),
            ("within", self.within.is_some()),
            ("start", self.start.is_some()),
            ("at", self.at.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((flag, _)) => {
                let allowed = "belongs to a potential: name one, for example onsager stability sk --along T --within 0.1 2 --over J0 --from 0 --to 2";
                Err(Error::invalid(flag, "given", allowed))
            }
        }
    }
}

fn finite(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| "must be a number".into())
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        if self.plot.is_asked() && self.stability.over.is_none() {
            let allowed = "needs a range, for example --over alpha --from 1.2 --to 8";
            return Err(Error::invalid("plot", "given", allowed));
        }
        if let Some(definition) = self.potential.definition.clone() {
            return self.of_potential(definition, common, config);
        }
        self.potential.refuse_without_potential()?;
        let stability = Stability {
            model: self.model.over(config.model),
            solver: self.solver.over(config.solver),
            stability: self.stability,
            end: self.end,
            rsb: self.rsb,
            seed: Some(common.seed),
        };
        self.plot.answer("stability", &stability, common)
    }

    fn of_potential(
        self,
        definition: String,
        common: &Common,
        config: ConfigFile,
    ) -> CommandResult {
        if self.rsb {
            let allowed = "belongs to state evolution: a potential has the replicon of its file";
            return Err(Error::invalid("rsb", "given", allowed));
        }
        if self.end {
            let allowed = "belongs to state evolution: the branch of a potential is followed to its end always";
            return Err(Error::invalid("end", "given", allowed));
        }
        refuse_options_of_a_model(&self.model, &config)?;
        let flags = self.potential;
        let within = flags.within.as_deref();
        let stability = StabilityPotential {
            definition,
            set: flags.set,
            equations: self.model.equations.or(config.model.equations),
            solver: self.solver.over(config.solver),
            along: flags.along,
            within: within.and_then(|ends| ends.try_into().ok()),
            start: flags.start,
            at: flags.at,
            stability: self.stability,
            seed: Some(common.seed),
        };
        self.plot.answer("stability", &stability, common)
    }
}
