//! A picture of each answer: the specification of a sensible figure of its main table, for those
//! who write none themselves, and as a start for those who do.
//!
//! A specification is text, as [`crate::figure::FigureSpec`] reads it, and names the columns of the
//! answer's table ([`Pictured::drawn`]) as files have them.
//!
//! ```
//! # fn main() -> onsager::error::Result<()> {
//! use onsager::experiment::{Evolve, Experiment, silent};
//! use onsager::figure::{FigureSpec, render_svg};
//! use onsager::options::ModelOptions;
//! use onsager::picture::Pictured;
//!
//! let model = ModelOptions { alpha: Some(2.0), lambda: Some(vec![1.5]), ..Default::default() };
//! let answer = Evolve { model, ..Default::default() }.run(silent())?.result;
//! let specification = answer.picture("evolve.csv")?;
//! let svg = render_svg(&FigureSpec::parse(&specification)?, &answer.drawn())?;
//! # assert!(svg.contains("</svg>"));
//! # Ok(())
//! # }
//! ```

mod boundaries;
mod branch;
mod compare;
mod diagram;
mod page;
mod solve;
mod study;
#[cfg(test)]
mod tests;
mod trajectory;

pub use diagram::of_diagram;
pub use study::{of_document, of_study};

use crate::error::{Error, Result};
use crate::experiment::Answer;
use crate::table::Table;

/// An answer of which there is a picture.
pub trait Pictured: Answer {
    /// The specification of a figure of [`Pictured::drawn`], which is in the file `data`.
    ///
    /// # Errors
    /// An answer without anything to draw.
    fn picture(&self, data: &str) -> Result<String>;

    /// The table that is drawn.
    fn drawn(&self) -> Table {
        self.tables().into_iter().next().unwrap_or_default()
    }
}

/// There is nothing to draw.
fn nothing(why: &str) -> Error {
    Error::invalid("plot", "a picture of this answer", why)
}
