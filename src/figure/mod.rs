//! Figures from a specification in TOML and a table in CSV, as SVG, PNG and PDF.
//!
//! A figure has its size on paper, in millimetres, and type of 8 pt at that size: SVG and PDF are as
//! large, and a PNG says how many pixels it has per metre. In drawing, lengths are nominal pixels, of
//! which 13 are 8 pt. Titles, labels of axes and captions are broken into lines that fit.
//!
//! What a figure shows, it shows completely. A row without a number is a × at its abscissa on a strip
//! under the frame, outside of the range of the data, with a line for each series that has such
//! rows. A number beyond an explicit axis range is a small triangle on the border that
//! points to it; of a dense curve, one triangle per width of a triangle. A number without an error
//! where the series has one is ringed. All three are explained in the legend when they occur. In a
//! map, a cell without a number is hatched, and a number beyond explicit limits of the colours
//! gives the colour bar a pointed end. Whatever cannot be shown is an error: selections without
//! rows, cells that are no numbers, reference lines out of range, labels that do not fit, captions
//! that quote what the table does not say, and more of anything than a page can hold.
//!
//! A line of any length is drawn from those of its points that can be told apart at a quarter of a
//! pixel, and covers the same page as with all of them. Signs of one series for rows without a
//! number that would cover each other wholly are drawn once.
//!
//! Series differ in print without colour, too, if their specification gives them markers and dashes
//! of their own. A line and points of one colour may share a label, and then an entry of the legend;
//! a label may stand beside its line (`label_at`), and each panel may have its own legend
//! (`legend = "panels"`). Panels are lettered, and curves on a heat map have white under them.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use onsager::figure::{FigureSpec, Table, rasterise, render_svg};
//! let spec = FigureSpec::parse(
//!     r#"
//!     data = "overlap.csv"
//!     size = [86, 70]              # millimetres on paper
//!     caption = "seed {seed}"     # from the metadata of the table
//!     [[panel]]
//!     x = { label = "signal strength *λ*", column = "lambda" }
//!     y = { label = "overlap ζ_{11}", column = "overlap", range = [0.0, 1.0] }
//!     [[panel.series]]
//!     label = "theory"
//!     kind = "line"
//!     "#,
//! )?;
//! let table = Table::read("# seed: 1\nlambda,overlap\n0.5,0\n1,0.4\n1.5,\n2,0.8\n")?;
//! let svg = render_svg(&spec, &table)?;
//! let png = rasterise(&svg, 300.0)?;
//! # assert!(png.starts_with(b"\x89PNG"));
//! # Ok(())
//! # }
//! ```
//!
//! The `kind` of a series decides about its other fields: [`CurveSpec`] for `line` and `points`,
//! [`HeatSpec`] for `heat`, [`RegionsSpec`] for `regions`. Maps lie under curves and points.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use onsager::figure::{FigureSpec, Table, rasterise, render_svg};
//! let spec = FigureSpec::parse(
//!     r#"
//!     data = "phases.csv"
//!     size = [178, 80]
//!     [[panel]]
//!     x = { label = "sample ratio *α*", column = "alpha", scale = "log" }
//!     y = { label = "signal strength *λ*", column = "lambda" }
//!     [[panel.series]]
//!     kind = "heat"
//!     value = "gain"
//!     value_label = "gain *g*"
//!     color_scale = "log"         # or "linear"
//!     limits = [0.2, 5.0]
//!     map = "diverging"           # or "viridis", "grey", which stay apart in grey print
//!     smooth = true               # colours run on from cell to cell
//!     smooth_within = "phase"     # but not from one phase to another
//!     centre = 1.0
//!     contours = [1.0]
//!     contour_label = "*g* = 1"
//!     missing = "no fixed point"
//!     [[panel]]
//!     x = { label = "sample ratio *α*", column = "alpha", scale = "log" }
//!     y = { label = "signal strength *λ*", column = "lambda" }
//!     [[panel.series]]
//!     kind = "regions"
//!     category = "phase"
//!     categories = [
//!         { value = "para", label = "paramagnetic", color = "skyblue" },
//!         { value = "ferro", label = "ferromagnetic", color = "orange", strength = 0.7 },
//!     ]
//!     missing = "no fixed point"
//!     "#,
//! )?;
//! let table = Table::read(
//!     "alpha,lambda,gain,phase\n1,1,0.3,para\n4,1,0.8,para\n1,2,,\n4,2,6,ferro\n",
//! )?;
//! let svg = render_svg(&spec, &table)?;
//! # assert!(svg.contains("no fixed point"));
//! # Ok(())
//! # }
//! ```
//!
//! # Rooms
//!
//! | room | what is in it | what it may use |
//! |---|---|---|
//! | `style` | colours, colour maps, dashes, markers, markup: what a specification names and the ink draws | |
//! | `spec` | what a specification says, and its checks | `style` |
//! | `data` | the numbers that a specification selects from a table, and their scales | `spec`, `style` |
//! | `ink` | canvas, glyphs, fonts, SVG, PNG, PDF | `style` |
//! | `page` | where everything stands and in which order it is drawn: layout, ticks, legend, caption, colour bars | all of these |
//!
//! Of plotters, only `ink` knows anything: its SVG backend with a bare drawing area, on which
//! lines, polygons, rectangles, circles and texts are drawn at given places (`ink/canvas.rs`), and
//! its fonts, which are registered from the embedded files and measure labels (`ink/font.rs`). Its
//! charts, coordinate systems, meshes and series are not used. They know no frames of one size with
//! a common legend outside, no signs for rows without a number or beyond the range, and no labels
//! with scripts; and they place everything in whole pixels, in which curves wobble: the canvas
//! draws on a page four times as large, and `ink/svg.rs` gives the figure its size back.

