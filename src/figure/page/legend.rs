//! The common legend of all panels: its columns, and its samples.

use super::layout::check;
use super::legend_entries::{Entries, Entry, Sample};
use super::metrics::{COLUMN_GAP, HALF_DIGIT, LABEL_FONT, ROW, SAMPLE, SAMPLE_GAP};
use super::tiles;
use crate::figure::error::FigureError;
use crate::figure::ink::glyph::{Direction, Paint};
use crate::figure::ink::{Anchor, Canvas, Point, Rect, TextLook, glyph, text};
use crate::figure::style::{INK, NEUTRAL, SeriesStyle, Stroke};

/// Side of a sample of cells, and width of its rim.
const SQUARE: f64 = 11.0;
const SQUARE_RIM: f64 = 0.75;

/// A legend in columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Legend {
    entries: Vec<Entry>,
    rows: usize,
    columns: Vec<f64>,
}

impl Legend {
    /// A legend in as many columns as fit into `width`.
    pub fn wide(entries: Entries, width: f64) -> Result<Self, FigureError> {
        let mut legend = Self::in_rows(&entries.0, 1)?;
        for rows in 2..=entries.0.len() {
            if legend.width() <= width {
                break;
            }
            legend = Self::in_rows(&entries.0, rows)?;
        }
        check("the longest legend entry", legend.width(), width)?;
        Ok(legend)
    }

    /// A legend in one column.
    pub fn tall(entries: Entries) -> Result<Self, FigureError> {
        let rows = entries.0.len().max(1);
        Self::in_rows(&entries.0, rows)
    }

    fn in_rows(entries: &[Entry], rows: usize) -> Result<Self, FigureError> {
        let widest = |column: &[Entry]| {
            column.iter().try_fold(0.0_f64, |widest, entry| {
                let label = text::width(&entry.label, LABEL_FONT)?;
                Ok::<_, FigureError>(widest.max(SAMPLE + SAMPLE_GAP + label))
            })
        };
        Ok(Self {
            entries: entries.to_vec(),
            rows,
            columns: entries.chunks(rows).map(widest).collect::<Result<_, _>>()?,
        })
    }

    /// Width of all columns, 0 without entries.
    pub fn width(&self) -> f64 {
        let gaps = self.columns.len().saturating_sub(1) as f64 * COLUMN_GAP;
        self.columns.iter().sum::<f64>() + gaps
    }

    /// Height of all rows, 0 without entries.
    pub fn height(&self) -> f64 {
        self.entries.len().min(self.rows) as f64 * ROW
    }

    /// Draws the legend, its upper left corner at `corner`.
    pub fn draw(&self, canvas: &Canvas, corner: Point) -> Result<(), FigureError> {
        let mut left = corner.x;
        for (column, width) in self.entries.chunks(self.rows).zip(&self.columns) {
            for (row, entry) in column.iter().enumerate() {
                let middle = corner.y + (row as f64 + 0.5) * ROW;
                entry.draw(canvas, Point::new(left, middle))?;
            }
            left += width + COLUMN_GAP;
        }
        Ok(())
    }
}

impl Entry {
    /// Draws sample and label, `at` being the left end of their middle line.
    fn draw(&self, canvas: &Canvas, at: Point) -> Result<(), FigureError> {
        let centre = Point::new(at.x + SAMPLE / 2.0, at.y);
        match self.sample {
            Sample::Series(style) | Sample::Alternate(style) => {
                draw_series(canvas, centre, &style)?;
            }
            Sample::Joined(line, points) => {
                draw_series(canvas, centre, &line)?;
                draw_series(canvas, centre, &points)?;
            }
            Sample::Mark(stroke) => canvas.polyline(&level(centre), &stroke)?,
            Sample::Failure => glyph::failure(canvas, centre, NEUTRAL)?,
            Sample::Beyond => glyph::pointer(canvas, centre, Direction::Up, Paint::Body(NEUTRAL))?,
            Sample::Cell(colour) => {
                let square = square(centre);
                canvas.rectangle(&square, colour)?;
                canvas.outline(&square.corners(), &Stroke::solid(NEUTRAL, SQUARE_RIM))?;
            }
            Sample::Hatched => {
                let square = square(centre);
                tiles::draw_hatched(canvas, &square)?;
                canvas.outline(&square.corners(), &Stroke::solid(NEUTRAL, SQUARE_RIM))?;
            }
            Sample::NoError => glyph::no_error(canvas, centre, NEUTRAL)?,
        }
        let look = TextLook::level(LABEL_FONT, Anchor::Start, INK);
        let baseline = at.y + HALF_DIGIT * LABEL_FONT;
        canvas.text(
            &self.label,
            Point::new(at.x + SAMPLE + SAMPLE_GAP, baseline),
            look,
        )
    }
}

fn square(centre: Point) -> Rect {
    let half = SQUARE / 2.0;
    Rect {
        left: centre.x - half,
        top: centre.y - half,
        right: centre.x + half,
        bottom: centre.y + half,
    }
}

fn level(centre: Point) -> [Point; 2] {
    [-0.5, 0.5].map(|side| Point::new(centre.x + side * SAMPLE, centre.y))
}

fn draw_series(canvas: &Canvas, centre: Point, style: &SeriesStyle) -> Result<(), FigureError> {
    let area = Rect {
        left: centre.x - SAMPLE / 2.0,
        top: centre.y - 6.5,
        right: centre.x + SAMPLE / 2.0,
        bottom: centre.y + 6.5,
    };
    if style.band {
        canvas.fill(&area.corners(), style.colour, glyph::BAND_OPACITY)?;
    }
    if let Some(stroke) = style.stroke() {
        canvas.polyline(&level(centre), &stroke)?;
    }
    if style.bars {
        let ends = [area.bottom, area.top].map(|y| Point::new(centre.x, y));
        glyph::error_bar(canvas, &area, ends, style.colour)?;
    }
    glyph::marker(canvas, centre, style)
}
