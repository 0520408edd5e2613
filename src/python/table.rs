//! Tables of results in Python: columns of numbers are arrays of numpy.

use super::call::raised;
use super::tree::{Tree, array};
use crate::error::Error;
use crate::quantity::Observable;
use crate::table::{Column, Digits, Table, Value};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};

/// Columns by name, under a title and the settings that produced them.
#[pyclass(module = "onsager._onsager", frozen, name = "Table")]
pub struct PyTable {
    pub table: Table,
}

impl PyTable {
    pub fn new(table: Table) -> Self {
        Self { table }
    }
}

#[pymethods]
impl PyTable {
    /// A table of cells: columns as (name, heading, digits), cells as `cells` gives them.
    #[staticmethod]
    fn of(
        title: String,
        metadata: Vec<(String, String)>,
        columns: Vec<(String, String, i64)>,
        rows: Vec<Vec<Bound<PyAny>>>,
    ) -> PyResult<Self> {
        let own = columns.iter().map(|(name, heading, digits)| {
            let column = Column::new(name.as_str()).headed(heading.as_str());
            column.digits(digits_of(*digits))
        });
        let mut table = Table::new(title, own);
        table.metadata = metadata;
        for row in rows {
            if row.len() != columns.len() {
                let message = format!("a row has {} cells of {}", row.len(), columns.len());
                return Err(PyValueError::new_err(message));
            }
            let cells = row
                .iter()
                .zip(&columns)
                .map(|(cell, own)| value_of(&own.0, cell));
            table.push(cells.collect::<PyResult<_>>()?);
        }
        Ok(Self { table })
    }

    /// Columns as (name, heading, digits).
    #[getter]
    fn columns(&self) -> Vec<(&str, &str, i64)> {
        let columns = self.table.columns.iter();
        let parts =
            columns.map(|own| (own.name.as_str(), own.heading.as_str(), code_of(own.digits)));
        parts.collect()
    }

    /// All cells, row by row: numbers, flags, text, None, and quantities as (name,).
    fn cells<'py>(&self, py: Python<'py>) -> PyResult<Vec<Vec<Bound<'py, PyAny>>>> {
        let cell = |value: &Value| match value {
            Value::Quantity(quantity) => (quantity.to_string(),).into_bound_py_any(py),
            Value::Missing => Tree::Nothing.object(py),
            Value::Flag(flag) => Tree::Flag(*flag).object(py),
            Value::Number(number) => Tree::Real(*number).object(py),
            Value::Text(text) => Tree::Text(text.clone()).object(py),
        };
        let rows = self.table.rows.iter();
        rows.map(|row| row.iter().map(cell).collect()).collect()
    }

    /// A table of text as `csv` writes it.
    #[staticmethod]
    fn read(text: &str) -> PyResult<Self> {
        let table = Table::read(text);
        let table = table.map_err(|error| raised(Error::file("the table", error)))?;
        Ok(Self { table })
    }

    #[getter]
    fn title(&self) -> &str {
        &self.table.title
    }

    #[getter]
    fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let metadata = PyDict::new(py);
        for (key, value) in &self.table.metadata {
            metadata.set_item(key, value)?;
        }
        Ok(metadata)
    }

    /// Names of the columns in files.
    #[getter]
    fn names(&self) -> Vec<&str> {
        let columns = self.table.columns.iter();
        columns.map(|column| column.name.as_str()).collect()
    }

    /// Their names for people.
    #[getter]
    fn headings(&self) -> Vec<&str> {
        let columns = self.table.columns.iter();
        columns.map(|column| column.heading.as_str()).collect()
    }

    /// A column: numbers as an array with NaN where none was obtained, flags and text as a list with
    /// None.
    fn column<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let Some(at) = self.table.column(name) else {
            let names = self.names().join(", ");
            let allowed = format!("the table has {names}");
            let refused = Error::invalid("column", format!("\"{name}\""), allowed);
            return Err(raised(refused));
        };
        let cells = || self.table.rows.iter().map(|row| &row[at]);
        let numbers: Option<Vec<f64>> = cells()
            .map(|cell| match cell {
                Value::Missing => Some(f64::NAN),
                other => other.as_number(),
            })
            .collect();
        if let Some(numbers) = numbers {
            return Ok(array(py, numbers).into_any());
        }
        let plain = cells().map(|cell| match cell {
            Value::Missing => Tree::Nothing,
            Value::Flag(flag) => Tree::Flag(*flag),
            Value::Number(number) => Tree::Real(*number),
            other => Tree::Text(other.to_string()),
        });
        Tree::List(plain.collect()).object(py)
    }

    /// The cells of the first rows as people see them.
    fn shown(&self, rows: usize) -> Vec<Vec<String>> {
        let columns = &self.table.columns;
        let row = |row: &Vec<Value>| {
            let cells = columns.iter().zip(row);
            cells.map(|(column, cell)| column.show(cell)).collect()
        };
        self.table.rows.iter().take(rows).map(row).collect()
    }

    /// All of it as CSV, with the settings above.
    fn csv(&self) -> String {
        self.table.write()
    }

    /// All of it as plain text for people.
    fn __str__(&self) -> String {
        self.table.for_people()
    }

    fn __len__(&self) -> usize {
        self.table.rows.len()
    }
}

/// How people see numbers, as one number: decimals, or −1 to −5.
fn code_of(digits: Digits) -> i64 {
    match digits {
        Digits::Nine => -1,
        Digits::Scientific => -2,
        Digits::Shortest => -3,
        Digits::Error => -4,
        Digits::ByError => -5,
        Digits::Fixed(decimals) => decimals as i64,
    }
}

fn digits_of(code: i64) -> Digits {
    match code {
        -2 => Digits::Scientific,
        -3 => Digits::Shortest,
        -4 => Digits::Error,
        -5 => Digits::ByError,
        _ => usize::try_from(code).map_or(Digits::Nine, |decimals| Digits::Fixed(decimals.min(17))),
    }
}

/// A cell out of an object of Python.
fn value_of(column: &str, cell: &Bound<PyAny>) -> PyResult<Value> {
    if cell.is_none() {
        return Ok(Value::Missing);
    }
    if let Ok(flag) = cell.cast::<PyBool>() {
        return Ok(Value::Flag(flag.is_true()));
    }
    if let Ok(text) = cell.extract::<String>() {
        return Ok(Value::Text(text));
    }
    if let Ok((name,)) = cell.extract::<(String,)>() {
        let quantity = name.parse::<Observable>();
        return Ok(quantity.map_or(Value::Text(name), Value::Quantity));
    }
    match cell.extract::<f64>() {
        Ok(number) if number.is_nan() => Ok(Value::Missing),
        Ok(number) if number.is_finite() => Ok(Value::Number(number)),
        Ok(number) => Err(raised(Error::invalid(
            column,
            number,
            "a cell is a finite number, text, a flag, or nothing",
        ))),
        Err(_) => {
            let kind = cell.get_type().name()?.to_string();
            let message = format!(
                "{column} has a cell of type {kind}: numbers, text, flags and None are understood"
            );
            Err(PyTypeError::new_err(message))
        }
    }
}
