//! Definitions for people: formulas printed from the files, and checks of every derived formula
//! against independent numbers.

mod check;
mod describe;
mod reference;
mod reply;

pub use check::{Check, check};
pub use describe::{Notation, describe};
pub use reference::{reference, summary};
pub use reply::{CheckReply, Checked, Cited, Listed, ListedDefinition, Page};
