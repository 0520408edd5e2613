//! Settings of a DMFT calculation, and what is refused before it starts.

use super::start::DmftStart;
use crate::error::{Error, Result};
use crate::memory;
use crate::model::Model;
use crate::numerics::sobol;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the points of the sampled paths come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Points {
    /// Independent normals: plain Monte Carlo.
    Random,
    /// Owen-scrambled Sobol' points. The fresh noise of time `t` takes the next coordinate, so that
    /// the best coordinates go to the directions with the largest pivots.
    Sobol,
}

/// Which sample moments of the fresh noise are made exact, within each stratum of `u*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Matching {
    /// None.
    None,
    /// Mean, variance, and correlations with all earlier noise: every linear function of the
    /// Gaussian process is integrated exactly. This is the control variate of the linear-Gaussian
    /// process with its best coefficient.
    Noise,
    /// These, and the correlations with all earlier `u_s`, which causality makes zero.
    Paths,
}

/// How the paths are sampled: what reduces their variance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Sampling {
    /// Origin of the points.
    pub points: Points,
    /// Moments that are made exact.
    pub matching: Matching,
    /// Whether the atoms of `P_u` are enumerated (one stratum for each, of exact weight) instead of
    /// drawn; if the model is odd, one of each pair `±u*` is enough.
    pub strata: bool,
    /// Whether paths come in pairs with opposite noise.
    pub antithetic: bool,
}

impl Sampling {
    /// Plain Monte Carlo: every path on its own.
    pub const PLAIN: Self = Self {
        points: Points::Random,
        matching: Matching::None,
        strata: false,
        antithetic: false,
    };
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            points: Points::Sobol,
            matching: Matching::Noise,
            strata: true,
            antithetic: false,
        }
    }
}

/// How the response `C_ts = α E[∂u_t/∂ω_s]` acts on the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum ResponseEstimator {
    /// Through `Σ_s C_ts Q_ss' = α E[u_t ω_s'^T]` (Gaussian integration by parts), in orthonormal
    /// directions: the cost is `O(P T²)`, and no derivative is taken.
    Projection,
    /// By the chain rule along each path, run backwards in time: `O(P T³)` with the memory of
    /// `O(P T)` numbers.
    Path,
}

/// Settings of a DMFT calculation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DmftSettings {
    /// Number of gradient steps `T`.
    pub steps: usize,
    /// Step `κ`.
    pub step: f64,
    /// Binary logarithm of the number of paths in one randomisation, all strata together.
    pub log2_paths: u32,
    /// Independent randomisations: the standard error comes from their spread.
    pub randomisations: usize,
    /// Variance reduction.
    pub sampling: Sampling,
    /// Estimator of the response.
    #[serde(rename = "response_estimator")]
    pub estimator: ResponseEstimator,
    /// Whether the response matrices `B_ts`, `C_ts` are computed even where the estimator does not
    /// need them.
    pub responses: bool,
    /// Norm, relative to `√Q_tt`, below which a direction counts as already spanned.
    pub rank_tolerance: f64,
}

impl Default for DmftSettings {
    fn default() -> Self {
        Self {
            steps: 40,
            step: f64::NAN,
            log2_paths: 13,
            randomisations: 8,
            sampling: Sampling::default(),
            estimator: ResponseEstimator::Projection,
            responses: false,
            rank_tolerance: 1e-9,
        }
    }
}

/// Largest number of steps, power iterations included.
pub const MAX_STEPS: usize = 2000;

/// Fewest paths of a stratum.
const MIN_PATHS: usize = 16;

/// Largest binary logarithm of the number of paths.
pub const MAX_LOG2_PATHS: u32 = 22;

