//! Theory beside simulation, with a verdict.

mod predict;
mod shown;

pub use predict::Standing;
pub(super) use predict::{prediction, standing};

use super::simulate::{Planned, Simulate, SimulationSettings, no_test, too_few_usable};
use super::{Experiment, Report, Watch, together};
use crate::comparison::{
    Comparison, Criteria, HeldOutRuns, Judgement, compare_ends, compare_trajectories,
};
use crate::dmft::DmftSettings;
use crate::ensemble::{
    ControlTable, Precision, PrecisionOutcome, outcomes, require_enough_for_controls,
};
use crate::error::{Error, Result};
use crate::options::{
    DmftOptions, ModelOptions, SimulationOptions, SolverOptions, StartOptions, VerdictOptions,
};
use crate::record::RecordedRun;
use crate::simulation::{Algorithm, Control, SimulationStart};
use crate::theory::FixedPointSettings;
use predict::{Theory, Told};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Gradient steps that are compared along the way, unless said otherwise.
const DYNAMICS_STEPS: usize = 60;

/// Asks whether theory and simulation agree.
///
/// ```
/// use onsager::experiment::{Compare, Experiment, silent};
///
/// let asked = r#"
///     model = { alpha = 2.0, lambda = [1.5] }
///     simulation = { d = 300, algorithm = "lbfgs", instances = 4 }
/// "#;
/// let compare: Compare = toml::from_str(asked).expect("a request");
/// let report = compare.run(silent()).expect("good settings");
/// let judgement = report.result.judgement.expect("there is a prediction");
/// println!("{}: p = {}", judgement.verdict, judgement.p_value);
/// assert_eq!(judgement.rows.len(), 5);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Compare {
    /// The model; `alpha` may follow from the size.
    pub model: ModelOptions,
    /// The solver of the prediction.
    pub solver: SolverOptions,
    /// The start [default: random, or planted along a trajectory].
    pub start: StartOptions,
    /// Size, algorithm and number of instances.
    pub simulation: SimulationOptions,
    /// How theory samples the paths of gradient ascent.
    pub dmft: DmftOptions,
    /// How the verdict is made.
    pub verdict: VerdictOptions,
    /// Every iteration of AMP against state evolution, or of gradient ascent against DMFT, instead
    /// of the end against the fixed point.
    pub trajectory: bool,
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

/// Theory beside simulation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = whole_group)]
pub struct Compared {
    /// What was asked for.
    pub settings: CompareSettings,
    /// What the prediction is worth.
    pub prediction: Standing,
    /// Number of instances.
    pub instances: usize,
    /// Runs without usable weights.
    pub failed_runs: usize,
    /// How the runs ended, counted.
    pub outcomes: String,
    /// Whether a precision was reached, where one was asked for.
    pub precision: Option<Reached>,
    /// The verdict with everything behind it; nothing where there is no prediction, so that nothing
    /// was simulated.
    #[serde(flatten)]
    pub judgement: Option<Judgement>,
    /// The control variates, where they were asked for.
    #[serde(skip)]
    controls: Option<Vec<Control>>,
    #[serde(skip)]
    remarks: Vec<String>,
    /// The rows behind the judgement.
    #[serde(skip)]
    comparison: Option<Comparison>,
}

/// Resolved settings of [`Compare`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CompareSettings {
    /// The simulation.
    #[serde(flatten)]
    pub simulation: SimulationSettings,
    /// The solver of the prediction.
    pub solver: FixedPointSettings,
    /// Whether every iteration is compared, or the end.
    pub trajectory: bool,
    /// How the paths of gradient ascent are sampled, where they are the prediction.
    pub paths: Option<DmftSettings>,
}

/// A precision that was asked for, and whether it was reached.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reached {
    /// What was wanted.
    pub wanted: Precision,
    /// How it ended.
    pub outcome: PrecisionOutcome,
}

impl Compare {
    /// The simulation, with what a comparison needs filled in that a simulation alone does not.
    fn completed(&self) -> Result<Simulate> {
        let mut simulate = Simulate {
            model: self.model.clone(),
            solver: self.solver.clone(),
            start: self.start.clone(),
            simulation: self.simulation.clone(),
            control_variates: self.control_variates,
            record: self.record.clone(),
            checkpoint_every: self.checkpoint_every,
            seed: self.seed,
        };
        let gd = simulate.simulation.algorithm == Some(Algorithm::Gd);
        if !(self.trajectory && gd) {
            let what = if gd { "its end" } else { "other algorithms" };
            self.dmft.refuse_for(what)?;
        }
        if !self.trajectory {
            return Ok(simulate);
        }
        if gd {
            simulate.simulation.iterations.get_or_insert(DYNAMICS_STEPS);
        } else if simulate.simulation.algorithm() == Algorithm::Amp {
            let weights = *simulate.simulation.weight_damping.get_or_insert(1.0);
            if weights != 1.0 {
                let allowed =
                    "must be 1: state evolution does not describe the iterations of damped weights";
                return Err(Error::invalid("weight-damping", weights, allowed));
            }
        }
        let start = &mut simulate.start;
        if start.start.is_none() && start.start_m.is_none() {
            // Without overlap theory would wait for ever.
            start.start = Some(vec!["planted".into()]);
        }
        Ok(simulate)
    }
}

