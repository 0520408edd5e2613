//! `onsager dmft`: dynamical mean-field theory of gradient ascent, with standard errors and the long-time limit.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::evolve::{entries, names, upper};
use super::output::{Reply, TextTable, number, optional};
use super::progress::Progress;
use super::simulate::predicted_overlap;
use clap::Args;
use onsager::dmft::{
    DmftPrediction, DmftSettings, DmftStart, Estimated, LongTime, RecordedPaths, Standing, TwoTime,
    solve,
};
use onsager::error::Result;
use onsager::model::Model;
use onsager::numerics::symmetric::rows;
use onsager::options::{DmftOptions, ModelOptions, SolverOptions, StartOptions};
use onsager::record::Record;
use onsager::symmetry::Aligned;
use onsager::theory::FixedPointSettings;
use onsager::theory::baselines::pca_overlaps;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Flags of `dmft`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    solver: SolverOptions,
    #[command(flatten)]
    start: StartOptions,
    #[command(flatten)]
    dmft: DmftOptions,
    /// Number of gradient steps [default: 40]
    #[arg(long, value_name = "T")]
    iterations: Option<usize>,
    /// Step κ [default: half of the stability bound]
    #[arg(long, value_name = "KAPPA", allow_negative_numbers = true)]
    step: Option<f64>,
    /// Keep finished sets of paths in this file; a run that was stopped goes on from there, and more sets extend it
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

/// A calculation with everything resolved and checked.
pub struct Dynamics {
    pub model: Model,
    pub start_name: &'static str,
    pub start: DmftStart,
    pub settings: DmftSettings,
    solver: FixedPointSettings,
    /// What decides the numbers, for the record.
    pub fingerprint_settings: Value,
}

/// What a user asks for, before it is checked.
pub struct Request {
    pub model: ModelOptions,
    pub solver: SolverOptions,
    pub start: StartOptions,
    pub dmft: DmftOptions,
    pub iterations: usize,
    pub step: Option<f64>,
}

impl Request {
    /// Resolves and checks everything; `alpha` may come from the size of a simulation instead, and `default` is the start where none
    /// is given.
    pub fn prepare(self, seed: u64, alpha: Option<f64>, default: &str) -> Result<Dynamics> {
        let model = self.model.resolve(alpha)?;
        let solver = self.solver.resolve(seed)?;
        let (start_name, start) = self.start.dynamics(&model, default)?;
        // The step must be stable where the dynamics ends, not only where it begins.
        let predicted = predicted_overlap(&model, &solver)?;
        let settings = self.dmft.resolve(
            &model,
            &start,
            self.iterations,
            self.step,
            predicted.as_ref(),
        )?;
        let fingerprint_settings = json!({
            "kind": "dmft",
            "alpha": model.alpha(),
            "lambda": model.lambda(),
            "units": model.units(),
            "bias": model.hidden().bias(),
            "priors": self.model.fingerprints()?,
            "citations": self.model.citations()?,
            "start": {
                "name": start_name,
                "M": rows(&start.order.m),
                "Q": rows(&start.order.q),
                "power_iterations": start.power,
            },
            "steps": settings.steps,
            "step": settings.step,
            "log2_paths": settings.log2_paths,
            "sampling": settings.sampling,
            "response_estimator": settings.estimator,
            "responses": settings.responses,
            "rank_tolerance": settings.rank_tolerance,
            "seed": seed,
        });
        Ok(Dynamics {
            model,
            start_name,
            start,
            settings,
            solver,
            fingerprint_settings,
        })
    }
}

impl Dynamics {
    /// Solves the dynamics, going on from the record if there is one.
    pub fn solve(&self, seed: u64, record: Option<&Path>) -> Result<DmftPrediction> {
        let mut record = match record {
            Some(path) => {
                let record = Record::<RecordedPaths>::open(path, &self.fingerprint_settings)?;
                record.validate(self.model.signals(), self.model.units())?;
                Some(record)
            }
            None => None,
        };
        let sets = self.settings.randomisations;
        let progress = Progress::new("dmft");
        solve(
            &self.model,
            &self.start,
            &self.settings,
            &[],
            seed,
            record.as_mut(),
            &mut |done| {
                progress.set(&format!("set {done} of {sets}"), done as f64 / sets as f64);
            },
        )
    }

