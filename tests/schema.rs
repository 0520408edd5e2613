//! The published schemas describe every reply: of results, of failures, and of what is missing; and
//! they refuse everything else.

mod binary;

use binary::{in_folder, json, onsager, refused};
use jsonschema::Validator;
use onsager::comparison::{Group, Groups, Reason};
use onsager::equations::{Checked, Cited, Listed, Page};
use onsager::experiment::{
    Analyze, Analyzed, Branch, BranchPotential, Branched, BranchedPotential, Compare, Compared,
    Contrastive, ContrastiveLearning, Dmft, Evolve, Evolved, FiniteSize, FiniteSizes, Learning,
    Learnt, Likelihood, Likelihoods, Linear, Maximum, Report, Sample, Sampled, Simulate, Simulated,
    Solve, SolvePotential, Spectrum, SpectrumFound, StabilitiesOfPotential, Stability,
    StabilityPotential, Staircase, Train, Trained,
};
use onsager::files::{Demonstrated, Reproduced, Written};
use onsager::quantity::Observable;
use onsager::schema::{all, commands, of_reply, of_request};
use onsager::sweep::{DiagramStudy, SweepReply};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::Path;

/// Commands that compute nothing big. A reply has one of the exit statuses 0, 1, 3.
const REPLIES: [&str; 97] = [
    "demo -q",
    "solve --alpha 2 --lambda 0.6:1.6:3",
    "solve --alpha 2 --lambda 0.9:1.5:2,1.3 --rsb 1",
    "solve --alpha 2 --lambda 1.2:1.5:2 --start planted --hidden gaussian",
    "solve --alpha 2 --lambda 1.5",
    "solve --alpha 2 --lambda 1.5,1.3 --start planted,weak",
    "solve --alpha 2 --lambda 1.5,1.3 --units 1",
    "solve --alpha 2 --lambda 1.5 --bias 0.3",
    "solve --alpha 4 --lambda 1.5,1.2 --signal sparse-ternary(rho=0.2)",
    "solve --alpha 2 --lambda 1.5 --hidden gaussian",
    "solve --alpha 2 --lambda 1.5 --tensor-units 0 --log2-points 8",
    // Replica symmetry broken, no recovery, no solution, no convergence, no quadrature.
    "solve --alpha 2 --lambda 1",
    "solve --alpha 2 --lambda 0.5",
    "solve --alpha 0.9 --lambda 1.3",
    "solve --alpha 0.9 --lambda 1.3,0.5 --rsb 1",
    "solve --alpha 2 --lambda 1.5 --rsb full",
    "solve --alpha 2 --lambda 0.841 --rsb full",
    "stability --alpha 2 --rsb",
    "solve --alpha 2 --lambda 1.5,1.3 --max-iterations 1 --random-starts 0",
    "solve --alpha 2 --lambda 1.5 --max-nodes 100",
    "solve --alpha 2 --lambda 1.5,1.3 --quadrature-tolerance 1e-15",
    "solve sk --set T=0.25",
    "solve sk --set T=0.25 --max-iterations 1 --tolerance 1e-15",
    "solve scalar-rbm --set lambda=1.5",
    "solve spiked-covariance",
    "solve spherical-perceptron",
    "solve rbm-thermodynamics --set w=1.5 --set sigma=0.8",
    "evolve --alpha 2 --lambda 1.5 --iterations 3",
    "evolve --alpha 0.8 --lambda 2 --iterations 60 --ceiling 1",
    "evolve --alpha 2 --lambda 1.5 --iterations 3 --algorithm gd --log2-paths 8 --path-sets 2",
    "dmft --alpha 2 --lambda 1.5 --iterations 4 --log2-paths 8 --path-sets 2 --responses",
    // One set of paths has no standard error; one time has no long-time limit; none has a fixed
    // point.
    "dmft --alpha 2 --lambda 1.5 --iterations 1 --log2-paths 8 --path-sets 1",
    "dmft --alpha 0.9 --lambda 2 --iterations 4 --log2-paths 8 --path-sets 2",
    "dmft --alpha 2 --lambda 1 --iterations 4 --log2-paths 8 --path-sets 2",
    "dmft --alpha 2 --lambda 1.5 --start spectral --iterations 2 --log2-paths 9 --path-sets 2",
    "simulate --alpha 2 --lambda 1.6 --d 60 --instances 2 --iterations 4",
    "simulate --alpha 2 --lambda 1.6 --d 60 --instances 1 --algorithm gd --iterations 3",
    "simulate --alpha 2 --lambda 1.6 --d 60 --instances 2 --algorithm lbfgs --restarts 2",
    "simulate --alpha 2 --lambda 1.6 --d 60 --instances 2 --algorithm spectral",
    "simulate --alpha 0.9 --lambda 2 --d 60 --instances 1 --start planted",
    "simulate --alpha 2 --lambda 1.6 --d 60 --instances 1 --start-m 0.3 --power-iterations 2",
    "compare --alpha 2 --lambda 1.6 --d 150 --instances 3 --algorithm lbfgs",
    "compare --alpha 2 --lambda 1.6 --d 150 --instances 3 --algorithm lbfgs --precision 0.03 --max-instances 4",
    "compare --alpha 2 --lambda 1.6 --d 60 --instances 2 --algorithm spectral",
    "compare --alpha 2 --lambda 1.6 --d 60 --instances 3 --trajectory --start planted --iterations 3",
    "compare --alpha 2 --lambda 1.6 --d 60 --instances 3 --trajectory --algorithm gd --start planted --iterations 3 --log2-paths 8",
    "compare --alpha 2 --lambda 1 --d 100 --instances 4 --algorithm lbfgs --level 0.5",
    "compare --alpha 0.9 --lambda 2 --d 60 --instances 2",
    "compare --rsb --alpha 2 --lambda 1 --d 80 --instances 3 --restarts 2",
    "simulate --alpha 2 --lambda 1.6 --d 60 --instances 16 --algorithm lbfgs --control-variates",
    "compare --alpha 2 --lambda 1.6 --d 60 --instances 16 --algorithm lbfgs --control-variates",
    "finite-size --alpha 2 --lambda 1.6 --d 40,60 --instances 16",
    "finite-size --alpha 2 --lambda 0.5",
    "maximum --alpha 2 --lambda 1 --d 20,40 --instances 3,2 --random 2 --planted 1 --annealed 1 --gradient 1 --sweeps 9",
    "maximum --alpha 2 --lambda 1.5 --d 20 --instances 2 --random 1 --planted 1",
    "branch --alpha 2 --from 1 --to 1.5",
    "branch --alpha 2 --from 0.3 --to 1.2 --max-points 5",
    "branch sk --set J0=1.5 --along T --from 0.6 --to 1.2 --start ferromagnetic",
    "stability --alpha 4",
    "stability --alpha 4 --lambda 1.5,1.2 --signal sparse-ternary(rho=0.44)",
    "stability --alpha 4 --end",
    "stability --over alpha --from 0.8 --to 3 --points 2",
    "stability sk --along T --within 0.5 1.4 --start ferromagnetic --at 0.9 --over J0 --from 1 --to 1.3 --points 2",
    "linear --eigenvalues 5,3,0.5 --hidden-units 2 --until 6 --points 4",
    "linear --covariance covariance.csv --times 0,1.5",
    "linear --data data.csv --hidden-units 4 --until 2",
    // Outside of the domain from the start on; out of steps.
    "linear --eigenvalues 5,3 --until 6 --start-scale 9",
    "linear --eigenvalues 5,3 --until 6 --max-steps 3",
    "learning-curve --mu 0.8,0.6 --shares 0.7,0.3 --until 20",
    "learning-curve --mu 0.8,0.6 --kappa 0.5 --level enumeration --visible-units 20 --times 0,3 --tolerance 1e-4",
    "learning-curve --mu 0.8 --level fluctuations --size 100 --times 9 --max-steps 2",
    "learning-curve --centres centres.csv --size 100 --until 20 --modes 3",
    "spectrum --sigma 0.8 --kappa 0.5",
    "spectrum --sigma 0.8 --kappa 0.5 --planted 1.2,0.5 --sample 40",
    "spectrum --sigma 0.8 --kappa 3 --planted 1.2,0.5",
    "spectrum --matrix weights.csv",
    // No bulk.
    "spectrum --matrix covariance.csv",
    "likelihood --alpha 2 --self-overlap 2.9 --overlap 1.5 --d 20,40 --instances 3",
    "likelihood --alpha 2 --visible binary(p=0.2) --bias 0.3,0.1 --self-overlap 1,0.2;0.2,1 --d 20 --instances 1",
    "likelihood --alpha 2 --visible gaussian --weights covariance.csv",
    "contrastive --alpha 4 --lambda 1 --bias 0.5 --chains cd-1,pcd-1,cd-2-uniform,cd-1-means",
    "contrastive --alpha 2 --lambda 1.5 --chains cd-1 --d 60 --instances 2 --visible rademacher --batch 20 --epochs 10",
    "contrastive --alpha 0.9 --lambda 2 --chains cd-1 --d 20 --instances 1 --epochs 4",
    "train --data data.csv --hidden-units 4 --epochs 3",
    "train --data data.csv --hidden-units 2 --epochs 1 --rate 10 --persistent true --batch 2 --threshold 0.1",
    // No bulk; a bulk with a prediction; other scales.
    "analyze digits",
    "analyze planted.csv --standardise none --units 1",
    "analyze planted.csv --standardise global",
    "analyze planted.csv --standardise none --units 1 --train lbfgs --bootstrap 2 --holdout 0.25 --occlude",
    "sample centres.csv --rows 3",
    "analyze planted.csv --skip-columns 1,3-4 --holdout 0.2 --binarise 0 --whiten 2",
    "equations list",
    "equations show sk --latex",
    "equations check rademacher laplace",
    "equations reference --summary",
    "cite",
    "cite sk",
];

