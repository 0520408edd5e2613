//! Fixed points of state evolution, with stability, objective and baselines.

mod along;
mod beyond;
mod shown;

pub use along::{SolveAlong, SolveAlongSettings, SolvedAlong};

use super::settings::ModelSettings;
use super::{DEFAULT_SEED, Experiment, Report, Watch};
use crate::error::Result;
use crate::model::Model;
use crate::numerics::{Matrix, rows};
use crate::options::{ModelOptions, SolverOptions, StartOptions};
use crate::rsb::{self, Beyond, Depth};
use crate::theory::baselines::{self, BayesFailure, BayesOverlap};
use crate::theory::{
    AmpPace, Findings, FixedPoint, FixedPointSettings, HeldOut, Nature, Starts, find_reporting,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Asks for the fixed points of state evolution.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Solve {
    /// The model.
    pub model: ModelOptions,
    /// The solver.
    pub solver: SolverOptions,
    /// Starts of the searches; all that are known where none is named.
    pub start: StartOptions,
    /// Beyond replica symmetry: a number of steps, or `full`; of one hidden unit and one signal, or
    /// of units that decouple. Where
    /// nothing is said, `full` if all starts are tried and replica symmetry breaks, or has no
    /// solution.
    pub rsb: Option<Depth>,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Resolved settings of [`Solve`].
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SolveSettings {
    /// The model.
    pub model: ModelSettings,
    /// The solver.
    pub solver: FixedPointSettings,
    /// The starts that were asked for; nothing where all were tried.
    pub starts: Option<Vec<String>>,
}

/// Overlaps to compare a solution with.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Baselines {
    /// BBP threshold `α^{-1/4}`.
    pub bbp: f64,
    /// Overlaps of PCA's directions, `r × k`.
    #[serde(with = "rows")]
    #[schemars(with = "Vec<Vec<f64>>")]
    pub pca: Matrix,
    /// Bayes-optimal overlaps of each signal.
    pub bayes: Option<Vec<BayesOverlap>>,
    /// Why there are none.
    pub bayes_failure: Option<String>,
}

impl Baselines {
    fn of(model: &Model) -> Self {
        let bayes = baselines::bayes_overlaps(model);
        let failure = bayes.as_ref().err().map(BayesFailure::to_string);
        Self {
            bbp: baselines::bbp_threshold(model.alpha()),
            pca: baselines::pca_overlaps(model),
            bayes: bayes.ok(),
            bayes_failure: failure,
        }
    }
}

/// Log-likelihood per sample, less that of a model without weights: of the data that were learnt
/// from, and of fresh ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Generalisation {
    /// `ℓ/α`.
    pub train: f64,
    /// Of fresh data; null where the quadrature did not reach, or `Q` is singular.
    pub test: Option<HeldOut>,
}

impl Generalisation {
    fn of(model: &Model, point: &FixedPoint, solver: &FixedPointSettings) -> Self {
        Self {
            train: point.stability.log_likelihood / model.alpha(),
            test: HeldOut::at(model, &point.order, solver).ok(),
        }
    }
}

/// Fixed points of state evolution.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Solved {
    /// What was asked for.
    pub settings: SolveSettings,
    /// Baselines beside the solutions.
    pub baselines: Baselines,
    /// Solutions by decreasing objective, all searches, and what was left out.
    #[serde(flatten)]
    pub found: Findings,
    /// Log-likelihood per sample of each solution, in their order.
    pub generalisation: Vec<Generalisation>,
    /// How fast AMP settles in the answer, where its weights have to be damped for it; nothing
    /// where it does without, or where there is no stable answer.
    pub amp: Option<AmpPace>,
    /// What there is beyond replica symmetry; nothing where that was not asked for and is not
    /// needed.
    pub rsb: Option<Beyond>,
}

impl Experiment for Solve {
    type Answer = Solved;

    fn run(&self, watch: Watch) -> Result<Report<Solved>> {
        let (solved, citations) = self.solved(true, watch)?;
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        Ok(Report::new(seed, citations, solved))
    }
}

impl Solve {
    /// The answer, and what it builds on. Where nothing is said about it, what is beyond replica
    /// symmetry is looked for `by_itself`, or not at all.
    fn solved(&self, by_itself: bool, watch: Watch) -> Result<(Solved, Vec<String>)> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let model = self.model.resolve(None)?;
        let solver = self.solver.resolve(seed)?;
        let named = self.start.named_theory(&model)?;
        if let Some(depth) = self.rsb {
            rsb::check(&model, depth)?;
        }
        let starts = named.as_deref().map_or(Starts::Standard, Starts::Only);
        let found = search(&model, starts, &solver, watch)?;
        let rsb = self.beyond(&model, &found, by_itself && named.is_none(), watch)?;
        let mut citations = self.model.citations()?;
        if rsb.is_some() {
            citations.push("parisi1980".into());
        }
        // The baselines beside every result.
        citations.extend(["baik2005".into(), "lesieur2017".into()]);
        let solved = Solved {
            settings: SolveSettings {
                model: ModelSettings::new(&self.model, &model)?,
                starts: named.map(|starts| starts.iter().map(|start| start.label()).collect()),
                solver: FixedPointSettings {
                    random_starts: Some(solver.random_starts_of(model.units())),
                    ..solver.clone()
                },
            },
            baselines: Baselines::of(&model),
            amp: pace(&model, &found, solver.damping),
            generalisation: found
                .solutions
                .iter()
                .map(|finding| Generalisation::of(&model, &finding.point, &solver))
                .collect(),
            found,
            rsb,
        };
        Ok((solved, citations))
    }

    /// Beyond replica symmetry, where that was asked for, or where the search that was made for
    /// everything has no replica-symmetric answer that holds.
    fn beyond(
        &self,
        model: &Model,
        found: &Findings,
        everything: bool,
        watch: Watch,
    ) -> Result<Option<Beyond>> {
        let depth = match self.rsb {
            Some(depth) => depth,
            None if !(everything && rsb::applies(model)) => return Ok(None),
            None => match found.answer() {
                Ok(point) if point.stability.nature() != Nature::ReplicaSymmetryBroken => {
                    return Ok(None);
                }
                _ => Depth::FULL,
            },
        };
        watch("beyond replica symmetry", None);
        Ok(Some(rsb::solve(model, depth)?))
    }
}

/// The search, with a sign of life.
pub(super) fn search(
    model: &Model,
    starts: Starts,
    solver: &FixedPointSettings,
    watch: Watch,
) -> Result<Findings> {
    find_reporting(model, starts, solver, &|search| watch(search, None))
}

fn needs_damping(point: &FixedPoint) -> bool {
    point.stability.is_stable() && point.rate >= 1.0
}

fn pace(model: &Model, found: &Findings, damping: f64) -> Option<AmpPace> {
    let answer = found.answer().ok().filter(|point| needs_damping(point))?;
    AmpPace::at(model, answer, damping)
}
