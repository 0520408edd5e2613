//! The numbers of a map: the rows of the table as cells.

use super::axis::Axis;
use super::cells::{Cell, around, between, overlap};
use super::cells_spec::HeatSpec;
use super::error::FigureError;
use super::reader::Reader;
use super::series_spec::SeriesSpec;
use super::spec::{PanelSpec, Scale};

/// The cells of a series, in the order of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells<T> {
    /// Their edges.
    pub cells: Vec<Cell>,
    /// What they show; `None` where nothing was obtained.
    pub values: Vec<Option<T>>,
}

impl<T: Copy> Cells<T> {
    /// The cells of which a part lies between the ends of the axes.
    pub fn visible(&self, x: &Axis, y: &Axis) -> impl Iterator<Item = (&Cell, Option<T>)> + Clone {
        // Cells that only touch the frame are outside.
        let meets = |axis: &Axis, [low, high]: [f64; 2]| {
            axis.fraction(low) < 1.0 - 1e-9 && axis.fraction(high) > 1e-9
        };
        let (x, y) = (*x, *y);
        let cells = self.cells.iter().zip(self.values.iter().copied());
        cells.filter(move |(cell, _)| meets(&x, cell.x) && meets(&y, cell.y))
    }
}

/// Columns of the cells of a series.
struct Columns<'a> {
    /// Centre, on the horizontal and the vertical axis.
    centres: [Option<&'a String>; 2],
    /// Width and height, if there are columns of them.
    sizes: [Option<&'a String>; 2],
}

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
        let cells = self.cells(&rows, &columns, panel)?;
        Ok(Cells { cells, values })
    }

    fn cells(
        &self,
        rows: &[usize],
        columns: &Columns,
        panel: &PanelSpec,
    ) -> Result<Vec<Cell>, FigureError> {
        let edges = |axis: usize, scale: Scale| {
            let name = ["cell_width", "cell_height"][axis];
            self.edges(
                rows,
                columns.centres[axis],
                columns.sizes[axis],
                scale,
                name,
            )
        };
        let (x, y) = (edges(0, panel.x.scale)?, edges(1, panel.y.scale)?);
        let cells: Vec<Cell> = x.into_iter().zip(y).map(|(x, y)| Cell { x, y }).collect();
        match overlap(&cells) {
            None => Ok(cells),
            Some(pair) => Err(FigureError::OverlappingCells {
                place: self.place.clone(),
                first: rows[pair[0]] + 1,
                second: rows[pair[1]] + 1,
            }),
        }
    }

    /// The edges of the cells on one axis; `size` is the name of the field for the column of widths or heights.
    fn edges(
        &self,
        rows: &[usize],
        centre: Option<&String>,
        width: Option<&String>,
        scale: Scale,
        size: &str,
    ) -> Result<Vec<[f64; 2]>, FigureError> {
        let positive = |column: usize, needed: bool, expected: &'static str| {
            let number = move |&row: &usize| match self.abscissa(row, column)? {
                number if needed && number <= 0.0 => Err(self.bad_cell(row, column, expected)),
                number => Ok(number),
            };
            rows.iter().map(number).collect::<Result<Vec<f64>, _>>()
        };
        let column = self.column(centre)?;
        let expected = "a positive number, as the axis is logarithmic";
        let centres = positive(column, scale == Scale::Log, expected)?;
        if let Some(width) = width {
            let expected = "the extent of a cell, which is positive";
            let widths = positive(self.column(Some(width))?, true, expected)?;
            return Ok(around(scale, &centres, &widths));
        }
        between(scale, &centres).ok_or_else(|| FigureError::InvalidField {
            field: format!("{}: {size}", self.place),
            got: "absent".into(),
            allowed: format!(
                "all cells have one centre in column `{}`, so only a column with their extents can tell how far they reach",
                self.table.columns[column]
            ),
        })
    }
}