    /// Trajectory of `M_t`, `Q_tt`, `ζ_t` and the gradient, with standard errors.
    pub fn table(&self, prediction: &DmftPrediction) -> TextTable {
        let (r, k) = (self.model.signals(), self.model.units());
        let parts = [
            ("M", entries(r, k)),
            ("Q", upper(k).collect()),
            ("ζ", entries(r, k)),
        ];
        let mut columns = vec!["t".to_owned()];
        for (name, entries) in &parts {
            for name in names(name, entries) {
                columns.push(name.clone());
                columns.push(format!("± {name}"));
            }
        }
        columns.extend(["gradient", "± gradient"].map(String::from));
        let row = |t: usize| {
            let estimates = [prediction.m(t), prediction.q(t), prediction.overlaps(t)];
            let mut row = vec![t.to_string()];
            for (estimate, (_, entries)) in estimates.iter().zip(&parts) {
                for &at in entries {
                    let mean = estimate.as_ref().map(|e| e.mean[at]);
                    let error = estimate
                        .as_ref()
                        .and_then(|e| Some(e.standard_error.as_ref()?[at]));
                    row.extend([optional(mean), optional(error)]);
                }
            }
            let gradient = prediction.gradient_rms(t, self.settings.step);
            row.push(optional(gradient.map(|g| g.mean)));
            row.push(optional(gradient.and_then(|g| g.standard_error)));
            row
        };
        let form = if prediction.decoupled {
            ", units one by one"
        } else {
            ""
        };
        let power = match self.start.power {
            0 => String::new(),
            count => format!(" and {count} power iterations"),
        };
        TextTable {
            title: format!(
                "dynamical mean-field theory of gradient ascent from a {} start{power}: α = {}, λ = {:?}, κ = {:.4}, {} sets of 2^{} paths{form}",
                self.start_name,
                self.model.alpha(),
                self.model.lambda(),
                self.settings.step,
                self.settings.randomisations,
                self.settings.log2_paths
            ),
            columns,
            rows: (0..prediction.times()).map(row).collect(),
        }
    }

    /// Remarks: why the trajectory is short, how well it is known.
    pub fn notes(&self, prediction: &DmftPrediction) -> Vec<String> {
        let mut notes: Vec<String> = prediction
            .departure()
            .iter()
            .map(|departure| format!("ended before step {}: {departure}", departure.time()))
            .collect();
        notes.extend(match prediction.worst_error() {
            Some(error) => Some(format!(
                "largest standard error of an entry of M and Q: {error:.1e}"
            )),
            None if prediction.times() == 0 => None,
            None => Some("one set of paths gives no standard error: raise --path-sets".into()),
        });
        notes.extend(self.start_notes(prediction));
        let sets = self.settings.randomisations;
        if sets > 1 << (self.settings.log2_paths - 6).max(4) {
            notes.push(format!(
                "with {sets} sets the bias of each set, of order 1/2^{}, may exceed the standard error, which does not contain it: raise --log2-paths instead",
                self.settings.log2_paths
            ));
        }
        let unstable = (0..prediction.times()).find(|&t| {
            let curvature = prediction
                .order(t)
                .and_then(|order| self.model.regulariser_curvature(&order.q));
            curvature.is_some_and(|curvature| curvature * self.settings.step >= 2.0)
        });
        notes.extend(unstable.map(|t| {
            format!("from t = {t} on the step exceeds the stability bound 2/λ_max at Q_t: it may oscillate; lower --step")
        }));
        notes
    }

