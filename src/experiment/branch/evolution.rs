//! Branches of state evolution.

use super::super::settings::ModelSettings;
use super::super::tables::observed;
use super::super::{Answer, DEFAULT_SEED, Experiment, Report, Watch};
use super::{Followed, Unlocated};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::options::{BranchOptions, ControlParameter, ModelOptions, SolverOptions, StartOptions};
use crate::quantity::{Observable, Quantity};
use crate::table::{Column, Table, Value};
use crate::theory::{BranchPoint, FixedPointSettings, Starts, State, find, trace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Asks for a branch of fixed points of state evolution.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Branch {
    /// The model at all other parameters.
    pub model: ModelOptions,
    /// The solver.
    pub solver: SolverOptions,
    /// The start of the search with which the branch begins [default: planted].
    pub start: StartOptions,
    /// Control parameter, range, steps.
    pub branch: BranchOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Resolved settings of [`Branch`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BranchSettings {
    /// The model where the branch was begun.
    pub model: ModelSettings,
    /// The solver.
    pub solver: FixedPointSettings,
    /// The start.
    pub start: String,
}

/// A branch of fixed points of state evolution.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Branched {
    /// What was asked for.
    pub settings: BranchSettings,
    /// How it was followed, and what happens on it.
    #[serde(flatten)]
    pub followed: Followed,
    /// Its points.
    pub points: Vec<BranchPoint>,
}

impl Experiment for Branch {
    type Answer = Branched;

    fn run(&self, watch: Watch) -> Result<Report<Branched>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let solver = self.solver.resolve(seed)?;
        let (continuation, at) = self.branch.resolve()?;
        let name = self.branch.along();
        let along: ControlParameter = name
            .parse()
            .map_err(|reason: String| Error::invalid("along", format!("\"{name}\""), reason))?;
        let options_at = |value: f64| -> Result<ModelOptions> {
            let mut options = self.model.clone();
            // The parameter that varies may be left out; strengths are factors on 1.
            if along != ControlParameter::Alpha {
                options.lambda.get_or_insert_with(|| vec![1.0]);
            }
            along.set(&mut options, value)?;
            Ok(options)
        };
        let path = |value: f64| options_at(value)?.resolve(None);
        let model = path(at)?;
        watch(&format!("{along} = {at}"), None);
        let (start, begin) = self.begin(&model, at, &solver)?;
        let rising = self.branch.rising;
        let branch = trace(&path, at, &begin, rising, &continuation, &solver)?;
        let branched = Branched {
            settings: BranchSettings {
                model: ModelSettings::new(&options_at(at)?, &model)?,
                solver,
                start,
            },
            followed: Followed {
                along: along.to_string(),
                continuation,
                begun_at: at,
                rising,
                events: branch.events,
                unlocated: Unlocated::all(&branch.unlocated),
                end: branch.end.to_string(),
                evaluations: branch.evaluations,
            },
            points: branch.points,
        };
        Ok(Report::new(seed, self.model.citations()?, branched))
    }
}

impl Branch {
    /// The fixed point with which the branch begins, and the start that led to it.
    fn begin(
        &self,
        model: &Model,
        at: f64,
        solver: &FixedPointSettings,
    ) -> Result<(String, State)> {
        let starts = self.start.theory(model, &["planted"])?;
        let [start] = starts.as_slice() else {
            let allowed = "a branch has one start";
            return Err(Error::invalid("start", starts.len(), allowed));
        };
        let found = find(model, Starts::Only(&starts), solver)?;
        match found.answer() {
            Ok(point) => Ok((start.label(), point.state())),
            Err(outcome) => {
                let allowed = format!(
                    "the search there ended as {outcome}: {}; begin elsewhere with --at",
                    outcome.explanation()
                );
                Err(Error::invalid("at", at, allowed))
            }
        }
    }
}

impl Answer for Branched {
    fn tables(&self) -> Vec<Table> {
        vec![self.points_table(), self.followed.events_table()]
    }

    fn notes(&self) -> Vec<String> {
        self.followed.notes()
    }
}

impl Branched {
    fn points_table(&self) -> Table {
        let along = self.followed.along.as_str();
        let model = &self.settings.model;
        let overlaps = Observable::all_of(Quantity::Zeta, model.lambda.len(), model.units);
        let rest = [
            Quantity::Replicon,
            Quantity::JointEigenvalue,
            Quantity::LogLikelihood,
        ];
        let columns = ["arclength", along]
            .map(Column::new)
            .into_iter()
            .chain(overlaps.iter().copied().map(observed))
            .chain(rest.map(|quantity| observed(quantity.into())))
            .chain(["direction", "residual", "quadrature_error"].map(Column::new));
        let mut table = Table::new(format!("branch of fixed points along {along}"), columns);
        for point in &self.points {
            let stability = &point.stability;
            let mut row: Vec<Value> = vec![point.arclength.into(), point.value.into()];
            row.extend(overlaps.iter().map(|one| one.of(&point.state.order).into()));
            let rest = [
                stability.replicon,
                stability.joint_eigenvalue,
                stability.log_likelihood,
                point.direction,
                point.residual,
                point.quadrature_error,
            ];
            row.extend(rest.map(Value::from));
            table.push(row);
        }
        table
    }
}
