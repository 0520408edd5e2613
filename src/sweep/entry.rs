//! Entries of a sweep's record.

use super::boundary::BoundaryEntry;
use super::cell::Cell;
use super::simulated::SimulatedRun;
use crate::record::Entry;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Numbers of boundary entries begin here, those of cells before.
pub(super) const BOUNDARIES: u64 = 1 << 40;

/// Numbers of simulated runs begin here.
pub(super) const SIMULATIONS: u64 = 1 << 41;

/// One finished piece of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum SweepEntry {
    /// A cell, shared with the work that goes on from it.
    Cell(Arc<Cell>),
    /// The boundaries at one value of the horizontal axis.
    Boundary(BoundaryEntry),
    /// A run of a simulation.
    Simulation(SimulatedRun),
}

impl Entry for SweepEntry {
    fn index(&self) -> u64 {
        match self {
            Self::Cell(cell) => cell.index,
            Self::Boundary(boundary) => BOUNDARIES + boundary.position,
            Self::Simulation(run) => run.index(),
        }
    }

    fn fits(&self, signals: usize, units: usize) -> bool {
        match self {
            Self::Cell(cell) => cell.fits(signals, units),
            Self::Boundary(_) => true,
            Self::Simulation(run) => run.fits(signals, units),
        }
    }
}

/// For messages.
impl fmt::Display for SweepEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cell(cell) => write!(formatter, "the cell at x = {}, y = {}", cell.x, cell.y),
            Self::Boundary(boundary) => write!(formatter, "the boundaries at x = {}", boundary.x),
            Self::Simulation(run) => write!(
                formatter,
                "instance {} of the simulation at x = {}, y = {}",
                run.instance, run.x, run.y
            ),
        }
    }
}
