//! The search for a fixed point: damped iteration, root finder, refinement of the quadrature.

mod refinement;

use super::fixed_point::{Solution, Work};
use super::linearisation::Linearisation;
use super::outcome::{Method, Outcome};
use super::settings::FixedPointSettings;
use super::state_evolution::{Departure, State, StateEvolution};
use super::undamped_map::UndampedMap;
use super::unknowns::{Shape, residual_size};
use crate::model::Model;
use crate::numerics::newton::{NewtonSettings, find_root};
use crate::numerics::symmetric::largest_eigenvalue;
use crate::order_parameters::OrderParameters;
use crate::proximal::Proximal;
use nalgebra::{DMatrix, DVector};

/// Residual below which the root finder is tried first, and that below which it may go farther than
/// the contraction foretells.
const EARLIEST_POLISH: f64 = 1e-2;
const LATE: f64 = 1e-3;

/// Contraction with which it is tried early.
const QUICK: f64 = 0.9;

/// A fixed point whose joint eigenvalue exceeds 1 by more than this is one that iteration leaves.
const MARGINAL: f64 = 1e-6;

/// Number of times that a settled iteration may be found at a saddle before it is given up.
const MAX_SADDLES: u32 = 3;

/// Parts of the way to the image that the overlaps `M`, `Q` go in one step: iteration first goes
/// the whole way, as AMP does. Where it fails it may be unstable around a solution that is not
/// (theory.md section 3), so that it then follows the flow `dx/ds = F(x) − x` more and more
/// closely.
const OVERLAP_DAMPING: [f64; 4] = [1.0, 0.4, 0.1, 0.025];

/// How often in a row `V` may leave the domain before iteration is given up: closer to the flow it
/// would leave it again, only later.
const MAX_DEPARTURES: u32 = 2;

/// A point at which the residual vanishes at the current quadrature level.
pub(super) struct Root {
    pub x: DVector<f64>,
    pub residual: f64,
    method: Method,
    /// Jacobian of the undamped map.
    jacobian: DMatrix<f64>,
}

/// How the iteration at the coarsest level ended.
pub(super) enum Iteration {
    Root(Root),
    Failed(Outcome, State, f64),
}

pub(super) struct Search<'a> {
    model: &'a Model,
    settings: &'a FixedPointSettings,
    shape: Shape,
    level: u32,
    work: Work,
}

impl<'a> Search<'a> {
    pub fn new(model: &'a Model, settings: &'a FixedPointSettings) -> Self {
        Self {
            model,
            settings,
            shape: Shape::of(model),
            level: 0,
            work: Work::default(),
        }
    }

    /// Work done so far.
    pub fn work(&self) -> Work {
        self.work
    }

    /// The same search, beginning at this refinement level of the quadrature.
    pub fn at_level(mut self, level: u32) -> Self {
        self.level = level;
        self
    }

    pub fn run(&mut self, start: &str, state: State) -> Solution {
        match self.approach(&state) {
            Iteration::Root(root) => self.complete(start, root),
            Iteration::Failed(outcome, last, residual) => {
                self.failed(start, outcome, last, residual)
            }
        }
    }

    /// Iterates from `state` until a root is reached at the coarsest quadrature, damping the
    /// overlaps where that fails.
    pub fn approach(&mut self, state: &State) -> Iteration {
        let mut first_failure = None;
        let mut departures = 0;
        for overlaps in OVERLAP_DAMPING {
            let end = self.iterate(state.clone(), overlaps);
            let Iteration::Failed(outcome, ..) = &end else {
                return end;
            };
            // Nodes that do not suffice, and a pace that is merely slow, are no instability.
            let unstable = match outcome {
                Outcome::LeftDomain(departure) => !departure.is_of_quadrature(),
                Outcome::OutOfIterations | Outcome::NotFinite => true,
                _ => false,
            };
            departures = match outcome {
                Outcome::LeftDomain(Departure::Proximal { .. }) => departures + 1,
                _ => 0,
            };
            first_failure.get_or_insert(end);
            if !unstable || departures >= MAX_DEPARTURES {
                break;
            }
        }
        match first_failure {
            Some(failure) => failure,
            None => unreachable!("there is a first damping"),
        }
    }

    pub fn failed(&self, start: &str, outcome: Outcome, last: State, residual: f64) -> Solution {
        Solution {
            start: start.into(),
            outcome,
            last,
            residual,
            work: self.work,
            fixed_point: None,
        }
    }

    /// Follows a branch of fixed points: the root finder from the state of a neighbour, whether
    /// damped iteration would stay at the root or leave it.
    pub fn branch(&mut self, start: &str, state: State) -> Solution {
        match self.polished(&state) {
            Some(root) => self.complete(start, root),
            None => self.failed(start, Outcome::OutOfIterations, state, f64::INFINITY),
        }
    }

