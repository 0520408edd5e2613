//! The non-separable prior step of AMP-RBM, solved implicitly; state evolution and simulation call
//! the same function.
//!
//! Given the second moment `S = Y^T Y/d` of the messages and `C`, find `Q' = K S K` with
//! `K = (2α ∇η2(Q') − C)^{-1}` positive definite (theory.md sections 2 and 3). Putting the old `Q`
//! into `∇η2` instead is unstable for `k ≥ 2`.

use crate::hidden::{HiddenUnits, PairFunction};
use crate::numerics::Matrix;
use crate::numerics::newton::{NewtonSettings, System, find_root};
use crate::numerics::symmetric::{max_abs, pack, packed_len, symmetrised, unpack};
use nalgebra::{Cholesky, DMatrix, DVector};

/// Relative residual at which the implicit equation counts as solved.
const TOLERANCE: f64 = 1e-11;

/// Solution of the prior step.
#[derive(Debug, Clone)]
pub struct PriorStep {
    /// Self-overlap of the new weights, `k × k`.
    pub q: Matrix,
    /// `K = (2α∇η2(Q) − C)^{-1}`, `k × k`, positive definite.
    pub k: Matrix,
}

/// Solves the prior step from the current self-overlap `q`, on whose branch the root is sought. `s`
/// and `c` are `k × k`. `None` where no root with a positive-definite `K` was found.
pub fn prior_step(
    hidden: &HiddenUnits,
    alpha: f64,
    s: &Matrix,
    c: &Matrix,
    q: &Matrix,
) -> Option<PriorStep> {
    let equation = Equation {
        hidden,
        alpha,
        s: symmetrised(s),
        c: symmetrised(c),
    };
    if equation
        .s
        .iter()
        .chain(equation.c.iter())
        .any(|entry| !entry.is_finite())
    {
        return None;
    }
    equation.starts(q).find_map(|start| equation.solve(&start))
}

impl PriorStep {
    /// Changes of `Q'` and of `K` with small changes `(δS, δC)` of what the step was solved from;
    /// `None` where they are not determined.
    ///
    /// ```text
    /// δK  = −K (α δ⟨hh^T⟩ − δC) K
    /// δQ' + K α δ⟨hh^T⟩ Q' + Q' α δ⟨hh^T⟩ K = K δS K + K δC Q' + Q' δC K
    /// ```
    pub fn changes(
        &self,
        hidden: &HiddenUnits,
        alpha: f64,
        causes: impl Iterator<Item = (Matrix, Matrix)>,
    ) -> Option<Vec<PriorStep>> {
        let units = self.q.nrows();
        let pair = hidden.pair_function(&self.q)?;
        let system = linearised(&pair, alpha, &self.k, &self.q).lu();
        let solve = |(s, c): (Matrix, Matrix)| {
            let moved = &self.k * &c * &self.q;
            let own = &self.k * s * &self.k;
            let cause = |a, b| own[(a, b)] + moved[(a, b)] + moved[(b, a)];
            let solved = system.solve(&packed(&Matrix::from_fn(units, units, cause)))?;
            let q = unpack(solved.as_slice(), units);
            let precision = c - pair.second_moment_derivative(&q) * alpha;
            let k = &self.k * precision * &self.k;
            Some(PriorStep { q, k })
        };
        causes.map(solve).collect()
    }
}

/// Derivative of `Q − K S K` at a solution `q = K S K`, by the entries of `Q`:
/// `δQ + K α δ⟨hh^T⟩ Q + Q α δ⟨hh^T⟩ K`.
fn linearised(pair: &PairFunction, alpha: f64, k: &Matrix, image: &Matrix) -> DMatrix<f64> {
    let units = k.nrows();
    let size = packed_len(units);
    let mut jacobian = DMatrix::zeros(size, size);
    let mut unit = DVector::zeros(size);
    for column in 0..size {
        unit.fill(0.0);
        unit[column] = 1.0;
        let dq = unpack(unit.as_slice(), units);
        let moved = k * (pair.second_moment_derivative(&dq) * alpha) * image;
        jacobian.set_column(column, &packed(&(dq + &moved + moved.transpose())));
    }
    jacobian
}

struct Equation<'a> {
    hidden: &'a HiddenUnits,
    alpha: f64,
    s: Matrix,
    c: Matrix,
}

