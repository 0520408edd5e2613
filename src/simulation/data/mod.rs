//! The data matrix of a simulation and its fused one-pass kernel.

mod block;
mod data_matrix;
mod isa;
mod lanes;
mod packed;
mod pass;
mod sweep;

pub use data_matrix::DataMatrix;
pub use isa::Isa;
