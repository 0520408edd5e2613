//! Lines of stability: boundaries of state evolution, and events on branches of potentials.

use super::page::{Axis, Curve, Page};
use super::study::distinct;
use super::{Pictured, nothing};
use crate::error::Result;
use crate::experiment::{Stabilities, StabilitiesOfPotential};
use crate::fixed_point::EventKind;
use crate::table::{Column, Table};
use crate::theory::Control;

/// Boundaries of state evolution, and what they are.
pub(super) const LINES: [(&str, &str); 7] = [
    ("bbp", "BBP threshold"),
    ("at", "replicon = 1 (de Almeida–Thouless)"),
    ("mixing", "aligned units begin to mix"),
    ("fold", "fold"),
    ("jump", "first-order jump"),
    ("onset", "overlap vanishes"),
    ("end", "solution ends"),
];

impl Pictured for Stabilities {
    fn picture(&self, data: &str) -> Result<String> {
        if self.rows.len() < 2 {
            return Err(nothing(
                "needs a range, for example --over alpha --from 1.2 --to 8",
            ));
        }
        let name = |control: Control| match control {
            Control::Alpha => "samples per visible unit *α* = *n*/*d*",
            Control::Strength => "factor on the signal strengths",
        };
        let located = match (self.located, &self.settings.model.lambda[..]) {
            // A factor on 1.
            (Control::Strength, [1.0]) => "signal strength *λ*",
            (own, _) => name(own),
        };
        let mut page = Page::new();
        page.panel(
            "",
            &Axis::of(self.given.name(), name(self.given)),
            &Axis::of("value", located),
        );
        let table = self.drawn();
        let found = distinct(&table, "boundary", &[]);
        let lines = LINES
            .iter()
            .filter(|own| found.iter().any(|name| name == own.0));
        for (style, (name, label)) in lines.enumerate() {
            page.curve(&Curve {
                label,
                rows: &[("boundary", name)],
                style,
                ..Curve::default()
            });
        }
        Ok(page.finish("", None, data))
    }

    /// One row for each boundary and value. What a solution does not have has no row, what was not
    /// found has no number.
    fn drawn(&self) -> Table {
        let columns = [self.given.name(), "boundary", "value"].map(Column::new);
        let mut table = Table::new("", columns);
        for row in &self.rows {
            let mut push = |name: &str, value: Option<f64>| {
                table.push(vec![row.value.into(), name.into(), value.into()]);
            };
            push("bbp", Some(row.bbp));
            let found = &row.found;
            let located = [
                ("at", &found.at),
                ("mixing", &found.mixing),
                ("fold", &found.fold),
                ("jump", &found.jump),
                ("onset", &found.onset),
                ("end", &found.end),
            ];
            for (name, boundary) in located {
                match boundary {
                    Ok(own) => push(name, Some(own.value)),
                    Err(failure) if failure.is_absence() => {}
                    Err(_) => push(name, None),
                }
            }
        }
        table
    }
}

impl Pictured for StabilitiesOfPotential {
    fn picture(&self, data: &str) -> Result<String> {
        if self.rows.len() < 2 {
            return Err(nothing(
                "needs a range, for example --over J0 --from 1 --to 2",
            ));
        }
        let mut page = Page::new();
        page.panel(
            "",
            &Axis::of(&self.given, format!("*{}*", self.given)),
            &Axis::of(&self.located, format!("*{}*", self.located)),
        );
        let mut kinds: Vec<EventKind> = Vec::new();
        for event in self.rows.iter().flat_map(|row| &row.events) {
            if !kinds.contains(&event.kind) {
                kinds.push(event.kind);
            }
        }
        if kinds.is_empty() {
            return Err(nothing("no event was located"));
        }
        for (style, kind) in kinds.iter().enumerate() {
            page.curve(&Curve {
                label: kind.words(),
                points: true,
                rows: &[("event", &format!("{kind:?}"))],
                style,
                ..Curve::default()
            });
        }
        Ok(page.finish("", None, data))
    }
}
