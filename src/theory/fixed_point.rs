//! Fixed points of state evolution: damped iteration, then argmin's root finder on the undamped residual, then refinement
//! of the quadrature until its own error estimate is small.

use super::outcome::{Method, Outcome};
use super::stability::{Stability, stability};
use super::state_evolution::{Departure, Proximal, Quadrature, State, StateEvolution};
use super::unknowns::{Shape, residual_size};
use crate::error::{Result, require_fraction, require_positive};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::newton::{NewtonSettings, System, difference_jacobian, find_root};
use crate::numerics::symmetric::spectral_radius;
use crate::order_parameters::{OrderParameters, realign};
use nalgebra::{DMatrix, DVector};

/// Where a fixed-point search begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// Each unit aligned with one signal (the strongest first): `M_aa = 1`, `Q = I`.
    Planted,
    /// A small overlap with every signal, `M_ab = 0.05 δ_ab` and a little more off the diagonal, `Q = I`.
    Weak,
    /// These order parameters.
    Given(OrderParameters),
}

impl Start {
    /// Name in tables and records.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Planted => "planted",
            Self::Weak => "weak",
            Self::Given(_) => "given",
        }
    }

    /// The order parameters of this start.
    ///
    /// # Errors
    /// Given parameters of the wrong shape, or not a possible overlap.
    pub fn order_parameters(&self, model: &Model) -> Result<OrderParameters> {
        let (signals, units) = (model.signals(), model.units());
        // Gaussian units live in Q < I.
        let scale = if model.hidden().mean_bound().is_none() {
            0.25
        } else {
            1.0
        };
        let mut strongest: Vec<usize> = (0..signals).collect();
        strongest.sort_by(|&a, &b| model.lambda()[b].total_cmp(&model.lambda()[a]));
        strongest.truncate(units);
        strongest.sort_unstable();
        let aligned = |on: f64, off: f64| OrderParameters {
            m: Matrix::from_fn(signals, units, |a, b| {
                let matched = strongest.get(b) == Some(&a);
                f64::sqrt(scale)
                    * if matched {
                        on
                    } else {
                        off * (1.0 + a as f64 - 0.5 * b as f64)
                    }
            }),
            q: Matrix::identity(units, units) * scale,
        };
        match self {
            // Not exactly 1: Q − M^T M stays positive definite.
            Self::Planted => Ok(aligned(0.99, 0.0)),
            Self::Weak => Ok(aligned(0.05, 0.001)),
            Self::Given(order) => {
                order.validate(signals, units)?;
                Ok(order.clone())
            }
        }
    }
}

/// Tuning of a fixed-point search.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedPointSettings {
    /// Largest residual, relative to the largest order parameter where that exceeds 1 and absolute below: an overlap that
    /// vanishes has an absolute floor.
    pub tolerance: f64,
    /// Largest error of an order parameter by quadrature (tensor rule only; quasi-Monte Carlo reports its standard error).
    pub quadrature_tolerance: f64,
    /// Damping `ρ` of the proximal parameter.
    pub damping: f64,
    /// Largest number of damped iterations.
    pub max_iterations: usize,
    /// Cap on the nodes of a tensor grid.
    pub max_nodes: usize,
    /// Binary logarithm of the quasi-Monte-Carlo points of one randomisation.
    pub log2_points: u32,
    /// Number of independent randomisations.
    pub randomisations: u32,
    /// Seed of the randomisations.
    pub seed: u32,
    /// Largest number of units for which the tensor rule is used.
    pub tensor_units: usize,
}

impl Default for FixedPointSettings {
    fn default() -> Self {
        Self {
            tolerance: 1e-12,
            quadrature_tolerance: 1e-10,
            damping: 0.2,
            max_iterations: 2000,
            max_nodes: 40_000_000,
            log2_points: 12,
            randomisations: 8,
            seed: 1,
            tensor_units: 3,
        }
    }
}

