//! Signs on the border of a frame for rows that have no place inside: rows without a number, and numbers beyond the
//! range. Signs that would cover each other, or a marker, are moved towards the inside.

use super::plot::{Plot, Standing};
use super::series::SeriesPainter;
use crate::figure::data::Datum;
use crate::figure::error::FigureError;
use crate::figure::ink::glyph::{Direction, Paint, SIGN_RADIUS};
use crate::figure::ink::{Canvas, Point, glyph};
use crate::figure::style::Rgb;

/// Distance from the border to the centre of a sign in the outermost lane.
const INSET: f64 = SIGN_RADIUS + 3.0;
/// Distance between lanes, and between signs in one lane.
const PITCH: f64 = 2.0 * SIGN_RADIUS + 1.5;
/// Signs of one series this close along the border cover each other wholly.
const SAME_PLACE: f64 = 1.5;
/// Only this far from the border is a sign moved to spare a marker; further inside it would look like one.
const LANES_SPARING_MARKERS: u32 = 3;

/// What a sign says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Failure,
    Pointer,
}

struct Sign {
    kind: Kind,
    edge: Direction,
    along: f64,
    lane: u32,
    series: usize,
    colour: Rgb,
}

/// The signs on the border of one frame.
pub struct Border<'a> {
    plot: &'a Plot,
    /// Markers, with the number of their series.
    markers: Vec<(usize, Point)>,
    signs: Vec<Sign>,
}

impl<'a> Border<'a> {
    /// A border without signs.
    pub fn new(plot: &'a Plot) -> Self {
        Self {
            plot,
            markers: Vec::new(),
            signs: Vec::new(),
        }
    }

    /// Keeps signs of other series, added later, off the markers of this one.
    pub fn spare(&mut self, index: usize, series: &SeriesPainter) {
        let markers = series.markers().map(|(at, _)| (index, at));
        self.markers.extend(markers);
    }

    /// Adds the sign of a row, if it needs one.
    pub fn add(&mut self, series: usize, datum: &Datum, colour: Rgb) {
        let (kind, edge) = match self.plot.standing(datum) {
            Standing::Inside => return,
            Standing::Failed => (Kind::Failure, Direction::Down),
            Standing::Beyond(direction) => (Kind::Pointer, direction),
        };
        let frame = &self.plot.frame;
        let at = self.plot.place(datum.x, datum.y.unwrap_or(self.plot.y.low));
        let along = match edge {
            Direction::Up | Direction::Down => at.x.clamp(frame.left, frame.right),
            Direction::Left | Direction::Right => at.y.clamp(frame.top, frame.bottom),
        };
        let mut sign = Sign {
            kind,
            edge,
            along,
            lane: 0,
            series,
            colour,
        };
        // A dense curve beyond the border would smear its triangles into a bar; one per width shows the same.
        let same = |other: &Sign| other.is_like(&sign) && (other.along - along).abs() < PITCH;
        if kind == Kind::Pointer && self.signs.iter().any(same) {
            return;
        }
        sign.lane = self.free_lane(&sign);
        self.signs.push(sign);
    }

    /// The outermost lane that is free of other signs, and of markers if there is such a one near the border.
    fn free_lane(&self, sign: &Sign) -> u32 {
        let free = |&lane: &u32| !self.meets_sign(sign, lane);
        let spares = |&lane: &u32| !self.meets_marker(sign, lane);
        let sparing = (0..LANES_SPARING_MARKERS).filter(free).find(spares);
        sparing.or_else(|| (0..).find(free)).unwrap_or(0)
    }

    fn meets_sign(&self, sign: &Sign, lane: u32) -> bool {
        self.signs.iter().any(|other| {
            let room = if other.is_like(sign) {
                SAME_PLACE
            } else {
                PITCH
            };
            let same_lane = other.edge == sign.edge && other.lane == lane;
            same_lane && (other.along - sign.along).abs() < room
        })
    }

    fn meets_marker(&self, sign: &Sign, lane: u32) -> bool {
        let at = self.place(sign, lane);
        self.markers.iter().any(|&(series, marker)| {
            let distance = (marker.x - at.x).abs().max((marker.y - at.y).abs());
            series != sign.series && distance < PITCH - 1.0
        })
    }

    fn place(&self, sign: &Sign, lane: u32) -> Point {
        let inset = INSET + f64::from(lane) * PITCH;
        let frame = &self.plot.frame;
        match sign.edge {
            Direction::Up => Point::new(sign.along, frame.top + inset),
            Direction::Down => Point::new(sign.along, frame.bottom - inset),
            Direction::Left => Point::new(frame.left + inset, sign.along),
            Direction::Right => Point::new(frame.right - inset, sign.along),
        }
    }

    /// Draws all signs.
    pub fn draw(&self, canvas: &Canvas) -> Result<(), FigureError> {
        for sign in &self.signs {
            self.paint(canvas, sign, Paint::Rim)?;
        }
        for sign in &self.signs {
            self.paint(canvas, sign, Paint::Body(sign.colour))?;
        }
        Ok(())
    }

    fn paint(&self, canvas: &Canvas, sign: &Sign, paint: Paint) -> Result<(), FigureError> {
        let at = self.place(sign, sign.lane);
        match sign.kind {
            Kind::Failure => glyph::failure(canvas, at, paint),
            Kind::Pointer => glyph::pointer(canvas, at, sign.edge, paint),
        }
    }
}

impl Sign {
    /// Whether two signs say the same of one series.
    fn is_like(&self, other: &Self) -> bool {
        self.series == other.series && self.kind == other.kind && self.edge == other.edge
    }
}
