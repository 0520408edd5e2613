//! Solutions along a signal strength: overlaps beside baselines, and the replicon.

use super::page::{Axis, Curve, Page};
use super::study::distinct;
use super::{Pictured, nothing};
use crate::error::Result;
use crate::experiment::SolvedAlong;
use crate::table::Table;
use crate::theory::baselines::bbp_threshold;

impl Pictured for SolvedAlong {
    fn picture(&self, data: &str) -> Result<String> {
        let table = self.drawn();
        let [along] = self.varying()[..] else {
            return Err(nothing(
                "needs the strength of one signal that varies, for example --lambda 0.7:2:50",
            ));
        };
        let model = self.model();
        let symbol = match model.lambda.len() {
            1 => "*λ*".to_owned(),
            _ => format!("*λ*_{{{}}}", along + 1),
        };
        let x = Axis::of(
            self.strength_column(along),
            format!("signal strength {symbol}"),
        );
        let mut page = Page::new();
        for a in 0..model.lambda.len() {
            self.overlaps(&mut page, &table, &x, (a, a == along));
        }
        self.replicon(&mut page, &x);
        let title = format!(
            "Overlap against signal strength: *α* = {}, *k* = {}, {} units",
            model.alpha, model.units, model.hidden.name
        );
        Ok(page.finish(&title, None, data))
    }
}

impl SolvedAlong {
    /// The overlaps of all units with one signal.
    fn overlaps(&self, page: &mut Page, table: &Table, x: &Axis, (a, varies): (usize, bool)) {
        let model = self.model();
        let (signals, units) = (model.lambda.len(), model.units);
        let title = match signals {
            1 => String::new(),
            _ => format!("signal {}", a + 1),
        };
        let y = Axis::of("zeta", "overlap *ζ*").within(0.0, 1.0);
        page.panel(&title, x, &y);
        if varies {
            page.mark("x", bbp_threshold(model.alpha), 0, Some("BBP threshold"));
        }
        let first = format!("{}1", a + 1);
        let baseline = |label, column, dash| Curve {
            label,
            rows: &[],
            y: Some(column),
            color: Some(if dash == "dashed" { "black" } else { "green" }),
            dash: Some(dash),
            thin: true,
            ..Curve::default()
        };
        for own in [
            baseline("Bayes-optimal", "zeta_bayes_optimal", "dashed"),
            baseline("PCA", "zeta_pca", "solid"),
        ] {
            page.curve(&Curve {
                rows: &[("entry", &first)],
                ..own
            });
        }
        for b in 0..units {
            let entry = format!("{}{}", a + 1, b + 1);
            let rows = [("entry", entry.as_str())];
            let unstable = distinct(table, "stable", &rows)
                .iter()
                .any(|own| own == "false");
            let (own, apart, beyond) = match units {
                1 => (
                    "RBM, replica symmetric".to_owned(),
                    "the same, not stable (approximate)".to_owned(),
                    "RBM, beyond replica symmetry".to_owned(),
                ),
                _ => (
                    format!("unit {}", b + 1),
                    format!("unit {}, not stable (approximate)", b + 1),
                    format!("unit {}, beyond replica symmetry", b + 1),
                ),
            };
            if self.is_beyond() {
                page.curve(&Curve {
                    label: &beyond,
                    rows: &rows,
                    y: Some("zeta_rsb"),
                    color: Some("purple"),
                    style: b,
                    ..Curve::default()
                });
            }
            page.curve(&Curve {
                label: &own,
                rows: &rows,
                style: [0, 1, 4, 5][b % 4],
                dash: Some("solid"),
                apart: unstable.then_some(("stable", "false", &apart)),
                ..Curve::default()
            });
        }
    }

    /// When the numbers can be trusted.
    fn replicon(&self, page: &mut Page, x: &Axis) {
        let y = Axis::of("replicon", "replicon").log();
        page.panel("stability", x, &y);
        page.mark(
            "y",
            1.0,
            2,
            Some("replicon 1: replica symmetry breaks above"),
        );
        page.curve(&Curve {
            label: "replicon of the answer",
            rows: &[("entry", "11")],
            color: Some("black"),
            ..Curve::default()
        });
    }
}
