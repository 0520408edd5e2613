//! Experiments by name: a request out of arguments, and its answer as objects of Python.

use super::argument::json_of;
use super::call::{How, argument, call, raised};
use super::table::PyTable;
use super::tree::{Tree, Unfit, tree_of};
use crate::error::{Error, Result};
use crate::experiment::{
    Analyze, Answer, Branch, BranchPotential, Compare, Contrastive, Dmft, Evolve, Experiment,
    FiniteSize, Learning, Likelihood, Linear, Maximum, Report, Sample, Simulate, Solve,
    SolvePotential, Solved, Spectrum, Stability, StabilityPotential, Train, Watch,
};
use crate::symbolic::closest;
use crate::table::Table;
use crate::theory::Nature;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

/// An answer, whatever its type.
pub trait Answered: Send + Sync {
    fn tree(&self) -> std::result::Result<Tree, Unfit>;
    fn json(&self) -> serde_json::Result<String>;
    fn tables(&self) -> Vec<Table>;
    fn notes(&self) -> Vec<String>;
    /// The replicon of fixed points whose replica symmetry is broken.
    fn broken(&self) -> Option<f64>;
}

impl<T: Answer + Send + Sync + 'static> Answered for Report<T> {
    fn tree(&self) -> std::result::Result<Tree, Unfit> {
        tree_of(self)
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn tables(&self) -> Vec<Table> {
        self.result.tables()
    }

    fn notes(&self) -> Vec<String> {
        self.result.notes()
    }

    fn broken(&self) -> Option<f64> {
        let solved = (&self.result as &dyn Any).downcast_ref::<Solved>()?;
        let stability = &solved.found.answer().ok()?.stability;
        let broken = stability.nature() == Nature::ReplicaSymmetryBroken;
        broken.then_some(stability.replicon)
    }
}

/// A request that was read, whatever its type.
trait Asked: Send {
    fn answer(&self, watch: Watch) -> Result<Box<dyn Answered>>;
}

impl<E> Asked for E
where
    E: Experiment + Send,
    E::Answer: Send + Sync + 'static,
{
    fn answer(&self, watch: Watch) -> Result<Box<dyn Answered>> {
        Ok(Box::new(self.run(watch)?))
    }
}

/// What there is to ask for.
struct Question {
    name: &'static str,
    read: fn(Value) -> Result<Box<dyn Asked>>,
    schema: fn() -> Value,
    reply: fn() -> Value,
}

macro_rules! questions {
    ($($name:literal: $request:ty,)+) => {
        [$(Question {
            name: $name,
            read: |value| Ok(Box::new(read::<$request>(value)?)),
            schema: || schemas::<$request>(false),
            reply: || schemas::<Report<<$request as Experiment>::Answer>>(true),
        }),+]
    };
}

const QUESTIONS: [Question; 20] = questions! {
    "solve": Solve,
    "solve_potential": SolvePotential,
    "evolve": Evolve,
    "dmft": Dmft,
    "simulate": Simulate,
    "compare": Compare,
    "finite_size": FiniteSize,
    "maximum": Maximum,
    "stability": Stability,
    "stability_potential": StabilityPotential,
    "branch": Branch,
    "branch_potential": BranchPotential,
    "linear": Linear,
    "learning_curve": Learning,
    "spectrum": Spectrum,
    "train": Train,
    "analyze": Analyze,
    "sample": Sample,
    "likelihood": Likelihood,
    "contrastive": Contrastive,
};

/// A request of JSON; errors name the argument.
pub fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    serde_path_to_error::deserialize(value.clone()).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.inner().to_string();
        let quoted = reason.split('`').nth(1).unwrap_or_default();
        for (start, got) in [("missing field", "missing"), ("unknown field", "unknown")] {
            if reason.starts_with(start) && !quoted.is_empty() {
                return Error::invalid(argument(quoted), got, reason);
            }
        }
        let mut place = &value;
        for part in path.split('.') {
            place = place.get(part).unwrap_or(place);
        }
        let field = match path.rsplit('.').next() {
            None | Some("") => "what is asked".to_owned(),
            Some(last) => argument(last),
        };
        Error::invalid(field, place, reason)
    })
}

fn schemas<T: JsonSchema>(reply: bool) -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let settings = match reply {
        true => settings.for_serialize(),
        false => settings.for_deserialize(),
    };
    settings.into_generator().into_root_schema_for::<T>().into()
}

/// Where the argument of a name belongs: its section, if it is in one, and its key.
#[derive(Debug, Clone, PartialEq)]
struct Route {
    section: Option<String>,
    key: String,
    schema: Value,
}

type Routes = BTreeMap<String, Route>;

/// Arguments of all questions, from the schemas of their requests: nothing is listed twice.
static ROUTES: LazyLock<BTreeMap<&'static str, Routes>> = LazyLock::new(|| {
    let all = QUESTIONS.iter();
    all.map(|one| (one.name, routes(&(one.schema)()))).collect()
});

fn routes(schema: &Value) -> Routes {
    let empty = Map::new();
    let properties = |of: &Value| of["properties"].as_object().unwrap_or(&empty).clone();
    let mut found = Routes::new();
    for (key, own) in properties(schema) {
        let part = own["$ref"]
            .as_str()
            .and_then(|name| schema.pointer(name.trim_start_matches('#')));
        match part.filter(|part| part["properties"].is_object()) {
            Some(part) => {
                for (inner, own) in properties(part) {
                    let route = Route {
                        section: Some(key.clone()),
                        key: inner.clone(),
                        schema: own,
                    };
                    found.insert(argument(&inner), route);
                }
            }
            None => {
                let route = Route {
                    section: None,
                    key: key.clone(),
                    schema: own,
                };
                found.insert(argument(&key), route);
            }
        }
    }
    found
}

