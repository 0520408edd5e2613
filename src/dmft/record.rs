//! One randomisation as it stands in a record.

use super::trajectory::{DmftDeparture, DmftTrajectory};
use crate::numerics::Matrix;
use crate::numerics::symmetric::{from_rows, rows};
use crate::record::{Entry, RecordedOverlaps, is_matrix};
use serde::{Deserialize, Serialize};

/// Rows of the matrices of a two-time function, `[t][s]`.
type TwoTimes = Vec<Vec<Vec<Vec<f64>>>>;

/// One finished randomisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedPaths {
    /// Number of the randomisation.
    pub randomisation: u64,
    /// `M_t` and `Q_tt`.
    pub trajectory: Vec<RecordedOverlaps>,
    /// `|W_{t+1} − W_t|/√(kd)`.
    pub moves: Vec<f64>,
    /// `Q_ts`.
    pub q: TwoTimes,
    /// `Σ_ts`.
    pub sigma: TwoTimes,
    /// `B_ts`, or empty.
    pub b: TwoTimes,
    /// `C_ts`, or empty.
    pub c: TwoTimes,
    /// Why the run is shorter than asked for.
    pub departure: Option<DmftDeparture>,
}

impl RecordedPaths {
    /// The record of a run.
    pub fn new(randomisation: u64, run: &DmftTrajectory) -> Self {
        let pack = |all: &[Vec<Matrix>]| -> TwoTimes {
            all.iter()
                .map(|row| row.iter().map(rows).collect())
                .collect()
        };
        Self {
            randomisation,
            trajectory: run.orders.iter().map(RecordedOverlaps::new).collect(),
            moves: run.moves.clone(),
            q: pack(&run.q),
            sigma: pack(&run.sigma),
            b: pack(&run.b),
            c: pack(&run.c),
            departure: run.departure,
        }
    }

    /// The run.
    pub fn run(&self) -> DmftTrajectory {
        let unpack = |all: &TwoTimes| -> Vec<Vec<Matrix>> {
            all.iter()
                .map(|row| row.iter().map(|matrix| from_rows(matrix)).collect())
                .collect()
        };
        DmftTrajectory {
            orders: self
                .trajectory
                .iter()
                .map(RecordedOverlaps::order)
                .collect(),
            moves: self.moves.clone(),
            q: unpack(&self.q),
            sigma: unpack(&self.sigma),
            b: unpack(&self.b),
            c: unpack(&self.c),
            departure: self.departure,
        }
    }
}

impl Entry for RecordedPaths {
    fn index(&self) -> u64 {
        self.randomisation
    }

    fn fits(&self, signals: usize, units: usize) -> bool {
        let triangle = |all: &TwoTimes, extra: usize| {
            all.iter().enumerate().all(|(t, row)| {
                row.len() == t + extra && row.iter().all(|matrix| is_matrix(matrix, units, units))
            })
        };
        let times = self.trajectory.len();
        // A run that ended early may lack the fields of its last time.
        let whole = |all: &TwoTimes| all.len() == times || self.departure.is_some();
        let response = |all: &TwoTimes| all.is_empty() || whole(all);
        (times > 0 || self.departure.is_some())
            && self.trajectory.iter().all(|at| at.fits(signals, units))
            && self.moves.iter().all(|moved| moved.is_finite())
            && (self.moves.len() + 1 == times || self.departure.is_some())
            && self.q.len() == times
            && whole(&self.sigma)
            && response(&self.b)
            && response(&self.c)
            && triangle(&self.q, 1)
            && triangle(&self.sigma, 1)
            && triangle(&self.b, 0)
            && triangle(&self.c, 1)
    }
}
