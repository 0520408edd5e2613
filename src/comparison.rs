//! Theory beside simulation: differences in standard errors.

use crate::ensemble::{Estimate, estimates};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::{OrderParameters, UnitSymmetry};
use crate::record::RecordedRun;
use crate::theory::Trajectory;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// One compared number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Iteration, or `None` for the end of the runs.
    pub iteration: Option<usize>,
    /// Name of the quantity, as `M_11`.
    pub quantity: String,
    /// Prediction for `d → ∞`.
    pub theory: f64,
    /// Mean and standard error of the simulation.
    pub simulation: Estimate,
    /// `(simulation − theory)` in standard errors.
    pub deviation: f64,
    /// Two-sided probability of a deviation at least this large under Student's law with `instances − 1` degrees of freedom.
    pub p_value: f64,
}

impl Row {
    fn new(
        iteration: Option<usize>,
        quantity: String,
        theory: f64,
        simulation: Estimate,
    ) -> Option<Self> {
        let error = simulation.standard_error?;
        let difference = simulation.mean - theory;
        // A number without spread (the overlap of a start that is met exactly) agrees if it is the same up to rounding.
        let rounding = 1e-12 * theory.abs().max(1.0);
        let deviation = if difference.abs() <= rounding {
            0.0
        } else {
            difference / error
        };
        let law = StudentsT::new(0.0, 1.0, (simulation.count - 1) as f64).ok()?;
        Some(Self {
            iteration,
            quantity,
            theory,
            simulation,
            deviation,
            p_value: 2.0 * law.sf(deviation.abs()),
        })
    }

    /// The deviation as a number of standard deviations of a normal law with the same probability: a few instances give
    /// Student's heavy tails, and four of their standard errors are no rare event.
    pub fn normal_deviation(&self) -> f64 {
        Normal::standard()
            .inverse_cdf(1.0 - 0.5 * self.p_value)
            .abs()
    }

    /// Whether theory lies within `sigmas` standard deviations in this sense.
    pub fn agrees(&self, sigmas: f64) -> bool {
        self.normal_deviation() <= sigmas
    }
}

/// A prediction for the end of the runs.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// Overlaps, units aligned.
    pub order: OrderParameters,
    /// Objective per visible unit, where the prediction has one.
    pub log_likelihood: Option<f64>,
    /// Whether only the overlaps `ζ` are predicted (the spectral method has no scale).
    pub directions_only: bool,
}

/// Compares the ends of the runs with a prediction. Runs without usable weights take no part: the caller shows their number.
///
/// # Errors
/// Fewer than two usable runs: there is no standard error.
pub fn compare_ends(
    model: &Model,
    runs: &[RecordedRun],
    prediction: &Prediction,
) -> Result<Vec<Row>> {
    let symmetry = if prediction.directions_only {
        UnitSymmetry::FULL
    } else {
        model.hidden().symmetry()
    };
    let ends: Vec<OrderParameters> = runs
        .iter()
        .filter_map(RecordedRun::last)
        .map(|order| order.aligned(symmetry))
        .collect();
    require_two(ends.len())?;
    // The matched overlaps decide. Elsewhere theory mostly has 0, and a finite system |noise|/√d with a random sign.
    let order = &prediction.order;
    let pairs = order.matching();
    let zeta: Vec<Matrix> = ends.iter().map(OrderParameters::overlaps).collect();
    let matched = |a, b| pairs.contains(&(a, b));
    let mut rows = matrix_rows(None, "ζ", &order.overlaps(), &zeta, matched);
    if prediction.directions_only {
        return Ok(rows);
    }
    let (m, q): (Vec<Matrix>, Vec<Matrix>) =
        ends.into_iter().map(|order| (order.m, order.q)).unzip();
    let present = |entry: f64| entry.abs() > 1e-3;
    rows.extend(matrix_rows(None, "M", &order.m, &m, |a, b| {
        matched(a, b) || present(order.m[(a, b)])
    }));
    rows.extend(matrix_rows(None, "Q", &order.q, &q, |a, b| {
        a == b || (a < b && present(order.q[(a, b)]))
    }));
    let likelihoods: Vec<f64> = runs.iter().filter_map(|run| run.log_likelihood).collect();
    if let (Some(theory), Some(simulation)) =
        (prediction.log_likelihood, Estimate::of(&likelihoods))
    {
        rows.extend(Row::new(None, "ℓ".into(), theory, simulation));
    }
    Ok(rows)
}

/// Compares every entry of `M` and `Q` along the iterations with state evolution, up to the shortest run.
///
/// # Errors
/// Fewer than two runs.
pub fn compare_trajectories(runs: &[RecordedRun], theory: &Trajectory) -> Result<Vec<Row>> {
    require_two(runs.len())?;
    let shortest = runs
        .iter()
        .map(|run| run.trajectory.len())
        .min()
        .unwrap_or(0);
    let mut rows = Vec::new();
    for (t, state) in theory.states.iter().enumerate().take(shortest) {
        let (m, q): (Vec<Matrix>, Vec<Matrix>) = runs
            .iter()
            .filter_map(|run| run.order(t))
            .map(|order| (order.m, order.q))
            .unzip();
        rows.extend(matrix_rows(Some(t), "M", &state.order.m, &m, |_, _| true));
        // Q is symmetric: its upper triangle says everything.
        rows.extend(matrix_rows(Some(t), "Q", &state.order.q, &q, |a, b| a <= b));
    }
    Ok(rows)
}

fn require_two(runs: usize) -> Result<()> {
    if runs >= 2 {
        return Ok(());
    }
    let allowed = "at least 2 usable runs are needed for a standard error";
    Err(Error::invalid(
        "instances",
        format!("{runs} usable runs"),
        allowed,
    ))
}

fn matrix_rows(
    iteration: Option<usize>,
    name: &str,
    theory: &Matrix,
    simulated: &[Matrix],
    keep: impl Fn(usize, usize) -> bool,
) -> Vec<Row> {
    estimates(simulated)
        .into_iter()
        .filter(|((a, b), _)| keep(*a, *b))
        .filter_map(|((a, b), estimate)| {
            let quantity = format!("{name}_{}{}", a + 1, b + 1);
            Row::new(iteration, quantity, theory[(a, b)], estimate)
        })
        .collect()
}
