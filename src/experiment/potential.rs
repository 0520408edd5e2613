//! Stationary points of a potential.

use super::{Answer, DEFAULT_SEED, Experiment, Report, Watch};
use crate::definitions::{Catalogue, PotentialDefinition, Settings};
use crate::error::{Error, Result};
use crate::fixed_point::Ending;
use crate::options::SolverOptions;
use crate::potential::{PotentialSettings, Solution, solve};
use crate::table::{Column, Table, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Asks for the stationary points of a potential.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SolvePotential {
    /// A name of `equations/potentials`, or a file.
    pub definition: String,
    /// Parameters and priors, as `name=value`.
    pub set: Vec<String>,
    /// Folder of definition files, searched before the built-in ones.
    pub equations: Option<PathBuf>,
    /// The solver; of it, a potential has tolerances, iterations and random starts.
    pub solver: SolverOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Resolved settings of [`SolvePotential`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PotentialAsked {
    /// The name or file.
    pub definition: String,
    /// Its title.
    pub title: String,
    /// Every parameter.
    pub parameters: BTreeMap<String, f64>,
    /// Prior of each role.
    pub priors: BTreeMap<String, String>,
    /// The solver.
    pub solver: PotentialSettings,
}

/// Stationary points of a potential.
#[derive(Debug, Clone)]
pub struct SolvedPotential {
    /// What was asked for.
    pub settings: PotentialAsked,
    /// The different solutions, and the searches that found none.
    pub fixed_points: Vec<Solution>,
    definition: PotentialDefinition,
}

impl Experiment for SolvePotential {
    type Answer = SolvedPotential;

    fn run(&self, watch: Watch) -> Result<Report<SolvedPotential>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let settings = parse_settings(&self.set)?;
        let catalogue = Catalogue::new(self.equations.as_deref())?;
        let definition = catalogue.potential(&self.definition, &settings)?;
        let solver = PotentialSettings::of(&self.solver, self.solver.resolve(seed)?.seed);
        watch(&definition.title, None);
        let fixed_points = solve(&definition, &solver)?;
        let solved = SolvedPotential {
            settings: PotentialAsked::new(&self.definition, &definition, solver),
            fixed_points,
            definition,
        };
        let citations = solved.definition.citations();
        Ok(Report::new(seed, citations, solved))
    }
}

impl PotentialAsked {
    pub(super) fn new(
        asked: &str,
        definition: &PotentialDefinition,
        solver: PotentialSettings,
    ) -> Self {
        let priors = definition.priors.iter();
        Self {
            definition: asked.into(),
            title: definition.title.clone(),
            parameters: definition.values.clone(),
            priors: priors
                .map(|(role, prior)| (role.clone(), prior.name.clone()))
                .collect(),
            solver,
        }
    }
}

/// Reads `key=value` settings of a definition.
///
/// # Errors
/// A setting without a value, or one that is given twice.
pub fn parse_settings(pairs: &[String]) -> Result<Settings> {
    let mut settings = Settings::new();
    for pair in pairs {
        let refuse = |allowed: String| Error::invalid("set", format!("\"{pair}\""), allowed);
        let Some((key, value)) = pair.split_once('=') else {
            return Err(refuse("write --set name=value".into()));
        };
        let known = settings.insert(key.trim().into(), value.trim().into());
        if known.is_some() {
            return Err(refuse(format!("{key} is set twice")));
        }
    }
    Ok(settings)
}

impl Answer for SolvedPotential {
    fn tables(&self) -> Vec<Table> {
        let definition = &self.definition;
        let names = |names: Vec<&String>| -> Vec<Column> {
            names
                .into_iter()
                .map(|name| Column::new(name.as_str()))
                .collect()
        };
        let orders = names(
            definition
                .order_parameters
                .iter()
                .map(|o| &o.name)
                .collect(),
        );
        let observables = names(definition.observables.iter().map(|o| &o.name).collect());
        let columns = std::iter::once(Column::new("start"))
            .chain(orders)
            .chain([
                Column::new("value").headed("Φ"),
                Column::new("rate"),
                Column::new("replicon"),
                Column::new("stable"),
            ])
            .chain(observables)
            .chain([
                Column::new("residual"),
                Column::new("quadrature_error").headed("quadrature error"),
                Column::new("outcome"),
            ]);
        let mut table = Table::new(self.title(), columns);
        for solution in &self.fixed_points {
            table.push(self.row(solution));
        }
        vec![table]
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.fixed_points.iter().filter_map(note).collect();
        notes.dedup();
        notes
    }
}

/// Why a search found nothing, or why its solution is not stable.
fn note(solution: &Solution) -> Option<String> {
    let start = starts(solution);
    match solution.point() {
        Err(outcome) => Some(format!("{start}: {}", outcome.explanation())),
        Ok(point) => {
            let explanation = point.nature()?.explanation()?;
            Some(format!("{start}: {explanation}"))
        }
    }
}

impl SolvedPotential {
    fn title(&self) -> String {
        let asked = &self.settings;
        let parameters = asked.parameters.iter();
        let parameters = parameters.map(|(name, value)| format!("{name} = {value}"));
        let priors = asked.priors.iter();
        let priors = priors.map(|(role, name)| format!("{role} = {name}"));
        let all: Vec<String> = parameters.chain(priors).collect();
        format!("{}: {}", asked.title, all.join(", "))
    }

    fn row(&self, solution: &Solution) -> Vec<Value> {
        let point = solution.point().ok();
        let mut row = vec![Value::from(starts(solution))];
        let orders = self.definition.order_parameters.len();
        row.extend((0..orders).map(|index| Value::from(point.map(|point| point.x[index]))));
        row.push(point.map(|point| point.value).into());
        row.push(point.and_then(|point| point.rate).into());
        row.push(point.and_then(|point| point.replicon).into());
        row.push(point.and_then(|point| point.is_stable()).into());
        let observables = self.definition.observables.len();
        let observable = |index: usize| point.map(|point| point.observables[index].1);
        row.extend((0..observables).map(|index| Value::from(observable(index))));
        row.push(solution.residual.into());
        row.push(point.map(|point| point.quadrature_error).into());
        row.push(solution.outcome.name().into());
        row
    }
}

/// Names of the starts, the random ones counted.
fn starts(solution: &Solution) -> String {
    let (random, named): (Vec<&String>, Vec<&String>) = solution
        .starts
        .iter()
        .partition(|name| name.starts_with("random "));
    let mut parts: Vec<String> = named.into_iter().cloned().collect();
    match random.as_slice() {
        [] => {}
        [only] => parts.push((*only).clone()),
        several => parts.push(format!("{} random", several.len())),
    }
    parts.join(", ")
}

/// A solution as programs read it: order parameters and observables by name; an observable that is
/// not defined is null.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StationaryPoint")]
struct SolutionView<'a> {
    /// The starts that ended here.
    starts: &'a [String],
    /// How the search ended; only `converged` has a stationary point.
    outcome: Ending,
    /// The same as a sentence.
    explanation: String,
    /// Order parameters by name.
    order_parameters: Option<BTreeMap<&'a str, f64>>,
    /// `Φ`.
    value: Option<f64>,
    /// Spectral radius of the saddle-point map, where there is one: its iteration converges here if
    /// it is below 1.
    rate: Option<f64>,
    /// Its estimated error.
    rate_error: Option<f64>,
    /// Replicon, where the definition has one.
    replicon: Option<f64>,
    /// Its estimated error.
    replicon_error: Option<f64>,
    /// Whether eigenvalue and replicon, as far as the definition has them, are below 1, errors
    /// included; null where it has neither.
    stable: Option<bool>,
    /// Eigenvalues of the stability matrix, each as real and imaginary part.
    eigenvalues: Option<Vec<[f64; 2]>>,
    /// Observables by name; null where one is not defined.
    observables: Option<BTreeMap<&'a str, Option<f64>>>,
    /// Residual at the end; null where the equations are not defined.
    residual: Option<f64>,
    /// Estimated error of the order parameters by quadrature.
    quadrature_error: Option<f64>,
    /// Evaluations of the equations.
    evaluations: u64,
    /// Refinement level of the quadrature at the end.
    refinement_level: u32,
}

impl<'a> SolutionView<'a> {
    fn new(names: &'a [String], solution: &'a Solution) -> Self {
        let point = solution.point().ok();
        let defined = |value: f64| value.is_finite().then_some(value);
        Self {
            starts: &solution.starts,
            outcome: solution.outcome.ending(),
            explanation: solution.outcome.explanation(),
            order_parameters: point.map(|point| {
                let names = names.iter().map(String::as_str);
                names.zip(point.x.iter().copied()).collect()
            }),
            value: point.map(|point| point.value),
            rate: point.and_then(|point| point.rate),
            rate_error: point.and_then(|point| point.rate_error),
            replicon: point.and_then(|point| point.replicon),
            replicon_error: point.and_then(|point| point.replicon_error),
            stable: point.and_then(|point| point.is_stable()),
            eigenvalues: point.map(|point| {
                let values = point.eigenvalues.iter();
                values.map(|value| [value.re, value.im]).collect()
            }),
            observables: point.map(|point| {
                let all = point.observables.iter();
                all.map(|(name, value)| (name.as_str(), defined(*value)))
                    .collect()
            }),
            residual: defined(solution.residual),
            quadrature_error: point.map(|point| point.quadrature_error),
            evaluations: solution.evaluations,
            refinement_level: solution.level,
        }
    }
}

/// The answer as programs read it.
#[derive(Serialize, JsonSchema)]
struct View<'a> {
    /// What was asked for.
    settings: &'a PotentialAsked,
    /// The different solutions, the answer first, and the searches that found none.
    fixed_points: Vec<SolutionView<'a>>,
}

impl JsonSchema for SolvedPotential {
    fn schema_name() -> Cow<'static, str> {
        "SolvedPotential".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        View::json_schema(generator)
    }
}

impl Serialize for SolvedPotential {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let names = self.definition.order_parameters.iter();
        let names: Vec<String> = names.map(|order| order.name.clone()).collect();
        let views = self.fixed_points.iter();
        View {
            settings: &self.settings,
            fixed_points: views.map(|one| SolutionView::new(&names, one)).collect(),
        }
        .serialize(serializer)
    }
}
