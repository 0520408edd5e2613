//! Searches of one model as they come in: which are made, what is the same, and what is left out.

use super::assignments::assignments;
use super::decoupled::{UnitSolution, decouples, join, pairing, unit_model};
use super::elsewhere::from_elsewhere;
use super::find::Origin;
use super::findings::{Attempt, Finding, Findings, Omitted};
use super::fixed_point::Solution;
use super::linearisation::Linearisation;
use super::one_unit::{UnitBegin, single, unit_start, unit_state};
use super::outcome::Outcome;
use super::search::{Iteration, Root, Search};
use super::settings::{CHEAP_UNITS, FixedPointSettings};
use super::state_evolution::State;
use super::unknowns::Shape;
use crate::error::Result;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use crate::start::Start;
use crate::symmetry::Symmetry;
use nalgebra::DVector;

/// Lengths, relative to the largest unknown, of the first step away from a saddle.
const ESCAPES: [f64; 2] = [0.1, -0.1];

/// Largest number of saddles that are left along their unstable direction.
const MAX_ESCAPES: usize = 8;

/// Searches of one model as they come in.
pub(crate) struct Finder<'a> {
    model: &'a Model,
    settings: &'a FixedPointSettings,
    symmetry: Symmetry,
    decoupled: bool,
    solutions: Vec<Finding>,
    /// Root at the coarsest quadrature that a finding was refined from.
    coarse: Vec<Option<State>>,
    attempts: Vec<Attempt>,
    omitted: Vec<Omitted>,
    report: &'a dyn Fn(&str),
}

impl<'a> Finder<'a> {
    /// # Errors
    /// Bad settings.
    pub fn new(model: &'a Model, settings: &'a FixedPointSettings) -> Result<Self> {
        settings.validate()?;
        Ok(Self {
            model,
            settings,
            symmetry: model.symmetry(),
            decoupled: settings.unit_by_unit && model.units() > 1 && decouples(model),
            solutions: Vec::new(),
            coarse: Vec::new(),
            attempts: Vec::new(),
            omitted: Vec::new(),
            report: &|_| (),
        })
    }

    /// The finder, calling `report` with the name of each search before it begins.
    pub fn reporting(self, report: &'a dyn Fn(&str)) -> Self {
        Self { report, ..self }
    }

    /// Whether no solution was found yet.
    pub fn is_empty(&self) -> bool {
        self.solutions.is_empty()
    }

    /// The findings, in order.
    pub fn finish(self) -> Findings {
        let mut places: Vec<usize> = (0..self.solutions.len()).collect();
        let objective = |place: &usize| self.solutions[*place].point.stability.log_likelihood;
        places.sort_by(|a, b| objective(b).total_cmp(&objective(a)));
        let mut attempts = self.attempts;
        for attempt in &mut attempts {
            attempt.finding = attempt
                .finding
                .and_then(|old| places.iter().position(|&place| place == old));
        }
        Findings {
            solutions: places
                .iter()
                .map(|&place| self.solutions[place].clone())
                .collect(),
            attempts,
            omitted: self.omitted,
        }
    }

    /// The findings of another finder on the same model.
    pub fn absorb(&mut self, other: Findings) {
        for attempt in other.attempts {
            let found = attempt.finding.map(|place| &other.solutions[place]);
            let finding = found.map(|found| self.place_of(found, &attempt.start));
            self.attempts.push(Attempt { finding, ..attempt });
        }
    }

    fn place_of(&mut self, found: &Finding, start: &str) -> usize {
        let same = |known: &Finding| known.point.agrees_with(&found.point, &self.symmetry);
        if let Some(known) = self.solutions.iter().position(same) {
            self.solutions[known].starts.push(start.into());
            return known;
        }
        self.solutions.push(Finding {
            starts: vec![start.into()],
            ..found.clone()
        });
        self.coarse.push(None);
        self.solutions.len() - 1
    }

