//! Averages over one row of `ω`, by the trapezoid rule in the proximal coordinate `z`,
//! `ω = z − V f(z)`.
//!
//! The integrands are analytic in a strip around the real axis, so the plain rule converges
//! exponentially. The grid is uniform in `y = L^{-1} z`, `L` the Cholesky factor of the covariance
//! of `ω` given the signals.

use super::laws::{HiddenLaw, SignalLaw, Tilt};
use super::model::{Model, State};
use nalgebra::DMatrix;
use std::f64::consts::PI;

/// How far and how densely the grid reaches.
#[derive(Debug, Clone, Copy)]
pub struct Resolution {
    /// Standard deviations beyond the outermost mean.
    pub reach: f64,
    /// Largest step in the whitened coordinate.
    pub whitened: f64,
    /// Largest step in `z` where singularities of `f` are at least 1.25 away from the real axis, as
    /// for most laws; in proportion less where they are closer.
    pub plain: f64,
}

impl Resolution {
    pub const COARSE: Self = Self {
        reach: 6.0,
        whitened: 0.6,
        plain: 0.45,
    };
    pub const FINE: Self = Self {
        reach: 7.2,
        whitened: 0.4,
        plain: 0.25,
    };

    /// The grid with steps divided by `factor`.
    pub fn refined(self, factor: f64) -> Self {
        Self {
            whitened: self.whitened / factor,
            plain: self.plain / factor,
            ..self
        }
    }
}

/// Averages that one step of state evolution and its observables need; arrays are filled up to `k`
/// and `r`.
#[derive(Debug, Clone, Default)]
pub struct Moments {
    /// `E[1]`: its distance from 1 is the error of the quadrature.
    pub one: f64,
    /// `E[g u^T]`
    pub gu: [[f64; 3]; 2],
    /// `E[g g^T]`: 11, 12, 22
    pub gg: [f64; 3],
    /// `E[∂g]`: 11, 12, 22
    pub dg: [f64; 3],
    /// `E` of products of the entries 11, 12, 22 of `∂g`
    pub dg_dg: [[f64; 3]; 3],
    /// `E[η1(z)]`
    pub eta: f64,
}

/// A Gaussian mixture of `ω` in whitened coordinates: the grid and what it sees.
struct Mixture<'a> {
    hidden: &'a HiddenLaw,
    bias: &'a [f64],
    k: usize,
    r: usize,
    v: [[f64; 2]; 2],
    /// Cholesky factor `L` of the covariance
    l: [[f64; 2]; 2],
    /// `L^{-1} V`
    pull: [[f64; 2]; 2],
    /// Whitened means `L^{-1} M^T Λ u`, with `u` and weight
    centres: Vec<([f64; 2], [f64; 3], f64)>,
}

/// The averages at `state`; `None` if the covariance of `ω` is not positive definite.
pub fn moments(
    model: &Model,
    state: &State,
    grid: Resolution,
    observables: bool,
) -> Option<Moments> {
    let mixture = Mixture::new(model, state)?;
    let mut sums = mixture.integrate(grid, observables);
    if model.signal == SignalLaw::Gaussian {
        sums.gu = stein(model, state, &sums);
    }
    sums.one.is_finite().then_some(sums)
}

/// `E[g u^T] = E[∂g] M^T Λ` for Gaussian signals.
fn stein(model: &Model, state: &State, sums: &Moments) -> [[f64; 3]; 2] {
    let dg = [[sums.dg[0], sums.dg[1]], [sums.dg[1], sums.dg[2]]];
    let mut gu = [[0.0; 3]; 2];
    for i in 0..model.k() {
        for (a, &strength) in model.lambda.iter().enumerate() {
            gu[i][a] = (0..model.k())
                .map(|j| dg[i][j] * state.m[(a, j)] * strength)
                .sum();
        }
    }
    gu
}

