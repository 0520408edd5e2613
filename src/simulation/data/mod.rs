//! The data matrix of a simulation and its fused one-pass kernel.

mod block;
mod data_matrix;
mod generated;
mod packed;
mod pass;
mod sweep;

pub use crate::numerics::simd::Isa;
pub use data_matrix::DataMatrix;
