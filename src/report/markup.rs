//! Text, numbers, tables and figures as HTML. What comes in is plain text, and escaped here.

use crate::error::Result;
use crate::figure::{FigureSpec, render_inline};
use crate::table::{Column, Digits, Table, Value, printable_line};
use std::borrow::Cow;

/// What stands for a number that was not obtained.
pub const MISSING: &str = "—";

/// Columns above which a table is set small.
const MANY: usize = 10;

/// Significant digits less one.
const DECIMALS: i32 = 3;

/// Plain text as HTML.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in printable_line(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// An element with plain text in it.
pub fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>\n", escaped(text))
}

/// A list of texts; nothing without any.
pub fn list<T: AsRef<str>>(items: &[T]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let items = items.iter().map(|item| element("li", item.as_ref()));
    format!("<ul>\n{}</ul>\n", items.collect::<String>())
}

/// A section with a heading; its content is HTML.
pub fn section(heading: &str, content: &str) -> String {
    format!("<section>\n{}{content}</section>\n", element("h2", heading))
}

/// A text as a sentence: a capital letter, and a full stop.
pub fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    // A symbol such as λ has no capital here.
    let first = rest.next().map(|c| c.to_ascii_uppercase());
    let text: String = first.into_iter().chain(rest).collect();
    match text.ends_with(['.', '?', '!']) {
        true => text,
        false => text + ".",
    }
}

/// A number in four significant digits.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return MISSING.into();
    }
    if value == 0.0 {
        return "0".into();
    }
    let rounded = format!("{value:.*e}", DECIMALS as usize);
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let text = match exponent {
        -4..=5 => format!("{value:.*}", (DECIMALS - exponent).max(0) as usize),
        _ => format!("{mantissa}×10{}", superscript(exponent)),
    };
    text.replace('-', "−")
}

fn superscript(exponent: i32) -> String {
    let raised = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
    };
    exponent.to_string().chars().map(raised).collect()
}

/// A table with its title; nothing without rows.
pub fn table(table: &Table) -> String {
    if table.rows.is_empty() {
        return String::new();
    }
    let is_number = |at: usize| {
        let mut cells = table.rows.iter().map(|row| &row[at]);
        cells.all(|cell| matches!(cell, Value::Number(_) | Value::Missing))
    };
    let classes: Vec<&str> = (0..table.columns.len())
        .map(|at| if is_number(at) { " class=\"n\"" } else { "" })
        .collect();
    let class = match table.columns.len() > MANY {
        true => " class=\"many\"",
        false => "",
    };
    let mut html = format!("<div class=\"wide\"><table{class}>\n");
    if !table.title.is_empty() {
        html += &element("caption", &sentence(&table.title));
    }
    html += "<thead><tr>";
    for (column, class) in table.columns.iter().zip(&classes) {
        html += &format!("<th scope=\"col\"{class}>{}</th>", escaped(&column.heading));
    }
    html += "</tr></thead>\n<tbody>\n";
    for row in &table.rows {
        html += "<tr>";
        for ((column, value), class) in table.columns.iter().zip(row).zip(&classes) {
            html += &format!("<td{class}>{}</td>", escaped(&cell(column, value)));
        }
        html += "</tr>\n";
    }
    html + "</tbody></table></div>\n"
}

fn cell<'a>(column: &Column, value: &'a Value) -> Cow<'a, str> {
    match (value, column.digits) {
        // Smaller than any number here.
        (Value::Number(0.0), _) if column.name == "p_value" => "< 10⁻³⁰⁰".into(),
        (Value::Number(value), Digits::Shortest) => value.to_string().into(),
        (Value::Number(value), _) => number(*value).into(),
        (Value::Text(text), _) => text.into(),
        _ => column.show(value).into(),
    }
}

/// A figure with a caption under it, and a sentence for those who do not see it. The specification is
/// TOML without `data`.
pub fn figure(spec: &str, numbers: &Numbers, description: &str, caption: &str) -> Result<String> {
    let spec = FigureSpec::parse(&format!("data = \"report.csv\"\n{spec}"))?;
    let svg = render_inline(&spec, &numbers.0, description)?;
    let caption = element("figcaption", caption);
    Ok(format!("<figure>\n{svg}{caption}</figure>\n"))
}

/// The numbers of a figure: columns `series`, `x`, `y` and `error`.
pub struct Numbers(Table);

impl Numbers {
    /// None yet.
    pub fn new() -> Self {
        Self(Table::new(
            "",
            ["series", "x", "y", "error"].map(Column::new),
        ))
    }

    /// A point of a series.
    pub fn push(&mut self, series: &str, x: f64, y: impl Into<Value>, error: impl Into<Value>) {
        self.0
            .push(vec![series.into(), x.into(), y.into(), error.into()]);
    }

    /// A series of a figure in TOML, if it has points; `style` is TOML, too.
    pub fn series(&self, name: &str, label: &str, style: &str) -> String {
        let is_there = |row: &Vec<Value>| row[0].is_written(name);
        match self.0.rows.iter().any(is_there) {
            true => format!(
                "[[panel.series]]\nlabel = \"{label}\"\nwhere = {{ series = \"{name}\" }}\n{style}\n"
            ),
            false => String::new(),
        }
    }
}
