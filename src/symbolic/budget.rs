//! A limit on the work of algebra: what a definition asks for is refused in time, instead of taking
//! all time and memory.
//!
//! Derivatives can be much larger than what is written: a product of `n` factors has a third
//! derivative of `n³` terms. Every part that is built is paid for. When nothing is left, algebra
//! returns zeros at once, and [`within`] says so instead of returning them.

use std::cell::Cell;

thread_local! {
    static LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// The budget of algebra was not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "its derivatives have more than {parts} parts, which is the limit: write it with fewer factors, terms or levels"
)]
pub struct Exhausted {
    /// The limit.
    pub parts: u64,
}

/// Parts that a definition may take in all, read, differentiated and compiled: at least ten times
/// those of the largest one that is built in.
pub const PARTS: u64 = 1_000_000;

/// What `make` returns, unless it builds more than `parts` parts of expressions. Calls may be
/// nested: the smaller limit decides.
///
/// # Errors
/// [`Exhausted`], with the limit.
pub fn within<T>(parts: u64, make: impl FnOnce() -> T) -> Result<T, Exhausted> {
    let before = LEFT.get();
    let own = parts.min(before);
    LEFT.set(own);
    let made = make();
    let left = LEFT.get();
    LEFT.set(match before {
        u64::MAX => u64::MAX,
        _ => before - (own - left),
    });
    match left {
        0 => Err(Exhausted { parts: own }),
        _ => Ok(made),
    }
}

/// Pays for a part with this number of parts of its own; whether there is anything left.
pub(super) fn spend(parts: usize) -> bool {
    let left = LEFT.get();
    if left == u64::MAX {
        return true;
    }
    let left = left.saturating_sub(1 + parts as u64);
    LEFT.set(left);
    left > 0
}

/// Whether algebra goes on.
pub(super) fn is_left() -> bool {
    LEFT.get() > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definitions::{Catalogue, Definition};
    use crate::potential::Saddle;
    use crate::symbolic::{Expression, Symbol};

    /// What is built in takes a tenth of the limit, with room to spare for definitions of users.
    #[test]
    fn built_in_definitions_are_affordable() {
        let catalogue = Catalogue::default();
        for name in catalogue.names().expect("names") {
            let made = within(PARTS / 10, || match catalogue.definition(&name) {
                Ok(Definition::Prior(prior)) => prior.hidden_law().map(drop).is_ok(),
                Ok(Definition::Potential(potential)) => Saddle::new(&potential).is_ok(),
                Err(_) => false,
            });
            assert!(made.is_ok(), "{name}");
        }
    }

    /// A product of `n` factors has a third derivative of about `n³` terms; a power tower of sums
    /// is worse.
    #[test]
    fn what_is_not_affordable_is_refused_in_time() {
        let z = Symbol::new("z");
        let cosh = |scale: i64| {
            let argument = Expression::integer(scale) * Expression::variable("z");
            Expression::call(crate::symbolic::Function::Cosh, vec![argument])
        };
        let product = Expression::product((1..40).map(cosh));
        let derived = within(10_000, || product.nth_derivative(&z, 3));
        assert_eq!(derived.err(), Some(Exhausted { parts: 10_000 }));
        // Nothing is left of the limit afterwards, and an inner limit pays from the outer one.
        let whole = product.derivative(&z);
        assert!(!whole.is_zero());
        let nested = within(1_000, || {
            within(u64::MAX - 1, || product.nth_derivative(&z, 2))
        });
        assert!(nested.is_err());
    }
}
