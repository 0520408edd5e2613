//! The small shapes that stand for data: markers, error bars, and the signs for what is missing.
//! The legend draws its samples with them, too.

use super::canvas::Canvas;
use super::geometry::{Point, Rect};
use crate::figure::error::FigureError;
use crate::figure::style::{Dash, Marker, PAPER, Rgb, SeriesStyle, Stroke};

/// Distance from a marker's centre to its rim.
const MARKER_RADIUS: f64 = 3.1;
const RIM: f64 = 1.25;
const BAR: f64 = 1.25;
const CAP: f64 = 2.5;
/// Opacity of error bands.
pub const BAND_OPACITY: f64 = 0.22;
/// Half the size of the signs on the border.
pub const SIGN_RADIUS: f64 = 3.6;

/// The marker of a series at a place, if it has one.
pub fn marker(canvas: &Canvas, at: Point, style: &SeriesStyle) -> Result<(), FigureError> {
    let r = MARKER_RADIUS;
    let corners: &[(f64, f64)] = match style.marker {
        None => return Ok(()),
        Some(Marker::Circle) => return circle(canvas, at, style),
        Some(Marker::Cross) => {
            let (dx, dy) = ((1.15 * r, 0.0), (0.0, 1.15 * r));
            return strokes(canvas, at, [dx, dy], &Stroke::solid(style.colour, 2.0));
        }
        // The radii are such that the shapes look equally large.
        Some(Marker::Square) => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        Some(Marker::Triangle) => &[(0.0, -1.25), (1.15, 0.8), (-1.15, 0.8)],
        Some(Marker::Down) => &[(0.0, 1.25), (1.15, -0.8), (-1.15, -0.8)],
        Some(Marker::Diamond) => &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
    };
    let corners = around(at, r, corners);
    canvas.fill(&corners, inside(style), 1.0)?;
    canvas.outline(&corners, &Stroke::solid(style.colour, RIM))
}

fn circle(canvas: &Canvas, at: Point, style: &SeriesStyle) -> Result<(), FigureError> {
    canvas.disc(at, MARKER_RADIUS, inside(style))?;
    canvas.ring(at, MARKER_RADIUS, &Stroke::solid(style.colour, RIM))
}

fn inside(style: &SeriesStyle) -> Rgb {
    if style.filled { style.colour } else { PAPER }
}

fn around(at: Point, radius: f64, corners: &[(f64, f64)]) -> Vec<Point> {
    let corners = corners.iter();
    corners
        .map(|&(dx, dy)| Point::new(at.x + radius * dx, at.y + radius * dy))
        .collect()
}

/// Two straight strokes through a place, given by half of each.
fn strokes(
    canvas: &Canvas,
    at: Point,
    halves: [(f64, f64); 2],
    stroke: &Stroke,
) -> Result<(), FigureError> {
    for (dx, dy) in halves {
        let ends = [
            Point::new(at.x - dx, at.y - dy),
            Point::new(at.x + dx, at.y + dy),
        ];
        canvas.polyline(&ends, stroke)?;
    }
    Ok(())
}

/// A vertical error bar, clipped; an end outside the frame has no cap.
pub fn error_bar(
    canvas: &Canvas,
    frame: &Rect,
    ends: [Point; 2],
    colour: Rgb,
) -> Result<(), FigureError> {
    let stroke = Stroke::solid(colour, BAR);
    let Some((a, b)) = frame.clip_segment(ends[0], ends[1]) else {
        return Ok(());
    };
    canvas.polyline(&[a, b], &stroke)?;
    for end in ends {
        let cap = [
            Point::new(end.x - CAP, end.y),
            Point::new(end.x + CAP, end.y),
        ];
        if frame.clip_segment(end, end).is_some() {
            canvas.polyline(&cap, &stroke)?;
        }
    }
    Ok(())
}

/// The sign for a number without an error: a dotted ring around its place.
pub fn no_error(canvas: &Canvas, at: Point, colour: Rgb) -> Result<(), FigureError> {
    const CORNERS: u32 = 24;
    let radius = 2.0 * MARKER_RADIUS;
    let ring: Vec<Point> = (0..=CORNERS)
        .map(|corner| std::f64::consts::TAU * f64::from(corner) / f64::from(CORNERS))
        .map(|angle| Point::new(at.x + radius * angle.cos(), at.y + radius * angle.sin()))
        .collect();
    let stroke = Stroke {
        colour,
        width: 1.25,
        dash: Dash::Dotted,
    };
    canvas.polyline(&ring, &stroke)
}

/// The sign for a row without a number: ×.
pub fn failure(canvas: &Canvas, at: Point, colour: Rgb) -> Result<(), FigureError> {
    let r = 0.8 * SIGN_RADIUS;
    strokes(canvas, at, [(r, r), (r, -r)], &Stroke::solid(colour, 1.5))
}

/// The two layers of a sign. All rims are drawn before all bodies, so that no sign cuts into
/// another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// A white rim that sets the sign off from curves.
    Rim,
    /// The sign itself.
    Body(Rgb),
}

/// A direction on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the top.
    Up,
    /// To the bottom.
    Down,
    /// To the left.
    Left,
    /// To the right.
    Right,
}

/// The sign for a number beyond the range: a slim triangle that points to it.
pub fn pointer(
    canvas: &Canvas,
    at: Point,
    direction: Direction,
    paint: Paint,
) -> Result<(), FigureError> {
    let turned = |(x, y): (f64, f64)| match direction {
        Direction::Up => (x, y),
        Direction::Down => (x, -y),
        Direction::Left => (y, x),
        Direction::Right => (-y, x),
    };
    let corners = [(0.0, -1.0), (0.8, 0.7), (-0.8, 0.7)].map(turned);
    let corners = around(at, SIGN_RADIUS, &corners);
    match paint {
        Paint::Rim => canvas.outline(&corners, &Stroke::solid(PAPER, 2.5)),
        Paint::Body(colour) => canvas.fill(&corners, colour, 1.0),
    }
}
