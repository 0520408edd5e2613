//! The implicit prior step: `Q' = K S K`, `K = (α⟨hh^T⟩_{Q'} − C)^{-1}` positive definite,
//! `C = α E[∂g]`.
//!
//! For positive definite `Q`, the positive solution of `Q = K S K` is
//! `K^{-1} = S^{1/2} (S^{1/2} Q S^{1/2})^{-1/2} S^{1/2}`, the gradient of
//! `2 tr (S^{1/2} Q S^{1/2})^{1/2}` in `Q`. So the step is the stationarity in `Q` of
//! `Ψ(Q) = 2 tr (S^{1/2} Q S^{1/2})^{1/2} + tr(C Q) − 2α η2(Q)`, which is strictly concave (the
//! root is, and `η2` is convex): there is at most one root, and Newton's method with a line search
//! on `Ψ` finds it from any start.

use super::model::Model;
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// The step's data.
pub struct PriorStep<'a> {
    model: &'a Model,
    c: DMatrix<f64>,
    /// `S^{1/2}`
    root: DMatrix<f64>,
}

/// `Ψ`, its gradient, and what its Hessian needs, at one `Q`.
struct Point {
    value: f64,
    gradient: DMatrix<f64>,
    /// `K^{-1}`
    inverse: DMatrix<f64>,
    /// Square roots of the eigenvalues of `S^{1/2} Q S^{1/2}`, and `S^{1/2}` times its eigenvectors
    roots: DVector<f64>,
    frame: DMatrix<f64>,
    pairs: Pairs,
}

/// `η2(Q)`, `⟨hh^T⟩_Q` and the second moments of the products `h1h1, h1h2, h2h2` under the tilted
/// prior.
pub struct Pairs {
    pub eta2: f64,
    pub mean: [f64; 3],
    second: [[f64; 3]; 3],
}

impl Pairs {
    pub fn new(model: &Model, q: &DMatrix<f64>) -> Self {
        let off = if model.k() == 2 {
            [q[(0, 1)], q[(1, 1)]]
        } else {
            [0.0; 2]
        };
        let exponent = |h: &[f64; 2], log_weight: f64| {
            log_weight
                + 0.5 * (q[(0, 0)] * h[0] * h[0] + off[1] * h[1] * h[1])
                + off[0] * h[0] * h[1]
        };
        let exponents = model.points.iter().map(|(h, w)| exponent(h, *w));
        let top = exponents.clone().fold(f64::MIN, f64::max);
        let (mut sum, mut mean, mut second) = (0.0, [0.0; 3], [[0.0; 3]; 3]);
        for ((h, _), e) in model.points.iter().zip(exponents) {
            let p = (e - top).exp();
            let products = [h[0] * h[0], h[0] * h[1], h[1] * h[1]];
            sum += p;
            for i in 0..3 {
                mean[i] += p * products[i];
                for j in 0..3 {
                    second[i][j] += p * products[i] * products[j];
                }
            }
        }
        Self {
            eta2: top + sum.ln(),
            mean: mean.map(|x| x / sum),
            second: second.map(|row| row.map(|x| x / sum)),
        }
    }

    /// Derivative of `⟨hh^T⟩_Q` (entries 11, 12, 22) along the direction of this basis element of
    /// symmetric matrices.
    fn derivative(&self, element: usize) -> [f64; 3] {
        let factor = if element == 1 { 1.0 } else { 0.5 };
        let covariance = |i: usize| self.second[i][element] - self.mean[i] * self.mean[element];
        [0, 1, 2].map(|i| factor * covariance(i))
    }
}

impl<'a> PriorStep<'a> {
    /// `None` if `S` is not positive definite.
    pub fn new(model: &'a Model, c: DMatrix<f64>, s: &DMatrix<f64>) -> Option<Self> {
        let eigen = SymmetricEigen::new(s.clone());
        if eigen.eigenvalues.min() <= 0.0 {
            return None;
        }
        let roots = DMatrix::from_diagonal(&eigen.eigenvalues.map(f64::sqrt));
        let root = &eigen.eigenvectors * roots * eigen.eigenvectors.transpose();
        Some(Self { model, c, root })
    }

