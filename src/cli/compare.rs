//! `onsager compare`: theory beside simulation, in standard errors.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::output::{Reply, TextTable, number, optional};
use super::progress::Progress;
use super::simulate::{self, Prepared};
use clap::Args;
use onsager::comparison::{Predicted, Prediction, Row, compare_ends, compare_trajectories};
use onsager::ensemble::outcomes;
use onsager::error::{Error, Result};
use onsager::options::{DmftOptions, dynamics_start};
use onsager::order_parameters::OrderParameters;
use onsager::record::RecordedRun;
use onsager::simulation::{Algorithm, SimulationStart};
use onsager::theory::{Start, StateEvolution, baselines};
use serde_json::json;
use std::process::ExitCode;

/// Gradient steps that are compared along the way, unless said otherwise.
const DYNAMICS_STEPS: usize = 60;

/// Exit status of a disagreement, and of a prediction or a run that was not obtained.
const DISAGREEMENT: u8 = 1;

/// Flags of `compare`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    simulation: simulate::Arguments,
    #[command(flatten)]
    dmft: DmftOptions,
    /// Largest difference that counts as agreement, in standard errors
    #[arg(
        long,
        value_name = "S",
        default_value_t = 4.0,
        allow_negative_numbers = true
    )]
    sigmas: f64,
    /// Compare every iteration of amp with state evolution, or of gd with dynamical mean-field theory, instead of the end with the
    /// fixed point
    #[arg(long)]
    trajectory: bool,
}

/// What theory had to say.
struct Theory {
    rows: Vec<Row>,
    notes: Vec<String>,
    /// Whether the prediction is exact in the limit, approximate, or was not obtained.
    standing: &'static str,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        if !(self.sigmas.is_finite() && self.sigmas > 0.0) {
            return Err(Error::invalid(
                "sigmas",
                self.sigmas,
                "must be a finite number greater than 0",
            ));
        }
        let Self {
            mut simulation,
            dmft,
            sigmas,
            trajectory,
        } = self;
        let given = simulation
            .simulation
            .clone()
            .over(config.simulation.clone());
        let gd = given.algorithm == Some(Algorithm::Gd);
        if !(trajectory && gd) {
            dmft.refuse_for(if gd { "its end" } else { "other algorithms" })?;
        }
        let dmft = dmft.over(config.dmft.clone());
        if trajectory && gd && given.iterations.is_none() {
            simulation.simulation.iterations = Some(DYNAMICS_STEPS);
        }
        let start = simulation.start.clone().over(config.start.clone());
        if trajectory && start.start.is_none() && start.start_m.is_none() {
            // Without overlap theory would wait for ever.
            simulation.start.start = Some(vec!["planted".into()]);
        }
        let prepared = simulation.prepare(common, config)?;
        if prepared.instances < 2 {
            let allowed = "at least 2 instances are needed for a standard error";
            return Err(Error::invalid("instances", prepared.instances, allowed));
        }
        // Theory comes first: what it refuses is refused before any simulation.
        let predicted = if trajectory {
            Some(along_the_way(&prepared, &dmft, common)?)
        } else {
            None
        };
        let runs = prepared.execute(common)?;
        let theory = match predicted {
            Some((predicted, notes)) => {
                let symmetry = prepared.model.symmetry();
                let spectral = prepared.settings.start == SimulationStart::Spectral;
                let aligned = |run: &RecordedRun| match (run.order(0), predicted.first()) {
                    (Some(start), Some(first)) if spectral => {
                        run.transformed(&symmetry.align(&start, &first.order).action)
                    }
                    _ => run.clone(),
                };
                let runs: Vec<RecordedRun> = runs.iter().map(aligned).collect();
                let shortest = runs.iter().map(|run| run.trajectory.len()).min();
                let complete = shortest.is_some_and(|length| length <= predicted.len());
                Theory {
                    rows: compare_trajectories(&runs, &predicted)?,
                    notes,
                    standing: if complete { "exact" } else { "ended early" },
                }
            }
            None => ends(&prepared, &runs)?,
        };
        Ok(reply(&prepared, &runs, theory, sigmas))
    }
}

/// The prediction for every iteration, with remarks.
fn along_the_way(
    prepared: &Prepared,
    dmft: &DmftOptions,
    common: &Common,
) -> Result<(Vec<Predicted>, Vec<String>)> {
    let (model, settings) = (&prepared.model, &prepared.settings);
    match settings.algorithm {
        Algorithm::Amp => {
            let Some(start) = settings.start.order_parameters(model)? else {
                let allowed = "--trajectory of amp needs a start with overlaps: planted, weak, random or given";
                return Err(Error::invalid("start", settings.start.name(), allowed));
            };
            if settings.power > 0 {
                let allowed = "state evolution of amp does not describe them: leave them out";
                return Err(Error::invalid("power-iterations", settings.power, allowed));
            }
            let evolution = StateEvolution {
                model,
                quadrature: prepared.solver.quadrature(model.units(), 2),
            };
            let theory = evolution.trajectory(start, settings.proximal, settings.max_iterations);
            let ended = |departure| {
                let last = theory.states.len() - 1;
                format!("theory ended after {last} iterations: {departure}")
            };
            let notes = theory.departure.iter().map(ended).collect();
            Ok((Predicted::of_trajectory(&theory), notes))
        }
        Algorithm::Gd => {
            let power = (settings.power > 0).then_some(settings.power);
            let start = dynamics_start(&settings.start, power, model)?;
            let rules = dmft.resolve(
                model,
                &start,
                settings.max_iterations,
                Some(settings.step),
                None,
            )?;
            if rules.randomisations < 2 {
                let allowed = "at least 2 sets are needed for a standard error";
                return Err(Error::invalid("path-sets", rules.randomisations, allowed));
            }
            let progress = Progress::new("dmft");
            let sets = rules.randomisations as f64;
            let report = &mut |done: usize| progress.set("theory", done as f64 / sets);
            let theory =
                onsager::dmft::solve(model, &start, &rules, &[], common.seed, None, report)?;
            let ended = |departure: onsager::dmft::DmftDeparture| format!("theory: {departure}");
            let notes = theory.departure().into_iter().map(ended).collect();
            Ok((Predicted::of_dynamics(&theory), notes))
        }
        other => {
            let allowed =
                "only amp and gd have a theory at every iteration: leave --trajectory out";
            Err(Error::invalid("algorithm", other.name(), allowed))
        }
    }
}

