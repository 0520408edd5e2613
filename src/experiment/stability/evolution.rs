//! Boundaries of state evolution: the de Almeida–Thouless line and the end of the replica-symmetric
//! solution.

use super::super::settings::ModelSettings;
use super::super::{Answer, DEFAULT_SEED, Experiment, Report, Watch};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::options::{ModelOptions, SolverOptions, StabilityOptions};
use crate::rsb::{self, BrokenEnd, BrokenSolution, Depth, Splitting};
use crate::start::Start;
use crate::table::{Column, Digits, Table, Value};
use crate::theory::baselines::bbp_threshold;
use crate::theory::{
    Boundaries, Boundary, Control, FixedPointSettings, Located, NotLocated, Starts, boundaries,
    find,
};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far above the BBP threshold the line is searched for, as a factor.
const REACH: f64 = 30.0;

/// Asks where the replica-symmetric solution is stable.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Stability {
    /// The model; the parameter that is located may be left out.
    pub model: ModelOptions,
    /// The solver.
    pub solver: SolverOptions,
    /// The given parameter, and the width of boundaries.
    pub stability: StabilityOptions,
    /// Whether the solution is followed to its end: fold, first-order jump, onset of recovery, end.
    pub end: bool,
    /// Whether it is followed beyond replica symmetry: with which `x` the solution splits, and where
    /// recovery sets in with each number of steps. For given `α`, one unit and one signal.
    pub rsb: bool,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Resolved settings of [`Stability`].
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StabilitySettings {
    /// The model; what is given and what is located stand in the rows.
    pub model: ModelSettings,
    /// The solver.
    pub solver: FixedPointSettings,
    /// Width of boundaries.
    pub width: f64,
    /// Whether the solution was followed to its end.
    pub end: bool,
    /// Whether it was followed beyond replica symmetry.
    pub rsb: bool,
}

/// The boundaries at values of a given parameter.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Stabilities {
    /// What was asked for.
    pub settings: StabilitySettings,
    /// The given parameter.
    pub given: Control,
    /// The parameter in which boundaries are located.
    pub located: Control,
    /// One row for each value.
    pub rows: Vec<StabilityRow>,
}

/// The boundaries at one value of the given parameter.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StabilityRow {
    /// The value.
    pub value: f64,
    /// BBP threshold.
    pub bbp: f64,
    /// What was located, and why the rest was not.
    #[serde(flatten)]
    pub found: Boundaries,
    /// Beyond replica symmetry, where that was asked for.
    pub rsb: Option<BeyondLine>,
}

/// What there is beyond replica symmetry at one `α`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BeyondLine {
    /// How the solution splits at the de Almeida–Thouless line, where that was located.
    pub splitting: Option<Splitting>,
    /// Where recovery sets in, by increasing number of steps; for symmetric units the limit is the BBP
    /// threshold, if `x(q)` rises continuously.
    pub onsets: Vec<StepOnset>,
    /// How the search for them ended.
    pub end: BrokenEnd,
}

/// Where recovery sets in with a number of steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct StepOnset {
    /// Number of steps.
    pub steps: usize,
    /// Strength.
    pub strength: f64,
}

impl Experiment for Stability {
    type Answer = Stabilities;

    fn run(&self, watch: Watch) -> Result<Report<Stabilities>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let width = self.stability.width()?;
        let solver = self.solver.resolve(seed)?;
        let (given, values) = self.given()?;
        if self.rsb && given != Control::Alpha {
            let allowed =
                "strengths are located beyond replica symmetry: give --alpha, or --over alpha";
            return Err(Error::invalid("rsb", "given", allowed));
        }
        let mut options = self.model.clone();
        // The parameter that is located may be left out; its value here is a unit.
        options.alpha.get_or_insert(1.0);
        options.lambda.get_or_insert_with(|| vec![1.0]);
        let model = options.resolve(None)?;
        watch("boundaries", None);
        let line = Line {
            model: &model,
            given,
            width,
            whole: self.end,
            beyond: self.rsb,
            solver: &solver,
        };
        let rows = values.into_par_iter().map(|value| line.row(value));
        let rows: Vec<StabilityRow> = rows.collect::<Result<_>>()?;
        let located = match given {
            Control::Alpha => Control::Strength,
            Control::Strength => Control::Alpha,
        };
        let stabilities = Stabilities {
            settings: StabilitySettings {
                model: ModelSettings::new(&options, &model)?,
                solver: solver.clone(),
                width,
                end: self.end,
                rsb: self.rsb,
            },
            given,
            located,
            rows,
        };
        Ok(Report::new(seed, self.model.citations()?, stabilities))
    }
}

