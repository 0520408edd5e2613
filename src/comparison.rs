//! Theory beside simulation: differences in standard errors.

use crate::dmft::DmftPrediction;
use crate::ensemble::{Estimate, estimates};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
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
    /// Its standard error, where it was sampled.
    pub theory_error: Option<f64>,
    /// Mean and standard error of the simulation.
    pub simulation: Estimate,
    /// `(simulation − theory)` in standard errors, combined where both have one.
    pub deviation: f64,
    /// Two-sided probability of a deviation at least this large under Student's law with `instances − 1` degrees of freedom
    /// (Welch's number of them where theory has a standard error too).
    pub p_value: f64,
}

impl Row {
    fn new(
        iteration: Option<usize>,
        quantity: String,
        theory: Estimate,
        simulation: Estimate,
    ) -> Option<Self> {
        let own = simulation.standard_error?;
        let theory_error = theory.standard_error;
        let error = own.hypot(theory_error.unwrap_or(0.0));
        let theory_count = theory.count;
        let theory = theory.mean;
        let difference = simulation.mean - theory;
        // A number without spread (the overlap of a start that is met exactly) agrees if it is the same up to rounding.
        let rounding = 1e-12 * theory.abs().max(1.0);
        let deviation = if difference.abs() <= rounding {
            0.0
        } else {
            difference / error
        };
        let freedom = match theory_error {
            Some(other) if error > 0.0 => {
                let part = |error: f64, count: usize| error.powi(4) / (count - 1) as f64;
                error.powi(4) / (part(own, simulation.count) + part(other, theory_count))
            }
            _ => (simulation.count - 1) as f64,
        };
        let law = StudentsT::new(0.0, 1.0, freedom).ok()?;
        Some(Self {
            iteration,
            quantity,
            theory,
            theory_error,
            simulation,
            deviation,
            p_value: 2.0 * law.sf(deviation.abs()),
        })
    }

    /// The deviation as a number of standard deviations of a normal law with the same probability: a few instances give
    /// Student's heavy tails, and four of their standard errors are no rare event.
    pub fn normal_deviation(&self) -> f64 {
        // From the lower tail: 1 − p/2 would round to 1 for small p.
        Normal::standard().inverse_cdf(0.5 * self.p_value).abs()
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
    let symmetry = match prediction.directions_only {
        true => model.symmetry().of_directions(model.units()),
        false => model.symmetry(),
    };
    let ends: Vec<OrderParameters> = runs
        .iter()
        .filter_map(RecordedRun::last)
        .map(|order| symmetry.align(&order, &prediction.order).order)
        .collect();
    require_two(ends.len())?;
    // The matched overlaps decide. Elsewhere theory mostly has 0, and a finite system |noise|/√d with a random sign.
    let order = &prediction.order;
    let pairs = order.matching();
    let zeta: Vec<Matrix> = ends.iter().map(OrderParameters::overlaps).collect();
    let matched = |a, b| pairs.contains(&(a, b));
    let mut rows = matrix_rows(None, "ζ", (&order.overlaps()).into(), &zeta, matched);
    if prediction.directions_only {
        return Ok(rows);
    }
    let (m, q): (Vec<Matrix>, Vec<Matrix>) =
        ends.into_iter().map(|order| (order.m, order.q)).unzip();
    let present = |entry: f64| entry.abs() > 1e-3;
    rows.extend(matrix_rows(None, "M", (&order.m).into(), &m, |a, b| {
        matched(a, b) || present(order.m[(a, b)])
    }));
    rows.extend(matrix_rows(None, "Q", (&order.q).into(), &q, |a, b| {
        a == b || (a < b && present(order.q[(a, b)]))
    }));
    let likelihoods: Vec<f64> = runs.iter().filter_map(|run| run.log_likelihood).collect();
    if let (Some(theory), Some(simulation)) =
        (prediction.log_likelihood, Estimate::of(&likelihoods))
    {
        let theory = Estimate {
            mean: theory,
            standard_error: None,
            count: 1,
        };
        rows.extend(Row::new(None, "ℓ".into(), theory, simulation));
    }
    Ok(rows)
}

/// Order parameters of the theory at one iteration.
#[derive(Debug, Clone)]
pub struct Predicted {
    /// The prediction.
    pub order: OrderParameters,
    /// Standard errors of its entries and the number of randomisations behind them, where it was sampled.
    pub error: Option<(OrderParameters, usize)>,
}

impl Predicted {
    /// The states of state evolution, which have no standard error.
    pub fn of_trajectory(theory: &Trajectory) -> Vec<Self> {
        theory
            .states
            .iter()
            .map(|state| Self {
                order: state.order.clone(),
                error: None,
            })
            .collect()
    }

