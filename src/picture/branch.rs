//! Branches of solutions around their folds.

use super::Pictured;
use super::page::{Axis, Curve, Page};
use super::study::distinct;
use super::trajectory::label;
use crate::error::Result;
use crate::experiment::{Branched, BranchedPotential};
use crate::fixed_point::Event;
use crate::quantity::{Observable, Quantity};

impl Pictured for Branched {
    fn picture(&self, data: &str) -> Result<String> {
        let along = &self.followed.along;
        let x = Axis::of(along, axis_label(along));
        let model = &self.settings.model;
        let mut page = Page::new();
        page.panel("overlap", &x, &Axis::labelled("overlap *ζ*"));
        events(&mut page, &self.followed.events);
        let overlaps = Observable::all_of(Quantity::Zeta, model.lambda.len(), model.units);
        for (style, overlap) in overlaps.into_iter().enumerate() {
            page.curve(&Curve {
                label: &label(overlap),
                y: Some(&overlap.to_string()),
                style,
                ..Curve::default()
            });
        }
        page.panel("stability", &x, &Axis::labelled("replicon, eigenvalue"));
        page.mark("y", 1.0, 2, Some("1: unstable above"));
        for (style, (column, label)) in [
            ("replicon", "replicon"),
            ("joint_eigenvalue", "eigenvalue of state evolution"),
        ]
        .into_iter()
        .enumerate()
        {
            page.curve(&Curve {
                label,
                y: Some(column),
                style: style + 1,
                dash: Some(["solid", "dashed"][style]),
                ..Curve::default()
            });
        }
        Ok(page.finish(
            &format!("Branch of fixed points, *α* = {}", model.alpha),
            None,
            data,
        ))
    }
}

impl Pictured for BranchedPotential {
    fn picture(&self, data: &str) -> Result<String> {
        let along = &self.followed.along;
        let x = Axis::of(along, format!("*{along}*"));
        let table = self.drawn();
        let mut page = Page::new();
        page.panel("order parameters", &x, &Axis::labelled("order parameters"));
        events(&mut page, &self.followed.events);
        let names = self.points.first().map(|point| &point.order_parameters);
        for (style, name) in names.iter().flat_map(|own| own.keys()).enumerate() {
            page.curve(&Curve {
                label: &format!("*{name}*"),
                y: Some(name),
                style,
                ..Curve::default()
            });
        }
        let known = ["replicon", "eigenvalue"].map(|name| !distinct(&table, name, &[]).is_empty());
        if known.contains(&true) {
            page.panel("stability", &x, &Axis::labelled("replicon, eigenvalue"));
            page.mark("y", 1.0, 2, Some("1: unstable above"));
        }
        for (place, name) in ["replicon", "eigenvalue"].into_iter().enumerate() {
            if known[place] {
                page.curve(&Curve {
                    label: name,
                    y: Some(name),
                    style: place + 1,
                    dash: Some(["solid", "dashed"][place]),
                    ..Curve::default()
                });
            }
        }
        Ok(page.finish(&self.settings.title, None, data))
    }
}

/// A line where each event was located.
fn events(page: &mut Page, events: &[Event]) {
    for event in events {
        page.mark(
            "x",
            event.value,
            event.kind as usize,
            Some(event.kind.words()),
        );
    }
}

fn axis_label(along: &str) -> String {
    match along {
        "alpha" => "samples per visible unit *α* = *n*/*d*".into(),
        "strength" => "factor on the signal strengths".into(),
        "lambda" => "signal strength *λ*".into(),
        other => other.into(),
    }
}
