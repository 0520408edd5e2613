//! The searches of one cell.

use super::beyond::BeyondPoint;
use super::cell::{Cell, CellStart, Check, Search};
use super::found::{EvolutionPoint, Found};
use super::lattice::{Lattice, Point};
use super::models::Models;
use crate::error::Result;
use crate::fixed_point::Nature;
use crate::model::Model;
use crate::rsb::Depth;
use crate::start::Start;
use crate::theory::{Attempt, Finder, Findings, FixedPointSettings, Origin, State, find_doubled};

/// How often the way from a neighbour is halved where the root finder fails.
const HALVINGS: u32 = 3;

/// Everything that decides what a cell finds, besides its parents.
pub struct CellSolver<'a> {
    pub models: &'a Models,
    pub settings: &'a FixedPointSettings,
    pub starts: &'a [CellStart],
    pub lattice: &'a Lattice,
    /// Beyond replica symmetry, where no replica-symmetric solution holds.
    pub rsb: Option<Depth>,
    /// Whether the vertical axis is a common factor on the signals, or α: then a solution without
    /// overlap stays the leading one below.
    pub weakening: bool,
}

impl CellSolver<'_> {
    /// Solves the cell at a point; `parents` are finished neighbours, and `check` asks for the
    /// search at twice the nodes.
    ///
    /// # Errors
    /// A point without a model.
    pub fn solve(&self, point: Point, parents: &[&Cell], check: bool) -> Result<Cell> {
        let (x, y) = self.lattice.values(point);
        let model = self.models.at(x, y)?;
        let mut finder = Finder::new(&model, self.settings)?;
        for &start in self.starts {
            match start {
                CellStart::Continued => {
                    self.push_continued((x, y), &model, parents, &mut finder)?
                }
                CellStart::Informed => informed(&mut finder)?,
                CellStart::Weak => {
                    finder.search(Origin::Start(&Start::Weak))?;
                }
            }
        }
        let continues = self.starts.contains(&CellStart::Continued);
        if continues && parents.is_empty() && finder.is_empty() {
            finder.continue_from_elsewhere()?;
        }
        finder.escape()?;
        let findings = finder.finish();
        let mut cell = Cell {
            index: self.lattice.index(point),
            x,
            y,
            searches: recorded(&findings),
            check: None,
            beyond: None,
        };
        if check {
            cell.check = self.check(&model, &findings)?;
        }
        let nature = cell.answer().and_then(|(_, found)| found.nature());
        if let Some(depth) = self.rsb
            && nature != Some(Nature::Stable)
        {
            cell.beyond = Some(BeyondPoint::solve(&model, depth)?);
        }
        Ok(cell)
    }

    /// The solution continued from the parents, and an informed search where that may not be the
    /// leading one: where there is none, where it lost the overlap that a parent has, and where the
    /// vertical axis is not a common factor on the signals.
    fn push_continued(
        &self,
        place: (f64, f64),
        model: &Model,
        parents: &[&Cell],
        finder: &mut Finder,
    ) -> Result<()> {
        let overlaps = |found: &EvolutionPoint| found.recovered() > 0;
        let continued = self.continued(place, model, parents)?;
        let leads = continued.as_ref().is_some_and(|findings| {
            let silent = findings
                .answer()
                .is_ok_and(|point| !overlaps(&EvolutionPoint::new(point)));
            let lost = silent
                && parents
                    .iter()
                    .any(|parent| parent.carried().is_some_and(overlaps));
            self.weakening && !lost
        });
        if let Some(findings) = continued {
            finder.absorb(findings);
        }
        if !leads && !self.starts.contains(&CellStart::Informed) {
            informed(finder)?;
        }
        Ok(())
    }

    /// The solution continued from a parent: those with overlap first, because from one without the
    /// root finder stays without.
    fn continued(
        &self,
        to: (f64, f64),
        model: &Model,
        parents: &[&Cell],
    ) -> Result<Option<Findings>> {
        let mut carrying: Vec<(&Cell, &EvolutionPoint)> = parents
            .iter()
            .filter_map(|parent| Some((*parent, parent.carried()?)))
            .collect();
        carrying.sort_by_key(|(parent, found)| {
            (found.recovered() == 0, std::cmp::Reverse(parent.index))
        });
        for (parent, found) in carrying {
            let from = (parent.x, parent.y);
            if let Some(findings) = self.follow(from, to, model, &found.state(), HALVINGS)? {
                return Ok(Some(findings));
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
    ) -> Result<Option<Findings>> {
        let mut direct = Finder::new(model, self.settings)?;
        direct.search(Origin::Neighbour(state))?;
        if !direct.is_empty() {
            return Ok(Some(direct.finish()));
        }
        if halvings == 0 {
            return Ok(None);
        }
        let middle = (0.5 * (from.0 + to.0), 0.5 * (from.1 + to.1));
        let between = self.models.at(middle.0, middle.1)?;
        let Some(half) = self.follow(from, middle, &between, state, halvings - 1)? else {
            return Ok(None);
        };
        let Ok(point) = half.answer() else {
            return Ok(None);
        };
        self.follow(middle, to, model, &point.state(), halvings - 1)
    }

    fn check(&self, model: &Model, findings: &Findings) -> Result<Option<Check>> {
        let Some(answer) = findings.solutions.first() else {
            return Ok(None);
        };
        let point = &answer.point;
        let again = find_doubled(model, point, answer.work.level, self.settings)?;
        let difference = again.answer().ok().map(|again| {
            let m = (&again.order.m - &point.order.m).amax();
            let q = (&again.order.q - &point.order.q).amax();
            let replicon = again.stability.replicon - point.stability.replicon;
            (m.max(q), replicon.abs())
        });
        Ok(Some(Check {
            outcome: again.attempts[0].outcome.ending(),
            order: difference.map(|(order, _)| order),
            replicon: difference.map(|(_, replicon)| replicon),
        }))
    }
}

/// Damped iteration from the planted start, and from the other assignments of units to signals.
fn informed(finder: &mut Finder) -> Result<()> {
    finder.search(Origin::Start(&Start::Planted))?;
    finder.search_assignments()
}

/// The searches as a record keeps them; a fixed point stands with the first search that found it.
fn recorded(findings: &Findings) -> Vec<Search> {
    let mut owners = vec![None; findings.solutions.len()];
    let mut searches = Vec::new();
    for (own, attempt) in findings.attempts.iter().enumerate() {
        let owner = attempt
            .finding
            .map(|place| *owners[place].get_or_insert(own));
        let found = attempt.finding.filter(|_| owner == Some(own));
        searches.push(Search {
            found: found.map(|place| {
                Found::Evolution(EvolutionPoint::new(&findings.solutions[place].point))
            }),
            same_as: owner.filter(|&owner| owner != own),
            ..unresolved(attempt)
        });
    }
    searches
}

fn unresolved(attempt: &Attempt) -> Search {
    let start = if attempt.start == Start::Planted.label() {
        CellStart::Informed.name()
    } else {
        &attempt.start
    };
    Search {
        start: start.into(),
        outcome: attempt.outcome.ending(),
        left_domain: attempt.outcome.has_left_domain(),
        residual: Some(attempt.residual).filter(|residual| residual.is_finite()),
        work: attempt.work,
        found: None,
        same_as: None,
    }
}
