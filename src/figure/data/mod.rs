//! The numbers of a figure: the cells of the table that each series selects, and the scales that
//! hold them.

mod axis;
mod cells;
mod colour_scale;
pub mod contour;
mod map;
mod panel;
mod reader;
pub mod smooth;

pub use axis::{Axis, Side};
pub use cells::{Cell, Distinct};
pub use colour_scale::{ColourScale, LEVELS};
pub use map::Cells;
pub use panel::{Datum, PanelData, SeriesData, Spread, check_columns, resolve};
