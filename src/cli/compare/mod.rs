//! `onsager compare`: theory beside simulation, with a verdict.

mod predict;
mod reply;

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::simulate::{self, Prepared};
use clap::Args;
use onsager::comparison::{Comparison, Criteria, compare_ends, compare_trajectories};
use onsager::ensemble::{Precision, PrecisionOutcome};
use onsager::error::{Error, Result};
use onsager::options::DmftOptions;
use onsager::record::RecordedRun;
use onsager::simulation::{Algorithm, SimulationStart};
use predict::{Theory, Told};

/// Gradient steps that are compared along the way, unless said otherwise.
const DYNAMICS_STEPS: usize = 60;

/// Flags of `compare`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    simulation: simulate::Arguments,
    #[command(flatten)]
    dmft: DmftOptions,
    #[command(flatten)]
    verdict: VerdictArguments,
    /// Compare every iteration of amp with state evolution, or of gd with dynamical mean-field theory, instead of the end with the
    /// fixed point
    #[arg(long)]
    trajectory: bool,
}

/// How the verdict is made.
#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "Verdict")]
struct VerdictArguments {
    /// Share of comparisons that find a disagreement where theory is right, over all numbers together
    #[arg(long, value_name = "P", default_value_t = Criteria::default().level, allow_negative_numbers = true)]
    level: f64,
    /// Difference that must be noticeable for "agrees", relative to the size of each quantity
    #[arg(long, value_name = "R", default_value_t = Criteria::default().resolution, allow_negative_numbers = true)]
    resolution: f64,
    /// Add instances until every standard error is at most this
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    precision: Option<f64>,
    /// Most instances that --precision may ask for [default: 256]
    #[arg(long, value_name = "I", requires = "precision")]
    max_instances: Option<usize>,
}

/// Runs beside theory, and whether a precision was met that was asked for.
struct Outcome {
    runs: Vec<RecordedRun>,
    comparison: Comparison,
    precision: Option<(Precision, PrecisionOutcome)>,
}

impl VerdictArguments {
    fn criteria(&self) -> Result<Criteria> {
        let Self {
            level, resolution, ..
        } = *self;
        if !(1e-12..=0.5).contains(&level) {
            return Err(Error::invalid("level", level, "must lie in 1e-12..=0.5"));
        }
        if !(resolution.is_finite() && resolution > 0.0) {
            let allowed = "must be a finite number greater than 0";
            return Err(Error::invalid("resolution", resolution, allowed));
        }
        Ok(Criteria { level, resolution })
    }

    fn precision(&self, instances: usize) -> Result<Option<Precision>> {
        let Some(standard_error) = self.precision else {
            return Ok(None);
        };
        if !(standard_error.is_finite() && standard_error > 0.0) {
            let allowed = "must be a finite number greater than 0";
            return Err(Error::invalid("precision", standard_error, allowed));
        }
        let max_instances = self.max_instances.unwrap_or(256.max(instances));
        if !(instances..=100_000).contains(&max_instances) {
            let allowed = format!("must lie in {instances}..=100000, not below --instances");
            return Err(Error::invalid("max-instances", max_instances, allowed));
        }
        Ok(Some(Precision {
            standard_error,
            max_instances,
        }))
    }
}

impl Arguments {
    pub fn run(mut self, common: &Common, config: ConfigFile) -> CommandResult {
        let criteria = self.verdict.criteria()?;
        self.complete_defaults(&config)?;
        let dmft = self.dmft.over(config.dmft.clone());
        let prepared = self.simulation.prepare(common, config)?;
        if prepared.instances < 2 {
            let allowed = "at least 2 instances are needed for a standard error";
            return Err(Error::invalid("instances", prepared.instances, allowed));
        }
        let precision = self.verdict.precision(prepared.instances)?;
        // Theory comes first: what it refuses is refused before any simulation, and without a prediction there is none.
        let theory = if self.trajectory {
            predict::along_the_way(&prepared, &dmft, common)?
        } else {
            predict::end(&prepared)?
        };
        if theory.is_empty() {
            return Ok(reply::without_prediction(&prepared, &theory));
        }
        let outcome = simulate(&prepared, &theory, precision, common)?;
        let judgement = outcome.comparison.judge(criteria);
        Ok(reply::reply(&prepared, &theory, &outcome, judgement))
    }

    /// Fills in what a comparison needs and a simulation alone does not.
    fn complete_defaults(&mut self, config: &ConfigFile) -> Result<()> {
        let given = self.simulation.simulation.clone();
        let given = given.over(config.simulation.clone());
        let gd = given.algorithm == Some(Algorithm::Gd);
        if !(self.trajectory && gd) {
            let what = if gd { "its end" } else { "other algorithms" };
            self.dmft.refuse_for(what)?;
        }
        if self.trajectory && gd && given.iterations.is_none() {
            self.simulation.simulation.iterations = Some(DYNAMICS_STEPS);
        }
        if self.trajectory && !gd {
            let weights = given.weight_damping.unwrap_or(1.0);
            if weights != 1.0 {
                let allowed =
                    "must be 1: state evolution does not describe the iterations of damped weights";
                return Err(Error::invalid("weight-damping", weights, allowed));
            }
            self.simulation.simulation.weight_damping = Some(weights);
        }
        let start = self.simulation.start.clone().over(config.start.clone());
        if self.trajectory && start.start.is_none() && start.start_m.is_none() {
            // Without overlap theory would wait for ever.
            self.simulation.start.start = Some(vec!["planted".into()]);
        }
        Ok(())
    }
}

/// Runs the instances, more of them until a precision is met.
fn simulate(
    prepared: &Prepared,
    theory: &Theory,
    precision: Option<Precision>,
    common: &Common,
) -> Result<Outcome> {
    let mut runs = Vec::new();
    let mut instances = prepared.instances;
    loop {
        runs = prepared.extend(common, runs, instances)?;
        let comparison = compare(prepared, &runs, theory)?;
        let Some(wanted) = precision else {
            return Ok(Outcome {
                runs,
                comparison,
                precision: None,
            });
        };
        match wanted.next(instances, comparison.largest_standard_error()) {
            Ok(more) => instances = more,
            Err(outcome) => {
                return Ok(Outcome {
                    runs,
                    comparison,
                    precision: Some((wanted, outcome)),
                });
            }
        }
    }
}

fn compare(prepared: &Prepared, runs: &[RecordedRun], theory: &Theory) -> Result<Comparison> {
    let model = &prepared.model;
    let predicted = match &theory.told {
        Told::Ends(predictions) => {
            return compare_ends(model, prepared.size.d, runs, predictions);
        }
        Told::Trajectory(predicted) => predicted,
    };
    if prepared.settings.start != SimulationStart::Spectral {
        return compare_trajectories(runs, predicted);
    }
    // Spectral directions have no sign: the whole run follows its start.
    let symmetry = model.symmetry();
    let aligned = |run: &RecordedRun| match (run.order(0), predicted.first()) {
        (Some(start), Some(first)) => run.transformed(&symmetry.align(&start, &first.order).action),
        _ => run.clone(),
    };
    let runs: Vec<RecordedRun> = runs.iter().map(aligned).collect();
    compare_trajectories(&runs, predicted)
}
