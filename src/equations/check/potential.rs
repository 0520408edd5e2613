//! Checks of a potential: its equations against `Φ`, its fixed points, state evolution.

use super::{Check, DERIVATIVE_LIMIT, difference, nan_max, relative};
use crate::definitions::{OrderParameter, PotentialDefinition};
use crate::error::Result;
use crate::hidden::HiddenUnits;
use crate::model::Model;
use crate::potential::{PotentialSettings, Saddle, solve};
use crate::start::Start;
use crate::theory::{FixedPointSettings, Starts, find};

pub(super) fn check(potential: &PotentialDefinition) -> Result<Vec<Check>> {
    let saddle = Saddle::new(potential)?;
    let solutions = solve(potential, &PotentialSettings::default())?;
    let found: Vec<_> = solutions
        .iter()
        .filter_map(|solution| solution.point().ok())
        .collect();
    let places: Vec<Vec<f64>> = found.iter().map(|point| point.x.clone()).collect();
    // Near the stationary points but not at them, inside of the domain.
    let beside: Vec<Vec<f64>> = places.iter().map(|x| moved_inside(potential, x)).collect();
    let worst = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, nan_max);
    let check = |name, measured, limit, detail: String| Check {
        definition: potential.name.clone(),
        name,
        measured,
        limit,
        detail,
    };
    let plain = |name, measured, limit| check(name, measured, limit, String::new());
    let mut checks = vec![
        check(
            "stationary points found (1 is missing where 0)",
            if found.is_empty() { 1.0 } else { 0.0 },
            0.0,
            format!(
                "{} stationary point(s); {} search(es) without one",
                found.len(),
                solutions.len() - found.len()
            ),
        ),
        plain(
            "residual at stationary points",
            worst(&mut found.iter().map(|point| point.residual)),
            1e-12,
        ),
        plain(
            "quadrature error",
            worst(&mut found.iter().map(|point| point.quadrature_error)),
            1e-10,
        ),
        plain(
            "equations against differences of Φ",
            worst(&mut beside.iter().map(|x| gradient_deviation(&saddle, x))),
            DERIVATIVE_LIMIT,
        ),
        plain(
            "Jacobian against differences of the equations",
            worst(&mut beside.iter().map(|x| jacobian_deviation(&saddle, x))),
            DERIVATIVE_LIMIT,
        ),
    ];
    if potential.agrees_with_state_evolution {
        let (measured, detail) = state_evolution_deviation(potential, &places)?;
        let name = "fixed point against state evolution";
        checks.push(check(name, measured, 1e-8, detail));
    }
    Ok(checks)
}

/// `x` moved by a few percent, towards the middle of bounded domains.
fn moved_inside(potential: &PotentialDefinition, x: &[f64]) -> Vec<f64> {
    let entry = |(x, order): (&f64, &OrderParameter)| {
        let domain = order.domain;
        let middle = 0.5 * (domain.low + domain.high);
        if middle.is_finite() {
            x + 0.07 * (middle - x)
        } else {
            1.03 * x + 0.02
        }
    };
    x.iter()
        .zip(&potential.order_parameters)
        .map(entry)
        .collect()
}

/// Refinement level of these comparisons: fine enough for any built-in potential.
const LEVEL: u32 = 6;

fn along(x: &[f64], axis: usize, value: impl Fn(&[f64]) -> f64) -> f64 {
    let at = |t: f64| {
        let mut moved = x.to_vec();
        moved[axis] += t;
        value(&moved)
    };
    difference(at, 0.0, 1.0)
}

fn gradient_deviation(saddle: &Saddle, x: &[f64]) -> f64 {
    let Ok(equations) = saddle.equations(x, LEVEL) else {
        return f64::NAN;
    };
    let deviation = |index: usize| {
        let (axis, coupling) = saddle
            .coupling()
            .map_or((index, 1.0), |partners| partners[index]);
        // Where the coupling vanishes at these parameters, Φ says nothing of this equation.
        if coupling == 0.0 {
            return 0.0;
        }
        let slope = along(x, axis, |x| saddle.value(x, LEVEL).unwrap_or(f64::NAN));
        relative(slope, coupling * equations[index])
    };
    (0..x.len()).map(deviation).fold(0.0, nan_max)
}

fn jacobian_deviation(saddle: &Saddle, x: &[f64]) -> f64 {
    let Ok(jacobian) = saddle.jacobian(x, LEVEL) else {
        return f64::NAN;
    };
    let deviation = |index: usize| {
        let (row, column) = (index / x.len(), index % x.len());
        let entry = |x: &[f64]| {
            saddle
                .equations(x, LEVEL)
                .map_or(f64::NAN, |equations| equations[row])
        };
        relative(along(x, column, entry), jacobian[(row, column)])
    };
    (0..x.len() * x.len()).map(deviation).fold(0.0, nan_max)
}

/// Smallest distance of a stationary point `(M, Q, V)` from the planted fixed point of state
/// evolution.
fn state_evolution_deviation(
    potential: &PotentialDefinition,
    points: &[Vec<f64>],
) -> Result<(f64, String)> {
    let value = |name: &str| potential.values.get(name).copied().unwrap_or(f64::NAN);
    let hidden = HiddenUnits::new(potential.priors["hidden"].hidden_law()?, 1, &[])?;
    let signal = potential.priors["signal"].signal_law()?;
    let model = Model::new(
        value("alpha"),
        &[value("lambda")],
        hidden,
        signal.clone(),
        signal,
    )?;
    let starts = [Start::Planted];
    let found = find(
        &model,
        Starts::Only(&starts),
        &FixedPointSettings::default(),
    )?;
    let point = match found.answer() {
        Ok(point) => point,
        Err(outcome) => return Ok((f64::NAN, format!("state evolution: {outcome}"))),
    };
    let order = &point.order;
    let expected = [order.m[(0, 0)], order.q[(0, 0)], point.k[(0, 0)]];
    let distance = |x: &Vec<f64>| {
        let entries = x.iter().zip(expected);
        entries
            .map(|(x, expected)| (x.abs() - expected.abs()).abs())
            .fold(0.0, nan_max)
    };
    let nearest = points.iter().map(distance).fold(f64::INFINITY, f64::min);
    let detail = format!(
        "α = {}, λ = {}, from the planted start",
        value("alpha"),
        value("lambda")
    );
    Ok((nearest, detail))
}
