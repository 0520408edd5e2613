//! Learning from data of finite size: AMP, gradient ascent, L-BFGS and the spectral method.
//!
//! ```text
//! HiddenUnits ─┐
//! Data ────────┴─→ Problem ─→ amp, ascend, lbfgs, leading_directions ─→ run_on ─→ Run
//!                     ↑          (AmpSettings, GdSettings, …: Method)
//! Model ─→ Instance ──┘ (with the planted signals, so that overlaps are observed)
//! ```
//!
//! An algorithm sees hidden units and data. Signals that were planted are only looked at, and may
//! be missing. [`Data`] are in one of three stores: a matrix in single precision ([`DataMatrix`]),
//! noise ±1 of one bit for each entry beside signals of low rank ([`OneBit`]), or rows that are drawn
//! again at each pass ([`Regenerated`]).
//!
//! # Examples
//!
//! AMP on an instance with one planted signal:
//!
//! ```
//! use onsager::hidden::HiddenUnits;
//! use onsager::law::Law;
//! use onsager::{model::Model, numerics::streams::Streams};
//! use onsager::simulation::{RunSettings, Size, run};
//!
//! # fn main() -> onsager::error::Result<()> {
//! let hidden = HiddenUnits::new(Law::rademacher(), 1, &[])?;
//! let model = Model::new(2.0, &[1.5], hidden, Law::rademacher(), Law::rademacher())?;
//! let run = run(&model, Size { n: 2000, d: 1000 }, &RunSettings::default(), Streams::new(1))?;
//! println!("{}: ζ = {:.3}", run.end.name(), run.last().order.overlaps()[(0, 0)]);
//! # assert_eq!(run.end.name(), "converged");
//! # // Theory says 0.872; one instance at d = 1000 spreads by 1/√d.
//! # assert!((run.last().order.overlaps()[(0, 0)] - 0.872).abs() < 0.1);
//! # Ok(())
//! # }
//! ```
//!
//! L-BFGS and gradient ascent on data of one's own, in units of the noise:
//!
//! ```
//! use onsager::hidden::HiddenUnits;
//! use onsager::law::Law;
//! use onsager::numerics::streams::Streams;
//! use onsager::simulation::{Algorithm, DataMatrix, Problem, RunSettings, run_on};
//!
//! # fn main() -> onsager::error::Result<()> {
//! # let value = |row: usize, column: usize| ((row * 37 + column * 91) as f32).sin() * 1.4;
//! let data = DataMatrix::from_row_fn(200, 100, |row, entries| {
//!     for (column, entry) in entries.iter_mut().enumerate() {
//!         *entry = value(row, column);
//!     }
//! });
//! let hidden = HiddenUnits::new(Law::rademacher(), 2, &[])?;
//! for algorithm in [Algorithm::Lbfgs, Algorithm::Gd] {
//!     let settings = RunSettings { method: algorithm.into(), restarts: 3, ..RunSettings::default() };
//!     let run = run_on(&Problem::new(&hidden, &data), &settings, Streams::new(1))?;
//!     println!("{}: ℓ = {:?}, W is {:?}", run.end.name(), run.log_likelihood, run.weights.shape());
//! #   assert_eq!(run.weights.shape(), (100, 2));
//! #   assert!(run.end.has_weights(), "{:?}", run.end);
//! }
//! # Ok(())
//! # }
//! ```

mod amp;
mod annealing;
mod ascent;
mod checkpoint;
mod constrained;
mod controls;
mod curvature;
mod data;
mod gradient;
mod highest;
mod instance;
mod lbfgs;
mod linear_amp;
mod method;
mod observation;
mod problem;
mod proximal;
#[cfg(test)]
mod ranks;
mod run;
mod sample_gain;
mod spectral;
mod start;
mod store;
mod tridiagonal;

pub use amp::{AmpSettings, amp};
pub use annealing::{AnnealingSettings, anneal};
pub use ascent::{GdSettings, ascend, ascend_watched};
pub use checkpoint::{Checkpoint, Snapshot, Unkept};
pub use controls::{Control, controls};
pub use curvature::{Curvature, curvature};
pub use data::{AnyData, BatchRows, Data, DataMatrix, Isa, OneBit, Regenerated, Stored};
pub use gradient::Gradient;
pub use highest::{Climb, ClimbSettings, Highest, Summit, highest};
pub use instance::{Instance, Size};
pub use lbfgs::{LbfgsSettings, lbfgs};
pub use linear_amp::linear_amp;
pub(crate) use method::require_limits;
pub use method::{Algorithm, Method};
pub use observation::{Learned, Observation, RunEnd, RunOutcome};
pub use problem::{Planted, Problem};
pub use run::{Run, RunSettings, run, run_kept, run_on, run_with};
pub use sample_gain::{SampleGain, hidden_means};
pub use spectral::{SpectralEnd, leading_directions};
pub use start::SimulationStart;
pub use store::Store;
pub use tridiagonal::LeadingDirection;
