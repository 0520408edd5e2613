//! The caption at the foot of a figure: its lines, its drawing.

use super::metrics::{ASCENT, CAPTION_FONT, DESCENT};
use super::wrap::wrap;
use crate::figure::error::FigureError;
use crate::figure::ink::{Anchor, Canvas, Point, TextLook};
use crate::figure::spec::{FigureSpec, fill};
use crate::figure::style::CAPTION;

/// From one baseline to the next.
const LINE: f64 = (ASCENT + DESCENT) * CAPTION_FONT;

/// The caption of a figure, without lines if it has none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Caption {
    lines: Vec<String>,
}

impl Caption {
    /// The caption of a figure whose table has these metadata, in lines of at most `width`.
    pub fn of(
        spec: &FigureSpec,
        metadata: &[(String, String)],
        width: f64,
    ) -> Result<Self, FigureError> {
        let Some(template) = &spec.caption else {
            return Ok(Self::default());
        };
        let label = fill(template, metadata)?;
        let lines = wrap("the caption", &label, CAPTION_FONT, width)?;
        Ok(Self { lines })
    }

    /// Height of all lines, 0 without any.
    pub fn height(&self) -> f64 {
        self.lines.len() as f64 * LINE
    }

    /// Draws the caption, its upper left corner at `corner`.
    pub fn draw(&self, canvas: &Canvas, corner: Point) -> Result<(), FigureError> {
        let look = TextLook::level(CAPTION_FONT, Anchor::Start, CAPTION);
        for (row, line) in self.lines.iter().enumerate() {
            let baseline = corner.y + row as f64 * LINE + ASCENT * CAPTION_FONT;
            canvas.text(line, Point::new(corner.x, baseline), look)?;
        }
        Ok(())
    }
}
