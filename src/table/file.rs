//! Tables in files: CSV under a block of `# key: value` lines.

use super::{Column, Table, Value};
use std::collections::HashSet;

/// Columns that a table in a file may have.
const COLUMNS: usize = 10_000;

/// What is wrong with a table in a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// Two columns have one name.
    #[error("the table has two columns named {0:?}")]
    DuplicateColumn(String),
    /// A row has more or fewer cells than there are columns.
    #[error("row {row} of the table has {found} cells instead of {expected}")]
    RaggedRow {
        /// Number of the row, counted from 1 below the column names.
        row: usize,
        /// Number of columns.
        expected: usize,
        /// Number of cells.
        found: usize,
    },
    /// It has more columns than any table of this program.
    #[error("the table has {found} columns: at most {limit} are possible")]
    TooManyColumns {
        /// Number of columns.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// It is not a table.
    #[error("the table can't be read: {0}")]
    Unreadable(String),
}

impl Table {
    /// Reads a table. Only `#` lines before the row of column names are metadata.
    ///
    /// [`Table::write`] writes it as it was, whatever metadata and cells contain, provided that
    /// numbers are written with as many digits as they need; the title and the headings for people
    /// are not in the file.
    ///
    /// # Errors
    /// Rows of different lengths, a column name that stands twice, or no row of names.
    pub fn read(text: &str) -> Result<Self, TableError> {
        let mut metadata = Vec::new();
        let mut rest = text;
        while rest.starts_with('#') {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            metadata.push(parse_metadata(line.strip_suffix('\r').unwrap_or(line)));
            rest = after;
        }
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(rest.as_bytes());
        let mut records = reader.records();
        let names = match records.next() {
            Some(record) => cells(record)?,
            None => {
                return Err(TableError::Unreadable(
                    "there is no row of column names".into(),
                ));
            }
        };
        check_columns(&names)?;
        let mut rows = Vec::new();
        for record in records {
            let row = cells(record)?;
            if row.len() != names.len() {
                return Err(TableError::RaggedRow {
                    row: rows.len() + 1,
                    expected: names.len(),
                    found: row.len(),
                });
            }
            rows.push(row.iter().map(|cell| Value::parse(cell)).collect());
        }
        Ok(Self {
            title: String::new(),
            metadata,
            columns: names.into_iter().map(Column::new).collect(),
            rows,
        })
    }

    /// Writes the table in the form that [`Table::read`] takes.
    pub fn write(&self) -> String {
        let mut text = String::new();
        for (key, value) in &self.metadata {
            text.push_str(&format!("# {}: {}\n", escape_key(key), escape(value)));
        }
        // The comment character makes the writer quote a column name that starts with `#`, which
        // would else be read as metadata.
        let mut writer = csv::WriterBuilder::new()
            .comment(Some(b'#'))
            .flexible(true)
            .from_writer(Vec::new());
        let names = self.columns.iter().map(|column| column.name.clone());
        let rows = self.rows.iter().map(|row| row.iter().map(Value::to_string));
        for record in std::iter::once(names.collect::<Vec<_>>()).chain(rows.map(Iterator::collect))
        {
            writer
                .write_record(record)
                .expect("a flexible writer into memory has no way to fail");
        }
        let bytes = writer
            .into_inner()
            .expect("flushing into memory has no way to fail");
        text.push_str(&String::from_utf8_lossy(&bytes));
        text
    }
}

fn cells(record: csv::Result<csv::StringRecord>) -> Result<Vec<String>, TableError> {
    let record = record.map_err(|error| TableError::Unreadable(error.to_string()))?;
    Ok(record.iter().map(str::to_owned).collect())
}

fn check_columns(columns: &[String]) -> Result<(), TableError> {
    if columns.len() > COLUMNS {
        return Err(TableError::TooManyColumns {
            found: columns.len(),
            limit: COLUMNS,
        });
    }
    let mut known = HashSet::new();
    match columns.iter().find(|name| !known.insert(*name)) {
        Some(twice) => Err(TableError::DuplicateColumn(twice.clone())),
        None => Ok(()),
    }
}

