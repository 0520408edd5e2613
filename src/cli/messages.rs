//! What is said beside the reply, on standard error: warnings of the library, and a word where a
//! run is interrupted.

use log::{LevelFilter, Log, Metadata, Record};
use onsager::files::records_being_written;
use onsager::table::printable;
use std::io::Write;

/// Exit status of an interrupted run, as shells have it.
const INTERRUPTED: i32 = 130;

/// From now on an interrupted run says where its record is, and how to go on.
pub fn farewell() {
    // Without a handler, an interrupt ends the run in silence as it always did.
    let _ = ctrlc::set_handler(|| {
        let mut error = std::io::stderr();
        let records = records_being_written();
        let names: Vec<String> = records
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let _ = match names.is_empty() {
            true => writeln!(error, "\ninterrupted: nothing was kept"),
            false => writeln!(
                error,
                "\ninterrupted: what is finished is in {}; the same command goes on from there",
                printable(&names.join(", "))
            ),
        };
        std::process::exit(INTERRUPTED);
    });
}

/// From now on warnings of the library are shown.
pub fn show_warnings() {
    if log::set_logger(&Warnings).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}

struct Warnings;

impl Log for Warnings {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.target().starts_with("onsager")
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            // Standard error may be full, or gone.
            let _ = writeln!(
                std::io::stderr(),
                "warning: {}",
                printable(&record.args().to_string())
            );
        }
    }

    fn flush(&self) {}
}
