//! Replies and where they go.

use super::config::{Common, Format};
use super::progress::Progress;
use onsager::error::{Error, Result};
use onsager::experiment::{Answer, Experiment, Report, Watch};
use onsager::files::{Role, replace, will_write};
use onsager::table::{Table, printable};
use serde::Serialize;
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a command has to say, in all forms.
pub struct Reply {
    /// Everything.
    pub json: Value,
    /// Tables for people; the first one is also the CSV.
    pub tables: Vec<Table>,
    /// Remarks under the tables.
    pub notes: Vec<String>,
    pub exit: ExitCode,
    /// The table that goes out as CSV, where it is another than the first one for people.
    pub data: Option<Table>,
}

/// Runs an experiment under a sign of life, and replies with its answer.
pub fn answer<E: Experiment>(label: &str, experiment: &E) -> Result<Reply> {
    Reply::of(&watched(label, |watch| experiment.run(watch))?)
}

/// Runs something under a sign of life.
pub fn watched<T>(label: &str, run: impl FnOnce(Watch) -> T) -> T {
    let progress = Progress::new(label);
    run(&|what, fraction| progress.tell(what, fraction))
}

impl Reply {
    /// The reply with an answer.
    pub fn of<T: Answer>(report: &Report<T>) -> Result<Self> {
        Ok(Self {
            tables: report.result.tables(),
            notes: report.result.notes(),
            ..Self::plain(report)?
        })
    }

    /// A reply for programs, to which a command adds what people see.
    pub fn plain(everything: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_value(everything)
            .map_err(|error| Error::invalid("the answer", "not JSON", error.to_string()))?;
        Ok(Self {
            json,
            tables: Vec::new(),
            notes: Vec::new(),
            exit: ExitCode::SUCCESS,
            data: None,
        })
    }
}

/// Where the reply goes: standard output, or a file that appears only when it is complete.
pub enum Target {
    Standard,
    File(PathBuf),
}

impl Target {
    /// Checks the target; a path that can't be written is refused here, before any work.
    pub fn open(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::Standard);
        };
        will_write(path, Role::Reply)?;
        Ok(Self::File(path.into()))
    }

    pub fn write(self, reply: &Reply, common: &Common) -> Result<()> {
        let text = reply.render(common);
        match self {
            Self::Standard => match std::io::stdout().write_all(text.as_bytes()) {
                // A closed pipe (`onsager … | head`) is the reader's choice.
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
                other => other.map_err(|error| Error::file("standard output", error)),
            },
            Self::File(path) => replace(&path, text.as_bytes()),
        }
    }
}

impl Reply {
    fn render(&self, common: &Common) -> String {
        match common.format {
            Format::Json => format!("{:#}\n", self.json),
            Format::Csv => self.csv(common),
            Format::Table => self.text(),
        }
    }

    /// The first table, under the version, the seed, the settings and the remarks.
    fn csv(&self, common: &Common) -> String {
        if let Some(data) = &self.data {
            return data.write();
        }
        let Some(first) = self.tables.first() else {
            return String::new();
        };
        let settings = &self.json["settings"];
        let mut metadata = vec![
            (
                "program".to_owned(),
                format!("onsager {}", env!("CARGO_PKG_VERSION")),
            ),
            ("seed".to_owned(), common.seed.to_string()),
        ];
        if !settings.is_null() {
            metadata.push(("settings".to_owned(), settings.to_string()));
        }
        let notes = self.notes.iter();
        metadata.extend(notes.map(|note| ("note".to_owned(), note.clone())));
        let table = Table {
            metadata,
            ..first.clone()
        };
        table.write()
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            text.push_str(&table.for_people());
            text.push('\n');
        }
        for note in &self.notes {
            text.push_str(&printable(note));
            text.push('\n');
        }
        text
    }
}
