//! Signed permutations that leave a law invariant.

use super::SignedPermutation;

/// Largest number of components for which every signed permutation is tried (384 of 4 components;
/// 3840 of 5).
pub const MAX_LISTED: usize = 4;

/// Signed permutations of some components that leave their law invariant.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The identity first, then the others, those that change least first.
    elements: Vec<SignedPermutation>,
    complete: bool,
}

impl Group {
    /// The signed permutations of `size` components under which something is invariant. Up to
    /// [`MAX_LISTED`] components all of them are tried. Of more components only flips of one
    /// component or of all and (signed) exchanges of two: what these generate is the whole group
    /// for independent components and for one-hot units, and a subgroup of it in general.
    pub fn of(size: usize, invariant: impl Fn(&SignedPermutation) -> bool) -> Self {
        let complete = size <= MAX_LISTED;
        let candidates = if complete {
            SignedPermutation::all(size)
        } else {
            generators(size)
        };
        let elements = candidates
            .into_iter()
            .filter(|g| g.changes() == (0, 0) || invariant(g))
            .collect();
        Self { elements, complete }
    }

    /// Every signed permutation: directions have neither names nor signs.
    pub fn full(size: usize) -> Self {
        Self::of(size, |_| true)
    }

    /// The identity alone.
    pub fn trivial(size: usize) -> Self {
        Self::of(size, |_| false)
    }

    /// Elements: all of them where the group [is complete](Self::is_complete), else the identity
    /// and generators.
    pub fn elements(&self) -> &[SignedPermutation] {
        &self.elements
    }

    /// Whether [`Group::elements`] holds every element.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether `g` is one of the [elements](Self::elements).
    pub fn contains(&self, g: &SignedPermutation) -> bool {
        self.elements.contains(g)
    }
}

/// The identity, flips of one component and of all, and the exchanges of two components with each
/// choice of their signs.
fn generators(size: usize) -> Vec<SignedPermutation> {
    let identity = SignedPermutation::identity(size);
    let mut all = vec![identity.clone()];
    all.extend((0..size).map(|a| identity.clone().flipped(a)));
    for a in 0..size {
        for b in a + 1..size {
            let exchange = identity.clone().exchanged(a, b);
            all.push(exchange.clone().flipped(a).flipped(b));
            all.push(exchange);
        }
    }
    all.push(SignedPermutation::flip_all(size));
    all
}
