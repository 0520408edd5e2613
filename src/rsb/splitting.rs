//! Where a replica-symmetric solution splits, and how steeply `x(q)` begins there.

use super::functional::Functional;
use super::solve::functional;
use crate::error::Result;
use crate::model::Model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Distance of the differences that give the third and fourth derivative of `η1`.
const STEP: f64 = 2e-3;

/// `x(q)` of the solution that splits off a replica-symmetric one, in the limit of no increment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Splitting {
    /// Replicon of the solution: the formulas hold where it is 1.
    pub replicon: f64,
    /// The breaking point `x`.
    pub x: f64,
    /// `dx/dq`: a positive one makes `x(q)` increase from the start, so that all steps appear at
    /// once; a negative one means a jump.
    pub slope: f64,
}

/// The breaking point and slope at the replica-symmetric `(M, Q, V)` of a model
/// (theory.md section 17); `None` where the maximum in `φ_V` is not unique, `V sup η1'' ≥ 1`.
///
/// # Errors
/// As [`solve_unit`](super::solve_unit).
pub fn splitting(model: &Model, m: f64, q: f64, v: f64) -> Result<Option<Splitting>> {
    let functional = functional(model)?;
    Ok(at(&functional, m, q, v))
}

fn at(functional: &Functional, m: f64, q: f64, v: f64) -> Option<Splitting> {
    let unit = functional.unit;
    if v * unit.curvature_bound >= 1.0 {
        return None;
    }
    let alpha = functional.alpha;
    let (mut second, mut third, mut cubed, mut of_slope) = (0.0, 0.0, 0.0, [0.0; 3]);
    functional.average(m, q, v, |z, p| {
        let curvature = |shift: f64| unit.response(z + shift).1;
        let d = curvature(0.0);
        let [low2, low, high, high2] = [-2.0, -1.0, 1.0, 2.0].map(|at| curvature(at * STEP));
        let d1 = (8.0 * (high - low) - (high2 - low2)) / (12.0 * STEP);
        let d2 = (16.0 * (high + low) - (high2 + low2) - 30.0 * d) / (12.0 * STEP * STEP);
        let stretch = 1.0 - v * d;
        // Derivatives of φ_V by the field, with dz/dh = 1/stretch.
        let f2 = d / stretch;
        let f3 = d1 / stretch.powi(3);
        let f4 = d2 / stretch.powi(4) + 3.0 * v * d1 * d1 / stretch.powi(5);
        second += p * f2 * f2;
        third += p * f3 * f3;
        cubed += p * f2.powi(3);
        of_slope[0] += p * f4 * f4;
        of_slope[1] += p * f2 * f3 * f3;
        of_slope[2] += p * f2.powi(4);
    })?;
    let scale = 2.0 * (v.powi(-3) + alpha * cubed);
    let x = alpha * third / scale;
    let energetic = of_slope[0] - 12.0 * x * of_slope[1] + 6.0 * x * x * of_slope[2];
    Some(Splitting {
        replicon: alpha * v * v * second,
        x,
        slope: (alpha * energetic - 6.0 * x * x / v.powi(4)) / scale,
    })
}
