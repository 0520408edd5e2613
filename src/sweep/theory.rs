//! The theory of a sweep: what solves a cell, names its region and locates boundaries.

use super::boundary::{self, BoundaryEntry};
use super::cell::Cell;
use super::found::Found;
use super::lattice::{Lattice, Point};
use super::line::Column;
use super::models::Models;
use super::observables::{observables, value};
use super::solver::CellSolver;
use super::spec::DiagramStudy;
use super::stationary::Stationary;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::quantity::Observable;
use crate::rsb::{self, Depth};
use crate::theory::FixedPointSettings;

/// State evolution of a model, or a potential.
pub enum Theory {
    /// State evolution.
    Evolution(Box<Evolution>),
    /// A potential.
    Stationary(Box<Stationary>),
}

/// State evolution in the plane of two control parameters.
pub struct Evolution {
    pub models: Models,
    pub settings: FixedPointSettings,
    observables: Vec<Observable>,
    /// Whether the vertical axis weakens all signals.
    weakening: bool,
}

/// Whether there is a theory beyond replica symmetry of one unit and one signal.
fn require_one_unit(model: &Model, depth: Depth) -> Result<()> {
    rsb::check(model, depth)?;
    if model.units() == 1 && model.signals() == 1 {
        return Ok(());
    }
    let allowed = "a sweep beyond replica symmetry has one hidden unit and one signal";
    Err(Error::invalid("rsb", depth, allowed))
}

impl Theory {
    /// The theory of a study, checked, and the shape of its solutions.
    ///
    /// # Errors
    /// Whatever is wrong with the study, by name.
    pub fn new(study: &DiagramStudy, lattice: &Lattice) -> Result<(Self, (usize, usize))> {
        if let Some(spec) = &study.potential {
            let potential = Stationary::new(study, spec, lattice)?;
            let shape = (potential.names.order.len(), 1);
            return Ok((Self::Stationary(Box::new(potential)), shape));
        }
        let models = Models::new(study)?;
        let shape = models.validate(&lattice.x, &lattice.y)?;
        if let Some(depth) = study.rsb {
            require_one_unit(&models.at(lattice.x[0], lattice.y[0])?, depth)?;
        }
        let axis = study.y.parameters("y")?;
        let evolution = Evolution {
            observables: observables(study.observables.as_deref(), shape)?,
            settings: study.solver.resolve(study.seed)?.for_branches(shape.1),
            weakening: axis.iter().all(|parameter| parameter.weakens_all(shape.0)),
            models,
        };
        Ok((Self::Evolution(Box::new(evolution)), shape))
    }

    /// What decides the numbers besides the study: the texts of its definitions.
    ///
    /// # Errors
    /// A definition that can't be read any more.
    pub fn fingerprints(&self, study: &DiagramStudy) -> Result<Vec<String>> {
        match self {
            Self::Evolution(own) => own.models.fingerprints(study.x.from, study.y.from),
            Self::Stationary(own) => Ok(own.prepared.family().texts()),
        }
    }

    /// Solves a cell; `parents` are finished neighbours, and `check` asks for the search at twice
    /// the nodes.
    ///
    /// # Errors
    /// A place without a model.
    pub fn solve(
        &self,
        study: &DiagramStudy,
        lattice: &Lattice,
        point: Point,
        parents: &[&Cell],
        check: bool,
    ) -> Result<Cell> {
        match self {
            Self::Evolution(own) => {
                let solver = CellSolver {
                    models: &own.models,
                    settings: &own.settings,
                    starts: &study.starts,
                    lattice,
                    rsb: study.rsb,
                    weakening: own.weakening,
                };
                solver.solve(point, parents, check)
            }
            Self::Stationary(own) => own.solve(lattice, point, parents, check),
        }
    }

    /// Locates the study's boundaries at a value of the horizontal axis.
    ///
    /// # Errors
    /// A place without a model.
    pub fn boundaries(
        &self,
        study: &DiagramStudy,
        lattice: &Lattice,
        position: u64,
        x: f64,
    ) -> Result<BoundaryEntry> {
        match self {
            Self::Evolution(own) => {
                boundary::locate(study, &own.models, &own.settings, position, x)
            }
            Self::Stationary(own) => {
                let ys: Vec<f64> = lattice
                    .y
                    .iter()
                    .copied()
                    .step_by(lattice.stride())
                    .collect();
                let column = Column::new(own, x, &ys, boundary::width(&study.y))?;
                column.entry(position, &own.lines)
            }
        }
    }

    /// The region of a cell; `None` where nothing is known.
    pub fn region(&self, cell: &Cell) -> Option<&str> {
        match self {
            Self::Evolution(_) => cell.region().map(|region| region.name()),
            Self::Stationary(own) => own.region(cell),
        }
    }

    /// Columns of the table that are read off a solution.
    pub fn columns(&self) -> Vec<String> {
        match self {
            Self::Evolution(own) => own.observables.iter().map(Observable::to_string).collect(),
            Self::Stationary(own) => own.columns.clone(),
        }
    }

    /// The numbers of a solution in these columns; `None` where one is not defined.
    pub fn numbers(&self, found: &Found) -> Vec<(String, Option<f64>)> {
        match (self, found) {
            (Self::Evolution(own), Found::Evolution(point)) => {
                let columns = own.observables.iter();
                let number = |own: &Observable| (own.to_string(), value(*own, point));
                columns.map(number).collect()
            }
            (Self::Stationary(own), Found::Stationary(point)) => {
                let columns = own.columns.iter();
                let number = |name: &String| (name.clone(), own.names.number(name, point));
                columns.map(number).collect()
            }
            // A record holds solutions of one theory.
            _ => Vec::new(),
        }
    }
}
