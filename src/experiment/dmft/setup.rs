//! Everything that decides the dynamics, resolved and checked.

use super::super::settings::{ModelSettings, StartSettings};
use super::super::{DEFAULT_SEED, Watch, record_settings};
use super::Dmft;
use crate::dmft::{DmftPrediction, DmftSettings, DmftStart, RecordedPaths, solve};
use crate::error::Result;
use crate::model::Model;
use crate::record::Record;
use crate::simulation::SimulationStart;
use crate::theory::{Expectation, FixedPointSettings};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::Path;

/// Resolved settings of [`Dmft`].
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DmftSetup {
    /// The model.
    pub model: ModelSettings,
    /// The start.
    pub start: StartSettings,
    /// Steps and sampling.
    #[serde(flatten)]
    pub rules: DmftSettings,
    /// Solver of the long-time limit.
    pub solver: FixedPointSettings,
}

/// A calculation that is ready to run.
pub(super) struct Planned {
    pub model: Model,
    pub start: DmftStart,
    pub setup: DmftSetup,
    /// Whether it begins at the singular vectors of the data.
    pub spectral: bool,
    pub seed: u64,
    pub citations: Vec<String>,
}

impl Dmft {
    /// Resolves and checks everything.
    pub(super) fn plan(&self) -> Result<Planned> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let model = self.model.resolve(None)?;
        let solver = self.solver.resolve(seed)?;
        let (name, start) = self.start.dynamics(&model, "planted")?;
        // The step must be stable where the dynamics ends, not only where it begins.
        let predicted = Expectation::of(&model, &solver)?.map(|expected| expected.self_overlap);
        let steps = self.iterations.unwrap_or(DmftSettings::default().steps);
        let predicted = predicted.as_ref();
        let rules = self
            .dmft
            .resolve(&model, &start, steps, self.step, predicted)?;
        let setup = DmftSetup {
            model: ModelSettings::new(&self.model, &model)?,
            start: StartSettings {
                name: name.into(),
                order: Some(start.order.clone()),
                power_iterations: start.power,
            },
            rules,
            solver,
        };
        Ok(Planned {
            spectral: self.start.simulation(&model, "planted")? == SimulationStart::Spectral,
            model,
            start,
            setup,
            seed,
            citations: self.model.citations()?,
        })
    }
}

impl Planned {
    /// The first time at which the step exceeds the stability bound.
    pub fn unstable_from(&self, prediction: &DmftPrediction) -> Option<usize> {
        (0..prediction.times()).find(|&t| {
            let order = prediction.order(t);
            let curvature = order.and_then(|order| self.model.regulariser_curvature(&order.q));
            curvature.is_some_and(|curvature| curvature * self.setup.rules.step >= 2.0)
        })
    }

    /// What a record must agree in: everything but the number of sets, which may grow, and the
    /// solver of the limit.
    fn identity(&self) -> Result<serde_json::Value> {
        let mut identity = record_settings("dmft", self.seed, &self.citations, &self.setup)?;
        if let Some(settings) = identity["settings"].as_object_mut() {
            settings.remove("randomisations");
            settings.remove("solver");
        }
        Ok(identity)
    }

    /// Solves the dynamics, going on from the record if there is one.
    pub fn solve(&self, record: Option<&Path>, watch: Watch) -> Result<DmftPrediction> {
        let mut record = match record {
            Some(path) => {
                let record = Record::<RecordedPaths>::open(path, &self.identity()?)?;
                record.validate(self.model.signals(), self.model.units())?;
                Some(record)
            }
            None => None,
        };
        let sets = self.setup.rules.randomisations;
        let report = &mut |done: usize| {
            let fraction = done as f64 / sets as f64;
            watch(&format!("set {done} of {sets}"), Some(fraction));
        };
        let (start, rules) = (&self.start, &self.setup.rules);
        solve(
            &self.model,
            start,
            rules,
            &[],
            self.seed,
            record.as_mut(),
            report,
        )
    }
}
