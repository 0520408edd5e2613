//! A sweep, checked and ready to run: what it consists of, what decides its numbers, what is
//! missing of it.

use super::boundary;
use super::cell::Cell;
use super::entry::{BOUNDARIES, SweepEntry};
use super::lattice::{Lattice, Square};
use super::reply::SweepSettings;
use super::shard::Shard;
use super::simulated::{self, SimulatedPoint, run_index};
use super::spec::DiagramStudy;
use super::store::require_times;
use super::theory::Theory;
use crate::error::{Error, Result};
use crate::record::{Entry, Record};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Bytes of memory that a cell takes at most: measured as 9.5 kB with a reply as JSON, which is the
/// largest, for a potential with four order parameters.
const MEMORY: u128 = 10 * 1024;

/// Bytes of disk that a cell takes: some 700 at two units, 1060 for that potential.
const DISK: u128 = 1280;

/// Cells from which on a sweep says what it takes.
const LARGE: u128 = 200_000;

/// A sweep, checked and ready to run.
pub struct Sweep {
    pub(super) study: DiagramStudy,
    pub(super) lattice: Lattice,
    /// Numbers of signals and units; of a potential the number of order parameters, and 1.
    pub(super) shape: (usize, usize),
    pub(super) theory: Theory,
    pub(super) boundary_values: Vec<f64>,
    pub(super) points: Vec<SimulatedPoint>,
    instances: usize,
}

/// Finished cells by the number of their point.
pub(super) type Cells = BTreeMap<u64, Arc<Cell>>;

impl Sweep {
    /// Checks a study: every model along the borders of the plane exists, every setting is
    /// possible.
    ///
    /// # Errors
    /// Whatever is wrong with the study, by name.
    pub fn new(study: &DiagramStudy) -> Result<Self> {
        study.validate()?;
        // Before models are made for every value of the axes.
        let cells = study.x.points as u128 * study.y.points as u128;
        crate::memory::require(&format!("a sweep of {cells} cells"), cells * MEMORY)?;
        let lattice = Lattice::new(study)?;
        let (theory, shape) = Theory::new(study, &lattice)?;
        let (points, instances) = match &theory {
            Theory::Evolution(own) => simulated::points(study, &own.models, &own.settings)?,
            Theory::Stationary(_) => (Vec::new(), 0),
        };
        Ok(Self {
            boundary_values: boundary::positions(study)?,
            study: study.clone(),
            lattice,
            shape,
            theory,
            points,
            instances,
        })
    }

    /// Everything that decides the numbers.
    ///
    /// # Errors
    /// A definition that can't be read any more.
    pub fn settings(&self) -> Result<SweepSettings> {
        let study = DiagramStudy {
            observables: None,
            ..self.study.clone()
        };
        let definitions = self.theory.fingerprints(&study)?;
        Ok(SweepSettings::new(study, definitions))
    }

    /// The settings as JSON, for the record's first line.
    ///
    /// # Errors
    /// As [`Sweep::settings`].
    pub fn fingerprint(&self) -> Result<Value> {
        serde_json::to_value(self.settings()?).map_err(|error| Error::file("study", error))
    }

    /// Refuses a sweep whose unrefined grid does not fit in memory, and says what a large one
    /// takes.
    fn require_room(&self) -> Result<()> {
        let entries = self.expected() as u128;
        crate::memory::require(&format!("a sweep of {entries} cells"), entries * MEMORY)?;
        if entries >= LARGE {
            log::warn!(
                "{entries} cells, more where the grid is refined: about {} MiB of memory and {} MiB of disk",
                (entries * MEMORY) >> 20,
                (entries * DISK) >> 20
            );
        }
        Ok(())
    }

    /// Opens the record of this sweep, or begins one.
    ///
    /// # Errors
    /// As [`Record::open`] and [`Record::validate`]: a record of another study is refused with what differs.
    pub fn open(&self, path: &Path) -> Result<Record<SweepEntry>> {
        self.require_room()?;
        require_times(path)?;
        let record = Record::open(path, &self.fingerprint()?)?;
        record.validate(self.shape.0, self.shape.1)?;
        self.validate(path, record.runs())?;
        Ok(record)
    }

