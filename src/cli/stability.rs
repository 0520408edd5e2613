//! `onsager stability`: the de Almeida–Thouless line and the end of the replica-symmetric solution, for given α or given strengths.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::output::{Reply, TextTable, number, optional};
use super::potential_stability::{self, PotentialFlags};
use clap::Args;
use onsager::error::{Error, Result};
use onsager::model::Model;
use onsager::options::{Grid, ModelOptions, SolverOptions};
use onsager::theory::baselines::bbp_threshold;
use onsager::theory::{
    Boundaries, Boundary, Control, FixedPointSettings, Located, NotLocated, boundaries,
};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::process::ExitCode;

/// How far above the BBP threshold the line is searched, as a factor.
const REACH: f64 = 30.0;

/// Flags of `stability`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) potential: PotentialFlags,
    #[command(flatten)]
    pub(super) model: ModelOptions,
    #[command(flatten)]
    pub(super) solver: SolverOptions,
    /// Given parameter that runs over a range: alpha (strengths are located) or strength (a factor on --lambda; α is located); or a parameter of the potential
    #[arg(long, value_name = "NAME")]
    pub(super) over: Option<String>,
    /// First value of the given parameter
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(super) from: Option<f64>,
    /// Last value of the given parameter
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub(super) to: Option<f64>,
    /// Number of values of the given parameter [default: 50]
    #[arg(long, value_name = "N")]
    pub(super) points: Option<usize>,
    /// Width to which boundaries are located
    #[arg(
        long,
        value_name = "W",
        default_value_t = 1e-7,
        allow_negative_numbers = true
    )]
    pub(super) width: f64,
    /// Follow the solution to its end: fold, first-order jump, onset of recovery, end
    #[arg(long)]
    end: bool,
}

/// The boundaries at one value of the given parameter.
struct Row {
    given: f64,
    bbp: f64,
    found: Boundaries,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        if !(1e-12..=1.0).contains(&self.width) {
            let allowed = "must lie in 1e-12..=1";
            return Err(Error::invalid("width", self.width, allowed));
        }
        if self.potential.definition.is_some() {
            if self.end {
                let allowed = "belongs to state evolution: the branch of a potential is followed to its end always";
                return Err(Error::invalid("end", "given", allowed));
            }
            return potential_stability::run(&self, common, config);
        }
        self.potential.refuse_without_potential()?;
        let mut options = self.model.clone().over(config.model);
        let settings = self
            .solver
            .clone()
            .over(config.solver)
            .resolve(common.seed)?;
        let (given, values) = self.given(&options)?;
        // The parameter that is located may be left out; its value here is a unit.
        options.alpha = options.alpha.or(Some(1.0));
        options.lambda = options.lambda.or_else(|| Some(vec![1.0]));
        let model = options.resolve(None)?;
        let rows: Vec<Row> = values
            .into_par_iter()
            .map(|value| row(&model, given, value, (self.width, self.end), &settings))
            .collect::<Result<_>>()?;
        Ok(reply(&model, given, &rows, self.end))
    }

    /// Which parameter is given, and its values.
    fn given(&self, options: &ModelOptions) -> Result<(Control, Vec<f64>)> {
        let ranged = self.from.is_some() || self.to.is_some() || self.points.is_some();
        let control = match self.over.as_deref() {
            Some("alpha") => Control::Alpha,
            Some("strength") => Control::Strength,
            Some(other) => {
                let allowed = "must be alpha or strength";
                return Err(Error::invalid("over", format!("\"{other}\""), allowed));
            }
            None if ranged => {
                let allowed = "--from, --to and --points belong to --over alpha or --over strength";
                return Err(Error::invalid("over", "missing", allowed));
            }
            None => {
                return match (options.alpha, &options.lambda) {
                    (Some(alpha), _) => Ok((Control::Alpha, vec![alpha])),
                    (None, Some(_)) => Ok((Control::Strength, vec![1.0])),
                    (None, None) => {
                        let allowed = "give --alpha 2 to locate strengths, --lambda 1.3 to locate α, or --over with a range";
                        Err(Error::invalid("alpha", "missing", allowed))
                    }
                };
            }
        };
        let (Some(from), Some(to)) = (self.from, self.to) else {
            let allowed = "give --from and --to, for example --over alpha --from 1.2 --to 8";
            return Err(Error::invalid("from", "missing", allowed));
        };
        let points = self.points.unwrap_or(50);
        Ok((
            control,
            Grid { from, to, points }.values("from, to, points")?,
        ))
    }
}