    /// The root that the root finder reaches from `state` at the coarsest quadrature.
    pub fn polished(&mut self, state: &State) -> Option<Root> {
        let x = self.shape.pack(&state.order, &state.v);
        let scale = x.amax().max(1.0);
        let map = UndampedMap::new(self.evolution(), self.shape);
        let settings = NewtonSettings {
            target: 0.1 * self.settings.tolerance * scale,
            max_steps: 30,
        };
        let stop = find_root(&map, x, settings);
        let root = stop
            .filter(|stop| stop.residual <= self.settings.tolerance * scale)
            .and_then(|stop| {
                Some(Root {
                    jacobian: map.map_jacobian(&stop.x)?,
                    residual: stop.residual / scale,
                    x: stop.x,
                    method: Method::RootFinder,
                })
            });
        self.work.evaluations += map.evaluations.get();
        root
    }

    fn evolution(&self) -> StateEvolution<'a> {
        StateEvolution {
            model: self.model,
            quadrature: self.settings.quadrature(self.model.units(), self.level),
        }
    }

    /// Damped iteration until the residual is small over three consecutive steps, or until it
    /// contracts steadily and the root finder succeeds from there. The overlaps go the part
    /// `overlaps` of their way, the proximal parameter that part of its own.
    fn iterate(&mut self, mut state: State, overlaps: f64) -> Iteration {
        let proximal = Proximal::damped(overlaps * self.settings.damping);
        let mut history: Vec<f64> = Vec::new();
        let mut next_polish = EARLIEST_POLISH;
        // Exactly without overlap, iteration does not leave a saddle.
        let mut saddles = 0;
        while saddles < MAX_SADDLES && history.len() < self.settings.max_iterations {
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
            if settled(&history, self.settings.tolerance) {
                let map = UndampedMap::new(self.evolution(), self.shape);
                let jacobian = map.map_jacobian(&x);
                self.work.evaluations += map.evaluations.get();
                let method = Method::DampedIteration;
                let root = jacobian.and_then(|own| self.accept(x.clone(), residual, own, method));
                if let Some(root) = root {
                    return Iteration::Root(root);
                }
                saddles += 1;
            }
            let quick = residual < LATE || mean_rate(&history) < QUICK;
            if residual < next_polish && quick && contracting(&history) {
                if let Some(root) = self.polish(&x, &history) {
                    return Iteration::Root(root);
                }
                next_polish = 0.1 * residual;
            }
            let v = proximal.next(self.model.hidden(), &state.v, &step.k);
            let value = self.model.hidden().covariance_bound() * largest_eigenvalue(&v);
            if value > 1.0 - 1e-6 {
                let outcome = Outcome::LeftDomain(Departure::Proximal { value });
                return Iteration::Failed(outcome, state, residual);
            }
            state = State {
                order: blend(&state.order, step.order, overlaps),
                v,
            };
        }
        let residual = history.last().copied().unwrap_or(f64::INFINITY);
        let rate = mean_rate(&history);
        let outcome = if saddles >= MAX_SADDLES {
            Outcome::Saddle
        } else if contracting(&history) && rate < 1.0 {
            Outcome::Slow { rate }
        } else {
            Outcome::OutOfIterations
        };
        Iteration::Failed(outcome, state, residual)
    }

    /// Root finder from the iterate `x`; accepted only near the point that the contraction
    /// predicts.
    fn polish(&mut self, x: &DVector<f64>, history: &[f64]) -> Option<Root> {
        let residual = *history.last()?;
        let rate = mean_rate(history).min(0.999);
        let map = UndampedMap::new(self.evolution(), self.shape);
        let target = 0.1 * self.settings.tolerance * x.amax().max(1.0);
        let settings = NewtonSettings {
            target,
            max_steps: 12,
        };
        let scale = x.amax().max(1.0);
        // Far away the root finder is trusted less.
        let leeway = if residual > LATE { 5.0 } else { 20.0 };
        let stop = find_root(&map, x.clone(), settings).filter(|stop| {
            let near = (&stop.x - x).amax() <= leeway * scale * residual / (1.0 - rate);
            near && stop.residual <= self.settings.tolerance * scale
        });
        let jacobian = stop.as_ref().and_then(|stop| map.map_jacobian(&stop.x));
        self.work.evaluations += map.evaluations.get();
        let stop = stop?;
        let residual = stop.residual / scale;
        self.accept(stop.x, residual, jacobian?, Method::RootFinder)
    }

    /// Takes `x` as a root unless it is a saddle, which iteration would leave again.
    fn accept(
        &self,
        x: DVector<f64>,
        residual: f64,
        jacobian: DMatrix<f64>,
        method: Method,
    ) -> Option<Root> {
        let state = self.shape.unpack(&x);
        let linear = Linearisation::new(self.model, &state, jacobian);
        (linear.joint_eigenvalue() <= 1.0 + MARGINAL).then(|| Root {
            x,
            residual,
            method,
            jacobian: linear.into_jacobian(),
        })
    }
}

/// Order parameters between two, the part `part` of the way from the first.
fn blend(from: &OrderParameters, to: OrderParameters, part: f64) -> OrderParameters {
    if part == 1.0 {
        return to;
    }
    OrderParameters {
        m: &from.m * (1.0 - part) + to.m * part,
        q: &from.q * (1.0 - part) + to.q * part,
    }
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
