//! Simulations at points of the plane.

use super::entry::SIMULATIONS;
use super::models::Models;
use super::spec::{DiagramStudy, PointsSpec};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::streams::Streams;
use crate::options::{SimulationOptions, StartOptions};
use crate::order_parameters::OrderParameters;
use crate::simulation::{RunOutcome, RunSettings, SimulationStart, Size, run};
use crate::theory::{Expectation, FixedPointSettings};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// Points at most: each is checked before the first one runs.
const MOST_POINTS: usize = 2000;

/// Runs of one point at most, in the numbering of records.
const RUNS: u64 = 1 << 20;

/// One finished run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulatedRun {
    /// Number of the point.
    pub point: u64,
    /// Number of the instance.
    pub instance: u64,
    /// Horizontal control parameter.
    pub x: f64,
    /// Vertical control parameter.
    pub y: f64,
    /// How it ended.
    pub outcome: RunOutcome,
    /// Overlaps at the end; `None` where there are no usable weights.
    pub overlaps: Option<OrderParameters>,
}

impl SimulatedRun {
    /// Number in the record.
    pub fn index(&self) -> u64 {
        run_index(self.point, self.instance)
    }

    /// Whether the overlaps are those of a model with these numbers of signals and units.
    pub fn fits(&self, signals: usize, units: usize) -> bool {
        let overlaps = self.overlaps.as_ref();
        overlaps.is_none_or(|overlaps| overlaps.is_of(signals, units))
    }
}

/// Number of a run in the record.
pub fn run_index(point: u64, instance: u64) -> u64 {
    SIMULATIONS + point * RUNS + instance
}

/// One point with its options, checked.
pub struct SimulatedPoint {
    pub x: f64,
    pub y: f64,
    model: Model,
    size: Size,
    options: SimulationOptions,
    start: SimulationStart,
    solver: FixedPointSettings,
    /// Resolved where the first instance needs them: that takes a search for a fixed point.
    settings: OnceLock<RunSettings>,
}

/// The points of a study with their settings, and the number of instances of each.
///
/// # Errors
/// Points without a model, or settings that are not possible there.
pub fn points(
    study: &DiagramStudy,
    models: &Models,
    solver: &FixedPointSettings,
) -> Result<(Vec<SimulatedPoint>, usize)> {
    let (Some(size), Some(spec)) = (&study.simulation, &study.simulated) else {
        return Ok((Vec::new(), 0));
    };
    if spec.x.is_empty() || spec.y.is_empty() {
        let allowed = "needs values of x and of y";
        return Err(Error::invalid("simulated", "empty", allowed));
    }
    let count = spec.x.len().saturating_mul(spec.y.len());
    if count > MOST_POINTS {
        let allowed = format!("has more than {MOST_POINTS} pairs of x and y: take fewer");
        return Err(Error::invalid("simulated", count, allowed));
    }
    let mut points = Vec::new();
    for &x in &spec.x {
        for &y in &spec.y {
            let point = prepare(size, spec, models, solver, (x, y));
            points.push(point.map_err(|error| {
                let allowed = format!("can't be simulated there: {error}");
                Error::invalid("[study.simulated]", format!("x = {x}, y = {y}"), allowed)
            })?);
        }
    }
    Ok((points, size.instances()?))
}

fn prepare(
    size: &SimulationOptions,
    spec: &PointsSpec,
    models: &Models,
    solver: &FixedPointSettings,
    (x, y): (f64, f64),
) -> Result<SimulatedPoint> {
    let model = models.at(x, y)?;
    let options = SimulationOptions {
        algorithm: Some(spec.run.algorithm),
        iterations: spec.run.iterations,
        run_tolerance: spec.run.run_tolerance,
        restarts: spec.run.restarts,
        ..size.of(spec.run.algorithm)
    };
    let start = StartOptions {
        start: spec.run.start.clone().map(|name| vec![name]),
        ..StartOptions::default()
    };
    let start = start.simulation(&model, "random")?;
    let size = options.size(Some(model.alpha()))?;
    options.resolve(&model, size, (start.clone(), 0), None, None)?;
    Ok(SimulatedPoint {
        x,
        y,
        model,
        size,
        options,
        start,
        solver: solver.clone(),
        settings: OnceLock::new(),
    })
}

impl SimulatedPoint {
    /// A step of gradient ascent must be stable where it will end; a step is not a result, so that
    /// any last iterate serves.
    fn settings(&self) -> Result<&RunSettings> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let expected = Expectation::of(&self.model, &self.solver)?;
        let start = (self.start.clone(), 0);
        let resolved =
            self.options
                .resolve(&self.model, self.size, start, None, expected.as_ref())?;
        Ok(self.settings.get_or_init(|| resolved))
    }

    /// Runs one instance.
    ///
    /// # Errors
    /// As [`run`].
    pub fn run(&self, point: u64, instance: u64, seed: u64) -> Result<SimulatedRun> {
        let streams = Streams::new(seed).cell(point).instance(instance);
        let finished = run(&self.model, self.size, self.settings()?, streams)?;
        let symmetry = self.model.symmetry();
        let overlaps = finished
            .end
            .has_weights()
            .then(|| symmetry.canonical(&finished.last().order).order);
        Ok(SimulatedRun {
            point,
            instance,
            x: self.x,
            y: self.y,
            outcome: finished.end.outcome(),
            overlaps,
        })
    }
}
