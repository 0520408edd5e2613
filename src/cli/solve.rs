//! `onsager solve`: fixed points of state evolution.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::output::{Reply, TextTable, number, optional};
use super::progress::Progress;
use clap::Args;
use onsager::error::{Error, Result};
use onsager::model::Model;
use onsager::numerics::symmetric::rows;
use onsager::options::{ModelOptions, SolverOptions, StartOptions};
use onsager::theory::decoupled::UnitSolution;
use onsager::theory::{
    AmpPace, Attempt, Finding, Findings, FixedPoint, FixedPointSettings, Outcome, Starts,
    baselines, find_reporting,
};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Flags of `solve`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    /// A potential instead of state evolution: a name of equations/potentials, or a .toml file
    #[arg(value_name = "POTENTIAL")]
    definition: Option<String>,
    /// Parameter or prior of the potential
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    set: Vec<String>,
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    solver: SolverOptions,
    #[command(flatten)]
    start: StartOptions,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        if let Some(name) = &self.definition {
            return self.potential(name, common, config);
        }
        if !self.set.is_empty() {
            let allowed = "--set belongs to a potential: name one, for example onsager solve scalar-rbm --set lambda=1.5";
            return Err(Error::invalid("set", self.set.join(" "), allowed));
        }
        let options = self.model.over(config.model);
        let model = options.resolve(None)?;
        let settings = self.solver.over(config.solver).resolve(common.seed)?;
        let named = self.start.over(config.start).named_theory(&model)?;
        let starts = named.as_deref().map_or(Starts::Standard, Starts::Only);
        let found = search(&model, starts, &settings)?;
        let hidden = options.hidden.as_deref().unwrap_or("rademacher");
        let mut reply = reply(&model, hidden, &found, &settings);
        let mut citations = options.citations()?;
        // The baselines beside every result.
        citations.extend(["baik2005".into(), "lesieur2017".into()]);
        reply.json["citations"] = json!(citations);
        Ok(reply)
    }

    fn potential(&self, name: &str, common: &Common, config: ConfigFile) -> CommandResult {
        super::potential::refuse_flags_of_a_model(&self.model)?;
        if self.start != StartOptions::default() {
            let allowed = "a potential is searched from all starts of its file: add starts there";
            return Err(Error::invalid("start", "given", allowed));
        }
        let equations = self.model.equations.clone().or(config.model.equations);
        let solver = self.solver.clone().over(config.solver);
        let settings = super::potential::tuning(&solver, common.seed)?;
        super::potential::run(name, &self.set, equations.as_deref(), &settings)
    }
}

/// The search with a sign of life.
pub fn search(model: &Model, starts: Starts, settings: &FixedPointSettings) -> Result<Findings> {
    let progress = Progress::spinner("solve");
    find_reporting(model, starts, settings, &|search| progress.say(search))
}

fn reply(model: &Model, hidden: &str, found: &Findings, settings: &FixedPointSettings) -> Reply {
    let bayes = baselines::bayes_optimal_overlaps(model);
    let baselines = json!({
        "bbp": baselines::bbp_threshold(model.alpha()),
        "pca": rows(&baselines::pca_overlaps(model)),
        "bayes_optimal": bayes.as_ref().ok(),
        "bayes_optimal_failure": bayes.as_ref().err().map(ToString::to_string),
    });
    let mut json = json!({
        "alpha": model.alpha(),
        "lambda": model.lambda(),
        "hidden": hidden,
        "units": model.units(),
        "bias": model.hidden().bias(),
        "baselines": baselines,
    });
    // The answer stands at the top level, or the first search where there is none; all of them are listed.
    let answer = match found.solutions.first() {
        Some(finding) => finding_json(finding, found),
        None => found.attempts.first().map_or(Value::Null, attempt_json),
    };
    if let (Value::Object(json), Value::Object(answer)) = (&mut json, answer) {
        json.extend(answer);
        let solutions = found.solutions.iter().map(|one| finding_json(one, found));
        let failed = failures(found).map(attempt_json);
        json.insert("fixed_points".into(), solutions.chain(failed).collect());
        json.insert(
            "searches".into(),
            found.attempts.iter().map(search_json).collect(),
        );
        json.insert("omitted".into(), json!(found.omitted));
    }
    Reply {
        json,
        tables: vec![
            solutions_table(model, hidden, found),
            baseline_table(model, &bayes),
        ],
        notes: notes(model, found, settings),
        exit: ExitCode::SUCCESS,
        data: None,
    }
}