    /// Remarks on what the start means.
    pub fn start_notes(&self, prediction: &DmftPrediction) -> Vec<String> {
        let mut notes = Vec::new();
        if self.start.order.m.iter().all(|entry| *entry == 0.0) {
            notes.push(
                "a start without overlap keeps M = 0 at all finite times, for which finite systems wait O(log d) steps: give --start-m, or --start spectral"
                    .into(),
            );
        }
        if self.start_name == "spectral"
            && let Some(overlaps) = prediction.overlaps(0)
        {
            let pca = pca_overlaps(&self.model);
            let symmetric = prediction.order(0).map(|order| order.matching());
            let off = symmetric
                .unwrap_or_default()
                .into_iter()
                .map(|at| (overlaps.mean[at] - pca[at]).abs())
                .fold(0.0, f64::max);
            if off > 1e-3 {
                notes.push(format!(
                    "{} power iterations are not enough: they end {off:.1e} from the overlaps of the singular vectors; raise --power-iterations",
                    self.start.power
                ));
            }
        }
        notes
    }

    /// The trajectory for programs.
    pub fn json(&self, prediction: &DmftPrediction) -> Value {
        let states: Vec<Value> = (0..prediction.times())
            .map(|t| {
                json!({
                    "t": t,
                    "M": estimated(prediction.m(t)),
                    "Q": estimated(prediction.q(t)),
                    "overlap": estimated(prediction.overlaps(t)),
                    "gradient": prediction.gradient_rms(t, self.settings.step),
                })
            })
            .collect();
        let departure = prediction.departure();
        json!({
            "settings": self.fingerprint_settings,
            "path_sets": self.settings.randomisations,
            "decoupled": prediction.decoupled,
            "outcome": departure.map_or("complete", |departure| departure.name()),
            "explanation": departure.map(|departure| departure.to_string()),
            "worst_standard_error": prediction.worst_error(),
            "states": states,
        })
    }
}

/// Means and standard errors as rows.
fn estimated(estimate: Option<Estimated>) -> Value {
    estimate.map_or(Value::Null, |estimate| {
        json!({
            "mean": rows(&estimate.mean),
            "standard_error": estimate.standard_error.as_ref().map(rows),
        })
    })
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        common.keep_apart(self.record.as_deref())?;
        let request = Request {
            model: self.model.over(config.model),
            solver: self.solver.over(config.solver),
            start: self.start.over(config.start),
            dmft: self.dmft.over(config.dmft),
            iterations: self
                .iterations
                .or(config.simulation.iterations)
                .unwrap_or(DmftSettings::default().steps),
            step: self.step.or(config.simulation.step),
        };
        let dynamics = request.prepare(common.seed, None, "planted")?;
        let prediction = dynamics.solve(common.seed, self.record.as_deref())?;
        // The trajectory stands whatever becomes of its long-time limit.
        let (limit, no_limit) = match LongTime::of(&dynamics.model, &prediction, &dynamics.solver) {
            Ok(limit) => (limit, None),
            Err(error) => (None, Some(format!("no long-time limit: {error}"))),
        };
        let mut json = dynamics.json(&prediction);
        for (name, function) in [
            ("Q_ts", TwoTime::Q),
            ("Sigma_ts", TwoTime::Sigma),
            ("B_ts", TwoTime::B),
            ("C_ts", TwoTime::C),
        ] {
            json[name] = two_times(&prediction, function);
        }
        json["long_time"] = limit.as_ref().map_or(Value::Null, |limit| {
            long_time_json(&dynamics, &prediction, limit)
        });
        let mut notes = dynamics.notes(&prediction);
        let step = dynamics.settings.step;
        notes.extend(limit.iter().flat_map(|limit| long_time_notes(limit, step)));
        notes.extend(no_limit);
        let mut tables = vec![dynamics.table(&prediction)];
        tables.extend(
            limit
                .as_ref()
                .and_then(|limit| long_time_table(&dynamics, &prediction, limit)),
        );
        Ok(Reply {
            json,
            tables,
            notes,
            exit: ExitCode::SUCCESS,
            data: None,
        })
    }
}

/// A two-time function on its triangle, `[t][s]`.
fn two_times(prediction: &DmftPrediction, function: TwoTime) -> Value {
    (0..prediction.times())
        .map(|t| {
            (0..=t)
                .map_while(|s| prediction.two_time(function, t, s))
                .map(|estimate| estimated(Some(estimate)))
                .collect::<Value>()
        })
        .collect()
}