/// A diagram of a model, with simulations and boundaries.
const DIAGRAM: &str = r#"
[study]
kind = "diagram"
seed = 3
starts = ["continued", "weak"]
boundaries = ["bbp", "at", "end"]
boundary-points = 2
model = { lambda = [1.0] }
x = { parameter = "alpha", from = 1.5, to = 3.5, points = 3 }
y = { parameter = "lambda", from = 0.5, to = 1.6, points = 3 }
refinement = { levels = 1 }
check = { every = 2 }
simulation = { d = 60, instances = 1 }
[study.simulated]
x = [2.0]
y = [0.8]
run = { algorithm = "amp", start = "planted", iterations = 4 }
"#;

/// A diagram of a potential.
const GLASS: &str = r#"
[study]
kind = "diagram"
seed = 1
boundary-points = 2
x = { parameter = "J0", from = 0.0, to = 2.0, points = 2 }
y = { parameter = "T", from = 0.4, to = 2.0, points = 3 }
[study.potential]
definition = "sk"
set = { h = 0 }
region = [{ name = "paramagnet", where = ["m = 0", "q = 0"] }, { name = "ferromagnet", where = ["m != 0"] }]
[[study.potential.boundary]]
name = "at"
event = "stability-change"
on = ["ferromagnet"]
"#;

