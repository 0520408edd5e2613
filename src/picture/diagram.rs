//! Phase diagrams: regions with boundaries, an observable, the replicon.

use super::boundaries::LINES;
use super::nothing;
use super::page::{Axis, Curve, Page, quoted};
use super::study::distinct;
use super::trajectory::label;
use crate::error::Result;
use crate::sweep::DiagramStudy;
use crate::table::{Table, Value};
use std::fmt::Write;

/// Regions of state evolution: name, label, colour, strength.
const REGIONS: [(&str, &str, &str, f64); 10] = [
    (
        "recovery-stable",
        "recovery, replica symmetric",
        "green",
        0.5,
    ),
    (
        "recovery-unstable",
        "recovery, replicon > 1 (approximate)",
        "orange",
        0.5,
    ),
    (
        "partial-stable",
        "fewer signals than units, replica symmetric",
        "skyblue",
        0.5,
    ),
    (
        "partial-unstable",
        "fewer signals than units, replicon > 1 (approximate)",
        "yellow",
        0.5,
    ),
    ("no-recovery", "no recovery", "grey", 0.3),
    (
        "no-solution",
        "no replica-symmetric solution",
        "purple",
        0.25,
    ),
    (
        "full-rsb-recovery",
        "recovery, beyond replica symmetry",
        "blue",
        0.4,
    ),
    (
        "full-rsb-no-recovery",
        "no recovery, beyond replica symmetry",
        "grey",
        0.6,
    ),
    (
        "upper-bound-recovery",
        "recovery, upper bound of *ℓ*",
        "vermillion",
        0.4,
    ),
    (
        "upper-bound-no-recovery",
        "no recovery, upper bound of *ℓ*",
        "black",
        0.3,
    ),
];

/// Colours of regions that a study declares.
const COLOURS: [&str; 6] = ["green", "orange", "skyblue", "purple", "yellow", "grey"];

/// The specification of a figure of a phase diagram, whose table is in the file `data`.
///
/// # Errors
/// A table without cells.
pub fn of_diagram(study: &DiagramStudy, table: &Table, data: &str) -> Result<String> {
    let (x, y) = (study.x.name(), study.y.name());
    let axes = [Axis::of(x, axis_label(x)), Axis::of(y, axis_label(y))];
    let regions = distinct(table, "region", &[("source", "cell")]);
    if table.rows.is_empty() {
        return Err(nothing("no cell is finished"));
    }
    let lines = boundaries(study, table);
    let mut page = Page::new();
    page.panel("regions", &axes[0], &axes[1]);
    page.push(&region_series(&regions));
    draw(&mut page, &lines);
    let names: Vec<&str> = table.columns.iter().map(|own| own.name.as_str()).collect();
    // The observables stand between the cells' sizes and their regions.
    let place = |name: &str| names.iter().position(|own| *own == name);
    let first = place("height").zip(place("region"));
    let observable = first.and_then(|(before, after)| names[before + 1..after].first());
    for value in observable.into_iter().chain(&["replicon"]) {
        if distinct(table, value, &[("source", "cell")]).is_empty() {
            continue;
        }
        let title = match *value {
            "replicon" => "stability",
            _ => "the answer",
        };
        page.panel(title, &axes[0], &axes[1]);
        page.push(&heat(value, &named(value)));
        draw(&mut page, &lines);
    }
    Ok(page.finish("", None, data))
}

fn axis_label(name: &str) -> String {
    match name {
        "alpha" => "samples per visible unit *α* = *n*/*d*".into(),
        "lambda" => "signal strength *λ*".into(),
        "strength" => "factor on the signal strengths".into(),
        other => match other.strip_prefix("lambda-") {
            Some(signal) => format!("signal strength *λ*_{{{signal}}}"),
            None => other.into(),
        },
    }
}

fn region_series(found: &[String]) -> String {
    let mut text = String::from(
        "\n[[panel.series]]\nkind = \"regions\"\nwhere = { source = \"cell\" }\ncategory = \"region\"\ncell_width = \"width\"\ncell_height = \"height\"\nmissing = \"search failed: nothing known\"\ncategories = [\n",
    );
    for (place, name) in found.iter().enumerate() {
        let known = REGIONS.iter().find(|own| own.0 == name);
        let (label, colour, strength) = match known {
            Some((_, label, colour, strength)) => (*label, *colour, *strength),
            None => (name.as_str(), COLOURS[place % COLOURS.len()], 0.5),
        };
        let _ = writeln!(
            text,
            "    {{ value = {}, label = {}, color = \"{colour}\", strength = {strength:?} }},",
            quoted(name),
            quoted(label)
        );
    }
    text + "]\n"
}

/// The symbol of an observable, or its name.
fn named(column: &str) -> String {
    column.parse().map_or_else(|_| column.to_owned(), label)
}

fn heat(value: &str, label: &str) -> String {
    let mut text = format!(
        "\n[[panel.series]]\nkind = \"heat\"\nwhere = {{ source = \"cell\" }}\nvalue = {}\nvalue_label = {}\ncell_width = \"width\"\ncell_height = \"height\"\nmissing = \"no number\"\n",
        quoted(value),
        quoted(label)
    );
    if value == "replicon" {
        text += "color_scale = \"log\"\nlimits = [0.01, 100.0]\nbar_marks = [1.0]\n";
    }
    text
}

/// The boundaries that have a number somewhere, with their labels.
fn boundaries(study: &DiagramStudy, table: &Table) -> Vec<(String, String)> {
    let y = study.y.name();
    let located = |name: &&str| {
        let rows = 0..table.rows.len();
        let number = |row: usize| matches!(table.get(row, y), Value::Number(_));
        rows.filter(|row| table.get(*row, "source").is_written(name))
            .filter(|row| number(*row))
            .count()
            > 1
    };
    let names = study.boundary_names().into_iter().filter(located);
    let label = |name: &str| {
        let known = LINES.iter().find(|own| own.0 == name);
        known.map_or(name, |own| own.1).to_owned()
    };
    names.map(|name| (name.to_owned(), label(name))).collect()
}

fn draw(page: &mut Page, lines: &[(String, String)]) {
    for (style, (name, label)) in lines.iter().enumerate() {
        page.curve(&Curve {
            label,
            rows: &[("source", name)],
            color: Some(["black", "vermillion", "blue", "purple"][style % 4]),
            style,
            ..Curve::default()
        });
    }
}
