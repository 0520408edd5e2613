//! Signs on the border of a frame for numbers beyond the range. Signs that would cover each other,
//! or a marker, are moved towards the inside; where the frame is full of signs, no more are added.

use std::collections::{HashMap, HashSet};

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
/// Only this far from the border is a sign moved to spare a marker; further inside it would look
/// like one.
const LANES_SPARING_MARKERS: u32 = 3;

struct Sign {
    edge: Direction,
    along: f64,
    lane: u32,
    series: usize,
    colour: Rgb,
}

/// The signs on the border of one frame.
pub struct Border<'a> {
    plot: &'a Plot,
    /// Markers, with the number of their series, by the square of side `PITCH` in which they stand.
    markers: HashMap<[i64; 2], Vec<(usize, Point)>>,
    signs: Vec<Sign>,
    /// Numbers of the signs on each edge, by the stretch of length `PITCH` in which they stand.
    places: HashMap<(Direction, i64), Vec<usize>>,
    /// Where the frame is full, by edge, series and quarter pixel.
    full: HashSet<(Direction, usize, i64)>,
}

/// The stretch of length `PITCH` of a coordinate. What is nearer than `PITCH` is in a neighbouring
/// one.
fn stretch(along: f64) -> i64 {
    (along / PITCH).floor() as i64
}

impl<'a> Border<'a> {
    /// A border without signs.
    pub fn new(plot: &'a Plot) -> Self {
        Self {
            plot,
            markers: HashMap::new(),
            signs: Vec::new(),
            places: HashMap::new(),
            full: HashSet::new(),
        }
    }

    /// Keeps signs of other series, added later, off the markers of this one.
    pub fn spare(&mut self, index: usize, series: &SeriesPainter) {
        for (at, _) in series.markers() {
            let square = [stretch(at.x), stretch(at.y)];
            self.markers.entry(square).or_default().push((index, at));
        }
    }

    /// Adds the sign of a row, if it needs one.
    pub fn add(&mut self, series: usize, datum: &Datum, colour: Rgb) {
        let Standing::Beyond(edge) = self.plot.standing(datum) else {
            return;
        };
        let frame = &self.plot.frame;
        let at = self.plot.place(datum.x, datum.y.unwrap_or(self.plot.y.low));
        let along = match edge {
            Direction::Up | Direction::Down => at.x.clamp(frame.left, frame.right),
            Direction::Left | Direction::Right => at.y.clamp(frame.top, frame.bottom),
        };
        let spot = (edge, series, (4.0 * along) as i64);
        if self.full.contains(&spot) {
            return;
        }
        let mut sign = Sign {
            edge,
            along,
            lane: 0,
            series,
            colour,
        };
        // A dense curve beyond the border would smear its triangles into a bar; one per width shows
        // the same.
        let same = |other: &Sign| other.is_like(&sign) && (other.along - along).abs() < PITCH;
        if self.near(&sign).any(same) {
            return;
        }
        let Some(lane) = self.free_lane(&sign) else {
            self.full.insert(spot);
            return;
        };
        sign.lane = lane;
        let place = (edge, stretch(along));
        self.places.entry(place).or_default().push(self.signs.len());
        self.signs.push(sign);
    }

    /// The signs on the same edge that may be nearer than `PITCH` along it.
    fn near(&self, sign: &Sign) -> impl Iterator<Item = &Sign> {
        let (edge, middle) = (sign.edge, stretch(sign.along));
        let places = (middle - 1..=middle + 1).filter_map(move |at| self.places.get(&(edge, at)));
        places.flatten().map(|&index| &self.signs[index])
    }

    /// How many lanes there are from this edge to the opposite one; two at least.
    fn lanes(&self, edge: Direction) -> u32 {
        let frame = &self.plot.frame;
        let depth = match edge {
            Direction::Up | Direction::Down => frame.height(),
            Direction::Left | Direction::Right => frame.width(),
        };
        ((depth - INSET) / PITCH).max(2.0) as u32
    }

    /// The outermost lane that is free of other signs, and of markers if there is such a one near
    /// the border; none if all lanes are taken.
    fn free_lane(&self, sign: &Sign) -> Option<u32> {
        let lanes = self.lanes(sign.edge);
        let mut taken = vec![false; lanes as usize];
        for other in self.near(sign) {
            if (other.along - sign.along).abs() < PITCH {
                taken[other.lane as usize] = true;
            }
        }
        let free = |&lane: &u32| !taken[lane as usize];
        let spares = |&lane: &u32| !self.meets_marker(sign, lane);
        let mut sparing = (0..LANES_SPARING_MARKERS.min(lanes)).filter(free);
        sparing.find(spares).or_else(|| (0..lanes).find(free))
    }

    fn meets_marker(&self, sign: &Sign, lane: u32) -> bool {
        let at = self.place(sign, lane);
        let [column, row] = [stretch(at.x), stretch(at.y)];
        let squares = (-1..=1).flat_map(|x| (-1..=1).map(move |y| [column + x, row + y]));
        let near = squares.filter_map(|square| self.markers.get(&square));
        near.flatten().any(|&(series, marker)| {
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
        glyph::pointer(canvas, at, sign.edge, paint)
    }
}

impl Sign {
    /// Whether two signs say the same of one series.
    fn is_like(&self, other: &Self) -> bool {
        self.series == other.series && self.edge == other.edge
    }
}