fn validator(schema: &Value) -> Validator {
    jsonschema::validator_for(schema).expect("a schema")
}

/// The reply of a command, whether or not it has good news.
fn reply(folder: &Path, line: &str) -> Value {
    let arguments: Vec<&str> = line.split(' ').chain(["--format", "json"]).collect();
    let done = in_folder(folder, &arguments);
    let status = done.status.code();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(matches!(status, Some(0 | 1 | 3)), "{line}: {errors}");
    serde_json::from_slice(&done.stdout).expect("JSON")
}

#[track_caller]
fn fits(validator: &Validator, reply: &Value, what: &str) {
    let errors: Vec<String> = validator
        .iter_errors(reply)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{what}\n{}", errors.join("\n"));
}

/// A reply with one field less at the top, or one more there or in its settings, is another format.
fn is_refused_when_changed(validator: &Validator, reply: &Value, what: &str) {
    let fields = reply.as_object().expect("an object");
    for field in fields.keys() {
        let mut less = fields.clone();
        less.remove(field);
        assert!(
            !validator.is_valid(&less.clone().into()),
            "{what}: without {field}"
        );
        less.insert(format!("{field}_"), fields[field].clone());
        assert!(!validator.is_valid(&less.into()), "{what}: {field} renamed");
    }
    for place in [
        "",
        "/settings",
        "/settings/model",
        "/settings/solver",
        "/long_time",
        "/summary",
    ] {
        let mut more = reply.clone();
        if let Some(Value::Object(object)) = more.pointer_mut(place) {
            object.insert("new".into(), json!(1));
            assert!(
                !validator.is_valid(&more),
                "{what}: a new field in \"{place}\""
            );
        }
    }
}

/// What is read from JSON says the same again.
fn again<T: DeserializeOwned + Serialize>(reply: &Value) -> Value {
    let read: T = serde_json::from_value(reply.clone()).expect("what the program wrote");
    serde_json::to_value(read).expect("JSON")
}

