//! JSON Schema (draft 2020-12) of what every command replies to `--format json`, and of the
//! requests behind them.
//!
//! The schemas are derived from the types that serialise, and their descriptions are the
//! documentation of the fields. They are strict: every field that a reply has is required, and no
//! other is allowed; a number that may be missing, or not finite, may be null. (Only `adjustment`
//! stands where control variates were asked for, and nowhere else.)
//!
//! ```
//! let schema = onsager::schema::of_reply("solve").expect("a command");
//! assert_eq!(schema["title"], format!("onsager {}: reply of solve", env!("CARGO_PKG_VERSION")));
//! assert!(schema["$defs"]["SolvedReport"]["required"].as_array().expect("a list").contains(&"searches".into()));
//! ```

mod tidy;

use crate::equations::{Checked, Cited, Listed, Page};
use crate::error::{Error, Result};
use crate::experiment::{
    Analyze, Analyzed, Branch, BranchPotential, Branched, BranchedPotential, Compare, Compared,
    Contrastive, ContrastiveLearning, Dmft, Dynamics, Evolve, Evolved, FiniteSize, FiniteSizes,
    Learning, Learnt, Likelihood, Likelihoods, Linear, Maxima, Maximum, Report, Sample, Sampled,
    Simulate, Simulated, Solve, SolveAlong, SolvePotential, Solved, SolvedAlong, SolvedPotential,
    Spectrum, SpectrumFound, Stabilities, StabilitiesOfPotential, Stability, StabilityPotential,
    Staircase, Train, Trained,
};
use crate::files::{Demonstrated, Reproduced, Written};
use crate::sweep::{DiagramStudy, SweepReply};
use crate::symbolic::closest;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Where the dialect is defined.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// One type.
type One = fn(&mut SchemaGenerator) -> Schema;

/// A command, with the types of its replies and of its requests; several where the command answers
/// several questions.
struct Command {
    name: &'static str,
    replies: &'static [One],
    requests: &'static [One],
}

fn one<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// All commands that reply in JSON.
const COMMANDS: [Command; 24] = [
    Command {
        name: "demo",
        replies: &[one::<Demonstrated>],
        requests: &[],
    },
    Command {
        name: "solve",
        replies: &[
            one::<Report<Solved>>,
            one::<Report<SolvedAlong>>,
            one::<Report<SolvedPotential>>,
        ],
        requests: &[one::<Solve>, one::<SolveAlong>, one::<SolvePotential>],
    },
    Command {
        name: "dmft",
        replies: &[one::<Report<Dynamics>>],
        requests: &[one::<Dmft>],
    },
    Command {
        name: "evolve",
        replies: &[one::<Report<Evolved>>, one::<Report<Dynamics>>],
        requests: &[one::<Evolve>, one::<Dmft>],
    },
    Command {
        name: "simulate",
        replies: &[one::<Report<Simulated>>],
        requests: &[one::<Simulate>],
    },
    Command {
        name: "compare",
        replies: &[one::<Report<Compared>>, one::<Report<Maxima>>],
        requests: &[one::<Compare>, one::<Maximum>],
    },
    Command {
        name: "finite-size",
        replies: &[one::<Report<FiniteSizes>>],
        requests: &[one::<FiniteSize>],
    },
    Command {
        name: "maximum",
        replies: &[one::<Report<Maxima>>],
        requests: &[one::<Maximum>],
    },
    Command {
        name: "stability",
        replies: &[
            one::<Report<Stabilities>>,
            one::<Report<StabilitiesOfPotential>>,
        ],
        requests: &[one::<Stability>, one::<StabilityPotential>],
    },
    Command {
        name: "branch",
        replies: &[one::<Report<Branched>>, one::<Report<BranchedPotential>>],
        requests: &[one::<Branch>, one::<BranchPotential>],
    },
    Command {
        name: "sweep",
        replies: &[one::<SweepReply>],
        requests: &[one::<DiagramStudy>],
    },
    Command {
        name: "merge",
        replies: &[one::<SweepReply>],
        requests: &[],
    },
    Command {
        name: "linear",
        replies: &[one::<Report<Staircase>>],
        requests: &[one::<Linear>],
    },
    Command {
        name: "learning-curve",
        replies: &[one::<Report<Learnt>>],
        requests: &[one::<Learning>],
    },
    Command {
        name: "spectrum",
        replies: &[one::<Report<SpectrumFound>>],
        requests: &[one::<Spectrum>],
    },
    Command {
        name: "train",
        replies: &[one::<Report<Trained>>],
        requests: &[one::<Train>],
    },
    Command {
        name: "analyze",
        replies: &[one::<Report<Analyzed>>],
        requests: &[one::<Analyze>],
    },
    Command {
        name: "sample",
        replies: &[one::<Report<Sampled>>],
        requests: &[one::<Sample>],
    },
    Command {
        name: "likelihood",
        replies: &[one::<Report<Likelihoods>>],
        requests: &[one::<Likelihood>],
    },
    Command {
        name: "contrastive",
        replies: &[one::<Report<ContrastiveLearning>>],
        requests: &[one::<Contrastive>],
    },
    Command {
        name: "figure",
        replies: &[one::<Written>],
        requests: &[],
    },
    Command {
        name: "reproduce",
        replies: &[one::<Reproduced>],
        requests: &[],
    },
    Command {
        name: "equations",
        replies: &[one::<Listed>, one::<Page>, one::<Checked>],
        requests: &[],
    },
    Command {
        name: "cite",
        replies: &[one::<Cited>],
        requests: &[],
    },
];

