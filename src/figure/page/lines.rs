//! Texts over several lines.

use super::metrics::{ASCENT, LINE};
use super::wrap::wrap;
use crate::figure::error::FigureError;
use crate::figure::ink::{Anchor, Canvas, Point, TextLook, text};
use crate::figure::style::Rgb;

/// A label that was broken into lines for a certain width.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lines {
    /// The lines, from above.
    pub lines: Vec<String>,
    /// Pixels per em.
    size: f64,
}

impl Lines {
    /// Breaks a label into lines of at most this width. An error about `what` if a word is longer.
    pub fn of(what: &str, label: &str, size: f64, width: f64) -> Result<Self, FigureError> {
        let lines = wrap(what, label, size, width)?;
        Ok(Self { lines, size })
    }

    /// Height of all lines, 0 without any.
    pub fn height(&self) -> f64 {
        self.lines.len() as f64 * LINE * self.size
    }

    /// Width of the longest line.
    pub fn width(&self) -> Result<f64, FigureError> {
        let widths = self.lines.iter().map(|line| text::width(line, self.size));
        widths.into_iter().try_fold(0.0, |a: f64, b| Ok(a.max(b?)))
    }

    /// Draws the lines, `at` being the upper end of their left edge, middle or right edge.
    pub fn draw(&self, canvas: &Canvas, at: Point, look: TextLook) -> Result<(), FigureError> {
        for (row, line) in self.lines.iter().enumerate() {
            let down = (row as f64 * LINE + ASCENT) * self.size;
            let place = match look.rotated {
                false => Point::new(at.x, at.y + down),
                true => Point::new(at.x + down, at.y),
            };
            canvas.text(line, place, look)?;
        }
        Ok(())
    }

    /// The look of its lines.
    pub fn look(&self, anchor: Anchor, colour: Rgb) -> TextLook {
        TextLook::level(self.size, anchor, colour)
    }
}
