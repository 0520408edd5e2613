//! PDF from SVG, with the embedded fonts only.

use std::sync::{Arc, OnceLock};

use svg2pdf::usvg::{Options, Tree, fontdb::Database};
use svg2pdf::{ConversionOptions, PageOptions, to_pdf};

use super::font;
use crate::figure::error::FigureError;

/// Pixels per inch in which SVG measures.
const CSS_DPI: f32 = 96.0;

/// Turns SVG into a page of PDF, as large as the figure is on paper. Text stays text, with the
/// glyphs that occur embedded.
///
/// The converter brings a parser of SVG of its own, which is why the fonts are loaded once more.
pub fn pdf(svg: &str) -> Result<Vec<u8>, FigureError> {
    let failed = |error: &dyn std::fmt::Display| FigureError::Backend(error.to_string());
    let options = Options {
        fontdb: fonts(),
        font_family: font::FAMILY.to_owned(),
        dpi: CSS_DPI,
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|error| failed(&error))?;
    let page = PageOptions { dpi: CSS_DPI };
    to_pdf(&tree, ConversionOptions::default(), page).map_err(|error| failed(&error))
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

    #[test]
    fn page_has_the_size_on_paper() {
        let svg = "<svg width=\"127mm\" height=\"50.8mm\" viewBox=\"0 0 500 200\" \
                   xmlns=\"http://www.w3.org/2000/svg\"><text x=\"9\" y=\"50\" font-family=\"DejaVu Sans\" \
                   font-size=\"40\">text</text></svg>";
        let file = pdf(svg).expect("a file");
        assert!(file.starts_with(b"%PDF-"));
        let text = String::from_utf8_lossy(&file);
        // 5 and 2 inches of 72 pt.
        assert!(text.contains("/MediaBox [0 0 360 144]"), "{text}");
        assert!(text.contains("DejaVuSans"), "{text}");
        assert!(matches!(pdf("<svg"), Err(FigureError::Backend(_))));
    }
}
