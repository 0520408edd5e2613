//! What happens on the branch of a potential along one parameter, for values of another.

use super::super::branch::Unlocated;
use super::super::potential::PotentialAsked;
use super::super::{Answer, DEFAULT_SEED, Experiment, Report, Watch, parse_settings};
use crate::definitions::{Catalogue, PotentialFamily};
use crate::error::{Error, Result};
use crate::fixed_point::{ContinuationSettings, Event};
use crate::options::{SolverOptions, StabilityOptions};
use crate::potential::{PotentialPath, PotentialSettings, begin, branch, ending};
use crate::table::{Column, Digits, Table, Value};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a request needs, with an example.
const EXAMPLE: &str =
    "a potential needs all of them, for example --along T --within 0.1 2 --over J0 --from 0 --to 2";

/// Asks what happens on the branches of a potential.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StabilityPotential {
    /// A name of `equations/potentials`, or a file.
    pub definition: String,
    /// Parameters and priors that do not vary, as `name=value`.
    pub set: Vec<String>,
    /// Folder of definition files, searched before the built-in ones.
    pub equations: Option<PathBuf>,
    /// The solver; of it, a potential has tolerances, iterations and random starts.
    pub solver: SolverOptions,
    /// Parameter along which branches are followed.
    pub along: Option<String>,
    /// Range of that parameter.
    pub within: Option<[f64; 2]>,
    /// Start of the definition from which branches are begun [default: its first one].
    pub start: Option<String>,
    /// Where they are begun [default: the upper end of the range].
    pub at: Option<f64>,
    /// The other parameter, and the width of boundaries.
    pub stability: StabilityOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// What happens on the branches of a potential.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StabilitiesOfPotential {
    /// What was asked for.
    pub settings: PotentialAsked,
    /// The given parameter.
    pub given: String,
    /// The parameter along which branches are followed.
    pub located: String,
    /// Range, steps and widths.
    pub continuation: ContinuationSettings,
    /// Where branches are begun.
    pub begun_at: f64,
    /// One row for each value of the given parameter.
    pub rows: Vec<PotentialEvents>,
}

/// What happens at one value of the given parameter.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PotentialEvents {
    /// The value.
    pub value: f64,
    /// Folds, changes of stability, bifurcations, onsets.
    pub events: Vec<Event>,
    /// What was noticed but not located.
    pub unlocated: Vec<Unlocated>,
    /// How the branch ended on either side, or why there is none.
    pub remarks: Vec<String>,
}

impl Experiment for StabilityPotential {
    type Answer = StabilitiesOfPotential;

    fn run(&self, watch: Watch) -> Result<Report<StabilitiesOfPotential>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let tuning = PotentialSettings::of(&self.solver, self.solver.resolve(seed)?.seed);
        let set = parse_settings(&self.set)?;
        let family = Catalogue::new(self.equations.as_deref())?.family(&self.definition, &set)?;
        let (along, over) = self.parameters(&family)?;
        let range = self.within.ok_or_else(|| missing("within"))?;
        if range[0].partial_cmp(&range[1]) != Some(std::cmp::Ordering::Less) {
            let got = format!("{} to {}", range[0], range[1]);
            return Err(Error::invalid(
                "within",
                got,
                "must rise from a first to a last value",
            ));
        }
        if let Some(start) = &self.start {
            family.require_start(start)?;
        }
        let grid = self.stability.grid(EXAMPLE)?;
        let lines = Lines {
            family: &family,
            along,
            over,
            at: self.at.unwrap_or(range[1]),
            start: self.start.as_deref(),
            continuation: ContinuationSettings {
                width: self.stability.width()?,
                ..ContinuationSettings::on(range)
            },
            tuning: &tuning,
        };
        watch(&format!("branches along {along}"), None);
        let values = grid.values_of_any_sign("from, to, points")?;
        let rows = values.into_par_iter().map(|value| lines.row(value));
        let rows: Vec<PotentialEvents> = rows.collect::<Result<_>>()?;
        let definition = family.definition();
        let stabilities = StabilitiesOfPotential {
            given: over.into(),
            located: along.into(),
            continuation: lines.continuation,
            begun_at: lines.at,
            settings: PotentialAsked::new(&self.definition, definition, tuning.clone()),
            rows,
        };
        Ok(Report::new(seed, definition.citations(), stabilities))
    }
}