/// `M^T Λ u` for every joint node, or one node at 0 for Gaussian signals.
fn nodes(model: &Model, state: &State) -> Vec<([f64; 2], [f64; 3], f64)> {
    if model.signal == SignalLaw::Gaussian {
        return vec![([0.0; 2], [0.0; 3], 1.0)];
    }
    let mean = |u: &[f64; 3], b: usize| {
        (0..model.r())
            .map(|a| state.m[(a, b)] * model.lambda[a] * u[a])
            .sum::<f64>()
    };
    let nodes = model.nodes.iter().map(|&(u, weight)| {
        let mut centre = [0.0; 2];
        for (b, entry) in centre.iter_mut().enumerate().take(model.k()) {
            *entry = mean(&u, b);
        }
        (centre, u, weight)
    });
    nodes.collect()
}

/// Covariance of `ω` given the signals, to which Gaussian signals add theirs.
fn covariance(model: &Model, state: &State) -> DMatrix<f64> {
    let mut covariance = state.q.clone();
    if model.signal == SignalLaw::Gaussian {
        for (a, &strength) in model.lambda.iter().enumerate() {
            let row = state.m.row(a);
            covariance += row.transpose() * row * (strength * strength);
        }
    }
    covariance
}

impl<'a> Mixture<'a> {
    fn new(model: &'a Model, state: &State) -> Option<Self> {
        let k = model.k();
        let factor = covariance(model, state).cholesky()?.l();
        let (mut l, mut v, mut pull) = ([[0.0; 2]; 2], [[0.0; 2]; 2], [[0.0; 2]; 2]);
        let inverse_v = factor.solve_lower_triangular(&state.v)?;
        for i in 0..k {
            for j in 0..k {
                l[i][j] = factor[(i, j)];
                v[i][j] = state.v[(i, j)];
                pull[i][j] = inverse_v[(i, j)];
            }
        }
        let mut centres = nodes(model, state);
        for (centre, _, _) in &mut centres {
            centre[0] /= l[0][0];
            if k == 2 {
                centre[1] = (centre[1] - l[1][0] * centre[0]) / l[1][1];
            }
        }
        Some(Self {
            hidden: &model.hidden,
            bias: &model.bias,
            k,
            r: model.r(),
            v,
            l,
            pull,
            centres,
        })
    }

    /// Grid points of one whitened coordinate, and their distance.
    fn axis(&self, i: usize, grid: Resolution) -> (Vec<f64>, f64) {
        let column = (0..self.k).map(|j| self.l[j][i].abs()).fold(0.0, f64::max);
        let plain = grid.plain * (self.hidden.strip() / 1.25).min(1.0);
        let step = grid.whitened.min(plain / column);
        let (low, high) = self.hidden.range();
        let (mut from, mut to) = (-grid.reach, grid.reach);
        for j in 0..self.k {
            let ends = [self.pull[i][j] * low, self.pull[i][j] * high];
            from += ends[0].min(ends[1]);
            to += ends[0].max(ends[1]);
        }
        let centres = || self.centres.iter().map(|(centre, _, _)| centre[i]);
        from += centres().fold(f64::MAX, f64::min);
        to += centres().fold(f64::MIN, f64::max);
        let count = ((to - from) / step).ceil() as usize + 1;
        let points = (0..count).map(|n| from + step * n as f64).collect();
        (points, step)
    }

    fn integrate(&self, grid: Resolution, observables: bool) -> Moments {
        let mut sums = Moments::default();
        let (first, step) = self.axis(0, grid);
        if self.k == 1 {
            let cell = step / (2.0 * PI).sqrt();
            for &y in &first {
                let z = self.l[0][0] * y + self.bias[0];
                self.add(
                    &mut sums,
                    [y, 0.0],
                    &self.hidden.tilt(&[z]),
                    cell,
                    observables,
                );
            }
            return sums;
        }
        let (second, second_step) = self.axis(1, grid);
        let cell = step * second_step / (2.0 * PI);
        for &y in &first {
            let z = self.l[0][0] * y + self.bias[0];
            let tilt = self.tilt_given_first(z);
            for &x in &second {
                let w = self.l[1][0] * y + self.l[1][1] * x + self.bias[1];
                self.add(&mut sums, [y, x], &tilt(w), cell, observables);
            }
        }
        sums
    }

