//! The embedded fonts: the figures must look the same on every machine, with or without fonts of
//! its own.

use std::sync::OnceLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

use crate::figure::error::FigureError;

/// Name of the embedded family.
pub const FAMILY: &str = "DejaVu Sans";
/// Upright face.
pub const REGULAR: &[u8] = include_bytes!("fonts/DejaVuSans.ttf");
/// Slanted face, for italics.
pub const OBLIQUE: &[u8] = include_bytes!("fonts/DejaVuSans-Oblique.ttf");

/// Height of a line over the em square in these files (ascent 1901, descent 483, em 2048). Plotters
/// sizes a font by the former when it measures, the rest of the world by the latter.
const LINE_PER_EM: f64 = (1901.0 + 483.0) / 2048.0;
/// Plotters divides the size of a font by this when it writes SVG.
const PLOTTERS_PER_EM: f64 = 1.24;

/// The size that makes plotters write `em` units per em.
pub fn plotters_size(em: f64) -> f64 {
    em * PLOTTERS_PER_EM
}

/// The upright face for plotters.
pub fn upright(em: f64) -> Result<FontDesc<'static>, FigureError> {
    register()?;
    let family = FontFamily::Name(FAMILY);
    Ok(FontDesc::new(family, plotters_size(em), FontStyle::Normal))
}

/// Width of plain text in em.
pub fn advance(text: &str, italic: bool) -> Result<f64, FigureError> {
    /// Plotters rounds widths to whole pixels; at this size that does not matter.
    const EM: f64 = 1000.0;
    register()?;
    let style = if italic {
        FontStyle::Italic
    } else {
        FontStyle::Normal
    };
    let (width, _) = FontDesc::new(FontFamily::Name(FAMILY), EM * LINE_PER_EM, style)
        .box_size(text)
        .map_err(|error| FigureError::Backend(format!("measuring text: {error}")))?;
    Ok(f64::from(width) / EM)
}

/// Registers the fonts with plotters, once per process.
fn register() -> Result<(), FigureError> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let done = DONE.get_or_init(|| {
        register_font(FAMILY, FontStyle::Normal, REGULAR).is_ok()
            && register_font(FAMILY, FontStyle::Italic, OBLIQUE).is_ok()
    });
    if *done {
        return Ok(());
    }
    Err(FigureError::Backend(
        "the embedded fonts are damaged".into(),
    ))
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
