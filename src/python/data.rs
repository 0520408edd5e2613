//! Arrays of the user: analysis, training, and what trained weights say of samples.

use super::argument::json_of;
use super::call::{How, call, raised};
use super::experiments::{Answered, Reply, read, request, timed};
use super::tree::array;
use crate::analysis::{LearningEnd, Preparation, Prepared, Standardise};
use crate::contrastive::{self, Chain, ContrastiveSettings, Negative, TrainingEnd};
use crate::definitions::Catalogue;
use crate::error::{Error, Result};
use crate::experiment::Analyze;
use crate::files::lines::{Line, Lines};
use crate::hidden::HiddenUnits;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::simulation::{
    DataMatrix, Method, Problem, RunSettings, SampleGain, SimulationStart, hidden_means as means,
    run_on,
};
use numpy::ndarray::ArrayView2;
use numpy::{Element, PyArray2, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArray};
use numpy::{PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A matrix of numpy in one of the types that are read as they are, in any order.
enum Samples<'py> {
    Single(PyReadonlyArray2<'py, f32>),
    Double(PyReadonlyArray2<'py, f64>),
}

/// The same while Python goes on.
#[derive(Clone, Copy)]
enum View<'a> {
    Single(ArrayView2<'a, f32>),
    Double(ArrayView2<'a, f64>),
}

impl<'py> Samples<'py> {
    fn of(x: &Bound<'py, PyAny>) -> PyResult<Self> {
        let array = x.cast::<PyUntypedArray>().map_err(|_| {
            PyTypeError::new_err("X is no array of numpy: numpy.asarray makes one of it")
        })?;
        if array.ndim() != 2 {
            let got = format!("{:?}", array.shape());
            let message = format!("X has shape {got}: a matrix is needed, a sample in each row");
            return Err(PyValueError::new_err(message));
        }
        if let Ok(single) = read_only::<f32>(x) {
            return Ok(Self::Single(single));
        }
        if let Ok(double) = read_only::<f64>(x) {
            return Ok(Self::Double(double));
        }
        let kind = array.dtype().to_string();
        let message = format!("X has entries of type {kind}: float32 and float64 are read");
        Err(PyTypeError::new_err(message))
    }

    fn view(&self) -> View<'_> {
        match self {
            Self::Single(own) => View::Single(own.as_array()),
            Self::Double(own) => View::Double(own.as_array()),
        }
    }
}

fn read_only<'py, T: Element>(x: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray2<'py, T>> {
    let array = x.cast::<PyArray2<T>>()?;
    Ok(array.try_readonly()?)
}

impl View<'_> {
    fn at(&self, row: usize, column: usize) -> f64 {
        match self {
            Self::Single(own) => f64::from(own[[row, column]]),
            Self::Double(own) => own[[row, column]],
        }
    }
}

impl Lines for View<'_> {
    fn shape(&self) -> [usize; 2] {
        let (rows, columns) = match self {
            Self::Single(own) => own.dim(),
            Self::Double(own) => own.dim(),
        };
        [rows, columns]
    }

    fn pass(&self, wanted: &[bool], each: &mut dyn FnMut(Line) -> Result<()>) -> Result<()> {
        let [rows, columns] = self.shape();
        let mut entries = vec![0.0; columns];
        for row in 0..rows {
            for (column, entry) in entries.iter_mut().enumerate() {
                *entry = self.at(row, column);
                if wanted[column] && !entry.is_finite() {
                    let got = format!("{entry} in row {}, column {}", row + 1, column + 1);
                    return Err(Error::invalid("data", got, "a finite number is needed"));
                }
            }
            each(Line::Row(row, &entries))?;
        }
        Ok(())
    }
}

fn not_empty(view: &View) -> Result<()> {
    match view.shape() {
        [0, _] | [_, 0] => {
            let [rows, columns] = view.shape();
            let got = format!("{rows} × {columns}");
            Err(Error::invalid("data", got, "at least two rows are needed"))
        }
        _ => Ok(()),
    }
}

