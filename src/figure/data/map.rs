//! The numbers of a map: the rows of the table as cells.

use std::collections::BTreeMap;

use super::axis::Axis;
use super::cells::{Cell, around, between, overlap};
use super::reader::Reader;
use crate::figure::error::FigureError;
use crate::figure::spec::{HeatSpec, PanelSpec, RegionsSpec, Scale, SeriesSpec};

/// The cells of a series, in the order of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells<T> {
    /// Their edges.
    pub cells: Vec<Cell>,
    /// Their centres, horizontally and vertically.
    pub centres: Vec<[f64; 2]>,
    /// What they show; `None` where nothing was obtained.
    pub values: Vec<Option<T>>,
    /// Cells of different groups lie on different sides of a border.
    pub groups: Vec<usize>,
}

impl Cell {
    /// Whether a part lies between the ends of the axes. A cell that only touches the frame is
    /// outside.
    pub fn meets(&self, x: &Axis, y: &Axis) -> bool {
        let meets = |axis: &Axis, [low, high]: [f64; 2]| {
            axis.fraction(low) < 1.0 - 1e-9 && axis.fraction(high) > 1e-9
        };
        meets(x, self.x) && meets(y, self.y)
    }
}

impl<T: Copy> Cells<T> {
    /// The cells of which a part lies between the ends of the axes.
    pub fn visible(&self, x: &Axis, y: &Axis) -> impl Iterator<Item = (&Cell, Option<T>)> + Clone {
        let (x, y) = (*x, *y);
        let cells = self.cells.iter().zip(self.values.iter().copied());
        cells.filter(move |(cell, _)| cell.meets(&x, &y))
    }
}

/// Columns of the cells of a series, on the horizontal and the vertical axis.
struct Columns<'a> {
    centres: [Option<&'a String>; 2],
    /// Width and height, if there are columns of them.
    sizes: [Option<&'a String>; 2],
}

/// Names of the fields for the columns of sizes.
const SIZES: [&str; 2] = ["cell_width", "cell_height"];

impl Reader<'_> {
    /// Reads the cells of a heat map.
    pub fn heat(
        &self,
        series: &SeriesSpec,
        heat: &HeatSpec,
        panel: &PanelSpec,
    ) -> Result<Cells<f64>, FigureError> {
        let rows = self.select(&heat.selection)?;
        let value = self.column(Some(&heat.value))?;
        let number = |&row: &usize| {
            let number = self.number(row, value)?;
            if heat.color_scale == Scale::Log && number.is_some_and(|number| number <= 0.0) {
                let expected = "a positive number, as the colour scale is logarithmic; select other rows with `where`, \
                                or set `color_scale` to \"linear\"";
                return Err(self.bad_cell(row, value, expected));
            }
            Ok(number)
        };
        let values = rows.iter().map(number).collect::<Result<_, _>>()?;
        let columns = Columns {
            centres: series.columns(panel),
            sizes: [heat.cell_width.as_ref(), heat.cell_height.as_ref()],
        };
        let mut cells = self.cells(&rows, values, &columns, panel)?;
        if let Some(column) = &heat.smooth_within {
            cells.groups = self.groups(&rows, self.column(Some(column))?);
        }
        Ok(cells)
    }

    /// The rows by what stands in a column: equal numbers for equal cells.
    fn groups(&self, rows: &[usize], column: usize) -> Vec<usize> {
        let mut known = BTreeMap::new();
        let mut group = |&row: &usize| {
            let next = known.len();
            *known
                .entry(self.cell(row, column).to_string())
                .or_insert(next)
        };
        rows.iter().map(&mut group).collect()
    }

    /// Reads the cells of a map of regions: each has the place of its category in the list.
    pub fn regions(
        &self,
        series: &SeriesSpec,
        regions: &RegionsSpec,
        panel: &PanelSpec,
    ) -> Result<Cells<usize>, FigureError> {
        let rows = self.select(&regions.selection)?;
        let column = self.column(Some(&regions.category))?;
        let category = |&row: &usize| {
            let cell = self.cell(row, column);
            if cell.is_missing() {
                return Ok(None);
            }
            let mut categories = regions.categories.iter();
            let found = categories.position(|one| cell.is_written(&one.value));
            let listed = || regions.categories.iter().map(|one| one.value.as_str());
            found.map(Some).ok_or_else(|| FigureError::UnknownCategory {
                place: self.place.clone(),
                row: row + 1,
                column: regions.category.clone(),
                cell: cell.to_string(),
                listed: listed().collect::<Vec<_>>().join(", "),
            })
        };
        let values = rows.iter().map(category).collect::<Result<_, _>>()?;
        let columns = Columns {
            centres: series.columns(panel),
            sizes: [regions.cell_width.as_ref(), regions.cell_height.as_ref()],
        };
        self.cells(&rows, values, &columns, panel)
    }

    fn cells<T>(
        &self,
        rows: &[usize],
        values: Vec<Option<T>>,
        columns: &Columns,
        panel: &PanelSpec,
    ) -> Result<Cells<T>, FigureError> {
        let scales = [panel.x.scale, panel.y.scale];
        let centres = |axis: usize| {
            let column = self.column(columns.centres[axis])?;
            self.places(rows, column, scales[axis])
        };
        let [xs, ys] = [centres(0)?, centres(1)?];
        let edges = |axis: usize, centres: &[f64]| match columns.sizes[axis] {
            Some(size) => Ok(around(scales[axis], centres, &self.extents(rows, size)?)),
            None => between(scales[axis], centres).ok_or_else(|| self.no_size(SIZES[axis])),
        };
        let edges = edges(0, &xs)?.into_iter().zip(edges(1, &ys)?);
        let cells: Vec<Cell> = edges.map(|(x, y)| Cell { x, y }).collect();
        match overlap(&cells) {
            None => Ok(Cells {
                cells,
                centres: xs.into_iter().zip(ys).map(|(x, y)| [x, y]).collect(),
                groups: vec![0; values.len()],
                values,
            }),
            Some(pair) => Err(FigureError::OverlappingCells {
                place: self.place.clone(),
                first: rows[pair[0]] + 1,
                second: rows[pair[1]] + 1,
            }),
        }
    }

    /// Centres of the cells on an axis.
    fn places(&self, rows: &[usize], column: usize, scale: Scale) -> Result<Vec<f64>, FigureError> {
        let expected = "a positive number, as the axis is logarithmic";
        let place = |&row: &usize| match self.abscissa(row, column)? {
            place if scale == Scale::Log && place <= 0.0 => {
                Err(self.bad_cell(row, column, expected))
            }
            place => Ok(place),
        };
        rows.iter().map(place).collect()
    }

    /// Widths or heights of the cells.
    fn extents(&self, rows: &[usize], column: &String) -> Result<Vec<f64>, FigureError> {
        let column = self.column(Some(column))?;
        let extent = |&row: &usize| match self.abscissa(row, column)? {
            extent if extent > 0.0 => Ok(extent),
            _ => Err(self.bad_cell(row, column, "the extent of a cell, which is positive")),
        };
        rows.iter().map(extent).collect()
    }

    fn no_size(&self, field: &str) -> FigureError {
        let allowed = "all cells stand side by side or one above the other, so only a column with their extents can \
                       tell how far they reach on this axis";
        FigureError::InvalidField {
            field: format!("{}: {field}", self.place),
            got: "absent".into(),
            allowed: allowed.into(),
        }
    }
}
