//! The drawing of a figure from its layout: frames, ticks, labels, and the order of the layers.

use super::border::Border;
use super::caption::Caption;
use super::grid::PanelLayout;
use super::layout::Layout;
use super::legend::Legend;
use super::lines::Lines;
use super::metrics::{
    FRAME, HALF_DIGIT, LEGEND_GAP, MARGIN, MINOR_TICK, TICK, TICK_FONT, TICK_GAP,
};
use super::plot::Plot;
use super::series::{SeriesPainter, Styles};
use super::{colour_bar, direct, maps, strip};
use crate::figure::data::{Datum, PanelData};
use crate::figure::error::FigureError;
use crate::figure::ink::{Anchor, Canvas, Point, TextLook};
use crate::figure::spec::{FigureSpec, MarkAxis, PanelSpec, panel_place};
use crate::figure::style::{GRID, INK, Stroke};

/// Draws a figure.
pub fn figure(
    canvas: &Canvas,
    spec: &FigureSpec,
    data: &[PanelData],
    layout: &Layout,
    legend: &Legend,
    caption: &Caption,
) -> Result<(), FigureError> {
    let top = Point::new(spec.page()[0] / 2.0, MARGIN);
    let look = layout.title.look(Anchor::Middle, INK);
    layout.title.draw(canvas, top, look)?;
    let panels = spec.panels.iter().zip(data).zip(&layout.panels);
    for (index, ((panel, data), layout)) in panels.enumerate() {
        let painter = PanelPainter {
            canvas,
            index,
            plot: Plot::new(layout.frame, data),
            panel,
            layout,
        };
        painter.draw(data)?;
    }
    legend.draw(canvas, layout.legend)?;
    caption.draw(canvas, layout.caption)
}

struct PanelPainter<'a, 'page> {
    canvas: &'a Canvas<'page>,
    index: usize,
    plot: Plot,
    panel: &'a PanelSpec,
    layout: &'a PanelLayout,
}

impl PanelPainter<'_, '_> {
    fn draw(&self, data: &PanelData) -> Result<(), FigureError> {
        // Where a map has no row, the paper stays white.
        if data.has_cells() {
            maps::draw(self.canvas, &self.plot, self.panel, data)?;
        } else {
            self.grid()?;
        }
        let series = || {
            let both = self.panel.series.iter().zip(&data.series);
            let curves = both.filter_map(|(spec, data)| Some((spec.curve()?, data.curve())));
            curves.map(|(spec, data)| SeriesPainter {
                canvas: self.canvas,
                plot: &self.plot,
                styles: Styles::of(spec),
                data,
                cased: self.panel.value_label().is_some(),
            })
        };
        series().try_for_each(|one| one.band())?;
        self.marks()?;
        // The frame lies under the series, so that markers on the border stay whole.
        self.frame()?;
        series().try_for_each(|one| one.draw())?;
        let mut border = Border::new(&self.plot);
        for (index, one) in series().enumerate() {
            border.spare(index, &one);
        }
        for (index, one) in series().enumerate() {
            for datum in one.data {
                border.add(index, datum, one.styles.at(datum).colour);
            }
        }
        border.draw(self.canvas)?;
        let painters: Vec<SeriesPainter> = series().collect();
        direct::draw(self.canvas, &self.plot, self.panel, self.index, &painters)?;
        let colour = |one: &SeriesPainter, datum: &Datum| one.styles.at(datum).colour;
        let signs = series()
            .map(|one| strip::signs(&self.plot, one.data.iter(), |datum| colour(&one, datum)));
        strip::draw(self.canvas, &self.plot.frame, &signs.collect::<Vec<_>>())?;
        self.x_axis()?;
        self.y_axis()?;
        if let (Some(colours), Some(bar)) = (&data.colours, &self.layout.bar) {
            colour_bar::draw(self.canvas, colours, bar, &self.panel.bar_marks())?;
        }
        self.labels()
    }

    fn x_of(&self, value: f64) -> f64 {
        self.plot.place(value, self.plot.y.low).x
    }

    fn y_of(&self, value: f64) -> f64 {
        self.plot.place(self.plot.x.low, value).y
    }

    fn vertical(&self, x: f64, stroke: &Stroke) -> Result<(), FigureError> {
        let frame = &self.plot.frame;
        let ends = [Point::new(x, frame.bottom), Point::new(x, frame.top)];
        self.canvas.polyline(&ends, stroke)
    }

    fn horizontal(&self, y: f64, stroke: &Stroke) -> Result<(), FigureError> {
        let frame = &self.plot.frame;
        let ends = [Point::new(frame.left, y), Point::new(frame.right, y)];
        self.canvas.polyline(&ends, stroke)
    }

    fn grid(&self) -> Result<(), FigureError> {
        let stroke = Stroke::solid(GRID, FRAME);
        for tick in self
            .layout
            .x_ticks
            .iter()
            .filter(|tick| tick.label.is_some())
        {
            self.vertical(self.x_of(tick.value), &stroke)?;
        }
        for tick in self
            .layout
            .y_ticks
            .iter()
            .filter(|tick| tick.label.is_some())
        {
            self.horizontal(self.y_of(tick.value), &stroke)?;
        }
        Ok(())
    }

