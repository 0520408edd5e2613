//! The order of work: columns of the unrefined grid, each continued downwards; then squares whose corners differ, level by level;
//! boundaries; simulations. Each of these runs on all threads, and what is recorded already is not computed again.

use super::boundary;
use super::cell::{Cell, CellSolver};
use super::entry::{BOUNDARIES, SweepEntry};
use super::lattice::{Lattice, Point, Square};
use super::models::Models;
use super::observables::Observable;
use super::shard::Shard;
use super::simulated::{self, SimulatedPoint, run_index};
use super::spec::DiagramStudy;
use super::store::Store;
use crate::error::{Error, Result};
use crate::record::{Entry, Record};
use crate::theory::FixedPointSettings;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// A sweep, checked and ready to run.
pub struct Sweep {
    pub(super) study: DiagramStudy,
    pub(super) lattice: Lattice,
    pub(super) shape: (usize, usize),
    pub(super) observables: Vec<Observable>,
    models: Models,
    settings: FixedPointSettings,
    boundary_values: Vec<f64>,
    points: Vec<SimulatedPoint>,
    instances: usize,
}

/// What a call of [`Sweep::run`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Done {
    /// Entries that were in the record before.
    pub known: usize,
    /// Entries that were added.
    pub added: usize,
    /// Seconds that the added ones took, over all threads.
    pub work_seconds: f64,
    /// Seconds on the clock.
    pub wall_seconds: f64,
}

/// Finished cells by the number of their point.
pub(super) type Cells = BTreeMap<u64, Cell>;

/// Receives the number of finished entries, and a name of what is under way.
pub type Progress<'a> = &'a (dyn Fn(&str, usize) + Sync);

impl Sweep {
    /// Checks a study: every model along the borders of the plane exists, every setting is possible.
    ///
    /// # Errors
    /// Whatever is wrong with the study, by name.
    pub fn new(study: &DiagramStudy) -> Result<Self> {
        study.validate()?;
        let lattice = Lattice::new(study)?;
        let models = Models::new(study)?;
        let shape = models.validate(&lattice.x, &lattice.y)?;
        let observables = Observable::all(study.observables.as_deref(), shape)?;
        let settings = study.solver.resolve(study.seed)?;
        let (points, instances) = simulated::points(study, &models, &settings)?;
        Ok(Self {
            boundary_values: boundary::positions(study)?,
            study: study.clone(),
            lattice,
            shape,
            observables,
            models,
            settings,
            points,
            instances,
        })
    }

    /// Everything that decides the numbers, for the record's first line.
    ///
    /// # Errors
    /// A definition that can't be read any more.
    pub fn fingerprint(&self) -> Result<Value> {
        let study = DiagramStudy {
            observables: None,
            ..self.study.clone()
        };
        let mut value =
            serde_json::to_value(&study).map_err(|error| Error::file("study", error))?;
        let definitions = self.models.fingerprints(study.x.from, study.y.from)?;
        if let Value::Object(map) = &mut value {
            map.insert("kind".into(), json!("diagram"));
            map.insert("definitions".into(), json!(definitions));
            map.insert(
                "program".into(),
                json!(format!("onsager {}", env!("CARGO_PKG_VERSION"))),
            );
        }
        Ok(value)
    }

