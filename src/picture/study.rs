//! Studies: which columns of their tables are abscissa and ordinate, and which tell series apart.

use super::page::{Axis, Curve, Page};
use super::{nothing, of_diagram};
use crate::error::Result;
use crate::figure::FigureSpec;
use crate::study::{Document, Study};
use crate::table::{Table, Value};
use std::borrow::Cow;

/// Most series of a panel that have names of their own.
const MOST_NAMED: usize = 16;

/// How the table of a study is drawn: a panel for each value of `panel`, a series for each
/// combination of values of `series`.
struct Layout {
    x: (String, &'static str),
    y: (&'static str, &'static str),
    error: Option<&'static str>,
    panel: Option<&'static str>,
    series: &'static [&'static str],
    /// Rows that are drawn.
    rows: &'static [(&'static str, &'static str)],
    /// The column that rows of points have, and rows of lines lack.
    counted: Option<&'static str>,
    log: [bool; 2],
}

impl Layout {
    fn new(
        x: (&str, &'static str),
        y: (&'static str, &'static str),
        series: &'static [&'static str],
    ) -> Self {
        Self {
            x: (x.0.to_owned(), x.1),
            y,
            error: None,
            panel: None,
            series,
            rows: &[],
            counted: None,
            log: [false; 2],
        }
    }

    fn of(study: &Study) -> Self {
        const TIME: (&str, &str) = ("t", "time *t*");
        const MODE: (&str, &str) = ("singular_value", "singular value *w*");
        match study {
            Study::Trajectory(_) => Self {
                error: Some("standard_error"),
                panel: Some("entry"),
                counted: Some("instances"),
                ..Self::new(
                    ("iteration", "iteration *t*"),
                    ("zeta", "overlap *ζ*"),
                    &["source"],
                )
            },
            Study::Strengths(_) => Self {
                error: Some("standard_error"),
                panel: Some("entry"),
                counted: Some("instances"),
                ..Self::new(
                    ("lambda", "signal strength *λ*"),
                    ("zeta", "overlap *ζ*"),
                    &["source"],
                )
            },
            Study::Dynamics(_) => Self {
                error: Some("standard_error"),
                panel: Some("quantity"),
                // Those of one time.
                rows: &[("s", "")],
                ..Self::new(
                    ("t", "gradient step *t*"),
                    ("value", "value"),
                    &["entry", "source"],
                )
            },
            Study::Solutions(own) => Self {
                ..Self::new(
                    (&own.parameter.to_string(), "control parameter"),
                    ("zeta_11", "overlap *ζ*_{11}"),
                    &["source", "kind"],
                )
            },
            Study::Linear(_) => Self::new(TIME, MODE, &["source", "mode"]),
            Study::Learning(_) => Self {
                panel: Some("curve"),
                rows: &[("source", "state")],
                ..Self::new(TIME, MODE, &["mode"])
            },
            Study::Training(_) => Self {
                rows: &[("source", "state")],
                ..Self::new(TIME, MODE, &["mode"])
            },
            Study::Spectrum(_) => Self {
                panel: Some("quantity"),
                ..Self::new(("x", "singular value *w*"), ("value", "value"), &["source"])
            },
            Study::Likelihood(_) => Self {
                error: Some("error"),
                panel: Some("case"),
                log: [true, false],
                ..Self::new(
                    ("d", "visible units *d*"),
                    ("per_unit", "difference per visible unit"),
                    &["source", "terms"],
                )
            },
            _ => Self {
                error: Some("error"),
                panel: Some("panel"),
                counted: Some("count"),
                ..Self::new(("x", "x"), ("y", "y"), &["series"])
            },
        }
    }
}

/// The specification of a figure of a study's table, which is in the file `data`.
///
/// # Errors
/// A table without a row to draw.
pub fn of_study(study: &Study, table: &Table, data: &str) -> Result<String> {
    if let Study::Diagram(own) = study {
        return of_diagram(own, table, data);
    }
    let layout = Layout::of(study);
    let mut page = Page::new();
    let mut names = Names::default();
    let panels = match layout.panel {
        Some(column) => distinct(table, column, layout.rows),
        None => vec![String::new()],
    };
    for panel in &panels {
        layout.draw(&mut page, &mut names, table, panel);
    }
    if panels.is_empty() {
        return Err(nothing("its table has no rows"));
    }
    Ok(page.finish("", None, data))
}

