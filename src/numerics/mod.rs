//! Small numerical tools that know nothing of the physics.

pub mod brent;
pub mod dormand_prince;
pub mod gauss_legendre;
pub mod gaussian_average;
pub(crate) mod line;
pub mod newton;
pub mod nullable;
pub(crate) mod pentadiagonal;
pub mod regression;
pub mod rows;
pub(crate) mod simd;
pub mod small_inverse;
pub mod sobol;
pub mod special;
pub mod streams;
pub mod symmetric;
pub(crate) mod tridiagonal;

/// Dense matrix of order parameters: small, of size at most `units × units` or `signals × units`.
pub type Matrix = nalgebra::DMatrix<f64>;
