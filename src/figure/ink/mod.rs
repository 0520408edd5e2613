//! Drawing: a page in nominal pixels, the shapes and labels on it, and the files that it becomes.

mod canvas;
mod font;
mod geometry;
pub mod glyph;
mod pdf;
mod raster;
mod svg;
pub mod text;
mod thin;

pub use canvas::{Anchor, Canvas, TextLook, paint, snapped};
pub use geometry::{Point, Rect};
pub use pdf::pdf;
pub use raster::rasterise;
#[cfg(test)]
pub use raster::tree;
pub use svg::{Size, finish, inline};
pub use thin::thinned;
