//! The module `onsager._onsager` of Python, on which the package in `python/onsager` stands.
//!
//! Nothing is computed here: arguments become the requests of [`experiment`](crate::experiment),
//! answers become objects of Python, arrays become data. What takes long runs on threads of its own
//! (`call`), so that Python goes on, shows progress, and can interrupt.

mod argument;
mod call;
mod data;
mod drawing;
mod experiments;
mod many;
mod table;
mod tree;
mod warnings;

use pyo3::prelude::*;

/// Theory and simulation of what a Restricted Boltzmann Machine learns in high dimension.
#[pymodule]
fn _onsager(module: &Bound<PyModule>) -> PyResult<()> {
    warnings::listen();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    let refused = module.py().get_type::<call::InputError>();
    refused.setattr("field", module.py().None())?;
    module.add("InputError", refused)?;
    module.add_class::<experiments::Reply>()?;
    module.add_class::<table::PyTable>()?;
    module.add_function(wrap_pyfunction!(experiments::ask, module)?)?;
    module.add_function(wrap_pyfunction!(experiments::request_json, module)?)?;
    module.add_function(wrap_pyfunction!(experiments::experiments, module)?)?;
    module.add_function(wrap_pyfunction!(experiments::arguments, module)?)?;
    module.add_function(wrap_pyfunction!(experiments::describe, module)?)?;
    module.add_function(wrap_pyfunction!(many::solve_many, module)?)?;
    module.add_function(wrap_pyfunction!(drawing::study, module)?)?;
    module.add_function(wrap_pyfunction!(drawing::figure, module)?)?;
    module.add_function(wrap_pyfunction!(drawing::figure_png, module)?)?;
    module.add_function(wrap_pyfunction!(data::analyze_array, module)?)?;
    module.add_function(wrap_pyfunction!(data::fit, module)?)?;
    module.add_function(wrap_pyfunction!(data::hidden_means, module)?)?;
    module.add_function(wrap_pyfunction!(data::gains, module)?)?;
    Ok(())
}
