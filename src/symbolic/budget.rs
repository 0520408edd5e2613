//! A limit on the work of algebra: what a definition asks for is refused in time, instead of taking all time and memory.
//!
//! Derivatives can be much larger than what is written: a product of `n` factors has a third derivative of `n³` terms. Every part that is
//! built is paid for. When nothing is left, algebra returns zeros at once, and [`within`] says so instead of returning them.

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

/// Parts that a definition may take in all, read, differentiated and compiled: at least twenty times those of the largest one that is built in.
pub const PARTS: u64 = 4_000_000;

/// What `make` returns, unless it builds more than `parts` parts of expressions. Calls may be nested: the smaller limit decides.
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
