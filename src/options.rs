//! What a user may set: one type serves command-line flags, configuration files and study files.
//!
//! Every field is optional, so that sources can be laid over each other (flags over file over defaults); the `resolve`
//! functions turn the result into the validated types of the library.

use crate::definitions::{Definition, matrix};
use crate::error::{Error, Result};
use crate::hidden::HiddenUnits;
use crate::model::Model;
use crate::order_parameters::OrderParameters;
use crate::simulation::{Algorithm, RunSettings, SimulationStart, Size};
use crate::theory::{FixedPointSettings, Proximal, Start};
use clap::Args;
use serde::{Deserialize, Serialize};

/// Lays the fields of one value over those of another.
macro_rules! overlay {
    ($over:ident, $under:ident: $($field:ident),+ $(,)?) => {
        Self { $($field: $over.$field.or($under.$field)),+ }
    };
}

/// The model: `α`, `Λ`, hidden units, signal priors.
#[derive(Debug, Clone, Default, PartialEq, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[command(next_help_heading = "Model")]
pub struct ModelOptions {
    /// Samples per visible unit, α = n/d
    #[arg(long, value_name = "A", allow_negative_numbers = true)]
    pub alpha: Option<f64>,
    /// Signal strengths λ_1,…,λ_r
    #[arg(
        long,
        value_name = "L1,L2,…",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    pub lambda: Option<Vec<f64>>,
    /// Hidden units: a name of equations/priors, or a .toml file [default: rademacher]
    #[arg(long, value_name = "NAME|FILE")]
    pub hidden: Option<String>,
    /// Number of hidden units k [default: one for each signal]
    #[arg(long, value_name = "K")]
    pub units: Option<usize>,
    /// Hidden biases b_1,…,b_k [default: 0]
    #[arg(
        long,
        value_name = "B1,B2,…",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    pub bias: Option<Vec<f64>>,
    /// Sample signals P_u: a name or a file, as for --hidden [default: rademacher]
    #[arg(long, value_name = "NAME|FILE")]
    pub signal: Option<String>,
    /// Visible signals P_w: a name or a file, as for --hidden [default: rademacher]
    #[arg(long, value_name = "NAME|FILE")]
    pub visible_signal: Option<String>,
}

impl ModelOptions {
    /// These options, with gaps filled from `under`.
    pub fn over(self, under: Self) -> Self {
        overlay!(self, under: alpha, lambda, hidden, units, bias, signal, visible_signal)
    }

    /// The model. `alpha` may come from the size of a simulation instead.
    ///
    /// # Errors
    /// A missing `alpha` or `lambda`, or whatever [`Model::new`] refuses.
    pub fn resolve(&self, alpha_of_size: Option<f64>) -> Result<Model> {
        let alpha = self
            .alpha
            .or(alpha_of_size)
            .ok_or_else(|| missing("alpha", "--alpha 2"))?;
        let lambda = self
            .lambda
            .as_ref()
            .ok_or_else(|| missing("lambda", "--lambda 1.5,1.3"))?;
        let find = |name: &Option<String>, field: &str| {
            Definition::find(name.as_deref().unwrap_or("rademacher"), field)
        };
        let units = self.units.unwrap_or(lambda.len());
        let bias = self.bias.clone().unwrap_or_default();
        let hidden = HiddenUnits::new(find(&self.hidden, "hidden")?.hidden_law()?, units, &bias)?;
        let signal = find(&self.signal, "signal")?.signal_law()?;
        let visible = find(&self.visible_signal, "visible-signal")?.signal_law()?;
        Model::new(alpha, lambda, hidden, signal, visible)
    }

    /// The priors as they were resolved, for records: a file that changes changes the record's fingerprint.
    ///
    /// # Errors
    /// As [`Definition::find`].
    pub fn definitions(&self) -> Result<Vec<Definition>> {
        [
            (&self.hidden, "hidden"),
            (&self.signal, "signal"),
            (&self.visible_signal, "visible-signal"),
        ]
        .into_iter()
        .map(|(name, field)| Definition::find(name.as_deref().unwrap_or("rademacher"), field))
        .collect()
    }
}

fn missing(field: &str, example: &str) -> Error {
    Error::invalid(field, "missing", format!("give it, for example {example}"))
}

