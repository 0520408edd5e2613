//! The Hessian of the objective of one hidden unit: its inverse's trace, and its smallest eigenvalue.

use super::data::Data;
use super::problem::Problem;
use crate::error::{Error, Result};
use crate::memory;
use crate::numerics::Matrix;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par, Side};
use nalgebra::SVector;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most visible units: its spectrum is computed as a whole.
const MOST_COLUMNS: usize = 4000;

/// Rows that are multiplied at a time.
const ROWS: usize = 256;

/// What the spectrum of `−∇²L` says at some weights (theory.md section 17).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curvature {
    /// `Tr (−∇²L)^{-1}/d`, which is `V` at the maximum as `d → ∞`.
    pub trace_inverse: f64,
    /// Smallest eigenvalue of `−∇²L`: positive at a maximum, `O(1)` where it is gapped, and falling
    /// with `d` where it is marginal.
    pub smallest: f64,
}

/// The curvature of the objective at weights `w` (d×1), by all eigenvalues of
/// `−∇²L = α S 1 + (2α S'/d) w w^T − (1/d) Σ_μ η1''(z_μ) x_μ x_μ^T`, with `S(Q) = 2η2'(Q)`; `None`
/// where `Q` is outside of the domain of `η2`, or where the decomposition fails.
///
/// # Errors
/// Names `units` for any but one, `d` above 4000, or rows that other ranks have; as `Problem::validate`.
pub fn curvature(problem: &Problem, w: &Matrix) -> Result<Option<Curvature>> {
    problem.validate_with(w)?;
    if problem.units() != 1 {
        let allowed = "the curvature is computed of one hidden unit";
        return Err(Error::invalid("units", problem.units(), allowed));
    }
    let rows = problem.data().own().len();
    if rows < problem.data().rows() {
        let got = format!("{rows} of {} rows", problem.data().rows());
        let allowed = "the spectrum of the Hessian needs all rows at hand: use one process";
        return Err(Error::invalid("ranks", got, allowed));
    }
    let d = problem.d();
    if d > MOST_COLUMNS {
        let allowed = format!("must be at most {MOST_COLUMNS} for the spectrum of the Hessian");
        return Err(Error::invalid("d", d, allowed));
    }
    memory::require("the Hessian", 8 * 3 * (d as u128).pow(2))?;
    let (size, alpha) = (d as f64, problem.alpha());
    let q = w.tr_mul(w) / size;
    let Some(pair) = problem.hidden().pair_function(&q) else {
        return Ok(None);
    };
    let moment = pair.second_moment()[(0, 0)];
    let change = pair.second_moment_derivative(&Matrix::identity(1, 1))[(0, 0)];
    let mut hessian = Mat::<f64>::zeros(d, d);
    for column in 0..d {
        for row in column..d {
            hessian[(row, column)] = 2.0 * alpha * change / size * w[row] * w[column];
        }
        hessian[(column, column)] += alpha * moment;
    }
    subtract_products(problem, w, &mut hessian);
    let Ok(values) = hessian.self_adjoint_eigenvalues(Side::Lower) else {
        return Ok(None);
    };
    Ok(Some(Curvature {
        trace_inverse: values.iter().map(|value| value.recip()).sum::<f64>() / size,
        smallest: values.iter().copied().fold(f64::INFINITY, f64::min),
    }))
}

/// Subtracts `(1/d) Σ_μ η1''(z_μ) x_μ x_μ^T`: whole blocks of rows at a time.
fn subtract_products(problem: &Problem, w: &Matrix, hessian: &mut Mat<f64>) {
    let (data, d) = (problem.data(), problem.d());
    let size = d as f64;
    for first in (0..data.rows()).step_by(ROWS) {
        let rows = ROWS.min(data.rows() - first);
        let mut block = Mat::<f64>::zeros(d, rows);
        let mut entries = vec![0.0; d];
        for place in 0..rows {
            data.write_row(first + place, &mut entries);
            let field: f64 = entries.iter().zip(w.iter()).map(|(x, w)| x * w).sum();
            let z = SVector::<f64, 1>::new(field / size.sqrt());
            let slope = problem.hidden().response(&z).covariance[(0, 0)];
            // A covariance is not negative; rounding may say so.
            let scale = (slope.max(0.0) / size).sqrt();
            for (i, x) in entries.iter().enumerate() {
                block[(i, place)] = x * scale;
            }
        }
        matmul(
            hessian.as_mut(),
            Accum::Add,
            block.as_ref(),
            block.transpose(),
            -1.0,
            Par::Seq,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hidden::HiddenUnits;
    use crate::law::{Law, ScalarAtoms};
    use crate::model::Model;
    use crate::numerics::streams::Streams;
    use crate::simulation::{Gradient, Instance, Size};

    fn three() -> Law {
        let law = ScalarAtoms::new(&[-1.5, 0.0, 1.5], &[0.2, 0.6, 0.2]);
        Law::Separable(law.expect("a law"))
    }

    /// Against differences of the gradient, for three-valued units, whose `η2` is not linear.
    #[test]
    fn the_hessian_is_the_derivative_of_the_gradient() {
        let hidden = HiddenUnits::new(three(), 1, &[]).expect("a unit");
        let signal = Law::rademacher;
        let model = Model::new(2.0, &[1.2], hidden, signal(), signal()).expect("a model");
        let size = Size { n: 24, d: 12 };
        let instance = Instance::generate(&model, size, Streams::new(5)).expect("an instance");
        let problem = instance.problem(model.hidden());
        let w = Matrix::from_fn(12, 1, |i, _| (i as f64 * 1.7).sin());
        let step = 1e-5;
        let mut hessian = Matrix::zeros(12, 12);
        for i in 0..12 {
            let at = |sign: f64| {
                let mut moved = w.clone();
                moved[i] += sign * step;
                Gradient::at(&problem, &moved)
                    .expect("in the domain")
                    .gradient
            };
            let slope = (at(-1.0) - at(1.0)) / (2.0 * step);
            hessian.set_column(i, &slope.column(0));
        }
        let values = crate::numerics::symmetric::symmetrised(&hessian).symmetric_eigenvalues();
        let own = curvature(&problem, &w)
            .expect("one unit")
            .expect("in the domain");
        let trace = values.iter().map(|value| value.recip()).sum::<f64>() / 12.0;
        assert!((own.smallest - values.min()).abs() < 1e-7, "{own:?}");
        assert!(
            (own.trace_inverse / trace - 1.0).abs() < 1e-6,
            "{own:?} {trace}"
        );
    }
}
