//! From a root at one quadrature to a fixed point with its errors: finer grids or randomisations,
//! and what is said at the end.

use super::{Root, Search};
use crate::fixed_point::Measured;
use crate::numerics::newton::{NewtonSettings, find_root};
use crate::theory::fixed_point::{FixedPoint, Solution};
use crate::theory::linearisation::{self, Linearisation};
use crate::theory::outcome::Outcome;
use crate::theory::stability::{LevelErrors, Shift, Stability, observables, standard_error};
use crate::theory::state_evolution::{Quadrature, State, StateEvolution};
use crate::theory::undamped_map::UndampedMap;
use nalgebra::{DMatrix, DVector};

/// Levels before a quadrature error that no longer falls ends the refinement.
const MIN_LEVELS: u32 = 6;

/// A root's shift on the next finer grid, or those to the roots of the randomisations, with the
/// largest entry as error.
struct Accuracy {
    error: f64,
    shift: Shift,
}

impl Search<'_> {
    /// Refines a root and checks what it is.
    pub fn complete(&mut self, start: &str, root: Root) -> Solution {
        let (root, outcome) = self.refine(root);
        let last = self.shape.unpack(&root.x);
        let (outcome, fixed_point) = match outcome {
            Ok(accuracy) => self.finish(&root, &last, accuracy),
            Err(outcome) => (outcome, None),
        };
        Solution {
            start: start.into(),
            outcome,
            last,
            residual: root.residual,
            work: self.work,
            fixed_point,
        }
    }

    /// Refines the quadrature until the root moves by less than the quadrature tolerance; the error
    /// of the root comes with it.
    fn refine(&mut self, mut root: Root) -> (Root, std::result::Result<Accuracy, Outcome>) {
        if self.model.units() > self.settings.tensor_units {
            let accuracy = self.sampling_accuracy(&root);
            return (
                root,
                match accuracy {
                    Some(accuracy) if accuracy.error <= self.settings.sampling_tolerance => {
                        Ok(accuracy)
                    }
                    other => Err(Outcome::QuadratureLimit {
                        error: other.map_or(f64::INFINITY, |accuracy| accuracy.error),
                    }),
                },
            );
        }
        let mut errors = LevelErrors::default();
        loop {
            let best = errors.best;
            let Some(moved) = self.refinement_shift(&root) else {
                return (root, Err(Outcome::QuadratureLimit { error: best }));
            };
            let coarse = moved.amax();
            let fine = errors.of_finer(coarse);
            if fine <= self.settings.quadrature_tolerance {
                // The root of the finer grid: to second order, or where the derivative is rough there,
                // by more steps.
                self.level += 1;
                root.x += &moved;
                let mut left = self.residual_shift(&mut root);
                if root.residual > self.settings.tolerance
                    && let Some(better) = self.follow(&root)
                {
                    root = better;
                    left = self.residual_shift(&mut root);
                }
                if root.residual > self.settings.tolerance {
                    let error = f64::INFINITY;
                    return (root, Err(Outcome::QuadratureLimit { error }));
                }
                let moved = moved * (fine / coarse.max(f64::MIN_POSITIVE));
                let shift = Shift::Estimated(vec![moved, left]);
                return (root, Ok(Accuracy { error: fine, shift }));
            }
            // The rule converges exponentially: an error that no longer falls is not the grid's.
            let stalled = coarse > 0.9 * best && self.level > MIN_LEVELS;
            self.level += 1;
            match self.follow(&root) {
                Some(better) if !stalled => root = better,
                _ => {
                    self.level -= 1;
                    let error = best.min(coarse);
                    return (root, Err(Outcome::QuadratureLimit { error }));
                }
            }
        }
    }

    /// Shift of the root, to first order, on the next finer grid.
    fn refinement_shift(&mut self, root: &Root) -> Option<DVector<f64>> {
        self.level += 1;
        let map = UndampedMap::new(self.evolution(), self.shape);
        let fine = map.left(&root.x);
        self.level -= 1;
        self.work.evaluations += 1;
        shift(&root.jacobian, &fine?)
    }

    /// Shift of the root, to first order, by what is left of its residual, which is noted.
    fn residual_shift(&mut self, root: &mut Root) -> DVector<f64> {
        let map = UndampedMap::new(self.evolution(), self.shape);
        let left = map.left(&root.x);
        self.work.evaluations += 1;
        self.work.nodes = map.nodes.get();
        root.residual = left
            .as_ref()
            .map_or(f64::INFINITY, |left| left.amax() / root.x.amax().max(1.0));
        left.and_then(|left| shift(&root.jacobian, &left))
            .unwrap_or_else(|| DVector::zeros(root.x.len()))
    }

    /// Shifts to the roots of the randomisations, to first order, and their standard error.
    fn sampling_accuracy(&mut self, root: &Root) -> Option<Accuracy> {
        let state = self.shape.unpack(&root.x);
        let steps = self.evolution().steps_by_randomisation(&state).ok()?;
        let count = steps.len() as f64;
        let shifts = steps
            .iter()
            .map(|step| {
                let residual = self.shape.pack(&step.order, &step.k) - &root.x;
                shift(&root.jacobian, &residual)
            })
            .collect::<Option<Vec<_>>>()?;
        let mut squares = DVector::zeros(root.x.len());
        for moved in &shifts {
            squares += moved.component_mul(moved);
        }
        let error = (squares / (count * (count - 1.0))).map(f64::sqrt).amax();
        Some(Accuracy {
            error,
            shift: Shift::Sampled(shifts),
        })
    }

    /// The root on the current, finer grid: chord iteration with the known Jacobian through the
    /// same root finder.
    fn follow(&mut self, root: &Root) -> Option<Root> {
        let map = UndampedMap::new(self.evolution(), self.shape).along(&root.jacobian);
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
        accuracy: Accuracy,
    ) -> (Outcome, Option<FixedPoint>) {
        self.work.level = self.level;
        let (linear, joint_eigenvalue_error) = self.linearised(root, state);
        let shift = &accuracy.shift;
        match observables(self.model, state, self.settings, self.level, shift) {
            Ok(observed) => {
                let canonical = self.model.symmetry().canonical(&state.order);
                let aligned = State {
                    v: canonical.action.on_units(&state.v),
                    order: canonical.order,
                };
                let joint = Measured {
                    value: linear.joint_eigenvalue(),
                    error: joint_eigenvalue_error,
                };
                let turned = self
                    .shape
                    .turned(&linear.into_jacobian(), &canonical.action);
                let linear = Linearisation::new(self.model, &aligned, turned);
                let fixed_point = FixedPoint {
                    order: aligned.order,
                    k: aligned.v,
                    residual: root.residual,
                    quadrature_error: accuracy.error,
                    rate: linear.rate(1.0, self.settings.damping),
                    stability: Stability::new(joint, observed),
                    linearisation: Some(linear),
                };
                let method = root.method;
                (Outcome::Converged { method }, Some(fixed_point))
            }
            Err(departure) => (Outcome::LeftDomain(departure), None),
        }
    }

    /// The derivative at the root's own level, and the error of its joint eigenvalue.
    fn linearised(&mut self, root: &Root, state: &State) -> (Linearisation, f64) {
        // One level coarser than the root is enough: the difference to others is the error.
        let level = self.level.saturating_sub(1);
        let quadrature = self.settings.quadrature(self.model.units(), level);
        let linear = self
            .linearised_by(quadrature, root, state)
            .unwrap_or_else(|| Linearisation::new(self.model, state, root.jacobian.clone()));
        let error = match quadrature {
            Quadrature::Tensor { .. } => linearisation::error(&linear, level, |level| {
                let other = self.settings.quadrature(self.model.units(), level);
                self.linearised_by(other, root, state)
            }),
            Quadrature::QuasiMonteCarlo { randomisations, .. } => {
                let parts: Vec<f64> = (0..randomisations)
                    .map(|index| {
                        let own = quadrature.randomisation(index);
                        self.linearised_by(own, root, state)
                            .map_or(f64::INFINITY, |part| part.joint_eigenvalue())
                    })
                    .collect();
                standard_error(parts.into_iter())
            }
        };
        (linear, error)
    }

    fn linearised_by(
        &mut self,
        quadrature: Quadrature,
        root: &Root,
        state: &State,
    ) -> Option<Linearisation> {
        let model = self.model;
        let map = UndampedMap::new(StateEvolution { model, quadrature }, self.shape);
        let jacobian = map.map_jacobian(&root.x);
        self.work.evaluations += map.evaluations.get();
        Some(Linearisation::new(model, state, jacobian?))
    }
}

/// `(I − J)^{-1} residual`: how far the root lies from the point with this residual. Directions
/// along which the map is the identity (rotations of Gaussian units, which leave the model
/// unchanged) have no definite shift and are left out.
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
