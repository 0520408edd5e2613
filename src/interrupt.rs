//! Work that somebody may stop.
//!
//! Whoever runs a calculation on threads of its own can give these a [`Stop`]. Long loops look at it
//! (`check`); where it is set, they unwind to whoever began the work, who finds [`Interrupted`].
//! Records are kept: an entry is on disk once it is finished. Threads without a stop never unwind.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    static OWN: RefCell<Option<Stop>> = const { RefCell::new(None) };
}

/// Whether work is to stop: shared by who works and who may stop it.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

/// What unwinds through work that was stopped: no defect, and nothing is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

impl Stop {
    /// Work in the thread that calls this, and in no other, looks at this stop from now on.
    pub fn watch_thread(&self) {
        OWN.with(|own| *own.borrow_mut() = Some(self.clone()));
    }

    /// Asks for work to stop.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Unwinds with [`Interrupted`] where this thread's work is to stop. Some nanoseconds.
pub(crate) fn check() {
    let stopped = OWN.with(|own| {
        let own = own.borrow();
        own.as_ref()
            .is_some_and(|stop| stop.0.load(Ordering::Relaxed))
    });
    if stopped {
        std::panic::resume_unwind(Box::new(Interrupted));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Experiment, Simulate, silent};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::{Duration, Instant};

    /// A simulation of many seconds ends soon after it is told to, on all threads of its pool.
    #[test]
    fn work_stops_where_it_is_told_to() {
        let stop = Stop::default();
        let own = stop.clone();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(2)
            .start_handler(move |_| own.watch_thread())
            .build()
            .expect("threads");
        let simulate: Simulate = toml::from_str(
            "model = { alpha = 2.0, lambda = [1.5] }\nsimulation = { d = 1500, instances = 1000 }",
        )
        .expect("a request");
        let began = Instant::now();
        let teller = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            stop.request();
        });
        let ended = catch_unwind(AssertUnwindSafe(|| {
            pool.install(|| simulate.run(silent()).is_ok())
        }));
        let cause = ended.expect_err("it was stopped");
        assert_eq!(cause.downcast_ref(), Some(&Interrupted));
        assert!(began.elapsed() < Duration::from_secs(10));
        teller.join().expect("told");
        // This thread has no stop.
        check();
    }
}
