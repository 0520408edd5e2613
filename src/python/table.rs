//! Tables of results in Python: columns of numbers are arrays of numpy.

use super::call::raised;
use super::tree::{Tree, array};
use crate::error::Error;
use crate::table::{Table, Value};
use pyo3::prelude::*;
use pyo3::types::PyDict;

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
        let missing = || cells().all(Value::is_missing);
        let numbers: Option<Vec<f64>> = cells()
            .map(|cell| match cell {
                Value::Missing => Some(f64::NAN),
                other => other.as_number(),
            })
            .collect();
        if let Some(numbers) = numbers.filter(|numbers| numbers.is_empty() || !missing()) {
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
