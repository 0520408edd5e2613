//! State evolution to first order around a fixed point: in which directions it is a saddle, and how
//! AMP's damping changes its pace.
//!
//! Let `J` be the derivative of the undamped map `(M, Q, V) ↦ (M', Q', K)` in all directions. The
//! fixed point is stable in the flow `dx/ds = F(x) − x`, which every sufficiently damped iteration
//! follows, where all eigenvalues of `J` have a real part below 1. A real eigenvalue beyond 1 is a
//! direction in which `M` and `Q` run away: the point is a saddle of the replica-symmetric
//! objective, whatever its replicon. An eigenvalue below −1 is an instability of undamped iteration
//! alone and says nothing about the solution.

use super::state_evolution::State;
use super::unknowns::Shape;
use crate::law::Law;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::symmetric::{eigenvalues, spectral_radius};
use crate::order_parameters::OrderParameters;
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Strengths, and biases, that differ by less than this count as equal.
const EQUAL: f64 = 1e-12;

/// Error of an eigenvalue by rounding.
const ROUNDING: f64 = 1e-10;

/// The derivative of the undamped map at a fixed point.
#[derive(Debug, Clone)]
pub(super) struct Linearisation {
    shape: Shape,
    /// Derivative by `M`, `Q`, `V` in the order of [`Shape`].
    jacobian: DMatrix<f64>,
    /// Orthonormal directions along which a continuous symmetry of the model moves the fixed point.
    neutral: DMatrix<f64>,
}

impl Linearisation {
    pub fn new(model: &Model, state: &State, jacobian: DMatrix<f64>) -> Self {
        let shape = Shape::of(model);
        Self {
            neutral: neutral_directions(model, state, shape, jacobian.nrows()),
            shape,
            jacobian,
        }
    }

    /// Largest real part of an eigenvalue of `J`, over all directions but those of a continuous
    /// symmetry, whose eigenvalue is 1; NaN where there are no eigenvalues.
    pub fn joint_eigenvalue(&self) -> f64 {
        let (basis, reduced) = self.reduced(&self.jacobian);
        if basis.ncols() == 0 {
            return 0.0;
        }
        eigenvalues(&reduced).map_or(f64::NAN, |values| {
            let largest = values.iter().map(|value| value.re);
            largest.fold(f64::NEG_INFINITY, f64::max)
        })
    }

    /// The direction of the largest real eigenvalue beyond 1, of largest entry 1; `None` where
    /// there is none.
    pub fn unstable_direction(&self) -> Option<DVector<f64>> {
        let (basis, reduced) = self.reduced(&self.jacobian);
        let largest = eigenvalues(&reduced)?
            .into_iter()
            .filter(|value| value.im == 0.0 && value.re > 1.0)
            .map(|value| value.re)
            .reduce(f64::max)?;
        let size = reduced.nrows();
        let svd = (reduced - DMatrix::identity(size, size) * largest).svd(false, true);
        let row = svd.v_t?.row(svd.singular_values.imin()).transpose();
        let direction = basis * row;
        let scale = direction.amax();
        (scale > 0.0).then(|| direction / scale)
    }

    /// The derivative.
    pub fn jacobian(&self) -> &DMatrix<f64> {
        &self.jacobian
    }

    /// The derivative alone.
    pub fn into_jacobian(self) -> DMatrix<f64> {
        self.jacobian
    }

    /// Whether a continuous symmetry of the model moves the point.
    pub fn may_be_turned(&self) -> bool {
        self.neutral.ncols() > 0
    }

    /// Spectral radius of the map in which `M`, `Q` go the part `overlaps` of their way and `V` the
    /// part `rho`, over all directions but those of a continuous symmetry: damping leaves their
    /// eigenvalue 1.
    pub fn rate(&self, overlaps: f64, rho: f64) -> f64 {
        let damped = self.shape.damped(&self.jacobian, overlaps, rho);
        spectral_radius(&self.reduced(&damped).1)
    }

    /// A map's derivative (`J`, or that of a damped map) on the directions that no continuous
    /// symmetry takes, with their basis: the neutral ones are eigenvectors, so that the quotient
    /// has the other eigenvalues.
    fn reduced(&self, jacobian: &DMatrix<f64>) -> (DMatrix<f64>, DMatrix<f64>) {
        let size = jacobian.nrows();
        if self.neutral.ncols() == 0 {
            return (DMatrix::identity(size, size), jacobian.clone());
        }
        let projector = DMatrix::identity(size, size) - &self.neutral * self.neutral.transpose();
        let eigen = SymmetricEigen::new(projector);
        let kept: Vec<DVector<f64>> = (0..size)
            .filter(|&column| eigen.eigenvalues[column] > 0.5)
            .map(|column| eigen.eigenvectors.column(column).into_owned())
            .collect();
        if kept.is_empty() {
            return (DMatrix::zeros(size, 0), DMatrix::zeros(0, 0));
        }
        let basis = DMatrix::from_columns(&kept);
        let reduced = basis.tr_mul(&(jacobian * &basis));
        (basis, reduced)
    }
}

