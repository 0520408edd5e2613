//! The style that a specification asks for, with what it leaves out filled in.

use super::{AlternateSpec, CurveKind, CurveSpec, MarkSpec};
use crate::figure::style::{Colour, Marker, SeriesStyle, Stroke};

impl Stroke {
    /// The stroke of a reference line.
    pub fn of_mark(mark: &MarkSpec) -> Self {
        Self {
            colour: mark.color.rgb(),
            width: mark.width,
            dash: mark.dash,
        }
    }
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
}
