//! Trajectories: state evolution, and gradient ascent in the limit.

use super::page::{Axis, Curve, Page};
use super::{Pictured, nothing};
use crate::error::Result;
use crate::experiment::{Dynamics, Evolved, ModelSettings};
use crate::quantity::{Observable, Quantity};

impl Pictured for Evolved {
    fn picture(&self, data: &str) -> Result<String> {
        let model = &self.settings.model;
        if self.states.len() < 2 {
            return Err(nothing("needs at least one iteration that is defined"));
        }
        let mut page = Page::new();
        panels(&mut page, model, "iteration *t*", false);
        let title = format!(
            "State evolution from a {} start: {}",
            self.settings.start.name,
            words(model)
        );
        Ok(page.finish(&title, None, data))
    }
}

impl Pictured for Dynamics {
    fn picture(&self, data: &str) -> Result<String> {
        let model = &self.settings.model;
        if self.states.len() < 2 {
            return Err(nothing("needs at least one step that is defined"));
        }
        let mut page = Page::new();
        panels(&mut page, model, "gradient step *t*", true);
        let rules = &self.settings.rules;
        let title = format!(
            "Gradient ascent in the limit: {}, *κ* = {:.3}",
            words(model),
            rules.step
        );
        let caption = format!(
            "Bands: two-sided, one standard error of {} sets of 2^{{{}}} paths.",
            rules.randomisations, rules.log2_paths
        );
        Ok(page.finish(&title, Some(&caption), data))
    }
}

fn words(model: &ModelSettings) -> String {
    let lambda: Vec<String> = model.lambda.iter().map(ToString::to_string).collect();
    format!("*α* = {}, *λ* = {}", model.alpha, lambda.join(", "))
}

/// Overlaps, and order parameters.
fn panels(page: &mut Page, model: &ModelSettings, time: &str, errors: bool) {
    let x = Axis::of("t", time).whole();
    let of = |quantity| Observable::all_of(quantity, model.lambda.len(), model.units);
    page.panel("overlap", &x, &Axis::labelled("overlap *ζ*"));
    lines(page, &of(Quantity::Zeta), errors);
    page.panel("overlap, unscaled", &x, &Axis::labelled("*M*"));
    lines(page, &of(Quantity::M), errors);
    page.panel("self-overlap", &x, &Axis::labelled("*Q*"));
    lines(page, &of(Quantity::Q), errors);
}

fn lines(page: &mut Page, all: &[Observable], errors: bool) {
    for (place, observable) in all.iter().enumerate() {
        let column = observable.to_string();
        let error = format!("{column}_error");
        page.curve(&Curve {
            label: &label(*observable),
            y: Some(&column),
            error: errors.then_some(error.as_str()),
            band: errors,
            style: place,
            ..Curve::default()
        });
    }
}

/// The symbol of a quantity in the markup of labels: `*ζ*_{11}`.
pub(super) fn label(observable: Observable) -> String {
    let symbol = observable.quantity.symbol();
    match observable.entry {
        Some(entry) => format!("*{symbol}*_{{{entry}}}"),
        None => symbol.to_owned(),
    }
}
