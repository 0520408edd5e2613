//! What a search for fixed points found: solutions, searches with their ends, and what was left out.

use super::decoupled::UnitSolution;
use super::fixed_point::{FixedPoint, Work};
use super::outcome::Outcome;
use super::stability::Nature;
use super::state_evolution::State;
use crate::numerics::{Matrix, rows};
use serde::{Serialize, Serializer};

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
#[derive(Debug, Clone, Serialize)]
pub struct Findings {
    /// The different solutions by decreasing objective `ℓ`: the first is what theory predicts for global maximisation.
    pub solutions: Vec<Finding>,
    /// All searches in the order in which they were made.
    #[serde(rename = "searches")]
    pub attempts: Vec<Attempt>,
    /// What was left out because it would have been too much.
    pub omitted: Vec<Omitted>,
}

/// Searches that were not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Omitted {
    /// Other assignments of units to signals than the planted one: there are more than four units or signals.
    Assignments,
    /// Joint searches of three or more units that decouple, where the decoupled solution is no saddle.
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

    /// The answer, where it converged; else the first search's last iterate, which is no result and serves as a guess only.
    pub fn guess(&self) -> Option<State> {
        match self.answer() {
            Ok(point) => Some(point.state()),
            Err(_) => self.attempts.first().map(|attempt| attempt.last.clone()),
        }
    }
}

/// A solution as programs read it: the fixed point with what follows from it.
#[derive(Serialize)]
struct FindingView<'a> {
    found_from: &'a [String],
    decoupled: bool,
    outcome: &'static str,
    explanation: String,
    nature: Nature,
    stable: bool,
    #[serde(flatten)]
    point: &'a FixedPoint,
    #[serde(with = "rows")]
    zeta: Matrix,
    work: Work,
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = FindingView {
            found_from: &self.starts,
            decoupled: self.decoupled,
            outcome: self.outcome.name(),
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
#[derive(Serialize)]
struct AttemptView<'a> {
    start: &'a str,
    outcome: &'static str,
    explanation: String,
    residual: f64,
    work: Work,
    solution: Option<usize>,
    #[serde(skip_serializing_if = "<[UnitSolution]>::is_empty")]
    units: &'a [UnitSolution],
}

impl Serialize for Attempt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = AttemptView {
            start: &self.start,
            outcome: self.outcome.name(),
            explanation: self.outcome.explanation(),
            residual: self.residual,
            work: self.work,
            solution: self.finding.map(|place| place + 1),
            units: &self.units,
        };
        view.serialize(serializer)
    }
}

/// One unit's scalar problem as programs read it; where it has no fixed point, the last iterate is named as such.
#[derive(Serialize)]
struct UnitView<'a> {
    signal: Option<usize>,
    outcome: &'static str,
    explanation: String,
    residual: f64,
    work: Work,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed_point: Option<&'a FixedPoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_iterate: Option<&'a State>,
}

impl Serialize for UnitSolution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let solution = &self.solution;
        let fixed_point = solution.fixed_point().ok();
        let view = UnitView {
            signal: self.signal.map(|signal| signal + 1),
            outcome: solution.outcome.name(),
            explanation: solution.outcome.explanation(),
            residual: solution.residual,
            work: solution.work,
            last_iterate: fixed_point.is_none().then_some(&solution.last),
            fixed_point,
        };
        view.serialize(serializer)
    }
}
