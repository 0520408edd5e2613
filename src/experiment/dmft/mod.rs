//! Dynamical mean-field theory of gradient ascent, with standard errors and the long-time limit.

mod limit;
mod setup;
mod shown;

pub use limit::Limit;
pub use setup::DmftSetup;

use super::{Experiment, Report, Watch, together};
use crate::dmft::{DmftPrediction, Estimated, LongTime, TwoTime};
use crate::ensemble::Estimate;
use crate::error::Result;
use crate::numerics::Matrix;
use crate::options::{DmftOptions, ModelOptions, SolverOptions, StartOptions};
use crate::theory::baselines::pca_overlaps;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Asks for the dynamics of gradient ascent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Dmft {
    /// The model.
    pub model: ModelOptions,
    /// The solver of the long-time limit.
    pub solver: SolverOptions,
    /// The start [default: planted].
    pub start: StartOptions,
    /// How paths are sampled.
    pub dmft: DmftOptions,
    /// Number of gradient steps [default: 40].
    pub iterations: Option<usize>,
    /// Step `κ` [default: half of the stability bound].
    pub step: Option<f64>,
    /// Only the trajectory of equal times: neither two-time functions nor the long-time limit.
    pub equal_times_only: bool,
    /// Finished sets of paths are kept here; a run that was stopped goes on from there.
    pub record: Option<PathBuf>,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// The dynamics of gradient ascent in the limit of large systems.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(transform = whole_group)]
pub struct Dynamics {
    /// What was asked for.
    pub settings: DmftSetup,
    /// Whether the units were solved as scalar problems.
    pub decoupled: bool,
    /// `complete`, or how the dynamics ended early.
    #[schemars(extend("enum" = ["complete", "left-domain", "not-finite", "lost-direction"]))]
    pub outcome: &'static str,
    /// Why it ended early.
    pub explanation: Option<String>,
    /// Largest standard error of an entry of `M` and `Q` over all times.
    pub worst_standard_error: Option<f64>,
    /// One state for each time.
    pub states: Vec<DmftState>,
    /// Two-time functions.
    #[serde(flatten)]
    pub two_times: Option<TwoTimes>,
    /// The long-time limit; nothing where it was not asked for, or the dynamics has fewer than two
    /// times.
    pub long_time: Option<Limit>,
    /// Why there is no long-time limit.
    pub no_long_time: Option<String>,
    /// Time from which on the step exceeds the stability bound at `Q_t`, if there is one.
    pub unstable_from: Option<usize>,
    /// Overlaps of the singular vectors, where the start is spectral.
    #[serde(skip)]
    pca: Option<Matrix>,
    /// The prediction as it was solved.
    #[serde(skip)]
    pub prediction: DmftPrediction,
}

/// Order parameters at one time, with standard errors.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DmftState {
    /// The time, in gradient steps.
    pub t: usize,
    /// `M_t`.
    pub m: Option<Estimated>,
    /// `Q_tt`.
    pub q: Option<Estimated>,
    /// `ζ_t`.
    pub zeta: Option<Estimated>,
    /// Root-mean-square gradient of the step from here.
    pub gradient: Option<Estimate>,
}

/// Two-time functions on their triangle, `[t][s]`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TwoTimes {
    /// `Q_ts`.
    pub q_ts: Vec<Vec<Estimated>>,
    /// `Σ_ts`.
    pub sigma_ts: Vec<Vec<Estimated>>,
    /// `B_ts`; empty unless responses were asked for.
    pub b_ts: Vec<Vec<Estimated>>,
    /// `C_ts`; likewise.
    pub c_ts: Vec<Vec<Estimated>>,
}

impl TwoTimes {
    fn of(prediction: &DmftPrediction) -> Self {
        let triangle = |function: TwoTime| {
            let row = |t: usize| {
                let entries = (0..=t).map_while(|s| prediction.two_time(function, t, s));
                entries.collect()
            };
            (0..prediction.times()).map(row).collect()
        };
        Self {
            q_ts: triangle(TwoTime::Q),
            sigma_ts: triangle(TwoTime::Sigma),
            b_ts: triangle(TwoTime::B),
            c_ts: triangle(TwoTime::C),
        }
    }
}

impl DmftState {
    fn at(t: usize, prediction: &DmftPrediction, step: f64) -> Self {
        Self {
            t,
            m: prediction.m(t),
            q: prediction.q(t),
            zeta: prediction.overlaps(t),
            gradient: prediction.gradient_rms(t, step),
        }
    }
}

impl Experiment for Dmft {
    type Answer = Dynamics;

    fn run(&self, watch: Watch) -> Result<Report<Dynamics>> {
        let planned = self.plan()?;
        let prediction = planned.solve(self.record.as_deref(), watch)?;
        let limit = if self.equal_times_only {
            Ok(None)
        } else {
            LongTime::of(&planned.model, &prediction, &planned.setup.solver)
        };
        // The trajectory stands whatever becomes of its long-time limit.
        let (limit, no_long_time) = match limit {
            Ok(limit) => (limit, None),
            Err(error) => (None, Some(error.to_string())),
        };
        let long_time = limit.map(|limit| Limit::new(&planned, &prediction, limit));
        let departure = prediction.departure();
        let setup = &planned.setup;
        let state = |t| DmftState::at(t, &prediction, setup.rules.step);
        let dynamics = Dynamics {
            decoupled: prediction.decoupled,
            outcome: departure.map_or("complete", |departure| departure.name()),
            explanation: departure.map(|departure| departure.to_string()),
            worst_standard_error: prediction.worst_error(),
            states: (0..prediction.times()).map(state).collect(),
            two_times: (!self.equal_times_only).then(|| TwoTimes::of(&prediction)),
            long_time,
            no_long_time,
            unstable_from: planned.unstable_from(&prediction),
            pca: planned.spectral.then(|| pca_overlaps(&planned.model)),
            settings: planned.setup.clone(),
            prediction,
        };
        Ok(Report::new(planned.seed, planned.citations, dynamics))
    }
}

/// Optional fields of this answer that come whole or not at all.
fn whole_group(schema: &mut schemars::Schema) {
    together(schema, &["q_ts", "sigma_ts", "b_ts", "c_ts"]);
}
