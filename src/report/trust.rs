//! What to trust: before any number.

use super::markup::{element, list, number, sentence, table};
use crate::experiment::{Analyzed, SignalCount};
use crate::simulation::SampleGain;
use crate::table::{Column, Table};

/// The box at the head of the page.
pub fn section(found: &Analyzed) -> String {
    let (class, mark) = match found.assumption_violated {
        true => ("violated", "✗"),
        false => ("holds", "✓"),
    };
    let warnings: Vec<String> = found.warnings.iter().map(|text| sentence(text)).collect();
    let content = [
        element("h2", &format!("{mark} {}", verdict(found))),
        element("p", &reason(found)),
        list(&warnings),
        element("h3", "How many units are useful"),
        list(&useful(found)),
        element("h3", "What rests on what"),
        table(&foundations(found)),
    ];
    format!(
        "<section class=\"trust {class}\">\n{}</section>\n",
        content.concat()
    )
}

fn verdict(found: &Analyzed) -> &'static str {
    match (found.signal_count, found.assumption_violated) {
        (SignalCount::Permuted, true) | (SignalCount::Unknown, _) => {
            "There is no bulk of noise, and the BBP threshold decides nothing"
        }
        (_, true) if is_white(found) => {
            "Some signals are hardly more than single columns: strengths and predictions are not to be trusted"
        }
        (_, true) => "The bulk is not white noise: strengths and predictions are not to be trusted",
        (_, false) => "The bulk is white noise, as far as a test can tell",
    }
}

/// Whether the test of the bulk has no objection.
fn is_white(found: &Analyzed) -> bool {
    let distance = found.bulk_distance.as_ref();
    distance.is_some_and(|distance| distance.n_ks <= distance.limit)
}

fn reason(found: &Analyzed) -> String {
    let stands = "What rests on no theory stands: overlaps between halves of the data, and gains on rows that were kept apart.";
    let test = found.bulk_distance.map(|distance| {
        format!(
            "N·KS, the distance of the bulk from the law of Marchenko and Pastur, is {}, and white noise stays below {} in 19 of 20 data sets (p = {}).",
            number(distance.n_ks),
            number(distance.limit),
            distance.p_value
        )
    });
    let test = test.unwrap_or_default();
    match (found.signal_count, found.assumption_violated) {
        (SignalCount::Unknown, _) => format!(
            "No number of signals is known, since the data are too large for permutations of their columns, and without one no strength has a meaning. {stands}"
        ),
        (SignalCount::Permuted, true) => format!(
            "Numbers in units of a noise that is none are marked as such below: strengths, their errors, overlaps in theory, samples needed, predictions and synthetic data. {stands}"
        ),
        (_, true) => format!("{test} {stands}"),
        (SignalCount::Given, false) => {
            format!("{test} The number of signals was given, and is tested by nothing.")
        }
        (SignalCount::Outliers | SignalCount::Permuted, false) => {
            format!("{test} Strengths, their errors, overlaps and predictions rest on that.")
        }
    }
}

/// How many units are useful, as far as anything says it.
fn useful(found: &Analyzed) -> Vec<String> {
    let Some(predicted) = &found.predicted else {
        return vec!["No number of units was asked for (--units).".into()];
    };
    let most = predicted.gains.len();
    let caution = match found.assumption_violated {
        true => " (on signals that are not to be trusted)",
        false => "",
    };
    let gain = |units: usize| {
        let own = predicted.gains.iter().find(|own| own.units == units);
        let gain = own.and_then(|own| own.gain_out);
        gain.map_or_else(String::new, |gain| {
            format!(": {} nats per sample", number(gain))
        })
    };
    let theory = match predicted.best {
        None => "a gain on fresh data is not known, or a solution is not stable".into(),
        Some(0) if most == 1 => "one unit loses on fresh data".into(),
        Some(0) => format!("each number of units up to {most} loses on fresh data"),
        Some(1) if most == 1 => format!("one unit gains on fresh data{}", gain(1)),
        Some(best) => format!(
            "of up to {most} units, {best} gain most on fresh data{}",
            gain(best)
        ),
    };
    let mut said = vec![format!("Prediction{caution}: {theory}.")];
    for (unit, signal) in predicted.units.iter().zip(&found.signals) {
        if let Some(from) = signal.samples_useful {
            said.push(format!(
                "Prediction{caution}: unit {} gains on fresh data from {} rows on, and there are {}.",
                unit.unit,
                number(from.ceil()),
                found.n
            ));
        }
    }
    said.extend(measured(found));
    said
}

