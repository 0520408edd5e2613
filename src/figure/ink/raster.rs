//! PNG from SVG, with the embedded fonts only.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb::Database};

use super::font;
use crate::figure::error::FigureError;

/// Longest edge of a raster image; more is surely a mistake.
const MAX_EDGE: f32 = 30_000.0;

/// Rasterises SVG to PNG on white, with `scale` pixels per nominal pixel.
pub fn rasterise(svg: &str, scale: f32) -> Result<Vec<u8>, FigureError> {
    let tree = tree(svg)?;
    let size = tree.size();
    let edges = [size.width() * scale, size.height() * scale].map(f32::ceil);
    if !edges.iter().all(|edge| (1.0..=MAX_EDGE).contains(edge)) {
        return Err(FigureError::InvalidField {
            field: "scale".into(),
            got: scale.to_string(),
            allowed: format!("an image of 1 to {MAX_EDGE} px per side"),
        });
    }
    let mut image = Pixmap::new(edges[0] as u32, edges[1] as u32)
        .ok_or_else(|| FigureError::Backend("no memory for the image".into()))?;
    image.fill(Color::WHITE);
    let transform = Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut image.as_mut());
    image
        .encode_png()
        .map_err(|error| FigureError::Backend(error.to_string()))
}

/// Parses SVG with the embedded fonts.
pub fn tree(svg: &str) -> Result<Tree, FigureError> {
    let options = Options {
        fontdb: fonts(),
        font_family: font::FAMILY.to_owned(),
        ..Options::default()
    };
    Tree::from_str(svg, &options).map_err(|error| FigureError::Backend(error.to_string()))
}

fn fonts() -> Arc<Database> {
    static FONTS: OnceLock<Arc<Database>> = OnceLock::new();
    let load = || {
        let mut fonts = Database::new();
        fonts.load_font_data(font::REGULAR.to_vec());
        fonts.load_font_data(font::OBLIQUE.to_vec());
        fonts.set_sans_serif_family(font::FAMILY);
        Arc::new(fonts)
    };
    Arc::clone(FONTS.get_or_init(load))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLANK: &str = "<svg width=\"20\" height=\"10\" xmlns=\"http://www.w3.org/2000/svg\"/>";

    #[test]
    fn image_has_the_scaled_size() {
        let png = rasterise(BLANK, 2.5).expect("an image");
        let image = Pixmap::decode_png(&png).expect("a PNG");
        assert_eq!((image.width(), image.height()), (50, 25));
        assert!(image.data().iter().all(|&byte| byte == 255));
    }

    #[test]
    fn absurd_scales_are_refused() {
        for scale in [0.0, -1.0, f32::NAN, 1e9] {
            assert!(matches!(
                rasterise(BLANK, scale),
                Err(FigureError::InvalidField { .. })
            ));
        }
        assert!(matches!(
            rasterise("<svg", 1.0),
            Err(FigureError::Backend(_))
        ));
    }
}