impl FixedPointSettings {
    /// Checks every field.
    ///
    /// # Errors
    /// Names the field outside of its range.
    pub fn validate(&self) -> Result<()> {
        require_positive("tolerance", self.tolerance)?;
        require_positive("quadrature-tolerance", self.quadrature_tolerance)?;
        require_fraction("damping", self.damping)?;
        let whole = |field: &str, value: u64, low: u64, high: u64| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(crate::error::Error::invalid(
                field,
                value,
                format!("must lie in {low}..={high}"),
            ))
        };
        whole("max-iterations", self.max_iterations as u64, 1, 10_000_000)?;
        whole("log2-points", u64::from(self.log2_points), 4, 16)?;
        whole("randomisations", u64::from(self.randomisations), 2, 1024)
    }

    /// The quadrature at a level of refinement; quasi-Monte Carlo begins with fewer points.
    pub fn quadrature(&self, units: usize, level: u32) -> Quadrature {
        if units <= self.tensor_units {
            Quadrature::Tensor {
                level,
                max_nodes: self.max_nodes,
            }
        } else {
            Quadrature::QuasiMonteCarlo {
                log2_points: self.log2_points,
                randomisations: self.randomisations,
                seed: self.seed,
            }
        }
    }
}

/// Work done by a search.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Work {
    /// Damped iterations.
    pub iterations: u64,
    /// Evaluations of the state-evolution map, those of the iterations included.
    pub evaluations: u64,
    /// Refinement level of the quadrature at the end.
    pub level: u32,
    /// Quadrature nodes of one evaluation at that level.
    pub nodes: u64,
}

/// A fixed point of state evolution that was found: residual, quadrature and stability are part of it.
#[derive(Debug, Clone)]
pub struct FixedPoint {
    /// Order parameters, units aligned with signals.
    pub order: OrderParameters,
    /// Proximal parameter `V = K`.
    pub k: Matrix,
    /// Residual of the undamped map, recomputed.
    pub residual: f64,
    /// Estimated error of the order parameters by quadrature: difference to a finer grid (tensor) or standard error
    /// (quasi-Monte Carlo), carried through `(I − J)^{-1}`.
    pub quadrature_error: f64,
    /// Spectral radius of the damped state-evolution map: its contraction rate.
    pub rate: f64,
    /// Replicon and objective.
    pub stability: Stability,
}

/// Result of one search.
#[derive(Debug, Clone)]
pub struct Solution {
    /// Name of the start.
    pub start: &'static str,
    /// How the search ended.
    pub outcome: Outcome,
    /// Where it ended; a fixed point only if [`Solution::fixed_point`] says so.
    pub last: State,
    /// Residual of the undamped map there (infinite where the map is not defined).
    pub residual: f64,
    /// Work done.
    pub work: Work,
    fixed_point: Option<FixedPoint>,
}

impl Solution {
    /// The fixed point.
    ///
    /// # Errors
    /// The outcome, where there is none: a value that did not converge is reachable only as [`Solution::last`].
    pub fn fixed_point(&self) -> std::result::Result<&FixedPoint, &Outcome> {
        self.fixed_point.as_ref().ok_or(&self.outcome)
    }
}

/// Searches a fixed point of state evolution from `start`.
///
/// # Errors
/// Bad settings or a bad start; everything else is part of the [`Solution`].
pub fn solve(model: &Model, start: &Start, settings: &FixedPointSettings) -> Result<Solution> {
    settings.validate()?;
    let order = start.order_parameters(model)?;
    let units = model.units();
    let mut search = Search {
        model,
        settings,
        shape: Shape::of(model),
        level: 0,
        work: Work::default(),
    };
    let state = State {
        order,
        v: Matrix::zeros(units, units),
    };
    Ok(search.run(start.name(), state))
}

/// Searches from several starts and keeps the distinct results: fixed points that agree after alignment within 1e-6 are one.
///
/// # Errors
/// As [`solve`].
pub fn solve_all(
    model: &Model,
    starts: &[Start],
    settings: &FixedPointSettings,
) -> Result<Vec<Solution>> {
    let mut distinct: Vec<Solution> = Vec::new();
    for start in starts {
        let solution = solve(model, start, settings)?;
        let same = |other: &Solution| match (solution.fixed_point(), other.fixed_point()) {
            (Ok(a), Ok(b)) => {
                let close = |x: &Matrix, y: &Matrix| (x - y).amax() < 1e-6;
                close(&a.order.m, &b.order.m) && close(&a.order.q, &b.order.q)
            }
            _ => false,
        };
        if !distinct.iter().any(same) {
            distinct.push(solution);
        }
    }
    Ok(distinct)
}

