//! How searches end, in one vocabulary for every theory.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a search for a fixed point ended, as tables, records and JSON say it. What it means in
/// numbers, and what to do about it, is with the outcome of the theory:
/// [`theory::Outcome`](crate::theory::Outcome) or
/// [`potential::PotentialOutcome`](crate::potential::PotentialOutcome).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Ending {
    /// The residual is below its tolerance, and the quadrature error below its own.
    Converged,
    /// An iterate left the region in which the theory is defined.
    LeftDomain,
    /// Newton's method stopped away from a root, where quadrature does not matter.
    NoRoot,
    /// An entry became infinite or NaN.
    NotFinite,
    /// The iterations ran out without contraction.
    OutOfIterations,
    /// Quadrature could not be refined to its tolerance.
    QuadratureLimit,
    /// Iteration settled at a saddle that it does not leave by itself.
    Saddle,
    /// The scan of a domain ran out of evaluations.
    ScanIncomplete,
    /// Still contracting when the iterations ran out.
    Slow,
}

impl Ending {
    /// Its name in tables, records and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Slow => "slow",
            Self::LeftDomain => "left-domain",
            Self::NotFinite => "not-finite",
            Self::Saddle => "saddle",
            Self::OutOfIterations => "out-of-iterations",
            Self::QuadratureLimit => "quadrature-limit",
            Self::NoRoot => "no-root",
            Self::ScanIncomplete => "scan-incomplete",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_records() {
        for ending in [
            Ending::Converged,
            Ending::Slow,
            Ending::LeftDomain,
            Ending::NotFinite,
            Ending::Saddle,
            Ending::OutOfIterations,
            Ending::QuadratureLimit,
            Ending::NoRoot,
            Ending::ScanIncomplete,
        ] {
            let written = serde_json::to_value(ending).unwrap();
            assert_eq!(written, ending.name());
            assert_eq!(serde_json::from_value::<Ending>(written).unwrap(), ending);
        }
    }
}