/// The searches that found nothing; one that stayed at a saddle is no news where there are solutions.
fn failures(found: &Findings) -> impl Iterator<Item = &Attempt> {
    let solved = !found.solutions.is_empty();
    found.attempts.iter().filter(move |attempt| {
        attempt.finding.is_none() && !(solved && attempt.outcome == Outcome::Saddle)
    })
}

fn solutions_table(model: &Model, hidden: &str, found: &Findings) -> TextTable {
    let mut rows = Vec::new();
    for (place, finding) in found.solutions.iter().enumerate() {
        rows.extend(point_rows(model, place, finding));
    }
    // Beside solutions a note says which searches found nothing.
    if found.solutions.is_empty() {
        for attempt in failures(found) {
            rows.extend(failed_rows(attempt));
        }
    }
    TextTable {
        title: format!(
            "state evolution of AMP-RBM: α = {}, λ = {:?}, {} {hidden} hidden unit(s); by decreasing ℓ",
            model.alpha(),
            model.lambda(),
            model.units()
        ),
        columns: [
            "solution",
            "start",
            "entry",
            "M",
            "Q",
            "K",
            "ζ",
            "replicon",
            "eigenvalue",
            "state",
            "ℓ",
            "residual",
            "quadrature error",
            "outcome",
        ]
        .map(String::from)
        .to_vec(),
        rows,
    }
}

fn baseline_table(
    model: &Model,
    bayes: &std::result::Result<Vec<f64>, baselines::BayesFailure>,
) -> TextTable {
    let pca = baselines::pca_overlaps(model);
    let row = |a: usize| {
        vec![
            (a + 1).to_string(),
            number(model.lambda()[a]),
            number(baselines::bbp_threshold(model.alpha())),
            number(pca.row(a).max()),
            match bayes {
                Ok(overlaps) => number(overlaps[a]),
                Err(failure) => failure.to_string(),
            },
        ]
    };
    TextTable {
        title: "baselines".into(),
        columns: ["signal", "λ", "BBP threshold", "ζ PCA", "ζ Bayes-optimal"]
            .map(String::from)
            .to_vec(),
        rows: (0..model.signals()).map(row).collect(),
    }
}

/// One row for each entry of the overlaps.
fn point_rows(model: &Model, place: usize, finding: &Finding) -> Vec<Vec<String>> {
    let point = &finding.point;
    let zeta = point.order.overlaps();
    let mut rows = Vec::new();
    for b in 0..model.units() {
        for a in 0..model.signals() {
            let square = a < model.units();
            rows.push(vec![
                (place + 1).to_string(),
                finding.starts[0].clone(),
                format!("{}{}", a + 1, b + 1),
                number(point.order.m[(a, b)]),
                optional(square.then(|| point.order.q[(a, b)])),
                optional(square.then(|| point.k[(a, b)])),
                number(zeta[(a, b)]),
                number(point.stability.replicon),
                number(point.stability.joint_eigenvalue),
                point.stability.nature().name().into(),
                number(point.stability.log_likelihood),
                number(point.residual),
                number(point.quadrature_error),
                finding.outcome.to_string(),
            ]);
        }
    }
    rows
}

