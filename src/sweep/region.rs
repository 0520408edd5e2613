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
    /// The limit of many steps of replica-symmetry breaking, with overlap: exact by Parisi's ansatz.
    FullRsbRecovery,
    /// The same without overlap.
    FullRsbNoRecovery,
    /// Fewer steps of replica-symmetry breaking than the limit needs, or none (replica symmetry with
    /// the global maximum), with overlap: an upper bound of the objective.
    UpperBoundRecovery,
    /// The same without overlap; recovery sets in later than in the limit.
    UpperBoundNoRecovery,
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
            Self::FullRsbRecovery => "full-rsb-recovery",
            Self::FullRsbNoRecovery => "full-rsb-no-recovery",
            Self::UpperBoundRecovery => "upper-bound-recovery",
            Self::UpperBoundNoRecovery => "upper-bound-no-recovery",
        }
    }
}
