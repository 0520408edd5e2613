//! How to make the numbers again: the command, what was resolved, what symbols mean, what to cite.

use super::markup::{MISSING, element, escaped, list, section as headed, table};
use crate::definitions::entry;
use crate::experiment::{Analyze, AnalyzeSettings, Analyzed, Report};
use crate::table::{Column, Table};
use serde_json::Value;

/// What symbols stand for.
const SYMBOLS: [(&str, &str); 10] = [
    (
        "n, d, α",
        "Rows; columns that vary; independent rows for each of these, of which there is one fewer than rows where means were taken away.",
    ),
    (
        "λ",
        "Strength of a signal: its part of the data is λ u wᵀ/√d, with entries of u and w of variance 1, in units of the noise's standard deviation. It can be seen where αλ⁴ > 1 (BBP threshold).",
    ),
    (
        "σ²",
        "Variance of the noise in each entry of the prepared data: from the median of the bulk, by a fit to the law of Marchenko and Pastur, and from the mean. The three agree for white noise.",
    ),
    (
        "N·KS",
        "Largest distance between the parts of N eigenvalues and of the law that lie below a level, times N. White noise exceeds the limit in one data set of twenty.",
    ),
    (
        "Tracy–Widom, p",
        "Distance of an eigenvalue from the edge of the noise, in units of the largest one's scatter, and the probability of one so large in noise alone.",
    ),
    (
        "overlap of PCA",
        "Of a principal direction with the signal's, in theory: 0 where they are at right angles, 1 where they are the same.",
    ),
    (
        "samples needed",
        "d/λ⁴, the rows at which a direction of this strength begins to be seen. Samples useful: those from which on a unit of its own gains on fresh data.",
    ),
    (
        "ζ",
        "Overlap of the weights of a unit with its signal, by state evolution: the limit of many rows and columns at this α.",
    ),
    (
        "gain",
        "Mean log-likelihood of a row with the units over that without any, in nats per sample. Below 0 the units do harm.",
    ),
    (
        "replicon",
        "Of a solution of state evolution: below 1 it is stable, and the prediction exact in the limit; above it is none.",
    ),
];

/// The section.
pub fn section(request: &Analyze, report: &Report<Analyzed>, image: Option<[usize; 2]>) -> String {
    let settings = &report.result.settings;
    let made = format!(
        "Made by {} {}, seed {}. The same command on the same file gives the same numbers.",
        report.program, report.version, report.seed
    );
    let symbols = SYMBOLS.map(|(symbol, meaning)| element("dt", symbol) + &element("dd", meaning));
    let references: Vec<String> = report.citations.iter().map(|key| reference(key)).collect();
    let content = [
        element("p", &made),
        format!(
            "<pre>{}</pre>\n",
            command(request, report.seed, image).join(" \\\n  ")
        ),
        table(&resolved(settings)),
        element("h3", "Symbols"),
        format!("<dl>\n{}</dl>\n", symbols.concat()),
        element("h3", "What it builds on"),
        list(&references),
    ];
    headed("How to reproduce", &content.concat())
}

/// The command that gives this page, with each flag on a line of its own, as HTML.
fn command(request: &Analyze, seed: u64, image: Option<[usize; 2]>) -> Vec<String> {
    let mut command = vec![String::from("onsager analyze")];
    // Flags have the names of the options.
    let options = serde_json::to_value(&request.analysis).unwrap_or_default();
    let data = |options: &Value| Some(quoted(options.get("data")?.as_str()?));
    if let Some(data) = data(&options) {
        command[0] += &format!(" {data}");
    }
    for (name, value) in options.as_object().into_iter().flatten() {
        let text = match value {
            Value::Null | Value::Bool(false) => continue,
            _ if name == "data" => continue,
            Value::Bool(true) => {
                command.push(format!("--{name}"));
                continue;
            }
            Value::String(text) => quoted(text),
            other => quoted(&other.to_string()),
        };
        command.push(format!("--{name}={text}"));
    }
    command.push(format!("--seed={seed}"));
    command.push("--report=report.html".into());
    if let Some([rows, columns]) = image {
        command.push(format!("--image={rows}x{columns}"));
    }
    command.iter().map(|line| escaped(line)).collect()
}

