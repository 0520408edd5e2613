//! `onsager solve`: fixed points of state evolution, or of a potential.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::output::answer;
use super::plot::PlotOptions;
use super::strengths::ModelAlong;
use clap::Args;
use onsager::error::{Error, Result};
use onsager::experiment::{Solve, SolveAlong, SolvePotential};
use onsager::options::{ModelOptions, SolverOptions, StartOptions};
use onsager::rsb::Depth;
use onsager::theory::baselines::bbp_threshold;

/// Flags of `solve`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    /// A potential instead of state evolution: a name of equations/potentials, or a .toml file
    #[arg(value_name = "POTENTIAL")]
    definition: Option<String>,
    /// Parameter or prior of the potential
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    set: Vec<String>,
    /// Beyond replica symmetry, for one unit or units that decouple: a number of steps, or full
    /// [default: full where replica symmetry breaks]
    #[arg(long, value_name = "STEPS")]
    rsb: Option<Depth>,
    #[command(flatten)]
    model: ModelAlong,
    #[command(flatten)]
    solver: SolverOptions,
    #[command(flatten)]
    start: StartOptions,
    #[command(flatten)]
    plot: PlotOptions,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        if let Some(definition) = self.definition.clone() {
            return self.potential(definition, common, config);
        }
        if !self.set.is_empty() {
            let allowed = "--set belongs to a potential: name one, for example onsager solve scalar-rbm --set lambda=1.5";
            return Err(Error::invalid("set", self.set.join(" "), allowed));
        }
        if let Some(strengths) = self.model.range()? {
            return self.along(strengths, common, config);
        }
        self.refuse_plot("needs a range of one strength, for example --lambda 0.7:2:50; onsager branch draws solutions along other parameters")?;
        let solve = Solve {
            model: self.model.options()?.over(config.model),
            solver: self.solver.over(config.solver),
            start: self.start.over(config.start),
            rsb: self.rsb,
            seed: Some(common.seed),
        };
        answer("solve", &solve)
    }

    fn along(
        self,
        mut strengths: Vec<Vec<f64>>,
        common: &Common,
        config: ConfigFile,
    ) -> CommandResult {
        let model = self.model.rest.over(ModelOptions {
            lambda: None,
            ..config.model
        });
        if let Some(alpha) = model.alpha.filter(|_| self.plot.is_asked()) {
            add_threshold(&mut strengths, alpha);
        }
        let solve = SolveAlong {
            model,
            strengths,
            solver: self.solver.over(config.solver),
            start: self.start.over(config.start),
            rsb: self.rsb,
            seed: Some(common.seed),
        };
        self.plot.answer("solve", &solve, common)
    }

    fn refuse_plot(&self, allowed: &str) -> Result<()> {
        if self.plot.is_asked() {
            return Err(Error::invalid("plot", "given", allowed));
        }
        Ok(())
    }

    fn potential(self, definition: String, common: &Common, config: ConfigFile) -> CommandResult {
        self.refuse_plot("a potential is drawn along a parameter by onsager branch")?;
        let model = self.model.options()?;
        refuse_options_of_a_model(&model, &config)?;
        if let Some(depth) = self.rsb {
            let allowed = "belongs to state evolution: a potential has the replicon of its file";
            return Err(Error::invalid("rsb", depth, allowed));
        }
        if self.start != StartOptions::default() {
            let allowed = "a potential is searched from all starts of its file: add starts there";
            return Err(Error::invalid("start", "given", allowed));
        }
        let solve = SolvePotential {
            definition,
            set: self.set,
            equations: model.equations.or(config.model.equations),
            solver: self.solver.over(config.solver),
            seed: Some(common.seed),
        };
        answer("solve", &solve)
    }
}

/// How far below the BBP threshold curves are drawn down to: at it the Bayes-optimal recursion slows
/// down without end.
const BELOW: f64 = 0.998;

/// A point just below the BBP threshold, where that lies in the range: no curve of a figure begins
/// before it.
fn add_threshold(strengths: &mut Vec<Vec<f64>>, alpha: f64) {
    let below = BELOW * bbp_threshold(alpha);
    let (Some(first), Some(last)) = (strengths.first(), strengths.last()) else {
        return;
    };
    let Some(varying) = (0..first.len()).find(|&a| first[a] != last[a]) else {
        return;
    };
    let place = strengths.partition_point(|own| own[varying] < below);
    if (1..strengths.len()).contains(&place) {
        let mut point = first.clone();
        point[varying] = below;
        strengths.insert(place, point);
    }
}

/// Refuses flags of a model, and those of a configuration, beside a potential.
pub fn refuse_options_of_a_model(model: &ModelOptions, config: &ConfigFile) -> Result<()> {
    let allowed = "a potential has parameters and starts of its own: set them with --set name=value, and in its file";
    let named = |model: &ModelOptions| {
        let own = ModelOptions {
            equations: None,
            ..model.clone()
        };
        own != ModelOptions::default()
    };
    if named(model) {
        return Err(Error::invalid("a flag of the model", "given", allowed));
    }
    if named(&config.model) {
        return Err(Error::invalid(
            "[model] of the configuration",
            "given",
            allowed,
        ));
    }
    if config.start != StartOptions::default() {
        return Err(Error::invalid(
            "[start] of the configuration",
            "given",
            allowed,
        ));
    }
    Ok(())
}
