//! One randomisation as it stands in a record.

use super::trajectory::DmftTrajectory;
use crate::numerics::Matrix;
use crate::numerics::rows::is_finite_matrix;
use crate::record::Entry;
use serde::{Deserialize, Serialize};

/// One finished randomisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedPaths {
    /// Number of the randomisation.
    pub randomisation: u64,
    /// The run.
    #[serde(flatten)]
    pub run: DmftTrajectory,
}

impl Entry for RecordedPaths {
    fn index(&self) -> u64 {
        self.randomisation
    }

    fn fits(&self, signals: usize, units: usize) -> bool {
        let run = &self.run;
        let triangle = |all: &[Vec<Matrix>], extra: usize| {
            all.iter().enumerate().all(|(t, row)| {
                let fits = |matrix: &Matrix| is_finite_matrix(matrix, units, units);
                row.len() == t + extra && row.iter().all(fits)
            })
        };
        let times = run.orders.len();
        let early = run.departure.is_some();
        // A run that ended early may lack the fields of its last time.
        let whole = |all: &[Vec<Matrix>]| all.len() == times || early;
        let response = |all: &[Vec<Matrix>]| all.is_empty() || whole(all);
        (times > 0 || early)
            && run.orders.iter().all(|at| at.is_of(signals, units))
            && run.moves.iter().all(|moved| moved.is_finite())
            && (run.moves.len() + 1 == times || early)
            && run.q.len() == times
            && whole(&run.sigma)
            && response(&run.b)
            && response(&run.c)
            && triangle(&run.q, 1)
            && triangle(&run.sigma, 1)
            && triangle(&run.b, 0)
            && triangle(&run.c, 1)
    }
}