fn question(name: &str) -> PyResult<&'static Question> {
    QUESTIONS
        .iter()
        .find(|question| question.name == name)
        .ok_or_else(|| PyTypeError::new_err(format!("there is no experiment \"{name}\"")))
}

/// The request for arguments by name; those that are None are left out.
pub fn request(name: &str, arguments: &Bound<PyDict>) -> PyResult<Value> {
    let routes = &ROUTES[question(name)?.name];
    let mut request = Map::new();
    for (own, value) in arguments {
        let own = own.cast::<PyString>()?.to_str()?.to_owned();
        let Some(route) = routes.get(&own) else {
            let near = closest(&own, routes.keys().map(String::as_str));
            let hint = near.map_or_else(String::new, |near| format!(" (did you mean {near}?)"));
            let message = format!("{name}() has no argument {own}{hint}");
            return Err(PyTypeError::new_err(message));
        };
        if value.is_none() {
            continue;
        }
        if takes_text(&route.schema) && value.hasattr("shape")? {
            let message = format!("{own} is an array: a file is needed, numpy.save writes one");
            return Err(PyTypeError::new_err(message));
        }
        let value = single(&route.schema, json_of(&own, &value)?);
        match &route.section {
            None => request.insert(route.key.clone(), value),
            Some(section) => {
                let section = request
                    .entry(section.clone())
                    .or_insert_with(|| Map::new().into());
                section
                    .as_object_mut()
                    .and_then(|section| section.insert(route.key.clone(), value))
            }
        };
    }
    Ok(request.into())
}

/// Whether an argument is text, or a file, and nothing else.
fn takes_text(schema: &Value) -> bool {
    let kinds = schema["type"].as_array().cloned();
    let kinds = kinds.unwrap_or_else(|| vec![schema["type"].clone()]);
    kinds.iter().any(|kind| kind == "string") && !kinds.iter().any(|kind| kind == "array")
}

/// A number where a list is meant is a list of one.
fn single(schema: &Value, value: Value) -> Value {
    let kinds = schema["type"].as_array().cloned();
    let kinds = kinds.unwrap_or_else(|| vec![schema["type"].clone()]);
    match value {
        Value::Number(_) | Value::String(_) if kinds.iter().any(|kind| kind == "array") => {
            Value::Array(vec![value])
        }
        other => other,
    }
}

/// An answer, with what people see of it.
#[pyclass(module = "onsager._onsager", frozen)]
pub struct Reply {
    answer: Arc<dyn Answered>,
    seconds: f64,
}

impl Reply {
    pub fn new((answer, seconds): (Box<dyn Answered>, f64)) -> Self {
        Self {
            answer: answer.into(),
            seconds,
        }
    }
}

#[pymethods]
impl Reply {
    /// The replicon, where it says that numbers are approximations.
    #[getter]
    fn broken(&self) -> Option<f64> {
        self.answer.broken()
    }

    /// How long the calculation took by itself.
    #[getter]
    fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Everything, as dictionaries, lists, arrays, numbers and text.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let tree = self.answer.tree();
        tree.map_err(|error| PyRuntimeError::new_err(error.to_string()))?
            .object(py)
    }

    /// Everything, as the command line prints it with `--format json`.
    fn to_json(&self) -> PyResult<String> {
        let json = self.answer.json();
        json.map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// Tables, the main one first.
    fn tables(&self) -> Vec<PyTable> {
        self.answer.tables().into_iter().map(PyTable::new).collect()
    }

    /// Remarks in words.
    fn notes(&self) -> Vec<String> {
        self.answer.notes()
    }
}

/// Asks for the experiment of that name.
#[pyfunction]
#[pyo3(signature = (name, arguments, threads=None, progress=None))]
pub fn ask(
    py: Python,
    name: &str,
    arguments: &Bound<PyDict>,
    threads: Option<&Bound<PyAny>>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Reply> {
    let how = How::new(threads, progress)?;
    let request = request(name, arguments)?;
    let asked = (question(name)?.read)(request).map_err(raised)?;
    let answer = call(py, &how, move |watch| timed(|| asked.answer(watch)))?;
    Ok(Reply::new(answer))
}

/// An answer with the seconds that it took.
pub fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let began = Instant::now();
    let answer = work()?;
    Ok((answer, began.elapsed().as_secs_f64()))
}

/// The request for arguments, as JSON that `onsager.experiment` reads.
#[pyfunction]
pub fn request_json(name: &str, arguments: &Bound<PyDict>) -> PyResult<String> {
    Ok(request(name, arguments)?.to_string())
}

/// Names of all experiments.
#[pyfunction]
pub fn experiments() -> Vec<&'static str> {
    QUESTIONS.iter().map(|question| question.name).collect()
}

/// Names of the arguments of an experiment.
#[pyfunction]
pub fn arguments(name: &str) -> PyResult<Vec<&'static str>> {
    let routes = &ROUTES[question(name)?.name];
    Ok(routes.keys().map(String::as_str).collect())
}

#[derive(Serialize)]
struct Described {
    name: String,
    section: Option<String>,
    key: String,
    schema: Value,
}

/// What the Python sources are made from: schemas of request and reply, and the arguments in their
/// order, as JSON.
#[pyfunction]
pub fn describe(name: &str) -> PyResult<String> {
    let question = question(name)?;
    let arguments: Vec<Described> = ROUTES[question.name]
        .iter()
        .map(|(name, route)| Described {
            name: name.clone(),
            section: route.section.clone(),
            key: route.key.clone(),
            schema: route.schema.clone(),
        })
        .collect();
    let all = serde_json::json!({
        "request": (question.schema)(),
        "reply": (question.reply)(),
        "arguments": arguments,
    });
    Ok(all.to_string())
}