    /// Checks that the entries are points of this sweep, with the numbers of the model.
    ///
    /// # Errors
    /// Names the entry.
    pub(super) fn validate(&self, path: &Path, entries: &[SweepEntry]) -> Result<()> {
        for entry in entries {
            let placed = match entry {
                SweepEntry::Cell(cell) => {
                    let point = self.lattice.point(cell.index);
                    point.is_some_and(|point| self.lattice.values(point) == (cell.x, cell.y))
                }
                SweepEntry::Boundary(entry) => {
                    let value = usize::try_from(entry.position)
                        .ok()
                        .and_then(|position| self.boundary_values.get(position));
                    let kinds = entry.boundaries.iter().map(|own| own.kind.as_str());
                    value == Some(&entry.x) && kinds.eq(self.study.boundary_names())
                }
                SweepEntry::Simulation(run) => {
                    let point = usize::try_from(run.point)
                        .ok()
                        .and_then(|point| self.points.get(point));
                    point.is_some_and(|point| (point.x, point.y) == (run.x, run.y))
                        && run.instance < self.instances as u64
                }
            };
            if !placed || !entry.fits(self.shape.0, self.shape.1) {
                let reason = format!("{entry} (entry {}) does not fit the study", entry.index());
                return Err(Error::file(path, reason));
            }
        }
        Ok(())
    }

    /// The columns of the unrefined grid that a shard has.
    ///
    /// # Errors
    /// More shards than there are columns to share out.
    pub fn columns(&self, shard: Shard) -> Result<Vec<usize>> {
        shard.columns(&self.lattice.columns(), self.lattice.levels > 0)
    }

    /// What a record still lacks of the whole sweep: cells (those that finished cells ask for),
    /// boundaries, runs.
    pub fn missing(&self, entries: &[SweepEntry]) -> usize {
        let have: BTreeSet<u64> = entries.iter().map(Entry::index).collect();
        let cells = cells_of(entries);
        let columns = self.lattice.columns();
        let rows = self.lattice.rows_downwards();
        let grid = columns
            .iter()
            .flat_map(|&i| rows.iter().map(move |&j| (i, j)));
        let mut wanted: BTreeSet<u64> = grid.map(|point| self.lattice.index(point)).collect();
        let mut squares = self.lattice.squares(&columns);
        for _ in 0..self.lattice.levels {
            squares.retain(|square| self.is_divided(*square, &cells));
            let added = squares.iter().flat_map(|square| square.added());
            wanted.extend(added.map(|(point, _)| self.lattice.index(point)));
            squares = squares
                .iter()
                .flat_map(|square| square.quarters())
                .collect();
        }
        wanted.extend((0..self.boundary_values.len() as u64).map(|position| BOUNDARIES + position));
        for (point, instance) in self.runs() {
            wanted.insert(run_index(point as u64, instance));
        }
        wanted.difference(&have).count()
    }

    /// Number of entries of the whole sweep, without those that refinement adds.
    pub fn expected(&self) -> usize {
        let grid = self.lattice.columns().len() * self.lattice.rows_downwards().len();
        grid + self.boundary_values.len() + self.runs().count()
    }

    /// Points and instances of the simulations.
    pub(super) fn runs(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let instances = self.instances as u64;
        (0..self.points.len()).flat_map(move |point| (0..instances).map(move |i| (point, i)))
    }

    /// Whether the corners of a square are all there and differ.
    pub(super) fn is_divided(&self, square: Square, cells: &Cells) -> bool {
        let corners = square
            .corners()
            .map(|corner| cells.get(&self.lattice.index(corner)));
        let [Some(first), others @ ..] = corners else {
            return false;
        };
        let variation = self.study.refinement.and_then(|rule| rule.variation);
        let mut differs = false;
        for other in others {
            let Some(other) = other else { return false };
            differs |= self.theory.region(first) != self.theory.region(other);
            if let (Some(variation), Some(distance)) = (variation, first.distance(other)) {
                differs |= distance > variation;
            }
        }
        differs
    }
}

/// The cells among entries.
pub(super) fn cells_of(entries: &[SweepEntry]) -> Cells {
    entries
        .iter()
        .filter_map(|entry| match entry {
            SweepEntry::Cell(cell) => Some((cell.index, cell.clone())),
            _ => None,
        })
        .collect()
}