/// The reply through the type of the library that it is read into; nothing where that type is only
/// written.
fn through_its_type(line: &str, reply: &Value) -> Option<Value> {
    let words: Vec<&str> = line.split(' ').collect();
    let potential = !words.get(1)?.starts_with('-');
    Some(match (words[0], words[1]) {
        ("evolve", _) if !line.contains("--algorithm gd") => again::<Report<Evolved>>(reply),
        ("simulate", _) => again::<Report<Simulated>>(reply),
        ("compare", flag) if flag != "--rsb" => again::<Report<Compared>>(reply),
        ("branch", _) if potential => again::<Report<BranchedPotential>>(reply),
        ("branch", _) => again::<Report<Branched>>(reply),
        ("stability", _) if potential => again::<Report<StabilitiesOfPotential>>(reply),
        ("linear", _) => again::<Report<Staircase>>(reply),
        ("learning-curve", _) => again::<Report<Learnt>>(reply),
        ("spectrum", _) => again::<Report<SpectrumFound>>(reply),
        ("train", _) => again::<Report<Trained>>(reply),
        ("analyze", _) => again::<Report<Analyzed>>(reply),
        ("sample", _) => again::<Report<Sampled>>(reply),
        ("finite-size", _) => again::<Report<FiniteSizes>>(reply),
        ("likelihood", _) => again::<Report<Likelihoods>>(reply),
        ("contrastive", _) => again::<Report<ContrastiveLearning>>(reply),
        ("sweep" | "merge", _) => again::<SweepReply>(reply),
        ("demo", _) => again::<Demonstrated>(reply),
        ("figure", _) => again::<Written>(reply),
        ("reproduce", _) => again::<Reproduced>(reply),
        ("equations", "list") => again::<Listed>(reply),
        ("equations", "check") => again::<Checked>(reply),
        ("equations", _) => again::<Page>(reply),
        ("cite", _) => again::<Cited>(reply),
        _ => return None,
    })
}

fn holds(folder: &Path, lines: &[&str]) {
    let all = validator(&all());
    for line in lines {
        let (command, _) = line.split_once(' ').unwrap_or((line, ""));
        let own = validator(&of_reply(command).expect("a command"));
        let reply = reply(folder, line);
        fits(&own, &reply, line);
        assert!(all.is_valid(&reply), "{line}");
        is_refused_when_changed(&own, &reply, line);
        if let Some(again) = through_its_type(line, &reply) {
            assert_eq!(again, reply, "{line}");
        }
    }
}

#[test]
fn every_reply_fits_its_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/battery/inputs");
    for name in [
        "centres.csv",
        "covariance.csv",
        "data.csv",
        "planted.csv",
        "weights.csv",
    ] {
        std::fs::copy(inputs.join(name), folder.path().join(name)).expect("copied");
    }
    holds(folder.path(), &REPLIES);
}

#[test]
fn diagrams_and_figures_fit_theirs() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("diagram.toml", DIAGRAM), ("glass.toml", GLASS)] {
        std::fs::write(folder.path().join(name), text).expect("writable");
    }
    holds(
        folder.path(),
        &[
            "sweep diagram.toml",
            "sweep diagram.toml",
            "sweep diagram.toml --shard 1/2",
            "merge half.record diagram.1-of-2.record",
            "sweep glass.toml",
            "reproduce fig1-left --n 60 --d 30 --instances 2 --directory .",
            "figure fig1-left --directory .",
            "reproduce window --instances 4 --directory .",
        ],
    );
}

#[test]
fn every_command_has_a_schema() {
    let help = String::from_utf8(onsager(&["--help"]).stdout).expect("UTF-8");
    let list = help.split("Commands:\n").nth(1).expect("a list");
    let list = list.split("\n\n").next().expect("its end");
    // Further lines of a description begin farther to the right.
    let first = |line: &str| line.starts_with("  ") && !line.starts_with("   ");
    let named = list.lines().filter(|line| first(line));
    let named = named.filter_map(|line| line.split_whitespace().next());
    let named: Vec<&str> = named
        .filter(|name| !["schema", "completions", "man", "help"].contains(name))
        .collect();
    assert_eq!(named, commands().collect::<Vec<_>>());
    let title = |name: &str| format!("onsager {}: reply of {name}", env!("CARGO_PKG_VERSION"));
    for name in commands() {
        let printed = json(&onsager(&["schema", name]));
        assert_eq!(printed, of_reply(name).expect("a command"));
        assert_eq!(printed["title"], title(name));
        jsonschema::meta::validate(&printed).expect("a schema of the dialect that it names");
        let covered = |line: &str| line.split(' ').next() == Some(name);
        let elsewhere = ["sweep", "merge", "reproduce", "figure"].contains(&name);
        assert!(
            elsewhere || REPLIES.iter().any(|line| covered(line)),
            "{name}"
        );
    }
    let printed = json(&onsager(&["schema", "--format", "json"]));
    assert_eq!(printed, all());
    jsonschema::meta::validate(&printed).expect("a schema");
    assert_eq!(
        printed["$defs"]["solve"],
        of_reply("solve").expect("a command")
    );
}

