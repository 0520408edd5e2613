//! Branches of potentials.

use super::super::potential::PotentialAsked;
use super::super::{Answer, DEFAULT_SEED, Experiment, Report, Watch};
use super::{Followed, Unlocated};
use crate::definitions::{Catalogue, PotentialDefinition};
use crate::error::Result;
use crate::fixed_point::{BranchPoint, Measured, Nature};
use crate::numerics::nullable;
use crate::options::{BranchOptions, SolverOptions};
use crate::potential::{PotentialPath, PotentialSettings, begin, branch, ending};
use crate::table::{Column, Table, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Asks for a branch of stationary points of a potential.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BranchPotential {
    /// A name of `equations/potentials`, or a file.
    pub definition: String,
    /// Parameters and priors that do not vary, as `name=value`.
    pub set: Vec<String>,
    /// Folder of definition files, searched before the built-in ones.
    pub equations: Option<PathBuf>,
    /// The solver; of it, a potential has tolerances, iterations and random starts.
    pub solver: SolverOptions,
    /// The start of the definition from which the branch is begun [default: its first one].
    pub start: Option<String>,
    /// Parameter, range, steps.
    pub branch: BranchOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// A branch of stationary points of a potential.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BranchedPotential {
    /// What was asked for.
    pub settings: PotentialAsked,
    /// How it was followed, and what happens on it.
    #[serde(flatten)]
    pub followed: Followed,
    /// Its points.
    pub points: Vec<PotentialPoint>,
    /// Names of the order parameters and of the observables, in the order of the definition; JSON
    /// has them by their letters.
    #[serde(skip)]
    names: Option<[Vec<String>; 2]>,
}

/// A point of a branch of a potential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PotentialPoint {
    /// The control parameter.
    pub value: f64,
    /// Arclength from where the branch was begun.
    pub arclength: f64,
    /// Order parameters by name.
    pub order_parameters: BTreeMap<String, f64>,
    /// `Φ`.
    pub objective: f64,
    /// Largest eigenvalue of the saddle-point map.
    pub eigenvalue: Option<Measured>,
    /// Replicon.
    pub replicon: Option<Measured>,
    /// What the point is; nothing where the potential has neither eigenvalue nor replicon.
    pub nature: Option<Nature>,
    /// Observables by name; nothing where one is not defined.
    pub observables: BTreeMap<String, Option<f64>>,
    /// Derivative of the parameter along the branch.
    pub direction: f64,
    /// Residual.
    pub residual: f64,
    /// Error of the order parameters by quadrature.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub quadrature_error: f64,
}

impl PotentialPoint {
    fn new(definition: &PotentialDefinition, point: &BranchPoint) -> Self {
        let description = &point.description;
        let names = definition.order_parameters.iter();
        let observables = description.observables.iter();
        Self {
            value: point.value,
            arclength: point.arclength,
            order_parameters: names
                .map(|order| order.name.clone())
                .zip(point.x.iter().copied())
                .collect(),
            objective: description.objective.value,
            eigenvalue: description.eigenvalue,
            replicon: description.replicon,
            nature: description.nature(),
            observables: observables
                .map(|(name, value)| (name.clone(), Some(*value).filter(|one| one.is_finite())))
                .collect(),
            direction: point.direction,
            residual: point.residual,
            quadrature_error: point.quadrature_error,
        }
    }
}

impl Experiment for BranchPotential {
    type Answer = BranchedPotential;

    fn run(&self, watch: Watch) -> Result<Report<BranchedPotential>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let tuning = PotentialSettings::of(&self.solver, self.solver.resolve(seed)?.seed);
        let set = super::super::parse_settings(&self.set)?;
        let family = Catalogue::new(self.equations.as_deref())?.family(&self.definition, &set)?;
        let along = self.branch.along();
        family.require("along", along)?;
        let (continuation, at) = self.branch.resolve()?;
        let path = PotentialPath::new(&family, vec![along], Vec::new());
        watch(&format!("{along} = {at}"), None);
        let found = begin(&path, at, self.start.as_deref(), &tuning)?;
        let rising = self.branch.rising;
        let followed = branch(&path, found, rising, &continuation, &tuning)?;
        let definition = family.definition().clone();
        let points = followed.points.iter();
        let branched = BranchedPotential {
            settings: PotentialAsked::new(&self.definition, &definition, tuning),
            points: points
                .map(|point| PotentialPoint::new(&definition, point))
                .collect(),
            followed: Followed {
                along: along.into(),
                continuation,
                begun_at: at,
                rising,
                end: ending(&followed),
                events: followed.events,
                unlocated: Unlocated::all(&followed.unlocated),
                evaluations: followed.evaluations,
            },
            names: Some([
                definition
                    .order_parameters
                    .iter()
                    .map(|own| own.name.clone())
                    .collect(),
                definition
                    .observables
                    .iter()
                    .map(|own| own.name.clone())
                    .collect(),
            ]),
        };
        Ok(Report::new(seed, definition.citations(), branched))
    }
}

impl Answer for BranchedPotential {
    fn tables(&self) -> Vec<Table> {
        vec![self.points_table(), self.followed.events_table()]
    }

    fn notes(&self) -> Vec<String> {
        self.followed.notes()
    }
}

impl BranchedPotential {
    fn points_table(&self) -> Table {
        let along = self.followed.along.as_str();
        let [order, observables] = self.names();
        let columns = ["arclength", along]
            .into_iter()
            .chain(order.iter().copied())
            .chain(["value", "eigenvalue", "replicon"])
            .chain(observables.iter().copied())
            .chain(["direction", "residual", "quadrature_error"])
            .map(Column::new);
        let title = format!("{}: branch along {along}", self.settings.title);
        let mut table = Table::new(title, columns);
        let value = |measured: Option<Measured>| Value::from(measured.map(|own| own.value));
        for point in &self.points {
            let mut row: Vec<Value> = vec![point.arclength.into(), point.value.into()];
            row.extend(
                order
                    .iter()
                    .map(|&name| Value::from(point.order_parameters[name])),
            );
            row.extend([
                point.objective.into(),
                value(point.eigenvalue),
                value(point.replicon),
            ]);
            row.extend(
                observables
                    .iter()
                    .map(|&name| Value::from(point.observables[name])),
            );
            row.extend([point.direction, point.residual, point.quadrature_error].map(Value::from));
            table.push(row);
        }
        table
    }

    /// Names of the order parameters and of the observables; of an answer that was read from JSON
    /// those of its points.
    fn names(&self) -> [Vec<&str>; 2] {
        match (&self.names, self.points.first()) {
            (Some(names), _) => names
                .each_ref()
                .map(|own| own.iter().map(String::as_str).collect()),
            (None, Some(point)) => [
                point.order_parameters.keys().map(String::as_str).collect(),
                point.observables.keys().map(String::as_str).collect(),
            ],
            (None, None) => [Vec::new(), Vec::new()],
        }
    }
}
