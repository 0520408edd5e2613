//! Beyond replica symmetry: the maximum of the likelihood of one hidden unit where the
//! replica-symmetric answer is not exact, or where there is none (theory.md section 17).
//!
//! `ℓ = max_{M, Q} min_{V, x(·)} Φ`, by Parisi's ansatz at zero temperature with `K` steps: five
//! equations for one step, `K + 4` for `K`. `Φ` falls with `K`, quickly: eight steps and one
//! extrapolation give the limit. Within it recovery sets in at the BBP threshold.

mod answer;
mod equations;
mod fields;
mod functional;
mod order;
mod search;
mod solve;
mod splitting;
#[cfg(test)]
mod tests;
mod unit;

pub use answer::{Broken, BrokenEnd, BrokenSolution, Depth, FullLimit, SymmetricBound};
pub use order::{MAX_STEPS, Plateau, StepOrder};
pub use solve::{applies, solve};
pub use splitting::{Splitting, splitting};
