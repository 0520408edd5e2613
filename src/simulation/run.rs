//! One run of one algorithm on data, and what is kept of it.

use super::amp::amp_kept;
use super::ascent::ascend_kept;
use super::checkpoint::{Checkpoint, Unkept};
use super::gradient::Gradient;
use super::instance::{Instance, Size};
use super::lbfgs::lbfgs;
use super::method::Method;
use super::observation::{Learned, Observation, RunEnd};
use super::problem::Problem;
use super::spectral::{SpectralEnd, leading_directions, power_iterations};
use super::start::SimulationStart;
use super::store::Store;
use crate::error::{Error, Result};
use crate::hidden::HiddenUnits;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::ranks::Ranks;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything that decides the numbers of a run, apart from hidden units, data and seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RunSettings {
    /// The algorithm.
    pub method: Method,
    /// Where it begins.
    pub start: SimulationStart,
    /// Power iterations from there before the algorithm begins.
    pub power: usize,
    /// Number of independent random starts on each instance, of which the run with the largest
    /// objective is kept (a choice that needs no knowledge of the signal). From a single random
    /// start, two units may settle on one signal.
    pub restarts: usize,
    /// How data that are drawn for the run are held; of data that are given they are as they come.
    #[serde(skip_serializing_if = "Store::is_usual")]
    pub store: Store,
}

impl Default for RunSettings {
    /// AMP from one random start.
    fn default() -> Self {
        Self {
            method: Method::default(),
            start: SimulationStart::Random,
            power: 0,
            restarts: 1,
            store: Store::default(),
        }
    }
}

impl RunSettings {
    /// Checks the settings of the algorithm, the restarts, and a step of gradient ascent at the
    /// self-overlaps `q` (start and prediction) for hidden units that learn from `alpha` samples
    /// per visible unit.
    ///
    /// # Errors
    /// Names the field outside of its range.
    pub fn validate(&self, hidden: &HiddenUnits, alpha: f64, q: &[Matrix]) -> Result<()> {
        self.method.validate()?;
        if !(1..=1000).contains(&self.restarts)
            || (self.restarts > 1 && self.start != SimulationStart::Random)
        {
            let allowed = "must lie in 1..=1000, and more than 1 needs --start random";
            return Err(Error::invalid("restarts", self.restarts, allowed));
        }
        if let Method::Gd(settings) = self.method
            && let Some(step) = settings.step
        {
            for q in q {
                hidden.check_step(alpha, step, q)?;
            }
        }
        Ok(())
    }

    /// As [`RunSettings::validate`], with a step at the self-overlap of the start; `lambda` are the
    /// planted signals, where there are any.
    fn validate_start(
        &self,
        hidden: &HiddenUnits,
        alpha: f64,
        lambda: Option<&[f64]>,
    ) -> Result<()> {
        let first = self.start.first_overlap(self.power, hidden, lambda)?;
        self.validate(hidden, alpha, &[first])
    }

    /// Weights at which the algorithm begins (d×k), after the power iterations.
    ///
    /// # Errors
    /// As [`SimulationStart::weights`], or power iterations that lost a direction.
    pub fn weights(&self, problem: &Problem, streams: Streams, restart: usize) -> Result<Matrix> {
        let w = self.start.weights(problem, streams, restart)?;
        if self.power == 0 {
            return Ok(w);
        }
        let scale = (problem.hidden().starting_overlap() * problem.d() as f64).sqrt();
        let directions = power_iterations(&problem.data(), w, self.power).ok_or_else(|| {
            let allowed = "the directions became linearly dependent: use fewer";
            Error::invalid("power-iterations", self.power, allowed)
        })?;
        Ok(directions * scale)
    }
}

/// Result of one run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Weights at the end, d×k; of use where [`RunEnd::has_weights`].
    pub weights: Matrix,
    /// Overlaps along the run: the start first (start and end only for L-BFGS, the end only for the
    /// spectral method).
    pub observations: Vec<Observation>,
    /// `ℓ = L/d` at the final weights; `None` for the spectral method, whose weights have no scale,
    /// and where a run failed.
    pub log_likelihood: Option<f64>,
    /// Root-mean-square gradient of the objective at the final weights, likewise.
    pub gradient_rms: Option<f64>,
    /// How the run ended.
    pub end: RunEnd,
}