/// Error of the joint eigenvalue that was computed at a refinement level of the quadrature: the
/// difference to a coarser level (where there is none, to a finer one), which for a rule that
/// converges exponentially is more than the error; and rounding.
/// Infinite where the other level gives none.
pub(super) fn error(
    linear: &Linearisation,
    level: u32,
    at: impl FnOnce(u32) -> Option<Linearisation>,
) -> f64 {
    let coarser = [2, 1].into_iter().find_map(|down| level.checked_sub(down));
    let other = coarser.unwrap_or(level + 1);
    let compared = at(other).map_or(f64::INFINITY, |compared| {
        (compared.joint_eigenvalue() - linear.joint_eigenvalue()).abs()
    });
    // A NaN would pass for small.
    if compared.is_nan() {
        return f64::INFINITY;
    }
    compared.max(ROUNDING)
}

/// Orthonormal tangents of the model's continuous symmetries at `state`, one for each column.
///
/// Gaussian units without bias may be rotated among themselves: `M → M R`, `Q → R^T Q R`,
/// `V → R^T V R`. Jointly normal signals matter by `G = Λ E[uu^T] Λ` alone, so that rotations
/// within an eigenspace of `G` change nothing: `M → R M`.
fn neutral_directions(model: &Model, state: &State, shape: Shape, size: usize) -> DMatrix<f64> {
    let mut tangents = Vec::new();
    for generator in unit_rotations(model) {
        let turned = |matrix: &Matrix| matrix * &generator + generator.tr_mul(matrix);
        let order = OrderParameters {
            m: &state.order.m * &generator,
            q: turned(&state.order.q),
        };
        tangents.push(shape.pack(&order, &turned(&state.v)));
    }
    let still = Matrix::zeros(model.units(), model.units());
    for generator in signal_rotations(model) {
        let order = OrderParameters {
            m: generator * &state.order.m,
            q: still.clone(),
        };
        tangents.push(shape.pack(&order, &still));
    }
    let mut basis: Vec<DVector<f64>> = Vec::new();
    for tangent in tangents {
        let norm = tangent.norm();
        let mut rest = tangent;
        for known in &basis {
            let along = known.dot(&rest);
            rest -= known * along;
        }
        // A symmetry that leaves the point where it is has no direction; two may share theirs.
        if norm > 1e-9 && rest.norm() > 1e-6 * norm {
            basis.push(rest.normalize());
        }
    }
    if basis.is_empty() {
        return DMatrix::zeros(size, 0);
    }
    DMatrix::from_columns(&basis)
}

fn unit_rotations(model: &Model) -> Vec<Matrix> {
    let hidden = model.hidden();
    let free = *hidden.law() == Law::Gaussian && hidden.is_odd();
    if !free {
        return Vec::new();
    }
    let axes = Matrix::identity(model.units(), model.units());
    rotations(&axes, |_, _| true)
}

fn signal_rotations(model: &Model) -> Vec<Matrix> {
    let signals = model.sample_signals();
    if !matches!(signals.law(), Law::Gaussian | Law::CorrelatedGaussian(_)) {
        return Vec::new();
    }
    let lambda = model.lambda_matrix();
    let eigen = SymmetricEigen::new(&lambda * signals.correlation() * &lambda);
    let values = eigen.eigenvalues;
    let scale = values.amax();
    rotations(&eigen.eigenvectors, |a, b| {
        (values[a] - values[b]).abs() <= EQUAL * scale
    })
}

/// Generators `x_a x_b^T − x_b x_a^T` of the rotations in the planes of two axes that may be mixed.
fn rotations(axes: &Matrix, mixed: impl Fn(usize, usize) -> bool) -> Vec<Matrix> {
    let mut generators = Vec::new();
    for b in 0..axes.ncols() {
        for a in 0..b {
            if mixed(a, b) {
                let plane = axes.column(a) * axes.column(b).transpose();
                generators.push(&plane - plane.transpose());
            }
        }
    }
    generators
}
