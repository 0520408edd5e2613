//! Branches of fixed points along a control parameter, around their folds: of state evolution and
//! of potentials.

mod evolution;
mod potential;

pub use evolution::{Branch, Branched};
pub use potential::{BranchPotential, BranchedPotential, PotentialPoint};

use crate::fixed_point::{ContinuationSettings, Event, EventKind};
use crate::numerics::brent::BrentFailure;
use crate::table::{Column, Digits, Table};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a branch was followed, and what happens on it: the same for every theory.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Followed {
    /// The control parameter.
    pub along: String,
    /// Range, steps and widths.
    pub continuation: ContinuationSettings,
    /// Where the branch was begun.
    pub begun_at: f64,
    /// Whether it was followed towards larger values first.
    pub rising: bool,
    /// Folds, changes of stability, bifurcations and onsets, located.
    pub events: Vec<Event>,
    /// What was noticed between two points but not located.
    pub unlocated: Vec<Unlocated>,
    /// How the branch ended.
    pub end: String,
    /// Evaluations of the equations.
    pub evaluations: u64,
}

/// Something that happens between two points of a branch and was not located.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unlocated {
    /// What happens.
    pub kind: EventKind,
    /// Between these values.
    pub interval: [f64; 2],
    /// Why it was not located.
    pub reason: String,
}

impl Unlocated {
    pub(super) fn all(found: &[(EventKind, [f64; 2], BrentFailure)]) -> Vec<Self> {
        let one = |(kind, interval, failure): &(EventKind, [f64; 2], BrentFailure)| Self {
            kind: *kind,
            interval: *interval,
            reason: failure.to_string(),
        };
        found.iter().map(one).collect()
    }

    pub(super) fn note(&self) -> String {
        let [low, high] = self.interval;
        format!(
            "{:?} between {low} and {high} not located: {}",
            self.kind, self.reason
        )
    }
}

impl Followed {
    fn events_table(&self) -> Table {
        let columns = [
            Column::new("event"),
            Column::new(self.along.as_str()),
            Column::new("width").digits(Digits::Scientific),
            Column::new("residual").digits(Digits::Scientific),
            Column::new("after_point")
                .headed("after point")
                .digits(Digits::Shortest),
        ];
        let mut table = Table::new("events", columns);
        for event in &self.events {
            table.push(vec![
                format!("{:?}", event.kind).into(),
                event.value.into(),
                (event.interval[1] - event.interval[0]).into(),
                event.residual.into(),
                event.after.into(),
            ]);
        }
        table
    }

    fn notes(&self) -> Vec<String> {
        let end = format!("the branch {}", self.end);
        let unlocated = self.unlocated.iter().map(Unlocated::note);
        std::iter::once(end).chain(unlocated).collect()
    }
}
