//! Fixed points in tables and words.

use super::super::Answer;
use super::super::tables::observed;
use super::{Solved, needs_damping};
use crate::quantity::Quantity;
use crate::table::{Column, Digits, Table, Value};
use crate::theory::baselines::BayesOverlap;
use crate::theory::decoupled::UnitSolution;
use crate::theory::{Attempt, Finding, Findings, FixedPoint, Outcome};

impl Answer for Solved {
    fn tables(&self) -> Vec<Table> {
        let mut tables = vec![self.solutions(), self.baseline_table()];
        if !self.generalisation.is_empty() {
            tables.push(self.generalisation_table());
        }
        tables.extend(self.beyond_tables());
        tables
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for (place, finding) in self.found.solutions.iter().enumerate() {
            notes.extend(self.solution_notes(place + 1, finding));
        }
        let pairs = self.found.solutions.iter().zip(&self.generalisation);
        for (place, (finding, own)) in pairs.enumerate() {
            // Of other solutions the numbers are approximations, or never reached.
            let holds = finding.point.stability.is_stable();
            if holds && own.test.is_some_and(|test| test.overfits()) {
                let place = place + 1;
                notes.push(format!(
                    "solution {place} overfits: its weights make fresh data less likely than no weights do"
                ));
            }
        }
        notes.extend(self.pace_note());
        if self.found.solutions.is_empty() {
            notes.extend(failure_notes(&self.found));
        } else {
            notes.extend(self.failed_searches());
        }
        let omitted = self.found.omitted.iter();
        notes.extend(omitted.map(|one| one.explanation().into()));
        notes.extend(self.beyond_notes());
        notes
    }
}

impl Solved {
    fn solutions(&self) -> Table {
        let model = &self.settings.model;
        let title = format!(
            "state evolution of AMP-RBM: {}, {} {} hidden unit(s); by decreasing ℓ",
            model.words(),
            model.units,
            model.hidden.name
        );
        let mut table = Table::new(title, columns());
        for (place, finding) in self.found.solutions.iter().enumerate() {
            point_rows(&mut table, place + 1, finding);
        }
        // Beside solutions a note says which searches found nothing.
        if self.found.solutions.is_empty() {
            for attempt in failures(&self.found) {
                failed_rows(&mut table, attempt);
            }
        }
        table
    }

    fn generalisation_table(&self) -> Table {
        let columns = [
            Column::new("solution").digits(Digits::Shortest),
            Column::new("train").headed("training data, ℓ/α"),
            Column::new("test").headed("fresh data"),
            Column::new("gap"),
            Column::new("test_error")
                .headed("± fresh data")
                .digits(Digits::Scientific),
        ];
        let mut table = Table::new("log-likelihood per sample", columns);
        for (place, own) in self.generalisation.iter().enumerate() {
            let test = own.test.map(|test| test.log_likelihood);
            table.push(vec![
                (place + 1).into(),
                own.train.into(),
                test.into(),
                test.map(|test| own.train - test).into(),
                own.test.map(|test| test.error).into(),
            ]);
        }
        table
    }

    fn baseline_table(&self) -> Table {
        let own = &self.baselines;
        let columns = [
            Column::new("signal"),
            Column::new("lambda").headed("λ"),
            Column::new("bbp").headed("BBP threshold"),
            Column::new("zeta_pca").headed("ζ PCA"),
            Column::new("zeta_bayes_optimal").headed("ζ Bayes-optimal"),
            Column::new("zeta_bayes_amp").headed("ζ Bayes AMP"),
        ];
        let mut table = Table::new("baselines", columns);
        for (a, &lambda) in self.settings.model.lambda.iter().enumerate() {
            let bayes = |of: fn(&BayesOverlap) -> f64| match &own.bayes {
                Some(overlaps) => of(&overlaps[a]).into(),
                None => own.bayes_failure.clone().into(),
            };
            table.push(vec![
                (a + 1).to_string().into(),
                lambda.into(),
                own.bbp.into(),
                own.pca.row(a).max().into(),
                bayes(|overlap| overlap.optimal),
                bayes(|overlap| overlap.amp),
            ]);
        }
        table
    }

    fn solution_notes(&self, place: usize, finding: &Finding) -> Vec<String> {
        let ways = if finding.decoupled {
            ", as one scalar problem for each unit"
        } else {
            ""
        };
        let found = format!(
            "solution {place}: found from {} of {} searches ({}){ways}",
            finding.starts.len(),
            self.found.attempts.len(),
            finding.starts.join("; ")
        );
        let state = finding.point.stability.nature().explanation();
        let state = state.map(|explanation| format!("solution {place}: {explanation}"));
        std::iter::once(found).chain(state).collect()
    }

    /// Whether AMP reaches a stable solution, which is another question than whether the solution
    /// holds.
    fn pace_note(&self) -> Option<String> {
        let point = self.found.answer().ok().filter(|one| needs_damping(one))?;
        Some(match self.amp {
            Some(pace) => format!(
                "AMP whose weights go their whole way does not settle in solution 1 (factor {:.3} an iteration): with --weight-damping {} it does ({:.3})",
                point.rate, pace.weights, pace.rate
            ),
            None => format!(
                "AMP does not settle in solution 1 with any damping that was tried (factor {:.3} an iteration without)",
                point.rate
            ),
        })
    }

