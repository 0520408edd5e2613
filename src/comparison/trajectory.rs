//! Every iteration of the runs against theory.

use super::row::{every, matrix_rows, upper};
use super::{Comparison, Predicted, require_two};
use crate::error::Result;
use crate::numerics::Matrix;
use crate::quantity::Quantity;
use crate::record::RecordedRun;

/// Compares every entry of `M` and of the upper triangle of `Q` along the iterations with theory,
/// up to the shortest run.
///
/// # Errors
/// Fewer than two runs.
pub fn compare_trajectories(runs: &[RecordedRun], theory: &[Predicted]) -> Result<Comparison> {
    require_two(runs.len())?;
    let lengths = runs.iter().map(|run| run.trajectory.len());
    let shortest = lengths.min().unwrap_or(0);
    let mut rows = Vec::new();
    for (t, state) in theory.iter().enumerate().take(shortest) {
        let (m, q): (Vec<Matrix>, Vec<Matrix>) = runs
            .iter()
            .filter_map(|run| run.order(t))
            .map(|order| (order.m, order.q))
            .unzip();
        let order = &state.order;
        let (signals, units) = order.m.shape();
        let entries = every(signals, units);
        let entries = entries.map(|at| (at, Quantity::M, order.scale_of_m(at)));
        let predicted = |at| state.estimate(|order| &order.m, at);
        rows.extend(matrix_rows(Some(t), entries, predicted, &m));
        let entries = upper(units);
        let entries = entries.map(|at| (at, Quantity::Q, order.scale_of_q(at)));
        let predicted = |at| state.estimate(|order| &order.q, at);
        rows.extend(matrix_rows(Some(t), entries, predicted, &q));
    }
    Ok(Comparison {
        rows,
        instances: runs.iter().map(|run| run.instance).collect(),
        failed: runs.iter().filter(|run| !run.outcome.has_weights()).count(),
        complete: shortest <= theory.len(),
        endings: Vec::new(),
    })
}
