//! Sizes, distances and widths that give all figures their common look, in nominal pixels of 8/13 pt
//! unless it says em.

/// Size of tick labels, in pixels per em: 7.4 pt on paper.
pub const TICK_FONT: f64 = 12.0;
/// Size of axis labels, panel titles and the legend: 8 pt.
pub const LABEL_FONT: f64 = 13.0;
/// Size of the title of the figure: 8.6 pt.
pub const TITLE_FONT: f64 = 14.0;
/// Size of the caption: 6.8 pt.
pub const CAPTION_FONT: f64 = 11.0;
/// Ascent of a line with a superscript, in em.
pub const ASCENT: f64 = 0.95;
/// Descent of a line with a subscript, in em.
pub const DESCENT: f64 = 0.3;
/// From one baseline to the next, in em.
pub const LINE: f64 = ASCENT + DESCENT;
/// Half the height of digits, in em: from the middle of a line of digits to its baseline.
pub const HALF_DIGIT: f64 = 0.36;

/// Outer margin of the figure.
pub const MARGIN: f64 = 6.0;
/// Between panels, and between them and a legend on the right.
pub const PANEL_GAP: f64 = 16.0;
/// Between the panels and a legend below.
pub const LEGEND_GAP: f64 = 8.0;
/// Above the caption.
pub const CAPTION_GAP: f64 = 8.0;
/// From the tick labels to the label of the axis.
pub const LABEL_GAP: f64 = 5.0;
/// From the end of a tick to its label.
pub const TICK_GAP: f64 = 3.0;

/// Length of a tick with a label, outside the frame.
pub const TICK: f64 = 4.5;
/// Length of a tick without a label.
pub const MINOR_TICK: f64 = 2.5;
/// Width of frames, ticks, grid lines and the outline of colour bars.
pub const FRAME: f64 = 1.0;
/// Width of lines of equal value.
pub const CONTOUR: f64 = 1.25;
/// Width of the white under those lines, which sets them off from dark colours.
pub const CASING: f64 = 2.75;
/// Smallest side of a frame that can still be read.
pub const MIN_FRAME: f64 = 60.0;

/// Room of a sample in the legend.
pub const SAMPLE: f64 = 30.0;
/// From a sample to its label.
pub const SAMPLE_GAP: f64 = 6.0;
/// Between columns of the legend.
pub const COLUMN_GAP: f64 = 18.0;
/// Height of a row of the legend.
pub const ROW: f64 = 17.0;

/// From a frame to its colour bar.
pub const BAR_GAP: f64 = 8.0;
/// Width of a colour bar.
pub const BAR_WIDTH: f64 = 12.0;
/// Length of a pointed end of a colour bar.
pub const BAR_POINT: f64 = 10.0;

/// From a frame to the strip under it.
pub const STRIP_GAP: f64 = 5.0;
/// Height of a row of the strip.
pub const STRIP_ROW: f64 = 9.0;