/// The search as one row, or one row for each unit that was solved alone.
fn failed_rows(attempt: &Attempt) -> Vec<Vec<String>> {
    if !attempt.is_decoupled() {
        let mut row = vec!["—".to_owned(), attempt.start.clone()];
        row.extend(vec!["—".to_owned(); 9]);
        row.push(optional(Some(attempt.residual)));
        row.extend(["—".to_owned(), attempt.outcome.to_string()]);
        return vec![row];
    }
    let unit = |(b, unit): (usize, &UnitSolution)| {
        let entry = unit
            .signal
            .map_or_else(|| format!("·{}", b + 1), |a| format!("{}{}", a + 1, b + 1));
        let point = unit.solution.fixed_point().ok();
        let shown = |value: &dyn Fn(&FixedPoint) -> f64| optional(point.map(value));
        vec![
            "—".into(),
            attempt.start.clone(),
            entry,
            shown(&|point| point.order.m[0]),
            shown(&|point| point.order.q[0]),
            shown(&|point| point.k[0]),
            shown(&|point| point.order.overlaps()[0]),
            shown(&|point| point.stability.replicon),
            shown(&|point| point.stability.joint_eigenvalue),
            point.map_or_else(
                || "—".into(),
                |point| point.stability.nature().name().into(),
            ),
            shown(&|point| point.stability.log_likelihood),
            optional(Some(unit.solution.residual)),
            shown(&|point| point.quadrature_error),
            unit.solution.outcome.to_string(),
        ]
    };
    attempt.units.iter().enumerate().map(unit).collect()
}

fn notes(model: &Model, found: &Findings, settings: &FixedPointSettings) -> Vec<String> {
    let mut notes = Vec::new();
    for (place, finding) in found.solutions.iter().enumerate() {
        let ways = if finding.decoupled {
            ", as one scalar problem for each unit"
        } else {
            ""
        };
        notes.push(format!(
            "solution {}: found from {} of {} searches ({}){ways}",
            place + 1,
            finding.starts.len(),
            found.attempts.len(),
            finding.starts.join("; ")
        ));
        if let Some(explanation) = finding.point.stability.nature().explanation() {
            notes.push(format!("solution {}: {explanation}", place + 1));
        }
    }
    if let Some(finding) = found.solutions.first() {
        notes.extend(pace_note(model, &finding.point, settings.damping));
    }
    if !found.solutions.is_empty() {
        let failed: Vec<String> = failures(found)
            .map(|attempt| format!("{} ({})", attempt.start, attempt.outcome))
            .collect();
        if !failed.is_empty() {
            notes.push(format!(
                "searches that found nothing: {}",
                failed.join(", ")
            ));
        }
        notes.extend(found.omitted.iter().map(|one| one.explanation().into()));
        return notes;
    }
    notes.extend(failure_notes(found));
    notes.extend(found.omitted.iter().map(|one| one.explanation().into()));
    notes
}

/// Why nothing was found: each reason once, with the searches that ended so.
fn failure_notes(found: &Findings) -> Vec<String> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    let mut add =
        |name: String, reason: String| match reasons.iter_mut().find(|(known, _)| *known == reason)
        {
            Some((_, names)) => names.push(name),
            None => reasons.push((reason, vec![name])),
        };
    for attempt in failures(found) {
        if !attempt.is_decoupled() {
            add(attempt.start.clone(), attempt.outcome.explanation());
        }
        for unit in &attempt.units {
            if let Err(outcome) = unit.solution.fixed_point() {
                let name = match unit.signal {
                    Some(a) => format!("unit of signal {}", a + 1),
                    None => "unit without a signal".into(),
                };
                add(format!("{}, {name}", attempt.start), outcome.explanation());
            }
        }
    }
    reasons
        .into_iter()
        .map(|(reason, names)| format!("{}: {reason}", names.join("; ")))
        .collect()
}