    /// The times of dynamical mean-field theory.
    pub fn of_dynamics(theory: &DmftPrediction) -> Vec<Self> {
        (0..theory.times())
            .map_while(|t| {
                let (m, q) = (theory.m(t)?, theory.q(t)?);
                let errors = m.standard_error.zip(q.standard_error);
                Some(Self {
                    order: OrderParameters {
                        m: m.mean,
                        q: q.mean,
                    },
                    error: errors.map(|(m, q)| (OrderParameters { m, q }, theory.runs().len())),
                })
            })
            .collect()
    }

    fn parts(&self) -> (Matrices<'_>, Matrices<'_>) {
        let (m, q, count) = match &self.error {
            Some((error, count)) => (Some(&error.m), Some(&error.q), *count),
            None => (None, None, 1),
        };
        let with = |mean, error| Matrices { mean, error, count };
        (with(&self.order.m, m), with(&self.order.q, q))
    }
}

/// A predicted matrix.
#[derive(Clone, Copy)]
struct Matrices<'a> {
    mean: &'a Matrix,
    error: Option<&'a Matrix>,
    count: usize,
}

impl Matrices<'_> {
    fn at(&self, at: (usize, usize)) -> Estimate {
        Estimate {
            mean: self.mean[at],
            standard_error: self.error.map(|error| error[at]),
            count: self.count,
        }
    }
}

impl<'a> From<&'a Matrix> for Matrices<'a> {
    fn from(mean: &'a Matrix) -> Self {
        Self {
            mean,
            error: None,
            count: 1,
        }
    }
}

/// Compares every entry of `M` and `Q` along the iterations with theory, up to the shortest run.
///
/// # Errors
/// Fewer than two runs.
pub fn compare_trajectories(runs: &[RecordedRun], theory: &[Predicted]) -> Result<Vec<Row>> {
    require_two(runs.len())?;
    let shortest = runs
        .iter()
        .map(|run| run.trajectory.len())
        .min()
        .unwrap_or(0);
    let mut rows = Vec::new();
    for (t, state) in theory.iter().enumerate().take(shortest) {
        let (m, q): (Vec<Matrix>, Vec<Matrix>) = runs
            .iter()
            .filter_map(|run| run.order(t))
            .map(|order| (order.m, order.q))
            .unzip();
        let (predicted_m, predicted_q) = state.parts();
        rows.extend(matrix_rows(Some(t), "M", predicted_m, &m, |_, _| true));
        // Q is symmetric: its upper triangle says everything.
        rows.extend(matrix_rows(Some(t), "Q", predicted_q, &q, |a, b| a <= b));
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
    theory: Matrices<'_>,
    simulated: &[Matrix],
    keep: impl Fn(usize, usize) -> bool,
) -> Vec<Row> {
    estimates(simulated)
        .into_iter()
        .filter(|((a, b), _)| keep(*a, *b))
        .filter_map(|((a, b), estimate)| {
            let quantity = format!("{name}_{}{}", a + 1, b + 1);
            Row::new(iteration, quantity, theory.at((a, b)), estimate)
        })
        .collect()
}