/// Names of the commands that have a schema.
pub fn commands() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|command| command.name)
}

/// The schema of what a command replies to `--format json`.
///
/// # Errors
/// An unknown command, with the one that was meant perhaps.
pub fn of_reply(command: &str) -> Result<Value> {
    Ok(find(command)?.reply())
}

/// The schema of the request behind a command: what `onsager::experiment` (of `sweep`: a study)
/// reads from JSON or TOML.
///
/// # Errors
/// An unknown command, or one without a request.
pub fn of_request(command: &str) -> Result<Value> {
    let refuse = || {
        let with: Vec<&str> = COMMANDS
            .iter()
            .filter(|own| !own.requests.is_empty())
            .map(|own| own.name)
            .collect();
        let allowed = format!("has no request: there are those of {}", with.join(", "));
        Error::invalid("command", format!("\"{command}\""), allowed)
    };
    find(command)?.request().ok_or_else(refuse)
}

/// All of them in one document: it describes a reply of any command, and holds the schema of each
/// in `$defs`, under the name of the command, and that of its request, where it has one, under
/// `NAME-request`.
pub fn all() -> Value {
    let mut definitions = Map::new();
    for command in &COMMANDS {
        definitions.insert(command.name.into(), command.reply());
        if let Some(request) = command.request() {
            definitions.insert(format!("{}-request", command.name), request);
        }
    }
    let replies: Vec<Value> = commands()
        .map(|name| json!({ "$ref": identifier(name) }))
        .collect();
    json!({
        "$schema": DIALECT,
        "$id": identifier("all"),
        "title": format!("onsager {}", env!("CARGO_PKG_VERSION")),
        "description": "A reply of any command to --format json. $defs has the schema of the reply of each command under its name, and that of its request under NAME-request.",
        "anyOf": replies,
        "$defs": definitions,
    })
}

fn find(name: &str) -> Result<&'static Command> {
    let found = COMMANDS.iter().find(|command| command.name == name);
    found.ok_or_else(|| {
        let hint = closest(name, commands())
            .map_or_else(String::new, |near| format!(" (did you mean \"{near}\"?)"));
        let names: Vec<&str> = commands().collect();
        let allowed = format!("has no schema{hint}: there are {}", names.join(", "));
        Error::invalid("command", format!("\"{name}\""), allowed)
    })
}

/// `$id` of a document.
fn identifier(name: &str) -> String {
    format!("urn:onsager:{}:{name}", env!("CARGO_PKG_VERSION"))
}

impl Command {
    fn reply(&self) -> Value {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        self.document(self.name, "reply", settings, self.replies)
    }

    fn request(&self) -> Option<Value> {
        if self.requests.is_empty() {
            return None;
        }
        let settings = SchemaSettings::draft2020_12().for_deserialize();
        let name = format!("{}-request", self.name);
        Some(self.document(&name, "request", settings, self.requests))
    }

    fn document(&self, id: &str, what: &str, settings: SchemaSettings, types: &[One]) -> Value {
        let mut generator = settings.into_generator();
        let types: Vec<Schema> = types.iter().map(|one| one(&mut generator)).collect();
        let definitions = generator.take_definitions(true);
        let mut document = json!({
            "$schema": DIALECT,
            "$id": identifier(id),
            "title": format!("onsager {}: {what} of {}", env!("CARGO_PKG_VERSION"), self.name),
            "$defs": definitions,
        });
        document[if types.len() == 1 { "allOf" } else { "anyOf" }] = json!(types);
        tidy::tidy(&mut document);
        document
    }
}
