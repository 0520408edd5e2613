//! Permutations with signs: what can be done to components that have names and signs only.

use crate::numerics::Matrix;

/// The map `x ↦ g x` with `(g x)_b = s_b x_{from(b)}`, `s_b = ±1`.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedPermutation {
    from: Vec<usize>,
    sign: Vec<f64>,
}

impl SignedPermutation {
    /// The map that leaves `size` components as they are.
    pub fn identity(size: usize) -> Self {
        Self {
            from: (0..size).collect(),
            sign: vec![1.0; size],
        }
    }

    /// The map that changes the sign of every component.
    pub fn flip_all(size: usize) -> Self {
        Self {
            sign: vec![-1.0; size],
            ..Self::identity(size)
        }
    }

    /// The same map with the sign of component `at` of its result changed.
    #[must_use]
    pub fn flipped(mut self, at: usize) -> Self {
        self.sign[at] = -self.sign[at];
        self
    }

    /// The same map with components `a` and `b` of its result exchanged.
    #[must_use]
    pub fn exchanged(mut self, a: usize, b: usize) -> Self {
        self.from.swap(a, b);
        self.sign.swap(a, b);
        self
    }

    /// All `2^size size!` of them, those that change least first.
    pub fn all(size: usize) -> Vec<Self> {
        let mut all = Vec::new();
        for from in orders(size) {
            for flips in 0..1u32 << size {
                let sign = |b: usize| if flips >> b & 1 == 1 { -1.0 } else { 1.0 };
                all.push(Self {
                    from: from.clone(),
                    sign: (0..size).map(sign).collect(),
                });
            }
        }
        all.sort_by_key(Self::changes);
        all
    }

    /// Number of components.
    pub fn size(&self) -> usize {
        self.from.len()
    }

    /// `(from(b), s_b)` for each component `b` of the result.
    pub fn parts(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.from.iter().copied().zip(self.sign.iter().copied())
    }

    /// `(from(b), s_b)`.
    pub fn part(&self, b: usize) -> (usize, f64) {
        (self.from[b], self.sign[b])
    }

    /// Whether some sign is −1.
    pub fn has_flips(&self) -> bool {
        self.sign.contains(&-1.0)
    }

    /// Components that don't stay in place, and signs that change.
    pub fn changes(&self) -> (usize, usize) {
        let moved = self.from.iter().enumerate().filter(|(b, from)| b != *from);
        let flips = self.sign.iter().filter(|sign| **sign < 0.0);
        (moved.count(), flips.count())
    }

    /// `g x`.
    pub fn apply(&self, x: &[f64]) -> Vec<f64> {
        self.parts().map(|(from, sign)| sign * x[from]).collect()
    }

    /// `g A g^T` of a square matrix.
    pub fn conjugate(&self, matrix: &Matrix) -> Matrix {
        Matrix::from_fn(self.size(), self.size(), |a, b| {
            let ((i, sign_i), (j, sign_j)) = (self.part(a), self.part(b));
            sign_i * sign_j * matrix[(i, j)]
        })
    }

    /// `g ∘ first`.
    #[must_use]
    pub fn after(&self, first: &Self) -> Self {
        let (from, sign) = self
            .parts()
            .map(|(middle, sign)| (first.from[middle], sign * first.sign[middle]))
            .unzip();
        Self { from, sign }
    }

    /// `g^{-1} = g^T`.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let mut inverse = Self::identity(self.size());
        for (b, (from, sign)) in self.parts().enumerate() {
            inverse.from[from] = b;
            inverse.sign[from] = sign;
        }
        inverse
    }

    /// Where component `from` of the argument stands in the result.
    pub fn place(&self, from: usize) -> usize {
        self.from
            .iter()
            .position(|&own| own == from)
            .unwrap_or(from)
    }
}

/// All orders of `0..size`.
fn orders(size: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..size {
        all = all
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                let rest: Vec<usize> = (0..size).filter(|next| !order.contains(next)).collect();
                rest.into_iter()
                    .map(move |next| [order.as_slice(), &[next]].concat())
            })
            .collect();
    }
    all
}
