//! The learning curve of the linear RBM, mode by mode (decelle2017, Eqs. 6–8 and Fig. 1;
//! theory.md section 7).

use super::linear::LinearRbm;
use super::matrices::singular;
use super::require_times;
use crate::error::Result;
use crate::numerics::Matrix;
use crate::numerics::dormand_prince::{Control, DormandPrince, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a learning curve is integrated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlowSettings {
    /// Error of a step, relative to each weight and to the size of the start.
    pub tolerance: f64,
    /// Largest number of steps.
    pub max_steps: usize,
}

impl Default for FlowSettings {
    fn default() -> Self {
        Self {
            tolerance: 1e-10,
            max_steps: 200_000,
        }
    }
}

/// How a learning curve ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Ending {
    /// As long as was asked for.
    Complete,
    /// The weights are, or come, where `σ_v σ_h w < 1` does not hold and the RBM has no
    /// distribution.
    LeftDomain,
    /// The step became too small.
    StepUnderflow,
    /// The number of steps is used up.
    OutOfSteps,
    /// The singular values of the weights were not found.
    NoDecomposition,
}

/// The weights at one time. Modes have the same number at all times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlowState {
    /// Time: number of gradient steps times the learning rate.
    pub time: f64,
    /// Log-likelihood per sample, natural logarithm.
    pub log_likelihood: f64,
    /// Singular value `w_α` of each mode.
    pub singular_values: Vec<f64>,
    /// `|u^α · e_α|`: overlap of the visible vector of mode α with principal direction α.
    pub overlaps: Vec<f64>,
}

/// What is known of a mode at the end.
#[derive(Debug, Clone, PartialEq)]
pub struct ModeEnd {
    /// When its squared singular value first rose through half of the equilibrium of its
    /// direction, if it did.
    pub half_rise: Option<f64>,
    /// The principal direction (from 0) nearest to its visible vector in the last state, and their
    /// overlap.
    pub nearest: (usize, f64),
}

/// A learning curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// One state for each time that was reached.
    pub states: Vec<FlowState>,
    /// How it ended.
    pub ending: Ending,
    /// Why, in words, if not as asked for.
    pub explanation: Option<String>,
    /// The modes; nothing where there is no state.
    pub modes: Vec<ModeEnd>,
    /// Numbers of accepted and of rejected steps.
    pub steps: [usize; 2],
}

impl LinearRbm {
    /// The gradient flow `dW/dt = σ_h² (C − A^{-1}) W` (decelle2017, Eq. 6 for Gaussian units) from
    /// the weights `start` (N_v×N_h) at time 0, at rising times that are not negative.
    ///
    /// The weights themselves are integrated: the equations of singular values and vectors
    /// (decelle2017, Eqs. 7–8) are singular where two modes cross. A mode is followed from step to
    /// step by its vectors, so that modes may cross and keep their names; they are named at the
    /// end, the largest singular value first.
    ///
    /// # Errors
    /// Names `times` or `tolerance`, or weights of another shape. How the flow ends is part of the
    /// answer.
    pub fn flow(
        &self,
        start: &Matrix,
        times: &[f64],
        settings: &FlowSettings,
        watch: &dyn Fn(f64),
    ) -> Result<Flow> {
        require_times(times)?;
        crate::error::require_between("tolerance", settings.tolerance, 1e-14, 1e-2)?;
        let weights = self.turned(start)?;
        let mut recorder = Recorder::new(self);
        let mut steps = [0, 0];
        let end = self.integrate(weights, times, settings, watch, &mut recorder, &mut steps);
        let (ending, explanation) = match end {
            Ok(()) => (Ending::Complete, None),
            Err((ending, reason)) => (ending, Some(reason)),
        };
        let (states, modes) = recorder.named();
        Ok(Flow {
            states,
            ending,
            explanation,
            modes,
            steps,
        })
    }