fn ends(prepared: &Prepared, runs: &[RecordedRun]) -> Result<Theory> {
    let (prediction, notes, standing) = predict(prepared)?;
    let rows = match prediction {
        Some(prediction) => compare_ends(&prepared.model, runs, &prediction)?,
        None => Vec::new(),
    };
    Ok(Theory {
        rows,
        notes,
        standing,
    })
}

/// The fixed point of the planted start, or PCA for the spectral method.
fn predict(prepared: &Prepared) -> Result<(Option<Prediction>, Vec<String>, &'static str)> {
    let model = &prepared.model;
    if prepared.settings.algorithm == Algorithm::Spectral {
        let order = OrderParameters {
            m: baselines::pca_overlaps(model),
            q: onsager::numerics::Matrix::identity(model.units(), model.units()),
        };
        let prediction = Prediction {
            order,
            log_likelihood: None,
            directions_only: true,
        };
        return Ok((Some(prediction), Vec::new(), "exact"));
    }
    let found = super::solve::find(model, &[Start::Planted], &prepared.solver)?;
    let Some(first) = found.first() else {
        return Ok((None, Vec::new(), "not obtained"));
    };
    let Some(point) = &first.fixed_point else {
        let note = format!("no prediction: {}", first.outcome.explanation());
        return Ok((None, vec![note], "not obtained"));
    };
    let prediction = Prediction {
        order: point.order.clone(),
        log_likelihood: Some(point.stability.log_likelihood),
        directions_only: false,
    };
    if point.stability.is_stable() {
        return Ok((Some(prediction), Vec::new(), "exact"));
    }
    let note = format!(
        "the replicon is {} ≥ 1: the prediction is only an approximation here",
        number(point.stability.replicon)
    );
    Ok((Some(prediction), vec![note], "approximate"))
}

fn reply(prepared: &Prepared, runs: &[RecordedRun], theory: Theory, sigmas: f64) -> Reply {
    let failed = runs.iter().filter(|run| !run.has_weights).count();
    let far: Vec<&Row> = theory
        .rows
        .iter()
        .filter(|row| !row.agrees(sigmas))
        .collect();
    let whole = theory.standing != "ended early";
    let agree = far.is_empty() && failed == 0 && !theory.rows.is_empty() && whole;
    let worst = theory
        .rows
        .iter()
        .map(Row::normal_deviation)
        .fold(0.0, f64::max);
    let d = prepared.settings.size.d;
    let count = runs.len();
    let unconverged = runs.iter().filter(|run| run.outcome != "converged").count() - failed;
    let mut notes = vec![format!("runs: {}", outcomes(runs))];
    notes.extend(theory.notes);
    notes.push(format!(
        "theory holds for d → ∞: at d = {d} a bias of order 1/d = {:.1e} and, off the matched overlaps, 1/√d = {:.1e} remain",
        1.0 / d as f64,
        1.0 / (d as f64).sqrt()
    ));
    notes.push(match (agree, theory.rows.is_empty()) {
        (_, true) => "no verdict: there is no prediction to compare with".into(),
        (true, _) => format!(
            "agree: all {} numbers within {sigmas} standard deviations (largest {worst:.2}, by Student's law for {count} instances)",
            theory.rows.len()
        ),
        (false, _) => format!(
            "disagree: {} of {} numbers beyond {sigmas} standard deviations (largest {worst:.2}, by Student's law for {count} instances), {failed} runs failed, {unconverged} did not converge{}",
            far.len(),
            theory.rows.len(),
            if whole { "" } else { ", and theory ended early" }
        ),
    });
    let row = |row: &Row| {
        vec![
            row.iteration
                .map_or_else(|| "end".into(), |t| t.to_string()),
            row.quantity.clone(),
            number(row.theory),
            optional(row.theory_error),
            number(row.simulation.mean),
            optional(row.simulation.standard_error),
            format!("{:.2}", row.deviation),
            format!("{:.3}", row.p_value),
            if row.agrees(sigmas) { "yes" } else { "NO" }.into(),
        ]
    };
    Reply {
        data: None,
        json: json!({
            "settings": prepared.fingerprint_settings,
            "prediction": theory.standing,
            "agree": (!theory.rows.is_empty()).then_some(agree),
            "sigmas": sigmas,
            "largest_deviation": (!theory.rows.is_empty()).then_some(worst),
            "failed_runs": failed,
            "outcomes": outcomes(runs),
            "rows": theory.rows,
        }),
        tables: vec![TextTable {
            title: format!(
                "{} ({} instances, n = {}, d = {d}) against theory",
                prepared.settings.algorithm.name(),
                runs.len(),
                prepared.settings.size.n
            ),
            columns: [
                "t",
                "quantity",
                "theory",
                "± theory",
                "simulation",
                "standard error",
                "deviation / s.e.",
                "p",
                "agrees",
            ]
            .map(String::from)
            .to_vec(),
            rows: theory.rows.iter().map(row).collect(),
        }],
        notes,
        exit: if agree {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(DISAGREEMENT)
        },
    }
}