#[test]
fn unknown_commands_are_refused_with_a_hint() {
    refused(
        &onsager(&["schema", "slove"]),
        &["did you mean \"solve\"", "compare"],
    );
    refused(
        &onsager(&["schema", "cite", "--request"]),
        &["has no request", "solve"],
    );
    assert_eq!(onsager(&["schema", "--request"]).status.code(), Some(2));
}

/// What no quick comparison ends with.
#[test]
fn every_reason_and_every_number_that_is_none_fits() {
    let schema = of_reply("compare").expect("a command");
    let reasons = validator(&json!({ "$defs": schema["$defs"], "$ref": "#/$defs/Reason" }));
    let group = |mean: f64| Group {
        mean,
        instances: vec![1, 2],
    };
    let quantity: Observable = "zeta_11".parse().expect("a quantity");
    let unresolved = |noticeable: f64| Reason::Unresolved {
        quantity,
        noticeable,
    };
    for reason in [
        Reason::Rows { count: 2 },
        Reason::Together,
        Reason::Groups(Groups {
            iteration: None,
            quantity,
            p_value: 1e-4,
            low: group(0.1),
            high: group(0.8),
        }),
        Reason::FailedRuns { count: 1 },
        Reason::TheoryEnded,
        unresolved(0.3),
        unresolved(f64::INFINITY),
        Reason::NothingCompared,
    ] {
        let written = serde_json::to_value(&reason).expect("JSON");
        fits(&reasons, &written, &format!("{reason:?}"));
        assert_eq!(again::<Reason>(&written), written);
    }
    assert!(!reasons.is_valid(&json!({ "kind": "rows" })));
    assert!(!reasons.is_valid(&json!({ "kind": "together", "count": 1 })));
}

/// Every object whose fields are named is closed, wherever it stands.
fn open_objects(schema: &Value, closed: bool, place: &str, found: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            let own = ["additionalProperties", "unevaluatedProperties"];
            let closed_here = own.iter().any(|key| map.get(*key) == Some(&json!(false)));
            // A closed schema that is referred to does not know the fields beside the reference.
            let torn = map.contains_key("properties") && map.contains_key("$ref");
            if torn || map.contains_key("properties") && !closed && !closed_here {
                found.push(place.to_owned());
            }
            for (key, part) in map {
                let same = ["allOf", "anyOf", "oneOf"].contains(&key.as_str());
                let closed = same && (closed || closed_here);
                let place = format!("{place}/{key}");
                match (key.as_str(), part) {
                    ("properties" | "$defs", Value::Object(named)) => {
                        named.iter().for_each(|(name, part)| {
                            open_objects(part, false, &format!("{place}/{name}"), found)
                        })
                    }
                    (_, Value::Array(parts)) => parts
                        .iter()
                        .for_each(|part| open_objects(part, closed, &place, found)),
                    _ => open_objects(part, false, &place, found),
                }
            }
        }
        Value::Array(parts) => parts
            .iter()
            .for_each(|part| open_objects(part, closed, place, found)),
        _ => {}
    }
}

#[test]
fn objects_are_closed_and_their_fields_described() {
    let mut open = Vec::new();
    open_objects(&all(), false, "", &mut open);
    assert!(open.is_empty(), "{}", open.join("\n"));
    let text = all().to_string();
    for remains in ["[`", "crate::", "\"format\":\"", "`None`"] {
        assert!(!text.contains(remains), "{remains}");
    }
}

#[track_caller]
fn request<T: Serialize + DeserializeOwned>(command: &str, text: &str) {
    let schema = validator(&of_request(command).expect("a request"));
    let asked: Value = toml::from_str(text).expect("TOML");
    fits(&schema, &asked, text);
    let request: T = serde_json::from_value(asked).expect("a request");
    fits(
        &schema,
        &serde_json::to_value(&request).expect("JSON"),
        text,
    );
}

