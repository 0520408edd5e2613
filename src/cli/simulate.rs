//! `onsager simulate`: finite-size simulation with error bars.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::output::{Reply, TextTable, optional};
use super::progress::Progress;
use clap::Args;
use onsager::ensemble::{Estimate, estimates, extend_instances, outcomes};
use onsager::error::Result;
use onsager::model::Model;
use onsager::numerics::Matrix;
use onsager::numerics::streams::Streams;
use onsager::options::{ModelOptions, SimulationOptions, SolverOptions, StartOptions};
use onsager::order_parameters::OrderParameters;
use onsager::record::{Record, RecordedRun, fingerprint};
use onsager::simulation::{Algorithm, Method, RunSettings, Size};
use onsager::theory::{Expectation, Findings, FixedPointSettings, Starts};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Overlaps below this many `1/√d` may be noise, which must not decide signs.
const NOISE: f64 = 5.0;

/// Flags of `simulate`, which `compare` shares.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    pub model: ModelOptions,
    #[command(flatten)]
    pub solver: SolverOptions,
    #[command(flatten)]
    pub start: StartOptions,
    #[command(flatten)]
    pub simulation: SimulationOptions,
    /// Keep finished instances in this file; more instances extend it
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

/// A simulation with everything resolved and checked.
pub struct Prepared {
    pub model: Model,
    pub solver: FixedPointSettings,
    pub size: Size,
    pub settings: RunSettings,
    pub instances: usize,
    pub record: Option<PathBuf>,
    /// What decides the numbers, for the record.
    pub fingerprint_settings: Value,
    /// What theory found, where the algorithm's settings needed it.
    pub found: Option<Findings>,
}

impl Arguments {
    pub fn prepare(self, common: &Common, config: ConfigFile) -> Result<Prepared> {
        common.keep_apart(self.record.as_deref())?;
        let options = self.model.over(config.model);
        let simulation = self.simulation.over(config.simulation);
        let solver_options = self.solver.over(config.solver);
        let starts = self.start.over(config.start);
        let size = simulation.size(options.alpha)?;
        size.validate(1)?;
        let model = options.resolve(Some(size.alpha()))?;
        let solver = solver_options.resolve(common.seed)?;
        let start = starts.simulation(&model, "random")?;
        // Gradient ascent and AMP must be stable where they end, not only where they begin.
        let found = match simulation.algorithm {
            Some(Algorithm::Lbfgs | Algorithm::Spectral) => None,
            _ => Some(super::solve::search(&model, Starts::Standard, &solver)?),
        };
        let expected = found
            .as_ref()
            .and_then(|found| Expectation::from_findings(&model, found, &solver));
        let damping = solver_options.damping;
        let power = starts.power(&start)?;
        let settings =
            simulation.resolve(&model, size, (start, power), damping, expected.as_ref())?;
        // Records name AMP's settings for every algorithm.
        let amp = simulation.amp(damping, expected.as_ref())?;
        let fingerprint_settings = json!({
            "alpha": model.alpha(),
            "lambda": model.lambda(),
            "units": model.units(),
            "bias": model.hidden().bias(),
            "priors": options.fingerprints()?,
            "citations": options.citations()?,
            "size": size,
            "algorithm": settings.method.algorithm(),
            "start": starts_json(&settings, &model)?,
            "max_iterations": amp.max_iterations,
            "tolerance": amp.tolerance,
            "damping": amp.proximal.damping,
            "weight_damping": amp.weight_damping,
            "ceiling": amp.proximal.ceiling,
            "restarts": settings.restarts,
            "step": step(&settings.method),
            "seed": common.seed,
        });
        Ok(Prepared {
            instances: simulation.instances()?,
            model,
            solver,
            size,
            settings,
            record: self.record,
            fingerprint_settings,
            found,
        })
    }

    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        let prepared = self.prepare(common, config)?;
        let runs = prepared.execute(common)?;
        Ok(prepared.reply(&runs))
    }
}

/// The step of gradient ascent, which no other algorithm has.
fn step(method: &Method) -> Option<f64> {
    match method {
        Method::Gd(settings) => settings.step,
        _ => None,
    }
}