    /// The tilt of two units as a function of the second coordinate: independent units share the
    /// work for the first.
    fn tilt_given_first(&self, z: f64) -> impl Fn(f64) -> Tilt + '_ {
        let own = match self.hidden {
            HiddenLaw::Independent(unit) => Some((unit, unit.tilt(z))),
            HiddenLaw::Joint(_) => None,
        };
        move |w| match own {
            None => self.hidden.tilt(&[z, w]),
            Some((unit, (eta, mean, variance))) => {
                let other = unit.tilt(w);
                Tilt {
                    eta: eta + other.0,
                    mean: [mean, other.1],
                    covariance: [[variance, 0.0], [0.0, other.2]],
                }
            }
        }
    }

    /// Density at a grid point times the cell, alone and times `u`.
    fn density(&self, y: [f64; 2], f: [f64; 2]) -> (f64, [f64; 3]) {
        let mut x = y;
        for (x, pull) in x.iter_mut().zip(&self.pull) {
            *x -= pull[0] * f[0] + pull[1] * f[1];
        }
        let (mut total, mut tilted) = (0.0, [0.0; 3]);
        for (centre, u, weight) in &self.centres {
            let (a, b) = (x[0] - centre[0], x[1] - centre[1]);
            let square = a * a + b * b;
            if square < 60.0 {
                let p = weight * (-0.5 * square).exp();
                total += p;
                for s in 0..self.r {
                    tilted[s] += p * u[s];
                }
            }
        }
        (total, tilted)
    }

    /// Adds one grid point.
    fn add(&self, sums: &mut Moments, y: [f64; 2], tilt: &Tilt, cell: f64, observables: bool) {
        let f = tilt.mean;
        let (total, tilted) = self.density(y, f);
        if total == 0.0 {
            return;
        }
        let (determinant, slope) = self.slope(&tilt.covariance);
        let p = cell * total * determinant;
        sums.one += p;
        for (row, f) in sums.gu.iter_mut().zip(f) {
            for (entry, tilted) in row.iter_mut().zip(tilted) {
                *entry += cell * determinant * tilted * f;
            }
        }
        let products = [f[0] * f[0], f[0] * f[1], f[1] * f[1]];
        for (i, product) in products.iter().enumerate() {
            sums.gg[i] += p * product;
            sums.dg[i] += cell * total * slope[i];
        }
        if observables {
            sums.eta += p * tilt.eta;
            let per_determinant = cell * total / determinant;
            for i in 0..3 {
                for j in 0..3 {
                    sums.dg_dg[i][j] += per_determinant * slope[i] * slope[j];
                }
            }
        }
    }

    /// `det(I − V D)` and the entries 11, 12, 22 of `D adj(I − V D)`.
    fn slope(&self, d: &[[f64; 2]; 2]) -> (f64, [f64; 3]) {
        let v = &self.v;
        if self.k == 1 {
            return (1.0 - v[0][0] * d[0][0], [d[0][0], 0.0, 0.0]);
        }
        let vd = |i: usize, j: usize| v[i][0] * d[0][j] + v[i][1] * d[1][j];
        let (a, b, c, e) = (1.0 - vd(0, 0), -vd(0, 1), -vd(1, 0), 1.0 - vd(1, 1));
        let slope = [
            d[0][0] * e - d[0][1] * c,
            d[0][1] * a - d[0][0] * b,
            d[1][1] * a - d[1][0] * b,
        ];
        (a * e - b * c, slope)
    }
}
