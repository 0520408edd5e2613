//! Tuning of the fixed-point search: data without state.

use super::state_evolution::Quadrature;
use crate::error::{Result, require_between, require_fraction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Numbers of units up to which a joint problem is cheap: one or two dimensions of quadrature.
pub(super) const CHEAP_UNITS: usize = 2;

/// Random starts of them, unless the settings have a number.
const RANDOM_STARTS: u32 = 2;

/// Tuning of a fixed-point search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FixedPointSettings {
    /// Largest residual, relative to the largest order parameter where that exceeds 1 and absolute
    /// below: an overlap that vanishes has an absolute floor.
    pub tolerance: f64,
    /// Largest error of an order parameter by quadrature (tensor rule).
    pub quadrature_tolerance: f64,
    /// Largest standard error of an order parameter by quasi-Monte Carlo.
    pub sampling_tolerance: f64,
    /// Damping `ρ` of the proximal parameter.
    pub damping: f64,
    /// Largest number of damped iterations.
    pub max_iterations: usize,
    /// Cap on the nodes of a tensor grid.
    pub max_nodes: usize,
    /// Binary logarithm of the quasi-Monte-Carlo points of one randomisation.
    pub log2_points: u32,
    /// Number of independent randomisations.
    pub randomisations: u32,
    /// Seed of the randomisations.
    pub seed: u32,
    /// Largest number of units for which the tensor rule is used.
    pub tensor_units: usize,
    /// Whether units that decouple are solved one by one. Jointly they give the same, slower: a
    /// check.
    pub unit_by_unit: bool,
    /// Random starts of a search for all solutions; `None` stands for two where there are one or
    /// two units, and none for more, whose joint searches take seconds each.
    pub random_starts: Option<u32>,
}

impl Default for FixedPointSettings {
    fn default() -> Self {
        Self {
            tolerance: 1e-12,
            quadrature_tolerance: 1e-10,
            sampling_tolerance: 0.05,
            damping: 0.2,
            max_iterations: 2000,
            max_nodes: 40_000_000,
            log2_points: 12,
            randomisations: 8,
            seed: 1,
            tensor_units: 3,
            unit_by_unit: true,
            random_starts: None,
        }
    }
}

impl FixedPointSettings {
    /// Number of random starts of a model with this many units.
    pub fn random_starts_of(&self, units: usize) -> u32 {
        let usual = if units <= CHEAP_UNITS {
            RANDOM_STARTS
        } else {
            0
        };
        self.random_starts.unwrap_or(usual)
    }

    /// Checks every field.
    ///
    /// # Errors
    /// Names the field outside of its range.
    pub fn validate(&self) -> Result<()> {
        require_between("tolerance", self.tolerance, 1e-15, 1e-3)?;
        require_between(
            "quadrature-tolerance",
            self.quadrature_tolerance,
            1e-15,
            1.0,
        )?;
        require_between("sampling-tolerance", self.sampling_tolerance, 1e-6, 10.0)?;
        require_fraction("damping", self.damping)?;
        let whole = |field: &str, value: u64, low: u64, high: u64| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(crate::error::Error::invalid(
                field,
                value,
                format!("must lie in {low}..={high}"),
            ))
        };
        whole("max-iterations", self.max_iterations as u64, 1, 10_000_000)?;
        whole("log2-points", u64::from(self.log2_points), 4, 16)?;
        whole("max-nodes", self.max_nodes as u64, 100, 1_000_000_000)?;
        whole("tensor-units", self.tensor_units as u64, 0, 3)?;
        whole(
            "random-starts",
            u64::from(self.random_starts.unwrap_or(0)),
            0,
            10_000,
        )?;
        whole("randomisations", u64::from(self.randomisations), 2, 1024)
    }

    /// These settings for the many solutions along branches and in sweeps: near the end of a
    /// solution the quadrature would refine up to [`FixedPointSettings::max_nodes`] for every one
    /// of them, so that fewer nodes are allowed, by the number of units.
    pub fn for_branches(&self, units: usize) -> Self {
        let nodes = match units {
            1 => 1_000_000,
            2 => 300_000,
            _ => 4_000_000,
        };
        Self {
            max_nodes: self.max_nodes.min(nodes),
            ..self.clone()
        }
    }

    /// The quadrature at a level of refinement, which only the tensor rule has.
    pub fn quadrature(&self, units: usize, level: u32) -> Quadrature {
        if units <= self.tensor_units {
            Quadrature::Tensor {
                level,
                max_nodes: self.max_nodes,
            }
        } else {
            Quadrature::QuasiMonteCarlo {
                log2_points: self.log2_points,
                randomisations: self.randomisations,
                first: 0,
                seed: self.seed,
            }
        }
    }
}
