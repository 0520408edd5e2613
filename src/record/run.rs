//! What a record keeps of a run of a simulation.

use super::Entry;
use crate::order_parameters::OrderParameters;
use crate::simulation::{Run, RunOutcome};
use crate::symmetry::Action;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One finished run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordedRun {
    /// Number of the instance.
    pub instance: u64,
    /// How it ended.
    pub outcome: RunOutcome,
    /// Last residual.
    pub residual: Option<f64>,
    /// `ℓ` at the final weights.
    pub log_likelihood: Option<f64>,
    /// Root-mean-square gradient there.
    pub gradient_rms: Option<f64>,
    /// Overlaps along the run, the start first, as long as they are numbers.
    pub trajectory: Vec<OrderParameters>,
}

impl RecordedRun {
    /// The record of a run.
    pub fn new(instance: u64, run: &Run) -> Self {
        Self {
            instance,
            outcome: run.end.outcome(),
            residual: run.end.residual(),
            log_likelihood: run.log_likelihood,
            gradient_rms: run.gradient_rms,
            trajectory: run
                .observations
                .iter()
                .map(|observation| &observation.order)
                .take_while(|order| order.is_finite())
                .cloned()
                .collect(),
        }
    }

    /// Overlaps after iteration `t`; `None` where the run is shorter.
    pub fn order(&self, t: usize) -> Option<OrderParameters> {
        self.trajectory.get(t).cloned()
    }

    /// The same run under an element of the model's symmetry.
    #[must_use]
    pub fn transformed(&self, action: &Action) -> Self {
        Self {
            trajectory: self.trajectory.iter().map(|at| action.on(at)).collect(),
            ..self.clone()
        }
    }

    /// Overlaps at the end; `None` where the run did not end with usable weights.
    pub fn last(&self) -> Option<OrderParameters> {
        if self.outcome.has_weights() {
            self.order(self.trajectory.len().checked_sub(1)?)
        } else {
            None
        }
    }
}

impl Entry for RecordedRun {
    fn index(&self) -> u64 {
        self.instance
    }

    fn fits(&self, signals: usize, units: usize) -> bool {
        !self.trajectory.is_empty() && self.trajectory.iter().all(|at| at.is_of(signals, units))
    }
}
