//! Fixed points of state evolution, from one start or several.

use super::fixed_point::Solution;
use super::search::Search;
use super::settings::FixedPointSettings;
use super::start::Start;
use super::state_evolution::State;
use crate::error::Result;
use crate::model::Model;
use crate::numerics::Matrix;

/// Searches a fixed point of state evolution from `start`.
///
/// # Errors
/// Bad settings or a bad start; everything else is part of the [`Solution`].
pub fn solve(model: &Model, start: &Start, settings: &FixedPointSettings) -> Result<Solution> {
    settings.validate()?;
    let order = start.order_parameters(model)?;
    let units = model.units();
    let state = State {
        order,
        v: Matrix::zeros(units, units),
    };
    Ok(Search::new(model, settings).run(start.name(), state))
}

/// Follows a branch of fixed points from a state with its proximal parameter, as a neighbouring fixed point gives it. The root finder
/// decides, so that the branch is followed also where damped iteration is unstable around it.
///
/// # Errors
/// Bad settings, or a state of another shape; everything else is part of the [`Solution`].
pub fn solve_from(model: &Model, state: State, settings: &FixedPointSettings) -> Result<Solution> {
    settings.validate()?;
    state.order.validate(model.signals(), model.units())?;
    Ok(Search::new(model, settings).branch("continued", state))
}

/// Searches from several starts and keeps the distinct results (see [`agrees_with`](super::FixedPoint::agrees_with)).
///
/// # Errors
/// As [`solve`].
pub fn solve_all(
    model: &Model,
    starts: &[Start],
    settings: &FixedPointSettings,
) -> Result<Vec<Solution>> {
    let mut distinct: Vec<Solution> = Vec::new();
    for start in starts {
        let solution = solve(model, start, settings)?;
        let same = |other: &Solution| match (solution.fixed_point(), other.fixed_point()) {
            (Ok(a), Ok(b)) => a.agrees_with(b),
            _ => false,
        };
        if !distinct.iter().any(same) {
            distinct.push(solution);
        }
    }
    Ok(distinct)
}