    fn integrate(
        &self,
        weights: Matrix,
        times: &[f64],
        settings: &FlowSettings,
        watch: &dyn Fn(f64),
        recorder: &mut Recorder,
        steps: &mut [usize; 2],
    ) -> std::result::Result<(), (Ending, String)> {
        let (rows, columns) = self.shape();
        let size = weights.norm() / ((rows * columns) as f64).sqrt();
        let equation = |_: f64, state: &[f64], slope: &mut [f64]| {
            let weights = Matrix::from_column_slice(rows, columns, state);
            let gradient = self.gradient_in_frame(&weights);
            gradient
                .inspect(|gradient| slope.copy_from_slice(gradient.as_slice()))
                .is_some()
        };
        let control = Control {
            relative: settings.tolerance,
            absolute: settings.tolerance * size,
            max_steps: settings.max_steps,
        };
        let begin = weights.as_slice().to_vec();
        let mut solution = DormandPrince::new(equation, 0.0, begin, control).map_err(ended)?;
        recorder.step(&solution_at(&solution, rows, columns))?;
        let last = times.last().copied().unwrap_or(0.0);
        for &time in times {
            while solution.time() < time {
                let result = solution.step(time);
                *steps = solution.steps();
                result.map_err(ended)?;
                recorder.step(&solution_at(&solution, rows, columns))?;
                watch(solution.time() / last);
            }
            recorder.record(time, &solution_at(&solution, rows, columns).0)?;
        }
        Ok(())
    }
}

/// Weights, their slope, and the time.
type Point = (Matrix, Matrix, f64);

fn solution_at<E: crate::numerics::dormand_prince::Equation>(
    solution: &DormandPrince<E>,
    rows: usize,
    columns: usize,
) -> Point {
    let matrix = |values: &[f64]| Matrix::from_column_slice(rows, columns, values);
    (
        matrix(solution.state()),
        matrix(solution.slope()),
        solution.time(),
    )
}

fn ended(failure: Failure) -> (Ending, String) {
    let reason = match failure {
        Failure::Undefined { time } | Failure::LeftDomain { time } => {
            let reason = format!(
                "σ_v σ_h w reached 1 at t = {time}, where the RBM has no distribution: start from smaller weights, or choose smaller variances of the units"
            );
            return (Ending::LeftDomain, reason);
        }
        other => other.to_string(),
    };
    match failure {
        Failure::OutOfSteps { .. } => {
            let reason = format!(
                "{reason}: a direction with a large ratio of its variance to that of the visible units relaxes fast, ask for a shorter time or a larger tolerance"
            );
            (Ending::OutOfSteps, reason)
        }
        _ => (Ending::StepUnderflow, reason),
    }
}

/// A decomposition of the weights whose modes keep their places.
struct Modes {
    values: Vec<f64>,
    /// Visible vectors as columns, in the principal directions.
    visible: Matrix,
    /// Hidden vectors as columns.
    hidden: Matrix,
}

impl Modes {
    /// By falling singular value.
    fn of(weights: &Matrix) -> Option<Self> {
        let svd = singular(weights, [true, true])?;
        Some(Self {
            values: svd.singular_values.iter().copied().collect(),
            visible: svd.u?,
            hidden: svd.v_t?.transpose(),
        })
    }

    /// The same modes, in the places of those of a step before.
    fn after(self, before: &Self) -> Self {
        let overlap = |one: &Matrix, other: &Matrix| one.tr_mul(other).abs();
        let gain = overlap(&before.visible, &self.visible) + overlap(&before.hidden, &self.hidden);
        let places = assignment(&gain);
        Self {
            values: places.iter().map(|&at| self.values[at]).collect(),
            visible: self.visible.select_columns(&places),
            hidden: self.hidden.select_columns(&places),
        }
    }
}

/// A column for each row, the largest entries first; where every row has its largest entry in a
/// column of its own, these.
fn assignment(gain: &Matrix) -> Vec<usize> {
    let size = gain.nrows();
    let mut pairs: Vec<(usize, usize)> = (0..size)
        .flat_map(|row| (0..size).map(move |column| (row, column)))
        .collect();
    let mut places = vec![size; size];
    let mut taken = vec![false; size];
    pairs.sort_by(|a, b| gain[*b].total_cmp(&gain[*a]).then(a.cmp(b)));
    for (row, column) in pairs {
        if places[row] == size && !taken[column] {
            places[row] = column;
            taken[column] = true;
        }
    }
    places
}

/// Squared singular values and their slopes at a step.
struct Rise {
    time: f64,
    squares: Vec<[f64; 2]>,
}

