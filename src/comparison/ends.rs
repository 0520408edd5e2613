//! The ends of the runs against the predicted solution.

use super::row::{Row, every, exact, matrix_rows, upper};
use super::{Comparison, Prediction, endings, require_two};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use crate::quantity::Quantity;
use crate::record::RecordedRun;

/// Overlaps predicted below this many `1/√d` are compared with their sign: `|M_ab|` of a run is as
/// large as its noise there.
pub const CLEAR: f64 = 5.0;

/// Compares the ends of the runs with the first of `predictions`; the others are further solutions
/// of the theory at which runs may end. Rows are `ζ_ab` where it is predicted above `5/√d` (below,
/// `M_ab` alone says what it says, without the bias of an absolute value), `M_ab`, the upper
/// triangle of `Q`, and `ℓ`. Runs without usable weights take no part.
///
/// # Errors
/// No prediction, or fewer than two usable runs: there is no standard error.
pub fn compare_ends(
    model: &Model,
    d: usize,
    runs: &[RecordedRun],
    predictions: &[Prediction],
) -> Result<Comparison> {
    let Some(prediction) = predictions.first() else {
        let allowed = "there is nothing to compare with";
        return Err(Error::invalid("predictions", "empty", allowed));
    };
    let usable: Vec<&RecordedRun> = runs.iter().filter(|run| run.last().is_some()).collect();
    require_two(usable.len())?;
    let ends = aligned(model, &usable, prediction);
    let noise = 1.0 / (d as f64).sqrt();
    let mut rows = if prediction.directions_only {
        direction_rows(&prediction.order.directions(), &ends, CLEAR * noise)
    } else {
        order_rows(&prediction.order, &ends, CLEAR * noise)
    };
    let likelihoods: Vec<f64> = usable.iter().filter_map(|run| run.log_likelihood).collect();
    if let Some(theory) = prediction.log_likelihood {
        let scale = theory.abs().max(1.0);
        let whole = likelihoods.len() == usable.len();
        let row = Row::new(
            None,
            Quantity::LogLikelihood.into(),
            exact(theory),
            likelihoods,
            scale,
        );
        rows.extend(row.filter(|_| whole));
    }
    Ok(Comparison {
        rows,
        instances: usable.iter().map(|run| run.instance).collect(),
        failed: runs.len() - usable.len(),
        complete: true,
        endings: endings(model, d, &usable, predictions),
    })
}

/// The ends of the runs, aligned to the prediction.
fn aligned(model: &Model, runs: &[&RecordedRun], prediction: &Prediction) -> Vec<OrderParameters> {
    let ends = runs.iter().filter_map(|run| run.last());
    if prediction.directions_only {
        let symmetry = model.symmetry().of_directions(model.units());
        let reference = prediction.order.directions();
        return ends
            .map(|order| symmetry.align(&order.directions(), &reference).order)
            .collect();
    }
    let symmetry = model.symmetry();
    ends.map(|order| symmetry.align(&order, &prediction.order).order)
        .collect()
}

fn order_rows(theory: &OrderParameters, ends: &[OrderParameters], clear: f64) -> Vec<Row> {
    let (signals, units) = theory.m.shape();
    let mut rows = overlap_rows(theory, ends, clear);
    let (m, q): (Vec<Matrix>, Vec<Matrix>) = ends
        .iter()
        .map(|order| (order.m.clone(), order.q.clone()))
        .unzip();
    let entries = every(signals, units);
    let entries = entries.map(|at| (at, Quantity::M, theory.scale_of_m(at)));
    rows.extend(matrix_rows(None, entries, |at| exact(theory.m[at]), &m));
    let entries = upper(units);
    let entries = entries.map(|at| (at, Quantity::Q, theory.scale_of_q(at)));
    rows.extend(matrix_rows(None, entries, |at| exact(theory.q[at]), &q));
    rows
}

/// `ζ` where it is clear, and elsewhere the same with its sign.
fn direction_rows(theory: &OrderParameters, ends: &[OrderParameters], clear: f64) -> Vec<Row> {
    let (signals, units) = theory.m.shape();
    let mut rows = overlap_rows(theory, ends, clear);
    let m: Vec<Matrix> = ends.iter().map(|order| order.m.clone()).collect();
    let entries = every(signals, units)
        .filter(|&at| theory.m[at].abs() < clear)
        .map(|at| (at, Quantity::Direction, 1.0));
    rows.extend(matrix_rows(None, entries, |at| exact(theory.m[at]), &m));
    rows
}

fn overlap_rows(theory: &OrderParameters, ends: &[OrderParameters], clear: f64) -> Vec<Row> {
    let (signals, units) = theory.m.shape();
    let predicted = theory.overlaps();
    let zeta: Vec<Matrix> = ends.iter().map(OrderParameters::overlaps).collect();
    let entries = every(signals, units)
        .filter(|&at| predicted[at] >= clear)
        .map(|at| (at, Quantity::Zeta, 1.0));
    matrix_rows(None, entries, |at| exact(predicted[at]), &zeta)
}
