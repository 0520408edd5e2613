//! A potential as the model of a sweep: its cells, the regions that they belong to.

use super::cell::{Cell, Check, Search};
use super::found::Found;
use super::lattice::{Lattice, Point};
use super::point::{Names, StationaryPoint};
use super::spec::DiagramStudy;
use super::stationary_check::{columns, lines, names_of, regions};
use super::stationary_spec::{LineSpec, PotentialSpec, RegionSpec};
use crate::definitions::{Catalogue, PotentialDefinition};
use crate::error::{Error, Result};
use crate::fixed_point::Nature;
use crate::potential::{
    PotentialOutcome, PotentialSettings, PreparedPotential, Solution, solve_doubled,
};
use crate::theory::Work;
use nalgebra::DVector;

/// Region of a solution that belongs to none that is declared.
pub(super) const OTHER: &str = "other";

/// Region of a cell whose searches all left the domain.
const NO_SOLUTION: &str = "no-solution";

/// A potential in the plane of two of its parameters.
pub struct Stationary {
    pub prepared: PreparedPotential,
    pub x: Vec<String>,
    pub y: Vec<String>,
    pub settings: PotentialSettings,
    pub names: Names,
    /// Columns of the table.
    pub columns: Vec<String>,
    pub regions: Vec<RegionSpec>,
    pub lines: Vec<LineSpec>,
}

/// What a place of the plane has: the solutions, and the searches that found none.
pub type Solved = Vec<Solution>;

impl Stationary {
    /// Checks the study of a potential: parameters, regions, boundaries, and that there is a
    /// definition all along the borders of the plane.
    ///
    /// # Errors
    /// Whatever is wrong, by name.
    pub fn new(study: &DiagramStudy, spec: &PotentialSpec, lattice: &Lattice) -> Result<Self> {
        let set = spec.set.iter();
        let set = set
            .map(|(name, value)| (name.clone(), value.to_string()))
            .collect();
        let catalogue = Catalogue::new(spec.equations.as_deref())?;
        let family = catalogue.family(&spec.definition, &set)?;
        let (x, y) = (study.x.names().to_vec(), study.y.names().to_vec());
        for (axis, names) in [("x.parameter", &x), ("y.parameter", &y)] {
            for name in names {
                family.require(axis, name)?;
                if spec.set.contains_key(name) {
                    let allowed = "is varied by an axis: leave it out of set";
                    return Err(Error::invalid("set", format!("\"{name}\""), allowed));
                }
            }
        }
        let names = names_of(family.definition())?;
        let seed = study.solver.resolve(study.seed)?.seed;
        // Neighbours are starts, too.
        let settings = PotentialSettings {
            random_starts: study.solver.random_starts.unwrap_or(0),
            ..PotentialSettings::of(&study.solver, seed)
        };
        settings.validate()?;
        let places = [(&x, lattice.x[0]), (&y, lattice.y[0])];
        let free = places
            .iter()
            .flat_map(|(names, value)| names.iter().map(|name| (name.as_str(), *value)));
        let free: Vec<(&str, f64)> = free.collect();
        let potential = Self {
            columns: columns(study.observables.as_deref(), &names)?,
            regions: regions(spec, &names)?,
            lines: lines(spec, &names)?,
            prepared: PreparedPotential::new(family, &free),
            x,
            y,
            settings,
            names,
        };
        potential.validate(lattice)?;
        Ok(potential)
    }

    fn validate(&self, lattice: &Lattice) -> Result<()> {
        let (xs, ys) = (&lattice.x, &lattice.y);
        let (left, right) = (xs[0], xs[xs.len() - 1]);
        let (low, high) = (ys[0], ys[ys.len() - 1]);
        for (x, y) in [(left, low), (left, high), (right, low), (right, high)] {
            self.definition(x, y).map_err(|error| {
                let allowed = format!("there is no potential: {error}");
                Error::invalid("axes", format!("x = {x}, y = {y}"), allowed)
            })?;
        }
        Ok(())
    }

    /// The parameters of both axes with their values.
    pub fn values(&self, x: f64, y: f64) -> Vec<(&str, f64)> {
        let x = self.x.iter().map(|name| (name.as_str(), x));
        let y = self.y.iter().map(|name| (name.as_str(), y));
        x.chain(y).collect()
    }

