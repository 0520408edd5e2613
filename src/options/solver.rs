//! Flags and keys of the fixed-point solver.

use crate::error::Result;
use crate::potential::PotentialSettings;
use crate::theory::FixedPointSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

flags! {
    /// The fixed-point solver.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Solver")]
    pub struct SolverOptions {
        /// Largest residual of the undamped map [default: 1e-12]
        #[arg(long, value_name = "R", allow_negative_numbers = true)]
        pub tolerance: Option<f64>,
        /// Largest quadrature error of an order parameter [default: 1e-10]
        #[arg(long, value_name = "E", allow_negative_numbers = true)]
        pub quadrature_tolerance: Option<f64>,
        /// Largest standard error of an order parameter by quasi-Monte Carlo [default: 0.05]
        #[arg(long, value_name = "E", allow_negative_numbers = true)]
        pub sampling_tolerance: Option<f64>,
        /// Damping ρ of the proximal parameter, in (0, 1] [default: 0.2]
        #[arg(long, value_name = "RHO", allow_negative_numbers = true)]
        pub damping: Option<f64>,
        /// Largest number of damped iterations [default: 2000]
        #[arg(long, value_name = "N")]
        pub max_iterations: Option<usize>,
        /// Cap on the nodes of a tensor grid [default: 40000000]
        #[arg(long, value_name = "N")]
        pub max_nodes: Option<usize>,
        /// Binary logarithm of the quasi-Monte-Carlo points [default: 12]
        #[arg(long, value_name = "P")]
        pub log2_points: Option<u32>,
        /// Independent quasi-Monte-Carlo randomisations [default: 8]
        #[arg(long, value_name = "N")]
        pub randomisations: Option<u32>,
        /// Largest number of units for which the tensor rule is used, at most 3 [default: 3]
        #[arg(long, value_name = "K")]
        pub tensor_units: Option<usize>,
        /// Random starts of a search for all solutions
        /// [default: 2 for one or two units, none for more; 8 for a potential]
        #[arg(long, value_name = "N")]
        pub random_starts: Option<u32>,
    }
}

impl SolverOptions {
    /// These options, with gaps filled from `under`.
    pub fn over(self, under: Self) -> Self {
        overlay!(self, under: tolerance, quadrature_tolerance, sampling_tolerance, damping, max_iterations, max_nodes,
            log2_points, randomisations, tensor_units, random_starts)
    }

    /// The settings, checked.
    ///
    /// # Errors
    /// As [`FixedPointSettings::validate`].
    pub fn resolve(&self, seed: u64) -> Result<FixedPointSettings> {
        let default = FixedPointSettings::default();
        let settings = FixedPointSettings {
            tolerance: self.tolerance.unwrap_or(default.tolerance),
            quadrature_tolerance: self
                .quadrature_tolerance
                .unwrap_or(default.quadrature_tolerance),
            sampling_tolerance: self
                .sampling_tolerance
                .unwrap_or(default.sampling_tolerance),
            damping: self.damping.unwrap_or(default.damping),
            max_iterations: self.max_iterations.unwrap_or(default.max_iterations),
            max_nodes: self.max_nodes.unwrap_or(default.max_nodes),
            log2_points: self.log2_points.unwrap_or(default.log2_points),
            randomisations: self.randomisations.unwrap_or(default.randomisations),
            // The scrambling seed is 32 bits wide; folding keeps all of the user's bits in play.
            seed: (seed ^ (seed >> 32)) as u32,
            tensor_units: self.tensor_units.unwrap_or(default.tensor_units),
            unit_by_unit: default.unit_by_unit,
            random_starts: self.random_starts.or(default.random_starts),
        };
        settings.validate()?;
        Ok(settings)
    }
}

impl PotentialSettings {
    /// The tuning of a potential's search that these options ask for.
    pub fn of(solver: &SolverOptions, seed: u32) -> Self {
        let default = Self::default();
        Self {
            tolerance: solver.tolerance.unwrap_or(default.tolerance),
            quadrature_tolerance: solver
                .quadrature_tolerance
                .unwrap_or(default.quadrature_tolerance),
            max_iterations: solver.max_iterations.unwrap_or(default.max_iterations),
            random_starts: solver.random_starts.unwrap_or(default.random_starts),
            seed,
        }
    }
}
