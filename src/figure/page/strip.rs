//! The strip under a frame, outside of the range of the data: a × for each row without a number, at
//! its abscissa, in a line of its own for each series that has some.

use super::metrics::{STRIP_GAP, STRIP_ROW};
use super::plot::{Plot, Standing, standing};
use crate::figure::data::{Datum, PanelData};
use crate::figure::error::FigureError;
use crate::figure::ink::{Canvas, Point, Rect, glyph};
use crate::figure::style::{Rgb, STRIP};

/// Signs of one series this close to each other cover each other wholly: the first one stands for
/// all.
const SAME_PLACE: f64 = 0.5;

/// How many series of a panel have rows without a number.
pub fn rows(data: &PanelData) -> usize {
    let failed = |rows: &[Datum]| {
        let standings = rows.iter().map(|row| standing(&data.x, &data.y, row));
        standings.into_iter().any(|one| one == Standing::Failed)
    };
    data.series.iter().filter(|one| failed(one.curve())).count()
}

/// The room between frame and ticks that a strip of so many rows takes, 0 without any.
pub fn room(rows: usize) -> f64 {
    match rows {
        0 => 0.0,
        _ => STRIP_GAP + rows as f64 * STRIP_ROW,
    }
}

/// The signs of one series, from the left, each with its colour.
pub type Signs = Vec<(f64, Rgb)>;

/// The signs of a series, without those that would not be seen.
pub fn signs<'d>(
    plot: &Plot,
    rows: impl Iterator<Item = &'d Datum>,
    colour: impl Fn(&Datum) -> Rgb,
) -> Signs {
    let failed = rows.filter(|row| plot.standing(row) == Standing::Failed);
    let place = |row: &Datum| plot.place(row.x, plot.y.low).x;
    let mut signs: Signs = failed.map(|row| (place(row), colour(row))).collect();
    signs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    signs.dedup_by(|next, kept| next.1 == kept.1 && next.0 - kept.0 < SAME_PLACE);
    signs
}

/// Draws the strip under a frame: a line for each series with signs.
pub fn draw(canvas: &Canvas, frame: &Rect, series: &[Signs]) -> Result<(), FigureError> {
    let lines = series.iter().filter(|signs| !signs.is_empty());
    for (row, signs) in lines.enumerate() {
        let top = frame.bottom + STRIP_GAP + row as f64 * STRIP_ROW;
        let line = Rect {
            top: top + 0.5,
            bottom: top + STRIP_ROW - 0.5,
            ..*frame
        };
        canvas.rectangle(&line, STRIP)?;
        for &(x, colour) in signs {
            let at = Point::new(x, top + 0.5 * STRIP_ROW);
            glyph::failure(canvas, at, colour)?;
        }
    }
    Ok(())
}