    /// The definition at a place.
    ///
    /// # Errors
    /// A value outside of its domain.
    pub fn definition(&self, x: f64, y: f64) -> Result<PotentialDefinition> {
        self.prepared.family().at(&self.values(x, y))
    }

    /// The solutions at a place, from neighbours' solutions and from the definition's starts.
    ///
    /// # Errors
    /// As [`Stationary::definition`].
    pub fn solve_at(&self, (x, y): (f64, f64), neighbours: &[&[f64]]) -> Result<Solved> {
        let continued = |x: &&[f64]| ("continued".to_owned(), DVector::from_column_slice(x));
        let first: Vec<_> = neighbours.iter().map(continued).collect();
        let values: Vec<f64> = self.values(x, y).iter().map(|(_, value)| *value).collect();
        self.prepared.solve(&values, &self.settings, &first)
    }

    /// Solves a cell; `parents` are finished neighbours, and `check` asks for the search at twice
    /// the nodes.
    ///
    /// # Errors
    /// A place without a definition.
    pub fn solve(
        &self,
        lattice: &Lattice,
        point: Point,
        parents: &[&Cell],
        check: bool,
    ) -> Result<Cell> {
        let (x, y) = lattice.values(point);
        let neighbours: Vec<&[f64]> = parents
            .iter()
            .filter_map(|parent| Some(parent.answer()?.1.stationary()?.x.as_slice()))
            .collect();
        let searches = self.solve_at((x, y), &neighbours)?;
        let mut cell = Cell {
            index: lattice.index(point),
            x,
            y,
            searches: searches.iter().map(recorded).collect(),
            check: None,
            beyond: None,
        };
        if check {
            cell.check = self.check(&cell)?;
        }
        Ok(cell)
    }

    fn check(&self, cell: &Cell) -> Result<Option<Check>> {
        let Some((search, answer)) = cell.answer() else {
            return Ok(None);
        };
        let Some(answer) = answer.stationary() else {
            return Ok(None);
        };
        let definition = self.definition(cell.x, cell.y)?;
        let again = solve_doubled(&definition, (&answer.x, search.work.level), &self.settings)?;
        let point = again.point().ok();
        let distance = point.map(|point| {
            let pairs = point.x.iter().zip(&answer.x);
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
        });
        let replicons = point.and_then(|point| point.replicon.zip(answer.replicon));
        Ok(Some(Check {
            outcome: again.outcome.ending(),
            order: distance,
            replicon: replicons.map(|(a, b)| (a - b).abs()),
        }))
    }

    /// The region of a solution.
    pub fn region_of(&self, point: &StationaryPoint) -> &str {
        let own = self.regions.iter().find(|region| {
            let mut conditions = region.conditions.iter();
            conditions.all(|condition| self.names.hold(condition, point))
        });
        own.map_or(OTHER, |region| region.name.as_str())
    }

    /// The region of a cell; `None` where nothing is known, or only a saddle beside searches that
    /// failed.
    pub fn region(&self, cell: &Cell) -> Option<&str> {
        let mut searches = cell.searches.iter();
        let failed = searches.any(|search| search.found.is_none() && !search.left_domain);
        match cell.answer() {
            Some((_, found)) if failed && found.nature() == Some(Nature::Saddle) => None,
            Some((_, found)) => Some(self.region_of(found.stationary()?)),
            None => {
                let left = cell.searches.iter().all(|search| search.left_domain);
                left.then_some(NO_SOLUTION)
            }
        }
    }
}

/// The searches as a record keeps them: one for each solution, one for each failure.
fn recorded(solution: &Solution) -> Search {
    Search {
        start: solution.starts.join(", "),
        outcome: solution.outcome.ending(),
        left_domain: solution.outcome == PotentialOutcome::LeftDomain,
        residual: Some(solution.residual).filter(|residual| residual.is_finite()),
        work: Work {
            iterations: 0,
            evaluations: solution.evaluations,
            level: solution.level,
            nodes: solution.nodes.unwrap_or(0) as u64,
        },
        found: solution
            .point()
            .ok()
            .map(|point| Found::Stationary(StationaryPoint::new(point))),
        same_as: None,
    }
}
