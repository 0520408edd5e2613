//! `onsager evolve`: trajectory of state evolution, or of dynamical mean-field theory.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::plot::PlotOptions;
use clap::Args;
use onsager::error::Error;
use onsager::experiment::{Dmft, Evolve};
use onsager::options::{DmftOptions, ModelOptions, SolverOptions, StartOptions};
use onsager::simulation::Algorithm;

/// Number of gradient steps, unless said otherwise.
const STEPS: usize = 50;

/// Flags of `evolve`.
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
    dmft: DmftOptions,
    /// What evolves: amp (state evolution) or gd (dynamical mean-field theory) [default: amp]
    #[arg(long, value_name = "NAME")]
    algorithm: Option<Algorithm>,
    /// Step κ of gd [default: half of the stability bound]
    #[arg(long, value_name = "KAPPA", allow_negative_numbers = true)]
    step: Option<f64>,
    /// Number of iterations [default: 50]
    #[arg(long, value_name = "T")]
    iterations: Option<usize>,
    /// Ceiling of the proximal parameter, as for simulate [default: 0.9]
    #[arg(long, value_name = "C", allow_negative_numbers = true)]
    ceiling: Option<f64>,
    #[command(flatten)]
    plot: PlotOptions,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        match self.algorithm.or(config.simulation.algorithm) {
            None | Some(Algorithm::Amp) => self.amp(common, config),
            Some(Algorithm::Gd) => self.gd(common, config),
            Some(other) => {
                let allowed = "must be amp or gd: theory has the trajectories of these two";
                Err(Error::invalid("algorithm", other.name(), allowed))
            }
        }
    }

    fn gd(self, common: &Common, config: ConfigFile) -> CommandResult {
        if self.ceiling.is_some() {
            let allowed = "belongs to amp, gd has no proximal parameter: leave it out";
            return Err(Error::invalid("ceiling", "given", allowed));
        }
        let steps = self.iterations.or(config.simulation.iterations);
        let dmft = Dmft {
            model: self.model.over(config.model),
            solver: self.solver.over(config.solver),
            start: self.start.over(config.start),
            dmft: self.dmft.over(config.dmft),
            iterations: steps.or(Some(STEPS)),
            step: self.step.or(config.simulation.step),
            equal_times_only: true,
            record: None,
            seed: Some(common.seed),
        };
        self.plot.answer("evolve", &dmft, common)
    }

    fn amp(self, common: &Common, config: ConfigFile) -> CommandResult {
        if self.step.is_some() {
            let allowed = "belongs to gd: give --algorithm gd";
            return Err(Error::invalid("step", "given", allowed));
        }
        self.dmft.refuse_for("amp")?;
        let evolve = Evolve {
            model: self.model.over(config.model),
            solver: self.solver.over(config.solver),
            start: self.start.over(config.start),
            iterations: self.iterations.or(config.simulation.iterations),
            ceiling: self.ceiling,
            seed: Some(common.seed),
        };
        self.plot.answer("evolve", &evolve, common)
    }
}