    fn failed_searches(&self) -> Option<String> {
        let failed: Vec<String> = failures(&self.found)
            .map(|attempt| format!("{} ({})", attempt.start, attempt.outcome))
            .collect();
        (!failed.is_empty()).then(|| format!("searches that found nothing: {}", failed.join(", ")))
    }
}

/// The searches that found nothing; one that stayed at a saddle is no news where there are
/// solutions.
fn failures(found: &Findings) -> impl Iterator<Item = &Attempt> {
    let solved = !found.solutions.is_empty();
    found.attempts.iter().filter(move |attempt| {
        attempt.finding.is_none() && !(solved && attempt.outcome == Outcome::Saddle)
    })
}

fn columns() -> Vec<Column> {
    let short = |name: &str, heading: &str| Column::new(name).headed(heading);
    vec![
        Column::new("solution").digits(Digits::Shortest),
        Column::new("start"),
        Column::new("entry").digits(Digits::Shortest),
        short("m", "M"),
        short("q", "Q"),
        short("k", "K"),
        short("zeta", "ζ"),
        observed(Quantity::Replicon.into()),
        observed(Quantity::JointEigenvalue.into()),
        Column::new("state"),
        observed(Quantity::LogLikelihood.into()),
        Column::new("residual"),
        short("quadrature_error", "quadrature error"),
        Column::new("outcome"),
    ]
}

/// One row for each entry of the overlaps.
fn point_rows(table: &mut Table, place: usize, finding: &Finding) {
    let point = &finding.point;
    let zeta = point.order.overlaps();
    let (signals, units) = zeta.shape();
    for b in 0..units {
        for a in 0..signals {
            let square = a < units;
            let own = [
                Value::from(place),
                finding.starts[0].as_str().into(),
                format!("{}{}", a + 1, b + 1).into(),
                point.order.m[(a, b)].into(),
                square.then(|| point.order.q[(a, b)]).into(),
                square.then(|| point.k[(a, b)]).into(),
                zeta[(a, b)].into(),
            ];
            let own = own.into_iter().chain(point_cells(point));
            table.push(own.chain([finding.outcome.name().into()]).collect());
        }
    }
}

/// What a fixed point has beside its order parameters.
fn point_cells(point: &FixedPoint) -> [Value; 6] {
    [
        point.stability.replicon.into(),
        point.stability.joint_eigenvalue.into(),
        point.stability.nature().name().into(),
        point.stability.log_likelihood.into(),
        point.residual.into(),
        point.quadrature_error.into(),
    ]
}

/// The search as one row, or one row for each unit that was solved alone.
fn failed_rows(table: &mut Table, attempt: &Attempt) {
    if !attempt.is_decoupled() {
        let mut row = vec![Value::Missing; 14];
        row[1] = attempt.start.as_str().into();
        row[11] = attempt.residual.into();
        row[13] = attempt.outcome.name().into();
        return table.push(row);
    }
    for (b, unit) in attempt.units.iter().enumerate() {
        let entry = unit.signal.map_or("·".into(), |a| (a + 1).to_string());
        let mut row = vec![
            Value::Missing,
            attempt.start.as_str().into(),
            format!("{entry}{}", b + 1).into(),
        ];
        row.extend(unit_cells(unit));
        row.push(unit.solution.outcome.name().into());
        table.push(row);
    }
}

fn unit_cells(unit: &UnitSolution) -> Vec<Value> {
    let Ok(point) = unit.solution.fixed_point() else {
        let mut row = vec![Value::Missing; 10];
        row[8] = unit.solution.residual.into();
        return row;
    };
    let own = [
        point.order.m[0],
        point.order.q[0],
        point.k[0],
        point.order.overlaps()[0],
    ];
    let own = own.into_iter().map(Value::from);
    own.chain(point_cells(point)).collect()
}

/// Why nothing was found: each reason once, with the searches that ended so.
fn failure_notes(found: &Findings) -> Vec<String> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    let mut add =
        |name: String, reason: String| match reasons.iter_mut().find(|(known, _)| *known == reason)
        {
            Some((_, names)) => names.push(name),
            None => reasons.push((reason, vec![name])),
        };
    for attempt in failures(found) {
        if !attempt.is_decoupled() {
            add(attempt.start.clone(), attempt.outcome.explanation());
        }
        for unit in &attempt.units {
            if let Err(outcome) = unit.solution.fixed_point() {
                let name = match unit.signal {
                    Some(a) => format!("unit of signal {}", a + 1),
                    None => "unit without a signal".into(),
                };
                add(format!("{}, {name}", attempt.start), outcome.explanation());
            }
        }
    }
    let note = |(reason, names): (String, Vec<String>)| format!("{}: {reason}", names.join("; "));
    reasons.into_iter().map(note).collect()
}
