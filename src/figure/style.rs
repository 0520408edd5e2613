//! Palette, line and marker styles, and the lengths that give the figures their common look.

use serde::Deserialize;

use super::series_spec::{AlternateSpec, CurveKind, CurveSpec};
use super::spec::MarkSpec;

/// Size of tick labels and legend, in nominal pixels per em.
pub const TICK_FONT: f64 = 13.0;
/// Size of axis labels and panel titles.
pub const LABEL_FONT: f64 = 15.0;
/// Size of the title of the figure.
pub const TITLE_FONT: f64 = 17.0;
/// Size of the caption.
pub const CAPTION_FONT: f64 = 11.0;
/// Outer margin of the figure.
pub const MARGIN: f64 = 12.0;
/// Length of a tick with a label, outside the frame.
pub const TICK: f64 = 5.0;
/// Length of a tick without a label.
pub const MINOR_TICK: f64 = 3.0;
/// Distance from a marker's centre to its rim.
pub const MARKER_RADIUS: f64 = 3.6;

/// Red, green and blue, 0 to 255.
pub type Rgb = (u8, u8, u8);

/// Text and frames.
pub const INK: Rgb = (0, 0, 0);
/// Legend samples of marks that occur in the colours of several series.
pub const NEUTRAL: Rgb = (64, 64, 64);
/// The caption: it steps back behind everything else, but not so far that it is hard to read.
pub const CAPTION: Rgb = (96, 96, 96);
/// Grid lines.
pub const GRID: Rgb = (236, 236, 236);
/// Paper, and the inside of hollow markers.
pub const PAPER: Rgb = (255, 255, 255);

/// Colours that readers with any common colour vision can tell apart (M. Okabe and K. Ito), and grey.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// Black.
    #[default]
    Black,
    /// Orange.
    Orange,
    /// Sky blue.
    SkyBlue,
    /// Bluish green.
    Green,
    /// Yellow.
    Yellow,
    /// Blue.
    Blue,
    /// Vermillion.
    Vermillion,
    /// Reddish purple.
    Purple,
    /// Grey, for reference lines.
    Grey,
}

impl Colour {
    /// Its components.
    pub fn rgb(self) -> Rgb {
        match self {
            Self::Black => (0, 0, 0),
            Self::Orange => (230, 159, 0),
            Self::SkyBlue => (86, 180, 233),
            Self::Green => (0, 158, 115),
            Self::Yellow => (240, 228, 66),
            Self::Blue => (0, 114, 178),
            Self::Vermillion => (213, 94, 0),
            Self::Purple => (204, 121, 167),
            Self::Grey => (128, 128, 128),
        }
    }
}

/// Dash pattern of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dash {
    /// Unbroken.
    #[default]
    Solid,
    /// Long dashes.
    Dashed,
    /// Dots.
    Dotted,
}

impl Dash {
    /// Lengths of ink and of gap for a line of the given width; `None` for an unbroken line.
    pub fn pattern(self, width: f64) -> Option<(f64, f64)> {
        // Thin lines need a pattern that does not shrink with the width, or it closes up to the eye.
        let unit = width.max(1.25);
        match self {
            Self::Solid => None,
            Self::Dashed => Some((3.6 * unit, 2.2 * unit)),
            Self::Dotted => Some((unit, 1.4 * unit)),
        }
    }
}

/// Shape of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Marker {
    /// A circle.
    Circle,
    /// A square on its side.
    Square,
    /// A triangle with a corner up.
    Triangle,
    /// A square on its corner.
    Diamond,
    /// An upright cross; it has no inside, so `filled` does not change it.
    Cross,
}

/// Colour, width and pattern of a stroke.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// Colour.
    pub colour: Rgb,
    /// Width in nominal pixels.
    pub width: f64,
    /// Pattern.
    pub dash: Dash,
}

impl Stroke {
    /// An unbroken stroke.
    pub fn solid(colour: Rgb, width: f64) -> Self {
        Self {
            colour,
            width,
            dash: Dash::Solid,
        }
    }

    /// The stroke of a reference line.
    pub fn of_mark(mark: &MarkSpec) -> Self {
        Self {
            colour: mark.color.rgb(),
            width: mark.width,
            dash: mark.dash,
        }
    }
}

/// Everything that distinguishes a series from another in drawing and in the legend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeriesStyle {
    /// The connecting line; `None` for points.
    pub line: Option<Dash>,
    /// Colour of all parts.
    pub colour: Rgb,
    /// Width of the line.
    pub width: f64,
    /// Marker at every row.
    pub marker: Option<Marker>,
    /// Whether the marker is filled with the colour.
    pub filled: bool,
    /// Whether there are error bars.
    pub bars: bool,
    /// Whether there is an error band.
    pub band: bool,
}

impl SeriesStyle {
    /// Style of a series outside of its alternate part.
    pub fn of(series: &CurveSpec) -> Self {
        let (line, default_marker) = match series.kind {
            CurveKind::Line => (Some(series.dash), None),
            CurveKind::Points => (None, Some(Marker::Circle)),
        };
        Self {
            line,
            colour: series.color.rgb(),
            width: series.width,
            marker: series.marker.or(default_marker),
            filled: series.filled,
            bars: series.error.is_some() && !series.band,
            band: series.band,
        }
    }

    /// Style of the alternate part.
    pub fn of_alternate(series: &CurveSpec, alternate: &AlternateSpec) -> Self {
        let base = Self::of(series);
        Self {
            line: base.line.map(|dash| alternate.dash.unwrap_or(dash)),
            colour: alternate.color.map_or(base.colour, Colour::rgb),
            width: alternate.width.unwrap_or(base.width),
            marker: alternate.marker.or(base.marker),
            filled: alternate.filled.unwrap_or(base.filled),
            ..base
        }
    }

    /// The stroke of the line, if the series has one.
    pub fn stroke(&self) -> Option<Stroke> {
        self.line.map(|dash| Stroke {
            colour: self.colour,
            width: self.width,
            dash,
        })
    }
}
