//! The unknowns of a fixed point as one vector: `M`, then the lower triangles of `Q` and `V`.

use super::state_evolution::State;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::symmetric::{pack, packed_index, packed_len, unpack};
use crate::order_parameters::OrderParameters;
use crate::symmetry::Action;
use nalgebra::{DMatrix, DVector};

/// Shape of the unknowns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    signals: usize,
    units: usize,
}

impl Shape {
    pub fn of(model: &Model) -> Self {
        Self {
            signals: model.signals(),
            units: model.units(),
        }
    }

    pub fn pack(&self, order: &OrderParameters, v: &Matrix) -> DVector<f64> {
        let mut entries = order.m.as_slice().to_vec();
        pack(&order.q, &mut entries);
        pack(v, &mut entries);
        DVector::from_vec(entries)
    }

    pub fn unpack(&self, x: &DVector<f64>) -> State {
        let (overlaps, rest) = x.as_slice().split_at(self.signals * self.units);
        let (q, v) = rest.split_at(packed_len(self.units));
        State {
            order: OrderParameters {
                m: Matrix::from_column_slice(self.signals, self.units, overlaps),
                q: unpack(q, self.units),
            },
            v: unpack(v, self.units),
        }
    }

    /// Number of unknowns.
    pub fn len(&self) -> usize {
        self.signals * self.units + 2 * packed_len(self.units)
    }

    /// Name of an unknown, as in `m-11` (signal, unit).
    pub fn name(&self, place: usize) -> String {
        let overlaps = self.signals * self.units;
        if place < overlaps {
            return format!("m-{}{}", place % self.signals + 1, place / self.signals + 1);
        }
        let pairs = (0..self.units).flat_map(|a| (0..=a).map(move |b| (a, b)));
        let symmetric = [("q", overlaps), ("v", overlaps + packed_len(self.units))];
        let (letter, first) = symmetric[usize::from(place >= symmetric[1].1)];
        pairs
            .filter(|&(a, b)| packed_index(a, b, self.units) == place - first)
            .map(|(a, b)| format!("{letter}-{}{}", b + 1, a + 1))
            .collect()
    }

    /// Position of `M_ab`.
    pub fn m(&self, a: usize, b: usize) -> usize {
        b * self.signals + a
    }

    /// Position of `Q_ab`.
    pub fn q(&self, a: usize, b: usize) -> usize {
        self.signals * self.units + packed_index(a, b, self.units)
    }

    /// Position of `V_ab`.
    pub fn v(&self, a: usize, b: usize) -> usize {
        self.q(a, b) + packed_len(self.units)
    }

    /// A derivative of the map in the coordinates that a symmetry of the model leads to.
    pub fn turned(&self, jacobian: &DMatrix<f64>, action: &Action) -> DMatrix<f64> {
        let size = jacobian.nrows();
        let mut turn = DMatrix::zeros(size, size);
        let mut axis = DVector::zeros(size);
        for column in 0..size {
            axis.fill(0.0);
            axis[column] = 1.0;
            let state = self.unpack(&axis);
            let order = action.on(&state.order);
            turn.set_column(column, &self.pack(&order, &action.on_units(&state.v)));
        }
        &turn * jacobian * turn.transpose()
    }

    /// Jacobian of the iteration in which `M`, `Q` go the part `overlaps` of their way and `V` the
    /// part `rho`, from that of the undamped map.
    pub fn damped(&self, jacobian: &DMatrix<f64>, overlaps: f64, rho: f64) -> DMatrix<f64> {
        let first = self.signals * self.units + packed_len(self.units);
        let mut damped = jacobian.clone();
        for row in 0..damped.nrows() {
            let part = if row < first { overlaps } else { rho };
            damped.row_mut(row).scale_mut(part);
            damped[(row, row)] += 1.0 - part;
        }
        damped
    }
}

/// Largest entry of the residual, relative to the largest unknown where that exceeds 1. NaN if an
/// entry is.
pub(super) fn residual_size(x: &DVector<f64>, image: &DVector<f64>) -> f64 {
    let mut largest: f64 = 0.0;
    for (a, b) in x.iter().zip(image.iter()) {
        if !(a - b).is_finite() {
            return f64::NAN;
        }
        largest = largest.max((a - b).abs());
    }
    largest / x.amax().max(1.0)
}
