//! Contrastive divergence: what it learns in the limit, and training by it at finite size
//! (theory.md section 11).
//!
//! ```text
//! Chain ──→ negative_phase (H) ──→ fixed_point     d → ∞
//!   │                                  ↑
//!   │                       FixedPoint of the objective
//!   └──→ ContrastiveSettings ──→ train              finite d, on the data of a Problem
//! ```
//!
//! # Example
//!
//! One unit with a bias: CD-1 learns weights that are too large, in the limit and at finite size.
//!
//! ```
//! use onsager::contrastive::{Chain, ContrastiveSettings, fixed_point, train};
//! use onsager::hidden::HiddenUnits;
//! use onsager::law::Law;
//! use onsager::model::Model;
//! use onsager::numerics::streams::Streams;
//! use onsager::simulation::{Instance, SimulationStart, Size};
//! use onsager::theory::{FixedPointSettings, Starts, find};
//!
//! # fn main() -> onsager::error::Result<()> {
//! let hidden = HiddenUnits::new(Law::rademacher(), 1, &[0.5])?;
//! let model = Model::new(4.0, &[1.0], hidden, Law::rademacher(), Law::rademacher())?;
//! let settings = FixedPointSettings::default();
//! let found = find(&model, Starts::Standard, &settings)?;
//! let objective = found.answer().expect("a fixed point");
//! let solution = fixed_point(&model, objective, &Chain::default(), &settings)?;
//! match solution.point() {
//!     Ok(point) => {
//!         assert!((objective.order.q[(0, 0)] - 1.352398).abs() < 1e-6);
//!         assert!((point.order.q[(0, 0)] - 1.405078).abs() < 1e-6);
//!     }
//!     Err(outcome) => println!("no number: {}", outcome.explanation()),
//! }
//!
//! let streams = Streams::new(1);
//! let instance = Instance::generate(&model, Size { n: 800, d: 200 }, streams)?;
//! let problem = instance.problem(model.hidden());
//! let start = SimulationStart::Spectral.weights(&problem, streams, 0)?;
//! let training = ContrastiveSettings { batch: Some(100), ..ContrastiveSettings::default() };
//! let trained = train(&problem, start, &training, streams, &mut |_| ())?;
//! match trained.weights {
//!     Some(weights) => println!("{}: Q = {}", trained.end.name(), problem.observe(&weights).order.q),
//!     None => println!("{}", trained.end.name()),
//! }
//! # Ok(())
//! # }
//! ```

mod chain;
mod fixed_point;
mod noise;
mod sampler;
mod settings;
mod signs;
mod train;

pub(crate) use chain::listed;
pub use chain::{Chain, ChainStart, Reconstruction};
pub use fixed_point::{ContrastiveOutcome, ContrastivePoint, ContrastiveSolution, fixed_point};
pub use noise::sampling_excess;
pub use settings::{Batches, ContrastiveSettings, Negative, VisibleLaw};
pub use train::{EpochState, Trained, TrainingEnd, train};

#[cfg(test)]
mod tests;
