//! How much a figure may hold: what is more than a page can show is refused before it is read or
//! drawn.

use super::{FigureSpec, PanelSpec, SeriesSpec};
use crate::figure::error::FigureError;

/// Panels of a figure.
const PANELS: usize = 100;
/// Series of a figure, over all panels. All of them have labels in one legend.
const SERIES: usize = 200;
/// Reference lines of a panel.
const MARKS: usize = 200;
/// Lines of equal value of a heat map: as many as its colour bar can tell apart.
const LEVELS: usize = 100;
/// Categories of a map of regions.
const CATEGORIES: usize = 100;

/// Checks the numbers of panels and of series.
pub fn check_counts(spec: &FigureSpec) -> Result<(), FigureError> {
    FigureError::at_most(PANELS, "the figure", "panels", spec.panels.len())?;
    let series = spec.panels.iter().map(|panel| panel.series.len()).sum();
    FigureError::at_most(SERIES, "the figure", "series", series)
}

/// Checks the number of reference lines of a panel.
pub fn check_panel_counts(panel: &PanelSpec, place: &str) -> Result<(), FigureError> {
    FigureError::at_most(MARKS, place, "reference lines", panel.marks.len())
}

/// Checks the numbers of lines and of categories of a series.
pub fn check_series_counts(series: &SeriesSpec, place: &str) -> Result<(), FigureError> {
    match series {
        SeriesSpec::Curve(_) => Ok(()),
        SeriesSpec::Heat(heat) => {
            FigureError::at_most(LEVELS, place, "contours", heat.contours.len())?;
            FigureError::at_most(LEVELS, place, "bar_marks", heat.bar_marks.len())
        }
        SeriesSpec::Regions(regions) => {
            FigureError::at_most(CATEGORIES, place, "categories", regions.categories.len())
        }
    }
}
