//! Lines and markers: dashes, strokes, and what distinguishes one series from another.

use serde::Deserialize;

use super::colour::Rgb;

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
    /// Dashes with a dot between them.
    DashDotted,
    /// Dashes twice as long, with short gaps.
    LongDashed,
}

impl Dash {
    /// Lengths of ink and of gap in turn for a line of the given width; nothing for an unbroken line.
    pub fn pattern(self, width: f64) -> Vec<f64> {
        // Thin lines need a pattern that does not shrink with the width, or it closes up to the
        // eye.
        let unit = width.max(1.25);
        let units: &[f64] = match self {
            Self::Solid => &[],
            Self::Dashed => &[3.6, 2.2],
            Self::Dotted => &[1.0, 1.4],
            Self::DashDotted => &[4.0, 1.8, 1.0, 1.8],
            Self::LongDashed => &[8.0, 2.4],
        };
        units.iter().map(|length| length * unit).collect()
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
    /// A triangle with a corner down.
    Down,
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
    /// The stroke of the line, if the series has one.
    pub fn stroke(&self) -> Option<Stroke> {
        self.line.map(|dash| Stroke {
            colour: self.colour,
            width: self.width,
            dash,
        })
    }
}
