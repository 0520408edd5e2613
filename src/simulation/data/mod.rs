//! The data matrix of a simulation and its fused one-pass kernel.

mod block;
mod data_matrix;
mod lanes;
mod packed;

pub use data_matrix::{BLOCK, DataMatrix};
pub use lanes::Isa;
