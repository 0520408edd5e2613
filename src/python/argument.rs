//! Arguments of Python as JSON, from which requests are read.

use super::call::raised;
use crate::error::{Error, brief};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde_json::{Map, Number, Value};

/// Deepest nesting of lists and dictionaries.
const DEPTH: usize = 16;

/// A value of an argument as JSON. Arrays are lists, paths and definitions are text.
///
/// # Errors
/// `TypeError` for anything else, and `ValueError` for a number that is not finite, with the
/// name of the argument.
pub fn json_of(name: &str, value: &Bound<PyAny>) -> PyResult<Value> {
    convert(name, value, 0)
}

fn convert(name: &str, value: &Bound<PyAny>, depth: usize) -> PyResult<Value> {
    if depth > DEPTH {
        let allowed = "is nested too deeply";
        return Err(raised(Error::invalid(name, "a list of lists", allowed)));
    }
    if value.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(flag.is_true().into());
    }
    if value.is_instance_of::<PyInt>() {
        return integer(name, value);
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return real(name, number.value());
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_str()?.into());
    }
    if let Ok(dict) = value.cast::<PyDict>() {
        let mut map = Map::new();
        for (key, value) in dict {
            let key = key
                .cast::<PyString>()
                .map_err(|_| PyTypeError::new_err(format!("{name}: a key is no text")))?
                .to_str()?
                .to_owned();
            let value = convert(&key, &value, depth + 1)?;
            map.insert(key, value);
        }
        return Ok(map.into());
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let items = value.try_iter()?;
        let items = items.map(|item| convert(name, &item?, depth + 1));
        return Ok(Value::Array(items.collect::<PyResult<_>>()?));
    }
    // Arrays and scalars of numpy, series of pandas.
    if let Ok(plain) = value.call_method0("tolist") {
        if plain.is(value) {
            return Err(unfit(name, value));
        }
        return convert(name, &plain, depth + 1);
    }
    if let Ok(definition) = value.getattr("definition") {
        return convert(name, &definition, depth + 1);
    }
    if let Ok(path) = value.call_method0("__fspath__") {
        return match path.cast::<PyString>() {
            Ok(path) => Ok(path.to_str()?.into()),
            Err(_) => Err(unfit(name, value)),
        };
    }
    if let Ok(index) = value.call_method0("__index__") {
        return integer(name, &index);
    }
    Err(unfit(name, value))
}

fn unfit(name: &str, value: &Bound<PyAny>) -> PyErr {
    let kind = value
        .get_type()
        .name()
        .map_or_else(|_| "object".into(), |kind| kind.to_string());
    PyTypeError::new_err(format!(
        "{name} is of type {kind}: numbers, text, paths, lists, arrays and dictionaries are understood"
    ))
}

fn integer(name: &str, value: &Bound<PyAny>) -> PyResult<Value> {
    if let Ok(number) = value.extract::<i64>() {
        return Ok(number.into());
    }
    if let Ok(number) = value.extract::<u64>() {
        return Ok(number.into());
    }
    let shown = brief(value.str()?.to_string());
    Err(raised(Error::invalid(
        name,
        shown,
        "the number is too large",
    )))
}

fn real(name: &str, value: f64) -> PyResult<Value> {
    let refuse = || raised(Error::invalid(name, value, "must be a finite number"));
    Number::from_f64(value)
        .map(Value::Number)
        .ok_or_else(refuse)
}
