//! Fixed points at many settings in one call.

use super::call::{How, call, raised};
use super::experiments::{read, request};
use super::tree::array;
use crate::error::{Error, Result};
use crate::experiment::Solve;
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::model::Model;
use crate::theory::{FixedPointSettings, Starts, find};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The answer at one setting. Numbers are there where a solution was found.
struct Cell {
    outcome: String,
    message: Option<String>,
    nature: Option<&'static str>,
    stable: bool,
    /// `ζ`, `M` (r×k) and `Q` (k×k), by rows.
    matrices: Option<[Vec<f64>; 3]>,
    /// Replicon, its error, `ℓ`, its error, the error of the order parameters by quadrature.
    numbers: [f64; 5],
}

/// What all settings share.
struct Common {
    hidden: HiddenUnits,
    laws: [Law; 2],
    solver: FixedPointSettings,
}

impl Common {
    fn of(solve: &Solve, strengths: usize) -> Result<Self> {
        let options = &solve.model;
        let [hidden, signal, visible] = options.priors()?;
        let units = options.units.unwrap_or(strengths);
        let bias = options.bias.clone().unwrap_or_default();
        Ok(Self {
            hidden: HiddenUnits::new(hidden.hidden_law()?, units, &bias)?,
            laws: [signal.signal_law()?, visible.signal_law()?],
            solver: solve.solver.resolve(solve.seed.unwrap_or(1))?,
        })
    }

    fn cell(&self, alpha: f64, lambda: &[f64]) -> Cell {
        let [signal, visible] = self.laws.clone();
        let model = Model::new(alpha, lambda, self.hidden.clone(), signal, visible);
        let found = model.and_then(|model| find(&model, Starts::Standard, &self.solver));
        let none = |outcome: String, message: String| Cell {
            outcome,
            message: Some(message),
            nature: None,
            stable: false,
            matrices: None,
            numbers: [f64::NAN; 5],
        };
        let found = match found {
            Ok(found) => found,
            Err(error) => return none("refused".into(), error.to_string()),
        };
        match found.answer() {
            Err(outcome) => none(outcome.ending().name().into(), outcome.explanation()),
            Ok(point) => {
                let own = &point.stability;
                let order = &point.order;
                let rows =
                    |matrix: &crate::numerics::Matrix| matrix.transpose().as_slice().to_vec();
                Cell {
                    outcome: "converged".into(),
                    message: None,
                    nature: Some(own.nature().name()),
                    stable: own.is_stable(),
                    matrices: Some([rows(&order.overlaps()), rows(&order.m), rows(&order.q)]),
                    numbers: [
                        own.replicon,
                        own.replicon_error,
                        own.log_likelihood,
                        own.log_likelihood_error,
                        point.quadrature_error,
                    ],
                }
            }
        }
    }
}

/// The answers of `find` at each `alpha[i]`, `lam[i, :]`, as flat arrays by name.
#[pyfunction]
#[pyo3(signature = (alpha, lam, arguments, threads=None, progress=None))]
pub fn solve_many<'py>(
    py: Python<'py>,
    alpha: PyReadonlyArray1<'py, f64>,
    lam: PyReadonlyArray2<'py, f64>,
    arguments: &Bound<'py, PyDict>,
    threads: Option<&Bound<PyAny>>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let how = How::new(threads, progress)?;
    let solve: Solve = read(request("solve", arguments)?).map_err(raised)?;
    let only_here = "belongs to a single alpha and lam: leave it out, or ask one by one";
    if let Some(depth) = solve.rsb {
        return Err(raised(Error::invalid("rsb", depth, only_here)));
    }
    if solve.start != Default::default() {
        return Err(raised(Error::invalid("start", "given", only_here)));
    }
    let alpha: Vec<f64> = alpha.as_array().iter().copied().collect();
    let signals = lam.as_array().ncols();
    let lam: Vec<f64> = lam.as_array().iter().copied().collect();
    if lam.len() != alpha.len() * signals || signals == 0 {
        let got = format!("{} values for {} of alpha", lam.len(), alpha.len());
        let allowed = "must have a row for each alpha, and a column for each signal";
        return Err(raised(Error::invalid("lam", got, allowed)));
    }
    let common = Common::of(&solve, signals).map_err(raised)?;
    let units = common.hidden.units();
    let count = alpha.len();
    let cells = call(py, &how, move |watch| {
        let finished = AtomicUsize::new(0);
        let one = |(alpha, lambda): (&f64, &[f64])| {
            let cell = common.cell(*alpha, lambda);
            let before = finished.fetch_add(1, Ordering::Relaxed) + 1;
            if before.is_multiple_of(64) || before == count {
                watch("fixed points", Some(before as f64 / count as f64));
            }
            cell
        };
        let all = alpha.par_iter().zip(lam.par_chunks(signals));
        Ok(all.map(one).collect::<Vec<Cell>>())
    })?;
    let columns = PyDict::new(py);
    let texts = |of: &dyn Fn(&Cell) -> Option<String>| cells.iter().map(of).collect::<Vec<_>>();
    columns.set_item("outcome", texts(&|cell| Some(cell.outcome.clone())))?;
    columns.set_item("message", texts(&|cell| cell.message.clone()))?;
    columns.set_item("nature", texts(&|cell| cell.nature.map(str::to_owned)))?;
    let stable: Vec<bool> = cells.iter().map(|cell| cell.stable).collect();
    columns.set_item("stable", stable)?;
    let sizes = [signals * units, signals * units, units * units];
    for (at, (name, size)) in ["overlap", "m", "q"].iter().zip(sizes).enumerate() {
        let mut numbers = Vec::with_capacity(count * size);
        for cell in &cells {
            match &cell.matrices {
                Some(own) => numbers.extend_from_slice(&own[at]),
                None => numbers.extend(std::iter::repeat_n(f64::NAN, size)),
            }
        }
        columns.set_item(name, array(py, numbers))?;
    }
    let names = [
        "replicon",
        "replicon_error",
        "log_likelihood",
        "log_likelihood_error",
        "quadrature_error",
    ];
    for (at, name) in names.iter().enumerate() {
        let numbers = cells.iter().map(|cell| cell.numbers[at]).collect();
        columns.set_item(name, array(py, numbers))?;
    }
    columns.set_item("units", units)?;
    Ok(columns)
}