    fn point(&self, q: &DMatrix<f64>) -> Option<Point> {
        let inner = &self.root * q * &self.root;
        let eigen = SymmetricEigen::new(inner);
        if eigen.eigenvalues.min() <= 0.0 || !eigen.eigenvalues.max().is_finite() {
            return None;
        }
        let roots = eigen.eigenvalues.map(f64::sqrt);
        let frame = &self.root * &eigen.eigenvectors;
        let reciprocals = DMatrix::from_diagonal(&roots.map(|x| 1.0 / x));
        let inverse = &frame * reciprocals * frame.transpose();
        let pairs = Pairs::new(self.model, q);
        let alpha = self.model.alpha;
        let gradient = &inverse + &self.c - self.model.symmetric(&pairs.mean) * alpha;
        let value = 2.0 * roots.sum() + (&self.c * q).trace() - 2.0 * alpha * pairs.eta2;
        Some(Point {
            value,
            gradient,
            inverse,
            roots,
            frame,
            pairs,
        })
    }

    /// Basis elements of symmetric matrices, as indices into the entries 11, 12, 22.
    fn elements(&self) -> &'static [(usize, usize, usize)] {
        if self.model.k() == 1 {
            &[(0, 0, 0)]
        } else {
            &[(0, 0, 0), (0, 1, 1), (1, 1, 2)]
        }
    }

    /// Change of the gradient along one basis element.
    fn curvature(&self, at: &Point, element: (usize, usize, usize)) -> DMatrix<f64> {
        let (i, j, index) = element;
        let k = self.model.k();
        let mut direction = DMatrix::zeros(k, k);
        direction[(i, j)] = 1.0;
        direction[(j, i)] = 1.0;
        let mut change = at.frame.transpose() * direction * &at.frame;
        for a in 0..k {
            for b in 0..k {
                let (x, y) = (at.roots[a], at.roots[b]);
                change[(a, b)] /= -(x * y * (x + y));
            }
        }
        let pairs = self.model.symmetric(&at.pairs.derivative(index));
        &at.frame * change * at.frame.transpose() - pairs * self.model.alpha
    }

    /// Newton's direction of ascent.
    fn direction(&self, at: &Point) -> Option<DMatrix<f64>> {
        let elements = self.elements();
        let size = elements.len();
        let mut matrix = DMatrix::zeros(size, size);
        for (column, &element) in elements.iter().enumerate() {
            let change = self.curvature(at, element);
            for (row, &(i, j, _)) in elements.iter().enumerate() {
                matrix[(row, column)] = change[(i, j)];
            }
        }
        let right = DVector::from_fn(size, |row, _| {
            -at.gradient[(elements[row].0, elements[row].1)]
        });
        let entries = matrix.lu().solve(&right)?;
        Some(self.model.symmetric(entries.as_slice()))
    }

    /// `Q'` and `K`; `None` if `Ψ` has no maximum.
    pub fn solve(&self, start: &DMatrix<f64>) -> Option<(DMatrix<f64>, DMatrix<f64>)> {
        let mut q = start.clone();
        let mut at = self.point(&q)?;
        for _ in 0..80 {
            let error = at.gradient.norm();
            if error < 1e-14 * (self.model.alpha + at.inverse.norm()) {
                break;
            }
            let direction = self.direction(&at)?;
            let Some((next, point)) = self.search(&q, &at, &direction) else {
                break;
            };
            (q, at) = (next, point);
            if q.norm() > 1e6 {
                return None;
            }
        }
        let small = at.gradient.norm() < 1e-10 * (self.model.alpha + at.inverse.norm());
        let k = at.inverse.clone().try_inverse()?;
        small.then(|| (q, (&k + k.transpose()) * 0.5))
    }

    /// Backtracks until `Ψ` grows enough, or the gradient falls where rounding hides the growth.
    fn search(
        &self,
        q: &DMatrix<f64>,
        at: &Point,
        direction: &DMatrix<f64>,
    ) -> Option<(DMatrix<f64>, Point)> {
        let slope = (&at.gradient * direction).trace();
        let mut size = 1.0;
        for _ in 0..40 {
            let next = q + direction * size;
            if let Some(point) = self.point(&next) {
                let grows = point.value > at.value + 1e-4 * size * slope;
                if grows || point.gradient.norm() < 0.5 * at.gradient.norm() {
                    return Some((next, point));
                }
            }
            size *= 0.5;
        }
        None
    }
}
