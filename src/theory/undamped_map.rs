//! The undamped map of state evolution as a system of equations, `F(x) − x = 0`, for the root
//! finder.

use super::state_evolution::StateEvolution;
use super::unknowns::Shape;
use crate::numerics::newton::{System, difference_jacobian};
use nalgebra::{DMatrix, DVector};

/// The undamped map as a system of equations, `F(x) − x = 0`.
pub(super) struct UndampedMap<'a> {
    pub evolution: StateEvolution<'a>,
    pub shape: Shape,
    pub chord: Option<&'a DMatrix<f64>>,
    pub evaluations: std::cell::Cell<u64>,
    pub nodes: std::cell::Cell<u64>,
}

impl<'a> UndampedMap<'a> {
    pub fn new(evolution: StateEvolution<'a>, shape: Shape) -> Self {
        Self {
            evolution,
            shape,
            chord: None,
            evaluations: std::cell::Cell::new(0),
            nodes: std::cell::Cell::new(0),
        }
    }

    /// Derivative of the undamped map at `x`.
    pub fn map_jacobian(&self, x: &DVector<f64>) -> Option<DMatrix<f64>> {
        let at = self.residual(x)?;
        let derivative = difference_jacobian(|y| self.residual(y), x, &at)?;
        let size = x.len();
        Some(derivative + DMatrix::identity(size, size))
    }
}

impl System for UndampedMap<'_> {
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
