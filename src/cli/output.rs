//! Replies and where they go.

use super::config::{Common, Format};
use super::progress::Progress;
use super::ranks;
use super::terminal::Terminal;
use onsager::error::{Error, Result};
use onsager::experiment::{Answer, Experiment, Report, Watch};
use onsager::files::{Role, replace, will_write};
use onsager::table::{Layout, Table, printable};
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
    /// Text that goes out as it is, in every form but JSON.
    pub raw: Option<String>,
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
            raw: None,
        })
    }
}

/// Where the reply goes: standard output, or a file that appears only when it is complete.
pub enum Target {
    Standard,
    File(PathBuf),
    /// Nowhere: another process writes the same.
    Nowhere,
}

impl Target {
    /// Checks the target; a path that can't be written is refused here, before any work.
    pub fn open(path: Option<&Path>) -> Result<Self> {
        if !ranks::is_first() {
            return Ok(Self::Nowhere);
        }
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
            Self::Nowhere => Ok(()),
        }
    }
}

impl Reply {
    /// Something beside the answer could not be done: it is said, and the exit status is that of bad
    /// input.
    #[cfg(feature = "figures")]
    pub fn fail(&mut self, error: &Error) {
        super::messages::say(&format!("error: {error}"));
        self.exit = ExitCode::from(super::BAD_INPUT);
    }

    fn render(&self, common: &Common) -> String {
        if let (Some(raw), false) = (&self.raw, common.format == Format::Json) {
            return raw.clone();
        }
        match common.format {
            Format::Json => format!("{:#}\n", self.json),
            Format::Csv => self.csv(common),
            Format::Table => self.text(common),
            Format::Markdown => self.tables_in(Table::in_markdown, "\n"),
            Format::Latex => self.tables_in(Table::in_latex, "\n% "),
        }
    }

    fn csv(&self, common: &Common) -> String {
        let table = self.main_table(common);
        table.map_or_else(String::new, |table| table.write())
    }

    /// The main table, under the version, the seed, the settings and the remarks.
    pub fn main_table(&self, common: &Common) -> Option<Table> {
        if let Some(data) = &self.data {
            return Some(data.clone());
        }
        let first = self.tables.first()?;
        let metadata = self.metadata(common);
        Some(Table {
            metadata,
            ..first.clone()
        })
    }

    /// The version, the seed, the settings and the remarks.
    pub fn metadata(&self, common: &Common) -> Vec<(String, String)> {
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
        metadata
    }

    /// All tables, and the remarks, each behind `before`.
    fn tables_in(&self, form: fn(&Table) -> String, before: &str) -> String {
        let tables: Vec<String> = self.tables.iter().map(form).collect();
        let mut text = tables.join("\n");
        for note in &self.notes {
            let lines = printable(note);
            match self.tables.is_empty() {
                true => text.push_str(&lines),
                false => {
                    text.push_str(before);
                    text.push_str(&lines.replace('\n', before));
                }
            }
            text.push('\n');
        }
        text
    }

    fn text(&self, common: &Common) -> String {
        let terminal = common.output.is_none().then(Terminal::standard).flatten();
        let layout = Layout {
            width: terminal.as_ref().map(|own| own.columns),
            paint: &|column, value, text| match &terminal {
                Some(own) => own.paint(column, value, text),
                None => text,
            },
        };
        let mut text = String::new();
        for table in &self.tables {
            text.push_str(&table.laid_out(&layout));
            text.push('\n');
        }
        for note in &self.notes {
            text.push_str(&printable(note));
            text.push('\n');
        }
        text
    }
}