/// The analysis of an array in place of a file.
#[pyfunction]
#[pyo3(signature = (x, arguments, threads=None, progress=None))]
pub fn analyze_array(
    py: Python,
    x: &Bound<PyAny>,
    arguments: &Bound<PyDict>,
    threads: Option<&Bound<PyAny>>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Reply> {
    let how = How::new(threads, progress)?;
    let asked: Analyze = read(request("analyze", arguments)?).map_err(raised)?;
    let samples = Samples::of(x)?;
    let view = samples.view();
    let prepared = py.detach(|| not_empty(&view).and_then(|()| asked.prepare(&view)));
    let prepared = prepared.map_err(raised)?;
    let answer = call(py, &how, move |watch| {
        timed(|| {
            let answer = asked.of_prepared(Path::new("array"), prepared, watch)?;
            Ok(Box::new(answer) as Box<dyn Answered>)
        })
    })?;
    Ok(Reply::new(answer))
}

fn units_of(hidden: &str, units: usize, bias: &[f64]) -> Result<HiddenUnits> {
    let law = Catalogue::new(None)?
        .prior(hidden, "hidden")?
        .hidden_law()?;
    HiddenUnits::new(law, units, bias)
}

/// The weights, how training ended, and in how many iterations.
struct Fitted {
    weights: Option<Matrix>,
    end: LearningEnd,
    /// Not known of L-BFGS.
    iterations: Option<usize>,
}

/// How units are trained.
enum Training {
    Run(RunSettings),
    Contrastive(ContrastiveSettings),
}

impl Training {
    /// The algorithm `name` with `settings` as their types read them.
    fn new(name: &str, mut settings: serde_json::Value, restarts: usize) -> Result<Self> {
        match name {
            "cd" | "pcd" => {
                let settings: ContrastiveSettings = read(settings)?;
                let chain = Chain {
                    persistent: name == "pcd",
                    ..Chain::default()
                };
                Ok(Self::Contrastive(ContrastiveSettings {
                    negative: Negative::Chain(chain),
                    ..settings
                }))
            }
            "amp" | "gd" | "lbfgs" => {
                settings["algorithm"] = name.into();
                let method: Method = read(settings)?;
                Ok(Self::Run(RunSettings {
                    method,
                    restarts,
                    ..RunSettings::default()
                }))
            }
            other => {
                let allowed = "must be one of amp, gd, lbfgs, cd, pcd";
                Err(Error::invalid("algorithm", format!("\"{other}\""), allowed))
            }
        }
    }

    fn fit(&self, hidden: &HiddenUnits, data: &DataMatrix, streams: Streams) -> Result<Fitted> {
        let problem = Problem::new(hidden, data);
        problem.validate()?;
        match self {
            Self::Run(settings) => {
                let run = run_on(&problem, settings, streams)?;
                Ok(Fitted {
                    iterations: matches!(settings.method, Method::Amp(_) | Method::Gd(_))
                        .then(|| run.observations.len() - 1),
                    end: run.end.outcome().into(),
                    weights: run.end.has_weights().then_some(run.weights),
                })
            }
            Self::Contrastive(settings) => {
                let start = SimulationStart::Random.weights(&problem, streams, 0)?;
                let trained = contrastive::train(&problem, start, settings, streams, &mut |_| {
                    crate::interrupt::check();
                })?;
                let diverged = matches!(trained.end, TrainingEnd::Diverged { .. });
                Ok(Fitted {
                    iterations: Some(trained.states.len().saturating_sub(1)),
                    weights: trained.weights.filter(|_| !diverged),
                    end: trained.end.into(),
                })
            }
        }
    }
}

/// Trains hidden units on an array (a sample in each row).
#[pyfunction]
#[pyo3(signature = (x, hidden, units, bias, algorithm, settings, restarts, standardise, seed, threads=None, progress=None))]
#[expect(clippy::too_many_arguments, reason = "named on the side of Python")]
pub fn fit<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    hidden: &str,
    units: usize,
    bias: Vec<f64>,
    algorithm: &str,
    settings: &Bound<'py, PyAny>,
    restarts: usize,
    standardise: &str,
    seed: u64,
    threads: Option<&Bound<PyAny>>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let how = How::new(threads, progress)?;
    let hidden = units_of(hidden, units, &bias).map_err(raised)?;
    let settings = json_of("settings", settings)?;
    let training = Training::new(algorithm, settings, restarts).map_err(raised)?;
    let preparation = Preparation {
        standardise: read::<Standardise>(standardise.into())
            .map_err(|_| Error::invalid("standardise", standardise, "columns, global or none"))
            .map_err(raised)?,
        ..Preparation::default()
    };
    let streams = Streams::new(seed);
    let samples = Samples::of(x)?;
    let view = samples.view();
    let prepared = py
        .detach(|| {
            not_empty(&view)?;
            Prepared::of(&view, &preparation, streams)
        })
        .map_err(raised)?;
    let (kept, shift, scale) = (
        prepared.kept.clone(),
        prepared.shift.clone(),
        prepared.scale.clone(),
    );
    let learnt = call(py, &how, move |watch| {
        watch("training", None);
        let fitted = training.fit(&hidden, &prepared.rows, streams)?;
        let gain = match &fitted.weights {
            Some(w) => Some(SampleGain::at(&Problem::new(&hidden, &prepared.rows), w)?),
            None => None,
        };
        Ok((fitted, gain))
    })?;
    let (fitted, gain) = learnt;
    let found = PyDict::new(py);
    let weights = match &fitted.weights {
        Some(w) => matrix_of(py, w)?.into_any(),
        None => py.None().into_bound(py),
    };
    found.set_item("weights", weights)?;
    found.set_item("outcome", fitted.end.name())?;
    found.set_item("finished", fitted.end.is_finished())?;
    found.set_item("iterations", fitted.iterations)?;
    found.set_item("gain", gain.map(|gain| gain.mean))?;
    found.set_item("kept", kept.iter().map(|at| at - 1).collect::<Vec<_>>())?;
    found.set_item("shift", array(py, shift))?;
    found.set_item("scale", array(py, scale))?;
    Ok(found)
}

