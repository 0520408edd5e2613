//! The caption at the foot of a figure.

use super::lines::Lines;
use super::metrics::CAPTION_FONT;
use crate::figure::error::FigureError;
use crate::figure::ink::{Anchor, Canvas, Point};
use crate::figure::spec::{FigureSpec, fill};
use crate::figure::style::CAPTION;

/// The caption of a figure, without lines if it has none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Caption(Lines);

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
        Lines::of("the caption", &label, CAPTION_FONT, width).map(Self)
    }

    /// Height of all lines, 0 without any.
    pub fn height(&self) -> f64 {
        self.0.height()
    }

    /// Draws the caption, its upper left corner at `corner`.
    pub fn draw(&self, canvas: &Canvas, corner: Point) -> Result<(), FigureError> {
        let look = self.0.look(Anchor::Start, CAPTION);
        self.0.draw(canvas, corner, look)
    }
}
