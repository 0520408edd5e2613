//! The algorithms, by name and with their settings.

use super::amp::AmpSettings;
use super::ascent::GdSettings;
use super::lbfgs::LbfgsSettings;
use crate::error::{Error, Result, require_positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The algorithms of the simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Algorithm {
    /// AMP-RBM, whose iterations state evolution describes exactly.
    Amp,
    /// Gradient ascent with a constant step.
    Gd,
    /// L-BFGS to a stationary point of the objective.
    Lbfgs,
    /// Leading right singular vectors of the data (PCA).
    Spectral,
}

impl Algorithm {
    /// Name in tables and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Amp => "amp",
            Self::Gd => "gd",
            Self::Lbfgs => "lbfgs",
            Self::Spectral => "spectral",
        }
    }
}

/// An algorithm with its settings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "algorithm", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// AMP-RBM.
    Amp(AmpSettings),
    /// Gradient ascent.
    Gd(GdSettings),
    /// L-BFGS.
    Lbfgs(LbfgsSettings),
    /// Leading right singular vectors: nothing is to be chosen.
    Spectral,
}

impl Default for Method {
    /// AMP-RBM with its default settings.
    fn default() -> Self {
        Algorithm::Amp.into()
    }
}

impl From<Algorithm> for Method {
    /// The algorithm with its default settings.
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Amp => Self::Amp(AmpSettings::default()),
            Algorithm::Gd => Self::Gd(GdSettings::default()),
            Algorithm::Lbfgs => Self::Lbfgs(LbfgsSettings::default()),
            Algorithm::Spectral => Self::Spectral,
        }
    }
}

impl Method {
    /// The algorithm alone.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Amp(_) => Algorithm::Amp,
            Self::Gd(_) => Algorithm::Gd,
            Self::Lbfgs(_) => Algorithm::Lbfgs,
            Self::Spectral => Algorithm::Spectral,
        }
    }

    /// Name in tables and records.
    pub fn name(&self) -> &'static str {
        self.algorithm().name()
    }

    /// Checks the settings of the algorithm.
    ///
    /// # Errors
    /// Names the field outside of its range.
    pub fn validate(&self) -> Result<()> {
        match self {
            Self::Amp(settings) => settings.validate(),
            Self::Gd(settings) => settings.validate(),
            Self::Lbfgs(settings) => settings.validate(),
            Self::Spectral => Ok(()),
        }
    }
}

/// Checks what most algorithms have: a tolerance and a largest number of iterations.
pub(crate) fn require_limits(tolerance: f64, max_iterations: usize) -> Result<()> {
    require_positive("tolerance", tolerance)?;
    if max_iterations == 0 {
        return Err(Error::invalid("iterations", 0, "must be at least 1"));
    }
    Ok(())
}
