//! Studies and figures.

use super::argument::json_of;
use super::call::{How, call, raised};
use super::experiments::read;
use super::table::PyTable;
use crate::error::Error;
use crate::figure::{FigureSpec, NOMINAL_DPI, rasterise, render_svg};
use crate::picture::of_document;
use crate::study::{Document, Study, parse_study};
use crate::table::Table;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use std::path::PathBuf;

/// Runs a study: TOML with a `[study]`, or a dictionary with the same keys. It keeps its record at
/// `record`, from which an interrupted run goes on; without one nothing is kept.
#[pyfunction]
#[pyo3(signature = (spec, record=None, threads=None, progress=None))]
pub fn study(
    py: Python,
    spec: &Bound<PyAny>,
    record: Option<PathBuf>,
    threads: Option<&Bound<PyAny>>,
    progress: Option<Py<PyAny>>,
) -> PyResult<PyTable> {
    let how = How::new(threads, progress)?;
    let study = match spec.cast::<PyString>() {
        Ok(text) => parse_study(text.to_str()?, "the study").map_err(raised)?,
        Err(_) => read::<Study>(json_of("spec", spec)?).map_err(raised)?,
    };
    let table = call(py, &how, move |watch| {
        let folder = match record {
            Some(_) => None,
            None => Some(tempfile::tempdir().map_err(|error| {
                Error::file(
                    std::env::temp_dir(),
                    format!("no folder for a record: {error}"),
                )
            })?),
        };
        let record = match &folder {
            Some(folder) => folder.path().join("study.record"),
            None => record.unwrap_or_default(),
        };
        study.run(&record, watch)
    })?;
    Ok(PyTable::new(table))
}

fn specification(spec: &Bound<PyAny>, table: &Table) -> PyResult<FigureSpec> {
    let refuse = |reason: String| {
        raised(Error::Definition {
            origin: "the figure".into(),
            reason,
        })
    };
    match spec.cast::<PyString>() {
        Ok(text) => {
            let document = Document::parse(text.to_str()?, "the figure").map_err(raised)?;
            let spec = of_document(&document, table, "table.csv").map_err(raised)?;
            Ok(spec.into_owned())
        }
        Err(_) => {
            let value = json_of("spec", spec)?;
            let text = toml::to_string(&value).map_err(|error| refuse(error.to_string()))?;
            FigureSpec::parse(&text).map_err(|error| refuse(error.to_string()))
        }
    }
}

fn drawn(py: Python, spec: &Bound<PyAny>, table: &PyTable) -> PyResult<String> {
    let table = table.table.clone();
    let spec = specification(spec, &table)?;
    call(py, &How::default(), move |_| Ok(render_svg(&spec, &table)?))
}

/// Draws a table by a specification (TOML, with or without a study, or a dictionary), as SVG.
#[pyfunction]
pub fn figure(py: Python, spec: &Bound<PyAny>, table: &PyTable) -> PyResult<String> {
    drawn(py, spec, table)
}

/// The same as PNG, with so many pixels for each of the nominal ones.
#[pyfunction]
pub fn figure_png<'py>(
    py: Python<'py>,
    spec: &Bound<'py, PyAny>,
    table: &PyTable,
    scale: f32,
) -> PyResult<Bound<'py, PyBytes>> {
    let svg = drawn(py, spec, table)?;
    let png = call(py, &How::default(), move |_| {
        Ok(rasterise(&svg, scale * NOMINAL_DPI)?)
    })?;
    Ok(PyBytes::new(py, &png))
}
