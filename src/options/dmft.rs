//! Flags and keys of dynamical mean-field theory.

use crate::dmft::{DmftSettings, DmftStart, Matching, Points, ResponseEstimator, Sampling};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

flags! {
    /// Dynamical mean-field theory of gradient ascent.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Dynamical mean-field theory")]
    pub struct DmftOptions {
        /// Binary logarithm of the number of sampled paths in one set [default: 13]
        #[arg(long, value_name = "P")]
        pub log2_paths: Option<u32>,
        /// Independent sets of paths; their spread is the standard error [default: 8]
        #[arg(long, value_name = "N")]
        pub path_sets: Option<usize>,
        /// Points of the paths: sobol or random [default: sobol]
        #[arg(long, value_name = "NAME", hide_possible_values = true)]
        pub path_points: Option<Points>,
        /// Moments of the noise that are made exact: none, noise or paths [default: noise]
        #[arg(long, value_name = "NAME", hide_possible_values = true)]
        pub matching: Option<Matching>,
        /// Whether the atoms of the sample signal are enumerated instead of drawn [default: true]
        #[arg(long, value_name = "BOOL")]
        pub strata: Option<bool>,
        /// Whether paths come in pairs with opposite noise [default: false]
        #[arg(long, value_name = "BOOL")]
        pub antithetic: Option<bool>,
        /// Estimator of the response: projection or path [default: projection]
        #[arg(long, value_name = "NAME", hide_possible_values = true)]
        pub response_estimator: Option<ResponseEstimator>,
        /// Whether the response matrices B and C are computed and shown [default: false]
        #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
        pub responses: Option<bool>,
    }
}

impl DmftOptions {
    /// These options, with gaps filled from `under`.
    pub fn over(self, under: Self) -> Self {
        overlay!(self, under: log2_paths, path_sets, path_points, matching, strata, antithetic, response_estimator, responses)
    }

    /// Refuses these options where something else than the trajectory of gradient ascent is asked
    /// for.
    ///
    /// # Errors
    /// Any of them is given.
    pub fn refuse_for(&self, what: &str) -> Result<()> {
        if *self == Self::default() {
            return Ok(());
        }
        let allowed = format!("belong to the trajectory of gd, not to {what}: leave them out");
        Err(Error::invalid("options of sampled paths", "given", allowed))
    }

    /// The settings of `steps` gradient steps, checked; `predicted` are self-overlaps at which the
    /// step must be stable too.
    ///
    /// # Errors
    /// As [`DmftSettings::validate`].
    pub fn resolve(
        &self,
        model: &Model,
        start: &DmftStart,
        steps: usize,
        step: Option<f64>,
        predicted: Option<&Matrix>,
    ) -> Result<DmftSettings> {
        let default = DmftSettings::default();
        let sampling = Sampling::default();
        let mut overlaps: Vec<Matrix> = predicted.cloned().into_iter().collect();
        overlaps.push(start.first_overlap(model));
        let settings = DmftSettings {
            steps,
            step: step.unwrap_or_else(|| model.hidden().stable_step(model.alpha(), &overlaps)),
            log2_paths: self.log2_paths.unwrap_or(default.log2_paths),
            randomisations: self.path_sets.unwrap_or(default.randomisations),
            sampling: Sampling {
                points: self.path_points.unwrap_or(sampling.points),
                matching: self.matching.unwrap_or(sampling.matching),
                strata: self.strata.unwrap_or(sampling.strata),
                antithetic: self.antithetic.unwrap_or(sampling.antithetic),
            },
            estimator: self.response_estimator.unwrap_or(default.estimator),
            responses: self.responses.unwrap_or(default.responses),
            rank_tolerance: default.rank_tolerance,
        };
        settings.validate(model, start, &overlaps)?;
        Ok(settings)
    }
}
