//! The curve of solutions: its equations, tangents, and points on it.

use crate::fixed_point::{Accuracy, Description, FixedPointProblem, ProblemPath};
use crate::numerics::newton::{NewtonSettings, System, difference_jacobian, find_root};
use nalgebra::{DMatrix, DVector};

/// Change of the equations per step along a direction, relative to `1 + |∂F|`, up to which the
/// branch goes straight on.
const STRAIGHT: f64 = 1e-6;

/// The curve's equations.
pub(super) struct Curve<'a, P> {
    pub path: &'a P,
    pub accuracy: Accuracy,
    /// Control parameter of one unit of arclength.
    pub unit: f64,
    /// Refinement level of the quadrature.
    pub level: u32,
    pub evaluations: std::cell::Cell<u64>,
}

/// A point of the curve in its own coordinates: the unknowns `x`, then the control parameter in
/// units of the range.
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

impl<P: ProblemPath> Curve<'_, P> {
    pub fn parameter(&self, y: &DVector<f64>) -> f64 {
        y[y.len() - 1] * self.unit
    }

    pub fn unknowns(&self, y: &DVector<f64>) -> DVector<f64> {
        y.rows(0, y.len() - 1).into_owned()
    }

    /// What the problem at a value of the control parameter says.
    pub fn at<T>(&self, value: f64, ask: impl FnOnce(&P::Problem) -> Option<T>) -> Option<T> {
        let problem = self.path.at(value)?;
        let answer = ask(&problem);
        self.evaluations
            .set(self.evaluations.get() + problem.evaluations());
        answer
    }

    /// `R(x; p)`; `None` where it is not defined.
    pub fn residual(&self, y: &DVector<f64>) -> Option<DVector<f64>> {
        self.at(self.parameter(y), |problem| {
            problem.residual(&self.unknowns(y), self.level)
        })
    }

    pub fn departure(&self, y: &DVector<f64>) -> Option<P::Departure> {
        self.path
            .departure(self.parameter(y), &self.unknowns(y), self.level)
    }

    /// Derivative of the equations by the unknowns, then by the control parameter.
    fn jacobian(&self, y: &DVector<f64>, at: &DVector<f64>) -> Option<DMatrix<f64>> {
        let size = at.len();
        let by_unknowns = self.at(self.parameter(y), |problem| {
            problem.jacobian(&self.unknowns(y), at, self.level)
        })?;
        let along = |parameter: &DVector<f64>| {
            let mut moved = y.clone();
            moved[size] = parameter[0];
            self.residual(&moved)
        };
        let by_parameter = difference_jacobian(along, &DVector::from_element(1, y[size]), at)?;
        let mut jacobian = by_unknowns.insert_column(size, 0.0);
        jacobian.set_column(size, &by_parameter.column(0));
        Some(jacobian)
    }

    /// The point `y`, which solves the equations up to `residual`, with its tangent on the side of
    /// `along`.
    pub fn position(
        &self,
        y: DVector<f64>,
        residual: f64,
        along: &DVector<f64>,
    ) -> Option<Position> {
        let at = self.residual(&y)?;
        let jacobian = self.jacobian(&y, &at)?;
        let mut right = DVector::zeros(y.len());
        right[y.len() - 1] = 1.0;
        let solved = bordered(&jacobian, along).lu().solve(&right);
        // Right on a bifurcation the derivative has no inverse, and the branch goes straight on.
        let straight = || (&jacobian * along).amax() <= STRAIGHT * (1.0 + jacobian.amax());
        let tangent = solved.or_else(|| straight().then(|| along.clone()))?;
        let norm = tangent.norm();
        (norm.is_finite() && norm > 0.0).then(|| Position {
            tangent: tangent / norm,
            y,
            jacobian,
            residual,
        })
    }

    /// The point of the curve in the plane through `from + step·tangent`, perpendicular to the
    /// tangent: with the derivative at `from`, and where that does not suffice with a new one in
    /// every step.
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
                target: 0.1 * self.accuracy.tolerance * scale,
                max_steps: 12,
            };
            let stop = find_root(&plane, predicted.clone(), newton)?;
            let residual = stop.residual / scale;
            // A root far from the prediction lies on another branch.
            let near = (&stop.x - &predicted).norm() <= 0.5 * step.abs() + self.accuracy.nearness;
            if residual > self.accuracy.tolerance || !near {
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

    /// Sizes of the parts of the unknowns that can vanish.
    pub fn amplitudes(&self, y: &DVector<f64>) -> Vec<f64> {
        let own = |problem: &P::Problem| Some(problem.amplitudes(&self.unknowns(y)));
        self.at(self.parameter(y), own).unwrap_or_default()
    }

    /// Whether a part of the unknowns vanished altogether, or turned around: the corrector then
    /// jumped onto the branch without it, or onto the mirror image behind that.
    pub fn falls_silent(&self, from: &Position, to: &Position) -> bool {
        let [before, after] = [from, to].map(|position| self.unknowns(&position.y));
        let silent = self.at(self.parameter(&to.y), |problem| {
            Some(problem.falls_silent(&before, &after, self.level))
        });
        silent.unwrap_or(true)
    }

    /// The derivative by the unknowns, without the control parameter.
    fn by_unknowns(&self, position: &Position) -> DMatrix<f64> {
        let size = position.y.len() - 1;
        position.jacobian.view((0, 0), (size, size)).into_owned()
    }

    /// The replicon alone.
    pub fn replicon(&self, position: &Position) -> Option<f64> {
        self.at(self.parameter(&position.y), |problem| {
            problem.replicon(&self.unknowns(&position.y), self.level)
        })
    }

    /// The eigenvalue alone.
    pub fn eigenvalue(&self, position: &Position) -> Option<f64> {
        self.at(self.parameter(&position.y), |problem| {
            problem.eigenvalue(&self.unknowns(&position.y), &self.by_unknowns(position))
        })
    }

    /// Stability and objective, with their errors; `shift` is how far the point may lie from the
    /// curve.
    pub fn describe(&self, position: &Position, shift: DVector<f64>) -> Option<Description> {
        let x = self.unknowns(&position.y);
        let jacobian = self.by_unknowns(position);
        self.at(self.parameter(&position.y), |problem| {
            problem.describe(&x, &jacobian, self.level, shift)
        })
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
struct Plane<'a, 'b, P> {
    curve: &'a Curve<'b, P>,
    normal: &'a DVector<f64>,
    through: &'a DVector<f64>,
    /// A derivative to use everywhere.
    chord: Option<&'a DMatrix<f64>>,
}

impl<P: ProblemPath> System for Plane<'_, '_, P> {
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
