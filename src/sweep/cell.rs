//! What a record keeps of a cell: its searches, what they found, and what the cell answers.

use super::beyond::{BeyondNumbers, BeyondPoint};
use super::found::{EvolutionPoint, Found};
use super::region::Region;
use crate::fixed_point::Ending;
use crate::theory::Work;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a search of a cell begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CellStart {
    /// The root finder from a neighbouring cell's solution; without one, or where it fails, an
    /// informed search.
    Continued,
    /// Damped iteration from the planted start.
    Informed,
    /// Damped iteration from a small overlap.
    Weak,
}

impl CellStart {
    /// Name in studies and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Continued => "continued",
            Self::Informed => "informed",
            Self::Weak => "weak",
        }
    }
}

/// One search of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// How it began: `continued`, `informed` or `weak`.
    pub start: String,
    /// How it ended.
    pub outcome: Ending,
    /// Whether it left the domain in which a replica-symmetric solution is defined (not for lack of
    /// quadrature nodes).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_domain: bool,
    /// Residual of the undamped map at its end; `None` where the map is not defined.
    pub residual: Option<f64>,
    /// Work done.
    pub work: Work,
    /// The fixed point, unless an earlier search of the cell found the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// The earlier search that found the same fixed point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<usize>,
}

/// Difference to a search at twice the quadrature nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// How that search ended.
    pub outcome: Ending,
    /// Largest difference of an entry of `M` or `Q`.
    pub order: Option<f64>,
    /// Difference of the replicon.
    pub replicon: Option<f64>,
}

/// A finished cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Number of the point.
    pub index: u64,
    /// Horizontal control parameter.
    pub x: f64,
    /// Vertical control parameter.
    pub y: f64,
    /// Its searches.
    pub searches: Vec<Search>,
    /// The check at twice the quadrature nodes, where one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// Beyond replica symmetry, where that was asked for and no replica-symmetric solution holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<BeyondPoint>,
}

impl Cell {
    /// The answer, and its search: the solution with the largest objective; among those of a
    /// potential saddles come last.
    pub fn answer(&self) -> Option<(&Search, &Found)> {
        self.searches
            .iter()
            .filter_map(|search| Some((search, search.found.as_ref()?)))
            .reduce(
                |best, other| {
                    if other.1.leads(best.1) { other } else { best }
                },
            )
    }

    /// Number of different fixed points.
    pub fn solutions(&self) -> usize {
        self.searches
            .iter()
            .filter(|search| search.found.is_some())
            .count()
    }

    /// What is known beyond replica symmetry, where it is the answer.
    pub fn beyond(&self) -> Option<&BeyondNumbers> {
        self.beyond.as_ref()?.numbers.as_ref()
    }

    /// How much the answers of two neighbours differ; `None` where one has none.
    pub fn distance(&self, other: &Self) -> Option<f64> {
        if self.beyond().is_none() && other.beyond().is_none() {
            let (own, other) = (self.answer()?, other.answer()?);
            return Some(own.1.distance(other.1));
        }
        let zeta = |cell: &Self| match cell.beyond() {
            Some(own) => Some(own.zeta.value),
            None => Some(cell.answer()?.1.evolution()?.order.overlaps().amax()),
        };
        Some((zeta(self)? - zeta(other)?).abs())
    }

    /// What the answer says; `None` where a search failed without leaving the domain, so that
    /// nothing is known.
    pub fn region(&self) -> Option<Region> {
        if let Some(region) = self.beyond.as_ref().and_then(BeyondPoint::region) {
            return Some(region);
        }
        let Some((_, found)) = self.answer() else {
            let left = self.searches.iter().all(|search| search.left_domain);
            return left.then_some(Region::NoSolution);
        };
        let found = found.evolution()?;
        let order = &found.order;
        let (signals, units) = order.m.shape();
        let recovered = found.recovered();
        Some(if recovered == 0 {
            Region::NoRecovery
        } else {
            match (recovered >= signals.min(units), found.stability.is_stable()) {
                (true, true) => Region::RecoveryStable,
                (true, false) => Region::RecoveryUnstable,
                (false, true) => Region::PartialStable,
                (false, false) => Region::PartialUnstable,
            }
        })
    }

    /// Whether the searches are those of a model with these numbers of signals and units.
    pub fn fits(&self, signals: usize, units: usize) -> bool {
        !self.searches.is_empty()
            && self.searches.iter().enumerate().all(|(index, search)| {
                let found = search.found.as_ref();
                found.is_none_or(|found| found.fits(signals, units))
                    && search.same_as.is_none_or(|same| same < index)
            })
    }

    /// The state that is continued to neighbours: the leading search's, or the next one's that has
    /// any.
    pub fn carried(&self) -> Option<&EvolutionPoint> {
        let found = self
            .searches
            .iter()
            .find_map(|search| search.found.as_ref());
        found?.evolution()
    }
}
