//! The one search for fixed points of state evolution: many starts, saddles left along their
//! unstable directions, continuation where iteration fails.
//!
//! Nothing here proves that no solution was missed. What was tried is part of the result: every
//! search with its outcome, and for every solution the searches that found it.

use super::decoupled::decouples;
use super::finder::Finder;
use super::findings::Findings;
use super::fixed_point::{FixedPoint, Solution};
use super::search::Search;
use super::settings::FixedPointSettings;
use super::state_evolution::State;
use crate::error::Result;
use crate::model::Model;
use crate::start::Start;

/// Which searches [`find`] makes.
#[derive(Debug, Clone, Copy)]
pub enum Starts<'a> {
    /// All that this module knows: planted, weak, every inequivalent assignment of units to signals
    /// (up to four of each), silent (for biased units), mixed, together on each signal, random
    /// ones; then from each saddle along its unstable direction, and continuation from stronger
    /// signals and other `α` where all of these find nothing.
    Standard,
    /// These and no others.
    Only(&'a [Start]),
}

/// Where one search begins.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// Damped iteration from a start.
    Start(&'a Start),
    /// The root finder from a neighbouring fixed point.
    Neighbour(&'a State),
}

/// Searches for fixed points of state evolution: unit by unit where the model decouples, jointly
/// elsewhere.
///
/// # Errors
/// Bad settings or a bad start; everything else is part of the [`Findings`].
pub fn find(model: &Model, starts: Starts, settings: &FixedPointSettings) -> Result<Findings> {
    find_reporting(model, starts, settings, &|_| ())
}

/// As [`find`]; `report` is called with the name of each search before it begins.
///
/// # Errors
/// As [`find`].
pub fn find_reporting<'a>(
    model: &'a Model,
    starts: Starts,
    settings: &'a FixedPointSettings,
    report: &'a dyn Fn(&str),
) -> Result<Findings> {
    let mut finder = Finder::new(model, settings)?.reporting(report);
    match starts {
        Starts::Only(starts) => {
            for start in starts {
                finder.search(Origin::Start(start))?;
            }
        }
        Starts::Standard => finder.search_everything()?,
    }
    Ok(finder.finish())
}

/// Searches for a known fixed point again at twice the quadrature nodes in every direction (tensor
/// rule), or twice the points (quasi-Monte Carlo): the difference is an error estimate that owes
/// nothing to the one that ended the first search. `level` is the refinement level of the first
/// search (see [`Work`](super::Work)).
///
/// # Errors
/// Bad settings, or a point of another model.
pub fn find_doubled(
    model: &Model,
    point: &FixedPoint,
    level: u32,
    settings: &FixedPointSettings,
) -> Result<Findings> {
    let state = point.state();
    let tensor = model.units() <= settings.tensor_units || decouples(model);
    let doubled = FixedPointSettings {
        log2_points: settings.log2_points + u32::from(!tensor),
        ..settings.clone()
    };
    let mut finder = Finder::new(model, &doubled)?;
    // Two levels halve the spacing.
    finder.search_at(
        Origin::Neighbour(&state),
        if tensor { level + 2 } else { 0 },
    )?;
    Ok(finder.finish())
}

/// The fixed point that the root finder reaches from a neighbouring one, for branches and
/// boundaries.
///
/// # Errors
/// Bad settings, or a state of another shape; everything else is part of the [`Solution`].
pub(crate) fn follow(
    model: &Model,
    state: State,
    settings: &FixedPointSettings,
) -> Result<Solution> {
    settings.validate()?;
    state.order.require_shape(model.signals(), model.units())?;
    Ok(Search::new(model, settings).branch("continued", state))
}

/// The planted solution, continued from elsewhere where iteration does not find it.
///
/// # Errors
/// Bad settings.
pub(crate) fn planted(model: &Model, settings: &FixedPointSettings) -> Result<Findings> {
    let mut finder = Finder::new(model, settings)?;
    finder.search(Origin::Start(&Start::Planted))?;
    if finder.is_empty() {
        finder.continue_from_elsewhere()?;
    }
    Ok(finder.finish())
}
