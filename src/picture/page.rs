//! A specification of a figure under construction: TOML as a person would write it.

use std::fmt::Write;

/// Colours of series, one after the other; their dashes and markers differ as well, for grey print.
const COLOURS: [&str; 6] = ["blue", "vermillion", "green", "purple", "orange", "black"];
const DASHES: [&str; 3] = ["solid", "dashed", "dotted"];
const MARKERS: [&str; 4] = ["circle", "square", "triangle", "diamond"];

/// Reference lines.
const MARKS: [(&str, &str); 4] = [
    ("grey", "dashed"),
    ("black", "dotted"),
    ("vermillion", "dashed"),
    ("purple", "dotted"),
];

/// Width of a figure with one panel and with more, in millimetres: one column, or two.
const WIDTH: [u32; 2] = [86, 178];

/// Height of one row of panels.
const HEIGHT: u32 = 84;

/// A column and its label, for an axis.
#[derive(Clone)]
pub struct Axis {
    column: Option<String>,
    label: String,
    rest: String,
}

impl Axis {
    /// An axis with the column of series that name none.
    pub fn of(column: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            column: Some(column.into()),
            label: label.into(),
            rest: String::new(),
        }
    }

    /// An axis of series that each name a column.
    pub fn labelled(label: impl Into<String>) -> Self {
        Self {
            column: None,
            label: label.into(),
            rest: String::new(),
        }
    }

    /// With a range.
    pub fn within(mut self, low: f64, high: f64) -> Self {
        let _ = writeln!(self.rest, "range = [{low:?}, {high:?}]");
        self
    }

    /// With a logarithmic scale.
    pub fn log(mut self) -> Self {
        self.rest.push_str("scale = \"log\"\n");
        self
    }

    /// With ticks at whole numbers.
    pub fn whole(mut self) -> Self {
        self.rest.push_str("ticks = \"whole\"\n");
        self
    }

    fn write(&self, name: &str, text: &mut String) {
        let _ = writeln!(text, "[panel.{name}]\nlabel = {}", quoted(&self.label));
        if let Some(column) = &self.column {
            let _ = writeln!(text, "column = {}", quoted(column));
        }
        text.push_str(&self.rest);
    }
}

/// A line or points.
#[derive(Default)]
pub struct Curve<'a> {
    pub label: &'a str,
    pub points: bool,
    pub rows: &'a [(&'a str, &'a str)],
    pub y: Option<&'a str>,
    pub error: Option<&'a str>,
    pub band: bool,
    /// Which of the styles.
    pub style: usize,
    /// A colour of its own.
    pub color: Option<&'a str>,
    /// A dash of its own.
    pub dash: Option<&'a str>,
    pub thin: bool,
    /// Rows drawn dotted or open: the column, its value, their label.
    pub apart: Option<(&'a str, &'a str, &'a str)>,
}

/// The text of a specification.
pub struct Page {
    text: String,
    panels: usize,
}

impl Page {
    /// A figure without panels yet.
    pub fn new() -> Self {
        Self {
            text: String::new(),
            panels: 0,
        }
    }

    /// A panel.
    pub fn panel(&mut self, title: &str, x: &Axis, y: &Axis) {
        self.panels += 1;
        self.text.push_str("\n[[panel]]\n");
        if !title.is_empty() {
            let _ = writeln!(self.text, "title = {}", quoted(title));
        }
        x.write("x", &mut self.text);
        y.write("y", &mut self.text);
    }

    /// A reference line in the last panel, on the axis `x` or `y`, in one of the styles.
    pub fn mark(&mut self, axis: &str, value: f64, style: usize, label: Option<&str>) {
        let (colour, dash) = MARKS[style % MARKS.len()];
        let _ = writeln!(
            self.text,
            "\n[[panel.mark]]\naxis = \"{axis}\"\nvalue = {value:?}\ncolor = \"{colour}\"\ndash = \"{dash}\""
        );
        if let Some(label) = label {
            let _ = writeln!(self.text, "label = {}", quoted(label));
        }
    }

    /// A line or points in the last panel.
    pub fn curve(&mut self, curve: &Curve) {
        let text = &mut self.text;
        let kind = if curve.points { "points" } else { "line" };
        let _ = writeln!(
            text,
            "\n[[panel.series]]\nlabel = {}\nkind = \"{kind}\"",
            quoted(curve.label)
        );
        if !curve.rows.is_empty() {
            let all = curve.rows.iter();
            let all: Vec<String> = all
                .map(|(column, value)| format!("{column} = {}", quoted(value)))
                .collect();
            let _ = writeln!(text, "where = {{ {} }}", all.join(", "));
        }
        for (key, value) in [("y", curve.y), ("error", curve.error)] {
            if let Some(value) = value {
                let _ = writeln!(text, "{key} = {}", quoted(value));
            }
        }
        if curve.band {
            text.push_str("band = true\n");
        }
        let colour = curve.color.unwrap_or(COLOURS[curve.style % COLOURS.len()]);
        let _ = writeln!(text, "color = \"{colour}\"");
        if curve.points {
            let marker = MARKERS[(curve.style + curve.style / COLOURS.len()) % MARKERS.len()];
            let _ = writeln!(text, "marker = \"{marker}\"");
        } else {
            let dash = curve
                .dash
                .unwrap_or(DASHES[(curve.style + curve.style / COLOURS.len()) % DASHES.len()]);
            let _ = writeln!(text, "dash = \"{dash}\"");
            let _ = writeln!(text, "width = {}", if curve.thin { 1.5 } else { 2.0 });
        }
        if let Some((column, value, label)) = curve.apart {
            let look = if curve.points {
                "filled = false"
            } else {
                "dash = \"dotted\""
            };
            let _ = writeln!(
                text,
                "[panel.series.alternate]\nwhere = {{ {column} = {} }}\nlabel = {}\n{look}",
                quoted(value),
                quoted(label)
            );
        }
    }

    /// Something else in the last panel, as TOML.
    pub fn push(&mut self, toml: &str) {
        self.text.push_str(toml);
    }

    /// The specification, of a figure with this title and foot whose table is that file.
    pub fn finish(self, title: &str, caption: Option<&str>, data: &str) -> String {
        let columns = self.panels.clamp(1, 3);
        let rows = self.panels.div_ceil(columns).max(1) as u32;
        let width = WIDTH[usize::from(self.panels > 1)];
        let mut text = String::new();
        if !title.is_empty() {
            let _ = writeln!(text, "title = {}", quoted(title));
        }
        let _ = writeln!(
            text,
            "data = {}\nsize = [{width}, {}]",
            quoted(data),
            HEIGHT * rows
        );
        if self.panels > columns {
            let _ = writeln!(text, "columns = {columns}");
        }
        if let Some(caption) = caption {
            let _ = writeln!(text, "caption = {}", quoted(caption));
        }
        text + &self.text
    }
}

/// A string of TOML.
pub fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
