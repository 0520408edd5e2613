//! The result of a sweep as a table, for figures and spreadsheets.

use super::beyond::BeyondPoint;
use super::boundary::{BoundaryEntry, RecordedBoundary};
use super::cell::Cell;
use super::entry::SweepEntry;
use super::plan::{Sweep, cells_of};
use super::simulated::SimulatedRun;
use super::summary::Summary;
use crate::ensemble::Estimate;
use crate::fixed_point::Nature;
use crate::order_parameters::OrderParameters;
use crate::rsb::BrokenEnd;
use crate::simulation::RunOutcome;
use crate::table::{Table, Value, keys, metadata, tallied, tally};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Columns after those of the observables.
const REST: [&str; 20] = [
    "region",
    "recovered",
    "solutions",
    "start",
    "outcome",
    "converged",
    "stable",
    "residual",
    "quadrature_error",
    "replicon",
    "replicon_error",
    "check_order",
    "check_replicon",
    "low",
    "high",
    "instances",
    "standard_error",
    "iterations",
    "evaluations",
    "nodes",
];

/// Columns of what is beyond replica symmetry, where that was asked for.
const BEYOND: [&str; 4] = ["rsb", "rsb_steps", "zeta_error", "log_likelihood_error"];

/// A row under construction: cells by the name of their column.
type Row = BTreeMap<String, Value>;

impl Sweep {
    /// The table of entries: a row for each tile of the plane (`source` is `cell`), each boundary
    /// at each value of the horizontal axis (`source` is its name, or `without-` and its name where
    /// the solution has no such boundary; one that was not located has an empty value), and each
    /// simulated point (`source` is that of the run). A number that was not obtained is an empty
    /// cell. Where the grid is refined, a point has several tiles.
    pub fn table(&self, entries: &[SweepEntry]) -> Table {
        let columns = self.column_names();
        let mut rows = self.tiles(entries);
        rows.extend(self.boundary_rows(entries));
        rows.extend(self.simulated_rows(entries));
        let cells_of_row = |row: Row| {
            columns
                .iter()
                .map(|column| row.get(column).cloned().unwrap_or_default())
                .collect()
        };
        let rows = rows.into_iter().map(cells_of_row).collect();
        let mut metadata = metadata(&self.study, self.study.seed);
        metadata.extend(Summary::new(self, entries).metadata());
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        Table {
            rows,
            ..Table::under(metadata, &columns)
        }
    }

    /// The table before anything is computed: its columns, and the keys of its metadata.
    pub(crate) fn header(&self) -> Table {
        let columns = self.column_names();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        Table::under(keys(&Summary::keys()), &columns)
    }

    fn column_names(&self) -> Vec<String> {
        let (x, y) = (self.study.x.name(), self.study.y.name());
        let first = ["source", x, y, "width", "height"].map(String::from);
        let mut columns = first.to_vec();
        columns.extend(self.theory.columns());
        columns.extend(REST.map(String::from));
        if self.study.rsb.is_some() {
            columns.extend(BEYOND.map(String::from));
        }
        columns
    }

    fn tiles(&self, entries: &[SweepEntry]) -> Vec<Row> {
        let cells = cells_of(entries);
        if self.lattice.levels == 0 {
            let (dx, dy) = (step(&self.lattice.x), step(&self.lattice.y));
            let tile = |cell: &Arc<Cell>| self.tile(cell, (cell.x, cell.y), (dx, dy));
            return cells.values().map(tile).collect();
        }
        // Each square that is not divided gives a quarter of itself to each of its corners.
        let mut quarters: BTreeMap<(u64, usize), [bool; 4]> = BTreeMap::new();
        let mut open = self.lattice.squares(&self.lattice.columns());
        while let Some(square) = open.pop() {
            if square.side > 1 && self.is_divided(square, &cells) {
                open.extend(square.quarters());
                continue;
            }
            for (position, corner) in square.corners().into_iter().enumerate() {
                // Seen from the lower left corner, the quarter lies to the upper right.
                quarters
                    .entry((self.lattice.index(corner), square.side))
                    .or_default()[3 - position] = true;
            }
        }
        let mut rows = Vec::new();
        for ((index, side), around) in quarters {
            let Some(cell) = cells.get(&index) else {
                continue;
            };
            let (dx, dy) = (
                step(&self.lattice.x) * side as f64,
                step(&self.lattice.y) * side as f64,
            );
            for (low, high) in rectangles(around) {
                let centre = (
                    cell.x + 0.25 * dx * (low.0 + high.0),
                    cell.y + 0.25 * dy * (low.1 + high.1),
                );
                let size = (0.5 * dx * (high.0 - low.0), 0.5 * dy * (high.1 - low.1));
                rows.push(self.tile(cell, centre, size));
            }
        }
        rows
    }