mod data;
mod error;
mod ink;
mod page;
mod spec;
mod style;
#[cfg(test)]
mod tests;

pub use crate::table::Table;
pub use error::FigureError;
pub use ink::{pdf, rasterise};
pub use spec::{
    AlternateSpec, AxisSpec, CategorySpec, CurveKind, CurveSpec, FigureSpec, HeatSpec, LabelPlace,
    LegendPlace, LineEnd, MarkAxis, MarkSpec, PanelSpec, RegionsSpec, Scale, Selection, SeriesSpec,
    TickPlaces,
};
pub use style::{Colour, ColourMap, Dash, Marker};

/// Nominal pixels per inch on paper: the resolution at which a PNG has a pixel for each of them.
pub const NOMINAL_DPI: f32 = (spec::PX_PER_MM * 25.4) as f32;

/// Checks that a table with these columns and metadata has all that a figure names; rows and values
/// are not looked at.
///
/// # Errors
/// A column or a key that the table lacks.
pub fn check_names(spec: &FigureSpec, header: &Table) -> Result<(), FigureError> {
    spec.validate()?;
    data::check_columns(spec, header)?;
    match &spec.caption {
        Some(template) => spec::fill(template, &header.metadata).map(drop),
        None => Ok(()),
    }
}

/// Draws a figure as SVG.
///
/// The same specification and table give the same bytes. The metadata of the table are the
/// `<metadata>` element of the SVG, directly after the opening tag.
pub fn render_svg(spec: &FigureSpec, table: &Table) -> Result<String, FigureError> {
    ink::finish(&painted(spec, table)?, size(spec), &table.metadata)
}

/// Draws a figure as an SVG element for a page of HTML, with a sentence that says what it shows. It has
/// no `id`, and no metadata.
pub fn render_inline(
    spec: &FigureSpec,
    table: &Table,
    description: &str,
) -> Result<String, FigureError> {
    ink::inline(&painted(spec, table)?, size(spec), description)
}

fn size(spec: &FigureSpec) -> ink::Size {
    ink::Size {
        page: spec.page(),
        paper: spec.size,
    }
}

fn painted(spec: &FigureSpec, table: &Table) -> Result<String, FigureError> {
    spec.validate()?;
    let data = data::resolve(spec, table)?;
    page::paint(spec, &data, &table.metadata)
}
