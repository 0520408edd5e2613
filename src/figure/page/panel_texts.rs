//! The texts around a frame, and a legend of its own: broken into lines for the width that there
//! is.

use super::legend::Legend;
use super::legend_entries::Entries;
use super::lines::Lines;
use super::metrics::{COLUMN_GAP, LABEL_FONT, LEGEND_GAP, LINE, TICK_FONT, TICK_GAP};
use crate::figure::data::PanelData;
use crate::figure::error::FigureError;
use crate::figure::ink::text;
use crate::figure::spec::{FigureSpec, LegendPlace, panel_place};

/// What stands around the frame of a panel, but for its ticks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PanelTexts {
    /// The title with its letter.
    pub title: Lines,
    /// The label of the horizontal axis.
    pub x_label: Lines,
    /// The label of the vertical axis, to be turned.
    pub y_label: Lines,
    /// The label of the colour bar.
    pub bar_label: Lines,
    /// Whether there is room for that label on the last line of the title.
    beside_title: bool,
    /// Height of the lines between title and frame, on which labels of bars stand.
    pub under_title: f64,
    /// From the lowest of these texts to the frame.
    pub above: f64,
    /// The legend of the panel, if it has one of its own.
    pub legend: Option<Legend>,
}

/// Room for the texts of a panel.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Width of the panel with all that stands beside its frame.
    pub width: f64,
    /// Of that, from the left edge of the frame on.
    pub title: f64,
    /// Height of the frame.
    pub height: f64,
}

impl PanelTexts {
    /// The texts of a panel, in lines that fit.
    pub fn of(
        spec: &FigureSpec,
        data: &PanelData,
        index: usize,
        room: Room,
    ) -> Result<Self, FigureError> {
        let panel = &spec.panels[index];
        let lines = |name: &str, label: &str, width| {
            let what = format!("{}, {name}", panel_place(index));
            Lines::of(&what, label, LABEL_FONT, width)
        };
        let letter = spec.letter(index);
        let title: Vec<&str> = letter
            .iter()
            .chain(&panel.title)
            .map(|s| s.as_str())
            .collect();
        let title = lines("title", &title.join(" "), room.width)?;
        let bar = panel.value_label().filter(|_| panel.has_bar());
        let bar_label = lines("value_label", bar.unwrap_or(""), room.width)?;
        let last = title
            .lines
            .last()
            .map_or(Ok(0.0), |line| text::width(line, LABEL_FONT))?;
        let beside = last + COLUMN_GAP + bar_label.width()? <= room.title;
        let legend = match spec.legend {
            LegendPlace::Panels => {
                let entries = Entries::of_panel(panel, data)?;
                Some(Legend::wide(entries, room.width)?)
            }
            LegendPlace::Below | LegendPlace::Right => None,
        };
        Ok(Self {
            beside_title: bar_label.lines.len() == 1 && !title.lines.is_empty() && beside,
            under_title: 0.0,
            // That of a colour bar keeps off the topmost tick label of the bar.
            above: match bar_label.lines.is_empty() {
                true => TICK_GAP,
                false => 2.0 * TICK_GAP,
            },
            x_label: lines("x.label", &panel.x.label, room.width)?,
            // It may be a little longer than the frame is high.
            y_label: lines("y.label", &panel.y.label, room.height + 2.0 * LABEL_FONT)?,
            title,
            bar_label,
            legend,
        })
    }

    /// Room over the frame. Without a title there must still be room for the upper half of the
    /// topmost tick label.
    pub fn head(&self) -> f64 {
        let head = self.title.height() + self.under_title;
        if head > 0.0 {
            head + self.above
        } else {
            0.5 * TICK_FONT
        }
    }

    /// Height of the lines that the label of the bar needs under the title.
    pub fn bar_lines(&self) -> f64 {
        match self.beside_title {
            true => 0.0,
            false => self.bar_label.height(),
        }
    }

    /// Room under the tick labels.
    pub fn foot(&self) -> f64 {
        let legend = match self.legend.as_ref().map(Legend::height) {
            Some(height) if height > 0.0 => LEGEND_GAP + height,
            _ => 0.0,
        };
        self.x_label.height().max(LINE * LABEL_FONT) + legend
    }
}