fn starts_json(settings: &RunSettings, model: &Model) -> Result<Value> {
    let overlaps = settings.start.order_parameters(model)?;
    Ok(json!({
        "name": settings.start.name(),
        "power_iterations": settings.power,
        "M": overlaps.as_ref().map(|order| onsager::numerics::symmetric::rows(&order.m)),
        "Q": overlaps.as_ref().map(|order| onsager::numerics::symmetric::rows(&order.q)),
    }))
}

impl Prepared {
    /// Runs as many instances as were asked for, but those that are in the record.
    pub fn execute(&self, common: &Common) -> Result<Vec<RecordedRun>> {
        self.extend(common, Vec::new(), self.instances)
    }

    /// Runs `instances` in all, but those that are known or in the record.
    pub fn extend(
        &self,
        common: &Common,
        known: Vec<RecordedRun>,
        instances: usize,
    ) -> Result<Vec<RecordedRun>> {
        let mut record = match &self.record {
            Some(path) => {
                let record = Record::open(path, &self.fingerprint_settings)?;
                record.validate(self.model.signals(), self.model.units())?;
                Some(record)
            }
            None => None,
        };
        let progress = Progress::new(self.settings.method.name());
        let streams = Streams::new(common.seed);
        extend_instances(
            &self.model,
            self.size,
            &self.settings,
            streams,
            (known, instances),
            record.as_mut(),
            &mut |done| {
                let message = format!("instance {done} of {instances}");
                progress.set(&message, done as f64 / instances as f64);
            },
        )
    }

    fn reply(&self, runs: &[RecordedRun]) -> Reply {
        let symmetry = match self.settings.method {
            Method::Spectral => self.model.symmetry().of_directions(self.model.units()),
            _ => self.model.symmetry(),
        };
        let ends: Vec<OrderParameters> = runs.iter().filter_map(RecordedRun::last).collect();
        let ends = symmetry.align_runs(&ends, NOISE / (self.size.d as f64).sqrt());
        let zeta: Vec<Matrix> = ends.iter().map(OrderParameters::overlaps).collect();
        let (m, q): (Vec<Matrix>, Vec<Matrix>) =
            ends.into_iter().map(|order| (order.m, order.q)).unzip();
        let mut rows = Vec::new();
        let mut summary = serde_json::Map::new();
        for (name, matrices) in [("ζ", &zeta), ("M", &m), ("Q", &q)] {
            for ((a, b), estimate) in estimates(matrices) {
                let quantity = format!("{name}_{}{}", a + 1, b + 1);
                summary.insert(quantity.clone(), json!(estimate));
                rows.push(estimate_row(quantity, estimate));
            }
        }
        for (name, values) in [
            (
                "ℓ",
                runs.iter()
                    .filter_map(|run| run.log_likelihood)
                    .collect::<Vec<f64>>(),
            ),
            (
                "gradient",
                runs.iter().filter_map(|run| run.gradient_rms).collect(),
            ),
        ] {
            if let Some(estimate) = Estimate::of(&values) {
                summary.insert(name.into(), json!(estimate));
                rows.push(estimate_row(name.into(), estimate));
            }
        }
        let settings = &self.settings;
        Reply {
            json: json!({
                "settings": self.fingerprint_settings,
                "fingerprint": fingerprint(&self.fingerprint_settings),
                "outcomes": outcomes(runs),
                "summary": summary,
                "runs": runs,
            }),
            tables: vec![TextTable {
                title: format!(
                    "{} from a {} start: n = {}, d = {}, {} instance(s), α = {}, λ = {:?}",
                    settings.method.name(),
                    settings.start.name(),
                    self.size.n,
                    self.size.d,
                    runs.len(),
                    self.model.alpha(),
                    self.model.lambda()
                ),
                columns: ["quantity", "mean", "standard error", "instances"]
                    .map(String::from)
                    .to_vec(),
                rows,
            }],
            notes: vec![format!("runs: {}", outcomes(runs))],
            exit: ExitCode::SUCCESS,
            data: None,
        }
    }
}

fn estimate_row(quantity: String, estimate: Estimate) -> Vec<String> {
    vec![
        quantity,
        optional(Some(estimate.mean)),
        optional(estimate.standard_error),
        estimate.count.to_string(),
    ]
}