impl Run {
    /// Overlaps at the end of the run.
    pub fn last(&self) -> &Observation {
        // A run records at least its start.
        &self.observations[self.observations.len() - 1]
    }
}

/// Draws the instance of `streams` at this size and runs the algorithm on it.
///
/// # Errors
/// A size that does not fit the model or the memory, or bad settings; everything that happens during the run is part of the [`Run`].
pub fn run(model: &Model, size: Size, settings: &RunSettings, streams: Streams) -> Result<Run> {
    run_kept(model, size, settings, streams, &mut Unkept)
}

/// As [`run`], from where `keep` has a snapshot of it.
///
/// # Errors
/// As [`run`] and [`run_with`].
pub fn run_kept(
    model: &Model,
    size: Size,
    settings: &RunSettings,
    streams: Streams,
    keep: &mut dyn Checkpoint,
) -> Result<Run> {
    size.validate_on(Ranks::of_process(), model, settings.store)?;
    settings.validate_start(model.hidden(), model.alpha(), Some(model.lambda()))?;
    let instance = Instance::stored(model, size, settings.store, streams)?;
    run_with(&instance.problem(model.hidden()), settings, streams, keep)
}

/// Runs the algorithm on given data.
///
/// # Errors
/// Bad settings, rows that are missing, or a start with overlaps where no planted signals are known.
pub fn run_on(problem: &Problem, settings: &RunSettings, streams: Streams) -> Result<Run> {
    run_with(problem, settings, streams, &mut Unkept)
}

/// As [`run_on`], from where `keep` has a snapshot of it: of AMP and gradient ascent from one start.
/// The end is the same to the last bit. Other runs begin anew.
///
/// # Errors
/// As [`run_on`], and snapshots that can't be read or kept, or are those of another problem.
pub fn run_with(
    problem: &Problem,
    settings: &RunSettings,
    streams: Streams,
    keep: &mut dyn Checkpoint,
) -> Result<Run> {
    problem.validate()?;
    let lambda = problem.planted().map(|planted| planted.lambda());
    settings.validate_start(problem.hidden(), problem.alpha(), lambda)?;
    // The spectral method has no start.
    let restarts = match settings.method {
        Method::Spectral => 1,
        _ => settings.restarts,
    };
    if restarts == 1 {
        return run_from(problem, settings, streams, 0, keep);
    }
    let mut best = run_from(problem, settings, streams, 0, &mut Unkept)?;
    for restart in 1..restarts {
        let other = run_from(problem, settings, streams, restart, &mut Unkept)?;
        let objective = |run: &Run| run.log_likelihood.unwrap_or(f64::NEG_INFINITY);
        if objective(&other) > objective(&best) {
            best = other;
        }
    }
    Ok(best)
}

fn run_from(
    problem: &Problem,
    settings: &RunSettings,
    streams: Streams,
    restart: usize,
    keep: &mut dyn Checkpoint,
) -> Result<Run> {
    let start = || settings.weights(problem, streams, restart);
    let learned = match &settings.method {
        Method::Amp(settings) => amp_kept(problem, start, settings, keep)?,
        Method::Gd(settings) => ascend_kept(problem, start, settings, keep)?,
        Method::Lbfgs(settings) => lbfgs(problem, start()?, settings)?,
        Method::Spectral => return spectral(problem, streams),
    };
    Ok(judged(problem, learned))
}

/// The run with objective and gradient at its end.
fn judged(problem: &Problem, learned: Learned) -> Run {
    let at = if learned.end.has_weights() {
        Gradient::at(problem, &learned.weights)
    } else {
        None
    };
    Run {
        weights: learned.weights,
        observations: learned.observations,
        log_likelihood: at.as_ref().map(|at| at.log_likelihood),
        gradient_rms: at.as_ref().map(Gradient::rms),
        end: learned.end,
    }
}

fn spectral(problem: &Problem, streams: Streams) -> Result<Run> {
    let (directions, end) = leading_directions(&problem.data(), problem.units(), streams)?;
    let weights = directions * (problem.d() as f64).sqrt();
    let end = match end {
        SpectralEnd::Converged { residual, .. } => RunEnd::Converged { residual },
        SpectralEnd::OutOfIterations { residual } => RunEnd::OutOfIterations { residual },
    };
    Ok(Run {
        observations: vec![problem.observe(&weights)],
        weights,
        log_likelihood: None,
        gradient_rms: None,
        end,
    })
}