    fn tile(&self, solved: &Cell, centre: (f64, f64), size: (f64, f64)) -> Row {
        let mut row = self.row("cell", centre);
        let mut set = |name: &str, value: Value| row.insert(name.to_owned(), value);
        set("width", tidy(size.0));
        set("height", tidy(size.1));
        set("region", self.theory.region(solved).into());
        set("solutions", solved.solutions().into());
        let sum = |count: &dyn Fn(&super::Search) -> u64| {
            let total: u64 = solved.searches.iter().map(count).sum();
            Value::from(total)
        };
        set("iterations", sum(&|search| search.work.iterations));
        set("evaluations", sum(&|search| search.work.evaluations));
        self.answer_cells(solved, &mut row);
        if let Some(own) = &solved.beyond {
            self.beyond_cells(own, &mut row);
        }
        row
    }

    /// What is beyond replica symmetry, in place of the numbers of a solution that does not hold.
    fn beyond_cells(&self, own: &BeyondPoint, row: &mut Row) {
        let mut set = |name: &str, value: Value| row.insert(name.to_owned(), value);
        set("rsb", own.end.name().into());
        set("rsb_steps", own.steps.into());
        let Some(numbers) = &own.numbers else { return };
        let holds = own.end == BrokenEnd::ReplicaSymmetric;
        set("converged", (numbers.limit || holds).into());
        set("start", "beyond".into());
        set("outcome", own.end.name().into());
        set("recovered", usize::from(numbers.recovered).into());
        set("stable", holds.into());
        for name in self.theory.columns() {
            set(&name, numbers.column(&name).into());
        }
        set("zeta_error", numbers.zeta.error.into());
        set("log_likelihood_error", numbers.objective.error.into());
        // Those of the solution that does not hold.
        for name in [
            "residual",
            "quadrature_error",
            "replicon",
            "replicon_error",
            "check_order",
            "check_replicon",
            "nodes",
        ] {
            set(name, Value::Missing);
        }
    }

    /// The replica-symmetric answer.
    fn answer_cells(&self, solved: &Cell, row: &mut Row) {
        let mut set = |name: &str, value: Value| row.insert(name.to_owned(), value);
        let Some((search, found)) = solved.answer() else {
            let outcomes: Vec<&str> = solved
                .searches
                .iter()
                .map(|search| search.outcome.name())
                .collect();
            set("outcome", outcomes.join(" ").into());
            set("converged", false.into());
            return;
        };
        set("start", search.start.clone().into());
        set("outcome", search.outcome.name().into());
        set("converged", true.into());
        let stable = found.nature().map(|nature| nature == Nature::Stable);
        set("stable", stable.into());
        if let Some(point) = found.evolution() {
            set("recovered", point.recovered().into());
        }
        set("residual", search.residual.into());
        set("quadrature_error", found.quadrature_error().into());
        let replicon = found.replicon();
        set("replicon", replicon.map(|own| own.value).into());
        set("replicon_error", replicon.map(|own| own.error).into());
        set("nodes", search.work.nodes.into());
        if let Some(check) = &solved.check {
            set("check_order", check.order.into());
            set("check_replicon", check.replicon.into());
        }
        for (name, value) in self.theory.numbers(found) {
            set(&name, value.into());
        }
    }

    fn row(&self, source: &str, (x, y): (f64, f64)) -> Row {
        Row::from([
            ("source".to_owned(), source.into()),
            (self.study.x.name().to_owned(), tidy(x)),
            (self.study.y.name().to_owned(), tidy(y)),
        ])
    }

