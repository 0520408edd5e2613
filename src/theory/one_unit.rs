//! The scalar problem of one unit, where units decouple: with what it begins, and its search.

use super::elsewhere::from_elsewhere;
use super::fixed_point::Solution;
use super::search::Search;
use super::settings::FixedPointSettings;
use super::state_evolution::State;
use crate::error::Result;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use crate::start::Start;

/// What a unit's scalar problem begins with.
pub(super) enum UnitBegin {
    Order(OrderParameters),
    Neighbour(State),
}

/// A scalar problem from a start, continued from elsewhere where iteration fails.
pub(super) fn single(
    model: &Model,
    order: OrderParameters,
    level: u32,
    settings: &FixedPointSettings,
) -> Result<Solution> {
    let v = Matrix::zeros(1, 1);
    let state = State {
        order: order.clone(),
        v,
    };
    let solution = Search::new(model, settings)
        .at_level(level)
        .run("unit", state);
    if solution.fixed_point().is_ok() {
        return Ok(solution);
    }
    match from_elsewhere(model, &order, settings, &|_| ())? {
        Some((label, state)) => Ok(Search::new(model, settings).branch(label, state)),
        None => Ok(solution),
    }
}

/// The overlaps with which a unit's scalar problem begins.
pub(super) fn unit_start(
    start: &Start,
    order: &OrderParameters,
    pairs: &[Option<usize>],
    unit: usize,
    scalar: &Model,
) -> Result<UnitBegin> {
    let own = match start {
        Start::Planted | Start::Weak => {
            let mut own = start.order_parameters(scalar)?;
            if pairs[unit].is_none() {
                own.m.fill(0.0);
            }
            own
        }
        _ => OrderParameters {
            m: Matrix::from_element(1, 1, pairs[unit].map_or(0.0, |a| order.m[(a, unit)])),
            q: Matrix::from_element(1, 1, order.q[(unit, unit)]),
        },
    };
    Ok(UnitBegin::Order(own))
}

/// The state of one unit alone.
pub(super) fn unit_state(state: &State, pairs: &[Option<usize>], unit: usize) -> State {
    let one = |value: f64| Matrix::from_element(1, 1, value);
    State {
        order: OrderParameters {
            m: one(pairs[unit].map_or(0.0, |a| state.order.m[(a, unit)])),
            q: one(state.order.q[(unit, unit)]),
        },
        v: one(state.v[(unit, unit)]),
    }
}
