//! The specification of a figure, as written in TOML.
//!
//! Every struct refuses fields that it does not know, so a misspelt option is an error and not a silent default. Labels
//! and titles take the markup of [`super::text`].

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::FigureError;
use super::style::{Colour, Dash, Marker};

/// Rows selected by exact equality of cells: name of the column, content of the cell.
pub type Selection = BTreeMap<String, String>;

/// A whole figure.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureSpec {
    /// Title above all panels.
    pub title: Option<String>,
    /// Name of the file with the table; for the caller, drawing does not use it.
    pub data: String,
    /// Width and height in nominal pixels.
    pub size: [u32; 2],
    /// Panels per row of the grid; all in one row by default.
    pub columns: Option<usize>,
    /// Where the common legend goes.
    #[serde(default)]
    pub legend: LegendPlace,
    /// The panels, row by row.
    #[serde(rename = "panel")]
    pub panels: Vec<PanelSpec>,
}

/// Place of the legend, always outside the frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LegendPlace {
    /// Under the panels, in as many columns as fit.
    #[default]
    Below,
    /// Right of the panels, in one column.
    Right,
}

/// One pair of axes and what is drawn in it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PanelSpec {
    /// Title over the frame.
    pub title: Option<String>,
    /// The horizontal axis.
    pub x: AxisSpec,
    /// The vertical axis.
    pub y: AxisSpec,
    /// Curves and sets of points, later ones on top.
    #[serde(default)]
    pub series: Vec<SeriesSpec>,
    /// Reference lines, under the series.
    #[serde(default, rename = "mark")]
    pub marks: Vec<MarkSpec>,
}

/// One axis.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AxisSpec {
    /// Label of the axis.
    pub label: String,
    /// Column for series that name none.
    pub column: Option<String>,
    /// Lower and upper end; from the data, with 4 % padding, by default. A number outside an explicit range is not
    /// drawn at its place: a small triangle on the border points to where it lies, and lines are clipped.
    pub range: Option<[f64; 2]>,
    /// Linear or logarithmic.
    #[serde(default)]
    pub scale: Scale,
}

/// Scale of an axis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Equal differences have equal lengths.
    #[default]
    Linear,
    /// Equal ratios have equal lengths. Numbers that are not positive count as below the range.
    Log,
}

/// How a series shows its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeriesKind {
    /// Rows joined in the order of the table.
    Line,
    /// One marker per row.
    Points,
}

/// A curve or a set of points.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesSpec {
    /// Label in the legend; series of several panels may share one if they share the style.
    pub label: String,
    /// Line or points.
    pub kind: SeriesKind,
    /// The rows to draw; all by default.
    #[serde(default, rename = "where")]
    pub selection: Selection,
    /// Column of the abscissa, instead of that of the axis.
    pub x: Option<String>,
    /// Column of the ordinate, instead of that of the axis.
    pub y: Option<String>,
    /// Column of the half-length of the error bar. A number without one gets a dotted ring around it.
    pub error: Option<String>,
    /// Whether the error is a translucent band instead of bars; for lines only.
    #[serde(default)]
    pub band: bool,
    /// Colour of everything in the series.
    #[serde(default)]
    pub color: Colour,
    /// Dash pattern of a line.
    #[serde(default)]
    pub dash: Dash,
    /// Marker; circles for points and none for lines by default.
    pub marker: Option<Marker>,
    /// Whether the marker is filled with the colour or with white.
    #[serde(default = "filled_by_default")]
    pub filled: bool,
    /// Width of a line in nominal pixels.
    #[serde(default = "default_width")]
    pub width: f64,
    /// Rows of the series to be drawn differently.
    pub alternate: Option<AlternateSpec>,
}

/// A part of a series with a style of its own. What is not given stays as in the series. A segment of a line with either
/// end in this part has this style.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlternateSpec {
    /// The rows, among those of the series.
    #[serde(rename = "where")]
    pub selection: Selection,
    /// Label in the legend, shown if there are such rows.
    pub label: String,
    /// Colour.
    pub color: Option<Colour>,
    /// Dash pattern.
    pub dash: Option<Dash>,
    /// Marker.
    pub marker: Option<Marker>,
    /// Filling of the marker.
    pub filled: Option<bool>,
    /// Width of the line.
    pub width: Option<f64>,
}

/// A straight reference line across the frame.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkSpec {
    /// The axis on which the line stands: `x` for a vertical line.
    pub axis: MarkAxis,
    /// Position on that axis.
    pub value: f64,
    /// Label in the legend, if any.
    pub label: Option<String>,
    /// Colour.
    #[serde(default = "mark_colour")]
    pub color: Colour,
    /// Dash pattern.
    #[serde(default = "mark_dash")]
    pub dash: Dash,
    /// Width in nominal pixels.
    #[serde(default = "mark_width")]
    pub width: f64,
}

/// The axis that a mark refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkAxis {
    /// A vertical line.
    X,
    /// A horizontal line.
    Y,
}

fn filled_by_default() -> bool {
    true
}

fn default_width() -> f64 {
    2.0
}

fn mark_colour() -> Colour {
    Colour::Grey
}

fn mark_dash() -> Dash {
    Dash::Dashed
}

fn mark_width() -> f64 {
    1.25
}

impl FigureSpec {
    /// Reads and checks a specification.
    pub fn parse(toml_text: &str) -> Result<Self, FigureError> {
        let spec: Self = toml::from_str(toml_text)
            .map_err(|error| FigureError::Specification(error.to_string()))?;
        spec.validate()?;
        Ok(spec)
    }
}