fn long_time_json(dynamics: &Dynamics, prediction: &DmftPrediction, limit: &LongTime) -> Value {
    let point = limit.fixed_point.as_ref();
    json!({
        "standing": limit.standing.name(),
        "outcome": limit.outcome.name(),
        "explanation": limit.outcome.explanation(),
        "M": point.map(|point| rows(&point.order.m)),
        "Q": point.map(|point| rows(&point.order.q)),
        "K": point.map(|point| rows(&point.k)),
        "integrated_response": estimated(prediction.integrated_response(limit.time)),
        "replicon": point.map(|point| point.stability.replicon),
        "distance": limit.distance,
        "time": limit.time,
        "half_time": limit.half_time,
        "drift": limit.drift,
        "displacement": limit.displacement,
        "relaxation": limit.relaxation,
        "step": dynamics.settings.step,
    })
}

fn long_time_table(
    dynamics: &Dynamics,
    prediction: &DmftPrediction,
    limit: &LongTime,
) -> Option<TextTable> {
    let point = limit.fixed_point.as_ref()?;
    let (r, k) = (dynamics.model.signals(), dynamics.model.units());
    let end = prediction.order(limit.time)?;
    let Aligned { order: end, action } = dynamics.model.symmetry().align(&end, &point.order);
    // Errors belong to the units as they come: the same transformation is needed.
    let aligned =
        |run: &onsager::dmft::DmftTrajectory| Some(action.on(run.orders.get(limit.time)?));
    let errors = [
        prediction.estimate(|run| Some(aligned(run)?.m))?,
        prediction.estimate(|run| Some(aligned(run)?.q))?,
    ];
    let own = |estimate: &Estimated, at: (usize, usize)| {
        optional(estimate.standard_error.as_ref().map(|error| error[at]))
    };
    let mut table_rows = Vec::new();
    for (name, entries, limit, end, error) in [
        ("M", entries(r, k), &point.order.m, &end.m, &errors[0]),
        ("Q", upper(k).collect(), &point.order.q, &end.q, &errors[1]),
    ] {
        for (label, at) in names(name, &entries).into_iter().zip(&entries) {
            table_rows.push(vec![
                label,
                number(limit[*at]),
                number(end[*at]),
                own(error, *at),
                number(end[*at] - limit[*at]),
            ]);
        }
    }
    Some(TextTable {
        title: format!(
            "long-time limit (stationary equations, replicon {}) beside t = {}",
            number(point.stability.replicon),
            limit.time
        ),
        columns: ["entry", "limit", "trajectory", "± trajectory", "difference"]
            .map(String::from)
            .to_vec(),
        rows: table_rows,
    })
}

fn long_time_notes(limit: &LongTime, step: f64) -> Vec<String> {
    let moved = format!(
        "between t = {} and t = {} the overlaps drift by {:.1e} and the weights move by {} (root mean square)",
        limit.half_time,
        limit.time,
        limit.drift,
        optional(limit.displacement.map(|displacement| displacement.mean)),
    );
    let standing = match limit.standing {
        Standing::Relaxing => match &limit.relaxation {
            Some(spectrum) => match spectrum.steps(step) {
                Some(steps) => format!(
                    "relaxing towards the fixed point (replicon below 1): the slowest directions of the bulk shrink by e in {} steps",
                    number(steps)
                ),
                None => format!(
                    "the step is not stable at the fixed point: its bulk needs a step below {}",
                    number(2.0 / spectrum.fastest)
                ),
            },
            None => "relaxing towards the fixed point (replicon below 1)".to_owned(),
        },
        Standing::NotStationary => {
            "not stationary: the replicon is 1 or more, relaxation goes on and the fixed point is only an approximation".to_owned()
        }
        Standing::NoFixedPoint => format!(
            "no fixed point to compare with: {}",
            limit.outcome.explanation()
        ),
    };
    vec![standing, moved]
}