    /// Makes every search of [`Starts::Standard`].
    pub fn search_everything(&mut self) -> Result<()> {
        self.search(Origin::Start(&Start::Planted))?;
        self.search(Origin::Start(&Start::Weak))?;
        self.search_assignments()?;
        let units = self.model.units();
        if !self.decoupled || units <= CHEAP_UNITS {
            // Without biases a weak start ends there too, where the solution without overlap is
            // stable.
            if !self.model.hidden().is_odd() || self.is_empty() {
                self.search(Origin::Start(&Start::Silent))?;
            }
            if units.max(self.model.signals()) > 1 {
                self.search(Origin::Start(&Start::Mixed))?;
            }
            if units > 1 {
                for signal in 0..self.model.signals() {
                    self.search(Origin::Start(&Start::Together(signal)))?;
                }
            }
            let seed = self.settings.seed;
            for index in 0..self.settings.random_starts_of(units) {
                self.search(Origin::Start(&Start::Random { index, seed }))?;
            }
        } else if !self.has_saddle() {
            self.omitted.push(Omitted::Joint);
        }
        self.escape()?;
        if self.is_empty() {
            self.continue_from_elsewhere()?;
        }
        Ok(())
    }

    /// Searches from every assignment of units to signals but the planted one.
    pub fn search_assignments(&mut self) -> Result<()> {
        let Some(starts) = assignments(self.model) else {
            self.omitted.push(Omitted::Assignments);
            return Ok(());
        };
        for start in &starts {
            self.search(Origin::Start(start))?;
        }
        Ok(())
    }

    fn has_saddle(&self) -> bool {
        self.solutions
            .iter()
            .any(|finding| finding.point.stability.is_saddle())
    }

    /// Leaves every saddle that was found along its unstable direction, and those that are found by
    /// it.
    pub fn escape(&mut self) -> Result<()> {
        let mut place = 0;
        while place < self.solutions.len() {
            if place >= MAX_ESCAPES {
                if self.has_saddle() {
                    self.omitted.push(Omitted::Escapes);
                }
                return Ok(());
            }
            let point = self.solutions[place].point.clone();
            let label = format!("from saddle {}", self.solutions[place].starts[0]);
            place += 1;
            let linearisation = point.linearisation.as_ref();
            let linearisation = linearisation.filter(|_| point.stability.is_saddle());
            let Some(direction) = linearisation.and_then(Linearisation::unstable_direction) else {
                continue;
            };
            for length in ESCAPES {
                let state = self.displaced(&point.state(), &(&direction * length));
                if self.joint(&label, Begin::Iterated(state), 0)? {
                    break;
                }
            }
        }
        Ok(())
    }

    fn displaced(&self, state: &State, direction: &DVector<f64>) -> State {
        let shape = Shape::of(self.model);
        let x = shape.pack(&state.order, &state.v);
        let scale = x.amax();
        shape.unpack(&(x + direction * scale))
    }

    /// One search; whether it found a solution that was not known.
    ///
    /// # Errors
    /// A bad start.
    pub fn search(&mut self, origin: Origin) -> Result<bool> {
        self.search_at(origin, 0)
    }

    /// One search that begins at a refinement level of the quadrature.
    pub fn search_at(&mut self, origin: Origin, level: u32) -> Result<bool> {
        match origin {
            Origin::Start(start) => {
                let order = start.order_parameters(self.model)?;
                if self.decoupled
                    && let Some(pairs) = self.pairs_of(start, &order)
                {
                    return self.unit_by_unit(&start.label(), &pairs, level, |unit, scalar| {
                        unit_start(start, &order, &pairs, unit, scalar)
                    });
                }
                let units = self.model.units();
                let v = Matrix::zeros(units, units);
                self.joint(&start.label(), Begin::Iterated(State { order, v }), level)
            }
            Origin::Neighbour(state) => {
                let (signals, units) = (self.model.signals(), self.model.units());
                state.order.require_shape(signals, units)?;
                if self.decoupled
                    && let Some(pairs) = pairing(state)
                {
                    return self.unit_by_unit("continued", &pairs, level, |unit, _| {
                        Ok(UnitBegin::Neighbour(unit_state(state, &pairs, unit)))
                    });
                }
                self.joint("continued", Begin::Neighbour(state.clone()), level)
            }
        }
    }

    /// The signal of each unit, where the start gives every unit at most one.
    fn pairs_of(&self, start: &Start, order: &OrderParameters) -> Option<Vec<Option<usize>>> {
        match start {
            Start::Planted | Start::Weak => {
                let strongest = self.model.strongest_signals();
                let units = 0..self.model.units();
                Some(units.map(|unit| strongest.get(unit).copied()).collect())
            }
            _ => pairing(&State {
                order: order.clone(),
                v: Matrix::zeros(self.model.units(), self.model.units()),
            }),
        }
    }

