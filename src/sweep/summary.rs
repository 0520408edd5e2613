//! What a sweep found, in a few numbers: part of every table, for captions and for the terminal.

use super::cell::Cell;
use super::entry::SweepEntry;
use super::plan::Sweep;
use crate::fixed_point::Ending;
use crate::numerics::nullable;
use schemars::JsonSchema;
use std::collections::BTreeMap;
use std::fmt::Display;

/// A sweep in a few numbers.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize, JsonSchema)]
pub struct Summary {
    /// Finished cells.
    pub cells: usize,
    /// Points of the finest lattice.
    pub lattice: usize,
    /// Entries that are missing, at least: where the grid is refined, unfinished cells hide what
    /// they would ask for.
    pub missing: usize,
    /// Whether more may be missing than that.
    pub missing_more: bool,
    /// Cells in each region; those about which nothing is known count as `failed`.
    pub regions: BTreeMap<String, usize>,
    /// Ends of the searches beyond replica symmetry.
    pub beyond: BTreeMap<String, usize>,
    /// Ends of all searches.
    pub outcomes: BTreeMap<Ending, usize>,
    /// Largest error of an objective beyond replica symmetry.
    pub worst_beyond: Option<Worst>,
    /// Cells with more than one solution.
    pub coexistence: usize,
    /// Largest residual of an answer, and its cell.
    pub worst_residual: Option<Worst>,
    /// Largest quadrature error of an order parameter of an answer.
    pub worst_quadrature: Option<Worst>,
    /// Largest quadrature error of a replicon, relative where it exceeds 1.
    pub worst_replicon: Option<Worst>,
    /// Cells that were computed again at twice the nodes.
    pub checked: usize,
    /// Those of them for which the second search failed.
    pub checks_failed: usize,
    /// Largest difference of an order parameter there.
    pub worst_check: Option<Worst>,
    /// Largest difference of a replicon there, relative where it exceeds 1.
    pub worst_check_replicon: Option<Worst>,
    /// Located boundaries, by kind.
    pub located: BTreeMap<String, usize>,
    /// Boundaries that exist perhaps, but were not located, by kind.
    pub not_located: BTreeMap<String, usize>,
    /// Largest residual of the located boundaries, by kind (see
    /// [`Boundary`](crate::theory::Boundary)).
    pub boundary_residuals: BTreeMap<String, f64>,
    /// Ends of the simulated runs.
    pub runs: BTreeMap<String, usize>,
    /// Evaluations of the state-evolution map.
    pub evaluations: u64,
}

/// The largest of some numbers, and the cell that has it; JSON has `[number, [x, y]]`, with null
/// for a number that is not finite.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, JsonSchema)]
pub struct Worst(
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub f64,
    pub [f64; 2],
);

impl Summary {
    /// The summary of a sweep's entries.
    pub fn new(sweep: &Sweep, entries: &[SweepEntry]) -> Self {
        let mut summary = Self {
            lattice: sweep.lattice.len(),
            missing: sweep.missing(entries),
            missing_more: sweep.lattice.levels > 0,
            ..Self::default()
        };
        for entry in entries {
            match entry {
                SweepEntry::Cell(cell) => summary.cell(cell, sweep.theory.region(cell)),
                SweepEntry::Boundary(entry) => {
                    for boundary in &entry.boundaries {
                        let name = boundary.kind.as_str().to_owned();
                        if let Some(residual) = boundary.residual {
                            let worst = summary.boundary_residuals.entry(name.clone()).or_default();
                            *worst = worst.max(residual);
                        }
                        if boundary.value.is_some() {
                            *summary.located.entry(name).or_default() += 1;
                        } else if !boundary.absent {
                            *summary.not_located.entry(name).or_default() += 1;
                        }
                    }
                }
                SweepEntry::Simulation(run) => {
                    *summary.runs.entry(run.outcome.name().into()).or_default() += 1;
                }
            }
        }
        summary
    }

