//! What the library warns of becomes warnings of Python.

use log::{LevelFilter, Log, Metadata, Record};
use pyo3::exceptions::PyUserWarning;
use pyo3::prelude::*;
use std::ffi::CString;
use std::sync::{Mutex, PoisonError};

/// Warnings that Python has not seen.
struct Waiting(Mutex<Vec<String>>);

static WAITING: Waiting = Waiting(Mutex::new(Vec::new()));

/// From now on warnings wait for Python.
pub fn listen() {
    // Another logger of this process keeps its place.
    if log::set_logger(&WAITING).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}

/// Hands over what was said.
///
/// # Errors
/// Where Python makes an exception of it.
pub fn pass_on(py: Python) -> PyResult<()> {
    let said = std::mem::take(&mut *WAITING.0.lock().unwrap_or_else(PoisonError::into_inner));
    let kind = py.get_type::<PyUserWarning>();
    for text in said {
        let text = CString::new(text.replace('\0', ""))?;
        PyErr::warn(py, &kind, &text, 3)?;
    }
    Ok(())
}

impl Log for Waiting {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.target().starts_with("onsager")
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}
