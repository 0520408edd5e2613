//! Formulas: read, differentiate to any order, simplify, evaluate on slices, print.
//!
//! ```text
//! text ─parse→ Syntax ─Scope::read→ Expression ─derivative→ Expression ─Tape::new→ Tape ─evaluate→ slices
//!                                       └─latex, unicode→ text
//! ```
//!
//! Expressions are simplified while they are built. The functions that formulas of this field are
//! made of (`ln cosh`, log-sum-exp, `ln(1 + e^x)`, normal tails, …) are primitives with rules of
//! their own, so that value and derivatives stay finite and accurate over the whole real line;
//! formulas written naively (`ln(cosh(x))`) are turned into them.

mod budget;
mod derivative;
mod expression;
mod function;
mod interval;
mod lexer;
mod lower;
mod names;
mod number;
mod print;
mod simplify;
mod syntax;
mod tape;

pub use budget::{Exhausted, PARTS, within};
pub use expression::{Expression, Node, Symbol};
pub use function::{Function, UNARY};
pub use interval::Interval;
pub use lower::{Formula, Scope, SingularKind, Singularity, closest};
pub use number::Number;
pub use syntax::{FormulaError, Span, Syntax, parse};
pub use tape::{Input, Tape};

#[cfg(test)]
mod tests;