    /// Opens the record of this sweep, or begins one.
    ///
    /// # Errors
    /// As [`Record::open`] and [`Record::validate`]: a record of another study is refused with what differs.
    pub fn open(&self, path: &Path) -> Result<Record<SweepEntry>> {
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
                SweepEntry::Boundary(_) | SweepEntry::Simulation(_) => true,
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

    /// Computes what the record lacks of a shard.
    ///
    /// # Errors
    /// More shards than columns, or a record that can't be written. What cells find is never an error.
    pub fn run(
        &self,
        record: Record<SweepEntry>,
        shard: Shard,
        progress: Progress,
    ) -> Result<(Record<SweepEntry>, Done)> {
        let begun = Instant::now();
        let known = record.runs().len();
        let columns = self.columns(shard)?;
        let work = Work {
            sweep: self,
            store: Store::new(record)?,
            finished: AtomicUsize::new(known),
            progress,
        };
        let mut cells = work.cells();
        work.columns(&columns, &mut cells)?;
        work.refine(&columns, &mut cells)?;
        work.boundaries(shard)?;
        work.simulations(shard)?;
        let (record, work_seconds) = work.store.finish()?;
        let done = Done {
            known,
            added: record.runs().len() - known,
            work_seconds,
            wall_seconds: begun.elapsed().as_secs_f64(),
        };
        Ok((record, done))
    }

    /// What a record still lacks of the whole sweep: cells (those that finished cells ask for), boundaries, runs.
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
    fn runs(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
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
        let overlaps = |cell: &Cell| cell.answer().map(|(_, found)| found.order().overlaps());
        let mut differs = false;
        for other in others {
            let Some(other) = other else { return false };
            differs |= first.region() != other.region();
            if let (Some(variation), Some(a), Some(b)) =
                (variation, overlaps(first), overlaps(other))
            {
                differs |= (a - b).amax() > variation;
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

/// A sweep under way.
struct Work<'a> {
    sweep: &'a Sweep,
    store: Store,
    finished: AtomicUsize,
    progress: Progress<'a>,
}

impl Work<'_> {
    fn cells(&self) -> Cells {
        cells_of(&self.store.entries())
    }

    fn solver(&self) -> CellSolver<'_> {
        CellSolver {
            models: &self.sweep.models,
            settings: &self.sweep.settings,
            starts: &self.sweep.study.starts,
            lattice: &self.sweep.lattice,
        }
    }

    /// Computes one entry, records it and reports.
    fn one<T: Clone>(
        &self,
        what: &str,
        entry: impl FnOnce(T) -> SweepEntry,
        compute: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let begun = Instant::now();
        let result = compute()?;
        self.store.push(entry(result.clone()), begun.elapsed())?;
        (self.progress)(what, self.finished.fetch_add(1, Ordering::Relaxed) + 1);
        Ok(result)
    }

    fn cell(&self, point: Point, parents: &[&Cell]) -> Result<Cell> {
        let lattice = &self.sweep.lattice;
        let checked = self.sweep.study.check.is_some_and(|check| {
            let every = check.every * lattice.stride();
            point.0.is_multiple_of(every) && point.1.is_multiple_of(every)
        });
        self.one("cells", SweepEntry::Cell, || {
            self.solver().solve(point, parents, checked)
        })
    }

    /// The columns of the unrefined grid, each from its last row down.
    fn columns(&self, columns: &[usize], cells: &mut Cells) -> Result<()> {
        let lattice = &self.sweep.lattice;
        let known = &*cells;
        let column = |&i: &usize| -> Result<Vec<Cell>> {
            let mut new: Vec<Cell> = Vec::new();
            let mut above: Option<Cell> = None;
            for j in lattice.rows_downwards() {
                let cell = match known.get(&lattice.index((i, j))) {
                    Some(cell) => cell.clone(),
                    None => {
                        let parents: Vec<&Cell> = above.iter().collect();
                        let cell = self.cell((i, j), &parents)?;
                        new.push(cell.clone());
                        cell
                    }
                };
                above = Some(cell);
            }
            Ok(new)
        };
        let new: Vec<Vec<Cell>> = columns.par_iter().map(column).collect::<Result<_>>()?;
        cells.extend(new.into_iter().flatten().map(|cell| (cell.index, cell)));
        Ok(())
    }

    /// The points that divided squares add, level by level.
    fn refine(&self, columns: &[usize], cells: &mut Cells) -> Result<()> {
        let lattice = &self.sweep.lattice;
        let mut squares = lattice.squares(columns);
        for _ in 0..lattice.levels {
            squares.retain(|square| self.sweep.is_divided(*square, cells));
            let mut wanted: BTreeMap<u64, (Point, Vec<Point>)> = BTreeMap::new();
            for (point, parents) in squares.iter().flat_map(|square| square.added()) {
                let index = lattice.index(point);
                if !cells.contains_key(&index) {
                    wanted.insert(index, (point, parents));
                }
            }
            let known = &*cells;
            let new: Vec<Cell> = wanted
                .par_iter()
                .map(|(_, (point, parents))| {
                    let parents: Vec<&Cell> = parents
                        .iter()
                        .filter_map(|parent| known.get(&lattice.index(*parent)))
                        .collect();
                    self.cell(*point, &parents)
                })
                .collect::<Result<_>>()?;
            cells.extend(new.into_iter().map(|cell| (cell.index, cell)));
            squares = squares
                .iter()
                .flat_map(|square| square.quarters())
                .collect();
        }
        Ok(())
    }

    fn recorded(&self) -> BTreeSet<u64> {
        self.store.entries().iter().map(Entry::index).collect()
    }

    fn boundaries(&self, shard: Shard) -> Result<()> {
        let recorded = self.recorded();
        let sweep = self.sweep;
        let open: Vec<(usize, f64)> = sweep
            .boundary_values
            .iter()
            .copied()
            .enumerate()
            .filter(|(position, _)| shard.has_task(*position))
            .filter(|(position, _)| !recorded.contains(&(BOUNDARIES + *position as u64)))
            .collect();
        open.into_par_iter().try_for_each(|(position, x)| {
            let compute = || {
                boundary::locate(
                    &sweep.study,
                    &sweep.models,
                    &sweep.settings,
                    position as u64,
                    x,
                )
            };
            self.one("boundaries", SweepEntry::Boundary, compute)
                .map(drop)
        })
    }

    /// The runs, one after the other: each uses all threads.
    fn simulations(&self, shard: Shard) -> Result<()> {
        let recorded = self.recorded();
        let seed = self.sweep.study.seed;
        for (task, (point, instance)) in self.sweep.runs().enumerate() {
            let index = run_index(point as u64, instance);
            if !shard.has_task(task) || recorded.contains(&index) {
                continue;
            }
            let spec = &self.sweep.points[point];
            self.one("simulations", SweepEntry::Simulation, || {
                spec.run(point as u64, instance, seed)
            })?;
        }
        Ok(())
    }
}
