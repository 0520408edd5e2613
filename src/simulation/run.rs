//! One run of one algorithm on one instance, and what is kept of it.

use super::amp::{AmpRule, amp};
use super::gradient::{Ascent, Gradient, ascend};
use super::instance::{Instance, Size};
use super::lbfgs;
use super::observation::{Observation, RunEnd};
use super::spectral::{SpectralEnd, leading_directions, power_iterations};
use super::start::SimulationStart;
use crate::error::{Error, Result, require_positive};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::theory::Proximal;

/// The algorithms of the simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// AMP-RBM, whose iterations state evolution describes exactly.
    Amp,
    /// Gradient ascent with a constant step.
    Gd,
    /// L-BFGS to a stationary point of the objective.
    Lbfgs,
    /// Leading right singular vectors of the data (PCA).
    Spectral,
}

impl Algorithm {
    /// Name in tables and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Amp => "amp",
            Self::Gd => "gd",
            Self::Lbfgs => "lbfgs",
            Self::Spectral => "spectral",
        }
    }
}

impl std::str::FromStr for Algorithm {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<Self, String> {
        [Self::Amp, Self::Gd, Self::Lbfgs, Self::Spectral]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| "must be amp, gd, lbfgs or spectral".into())
    }
}

/// Everything that decides the numbers of a run, apart from model and seed.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSettings {
    /// Size of the instances.
    pub size: Size,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Where it begins.
    pub start: SimulationStart,
    /// Power iterations from there before the algorithm begins.
    pub power: usize,
    /// Largest number of iterations.
    pub max_iterations: usize,
    /// Tolerance of the undamped residual (AMP) or of the root-mean-square gradient (gradient ascent, L-BFGS).
    pub tolerance: f64,
    /// Damping of AMP's proximal parameter.
    pub proximal: Proximal,
    /// Part of their way that AMP's weights go in one iteration.
    pub weight_damping: f64,
    /// Step of gradient ascent.
    pub step: f64,
    /// Number of independent random starts on each instance, of which the run with the largest objective is kept (a choice
    /// that needs no knowledge of the signal). From a single random start, two units may settle on one signal.
    pub restarts: usize,
}

impl RunSettings {
    /// The rule by which AMP damps.
    pub fn amp_rule(&self) -> AmpRule {
        AmpRule {
            proximal: self.proximal,
            weights: self.weight_damping,
        }
    }

    /// Checks size, tolerance and iterations, and the step of gradient ascent at the self-overlaps `q` (start and prediction).
    ///
    /// # Errors
    /// Names the field outside of its range.
    pub fn validate(&self, model: &Model, q: &[Matrix]) -> Result<()> {
        self.size.validate(model.units())?;
        require_positive("tolerance", self.tolerance)?;
        self.amp_rule().validate()?;
        if !(1..=1000).contains(&self.restarts)
            || (self.restarts > 1 && self.start != SimulationStart::Random)
        {
            let allowed = "must lie in 1..=1000, and more than 1 needs --start random";
            return Err(Error::invalid("restarts", self.restarts, allowed));
        }
        if self.max_iterations == 0 {
            return Err(Error::invalid("iterations", 0, "must be at least 1"));
        }
        let alpha = self.size.alpha();
        if (alpha / model.alpha() - 1.0).abs() > 1e-12 {
            let got = format!("{} while n/d = {alpha}", model.alpha());
            return Err(Error::invalid(
                "alpha",
                got,
                "must equal n/d: leave it out, or change n",
            ));
        }
        if self.algorithm == Algorithm::Gd {
            for q in q {
                model.check_step(self.step, q)?;
            }
        }
        Ok(())
    }

    /// Weights at which the algorithm begins, after the power iterations.
    ///
    /// # Errors
    /// As [`SimulationStart::weights`], or power iterations that lost a direction.
    pub fn weights(
        &self,
        model: &Model,
        instance: &Instance,
        streams: Streams,
        restart: usize,
    ) -> Result<Matrix> {
        let w = self.start.weights(model, instance, streams, restart)?;
        if self.power == 0 {
            return Ok(w);
        }
        let scale = (model.starting_overlap() * instance.size().d as f64).sqrt();
        let directions = power_iterations(&instance.data, w, self.power).ok_or_else(|| {
            let allowed = "the directions became linearly dependent: use fewer";
            Error::invalid("power-iterations", self.power, allowed)
        })?;
        Ok(directions * scale)
    }

    /// The settings of gradient ascent.
    pub fn ascent(&self) -> Ascent {
        Ascent {
            step: self.step,
            tolerance: self.tolerance,
            max_iterations: self.max_iterations,
        }
    }
}

/// Result of one run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Overlaps along the run: the start first (start and end only for L-BFGS, the end only for the spectral method).
    pub observations: Vec<Observation>,
    /// `ℓ = L/d` at the final weights; `None` for the spectral method, whose weights have no scale, and where a run failed.
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

/// Draws the instance of `streams` and runs the algorithm on it.
///
/// # Errors
/// Bad settings; everything that happens during the run is part of the [`Run`].
pub fn run(model: &Model, settings: &RunSettings, streams: Streams) -> Result<Run> {
    let instance = Instance::generate(model, settings.size, streams)?;
    run_on(model, &instance, settings, streams)
}

/// Runs the algorithm on a given instance.
///
/// # Errors
/// As [`run`].
pub fn run_on(
    model: &Model,
    instance: &Instance,
    settings: &RunSettings,
    streams: Streams,
) -> Result<Run> {
    if settings.algorithm == Algorithm::Spectral {
        return spectral(model, instance, streams);
    }
    let mut best = run_from(model, instance, settings, streams, 0)?;
    for restart in 1..settings.restarts {
        let other = run_from(model, instance, settings, streams, restart)?;
        let objective = |run: &Run| run.log_likelihood.unwrap_or(f64::NEG_INFINITY);
        if objective(&other) > objective(&best) {
            best = other;
        }
    }
    Ok(best)
}

fn run_from(
    model: &Model,
    instance: &Instance,
    settings: &RunSettings,
    streams: Streams,
    restart: usize,
) -> Result<Run> {
    let w = settings.weights(model, instance, streams, restart)?;
    let (tolerance, iterations) = (settings.tolerance, settings.max_iterations);
    let (w, observations, end) = match settings.algorithm {
        Algorithm::Amp => amp(
            model,
            instance,
            w,
            settings.amp_rule(),
            tolerance,
            iterations,
        ),
        Algorithm::Gd => ascend(model, instance, w, settings.ascent()),
        Algorithm::Lbfgs | Algorithm::Spectral => {
            lbfgs::maximise(model, instance, w, tolerance, iterations)
        }
    };
    let at = if end.has_weights() {
        Gradient::at(model, instance, &w)
    } else {
        None
    };
    Ok(Run {
        observations,
        log_likelihood: at.as_ref().map(|at| at.log_likelihood),
        gradient_rms: at.as_ref().map(Gradient::rms),
        end,
    })
}

fn spectral(model: &Model, instance: &Instance, streams: Streams) -> Result<Run> {
    let (directions, end) = leading_directions(&instance.data, model.units(), streams)?;
    let w = directions * (instance.size().d as f64).sqrt();
    let end = match end {
        SpectralEnd::Converged { residual, .. } => RunEnd::Converged { residual },
        SpectralEnd::OutOfIterations { residual } => RunEnd::OutOfIterations { residual },
    };
    Ok(Run {
        observations: vec![Observation::of(&instance.w_star, &w)],
        log_likelihood: None,
        gradient_rms: None,
        end,
    })
}
