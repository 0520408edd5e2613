//! What a specification says: its fields as they stand in TOML, and the checks that types cannot
//! express.

mod caption;
mod cells;
mod figure;
mod limits;
mod series;
mod style;
mod validate;
mod validate_cells;

pub use caption::fill;
pub use cells::{CategorySpec, HeatSpec, RegionsSpec};
pub use figure::{
    AxisSpec, FigureSpec, LegendPlace, MarkAxis, MarkSpec, PX_PER_MM, PanelSpec, Scale, Selection,
    TickPlaces,
};
pub use series::{AlternateSpec, CurveKind, CurveSpec, LabelPlace, LineEnd, SeriesSpec};
pub use validate::{panel_place, series_place};
