//! Flags and keys of the search for the largest objective.

use super::SimulationOptions;
use crate::error::{Error, Result};
use crate::simulation::{AnnealingSettings, ClimbSettings, LbfgsSettings, Size};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most sizes.
const MOST_SIZES: usize = 64;

/// Most instances of one size.
const MOST_INSTANCES: usize = 100_000;

/// Most visible units: the spectrum of the Hessian is computed as a whole.
const MOST_COLUMNS: usize = 4000;

flags! {
    /// The best of many starts, at several sizes.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Maximum")]
    pub struct MaximumOptions {
        /// Numbers of visible units, rising, up to 4000 [default: 60, 120, 240]
        #[arg(long, value_name = "D1,D2,…", value_delimiter = ',')]
        pub d: Option<Vec<usize>>,
        /// Instances: of each size, or one number for all [default: 100]
        #[arg(long, value_name = "I1,I2,…", value_delimiter = ',')]
        pub instances: Option<Vec<usize>>,
        /// Random starts of L-BFGS on each instance [default: 16]
        #[arg(long, value_name = "B")]
        pub random: Option<usize>,
        /// Starts with overlap [default: 4; 0 where the maximum has no overlap by theory]
        #[arg(long, value_name = "B")]
        pub planted: Option<usize>,
        /// Starts at the end of Langevin annealing [default: 0]
        #[arg(long, value_name = "B")]
        pub annealed: Option<usize>,
        /// Runs of gradient ascent, whose level is shown beside the maximum [default: 0]
        #[arg(long, value_name = "B")]
        pub gradient: Option<usize>,
        /// Steps of annealing [default: 1500]
        #[arg(long, value_name = "T")]
        pub sweeps: Option<usize>,
        /// First temperature of annealing [default: 0.35]
        #[arg(long, value_name = "T", allow_negative_numbers = true)]
        pub temperature: Option<f64>,
        /// Steps of gradient ascent [default: 1600]
        #[arg(long, value_name = "T")]
        pub steps: Option<usize>,
        /// Root-mean-square gradient at which L-BFGS stops [default: 1e-5]
        #[arg(long, value_name = "R", allow_negative_numbers = true)]
        pub run_tolerance: Option<f64>,
    }
}

impl MaximumOptions {
    /// The sizes at `alpha` and the instances of each, checked.
    ///
    /// # Errors
    /// None, too many, sizes that do not rise, or one that is not possible with `alpha`; another
    /// number of instances than of sizes, or fewer than two of one.
    pub fn sizes(&self, alpha: f64) -> Result<Vec<(Size, usize)>> {
        let d = self.d.clone().unwrap_or_else(|| vec![60, 120, 240]);
        let rising = d.windows(2).all(|pair| pair[0] < pair[1]);
        let within = |d: &usize| (1..=MOST_COLUMNS).contains(d);
        if d.is_empty() || d.len() > MOST_SIZES || !rising || !d.iter().all(within) {
            let allowed = format!(
                "give 1 to {MOST_SIZES} numbers of visible units, rising from 8 to {MOST_COLUMNS}"
            );
            return Err(Error::invalid("d", format!("{d:?}"), allowed));
        }
        let instances = self.instances.clone().unwrap_or_else(|| vec![100]);
        let instances = match instances[..] {
            [one] => vec![one; d.len()],
            _ => instances,
        };
        let possible = |count: &usize| (2..=MOST_INSTANCES).contains(count);
        if instances.len() != d.len() || !instances.iter().all(possible) {
            let allowed = format!(
                "give one number for all sizes or one for each, from 2 to {MOST_INSTANCES}"
            );
            return Err(Error::invalid(
                "instances",
                format!("{instances:?}"),
                allowed,
            ));
        }
        let size = |&d: &usize| {
            let options = SimulationOptions {
                d: Some(d),
                ..SimulationOptions::default()
            };
            options.size(Some(alpha))
        };
        let sizes: Result<Vec<Size>> = d.iter().map(size).collect();
        Ok(sizes?.into_iter().zip(instances).collect())
    }

    /// The climbs on each instance, where the maximum has an overlap or not, checked.
    ///
    /// # Errors
    /// As [`ClimbSettings::validate`].
    pub fn climbs(&self, overlap: bool) -> Result<ClimbSettings> {
        let usual = ClimbSettings::default();
        let planted = if overlap { 4 } else { 0 };
        let settings = ClimbSettings {
            random: self.random.unwrap_or(usual.random),
            planted: self.planted.unwrap_or(planted),
            annealed: self.annealed.unwrap_or(usual.annealed),
            gradient: self.gradient.unwrap_or(usual.gradient),
            annealing: AnnealingSettings {
                temperature: self.temperature.unwrap_or(usual.annealing.temperature),
                sweeps: self.sweeps.unwrap_or(usual.annealing.sweeps),
            },
            lbfgs: LbfgsSettings {
                tolerance: self.run_tolerance.unwrap_or(usual.lbfgs.tolerance),
                ..usual.lbfgs
            },
            steps: self.steps.unwrap_or(usual.steps),
        };
        settings.validate()?;
        Ok(settings)
    }
}
