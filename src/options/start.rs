//! Flags and keys of the start.

use super::missing;
use crate::definitions::matrix;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use crate::simulation::SimulationStart;
use crate::theory::Start;
use clap::Args;
use serde::{Deserialize, Serialize};

/// Order parameters of a start, as rows.
#[derive(Debug, Clone, Default, PartialEq, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[command(next_help_heading = "Start")]
pub struct StartOptions {
    /// Starts: planted, weak, random, spectral, given (with --start-m and --start-q)
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub start: Option<Vec<String>>,
    /// Overlaps M_0 of a given start: rows by signal, "0.3,0.1;0.1,0.2"
    #[arg(long, value_name = "ROWS", value_parser = parse_rows, allow_hyphen_values = true)]
    pub start_m: Option<Rows>,
    /// Self-overlaps Q_0 of a given start [default: identity]
    #[arg(long, value_name = "ROWS", value_parser = parse_rows, allow_hyphen_values = true)]
    pub start_q: Option<Rows>,
}

/// Rows of a matrix, as the command line and TOML have them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rows(pub Vec<Vec<f64>>);

fn parse_rows(text: &str) -> std::result::Result<Rows, String> {
    let number = |entry: &str| {
        entry
            .trim()
            .parse::<f64>()
            .map_err(|_| format!("\"{entry}\" is not a number"))
    };
    text.split(';')
        .map(|row| row.split(',').map(number).collect())
        .collect::<std::result::Result<_, _>>()
        .map(Rows)
}

impl StartOptions {
    /// These options, with gaps filled from `under`.
    pub fn over(self, under: Self) -> Self {
        overlay!(self, under: start, start_m, start_q)
    }

    /// Starts of the theory.
    ///
    /// # Errors
    /// An unknown name, or one that only a simulation has.
    pub fn theory(&self, model: &Model, default: &[&str]) -> Result<Vec<Start>> {
        self.names(default)
            .iter()
            .map(|name| match self.simulation_start(name, model)? {
                SimulationStart::Overlaps(start) => Ok(start),
                _ => {
                    let allowed = "must be planted, weak or given: theory has no such start";
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
            "given" => SimulationStart::Overlaps(Start::Given(self.given(model)?)),
            other => {
                let allowed = "must be planted, weak, random, spectral or given";
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
