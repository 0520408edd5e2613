//! Run-time choice of the instruction set.
//!
//! ```text
//! Kernel (safe, generic) ─Isa::run→ one copy for each instruction set, compiled with its features
//! ```
//!
//! A kernel either does its arithmetic on [`Lanes`], or is plain loops that the compiler vectorises
//! with what the copy may use.

mod isa;
mod lanes;

pub use isa::{Isa, prefetch};
pub use lanes::{Kernel, LANES, Lanes, Octet, Packet};
