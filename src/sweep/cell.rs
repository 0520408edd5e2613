//! The searches of one cell, and their record.

use super::lattice::{Lattice, Point};
use super::models::Models;
use super::region::Region;
use crate::error::Result;
use crate::model::Model;
use crate::numerics::symmetric::{from_rows, rows};
use crate::order_parameters::OrderParameters;
use crate::record::is_matrix;
use crate::theory::{
    FixedPoint, FixedPointSettings, Origin, Outcome, Solution, Start, State, Work, find,
    find_doubled,
};
use serde::{Deserialize, Serialize};

/// Overlaps `ζ` below this count as none.
const NO_OVERLAP: f64 = 1e-5;

/// How often the way from a neighbour is halved where the root finder fails.
const HALVINGS: u32 = 3;

/// Factors on the signals from which a cell without parents is continued.
const STRONGER: [f64; 5] = [1.5, 2.0, 3.0, 5.0, 8.0];

/// Largest step from there, relative to the factor.
const LARGEST_STEP: f64 = 0.06;

/// How a search of a cell begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellStart {
    /// The root finder from a neighbouring cell's solution; without one, or where it fails, an informed search.
    Continued,
    /// Damped iteration from the planted start.
    Informed,
    /// Damped iteration from a small overlap.
    Weak,
}

impl CellStart {
    /// Name in studies and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Continued => "continued",
            Self::Informed => "informed",
            Self::Weak => "weak",
        }
    }
}

/// A fixed point as recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Rows of `M`.
    pub m: Vec<Vec<f64>>,
    /// Rows of `Q`.
    pub q: Vec<Vec<f64>>,
    /// Rows of `K`.
    pub k: Vec<Vec<f64>>,
    /// Estimated error of the order parameters by quadrature.
    pub quadrature_error: f64,
    /// Spectral radius of the damped map.
    pub rate: f64,
    /// Replicon.
    pub replicon: f64,
    /// Its error by quadrature.
    pub replicon_error: f64,
    /// Objective per visible unit.
    pub log_likelihood: f64,
    /// Its error by quadrature.
    pub log_likelihood_error: f64,
}

impl Found {
    fn new(point: &FixedPoint) -> Self {
        Self {
            m: rows(&point.order.m),
            q: rows(&point.order.q),
            k: rows(&point.k),
            quadrature_error: point.quadrature_error,
            rate: point.rate,
            replicon: point.stability.replicon,
            replicon_error: point.stability.replicon_error,
            log_likelihood: point.stability.log_likelihood,
            log_likelihood_error: point.stability.log_likelihood_error,
        }
    }

    /// The order parameters.
    pub fn order(&self) -> OrderParameters {
        OrderParameters {
            m: from_rows(&self.m),
            q: from_rows(&self.q),
        }
    }

    /// The state from which a neighbour is searched.
    fn state(&self) -> State {
        State {
            order: self.order(),
            v: from_rows(&self.k),
        }
    }

    /// Whether replica symmetry holds (as [`Stability::is_stable`](crate::theory::Stability::is_stable)).
    pub fn is_stable(&self) -> bool {
        self.replicon + self.replicon_error < 1.0
    }

    /// Number of signals with an overlap.
    pub fn recovered(&self) -> usize {
        let zeta = self.order().overlaps();
        zeta.row_iter()
            .filter(|row| row.amax() > NO_OVERLAP)
            .count()
    }

    fn fits(&self, signals: usize, units: usize) -> bool {
        is_matrix(&self.m, signals, units)
            && is_matrix(&self.q, units, units)
            && is_matrix(&self.k, units, units)
    }
}

/// One search of a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// How it began: `continued`, `informed` or `weak`.
    pub start: String,
    /// How it ended (see [`Outcome::name`]).
    pub outcome: String,
    /// Whether it left the domain in which a replica-symmetric solution is defined (not for want of quadrature nodes).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_domain: bool,
    /// Residual of the undamped map at its end; `None` where the map is not defined.
    pub residual: Option<f64>,
    /// Work done.
    pub work: Work,
    /// The fixed point, unless an earlier search of the cell found the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// The earlier search that found the same fixed point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<usize>,
}

/// Difference to a search at twice the quadrature nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// How that search ended.
    pub outcome: String,
    /// Largest difference of an entry of `M` or `Q`.
    pub order: Option<f64>,
    /// Difference of the replicon.
    pub replicon: Option<f64>,
}