/// The fixed-point solver.
#[derive(Debug, Clone, Default, PartialEq, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[command(next_help_heading = "Solver")]
pub struct SolverOptions {
    /// Largest residual of the undamped map [default: 1e-12]
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    pub tolerance: Option<f64>,
    /// Largest quadrature error of an order parameter [default: 1e-10]
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    pub quadrature_tolerance: Option<f64>,
    /// Largest standard error of an order parameter by quasi-Monte Carlo [default: 0.05]
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    pub sampling_tolerance: Option<f64>,
    /// Damping ρ of the proximal parameter, in (0, 1] [default: 0.2]
    #[arg(long, value_name = "RHO", allow_negative_numbers = true)]
    pub damping: Option<f64>,
    /// Largest number of damped iterations [default: 2000]
    #[arg(long, value_name = "N")]
    pub max_iterations: Option<usize>,
    /// Cap on the nodes of a tensor grid [default: 40000000]
    #[arg(long, value_name = "N")]
    pub max_nodes: Option<usize>,
    /// Binary logarithm of the quasi-Monte-Carlo points [default: 12]
    #[arg(long, value_name = "P")]
    pub log2_points: Option<u32>,
    /// Independent quasi-Monte-Carlo randomisations [default: 8]
    #[arg(long, value_name = "N")]
    pub randomisations: Option<u32>,
    /// Largest number of units for which the tensor rule is used, at most 3 [default: 3]
    #[arg(long, value_name = "K")]
    pub tensor_units: Option<usize>,
}

impl SolverOptions {
    /// These options, with gaps filled from `under`.
    pub fn over(self, under: Self) -> Self {
        overlay!(self, under: tolerance, quadrature_tolerance, sampling_tolerance, damping, max_iterations, max_nodes,
            log2_points, randomisations, tensor_units)
    }

    /// The settings, checked.
    ///
    /// # Errors
    /// As [`FixedPointSettings::validate`].
    pub fn resolve(&self, seed: u64) -> Result<FixedPointSettings> {
        let default = FixedPointSettings::default();
        let settings = FixedPointSettings {
            tolerance: self.tolerance.unwrap_or(default.tolerance),
            quadrature_tolerance: self
                .quadrature_tolerance
                .unwrap_or(default.quadrature_tolerance),
            sampling_tolerance: self
                .sampling_tolerance
                .unwrap_or(default.sampling_tolerance),
            damping: self.damping.unwrap_or(default.damping),
            max_iterations: self.max_iterations.unwrap_or(default.max_iterations),
            max_nodes: self.max_nodes.unwrap_or(default.max_nodes),
            log2_points: self.log2_points.unwrap_or(default.log2_points),
            randomisations: self.randomisations.unwrap_or(default.randomisations),
            // The scrambling seed is 32 bits wide; folding keeps all of the user's bits in play.
            seed: (seed ^ (seed >> 32)) as u32,
            tensor_units: self.tensor_units.unwrap_or(default.tensor_units),
        };
        settings.validate()?;
        Ok(settings)
    }
}

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
            None => crate::numerics::Matrix::identity(units, units),
        };
        let order = OrderParameters {
            m: matrix("start M", &rows.0)?,
            q,
        };
        order.validate(model.signals(), units)?;
        Ok(order)
    }
}

/// A finite-size simulation.
#[derive(Debug, Clone, Default, PartialEq, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[command(next_help_heading = "Simulation")]
pub struct SimulationOptions {
    /// Number of samples n [default: α d]
    #[arg(long, value_name = "N")]
    pub n: Option<usize>,
    /// Number of visible units d [default: 4000]
    #[arg(long, value_name = "D")]
    pub d: Option<usize>,
    /// Algorithm: amp, gd, lbfgs or spectral [default: amp]
    #[arg(long, value_name = "NAME")]
    pub algorithm: Option<Algorithm>,
    /// Number of independent instances [default: 8]
    #[arg(long, value_name = "I")]
    pub instances: Option<usize>,
    /// Largest number of iterations [default: 200 for amp, 2000 for gd, 500 for lbfgs]
    #[arg(long, value_name = "T")]
    pub iterations: Option<usize>,
    /// Residual (amp) or root-mean-square gradient (gd, lbfgs) of a converged run [default: 1e-6]
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    pub run_tolerance: Option<f64>,
    /// Random starts (with --start random) on each instance, of which the run with the largest objective is kept [default: 1]
    #[arg(long, value_name = "N")]
    pub restarts: Option<usize>,
    /// Ceiling of amp's proximal parameter, λ_max(V)·sup D, in (0, 1] [default: 0.9]
    #[arg(long, value_name = "C", allow_negative_numbers = true)]
    pub ceiling: Option<f64>,
    /// Step κ of gd [default: half of the stability bound]
    #[arg(long, value_name = "KAPPA", allow_negative_numbers = true)]
    pub step: Option<f64>,
}

