//! `onsager stability POTENTIAL`: what happens on the branch of a potential along one parameter, for values of another.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::output::{Reply, TextTable, number};
use super::potential::{refuse_flags_of_a_model, settings, tuning};
use super::stability::Arguments;
use clap::Args;
use onsager::definitions::{Catalogue, PotentialFamily};
use onsager::error::{Error, Result};
use onsager::fixed_point::{ContinuationSettings, Event};
use onsager::options::Grid;
use onsager::potential::{PotentialPath, PotentialSettings, begin, branch, ending};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Flags of a potential.
#[derive(Args)]
#[group(skip)]
pub struct PotentialFlags {
    /// A potential instead of state evolution: a name of equations/potentials, or a .toml file
    #[arg(value_name = "POTENTIAL")]
    pub definition: Option<String>,
    /// Parameter or prior of the potential
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub set: Vec<String>,
    /// Parameter of the potential along which its branch is followed
    #[arg(long, value_name = "NAME")]
    pub along: Option<String>,
    /// Range of that parameter
    #[arg(long, value_names = ["LOW", "HIGH"], num_args = 2, value_parser = finite, allow_negative_numbers = true)]
    pub within: Option<Vec<f64>>,
    /// Start of the potential from which the branch is begun [default: its first one]
    #[arg(long, value_name = "NAME")]
    pub start: Option<String>,
    /// Where the branch is begun [default: the upper end of --within]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub at: Option<f64>,
}

impl PotentialFlags {
    /// Refuses flags that only a potential has.
    pub fn refuse_without_potential(&self) -> Result<()> {
        let given = [
            ("set", !self.set.is_empty()),
            ("along", self.along.is_some()),
            ("within", self.within.is_some()),
            ("start", self.start.is_some()),
            ("at", self.at.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((flag, _)) => {
                let allowed = "belongs to a potential: name one, for example onsager stability sk --along T --within 0.1 2 --over J0 --from 0 --to 2";
                Err(Error::invalid(flag, "given", allowed))
            }
        }
    }
}

fn finite(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| "must be a number".into())
}

/// What the flags ask for.
struct Request<'a> {
    family: PotentialFamily,
    along: &'a str,
    over: &'a str,
    values: Vec<f64>,
    at: f64,
    start: Option<&'a str>,
    continuation: ContinuationSettings,
    tuning: PotentialSettings,
}

/// The events at one value of the given parameter, and how the branch ended on either side.
struct Row {
    given: f64,
    events: Vec<Event>,
    remarks: Vec<String>,
}

/// Follows the branches of the potential that the flags name.
pub fn run(flags: &Arguments, common: &Common, config: ConfigFile) -> CommandResult {
    let request = Request::new(flags, common, config)?;
    let rows: Vec<Row> = request
        .values
        .par_iter()
        .map(|&given| request.row(given))
        .collect::<Result<_>>()?;
    Ok(reply(&request, &rows))
}

impl<'a> Request<'a> {
    fn new(flags: &'a Arguments, common: &Common, config: ConfigFile) -> Result<Self> {
        refuse_flags_of_a_model(&flags.model)?;
        let name = flags.potential.definition.as_deref().unwrap_or_default();
        let folder = flags.model.equations.clone().or(config.model.equations);
        let family =
            Catalogue::new(folder.as_deref())?.family(name, &settings(&flags.potential.set)?)?;
        let missing = |field: &str| {
            let allowed = "a potential needs all of them, for example --along T --within 0.1 2 --over J0 --from 0 --to 2";
            Error::invalid(field, "missing", allowed)
        };
        let along = flags
            .potential
            .along
            .as_deref()
            .ok_or_else(|| missing("along"))?;
        let over = flags.over.as_deref().ok_or_else(|| missing("over"))?;
        family.require("along", along)?;
        family.require("over", over)?;
        if along == over {
            let allowed = "must be another parameter than --along";
            return Err(Error::invalid("over", format!("\"{over}\""), allowed));
        }
        let Some([low, high]) = flags.potential.within.as_deref() else {
            return Err(missing("within"));
        };
        let grid = Grid {
            from: flags.from.ok_or_else(|| missing("from"))?,
            to: flags.to.ok_or_else(|| missing("to"))?,
            points: flags.points.unwrap_or(50),
        };
        Ok(Self {
            family,
            along,
            over,
            values: grid.values_of_any_sign("from, to, points")?,
            at: flags.potential.at.unwrap_or(*high),
            start: flags.potential.start.as_deref(),
            continuation: ContinuationSettings {
                width: flags.width,
                ..ContinuationSettings::on([*low, *high])
            },
            tuning: tuning(&flags.solver.clone().over(config.solver), common.seed)?,
        })
    }

    fn row(&self, given: f64) -> Result<Row> {
        let path = PotentialPath::new(&self.family, vec![self.along], vec![(self.over, given)]);
        // Errors of the values are the user's; a search that found nothing is a remark.
        path.definition(self.at)?;
        let begin = match begin(&path, self.at, self.start, &self.tuning) {
            Ok(begin) => begin,
            Err(error) => {
                return Ok(Row {
                    given,
                    events: Vec::new(),
                    remarks: vec![error.to_string()],
                });
            }
        };
        let (mut events, mut remarks) = (Vec::new(), Vec::new());
        let [low, high] = self.continuation.range;
        for (rising, end) in [(true, high), (false, low)] {
            if begin.value == end {
                continue;
            }
            let followed = branch(
                &path,
                begin.clone(),
                rising,
                &self.continuation,
                &self.tuning,
            )?;
            let side = if rising { "upwards" } else { "downwards" };
            remarks.push(format!("{side}: {}", ending(&followed)));
            events.extend(followed.events);
            for (kind, [low, high], failure) in followed.unlocated {
                remarks.push(format!(
                    "{kind:?} between {low} and {high} not located: {failure}"
                ));
            }
        }
        Ok(Row {
            given,
            events,
            remarks,
        })
    }
}

fn reply(request: &Request, rows: &[Row]) -> Reply {
    let (over, along) = (request.over, request.along);
    let cells = |row: &Row| -> Vec<Vec<String>> {
        let remark = row.remarks.join("; ");
        if row.events.is_empty() {
            let none = ["none", "—", "—", "—"].map(String::from);
            return vec![[vec![number(row.given)], none.to_vec(), vec![remark]].concat()];
        }
        let event = |event: &Event| {
            vec![
                number(row.given),
                format!("{:?}", event.kind),
                number(event.value),
                format!("{:.0e}", event.interval[1] - event.interval[0]),
                format!("{:.0e}", event.residual),
                remark.clone(),
            ]
        };
        row.events.iter().map(event).collect()
    };
    let row_json = |row: &Row| -> Value {
        json!({ over: row.given, "events": row.events, "remarks": row.remarks })
    };
    Reply {
        json: json!({
            "definition": request.family.definition().name,
            "parameters": request.family.definition().values,
            "given": over,
            "located": along,
            "rows": rows.iter().map(row_json).collect::<Vec<_>>(),
        }),
        tables: vec![TextTable {
            title: format!(
                "{}: events along {along} for given {over}",
                request.family.definition().title
            ),
            columns: [over, "event", along, "width", "residual", "remark"]
                .map(String::from)
                .to_vec(),
            rows: rows.iter().flat_map(cells).collect(),
        }],
        notes: Vec::new(),
        exit: ExitCode::SUCCESS,
        data: None,
    }
}
