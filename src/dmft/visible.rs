//! The d side in closed form: weights as vectors of coefficients in an orthonormal basis of `W*`,
//! the start's noise, and the fresh Gaussian parts of `A^T ν_i`.
//!
//! Every `W_t` lies in the span of these, so that `M_t`, `Q_ts` are inner products of coefficients,
//! free of sampling noise once the coefficients are given.

use super::start::DmftStart;
use crate::numerics::Matrix;
use crate::numerics::symmetric::square_root;
use crate::order_parameters::OrderParameters;
use nalgebra::DVector;

/// Weights along the run.
pub(super) struct Visible {
    alpha: f64,
    signals: usize,
    units: usize,
    /// `W_0 … W_t` side by side, one row for each basis vector.
    weights: Matrix,
    /// Number of times in `weights`.
    times: usize,
    /// Orthonormal directions `e_j` of the span of `W_0 … W_t`.
    directions: Vec<DVector<f64>>,
    /// `A^T ν_i` less its part along `W*`.
    images: Vec<DVector<f64>>,
    tolerance: f64,
}

impl Visible {
    /// The start, with room for `times` times. `None` where `Q_0 − M_0^T M_0` is not a covariance.
    pub fn new(alpha: f64, start: &DmftStart, times: usize, tolerance: f64) -> Option<Self> {
        let (signals, units) = start.order.m.shape();
        let dimension = signals + units + units * times;
        let mut weights = Matrix::zeros(dimension, units * times);
        let noise = square_root(&start.order.unexplained(), 1e-9)?;
        weights
            .view_mut((0, 0), (signals, units))
            .copy_from(&start.order.m);
        weights
            .view_mut((signals, 0), (units, units))
            .copy_from(&noise);
        Some(Self {
            alpha,
            signals,
            units,
            weights,
            times: 1,
            directions: Vec::new(),
            images: Vec::new(),
            tolerance: tolerance.max(1e-13),
        })
    }

    /// Coefficients of `W_s`.
    fn at(&self, s: usize) -> nalgebra::DMatrixView<'_, f64> {
        self.weights.columns(s * self.units, self.units)
    }

    /// `M` and `Q` of the last weights.
    pub fn order(&self) -> OrderParameters {
        let last = self.at(self.times - 1);
        OrderParameters {
            m: last.rows(0, self.signals).into_owned(),
            q: self.correlation(self.times - 1),
        }
    }

    /// `Q_ts = W_t^T W_s/d` of the last weights with those of time `s`.
    pub fn correlation(&self, s: usize) -> Matrix {
        self.at(self.times - 1).tr_mul(&self.at(s))
    }

    /// Coefficients `L_t` of the last weights in the directions, new directions added where they
    /// are needed (the rank is revealed by the norm of what is left): one vector for each unit, and
    /// the number of new directions.
    pub fn resolve(&mut self) -> (Matrix, usize) {
        let known = self.directions.len();
        let last = self.at(self.times - 1).into_owned();
        let mut columns = Vec::new();
        for column in last.column_iter() {
            let mut rest = column.into_owned();
            let size = rest.norm();
            let mut coefficients = vec![0.0; self.directions.len()];
            for _ in 0..2 {
                for (direction, coefficient) in self.directions.iter().zip(&mut coefficients) {
                    let overlap = direction.dot(&rest);
                    *coefficient += overlap;
                    rest.axpy(-overlap, direction, 1.0);
                }
            }
            let norm = rest.norm();
            if norm > self.tolerance * size {
                coefficients.push(norm);
                self.directions.push(rest / norm);
            }
            columns.push(coefficients);
        }
        let count = self.directions.len();
        let factor = Matrix::from_fn(count, self.units, |row, column| {
            columns[column].get(row).copied().unwrap_or(0.0)
        });
        (factor, count - known)
    }

    /// `⟨ν_i, 𝒵e_j⟩ = ⟨A^T ν_i, e_j⟩/α` of direction `j` with every image so far.
    pub fn memory(&self, direction: usize) -> DVector<f64> {
        let e = &self.directions[direction];
        DVector::from_iterator(
            self.images.len(),
            self.images.iter().map(|image| image.dot(e) / self.alpha),
        )
    }

    /// Number of directions.
    pub fn directions(&self) -> usize {
        self.directions.len()
    }

    /// Adds the image `A^T ν = √α ε + Σ_j e_j α⟨𝒵e_j, ν⟩` of a new direction `ν` of the n side.
    pub fn add_image(&mut self, overlaps: &DVector<f64>) {
        let mut image = self.fresh(self.images.len());
        for (direction, overlap) in self.directions.iter().zip(overlaps.iter()) {
            image.axpy(self.alpha * overlap, direction, 1.0);
        }
        self.images.push(image);
    }

    /// The fresh part `√α ε_i` of image `i`.
    fn fresh(&self, index: usize) -> DVector<f64> {
        let mut image = DVector::zeros(self.weights.nrows());
        image[self.signals + self.units + index] = self.alpha.sqrt();
        image
    }

    /// `A^T u_t` from `R_t` (k×r) and the coefficients of `u_t` in the directions of the n side.
    pub fn force(&self, r: &Matrix, coefficients: &[DVector<f64>]) -> Matrix {
        self.combine(r, coefficients, |index| self.images[index].clone())
    }

    /// The same from the response: `W* R_t^T + y_t + Σ_s W_s C_ts^T`.
    pub fn force_of_response(
        &self,
        r: &Matrix,
        coefficients: &[DVector<f64>],
        response: &[Matrix],
    ) -> Matrix {
        let mut force = self.combine(r, coefficients, |index| self.fresh(index));
        for (s, c) in response.iter().enumerate() {
            force += self.at(s) * c.transpose();
        }
        force
    }

    fn combine(
        &self,
        r: &Matrix,
        coefficients: &[DVector<f64>],
        image: impl Fn(usize) -> DVector<f64>,
    ) -> Matrix {
        let mut force = Matrix::zeros(self.weights.nrows(), self.units);
        force
            .view_mut((0, 0), (self.signals, self.units))
            .copy_from(&r.transpose());
        let count = coefficients.iter().map(DVector::len).max().unwrap_or(0);
        for index in 0..count {
            let image = image(index);
            for (column, coefficients) in coefficients.iter().enumerate() {
                if let Some(&coefficient) = coefficients.get(index) {
                    force.column_mut(column).axpy(coefficient, &image, 1.0);
                }
            }
        }
        force
    }

    /// The next weights, `W_{t+1} = W_t keep + force gain`; returns how far they moved,
    /// `|W_{t+1} − W_t|/√(kd)`.
    pub fn advance(&mut self, force: &Matrix, keep: &Matrix, gain: &Matrix) -> f64 {
        let next = self.at(self.times - 1) * keep + force * gain;
        let moved = (&next - self.at(self.times - 1)).norm() / (self.units as f64).sqrt();
        self.weights
            .columns_mut(self.times * self.units, self.units)
            .copy_from(&next);
        self.times += 1;
        moved
    }
}
