//! The searches of one cell.

use super::cell::{Cell, CellStart, Check, Found, Search};
use super::lattice::{Lattice, Point};
use super::models::Models;
use crate::error::Result;
use crate::model::Model;
use crate::theory::{
    FixedPoint, FixedPointSettings, Origin, Outcome, Solution, Start, State, find, find_doubled,
    find_weakened,
};

/// How often the way from a neighbour is halved where the root finder fails.
const HALVINGS: u32 = 3;

/// Everything that decides what a cell finds, besides its parents.
pub struct CellSolver<'a> {
    pub models: &'a Models,
    pub settings: &'a FixedPointSettings,
    pub starts: &'a [CellStart],
    pub lattice: &'a Lattice,
    /// Whether the vertical axis is a common factor on the signals, or α: then a solution without overlap stays the leading one below.
    pub weakening: bool,
}

impl CellSolver<'_> {
    /// Solves the cell at a point; `parents` are finished neighbours, and `check` asks for the search at twice the nodes.
    ///
    /// # Errors
    /// A point without a model.
    pub fn solve(&self, point: Point, parents: &[&Cell], check: bool) -> Result<Cell> {
        let (x, y) = self.lattice.values(point);
        let model = self.models.at(x, y)?;
        let mut searches = Searches::default();
        for &start in self.starts {
            match start {
                CellStart::Continued => {
                    self.push_continued((x, y), &model, parents, &mut searches)?
                }
                other => searches.push(other, &self.iterated(&model, other)?),
            }
        }
        let continues = self.starts.contains(&CellStart::Continued);
        if continues
            && parents.is_empty()
            && searches.points.is_empty()
            && let Some(solution) = find_weakened(&model, self.settings)?
        {
            searches.push(CellStart::Continued, &solution);
        }
        let mut cell = Cell {
            index: self.lattice.index(point),
            x,
            y,
            searches: searches.recorded,
            check: None,
        };
        if check {
            cell.check = self.check(&model, &cell, &searches.points)?;
        }
        Ok(cell)
    }

    /// The solution continued from the parents, and an informed search where that may not be the leading one: where there is none, where
    /// it lost the overlap that a parent has, and where the vertical axis is no common factor on the signals.
    fn push_continued(
        &self,
        place: (f64, f64),
        model: &Model,
        parents: &[&Cell],
        searches: &mut Searches,
    ) -> Result<()> {
        let overlaps = |found: &Found| found.recovered() > 0;
        let continued = self.continued(place, model, parents)?;
        let leads = continued.as_ref().is_some_and(|solution| {
            let silent = solution
                .fixed_point()
                .is_ok_and(|point| !overlaps(&Found::new(point)));
            let lost = silent
                && parents
                    .iter()
                    .any(|parent| parent.carried().is_some_and(overlaps));
            self.weakening && !lost
        });
        if let Some(solution) = continued {
            searches.push(CellStart::Continued, &solution);
        }
        if !leads && !self.starts.contains(&CellStart::Informed) {
            let informed = self.iterated(model, CellStart::Informed)?;
            searches.push(CellStart::Informed, &informed);
        }
        Ok(())
    }

    fn iterated(&self, model: &Model, start: CellStart) -> Result<Solution> {
        let start = match start {
            CellStart::Weak => Start::Weak,
            CellStart::Informed | CellStart::Continued => Start::Planted,
        };
        find(model, Origin::Start(&start), self.settings)
    }

    /// The solution continued from a parent: those with overlap first, because from one without the root finder stays without.
    fn continued(
        &self,
        to: (f64, f64),
        model: &Model,
        parents: &[&Cell],
    ) -> Result<Option<Solution>> {
        let mut carrying: Vec<(&Cell, &Found)> = parents
            .iter()
            .filter_map(|parent| Some((*parent, parent.carried()?)))
            .collect();
        carrying.sort_by_key(|(parent, found)| {
            (found.recovered() == 0, std::cmp::Reverse(parent.index))
        });
        for (parent, found) in carrying {
            let from = (parent.x, parent.y);
            if let Some(solution) = self.follow(from, to, model, &found.state(), HALVINGS)? {
                return Ok(Some(solution));
            }
        }
        Ok(None)
    }

    /// The solution followed along a straight line, in smaller steps where the root finder fails.
    fn follow(
        &self,
        from: (f64, f64),
        to: (f64, f64),
        model: &Model,
        state: &State,
        halvings: u32,
    ) -> Result<Option<Solution>> {
        let direct = find(model, Origin::Neighbour(state), self.settings)?;
        if direct.fixed_point().is_ok() {
            return Ok(Some(direct));
        }
        if halvings == 0 {
            return Ok(None);
        }
        let middle = (0.5 * (from.0 + to.0), 0.5 * (from.1 + to.1));
        let between = self.models.at(middle.0, middle.1)?;
        let Some(half) = self.follow(from, middle, &between, state, halvings - 1)? else {
            return Ok(None);
        };
        let Ok(point) = half.fixed_point() else {
            return Ok(None);
        };
        self.follow(middle, to, model, &point.state(), halvings - 1)
    }

    fn check(&self, model: &Model, cell: &Cell, points: &[FixedPoint]) -> Result<Option<Check>> {
        let Some((search, found)) = cell.answer() else {
            return Ok(None);
        };
        let Some(point) = points.iter().find(|point| Found::new(point) == *found) else {
            return Ok(None);
        };
        let again = find_doubled(model, point, search.work.level, self.settings)?;
        let difference = again.fixed_point().ok().map(|again| {
            let m = (&again.order.m - &point.order.m).amax();
            let q = (&again.order.q - &point.order.q).amax();
            let replicon = again.stability.replicon - point.stability.replicon;
            (m.max(q), replicon.abs())
        });
        Ok(Some(Check {
            outcome: again.outcome.name().into(),
            order: difference.map(|(order, _)| order),
            replicon: difference.map(|(_, replicon)| replicon),
        }))
    }
}

/// Searches of a cell as they come in; fixed points that were found before are not kept twice.
#[derive(Default)]
struct Searches {
    recorded: Vec<Search>,
    points: Vec<FixedPoint>,
    /// The search that found each of the points.
    owners: Vec<usize>,
}

impl Searches {
    fn push(&mut self, start: CellStart, solution: &Solution) {
        let point = solution.fixed_point().ok();
        let known = point.and_then(|point| {
            let same = self
                .points
                .iter()
                .position(|other| other.agrees_with(point))?;
            Some(self.owners[same])
        });
        let new = point.filter(|_| known.is_none());
        if let Some(point) = new {
            self.points.push(point.clone());
            self.owners.push(self.recorded.len());
        }
        let quadrature = solution.outcome.name() == "quadrature-limit";
        self.recorded.push(Search {
            start: start.name().into(),
            outcome: solution.outcome.name().into(),
            left_domain: matches!(solution.outcome, Outcome::LeftDomain(_)) && !quadrature,
            residual: Some(solution.residual).filter(|residual| residual.is_finite()),
            work: solution.work,
            found: new.map(Found::new),
            same_as: known,
        });
    }
}
