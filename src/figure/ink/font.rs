//! The embedded fonts: the figures must look the same on every machine, with or without fonts of
//! its own.

use plotters::style::{FontDesc, FontFamily, FontStyle};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::raw::TableProvider;
use skrifa::raw::tables::kern::SubtableKind;
use skrifa::{FontRef, GlyphId, MetadataProvider};

use crate::figure::error::FigureError;

/// Name of the embedded family.
pub const FAMILY: &str = "DejaVu Sans";
/// Upright face.
pub const REGULAR: &[u8] = include_bytes!("fonts/DejaVuSans.ttf");
/// Slanted face, for italics.
pub const OBLIQUE: &[u8] = include_bytes!("fonts/DejaVuSans-Oblique.ttf");

/// Plotters divides the size of a font by this when it writes SVG.
const PLOTTERS_PER_EM: f64 = 1.24;

/// The size that makes plotters write `em` units per em.
pub fn plotters_size(em: f64) -> f64 {
    em * PLOTTERS_PER_EM
}

/// The upright face for plotters.
pub fn upright(em: f64) -> FontDesc<'static> {
    let family = FontFamily::Name(FAMILY);
    FontDesc::new(family, plotters_size(em), FontStyle::Normal)
}

/// Width of plain text in em, with kerning, in whole thousandths.
pub fn advance(text: &str, italic: bool) -> Result<f64, FigureError> {
    let damaged = |error| FigureError::Backend(format!("the embedded fonts are damaged: {error}"));
    let font = FontRef::new(if italic { OBLIQUE } else { REGULAR }).map_err(damaged)?;
    let units_per_em = font.head().map_err(damaged)?.units_per_em();
    let (glyphs, kern) = (font.charmap(), font.kern().ok());
    let widths = GlyphMetrics::new(&font, Size::unscaled(), LocationRef::default());
    let kerning = |pair: &[GlyphId]| -> i32 {
        let tables = kern.iter().flat_map(|kern| kern.subtables()).flatten();
        let kinds = tables
            .filter(|table| table.is_horizontal())
            .flat_map(|table| table.kind());
        kinds
            .filter_map(|kind| match kind {
                SubtableKind::Format0(pairs) => pairs.kerning(pair[0], pair[1]),
                _ => None,
            })
            .sum()
    };
    let glyphs: Vec<GlyphId> = text
        .chars()
        .map(|character| glyphs.map(character).unwrap_or(GlyphId::NOTDEF))
        .collect();
    let width: f32 = glyphs
        .iter()
        .filter_map(|&glyph| widths.advance_width(glyph))
        .sum();
    let kerned: i32 = glyphs.windows(2).map(kerning).sum();
    let width = (f64::from(width) + f64::from(kerned)) / f64::from(units_per_em);
    // Rounded down, as plotters does with its pixels.
    Ok((1000.0 * width).trunc() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advance_agrees_with_the_rasteriser() {
        let svg = "<svg width=\"900\" height=\"100\" xmlns=\"http://www.w3.org/2000/svg\">\
                   <text x=\"0\" y=\"50\" font-family=\"DejaVu Sans\" font-size=\"40\">HHHHHHHHHH</text></svg>";
        let tree = super::super::raster::tree(svg).expect("good SVG");
        let drawn = f64::from(tree.root().bounding_box().width());
        let measured = 40.0 * advance("HHHHHHHHHH", false).expect("known font");
        assert!(
            (drawn - measured).abs() < 10.0,
            "{drawn} against {measured}"
        );
    }
}
