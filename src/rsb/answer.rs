//! Results beyond replica symmetry.

use super::order::{Plateau, StepOrder};
use crate::fixed_point::Measured;
use crate::numerics::nullable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How many steps of breaking a calculation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Depth {
    /// This many.
    Steps(usize),
    /// Up to eight, and their limit.
    Full(Full),
}

/// The word `full`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Full {
    /// As many steps as the limit needs.
    Full,
}

impl Depth {
    /// Up to eight steps, and their limit.
    pub const FULL: Self = Self::Full(Full::Full);
}

impl fmt::Display for Depth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps(steps) => write!(formatter, "{steps}"),
            Self::Full(_) => formatter.write_str("full"),
        }
    }
}

impl FromStr for Depth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "full" {
            return Ok(Self::FULL);
        }
        let steps = text.parse().map(Self::Steps);
        steps.map_err(|_| "write a number of steps, or full".into())
    }
}

/// How a search beyond replica symmetry ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BrokenEnd {
    /// The replicon of a replica-symmetric solution is below 1, and no broken solution was found with
    /// a larger objective.
    ReplicaSymmetric,
    /// All steps that were asked for have a root; of the limit, those that change anything.
    Converged,
    /// Further steps are narrower than grids of moderate size resolve: the limit is extrapolated from
    /// fewer; of one or two it has their numbers, and as errors what they change.
    NarrowSteps,
    /// Fewer steps than were asked for have a root that is no spurious one; a limit is taken from
    /// those, as under [`BrokenEnd::NarrowSteps`].
    FewerSteps,
    /// Of not even one step a root was found that is no spurious one.
    NoRoot,
}

impl BrokenEnd {
    /// Its name in tables, records and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReplicaSymmetric => "replica-symmetric",
            Self::Converged => "converged",
            Self::NarrowSteps => "narrow-steps",
            Self::FewerSteps => "fewer-steps",
            Self::NoRoot => "no-root",
        }
    }

    /// One sentence for the user.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::ReplicaSymmetric => {
                "the leading solution is replica symmetric, and stable against small steps: none splits off (a jump to a broken solution is not excluded)"
            }
            Self::Converged => "converged",
            Self::NarrowSteps => {
                "further steps are narrower than grids of moderate size resolve: the limit is taken from those that were solved, with larger errors"
            }
            Self::FewerSteps => {
                "more steps have no root that Newton's method finds: the numbers are those of the steps that have one, and a limit has larger errors"
            }
            Self::NoRoot => {
                "the searches found no root of one step: replica symmetry with the global maximum bounds the objective from above"
            }
        }
    }
}

/// Replica symmetry with the global maximum in `φ_V`: at least as large as the objective of any
/// number of steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SymmetricBound {
    /// Overlap `M`.
    pub m: f64,
    /// Self-overlap `Q`.
    pub q: f64,
    /// `V`.
    pub v: f64,
    /// `ℓ` there.
    pub objective: f64,
    /// Replicon; null where it is infinite, as the maximum jumps.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub replicon: f64,
}

/// A root of `K` steps.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BrokenSolution {
    /// `K`.
    pub steps: usize,
    /// `M`, `q_0`, `Δ_i`, `V`, `x_i`.
    #[serde(flatten)]
    pub order: StepOrder,
    /// Self-overlap `Q`.
    pub q: f64,
    /// `ζ = |M|/√Q`.
    pub zeta: f64,
    /// `Φ`, an upper bound of `ℓ` that falls with `K`.
    pub objective: f64,
    /// `Φ` less `α E η1(z) − α η2(Q)`, 0 at an exact root.
    pub identity: f64,
    /// `ρ_0 … ρ_K`: 1 in the limit. The last is infinite for `V sup η1'' > 1`; in JSON it is `null`
    /// there, and where it was not resolved.
    #[schemars(with = "Vec<Option<f64>>")]
    pub replicons: Vec<f64>,
    /// Strength at which recovery sets in with this many steps: of a solution without overlap.
    pub onset: Option<f64>,
    /// Largest derivative of `Φ`.
    pub residual: f64,
}