#[test]
fn requests_fit_their_schemas() {
    let model = "seed = 1\nmodel = { alpha = 4.0, lambda = [1.5, 1.2], signal = \"gaussian\" }\n";
    request::<Solve>("solve", model);
    request::<SolvePotential>("solve", "definition = \"sk\"\nset = [\"T=0.25\"]");
    request::<Evolve>(
        "evolve",
        &format!("iterations = 5\nstart = {{ start-m = [[0.3]] }}\n{model}"),
    );
    request::<Dmft>(
        "dmft",
        &format!("dmft = {{ log2-paths = 8, path-points = \"sobol\" }}\n{model}"),
    );
    let simulation = "simulation = { d = 150, algorithm = \"lbfgs\", instances = 3 }\n";
    request::<Simulate>("simulate", &format!("{simulation}{model}"));
    request::<Compare>(
        "compare",
        &format!("{simulation}verdict = {{ level = 0.05 }}\n{model}"),
    );
    request::<FiniteSize>(
        "finite-size",
        &format!("finite_size = {{ d = [40, 60], accuracy = 0.02 }}\n{model}"),
    );
    request::<Maximum>(
        "maximum",
        &format!("maximum = {{ d = [40, 60], run-tolerance = 1e-4 }}\n{model}"),
    );
    request::<Branch>(
        "branch",
        &format!("branch = {{ from = 1.0, to = 1.5 }}\n{model}"),
    );
    request::<BranchPotential>(
        "branch",
        "definition = \"sk\"\nbranch = { along = \"T\", rising = true }",
    );
    request::<Stability>("stability", &format!("end = true\n{model}"));
    request::<StabilityPotential>("stability", "definition = \"sk\"\nwithin = [0.5, 1.4]");
    request::<Linear>(
        "linear",
        "linear = { eigenvalues = [3.0, 0.5], hidden-units = 1, until = 5.0 }",
    );
    request::<Learning>(
        "learning-curve",
        "learning = { mu = [0.8], level = \"fluctuations\", size = 100.0, until = 5.0 }",
    );
    request::<Likelihood>(
        "likelihood",
        "likelihood = { alpha = 2.0, self-overlap = [[1.0]], d = [20, 40], instances = 2 }",
    );
    request::<Contrastive>(
        "contrastive",
        &format!(
            "contrastive = {{ chains = [\"cd-1\", \"pcd-2\"], d = 40, visible = \"rademacher\", batches = \"replacement\" }}\n{model}"
        ),
    );
    request::<Spectrum>(
        "spectrum",
        "spectrum = { sigma = 0.8, kappa = 0.5, planted = [1.2], sample = 40 }",
    );
    request::<Analyze>(
        "analyze",
        "analysis = { data = \"planted.csv\", standardise = \"none\", skip-columns = \"1,5-7\", holdout = 0.2, binarise = 0.5, units = 1, signal = \"rademacher\" }",
    );
    request::<Sample>(
        "sample",
        "sample = { weights = \"centres.csv\", rows = 3, visible-variance = 0.5, hidden = \"binary\", bias = [0.5, -0.5] }",
    );
    request::<Train>(
        "train",
        "training = { data = \"data.csv\", hidden-units = 3, epochs = 2, persistent = true }",
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("figures");
    let mut studies = vec![DIAGRAM.to_owned(), GLASS.to_owned()];
    for name in [
        "phase-alpha-lambda",
        "phase-two-signals",
        "phase-ternary",
        "phase-sk",
        "phase-hopfield",
        "phase-rbm-bernoulli",
        "phase-rbm-gaussian",
        "phase-rbm-laplace",
    ] {
        let path = folder.join(format!("{name}.toml"));
        studies.push(std::fs::read_to_string(path).expect("a study"));
    }
    for text in studies {
        let mut file: toml::Table = toml::from_str(&text).expect("TOML");
        let toml::Value::Table(mut study) = file.remove("study").expect("a study") else {
            panic!("a table");
        };
        study.remove("kind");
        request::<DiagramStudy>("sweep", &study.to_string());
    }
    for (command, wrong) in [
        ("solve", json!({ "model": { "alpah": 2.0 } })),
        ("solve", json!({ "model": { "alpha": "2" } })),
        ("simulate", json!({ "simulation": { "algorithm": "sgd" } })),
        ("compare", json!({ "lambda": 3 })),
        ("sweep", json!({ "seed": 1 })),
    ] {
        let schema = validator(&of_request(command).expect("a request"));
        assert!(!schema.is_valid(&wrong), "{command}: {wrong}");
    }
}
