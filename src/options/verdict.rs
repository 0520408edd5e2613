//! Flags and keys of a verdict.

use crate::comparison::Criteria;
use crate::ensemble::Precision;
use crate::error::{Error, Result, require_positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most instances that a precision may ask for, unless said otherwise.
const MAX_INSTANCES: usize = 256;

flags! {
    /// How a verdict is made.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Verdict")]
    pub struct VerdictOptions {
        /// Share of comparisons that find a disagreement where theory is right, over all numbers
        /// together [default: 0.01]
        #[arg(long, value_name = "P", allow_negative_numbers = true)]
        pub level: Option<f64>,
        /// Difference that must be noticeable for "agrees", relative to the size of each quantity
        /// [default: 0.2]
        #[arg(long, value_name = "R", allow_negative_numbers = true)]
        pub resolution: Option<f64>,
        /// Add instances until every standard error is at most this
        #[arg(long, value_name = "S", allow_negative_numbers = true)]
        pub precision: Option<f64>,
        /// Most instances that --precision may ask for [default: 256]
        #[arg(long, value_name = "I", requires = "precision")]
        pub max_instances: Option<usize>,
    }
}

impl VerdictOptions {
    /// The criteria, checked.
    ///
    /// # Errors
    /// Names the one outside of its range.
    pub fn criteria(&self) -> Result<Criteria> {
        let usual = Criteria::default();
        let level = self.level.unwrap_or(usual.level);
        let resolution = self.resolution.unwrap_or(usual.resolution);
        if !(1e-12..=0.5).contains(&level) {
            return Err(Error::invalid("level", level, "must lie in 1e-12..=0.5"));
        }
        require_positive("resolution", resolution)?;
        Ok(Criteria { level, resolution })
    }

    /// The precision that was asked for, checked, where the comparison begins with this many
    /// instances.
    ///
    /// # Errors
    /// Names what is outside of its range.
    pub fn precision(&self, instances: usize) -> Result<Option<Precision>> {
        let Some(standard_error) = self.precision else {
            return Ok(None);
        };
        require_positive("precision", standard_error)?;
        let max_instances = self.max_instances.unwrap_or(MAX_INSTANCES.max(instances));
        if !(instances..=100_000).contains(&max_instances) {
            let allowed = format!("must lie in {instances}..=100000, not below --instances");
            return Err(Error::invalid("max-instances", max_instances, allowed));
        }
        Ok(Some(Precision {
            standard_error,
            max_instances,
        }))
    }
}
