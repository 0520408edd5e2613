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
    /// What is drawn; nothing where the file has a study alone.
    pub figure: Option<FigureSpec>,
}

impl Document {
    /// Parses a file.
    ///
    /// # Errors
    /// TOML that does not parse, unknown fields, or a figure that is not one.
    pub fn parse(text: &str, origin: &str) -> Result<Self> {
        let (study, document) = take_study(text, origin)?;
        let broken = |reason: String| Error::Definition {
            origin: origin.into(),
            reason,
        };
        if study.is_some() && document.is_empty() {
            return Ok(Self {
                study,
                figure: None,
            });
        }
        // Without a study the text is the figure, and errors have its lines.
        let figure = match study {
            None => text.to_owned(),
            Some(_) => toml::to_string(&document).map_err(|error| broken(error.to_string()))?,
        };
        let figure = FigureSpec::parse(&figure).map_err(|error| broken(error.to_string()))?;
        Ok(Self {
            study,
            figure: Some(figure),
        })
    }
}
