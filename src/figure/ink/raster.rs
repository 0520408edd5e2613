//! PNG from SVG, with the embedded fonts only.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb::Database};

use super::font;
use crate::figure::error::FigureError;

/// Longest edge of a raster image; more is surely a mistake.
const MAX_EDGE: f32 = 30_000.0;
/// Pixels per inch in which SVG measures.
const CSS_DPI: f32 = 96.0;
/// Length of the signature of a PNG and of its first chunk, the header.
const HEADER: usize = 8 + 25;
const METRES_PER_INCH: f32 = 0.0254;

/// Rasterises SVG to PNG on white, with `dpi` pixels per inch of its size on paper; the PNG says how
/// many there are.
pub fn rasterise(svg: &str, dpi: f32) -> Result<Vec<u8>, FigureError> {
    let tree = tree(svg)?;
    let (size, scale) = (tree.size(), dpi / CSS_DPI);
    let edges = [size.width(), size.height()].map(|edge| (edge * scale).round());
    if !edges.iter().all(|edge| (1.0..=MAX_EDGE).contains(edge)) {
        return Err(FigureError::InvalidField {
            field: "dpi".into(),
            got: dpi.to_string(),
            allowed: format!("an image of 1 to {MAX_EDGE} px per side"),
        });
    }
    let mut image = Pixmap::new(edges[0] as u32, edges[1] as u32)
        .ok_or_else(|| FigureError::Backend("no memory for the image".into()))?;
    image.fill(Color::WHITE);
    let transform = Transform::from_scale(edges[0] / size.width(), edges[1] / size.height());
    resvg::render(&tree, transform, &mut image.as_mut());
    let png = image
        .encode_png()
        .map_err(|error| FigureError::Backend(error.to_string()))?;
    Ok(with_resolution(&png, dpi))
}

/// The PNG with a chunk `pHYs` after its header: pixels per metre, on both axes.
fn with_resolution(png: &[u8], dpi: f32) -> Vec<u8> {
    let density = (dpi / METRES_PER_INCH).round() as u32;
    let mut chunk = b"pHYs".to_vec();
    chunk.extend(density.to_be_bytes());
    chunk.extend(density.to_be_bytes());
    chunk.push(1);
    let length = (chunk.len() - 4) as u32;
    let checksum = crc32fast::hash(&chunk);
    let (header, rest) = png.split_at(HEADER.min(png.len()));
    let parts: [&[u8]; 5] = [
        header,
        &length.to_be_bytes(),
        &chunk,
        &checksum.to_be_bytes(),
        rest,
    ];
    parts.concat()
}

/// Parses SVG with the embedded fonts.
pub fn tree(svg: &str) -> Result<Tree, FigureError> {
    let options = Options {
        fontdb: fonts(),
        font_family: font::FAMILY.to_owned(),
        dpi: CSS_DPI,
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

    const BLANK: &str =
        "<svg width=\"50.8mm\" height=\"25.4mm\" xmlns=\"http://www.w3.org/2000/svg\"/>";

    #[test]
    fn image_has_its_size_on_paper_and_says_so() {
        let png = rasterise(BLANK, 300.0).expect("an image");
        let image = Pixmap::decode_png(&png).expect("a PNG");
        assert_eq!((image.width(), image.height()), (600, 300));
        assert!(image.data().iter().all(|&byte| byte == 255));
        let place = png.windows(4).position(|name| name == b"pHYs");
        let place = place.expect("a chunk");
        // 300 pixels per inch are 11811 per metre.
        let expected = [
            &11_811_u32.to_be_bytes()[..],
            &11_811_u32.to_be_bytes(),
            &[1],
        ]
        .concat();
        assert_eq!(png[place + 4..place + 13], expected);
        let checksum = crc32fast::hash(&png[place..place + 13]).to_be_bytes();
        assert_eq!(png[place + 13..place + 17], checksum);
    }

    #[test]
    fn absurd_resolutions_are_refused() {
        for dpi in [0.0, -1.0, f32::NAN, 1e9] {
            assert!(matches!(
                rasterise(BLANK, dpi),
                Err(FigureError::InvalidField { .. })
            ));
        }
        assert!(matches!(
            rasterise("<svg", 100.0),
            Err(FigureError::Backend(_))
        ));
    }
}
