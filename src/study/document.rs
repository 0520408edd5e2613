//! A file of `figures/`: what is computed, and the figure that shows it.

use super::Study;
use super::spec::take_study;
use crate::error::{Error, Result};
use crate::figure::FigureSpec;

/// A file of `figures/`: the study, if the figure has one of its own, and the figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What is computed.
    pub study: Option<Study>,
    /// What is drawn.
    pub figure: FigureSpec,
}

impl Document {
    /// Parses a file.
    ///
    /// # Errors
    /// TOML that does not parse, unknown fields, or a figure that is not one.
    pub fn parse(text: &str, origin: &str) -> Result<Self> {
        let (study, document) = take_study(text, origin)?;
        let figure = toml::to_string(&document).map_err(|error| Error::Definition {
            origin: origin.into(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            study,
            figure: FigureSpec::parse(&figure)?,
        })
    }
}
