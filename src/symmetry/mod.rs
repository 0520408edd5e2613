//! Symmetries of the model: order parameters are defined up to them, in theory, simulation, records
//! and figures alike.
//!
//! Signals `u ↦ g u`, `W* ↦ W* g^T` leave the data's law unchanged where `g` commutes with `Λ` and
//! leaves `P_u` invariant; units `h ↦ g' h`, `W ↦ W g'^T` leave the objective unchanged where `g'`
//! leaves `P_h` with its bias invariant. Signals and units are independent, so that the two groups
//! act side by side:
//!
//! `M ↦ g M g'^T`, `Q ↦ g' Q g'^T`, `V ↦ g' V g'^T`.
//!
//! Only signed permutations are considered: Gaussian units without bias, and Gaussian signals of
//! equal strength, may also be rotated, and fixed points along such a rotation count as different.
//! `P_w` plays no part in the limit `d → ∞` (theory.md section 3); a `P_w` without symmetry is felt
//! in corrections of order `1/d` only.

mod group;
mod matching;
mod optimum;
mod signed_permutation;

pub use group::{Group, MAX_LISTED};
pub use signed_permutation::SignedPermutation;

use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;

/// What may be done to signals and to units without changing the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Symmetry {
    /// Acts on the rows of `M`.
    pub signals: Group,
    /// Acts on the columns of `M`, and on both sides of `Q` and `V`.
    pub units: Group,
}

/// One element of a [`Symmetry`].
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// Permutation of the signals, with signs.
    pub signals: SignedPermutation,
    /// Permutation of the units, with signs.
    pub units: SignedPermutation,
}

/// Order parameters that were brought into a form, with the element that did it.
#[derive(Debug, Clone, PartialEq)]
pub struct Aligned {
    /// The order parameters in that form.
    pub order: OrderParameters,
    /// What was done: other quantities of the same solution (`V`, a trajectory) are transformed
    /// alike.
    pub action: Action,
}

impl Symmetry {
    /// That of principal directions among `units`: they have neither names nor signs, whatever the
    /// law of the units.
    #[must_use]
    pub fn of_directions(self, units: usize) -> Self {
        Self {
            units: Group::full(units),
            ..self
        }
    }

    /// Whether both parts of an action are listed elements of the groups.
    pub fn contains(&self, action: &Action) -> bool {
        self.signals.contains(&action.signals) && self.units.contains(&action.units)
    }

    /// Whether every element can be listed; else the best one is sought by a local search through
    /// generators.
    fn is_listed(&self) -> bool {
        self.signals.is_complete() && self.units.is_complete()
    }

    /// The listed elements, the identity first.
    fn actions(&self) -> impl Iterator<Item = Action> + '_ {
        self.units.elements().iter().flat_map(|units| {
            self.signals.elements().iter().map(|signals| Action {
                signals: signals.clone(),
                units: units.clone(),
            })
        })
    }

    /// The form of a solution that is shown alone, the same for all solutions that the symmetry
    /// connects. In this order: units stand in the order of the signals that they are matched with
    /// (the matching with the largest `Σ ζ²`); matched overlaps are positive; then the entries of
    /// `M` by rows and those of `Q` are as large as possible, the first ones first.
    ///
    /// Noise decides the signs of entries that are 0 but for noise, so that means over several runs
    /// would be folded there: runs are aligned to a [reference](Self::align), or to each other by
    /// [`Symmetry::align_runs`].
    pub fn canonical(&self, order: &OrderParameters) -> Aligned {
        optimum::canonical(self, order)
    }

    /// `order` under the element that brings it nearest to `reference` by
    /// `|M − M_ref|² + |Q − Q_ref|²`. Among elements that are equally near, the identity or else
    /// the one that changes least is taken, whatever the entries of `order`: entries whose
    /// reference is 0 keep their random sign and average to 0.
    pub fn align(&self, order: &OrderParameters, reference: &OrderParameters) -> Aligned {
        optimum::align(self, order, reference)
    }

    /// Runs without a prediction, aligned to the canonical form of the first one, in which entries
    /// below `noise` (a few `1/√d`) are replaced by 0: they would lend their random sign to the
    /// others.
    pub fn align_runs(&self, runs: &[OrderParameters], noise: f64) -> Vec<OrderParameters> {
        let Some(first) = runs.first() else {
            return Vec::new();
        };
        let mut reference = self.canonical(first).order;
        for entry in reference.m.iter_mut().chain(reference.q.iter_mut()) {
            if entry.abs() < noise {
                *entry = 0.0;
            }
        }
        let aligned = |run: &OrderParameters| self.align(run, &reference).order;
        runs.iter().map(aligned).collect()
    }
}

impl Action {
    /// The element that changes nothing.
    pub fn identity(signals: usize, units: usize) -> Self {
        Self {
            signals: SignedPermutation::identity(signals),
            units: SignedPermutation::identity(units),
        }
    }

    /// `M ↦ g M g'^T`, `Q ↦ g' Q g'^T`.
    pub fn on(&self, order: &OrderParameters) -> OrderParameters {
        let (r, k) = order.m.shape();
        let m = Matrix::from_fn(r, k, |a, b| {
            let ((i, sign_i), (j, sign_j)) = (self.signals.part(a), self.units.part(b));
            sign_i * sign_j * order.m[(i, j)]
        });
        let q = self.on_units(&order.q);
        OrderParameters { m, q }
    }

    /// `A ↦ g' A g'^T` of a `k × k` matrix, as `V`.
    pub fn on_units(&self, matrix: &Matrix) -> Matrix {
        self.units.conjugate(matrix)
    }

    /// `self ∘ first`.
    #[must_use]
    pub fn after(&self, first: &Self) -> Self {
        Self {
            signals: self.signals.after(&first.signals),
            units: self.units.after(&first.units),
        }
    }

    /// The element that undoes this one.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self {
            signals: self.signals.inverse(),
            units: self.units.inverse(),
        }
    }
}

#[cfg(test)]
mod tests;