impl Experiment for Compare {
    type Answer = Compared;

    fn run(&self, watch: Watch) -> Result<Report<Compared>> {
        let criteria = self.verdict.criteria()?;
        let simulate = self.completed()?;
        let planned = simulate.plan(watch)?;
        if planned.instances < 2 {
            let allowed = "at least 2 instances are needed for a standard error";
            return Err(Error::invalid("instances", planned.instances, allowed));
        }
        let precision = self.verdict.precision(planned.instances)?;
        // Theory comes first: what it refuses is refused before any simulation, and without a
        // prediction there is none.
        let theory = if self.trajectory {
            predict::along_the_way(&planned, &self.dmft, watch)?
        } else {
            predict::end(&planned, watch)?
        };
        let mut compared = Compared::new(&planned, &theory);
        if !theory.is_empty() {
            let runs = compared.simulate(&planned, &theory, precision, watch)?;
            compared.judge(runs, criteria);
        }
        Ok(Report::new(planned.seed, planned.citations, compared))
    }
}

/// Runs and their comparison.
struct Held {
    runs: Vec<RecordedRun>,
    comparison: Comparison,
}

impl Compared {
    fn new(planned: &Planned, theory: &Theory) -> Self {
        Self {
            settings: CompareSettings {
                simulation: planned.settings.clone(),
                solver: planned.solver.clone(),
                trajectory: matches!(theory.told, Told::Trajectory(_)),
                paths: theory.paths,
            },
            prediction: theory.standing,
            instances: 0,
            failed_runs: 0,
            outcomes: String::new(),
            precision: None,
            controls: planned.listed_controls(),
            judgement: None,
            remarks: theory.notes.clone(),
            comparison: None,
        }
    }

    /// Runs the instances, more of them until a precision is met.
    fn simulate(
        &mut self,
        planned: &Planned,
        theory: &Theory,
        precision: Option<Precision>,
        watch: Watch,
    ) -> Result<Held> {
        let mut runs = Vec::new();
        let mut instances = planned.instances;
        let mut measure = Measure::new(planned);
        loop {
            runs = planned.extend(runs, instances, watch)?;
            let (comparison, remarks) = measure.compare(&runs, theory)?;
            self.remarks = theory.notes.iter().cloned().chain(remarks).collect();
            let Some(wanted) = precision else {
                return Ok(Held { runs, comparison });
            };
            match wanted.next(instances, comparison.largest_standard_error()) {
                Ok(more) => instances = more,
                Err(outcome) => {
                    self.precision = Some(Reached { wanted, outcome });
                    return Ok(Held { runs, comparison });
                }
            }
        }
    }

    fn judge(&mut self, held: Held, criteria: Criteria) {
        self.instances = held.runs.len();
        self.failed_runs = held.comparison.failed;
        self.outcomes = outcomes(&held.runs);
        self.judgement = Some(held.comparison.judge(criteria));
        self.comparison = Some(held.comparison);
    }
}

/// What is measured of runs beside their overlaps, and kept while more of them are added.
struct Measure<'a> {
    planned: &'a Planned,
    held_out: HeldOutRuns<'a>,
    controls: Option<ControlTable<'a>>,
}

impl<'a> Measure<'a> {
    fn new(planned: &'a Planned) -> Self {
        Self {
            planned,
            held_out: HeldOutRuns::new(&planned.model, &planned.solver),
            controls: planned.controls(),
        }
    }

    /// The comparison, and what there is to say of it.
    fn compare(
        &mut self,
        runs: &[RecordedRun],
        theory: &Theory,
    ) -> Result<(Comparison, Vec<String>)> {
        let mut comparison = compare(self.planned, runs, theory)?;
        let mut remarks = Vec::new();
        if let Told::Ends(predictions) = &theory.told
            && let Some(prediction) = predictions.first().filter(|one| !one.directions_only)
        {
            match self.held_out.row(runs, &prediction.order) {
                Ok(row) => comparison.rows.push(row),
                Err(reason) => remarks.push(no_test(&reason)),
            }
        }
        if let Some(controls) = &mut self.controls {
            let usable = comparison.instances.len();
            if require_enough_for_controls(&self.planned.model, usable).is_ok() {
                controls.extend(comparison.instances.iter().copied())?;
                comparison.adjust(controls)?;
            } else {
                remarks.push(too_few_usable(usable));
            }
        }
        Ok((comparison, remarks))
    }
}

fn compare(planned: &Planned, runs: &[RecordedRun], theory: &Theory) -> Result<Comparison> {
    let model = &planned.model;
    let predicted = match &theory.told {
        Told::Ends(predictions) => {
            return compare_ends(model, planned.settings.size.d, runs, predictions);
        }
        Told::Trajectory(predicted) => predicted,
    };
    if planned.settings.run.start != SimulationStart::Spectral {
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

/// Optional fields of this answer that come whole or not at all.
fn whole_group(schema: &mut schemars::Schema) {
    together(
        schema,
        &[
            "verdict", "reasons", "criteria", "p_value", "rows", "endings",
        ],
    );
}
