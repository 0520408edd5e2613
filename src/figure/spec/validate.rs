//! Checks of a specification that its types cannot express.

use super::caption;
use super::limits::{check_counts, check_panel_counts, check_series_counts};
use super::validate_cells::{check_heat, check_heat_count, check_regions};
use super::{
    AxisSpec, CurveKind, CurveSpec, FigureSpec, MarkAxis, MarkSpec, PanelSpec, Scale, SeriesSpec,
};
use crate::error::brief;
use crate::figure::error::FigureError;
use crate::figure::style::SeriesStyle;

/// Smaller figures have no room for axes; larger ones are surely a mistake and would exhaust memory
/// as PNG.
const SIZES: std::ops::RangeInclusive<f64> = 20.0..=1000.0;
const ASPECTS: std::ops::RangeInclusive<f64> = 0.01..=100.0;
const WIDTHS: std::ops::RangeInclusive<f64> = 0.25..=20.0;

impl FigureSpec {
    /// Checks the values. `parse` does this already; drawing does it again for a specification
    /// built in code.
    pub fn validate(&self) -> Result<(), FigureError> {
        require(
            is_table_name(&self.data),
            "data".into(),
            format!("\"{}\"", self.data.escape_debug()),
            "the name of a .csv file in the folder of the figure, without a path",
        )?;
        for (name, length) in ["width", "height"].iter().zip(self.size) {
            let field = format!("size ({name})");
            let allowed = "20 to 1000 mm on paper; one column of a journal is about 86 mm wide, two are 178 mm";
            require(SIZES.contains(&length), field, length, allowed)?;
        }
        let panels = self.panels.len();
        require(
            panels > 0,
            "panel".into(),
            "empty",
            "at least one [[panel]]",
        )?;
        check_counts(self)?;
        if let Some(columns) = self.columns {
            let allowed = (1..=panels).contains(&columns);
            require(
                allowed,
                "columns".into(),
                columns,
                "1 to the number of panels",
            )?;
        }
        if let Some(aspect) = self.aspect {
            let allowed = "0.01 to 100, width over height";
            require(ASPECTS.contains(&aspect), "aspect".into(), aspect, allowed)?;
        }
        if let Some(template) = &self.caption {
            caption::check_template(template)?;
        }
        for (index, panel) in self.panels.iter().enumerate() {
            check_panel(panel, &panel_place(index))?;
        }
        Ok(())
    }
}

/// Whether a table of that name lies in the folder of the figure, and can be taken for nothing
/// else.
fn is_table_name(name: &str) -> bool {
    let path = std::path::Path::new(name);
    path.file_name().is_some_and(|plain| plain == name)
        && path.extension().is_some_and(|extension| extension == "csv")
}

/// Name of a panel in messages.
pub fn panel_place(index: usize) -> String {
    format!("panel {}", index + 1)
}

/// Name of a series in messages.
pub fn series_place(panel: &str, index: usize, label: &str) -> String {
    format!("{panel}, series {} `{label}`", index + 1)
}

/// An error about a field unless something holds.
pub fn require(
    holds: bool,
    field: String,
    got: impl ToString,
    allowed: &str,
) -> Result<(), FigureError> {
    if holds {
        return Ok(());
    }
    Err(FigureError::InvalidField {
        field,
        got: brief(got.to_string()),
        allowed: allowed.to_owned(),
    })
}

fn check_panel(panel: &PanelSpec, place: &str) -> Result<(), FigureError> {
    check_axis(&panel.x, &format!("{place}, x"))?;
    check_axis(&panel.y, &format!("{place}, y"))?;
    check_panel_counts(panel, place)?;
    for (index, series) in panel.series.iter().enumerate() {
        let place = series_place(place, index, series.name());
        check_series_counts(series, &place)?;
        check_columns(series, panel, &place)?;
        match series {
            SeriesSpec::Curve(curve) => check_curve(curve, &place)?,
            SeriesSpec::Heat(heat) => check_heat(heat, &place)?,
            SeriesSpec::Regions(regions) => check_regions(regions, &place)?,
        }
    }
    check_heat_count(panel, place)?;
    for (index, mark) in panel.marks.iter().enumerate() {
        check_mark(mark, panel, &format!("{place}, mark {}", index + 1))?;
    }
    Ok(())
}

fn check_axis(axis: &AxisSpec, place: &str) -> Result<(), FigureError> {
    match axis.range {
        None => Ok(()),
        Some(range) => check_interval(range, axis.scale, &format!("{place}.range"), "axis"),
    }
}

/// Checks the ends of a scale, the name of which is `what`.
pub fn check_interval(
    [low, high]: [f64; 2],
    scale: Scale,
    field: &str,
    what: &str,
) -> Result<(), FigureError> {
    let got = format!("[{low}, {high}]");
    let finite = low.is_finite() && high.is_finite();
    require(
        finite && low < high,
        field.into(),
        &got,
        "two finite numbers, the lower first",
    )?;
    let positive = scale == Scale::Linear || low > 0.0;
    let allowed = format!("positive on a log {what}");
    require(positive, field.into(), &got, &allowed)
}

