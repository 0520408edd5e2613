//! Potentials: stationary points of replica-symmetric free energies given as formulas.
//!
//! ```text
//! definitions::PotentialDefinition ─derivative→ saddle-point equations F(x) = 0, Jacobian ∂F   (symbolic)
//!                                  ─averaged──→ their averages by quadrature                   (refined until it no longer matters)
//!                                  ─search────→ a fixed point from one start, with stability
//!                                  ─scan──────→ brackets of all roots, of one order parameter
//!                                  ─solve─────→ fixed points from several starts and the scan
//! definitions::PotentialFamily     ─problem───→ a fixed-point problem along one parameter      (see `fixed_point`)
//!                                  ─branch────→ its branches, with folds, changes of stability, bifurcations, onsets
//! ```
//!
//! With `S` the Hessian of the coupling terms, `F = S^{-1}∇Φ`, so that `x ↦ x − F(x)` is the
//! saddle-point map of the textbooks (`q ↦ E tanh²`, say); it stays defined where a coupling
//! vanishes, because `S^{-1}` is multiplied in before numbers are. Without coupling terms `F = ∇Φ`.

mod averaged;
mod branch;
mod derivative;
mod outcome;
mod path;
mod prepared;
mod problem;
mod rules;
mod saddle;
mod scan;
mod search;
mod solve;

pub use averaged::{Averaged, Failure, MAX_NODES};
pub(crate) use branch::branch_from;
pub use branch::{PotentialBranch, begin, branch, ending};
pub(crate) use outcome::Rank;
pub use outcome::{PotentialOutcome, SaddlePoint, Solution};
pub use path::{PotentialDeparture, PotentialPath};
pub use prepared::PreparedPotential;
pub use problem::PotentialProblem;
pub use saddle::{Equation, Saddle, Shown, saddle_equations};
pub use solve::{PotentialSettings, solve, solve_doubled, solve_from, solve_one};

#[cfg(test)]
mod tests;
