//! The grid of panels: frames of one size, with room for ticks and labels around them.

use super::colour_bar;
use super::colour_bar::BarLayout;
use super::layout::check;
use super::metrics::{
    ASCENT, DESCENT, LABEL_FONT, LABEL_GAP, MIN_FRAME, PANEL_GAP, TICK, TICK_FONT, TICK_GAP,
};
use super::ticks::{Tick, axis_ticks};
use crate::figure::data::{ColourScale, PanelData};
use crate::figure::error::FigureError;
use crate::figure::ink::{Rect, text};
use crate::figure::spec::FigureSpec;

/// More labels on an axis only tire the eye.
const MOST_LABELS: f64 = 8.0;
/// Room under a row of frames: ticks, tick labels, label.
const FOOT: f64 = TICK + TICK_GAP + TICK_FONT + LABEL_GAP + LABEL_FONT;

/// Places of one panel.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelLayout {
    /// The panel with all its labels.
    pub cell: Rect,
    /// The data area.
    pub frame: Rect,
    /// Ticks of the horizontal axis.
    pub x_ticks: Vec<Tick>,
    /// Ticks of the vertical axis.
    pub y_ticks: Vec<Tick>,
    /// Baseline of the (rotated) label of the vertical axis.
    pub y_label: f64,
    /// The colour bar, if there is one.
    pub bar: Option<BarLayout>,
}

/// Room that the panels of one column of the grid need beside their frames.
#[derive(Debug, Clone, Copy, Default)]
struct Sides {
    tick_labels: f64,
    left: f64,
    right: f64,
    bar_labels: f64,
}

/// The grid of panels. All frames have one size, and those of a row or column are aligned.
pub struct Grid<'a> {
    spec: &'a FigureSpec,
    data: &'a [PanelData],
    area: Rect,
    columns: usize,
    head: f64,
}

impl<'a> Grid<'a> {
    /// The grid of a figure's panels in a part of the page.
    pub fn new(spec: &'a FigureSpec, data: &'a [PanelData], area: Rect) -> Self {
        let titled = spec.panels.iter().any(|panel| panel.title.is_some());
        // Without a title there must still be room for the upper half of the topmost tick label.
        let head = if titled {
            (ASCENT + DESCENT) * LABEL_FONT + TICK_GAP
        } else {
            TICK_FONT / 2.0
        };
        Self {
            spec,
            data,
            area,
            columns: spec.columns.unwrap_or(spec.panels.len()).max(1),
            head,
        }
    }

    /// Lays out the panels, in the order of the specification.
    pub fn panels(&self) -> Result<Vec<PanelLayout>, FigureError> {
        let rows = self.data.len().div_ceil(self.columns) as f64;
        let room = self.area.height() - rows * (self.head + FOOT) - (rows - 1.0) * PANEL_GAP;
        let height = room / rows;
        check("the height of a frame", MIN_FRAME, height)?;
        let mut sides = self.sides(height)?;
        // How far the tick labels stick out on the right depends on the width of the frames, and
        // that again on them. The second pass has the widths of the first one as a very good guess.
        for _ in 0..2 {
            let width = self.frame_width(&sides)?;
            self.widen_right_sides(&mut sides, width)?;
        }
        let [width, height] = self.shaped(self.frame_width(&sides)?, height);
        (0..self.data.len())
            .map(|index| self.panel(index, &sides, width, height))
            .collect()
    }

    /// Width and height of frames that fit into these.
    fn shaped(&self, width: f64, height: f64) -> [f64; 2] {
        match self.spec.aspect {
            Some(aspect) => [width.min(aspect * height), height.min(width / aspect)],
            None => [width, height],
        }
    }

    /// The panels of a column.
    fn column(&self, column: usize) -> impl Iterator<Item = usize> + use<> {
        (column..self.data.len()).step_by(self.columns)
    }

