//! The largest objective by simulation: the best of many starts at several sizes, its extrapolation,
//! and theory beyond replica symmetry beside it.

mod measure;
mod shown;
mod sizes;

use super::finite_size::Measured;
use super::settings::ModelSettings;
use super::{DEFAULT_SEED, Experiment, Report, Watch};
use crate::comparison::Verdict;
use crate::error::{Error, Result};
use crate::memory;
use crate::options::{MaximumOptions, ModelOptions, SimulationOptions};
use crate::quantity::{Observable, Quantity};
use crate::rsb::{self, Broken, Depth, FullLimit};
use crate::simulation::{Climb, ClimbSettings, Size, Store};
use measure::Plan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use sizes::{AtSize, Extrapolated, FoundBy, LevelStanding, MaximaAtSize, SizeFit, TheoryAt};

/// Asks for the largest objective that weights of one hidden unit have, by simulation and by theory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Maximum {
    /// The model: one bounded hidden unit and one signal.
    pub model: ModelOptions,
    /// Sizes, instances and starts.
    pub maximum: MaximumOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// One size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MaximaSize {
    /// Size of an instance.
    #[serde(flatten)]
    pub size: Size,
    /// Number of instances.
    pub instances: usize,
}

/// Resolved settings of [`Maximum`].
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MaximumSettings {
    /// The model.
    pub model: ModelSettings,
    /// The climbs on each instance.
    pub climbs: ClimbSettings,
    /// The sizes.
    pub sizes: Vec<MaximaSize>,
}

/// A theory of the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MaximumTheory {
    /// The limit of many steps of replica-symmetry breaking, by Parisi's ansatz; or replica symmetry
    /// where it holds.
    Exact,
    /// One step.
    OneStep,
    /// Replica symmetry where it does not hold.
    ReplicaSymmetric,
}

impl MaximumTheory {
    /// Its name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::OneStep => "one-step",
            Self::ReplicaSymmetric => "replica-symmetric",
        }
    }
}

/// Where one kind of climb ends in the mean, which is no maximum.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LevelReached {
    /// The kind.
    pub climb: Climb,
    /// Share of its ends whose gradient is above the tolerance: gradient ascent has a number of steps.
    pub unconverged: f64,
    /// `ℓ`, and `ζ` where the maximum has an overlap by theory.
    pub numbers: Vec<Extrapolated>,
    /// `ℓ` of the best end of an instance less the mean of this kind: what the climbs miss.
    pub gap: Extrapolated,
}

/// The largest objective at several sizes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Maxima {
    /// What was asked for.
    pub settings: MaximumSettings,
    /// Theory, beyond replica symmetry where that breaks.
    pub theory: Broken,
    /// How the searches ended at each size.
    pub sizes: Vec<MaximaAtSize>,
    /// `ℓ`, `Q`, `V`, and `ζ` where the maximum has an overlap by theory, at the best end of each instance.
    pub quantities: Vec<Extrapolated>,
    /// Power of `d` in the smallest eigenvalue of `−∇²L` there, at all sizes, those of lower bounds
    /// among them: about −2/3 where the maximum is marginal, 0 where it is gapped; null for fewer than
    /// two sizes.
    pub gap_power: Option<Measured>,
    /// Mean ends of each kind of climb.
    pub levels: Vec<LevelReached>,
}

/// Largest relative standard error of the limit of `ℓ` with which theory is said to agree.
const RESOLUTION: f64 = 0.01;

impl Maxima {
    /// What the comparison with theory says: it disagrees where a number excludes it, and agrees where
    /// none does and `ℓ` is known to one per cent; `None` without a theory.
    pub fn verdict(&self) -> Option<Verdict> {
        let level = self.quantity(Quantity::LogLikelihood)?;
        let exact = level.by(MaximumTheory::Exact)?;
        let of = |own: &Extrapolated| own.by(MaximumTheory::Exact).is_some_and(|own| own.excluded);
        if self.quantities.iter().any(of) {
            return Some(Verdict::Disagrees);
        }
        let many = level.sizes.iter().all(|at| at.count >= sizes::ENOUGH);
        let known = level
            .fits
            .first()
            .is_some_and(|fit| fit.limit.standard_error < RESOLUTION * fit.limit.value.abs());
        Some(match exact.deviation.is_some() && many && known {
            true => Verdict::Agrees,
            false => Verdict::TooFewInstances,
        })
    }

