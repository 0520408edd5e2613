//! Options of contrastive divergence, checked and filled in.

use super::Contrastive;
use crate::contrastive::{Chain, ContrastiveSettings, Negative, listed};
use crate::error::{Error, Result};
use crate::experiment::settings::{ModelSettings, StartSettings};
use crate::model::Model;
use crate::options::SimulationOptions;
use crate::simulation::{RunSettings, Size, Store};
use crate::theory::FixedPointSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most chains of one request.
const MOST_CHAINS: usize = 100;

/// Epochs over which weights are averaged are this part of all.
const AVERAGED: usize = 12;

/// Resolved settings of [`Contrastive`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContrastiveRequest {
    /// The model.
    pub model: ModelSettings,
    /// The solver.
    pub solver: FixedPointSettings,
    /// Machines that are trained; null for theory alone.
    pub trained: Option<TrainedAt>,
}

/// How machines of finite size are trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrainedAt {
    /// Size of the instances.
    pub size: Size,
    /// Number of instances.
    pub instances: usize,
    /// Where ascent of the likelihood begins; chains begin where it ends.
    pub start: StartSettings,
    /// The settings, in which the negative phase is that of each chain in turn.
    pub training: ContrastiveSettings,
}

/// What is computed.
pub(super) struct Plan {
    pub model: Model,
    pub solver: FixedPointSettings,
    pub chains: Vec<Chain>,
    /// Where training begins.
    pub run: RunSettings,
    /// Why there is no theory of the chains.
    pub no_theory: Option<String>,
}

impl Contrastive {
    /// What is computed, and the settings with every default filled in.
    pub(super) fn resolve(&self, seed: u64) -> Result<(Plan, ContrastiveRequest)> {
        let options = &self.contrastive;
        let size = match (options.n, options.d) {
            (None, None) => {
                self.refuse_training()?;
                None
            }
            (n, d) => {
                let simulation = SimulationOptions {
                    n,
                    d,
                    ..SimulationOptions::default()
                };
                Some(simulation.size(self.model.alpha)?)
            }
        };
        let model = self.model.resolve(size.map(Size::alpha))?;
        let solver = self.solver.resolve(seed)?;
        let chains = self.chains()?;
        let no_theory = match (listed(model.hidden()), size) {
            (Ok(_), _) => None,
            (Err(error), None) => return Err(error),
            (Err(error), Some(_)) => Some(error.to_string()),
        };
        let start = self.start.simulation(&model, "planted")?;
        let run = RunSettings {
            power: self.start.power(&start)?,
            start,
            ..RunSettings::default()
        };
        let trained = match size {
            None => None,
            Some(size) => Some(self.trained(&model, size, &run, &chains)?),
        };
        let settings = ContrastiveRequest {
            model: ModelSettings::new(&self.model, &model)?,
            solver: solver.clone(),
            trained,
        };
        let plan = Plan {
            model,
            solver,
            chains,
            run,
            no_theory,
        };
        Ok((plan, settings))
    }

    fn chains(&self) -> Result<Vec<Chain>> {
        let usual = || [1, 2, 10].map(Chain::of_steps).to_vec();
        let Some(names) = &self.contrastive.chains else {
            return Ok(usual());
        };
        if !(1..=MOST_CHAINS).contains(&names.len()) {
            let allowed = format!("give 1 to {MOST_CHAINS} of them, for example cd-1,cd-10");
            return Err(Error::invalid("chains", names.len(), allowed));
        }
        names.iter().map(|name| name.parse()).collect()
    }

    /// Refuses what only training uses.
    fn refuse_training(&self) -> Result<()> {
        let options = &self.contrastive;
        let unused = [
            ("instances", options.instances.is_some()),
            ("visible", options.visible.is_some()),
            ("batch", options.batch.is_some()),
            ("batches", options.batches.is_some()),
            ("epochs", options.epochs.is_some()),
            ("rate", options.rate.is_some()),
            ("hold", options.hold.is_some()),
            ("decay", options.decay.is_some()),
            ("momentum", options.momentum.is_some()),
            ("average", options.average.is_some()),
            ("settled", options.settled.is_some()),
        ];
        match unused.iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((field, _)) => {
                let allowed = "belongs to training: give the number of visible units, for example --d 1000, or leave it out";
                Err(Error::invalid(*field, "given", allowed))
            }
        }
    }

    fn trained(
        &self,
        model: &Model,
        size: Size,
        run: &RunSettings,
        chains: &[Chain],
    ) -> Result<TrainedAt> {
        size.validate_for(model, Store::Dense)?;
        let options = &self.contrastive;
        let usual = ContrastiveSettings::default();
        let epochs = options.epochs.unwrap_or(usual.epochs);
        let mut training = ContrastiveSettings {
            negative: chains
                .first()
                .map_or(Negative::Exact, |&chain| Negative::Chain(chain)),
            visible: options.visible.unwrap_or(usual.visible),
            batch: options.batch,
            batches: options.batches.unwrap_or(usual.batches),
            epochs,
            rate: options.rate,
            hold: options.hold.unwrap_or(usual.hold),
            decay: options.decay.unwrap_or(usual.decay),
            momentum: options.momentum.unwrap_or(usual.momentum),
            average: options.average.unwrap_or((epochs / AVERAGED).max(1)),
            tolerance: options.settled.unwrap_or(usual.tolerance),
        };
        training.validate(size.n)?;
        let lambda = Some(model.lambda());
        let q = run.start.first_overlap(run.power, model.hidden(), lambda)?;
        training.rate = Some(training.first_rate(model.hidden(), size, &q)?);
        let instances = SimulationOptions {
            instances: options.instances.or(Some(4)),
            ..SimulationOptions::default()
        };
        Ok(TrainedAt {
            size,
            instances: instances.instances()?,
            start: StartSettings {
                name: run.start.name().into(),
                order: None,
                power_iterations: run.power,
            },
            training,
        })
    }
}