    fn unit_by_unit(
        &mut self,
        label: &str,
        pairs: &[Option<usize>],
        level: u32,
        begin: impl Fn(usize, &Model) -> Result<UnitBegin>,
    ) -> Result<bool> {
        (self.report)(label);
        let mut units = Vec::new();
        for (unit, &signal) in pairs.iter().enumerate() {
            let scalar = unit_model(self.model, signal)?;
            let solution = match begin(unit, &scalar)? {
                UnitBegin::Order(order) => single(&scalar, order, level, self.settings)?,
                UnitBegin::Neighbour(state) => Search::new(&scalar, self.settings)
                    .at_level(level)
                    .branch(label, state),
            };
            units.push(UnitSolution {
                signal,
                model: scalar,
                solution,
            });
        }
        let solution = join(self.model, label, &units, self.settings);
        Ok(self.push(solution, None, units))
    }

    fn joint(&mut self, label: &str, begin: Begin, level: u32) -> Result<bool> {
        (self.report)(label);
        let mut search = Search::new(self.model, self.settings).at_level(level);
        let approached = match begin {
            Begin::Iterated(state) => search.approach(&state),
            Begin::Neighbour(state) => match search.polished(&state) {
                Some(root) => Iteration::Root(root),
                None => Iteration::Failed(Outcome::OutOfIterations, state, f64::INFINITY),
            },
        };
        let root = match approached {
            Iteration::Root(root) => root,
            Iteration::Failed(outcome, last, residual) => {
                let solution = search.failed(label, outcome, last, residual);
                return Ok(self.push(solution, None, Vec::new()));
            }
        };
        let coarse = Shape::of(self.model).unpack(&root.x);
        // Refinement costs as much as the search: a root that is known need not be refined again.
        if let Some(known) = self.known_root(&coarse, &root) {
            let finding = &mut self.solutions[known];
            finding.starts.push(label.into());
            let attempt = Attempt {
                start: label.into(),
                outcome: finding.outcome.clone(),
                last: coarse,
                residual: root.residual,
                work: search.work(),
                finding: Some(known),
                units: Vec::new(),
            };
            self.attempts.push(attempt);
            return Ok(false);
        }
        let solution = search.complete(label, root);
        Ok(self.push(solution, Some(coarse), Vec::new()))
    }

    fn known_root(&self, coarse: &State, root: &Root) -> Option<usize> {
        let tolerance = 1e-7 + 1e3 * root.residual;
        let same = |known: &State| {
            let aligned = self.symmetry.align(&coarse.order, &known.order).order;
            aligned.distance(&known.order) < tolerance
        };
        self.coarse
            .iter()
            .position(|known| known.as_ref().is_some_and(same))
    }

    /// Keeps a search, and its solution if it is not known yet; whether it is new.
    fn push(
        &mut self,
        solution: Solution,
        coarse: Option<State>,
        units: Vec<UnitSolution>,
    ) -> bool {
        let point = solution.fixed_point().ok();
        let known = point.and_then(|point| {
            self.solutions
                .iter()
                .position(|other| other.point.agrees_with(point, &self.symmetry))
        });
        let finding = match (point, known) {
            (Some(_), Some(known)) => {
                self.solutions[known].starts.push(solution.start.clone());
                Some(known)
            }
            (Some(point), None) => {
                self.solutions.push(Finding {
                    point: point.clone(),
                    outcome: solution.outcome.clone(),
                    work: solution.work,
                    starts: vec![solution.start.clone()],
                    decoupled: !units.is_empty(),
                });
                self.coarse.push(coarse);
                Some(self.solutions.len() - 1)
            }
            (None, _) => None,
        };
        self.attempts.push(Attempt {
            start: solution.start,
            outcome: solution.outcome,
            last: solution.last,
            residual: solution.residual,
            work: solution.work,
            finding,
            units,
        });
        known.is_none() && finding.is_some()
    }

    /// Continues the planted solution from stronger signals, then from smaller and larger `α`.
    pub fn continue_from_elsewhere(&mut self) -> Result<()> {
        let planted = Start::Planted.order_parameters(self.model)?;
        let found = from_elsewhere(self.model, &planted, self.settings, self.report)?;
        if let Some((label, state)) = found {
            self.joint(label, Begin::Neighbour(state), 0)?;
        }
        Ok(())
    }
}

enum Begin {
    Iterated(State),
    Neighbour(State),
}
