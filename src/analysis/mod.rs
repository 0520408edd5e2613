//! What the spectrum of data says of the directions in them, before anything is trained: noise,
//! signals with their strengths and errors, and whether the rest is noise (theory.md section 15).
//!
//! `X` is n×d, `α = n/d`, with noise of variance `σ²` in each entry; strengths `λ` are in units of
//! `σ`. A direction can be seen where `αλ⁴ > 1`.
//!
//! ```text
//! Prepared ──→ Principal (one decomposition) ──→ Spectrum
//! Spectrum ──→ Noise (median, fit, trace)
//!    ├───────→ outliers (Tracy–Widom, one after the other) ──→ Signal (λ with error, overlaps)
//!    └───────→ BulkDistance (N·KS against its own null)    │    └→ Inversion near the threshold
//!                              ScoreLaw ←── scores ←───────┘
//!                                 └→ Model ──→ Bootstrap (synthetic data, Trainer, Learnt)
//! ```
//!
//! # Example
//!
//! ```
//! use onsager::analysis::{Detection, Principal};
//! use onsager::hidden::HiddenUnits;
//! use onsager::law::Law;
//! use onsager::model::Model;
//! use onsager::numerics::streams::Streams;
//! use onsager::simulation::{Instance, Size};
//!
//! # fn main() -> onsager::error::Result<()> {
//! let hidden = HiddenUnits::new(Law::rademacher(), 2, &[])?;
//! let model = Model::new(4.0, &[2.0, 1.4], hidden, Law::rademacher(), Law::rademacher())?;
//! let data = Instance::generate(&model, Size { n: 480, d: 120 }, Streams::new(1))?;
//! let principal = Principal::of(&data.data)?;
//! let spectrum = principal.spectrum(480)?;
//! let detection = spectrum.detect();
//! let Detection::Bulk { outliers, .. } = &detection else {
//!     panic!("there is a bulk");
//! };
//! assert_eq!(outliers.len(), 2);
//! let signals = spectrum.signals(&principal, &detection)?;
//! assert!((signals[0].lambda - 2.0).abs() < 4.0 * signals[0].error);
//! # Ok(())
//! # }
//! ```

mod bootstrap;
mod bulk;
mod halves;
mod inversion;
mod lanczos;
mod law;
mod parallel;
mod prepared;
mod principal;
mod sampling;
mod scores;
mod signals;
mod spectrum;
mod training;
mod whitening;

pub(crate) use bootstrap::divided;
pub use bootstrap::{Bootstrap, BootstrapGain, Scatter};
pub use bulk::{BulkDistance, BulkNull};
pub use halves::SplitHalf;
pub use inversion::{Inversion, SignalLaw};
pub(crate) use lanczos::PROBES;
pub use law::BulkLaw;
pub use parallel::permuted_edge;
pub use prepared::{Preparation, Prepared, Standardise};
pub(crate) use principal::MOST_WHOLE;
pub use principal::Principal;
pub use sampling::sample;
pub use scores::ScoreLaw;
pub use signals::{Kurtosis, Signal, detectable, sampling_error};
pub(crate) use spectrum::LEVEL;
pub use spectrum::{Detection, Noise, Spectrum, SpectrumPart, TracyWidomTest};
pub use training::{LearningEnd, Learnt, TrainedWeights, Trainer};
pub use whitening::Whitening;

#[cfg(test)]
pub(crate) mod tests;
