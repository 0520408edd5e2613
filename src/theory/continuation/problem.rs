//! State evolution as a fixed-point problem: `F(x) − x = 0` of the undamped map, in
//! `x = (M, Q, V)`.

use super::ModelPath;
use crate::fixed_point::{Description, FixedPointProblem, Measured, ProblemPath, Vanishing};
use crate::model::Model;
use crate::theory::linearisation::{self, Linearisation};
use crate::theory::settings::FixedPointSettings;
use crate::theory::stability::{Shift, observables};
use crate::theory::state_evolution::{Departure, StateEvolution};
use crate::theory::undamped_map::UndampedMap;
use crate::theory::unknowns::Shape;
use nalgebra::{DMatrix, DVector};
use std::cell::Cell;

/// A step that leaves less than this part of an overlap has left the branch for the one without
/// overlap.
const SILENCED: f64 = 1e-4;

/// State evolution along one control parameter of the model.
pub(super) struct EvolutionPath<'a> {
    pub path: ModelPath<'a>,
    pub settings: &'a FixedPointSettings,
}

impl<'a> ProblemPath for EvolutionPath<'a> {
    type Problem = Evolution<'a>;
    type Departure = Departure;

    fn at(&self, value: f64) -> Option<Evolution<'a>> {
        let model = (self.path)(value).ok()?;
        Some(Evolution {
            shape: Shape::of(&model),
            model,
            settings: self.settings,
            evaluations: Cell::new(0),
        })
    }

    fn departure(&self, value: f64, x: &DVector<f64>, level: u32) -> Option<Departure> {
        let problem = self.at(value)?;
        let state = problem.shape.unpack(x);
        problem.evolution(level).step(&state).err()
    }
}

/// The undamped map of state evolution of one model.
pub(super) struct Evolution<'a> {
    model: Model,
    shape: Shape,
    settings: &'a FixedPointSettings,
    evaluations: Cell<u64>,
}

impl Evolution<'_> {
    fn evolution(&self, level: u32) -> StateEvolution<'_> {
        StateEvolution {
            model: &self.model,
            quadrature: self.settings.quadrature(self.model.units(), level),
        }
    }

    /// The derivative of the undamped map, from that of `F(x) − x`.
    fn linearisation(&self, x: &DVector<f64>, derivative: &DMatrix<f64>) -> Linearisation {
        let jacobian = derivative + DMatrix::identity(x.len(), x.len());
        Linearisation::new(&self.model, &self.shape.unpack(x), jacobian)
    }

    /// The joint eigenvalue with its error, from another level of the quadrature.
    fn measured_eigenvalue(
        &self,
        x: &DVector<f64>,
        derivative: &DMatrix<f64>,
        level: u32,
    ) -> Measured {
        let linear = self.linearisation(x, derivative);
        let error = linearisation::error(&linear, level, |level| {
            let map = UndampedMap::new(self.evolution(level), self.shape);
            let jacobian = map.map_jacobian(x)?;
            self.evaluations
                .set(self.evaluations.get() + map.evaluations.get());
            let state = self.shape.unpack(x);
            Some(Linearisation::new(&self.model, &state, jacobian))
        });
        Measured {
            value: linear.joint_eigenvalue(),
            error,
        }
    }
}

impl FixedPointProblem for Evolution<'_> {
    fn names(&self) -> Vec<String> {
        (0..self.shape.len())
            .map(|place| self.shape.name(place))
            .collect()
    }

    fn residual(&self, x: &DVector<f64>, level: u32) -> Option<DVector<f64>> {
        self.evaluations.set(self.evaluations.get() + 1);
        UndampedMap::new(self.evolution(level), self.shape).left(x)
    }

    fn describe(
        &self,
        x: &DVector<f64>,
        jacobian: &DMatrix<f64>,
        level: u32,
        shift: DVector<f64>,
    ) -> Option<Description> {
        let eigenvalue = self.measured_eigenvalue(x, jacobian, level);
        let state = self.shape.unpack(x);
        let shift = Shift::Estimated(vec![shift]);
        let [replicon, objective] =
            observables(&self.model, &state, self.settings, level, &shift).ok()?;
        Some(Description {
            replicon: Some(replicon),
            eigenvalue: Some(eigenvalue),
            objective,
            observables: Vec::new(),
        })
    }

    fn replicon(&self, x: &DVector<f64>, level: u32) -> Option<f64> {
        let still = Shift::Estimated(Vec::new());
        let state = self.shape.unpack(x);
        let found = observables(&self.model, &state, self.settings, level, &still);
        found.ok().map(|[replicon, _]| replicon.value)
    }

    fn eigenvalue(&self, x: &DVector<f64>, jacobian: &DMatrix<f64>) -> Option<f64> {
        Some(self.linearisation(x, jacobian).joint_eigenvalue())
    }

    /// The largest overlap of each unit.
    fn amplitudes(&self, x: &DVector<f64>) -> Vec<f64> {
        let order = self.shape.unpack(x).order;
        order.m.column_iter().map(|column| column.amax()).collect()
    }

    /// The unknowns that change their sign with a unit: its overlaps with signals, and with the
    /// other units.
    fn vanishing(&self, unit: usize, size: usize) -> Vanishing {
        let mut state = self.shape.unpack(&DVector::zeros(size));
        state.order.m.column_mut(unit).fill(1.0);
        for matrix in [&mut state.order.q, &mut state.v] {
            for other in (0..matrix.nrows()).filter(|&other| other != unit) {
                matrix[(unit, other)] = 1.0;
                matrix[(other, unit)] = 1.0;
            }
        }
        let marked = self.shape.pack(&state.order, &state.v);
        Vanishing {
            indices: (0..size).filter(|&index| marked[index] != 0.0).collect(),
            power: 2,
        }
    }

    fn falls_silent(&self, before: &DVector<f64>, after: &DVector<f64>, _level: u32) -> bool {
        let [before, after] = [before, after].map(|x| self.shape.unpack(x).order.m);
        before
            .column_iter()
            .zip(after.column_iter())
            .any(|(before, after)| {
                let overlap = before.amax();
                overlap > 1e-9 && (after.amax() < SILENCED * overlap || before.dot(&after) < 0.0)
            })
    }

    fn evaluations(&self) -> u64 {
        self.evaluations.get()
    }
}
