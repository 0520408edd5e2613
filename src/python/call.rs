//! Calls that may take long: Python goes on meanwhile, is told of progress, and can interrupt.

use super::warnings;
use crate::error::{Error, Result};
use crate::experiment::Watch;
use crate::interrupt::{Interrupted, Stop, check};
use pyo3::create_exception;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

create_exception!(
    onsager,
    InputError,
    PyValueError,
    "Bad input: the message says what to change, `field` names the argument (None where it is a file)."
);

/// How often Python is asked whether it wants to go on.
const TICK: Duration = Duration::from_millis(50);

/// How long work that was told to stop is waited for; then it ends on its own.
const GRACE: Duration = Duration::from_millis(200);

/// Most crews that wait for the next call.
const MOST_IDLE: usize = 4;

/// Most threads that can be asked for.
const MOST_THREADS: usize = 1024;

/// How a call is made.
#[derive(Default)]
pub struct How {
    /// Number of threads; as many as there are cores without.
    pub threads: Option<usize>,
    /// Called with what is being done, and the finished part where it is known.
    pub progress: Option<Py<PyAny>>,
}

impl How {
    /// # Errors
    /// A number of threads that is none.
    pub fn new(threads: Option<&Bound<PyAny>>, progress: Option<Py<PyAny>>) -> PyResult<Self> {
        let Some(given) = threads else {
            return Ok(Self {
                threads: None,
                progress,
            });
        };
        match given.extract::<usize>() {
            Ok(count) if (1..=MOST_THREADS).contains(&count) => Ok(Self {
                threads: Some(count),
                progress,
            }),
            _ => {
                let allowed = format!("must be a whole number in 1..={MOST_THREADS}");
                let shown = given
                    .repr()
                    .map_or_else(|_| "?".into(), |own| own.to_string());
                Err(raised(Error::invalid("threads", shown, allowed)))
            }
        }
    }
}

/// Threads that work for one call at a time, and can be stopped.
struct Crew {
    threads: Option<usize>,
    pool: ThreadPool,
    stop: Stop,
}

/// Crews without work. A process that was forked has none of the threads of its parent.
static IDLE: Mutex<(u32, Vec<Crew>)> = Mutex::new((0, Vec::new()));

impl Crew {
    fn take(threads: Option<usize>) -> PyResult<Self> {
        {
            let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
            let own = std::process::id();
            if idle.0 != own {
                // Threads of another process can't be joined either.
                std::mem::take(&mut idle.1)
                    .into_iter()
                    .for_each(std::mem::forget);
                idle.0 = own;
            }
            if let Some(at) = idle.1.iter().position(|crew| crew.threads == threads) {
                return Ok(idle.1.remove(at));
            }
        }
        let stop = Stop::default();
        let watched = stop.clone();
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or(0))
            .thread_name(|index| format!("onsager {index}"))
            .start_handler(move |_| watched.watch_thread())
            .build()
            .map_err(|error| PyRuntimeError::new_err(format!("no threads: {error}")))?;
        Ok(Self {
            threads,
            pool,
            stop,
        })
    }

    fn give_back(self) {
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        idle.1.push(self);
        if idle.1.len() > MOST_IDLE {
            // The one that waited longest; its threads end.
            let oldest = idle.1.remove(0);
            drop(idle);
            drop(oldest);
        }
    }
}

/// The last thing that was told, and not yet passed on.
#[derive(Default)]
struct Told(Mutex<Option<(String, Option<f64>)>>);

impl Told {
    fn tell(&self, what: &str, fraction: Option<f64>) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *told = Some((what.into(), fraction));
    }

    fn pass_on(&self, py: Python, progress: Option<&Py<PyAny>>) -> PyResult<()> {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some((what, fraction)), Some(progress)) = (told, progress) {
            progress.call1(py, (what, fraction))?;
        }
        Ok(())
    }
}

/// Does work on other threads, while Python goes on, and looks after signals.
///
/// # Errors
/// What the work refuses; `KeyboardInterrupt`, or what a callback raised.
pub fn call<T: Send + 'static>(
    py: Python,
    how: &How,
    work: impl FnOnce(Watch) -> Result<T> + Send + 'static,
) -> PyResult<T> {
    let crew = Crew::take(how.threads)?;
    let (sender, receiver) = channel();
    let receiver = Mutex::new(receiver);
    let told = Arc::new(Told::default());
    let teller = told.clone();
    crew.pool.spawn(move || {
        let watch = |what: &str, fraction: Option<f64>| {
            check();
            teller.tell(what, fraction);
        };
        let ended = catch_unwind(AssertUnwindSafe(|| work(&watch)));
        // Nobody waits any more where the call was interrupted.
        let _ = sender.send(ended);
    });
    let wait = |time: Duration| {
        py.detach(|| {
            let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
            receiver.recv_timeout(time)
        })
    };
    loop {
        match wait(TICK) {
            Ok(ended) => {
                crew.give_back();
                told.pass_on(py, how.progress.as_ref())?;
                warnings::pass_on(py)?;
                return match ended {
                    Ok(answer) => answer.map_err(raised),
                    Err(cause) => Err(defect(&*cause)),
                };
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("the work ended without an answer"));
            }
            Err(RecvTimeoutError::Timeout) => {
                let wanted = py
                    .check_signals()
                    .and_then(|()| told.pass_on(py, how.progress.as_ref()));
                if let Err(reason) = wanted {
                    crew.stop.request();
                    let _ = wait(GRACE);
                    // Its threads end with the work.
                    py.detach(|| drop(crew));
                    return Err(reason);
                }
            }
        }
    }
}

/// A panic is a defect of this library: it is said, and does not cross the border as one.
fn defect(cause: &(dyn Any + Send)) -> PyErr {
    if cause.is::<Interrupted>() {
        return PyRuntimeError::new_err("interrupted");
    }
    let text = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| cause.downcast_ref::<String>().cloned());
    PyRuntimeError::new_err(format!(
        "a defect of onsager, please report it: {}",
        text.as_deref().unwrap_or("no message")
    ))
}

/// The exception for an error of the library, with the name of the argument.
pub fn raised(error: Error) -> PyErr {
    let field = match &error {
        Error::InvalidInput { field, .. } | Error::Shape { field, .. } => named(field),
        _ => None,
    };
    Python::attach(|py| {
        let raised = InputError::new_err(error.to_string());
        match raised.value(py).setattr("field", field) {
            Ok(()) => raised,
            Err(other) => other,
        }
    })
}

/// The argument that a field of an error means; nothing where it is none: `start M` is `start_m`,
/// `lambda[0]` is `lam`.
fn named(field: &str) -> Option<String> {
    let own = field.split('[').next().unwrap_or_default();
    let own = match own.split_once(' ') {
        Some(("start", order @ ("M" | "Q"))) => format!("start_{}", order.to_lowercase()),
        Some(_) => return None,
        None => argument(own),
    };
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    (!own.is_empty() && own.chars().all(is_name)).then_some(own)
}

/// The name of an argument for a key of a request: `visible-signal` is `visible_signal`, `lambda`
/// and `from` (which Python keeps for itself) are `lam` and `from_`.
pub fn argument(key: &str) -> String {
    match key {
        "lambda" => "lam".into(),
        "from" => "from_".into(),
        other => other.replace('-', "_"),
    }
}
