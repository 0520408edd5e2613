//! Replies and where they go.

use super::config::{Common, Format};
use onsager::error::{Error, Result};
use onsager::figure::Table;
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A table of the reply.
pub struct TextTable {
    pub title: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// What a command has to say, in all forms.
pub struct Reply {
    /// Everything.
    pub json: Value,
    /// Tables for people; the first one is also the CSV.
    pub tables: Vec<TextTable>,
    /// Remarks under the tables.
    pub notes: Vec<String>,
    pub exit: ExitCode,
    /// The table that goes out as CSV, where it is another than the first one for people.
    pub data: Option<Table>,
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
        // A link stands for the file that it points to; replacing a device or a pipe by a file would destroy it.
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.into());
        if path.exists() && !path.is_file() {
            return Err(Error::file(
                path,
                "is no regular file: --output takes a file",
            ));
        }
        temporary_beside(&path)?;
        Ok(Self::File(path))
    }

    pub fn write(self, reply: &Reply, common: &Common) -> Result<()> {
        let text = reply.render(common);
        match self {
            Self::Standard => match std::io::stdout().write_all(text.as_bytes()) {
                // A closed pipe (`onsager … | head`) is the reader's choice.
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
                other => other.map_err(|error| Error::file("standard output", error)),
            },
            Self::File(path) => finish(temporary_beside(&path)?, &path, text.as_bytes()),
        }
    }
}

/// A temporary file in the folder of `path`, which proves that the folder can be written.
pub fn temporary_beside(path: &Path) -> Result<tempfile::NamedTempFile> {
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    tempfile::NamedTempFile::new_in(folder)
        .map_err(|error| Error::file(path, format!("can't be written: {}", error.kind())))
}

/// Fills the temporary file and gives it its name.
pub fn finish(mut file: tempfile::NamedTempFile, path: &Path, bytes: &[u8]) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private; the reply is an ordinary file.
        let open = std::fs::Permissions::from_mode(0o644);
        file.as_file()
            .set_permissions(open)
            .map_err(|error| Error::file(path, error))?;
    }
    file.write_all(bytes)
        .map_err(|error| Error::file(path, error))?;
    file.persist(path)
        .map_err(|error| Error::file(path, error.error))?;
    Ok(())
}

impl Reply {
    fn render(&self, common: &Common) -> String {
        match common.format {
            Format::Json => format!("{:#}\n", self.json),
            Format::Csv => self.csv(common),
            Format::Table => self.text(),
        }
    }

    fn csv(&self, common: &Common) -> String {
        if let Some(data) = &self.data {
            return data.write();
        }
        let Some(first) = self.tables.first() else {
            return String::new();
        };
        let mut metadata = vec![
            (
                "program".to_owned(),
                format!("onsager {}", env!("CARGO_PKG_VERSION")),
            ),
            ("seed".to_owned(), common.seed.to_string()),
        ];
        metadata.extend(
            self.notes
                .iter()
                .map(|note| ("note".to_owned(), note.clone())),
        );
        let table = Table {
            metadata,
            columns: first.columns.clone(),
            rows: first.rows.clone(),
        };
        table.write()
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            text.push_str(&table.text());
            text.push('\n');
        }
        for note in &self.notes {
            text.push_str(note);
            text.push('\n');
        }
        text
    }
}

impl TextTable {
    fn text(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells
                .chain([self.columns[column].chars().count()])
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let line = |cells: &[String]| {
            let padded: Vec<String> = cells
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())))
                .collect();
            format!("{}\n", padded.join("  ").trim_end())
        };
        let mut text = String::new();
        if !self.title.is_empty() {
            text.push_str(&format!("{}\n", self.title));
        }
        text.push_str(&line(&self.columns));
        let rule: Vec<String> = widths.iter().map(|&width| "─".repeat(width)).collect();
        text.push_str(&line(&rule));
        for row in &self.rows {
            text.push_str(&line(row));
        }
        text
    }
}

/// A number for people: nine significant digits, or scientific notation where it is small.
pub fn number(value: f64) -> String {
    if value == 0.0 {
        "0".into()
    } else if value.abs() < 1e-4 || value.abs() >= 1e6 {
        format!("{value:.2e}")
    } else {
        format!("{value:.9}")
    }
}

/// A number for a CSV or people, or a dash where none was obtained.
pub fn optional(value: Option<f64>) -> String {
    value
        .filter(|value| value.is_finite())
        .map_or_else(|| "—".into(), number)
}