/// Follows the modes, and keeps what was asked for.
struct Recorder<'a> {
    machine: &'a LinearRbm,
    modes: Option<Modes>,
    before: Option<Rise>,
    /// Half of the equilibrium of each direction that is learnt.
    halves: Vec<Option<f64>>,
    /// When each mode (row) rose through each half.
    crossings: Vec<Vec<Option<f64>>>,
    /// Time, likelihood, singular values, and all overlaps (direction, mode).
    states: Vec<(f64, f64, Vec<f64>, Matrix)>,
}

impl<'a> Recorder<'a> {
    fn new(machine: &'a LinearRbm) -> Self {
        let count = machine.modes();
        let leading = machine.eigenvalues().iter().take(count);
        let half = |&c: &f64| machine.equilibrium_of(c).map(|limit| 0.5 * limit);
        Self {
            machine,
            modes: None,
            before: None,
            halves: leading.map(half).collect(),
            crossings: vec![vec![None; count]; count],
            states: Vec::new(),
        }
    }

    /// Follows the modes to a step.
    fn step(
        &mut self,
        (weights, slope, time): &Point,
    ) -> std::result::Result<(), (Ending, String)> {
        let modes = Modes::of(weights).ok_or_else(|| {
            let reason = format!("the singular values at t = {time} were not found");
            (Ending::NoDecomposition, reason)
        })?;
        let modes = match &self.modes {
            Some(before) => modes.after(before),
            None => modes,
        };
        let turned = slope * &modes.hidden;
        let squares = modes.values.iter().enumerate().map(|(at, &value)| {
            let growth = modes.visible.column(at).dot(&turned.column(at));
            [value * value, 2.0 * value * growth]
        });
        let now = Rise {
            time: *time,
            squares: squares.collect(),
        };
        if let Some(before) = &self.before {
            for (row, (from, to)) in before.squares.iter().zip(&now.squares).enumerate() {
                for (found, half) in self.crossings[row].iter_mut().zip(&self.halves) {
                    if let (None, Some(half)) = (&found, half)
                        && from[0] < *half
                        && *half <= to[0]
                    {
                        *found = Some(crossing((before.time, *from), (now.time, *to), *half));
                    }
                }
            }
        }
        self.before = Some(now);
        self.modes = Some(modes);
        Ok(())
    }

    /// Keeps the state at a time that was asked for.
    fn record(&mut self, time: f64, weights: &Matrix) -> std::result::Result<(), (Ending, String)> {
        let (Some(modes), Some(log_likelihood)) =
            (&self.modes, self.machine.log_likelihood_in_frame(weights))
        else {
            return Err(ended(Failure::LeftDomain { time }));
        };
        let leading = modes.visible.rows(0, self.machine.modes()).abs();
        self.states
            .push((time, log_likelihood, modes.values.clone(), leading));
        Ok(())
    }

    /// States and modes under the names that the modes have at the end.
    fn named(self) -> (Vec<FlowState>, Vec<ModeEnd>) {
        let (Some(modes), Some(_)) = (self.modes, self.states.last()) else {
            return (Vec::new(), Vec::new());
        };
        let mut order: Vec<usize> = (0..modes.values.len()).collect();
        order.sort_by(|&a, &b| modes.values[b].total_cmp(&modes.values[a]));
        let ends = order.iter().enumerate().map(|(name, &at)| ModeEnd {
            half_rise: self.crossings[at][name],
            nearest: modes.visible.column(at).abs().argmax(),
        });
        let ends = ends.collect();
        let states = self.states.into_iter();
        let states = states.map(|(time, log_likelihood, values, overlaps)| FlowState {
            time,
            log_likelihood,
            singular_values: order.iter().map(|&at| values[at]).collect(),
            overlaps: order
                .iter()
                .enumerate()
                .map(|(name, &at)| overlaps[(name, at)])
                .collect(),
        });
        (states.collect(), ends)
    }
}

/// Where the cubic with these values and slopes at both ends of a step passes a value.
fn crossing(
    (begin, [low, rise]): (f64, [f64; 2]),
    (end, [high, later]): (f64, [f64; 2]),
    value: f64,
) -> f64 {
    let step = end - begin;
    let cubic = |s: f64| {
        let rest = 1.0 - s;
        low * rest * rest * (1.0 + 2.0 * s)
            + high * s * s * (1.0 + 2.0 * rest)
            + step * s * rest * (rise * rest - later * s)
    };
    let (mut left, mut right) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (left + right);
        if cubic(middle) < value {
            left = middle;
        } else {
            right = middle;
        }
    }
    begin + step * 0.5 * (left + right)
}
