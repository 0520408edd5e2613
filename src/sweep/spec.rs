//! The study of a sweep, as written under `[study]` with `kind = "diagram"`.

use super::axis::AxisSpec;
use super::boundary::BoundaryKind;
use super::cell::CellStart;
use super::stationary_spec::PotentialSpec;
use crate::error::{Error, Result};
use crate::options::{ControlParameter, ModelOptions, RunSpec, SimulationOptions, SolverOptions};
use crate::rsb::Depth;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sweep over two control parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DiagramStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The model; the axes change some of its parameters.
    #[serde(default)]
    pub model: ModelOptions,
    /// A potential instead of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub potential: Option<PotentialSpec>,
    /// The solver.
    #[serde(default)]
    pub solver: SolverOptions,
    /// The horizontal axis.
    pub x: AxisSpec,
    /// The vertical axis. Branches are continued along it, from its last value down to its first.
    pub y: AxisSpec,
    /// The searches of each cell, the first of them leading: `continued`, `informed`, `weak`
    /// [default: continued]. Where the vertical axis is no common factor on the signals (or α), a
    /// stronger neighbour's solution need not be the leading one, and `continued` makes an informed
    /// search too.
    #[serde(default = "continued")]
    pub starts: Vec<CellStart>,
    /// Beyond replica symmetry, in cells without a replica-symmetric solution that holds: a number
    /// of steps, or `full`; of one hidden unit and one signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rsb: Option<Depth>,
    /// Where the grid is refined; nowhere if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refinement: Option<RefinementSpec>,
    /// Which cells are computed again at twice the quadrature nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckSpec>,
    /// Boundaries that are located along the vertical axis.
    #[serde(default)]
    pub boundaries: Vec<BoundaryKind>,
    /// Number of values of the horizontal axis at which they are located [default: 50].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary_points: Option<usize>,
    /// Size and number of instances of the simulations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulation: Option<SimulationOptions>,
    /// The points at which they run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated: Option<PointsSpec>,
    /// Columns of the table: `zeta_11` (signal, unit), `m_11`, `q_12`, `k_11`, `cosine_12`,
    /// `log_likelihood`, `rate` [default: all zeta, and log_likelihood]. Not part of what is
    /// computed: they may change between a run and the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observables: Option<Vec<String>>,
}

fn continued() -> Vec<CellStart> {
    vec![CellStart::Continued]
}

/// Where the grid is refined: squares whose corners differ are divided into four, again and again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefinementSpec {
    /// How many times, at most 8.
    pub levels: u32,
    /// Corners differ where their regions do, or where an overlap differs by more than this
    /// [default: regions only].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variation: Option<f64>,
}

/// Which cells are computed again at twice the quadrature nodes: every so many points of the
/// unrefined grid in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckSpec {
    /// Distance of the cells, in points of the unrefined grid.
    pub every: usize,
}

/// Points at which simulations run: all pairs of these values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointsSpec {
    /// Values of the horizontal axis.
    pub x: Vec<f64>,
    /// Values of the vertical axis.
    pub y: Vec<f64>,
    /// The simulation.
    pub run: RunSpec,
}

impl DiagramStudy {
    /// Levels of refinement.
    pub fn levels(&self) -> u32 {
        self.refinement.map_or(0, |refinement| refinement.levels)
    }

    /// The values of an axis when each interval is divided into `2^levels`. Biases, parameters of
    /// priors and those of potentials may be 0 or negative.
    ///
    /// # Errors
    /// As [`Grid::values`].
    pub(super) fn values_of(&self, axis: &AxisSpec, name: &str, levels: u32) -> Result<Vec<f64>> {
        let signed = match self.potential {
            Some(_) => true,
            None => {
                let parameters = axis.parameters(name)?;
                parameters.iter().all(ControlParameter::may_be_negative)
            }
        };
        axis.values(name, levels, signed)
    }

    /// Names of the boundaries that are located.
    pub(crate) fn boundary_names(&self) -> Vec<&str> {
        match &self.potential {
            Some(potential) => potential
                .boundary
                .iter()
                .map(|line| line.name.as_str())
                .collect(),
            None => self.boundaries.iter().map(|kind| kind.name()).collect(),
        }
    }

