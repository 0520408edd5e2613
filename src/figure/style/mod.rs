//! What a specification names and the ink draws: colours, colour maps, dashes, markers, and the
//! markup of labels.

mod colour;
mod colour_map;
pub mod markup;
mod stroke;

pub use colour::{CAPTION, Colour, GRID, INK, NEUTRAL, PAPER, Rgb, STRIP, legible};
pub use colour_map::{ColourMap, mix};
pub use stroke::{Dash, Marker, SeriesStyle, Stroke};
