//! X
pub mod comparison;
pub mod definitions;
pub mod ensemble;
pub mod error;
pub mod figure;
pub mod hidden;
pub mod model;
pub mod numerics;
pub mod options;
pub mod order_parameters;
pub mod prior_step;
pub mod record;
pub mod signal;
pub mod simulation;
pub mod study;
pub mod theory;
