//! The grid of panels: frames of one size, with room for ticks and labels around them.

use super::colour_bar;
use super::colour_bar::BarLayout;
use super::layout::check;
use super::metrics::{
    LABEL_FONT, LABEL_GAP, LINE, MIN_FRAME, PANEL_GAP, TICK, TICK_FONT, TICK_GAP,
};
use super::panel_texts::{PanelTexts, Room};
use super::strip;
use super::ticks::{Tick, axis_ticks};
use crate::figure::data::{ColourScale, PanelData};
use crate::figure::error::FigureError;
use crate::figure::ink::{Rect, text};
use crate::figure::spec::FigureSpec;

/// More labels on an axis only tire the eye.
const MOST_LABELS: f64 = 8.0;

/// From a frame, or the strip under it, to the label of the horizontal axis.
const TICKS: f64 = TICK + TICK_GAP + TICK_FONT + LABEL_GAP;
/// How often texts are broken anew for the frames that the texts before left room for.
const PASSES: usize = 6;

/// Places of one panel.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelLayout {
    /// The panel with all its labels.
    pub cell: Rect,
    /// The data area.
    pub frame: Rect,
    /// Ticks of the horizontal axis.
    pub x_ticks: Vec<Tick>,
    /// Where these ticks begin: at the frame, or under the strip below it.
    pub x_edge: f64,
    /// Top of the label of the horizontal axis.
    pub x_label: f64,
    /// Ticks of the vertical axis.
    pub y_ticks: Vec<Tick>,
    /// Left edge of the (rotated) label of the vertical axis.
    pub y_label: f64,
    /// The colour bar, if there is one.
    pub bar: Option<BarLayout>,
    /// The texts, and the legend of the panel.
    pub texts: PanelTexts,
}

/// Room that the panels of one column of the grid need beside their frames.
#[derive(Debug, Clone, Copy, Default)]
struct Sides {
    left: f64,
    right: f64,
}

/// Room that the panels of one row need over and under their frames.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Ends {
    head: f64,
    foot: f64,
}

/// The size of the frames, and what they leave room for.
struct Frames {
    width: f64,
    height: f64,
    sides: Vec<Sides>,
    ends: Vec<Ends>,
}

/// The grid of panels. All frames have one size, and those of a row or column are aligned.
pub struct Grid<'a> {
    spec: &'a FigureSpec,
    data: &'a [PanelData],
    area: Rect,
    columns: usize,
}

impl<'a> Grid<'a> {
    /// The grid of a figure's panels in a part of the page.
    pub fn new(spec: &'a FigureSpec, data: &'a [PanelData], area: Rect) -> Self {
        Self {
            spec,
            data,
            area,
            columns: spec.columns.unwrap_or(spec.panels.len()).max(1),
        }
    }

    /// Lays out the panels, in the order of the specification. The frames decide where texts are
    /// broken, and the texts how much room there is for frames: rooms only grow from pass to pass.
    pub fn panels(&self) -> Result<Vec<PanelLayout>, FigureError> {
        let rows = self.data.len().div_ceil(self.columns);
        let mut ends = vec![Ends::default(); rows];
        let mut labels = vec![LINE * LABEL_FONT; self.columns];
        for _ in 0..PASSES {
            let frames = self.frames(&ends, &labels)?;
            let texts = self.texts(&frames)?;
            let (mut taller, mut wider) = (ends.clone(), labels.clone());
            for (index, texts) in texts.iter().enumerate() {
                let (row, column) = (index / self.columns, index % self.columns);
                taller[row].head = taller[row].head.max(texts.head());
                let strip = strip::room(strip::rows(&self.data[index]));
                let foot = strip + TICKS + texts.foot();
                taller[row].foot = taller[row].foot.max(foot);
                wider[column] = wider[column].max(texts.y_label.height());
            }
            if taller == ends && wider == labels {
                let panels = texts.into_iter().enumerate();
                return panels
                    .map(|(index, texts)| self.panel(index, &frames, texts))
                    .collect();
            }
            (ends, labels) = (taller, wider);
        }
        Err(FigureError::Backend("the labels find no place".into()))
    }

    /// The frames between texts of this extent: over and under each row, left of each column.
    fn frames(&self, ends: &[Ends], labels: &[f64]) -> Result<Frames, FigureError> {
        let rows = ends.len() as f64;
        let around: f64 = ends.iter().map(|end| end.head + end.foot).sum();
        let height = (self.area.height() - around - (rows - 1.0) * PANEL_GAP) / rows;
        check("the height of a frame", MIN_FRAME, height)?;
        let mut sides = self.sides(height, labels)?;
        let width = self.frame_width(&sides)?;
        self.widen_right_sides(&mut sides, width)?;
        let width = self.frame_width(&sides)?;
        let [width, height] = self.shaped(width, height);
        Ok(Frames {
            width,
            height,
            sides,
            ends: ends.to_vec(),
        })
    }