    /// The colours of a panel that has a colour bar.
    fn colours(&self, index: usize) -> Option<&'a ColourScale> {
        let colours = self.data[index].colours.as_ref();
        colours.filter(|_| self.spec.panels[index].has_bar())
    }

    /// The room beside the frames, but for tick labels of horizontal axes that stick out on the
    /// right.
    fn sides(&self, height: f64) -> Result<Vec<Sides>, FigureError> {
        let side = |column| {
            let (mut tick_labels, mut bar_labels) = (0.0_f64, 0.0_f64);
            let mut right = 0.0_f64;
            for index in self.column(column) {
                for label in y_ticks(&self.data[index], height)
                    .iter()
                    .filter_map(|tick| tick.label.as_ref())
                {
                    tick_labels = tick_labels.max(text::width(label, TICK_FONT)?);
                }
                if let Some(colours) = self.colours(index) {
                    let width = colour_bar::tick_label_width(colours, height)?;
                    bar_labels = bar_labels.max(width);
                    right = colour_bar::room(bar_labels);
                }
            }
            let label = LABEL_GAP + (ASCENT + DESCENT) * LABEL_FONT;
            Ok(Sides {
                tick_labels,
                left: TICK + TICK_GAP + tick_labels + label,
                right,
                bar_labels,
            })
        };
        (0..self.columns).map(side).collect()
    }

    fn widen_right_sides(&self, sides: &mut [Sides], width: f64) -> Result<(), FigureError> {
        for (column, side) in sides.iter_mut().enumerate() {
            for data in self.column(column).map(|index| &self.data[index]) {
                let ticks = x_ticks(data, width)?;
                let Some(Tick {
                    value,
                    label: Some(label),
                }) = ticks.iter().rfind(|tick| tick.label.is_some())
                else {
                    continue;
                };
                let end = data.x.fraction(*value) * width + text::width(label, TICK_FONT)? / 2.0;
                side.right = side.right.max(end - width);
            }
        }
        Ok(())
    }

    fn frame_width(&self, sides: &[Sides]) -> Result<f64, FigureError> {
        let gaps = (self.columns - 1) as f64 * PANEL_GAP;
        let beside: f64 = sides.iter().map(|side| side.left + side.right).sum();
        let width = (self.area.width() - gaps - beside) / self.columns as f64;
        check("the width of a frame", MIN_FRAME, width)?;
        Ok(width)
    }

    fn panel(
        &self,
        index: usize,
        sides: &[Sides],
        width: f64,
        height: f64,
    ) -> Result<PanelLayout, FigureError> {
        let (row, column) = (index / self.columns, index % self.columns);
        let before: f64 = sides[..column]
            .iter()
            .map(|side| side.left + width + side.right + PANEL_GAP)
            .sum();
        let side = sides[column];
        let left = self.area.left + before;
        let top = self.area.top + row as f64 * (self.head + height + FOOT + PANEL_GAP);
        let frame = Rect {
            left: left + side.left,
            top: top + self.head,
            right: left + side.left + width,
            bottom: top + self.head + height,
        };
        let cell = Rect {
            left,
            top,
            right: frame.right + side.right,
            bottom: frame.bottom + FOOT,
        };
        self.check_labels(index, &cell)?;
        let colours = self.colours(index);
        Ok(PanelLayout {
            cell,
            frame,
            x_ticks: x_ticks(&self.data[index], width)?,
            y_ticks: y_ticks(&self.data[index], height),
            y_label: frame.left
                - TICK
                - TICK_GAP
                - side.tick_labels
                - LABEL_GAP
                - DESCENT * LABEL_FONT,
            bar: colours.map(|colours| BarLayout::new(colours, &frame, side.bar_labels)),
        })
    }

    /// A label that would be cut off or run into the next panel is an error.
    fn check_labels(&self, index: usize, cell: &Rect) -> Result<(), FigureError> {
        let panel = &self.spec.panels[index];
        let labels = [
            ("title", panel.title.as_deref(), cell.width()),
            ("x.label", Some(panel.x.label.as_str()), cell.width()),
            ("y.label", Some(panel.y.label.as_str()), cell.height()),
            ("value_label", panel.value_label(), cell.height()),
        ];
        for (name, label, room) in labels {
            let what = format!("panel {}, {name}", index + 1);
            check(&what, text::width(label.unwrap_or(""), LABEL_FONT)?, room)?;
        }
        Ok(())
    }
}

fn y_ticks(data: &PanelData, height: f64) -> Vec<Tick> {
    axis_ticks(&data.y, vertical_labels(height))
}

/// How many tick labels there are one above the other on an axis of this height.
pub fn vertical_labels(height: f64) -> usize {
    (height / 28.0).clamp(2.0, MOST_LABELS) as usize
}

/// As many ticks as there is room for labels side by side.
fn x_ticks(data: &PanelData, width: f64) -> Result<Vec<Tick>, FigureError> {
    let axis = &data.x;
    let most = (width / 40.0).clamp(2.0, MOST_LABELS) as usize;
    for target in (2..=most).rev() {
        let ticks = axis_ticks(axis, target);
        let mut end = f64::NEG_INFINITY;
        let mut apart = true;
        for tick in &ticks {
            if let Some(label) = &tick.label {
                let half = text::width(label, TICK_FONT)? / 2.0;
                let middle = axis.fraction(tick.value) * width;
                apart &= middle - half > end + TICK_FONT;
                end = middle + half;
            }
        }
        if apart {
            return Ok(ticks);
        }
    }
    Ok(axis_ticks(axis, 1))
}
