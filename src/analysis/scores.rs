//! The law of the signals over samples, as far as data tell it: it decides what units learn more than
//! strengths do.

use super::signals::Signal;
use crate::definitions::Catalogue;
use crate::error::Result;
use crate::law::{GaussianMixture, Law, MAX_COMPONENTS};
use crate::numerics::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// Squared overlap of all scores with their signals from which on they are taken for the signals.
const ARE_SIGNALS: f64 = 0.9;

/// Where the law of the signals comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ScoreLaw {
    /// The rows of scores on the principal directions, jointly.
    Scores,
    /// Independent signals of the kurtoses that their scores suggest.
    Matched,
    /// Independent signals of a law that was given: a name of equations/priors, or a file.
    Given(String),
}

impl ScoreLaw {
    /// What is used unless something is asked for: scores where all of them are nearly the signals
    /// (and where no noise level says otherwise), kurtoses elsewhere.
    pub fn usual(signals: &[Signal], has_bulk: bool) -> Self {
        let close = |signal: &Signal| signal.score_overlap.powi(2) >= ARE_SIGNALS;
        if !has_bulk || signals.iter().all(close) {
            Self::Scores
        } else {
            Self::Matched
        }
    }

    /// From a name: `scores`, `matched`, or that of a prior.
    pub fn of_name(name: &str) -> Self {
        match name {
            "scores" => Self::Scores,
            "matched" => Self::Matched,
            other => Self::Given(other.to_owned()),
        }
    }

    /// The law of these signals, whose scores are the columns of `scores` (n×r). Of more rows than a
    /// mixture may have, every second, third, … is taken.
    ///
    /// # Errors
    /// A prior that is not known or no law of signals; too many signals of kurtoses between those of
    /// signs and normal ones; scores that don't vary.
    pub fn law(
        &self,
        signals: &[Signal],
        scores: &Matrix,
        definitions: Option<&Path>,
    ) -> Result<Law> {
        match self {
            Self::Given(name) => Catalogue::new(definitions)?
                .prior(name, "signal")?
                .signal_law(),
            Self::Matched => {
                let kurtosis: Vec<f64> = signals.iter().map(|signal| signal.kurtosis).collect();
                // Independent signs, whose units decouple.
                if kurtosis.iter().all(|kurtosis| *kurtosis == 1.0) {
                    return Ok(Law::rademacher());
                }
                GaussianMixture::of_kurtosis(&kurtosis).map(Law::Mixture)
            }
            Self::Scores => {
                let step = scores.nrows().div_ceil(MAX_COMPONENTS).max(1);
                let taken: Vec<usize> = (0..scores.nrows()).step_by(step).collect();
                let rows = scores
                    .columns(0, signals.len())
                    .into_owned()
                    .select_rows(&taken);
                GaussianMixture::empirical(&rows).map(Law::Mixture)
            }
        }
    }
}

impl fmt::Display for ScoreLaw {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Scores => write!(f, "as their scores"),
            Self::Matched => write!(f, "of their scores' kurtoses"),
            Self::Given(name) => write!(f, "of law {name}"),
        }
    }
}
