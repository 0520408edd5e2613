//! The specification of a figure, as written in TOML.
//!
//! Every struct refuses fields that it does not know, so a misspelt option is an error and not a
//! silent default. Labels and titles take the markup of [`crate::figure::style::markup`].

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::{HeatSpec, SeriesSpec};
use crate::figure::error::FigureError;
use crate::figure::style::{Colour, Dash};

/// Rows selected by exact equality of cells: name of the column, content of the cell.
pub type Selection = BTreeMap<String, String>;

/// Nominal pixels in a millimetre on paper: 13 px are 8 pt.
pub const PX_PER_MM: f64 = 13.0 / 8.0 * 72.0 / 25.4;

/// a, b, …, z, aa, ab, …
fn letters(index: usize) -> String {
    let last = char::from(b'a' + (index % 26) as u8);
    match index / 26 {
        0 => last.to_string(),
        more => letters(more - 1) + &last.to_string(),
    }
}

/// A whole figure.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureSpec {
    /// Title above all panels.
    pub title: Option<String>,
    /// Name of the file with the table; for the caller, drawing does not use it.
    pub data: String,
    /// Width and height on paper, in millimetres: one column of a journal is about 86 wide, two are
    /// 178. Type is 8 pt at this size, and everything else in proportion.
    #[serde(deserialize_with = "pair")]
    pub size: [f64; 2],
    /// Panels per row of the grid; all in one row by default.
    pub columns: Option<usize>,
    /// Width of every frame over its height, for images: frames are as large as there is room for. By
    /// default they fill the page.
    pub aspect: Option<f64>,
    /// Where the legend goes.
    #[serde(default)]
    pub legend: LegendPlace,
    /// Whether the panels of a figure with more than one are lettered, (a), (b), …, before their
    /// titles. Grids of images are better without.
    #[serde(default = "lettered")]
    pub letters: bool,
    /// Small grey text at the foot of the figure, under the legend, over as many lines as it needs:
    /// what was computed, how exact it is, what failed. `{key}` stands for what the metadata of the
    /// table say under that key, as plain text; a key that they lack is an error. A brace directly
    /// after `_` or `^` opens a script, as in every label; `{{` and `}}` are ordinary braces. Line
    /// breaks count as spaces.
    pub caption: Option<String>,
    /// The panels, row by row.
    #[serde(rename = "panel")]
    pub panels: Vec<PanelSpec>,
}

fn lettered() -> bool {
    true
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
    /// Each panel has a legend of its own under its horizontal axis, in as many columns as fit into
    /// its width. What several panels show is explained in each of them.
    Panels,
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
    /// Curves, sets of points, heat maps and maps of regions. Later ones are on top of earlier
    /// ones, and curves and points always on top of maps.
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
    /// Lower and upper end; by default from the data, with 4 % padding. In a panel with a map by
    /// default from its cells, which fill the frame exactly, and from reference lines. A number
    /// outside the range is not drawn at its place: a small triangle on the border points to where
    /// it lies. Lines and cells are clipped.
    #[serde(default, deserialize_with = "some_pair")]
    pub range: Option<[f64; 2]>,
    /// Linear or logarithmic.
    #[serde(default)]
    pub scale: Scale,
    /// Where ticks stand.
    #[serde(default)]
    pub ticks: TickPlaces,
}

/// Where the ticks of an axis stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TickPlaces {
    /// At round numbers.
    #[default]
    Round,
    /// At whole numbers only, for counts.
    Whole,
    /// Nowhere, for images.
    None,
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

/// A straight reference line across the frame.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkSpec {
    /// The axis on which the line stands: `x` for a vertical line.
    pub axis: MarkAxis,
    /// Position on that axis.
    pub value: f64,
    /// Where it begins and ends on the other axis; by default it crosses the frame.
    #[serde(default, deserialize_with = "some_pair")]
    pub span: Option<[f64; 2]>,
    /// Label in the legend, if any.
    pub label: Option<String>,
    /// Colour.
    #[serde(default = "mark_colour")]
    pub color: Colour,
    /// Dash pattern.
    #[serde(default = "mark_dash")]
    pub dash: Dash,
    /// Width in nominal pixels of 8/13 pt.
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

fn mark_colour() -> Colour {
    Colour::Grey
}

fn mark_dash() -> Dash {
    Dash::Dashed
}

fn mark_width() -> f64 {
    1.25
}

/// Two values, and not a third one that would be ignored.
fn pair<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<[T; 2], D::Error> {
    let all = Vec::deserialize(from)?;
    let count = all.len();
    let broken = || D::Error::invalid_length(count, &"two numbers");
    all.try_into().map_err(|_| broken())
}

/// [`pair`], for fields that may be left out.
pub(super) fn some_pair<'de, D: Deserializer<'de>>(from: D) -> Result<Option<[f64; 2]>, D::Error> {
    pair(from).map(Some)
}

impl PanelSpec {
    /// Label of the colour bar, if there is one.
    pub fn value_label(&self) -> Option<&str> {
        self.heat().map(|heat| heat.value_label.as_str())
    }

    /// Numbers that are marked on the colour bar: those for which the heat map has lines, and those
    /// for which other series have them.
    pub fn bar_marks(&self) -> Vec<f64> {
        let marks = |heat: &HeatSpec| [&heat.contours[..], &heat.bar_marks].concat();
        self.heat().map_or(Vec::new(), marks)
    }

    /// Whether a colour bar stands beside its heat map, if there is one.
    pub fn has_bar(&self) -> bool {
        self.heat().is_some_and(|heat| heat.bar)
    }

    fn heat(&self) -> Option<&HeatSpec> {
        self.series.iter().find_map(|one| match one {
            SeriesSpec::Heat(heat) => Some(heat),
            SeriesSpec::Curve(_) | SeriesSpec::Regions(_) => None,
        })
    }
}

impl FigureSpec {
    /// Width and height of the page in nominal pixels: whole quarters of them, the units in which
    /// it is drawn.
    pub fn page(&self) -> [f64; 2] {
        self.size
            .map(|length| (4.0 * length * PX_PER_MM).round() / 4.0)
    }

    /// The letter of a panel, if it has one.
    pub fn letter(&self, index: usize) -> Option<String> {
        let wanted = self.letters && self.panels.len() > 1;
        wanted.then(|| format!("({})", letters(index)))
    }

    /// Reads and checks a specification.
    pub fn parse(toml_text: &str) -> Result<Self, FigureError> {
        let spec: Self = toml::from_str(toml_text)
            .map_err(|error| FigureError::Specification(error.to_string()))?;
        spec.validate()?;
        Ok(spec)
    }
}
