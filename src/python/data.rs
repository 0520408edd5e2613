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
use std::sync::{Mutex, PoisonError};

/// Entries that are read before Python is asked whether it wants to go on.
const BETWEEN_LOOKS: usize = 1 << 22;

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
    fn of(name: &str, x: &Bound<'py, PyAny>) -> PyResult<Self> {
        let array = x.cast::<PyUntypedArray>().map_err(|_| {
            PyTypeError::new_err(format!(
                "{name} is no array of numpy: numpy.asarray makes one of it"
            ))
        })?;
        if array.ndim() != 2 {
            let got = format!("{:?}", array.shape());
            let message =
                format!("{name} has shape {got}: a matrix is needed, a sample in each row");
            return Err(PyValueError::new_err(message));
        }
        if let Ok(single) = read_only::<f32>(x) {
            return Ok(Self::Single(single));
        }
        if let Ok(double) = read_only::<f64>(x) {
            return Ok(Self::Double(double));
        }
        let kind = array.dtype().to_string();
        let message = format!("{name} has entries of type {kind}: float32 and float64 are read");
        Err(PyTypeError::new_err(message))
    }

    /// Reads the samples while Python goes on, and looks after signals.
    fn read<T: Send>(
        &self,
        py: Python,
        work: impl FnOnce(&Reader) -> Result<T> + Send,
    ) -> PyResult<T> {
        let reader = Reader {
            view: match self {
                Self::Single(own) => View::Single(own.as_array()),
                Self::Double(own) => View::Double(own.as_array()),
            },
            stopped: Mutex::new(None),
        };
        let found = py.detach(|| {
            not_empty(&reader)?;
            work(&reader)
        });
        let stopped = reader.stopped.into_inner();
        match stopped.unwrap_or_else(PoisonError::into_inner) {
            Some(reason) => Err(reason),
            None => found.map_err(raised),
        }
    }
}

/// Samples that are read row by row.
struct Reader<'a> {
    view: View<'a>,
    /// Why reading was given up.
    stopped: Mutex<Option<PyErr>>,
}

impl Reader<'_> {
    /// Each row in order, as numbers; on this thread alone.
    fn rows(&self, mut each: impl FnMut(usize, &[f64]) -> Result<()>) -> Result<()> {
        let [rows, columns] = self.view.shape();
        let mut entries = vec![0.0; columns];
        let often = (BETWEEN_LOOKS / columns.max(1)).max(1);
        for row in 0..rows {
            if row % often == 0
                && let Err(reason) = Python::attach(|py| py.check_signals())
            {
                *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
                return Err(Error::invalid("data", "not read", "interrupted"));
            }
            for (column, entry) in entries.iter_mut().enumerate() {
                *entry = self.view.at(row, column);
            }
            each(row, &entries)?;
        }
        Ok(())
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

impl View<'_> {
    fn shape(&self) -> [usize; 2] {
        let (rows, columns) = match self {
            Self::Single(own) => own.dim(),
            Self::Double(own) => own.dim(),
        };
        [rows, columns]
    }
}

impl Lines for Reader<'_> {
    fn shape(&self) -> [usize; 2] {
        self.view.shape()
    }

    fn pass(&self, wanted: &[bool], each: &mut dyn FnMut(Line) -> Result<()>) -> Result<()> {
        self.rows(|row, entries| {
            let broken = |(entry, wanted): (&f64, &bool)| *wanted && !entry.is_finite();
            if let Some(column) = entries.iter().zip(wanted).position(broken) {
                let got = format!(
                    "{} in row {}, column {}",
                    entries[column],
                    row + 1,
                    column + 1
                );
                return Err(Error::invalid("data", got, "a finite number is needed"));
            }
            each(Line::Row(row, entries))
        })
    }
}

fn not_empty(reader: &Reader) -> Result<()> {
    match reader.shape() {
        [0, _] | [_, 0] => {
            let [rows, columns] = reader.shape();
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
    let prepared = Samples::of("data", x)?.read(py, |reader| asked.prepare(reader))?;
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
    let prepared =
        Samples::of("X", x)?.read(py, |reader| Prepared::of(reader, &preparation, streams))?;
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

/// Columns that were learnt from, what is subtracted from each, and what it is then divided by.
type Columns<'py> = (
    Vec<usize>,
    PyReadonlyArray1<'py, f64>,
    PyReadonlyArray1<'py, f64>,
);

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
        (kept, shift, scale): Columns,
    ) -> Result<Self> {
        let weights = weights.as_array();
        let (rows, units) = weights.dim();
        let [shift, scale] =
            [&shift, &scale].map(|own| own.as_array().iter().copied().collect::<Vec<_>>());
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
    fn rows(&self, reader: &Reader) -> Result<DataMatrix> {
        let [rows, columns] = reader.shape();
        if let Some(column) = self.kept.iter().find(|column| **column >= columns) {
            let allowed = format!("weights have a column {}, which it lacks", column + 1);
            let got = format!("{rows} × {columns}");
            return Err(Error::invalid("data", got, allowed));
        }
        let mut data = DataMatrix::zeros(rows, self.kept.len())?;
        reader.rows(|row, entries| {
            for (at, own) in data.row_mut(row).iter_mut().enumerate() {
                *own = ((entries[self.kept[at]] - self.shift[at]) / self.scale[at]) as f32;
                if !own.is_finite() {
                    let got = format!("{} in row {}", entries[self.kept[at]], row + 1);
                    return Err(Error::invalid("data", got, "a finite number is needed"));
                }
            }
            Ok(())
        })?;
        Ok(data)
    }
}

/// What is asked of trained units and samples.
fn with_machine<T: Send + 'static>(
    py: Python,
    x: &Bound<PyAny>,
    how: &How,
    machine: Result<Machine>,
    ask: impl FnOnce(&Problem, &Matrix) -> Result<T> + Send + 'static,
) -> PyResult<T> {
    let machine = machine.map_err(raised)?;
    let data = Samples::of("X", x)?.read(py, |reader| machine.rows(reader))?;
    call(py, how, move |_| {
        ask(&Problem::new(&machine.hidden, &data), &machine.weights)
    })
}

/// Means of the hidden units given each row (n×k).
#[pyfunction]
#[pyo3(signature = (x, hidden, bias, weights, columns, threads=None))]
pub fn hidden_means<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    hidden: &str,
    bias: Vec<f64>,
    weights: PyReadonlyArray2<'py, f64>,
    columns: Columns<'py>,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let machine = Machine::new(hidden, &bias, &weights, columns);
    let found = with_machine(py, x, &How::new(threads, None)?, machine, means)?;
    matrix_of(py, &found)
}

/// Log-likelihood of each row over that of independent normal columns, in nats (n).
#[pyfunction]
#[pyo3(signature = (x, hidden, bias, weights, columns, threads=None))]
pub fn gains<'py>(
    py: Python<'py>,
    x: &Bound<'py, PyAny>,
    hidden: &str,
    bias: Vec<f64>,
    weights: PyReadonlyArray2<'py, f64>,
    columns: Columns<'py>,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, numpy::PyArray1<f64>>> {
    let machine = Machine::new(hidden, &bias, &weights, columns);
    let found = with_machine(
        py,
        x,
        &How::new(threads, None)?,
        machine,
        SampleGain::of_each,
    )?;
    Ok(array(py, found))
}