    fn texts(&self, frames: &Frames) -> Result<Vec<PanelTexts>, FigureError> {
        let text = |(index, data): (usize, &PanelData)| {
            let sides = frames.sides[index % self.columns];
            let room = Room {
                width: sides.left + frames.width + sides.right,
                title: frames.width + sides.right,
                height: frames.height,
            };
            PanelTexts::of(self.spec, data, index, room)
        };
        let panels = self.data.iter().enumerate().map(text);
        let mut panels: Vec<PanelTexts> = panels.collect::<Result<_, _>>()?;
        // A label of a bar that needs a line of its own moves all titles up, so that they stay
        // aligned.
        let lines = panels.iter().map(PanelTexts::bar_lines);
        let lines = lines.fold(0.0, f64::max);
        let above = panels.iter().map(|texts| texts.above);
        let above = above.fold(0.0, f64::max);
        for texts in &mut panels {
            (texts.under_title, texts.above) = (lines, above);
        }
        Ok(panels)
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
    fn sides(&self, height: f64, labels: &[f64]) -> Result<Vec<Sides>, FigureError> {
        let side = |column: usize| {
            let (mut tick_labels, mut right) = (0.0_f64, 0.0_f64);
            for index in self.column(column) {
                for label in y_ticks(&self.data[index], height)
                    .iter()
                    .filter_map(|tick| tick.label.as_ref())
                {
                    tick_labels = tick_labels.max(text::width(label, TICK_FONT)?);
                }
                if let Some(colours) = self.colours(index) {
                    let marked = self.spec.panels[index].bar_marks();
                    let width = colour_bar::tick_label_width(colours, height, &marked)?;
                    right = right.max(colour_bar::room(width));
                }
            }
            Ok(Sides {
                left: TICK + TICK_GAP + tick_labels + LABEL_GAP + labels[column],
                right,
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
        frames: &Frames,
        texts: PanelTexts,
    ) -> Result<PanelLayout, FigureError> {
        let (row, column) = (index / self.columns, index % self.columns);
        let Frames { width, height, .. } = *frames;
        let before = frames.sides[..column].iter();
        let before: f64 = before
            .map(|side| side.left + width + side.right + PANEL_GAP)
            .sum();
        let above = frames.ends[..row].iter();
        let above: f64 = above
            .map(|end| end.head + height + end.foot + PANEL_GAP)
            .sum();
        let (side, end) = (frames.sides[column], frames.ends[row]);
        let (left, top) = (self.area.left + before, self.area.top + above);
        let frame = Rect {
            left: left + side.left,
            top: top + end.head,
            right: left + side.left + width,
            bottom: top + end.head + height,
        };
        let cell = Rect {
            left,
            top,
            right: frame.right + side.right,
            bottom: frame.bottom + end.foot,
        };
        let data = &self.data[index];
        let colours = self.colours(index);
        let marked = self.spec.panels[index].bar_marks();
        let x_edge = frame.bottom + strip::room(strip::rows(data));
        Ok(PanelLayout {
            x_ticks: x_ticks(data, width)?,
            x_edge,
            x_label: x_edge + TICKS,
            y_ticks: y_ticks(data, height),
            y_label: left,
            bar: colours.map(|colours| BarLayout::new(colours, &frame, &marked)),
            cell,
            frame,
            texts,
        })
    }
}

fn y_ticks(data: &PanelData, height: f64) -> Vec<Tick> {
    axis_ticks(&data.y, vertical_labels(height))
}

/// How many tick labels there are one above the other on an axis of this height.
pub fn vertical_labels(height: f64) -> usize {
    (height / 24.0).clamp(2.0, MOST_LABELS) as usize
}

/// As many ticks as there is room for labels side by side.
fn x_ticks(data: &PanelData, width: f64) -> Result<Vec<Tick>, FigureError> {
    let axis = &data.x;
    let most = (width / 30.0).clamp(2.0, MOST_LABELS) as usize;
    for target in (2..=most).rev() {
        let ticks = axis_ticks(axis, target);
        let mut end = f64::NEG_INFINITY;
        let mut apart = true;
        for tick in &ticks {
            if let Some(label) = &tick.label {
                let half = text::width(label, TICK_FONT)? / 2.0;
                let middle = axis.fraction(tick.value) * width;
                apart &= middle - half > end + 0.8 * TICK_FONT;
                end = middle + half;
            }
        }
        if apart {
            return Ok(ticks);
        }
    }
    Ok(axis_ticks(axis, 1))
}
