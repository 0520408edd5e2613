//! Flags and keys of boundaries: a given parameter over a range, and how closely boundaries are
//! located.

use super::study::Grid;
use crate::error::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Number of values of the given parameter, unless said otherwise.
const POINTS: usize = 50;

/// Width of boundaries, unless said otherwise.
const WIDTH: f64 = 1e-7;

flags! {
    /// Boundaries for values of a given parameter.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Boundaries")]
    pub struct StabilityOptions {
        /// Given parameter that runs over a range: alpha (strengths are located) or strength (a
        /// factor on --lambda; α is located); or a parameter of the potential
        #[arg(long, value_name = "NAME")]
        pub over: Option<String>,
        /// First value of the given parameter
        #[arg(long, value_name = "X", allow_negative_numbers = true)]
        pub from: Option<f64>,
        /// Last value of the given parameter
        #[arg(long, value_name = "X", allow_negative_numbers = true)]
        pub to: Option<f64>,
        /// Number of values of the given parameter [default: 50]
        #[arg(long, value_name = "N")]
        pub points: Option<usize>,
        /// Width to which boundaries are located [default: 1e-7]
        #[arg(long, value_name = "W", allow_negative_numbers = true)]
        pub width: Option<f64>,
    }
}

impl StabilityOptions {
    /// Whether a range is asked for.
    pub fn is_ranged(&self) -> bool {
        self.from.is_some() || self.to.is_some() || self.points.is_some()
    }

    /// The grid of the given parameter; `example` shows how to give it.
    ///
    /// # Errors
    /// An end is missing.
    pub fn grid(&self, example: &str) -> Result<Grid> {
        let end = |field: &str, end: Option<f64>| {
            end.ok_or_else(|| Error::invalid(field, "missing", example.to_owned()))
        };
        Ok(Grid {
            from: end("from", self.from)?,
            to: end("to", self.to)?,
            points: self.points.unwrap_or(POINTS),
        })
    }

    /// The width.
    ///
    /// # Errors
    /// One outside of its range.
    pub fn width(&self) -> Result<f64> {
        let width = self.width.unwrap_or(WIDTH);
        if (1e-12..=1.0).contains(&width) {
            return Ok(width);
        }
        Err(Error::invalid("width", width, "must lie in 1e-12..=1"))
    }
}
