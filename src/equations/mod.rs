//! Definitions for people: formulas printed from the files, and checks of every derived formula against independent numbers.

mod check;
mod describe;
mod reference;

pub use check::{Check, check};
pub use describe::{Notation, describe};
pub use reference::{reference, summary};