impl DmftSettings {
    /// Checks everything that can be checked before the run: ranges, the start, the step's
    /// stability at the self-overlaps `q` (start and prediction), the memory.
    ///
    /// # Errors
    /// Names the field, its range and what to change.
    pub fn validate(
        &self,
        model: &Model,
        start: &DmftStart,
        q: &[crate::numerics::Matrix],
    ) -> Result<()> {
        start.validate(model)?;
        let allowed = format!("must lie in 1..={MAX_STEPS}, power iterations included");
        // Power iterations are bounded by the start.
        if self.steps == 0 || self.steps > MAX_STEPS || self.steps + start.power > MAX_STEPS {
            return Err(Error::invalid("iterations", self.steps, allowed));
        }
        if !(4..=MAX_LOG2_PATHS).contains(&self.log2_paths) {
            let allowed = format!("must lie in 4..={MAX_LOG2_PATHS}");
            return Err(Error::invalid("log2-paths", self.log2_paths, allowed));
        }
        if !(1..=10_000).contains(&self.randomisations) {
            let allowed = "must lie in 1..=10000";
            return Err(Error::invalid("path-sets", self.randomisations, allowed));
        }
        if !(0.0..1e-2).contains(&self.rank_tolerance) {
            let (field, allowed) = ("rank-tolerance", "must lie in [0, 0.01)");
            return Err(Error::invalid(field, self.rank_tolerance, allowed));
        }
        for q in std::iter::once(&start.first_overlap(model)).chain(q) {
            model.check_step(self.step, q)?;
        }
        match super::decoupled::units(model, start)? {
            Some(problems) => problems
                .iter()
                .try_for_each(|problem| self.validate_sampling(&problem.model, &problem.start)),
            None => self.validate_sampling(model, start),
        }
    }

    /// Checks the number of paths and the memory of the problem that is sampled.
    fn validate_sampling(&self, model: &Model, start: &DmftStart) -> Result<()> {
        let total = self.steps + start.power;
        let strata = super::strata::count(model, self.sampling);
        let paths = self.paths_of_stratum(strata);
        let refuse = |reason: String| Err(Error::invalid("log2-paths", self.log2_paths, reason));
        if paths < MIN_PATHS {
            return refuse(format!(
                "gives {paths} paths in each of {strata} strata of u*, at least {MIN_PATHS} are needed: raise it, or set --strata false"
            ));
        }
        if self.sampling.points == Points::Sobol && paths > sobol::MAX_POINTS as usize {
            return refuse(format!(
                "gives {paths} Sobol' points in each stratum of u*, at most {} are supported: lower it and raise --path-sets",
                sobol::MAX_POINTS
            ));
        }
        let columns = self.basis_columns(model, total);
        if self.sampling.matching != Matching::None && paths < 2 * columns {
            return refuse(format!(
                "gives {paths} paths in each of {strata} strata of u*, but matching the moments of {total} steps may need {}: raise it, or set --matching none",
                2 * columns
            ));
        }
        memory::require("the sampled paths", self.bytes(model, strata, total))
    }

    /// Paths in each of the strata: a power of two, or 0 where there are too few.
    pub(super) fn paths_of_stratum(&self, strata: usize) -> usize {
        let share = strata.next_power_of_two().trailing_zeros();
        (1usize << self.log2_paths) >> share
    }

    /// Whether the slopes `D` along the paths are kept.
    pub(super) fn keeps_slopes(&self) -> bool {
        self.responses || self.estimator == ResponseEstimator::Path
    }

    /// Largest number of columns of the matching basis: the constant, `u*`, noise and `u` of each
    /// step.
    fn basis_columns(&self, model: &Model, total: usize) -> usize {
        let each = match self.sampling.matching {
            Matching::None => 0,
            Matching::Noise => 1,
            Matching::Paths => 2,
        };
        1 + 2 * model.signals() + each * model.units() * (total + 1)
    }

    /// Memory that one randomisation may need, where no direction is spanned by earlier ones.
    fn bytes(&self, model: &Model, strata: usize, total: usize) -> u128 {
        let (k, times) = (model.units(), total + 1);
        let slopes = if self.keeps_slopes() { k * k } else { 0 };
        let means = if self.estimator == ResponseEstimator::Path {
            k
        } else {
            0
        };
        // Fields and responses (2k), what is kept for the response, the basis, and scratch.
        let columns =
            (2 * k + slopes + means) * times + self.basis_columns(model, total) + 4 * k + 4;
        let paths = self.paths_of_stratum(strata) as u128 * strata as u128;
        8 * paths * columns as u128
    }
}
