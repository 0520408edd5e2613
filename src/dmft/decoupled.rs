//! Dynamics that decouples: independent units that each see one signal of their own, from a start
//! that pairs them.
//!
//! Then `Q_ab`, `Σ_ab`, `B_ab`, `C_ab` vanish for `a ≠ b` at all times (by the symmetry of each
//! unit's law), and every unit is a scalar problem: fewer dimensions to sample, and no error in the
//! entries that vanish.

use super::randomisation;
use super::settings::DmftSettings;
use super::start::DmftStart;
use super::trajectory::DmftTrajectory;
use crate::error::Result;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::order_parameters::OrderParameters;
use crate::theory::decoupled::{decouples, scalar_model};

/// One unit's scalar problem.
pub(super) struct UnitProblem {
    signal: Option<usize>,
    /// One unit, one signal.
    pub model: Model,
    /// Its start.
    pub start: DmftStart,
}

/// The scalar problems of a model and a start, one for each unit; `None` where they are coupled, or
/// where there is only one.
///
/// # Errors
/// As [`Model::new`].
pub(super) fn units(model: &Model, start: &DmftStart) -> Result<Option<Vec<UnitProblem>>> {
    let (m, q) = (&start.order.m, &start.order.q);
    let k = model.units();
    let diagonal = (0..k).all(|a| (0..a).all(|b| q[(a, b)] == 0.0));
    let lone = |count: usize| count <= 1;
    let paired = m
        .row_iter()
        .all(|row| lone(row.iter().filter(|x| **x != 0.0).count()))
        && m.column_iter()
            .all(|column| lone(column.iter().filter(|x| **x != 0.0).count()));
    // Power iterations turn a start without overlap towards the signals that no unit has.
    if k == 1 || !(decouples(model) && diagonal && paired && start.power == 0) {
        return Ok(None);
    }
    (0..k)
        .map(|unit| {
            let signal = (0..model.signals()).find(|&a| m[(a, unit)] != 0.0);
            // A unit without overlap never feels a signal, whatever its strength.
            let strength = model.lambda()[signal.unwrap_or(0)];
            let overlap = signal.map_or(0.0, |a| m[(a, unit)]);
            Ok(UnitProblem {
                signal,
                model: scalar_model(model, strength)?,
                start: DmftStart::new(OrderParameters {
                    m: Matrix::from_element(1, 1, overlap),
                    q: Matrix::from_element(1, 1, q[(unit, unit)]),
                }),
            })
        })
        .collect::<Result<_>>()
        .map(Some)
}

/// One randomisation of every unit, put together.
pub(super) fn run(
    model: &Model,
    problems: &[UnitProblem],
    settings: &DmftSettings,
    streams: Streams,
) -> DmftTrajectory {
    let runs: Vec<DmftTrajectory> = problems
        .iter()
        .enumerate()
        .map(|(unit, problem)| {
            let streams = streams.cell(unit as u64);
            randomisation::run(&problem.model, &problem.start, settings, streams)
        })
        .collect();
    let shortest = |of: &dyn Fn(&DmftTrajectory) -> usize| runs.iter().map(of).min().unwrap_or(0);
    let diagonal = |entry: &dyn Fn(&DmftTrajectory) -> f64| {
        let values: Vec<f64> = runs.iter().map(entry).collect();
        Matrix::from_diagonal(&nalgebra::DVector::from_vec(values))
    };
    let two_times = |of: &dyn Fn(&DmftTrajectory) -> &Vec<Vec<Matrix>>| -> Vec<Vec<Matrix>> {
        (0..shortest(&|run| of(run).len()))
            .map(|t| {
                (0..of(&runs[0])[t].len())
                    .map(|s| diagonal(&|run| of(run)[t][s][0]))
                    .collect()
            })
            .collect()
    };
    let orders = (0..shortest(&|run| run.orders.len()))
        .map(|t| {
            let mut m = Matrix::zeros(model.signals(), model.units());
            for (unit, (problem, run)) in problems.iter().zip(&runs).enumerate() {
                if let Some(signal) = problem.signal {
                    m[(signal, unit)] = run.orders[t].m[0];
                }
            }
            OrderParameters {
                m,
                q: diagonal(&|run| run.orders[t].q[0]),
            }
        })
        .collect();
    let moved = |t: usize| {
        let squares: f64 = runs.iter().map(|run| run.moves[t].powi(2)).sum();
        (squares / runs.len() as f64).sqrt()
    };
    DmftTrajectory {
        orders,
        moves: (0..shortest(&|run| run.moves.len())).map(moved).collect(),
        q: two_times(&|run| &run.q),
        sigma: two_times(&|run| &run.sigma),
        b: two_times(&|run| &run.b),
        c: two_times(&|run| &run.c),
        departure: runs
            .iter()
            .filter_map(|run| run.departure)
            .min_by_key(|departure| departure.time()),
    }
}
