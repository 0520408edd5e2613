//! The data area of a panel: from numbers to places on the page.

use crate::figure::data::{Axis, Datum, PanelData, Side};
use crate::figure::ink::glyph::Direction;
use crate::figure::ink::{Point, Rect};

/// How a row stands to the data area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has a place inside.
    Inside,
    /// It has no number, but its abscissa is in the range.
    Failed,
    /// It lies beyond the range, over there.
    Beyond(Direction),
}

/// A frame with its axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plot {
    /// The data area.
    pub frame: Rect,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
}

impl Plot {
    /// The data area of a panel in a frame.
    pub fn new(frame: Rect, data: &PanelData) -> Self {
        let (x, y) = (data.x, data.y);
        Self { frame, x, y }
    }

    /// The place of a pair of numbers, possibly outside the frame.
    pub fn place(&self, x: f64, y: f64) -> Point {
        Point::new(
            self.frame.left + self.x.fraction(x) * self.frame.width(),
            self.frame.bottom - self.y.fraction(y) * self.frame.height(),
        )
    }

    /// How a row stands to the data area.
    pub fn standing(&self, datum: &Datum) -> Standing {
        standing(&self.x, &self.y, datum)
    }
}

/// How a row stands to the area spanned by two axes.
pub fn standing(x: &Axis, y: &Axis, datum: &Datum) -> Standing {
    let vertical = datum.y.map(|value| y.side(value));
    match (x.side(datum.x), vertical) {
        (_, Some(Side::Below)) => Standing::Beyond(Direction::Down),
        (_, Some(Side::Above)) => Standing::Beyond(Direction::Up),
        (Side::Below, _) => Standing::Beyond(Direction::Left),
        (Side::Above, _) => Standing::Beyond(Direction::Right),
        (Side::Inside, Some(Side::Inside)) => Standing::Inside,
        (Side::Inside, None) => Standing::Failed,
    }
}