impl SimulationOptions {
    /// These options, with gaps filled from `under`.
    pub fn over(self, under: Self) -> Self {
        overlay!(self, under: n, d, algorithm, instances, iterations, run_tolerance, restarts, ceiling, step)
    }

    /// Size of the instances; the missing one of `n` and `d` follows from `alpha`.
    ///
    /// # Errors
    /// A size that is not possible with `alpha`.
    pub fn size(&self, alpha: Option<f64>) -> Result<Size> {
        let d = match (self.d, self.n, alpha) {
            (Some(d), ..) => d,
            (None, Some(n), Some(alpha)) => {
                crate::error::require_between("alpha", alpha, 1e-3, 1e4)?;
                (n as f64 / alpha).round() as usize
            }
            (None, ..) => 4000,
        };
        let n = match (self.n, alpha) {
            (Some(n), _) => n,
            (None, Some(alpha)) => {
                crate::error::require_between("alpha", alpha, 1e-3, 1e4)?;
                let n = (alpha * d as f64).round();
                // Beyond 2^53 the number of rows is no longer exact; memory is refused long before.
                if n > 9e15 || n / d as f64 != alpha && ((n / d as f64) / alpha - 1.0).abs() > 1e-12
                {
                    let allowed =
                        format!("alpha·d must be a whole number: give n, or change d = {d}");
                    return Err(Error::invalid("alpha", alpha, allowed));
                }
                n as usize
            }
            (None, None) => return Err(missing("n", "--n 8000 --d 4000, or --alpha 2")),
        };
        Ok(Size { n, d })
    }

    /// Number of instances.
    ///
    /// # Errors
    /// Zero.
    pub fn instances(&self) -> Result<usize> {
        match self.instances {
            Some(other) if !(1..=100_000).contains(&other) => {
                Err(Error::invalid("instances", other, "must lie in 1..=100000"))
            }
            other => Ok(other.unwrap_or(8)),
        }
    }

    /// Settings of one run, checked; `predicted_q` are self-overlaps at which a step of gradient ascent must be stable.
    ///
    /// # Errors
    /// As [`RunSettings::validate`].
    pub fn resolve(
        &self,
        model: &Model,
        size: Size,
        start: SimulationStart,
        damping: Option<f64>,
        predicted_q: Option<&crate::numerics::Matrix>,
    ) -> Result<RunSettings> {
        let algorithm = self.algorithm.unwrap_or(Algorithm::Amp);
        let iterations = match algorithm {
            Algorithm::Amp => 200,
            Algorithm::Gd => 2000,
            Algorithm::Lbfgs | Algorithm::Spectral => 500,
        };
        let mut overlaps: Vec<_> = predicted_q.cloned().into_iter().collect();
        if let Some(order) = start.order_parameters(model)? {
            overlaps.push(order.q);
        }
        let curvature = overlaps
            .iter()
            .filter_map(|q| model.regulariser_curvature(q))
            .fold(f64::MIN_POSITIVE, f64::max);
        let settings = RunSettings {
            size,
            algorithm,
            start,
            max_iterations: self.iterations.unwrap_or(iterations),
            tolerance: self.run_tolerance.unwrap_or(1e-6),
            proximal: Proximal {
                damping: damping.unwrap_or(Proximal::default().damping),
                ceiling: self.ceiling.unwrap_or(Proximal::default().ceiling),
            },
            restarts: self.restarts.unwrap_or(1),
            step: self.step.unwrap_or(1.0 / curvature),
        };
        settings.validate(model, &overlaps)?;
        Ok(settings)
    }
}