impl Equation<'_> {
    /// `K` at self-overlap `q`; `None` where it is not positive definite or `q` is outside of the
    /// domain of `η2`.
    fn k(&self, q: &Matrix) -> Option<Matrix> {
        let pair = self.hidden.pair_function(q)?;
        let precision = pair.second_moment() * self.alpha - &self.c;
        Some(symmetrised(&Cholesky::new(precision)?.inverse()))
    }

    fn image(&self, q: &Matrix) -> Option<(Matrix, Matrix)> {
        if q.nrows() == 1 {
            // The same in scalars.
            let pair = self.hidden.pair_function(q)?;
            let precision = pair.second_moment()[0] * self.alpha - self.c[0];
            let k = 1.0 / precision;
            let one = |value: f64| Matrix::from_element(1, 1, value);
            return (precision > 0.0).then(|| (one(k * self.s[0] * k), one(k)));
        }
        let k = self.k(q)?;
        Some((symmetrised(&(&k * &self.s * &k)), k))
    }

    /// The current overlap, its image (exact at once where `∇η2` is constant, as for one Rademacher
    /// unit), the decoupled guess without off-diagonal entries, and scaled versions for a first
    /// step far away.
    fn starts<'a>(&'a self, q: &'a Matrix) -> impl Iterator<Item = Matrix> + 'a {
        let diagonal = move || Matrix::from_diagonal(&q.diagonal());
        let image = |start: &Matrix| self.image(start).map(|(image, _)| image);
        let near = std::iter::once_with(move || image(q)).flatten();
        let decoupled = std::iter::once_with(move || image(&diagonal())).flatten();
        let scaled = [1.0, 0.5, 0.1, 0.01]
            .into_iter()
            .map(move |scale| q * scale);
        let far = [1.0, 0.1, 0.01]
            .into_iter()
            .map(move |scale| diagonal() * scale);
        near.chain(decoupled).chain(scaled).chain(far)
    }

    fn solve(&self, start: &Matrix) -> Option<PriorStep> {
        let (image, k) = self.image(start)?;
        let scale = max_abs(&image).max(max_abs(start)).max(1e-12);
        if max_abs(&(&image - start)) <= 1e-14 * scale {
            return Some(PriorStep { q: image, k });
        }
        let units = start.nrows();
        let mut packed = Vec::with_capacity(packed_len(units));
        pack(start, &mut packed);
        let settings = NewtonSettings {
            target: 1e-14 * scale,
            max_steps: 60,
        };
        let stop = find_root(self, DVector::from_vec(packed), settings)?;
        let (q, k) = self.image(&unpack(stop.x.as_slice(), units))?;
        let scale = max_abs(&q).max(1e-12);
        (stop.residual <= TOLERANCE * scale).then_some(PriorStep { q, k })
    }
}

impl System for Equation<'_> {
    fn residual(&self, x: &DVector<f64>) -> Option<DVector<f64>> {
        let q = unpack(x.as_slice(), self.s.nrows());
        let (image, _) = self.image(&q)?;
        Some(packed(&(q - image)))
    }

    /// `δ(Q − KSK) = δQ + K α δ⟨hh^T⟩ K S K + K S K α δ⟨hh^T⟩ K`.
    fn jacobian(&self, x: &DVector<f64>, _at: &DVector<f64>) -> Option<DMatrix<f64>> {
        let q = unpack(x.as_slice(), self.s.nrows());
        let pair = self.hidden.pair_function(&q)?;
        let (image, k) = self.image(&q)?;
        Some(linearised(&pair, self.alpha, &k, &image))
    }
}

fn packed(matrix: &Matrix) -> DVector<f64> {
    let mut entries = Vec::with_capacity(packed_len(matrix.nrows()));
    pack(matrix, &mut entries);
    DVector::from_vec(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::Law;

    fn check(law: Law, s: &Matrix, c: &Matrix, q: &Matrix) -> PriorStep {
        let hidden = HiddenUnits::new(law, s.nrows(), &[]).expect("valid units");
        let alpha = 2.0;
        let step = prior_step(&hidden, alpha, s, c, q).expect("a root exists");
        let pair = hidden.pair_function(&step.q).expect("domain");
        let precision = pair.second_moment() * alpha - c;
        let identity = Matrix::identity(s.nrows(), s.nrows());
        assert!(max_abs(&(&precision * &step.k - identity)) < 1e-9);
        assert!(max_abs(&(&step.k * s * &step.k - &step.q)) < 1e-9 * max_abs(&step.q));
        assert!(Cholesky::new(precision).is_some());
        step
    }

    #[test]
    fn solves_coupled_units_from_near_and_far() {
        let s = Matrix::from_row_slice(2, 2, &[7.0, 1.0, 1.0, 4.0]);
        let c = Matrix::from_row_slice(2, 2, &[0.5, -0.1, -0.1, 0.6]);
        let near = check(Law::rademacher(), &s, &c, &Matrix::identity(2, 2));
        let far = check(Law::rademacher(), &s, &c, &(Matrix::identity(2, 2) * 30.0));
        assert!(max_abs(&(near.q - far.q)) < 1e-8);
    }

    #[test]
    fn gaussian_units_stay_in_their_domain() {
        let s = Matrix::from_row_slice(2, 2, &[3.0, 0.2, 0.2, 2.0]);
        let c = Matrix::from_row_slice(2, 2, &[2.5, 0.0, 0.0, 2.4]);
        let start = Matrix::identity(2, 2) * 0.5;
        let step = check(Law::Gaussian, &s, &c, &start);
        assert!(crate::numerics::symmetric::largest_eigenvalue(&step.q) < 1.0);
    }

    #[test]
    fn no_positive_root_is_said() {
        // One Rademacher unit: K = 1/(α − C), negative for C > α.
        let hidden = HiddenUnits::new(Law::rademacher(), 1, &[]).expect("valid units");
        let one = Matrix::identity(1, 1);
        assert!(prior_step(&hidden, 2.0, &one, &(&one * 2.5), &one).is_none());
    }
}