    /// A number of the best ends.
    pub fn quantity(&self, quantity: impl Into<Observable>) -> Option<&Extrapolated> {
        let wanted = quantity.into();
        self.quantities.iter().find(|own| own.quantity == wanted)
    }
}

impl Maximum {
    /// The comparison that a simulation at one size asks for: at a quarter, half and all of its `d` (240
    /// where none is given), with its instances and restarts.
    ///
    /// # Errors
    /// Names what has no meaning for the best of many starts.
    pub fn comparing(
        model: ModelOptions,
        simulation: &SimulationOptions,
        seed: u64,
    ) -> Result<Self> {
        let asked = SimulationOptions {
            d: simulation.d,
            instances: simulation.instances,
            restarts: simulation.restarts,
            run_tolerance: simulation.run_tolerance,
            ..SimulationOptions::default()
        };
        if *simulation != asked {
            let allowed = "takes d, instances, restarts and run-tolerance of the simulation: leave the others out, or use onsager maximum";
            return Err(Error::invalid("rsb", "given", allowed));
        }
        let d = simulation.d.unwrap_or(240);
        Ok(Self {
            model,
            maximum: MaximumOptions {
                d: Some(vec![d / 4, d / 2, d]),
                instances: simulation.instances.map(|count| vec![count]),
                random: simulation.restarts,
                run_tolerance: simulation.run_tolerance,
                ..MaximumOptions::default()
            },
            seed: Some(seed),
        })
    }

    /// Checks the request, without computing anything.
    ///
    /// # Errors
    /// As [`Experiment::run`].
    pub fn check(&self) -> Result<()> {
        self.plan(true).map(drop)
    }

    /// What is computed where the maximum has an overlap, or has none.
    fn plan(&self, overlap: bool) -> Result<(Plan, MaximumSettings)> {
        let model = self.model.resolve(None)?;
        rsb::check(&model, Depth::FULL)?;
        if model.units() != 1 || model.signals() != 1 {
            let allowed = "the maximum is searched for one hidden unit and one signal";
            return Err(Error::invalid("units", model.units(), allowed));
        }
        let options = &self.maximum;
        let sizes = options.sizes(model.alpha())?;
        let climbs = options.climbs(overlap)?;
        for (size, instances) in &sizes {
            size.validate_for(&model, Store::Dense)?;
            require_room(*size, *instances)?;
        }
        let size = |&(size, instances): &(Size, usize)| MaximaSize { size, instances };
        let sizes: Vec<MaximaSize> = sizes.iter().map(size).collect();
        let settings = MaximumSettings {
            model: ModelSettings::new(&self.model, &model)?,
            climbs,
            sizes: sizes.clone(),
        };
        let plan = Plan {
            model,
            climbs,
            sizes,
            seed: self.seed.unwrap_or(DEFAULT_SEED),
        };
        Ok((plan, settings))
    }
}

/// Whether the maximum has an overlap by theory: without one it is an effect of finite size.
fn recovers(theory: &Broken) -> bool {
    let missed = |own: &FullLimit| own.zeta.error.is_infinite();
    theory.zeta().is_some_and(|zeta| zeta > 0.0) || theory.limit.as_ref().is_some_and(missed)
}

/// Instances run side by side, each with its data and its Hessian.
fn require_room(size: Size, instances: usize) -> Result<()> {
    let threads = rayon::current_num_threads().min(instances) as u128;
    let (n, d) = (size.n as u128, size.d as u128);
    memory::require(
        "the data of all threads",
        threads * (n * d * 5 + d * d * 24),
    )
}

impl Experiment for Maximum {
    type Answer = Maxima;

    fn run(&self, watch: Watch) -> Result<Report<Maxima>> {
        let mut citations = self.model.citations()?;
        citations.push("parisi1980".into());
        let (plan, _) = self.plan(true)?;
        watch("theory", None);
        let theory = rsb::solve_unit(&plan.model, Depth::FULL)?;
        let (plan, settings) = self.plan(recovers(&theory))?;
        let mut ends = Vec::new();
        for &size in &plan.sizes {
            ends.push(plan.measure(size, watch)?);
        }
        let answer = plan.answer(settings, theory, &ends);
        Ok(Report::new(plan.seed, citations, answer))
    }
}

#[cfg(test)]
mod tests;
