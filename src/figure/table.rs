//! The data of a figure: a CSV table under a block of `# key: value` lines.

use super::error::FigureError;

/// A table of cells with named columns, and the settings that produced it.
///
/// An empty cell means that no number was obtained. `read` and `write` are inverse to each other: whatever the metadata
/// and the cells contain, `Table::read(&table.write())` gives the same table, provided that it has columns, that their
/// names differ, and that every row has one cell per column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Settings, version, seed, counts of outcomes and the like, in order.
    pub metadata: Vec<(String, String)>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Cells, row by row.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a table. Only `#` lines before the row of column names are metadata.
    pub fn read(text: &str) -> Result<Self, FigureError> {
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
        let columns = match records.next() {
            Some(record) => cells(record)?,
            None => return Err(FigureError::Table("there is no row of column names".into())),
        };
        check_columns(&columns)?;
        let mut rows = Vec::new();
        for record in records {
            let row = cells(record)?;
            if row.len() != columns.len() {
                return Err(FigureError::RaggedRow {
                    row: rows.len() + 1,
                    expected: columns.len(),
                    found: row.len(),
                });
            }
            rows.push(row);
        }
        Ok(Self {
            metadata,
            columns,
            rows,
        })
    }

    /// Writes the table in the form that [`Table::read`] takes.
    pub fn write(&self) -> String {
        let mut text = String::new();
        for (key, value) in &self.metadata {
            text.push_str(&format!("# {}: {}\n", escape_key(key), escape(value)));
        }
        // The comment character makes the writer quote a column name that starts with `#`, which would else be read as
        // metadata.
        let mut writer = csv::WriterBuilder::new()
            .comment(Some(b'#'))
            .flexible(true)
            .from_writer(Vec::new());
        for record in std::iter::once(&self.columns).chain(&self.rows) {
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

    /// Position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

fn cells(record: csv::Result<csv::StringRecord>) -> Result<Vec<String>, FigureError> {
    let record = record.map_err(|error| FigureError::Table(error.to_string()))?;
    Ok(record.iter().map(str::to_owned).collect())
}

fn check_columns(columns: &[String]) -> Result<(), FigureError> {
    for (index, column) in columns.iter().enumerate() {
        if columns[..index].contains(column) {
            return Err(FigureError::DuplicateColumn(column.clone()));
        }
    }
    Ok(())
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

    fn strings(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn awkward_content_survives_the_round_trip() {
        let table = Table {
            metadata: vec![
                ("version".into(), "0.1.0".into()),
                (
                    "a: key \\ with\nbreaks:".into(),
                    "C:\\new\r\n# x: y ".into(),
                ),
                ("".into(), "".into()),
            ],
            columns: strings(&["# λ", "mean, \"quoted\"", ""]),
            rows: vec![
                strings(&["0.1", "", "#"]),
                strings(&["", "", ""]),
                strings(&["a\nb", " padded ", "\r\n"]),
            ],
        };
        assert_eq!(Table::read(&table.write()), Ok(table));
    }

    #[test]
    fn single_column_with_empty_cells_survives() {
        let table = Table {
            metadata: vec![],
            columns: strings(&["only"]),
            rows: vec![strings(&[""]), strings(&["1"]), strings(&[""])],
        };
        assert_eq!(Table::read(&table.write()), Ok(table));
    }

    #[test]
    fn windows_line_ends_are_read() {
        let table = Table::read("# seed: 7\r\nx,y\r\n1,2\r\n").expect("a good table");
        assert_eq!(table.metadata, [("seed".to_owned(), "7".to_owned())]);
        assert_eq!(table.rows, [["1", "2"]]);
    }

    #[test]
    fn ragged_row_is_named() {
        let found = Table::read("# k: v\nx,y\n1,2\n1,2,3\n");
        let expected = FigureError::RaggedRow {
            row: 2,
            expected: 2,
            found: 3,
        };
        assert_eq!(found, Err(expected));
    }

    #[test]
    fn repeated_and_absent_columns_are_refused() {
        let repeated = Table::read("x,x\n1,2\n");
        assert_eq!(repeated, Err(FigureError::DuplicateColumn("x".into())));
        assert!(matches!(
            Table::read("# only: metadata\n"),
            Err(FigureError::Table(_))
        ));
    }
}
