//! What is said about a state: residual, objective, replicon, and the eigenvalues of the undamped
//! map.

use super::model::{Model, State};
use super::moments::{Moments, Resolution, moments};
use super::prior::Pairs;
use nalgebra::{DMatrix, DVector, Schur};

/// A state and its observables.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    pub ell: f64,
    /// Spectral radius of `α (K⊗K) E[∂g⊗∂g]`
    pub replicon: f64,
    /// Largest real part of the eigenvalues of `∂F/∂x`
    pub top: f64,
    /// Largest entry of `F(x) − x`
    pub residual: f64,
    pub state: State,
}

impl Solution {
    /// Below 1, damped iteration converges to the solution and replica symmetry is locally correct.
    pub fn is_stable(&self) -> bool {
        self.replicon < 1.0 && self.top < 1.0
    }
}

/// Observables of a state, to the accuracy of `grid`; the replicon on finer grids until it settles,
/// because its integrand has poles close to the real axis where `V D` comes near 1.
pub fn evaluate(model: &Model, state: &State, grid: Resolution) -> Option<Solution> {
    let x = model.flatten(state);
    let residual = model.residual(&x, grid)?.amax();
    let jacobian = jacobian(model, &x, grid)?;
    let top = largest_real_part(&jacobian)?;
    let sums = moments(model, state, grid, true)?;
    let ell = model.alpha * (sums.eta - Pairs::new(model, &state.q).eta2);
    Some(Solution {
        ell,
        replicon: settled_replicon(model, state, &sums, grid)?,
        top,
        residual,
        state: state.clone(),
    })
}

fn settled_replicon(model: &Model, state: &State, sums: &Moments, grid: Resolution) -> Option<f64> {
    let mut now = replicon(model, state, sums)?;
    let mut factor = 1.0;
    for _ in 0..if model.k() == 1 { 6 } else { 3 } {
        factor *= 1.7;
        let finer = moments(model, state, grid.refined(factor), true)?;
        let next = replicon(model, state, &finer)?;
        let settled = (next - now).abs() < 1e-9 * next;
        now = next;
        if settled {
            break;
        }
    }
    Some(now)
}

fn replicon(model: &Model, state: &State, sums: &Moments) -> Option<f64> {
    let k = model.k();
    // Index of the entry (i, j) among 11, 12, 22.
    let entry = |i: usize, j: usize| i + j;
    let product = DMatrix::from_fn(k * k, k * k, |row, column| {
        let (i, s) = (row / k, row % k);
        let (j, t) = (column / k, column % k);
        sums.dg_dg[entry(i, j)][entry(s, t)]
    });
    let matrix = state.v.kronecker(&state.v) * product * model.alpha;
    let eigenvalues = Schur::try_new(matrix, 1e-14, 10_000)?.complex_eigenvalues();
    Some(eigenvalues.iter().map(|x| x.norm()).fold(0.0, f64::max))
}

/// `∂F/∂x` by central differences.
pub fn jacobian(model: &Model, x: &DVector<f64>, grid: Resolution) -> Option<DMatrix<f64>> {
    let size = x.len();
    let mut matrix = DMatrix::zeros(size, size);
    for column in 0..size {
        let step = 2e-5 * x[column].abs().max(0.1);
        let shifted = |sign: f64| {
            let mut y = x.clone();
            y[column] += sign * step;
            let next = model.step(&model.unflatten(&y), grid)?;
            Some(model.flatten(&next))
        };
        let change = (shifted(1.0)? - shifted(-1.0)?) / (2.0 * step);
        matrix.set_column(column, &change);
    }
    matrix.iter().all(|y| y.is_finite()).then_some(matrix)
}

fn largest_real_part(matrix: &DMatrix<f64>) -> Option<f64> {
    let eigenvalues = Schur::try_new(matrix.clone(), 1e-14, 10_000)?.complex_eigenvalues();
    Some(eigenvalues.iter().map(|x| x.re).fold(f64::MIN, f64::max))
}
