//! All fixed points of one cell: many starts, each by a pseudo-time flow and by Newton's method,
//! and continuation from stronger signals.

use super::evaluate::{Solution, evaluate, jacobian};
use super::model::{Cell, Model, State};
use super::moments::Resolution;
use super::random::Random;
use nalgebra::{DMatrix, DVector};

/// How hard to search.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    pub starts: usize,
    /// Rounds of further starts, each half as many, as long as the last one found something new.
    pub extra_rounds: usize,
}

/// A root and how often it was reached.
#[derive(Debug, Clone)]
pub struct Root {
    pub solution: Solution,
    /// Visits by flow (then Newton), by Newton alone, by continuation or from a perturbed saddle.
    pub hits: [usize; 3],
}

/// A search of one cell.
pub struct Search {
    coarse: Model,
    fine: Model,
    random: Random,
    pub roots: Vec<Root>,
    /// Roots of the coarse grid that led to each root.
    aliases: Vec<Vec<State>>,
    /// Roots whose surroundings were explored.
    left: usize,
}

/// All roots found in a cell, best objective first.
pub fn find_all(cell: &Cell, effort: Effort, seed: u64) -> Vec<Root> {
    let mut search = Search::new(cell, seed);
    search.follow(cell, effort.starts / 6 + 4);
    search.run_starts(effort.starts);
    search.leave_saddles();
    for _ in 0..effort.extra_rounds {
        let before = search.roots.len();
        search.run_starts(effort.starts / 2);
        search.leave_saddles();
        if search.roots.len() == before {
            break;
        }
    }
    search.sorted()
}