fn row(
    model: &Model,
    given: Control,
    value: f64,
    (width, whole): (f64, bool),
    settings: &FixedPointSettings,
) -> Result<Row> {
    let strongest = model.lambda().iter().copied().fold(0.0, f64::max);
    let along = |model: &Model, control: Control, range| {
        let path = |value| control.model(model, value);
        boundaries(&path, range, width, whole, settings)
    };
    // A branch may turn back below the BBP threshold.
    let reach_down = if whole { 0.4 } else { 1.0 };
    match given {
        Control::Alpha => {
            let model = model.with_alpha(value)?;
            // As a factor on the strengths: no signal is visible below it.
            let bbp = bbp_threshold(value) / strongest;
            let range = [reach_down * bbp, REACH * bbp];
            let found = along(&model, Control::Strength, range)?;
            Ok(Row {
                given: value,
                bbp,
                found,
            })
        }
        Control::Strength => {
            let model = model.with_strength(value)?;
            let bbp = (strongest * value).powi(-4);
            let range = [reach_down * bbp.max(1.0), REACH * bbp.max(1.0)];
            let found = along(&model, Control::Alpha, range)?;
            Ok(Row {
                given: value,
                bbp,
                found,
            })
        }
    }
}

/// Why the line has no number, or what is wrong with the end; what the solution merely does not have is no remark.
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

fn reply(model: &Model, given: Control, rows: &[Row], whole: bool) -> Reply {
    let (name, located) = match given {
        Control::Alpha => ("alpha", "strength"),
        Control::Strength => ("strength", "alpha"),
    };
    let ending: &[&str] = if whole {
        &["fold", "jump", "onset", "end", "width of end"]
    } else {
        &[]
    };
    // Only units that decouple are aligned in the sense of this boundary.
    let mixing = rows
        .iter()
        .any(|row| !matches!(row.found.mixing, Err(NotLocated::NotAsked)));
    let columns = [name, "BBP", "AT", "width", "|replicon − 1|"]
        .into_iter()
        .chain(mixing.then_some("mixing"))
        .chain(ending.iter().copied())
        .chain(["remark"]);
    let value =
        |boundary: &Located| optional(boundary.as_ref().ok().map(|boundary| boundary.value));
    let cells = |row: &Row| {
        let at = row.found.at.as_ref();
        let width =
            |boundary: &Boundary| format!("{:.0e}", boundary.interval[1] - boundary.interval[0]);
        let residual = |boundary: &Boundary| {
            boundary
                .residual
                .map_or_else(|| "—".into(), |residual| format!("{residual:.0e}"))
        };
        let mut cells = vec![
            number(row.given),
            number(row.bbp),
            value(&row.found.at),
            at.map_or_else(|_| "—".into(), width),
            at.map_or_else(|_| "—".into(), residual),
        ];
        if mixing {
            cells.push(value(&row.found.mixing));
        }
        if whole {
            let found = &row.found;
            cells.extend([&found.fold, &found.jump, &found.onset, &found.end].map(value));
            cells.push(found.end.as_ref().map_or_else(|_| "—".into(), width));
        }
        cells.push(remark(&row.found));
        cells
    };
    let json_of = |boundary: &Located| match boundary {
        Ok(boundary) => json!(boundary),
        Err(failure) => json!({ "value": Value::Null, "reason": failure.to_string() }),
    };
    let list: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                name: row.given,
                "bbp": row.bbp,
                "at": json_of(&row.found.at),
                "fold": json_of(&row.found.fold),
                "jump": json_of(&row.found.jump),
                "onset": json_of(&row.found.onset),
                "end": json_of(&row.found.end),
                "mixing": json_of(&row.found.mixing),
            })
        })
        .collect();
    Reply {
        json: json!({
            "lambda": model.lambda(),
            "units": model.units(),
            "given": name,
            "located": located,
            "rows": list,
        }),
        tables: vec![TextTable {
            title: format!(
                "boundaries in the {located} for given {name}: BBP threshold, replicon = 1 (AT){}{} (direction λ = {:?})",
                if mixing {
                    ", joint eigenvalue of aligned units = 1 (mixing)"
                } else {
                    ""
                },
                if whole {
                    ", fold, first-order jump, onset of recovery and end of the solution"
                } else {
                    ""
                },
                model.lambda()
            ),
            columns: columns.map(String::from).collect(),
            rows: rows.iter().map(cells).collect(),
        }],
        notes: Vec::new(),
        exit: ExitCode::SUCCESS,
        data: None,
    }
}