/// The specification of a file: its own, or one by default for the table of its study, which is in
/// the file `data`.
///
/// # Errors
/// A table without a row to draw, or a file without a study.
pub fn of_document<'a>(
    document: &'a Document,
    table: &Table,
    data: &str,
) -> Result<Cow<'a, FigureSpec>> {
    match (&document.figure, &document.study) {
        (Some(own), _) => Ok(Cow::Borrowed(own)),
        (None, Some(study)) => {
            let text = of_study(study, table, data)?;
            Ok(Cow::Owned(FigureSpec::parse(&text)?))
        }
        (None, None) => Err(nothing("neither a study nor panels are in the file")),
    }
}

impl Layout {
    fn draw(&self, page: &mut Page, names: &mut Names, table: &Table, panel: &str) {
        let mut x = Axis::of(&self.x.0, self.x.1);
        let mut y = Axis::of(self.y.0, self.y.1);
        if self.log[0] {
            x = x.log();
        }
        if self.log[1] {
            y = y.log();
        }
        let title = match self.panel {
            Some("entry") => format!("entry {panel}"),
            _ => panel.to_owned(),
        };
        page.panel(&title, &x, &y);
        let mut chosen: Vec<(&str, &str)> = self.rows.to_vec();
        if let Some(column) = self.panel {
            chosen.push((column, panel));
        }
        let all = combinations(table, self.series, &chosen);
        // More than a legend can name look alike, and have one name.
        let many = all.len() > MOST_NAMED;
        for values in &all {
            let own = self
                .series
                .iter()
                .copied()
                .zip(values.iter().map(String::as_str));
            let rows: Vec<(&str, &str)> = chosen.iter().copied().chain(own).collect();
            let counted = |column| !distinct(table, column, &rows).is_empty();
            let named = values
                .iter()
                .zip(self.series)
                .map(|(value, column)| match *column {
                    "mode" => format!("mode {value}"),
                    "terms" => format!("to order {value}"),
                    "source" => source(value),
                    _ => value.clone(),
                });
            let label: Vec<String> = named.filter(|own| !own.is_empty()).collect();
            let label = match many {
                true => format!("each {}", self.series[self.series.len() - 1]),
                false => label.join(", "),
            };
            let points = match self.counted {
                Some(column) => counted(column),
                None => values
                    .iter()
                    .any(|own| own == "simulation" || own == "measured"),
            };
            let error = self.error.filter(|column| counted(column));
            let entry = names.entry((label, points, error.is_some()), &title);
            page.curve(&Curve {
                label: &entry.0,
                points,
                rows: &rows,
                error,
                style: entry.1,
                ..Curve::default()
            });
        }
    }
}

/// Entries of the legend: a label, whether it is one of points and has errors, in the order of their
/// styles.
#[derive(Default)]
struct Names(Vec<(String, bool, bool)>);

impl Names {
    /// The label and the style of a series: those of one that looks the same in another panel, or
    /// new ones, with the panel in the label where another look has it.
    fn entry(&mut self, own: (String, bool, bool), panel: &str) -> (String, usize) {
        let taken = self.0.iter().any(|one| one.0 == own.0 && *one != own);
        let own = match taken {
            true => (format!("{}, {panel}", own.0), own.1, own.2),
            false => own,
        };
        let known = self.0.iter().position(|one| *one == own);
        let style = known.unwrap_or_else(|| {
            self.0.push(own.clone());
            self.0.len() - 1
        });
        (own.0, style)
    }
}

/// What a source of numbers is called.
fn source(name: &str) -> String {
    let own = match name {
        "bayes-optimal" => "Bayes-optimal",
        "pca" => "PCA, theory",
        "rsb" => "RBM, beyond replica symmetry",
        "lbfgs" => "L-BFGS",
        "amp" => "AMP",
        "gd" => "gradient ascent",
        "spectral" => "PCA, spectral method",
        other => other,
    };
    own.to_owned()
}

/// The values that a column has in the chosen rows, in their order.
pub(super) fn distinct(table: &Table, column: &str, rows: &[(&str, &str)]) -> Vec<String> {
    let all = combinations(table, &[column], rows);
    let own = all.into_iter().filter_map(|mut values| values.pop());
    own.filter(|value| !value.is_empty()).collect()
}

/// The combinations of values that columns have in the chosen rows, in their order.
fn combinations(table: &Table, columns: &[&str], rows: &[(&str, &str)]) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    for row in 0..table.rows.len() {
        let chosen = |(column, value): &(&str, &str)| table.get(row, column).is_written(value);
        if !rows.iter().all(chosen) {
            continue;
        }
        let own = columns.iter().map(|column| table.get(row, column));
        let own: Vec<String> = own.map(Value::to_string).collect();
        if !all.contains(&own) {
            all.push(own);
        }
    }
    all
}
