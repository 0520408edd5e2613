//! The undamped map of state evolution as a system of equations, `F(x) − x = 0`, for the root
//! finder.

use super::state_evolution::{Quadrature, StateEvolution};
use super::unknowns::Shape;
use crate::numerics::newton::{System, difference_jacobian};
use nalgebra::{DMatrix, DVector};
use std::cell::{Cell, RefCell};

/// The undamped map as a system of equations, `F(x) − x = 0`.
pub(super) struct UndampedMap<'a> {
    pub evolution: StateEvolution<'a>,
    pub shape: Shape,
    chord: Option<&'a DMatrix<f64>>,
    pub evaluations: Cell<u64>,
    pub nodes: Cell<u64>,
    /// The last point that the root finder asked for, with the derivative there.
    known: RefCell<Option<(DVector<f64>, DMatrix<f64>)>>,
}

impl<'a> UndampedMap<'a> {
    pub fn new(evolution: StateEvolution<'a>, shape: Shape) -> Self {
        Self {
            evolution,
            shape,
            chord: None,
            evaluations: Cell::new(0),
            nodes: Cell::new(0),
            known: RefCell::new(None),
        }
    }

    /// With this derivative of the map for the root finder, wherever it is.
    pub fn along(self, jacobian: &'a DMatrix<f64>) -> Self {
        Self {
            chord: Some(jacobian),
            ..self
        }
    }

    /// `F(x) − x`, without a derivative.
    pub fn left(&self, x: &DVector<f64>) -> Option<DVector<f64>> {
        self.evaluations.set(self.evaluations.get() + 1);
        let step = self.evolution.step(&self.shape.unpack(x)).ok()?;
        self.nodes.set(step.moments.nodes);
        Some(self.shape.pack(&step.order, &step.k) - x)
    }

    /// `F(x) − x`; the derivative, which costs little beside it, is kept for
    /// [`UndampedMap::map_jacobian`].
    fn left_with_derivative(&self, x: &DVector<f64>) -> Option<DVector<f64>> {
        self.evaluations.set(self.evaluations.get() + 1);
        let (step, jacobian) = self.evolution.linearised(&self.shape.unpack(x)).ok()?;
        self.nodes.set(step.moments.nodes);
        *self.known.borrow_mut() = Some((x.clone(), jacobian));
        Some(self.shape.pack(&step.order, &step.k) - x)
    }

    /// Derivative of the undamped map at `x`.
    pub fn map_jacobian(&self, x: &DVector<f64>) -> Option<DMatrix<f64>> {
        if let Some((point, jacobian)) = self.known.borrow().as_ref()
            && point == x
        {
            return Some(jacobian.clone());
        }
        if let Quadrature::Tensor { .. } = self.evolution.quadrature {
            self.evaluations.set(self.evaluations.get() + 1);
            let (_, jacobian) = self.evolution.linearised(&self.shape.unpack(x)).ok()?;
            return Some(jacobian);
        }
        let at = self.left(x)?;
        Some(self.differences(x, &at)? + DMatrix::identity(x.len(), x.len()))
    }

    /// Derivative of the residual by differences: with quasi-Monte Carlo that of the sum over its
    /// own points, not of the limit.
    fn differences(&self, x: &DVector<f64>, at: &DVector<f64>) -> Option<DMatrix<f64>> {
        difference_jacobian(|y| self.left(y), x, at)
    }
}

impl System for UndampedMap<'_> {
    fn residual(&self, x: &DVector<f64>) -> Option<DVector<f64>> {
        match (self.chord, self.evolution.quadrature) {
            // The root finder asks for the derivative where it goes on. Where there is none, there
            // may be a residual.
            (None, Quadrature::Tensor { .. }) => {
                self.left_with_derivative(x).or_else(|| self.left(x))
            }
            _ => self.left(x),
        }
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