impl Stability {
    /// Which parameter is given, and its values.
    fn given(&self) -> Result<(Control, Vec<f64>)> {
        let own = &self.stability;
        let control = match own.over.as_deref() {
            Some("alpha") => Control::Alpha,
            Some("strength") => Control::Strength,
            Some(other) => {
                let allowed = "must be alpha or strength";
                return Err(Error::invalid("over", format!("\"{other}\""), allowed));
            }
            None if own.is_ranged() => {
                let allowed = "--from, --to and --points belong to --over alpha or --over strength";
                return Err(Error::invalid("over", "missing", allowed));
            }
            None => return self.single(),
        };
        let grid = own.grid("give --from and --to, for example --over alpha --from 1.2 --to 8")?;
        Ok((control, grid.values("from, to, points")?))
    }

    fn single(&self) -> Result<(Control, Vec<f64>)> {
        match (self.model.alpha, &self.model.lambda) {
            (Some(alpha), _) => Ok((Control::Alpha, vec![alpha])),
            (None, Some(_)) => Ok((Control::Strength, vec![1.0])),
            (None, None) => {
                let allowed = "give --alpha 2 to locate strengths, --lambda 1.3 to locate α, or --over with a range";
                Err(Error::invalid("alpha", "missing", allowed))
            }
        }
    }
}

/// Everything but the value of the given parameter.
struct Line<'a> {
    model: &'a Model,
    given: Control,
    width: f64,
    whole: bool,
    beyond: bool,
    solver: &'a FixedPointSettings,
}

impl Line<'_> {
    fn row(&self, value: f64) -> Result<StabilityRow> {
        let strongest = self.model.lambda().iter().copied().fold(0.0, f64::max);
        // A branch may turn back below the BBP threshold.
        let down = if self.whole { 0.4 } else { 1.0 };
        let model = self.given.model(self.model, value)?;
        let (located, bbp, floor) = match self.given {
            // As a factor on the strengths: no signal is visible below it.
            Control::Alpha => {
                let bbp = bbp_threshold(value) / strongest;
                (Control::Strength, bbp, bbp)
            }
            Control::Strength => {
                let bbp = (strongest * value).powi(-4);
                (Control::Alpha, bbp, bbp.max(1.0))
            }
        };
        let path = |value| located.model(&model, value);
        let range = [down * floor, REACH * floor];
        let found = boundaries(&path, range, self.width, self.whole, self.solver)?;
        let rsb = match self.beyond {
            true => Some(self.beyond(&path, floor, &found)?),
            false => None,
        };
        Ok(StabilityRow {
            value,
            bbp,
            found,
            rsb,
        })
    }

    /// How the solution splits, and where recovery sets in. Without overlap no strength matters.
    fn beyond(
        &self,
        path: &dyn Fn(f64) -> Result<Model>,
        threshold: f64,
        found: &Boundaries,
    ) -> Result<BeyondLine> {
        let silent = rsb::solve_unit(&path(0.5 * threshold)?, Depth::FULL)?;
        let onset = |own: &BrokenSolution| {
            Some(StepOnset {
                steps: own.steps,
                // As a factor on the strength.
                strength: own.onset? / self.model.lambda()[0],
            })
        };
        let splitting = match &found.at {
            Ok(line) => {
                let model = path(line.value)?;
                let searched = find(&model, Starts::Only(&[Start::Planted]), self.solver)?;
                let point = searched.answer().ok();
                let own = point.map(|point| {
                    let [m, q] = [&point.order.m, &point.order.q].map(|own| own[(0, 0)]);
                    rsb::splitting(&model, m, q, point.k[(0, 0)])
                });
                own.transpose()?.flatten()
            }
            Err(_) => None,
        };
        Ok(BeyondLine {
            splitting,
            onsets: silent.levels.iter().filter_map(onset).collect(),
            end: silent.end,
        })
    }
}

impl Answer for Stabilities {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(self.title(), self.columns());
        for row in &self.rows {
            table.push(self.cells(row));
        }
        let beyond = self.settings.rsb.then(|| self.beyond_table());
        std::iter::once(table).chain(beyond).collect()
    }

    fn notes(&self) -> Vec<String> {
        let rows = self.rows.iter();
        let broken = rows.filter_map(|row| Some((row.value, row.rsb.as_ref()?.end)));
        broken
            .filter(|(_, end)| !matches!(end, BrokenEnd::Converged))
            .map(|(value, end)| {
                let given = self.given.name();
                format!(
                    "beyond replica symmetry, {given} = {value}: {}",
                    end.explanation()
                )
            })
            .collect()
    }
}

