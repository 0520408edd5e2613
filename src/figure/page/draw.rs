//! The drawing of a figure from its layout: frames, ticks, labels, and the order of the layers.

use super::border::Border;
use super::caption::Caption;
use super::grid::PanelLayout;
use super::layout::Layout;
use super::legend::Legend;
use super::metrics::{
    FRAME, HALF_DIGIT, LABEL_FONT, MINOR_TICK, TICK, TICK_FONT, TICK_GAP, TITLE_FONT,
};
use super::plot::Plot;
use super::series::{SeriesPainter, Styles};
use super::{colour_bar, maps};
use crate::figure::data::PanelData;
use crate::figure::error::FigureError;
use crate::figure::ink::{Anchor, Canvas, Point, TextLook, text};
use crate::figure::spec::{FigureSpec, MarkAxis, PanelSpec};
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
    if let Some(title) = &spec.title {
        let middle = f64::from(spec.size[0]) / 2.0;
        let look = TextLook::level(TITLE_FONT, Anchor::Middle, INK);
        canvas.text(title, Point::new(middle, layout.title), look)?;
    }
    for ((panel, data), layout) in spec.panels.iter().zip(data).zip(&layout.panels) {
        let painter = PanelPainter {
            canvas,
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
        self.x_axis()?;
        self.y_axis()?;
        if let (Some(colours), Some(bar)) = (&data.colours, &self.layout.bar) {
            colour_bar::draw(self.canvas, colours, bar, self.panel.contours())?;
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
        for mark in &self.panel.marks {
            let stroke = Stroke::of_mark(mark);
            match mark.axis {
                MarkAxis::X => self.vertical(self.x_of(mark.value), &stroke)?,
                MarkAxis::Y => self.horizontal(self.y_of(mark.value), &stroke)?,
            }
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
        let edge = self.plot.frame.bottom;
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

    /// The labels of the axes, centred, and the title, flush left; a long one is shifted to stay in
    /// its cell.
    fn labels(&self) -> Result<(), FigureError> {
        let PanelLayout { cell, frame, .. } = self.layout;
        let x_label = &self.panel.x.label;
        let half = text::width(x_label, LABEL_FONT)? / 2.0;
        let x = within(
            (frame.left + frame.right) / 2.0,
            half,
            cell.left,
            cell.right,
        );
        let at = Point::new(x, cell.bottom - 0.25 * LABEL_FONT);
        self.canvas.text(
            x_label,
            at,
            TextLook::level(LABEL_FONT, Anchor::Middle, INK),
        )?;

        self.rotated_label(&self.panel.y.label, self.layout.y_label)?;
        if let (Some(label), Some(bar)) = (self.panel.value_label(), &self.layout.bar) {
            self.rotated_label(label, bar.label)?;
        }

        if let Some(title) = &self.panel.title {
            let half = text::width(title, LABEL_FONT)? / 2.0;
            let middle = within(frame.left + half, half, cell.left, cell.right);
            let at = Point::new(middle, frame.top - TICK_GAP - 0.3 * LABEL_FONT);
            self.canvas
                .text(title, at, TextLook::level(LABEL_FONT, Anchor::Middle, INK))?;
        }
        Ok(())
    }

    /// A label that reads upwards beside the middle of the frame, its baseline at `x`.
    fn rotated_label(&self, label: &str, x: f64) -> Result<(), FigureError> {
        let PanelLayout { cell, frame, .. } = self.layout;
        let half = text::width(label, LABEL_FONT)? / 2.0;
        let y = within(
            (frame.top + frame.bottom) / 2.0,
            half,
            cell.top,
            cell.bottom,
        );
        let rotated = TextLook {
            rotated: true,
            ..TextLook::level(LABEL_FONT, Anchor::Middle, INK)
        };
        self.canvas.text(label, Point::new(x, y), rotated)
    }
}

/// The centre nearest to `centre` such that a text of this half-width stays between `low` and
/// `high`.
fn within(centre: f64, half: f64, low: f64, high: f64) -> f64 {
    centre.min(high - half).max(low + half)
}
