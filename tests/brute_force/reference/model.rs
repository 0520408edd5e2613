//! A model with its laws worked out, the state `(M, Q, V)`, and one undamped step of state
//! evolution.

use super::laws::{HiddenLaw, SignalLaw};
use super::moments::{Moments, Resolution, moments};
use super::prior::PriorStep;
use nalgebra::{DMatrix, DVector};

/// Settings of a model as the command line of `onsager` takes them, and laws by their names.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    pub alpha: f64,
    pub lambda: Vec<f64>,
    /// One entry for each of the `k` hidden units.
    pub bias: Vec<f64>,
    pub hidden: String,
    pub signal: String,
}

/// A cell with nodes, weights and bounds at hand.
#[derive(Debug, Clone)]
pub struct Model {
    pub alpha: f64,
    pub lambda: Vec<f64>,
    pub bias: Vec<f64>,
    pub hidden: HiddenLaw,
    pub signal: SignalLaw,
    /// Joint nodes of the signals (empty for Gaussian ones).
    pub nodes: Vec<([f64; 3], f64)>,
    /// Points of all hidden units with log-weights, biases included.
    pub points: Vec<([f64; 2], f64)>,
    /// `sup_z` of the largest eigenvalue of `D(z)`.
    pub largest_variance: f64,
}

/// `M` (r×k), `Q` and `V` (k×k, symmetric).
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub m: DMatrix<f64>,
    pub q: DMatrix<f64>,
    pub v: DMatrix<f64>,
}

impl Cell {
    /// The model; `fine` sets how many nodes stand for a continuous signal.
    pub fn model(&self, fine: bool) -> Model {
        let hidden = HiddenLaw::named(&self.hidden);
        let signal = SignalLaw::named(&self.signal, fine);
        Model {
            alpha: self.alpha,
            lambda: self.lambda.clone(),
            bias: self.bias.clone(),
            nodes: signal.joint_nodes(self.lambda.len()),
            points: hidden.weighted_points(&self.bias),
            largest_variance: hidden.largest_variance(),
            hidden,
            signal,
        }
    }

    /// The same cell with all signals `factor` times as strong.
    pub fn amplified(&self, factor: f64) -> Self {
        Self {
            lambda: self.lambda.iter().map(|x| factor * x).collect(),
            ..self.clone()
        }
    }
}

impl Model {
    pub fn k(&self) -> usize {
        self.bias.len()
    }

    pub fn r(&self) -> usize {
        self.lambda.len()
    }

    /// Largest `v^T D(z) v` over `z`, relative to which `V` must stay below 1. The law `one-hot-2`
    /// varies in one direction only; for independent units the bound is `λ_max(V) sup D`.
    pub fn pole(&self, v: &DMatrix<f64>) -> f64 {
        match self.hidden {
            HiddenLaw::Joint(_) => 0.25 * (v[(0, 0)] + v[(1, 1)] - 2.0 * v[(0, 1)]),
            HiddenLaw::Independent(_) => self.spectral_pole(v),
        }
    }

    /// `λ_max(V) sup D`: a sufficient condition for the domain is that it is below 1.
    pub fn spectral_pole(&self, v: &DMatrix<f64>) -> f64 {
        v.symmetric_eigenvalues().max() * self.largest_variance
    }

    /// Whether `Q` and `V` are positive definite and `I − V D(z)` positive for all `z`.
    pub fn contains(&self, state: &State) -> bool {
        let finite = |x: &DMatrix<f64>| x.iter().all(|y| y.is_finite() && y.abs() < 1e6);
        finite(&state.m)
            && finite(&state.q)
            && finite(&state.v)
            && state.q.symmetric_eigenvalues().min() > 1e-9
            && state.v.symmetric_eigenvalues().min() > 1e-9
            && self.pole(&state.v) < 1.0 - 1e-9
    }

    /// Matrix of the entries 11, 12, 22.
    pub fn symmetric(&self, entries: &[f64]) -> DMatrix<f64> {
        if self.k() == 1 {
            return DMatrix::from_element(1, 1, entries[0]);
        }
        DMatrix::from_row_slice(2, 2, &[entries[0], entries[1], entries[1], entries[2]])
    }

    /// One undamped step `F`; `None` outside the domain, or where the prior step has no solution.
    pub fn step(&self, state: &State, grid: Resolution) -> Option<State> {
        if !self.contains(state) {
            return None;
        }
        let sums = moments(self, state, grid, false)?;
        self.step_from(state, &sums)
    }

    fn step_from(&self, state: &State, sums: &Moments) -> Option<State> {
        let r = DMatrix::from_fn(self.k(), self.r(), |i, a| {
            self.alpha * sums.gu[i][a] * self.lambda[a]
        });
        let s = &r * r.transpose() + self.symmetric(&sums.gg) * self.alpha;
        let c = self.symmetric(&sums.dg) * self.alpha;
        let (q, k) = PriorStep::new(self, c, &s)?.solve(&state.q)?;
        let m = (&k * r).transpose();
        Some(State { m, q, v: k })
    }

    /// The state as a vector.
    pub fn flatten(&self, state: &State) -> DVector<f64> {
        let k = self.k();
        let upper = |x: &DMatrix<f64>| -> Vec<f64> {
            (0..k)
                .flat_map(|i| (i..k).map(move |j| (i, j)))
                .map(|(i, j)| 0.5 * (x[(i, j)] + x[(j, i)]))
                .collect()
        };
        let mut all: Vec<f64> = state.m.iter().copied().collect();
        all.extend(upper(&state.q));
        all.extend(upper(&state.v));
        DVector::from_vec(all)
    }

    /// The state of a vector.
    pub fn unflatten(&self, x: &DVector<f64>) -> State {
        let (k, r) = (self.k(), self.r());
        let triangle = k * (k + 1) / 2;
        let x = x.as_slice();
        State {
            m: DMatrix::from_column_slice(r, k, &x[..r * k]),
            q: self.symmetric(&x[r * k..r * k + triangle]),
            v: self.symmetric(&x[r * k + triangle..]),
        }
    }

    /// `F(x) − x`.
    pub fn residual(&self, x: &DVector<f64>, grid: Resolution) -> Option<DVector<f64>> {
        let next = self.step(&self.unflatten(x), grid)?;
        let difference = self.flatten(&next) - x;
        difference
            .iter()
            .all(|y| y.is_finite())
            .then_some(difference)
    }
}