    fn marks(&self) -> Result<(), FigureError> {
        for (number, mark) in self.panel.marks.iter().enumerate() {
            let (stroke, frame) = (Stroke::of_mark(mark), &self.plot.frame);
            let plot = &self.plot;
            let ends = match mark.axis {
                MarkAxis::X => {
                    let x = self.x_of(mark.value);
                    let span = mark.span.unwrap_or([plot.y.low, plot.y.high]);
                    let y = |y: f64| self.y_of(y).clamp(frame.top, frame.bottom);
                    span.map(|end| Point::new(x, y(end)))
                }
                MarkAxis::Y => {
                    let y = self.y_of(mark.value);
                    let span = mark.span.unwrap_or([plot.x.low, plot.x.high]);
                    let x = |x: f64| self.x_of(x).clamp(frame.left, frame.right);
                    span.map(|end| Point::new(x(end), y))
                }
            };
            if let Some([low, high]) = mark.span.filter(|_| ends[0] == ends[1]) {
                return Err(FigureError::InvalidField {
                    field: format!("{}, mark {}: span", panel_place(self.index), number + 1),
                    got: format!("[{low}, {high}]"),
                    allowed: "it must lie in the range of the other axis, at least in part".into(),
                });
            }
            self.canvas.polyline(&ends, &stroke)?;
        }
        Ok(())
    }

    fn frame(&self) -> Result<(), FigureError> {
        let frame = &self.plot.frame;
        let corners = [
            Point::new(frame.left, frame.top),
            Point::new(frame.right, frame.top),
            Point::new(frame.right, frame.bottom),
            Point::new(frame.left, frame.bottom),
        ];
        self.canvas.outline(&corners, &Stroke::solid(INK, FRAME))
    }

    fn x_axis(&self) -> Result<(), FigureError> {
        let edge = self.layout.x_edge;
        let baseline = edge + TICK + TICK_GAP + 2.0 * HALF_DIGIT * TICK_FONT + 1.0;
        for tick in &self.layout.x_ticks {
            let x = self.x_of(tick.value);
            let length = if tick.label.is_some() {
                TICK
            } else {
                MINOR_TICK
            };
            let ends = [Point::new(x, edge), Point::new(x, edge + length)];
            self.canvas.polyline(&ends, &Stroke::solid(INK, FRAME))?;
            if let Some(label) = &tick.label {
                let look = TextLook::level(TICK_FONT, Anchor::Middle, INK);
                self.canvas.text(label, Point::new(x, baseline), look)?;
            }
        }
        Ok(())
    }

    fn y_axis(&self) -> Result<(), FigureError> {
        let edge = self.plot.frame.left;
        for tick in &self.layout.y_ticks {
            let y = self.y_of(tick.value);
            let length = if tick.label.is_some() {
                TICK
            } else {
                MINOR_TICK
            };
            let ends = [Point::new(edge - length, y), Point::new(edge, y)];
            self.canvas.polyline(&ends, &Stroke::solid(INK, FRAME))?;
            if let Some(label) = &tick.label {
                let at = Point::new(edge - TICK - TICK_GAP, y + HALF_DIGIT * TICK_FONT);
                self.canvas
                    .text(label, at, TextLook::level(TICK_FONT, Anchor::End, INK))?;
            }
        }
        Ok(())
    }

    /// The label of the horizontal axis, centred, and that of the vertical one, upright; the title,
    /// flush left; the label of the colour bar, flush right over it; the legend of the panel. What is
    /// longer than the frame is shifted to stay in its cell.
    fn labels(&self) -> Result<(), FigureError> {
        let PanelLayout {
            cell, frame, texts, ..
        } = self.layout;
        let half = texts.x_label.width()? / 2.0;
        let middle = 0.5 * (frame.left + frame.right);
        let x = within(middle, half, cell.left, cell.right);
        self.lines(
            &texts.x_label,
            Point::new(x, self.layout.x_label),
            Anchor::Middle,
        )?;

        let half = texts.y_label.width()? / 2.0;
        let middle = 0.5 * (frame.top + frame.bottom);
        let y = within(middle, half, cell.top, cell.bottom);
        let look = TextLook {
            rotated: true,
            ..texts.y_label.look(Anchor::Middle, INK)
        };
        texts
            .y_label
            .draw(self.canvas, Point::new(self.layout.y_label, y), look)?;

        let above = frame.top - texts.above;
        let bar_top = above - texts.bar_label.height();
        let at = Point::new(cell.right, bar_top);
        self.lines(&texts.bar_label, at, Anchor::End)?;
        let foot = above - texts.under_title;
        let left = frame.left.min(cell.right - texts.title.width()?);
        let at = Point::new(left, foot - texts.title.height());
        self.lines(&texts.title, at, Anchor::Start)?;

        let Some(legend) = &texts.legend else {
            return Ok(());
        };
        let free = cell.width() - legend.width();
        let top = self.layout.x_label + texts.x_label.height() + LEGEND_GAP;
        legend.draw(self.canvas, Point::new(cell.left + 0.5 * free, top))
    }

    fn lines(&self, lines: &Lines, at: Point, anchor: Anchor) -> Result<(), FigureError> {
        lines.draw(self.canvas, at, lines.look(anchor, INK))
    }
}

/// The centre nearest to `centre` such that a text of this half-width stays between `low` and
/// `high`.
fn within(centre: f64, half: f64, low: f64, high: f64) -> f64 {
    centre.min(high - half).max(low + half)
}
