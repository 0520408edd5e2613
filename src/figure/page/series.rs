//! Lines, bands, error bars and markers of one curve or set of points.

use super::metrics::{CASING, CONTOUR};
use super::plot::{Plot, Standing};
use crate::figure::data::{Datum, Spread};
use crate::figure::error::FigureError;
use crate::figure::ink::{Canvas, Point, glyph, thinned};
use crate::figure::spec::CurveSpec;
use crate::figure::style::{PAPER, SeriesStyle, Stroke};

/// The two styles of a series.
#[derive(Debug, Clone, Copy)]
pub struct Styles {
    base: SeriesStyle,
    alternate: SeriesStyle,
}

impl Styles {
    /// The styles that a specification asks for.
    pub fn of(series: &CurveSpec) -> Self {
        let base = SeriesStyle::of(series);
        let alternate = series.alternate.as_ref();
        Self {
            base,
            alternate: alternate.map_or(base, |other| SeriesStyle::of_alternate(series, other)),
        }
    }

    /// The style of a row.
    pub fn at(&self, datum: &Datum) -> &SeriesStyle {
        self.choose(datum.alternate)
    }

    fn choose(&self, alternate: bool) -> &SeriesStyle {
        if alternate {
            &self.alternate
        } else {
            &self.base
        }
    }
}

/// Draws one curve or set of points into one data area.
pub struct SeriesPainter<'a, 'page> {
    /// The page.
    pub canvas: &'a Canvas<'page>,
    /// The data area.
    pub plot: &'a Plot,
    /// The styles.
    pub styles: Styles,
    /// The rows.
    pub data: &'a [Datum],
    /// Whether white under its lines sets them off from the colours of a map.
    pub cased: bool,
}

impl SeriesPainter<'_, '_> {
    /// Draws the error band, if there is one; it goes under all lines.
    pub fn band(&self) -> Result<(), FigureError> {
        if !self.styles.base.band {
            return Ok(());
        }
        // The colour of the base also fills the alternate part: the band is one thing with one
        // meaning.
        let colour = self.styles.base.colour;
        let ends = |datum: &Datum| match datum.spread {
            Spread::Known(half) => self.ends(datum, half),
            Spread::Absent | Spread::Missing => None,
        };
        let ends: Vec<Option<[Point; 2]>> = self.data.iter().map(ends).collect();
        for run in ends.split(Option::is_none) {
            let lower = run.iter().flatten().map(|ends| ends[0]);
            let upper = run.iter().flatten().map(|ends| ends[1]);
            let [lower, upper]: [Vec<Point>; 2] = [lower.collect(), upper.rev().collect()];
            let polygon = [thinned(&lower), thinned(&upper)].concat();
            let polygon = self.plot.frame.clip_polygon(&polygon);
            if !polygon.is_empty() {
                self.canvas.fill(&polygon, colour, glyph::BAND_OPACITY)?;
            }
        }
        Ok(())
    }

    /// Draws everything else, except the signs on the border.
    pub fn draw(&self) -> Result<(), FigureError> {
        self.line()?;
        self.errors()?;
        for (at, style) in self.markers() {
            glyph::marker(self.canvas, at, style)?;
        }
        Ok(())
    }

    /// Places and styles of the markers in the frame.
    pub fn markers(&self) -> impl Iterator<Item = (Point, &SeriesStyle)> {
        let inside = |datum: &&Datum| self.plot.standing(datum) == Standing::Inside;
        let marked = |datum| Some((self.place(datum)?, self.styles.at(datum)));
        let markers = self.data.iter().filter(inside).filter_map(marked);
        markers.filter(|(_, style)| style.marker.is_some())
    }

