//! Contrastive divergence: what it learns in the limit, and training by it at finite size
//! (theory.md section 11).

mod chain;
mod fixed_point;

pub use chain::{Chain, ChainStart, Reconstruction};
pub use fixed_point::{ContrastiveOutcome, ContrastivePoint, ContrastiveSolution, fixed_point};

#[cfg(test)]
mod tests;
