//! The numbers of a figure: the rows that each series selects, read as numbers, and the axes that
//! hold them.

use super::axis::Axis;
use super::cells::Cell;
use super::colour_scale::ColourScale;
use super::map::Cells;
use super::reader::Reader;
use crate::figure::error::FigureError;
use crate::figure::spec::{
    CurveSpec, FigureSpec, MarkAxis, PanelSpec, SeriesSpec, panel_place, series_place,
};
use crate::figure::style::SeriesStyle;
use crate::table::Table;

/// Markers of a panel: more would only cover each other, and take long to draw.
const MARKERS: usize = 50_000;

/// Cells of a heat map, counted once for each line of equal value.
const CONTOURED: usize = 500_000;

/// Cells of a map.
const CELLS: usize = 500_000;

/// Rows of a figure, each counted once for every series that shows it.
const ROWS: usize = 2_000_000;

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
    /// Every series, in the order of the specification.
    pub series: Vec<SeriesData>,
    /// The colours of the heat map, if there is one.
    pub colours: Option<ColourScale>,
}

/// The numbers of a series, in the order of the table.
#[derive(Debug, Clone, PartialEq)]
pub enum SeriesData {
    /// Rows of a curve or a set of points.
    Curve(Vec<Datum>),
    /// Cells of a heat map.
    Heat(Cells<f64>),
    /// Cells of a map of regions, with the places of their categories in the specification.
    Regions(Cells<usize>),
}

impl SeriesData {
    /// The rows of a curve; none of a map.
    pub fn curve(&self) -> &[Datum] {
        match self {
            Self::Curve(rows) => rows,
            Self::Heat(_) | Self::Regions(_) => &[],
        }
    }

    /// The edges of the cells of a map; none of a curve.
    fn cells(&self) -> &[Cell] {
        match self {
            Self::Curve(_) => &[],
            Self::Heat(map) => &map.cells,
            Self::Regions(map) => &map.cells,
        }
    }
}

impl PanelData {
    /// Whether there is a map.
    pub fn has_cells(&self) -> bool {
        self.series.iter().any(|one| !one.cells().is_empty())
    }
}

/// Reads the numbers of all panels.
pub fn resolve(spec: &FigureSpec, table: &Table) -> Result<Vec<PanelData>, FigureError> {
    let mut rows = 0;
    let panels = spec.panels.iter().enumerate();
    panels
        .map(|(index, panel)| panel_data(panel, &panel_place(index), table, &mut rows))
        .collect()
}

/// Checks that the table has the columns of all series.
pub fn check_columns(spec: &FigureSpec, table: &Table) -> Result<(), FigureError> {
    for (index, panel) in spec.panels.iter().enumerate() {
        for (number, series) in panel.series.iter().enumerate() {
            let reader = Reader {
                table,
                place: series_place(&panel_place(index), number, series.name()),
            };
            let mut names = series.named(panel).into_iter();
            names.try_for_each(|name| reader.column(Some(name)).map(drop))?;
        }
    }
    Ok(())
}

fn panel_data(
    panel: &PanelSpec,
    panel_name: &str,
    table: &Table,
    rows: &mut usize,
) -> Result<PanelData, FigureError> {
    let place = |index| series_place(panel_name, index, panel.series[index].name());
    let mut series = Vec::with_capacity(panel.series.len());
    for (index, one) in panel.series.iter().enumerate() {
        let reader = Reader {
            table,
            place: place(index),
        };
        series.push(read(&reader, one, panel, rows)?);
    }
    check_markers(panel, panel_name, &series)?;
    let [x, y] = axes(panel, &series);
    let mut colours = None;
    for (index, (spec, data)) in panel.series.iter().zip(&series).enumerate() {
        let visible = match (spec, data) {
            (SeriesSpec::Heat(heat), SeriesData::Heat(map)) => {
                let visible = map.visible(&x, &y);
                colours = Some(ColourScale::new(
                    heat,
                    visible.clone().filter_map(|(_, value)| value),
                ));
                visible.count()
            }
            (_, SeriesData::Regions(map)) => map.visible(&x, &y).count(),
            _ => continue,
        };
        if visible == 0 {
            return Err(FigureError::NoCellInRange {
                place: place(index),
            });
        }
    }
    Ok(PanelData {
        x,
        y,
        series,
        colours,
    })
}

