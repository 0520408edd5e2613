//! Fixed points of state evolution, from one start or several.

use super::decoupled::{UnitSolution, decouples, join, unit_model};
use super::fixed_point::{FixedPoint, Solution};
use super::search::Search;
use super::settings::FixedPointSettings;
use super::start::Start;
use super::state_evolution::State;
use crate::error::Result;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;

/// Factors on the signals from which [`find_weakened`] begins.
const STRONGER: [f64; 5] = [1.5, 2.0, 3.0, 5.0, 8.0];

/// Its largest step, relative to the factor.
const LARGEST_STEP: f64 = 0.06;

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
    state.order.require_shape(model.signals(), model.units())?;
    Ok(Search::new(model, settings).branch("continued", state))
}

/// Where a search begins.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// Damped iteration from a start.
    Start(&'a Start),
    /// The root finder from a neighbouring fixed point.
    Neighbour(&'a State),
}

/// Searches a fixed point, unit by unit where the model decouples and jointly elsewhere.
///
/// # Errors
/// As [`solve`] and [`solve_from`].
pub fn find(model: &Model, origin: Origin, settings: &FixedPointSettings) -> Result<Solution> {
    find_at(model, origin, 0, settings)
}

/// Searches a known fixed point again at twice the quadrature nodes in every direction (tensor rule), or twice the points (quasi-Monte
/// Carlo): the difference is an error estimate that owes nothing to the one that ended the first search. `level` is the refinement
/// level of the first search (see [`Work`](super::Work)).
///
/// # Errors
/// As [`solve_from`].
pub fn find_doubled(
    model: &Model,
    point: &FixedPoint,
    level: u32,
    settings: &FixedPointSettings,
) -> Result<Solution> {
    let state = point.state();
    if model.units() <= settings.tensor_units || decouples(model) {
        // Two levels halve the spacing.
        return find_at(model, Origin::Neighbour(&state), level + 2, settings);
    }
    let doubled = FixedPointSettings {
        log2_points: settings.log2_points + 1,
        ..settings.clone()
    };
    find_at(model, Origin::Neighbour(&state), 0, &doubled)
}

/// Searches the solution that is continued from stronger signals: damped iteration may leave the domain although there is a solution,
/// because it is unstable around it. `None` where the solution is lost on the way, or is nowhere found.
///
/// # Errors
/// As [`solve`].
pub fn find_weakened(model: &Model, settings: &FixedPointSettings) -> Result<Option<Solution>> {
    for mut factor in STRONGER {
        // Beyond the largest strength there is no model.
        let Ok(strong) = model.with_strength(factor) else {
            break;
        };
        let begun = find(&strong, Origin::Start(&Start::Planted), settings)?;
        let Ok(point) = begun.fixed_point() else {
            continue;
        };
        let (mut state, mut step) = (point.state(), LARGEST_STEP);
        while factor > 1.0 {
            let next = (factor * (1.0 - step)).max(1.0);
            let solution = find(
                &model.with_strength(next)?,
                Origin::Neighbour(&state),
                settings,
            )?;
            match solution.fixed_point() {
                Ok(_) if next == 1.0 => return Ok(Some(solution)),
                Ok(point) => (factor, state) = (next, point.state()),
                Err(_) if step > 0.1 * LARGEST_STEP => step *= 0.5,
                Err(_) => return Ok(None),
            }
        }
    }
    Ok(None)
}

fn find_at(
    model: &Model,
    origin: Origin,
    level: u32,
    settings: &FixedPointSettings,
) -> Result<Solution> {
    settings.validate()?;
    if model.units() > 1 && decouples(model) {
        return find_decoupled(model, origin, level, settings);
    }
    let mut search = Search::new(model, settings).at_level(level);
    match origin {
        Origin::Start(start) => {
            let units = model.units();
            let state = State {
                order: start.order_parameters(model)?,
                v: Matrix::zeros(units, units),
            };
            Ok(search.run(start.name(), state))
        }
        Origin::Neighbour(state) => {
            state.order.require_shape(model.signals(), model.units())?;
            Ok(search.branch("continued", state.clone()))
        }
    }
}

/// The joint solution from the scalar problems of the units.
fn find_decoupled(
    model: &Model,
    origin: Origin,
    level: u32,
    settings: &FixedPointSettings,
) -> Result<Solution> {
    let strongest = model.strongest_signals();
    let mut units = Vec::new();
    for unit in 0..model.units() {
        let signal = strongest.get(unit).copied();
        let scalar = unit_model(model, signal)?;
        let solution = match origin {
            Origin::Start(start) => {
                let mut order = start.order_parameters(&scalar)?;
                if signal.is_none() {
                    order.m.fill(0.0);
                }
                solve(&scalar, &Start::Given(order), settings)?
            }
            Origin::Neighbour(state) => {
                let own = |matrix: &Matrix| Matrix::from_element(1, 1, matrix[(unit, unit)]);
                let overlap = signal.map_or(0.0, |signal| state.order.m[(signal, unit)]);
                let state = State {
                    order: OrderParameters {
                        m: Matrix::from_element(1, 1, overlap),
                        q: own(&state.order.q),
                    },
                    v: own(&state.v),
                };
                find_at(&scalar, Origin::Neighbour(&state), level, settings)?
            }
        };
        units.push(UnitSolution { signal, solution });
    }
    let name = match origin {
        Origin::Start(start) => start.name(),
        Origin::Neighbour(_) => "continued",
    };
    Ok(join(model, name, &units, settings))
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
