//! The order of work: columns of the unrefined grid, each continued downwards; then squares whose
//! corners differ, level by level; boundaries; simulations. Each of these runs on all threads, and
//! what is recorded already is not computed again.

use super::cell::Cell;
use super::entry::{BOUNDARIES, SweepEntry};
use super::lattice::Point;
use super::plan::{Cells, Sweep, cells_of};
use super::shard::Shard;
use super::simulated::run_index;
use super::store::Store;
use crate::error::Result;
use crate::record::Record;
use rayon::prelude::*;
use schemars::JsonSchema;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// What a run of a sweep did (see [`Sweep::run`]).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize, JsonSchema,
)]
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

/// Receives the number of finished entries, and a name of what is under way.
pub type Progress<'a> = &'a (dyn Fn(&str, usize) + Sync);

impl Sweep {
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

    fn cell(&self, point: Point, parents: &[&Cell]) -> Result<Arc<Cell>> {
        let lattice = &self.sweep.lattice;
        let checked = self.sweep.study.check.is_some_and(|check| {
            let every = check.every * lattice.stride();
            point.0.is_multiple_of(every) && point.1.is_multiple_of(every)
        });
        self.one("cells", SweepEntry::Cell, || {
            let study = &self.sweep.study;
            let theory = &self.sweep.theory;
            let cell = theory.solve(study, lattice, point, parents, checked)?;
            Ok(Arc::new(cell))
        })
    }

    /// The columns of the unrefined grid, each from its last row down.
    fn columns(&self, columns: &[usize], cells: &mut Cells) -> Result<()> {
        let lattice = &self.sweep.lattice;
        let known = &*cells;
        let column = |&i: &usize| -> Result<Vec<Arc<Cell>>> {
            let mut new: Vec<Arc<Cell>> = Vec::new();
            let mut above: Option<Arc<Cell>> = None;
            for j in lattice.rows_downwards() {
                let cell = match known.get(&lattice.index((i, j))) {
                    Some(cell) => cell.clone(),
                    None => {
                        let parents: Vec<&Cell> = above.iter().map(Arc::as_ref).collect();
                        let cell = self.cell((i, j), &parents)?;
                        new.push(cell.clone());
                        cell
                    }
                };
                above = Some(cell);
            }
            Ok(new)
        };
        let new: Vec<Vec<Arc<Cell>>> = columns.par_iter().map(column).collect::<Result<_>>()?;
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
            let new: Vec<Arc<Cell>> = wanted
                .par_iter()
                .map(|(_, (point, parents))| {
                    let parents: Vec<&Cell> = parents
                        .iter()
                        .filter_map(|parent| known.get(&lattice.index(*parent)).map(Arc::as_ref))
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
        self.store.indices()
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
                let (study, lattice) = (&sweep.study, &sweep.lattice);
                sweep.theory.boundaries(study, lattice, position as u64, x)
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