fn check_columns(series: &SeriesSpec, panel: &PanelSpec, place: &str) -> Result<(), FigureError> {
    for (name, column) in ["x", "y"].iter().zip(series.columns(panel)) {
        let allowed = "give it in the series, or `column` in the axis";
        require(
            column.is_some(),
            format!("{place}: {name}"),
            "absent",
            allowed,
        )?;
    }
    Ok(())
}

fn check_curve(series: &CurveSpec, place: &str) -> Result<(), FigureError> {
    let band = !series.band || (series.kind == CurveKind::Line && series.error.is_some());
    let allowed = "only a line with an `error` column has a band";
    require(band, format!("{place}: band"), "true", allowed)?;
    check_width(series.width, place)?;
    if let Some(span) = series.span {
        check_interval(span, Scale::Linear, &format!("{place}: span"), "axis")?;
    }
    let Some(alternate) = &series.alternate else {
        return Ok(());
    };
    check_width(alternate.width.unwrap_or(series.width), place)?;
    let differs = SeriesStyle::of(series) != SeriesStyle::of_alternate(series, alternate);
    let allowed = "it needs another dash, colour, marker, filling or width than the series";
    require(
        differs,
        format!("{place}: alternate"),
        "drawn like the series itself",
        allowed,
    )?;
    let chosen = !alternate.selection.is_empty();
    require(
        chosen,
        format!("{place}: alternate.where"),
        "empty",
        "at least one condition",
    )
}

fn check_width(width: f64, place: &str) -> Result<(), FigureError> {
    let allowed = "0.25 to 20 px";
    require(
        WIDTHS.contains(&width),
        format!("{place}: width"),
        width,
        allowed,
    )
}

/// A reference line out of sight would be dropped silently, so it is refused.
fn check_mark(mark: &MarkSpec, panel: &PanelSpec, place: &str) -> Result<(), FigureError> {
    check_width(mark.width, place)?;
    let axis = match mark.axis {
        MarkAxis::X => &panel.x,
        MarkAxis::Y => &panel.y,
    };
    let drawable = mark.value.is_finite() && (axis.scale == Scale::Linear || mark.value > 0.0);
    let allowed = "a finite number, positive on a log axis";
    require(drawable, format!("{place}: value"), mark.value, allowed)?;
    if let Some(span) = mark.span {
        let other = match mark.axis {
            MarkAxis::X => &panel.y,
            MarkAxis::Y => &panel.x,
        };
        check_interval(span, other.scale, &format!("{place}: span"), "axis")?;
    }
    let inside = axis
        .range
        .is_none_or(|[low, high]| (low..=high).contains(&mark.value));
    require(
        inside,
        format!("{place}: value"),
        mark.value,
        "inside the range of its axis",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        data = "a.csv"
        size = [86, 65]
        [[panel]]
        x = { label = "x", column = "x" }
        y = { label = "y", range = [0.0, 1.0] }
        [[panel.series]]
        label = "s"
        kind = "line"
        y = "y"
        [[panel.mark]]
        axis = "y"
        value = 0.5
    "#;

    fn message(toml_text: &str) -> String {
        match FigureSpec::parse(toml_text) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn good_specification_is_taken() {
        assert_eq!(message(GOOD), "");
    }

    #[test]
    fn unknown_field_is_named() {
        let found = message(&GOOD.replace("kind =", "colr = \"blue\"\nkind ="));
        assert!(found.contains("unknown field `colr`"), "{found}");
        assert!(message(&GOOD.replace("axis = \"y\"", "axes = \"y\"")).contains("`axes`"));
        assert!(message(&GOOD.replace("size =", "sise =")).contains("`sise`"));
        let found = message(&GOOD.replace("column = \"x\"", "colum = \"x\""));
        assert!(found.contains("unknown field `colum`"), "{found}");
    }

    #[test]
    fn bad_values_are_named() {
        let cases = [
            ("[0.0, 1.0]", "[1.0, 0.0]", "panel 1, y.range is [1, 0]"),
            ("[0.0, 1.0]", "[0.0, nan]", "panel 1, y.range"),
            (
                "value = 0.5",
                "value = 1.5",
                "panel 1, mark 1: value is 1.5",
            ),
            ("[86, 65]", "[86, 3]", "size (height) is 3: 20 to 1000 mm"),
            ("size =", "aspect = 0.0\nsize =", "aspect is 0: 0.01 to 100"),
            (
                "size =",
                "caption = \"{a\"\nsize =",
                "caption is {a: a brace",
            ),
            ("y = \"y\"", "", "panel 1, series 1 `s`: y is absent"),
            ("kind =", "width = 0.0\nkind =", "series 1 `s`: width is 0"),
            (
                "kind =",
                "band = true\nkind =",
                "series 1 `s`: band is true",
            ),
        ];
        for (from, to, expected) in cases {
            let found = message(&GOOD.replace(from, to));
            assert!(
                found.contains(expected),
                "{found} should contain {expected}"
            );
        }
    }

    #[test]
    fn alternate_must_look_different() {
        let same = GOOD.replace(
            "[[panel.mark]]",
            "alternate = { where = { a = \"b\" }, label = \"t\" }\n[[panel.mark]]",
        );
        assert!(message(&same).contains("drawn like the series itself"));
        assert_eq!(
            message(&same.replace("label = \"t\"", "label = \"t\", dash = \"dotted\"")),
            ""
        );
    }
}
