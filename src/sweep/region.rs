//! The regions of a phase diagram.

use serde::Serialize;

/// What the answer of a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Region {
    /// A solution without overlap with any signal.
    NoRecovery,
    /// Some signals are recovered, not as many as there are units for; the replicon is below 1.
    PartialStable,
    /// The same with a replicon above 1: the prediction is approximate.
    PartialUnstable,
    /// As many signals are recovered as there are units (or signals, if fewer); the replicon is
    /// below 1.
    RecoveryStable,
    /// The same with a replicon above 1: the prediction is approximate.
    RecoveryUnstable,
    /// Every search left the domain of the theory: no replica-symmetric solution was found.
    NoSolution,
}

impl Region {
    /// Name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoRecovery => "no-recovery",
            Self::PartialStable => "partial-stable",
            Self::PartialUnstable => "partial-unstable",
            Self::RecoveryStable => "recovery-stable",
            Self::RecoveryUnstable => "recovery-unstable",
            Self::NoSolution => "no-solution",
        }
    }
}
