//! The curve of fixed points: its equations, tangents, and points on it.

use super::ModelPath;
use crate::model::Model;
use crate::numerics::newton::{NewtonSettings, System, difference_jacobian, find_root};
use crate::theory::linearisation::{self, Linearisation};
use crate::theory::settings::FixedPointSettings;
use crate::theory::stability::{Shift, Stability, WithError, observables};
use crate::theory::state_evolution::{Departure, StateEvolution};
use crate::theory::undamped_map::UndampedMap;
use crate::theory::unknowns::Shape;
use nalgebra::{DMatrix, DVector};

/// A step that leaves less than this part of an overlap has left the branch for the one without overlap.
const SILENCED: f64 = 1e-4;

/// The curve's equations.
pub(super) struct Curve<'a> {
    pub path: ModelPath<'a>,
    pub shape: Shape,
    pub settings: &'a FixedPointSettings,
    /// Control parameter of one unit of arclength.
    pub unit: f64,
    /// Refinement level of the quadrature.
    pub level: u32,
    pub evaluations: std::cell::Cell<u64>,
}

/// A point of the curve in its own coordinates: the unknowns `x`, then the control parameter in units of the range.
#[derive(Debug, Clone)]
pub(super) struct Position {
    pub y: DVector<f64>,
    /// Derivative of the equations, by unknowns and parameter.
    pub jacobian: DMatrix<f64>,
    pub tangent: DVector<f64>,
    pub residual: f64,
}

impl Position {
    pub fn direction(&self) -> f64 {
        self.tangent[self.tangent.len() - 1]
    }
}