    /// Checks what does not need the model.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub(super) fn validate(&self) -> Result<()> {
        if self.starts.is_empty() {
            let allowed = "name at least one of continued, informed, weak";
            return Err(Error::invalid("starts", "empty", allowed));
        }
        if let Some(again) = repeated(&self.starts) {
            return Err(Error::invalid("starts", again.name(), "is named twice"));
        }
        if let Some(again) = repeated(&self.boundaries) {
            return Err(Error::invalid("boundaries", again.name(), "is named twice"));
        }
        if let Some(refinement) = self.refinement {
            if !(1..=8).contains(&refinement.levels) {
                let allowed = "must lie in 1..=8";
                return Err(Error::invalid(
                    "refinement.levels",
                    refinement.levels,
                    allowed,
                ));
            }
            if let Some(variation) = refinement.variation {
                crate::error::require_between("refinement.variation", variation, 1e-6, 10.0)?;
            }
        }
        if self.check.is_some_and(|check| check.every == 0) {
            let allowed = "must be at least 1";
            return Err(Error::invalid("check.every", 0, allowed));
        }
        if let Some(points) = self.boundary_points
            && !(2..=100_000).contains(&points)
        {
            let allowed = "must lie in 2..=100000";
            return Err(Error::invalid("boundary-points", points, allowed));
        }
        match &self.potential {
            Some(_) => self.validate_potential(),
            None => self.validate_model(),
        }
    }

    /// Checks what only a model has.
    fn validate_model(&self) -> Result<()> {
        if self.model == ModelOptions::default() {
            let allowed = "give the study a [model], or a [potential]";
            return Err(Error::invalid("model", "missing", allowed));
        }
        if self.simulation.is_some() != self.simulated.is_some() {
            let allowed =
                "[simulation] (size, instances) and [simulated] (points, run) belong together";
            return Err(Error::invalid("simulation", "incomplete", allowed));
        }
        if self.y.from <= 0.0 && !self.boundaries.is_empty() {
            let allowed = "boundaries are located along a vertical axis of positive values: begin it above 0, or leave boundaries out";
            return Err(Error::invalid("y.from", self.y.from, allowed));
        }
        let (x, y) = (self.x.parameters("x")?, self.y.parameters("y")?);
        for parameter in &x {
            if y.iter().any(|other| other.overlaps(parameter)) {
                let allowed = "is varied by both axes: choose two different parameters";
                return Err(Error::invalid(
                    "parameter",
                    format!("\"{parameter}\""),
                    allowed,
                ));
            }
        }
        Ok(())
    }

    /// Checks what a potential does not have.
    fn validate_potential(&self) -> Result<()> {
        let refuse = |field: &str, allowed: &str| Err(Error::invalid(field, "given", allowed));
        if self.model != ModelOptions::default() {
            return refuse("model", "a study has a [model] or a [potential], not both");
        }
        if self.simulation.is_some() || self.simulated.is_some() {
            return refuse("simulation", "a potential has no simulation: leave it out");
        }
        if self.rsb.is_some() {
            let allowed = "a potential is solved as its file says: leave it out";
            return refuse("rsb", allowed);
        }
        if !self.boundaries.is_empty() {
            let allowed = "those of a potential are declared by [[potential.boundary]]";
            return refuse("boundaries", allowed);
        }
        if self.starts != continued() {
            let allowed = "a potential is searched from neighbours and from all starts of its file: leave them out";
            return refuse("starts", allowed);
        }
        let (x, y) = (self.x.names(), self.y.names());
        for (axis, names) in [("x.parameter", x), ("y.parameter", y)] {
            if names.is_empty() {
                return Err(Error::invalid(
                    axis,
                    "empty",
                    "name a parameter of the potential",
                ));
            }
        }
        let all: Vec<&String> = x.iter().chain(y).collect();
        if let Some(again) = repeated(&all) {
            let allowed = "is varied twice: choose different parameters";
            return Err(Error::invalid("parameter", format!("\"{again}\""), allowed));
        }
        Ok(())
    }
}

/// The first element that stands twice.
fn repeated<T: PartialEq>(list: &[T]) -> Option<&T> {
    list.iter()
        .enumerate()
        .find(|(index, element)| list[..*index].contains(element))
        .map(|(_, element)| element)
}
