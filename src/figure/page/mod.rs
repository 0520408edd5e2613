//! Where everything stands on the page, and in which order it is drawn.

mod border;
mod caption;
mod colour_bar;
mod direct;
mod draw;
mod grid;
mod heat;
mod layout;
mod legend;
mod legend_entries;
mod lines;
mod maps;
pub mod metrics;
mod panel_texts;
mod plot;
mod series;
mod strip;
mod ticks;
mod tiles;
mod wrap;

pub use caption::Caption;
pub use layout::Layout;
pub use legend::Legend;
pub use legend_entries::Entries;

use super::data::PanelData;
use super::error::FigureError;
use super::ink;
use super::spec::{FigureSpec, LegendPlace};
use metrics::MARGIN;

/// Lays out a figure and draws it; [`ink::finish`] makes an SVG of what it returns. The metadata
/// are those of the table, for the caption.
pub fn paint(
    spec: &FigureSpec,
    data: &[PanelData],
    metadata: &[(String, String)],
) -> Result<String, FigureError> {
    let width = spec.page()[0] - 2.0 * MARGIN;
    let entries = Entries::collect(spec, data)?;
    let legend = match spec.legend {
        LegendPlace::Below | LegendPlace::Panels => Legend::wide(entries, width)?,
        LegendPlace::Right => Legend::tall(entries)?,
    };
    let caption = Caption::of(spec, metadata, width)?;
    let layout = Layout::new(spec, data, &legend, &caption)?;
    ink::paint(spec.page(), |canvas| {
        draw::figure(canvas, spec, data, &layout, &legend, &caption)
    })
}