impl BrokenSolution {
    /// `x(q)`.
    pub fn profile(&self) -> Vec<Plateau> {
        self.order.profile()
    }
}

/// The limit of many steps, extrapolated; errors are the changes that the last steps make to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FullLimit {
    /// Overlap `M`.
    pub m: Measured,
    /// Self-overlap `Q`.
    pub q: Measured,
    /// `ζ`.
    pub zeta: Measured,
    /// `V`.
    pub v: Measured,
    /// `q_0`.
    pub q0: Measured,
    /// `ℓ`.
    pub objective: Measured,
}

/// What there is beyond replica symmetry for one unit and its signal.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Broken {
    /// What was asked for.
    pub depth: Depth,
    /// How the search ended.
    pub end: BrokenEnd,
    /// The same as a sentence.
    pub explanation: String,
    /// The leading replica-symmetric solution, if iteration found one.
    pub symmetric: Option<SymmetricBound>,
    /// Roots of increasing numbers of steps.
    pub levels: Vec<BrokenSolution>,
    /// The limit of many steps, where it was asked for and reached.
    pub limit: Option<FullLimit>,
}

impl Broken {
    /// The root of most steps.
    pub fn deepest(&self) -> Option<&BrokenSolution> {
        self.levels.last()
    }

    /// The overlap: of the limit, of the deepest root, or of a stable replica-symmetric solution;
    /// `None` where none of them was obtained.
    pub fn zeta(&self) -> Option<f64> {
        let limit = self.limit.map(|own| own.zeta.value);
        let own = limit.or(self.deepest().map(|own| own.zeta));
        own.or_else(|| {
            let symmetric = self
                .symmetric
                .filter(|_| self.end == BrokenEnd::ReplicaSymmetric)?;
            Some(symmetric.m.abs() / symmetric.q.sqrt())
        })
    }

    /// The overlap where it was obtained as it was asked for: of many steps only their limit, where
    /// its error is known.
    pub fn obtained_zeta(&self) -> Option<f64> {
        match self.depth {
            Depth::Full(_) if self.end != BrokenEnd::ReplicaSymmetric => {
                let zeta = self.limit?.zeta;
                zeta.error.is_finite().then_some(zeta.value)
            }
            _ => self.zeta(),
        }
    }

    /// The objective, as [`Broken::zeta`].
    pub fn objective(&self) -> Option<f64> {
        self.measured_objective().map(|own| own.value)
    }

    /// The objective with its error, which is not known of a fixed number of steps.
    fn measured_objective(&self) -> Option<Measured> {
        let of = |value: f64, error: f64| Measured { value, error };
        let limit = self.limit.map(|own| own.objective);
        let deepest = self.deepest().map(|own| of(own.objective, f64::INFINITY));
        limit.or(deepest).or_else(|| {
            let symmetric = self
                .symmetric
                .filter(|_| self.end == BrokenEnd::ReplicaSymmetric)?;
            Some(of(symmetric.objective, 1e-9))
        })
    }
}

/// One unit of a [`Beyond`].
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BrokenUnit {
    /// Its signal, from 1.
    pub signal: usize,
    /// What it learns.
    #[serde(flatten)]
    pub broken: Broken,
}

/// What there is beyond replica symmetry: of one unit, or of several that decouple.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Beyond {
    /// The units, each with one of the strongest signals.
    pub units: Vec<BrokenUnit>,
    /// Sum of the units' `ℓ`; nothing where one of them has none.
    pub log_likelihood: Option<Measured>,
}

impl Beyond {
    pub(super) fn of(units: Vec<BrokenUnit>) -> Self {
        let own = units.iter().map(|unit| unit.broken.measured_objective());
        let sum = |total: Option<Measured>, own: Option<Measured>| {
            let (total, own) = (total?, own?);
            Some(Measured {
                value: total.value + own.value,
                error: total.error + own.error,
            })
        };
        let nothing = Measured {
            value: 0.0,
            error: 0.0,
        };
        Self {
            log_likelihood: own.fold(Some(nothing), sum),
            units,
        }
    }
}
