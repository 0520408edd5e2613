//! Checks of the specification of maps that its types cannot express.

use super::validate::{check_interval, require};
use super::{HeatSpec, PanelSpec, RegionsSpec, Scale, SeriesSpec};
use crate::figure::error::FigureError;
use crate::figure::style::ColourMap;

/// Checks a heat map.
pub fn check_heat(heat: &HeatSpec, place: &str) -> Result<(), FigureError> {
    let log = heat.color_scale == Scale::Log;
    if let Some(limits) = heat.limits {
        check_interval(
            limits,
            heat.color_scale,
            &format!("{place}: limits"),
            "color scale",
        )?;
    }
    check_contours(heat, place)?;
    let used = heat.smooth || heat.smooth_within.is_none();
    let allowed = "only a map with `smooth = true` has groups";
    let field = format!("{place}: smooth_within");
    require(used, field, "given", allowed)?;
    let field = format!("{place}: centre");
    let Some(centre) = heat.centre else {
        let known = !log || heat.map != ColourMap::Diverging;
        let allowed = "a diverging map with a logarithmic color_scale needs the number that is white, for example 1.0";
        require(known, field.clone(), "absent", allowed)?;
        return check_centre(heat, 0.0, &field);
    };
    let allowed = "only `map = \"diverging\"` has a centre";
    require(
        heat.map == ColourMap::Diverging,
        field.clone(),
        centre,
        allowed,
    )?;
    let drawable = centre.is_finite() && (!log || centre > 0.0);
    let allowed = "a finite number, positive on a logarithmic color_scale";
    require(drawable, field.clone(), centre, allowed)?;
    check_centre(heat, centre, &field)
}

fn check_contours(heat: &HeatSpec, place: &str) -> Result<(), FigureError> {
    let field = || format!("{place}: contours");
    for (name, levels) in [("contours", &heat.contours), ("bar_marks", &heat.bar_marks)] {
        for &level in levels {
            let drawable = level.is_finite() && (heat.color_scale == Scale::Linear || level > 0.0);
            let allowed = "finite numbers, positive on a logarithmic color_scale";
            require(drawable, format!("{place}: {name}"), level, allowed)?;
        }
    }
    let own = heat.cell_width.is_some() || heat.cell_height.is_some();
    let allowed =
        "cells with a cell_width or cell_height form no grid on which lines could be drawn";
    let drawable = heat.contours.is_empty() || !own;
    require(drawable, field(), format!("{:?}", heat.contours), allowed)?;
    let labelled = heat.contour_label.is_none() || !heat.contours.is_empty();
    let allowed = "it names the lines of `contours`, which is empty";
    require(
        labelled,
        format!("{place}: contour_label"),
        "given",
        allowed,
    )
}

/// The centre of a diverging map is one of its numbers.
fn check_centre(heat: &HeatSpec, centre: f64, field: &str) -> Result<(), FigureError> {
    let inside = |[low, high]: [f64; 2]| (low..=high).contains(&centre);
    let holds = heat.map != ColourMap::Diverging || heat.limits.is_none_or(inside);
    require(holds, field.into(), centre, "a number between the limits")
}

/// Checks a map of regions.
pub fn check_regions(regions: &RegionsSpec, place: &str) -> Result<(), FigureError> {
    let categories = &regions.categories;
    let field = || format!("{place}: categories");
    require(
        !categories.is_empty(),
        field(),
        "empty",
        "at least one category",
    )?;
    for (index, one) in categories.iter().enumerate() {
        let allowed = "a category that no other one has as value, label, or colour and strength";
        for other in &categories[..index] {
            let differ =
                one.value != other.value && one.label != other.label && one.rgb() != other.rgb();
            let got = format!("`{}` and `{}`", other.value, one.value);
            require(differ, field(), got, allowed)?;
        }
        let allowed = "`value` is not empty: an empty cell is a category that was not obtained";
        require(!one.value.is_empty(), field(), "empty in one", allowed)?;
        let strength = (0.1..=1.0).contains(&one.strength);
        let field = format!("{place}: strength of `{}`", one.value);
        require(strength, field, one.strength, "0.1 to 1")?;
    }
    Ok(())
}

/// A second colour bar on a frame would leave open which map it belongs to.
pub fn check_heat_count(panel: &PanelSpec, place: &str) -> Result<(), FigureError> {
    let heats = panel
        .series
        .iter()
        .filter(|one| matches!(one, SeriesSpec::Heat(_)));
    let count = heats.count();
    let allowed = "one series of kind \"heat\" per panel at most";
    require(
        count <= 1,
        format!("{place}, series"),
        format!("{count} heat maps"),
        allowed,
    )
}

#[cfg(test)]
mod tests {
    use crate::figure::FigureSpec;

    const GOOD: &str = r#"
        data = "a.csv"
        size = [86, 65]
        [[panel]]
        x = { label = "x", column = "x" }
        y = { label = "y" }
        [[panel.series]]
        kind = "heat"
        y = "y"
        value = "v"
        value_label = "v"
    "#;

    fn message(fields: &str) -> String {
        match FigureSpec::parse(&format!("{GOOD}{fields}")) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn good_heat_maps_are_taken() {
        for fields in [
            "",
            "limits = [0.0, 1.0]\ncolor_scale = \"linear\"\nmap = \"grey\"",
            "map = \"diverging\"\nlimits = [-1, 4]",
            "map = \"diverging\"\ncolor_scale = \"log\"\ncentre = 1.0\nlimits = [0.1, 2.0]",
        ] {
            assert_eq!(message(fields), "");
        }
    }

    #[test]
    fn bad_values_are_named() {
        let start = "panel 1, series 1 `v`: ";
        for (fields, expected) in [
            (
                "limits = [1.0, 0.0]",
                "limits is [1, 0]: two finite numbers, the lower first",
            ),
            ("limits = [0.0, inf]", "limits is [0, inf]"),
            (
                "limits = [0.0, 1.0]\ncolor_scale = \"log\"",
                "limits is [0, 1]: positive on a log color scale",
            ),
            ("contours = [nan]", "contours is NaN: finite numbers"),
            (
                "contours = [1.0]\ncell_width = \"w\"",
                "contours is [1.0]: cells with a cell_width",
            ),
            ("contour_label = \"one\"", "contour_label is given"),
            ("centre = 1.0", "centre is 1: only `map = \"diverging\"`"),
            (
                "map = \"diverging\"\nlimits = [1.0, 2.0]",
                "centre is 0: a number between the limits",
            ),
            (
                "map = \"diverging\"\ncentre = nan",
                "centre is NaN: a finite number",
            ),
            (
                "map = \"diverging\"\ncolor_scale = \"log\"",
                "centre is absent",
            ),
        ] {
            let found = message(fields);
            assert!(found.contains(&format!("{start}{expected}")), "{found}");
        }
    }

    #[test]
    fn fields_of_other_kinds_are_unknown() {
        assert!(message("dash = \"dotted\"").contains("unknown field `dash`"));
        assert!(message("label = \"theory\"").contains("unknown field `label`"));
        assert!(message("map = \"jet\"").contains("unknown variant `jet`"));
        let line = GOOD.replace("\"heat\"", "\"line\"");
        let found = FigureSpec::parse(&line).expect_err("a line has no value");
        assert!(
            found.to_string().contains("unknown field `value`"),
            "{found}"
        );
    }

    #[test]
    fn second_heat_map_is_refused() {
        let (_, series) = GOOD.split_once("[[panel.series]]").expect("a series");
        let found = message(&format!("[[panel.series]]{series}"));
        assert!(found.contains("panel 1, series is 2 heat maps"), "{found}");
    }
}
