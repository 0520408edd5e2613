//! A learning curve as tables and words.

use super::super::subscript;
use super::{LearningSource, Learnt};
use crate::experiment::Answer;
use crate::spectral::learning::{Happening, LearningEvent};
use crate::table::{Column, Digits, Table, number_for_people};

impl Learnt {
    fn curve(&self) -> Table {
        let modes = 1..=self.modes.len();
        let many = |name: &'static str, head: &'static str| {
            modes.clone().map(move |mode| {
                Column::new(format!("{name}_{mode}")).headed(format!("{head}{}", subscript(mode)))
            })
        };
        let turns = matches!(self.settings.source, LearningSource::Centres { .. });
        let mut columns = vec![Column::new("t").headed("t′").digits(Digits::Shortest)];
        columns.extend(many("w", "w"));
        columns.extend(many("gain", "data"));
        columns.extend(many("response", "response"));
        if turns {
            columns.extend(many("overlap", "overlap"));
        }
        let title = format!(
            "±1 RBM, κ = {}: modes of its weights along learning",
            self.settings.kappa
        );
        let mut table = Table::new(title, columns);
        for point in &self.points {
            let numbers = [&point.weights, &point.gains, &point.responses];
            let mut row = vec![point.time];
            row.extend(numbers.into_iter().flatten());
            if turns {
                row.extend(&point.overlaps);
            }
            table.push(row.into_iter().map(Into::into).collect());
        }
        table
    }

    fn ends(&self) -> Table {
        let mut table = Table::new(
            "modes at the end",
            [
                Column::new("mode").digits(Digits::Shortest),
                Column::new("condenses").headed("w = 1 at t′"),
                Column::new("weight").headed("w"),
                Column::new("slope").headed("dw/dt′"),
                Column::new("alone").headed("w*, its cluster alone"),
            ],
        );
        for mode in &self.modes {
            table.push(vec![
                mode.mode.into(),
                mode.condenses.into(),
                mode.weight.into(),
                mode.slope.into(),
                mode.alone.into(),
            ]);
        }
        table
    }
}

impl Happening {
    fn words(self) -> &'static str {
        match self {
            Self::Condenses => "rises through w = 1",
            Self::Leads => "leads",
            Self::Ties => "ties with the largest, and shares their response",
            Self::FallsBehind => "falls behind",
        }
    }
}

impl Answer for Learnt {
    fn tables(&self) -> Vec<Table> {
        vec![self.curve(), self.ends()]
    }

    fn notes(&self) -> Vec<String> {
        let happens = |event: &LearningEvent| {
            let time = number_for_people(event.time);
            format!("t′ = {time}: mode {} {}", event.mode, event.kind.words())
        };
        let ended = |reason: &String| format!("no state after: {reason}");
        let events = self.events.iter().map(happens);
        events.chain(self.explanation.iter().map(ended)).collect()
    }
}