impl Stabilities {
    fn beyond_table(&self) -> Table {
        let title = "beyond replica symmetry: breaking point x and slope dx/dq where the solution splits at AT; onset of recovery by number of steps (of symmetric units BBP in the limit)";
        let mut rows = self
            .rows
            .iter()
            .filter_map(|row| Some((row, row.rsb.as_ref()?)));
        let longest = rows
            .clone()
            .map(|(_, own)| &own.onsets)
            .max_by_key(|own| own.len());
        let steps: Vec<usize> = longest
            .iter()
            .flat_map(|own| own.iter())
            .map(|own| own.steps)
            .collect();
        let onsets = steps
            .iter()
            .map(|steps| Column::new(format!("onset_{steps}")));
        let first = [self.given.name(), "x", "slope"].map(Column::new);
        let last = ["bbp", "outcome"].map(Column::new);
        let mut table = Table::new(title, first.into_iter().chain(onsets).chain(last));
        for (row, own) in &mut rows {
            let mut cells = vec![
                row.value.into(),
                own.splitting.map(|own| own.x).into(),
                own.splitting.map(|own| own.slope).into(),
            ];
            for steps in &steps {
                let found = own.onsets.iter().find(|own| own.steps == *steps);
                cells.push(found.map(|own| own.strength).into());
            }
            cells.extend([row.bbp.into(), own.end.name().into()]);
            table.push(cells);
        }
        table
    }

    /// Whether units decouple: only then they are aligned in the sense of this boundary.
    fn mixing(&self) -> bool {
        let mut rows = self.rows.iter();
        rows.any(|row| !matches!(row.found.mixing, Err(NotLocated::NotAsked)))
    }

    fn title(&self) -> String {
        let mixing = if self.mixing() {
            ", joint eigenvalue of aligned units = 1 (mixing)"
        } else {
            ""
        };
        let ending = if self.settings.end {
            ", fold, first-order jump, onset of recovery and end of the solution"
        } else {
            ""
        };
        format!(
            "boundaries in the {} for given {}: BBP threshold, replicon = 1 (AT){mixing}{ending} (direction λ = {:?})",
            self.located.name(),
            self.given.name(),
            self.settings.model.lambda
        )
    }

    fn columns(&self) -> Vec<Column> {
        let short = |name: &str| Column::new(name).digits(Digits::Scientific);
        let mut columns = vec![
            Column::new(self.given.name()),
            Column::new("bbp").headed("BBP"),
            Column::new("at").headed("AT"),
            short("width"),
            short("replicon_residual").headed("|replicon − 1|"),
        ];
        columns.extend(self.mixing().then(|| Column::new("mixing")));
        if self.settings.end {
            columns.extend(["fold", "jump", "onset", "end"].map(Column::new));
            columns.push(short("end_width").headed("width of end"));
        }
        columns.push(Column::new("remark"));
        columns
    }

    fn cells(&self, row: &StabilityRow) -> Vec<Value> {
        let found = &row.found;
        let value = |boundary: &Located| Value::from(boundary.as_ref().ok().map(|one| one.value));
        let width = |boundary: &Located| {
            let located = boundary.as_ref().ok();
            Value::from(located.map(|one: &Boundary| one.interval[1] - one.interval[0]))
        };
        let residual = found.at.as_ref().ok().and_then(|one| one.residual);
        let mut cells = vec![
            row.value.into(),
            row.bbp.into(),
            value(&found.at),
            width(&found.at),
            residual.into(),
        ];
        cells.extend(self.mixing().then(|| value(&found.mixing)));
        if self.settings.end {
            cells.extend([&found.fold, &found.jump, &found.onset, &found.end].map(value));
            cells.push(width(&found.end));
        }
        cells.push(remark(found).into());
        cells
    }
}

/// Why the line has no number, or what is wrong with the end; what the solution merely does not
/// have is not remarked.
fn remark(found: &Boundaries) -> String {
    let quiet =
        |failure: &&NotLocated| !matches!(failure, NotLocated::NotAsked | NotLocated::Absent(_));
    [
        &found.at,
        &found.fold,
        &found.jump,
        &found.onset,
        &found.end,
    ]
    .into_iter()
    .filter_map(|boundary| boundary.as_ref().err())
    .find(quiet)
    .map_or_else(String::new, NotLocated::to_string)
}
