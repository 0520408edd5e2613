//! Completion of occluded images by an RBM that has learnt from complete ones: the effective
//! objective beside contrastive divergence (XKZ Fig. 3; theory.md section 14).
//!
//! ```text
//! Images ──→ learning::objective ─────→ weights ──→ Completer::gaussian ─┐
//!    │                                     └──────→ as_binary ─┐         ├─→ complete ──→ squared_error
//!    └─────→ BinaryData::fit (CD, PCD) ──→ BinaryRbm ──────────┴→ ::binary ┘      ↑
//! Occlusion ──────────────────────────────────────────────────────── occluded ────┘
//! ```
//!
//! The effective objective is the exact likelihood of an RBM whose visible units are normal. Its
//! weights can complete an image by the posterior of that RBM, or be those of one with black and
//! white visible units, as contrastive divergence trains it.
//!
//! # Example
//!
//! ```
//! use onsager::numerics::Matrix;
//! use onsager::numerics::streams::Streams;
//! use onsager::occlusion::{Completer, Images, Occlusion, Objective};
//!
//! # fn main() -> onsager::error::Result<()> {
//! // Two kinds of images of 16 pixels, with errors.
//! let rows = Matrix::from_fn(120, 16, |image, pixel| {
//!     let error = (7 * image + 11 * pixel) % 13 == 0;
//!     f64::from(((image % 2 == 0) == (pixel % 4 < 2)) != error)
//! });
//! let streams = Streams::new(1);
//! let images = Images::split(&rows, 0.5, 80, streams)?;
//! let learnt = Objective::default().learn(&images, 1, streams)?;
//! let weights = learnt.weights.expect("a maximum");
//! let occluded = Occlusion::Random.of(&images, 4, streams)?;
//! let completed = Completer::gaussian(&images, &weights).complete(&occluded, streams)?;
//! assert!(images.squared_error(&occluded, &completed) < 0.1);
//! # Ok(())
//! # }
//! ```

mod completer;
mod images;
mod objective;

pub use completer::{Completer, complete_normal};
pub use images::{Images, Occlusion};
pub use objective::{Learnt, Objective, ObjectiveEnd, as_binary};

#[cfg(test)]
mod tests;
