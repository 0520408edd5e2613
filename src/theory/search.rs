//! The search for a fixed point: damped iteration, root finder, refinement of the quadrature.

use super::fixed_point::{FixedPoint, Solution, Work};
use super::outcome::{Method, Outcome};
use super::settings::FixedPointSettings;
use super::stability::stability;
use super::state_evolution::{Departure, Proximal, State, StateEvolution};
use super::undamped_map::UndampedMap;
use super::unknowns::{Shape, residual_size};
use crate::model::Model;
use crate::numerics::newton::{NewtonSettings, System, find_root};
use crate::numerics::symmetric::{largest_eigenvalue, spectral_radius};
use nalgebra::{DMatrix, DVector};

/// Levels before a quadrature error that no longer falls ends the refinement.
const MIN_LEVELS: u32 = 6;

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

pub(super) struct Search<'a> {
    model: &'a Model,
    settings: &'a FixedPointSettings,
    shape: Shape,
    /// Damping of the proximal parameter in the iteration under way.
    damping: f64,
    level: u32,
    work: Work,
}

impl<'a> Search<'a> {
    pub fn new(model: &'a Model, settings: &'a FixedPointSettings) -> Self {
        Self {
            model,
            settings,
            shape: Shape::of(model),
            damping: settings.damping,
            level: 0,
            work: Work::default(),
        }
    }

    /// The same search, beginning at this refinement level of the quadrature.
    pub fn at_level(mut self, level: u32) -> Self {
        self.level = level;
        self
    }

    pub fn run(&mut self, start: &'static str, state: State) -> Solution {
        // An overshooting V can leave no positive root for the prior step: stronger damping then avoids the overshoot.
        let mut end = self.iterate(state.clone());
        for _ in 0..3 {
            if !matches!(
                end,
                Iteration::Failed(Outcome::LeftDomain(Departure::PriorStep), ..)
            ) {
                break;
            }
            self.damping *= 0.25;
            end = self.iterate(state.clone());
        }
        match end {
            Iteration::Root(root) => self.complete(start, root),
            Iteration::Failed(outcome, last, residual) => Solution {
                start,
                outcome,
                last,
                residual,
                work: self.work,
                fixed_point: None,
            },
        }
    }

    /// Follows a branch of fixed points: the root finder from the state of a neighbour, whether damped iteration would stay at the root
    /// or leave it.
    pub fn branch(&mut self, start: &'static str, state: State) -> Solution {
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
        match root {
            Some(root) => self.complete(start, root),
            None => Solution {
                start,
                outcome: Outcome::OutOfIterations,
                last: state,
                residual: f64::INFINITY,
                work: self.work,
                fixed_point: None,
            },
        }
    }

    /// Refines a root and checks what it is.
    fn complete(&mut self, start: &'static str, root: Root) -> Solution {
        let (root, outcome) = self.refine(root);
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
        let proximal = Proximal::damped(self.damping);
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
            let value = self.model.hidden().covariance_bound() * largest_eigenvalue(&v);
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
        let map = UndampedMap::new(self.evolution(), self.shape);
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
        let map = UndampedMap::new(self.evolution(), self.shape);
        let jacobian = map.map_jacobian(&x);
        self.work.evaluations += map.evaluations.get();
        let jacobian = jacobian?;
        let rate = spectral_radius(&self.shape.damped(&jacobian, self.damping));
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
            let accurate = error <= self.settings.sampling_tolerance;
            return (
                root,
                if accurate {
                    Ok(error)
                } else {
                    Err(Outcome::QuadratureLimit { error })
                },
            );
        }
        let mut best = f64::INFINITY;
        loop {
            let Some(error) = self.refinement_error(&root) else {
                return (root, Err(Outcome::QuadratureLimit { error: best }));
            };
            if error <= self.settings.quadrature_tolerance {
                return (root, Ok(error));
            }
            // The rule converges exponentially: an error that no longer falls is not the grid's.
            let stalled = error > 0.9 * best && self.level > MIN_LEVELS;
            best = best.min(error);
            self.level += 1;
            match self.follow(&root) {
                Some(better) if !stalled => root = better,
                _ => {
                    self.level -= 1;
                    return (root, Err(Outcome::QuadratureLimit { error: best }));
                }
            }
        }
    }

    /// Shift of the root, to first order, on the next finer grid.
    fn refinement_error(&mut self, root: &Root) -> Option<f64> {
        self.level += 1;
        let map = UndampedMap::new(self.evolution(), self.shape);
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
        let map = UndampedMap {
            chord: Some(&root.jacobian),
            ..UndampedMap::new(self.evolution(), self.shape)
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
        let rate = spectral_radius(&self.shape.damped(&root.jacobian, self.damping));
        match stability(self.model, state, self.settings, self.level) {
            Ok(stability) => {
                let canonical = self.model.symmetry().canonical(&state.order);
                let fixed_point = FixedPoint {
                    k: canonical.action.on_units(&state.v),
                    order: canonical.order,
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

/// `(I − J)^{-1} residual`: how far the root lies from the point with this residual. Directions along which the map is the
/// identity (rotations of Gaussian units, which leave the model unchanged) have no definite shift and are left out.
fn shift(jacobian: &DMatrix<f64>, residual: &DVector<f64>) -> Option<DVector<f64>> {
    if jacobian
        .iter()
        .chain(residual.iter())
        .any(|entry| !entry.is_finite())
    {
        return None;
    }
    let identity = DMatrix::identity(jacobian.nrows(), jacobian.ncols());
    // The Jacobian is known to about 1e-7: smaller singular values are no information.
    (identity - jacobian)
        .svd(true, true)
        .solve(residual, 1e-6)
        .ok()
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
