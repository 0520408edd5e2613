//! Flags and keys of a branch along a control parameter.

use super::missing;
use crate::error::{Error, Result};
use crate::fixed_point::ContinuationSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

flags! {
    /// A branch along a control parameter.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Branch")]
    pub struct BranchOptions {
        /// Control parameter: alpha, strength, lambda, lambda-1 …, bias-1 …, hidden.rho, signal.rho
        /// …; or a parameter of the potential [default: lambda]
        #[arg(long, value_name = "NAME")]
        pub along: Option<String>,
        /// Lower end of the range
        #[arg(long, value_name = "X", allow_negative_numbers = true)]
        pub from: Option<f64>,
        /// Upper end of the range
        #[arg(long, value_name = "X", allow_negative_numbers = true)]
        pub to: Option<f64>,
        /// Where the branch is begun, by a search from --start
        /// [default: the upper end, or the lower end with --rising]
        #[arg(long, value_name = "X", allow_negative_numbers = true)]
        pub at: Option<f64>,
        /// Follow towards larger values first
        #[arg(long)]
        pub rising: bool,
        /// Largest step of arclength (control parameter in units of the range, order parameters in
        /// their own) [default: 0.05]
        #[arg(long, value_name = "S", allow_negative_numbers = true)]
        pub largest_step: Option<f64>,
        /// Width to which folds, changes of stability and ends are located [default: 1e-8]
        #[arg(long, value_name = "W", allow_negative_numbers = true)]
        pub width: Option<f64>,
        /// Largest number of points [default: 2000]
        #[arg(long, value_name = "N")]
        pub max_points: Option<usize>,
    }
}

impl BranchOptions {
    /// The control parameter.
    pub fn along(&self) -> &str {
        self.along.as_deref().unwrap_or("lambda")
    }

    /// The tuning of the continuation, and the value at which the branch is begun.
    ///
    /// # Errors
    /// An end of the range is missing.
    pub fn resolve(&self) -> Result<(ContinuationSettings, f64)> {
        let end = |field: &str, end: Option<f64>| -> Result<f64> {
            let end = end.ok_or_else(|| missing(field, &format!("--{field} 1")))?;
            if end.is_finite() {
                return Ok(end);
            }
            Err(Error::invalid(field, end, "must be finite"))
        };
        let range = [end("from", self.from)?, end("to", self.to)?];
        let usual = ContinuationSettings::on(range);
        let continuation = ContinuationSettings {
            range,
            largest_step: self.largest_step.unwrap_or(usual.largest_step),
            width: self.width.unwrap_or(usual.width),
            max_points: self.max_points.unwrap_or(usual.max_points),
        };
        let begin = if self.rising { range[0] } else { range[1] };
        let at = self.at.unwrap_or(begin);
        if range[0] < range[1] && !(range[0]..=range[1]).contains(&at) {
            let allowed = format!(
                "the start of the branch must lie between from and to, in {}..={}",
                range[0], range[1]
            );
            return Err(Error::invalid("at", at, allowed));
        }
        Ok((continuation, at))
    }
}