/// What weights that learnt from the data, or were loaded, say of it.
fn measured(found: &Analyzed) -> Option<String> {
    let obtained = found.obtained.as_ref()?;
    let of = match obtained.trainer {
        Some(_) => "Training",
        None => "Weights as they were loaded",
    };
    let gains = obtained.runs.iter().filter_map(|run| {
        let gain: SampleGain = run.learnt.as_ref()?.gain_out?;
        Some((run.units, gain))
    });
    let Some((best, gain)) = gains.max_by(|a, b| a.1.mean.total_cmp(&b.1.mean)) else {
        return Some(format!(
            "{of}: no rows were kept apart (--holdout), or training failed; gains on the rows that were learnt from say nothing of fresh ones."
        ));
    };
    let mean = format!(
        "on the rows that were kept apart: {} ± {} nats per sample",
        number(gain.mean),
        number(gain.error)
    );
    let tried = obtained.runs.len();
    Some(match gain.mean > 0.0 {
        _ if tried == 1 => format!("{of}: the gain of {} {mean}.", units(best)),
        false => format!("{of}: each number of units up to {tried} loses, {best} least, {mean}."),
        true if best == tried => {
            format!("{of}: {best} units gain most {mean}; more were not tried.")
        }
        true => format!("{of}: of up to {tried} units, {best} gain most {mean}."),
    })
}

fn units(count: usize) -> String {
    match count {
        1 => "one unit".into(),
        count => format!("{count} units"),
    }
}

/// What each kind of number rests on, and whether that holds.
fn foundations(found: &Analyzed) -> Table {
    let holds = match found.assumption_violated {
        true => "violated",
        false => "holds",
    };
    let (count, counted) = match found.signal_count {
        SignalCount::Outliers => (
            "eigenvalues that white noise does not have (Tracy–Widom)",
            holds,
        ),
        SignalCount::Permuted => (
            "eigenvalues above those of permuted columns",
            "a convention",
        ),
        SignalCount::Given => ("it was given", "a choice"),
        SignalCount::Unknown => ("nothing", "not known"),
    };
    let columns = ["number", "rests on", "assumption"].map(Column::new);
    let mut table = Table::new("", columns);
    let mut push = |number: &str, on: &str, which: &str| {
        table.push(vec![number.into(), on.into(), which.into()]);
    };
    push(
        "overlaps between halves",
        "the data alone",
        "needs no theory",
    );
    push("number of signals", count, counted);
    push(
        "strengths λ, errors, overlaps of PCA, samples needed",
        "white noise of one variance in all columns",
        holds,
    );
    if found.predicted.is_some() {
        push(
            "prediction",
            "these strengths, the law of the signals over samples, a limit of many rows and columns",
            holds,
        );
    }
    if found.bootstrap.is_some() {
        push(
            "synthetic data",
            "these strengths and that law, at the size of the data",
            holds,
        );
    }
    if found.obtained.is_some() {
        push(
            "gains that were obtained",
            "the data alone; fair on rows that were kept apart",
            "needs no theory",
        );
    }
    if !found.completions.is_empty() {
        push(
            "hidden entries",
            "the data alone, rows that were kept apart",
            "needs no theory",
        );
    }
    table
}