/// What identifies a root up to signs and permutations of units and signs of signals.
fn invariants(model: &Model, solution: &Solution) -> Vec<f64> {
    let state = &solution.state;
    let sorted = |x: &DMatrix<f64>| {
        let mut values: Vec<f64> = x.symmetric_eigenvalues().iter().copied().collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let mut all = vec![
        solution.ell / model.alpha,
        solution.replicon / (1.0 + solution.replicon),
    ];
    all.extend(sorted(&state.q));
    all.extend(sorted(&state.v));
    all.extend(state.m.row_iter().map(|row| row.norm()));
    all
}

fn same(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.iter()
        .zip(b)
        .all(|(x, y)| (x - y).abs() < tolerance * (1.0 + x.abs()))
}

impl Search {
    pub fn new(cell: &Cell, seed: u64) -> Self {
        Self {
            coarse: cell.model(false),
            fine: cell.model(true),
            random: Random::new(seed),
            roots: Vec::new(),
            aliases: Vec::new(),
            left: 0,
        }
    }

    fn sorted(mut self) -> Vec<Root> {
        self.roots
            .sort_by(|a, b| b.solution.ell.total_cmp(&a.solution.ell));
        self.roots
    }

    fn run_starts(&mut self, count: usize) {
        for index in 0..count {
            let start = random_start(&self.coarse, &mut self.random, index);
            let x = self.coarse.flatten(&start);
            if let Some(end) = newton(&self.coarse, &x, Resolution::COARSE, 30) {
                self.note(&end, 1);
            }
            if let Some(near) = flow(&self.coarse, &x)
                && let Some(end) = newton(&self.coarse, &near, Resolution::COARSE, 25)
            {
                self.note(&end, 0);
            }
        }
    }

    /// Roots at stronger signals, followed down in `λ`.
    fn follow(&mut self, cell: &Cell, starts: usize) {
        // Strong signals make `Q` large and grids dense, without further roots.
        let strongest = cell.lambda.iter().copied().fold(0.0, f64::max);
        let factors = [1.0, 0.7, 0.45, 0.25, 0.1]
            .map(|part| 1.0 + part * (3.5 / strongest - 1.0).clamp(0.1, 1.0));
        let strong = cell.amplified(factors[0]);
        let mut above = Self::new(&strong, 1);
        above.random = self.random.clone();
        above.run_starts_unpolished(starts);
        let mut points: Vec<_> = above
            .roots
            .iter()
            .map(|root| above.coarse.flatten(&root.solution.state))
            .collect();
        for factor in factors.into_iter().skip(1) {
            let model = cell.amplified(factor).model(false);
            points = points
                .iter()
                .filter_map(|x| newton(&model, x, Resolution::COARSE, 15))
                .collect();
        }
        for x in points {
            if let Some(end) = newton(&self.coarse, &x, Resolution::COARSE, 25) {
                self.note(&end, 2);
            }
        }
    }

    /// As `run_starts`, by flow only and with roots left as the coarse grid gives them.
    fn run_starts_unpolished(&mut self, count: usize) {
        for index in 0..count {
            let start = random_start(&self.coarse, &mut self.random, index);
            let x = self.coarse.flatten(&start);
            let Some(end) = flow(&self.coarse, &x)
                .and_then(|near| newton(&self.coarse, &near, Resolution::COARSE, 25))
            else {
                continue;
            };
            let state = self.coarse.unflatten(&end);
            let Some(solution) = evaluate(&self.coarse, &state, Resolution::COARSE) else {
                continue;
            };
            let found = invariants(&self.coarse, &solution);
            let known = |root: &Root| same(&found, &invariants(&self.coarse, &root.solution), 1e-5);
            if !self.roots.iter().any(known) {
                self.roots.push(Root {
                    solution,
                    hits: [0; 3],
                });
            }
        }
    }

    /// Flows away from every new saddle, twice: what it leads to may be hard to hit at random.
    fn leave_saddles(&mut self) {
        let new = &self.roots[self.left..];
        let saddles: Vec<_> = new
            .iter()
            .filter(|root| root.solution.top > 1.0)
            .map(|root| self.coarse.flatten(&root.solution.state))
            .collect();
        self.left = self.roots.len();
        for saddle in saddles {
            for _ in 0..2 {
                let mut x = saddle.clone();
                for entry in x.iter_mut() {
                    *entry += 0.02 * self.random.uniform(-1.0, 1.0) * (0.2 + entry.abs());
                }
                if let Some(near) = flow(&self.coarse, &x)
                    && let Some(end) = newton(&self.coarse, &near, Resolution::COARSE, 25)
                {
                    self.note(&end, 2);
                }
            }
        }
    }

    /// Counts a visit of a root, or adds it after polishing.
    fn note(&mut self, x: &DVector<f64>, way: usize) {
        let state = self.coarse.unflatten(x);
        if let Some(index) = self.alias_of(&state) {
            self.roots[index].hits[way] += 1;
            return;
        }
        let Some(solution) = polish(&self.fine, x) else {
            return;
        };
        let found = invariants(&self.fine, &solution);
        let known = |root: &Root| same(&found, &invariants(&self.fine, &root.solution), 1e-6);
        let index = self.roots.iter().position(known).unwrap_or_else(|| {
            self.roots.push(Root {
                solution,
                hits: [0; 3],
            });
            self.aliases.push(Vec::new());
            self.roots.len() - 1
        });
        self.roots[index].hits[way] += 1;
        self.aliases[index].push(state);
    }

    /// The root that this coarse solution, up to signs, was already polished to: saves doing it
    /// again.
    fn alias_of(&self, state: &State) -> Option<usize> {
        let mirrored = self.exchangeable().then(|| exchanged(state));
        let known = |alias: &State| {
            near_up_to_signs(state, alias)
                || mirrored
                    .as_ref()
                    .is_some_and(|other| near_up_to_signs(other, alias))
        };
        self.aliases.iter().position(|all| all.iter().any(known))
    }

    /// Whether the two units may be swapped.
    fn exchangeable(&self) -> bool {
        self.fine.k() == 2 && self.fine.bias[0] == self.fine.bias[1]
    }
}

/// The state with its two units swapped.
fn exchanged(state: &State) -> State {
    let reversed = |x: &DMatrix<f64>| DMatrix::from_fn(2, 2, |i, j| x[(1 - i, 1 - j)]);
    State {
        m: DMatrix::from_fn(state.m.nrows(), 2, |a, b| state.m[(a, 1 - b)]),
        q: reversed(&state.q),
        v: reversed(&state.v),
    }
}

fn near_up_to_signs(x: &State, y: &State) -> bool {
    let near = |x: &DMatrix<f64>, y: &DMatrix<f64>| {
        let mut pairs = x.iter().zip(y.iter());
        pairs.all(|(x, y)| (x.abs() - y.abs()).abs() < 1e-5 * (1.0 + y.abs()))
    };
    near(&x.m, &y.m) && near(&x.q, &y.q) && near(&x.v, &y.v)
}

/// A point of the domain: scales from the noise alone up to beyond the strongest signal, overlaps
/// of all sizes, some exactly 0 (aligned units and pure noise are invariant under the step where
/// laws are symmetric).
pub fn random_start(model: &Model, random: &mut Random, index: usize) -> State {
    let (k, r) = (model.k(), model.r());
    let noise = model.alpha.powf(-0.5);
    let strongest = model.lambda.iter().copied().fold(0.0, f64::max);
    let scales: Vec<f64> = (0..k)
        .map(|_| random.log_uniform(0.4 * noise, 1.5 * strongest * strongest + 3.0 * noise))
        .collect();
    let overlaps = overlaps(k, r, random, index);
    let m = DMatrix::from_fn(r, k, |a, b| overlaps[(a, b)] * scales[b].sqrt());
    let mut q = DMatrix::from_fn(k, k, |a, b| if a == b { scales[a] } else { 0.0 });
    if k == 2 {
        let rest = |b: usize| (1.0 - overlaps.column(b).norm_squared()).max(0.0).sqrt();
        let correlation = if index % 3 == 1 {
            0.0
        } else {
            random.uniform(-0.9, 0.9)
        };
        let common = overlaps.column(0).dot(&overlaps.column(1));
        let off = (common + correlation * rest(0) * rest(1)) * (scales[0] * scales[1]).sqrt();
        q[(0, 1)] = off;
        q[(1, 0)] = off;
    }
    State {
        m,
        q,
        v: random_proximal(model, random, index),
    }
}

/// Correlations of weights with signals, columns of norm below 1. Every third start has one signal
/// at most per unit.
fn overlaps(k: usize, r: usize, random: &mut Random, index: usize) -> DMatrix<f64> {
    let mut overlaps = DMatrix::zeros(r, k);
    for b in 0..k {
        let norm = random.uniform(0.0, 0.98);
        if index % 3 == 1 {
            let signal = random.below(r + 1);
            if signal < r {
                overlaps[(signal, b)] = norm * random.sign();
            }
            continue;
        }
        let direction = DVector::from_fn(r, |_, _| random.uniform(-1.0, 1.0));
        overlaps.set_column(b, &(direction.normalize() * norm));
    }
    overlaps
}

/// A proximal matrix with poles anywhere between far away and close.
fn random_proximal(model: &Model, random: &mut Random, index: usize) -> DMatrix<f64> {
    let k = model.k();
    let smallest = (0.2 / model.alpha).min(0.5);
    let mut v = DMatrix::from_fn(k, k, |a, b| {
        if a == b {
            random.log_uniform(smallest, 0.97)
        } else {
            0.0
        }
    });
    if k == 2 && index % 3 != 1 {
        let angle = random.uniform(0.0, std::f64::consts::PI);
        let (sin, cos) = angle.sin_cos();
        let turn = DMatrix::from_row_slice(2, 2, &[cos, -sin, sin, cos]);
        v = &turn * v * turn.transpose();
    }
    v / model.largest_variance
}

/// `x ← x + ρ(F(x) − x)` with a `ρ` that falls where the step leaves the domain or the residual
/// grows. Ends near a root, or where `ρ` has nothing left.
pub fn flow(model: &Model, start: &DVector<f64>) -> Option<DVector<f64>> {
    let grid = Resolution::COARSE;
    let mut x = start.clone();
    let mut residual = model.residual(&x, grid)?;
    let mut rate: f64 = 0.15;
    for _ in 0..160 {
        let size = residual.norm();
        if size < 2e-3 {
            break;
        }
        let next = &x + &residual * rate;
        match model.residual(&next, grid) {
            Some(change) if change.norm() < 1.3 * size => {
                let turned = change.dot(&residual) < 0.0;
                rate = if turned {
                    0.6 * rate
                } else {
                    (1.15 * rate).min(0.5)
                };
                (x, residual) = (next, change);
            }
            _ => rate *= 0.5,
        }
        if rate < 1e-4 {
            return None;
        }
    }
    Some(x)
}

/// Newton's method on `F(x) − x` with a line search that stays in the domain.
pub fn newton(
    model: &Model,
    start: &DVector<f64>,
    grid: Resolution,
    limit: usize,
) -> Option<DVector<f64>> {
    let mut x = start.clone();
    let mut residual = model.residual(&x, grid)?;
    for _ in 0..limit {
        if residual.amax() < 1e-8 {
            return Some(x);
        }
        let matrix = forward_jacobian(model, &x, &residual, grid)?;
        let step = matrix.lu().solve(&-&residual)?;
        let size = residual.norm();
        let mut fraction = 1.0;
        loop {
            let next = &x + &step * fraction;
            if let Some(change) = model.residual(&next, grid)
                && change.norm() < (1.0 - 1e-3 * fraction) * size
            {
                (x, residual) = (next, change);
                break;
            }
            fraction *= 0.5;
            if fraction < 1e-3 {
                return None;
            }
        }
    }
    (residual.amax() < 1e-6).then_some(x)
}

/// Jacobian of `F(x) − x` by forward differences.
fn forward_jacobian(
    model: &Model,
    x: &DVector<f64>,
    at: &DVector<f64>,
    grid: Resolution,
) -> Option<DMatrix<f64>> {
    let mut matrix = DMatrix::zeros(x.len(), x.len());
    for column in 0..x.len() {
        let step = 1e-6 * x[column].abs().max(0.1);
        let moved = |step: f64| {
            let mut y = x.clone();
            y[column] += step;
            Some((model.residual(&y, grid)? - at) / step)
        };
        matrix.set_column(column, &moved(step).or_else(|| moved(-step))?);
    }
    Some(matrix)
}

/// The root near `x` on the fine grid, by Newton with one Jacobian for all its steps.
pub fn polish(model: &Model, x: &DVector<f64>) -> Option<Solution> {
    let grid = Resolution::FINE;
    let mut x = x.clone();
    for _ in 0..3 {
        let size = x.len();
        let matrix = jacobian(model, &x, Resolution::COARSE)? - DMatrix::identity(size, size);
        let factors = matrix.lu();
        for _ in 0..6 {
            let residual = model.residual(&x, grid)?;
            if residual.amax() < 1e-12 {
                break;
            }
            x += factors.solve(&-residual)?;
        }
    }
    let residual = model.residual(&x, grid)?;
    if residual.amax() > 1e-9 {
        return None;
    }
    evaluate(model, &model.unflatten(&x), grid)
}
