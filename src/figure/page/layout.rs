//! Where everything goes: the title, the grid of panels, the legend outside of them, and the
//! caption at the foot.

use super::caption::Caption;
use super::grid::{Grid, PanelLayout};
use super::legend::Legend;
use super::lines::Lines;
use super::metrics::{CAPTION_GAP, LABEL_GAP, LEGEND_GAP, MARGIN, PANEL_GAP, TITLE_FONT};
use crate::figure::data::PanelData;
use crate::figure::error::FigureError;
use crate::figure::ink::{Point, Rect};
use crate::figure::spec::{FigureSpec, LegendPlace, PX_PER_MM};

/// Places of all panels, of the legend and of the caption.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The panels, in the order of the specification.
    pub panels: Vec<PanelLayout>,
    /// Upper left corner of the legend.
    pub legend: Point,
    /// Upper left corner of the caption.
    pub caption: Point,
    /// The title, in the middle of the page and at its upper margin.
    pub title: Lines,
}

impl Layout {
    /// Lays out a figure.
    pub fn new(
        spec: &FigureSpec,
        data: &[PanelData],
        legend: &Legend,
        caption: &Caption,
    ) -> Result<Self, FigureError> {
        let width = spec.page()[0] - 2.0 * MARGIN;
        let title = spec.title.as_deref().unwrap_or("");
        let title = Lines::of("the title", title, TITLE_FONT, width)?;
        let page = page(spec, &title, caption)?;
        let area = panel_area(spec, page, legend);
        let panels = Grid::new(spec, data, area).panels()?;
        let legend = match spec.legend {
            LegendPlace::Below | LegendPlace::Panels => Point::new(
                (page.left + page.right - legend.width()) / 2.0,
                page.bottom - legend.height(),
            ),
            LegendPlace::Right => {
                let top = panels.first().map_or(area.top, |panel| panel.frame.top);
                check("the legend", legend.height(), page.bottom - top)?;
                Point::new(page.right - legend.width(), top)
            }
        };
        Ok(Self {
            panels,
            legend,
            caption: Point::new(page.left, spec.page()[1] - MARGIN - caption.height()),
            title,
        })
    }
}

/// The page without its margins, the title and the caption.
fn page(spec: &FigureSpec, title: &Lines, caption: &Caption) -> Result<Rect, FigureError> {
    let [width, height] = spec.page();
    let mut page = Rect {
        left: MARGIN,
        top: MARGIN,
        right: width - MARGIN,
        bottom: height - MARGIN,
    };
    if title.height() > 0.0 {
        check("the title", title.height(), page.height())?;
        page.top += title.height() + LABEL_GAP;
    }
    if caption.height() > 0.0 {
        check("the caption", caption.height(), page.height())?;
        page.bottom -= caption.height() + CAPTION_GAP;
    }
    Ok(page)
}

fn panel_area(spec: &FigureSpec, page: Rect, legend: &Legend) -> Rect {
    let mut area = page;
    match spec.legend {
        LegendPlace::Below if legend.height() > 0.0 => area.bottom -= legend.height() + LEGEND_GAP,
        LegendPlace::Right if legend.width() > 0.0 => area.right -= legend.width() + PANEL_GAP,
        _ => {}
    }
    area
}

/// An error if something does not fit; lengths are nominal pixels.
pub fn check(what: &str, needed: f64, available: f64) -> Result<(), FigureError> {
    if needed <= available {
        return Ok(());
    }
    Err(FigureError::DoesNotFit {
        what: what.to_owned(),
        needed: needed / PX_PER_MM,
        available: available / PX_PER_MM,
    })
}