/// A point at which the residual vanishes at the current quadrature level.
struct Root {
    x: DVector<f64>,
    residual: f64,
    method: Method,
    /// Jacobian of the undamped map.
    jacobian: DMatrix<f64>,
}

/// How the iteration at the coarsest level ended.
enum Iteration {
    Root(Root),
    Failed(Outcome, State, f64),
}

struct Search<'a> {
    model: &'a Model,
    settings: &'a FixedPointSettings,
    shape: Shape,
    level: u32,
    work: Work,
}

impl<'a> Search<'a> {
    fn run(&mut self, start: &'static str, state: State) -> Solution {
        let (root, outcome) = match self.iterate(state) {
            Iteration::Root(root) => self.refine(root),
            Iteration::Failed(outcome, last, residual) => {
                return Solution {
                    start,
                    outcome,
                    last,
                    residual,
                    work: self.work,
                    fixed_point: None,
                };
            }
        };
        let last = self.shape.unpack(&root.x);
        let (outcome, fixed_point) = match outcome {
            Ok(quadrature_error) => self.finish(&root, &last, quadrature_error),
            Err(outcome) => (outcome, None),
        };
        Solution {
            start,
            outcome,
            last,
            residual: root.residual,
            work: self.work,
            fixed_point,
        }
    }