impl Curve<'_> {
    pub fn parameter(&self, y: &DVector<f64>) -> f64 {
        y[y.len() - 1] * self.unit
    }

    pub fn unknowns(&self, y: &DVector<f64>) -> DVector<f64> {
        y.rows(0, y.len() - 1).into_owned()
    }

    pub fn evolution<'m>(&self, model: &'m Model, level: u32) -> StateEvolution<'m> {
        StateEvolution {
            model,
            quadrature: self.settings.quadrature(model.units(), level),
        }
    }

    /// `F(x; p) − x`; `None` where it is not defined.
    pub fn residual(&self, y: &DVector<f64>) -> Option<DVector<f64>> {
        self.evaluations.set(self.evaluations.get() + 1);
        let model = (self.path)(self.parameter(y)).ok()?;
        UndampedMap::new(self.evolution(&model, self.level), self.shape).residual(&self.unknowns(y))
    }

    pub fn departure(&self, y: &DVector<f64>) -> Option<Departure> {
        let model = (self.path)(self.parameter(y)).ok()?;
        let state = self.shape.unpack(&self.unknowns(y));
        self.evolution(&model, self.level).step(&state).err()
    }

    /// The point `y`, which solves the equations up to `residual`, with its tangent on the side of `along`.
    pub fn position(
        &self,
        y: DVector<f64>,
        residual: f64,
        along: &DVector<f64>,
    ) -> Option<Position> {
        let at = self.residual(&y)?;
        let jacobian = difference_jacobian(|y| self.residual(y), &y, &at)?;
        let mut right = DVector::zeros(y.len());
        right[y.len() - 1] = 1.0;
        let tangent = bordered(&jacobian, along).lu().solve(&right)?;
        let norm = tangent.norm();
        (norm.is_finite() && norm > 0.0).then(|| Position {
            tangent: tangent / norm,
            y,
            jacobian,
            residual,
        })
    }

    /// The point of the curve in the plane through `from + step·tangent`, perpendicular to the tangent: with the derivative at `from`, and
    /// where that does not suffice with a new one in every step.
    pub fn correct(&self, from: &Position, step: f64) -> Option<Position> {
        let predicted = &from.y + &from.tangent * step;
        let chord = bordered(&from.jacobian, &from.tangent);
        [Some(&chord), None].into_iter().find_map(|chord| {
            let plane = Plane {
                curve: self,
                normal: &from.tangent,
                through: &predicted,
                chord,
            };
            let scale = predicted.amax().max(1.0);
            let newton = NewtonSettings {
                target: 0.1 * self.settings.tolerance * scale,
                max_steps: 12,
            };
            let stop = find_root(&plane, predicted.clone(), newton)?;
            let residual = stop.residual / scale;
            // A root far from the prediction lies on another branch.
            let near = (&stop.x - &predicted).norm() <= 0.5 * step.abs() + 1e-9;
            if residual > self.settings.tolerance || !near {
                return None;
            }
            self.position(stop.x, residual, &from.tangent)
        })
    }

    /// Shift of the unknowns in the point's plane on the next finer grid, to first order.
    pub fn quadrature_shift(&mut self, position: &Position) -> Option<DVector<f64>> {
        self.level += 1;
        let fine = self.residual(&position.y);
        self.level -= 1;
        let fine = fine?.push(0.0);
        let shift = bordered(&position.jacobian, &position.tangent)
            .lu()
            .solve(&fine)?;
        Some(self.unknowns(&shift))
    }

    /// Largest overlap of each unit.
    pub fn overlaps(&self, y: &DVector<f64>) -> Vec<f64> {
        let order = self.shape.unpack(&self.unknowns(y)).order;
        order.m.column_iter().map(|column| column.amax()).collect()
    }

    /// Whether a unit lost its overlap altogether, or turned it around: the corrector then jumped onto the branch without overlap, or
    /// onto the mirror image behind it.
    pub fn falls_silent(&self, from: &Position, to: &Position) -> bool {
        let [before, after] =
            [from, to].map(|position| self.shape.unpack(&self.unknowns(&position.y)).order.m);
        before
            .column_iter()
            .zip(after.column_iter())
            .any(|(before, after)| {
                let overlap = before.amax();
                overlap > 1e-9 && (after.amax() < SILENCED * overlap || before.dot(&after) < 0.0)
            })
    }

    /// The derivative of the undamped map, without the control parameter.
    fn linearisation(&self, model: &Model, position: &Position) -> Linearisation {
        let x = self.unknowns(&position.y);
        let size = x.len();
        let residual_derivative = position.jacobian.view((0, 0), (size, size)).into_owned();
        let jacobian = residual_derivative + DMatrix::identity(size, size);
        Linearisation::new(model, &self.shape.unpack(&x), jacobian)
    }

    /// The replicon alone.
    pub fn replicon(&self, position: &Position) -> Option<f64> {
        let model = (self.path)(self.parameter(&position.y)).ok()?;
        let state = self.shape.unpack(&self.unknowns(&position.y));
        let still = Shift::Estimated(Vec::new());
        let found = observables(&model, &state, self.settings, self.level, &still);
        found.ok().map(|[replicon, _]| replicon.value)
    }

    /// The joint eigenvalue alone.
    pub fn joint_eigenvalue(&self, position: &Position) -> Option<f64> {
        let model = (self.path)(self.parameter(&position.y)).ok()?;
        Some(self.linearisation(&model, position).joint_eigenvalue())
    }

    /// Replicon, joint eigenvalue and objective, with their errors; `shift` is how far the point may lie from the curve.
    pub fn stability(&self, position: &Position, shift: DVector<f64>) -> Option<Stability> {
        let model = (self.path)(self.parameter(&position.y)).ok()?;
        let x = self.unknowns(&position.y);
        let state = self.shape.unpack(&x);
        let linear = self.linearisation(&model, position);
        let joint_eigenvalue = linear.joint_eigenvalue();
        let joint_eigenvalue_error = linearisation::error(&linear, self.level, |level| {
            let map = UndampedMap::new(self.evolution(&model, level), self.shape);
            let jacobian = map.map_jacobian(&x)?;
            self.evaluations
                .set(self.evaluations.get() + map.evaluations.get());
            Some(Linearisation::new(&model, &state, jacobian))
        });
        let shift = Shift::Estimated(vec![shift]);
        let observed = observables(&model, &state, self.settings, self.level, &shift).ok()?;
        let joint = WithError {
            value: joint_eigenvalue,
            error: joint_eigenvalue_error,
        };
        Some(Stability::new(joint, observed))
    }
}

/// A derivative with one more row: a square matrix.
fn bordered(jacobian: &DMatrix<f64>, row: &DVector<f64>) -> DMatrix<f64> {
    let size = row.len();
    let mut bordered = DMatrix::zeros(size, size);
    bordered.rows_mut(0, size - 1).copy_from(jacobian);
    bordered.row_mut(size - 1).copy_from(&row.transpose());
    bordered
}

/// The curve's equations with that of a plane: as many equations as unknowns.
struct Plane<'a, 'b> {
    curve: &'a Curve<'b>,
    normal: &'a DVector<f64>,
    through: &'a DVector<f64>,
    /// A derivative to use everywhere.
    chord: Option<&'a DMatrix<f64>>,
}

impl System for Plane<'_, '_> {
    fn residual(&self, y: &DVector<f64>) -> Option<DVector<f64>> {
        let mut residual = self.curve.residual(y)?.push(0.0);
        let last = residual.len() - 1;
        residual[last] = self.normal.dot(&(y - self.through));
        Some(residual)
    }

    fn jacobian(&self, y: &DVector<f64>, at: &DVector<f64>) -> Option<DMatrix<f64>> {
        match self.chord {
            Some(chord) => Some(chord.clone()),
            None => difference_jacobian(|y| self.residual(y), y, at),
        }
    }
}