/// A finished cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Number of the point.
    pub index: u64,
    /// Horizontal control parameter.
    pub x: f64,
    /// Vertical control parameter.
    pub y: f64,
    /// Its searches.
    pub searches: Vec<Search>,
    /// The check at twice the quadrature nodes, where one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
}

impl Cell {
    /// The answer: the fixed point with the largest objective, and its search.
    pub fn answer(&self) -> Option<(&Search, &Found)> {
        self.searches
            .iter()
            .filter_map(|search| Some((search, search.found.as_ref()?)))
            .reduce(|best, other| {
                if other.1.log_likelihood > best.1.log_likelihood {
                    other
                } else {
                    best
                }
            })
    }

    /// Number of different fixed points.
    pub fn solutions(&self) -> usize {
        self.searches
            .iter()
            .filter(|search| search.found.is_some())
            .count()
    }

    /// What the answer says; `None` where a search failed without leaving the domain, so that nothing is known.
    pub fn region(&self) -> Option<Region> {
        let Some((_, found)) = self.answer() else {
            let left = self.searches.iter().all(|search| search.left_domain);
            return left.then_some(Region::NoSolution);
        };
        let order = found.order();
        let (signals, units) = order.m.shape();
        let recovered = found.recovered();
        Some(if recovered == 0 {
            Region::NoRecovery
        } else {
            match (recovered >= signals.min(units), found.is_stable()) {
                (true, true) => Region::RecoveryStable,
                (true, false) => Region::RecoveryUnstable,
                (false, true) => Region::PartialStable,
                (false, false) => Region::PartialUnstable,
            }
        })
    }

    /// Whether the searches are those of a model with these numbers of signals and units.
    pub fn fits(&self, signals: usize, units: usize) -> bool {
        !self.searches.is_empty()
            && self.searches.iter().enumerate().all(|(index, search)| {
                let found = search.found.as_ref();
                found.is_none_or(|found| found.fits(signals, units))
                    && search.same_as.is_none_or(|same| same < index)
            })
    }

    /// The state that is continued to neighbours: the leading search's, or the next one's that has any.
    fn carried(&self) -> Option<&Found> {
        self.searches
            .iter()
            .find_map(|search| search.found.as_ref())
    }
}

/// Everything that decides what a cell finds, besides its parents.
pub struct CellSolver<'a> {
    pub models: &'a Models,
    pub settings: &'a FixedPointSettings,
    pub starts: &'a [CellStart],
    pub lattice: &'a Lattice,
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
                CellStart::Continued => match self.continued((x, y), &model, parents)? {
                    Some(solution) => searches.push(CellStart::Continued, &solution),
                    None if self.starts.contains(&CellStart::Informed) => {}
                    None => {
                        let informed = self.iterated(&model, CellStart::Informed)?;
                        let alone = parents.is_empty() && informed.fixed_point().is_err();
                        searches.push(CellStart::Informed, &informed);
                        if alone && let Some(solution) = self.weakened(&model)? {
                            searches.push(CellStart::Continued, &solution);
                        }
                    }
                },
                other => searches.push(other, &self.iterated(&model, other)?),
            }
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

    /// The solution continued from stronger signals, for a cell without parents: damped iteration may leave the domain although there
    /// is a solution, because it is unstable around it.
    fn weakened(&self, model: &Model) -> Result<Option<Solution>> {
        let scaled = |factor: f64| {
            let lambda: Vec<f64> = model.lambda().iter().map(|l| l * factor).collect();
            model.with_lambda(&lambda)
        };
        for mut factor in STRONGER {
            // Beyond the largest strength there is no model.
            let Ok(strong) = scaled(factor) else { break };
            let begun = find(&strong, Origin::Start(&Start::Planted), self.settings)?;
            let Ok(point) = begun.fixed_point() else {
                continue;
            };
            let (mut state, mut step) = (point.state(), LARGEST_STEP);
            while factor > 1.0 {
                let next = (factor * (1.0 - step)).max(1.0);
                let solution = find(&scaled(next)?, Origin::Neighbour(&state), self.settings)?;
                match solution.fixed_point() {
                    Ok(_) if next == 1.0 => return Ok(Some(solution)),
                    Ok(point) => (factor, state) = (next, point.state()),
                    Err(_) if step > 0.1 * LARGEST_STEP => step *= 0.5,
                    Err(_) => return Ok(None),
                }
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