    /// The line on the page in stretches, without gaps and clipped to the frame.
    pub fn stretches(&self) -> Vec<Vec<Point>> {
        let places: Vec<Option<Point>> = self.data.iter().map(|datum| self.place(datum)).collect();
        let runs = places.split(Option::is_none);
        let runs = runs.map(|run| run.iter().flatten().copied().collect::<Vec<Point>>());
        let clipped = |run: Vec<Point>| match run[..] {
            [only] => vec![only, only],
            _ => thinned(&run),
        };
        let frame = &self.plot.frame;
        runs.flat_map(|run| frame.clip_polyline(&clipped(run)))
            .collect()
    }

    /// The place of a row, `None` if it has no number or none that the axes can show.
    fn place(&self, datum: &Datum) -> Option<Point> {
        let y = datum.y?;
        let shown = self.plot.x.has_place(datum.x) && self.plot.y.has_place(y);
        shown.then(|| self.plot.place(datum.x, y))
    }

    /// The ends of an error bar, the lower one first.
    fn ends(&self, datum: &Datum, half: f64) -> Option<[Point; 2]> {
        let y = datum.y?;
        let shown = self.plot.x.has_place(datum.x);
        shown.then(|| [y - half, y + half].map(|end| self.plot.place(datum.x, end)))
    }

    fn errors(&self) -> Result<(), FigureError> {
        for datum in self.data {
            let colour = self.styles.at(datum).colour;
            match (datum.spread, self.place(datum)) {
                (Spread::Known(half), _) if self.styles.base.bars => {
                    if let Some(ends) = self.ends(datum, half) {
                        glyph::error_bar(self.canvas, &self.plot.frame, ends, colour)?;
                    }
                }
                (Spread::Missing, Some(at)) if self.plot.standing(datum) == Standing::Inside => {
                    glyph::no_error(self.canvas, at, colour)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Draws the line, broken at rows without a place, in stretches of one style.
    fn line(&self) -> Result<(), FigureError> {
        let placed = |datum: &Datum| self.place(datum).map(|at| (at, datum.alternate));
        let places: Vec<Option<(Point, bool)>> = self.data.iter().map(placed).collect();
        for run in places.split(Option::is_none) {
            let run: Vec<(Point, bool)> = run.iter().flatten().copied().collect();
            match run[..] {
                [(at, alternate)] => self.lone(at, alternate)?,
                _ => self.connected(&run)?,
            }
        }
        Ok(())
    }

    fn connected(&self, run: &[(Point, bool)]) -> Result<(), FigureError> {
        let segments: Vec<(usize, bool)> = (1..run.len())
            .map(|end| (end, run[end - 1].1 || run[end].1))
            .collect();
        for stretch in segments.chunk_by(|a, b| a.1 == b.1) {
            let (Some(&(first, alternate)), Some(&(last, _))) = (stretch.first(), stretch.last())
            else {
                continue;
            };
            let points: Vec<Point> = run[first - 1..=last].iter().map(|&(at, _)| at).collect();
            self.stroke(&points, alternate)?;
        }
        Ok(())
    }

    fn stroke(&self, points: &[Point], alternate: bool) -> Result<(), FigureError> {
        let Some(stroke) = self.styles.choose(alternate).stroke() else {
            return Ok(());
        };
        for piece in self.plot.frame.clip_polyline(points) {
            let piece = thinned(&piece);
            if self.cased {
                let casing = Stroke::solid(PAPER, stroke.width + CASING - CONTOUR);
                self.canvas.polyline(&piece, &casing)?;
            }
            self.canvas.polyline(&piece, &stroke)?;
        }
        Ok(())
    }

    /// A point of a line between two gaps has no segment; a dot keeps it visible.
    fn lone(&self, at: Point, alternate: bool) -> Result<(), FigureError> {
        let style = self.styles.choose(alternate);
        let inside = self.plot.frame.clip_segment(at, at).is_some();
        match style.stroke() {
            Some(stroke) if inside => self.canvas.disc(at, 0.8 * stroke.width, stroke.colour),
            _ => Ok(()),
        }
    }
}