    fn evolution(&self) -> StateEvolution<'a> {
        StateEvolution {
            model: self.model,
            quadrature: self.settings.quadrature(self.model.units(), self.level),
        }
    }

    /// Damped iteration until the residual is small over three consecutive steps, or until it contracts steadily and the
    /// root finder succeeds from there.
    fn iterate(&mut self, mut state: State) -> Iteration {
        let proximal = Proximal::damped(self.settings.damping);
        let mut history: Vec<f64> = Vec::new();
        let mut next_polish = 1e-3;
        while history.len() < self.settings.max_iterations {
            let step = match self.evolution().step(&state) {
                Ok(step) => step,
                Err(departure) => {
                    let outcome = Outcome::LeftDomain(departure);
                    return Iteration::Failed(outcome, state, f64::INFINITY);
                }
            };
            self.work.iterations += 1;
            self.work.evaluations += 1;
            self.work.nodes = step.moments.nodes;
            let x = self.shape.pack(&state.order, &state.v);
            let residual = residual_size(&x, &self.shape.pack(&step.order, &step.k));
            if !residual.is_finite() {
                return Iteration::Failed(Outcome::NotFinite, state, residual);
            }
            history.push(residual);
            if settled(&history, self.settings.tolerance)
                && let Some(root) = self.accept(x.clone(), residual, Method::DampedIteration)
            {
                return Iteration::Root(root);
            }
            if residual < next_polish && contracting(&history) {
                if let Some(root) = self.polish(&x, &history) {
                    return Iteration::Root(root);
                }
                next_polish = 0.1 * residual;
            }
            let v = proximal.next(self.model.hidden(), &state.v, &step.k);
            let value = self.model.hidden().covariance_bound()
                * crate::numerics::symmetric::largest_eigenvalue(&v);
            if value > 1.0 - 1e-6 {
                let outcome = Outcome::LeftDomain(Departure::Proximal { value });
                return Iteration::Failed(outcome, state, residual);
            }
            state = State {
                order: step.order,
                v,
            };
        }
        let residual = history.last().copied().unwrap_or(f64::INFINITY);
        let rate = mean_rate(&history);
        let outcome = if contracting(&history) && rate < 1.0 {
            Outcome::Slow { rate }
        } else {
            Outcome::OutOfIterations
        };
        Iteration::Failed(outcome, state, residual)
    }

    /// Root finder from the iterate `x`; accepted only near the point that the contraction predicts.
    fn polish(&mut self, x: &DVector<f64>, history: &[f64]) -> Option<Root> {
        let residual = *history.last()?;
        let rate = mean_rate(history).min(0.999);
        let map = Map::new(self.evolution(), self.shape);
        let target = 0.1 * self.settings.tolerance * x.amax().max(1.0);
        let settings = NewtonSettings {
            target,
            max_steps: 12,
        };
        let stop = find_root(&map, x.clone(), settings);
        self.work.evaluations += map.evaluations.get();
        let stop = stop?;
        let scale = x.amax().max(1.0);
        let near = (&stop.x - x).amax() <= 20.0 * scale * residual / (1.0 - rate);
        if near && stop.residual <= self.settings.tolerance * scale {
            return self.accept(stop.x, stop.residual / scale, Method::RootFinder);
        }
        None
    }

    /// Takes `x` as a root unless it is a saddle of the damped map, which iteration would leave again.
    fn accept(&mut self, x: DVector<f64>, residual: f64, method: Method) -> Option<Root> {
        let map = Map::new(self.evolution(), self.shape);
        let jacobian = map.map_jacobian(&x);
        self.work.evaluations += map.evaluations.get();
        let jacobian = jacobian?;
        let rate = spectral_radius(&self.shape.damped(&jacobian, self.settings.damping));
        (rate <= 1.0 + 1e-7).then_some(Root {
            x,
            residual,
            method,
            jacobian,
        })
    }

    /// Refines the quadrature until the root moves by less than the quadrature tolerance; the error of the root comes with it.
    fn refine(&mut self, mut root: Root) -> (Root, std::result::Result<f64, Outcome>) {
        if self.model.units() > self.settings.tensor_units {
            let error = self.sampling_error(&root);
            return (root, Ok(error));
        }
        loop {
            let coarse = self.level;
            let Some(error) = self.refinement_error(&root) else {
                return (
                    root,
                    Err(Outcome::QuadratureLimit {
                        error: f64::INFINITY,
                    }),
                );
            };
            if error <= self.settings.quadrature_tolerance {
                return (root, Ok(error));
            }
            self.level = coarse + 1;
            match self.follow(&root) {
                Some(better) => root = better,
                None => {
                    self.level = coarse;
                    return (root, Err(Outcome::QuadratureLimit { error }));
                }
            }
        }
    }

    /// Shift of the root, to first order, on the next finer grid.
    fn refinement_error(&mut self, root: &Root) -> Option<f64> {
        self.level += 1;
        let map = Map::new(self.evolution(), self.shape);
        let fine = map.residual(&root.x);
        self.level -= 1;
        self.work.evaluations += 1;
        Some(shift(&root.jacobian, &fine?)?.amax())
    }

    /// Standard error of the root over the randomisations.
    fn sampling_error(&mut self, root: &Root) -> f64 {
        let state = self.shape.unpack(&root.x);
        let Ok(steps) = self.evolution().steps_by_randomisation(&state) else {
            return f64::INFINITY;
        };
        let count = steps.len() as f64;
        let mut squares = DVector::zeros(root.x.len());
        for step in &steps {
            let residual = self.shape.pack(&step.order, &step.k) - &root.x;
            let Some(moved) = shift(&root.jacobian, &residual) else {
                return f64::INFINITY;
            };
            squares += moved.component_mul(&moved);
        }
        (squares / (count * (count - 1.0))).map(f64::sqrt).amax()
    }

    /// The root on the current, finer grid: chord iteration with the known Jacobian through the same root finder.
    fn follow(&mut self, root: &Root) -> Option<Root> {
        let map = Map {
            chord: Some(&root.jacobian),
            ..Map::new(self.evolution(), self.shape)
        };
        let scale = root.x.amax().max(1.0);
        let settings = NewtonSettings {
            target: 0.1 * self.settings.tolerance * scale,
            max_steps: 12,
        };
        let stop = find_root(&map, root.x.clone(), settings)?;
        self.work.evaluations += map.evaluations.get();
        self.work.nodes = map.nodes.get();
        (stop.residual <= self.settings.tolerance * scale).then(|| Root {
            x: stop.x,
            residual: stop.residual / scale,
            method: root.method,
            jacobian: root.jacobian.clone(),
        })
    }

    fn finish(
        &mut self,
        root: &Root,
        state: &State,
        quadrature_error: f64,
    ) -> (Outcome, Option<FixedPoint>) {
        self.work.level = self.level;
        let rate = spectral_radius(&self.shape.damped(&root.jacobian, self.settings.damping));
        match stability(self.model, state, self.settings, self.level) {
            Ok(stability) => {
                let signs_are_free = self.model.hidden().signs_are_free();
                let alignment = state.order.alignment(signs_are_free);
                let fixed_point = FixedPoint {
                    order: state.order.aligned(signs_are_free),
                    k: realign(&state.v, &alignment),
                    residual: root.residual,
                    quadrature_error,
                    rate,
                    stability,
                };
                let method = root.method;
                (Outcome::Converged { method }, Some(fixed_point))
            }
            Err(departure) => (Outcome::LeftDomain(departure), None),
        }
    }
}

