//! How simulations approach the limit of large size: bias, spread, and what an accuracy needs.

mod fit;
mod measure;
mod shown;

pub(super) use fit::power;
pub use fit::{Common, InstancesNeeded, Measured, Needed};

use super::settings::ModelSettings;
use super::{DEFAULT_SEED, Experiment, Report, Standing, Watch, solve};
use crate::ensemble::{Adjustment, Estimate, require_enough_for_controls};
use crate::error::{Error, Result};
use crate::memory;
use crate::options::{FiniteSizeOptions, ModelOptions, SolverOptions, StartOptions};
use crate::quantity::Observable;
use crate::simulation::{Algorithm, Control, RunSettings, Size};
use crate::theory::{Expectation, FixedPointSettings, Starts};
use measure::{Plan, side_by_side};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Asks how simulations approach the limit `d → ∞`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FiniteSize {
    /// The model.
    pub model: ModelOptions,
    /// The solver of the limit.
    pub solver: SolverOptions,
    /// The start [default: planted].
    pub start: StartOptions,
    /// Sizes, algorithm, number of instances, accuracy.
    pub finite_size: FiniteSizeOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Resolved settings of [`FiniteSize`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FiniteSizeSettings {
    /// The model.
    pub model: ModelSettings,
    /// The solver of the limit.
    pub solver: FixedPointSettings,
    /// Algorithm and start.
    #[serde(flatten)]
    pub run: RunSettings,
    /// The sizes.
    pub sizes: Vec<Size>,
    /// Instances at each; the most, where they differ.
    pub instances: usize,
    /// Instances at each size, where they differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instances_at: Vec<usize>,
    /// Accuracy that is wanted, in the units of each quantity.
    pub accuracy: f64,
}

/// Simulations on their way to the limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FiniteSizes {
    /// What was asked for.
    pub settings: FiniteSizeSettings,
    /// What the limit is worth; without one nothing is simulated.
    pub limit: Standing,
    /// The control variates by which means are corrected.
    pub controls: Vec<Control>,
    /// How the runs ended at each size.
    pub runs: Vec<RunsAtSize>,
    /// Each number on its way to its limit.
    pub quantities: Vec<Approach>,
    #[serde(skip)]
    remarks: Vec<String>,
}

/// How the runs of one size ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunsAtSize {
    /// Number of visible units.
    pub d: usize,
    /// All runs.
    pub instances: usize,
    /// Runs with usable weights, which make the numbers; those that ran out of iterations are among
    /// them.
    pub usable: usize,
    /// Runs that converged.
    pub converged: usize,
    /// How all of them ended, counted.
    pub outcomes: String,
}

/// One number at all sizes, and in the limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Approach {
    /// What it is.
    pub quantity: Observable,
    /// Its limit, by theory.
    pub limit: f64,
    /// The sizes.
    pub sizes: Vec<QuantityAtSize>,
    /// The common `a` of the law `mean = limit + a/d`, and a test of that law.
    pub bias: Option<Common>,
    /// Power of `d` in the bias, −1 by that law; null where a bias is less than three standard
    /// errors.
    pub bias_exponent: Option<Measured>,
    /// The common `s` of the law `s/√d` of the spread of one instance, and a test of that law.
    pub spread: Option<Common>,
    /// Power of `d` in the spread, −½ by that law.
    pub spread_exponent: Option<Measured>,
    /// Power of `d` in the mean square of what one instance deviates from the limit, −1 by both
    /// laws.
    pub deviation_exponent: Option<Measured>,
    /// What the accuracy needs, by these laws.
    pub needed: Option<Needed>,
}

/// One number at one size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuantityAtSize {
    /// Number of visible units.
    pub d: usize,
    /// Mean over the instances, corrected by control variates.
    pub mean: Estimate,
    /// What it was before.
    pub adjustment: Option<Adjustment>,
    /// `a = d (mean − limit)`.
    pub bias: Measured,
    /// `s = √d` times the standard deviation of one instance, not corrected.
    pub spread: Measured,
    /// Mean of `(value − limit)²` over the instances, not corrected; its error is that of normal
    /// deviations.
    pub squared_deviation: Measured,
}

impl FiniteSize {
    fn plan(&self, watch: Watch) -> Result<(Plan, FiniteSizeSettings)> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let model = self.model.resolve(None)?;
        let solver = self.solver.resolve(seed)?;
        let options = &self.finite_size;
        if options.algorithm == Some(Algorithm::Spectral) {
            let allowed = "has no weights to compare with a limit: choose amp, gd or lbfgs";
            return Err(Error::invalid("algorithm", "spectral", allowed));
        }
        let sizes = options.sizes(model.alpha())?;
        let accuracy = options.accuracy()?;
        let first = options.simulation(sizes[0].d);
        let instances = options.instances(sizes.len())?;
        for &instances in &instances {
            require_enough_for_controls(&model, instances)?;
        }
        let start = self.start.simulation(&model, "planted")?;
        let start = (start.clone(), self.start.power(&start)?);
        for size in &sizes {
            size.validate_for(&model, first.store())?;
            if side_by_side(*size) {
                let threads = rayon::current_num_threads() as u128;
                let bytes = threads * first.store().bytes(*size);
                memory::require("the data of all threads", bytes)?;
            }
        }
        let found = solve::search(&model, Starts::Standard, &solver, watch)?;
        let expected = Expectation::from_findings(&model, &found, &solver);
        let run = first.resolve(
            &model,
            sizes[0],
            start,
            self.solver.damping,
            expected.as_ref(),
        )?;
        let settings = FiniteSizeSettings {
            model: ModelSettings::new(&self.model, &model)?,
            solver: solver.clone(),
            run: run.clone(),
            sizes: sizes.clone(),
            instances: instances.iter().copied().max().unwrap_or(0),
            instances_at: options.instances_at.clone().unwrap_or_default(),
            accuracy,
        };
        let plan = Plan {
            model,
            solver,
            run,
            sizes,
            instances,
            accuracy,
            seed,
            found,
        };
        Ok((plan, settings))
    }
}

impl Experiment for FiniteSize {
    type Answer = FiniteSizes;

    fn run(&self, watch: Watch) -> Result<Report<FiniteSizes>> {
        let citations = self.model.citations()?;
        let (plan, settings) = self.plan(watch)?;
        let (limit, mut remarks) = plan.standing();
        let mut answer = FiniteSizes {
            limit,
            controls: Control::all_of(&plan.model),
            settings,
            runs: Vec::new(),
            quantities: Vec::new(),
            remarks: Vec::new(),
        };
        if let Some(prediction) = plan.prediction() {
            let mut measured = Vec::new();
            for (&size, &instances) in plan.sizes.iter().zip(&plan.instances) {
                let found = plan.measure((size, instances), &prediction, watch)?;
                answer.runs.push(found.runs.clone());
                remarks.extend(found.remarks.iter().cloned());
                measured.push(found);
            }
            answer.quantities = plan.approaches(&measured);
        }
        answer.remarks = remarks;
        Ok(Report::new(plan.seed, citations, answer))
    }
}

#[cfg(test)]
mod tests;