/// A word of a shell's command line.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:+,=@%".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// What was resolved of the settings.
fn resolved(settings: &AnalyzeSettings) -> Table {
    let mut table = Table::new("settings", ["setting", "value"].map(Column::new));
    let mut push = |name: &str, value: String| table.push(vec![name.into(), value.into()]);
    let or_none = |value: Option<f64>| value.map_or_else(|| MISSING.into(), |v| v.to_string());
    let scale = serde_json::to_value(settings.standardise).unwrap_or_default();
    push("data", settings.data.display().to_string());
    push("scale of the columns", scale.as_str().unwrap_or("").into());
    push("common factors", or_none(settings.whiten.map(|k| k as f64)));
    push("columns of the file", settings.columns.to_string());
    push("columns left out", ranges(&settings.skipped));
    push("columns that do not vary", ranges(&settings.constant));
    push("part of the rows kept apart", or_none(settings.holdout));
    push("entries become 1 from", or_none(settings.binarise));
    table
}

/// Numbers in rising order, neighbours together.
fn ranges(numbers: &[usize]) -> String {
    if numbers.is_empty() {
        return MISSING.into();
    }
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let runs: Vec<String> = runs
        .map(|run| match run {
            [first, .., last] => format!("{first}–{last}"),
            [only] => only.to_string(),
            [] => String::new(),
        })
        .collect();
    runs.join(", ")
}

/// A work of the bibliography in a line.
fn reference(key: &str) -> String {
    let Some(entry) = entry(key) else {
        return key.to_owned();
    };
    let field = |name: &str| field(entry.text, name);
    let place = ["journal", "volume", "pages", "year"].map(field);
    let authors = field("author").map(|names| names.replace(" and ", "; "));
    let parts = [authors, field("title")].into_iter().chain(place);
    let parts: Vec<String> = parts.flatten().collect();
    parts.join(", ")
}

/// A field of an entry of BibTeX without its braces, in plain text.
fn field(entry: &str, name: &str) -> Option<String> {
    let mut lines = entry.lines().map(str::trim);
    let value = lines.find_map(|line| {
        let (own, value) = line.split_once('=')?;
        (own.trim() == name).then(|| value.trim().trim_end_matches(','))
    })?;
    let mut text = value.to_owned();
    for (marked, plain) in [
        ("{\\'e}", "é"),
        ("{\\'a}", "á"),
        ("{\\\"o}", "ö"),
        ("{\\\"u}", "ü"),
        ("{\\v{c}}", "č"),
    ] {
        text = text.replace(marked, plain);
    }
    let text = text.replace("--", "–");
    Some(text.chars().filter(|c| !"{}".contains(*c)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell() {
        assert_eq!(quoted("a/b-1.csv"), "a/b-1.csv");
        assert_eq!(quoted("it's $x"), "'it'\\''s $x'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn columns_in_runs() {
        assert_eq!(ranges(&[1, 2, 3, 7, 9, 10]), "1–3, 7, 9–10");
        assert_eq!(ranges(&[]), MISSING);
    }

    #[test]
    fn references_are_plain_text() {
        let baik = reference("baik2005");
        assert!(baik.starts_with("Baik, Jinho; Ben Arous, Gérard; Péché, Sandrine, Phase"));
        assert!(baik.ends_with("The Annals of Probability, 33, 1643–1697, 2005"));
        assert!(reference("chiani2014").contains("Wishart and Gaussian"));
        for key in ["johnstone2001", "chiani2014", "marchenko1967"] {
            let text = reference(key);
            assert!(
                !text.contains(['{', '}', '\\']) && text.len() > 40,
                "{text}"
            );
        }
        assert_eq!(reference("nosuch"), "nosuch");
    }
}
