//! The specification of one series. Each kind has fields of its own, and refuses those of the
//! others.

use serde::Deserialize;

use super::{HeatSpec, PanelSpec, RegionsSpec, Selection};
use crate::figure::style::{Colour, Dash, Marker};

/// What a panel shows of the table, chosen by the field `kind`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "Kinds")]
pub enum SeriesSpec {
    /// A curve or a set of points.
    Curve(CurveSpec),
    /// Numbers as colours.
    Heat(HeatSpec),
    /// Categories as colours.
    Regions(RegionsSpec),
}

impl SeriesSpec {
    /// The curve, if the series is one.
    pub fn curve(&self) -> Option<&CurveSpec> {
        match self {
            Self::Curve(curve) => Some(curve),
            Self::Heat(_) | Self::Regions(_) => None,
        }
    }

    /// The name of the series in messages.
    pub fn name(&self) -> &str {
        match self {
            Self::Curve(curve) => &curve.label,
            Self::Heat(heat) => &heat.value_label,
            Self::Regions(regions) => &regions.category,
        }
    }

    /// The rows that it shows.
    pub fn selection(&self) -> &Selection {
        match self {
            Self::Curve(curve) => &curve.selection,
            Self::Heat(heat) => &heat.selection,
            Self::Regions(regions) => &regions.selection,
        }
    }

    /// All columns that it names.
    pub fn named<'a>(&'a self, panel: &'a PanelSpec) -> Vec<&'a String> {
        let own: [Option<&String>; 4] = match self {
            Self::Curve(curve) => [curve.error.as_ref(), None, None, None],
            Self::Heat(heat) => {
                let sizes = [heat.cell_width.as_ref(), heat.cell_height.as_ref()];
                [
                    Some(&heat.value),
                    sizes[0],
                    sizes[1],
                    heat.smooth_within.as_ref(),
                ]
            }
            Self::Regions(regions) => {
                let sizes = [regions.cell_width.as_ref(), regions.cell_height.as_ref()];
                [Some(&regions.category), sizes[0], sizes[1], None]
            }
        };
        let alternate = self.curve().and_then(|curve| curve.alternate.as_ref());
        let alternate = alternate.iter().flat_map(|other| other.selection.keys());
        let places = self.columns(panel).into_iter().flatten();
        let places = places.chain(own.into_iter().flatten());
        places
            .chain(self.selection().keys())
            .chain(alternate)
            .collect()
    }

    /// The columns of abscissa and ordinate: its own, or else those of the axes.
    pub fn columns<'a>(&'a self, panel: &'a PanelSpec) -> [Option<&'a String>; 2] {
        let (x, y) = match self {
            Self::Curve(curve) => (&curve.x, &curve.y),
            Self::Heat(heat) => (&heat.x, &heat.y),
            Self::Regions(regions) => (&regions.x, &regions.y),
        };
        [(x, &panel.x), (y, &panel.y)].map(|(own, axis)| own.as_ref().or(axis.column.as_ref()))
    }
}

/// The form in TOML: the field `kind` decides about the others.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Kinds {
    Line(CurveSpec),
    Points(CurveSpec),
    Heat(HeatSpec),
    Regions(RegionsSpec),
}

impl From<Kinds> for SeriesSpec {
    fn from(kinds: Kinds) -> Self {
        let curve = |kind, curve| Self::Curve(CurveSpec { kind, ..curve });
        match kinds {
            Kinds::Line(line) => curve(CurveKind::Line, line),
            Kinds::Points(points) => curve(CurveKind::Points, points),
            Kinds::Heat(heat) => Self::Heat(heat),
            Kinds::Regions(regions) => Self::Regions(regions),
        }
    }
}

/// How a curve shows its rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CurveKind {
    /// Rows joined in the order of the table.
    #[default]
    Line,
    /// One marker per row.
    Points,
}

/// A curve (`kind = "line"`) or a set of points (`kind = "points"`).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurveSpec {
    /// Label in the legend; series of several panels may share one if they share the style. A line and
    /// points of one colour may share one too, and are explained together.
    pub label: String,
    /// Line or points; in TOML, the `kind` of the series.
    #[serde(skip)]
    pub kind: CurveKind,
    /// The rows to draw; all by default.
    #[serde(default, rename = "where")]
    pub selection: Selection,
    /// Column of the abscissa, instead of that of the axis.
    pub x: Option<String>,
    /// Column of the ordinate, instead of that of the axis.
    pub y: Option<String>,
    /// Column of the half-length of the error bar. A number without one gets a dotted ring around
    /// it.
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
    /// Width of a line in nominal pixels of 8/13 pt.
    #[serde(default = "default_width")]
    pub width: f64,
    /// Rows of the series to be drawn differently.
    pub alternate: Option<AlternateSpec>,
    /// The first and the last abscissa that are drawn, where a curve means something on a part of its
    /// rows only; all by default. The caption should say why.
    #[serde(default, deserialize_with = "super::figure::some_pair")]
    pub span: Option<[f64; 2]>,
    /// Where its label stands in the frame, beside the line and in its colour, instead of in the
    /// legend: at the `"start"`, at the `"end"`, or at an abscissa. Of the free places near there it
    /// takes the one that meets the least of lines and markers.
    pub label_at: Option<LabelPlace>,
}

/// The place of a label beside its line.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(untagged, expecting = "\"start\", \"end\" or an abscissa")]
pub enum LabelPlace {
    /// At the first or last row in the frame.
    End(LineEnd),
    /// At an abscissa between rows of the series.
    At(f64),
}

/// An end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineEnd {
    /// The first row.
    Start,
    /// The last row.
    End,
}

/// A part of a series with a style of its own. What is not given stays as in the series. A segment
/// of a line with either end in this part has this style.
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

fn filled_by_default() -> bool {
    true
}

fn default_width() -> f64 {
    1.6
}