/// `(I − J)^{-1} residual`: how far the root lies from the point with this residual.
fn shift(jacobian: &DMatrix<f64>, residual: &DVector<f64>) -> Option<DVector<f64>> {
    let identity = DMatrix::identity(jacobian.nrows(), jacobian.ncols());
    (identity - jacobian).lu().solve(residual)
}

/// Whether the last three residuals are all below the tolerance.
fn settled(history: &[f64], tolerance: f64) -> bool {
    history.len() >= 3
        && history[history.len() - 3..]
            .iter()
            .all(|&residual| residual <= tolerance)
}

/// Whether the residual fell in each of the last five steps.
fn contracting(history: &[f64]) -> bool {
    history.len() >= 6
        && history[history.len() - 6..]
            .windows(2)
            .all(|pair| pair[1] < pair[0])
}

/// Geometric mean contraction over the last five steps.
fn mean_rate(history: &[f64]) -> f64 {
    let steps = history.len().saturating_sub(1).min(5);
    if steps == 0 {
        return f64::NAN;
    }
    let (first, last) = (
        history[history.len() - 1 - steps],
        history[history.len() - 1],
    );
    (last / first).powf(1.0 / steps as f64)
}

/// The undamped map as a system of equations, `F(x) − x = 0`.
struct Map<'a> {
    evolution: StateEvolution<'a>,
    shape: Shape,
    chord: Option<&'a DMatrix<f64>>,
    evaluations: std::cell::Cell<u64>,
    nodes: std::cell::Cell<u64>,
}

impl<'a> Map<'a> {
    fn new(evolution: StateEvolution<'a>, shape: Shape) -> Self {
        Self {
            evolution,
            shape,
            chord: None,
            evaluations: std::cell::Cell::new(0),
            nodes: std::cell::Cell::new(0),
        }
    }

    /// Derivative of the undamped map at `x`.
    fn map_jacobian(&self, x: &DVector<f64>) -> Option<DMatrix<f64>> {
        let at = self.residual(x)?;
        let derivative = difference_jacobian(|y| self.residual(y), x, &at)?;
        let size = x.len();
        Some(derivative + DMatrix::identity(size, size))
    }
}

impl System for Map<'_> {
    fn residual(&self, x: &DVector<f64>) -> Option<DVector<f64>> {
        self.evaluations.set(self.evaluations.get() + 1);
        let step = self.evolution.step(&self.shape.unpack(x)).ok()?;
        self.nodes.set(step.moments.nodes);
        Some(self.shape.pack(&step.order, &step.k) - x)
    }

    fn jacobian(&self, x: &DVector<f64>, at: &DVector<f64>) -> Option<DMatrix<f64>> {
        match self.chord {
            Some(jacobian) => Some(jacobian - DMatrix::identity(x.len(), x.len())),
            None => difference_jacobian(|y| self.residual(y), x, at),
        }
    }
}
