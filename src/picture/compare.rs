//! Theory beside simulation.

use super::page::{Axis, Curve, Page};
use super::trajectory::label;
use super::{Pictured, nothing};
use crate::comparison::{JudgedRow, Judgement};
use crate::error::Result;
use crate::experiment::Compared;
use crate::quantity::{Observable, Quantity};

impl Pictured for Compared {
    fn picture(&self, data: &str) -> Result<String> {
        let Some(judgement) = &self.judgement else {
            return Err(nothing("there is no prediction to compare with"));
        };
        let mut page = Page::new();
        if self.settings.trajectory {
            trajectories(&mut page, judgement);
        } else {
            deviations(&mut page, judgement);
        }
        let size = self.settings.simulation.size;
        let lambda = &self.settings.simulation.model.lambda;
        let lambda: Vec<String> = lambda.iter().map(ToString::to_string).collect();
        let caption = format!(
            "*α* = {}, *λ* = {}, *d* = {}, {} instances{}. Verdict: {}.",
            self.settings.simulation.model.alpha,
            lambda.join(", "),
            size.d,
            self.instances,
            if self.settings.trajectory {
                "; error bars: one standard error"
            } else {
                ""
            },
            judgement.verdict
        );
        Ok(page.finish("Theory and simulation", Some(&caption), data))
    }
}

/// All quantities that are compared, in the order of the table.
fn quantities(judgement: &Judgement) -> Vec<Observable> {
    let mut all: Vec<Observable> = Vec::new();
    for JudgedRow { row, .. } in &judgement.rows {
        if !all.contains(&row.quantity) {
            all.push(row.quantity);
        }
    }
    all
}

/// How far each quantity is from its prediction, in standard errors.
fn deviations(page: &mut Page, judgement: &Judgement) {
    let rows = judgement.rows.iter();
    let limit = rows.map(|row| row.limit).fold(0.0, f64::max);
    let x = Axis::of("theory", "prediction for *d* → ∞");
    let y = Axis::of("deviation", "deviation / standard error");
    page.panel("", &x, &y);
    page.mark("y", 0.0, 0, None);
    for sign in [-limit, limit] {
        let label = format!("limit ±{limit:.1} (level {})", judgement.criteria.level);
        page.mark("y", sign, 2, Some(&label));
    }
    for (style, quantity) in quantities(judgement).into_iter().enumerate() {
        page.curve(&Curve {
            label: &label(quantity),
            points: true,
            rows: &[("quantity", &quantity.to_string())],
            style,
            ..Curve::default()
        });
    }
}

/// Lines of theory and points of simulation along the iterations.
fn trajectories(page: &mut Page, judgement: &Judgement) {
    let all = quantities(judgement);
    let groups: [(&str, &str, &[Quantity]); 2] = [
        (
            "overlap",
            "overlap *ζ*",
            &[Quantity::Zeta, Quantity::Direction],
        ),
        ("order parameters", "*M*, *Q*", &[Quantity::M, Quantity::Q]),
    ];
    for (title, axis, members) in groups {
        let own = all.iter().filter(|one| members.contains(&one.quantity));
        if own.clone().next().is_none() {
            continue;
        }
        page.panel(
            title,
            &Axis::of("t", "iteration *t*").whole(),
            &Axis::labelled(axis),
        );
        for (style, quantity) in own.enumerate() {
            let name = quantity.to_string();
            let rows = [("quantity", name.as_str())];
            let symbol = label(*quantity);
            page.curve(&Curve {
                label: &format!("{symbol}, theory"),
                rows: &rows,
                y: Some("theory"),
                style,
                dash: Some("solid"),
                ..Curve::default()
            });
            page.curve(&Curve {
                label: &format!("{symbol}, simulation"),
                points: true,
                rows: &rows,
                y: Some("simulation"),
                error: Some("standard_error"),
                style,
                ..Curve::default()
            });
        }
    }
}
