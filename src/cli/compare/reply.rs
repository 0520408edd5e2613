//! The comparison in words and numbers.

use super::super::output::{Reply, TextTable, number, optional};
use super::super::simulate::Prepared;
use super::Outcome;
use super::predict::{Theory, Told};
use onsager::comparison::{CLEAR, JudgedRow, Judgement, Verdict};
use onsager::ensemble::{Precision, PrecisionOutcome, outcomes};
use serde_json::json;
use std::process::ExitCode;

/// Exit status of a disagreement, and of a prediction that was not obtained. 2 is bad input.
const DISAGREEMENT: u8 = 1;

/// Exit status of a comparison that could not tell.
const UNDECIDED: u8 = 3;

fn exit(verdict: Verdict) -> ExitCode {
    match verdict {
        Verdict::Agrees => ExitCode::SUCCESS,
        Verdict::Disagrees => ExitCode::from(DISAGREEMENT),
        Verdict::TooFewInstances => ExitCode::from(UNDECIDED),
    }
}

/// Nothing is simulated where there is nothing to compare with.
pub fn without_prediction(prepared: &Prepared, theory: &Theory) -> Reply {
    let mut notes = theory.notes.clone();
    notes.push(
        "no verdict: there is no prediction to compare with, and nothing was simulated".into(),
    );
    Reply {
        data: None,
        json: json!({
            "settings": prepared.fingerprint_settings,
            "prediction": theory.standing,
            "verdict": null,
            "rows": [],
        }),
        tables: vec![table(prepared, 0, &[])],
        notes,
        exit: ExitCode::from(DISAGREEMENT),
    }
}

pub fn reply(
    prepared: &Prepared,
    theory: &Theory,
    outcome: &Outcome,
    judgement: Judgement,
) -> Reply {
    let runs = &outcome.runs;
    let precision = outcome.precision;
    Reply {
        data: None,
        json: json!({
            "settings": prepared.fingerprint_settings,
            "prediction": theory.standing,
            "verdict": judgement.verdict,
            "reasons": judgement.reasons,
            "criteria": judgement.criteria,
            "p_value": judgement.p_value,
            "instances": runs.len(),
            "failed_runs": outcome.comparison.failed,
            "outcomes": outcomes(runs),
            "endings": judgement.endings,
            "precision": precision.map(|(wanted, outcome)| json!({
                "wanted": wanted,
                "outcome": outcome,
            })),
            "rows": judgement.rows,
        }),
        tables: vec![table(prepared, runs.len(), &judgement.rows)],
        notes: notes(prepared, theory, outcome, &judgement),
        exit: exit(judgement.verdict),
    }
}

fn notes(
    prepared: &Prepared,
    theory: &Theory,
    outcome: &Outcome,
    judgement: &Judgement,
) -> Vec<String> {
    let mut notes = vec![format!("runs: {}", outcomes(&outcome.runs))];
    notes.extend(theory.notes.iter().cloned());
    let count = outcome.comparison.instances.len();
    notes.extend(
        judgement
            .endings
            .iter()
            .map(|ending| match ending.instances.len() {
                all if all == count => format!("all {ending}"),
                _ => ending.to_string(),
            }),
    );
    let d = prepared.size.d as f64;
    notes.push(format!(
        "theory holds for d → ∞: at d = {d} a bias of order 1/d = {:.1e} remains, and a spread of order 1/√d = {:.1e}",
        1.0 / d,
        1.0 / d.sqrt()
    ));
    if matches!(theory.told, Told::Ends(_)) {
        notes.push(format!(
            "ζ that is predicted below {CLEAR}/√d = {:.1e} is compared with its sign, in M: an absolute value is as large as its noise",
            CLEAR / d.sqrt()
        ));
    }
    notes.extend(precision_note(outcome, outcome.precision));
    notes.push(verdict_note(judgement));
    notes
}

fn precision_note(
    outcome: &Outcome,
    precision: Option<(Precision, PrecisionOutcome)>,
) -> Option<String> {
    let (wanted, reached) = precision?;
    let (count, largest) = (
        outcome.runs.len(),
        outcome.comparison.largest_standard_error(),
    );
    let wanted = wanted.standard_error;
    Some(match reached {
        PrecisionOutcome::Reached => {
            format!(
                "precision reached with {count} instances: every standard error is at most {wanted} (largest {largest:.2e})"
            )
        }
        PrecisionOutcome::MaxInstances => {
            format!(
                "precision not reached with {count} instances, the most allowed: the largest standard error is {largest:.2e}, not {wanted}"
            )
        }
    })
}

fn verdict_note(judgement: &Judgement) -> String {
    let (rows, level) = (&judgement.rows, judgement.criteria.level);
    let worst = rows
        .iter()
        .map(|row| row.row.deviation.abs())
        .fold(0.0, f64::max);
    let limit = rows.iter().map(|row| row.limit).fold(0.0, f64::max);
    let numbers = format!(
        "{} numbers, largest deviation {worst:.2} standard errors, limit {limit:.1} by Student's law at level {level}, p = {:.2e}",
        rows.len(),
        judgement.p_value
    );
    let reasons: Vec<String> = judgement.reasons.iter().map(ToString::to_string).collect();
    if reasons.is_empty() {
        return format!("{}: {numbers}", judgement.verdict);
    }
    format!("{}: {} ({numbers})", judgement.verdict, reasons.join("; "))
}

fn table(prepared: &Prepared, instances: usize, rows: &[JudgedRow]) -> TextTable {
    let size = prepared.size;
    let algorithm = prepared.settings.method.name();
    TextTable {
        title: format!(
            "{algorithm} ({instances} instances, n = {}, d = {}) against theory",
            size.n, size.d
        ),
        columns: [
            "t",
            "quantity",
            "theory",
            "± theory",
            "simulation",
            "standard error",
            "deviation / s.e.",
            "limit",
            "noticeable",
            "p",
            "differs",
        ]
        .map(String::from)
        .to_vec(),
        rows: rows.iter().map(cells).collect(),
    }
}

fn cells(judged: &JudgedRow) -> Vec<String> {
    let row = &judged.row;
    let end = || "end".into();
    vec![
        row.iteration.map_or_else(end, |t| t.to_string()),
        row.quantity.to_string(),
        number(row.theory),
        optional(row.theory_error),
        number(row.simulation.mean),
        optional(row.simulation.standard_error),
        format!("{:.2}", row.deviation),
        format!("{:.1}", judged.limit),
        format!("{:.3}", judged.noticeable),
        format!("{:.3}", row.p_value),
        if judged.differs { "YES" } else { "no" }.into(),
    ]
}
