//! Contrastive divergence: what it learns in the limit, and training by it at finite size
//! (theory.md section 11).

mod chain;
mod fixed_point;
mod noise;
mod sampler;
mod settings;
mod signs;
mod train;

pub use chain::{Chain, ChainStart, Reconstruction};
pub use fixed_point::{ContrastiveOutcome, ContrastivePoint, ContrastiveSolution, fixed_point};
pub use noise::sampling_excess;
pub use settings::{Batches, ContrastiveSettings, Negative, VisibleLaw};
pub use train::{EpochState, Trained, TrainingEnd, train};

#[cfg(test)]
mod tests;