/// Whether AMP reaches a stable solution, which is another question than whether the solution holds.
fn pace_note(model: &Model, point: &FixedPoint, damping: f64) -> Option<String> {
    if !point.stability.is_stable() || point.rate < 1.0 {
        return None;
    }
    Some(match AmpPace::at(model, point, damping) {
        Some(pace) => format!(
            "AMP whose weights go their whole way does not settle in solution 1 (factor {:.3} an iteration): with --weight-damping {} it does ({:.3})",
            point.rate, pace.weights, pace.rate
        ),
        None => format!(
            "AMP does not settle in solution 1 with any damping that was tried (factor {:.3} an iteration without)",
            point.rate
        ),
    })
}

fn finding_json(finding: &Finding, found: &Findings) -> Value {
    let point = &finding.point;
    let stability = &point.stability;
    let first = found
        .attempts
        .iter()
        .find(|attempt| attempt.start == finding.starts[0]);
    json!({
        "start": finding.starts[0],
        "found_from": finding.starts,
        "decoupled": finding.decoupled,
        "outcome": finding.outcome.name(),
        "explanation": finding.outcome.explanation(),
        "nature": stability.nature(),
        "stable": stability.is_stable(),
        "order_parameters": {
            "M": rows(&point.order.m), "Q": rows(&point.order.q), "K": rows(&point.k),
        },
        "overlap": rows(&point.order.overlaps()),
        "replicon": stability.replicon,
        "replicon_error": stability.replicon_error,
        "joint_eigenvalue": stability.joint_eigenvalue,
        "joint_eigenvalue_error": stability.joint_eigenvalue_error,
        "log_likelihood": stability.log_likelihood,
        "log_likelihood_error": stability.log_likelihood_error,
        "residual": point.residual,
        "quadrature_error": point.quadrature_error,
        "contraction_rate": point.rate,
        "work": finding.work,
        "units": first.map(|first| first.units.iter().map(unit_json).collect::<Vec<_>>()),
    })
}

/// A search that found nothing: every number that a solution would have is null.
fn attempt_json(attempt: &Attempt) -> Value {
    json!({
        "start": attempt.start,
        "found_from": Value::Null,
        "decoupled": attempt.is_decoupled(),
        "outcome": attempt.outcome.name(),
        "explanation": attempt.outcome.explanation(),
        "nature": Value::Null,
        "stable": Value::Null,
        "order_parameters": Value::Null,
        "overlap": Value::Null,
        "replicon": Value::Null,
        "replicon_error": Value::Null,
        "joint_eigenvalue": Value::Null,
        "joint_eigenvalue_error": Value::Null,
        "log_likelihood": Value::Null,
        "log_likelihood_error": Value::Null,
        "residual": attempt.residual,
        "quadrature_error": Value::Null,
        "contraction_rate": Value::Null,
        "work": attempt.work,
        "units": attempt.units.iter().map(unit_json).collect::<Vec<_>>(),
    })
}

/// One unit's scalar problem; where it has no fixed point, the last iterate is named as such.
fn unit_json(unit: &UnitSolution) -> Value {
    let solution = &unit.solution;
    let values = match solution.fixed_point() {
        Ok(point) => json!({ "fixed_point": {
            "M": rows(&point.order.m), "Q": rows(&point.order.q), "K": rows(&point.k),
            "overlap": rows(&point.order.overlaps()),
            "replicon": point.stability.replicon, "log_likelihood": point.stability.log_likelihood,
        }}),
        Err(_) => json!({ "last_iterate": {
            "M": rows(&solution.last.order.m), "Q": rows(&solution.last.order.q), "V": rows(&solution.last.v),
        }}),
    };
    let mut json = json!({
        "signal": unit.signal.map(|signal| signal + 1),
        "outcome": solution.outcome.name(),
        "explanation": solution.outcome.explanation(),
        "residual": solution.residual,
        "work": solution.work,
    });
    if let (Value::Object(json), Value::Object(values)) = (&mut json, values) {
        json.extend(values);
    }
    json
}

fn search_json(attempt: &Attempt) -> Value {
    json!({
        "start": attempt.start,
        "outcome": attempt.outcome.name(),
        "residual": attempt.residual,
        "work": attempt.work,
        "solution": attempt.finding.map(|place| place + 1),
    })
}
