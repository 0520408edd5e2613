//! Reading of the rows of one series: their selection, and cells as numbers.

use crate::figure::error::{FigureError, listed};
use crate::figure::spec::Selection;
use crate::table::{Table, Value};

/// Reads the rows of one series.
pub struct Reader<'a> {
    /// The table.
    pub table: &'a Table,
    /// Panel and series, for messages.
    pub place: String,
}

impl Reader<'_> {
    /// The rows of a selection; there must be some.
    pub fn select(&self, selection: &Selection) -> Result<Vec<usize>, FigureError> {
        let conditions = self.conditions(selection)?;
        let rows = 0..self.table.rows.len();
        let rows: Vec<usize> = rows.filter(|&row| self.matches(row, &conditions)).collect();
        if rows.is_empty() {
            let selection = if selection.is_empty() {
                "any cells at all".to_owned()
            } else {
                describe(selection)
            };
            return Err(self.empty(selection));
        }
        Ok(rows)
    }

    /// The conditions of an alternate part. A series may well have no such row, for example if no
    /// point of it is unstable; but a value that occurs nowhere in the table is taken for misspelt.
    pub fn alternate<'s>(&self, selection: &'s Selection) -> Result<Conditions<'s>, FigureError> {
        let conditions = self.conditions(selection)?;
        for condition in &conditions {
            let mut rows = 0..self.table.rows.len();
            if !rows.any(|row| self.is(row, condition)) {
                let name = &self.table.columns[condition.column].name;
                let value = condition.text;
                return Err(self.empty(format!("{name} = {value:?}")));
            }
        }
        Ok(conditions)
    }

    fn empty(&self, selection: String) -> FigureError {
        FigureError::EmptySelection {
            place: self.place.clone(),
            selection,
        }
    }

    fn conditions<'s>(&self, selection: &'s Selection) -> Result<Conditions<'s>, FigureError> {
        selection
            .iter()
            .map(|(name, text)| {
                Ok(Condition {
                    column: self.column(Some(name))?,
                    text,
                    parsed: Value::parse(text),
                })
            })
            .collect()
    }

    /// Whether a row fulfils all conditions.
    pub fn matches(&self, row: usize, conditions: &Conditions) -> bool {
        conditions.iter().all(|condition| self.is(row, condition))
    }

    fn is(&self, row: usize, condition: &Condition) -> bool {
        let cell = self.cell(row, condition.column);
        cell.is_written_as(condition.text, &condition.parsed)
    }

    /// Position of a column.
    pub fn column(&self, name: Option<&String>) -> Result<usize, FigureError> {
        let name = name.map_or("", String::as_str);
        self.table
            .column(name)
            .ok_or_else(|| FigureError::MissingColumn {
                place: self.place.clone(),
                column: name.to_owned(),
                available: self.names(),
            })
    }

    fn names(&self) -> String {
        let names = self.table.columns.iter().map(|column| column.name.as_str());
        listed(names)
    }

    /// The content of a cell.
    pub fn cell(&self, row: usize, column: usize) -> &Value {
        const NOTHING: &Value = &Value::Missing;
        let cell = self.table.rows.get(row).and_then(|cells| cells.get(column));
        cell.unwrap_or(NOTHING)
    }

    /// The number in a cell that gives the place of its row.
    pub fn abscissa(&self, row: usize, column: usize) -> Result<f64, FigureError> {
        self.number(row, column)?.ok_or_else(|| {
            // Without an abscissa there is no place for a failure marker either.
            self.bad_cell(
                row,
                column,
                "a number, as this column gives the place of the row",
            )
        })
    }

    /// The number in a cell, `None` for an empty one.
    pub fn number(&self, row: usize, column: usize) -> Result<Option<f64>, FigureError> {
        match self.cell(row, column) {
            Value::Missing => Ok(None),
            Value::Number(number) => Ok(Some(*number)),
            _ => Err(self.bad_cell(
                row,
                column,
                "a finite number, or nothing if none was obtained",
            )),
        }
    }

    /// The error that a cell does not hold what it should.
    pub fn bad_cell(&self, row: usize, column: usize, expected: &'static str) -> FigureError {
        FigureError::BadCell {
            place: self.place.clone(),
            row: row + 1,
            column: self.table.columns[column].name.clone(),
            cell: self.cell(row, column).to_string(),
            expected,
        }
    }
}

/// A column, and what its cell must be.
pub struct Condition<'s> {
    column: usize,
    text: &'s str,
    parsed: Value,
}

/// Conditions that a row must fulfil.
pub type Conditions<'s> = Vec<Condition<'s>>;

fn describe(selection: &Selection) -> String {
    let conditions: Vec<String> = selection
        .iter()
        .map(|(column, value)| format!("{column} = {value:?}"))
        .collect();
    conditions.join(" and ")
}
