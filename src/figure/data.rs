//! The numbers of a figure: the rows that each series selects, read as numbers, and the axes that hold them.

use super::axis::Axis;
use super::error::FigureError;
use super::spec::{FigureSpec, MarkAxis, PanelSpec, Selection, SeriesSpec};
use super::table::Table;
use super::validate::{panel_place, series_place};

/// Half-length of an error bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spread {
    /// The series has no error bars.
    Absent,
    /// It has, but there is no number for this row.
    Missing,
    /// The number.
    Known(f64),
}

/// One row of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Datum {
    /// Abscissa.
    pub x: f64,
    /// Ordinate; `None` where no number was obtained.
    pub y: Option<f64>,
    /// Error of the ordinate.
    pub spread: Spread,
    /// Whether the row is in the alternate part.
    pub alternate: bool,
}

/// The numbers of a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelData {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Rows of every series, in the order of the table.
    pub series: Vec<Vec<Datum>>,
}

/// Reads the numbers of all panels.
pub fn resolve(spec: &FigureSpec, table: &Table) -> Result<Vec<PanelData>, FigureError> {
    let panels = spec.panels.iter().enumerate();
    panels
        .map(|(index, panel)| panel_data(panel, &panel_place(index), table))
        .collect()
}

fn panel_data(panel: &PanelSpec, place: &str, table: &Table) -> Result<PanelData, FigureError> {
    let mut series = Vec::with_capacity(panel.series.len());
    for (index, one) in panel.series.iter().enumerate() {
        let reader = Reader {
            table,
            place: series_place(place, index, &one.label),
        };
        series.push(reader.series(one, panel)?);
    }
    let data = || series.iter().flatten();
    let marks = |axis| {
        let marks = panel.marks.iter().filter(move |mark| mark.axis == axis);
        marks.map(|mark| mark.value)
    };
    let xs = data().map(|datum| datum.x).chain(marks(MarkAxis::X));
    let ys = data().flat_map(extent).chain(marks(MarkAxis::Y));
    Ok(PanelData {
        x: Axis::new(&panel.x, xs),
        y: Axis::new(&panel.y, ys),
        series,
    })
}

/// What the vertical axis must hold for a row: the number, and the ends of its error bar.
fn extent(datum: &Datum) -> impl Iterator<Item = f64> + use<> {
    let half = match datum.spread {
        Spread::Known(half) => half,
        Spread::Absent | Spread::Missing => 0.0,
    };
    let ends = datum.y.map(|y| [y - half, y, y + half]);
    ends.into_iter().flatten()
}

/// Reads the rows of one series.
struct Reader<'a> {
    table: &'a Table,
    /// Panel and series, for messages.
    place: String,
}

impl Reader<'_> {
    fn series(&self, series: &SeriesSpec, panel: &PanelSpec) -> Result<Vec<Datum>, FigureError> {
        let rows = self.select(&series.selection)?;
        let x = self.column(series.x.as_ref().or(panel.x.column.as_ref()))?;
        let y = self.column(series.y.as_ref().or(panel.y.column.as_ref()))?;
        let error = match &series.error {
            Some(name) => Some(self.column(Some(name))?),
            None => None,
        };
        let alternate = match &series.alternate {
            Some(alternate) => Some(self.alternate(&alternate.selection)?),
            None => None,
        };
        let datum = |row: usize| {
            Ok(Datum {
                x: self.abscissa(row, x)?,
                y: self.number(row, y)?,
                spread: self.spread(row, error)?,
                alternate: alternate
                    .as_ref()
                    .is_some_and(|conditions| self.matches(row, conditions)),
            })
        };
        rows.into_iter().map(datum).collect()
    }

    /// The rows of a selection; there must be some.
    fn select(&self, selection: &Selection) -> Result<Vec<usize>, FigureError> {
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

    /// The conditions of an alternate part. A series may well have no such row, for example if no point of it is
    /// unstable; but a value that occurs nowhere in the table is taken for misspelt.
    fn alternate<'s>(&self, selection: &'s Selection) -> Result<Conditions<'s>, FigureError> {
        let conditions = self.conditions(selection)?;
        for &(column, value) in &conditions {
            let mut rows = self.table.rows.iter();
            if !rows.any(|row| row.get(column).is_some_and(|cell| cell == value)) {
                let name = &self.table.columns[column];
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
            .map(|(name, value)| Ok((self.column(Some(name))?, value.as_str())))
            .collect()
    }

    fn matches(&self, row: usize, conditions: &Conditions) -> bool {
        conditions
            .iter()
            .all(|&(column, value)| self.cell(row, column) == value)
    }

    fn column(&self, name: Option<&String>) -> Result<usize, FigureError> {
        let name = name.map_or("", String::as_str);
        self.table
            .column(name)
            .ok_or_else(|| FigureError::MissingColumn {
                place: self.place.clone(),
                column: name.to_owned(),
                available: self.table.columns.join(", "),
            })
    }

    fn cell(&self, row: usize, column: usize) -> &str {
        let cell = self.table.rows.get(row).and_then(|cells| cells.get(column));
        cell.map_or("", String::as_str)
    }

    fn abscissa(&self, row: usize, column: usize) -> Result<f64, FigureError> {
        self.number(row, column)?.ok_or_else(|| {
            // Without an abscissa there is no place for a failure marker either.
            self.bad_cell(
                row,
                column,
                "a number, as this column gives the place of the row",
            )
        })
    }

    fn spread(&self, row: usize, column: Option<usize>) -> Result<Spread, FigureError> {
        let Some(column) = column else {
            return Ok(Spread::Absent);
        };
        match self.number(row, column)? {
            None => Ok(Spread::Missing),
            Some(half) if half >= 0.0 => Ok(Spread::Known(half)),
            Some(_) => Err(self.bad_cell(row, column, "an error, which is not negative")),
        }
    }

    /// The number in a cell, `None` for an empty one.
    fn number(&self, row: usize, column: usize) -> Result<Option<f64>, FigureError> {
        let cell = self.cell(row, column);
        if cell.is_empty() {
            return Ok(None);
        }
        match cell.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.bad_cell(
                row,
                column,
                "a finite number, or nothing if none was obtained",
            )),
        }
    }

    fn bad_cell(&self, row: usize, column: usize, expected: &'static str) -> FigureError {
        FigureError::BadCell {
            place: self.place.clone(),
            row: row + 1,
            column: self.table.columns[column].clone(),
            cell: self.cell(row, column).to_owned(),
            expected,
        }
    }
}

/// Columns and the cells that they must have.
type Conditions<'s> = Vec<(usize, &'s str)>;

fn describe(selection: &Selection) -> String {
    let conditions: Vec<String> = selection
        .iter()
        .map(|(column, value)| format!("{column} = {value:?}"))
        .collect();
    conditions.join(" and ")
}
