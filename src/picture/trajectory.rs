//! Trajectories: state evolution, and gradient ascent in the limit.

use super::page::{Axis, Curve, Page};
use super::{Pictured, nothing};
use crate::error::Result;
use crate::experiment::{Dynamics, Evolved, ModelSettings};
use crate::order_parameters::OrderParameters;
use crate::quantity::{Entry, Observable, Quantity};

impl Pictured for Evolved {
    fn picture(&self, data: &str) -> Result<String> {
        let model = &self.settings.model;
        if self.states.len() < 2 {
            return Err(nothing("needs at least one iteration that is defined"));
        }
        let mut page = Page::new();
        panels(&mut page, model, "iteration *t*", None);
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
        let limit = self.long_time.as_ref().and_then(|own| own.end.as_ref());
        panels(&mut page, model, "gradient step *t*", Some(limit));
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

/// Overlaps, and order parameters; of numbers with errors with the limit that they tend to, where
/// there is one.
fn panels(
    page: &mut Page,
    model: &ModelSettings,
    time: &str,
    estimated: Option<Option<&OrderParameters>>,
) {
    let x = Axis::of("t", time).whole();
    for (quantity, title, axis) in [
        (Quantity::Zeta, "overlap", "overlap *ζ*"),
        (Quantity::M, "overlap, unscaled", "*M*"),
        (Quantity::Q, "self-overlap", "*Q*"),
    ] {
        page.panel(title, &x, &Axis::labelled(axis));
        let all = Observable::all_of(quantity, model.lambda.len(), model.units);
        for observable in &all {
            let end = estimated.flatten().and_then(|limit| observable.of(limit));
            if let Some(value) = end {
                page.mark("y", value, 0, Some("fixed point of the limit"));
            }
        }
        for observable in &all {
            line(page, *observable, model, estimated.is_some());
        }
    }
}

fn line(page: &mut Page, observable: Observable, model: &ModelSettings, errors: bool) {
    let column = observable.to_string();
    let error = format!("{column}_error");
    // An entry looks the same in all panels.
    let rows = match observable.quantity {
        Quantity::Q => model.units,
        _ => model.lambda.len(),
    };
    let place = observable.entry.map_or((0, 0), Entry::at);
    page.curve(&Curve {
        label: &label(observable),
        y: Some(&column),
        error: errors.then_some(error.as_str()),
        band: errors,
        style: place.0 + rows * place.1,
        ..Curve::default()
    });
}

/// The symbol of a quantity in the markup of labels: `*ζ*_{11}`.
pub(super) fn label(observable: Observable) -> String {
    let symbol = observable.quantity.symbol();
    match observable.entry {
        Some(entry) => format!("*{symbol}*_{{{entry}}}"),
        None => match symbol.split_once('_') {
            Some((letter, index)) => format!("*{letter}*_{{{index}}}"),
            None if symbol.chars().count() == 1 => format!("*{symbol}*"),
            None => symbol.to_owned(),
        },
    }
}
