//! What a search for fixed points found: solutions, searches with their ends, and what was left
//! out.

use super::decoupled::UnitSolution;
use super::fixed_point::{FixedPoint, Work};
use super::outcome::Outcome;
use super::stability::Nature;
use super::state_evolution::State;
use crate::fixed_point::Ending;
use crate::numerics::nullable;
use crate::numerics::{Matrix, rows};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// One search and how it ended.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Where it began.
    pub start: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Where it ended; a fixed point only if there is a finding.
    pub last: State,
    /// Residual of the undamped map there (infinite where the map is not defined).
    pub residual: f64,
    /// Work done.
    pub work: Work,
    /// The finding it led to: its place in [`Findings::solutions`].
    pub finding: Option<usize>,
    /// The scalar problems of the units, where the search was made unit by unit; empty elsewhere.
    pub units: Vec<UnitSolution>,
}

impl Attempt {
    /// Whether the units were solved as scalar problems.
    pub fn is_decoupled(&self) -> bool {
        !self.units.is_empty()
    }
}

/// One of the different solutions.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The fixed point.
    pub point: FixedPoint,
    /// How its search ended.
    pub outcome: Outcome,
    /// Work of the search that found it first.
    pub work: Work,
    /// The searches that found it.
    pub starts: Vec<String>,
    /// Whether it was solved as scalar problems of the units.
    pub decoupled: bool,
}

/// Everything that a search found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Findings {
    /// The different solutions by decreasing objective `ℓ`: the first is what theory predicts for
    /// global maximisation.
    pub solutions: Vec<Finding>,
    /// All searches in the order in which they were made.
    #[serde(rename = "searches")]
    pub attempts: Vec<Attempt>,
    /// What was left out because it would have been too much.
    pub omitted: Vec<Omitted>,
}

/// Searches that were not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Omitted {
    /// Other assignments of units to signals than the planted one: there are more than four units
    /// or signals.
    Assignments,
    /// Joint searches of three or more units that decouple, where the decoupled solution is not a
    /// saddle.
    Joint,
    /// Escapes from further saddles.
    Escapes,
}

impl Omitted {
    /// One sentence for the user.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Assignments => {
                "other assignments of units to signals were not tried: there are more than four units or signals"
            }
            Self::Joint => {
                "units that share signals were not searched for: no perturbation of the decoupled solution leads there"
            }
            Self::Escapes => {
                "not every saddle was left along its unstable direction: there are too many"
            }
        }
    }
}

impl Findings {
    /// The answer: the solution with the largest objective.
    ///
    /// # Errors
    /// How the first search ended, where no search found a solution.
    pub fn answer(&self) -> std::result::Result<&FixedPoint, &Outcome> {
        match (self.solutions.first(), self.attempts.first()) {
            (Some(finding), _) => Ok(&finding.point),
            (None, Some(attempt)) => Err(&attempt.outcome),
            (None, None) => Err(&Outcome::OutOfIterations),
        }
    }

    /// The search that found the answer first; the first one where none found anything.
    pub fn leading_attempt(&self) -> Option<&Attempt> {
        let leads = |attempt: &&Attempt| attempt.finding == Some(0);
        self.attempts.iter().find(leads).or(self.attempts.first())
    }

    /// The answer, where it converged; else the first search's last iterate, which is not a result
    /// and serves as a guess only.
    pub fn guess(&self) -> Option<State> {
        match self.answer() {
            Ok(point) => Some(point.state()),
            Err(_) => self.attempts.first().map(|attempt| attempt.last.clone()),
        }
    }
}

/// The schema of a type that serialises through a view of itself.
macro_rules! schema_of_view {
    ($type:ident, $view:ty) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                <$view>::json_schema(generator)
            }
        }
    };
}

schema_of_view!(Finding, FindingView<'_>);
schema_of_view!(Attempt, AttemptView<'_>);
schema_of_view!(UnitSolution, UnitView<'_>);

/// A solution as programs read it: the fixed point with what follows from it.
#[derive(Serialize, JsonSchema)]
struct FindingView<'a> {
    /// The searches that found it.
    found_from: &'a [String],
    /// Whether it was solved as scalar problems of the units.
    decoupled: bool,
    /// How its search ended.
    outcome: Ending,
    /// The same as a sentence.
    explanation: String,
    /// What it is, by its replicon and its eigenvalue.
    nature: Nature,
    /// Whether it may be trusted: replica symmetric, and no saddle.
    stable: bool,
    #[serde(flatten)]
    point: &'a FixedPoint,
    /// Overlaps `ζ_ab = |M_ab|/√Q_bb`, a row for each signal; null of a unit without weights.
    #[serde(with = "rows")]
    #[schemars(with = "Vec<Vec<Option<f64>>>")]
    zeta: Matrix,
    work: Work,
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = FindingView {
            found_from: &self.starts,
            decoupled: self.decoupled,
            outcome: self.outcome.ending(),
            explanation: self.outcome.explanation(),
            nature: self.point.stability.nature(),
            stable: self.point.stability.is_stable(),
            point: &self.point,
            zeta: self.point.order.overlaps(),
            work: self.work,
        };
        view.serialize(serializer)
    }
}

/// A search as programs read it; `solution` counts from 1.
#[derive(Serialize, JsonSchema)]
struct AttemptView<'a> {
    /// Where it began.
    start: &'a str,
    /// How it ended.
    outcome: Ending,
    /// The same as a sentence.
    explanation: String,
    /// Residual of the undamped map at its end; null where the map is not defined.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    residual: f64,
    /// Work done.
    work: Work,
    /// Place of the solution that it led to, from 1.
    solution: Option<usize>,
    /// The scalar problems of the units, where it was made unit by unit.
    #[serde(skip_serializing_if = "<[UnitSolution]>::is_empty")]
    units: &'a [UnitSolution],
}

impl Serialize for Attempt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = AttemptView {
            start: &self.start,
            outcome: self.outcome.ending(),
            explanation: self.outcome.explanation(),
            residual: self.residual,
            work: self.work,
            solution: self.finding.map(|place| place + 1),
            units: &self.units,
        };
        view.serialize(serializer)
    }
}

/// Order parameters that are not result: an entry that is not finite is null.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct LastIterate {
    m: Vec<Vec<Option<f64>>>,
    q: Vec<Vec<Option<f64>>>,
    v: Vec<Vec<Option<f64>>>,
}

/// One unit's scalar problem as programs read it; where it has no fixed point, the last iterate is
/// named as such.
#[derive(Serialize, JsonSchema)]
struct UnitView<'a> {
    /// Signal that the unit is aligned with, from 1; nothing where it sees noise only.
    signal: Option<usize>,
    /// How its search ended.
    outcome: Ending,
    /// The same as a sentence.
    explanation: String,
    /// Residual of the undamped map at its end; null where the map is not defined.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    residual: f64,
    /// Work done.
    work: Work,
    /// Its fixed point.
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed_point: Option<&'a FixedPoint>,
    /// Where its search ended, which is not a result.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "LastIterate")]
    last_iterate: Option<&'a State>,
}

impl Serialize for UnitSolution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let solution = &self.solution;
        let fixed_point = solution.fixed_point().ok();
        let view = UnitView {
            signal: self.signal.map(|signal| signal + 1),
            outcome: solution.outcome.ending(),
            explanation: solution.outcome.explanation(),
            residual: solution.residual,
            work: solution.work,
            last_iterate: fixed_point.is_none().then_some(&solution.last),
            fixed_point,
        };
        view.serialize(serializer)
    }
}
