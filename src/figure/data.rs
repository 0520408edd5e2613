//! The numbers of a figure: the rows that each series selects, read as numbers, and the axes that hold them.

use super::axis::Axis;
use super::error::FigureError;
use super::reader::Reader;
use super::spec::{FigureSpec, MarkAxis, PanelSpec, SeriesSpec};
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
}
