//! Finite-size simulation with error bars.

use super::settings::ModelSettings;
use super::tables::{controls_note, reduction, reduction_column, with_error};
use super::{Answer, DEFAULT_SEED, Experiment, Report, Watch, record_settings, solve};
use crate::comparison::{HeldOutRuns, Unmeasured};
use crate::ensemble::{
    Adjustment, ControlTable, Estimate, extend_instances, outcomes, require_enough_for_controls,
};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::options::{ModelOptions, SimulationOptions, SolverOptions, StartOptions};
use crate::order_parameters::OrderParameters;
use crate::quantity::{Observable, Quantity};
use crate::ranks::Ranks;
use crate::record::{Checkpoints, Record, RecordedRun, fingerprint};
use crate::simulation::{Algorithm, Control, Method, RunSettings, Size, Store};
use crate::table::{Column, Digits, Table};
use crate::theory::{Expectation, Findings, FixedPointSettings, Starts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Overlaps below this many `1/√d` may be noise, which must not decide signs.
const NOISE: f64 = 5.0;

/// Asks for finite-size runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Simulate {
    /// The model; `alpha` may follow from the size.
    pub model: ModelOptions,
    /// The solver that finds where AMP and gradient ascent will end, which decides their damping
    /// and step.
    pub solver: SolverOptions,
    /// The start [default: random].
    pub start: StartOptions,
    /// Size, algorithm and number of instances.
    pub simulation: SimulationOptions,
    /// Correct means by control variates: numbers of the data whose mean is known.
    pub control_variates: bool,
    /// Finished instances are kept here; more instances extend them.
    pub record: Option<PathBuf>,
    /// Iterations of amp and gd after which the state of the instance in flight is kept beside the
    /// record, so that a run that is killed goes on within it.
    pub checkpoint_every: Option<usize>,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Resolved settings of [`Simulate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SimulationSettings {
    /// The model.
    pub model: ModelSettings,
    /// Size of the instances.
    pub size: Size,
    /// Algorithm, start, restarts.
    #[serde(flatten)]
    pub run: RunSettings,
}

/// Finite-size runs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Simulated {
    /// What was asked for.
    pub settings: SimulationSettings,
    /// What a record of these runs must agree in.
    pub fingerprint: String,
    /// How the runs ended, counted.
    pub outcomes: String,
    /// Mean and standard error of every number at the end, over the runs with usable weights,
    /// aligned by the symmetries of the model.
    pub summary: Vec<Summary>,
    /// The runs.
    pub runs: Vec<RecordedRun>,
    /// The control variates, where they were asked for.
    #[serde(skip)]
    controls: Option<Vec<Control>>,
    #[serde(skip)]
    remarks: Vec<String>,
}

/// One number over all runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// What it is.
    pub quantity: Observable,
    /// Mean and standard error.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// What control variates made of the mean, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjustment: Option<Adjustment>,
}

/// A simulation that is ready to run.
pub(super) struct Planned {
    pub model: Model,
    pub solver: FixedPointSettings,
    pub settings: SimulationSettings,
    pub instances: usize,
    pub control_variates: bool,
    pub record: Option<PathBuf>,
    pub checkpoint_every: Option<usize>,
    /// What theory found, where the algorithm's settings needed it.
    pub found: Option<Findings>,
    pub seed: u64,
    pub citations: Vec<String>,
}

impl Simulate {
    /// Resolves and checks everything.
    pub(super) fn plan(&self, watch: Watch) -> Result<Planned> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let size = self.simulation.size(self.model.alpha)?;
        size.validate(1, self.simulation.store())?;
        let model = self.model.resolve(Some(size.alpha()))?;
        let solver = self.solver.resolve(seed)?;
        let start = self.start.simulation(&model, "random")?;
        // Gradient ascent and AMP must be stable where they end, not only where they begin.
        let found = match self.simulation.algorithm() {
            Algorithm::Lbfgs | Algorithm::Spectral => None,
            Algorithm::Amp | Algorithm::Gd => {
                Some(solve::search(&model, Starts::Standard, &solver, watch)?)
            }
        };
        let expected = found
            .as_ref()
            .and_then(|found| Expectation::from_findings(&model, found, &solver));
        let start = (start.clone(), self.start.power(&start)?);
        let damping = self.solver.damping;
        let instances = self.simulation.instances()?;
        if self.control_variates {
            require_enough_for_controls(&model, instances)?;
        }
        let run = self
            .simulation
            .resolve(&model, size, start, damping, expected.as_ref())?;
        self.require_checkpoints(&run)?;
        Ok(Planned {
            settings: SimulationSettings {
                model: ModelSettings::new(&self.model, &model)?,
                size,
                run,
            },
            instances,
            control_variates: self.control_variates,
            record: self.record.clone(),
            checkpoint_every: self.checkpoint_every,
            model,
            solver,
            found,
            seed,
            citations: self.model.citations()?,
        })
    }
}

impl Simulate {
    /// Checks that there is a state to keep, and a place for it.
    fn require_checkpoints(&self, run: &RunSettings) -> Result<()> {
        let Some(every) = self.checkpoint_every else {
            return Ok(());
        };
        let stateful = matches!(run.method, Method::Amp(_) | Method::Gd(_)) && run.restarts == 1;
        let allowed = match (every, &self.record) {
            (0, _) => "must be at least 1",
            (_, None) => "needs a record: give --record",
            _ if !stateful => "keeps runs of amp and gd from one start: leave it out",
            _ => return Ok(()),
        };
        Err(Error::invalid("checkpoint-every", every, allowed))
    }
}

impl Planned {
    /// Runs `instances` in all, but those that are known or in the record.
    pub fn extend(
        &self,
        known: Vec<RecordedRun>,
        instances: usize,
        watch: Watch,
    ) -> Result<Vec<RecordedRun>> {
        let identity = self.identity()?;
        // Of several ranks the first one has it.
        let record = self.record.as_ref();
        let mut own = match record.filter(|_| Ranks::of_process().is_first()) {
            Some(path) => {
                let record = Record::open(path, &identity)?;
                record.validate(self.model.signals(), self.model.units())?;
                Some(record)
            }
            None => None,
        };
        let checkpoints = match (record, self.checkpoint_every) {
            (Some(path), Some(every)) => {
                Some(Checkpoints::new(path, fingerprint(&identity), every)?)
            }
            _ => None,
        };
        let report = &mut |done: usize| {
            let fraction = done as f64 / instances as f64;
            watch(&format!("instance {done} of {instances}"), Some(fraction));
        };
        extend_instances(
            &self.model,
            self.settings.size,
            &self.settings.run,
            Streams::new(self.seed),
            (known, instances),
            (own.as_mut(), checkpoints.as_ref()),
            report,
        )
    }

    fn identity(&self) -> Result<serde_json::Value> {
        record_settings("simulate", self.seed, &self.citations, &self.settings)
    }

    /// The control variates of all instances, drawn as they are needed; `None` where they were not
    /// asked for.
    pub fn controls(&self) -> Option<ControlTable<'_>> {
        let SimulationSettings { size, run, .. } = &self.settings;
        let streams = Streams::new(self.seed);
        let table = || ControlTable::new(&self.model, *size, run.store, streams);
        self.control_variates.then(table)
    }

    /// The list of them.
    pub fn listed_controls(&self) -> Option<Vec<Control>> {
        self.control_variates.then(|| Control::all_of(&self.model))
    }

    /// Every number of the ends of the runs, with its name.
    fn numbers(&self, runs: &[RecordedRun]) -> (Vec<(Observable, Vec<f64>)>, Vec<String>) {
        let spectral = self.settings.run.method == Method::Spectral;
        let symmetry = if spectral {
            self.model.symmetry().of_directions(self.model.units())
        } else {
            self.model.symmetry()
        };
        let ends: Vec<OrderParameters> = runs.iter().filter_map(RecordedRun::last).collect();
        let ends = symmetry.align_runs(&ends, NOISE / (self.settings.size.d as f64).sqrt());
        let mut numbers = Vec::new();
        for quantity in [Quantity::Zeta, Quantity::M, Quantity::Q] {
            let matrices: Vec<Matrix> = ends.iter().filter_map(|end| quantity.of(end)).collect();
            let (rows, columns) = matrices.first().map_or((0, 0), Matrix::shape);
            numbers.extend(
                (0..columns)
                    .flat_map(|b| (0..rows).map(move |a| (a, b)))
                    .map(|entry| {
                        let values = matrices.iter().map(|matrix| matrix[entry]).collect();
                        (Observable::entry(quantity, entry), values)
                    }),
            );
        }
        let objective = runs.iter().filter_map(|run| run.log_likelihood).collect();
        numbers.push((Quantity::LogLikelihood.into(), objective));
        let mut remarks = Vec::new();
        // Directions have no scale.
        if !spectral && !ends.is_empty() {
            match HeldOutRuns::new(&self.model, &self.solver).measure(runs) {
                Ok(values) => numbers.push((Quantity::LogLikelihoodTest.into(), values)),
                Err(reason) => remarks.push(no_test(&reason)),
            }
        }
        let gradient = runs.iter().filter_map(|run| run.gradient_rms).collect();
        numbers.push((Quantity::Gradient.into(), gradient));
        (numbers, remarks)
    }

    fn summary(&self, runs: &[RecordedRun]) -> Result<(Vec<Summary>, Vec<String>)> {
        let (numbers, mut remarks) = self.numbers(runs);
        let usable = runs.iter().filter(|run| run.last().is_some());
        let usable: Vec<u64> = usable.map(|run| run.instance).collect();
        let regression = match self.controls() {
            Some(_) if require_enough_for_controls(&self.model, usable.len()).is_err() => {
                remarks.push(too_few_usable(usable.len()));
                None
            }
            Some(mut table) => {
                table.extend(usable.iter().copied())?;
                Some(table.regression(&usable)?)
            }
            None => None,
        };
        let one = |(quantity, values): (Observable, Vec<f64>)| {
            // The gradient says how far a run got, which no signal knows of.
            let data = quantity.quantity != Quantity::Gradient;
            let adjusted = regression.as_ref().filter(|_| data);
            let adjusted = adjusted.and_then(|regression| regression.adjust(&values));
            Some(Summary {
                quantity,
                estimate: match &adjusted {
                    Some(adjusted) => adjusted.estimate,
                    None => Estimate::of(&values)?,
                },
                adjustment: adjusted.map(|adjusted| adjusted.adjustment),
            })
        };
        Ok((numbers.into_iter().filter_map(one).collect(), remarks))
    }
}

/// What the data are, where they are not the usual ones.
pub(super) fn store_note(store: Store) -> Option<String> {
    Some(format!("data: {}", store.words()?))
}

/// Why there is no `ℓ_test`.
pub(super) fn no_test(reason: &Unmeasured) -> String {
    format!("log-likelihood of fresh data: {reason}")
}

/// Why means are not corrected though control variates were asked for.
pub(super) fn too_few_usable(runs: usize) -> String {
    format!("means are not corrected: {runs} usable runs are too few for the control variates")
}

impl Experiment for Simulate {
    type Answer = Simulated;

    fn run(&self, watch: Watch) -> Result<Report<Simulated>> {
        let planned = self.plan(watch)?;
        let runs = planned.extend(Vec::new(), planned.instances, watch)?;
        let (summary, remarks) = planned.summary(&runs)?;
        let simulated = Simulated {
            fingerprint: fingerprint(&planned.identity()?),
            outcomes: outcomes(&runs),
            summary,
            controls: planned.listed_controls(),
            settings: planned.settings,
            runs,
            remarks,
        };
        Ok(Report::new(planned.seed, planned.citations, simulated))
    }
}

impl SimulationSettings {
    /// Algorithm and size in a few words.
    pub(super) fn words(&self, instances: usize) -> String {
        format!(
            "{} ({instances} instances, n = {}, d = {})",
            self.run.method.name(),
            self.size.n,
            self.size.d
        )
    }
}

impl Answer for Simulated {
    fn tables(&self) -> Vec<Table> {
        let settings = &self.settings;
        let title = format!(
            "{} from a {} start: n = {}, d = {}, {} instance(s), {}",
            settings.run.method.name(),
            settings.run.start.name(),
            settings.size.n,
            settings.size.d,
            self.runs.len(),
            settings.model.words()
        );
        let mut columns = vec![
            Column::new("quantity"),
            Column::new("mean"),
            Column::new("standard_error").headed("standard error"),
            Column::new("instances").digits(Digits::Shortest),
        ];
        columns.extend(self.controls.as_ref().map(|_| reduction_column()));
        let mut table = Table::new(title, columns);
        for one in &self.summary {
            let [mean, error] = with_error(Some(one.estimate));
            let mut row = vec![one.quantity.into(), mean, error, one.estimate.count.into()];
            let reduction = reduction(one.adjustment);
            row.extend(self.controls.as_ref().map(|_| reduction));
            table.push(row);
        }
        vec![table]
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!("runs: {}", self.outcomes)];
        notes.extend(store_note(self.settings.run.store));
        notes.extend(self.controls.as_ref().map(|all| controls_note(all)));
        notes.extend(self.remarks.iter().cloned());
        notes
    }
}
