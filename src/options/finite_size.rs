//! Flags and keys of the approach to the limit of large size.

use super::SimulationOptions;
use crate::error::{Error, Result, require_positive};
use crate::simulation::{Algorithm, Size, Store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most sizes of one study.
const MOST_SIZES: usize = 64;

flags! {
    /// Runs at several sizes.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Finite size")]
    pub struct FiniteSizeOptions {
        /// Numbers of visible units, rising [default: 125, 250, 500]
        #[arg(long, value_name = "D1,D2,…", value_delimiter = ',')]
        pub d: Option<Vec<usize>>,
        /// Instances at each size [default: 400]
        #[arg(long, value_name = "I")]
        pub instances: Option<usize>,
        /// Instances at each size, one number for each, in place of one for all
        #[arg(long, value_name = "I1,I2,…", value_delimiter = ',')]
        pub instances_at: Option<Vec<usize>>,
        /// Algorithm: amp, gd or lbfgs [default: lbfgs]
        #[arg(long, value_name = "NAME", hide_possible_values = true)]
        pub algorithm: Option<Algorithm>,
        /// Largest number of iterations [default: that of the algorithm]
        #[arg(long, value_name = "T")]
        pub iterations: Option<usize>,
        /// Residual (amp) or root-mean-square gradient (gd, lbfgs) of a converged run
        /// [default: 1e-6]
        #[arg(long, value_name = "R", allow_negative_numbers = true)]
        pub run_tolerance: Option<f64>,
        /// Accuracy that is wanted, in the units of each quantity [default: 0.01]
        #[arg(long, value_name = "E", allow_negative_numbers = true)]
        pub accuracy: Option<f64>,
        /// How the data are held: dense (32 bits), one-bit (noise ±1, one bit for each entry; the
        /// limit is the same) or regenerated (drawn again at each pass) [default: dense]
        #[arg(long, value_name = "NAME", hide_possible_values = true)]
        pub store: Option<Store>,
    }
}

impl FiniteSizeOptions {
    /// The simulation at one size.
    pub(crate) fn simulation(&self, d: usize) -> SimulationOptions {
        SimulationOptions {
            d: Some(d),
            algorithm: Some(self.algorithm.unwrap_or(Algorithm::Lbfgs)),
            instances: Some(self.instances.unwrap_or(400)),
            iterations: self.iterations,
            run_tolerance: self.run_tolerance,
            store: self.store,
            ..SimulationOptions::default()
        }
    }

    /// The sizes at `alpha`, checked.
    ///
    /// # Errors
    /// None, too many, sizes that do not rise, or one that is not possible with `alpha`.
    pub fn sizes(&self, alpha: f64) -> Result<Vec<Size>> {
        let d = self.d.clone().unwrap_or_else(|| vec![125, 250, 500]);
        let rising = d.windows(2).all(|pair| pair[0] < pair[1]);
        if d.is_empty() || d.len() > MOST_SIZES || d[0] == 0 || !rising {
            let allowed = format!("give 1 to {MOST_SIZES} numbers of visible units, rising from 8");
            return Err(Error::invalid("d", format!("{d:?}"), allowed));
        }
        let size = |&d: &usize| self.simulation(d).size(Some(alpha));
        d.iter().map(size).collect()
    }

    /// Instances at each of so many sizes, checked.
    ///
    /// # Errors
    /// Another count of numbers than of sizes, both a number for all sizes and numbers for each, or
    /// one that is not possible.
    pub fn instances(&self, sizes: usize) -> Result<Vec<usize>> {
        let Some(each) = &self.instances_at else {
            return Ok(vec![self.simulation(0).instances()?; sizes]);
        };
        if let Some(all) = self.instances {
            let allowed = "stands beside instances-at: give one of them";
            return Err(Error::invalid("instances", all, allowed));
        }
        if each.len() != sizes {
            let allowed = format!("give {sizes} numbers, one for each size");
            return Err(Error::invalid("instances-at", format!("{each:?}"), allowed));
        }
        let one = |&instances: &usize| {
            let simulation = SimulationOptions {
                instances: Some(instances),
                ..SimulationOptions::default()
            };
            simulation.instances()
        };
        each.iter().map(one).collect()
    }

    /// The accuracy, checked.
    ///
    /// # Errors
    /// One that is not positive.
    pub fn accuracy(&self) -> Result<f64> {
        let accuracy = self.accuracy.unwrap_or(0.01);
        require_positive("accuracy", accuracy)?;
        Ok(accuracy)
    }
}
