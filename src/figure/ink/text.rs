//! Labels on the page: their width, and their markup as SVG.

use super::font;
use super::svg::escape;
use crate::figure::error::FigureError;
use crate::figure::style::markup::{Level, Run, runs};

/// Size of a sub- or superscript relative to the text around it.
const SCRIPT_SIZE: f64 = 0.7;

impl Level {
    /// Distance of the run's baseline below that of the label, in em of the label.
    fn drop(self) -> f64 {
        match self {
            Self::Base => 0.0,
            Self::Sub => 0.26,
            Self::Super => -0.42,
        }
    }

    fn size(self) -> f64 {
        match self {
            Self::Base => 1.0,
            Self::Sub | Self::Super => SCRIPT_SIZE,
        }
    }
}

/// The width of each run and the horizontal shift before it, in em of the label.
///
/// A subscript and a superscript that follow each other directly stand one above the other: the
/// second one is shifted back by the width of the first, and what comes after them stands after the
/// wider one.
fn spacing(runs: &[Run]) -> Result<Vec<(f64, f64)>, FigureError> {
    let mut spacing = Vec::with_capacity(runs.len());
    let (mut level, mut width) = (Level::Base, 0.0);
    let mut stacked_on: Option<f64> = None;
    for run in runs {
        let own = run.level.size() * font::advance(&run.text, run.italic)?;
        let mut shift = 0.0;
        if run.level == level {
            width += own;
        } else {
            if let Some(first) = stacked_on.take() {
                shift = (first - width).max(0.0);
            } else if level != Level::Base && run.level != Level::Base {
                shift = -width;
                stacked_on = Some(width);
            }
            (level, width) = (run.level, own);
        }
        spacing.push((own, shift));
    }
    Ok(spacing)
}

/// A label as the content of an SVG text, for a font of `size` units per em.
///
/// Scripts are moved with `dy`, because `baseline-shift` is unknown to Firefox.
pub fn to_tspans(label: &str, size: f64) -> Result<String, FigureError> {
    let runs = runs(label);
    let mut svg = String::new();
    let mut drop = 0.0;
    for (run, (_, shift)) in runs.iter().zip(spacing(&runs)?) {
        let mut attributes = String::new();
        if shift != 0.0 {
            attributes += &format!(" dx=\"{}\"", rounded(shift * size));
        }
        if run.level.drop() != drop {
            attributes += &format!(" dy=\"{}\"", rounded((run.level.drop() - drop) * size));
            drop = run.level.drop();
        }
        if run.level != Level::Base {
            attributes += &format!(" font-size=\"{}\"", rounded(run.level.size() * size));
        }
        if run.italic {
            attributes += " font-style=\"italic\"";
        }
        let text = escape(&run.text);
        if attributes.is_empty() {
            svg += &text;
        } else {
            svg += &format!("<tspan{attributes}>{text}</tspan>");
        }
    }
    Ok(svg)
}

/// A length with at most two decimals, so that no rounding noise gets into the file.
pub fn rounded(length: f64) -> f64 {
    (length * 100.0).round() / 100.0
}

/// Width of a label without its markup, in nominal pixels, for a font of `size` pixels per em.
pub fn width(label: &str, size: f64) -> Result<f64, FigureError> {
    runs_width(&runs(label), size)
}

/// Width of runs side by side, likewise.
pub fn runs_width(runs: &[Run], size: f64) -> Result<f64, FigureError> {
    let spacing = spacing(runs)?;
    Ok(size * spacing.iter().map(|(own, shift)| own + shift).sum::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tspans(label: &str, size: f64) -> String {
        to_tspans(label, size).expect("a known font")
    }

    #[test]
    fn scripts_and_italics_become_tspans() {
        assert_eq!(tspans("plain & simple", 50.0), "plain &amp; simple");
        assert_eq!(
            tspans("ζ_{11}", 50.0),
            "ζ<tspan dy=\"13\" font-size=\"35\">11</tspan>"
        );
        assert_eq!(
            tspans("*λ*^{2} x", 50.0),
            "<tspan font-style=\"italic\">λ</tspan><tspan dy=\"-21\" font-size=\"35\">2</tspan>\
             <tspan dy=\"21\"> x</tspan>"
        );
    }

    #[test]
    fn italics_may_enclose_or_sit_inside_a_script() {
        let inside = tspans("ζ_{*k*}", 10.0);
        assert!(inside.contains("font-size=\"7\" font-style=\"italic\">k</tspan>"));
        assert_eq!(runs("*a_{b}c*").len(), 3);
        assert!(runs("*a_{b}c*").iter().all(|run| run.italic));
    }

    #[test]
    fn lone_and_escaped_marks_stand_for_themselves() {
        for label in ["a*b", "a_b^c", "x_{open", "}", "end\\"] {
            assert_eq!(tspans(label, 10.0), label);
        }
        assert_eq!(tspans("\\*a\\* \\_{b} c\\\\", 10.0), "*a* _{b} c\\");
        // An escaped mark is nobody's partner.
        assert_eq!(tspans("a*b \\* c", 10.0), "a*b * c");
        assert_eq!(tspans("a_{b \\} c", 10.0), "a_{b } c");
    }

    #[test]
    fn width_leaves_markup_out() {
        let plain = width("ζ", 15.0).expect("a known font");
        let script = width("ζ_{1}", 15.0).expect("a known font");
        let one = width("1", 15.0).expect("a known font");
        assert!((script - plain - SCRIPT_SIZE * one).abs() < 0.05);
    }

    #[test]
    fn adjacent_scripts_are_stacked() {
        let stacked = width("Δ^{22}_{1} x", 10.0).expect("a known font");
        let single = width("Δ^{22} x", 10.0).expect("a known font");
        assert!((stacked - single).abs() < 0.05);
        let shifts = tspans("Δ^{22}_{1} x", 10.0).matches(" dx=").count();
        assert_eq!(shifts, 2);
        assert_eq!(tspans("Δ_{1} ^{22}", 10.0).matches(" dx=").count(), 0);
    }
}