/// Line breaks would end the metadata line, so they are written as `\n` and `\r`.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}

/// In a key also the colon is escaped, as the first bare colon ends the key.
fn escape_key(key: &str) -> String {
    escape(key).replace(':', "\\:")
}

fn parse_metadata(line: &str) -> (String, String) {
    let body = line.strip_prefix('#').unwrap_or(line);
    let body = body.strip_prefix(' ').unwrap_or(body);
    let mut escaped = false;
    let colon = body.char_indices().find(|&(_, c)| {
        let found = c == ':' && !escaped;
        escaped = c == '\\' && !escaped;
        found
    });
    match colon {
        Some((at, _)) => {
            let value = &body[at + 1..];
            let value = value.strip_prefix(' ').unwrap_or(value);
            (unescape(&body[..at]), unescape(value))
        }
        None => (unescape(body), String::new()),
    }
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => plain.push('\n'),
                Some('r') => plain.push('\r'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: &[&str], rows: &[&[&str]]) -> Table {
        let columns = columns.iter().map(|name| Column::new(*name));
        let mut table = Table::new("", columns);
        for row in rows {
            table.push(row.iter().map(|cell| Value::parse(cell)).collect());
        }
        table
    }

    #[test]
    fn awkward_content_survives_the_round_trip() {
        let mut table = table(
            &["# λ", "mean, \"quoted\"", ""],
            &[
                &["0.1", "", "#"],
                &["", "", ""],
                &["a\nb", " padded ", "\r\n"],
            ],
        );
        table.metadata = vec![
            ("version".into(), "0.1.0".into()),
            (
                "a: key \\ with\nbreaks:".into(),
                "C:\\new\r\n# x: y ".into(),
            ),
            ("".into(), "".into()),
        ];
        assert_eq!(Table::read(&table.write()), Ok(table));
    }

    #[test]
    fn single_column_with_empty_cells_survives() {
        let table = table(&["only"], &[&[""], &["1"], &[""]]);
        assert_eq!(Table::read(&table.write()), Ok(table));
    }

    #[test]
    fn cells_have_types() {
        let row = [
            "0.30000000000000004",
            "1e-7",
            "true",
            "",
            "converged",
            "NaN",
            "11",
        ];
        let values = row.map(Value::parse);
        let expected = [
            Value::Number(0.1 + 0.2),
            Value::Number(1e-7),
            Value::Flag(true),
            Value::Missing,
            Value::Text("converged".into()),
            Value::Text("NaN".into()),
            Value::Number(11.0),
        ];
        assert_eq!(values, expected);
        // Numbers are written with every digit, and read back as they were.
        assert_eq!(values[0].to_string(), row[0]);
        assert_eq!(Value::from(f64::NAN), Value::Missing);
    }

    #[test]
    fn windows_line_ends_are_read() {
        let found = Table::read("# seed: 7\r\nx,y\r\n1,2\r\n").expect("a good table");
        assert_eq!(found.metadata, [("seed".to_owned(), "7".to_owned())]);
        assert_eq!(found.rows, table(&["x", "y"], &[&["1", "2"]]).rows);
    }

    #[test]
    fn ragged_row_is_named() {
        let found = Table::read("# k: v\nx,y\n1,2\n1,2,3\n");
        let expected = TableError::RaggedRow {
            row: 2,
            expected: 2,
            found: 3,
        };
        assert_eq!(found, Err(expected));
    }

    #[test]
    fn repeated_and_absent_columns_are_refused() {
        let repeated = Table::read("x,x\n1,2\n");
        assert_eq!(repeated, Err(TableError::DuplicateColumn("x".into())));
        assert!(matches!(
            Table::read("# only: metadata\n"),
            Err(TableError::Unreadable(_))
        ));
        let wide = vec!["x"; 100_000].join(",");
        let (found, limit) = (100_000, COLUMNS);
        assert_eq!(
            Table::read(&wide),
            Err(TableError::TooManyColumns { found, limit })
        );
    }
}
