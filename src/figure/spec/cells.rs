//! The specification of series whose rows are cells.

use serde::Deserialize;

use super::{Scale, Selection};
use crate::figure::style::{Colour, ColourMap, PAPER, Rgb, mix};

/// A heat map (`kind = "heat"`): every row is a cell in the colour of its number, with a colour bar
/// right of the frame.
///
/// Cells reach to the middle between neighbouring centres, on a log axis to the geometric mean; the
/// outermost ones are symmetric. A panel has one heat map at most.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeatSpec {
    /// Column of the number. Where its cell is empty, the cell of the map is hatched.
    pub value: String,
    /// Label of the colour bar.
    pub value_label: String,
    /// The rows to draw; all by default. Where there is no row, the map is white.
    #[serde(default, rename = "where")]
    pub selection: Selection,
    /// Column of the centre's abscissa, instead of that of the axis.
    pub x: Option<String>,
    /// Column of the centre's ordinate, instead of that of the axis.
    pub y: Option<String>,
    /// Column of the full width of each cell, in units of the data, for grids that are refined in
    /// places. On a log axis the centre is the geometric mean of the edges.
    pub cell_width: Option<String>,
    /// Column of the full height of each cell, like `cell_width`.
    pub cell_height: Option<String>,
    /// Whether the colours run on from cell to cell. A cell is then drawn by what lies between its
    /// corners: at each, the mean of the cells that meet there; at the centre, its own number. A cell
    /// that touches one without a number, one of another group (`smooth_within`), or one that differs
    /// by more than a fifth of the colour bar keeps its one colour, and so do those with none: there
    /// may be a jump between them, across which nothing is interpolated. The outer halves of the
    /// outermost cells show the mean of the nearest ones.
    #[serde(default)]
    pub smooth: bool,
    /// Column of the group of each cell, for example of its region; all are one group by default.
    pub smooth_within: Option<String>,
    /// Label of hatched cells in the legend, shown if there are some.
    #[serde(default = "no_number")]
    pub missing: String,
    /// Colours.
    #[serde(default)]
    pub map: ColourMap,
    /// Ends of the colour scale; by default the least and the greatest number in the frame. Numbers
    /// beyond have the colour of the end, and the colour bar has a pointed end there.
    #[serde(default, deserialize_with = "super::figure::some_pair")]
    pub limits: Option<[f64; 2]>,
    /// Whether equal differences or equal ratios of the number have equal distances on the colour
    /// scale.
    #[serde(default)]
    pub color_scale: Scale,
    /// The number shown in white by a diverging map, 0 by default. Either side has the same scale.
    pub centre: Option<f64>,
    /// Numbers for which lines of equal value are drawn, and marked on the colour bar. The lines go
    /// from centre to centre, so the outer halves of the outermost cells have none, and neither
    /// have the neighbours of cells without a number. Not for cells with extents of their own.
    #[serde(default)]
    pub contours: Vec<f64>,
    /// Label of these lines in the legend, shown if there are some; by default the label of the colour
    /// bar and the numbers.
    pub contour_label: Option<String>,
    /// More numbers to mark by a line on the colour bar: those for which another series of the panel
    /// shows where they are met.
    #[serde(default)]
    pub bar_marks: Vec<f64>,
    /// Whether there is a colour bar; one is enough for maps of the same limits.
    #[serde(default = "with_bar")]
    pub bar: bool,
}

fn with_bar() -> bool {
    true
}

fn no_number() -> String {
    "no number".into()
}

/// A map of regions (`kind = "regions"`): every row is a cell in the colour of its category. The
/// cells reach as far as those of a heat map; the legend has a square for each category in the
/// frame.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionsSpec {
    /// Column of the category. Where its cell is empty, the cell of the map is hatched.
    pub category: String,
    /// All categories. One that the table has and this list lacks is an error.
    pub categories: Vec<CategorySpec>,
    /// The rows to draw; all by default. Where there is no row, the map is white.
    #[serde(default, rename = "where")]
    pub selection: Selection,
    /// Column of the centre's abscissa, instead of that of the axis.
    pub x: Option<String>,
    /// Column of the centre's ordinate, instead of that of the axis.
    pub y: Option<String>,
    /// Column of the full width of each cell, as in a heat map.
    pub cell_width: Option<String>,
    /// Column of the full height of each cell.
    pub cell_height: Option<String>,
    /// Label of hatched cells in the legend, shown if there are some.
    #[serde(default = "undetermined")]
    pub missing: String,
}

/// One category of a map of regions.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategorySpec {
    /// Content of the cell in the table.
    pub value: String,
    /// Label in the legend.
    pub label: String,
    /// Colour.
    pub color: Colour,
    /// How much of the colour there is, from 0.1 to 1; the rest is white. Pale regions leave curves
    /// on them visible.
    #[serde(default = "pale")]
    pub strength: f64,
}

impl CategorySpec {
    /// The colour of its cells.
    pub fn rgb(&self) -> Rgb {
        mix(PAPER, self.color.rgb(), self.strength)
    }
}

fn undetermined() -> String {
    "undetermined".into()
}

fn pale() -> f64 {
    0.5
}
