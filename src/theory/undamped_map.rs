//! The undamped map of state evolution as a system of equations, `F(x) − x = 0`, for the root
//! finder.

use super::state_evolution::{Quadrature, StateEvolution};
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
        if let Quadrature::Tensor { .. } = self.evolution.quadrature {
            self.evaluations.set(self.evaluations.get() + 1);
            let (_, jacobian) = self.evolution.linearised(&self.shape.unpack(x)).ok()?;
            return Some(jacobian);
        }
        let at = self.residual(x)?;
        Some(self.differences(x, &at)? + DMatrix::identity(x.len(), x.len()))
    }

    /// Derivative of the residual by differences: with quasi-Monte Carlo that of the sum over its
    /// own points, not of the limit.
    fn differences(&self, x: &DVector<f64>, at: &DVector<f64>) -> Option<DMatrix<f64>> {
        difference_jacobian(|y| self.residual(y), x, at)
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
        let identity = DMatrix::identity(x.len(), x.len());
        match (self.chord, self.evolution.quadrature) {
            (Some(jacobian), _) => Some(jacobian - identity),
            (None, Quadrature::Tensor { .. }) => Some(self.map_jacobian(x)? - identity),
            (None, Quadrature::QuasiMonteCarlo { .. }) => self.differences(x, at),
        }
    }
}
