//! What units learn: as predicted, on synthetic data, and from the data; and how it comes with rows.

use super::markup::{Numbers, element, figure, section as headed, table};
use crate::analysis::Scatter;
use crate::error::Result;
use crate::experiment::{Analyzed, LearntQuantity};
use crate::table::{Column, Digits, Table};

/// How far points of one number of units are drawn apart.
const APART: f64 = 0.07;

/// Styles of what is compared.
const THEORY: &str = "kind = \"line\"\ncolor = \"blue\"\nmarker = \"diamond\"\nfilled = false";
const SYNTHETIC: &str =
    "kind = \"points\"\ncolor = \"orange\"\nmarker = \"square\"\nfilled = false\nerror = \"error\"";
const LEARNT: &str = "kind = \"points\"\ncolor = \"vermillion\"";
const FRESH: &str = "kind = \"points\"\ncolor = \"vermillion\"\nerror = \"error\"";

/// The sections; what nobody asked for is said to be missing.
pub fn section(found: &Analyzed) -> Result<String> {
    let Some(predicted) = found.gain_table() else {
        let missing = "Nothing was asked for: give a number of units (--units), and a way to train them (--train) to compare.";
        return Ok(headed("What units learn", &element("p", missing)));
    };
    let words = "Gains are log-likelihoods in nats per sample over no unit: of the rows that were learnt from, and of fresh ones of the same law. Q = WᵀW/d has the sizes of the weights.";
    let content = [
        element("p", words),
        gains(found)?,
        table(&predicted),
        found
            .comparison_table()
            .as_ref()
            .map(table)
            .unwrap_or_default(),
    ];
    Ok(headed("What units learn", &content.concat()) + &curve(found)? + &hidden(found))
}

/// Hidden entries of rows that were kept apart.
fn hidden(found: &Analyzed) -> String {
    let Some(completed) = found.completion_table() else {
        return String::new();
    };
    let words = "Half of the entries of each row that was kept apart are hidden, and completed by their mean given the others: as the units have it, or the mean of the column. Random halves are the mean over four. Entries of two values are 0 and 1; others are as they are scaled. Errors are over rows.";
    headed(
        "Hidden entries",
        &(element("p", words) + &table(&completed)),
    )
}

/// Gains against the number of units.
fn gains(found: &Analyzed) -> Result<String> {
    let mut numbers = Numbers::new();
    let mut most = 1;
    for (name, quantity) in [
        ("in", LearntQuantity::GainIn),
        ("out", LearntQuantity::GainOut),
    ] {
        for own in found.comparisons() {
            if own.quantity != quantity {
                continue;
            }
            let at = own.units as f64;
            most = most.max(own.units);
            if found.predicted.is_some() {
                numbers.push(&format!("theory {name}"), at, own.predicted, None::<f64>);
            }
            if let Some(Scatter {
                mean, deviation, ..
            }) = own.bootstrap
            {
                numbers.push(&format!("synthetic {name}"), at + APART, mean, deviation);
            }
            if let Some(gain) = own.obtained {
                numbers.push(&format!("obtained {name}"), at - APART, gain, own.error);
            }
        }
    }
    let theory = match found.assumption_violated {
        true => "prediction (assumption violated)",
        false => "prediction",
    };
    let panel = |title: &str| {
        format!(
            "[[panel]]\ntitle = \"{title}\"\nx = {{ label = \"units\", column = \"x\", range = [0.5, {}], ticks = \"whole\" }}\n\
             y = {{ label = \"gain, nats per sample\", column = \"y\" }}\n",
            most as f64 + 0.5
        )
    };
    let synthetic = "synthetic data, with the scatter of one set";
    let spec = [
        "size = [174, 87]\n".into(),
        panel("on the rows that were learnt from"),
        numbers.series("theory in", theory, THEORY),
        numbers.series("synthetic in", synthetic, SYNTHETIC),
        numbers.series("obtained in", "obtained", LEARNT),
        panel("on fresh rows"),
        numbers.series("theory out", theory, THEORY),
        numbers.series("synthetic out", synthetic, SYNTHETIC),
        numbers.series("obtained out", "obtained, on rows kept apart", FRESH),
    ];
    let description = format!(
        "Gain against the number of units, up to {most}: on the rows that were learnt from and on fresh rows, as predicted{}{}.",
        if found.bootstrap.is_some() {
            ", on synthetic data"
        } else {
            ""
        },
        if found.obtained.is_some() {
            ", and as obtained"
        } else {
            ""
        },
    );
    let caption = "Gain against the number of units. Points of one number of units are drawn side by side. Error bars: the scatter of one synthetic data set, and the standard error over the rows that were kept apart.";
    figure(&spec.concat(), &numbers, &description, caption)
}

/// Gains against the number of rows.
fn curve(found: &Analyzed) -> Result<String> {
    let obtained = found.obtained.as_ref();
    // Weights that were loaded have learnt already.
    let Some(obtained) = obtained.filter(|obtained| obtained.trainer.is_some()) else {
        return Ok(String::new());
    };
    let columns = [
        Column::new("rows").digits(Digits::Shortest),
        Column::new("end").headed("training"),
        Column::new("gain_in").headed("gain on these rows"),
        Column::new("gain_out").headed("on rows kept apart"),
        Column::new("error").headed("±"),
    ];
    let mut all = Table::new("all units, trained on the first of the rows", columns);
    let mut numbers = Numbers::new();
    for point in &obtained.curve {
        let [gain, fresh] = [point.gain_in, point.gain_out].map(|gain| gain.map(|gain| gain.mean));
        let error = point.gain_out.map(|gain| gain.error);
        all.push(vec![
            point.rows.into(),
            point.end.name().into(),
            gain.into(),
            fresh.into(),
            error.into(),
        ]);
        let rows = point.rows as f64;
        numbers.push("learnt", rows, gain, None::<f64>);
        if fresh.is_some() {
            numbers.push("fresh", rows, fresh, error);
        }
    }
    let content = match all.rows.is_empty() {
        true => element("p", "There are too few rows for a part of them."),
        false => drawn_curve(&numbers)? + &table(&all),
    };
    Ok(headed("Gain against the number of rows", &content))
}

fn drawn_curve(numbers: &Numbers) -> Result<String> {
    let spec = [
        "size = [139, 78]\n[[panel]]\nx = { label = \"rows that were learnt from\", column = \"x\", scale = \"log\", ticks = \"whole\" }\n\
         y = { label = \"gain, nats per sample\", column = \"y\" }\n\
         [[panel.mark]]\naxis = \"y\"\nvalue = 0.0\nlabel = \"no gain\"\n"
            .into(),
        numbers.series(
            "learnt",
            "on these rows",
            "kind = \"line\"\ncolor = \"orange\"\nmarker = \"square\"\nfilled = false",
        ),
        numbers.series(
            "fresh",
            "on rows kept apart",
            "kind = \"line\"\ncolor = \"vermillion\"\nmarker = \"circle\"\nerror = \"error\"",
        ),
    ];
    let description = "Gain of all units against the number of rows that they learnt from, on these rows and on rows that were kept apart.";
    let caption = "Gain of all units against the number of rows that they learnt from. Where both curves meet, more rows do not help; where they are apart, the units learn noise.";
    figure(&spec.concat(), numbers, description, caption)
}