    fn cell(&mut self, cell: &Cell, region: Option<&str>) {
        let at = [cell.x, cell.y];
        self.cells += 1;
        let region = region.unwrap_or("failed");
        *self.regions.entry(region.into()).or_default() += 1;
        self.coexistence += usize::from(cell.solutions() > 1);
        for search in &cell.searches {
            *self.outcomes.entry(search.outcome).or_default() += 1;
            self.evaluations += search.work.evaluations;
        }
        if let Some(own) = &cell.beyond {
            *self.beyond.entry(own.end.name().into()).or_default() += 1;
            let error = own.numbers.as_ref().and_then(|own| own.objective.error);
            worst(&mut self.worst_beyond, error, at);
        }
        let Some((search, found)) = cell.answer() else {
            return;
        };
        let replicon = found.replicon();
        let relative = |error: f64| Some(error / replicon?.value.max(1.0));
        worst(&mut self.worst_residual, search.residual, at);
        worst(
            &mut self.worst_quadrature,
            Some(found.quadrature_error()),
            at,
        );
        let error = replicon.and_then(|own| relative(own.error));
        worst(&mut self.worst_replicon, error, at);
        if let Some(check) = &cell.check {
            self.checked += 1;
            self.checks_failed += usize::from(check.order.is_none());
            worst(&mut self.worst_check, check.order, at);
            let replicon = check.replicon.and_then(relative);
            worst(&mut self.worst_check_replicon, replicon, at);
        }
    }

    /// The number of missing entries in words.
    pub fn missing_text(&self) -> String {
        match (self.missing, self.missing_more) {
            (0, _) | (_, false) => self.missing.to_string(),
            (count, true) => format!("at least {count}"),
        }
    }

    /// The summary as metadata of a table, for people and for captions of figures.
    pub fn metadata(&self) -> Vec<(String, String)> {
        let list = self.lines().into_iter();
        list.filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }

    /// The keys of [`Summary::metadata`], also those of which there may be nothing to say.
    pub fn keys() -> Vec<&'static str> {
        let lines = Self::default().lines().into_iter();
        lines.map(|(key, _)| key).collect()
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let residuals: Vec<String> = self
            .boundary_residuals
            .iter()
            .map(|(name, residual)| format!("{name}: {residual:.0e}"))
            .collect();
        let at = |worst: Option<Worst>| match worst {
            Some(Worst(value, [x, y])) => format!("{value:.1e} at ({x}, {y})"),
            None => "none".into(),
        };
        let share = 100.0 * self.cells as f64 / self.lattice.max(1) as f64;
        // Nothing is said of what was not asked for.
        let beyond = match self.beyond.is_empty() {
            true => [String::new(), String::new()],
            false => [listed(&self.beyond), at(self.worst_beyond)],
        };
        let [beyond, worst_beyond] = beyond;
        let failed = self.regions.get("failed").copied().unwrap_or(0);
        vec![
            ("cells", self.cells.to_string()),
            (
                "lattice",
                format!("{} points, {share:.1} % of them computed", self.lattice),
            ),
            ("missing", self.missing_text()),
            ("failed", failed.to_string()),
            ("regions", listed(&self.regions)),
            ("searches", listed(&self.outcomes)),
            ("beyond replica symmetry", beyond),
            ("largest error of an objective beyond it", worst_beyond),
            ("coexistence", self.coexistence.to_string()),
            ("largest residual", at(self.worst_residual)),
            ("largest quadrature error", at(self.worst_quadrature)),
            ("largest replicon error", at(self.worst_replicon)),
            ("checked", self.checked.to_string()),
            ("checks failed", self.checks_failed.to_string()),
            (
                "largest difference at doubled quadrature",
                at(self.worst_check),
            ),
            (
                "largest difference of the replicon at doubled quadrature",
                at(self.worst_check_replicon),
            ),
            ("located", listed(&self.located)),
            ("not located", listed(&self.not_located)),
            ("largest boundary residuals", residuals.join(", ")),
            ("runs", listed(&self.runs)),
            ("evaluations", self.evaluations.to_string()),
        ]
    }
}

fn worst(worst: &mut Option<Worst>, value: Option<f64>, at: [f64; 2]) {
    if let Some(value) = value
        && worst.is_none_or(|Worst(known, _)| value > known || value.is_nan())
    {
        *worst = Some(Worst(value, at));
    }
}

fn listed(counts: &BTreeMap<impl Display, usize>) -> String {
    if counts.is_empty() {
        return "none".into();
    }
    let parts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name}: {count}"))
        .collect();
    parts.join(", ")
}
