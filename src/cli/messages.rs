//! What is said beside the reply, on standard error: warnings of the library, and a word where a
//! run is interrupted.

use log::{Level, LevelFilter, Log, Metadata, Record};
use onsager::files::records_being_written;
use onsager::table::printable;
use std::io::Write;
use std::sync::OnceLock;

/// Exit status of an interrupted run, as shells have it.
const INTERRUPTED: i32 = 130;

/// From now on an interrupted run says where its record is, and how to go on.
pub fn farewell() {
    // Without a handler, an interrupt ends the run in silence as it always did.
    let _ = ctrlc::set_handler(|| {
        if talk() == Talk::Nothing {
            std::process::exit(INTERRUPTED);
        }
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

/// What is said beside the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// Not a word.
    Nothing,
    /// Warnings alone.
    Quiet,
    /// A sign of life besides.
    Usual,
    /// What is read, written and done.
    Verbose,
}

static TALK: OnceLock<Talk> = OnceLock::new();

/// What is said in this run.
pub fn talk() -> Talk {
    *TALK.get_or_init(|| Talk::Usual)
}

/// From now on warnings of the library are shown, and what it does if the user wants to know.
pub fn show(quiet: bool, verbose: bool) {
    let talk = match (quiet, verbose) {
        (true, _) => Talk::Quiet,
        (false, false) => Talk::Usual,
        (false, true) => Talk::Verbose,
    };
    let _ = TALK.set(talk);
    if log::set_logger(&Messages).is_ok() {
        log::set_max_level(match talk {
            Talk::Verbose => LevelFilter::Info,
            Talk::Nothing => LevelFilter::Off,
            Talk::Quiet | Talk::Usual => LevelFilter::Warn,
        });
    }
}

/// From now on nothing is said: another process says the same.
pub fn nothing() {
    let _ = TALK.set(Talk::Nothing);
}

/// A line on standard error.
pub fn say(line: &str) {
    if talk() == Talk::Nothing {
        return;
    }
    // Standard error may be full, or gone.
    let _ = writeln!(std::io::stderr(), "{}", printable(line));
}

struct Messages;

impl Log for Messages {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.target().starts_with("onsager")
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            let text = record.args().to_string();
            match record.level() {
                Level::Error | Level::Warn => say(&format!("warning: {text}")),
                Level::Info | Level::Debug | Level::Trace => say(&text),
            }
        }
    }

    fn flush(&self) {}
}
