//! A page to draw on in nominal pixels; the only place that knows plotters and its whole-number
//! coordinates.

use std::cell::Cell;

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, RGBAColor, RGBColor, ShapeStyle, TextStyle};

use super::font;
use super::geometry::{Point, Rect, dashes, length};
use crate::figure::error::FigureError;
use crate::figure::style::{Rgb, Stroke};

/// Drawing units per nominal pixel. Plotters takes whole units, and in whole pixels curves would
/// wobble.
pub const UNITS: u32 = 4;

/// Corners of lines and shapes on a page: a page with more is black, and its drawing takes long. An
/// unbroken line has one more for each `STRETCH` of its length, as this is what its drawing takes.
const CORNERS: usize = 600_000;
const STRETCH: f64 = 15.0;

/// Which end of a text the given place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The beginning.
    Start,
    /// The middle.
    Middle,
    /// The end.
    End,
}

/// Look of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextLook {
    /// Nominal pixels per em.
    pub size: f64,
    /// Horizontal alignment, along the text.
    pub anchor: Anchor,
    /// Whether the text reads upwards.
    pub rotated: bool,
    /// Colour.
    pub colour: Rgb,
}

impl TextLook {
    /// A text that reads from left to right.
    pub fn level(size: f64, anchor: Anchor, colour: Rgb) -> Self {
        Self {
            size,
            anchor,
            rotated: false,
            colour,
        }
    }
}

/// A page being drawn.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    /// Corners drawn so far.
    corners: Cell<usize>,
}

/// Width and height of a page in drawing units.
pub fn page_units(size: [f64; 2]) -> [u32; 2] {
    size.map(|length| units(length).unsigned_abs())
}

/// Draws a page of `size` nominal pixels and returns it as plotters writes it, in drawing units and
/// with the markup of labels as it was given; [`super::svg::finish`] makes the figure of it.
pub fn paint(
    size: [f64; 2],
    draw: impl FnOnce(&Canvas) -> Result<(), FigureError>,
) -> Result<String, FigureError> {
    let mut svg = String::new();
    let pixels = page_units(size).into();
    let canvas = Canvas {
        area: SVGBackend::with_string(&mut svg, pixels).into_drawing_area(),
        corners: Cell::new(0),
    };
    canvas.area.fill(&RGBColor(255, 255, 255)).map_err(failed)?;
    draw(&canvas)?;
    canvas.area.present().map_err(failed)?;
    drop(canvas);
    Ok(svg)
}

fn failed(error: impl std::fmt::Display) -> FigureError {
    FigureError::Backend(error.to_string())
}

/// The one conversion from lengths to drawing units. It saturates, so that even absurd lengths do
/// no harm.
fn units(length: f64) -> i32 {
    unit_of(length) as i32
}

/// The drawing unit of a length, as a whole number.
pub fn unit_of(length: f64) -> f64 {
    (length * f64::from(UNITS)).round()
}

/// The nearest length that the canvas can draw.
pub fn snapped(length: f64) -> f64 {
    f64::from(units(length)) / f64::from(UNITS)
}

fn place(point: Point) -> (i32, i32) {
    (units(point.x), units(point.y))
}

fn places(points: &[Point]) -> Vec<(i32, i32)> {
    points.iter().copied().map(place).collect()
}

fn opaque(colour: Rgb) -> RGBAColor {
    RGBColor(colour.0, colour.1, colour.2).to_rgba()
}

impl Canvas<'_> {
    /// Counts corners that are about to be drawn.
    fn count(&self, corners: usize) -> Result<(), FigureError> {
        self.corners.set(self.corners.get().saturating_add(corners));
        let what = "corners of lines and shapes";
        FigureError::at_most(CORNERS, "the drawing", what, self.corners.get())
    }

    /// A connected line.
    pub fn polyline(&self, points: &[Point], stroke: &Stroke) -> Result<(), FigureError> {
        let style = ShapeStyle {
            color: opaque(stroke.colour),
            filled: false,
            stroke_width: units(stroke.width).unsigned_abs().max(1),
        };
        let (length, pattern) = (length(points), stroke.dash.pattern(stroke.width));
        let between = match pattern.len() {
            0 => STRETCH,
            parts => pattern.iter().sum::<f64>() / parts as f64,
        };
        self.count(points.len() + (length / between) as usize)?;
        let pieces = match pattern[..] {
            [] => vec![points.to_vec()],
            _ => dashes(points, &pattern),
        };
        for piece in pieces {
            let path = PathElement::new(places(&piece), style);
            self.area.draw(&path).map_err(failed)?;
        }
        Ok(())
    }

    /// The inside of a closed line.
    pub fn fill(&self, points: &[Point], colour: Rgb, opacity: f64) -> Result<(), FigureError> {
        self.count(points.len())?;
        let polygon = Polygon::new(places(points), opaque(colour).mix(opacity));
        self.area.draw(&polygon).map_err(failed)
    }

    /// A filled upright rectangle, however small. Its edges are sharp, so that neighbours leave no
    /// gap between them.
    pub fn rectangle(&self, rect: &Rect, colour: Rgb) -> Result<(), FigureError> {
        let from = place(Point::new(rect.left, rect.top));
        let to = place(Point::new(rect.right, rect.bottom));
        let to = (to.0.max(from.0 + 1), to.1.max(from.1 + 1));
        self.count(1)?;
        let rectangle = Rectangle::new([from, to], opaque(colour).filled());
        self.area.draw(&rectangle).map_err(failed)
    }

    /// A closed line.
    pub fn outline(&self, points: &[Point], stroke: &Stroke) -> Result<(), FigureError> {
        // The first edge is drawn twice, so that the closing corner is joined like the others.
        let closed: Vec<Point> = points
            .iter()
            .chain(points.iter().take(2))
            .copied()
            .collect();
        self.polyline(&closed, stroke)
    }

    /// A filled disc.
    pub fn disc(&self, centre: Point, radius: f64, colour: Rgb) -> Result<(), FigureError> {
        let style = ShapeStyle {
            color: opaque(colour),
            filled: true,
            stroke_width: 0,
        };
        self.circle(centre, radius, style)
    }

    /// The rim of a disc, unbroken whatever the dash of the stroke.
    pub fn ring(&self, centre: Point, radius: f64, stroke: &Stroke) -> Result<(), FigureError> {
        let style = ShapeStyle {
            color: opaque(stroke.colour),
            filled: false,
            stroke_width: units(stroke.width).unsigned_abs(),
        };
        self.circle(centre, radius, style)
    }

    fn circle(&self, centre: Point, radius: f64, style: ShapeStyle) -> Result<(), FigureError> {
        self.count(4)?;
        let circle = Circle::new(place(centre), units(radius), style);
        self.area.draw(&circle).map_err(failed)
    }

    /// A label with markup, its baseline starting, centred or ending at `at`.
    pub fn text(&self, label: &str, at: Point, look: TextLook) -> Result<(), FigureError> {
        let mut font = font::upright(look.size * f64::from(UNITS));
        if look.rotated {
            font = font.transform(FontTransform::Rotate270);
        }
        let h_pos = match look.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let colour = opaque(look.colour);
        let style = TextStyle::from(font)
            .color(&colour)
            .pos(Pos::new(h_pos, VPos::Bottom));
        self.area
            .draw_text(label, &style, place(at))
            .map_err(failed)
    }
}