/// The numbers of a series. What no page can hold is refused; `rows` counts the rows of the whole
/// figure.
fn read(
    reader: &Reader,
    series: &SeriesSpec,
    panel: &PanelSpec,
    rows: &mut usize,
) -> Result<SeriesData, FigureError> {
    let chosen = reader.select(series.selection())?.len();
    *rows += chosen;
    FigureError::at_most(ROWS, "the figure", "rows in all of its series", *rows)?;
    if series.curve().is_none() {
        FigureError::at_most(CELLS, &reader.place, "cells", chosen)?;
    }
    match series {
        SeriesSpec::Curve(curve) => {
            let columns = series.columns(panel);
            Ok(SeriesData::Curve(reader.curve(curve, columns)?))
        }
        SeriesSpec::Heat(heat) => {
            let steps = chosen * heat.contours.len();
            let what = "cells, counted once for each of its contours";
            FigureError::at_most(CONTOURED, &reader.place, what, steps)?;
            Ok(SeriesData::Heat(reader.heat(series, heat, panel)?))
        }
        SeriesSpec::Regions(regions) => {
            Ok(SeriesData::Regions(reader.regions(series, regions, panel)?))
        }
    }
}

/// An error if there are too many markers.
fn check_markers(panel: &PanelSpec, place: &str, series: &[SeriesData]) -> Result<(), FigureError> {
    let both = panel.series.iter().zip(series);
    let curves = both.filter_map(|(spec, data)| Some((spec.curve()?, data.curve())));
    let markers = curves.map(|(spec, rows)| {
        let base = SeriesStyle::of(spec);
        let alternate = spec.alternate.as_ref();
        let alternate = alternate.map_or(base, |other| SeriesStyle::of_alternate(spec, other));
        let style = |datum: &Datum| if datum.alternate { alternate } else { base };
        let marked = |datum: &&Datum| datum.y.is_some() && style(datum).marker.is_some();
        rows.iter().filter(marked).count()
    });
    FigureError::at_most(MARKERS, place, "markers", markers.sum())
}

/// The axes of a panel; cells fill the frame exactly, if there are some.
fn axes(panel: &PanelSpec, series: &[SeriesData]) -> [Axis; 2] {
    let marks = |axis| {
        let marks = panel.marks.iter().filter(move |mark| mark.axis == axis);
        marks.map(|mark| mark.value)
    };
    let mut cells = series.iter().flat_map(SeriesData::cells).peekable();
    if cells.peek().is_some() {
        let (xs, ys): (Vec<_>, Vec<_>) = cells.map(|cell| (cell.x, cell.y)).unzip();
        let (xs, ys) = (xs.into_iter().flatten(), ys.into_iter().flatten());
        return [
            Axis::exactly(&panel.x, xs.chain(marks(MarkAxis::X))),
            Axis::exactly(&panel.y, ys.chain(marks(MarkAxis::Y))),
        ];
    }
    let rows = || series.iter().flat_map(SeriesData::curve);
    let xs = rows().map(|datum| datum.x).chain(marks(MarkAxis::X));
    let ys = rows().flat_map(extent).chain(marks(MarkAxis::Y));
    [Axis::new(&panel.x, xs), Axis::new(&panel.y, ys)]
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
    fn curve(
        &self,
        series: &CurveSpec,
        columns: [Option<&String>; 2],
    ) -> Result<Vec<Datum>, FigureError> {
        let rows = self.select(&series.selection)?;
        let x = self.column(columns[0])?;
        let y = self.column(columns[1])?;
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
        let all = rows.into_iter().map(datum);
        let Some([first, last]) = series.span else {
            return all.collect();
        };
        let kept = |datum: &Result<Datum, FigureError>| {
            datum
                .as_ref()
                .map_or(true, |datum| (first..=last).contains(&datum.x))
        };
        let rows: Vec<Datum> = all.filter(kept).collect::<Result<_, _>>()?;
        if rows.is_empty() {
            let selection = format!("an abscissa from {first} to {last}, its `span`");
            return Err(FigureError::EmptySelection {
                place: self.place.clone(),
                selection,
            });
        }
        Ok(rows)
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
