//! Flags and keys of the start.

use super::missing;
use crate::definitions::matrix;
use crate::dmft::{DmftStart, MAX_POWER};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use crate::simulation::SimulationStart;
use crate::start::Start;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What is left of other directions after the power iterations of a spectral start.
const SPECTRAL_PURITY: f64 = 1e-6;

/// Power iterations after which the weights are the leading right singular vectors of the data up
/// to [`SPECTRAL_PURITY`].
///
/// A signal of strength `λ` above the BBP threshold gives `A^T A` the eigenvalue
/// `α (1 + λ²)(1 + 1/(αλ²))`, and the bulk ends at `(1 + √α)²`; each iteration damps a direction
/// against a stronger one by the ratio of their eigenvalues.
fn spectral_iterations(model: &Model) -> Result<usize> {
    let alpha = model.alpha();
    let edge = (1.0 + alpha.sqrt()).powi(2);
    let eigenvalue = |strength: f64| {
        let square = strength * strength;
        if alpha * square * square > 1.0 {
            alpha * (1.0 + square) * (1.0 + 1.0 / (alpha * square))
        } else {
            edge
        }
    };
    let mut levels: Vec<f64> = model.lambda().iter().map(|&l| eigenvalue(l)).collect();
    levels.sort_by(|a, b| b.total_cmp(a));
    levels.resize(levels.len().max(model.units()) + 1, edge);
    let ratio = (0..model.units())
        .map(|unit| levels[unit + 1] / levels[unit])
        .fold(0.0, f64::max);
    let count = (SPECTRAL_PURITY.ln() / ratio.ln()).ceil();
    if ratio < 1.0 && count <= MAX_POWER as f64 {
        return Ok(count as usize);
    }
    let allowed = format!(
        "needs every unit to have a singular vector of its own, well apart from the others and from the bulk (signals above α^(-1/4), of different strengths, at least as many as units): more than {MAX_POWER} power iterations would be needed. Give --start given, with --power-iterations if wanted"
    );
    Err(Error::invalid("start", "spectral", allowed))
}

flags! {
    /// Order parameters of a start, as rows.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Start")]
    pub struct StartOptions {
        /// Starts: planted, weak, mixed, random, spectral, given (with --start-m and --start-q)
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        pub start: Option<Vec<String>>,
        /// Overlaps M_0 of a given start: rows by signal, "0.3,0.1;0.1,0.2"
        #[arg(long, value_name = "ROWS", allow_hyphen_values = true)]
        pub start_m: Option<Rows>,
        /// Power iterations W ← A^T A W N before the first step, as part of the dynamics
        /// [default: 0; as many as a spectral start of dmft needs]
        #[arg(long, value_name = "P")]
        pub power_iterations: Option<usize>,
        /// Self-overlaps Q_0 of a given start [default: identity]
        #[arg(long, value_name = "ROWS", allow_hyphen_values = true)]
        pub start_q: Option<Rows>,
    }
}

/// The start of the dynamics that describes a simulation's start, with `power` iterations before
/// the first step.
///
/// # Errors
/// Impossible overlaps, or too many power iterations.
pub fn dynamics_start(
    start: &SimulationStart,
    power: Option<usize>,
    model: &Model,
) -> Result<DmftStart> {
    let (order, power) = match (start.order_parameters(model)?, power) {
        (Some(order), power) => (order, power.unwrap_or(0)),
        (None, Some(power)) => (Start::Planted.order_parameters(model)?, power),
        (None, None) => (
            Start::Planted.order_parameters(model)?,
            spectral_iterations(model)?,
        ),
    };
    let dynamics = DmftStart { order, power };
    dynamics.validate(model)?;
    Ok(dynamics)
}

/// Rows of a matrix, as the command line and TOML have them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Rows(pub Vec<Vec<f64>>);

impl FromStr for Rows {
    type Err = String;

    /// Rows as the command line has them: `0.3,0.1;0.1,0.2`.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let number = |entry: &str| {
            entry
                .trim()
                .parse::<f64>()
                .map_err(|_| format!("\"{entry}\" is not a number"))
        };
        text.split(';')
            .map(|row| row.split(',').map(number).collect())
            .collect::<std::result::Result<_, _>>()
            .map(Self)
    }
}

impl StartOptions {
    /// These options, with gaps filled from `under`.
    pub fn over(self, under: Self) -> Self {
        overlay!(self, under: start, start_m, start_q, power_iterations)
    }