fn missing(field: &str) -> Error {
    Error::invalid(field, "missing", EXAMPLE)
}

impl StabilityPotential {
    fn parameters(&self, family: &PotentialFamily) -> Result<(&str, &str)> {
        let along = self.along.as_deref().ok_or_else(|| missing("along"))?;
        let over = self.stability.over.as_deref();
        let over = over.ok_or_else(|| missing("over"))?;
        family.require("along", along)?;
        family.require("over", over)?;
        if along == over {
            let allowed = "must be another parameter than --along";
            return Err(Error::invalid("over", format!("\"{over}\""), allowed));
        }
        Ok((along, over))
    }
}

/// Everything but the value of the given parameter.
struct Lines<'a> {
    family: &'a PotentialFamily,
    along: &'a str,
    over: &'a str,
    at: f64,
    start: Option<&'a str>,
    continuation: ContinuationSettings,
    tuning: &'a PotentialSettings,
}

impl Lines<'_> {
    fn row(&self, value: f64) -> Result<PotentialEvents> {
        let path = PotentialPath::new(self.family, vec![self.along], vec![(self.over, value)]);
        // Errors of the values are the user's; a search that found nothing is a remark.
        path.definition(self.at)?;
        let mut row = PotentialEvents {
            value,
            events: Vec::new(),
            unlocated: Vec::new(),
            remarks: Vec::new(),
        };
        let begin = match begin(&path, self.at, self.start, self.tuning) {
            Ok(begin) => begin,
            Err(error) => {
                row.remarks.push(error.to_string());
                return Ok(row);
            }
        };
        let [low, high] = self.continuation.range;
        for (rising, end) in [(true, high), (false, low)] {
            if begin.value == end {
                continue;
            }
            let continuation = &self.continuation;
            let followed = branch(&path, begin.clone(), rising, continuation, self.tuning)?;
            let side = if rising { "upwards" } else { "downwards" };
            row.remarks.push(format!("{side}: {}", ending(&followed)));
            row.unlocated.extend(Unlocated::all(&followed.unlocated));
            row.events.extend(followed.events);
        }
        Ok(row)
    }
}

impl Answer for StabilitiesOfPotential {
    fn tables(&self) -> Vec<Table> {
        let (over, along) = (self.given.as_str(), self.located.as_str());
        let title = format!(
            "{}: events along {along} for given {over}",
            self.settings.title
        );
        let short = |name: &str| Column::new(name).digits(Digits::Scientific);
        let columns = [
            Column::new(over),
            Column::new("event"),
            Column::new(along),
            short("width"),
            short("residual"),
            Column::new("remark"),
        ];
        let mut table = Table::new(title, columns);
        for row in &self.rows {
            let remark = row.remark();
            if row.events.is_empty() {
                let mut cells = vec![Value::Missing; 6];
                cells[0] = row.value.into();
                cells[1] = "none".into();
                cells[5] = remark.clone().into();
                table.push(cells);
            }
            for event in &row.events {
                table.push(vec![
                    row.value.into(),
                    format!("{:?}", event.kind).into(),
                    event.value.into(),
                    (event.interval[1] - event.interval[0]).into(),
                    event.residual.into(),
                    remark.clone().into(),
                ]);
            }
        }
        vec![table]
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

impl PotentialEvents {
    fn remark(&self) -> String {
        let unlocated = self.unlocated.iter().map(Unlocated::note);
        let all: Vec<String> = self.remarks.iter().cloned().chain(unlocated).collect();
        all.join("; ")
    }
}
