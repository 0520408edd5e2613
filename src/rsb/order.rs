//! Order parameters of `K` steps.

use crate::numerics::nullable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest number of steps.
pub const MAX_STEPS: usize = 16;

/// How the steps share the self-overlap: narrow ones where `x(q)` is steep.
const POWER: f64 = 1.8;

/// Order parameters of `K` steps of replica-symmetry breaking (theory.md section 17). The overlap
/// `q` of two weight vectors from one Gibbs state lies between `q_0` and `Q`; `x_i` belongs to
/// overlaps between `q_{i−1}` and `q_i`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepOrder {
    /// Overlap with the signal, `M`.
    pub m: f64,
    /// Overlap `q_0` of weights from the most distant states.
    pub q0: f64,
    /// `Δ_i = q_i − q_{i−1}` (K).
    pub increments: Vec<f64>,
    /// Response `V` within a state, `lim β(Q − q_K)`.
    pub v: f64,
    /// Breaking parameters `x_1 < … < x_K`, the limits of Parisi's `m_i β`.
    pub x: Vec<f64>,
}

/// `x` from one overlap to the next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plateau {
    /// `q_{i−1}`.
    pub from: f64,
    /// `q_i`.
    pub to: f64,
    /// `x_i`.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub x: f64,
}

impl StepOrder {
    /// `K`.
    pub fn steps(&self) -> usize {
        self.x.len()
    }

    /// Self-overlap `Q = q_K`.
    pub fn q(&self) -> f64 {
        self.q0 + self.increments.iter().sum::<f64>()
    }

    /// Overlap `ζ = |M|/√Q`.
    pub fn zeta(&self) -> f64 {
        self.m.abs() / self.q().sqrt()
    }

    /// `V_0 … V_K`: `V_{i−1} = V_i + x_i Δ_i`, `V_K = V`.
    pub fn responses(&self) -> Vec<f64> {
        let mut all = vec![self.v; self.steps() + 1];
        for level in (0..self.steps()).rev() {
            all[level] = all[level + 1] + self.x[level] * self.increments[level];
        }
        all
    }

    /// `x(q)`, piecewise constant.
    pub fn profile(&self) -> Vec<Plateau> {
        let mut to = self.q0;
        let pairs = self.increments.iter().zip(&self.x);
        let plateau = |(increment, x): (&f64, &f64)| {
            let from = to;
            to += increment;
            Plateau { from, to, x: *x }
        };
        pairs.map(plateau).collect()
    }

    /// The same with another number of steps: `x(q)` is interpolated at the centres of the new
    /// steps, and continued as a line at both ends, but not below 0.3 of its first value.
    pub(super) fn refined(&self, steps: usize) -> Self {
        let (known, wanted) = (centres(self.steps()), centres(steps));
        let x = wanted.iter().map(|&at| match self.x.as_slice() {
            // One step says nothing of the slope: that of a line from 0.
            [only] => only * (0.5 + at),
            all => {
                let right = known
                    .partition_point(|&own| own < at)
                    .clamp(1, all.len() - 1);
                let (a, b) = (known[right - 1], known[right]);
                let line = all[right - 1] + (at - a) / (b - a) * (all[right] - all[right - 1]);
                line.max(0.3 * all[0])
            }
        });
        Self {
            x: x.collect(),
            increments: shared(self.increments.iter().sum(), steps),
            ..self.clone()
        }
    }
}

/// Shares `e_i − e_{i−1}` of `K` steps, `e_i = 1 − (1 − i/K)^1.8`.
pub(super) fn fractions(steps: usize) -> Vec<f64> {
    let end = |step: usize| 1.0 - (1.0 - step as f64 / steps as f64).powf(POWER);
    (1..=steps).map(|step| end(step) - end(step - 1)).collect()
}

/// The increments of a total.
pub(super) fn shared(total: f64, steps: usize) -> Vec<f64> {
    let parts = fractions(steps);
    parts.into_iter().map(|part| part * total).collect()
}

fn centres(steps: usize) -> Vec<f64> {
    let mut end = 0.0;
    let centre = |part: f64| {
        end += part;
        end - 0.5 * part
    };
    fractions(steps).into_iter().map(centre).collect()
}