    /// Starts of the theory; `None` where none is named, so that all are tried.
    ///
    /// # Errors
    /// As [`StartOptions::theory`].
    pub fn named_theory(&self, model: &Model) -> Result<Option<Vec<Start>>> {
        let starts = self.theory(model, &[])?;
        Ok(Some(starts).filter(|starts| !starts.is_empty()))
    }

    /// Starts of the theory.
    ///
    /// # Errors
    /// An unknown name, or one that only a simulation has; power iterations, which state evolution does not have.
    pub fn theory(&self, model: &Model, default: &[&str]) -> Result<Vec<Start>> {
        if let Some(power) = self.power_iterations {
            let allowed = "belong to gradient ascent, state evolution has none: leave them out";
            return Err(Error::invalid("power-iterations", power, allowed));
        }
        self.names(default)
            .iter()
            .map(|name| match self.simulation_start(name, model)? {
                SimulationStart::Overlaps(start) => Ok(start),
                _ => {
                    let allowed = "must be planted, weak, mixed or given: theory has no such start";
                    Err(Error::invalid("start", name, allowed))
                }
            })
            .collect()
    }

    /// Start of a simulation.
    ///
    /// # Errors
    /// An unknown name, or more than one.
    pub fn simulation(&self, model: &Model, default: &str) -> Result<SimulationStart> {
        let names = self.names(&[default]);
        match names.as_slice() {
            [name] => self.simulation_start(name, model),
            _ => Err(Error::invalid(
                "start",
                names.join(","),
                "a simulation has one start",
            )),
        }
    }

    /// Power iterations before a simulation from this start.
    ///
    /// # Errors
    /// Too many, or a spectral start, whose directions have converged already.
    pub fn power(&self, start: &SimulationStart) -> Result<usize> {
        let power = self.power_iterations.unwrap_or(0);
        if power > 0 && *start == SimulationStart::Spectral {
            let allowed = "belong to another --start: spectral directions have converged";
            return Err(Error::invalid("power-iterations", power, allowed));
        }
        if power > MAX_POWER {
            let allowed = format!("must be at most {MAX_POWER}");
            return Err(Error::invalid("power-iterations", power, allowed));
        }
        Ok(power)
    }

    /// Start of the dynamics, with its name. A spectral start is power iterations from the planted
    /// one.
    ///
    /// # Errors
    /// As [`StartOptions::simulation`], and impossible overlaps.
    pub fn dynamics(&self, model: &Model, default: &str) -> Result<(&'static str, DmftStart)> {
        let start = self.simulation(model, default)?;
        let dynamics = dynamics_start(&start, self.power_iterations, model)?;
        Ok((start.name(), dynamics))
    }

    fn names(&self, default: &[&str]) -> Vec<String> {
        match &self.start {
            Some(names) => names.clone(),
            // Overlaps without a name can only mean the given start.
            None if self.start_m.is_some() => vec!["given".into()],
            None => default.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    fn simulation_start(&self, name: &str, model: &Model) -> Result<SimulationStart> {
        let start = match name {
            "random" => SimulationStart::Random,
            "spectral" => SimulationStart::Spectral,
            "planted" => SimulationStart::Overlaps(Start::Planted),
            "weak" => SimulationStart::Overlaps(Start::Weak),
            "mixed" => SimulationStart::Overlaps(Start::Mixed),
            "given" => SimulationStart::Overlaps(Start::Given(self.given(model)?)),
            other => {
                let allowed = "must be planted, weak, mixed, random, spectral or given";
                return Err(Error::invalid("start", format!("\"{other}\""), allowed));
            }
        };
        if name != "given" && (self.start_m.is_some() || self.start_q.is_some()) {
            let allowed = "--start-m and --start-q belong to --start given";
            return Err(Error::invalid("start", name, allowed));
        }
        Ok(start)
    }

    fn given(&self, model: &Model) -> Result<OrderParameters> {
        let Some(rows) = &self.start_m else {
            return Err(missing("start-m", "--start-m 0.3,0.1;0.1,0.2"));
        };
        let units = model.units();
        let q = match &self.start_q {
            Some(rows) => matrix("start Q", &rows.0)?,
            None => Matrix::identity(units, units),
        };
        let order = OrderParameters {
            m: matrix("start M", &rows.0)?,
            q,
        };
        order.validate(model.signals(), units)?;
        Ok(order)
    }
}
