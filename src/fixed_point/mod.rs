//! Fixed-point problems with a stability, whatever theory they come from: state evolution and
//! potentials share what is here.
//!
//! A [`FixedPointProblem`] is a system of equations at one value of the control parameters, on
//! quadratures of increasing levels, that also says how stable a solution is. A [`ProblemPath`] is
//! a family of them along one control parameter. [`trace`] follows a solution along a path, around
//! folds, and locates what happens on the way.

mod continuation;
mod ending;
mod stability;

pub use continuation::{
    Begin, Branch, BranchEnd, BranchPoint, ContinuationSettings, Event, EventKind, trace,
};
pub(crate) use continuation::{CRITICAL, no_fixed_point};
pub use ending::Ending;
pub use stability::{Description, Measured, Nature, nature};

use crate::numerics::newton::difference_jacobian;
use nalgebra::{DMatrix, DVector};

/// Size of an unknown that vanishes when its growth is measured: its own square is the relative
/// error for one that may change its sign.
const SMALL: f64 = 1e-5;

/// A fixed-point problem: equations `R(x) = 0` on quadratures of increasing levels, with the
/// stability of their solutions.
pub trait FixedPointProblem {
    /// Names of the unknowns.
    fn names(&self) -> Vec<String>;

    /// `R(x)` at a level of the quadrature; `None` where it is not defined.
    fn residual(&self, x: &DVector<f64>, level: u32) -> Option<DVector<f64>>;

    /// `∂R(x)`, where the residual is `at`; by default forward differences.
    fn jacobian(&self, x: &DVector<f64>, at: &DVector<f64>, level: u32) -> Option<DMatrix<f64>> {
        difference_jacobian(|y| self.residual(y, level), x, at)
    }

    /// Stability and objective at a solution `x` with the derivative `jacobian`, which may lie
    /// `shift` away from the exact one.
    fn describe(
        &self,
        x: &DVector<f64>,
        jacobian: &DMatrix<f64>,
        level: u32,
        shift: DVector<f64>,
    ) -> Option<Description>;

    /// The replicon alone; `None` for a theory without one.
    fn replicon(&self, x: &DVector<f64>, level: u32) -> Option<f64>;

    /// The largest real part of an eigenvalue of the map alone; `None` for a theory without a map.
    fn eigenvalue(&self, x: &DVector<f64>, jacobian: &DMatrix<f64>) -> Option<f64>;

    /// Sizes of the parts of `x` that can vanish on a branch, as the overlaps of one unit do where
    /// recovery sets in.
    fn amplitudes(&self, x: &DVector<f64>) -> Vec<f64>;

    /// The unknowns of one of these parts, of an `x` of `size` unknowns.
    fn vanishing(&self, part: usize, size: usize) -> Vanishing;

    /// Whether a step jumped from one branch onto another on which a part has vanished, or has the
    /// opposite sign.
    fn falls_silent(&self, before: &DVector<f64>, after: &DVector<f64>, level: u32) -> bool;

    /// Derivative of the equations of these unknowns by themselves at a solution in which they are
    /// 0, the other unknowns following: it is singular where the branch meets that solution. By
    /// default by small steps, which suits unknowns that a symmetry decouples from the rest.
    fn growth(&self, x: &DVector<f64>, indices: &[usize], level: u32) -> Option<DMatrix<f64>> {
        let size = indices.len();
        let mut derivative = DMatrix::zeros(size, size);
        for (column, &index) in indices.iter().enumerate() {
            let mut small = x.clone();
            small[index] = SMALL;
            let residual = self.residual(&small, level)?;
            for (row, &other) in indices.iter().enumerate() {
                derivative[(row, column)] = residual[other] / SMALL;
            }
        }
        Some(derivative)
    }

    /// Evaluations of the equations so far.
    fn evaluations(&self) -> u64;
}

/// Unknowns that vanish together where a branch ends on another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vanishing {
    /// Their positions.
    pub indices: Vec<usize>,
    /// The power of the amplitude in which the control parameter is linear there: 2 at a pitchfork,
    /// where both signs are solutions, 1 where negative values are none.
    pub power: i32,
}

/// Fixed-point problems along one control parameter.
pub trait ProblemPath {
    /// The problem at one value.
    type Problem: FixedPointProblem;
    /// Why the equations are not defined somewhere.
    type Departure: std::fmt::Display;

    /// The problem at a value of the control parameter; `None` where there is none.
    fn at(&self, value: f64) -> Option<Self::Problem>;

    /// Why the equations are not defined at `x`; `None` where they are.
    fn departure(&self, value: f64, x: &DVector<f64>, level: u32) -> Option<Self::Departure>;
}

/// Accuracy that a branch keeps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// Largest residual, relative to unknowns beyond 1.
    pub tolerance: f64,
    /// Error by quadrature from which on the level is raised.
    pub quadrature_tolerance: f64,
    /// Finest level of the quadrature.
    pub finest_level: u32,
    /// Distance that a point may lie from where it is expected, beside half the step: what a change
    /// of level moves it.
    pub nearness: f64,
}