fn matrix_of<'py>(py: Python<'py>, matrix: &Matrix) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let rows: Vec<Vec<f64>> = matrix
        .row_iter()
        .map(|row| row.iter().copied().collect())
        .collect();
    if rows.is_empty() {
        return Ok(PyArray2::zeros(py, [0, matrix.ncols()], false));
    }
    Ok(PyArray2::from_vec2(py, &rows)?)
}

/// Units that were trained, and how rows come to their scale.
struct Machine {
    hidden: HiddenUnits,
    weights: Matrix,
    kept: Vec<usize>,
    shift: Vec<f64>,
    scale: Vec<f64>,
}

impl Machine {
    fn new(
        hidden: &str,
        bias: &[f64],
        weights: &PyReadonlyArray2<f64>,
        kept: Vec<usize>,
        scales: [&PyReadonlyArray1<f64>; 2],
    ) -> Result<Self> {
        let weights = weights.as_array();
        let (rows, units) = weights.dim();
        let [shift, scale] = scales.map(|own| own.as_array().iter().copied().collect::<Vec<_>>());
        if rows == 0 || kept.len() != rows || shift.len() != rows || scale.len() != rows {
            return Err(Error::Shape {
                field: "weights".into(),
                got: format!("{rows} rows for {} columns", kept.len()),
                expected: "a row, a shift and a scale for each column".into(),
            });
        }
        Ok(Self {
            hidden: units_of(hidden, units, bias)?,
            weights: Matrix::from_fn(rows, units, |row, unit| weights[[row, unit]]),
            kept,
            shift,
            scale,
        })
    }

    /// The rows on the scale of those that were learnt from.
    fn rows(&self, view: &View) -> Result<DataMatrix> {
        let [rows, columns] = view.shape();
        if let Some(column) = self.kept.iter().find(|column| **column >= columns) {
            let allowed = format!(
                "has {columns} columns, and weights have one in place {}",
                column + 1
            );
            return Err(Error::invalid(
                "data",
                format!("{rows} × {columns}"),
                allowed,
            ));
        }
        let broken = AtomicUsize::new(usize::MAX);
        let data = DataMatrix::try_from_row_fn(rows, self.kept.len(), |row, entries| {
            for (at, entry) in entries.iter_mut().enumerate() {
                let x = view.at(row, self.kept[at]);
                *entry = ((x - self.shift[at]) / self.scale[at]) as f32;
                if !entry.is_finite() {
                    broken.fetch_min(row, Ordering::Relaxed);
                }
            }
        })?;
        match broken.into_inner() {
            usize::MAX => Ok(data),
            row => {
                let got = format!("a number that is not finite in row {}", row + 1);
                Err(Error::invalid("data", got, "a finite number is needed"))
            }
        }
    }
}

/// What is asked of trained units and samples.
fn with_machine<T: Send + 'static>(
    py: Python,
    x: &Bound<PyAny>,
    machine: Result<Machine>,
    ask: impl FnOnce(&Problem, &Matrix) -> Result<T> + Send + 'static,
) -> PyResult<T> {
    let machine = machine.map_err(raised)?;
    let samples = Samples::of(x)?;
    let view = samples.view();
    let data = py
        .detach(|| not_empty(&view).and_then(|()| machine.rows(&view)))
        .map_err(raised)?;
    call(py, &How::default(), move |_| {
        ask(&Problem::new(&machine.hidden, &data), &machine.weights)
    })
}

/// Means of the hidden units given each row (n×k).
#[pyfunction]
pub fn hidden_means<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    hidden: &str,
    bias: Vec<f64>,
    weights: PyReadonlyArray2<'py, f64>,
    kept: Vec<usize>,
    shift: PyReadonlyArray1<'py, f64>,
    scale: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let machine = Machine::new(hidden, &bias, &weights, kept, [&shift, &scale]);
    let found = with_machine(py, x, machine, means)?;
    matrix_of(py, &found)
}

/// Log-likelihood of each row over that of independent normal columns, in nats (n).
#[pyfunction]
pub fn gains<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    hidden: &str,
    bias: Vec<f64>,
    weights: PyReadonlyArray2<'py, f64>,
    kept: Vec<usize>,
    shift: PyReadonlyArray1<'py, f64>,
    scale: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, numpy::PyArray1<f64>>> {
    let machine = Machine::new(hidden, &bias, &weights, kept, [&shift, &scale]);
    let found = with_machine(py, x, machine, SampleGain::of_each)?;
    Ok(array(py, found))
}
