//! Beyond replica symmetry: the maximum of the likelihood of one hidden unit where the
//! replica-symmetric answer is not exact, or where there is none (theory.md section 17).
//!
//! `ℓ = max_{M, Q} min_{V, x(·)} Φ`, by Parisi's ansatz at zero temperature with `K` steps: five
//! equations for one step, `K + 4` for `K`. `Φ` falls with `K`, quickly: eight steps and one
//! extrapolation give the limit. Within it recovery sets in at the BBP threshold.

//!
//! ```
//! use onsager::hidden::HiddenUnits;
//! use onsager::law::Law;
//! use onsager::model::Model;
//! use onsager::rsb::{Depth, solve_unit};
//!
//! # fn main() -> onsager::error::Result<()> {
//! let hidden = HiddenUnits::new(Law::rademacher(), 1, &[])?;
//! let model = Model::new(2.0, &[1.0], hidden, Law::rademacher(), Law::rademacher())?;
//! let broken = solve_unit(&model, Depth::Steps(1))?;
//! let step = broken.deepest().expect("a root of one step");
//! assert!((step.zeta - 0.519455).abs() < 1e-6);
//! # Ok(())
//! # }
//! ```

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

pub use answer::{
    Beyond, Broken, BrokenEnd, BrokenSolution, BrokenUnit, Depth, FullLimit, SymmetricBound,
};
pub use order::{MAX_STEPS, Plateau, StepOrder};
pub use solve::{applies, check, solve, solve_unit};
pub use splitting::{Splitting, splitting};
