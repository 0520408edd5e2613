//! Drawing of the maps of a panel: heat maps and maps of regions.

use super::plot::Plot;
use super::{heat, tiles};
use crate::figure::data::{Cells, PanelData, SeriesData};
use crate::figure::error::FigureError;
use crate::figure::ink::Canvas;
use crate::figure::spec::{PanelSpec, RegionsSpec, SeriesSpec};

/// Draws all maps of a panel.
pub fn draw(
    canvas: &Canvas,
    plot: &Plot,
    panel: &PanelSpec,
    data: &PanelData,
) -> Result<(), FigureError> {
    for (spec, one) in panel.series.iter().zip(&data.series) {
        match (spec, one, &data.colours) {
            (SeriesSpec::Heat(heat), SeriesData::Heat(map), Some(colours)) => {
                heat::draw(canvas, plot, heat, map, colours)?;
            }
            (SeriesSpec::Regions(regions), SeriesData::Regions(map), _) => {
                draw_regions(canvas, plot, regions, map)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn draw_regions(
    canvas: &Canvas,
    plot: &Plot,
    regions: &RegionsSpec,
    map: &Cells<usize>,
) -> Result<(), FigureError> {
    let cells = map.visible(&plot.x, &plot.y);
    let colour = |index: usize| Some(regions.categories.get(index)?.rgb());
    let coloured = cells.map(|(cell, index)| (cell, index.and_then(colour)));
    tiles::draw(canvas, plot, coloured)
}
