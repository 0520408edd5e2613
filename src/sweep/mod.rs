//! Sweeps over two control parameters: phase diagrams that survive.
//!
//! A [`Sweep`] computes the fixed points of state evolution, or of a potential, on a lattice of two
//! control parameters, locates the boundaries between its phases, and runs simulations at chosen
//! points. Whatever is finished is on disk at once, in an append-only record, from which an
//! interrupted sweep goes on. What a cell finds depends only on the study and on cells that were
//! finished before it in a fixed order, so that neither threads, nor interruptions, nor the
//! division into shards change a bit.
//!
//! | module | role |
//! |---|---|
//! | `spec` | the study as written in TOML |
//! | `lattice` | points of the plane, squares, what is refined |
//! | `models` | the model at a point |
//! | `cell`, `solver` | what a record keeps of a cell; its searches |
//! | `beyond` | a cell beyond replica symmetry |
//! | `boundary`, `simulated` | the other entries of a record |
//! | `theory` | state evolution or a potential: what solves a cell, names its region, locates boundaries |
//! | `stationary_spec`, `stationary`, `point`, `line` | potentials: the study, the cells, what a record keeps, boundaries |
//! | `plan`, `work` | what a sweep consists of; the order of work, threads, shards |
//! | `table` | the result as a table for figures |

mod axis;
mod beyond;
mod boundary;
mod cell;
mod entry;
mod found;
mod lattice;
mod line;
mod merge;
mod models;
mod observables;
mod plan;
mod point;
mod region;
mod reply;
mod shard;
mod simulated;
mod solver;
mod spec;
mod stationary;
mod stationary_check;
mod stationary_spec;
mod store;
mod summary;
mod table;
#[cfg(test)]
mod tests;
mod theory;
mod work;

pub use axis::AxisSpec;
pub use beyond::{BeyondNumbers, BeyondPoint, Number};
pub use boundary::{BoundaryKind, BoundaryName};
pub use cell::{Cell, CellStart, Check, Search};
pub use entry::SweepEntry;
pub use found::{EvolutionPoint, Found};
pub use merge::{Merged, merge};
pub use plan::Sweep;
pub use point::StationaryPoint;
pub use region::Region;
pub use reply::{SweepReply, SweepSettings};
pub use shard::Shard;
pub use spec::{CheckSpec, DiagramStudy, PointsSpec, RefinementSpec};
pub use stationary_spec::{Condition, LineSpec, PotentialSpec, RegionSpec, Relation, Setting};
pub use store::times_path;
pub use summary::{Summary, Worst};
pub use work::Done;