    /// Boundaries kind by kind, each along the horizontal axis.
    fn boundary_rows(&self, entries: &[SweepEntry]) -> Vec<Row> {
        let mut found: Vec<&BoundaryEntry> = entries
            .iter()
            .filter_map(|entry| match entry {
                SweepEntry::Boundary(boundary) => Some(boundary),
                _ => None,
            })
            .collect();
        found.sort_by_key(|entry| entry.position);
        let mut rows = Vec::new();
        for name in self.study.boundary_names() {
            for entry in &found {
                let own = |own: &&RecordedBoundary| own.kind.as_str() == name;
                let Some(boundary) = entry.boundaries.iter().find(own) else {
                    continue;
                };
                let source = if boundary.absent {
                    format!("without-{name}")
                } else {
                    name.to_owned()
                };
                let mut row = self.row(&source, (entry.x, 0.0));
                row.insert(self.study.y.name().to_owned(), boundary.value.into());
                let outcome = boundary.reason.clone().unwrap_or_else(|| "located".into());
                row.insert("outcome".into(), outcome.into());
                row.insert("residual".into(), boundary.residual.into());
                row.insert("low".into(), boundary.interval.map(|ends| ends[0]).into());
                row.insert("high".into(), boundary.interval.map(|ends| ends[1]).into());
                rows.push(row);
            }
        }
        rows
    }

    /// Simulated points: mean of the largest overlap of each instance, with its standard error.
    fn simulated_rows(&self, entries: &[SweepEntry]) -> Vec<Row> {
        let mut points: BTreeMap<u64, Vec<&SimulatedRun>> = BTreeMap::new();
        for entry in entries {
            if let SweepEntry::Simulation(run) = entry {
                points.entry(run.point).or_default().push(run);
            }
        }
        let source = self.study.simulated.as_ref().map(|spec| spec.run.source());
        let mut rows = Vec::new();
        for (_, mut runs) in points {
            runs.sort_by_key(|run| run.instance);
            let mut row = self.row(
                source.as_deref().unwrap_or("simulation"),
                (runs[0].x, runs[0].y),
            );
            let orders: Vec<_> = runs
                .iter()
                .filter_map(|run| run.overlaps.as_ref())
                .map(OrderParameters::overlaps)
                .collect();
            let mut outcomes = BTreeMap::new();
            for run in &runs {
                tally(&mut outcomes, run.outcome.name().into(), 1);
            }
            let all = runs.iter().all(|run| run.outcome == RunOutcome::Converged);
            row.insert("outcome".into(), tallied(&outcomes).into());
            row.insert("converged".into(), all.into());
            row.insert("instances".into(), orders.len().into());
            for ((a, b), estimate) in crate::ensemble::estimates(&orders) {
                row.insert(
                    format!("zeta_{}{}", a + 1, b + 1),
                    Some(estimate.mean).into(),
                );
            }
            let largest: Vec<f64> = orders.iter().map(nalgebra::DMatrix::amax).collect();
            let error = Estimate::of(&largest).and_then(|estimate| estimate.standard_error);
            row.insert("standard_error".into(), error.into());
            rows.push(row);
        }
        rows
    }
}

/// Two opposite corners of a rectangle, in units of a quarter's side.
type Rectangle = ((f64, f64), (f64, f64));

/// The quarters around a point (lower left, lower right, upper left, upper right) as few
/// rectangles: corners in units of a quarter's side.
fn rectangles(around: [bool; 4]) -> Vec<Rectangle> {
    let (left, right, low, high) = (-1.0, 1.0, -1.0, 1.0);
    let quarter = |position: usize| {
        let x = if position.is_multiple_of(2) {
            (left, 0.0)
        } else {
            (0.0, right)
        };
        let y = if position < 2 {
            (low, 0.0)
        } else {
            (0.0, high)
        };
        ((x.0, y.0), (x.1, y.1))
    };
    match around {
        [true, true, true, true] => vec![((left, low), (right, high))],
        [true, true, c, d] => [
            Some(((left, low), (right, 0.0))),
            c.then(|| quarter(2)),
            d.then(|| quarter(3)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        [a, b, true, true] => [
            Some(((left, 0.0), (right, high))),
            a.then(|| quarter(0)),
            b.then(|| quarter(1)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        [true, false, true, false] => vec![((left, low), (0.0, high))],
        [false, true, false, true] => vec![((0.0, low), (right, high))],
        other => (0..4)
            .filter(|&position| other[position])
            .map(quarter)
            .collect(),
    }
}

/// Distance of neighbouring values.
fn step(values: &[f64]) -> f64 {
    (values[values.len() - 1] - values[0]) / (values.len() - 1) as f64
}

/// A coordinate without the last digits, which are rounding.
fn tidy(value: f64) -> Value {
    ((value * 1e12).round() / 1e12).into()
}
