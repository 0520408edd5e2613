//! `onsager solve`: fixed points of state evolution.

use super::CommandResult;
use super::config::{Common, ConfigFile};
use super::output::{Reply, TextTable, number, optional};
use clap::Args;
use onsager::error::{Error, Result};
use onsager::model::Model;
use onsager::numerics::symmetric::rows;
use onsager::options::{ModelOptions, SolverOptions, StartOptions};
use onsager::potential::PotentialSettings;
use onsager::theory::decoupled::{UnitSolution, assemble, solve_units};
use onsager::theory::{
    FixedPoint, FixedPointSettings, Outcome, Solution, Start, baselines, solve_all,
};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Flags of `solve`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    /// A potential instead of state evolution: a name of equations/potentials, or a .toml file
    #[arg(value_name = "POTENTIAL")]
    definition: Option<String>,
    /// Parameter or prior of the potential
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    set: Vec<String>,
    /// Further starts of a potential's search, spread over the domain [default: 8]
    #[arg(long, value_name = "N")]
    random_starts: Option<u32>,
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    solver: SolverOptions,
    #[command(flatten)]
    start: StartOptions,
}

/// One result to report: a joint search, or the units of a decoupled model.
pub struct Found {
    pub start: String,
    pub outcome: Outcome,
    pub fixed_point: Option<FixedPoint>,
    /// The joint search, or the scalar searches of the units.
    searches: Vec<(Option<usize>, Solution)>,
    decoupled: bool,
}

impl Arguments {
    pub fn run(self, common: &Common, config: ConfigFile) -> CommandResult {
        if let Some(name) = &self.definition {
            return self.potential(name, common, config);
        }
        if !self.set.is_empty() || self.random_starts.is_some() {
            let allowed = "--set and --random-starts belong to a potential: name one, for example onsager solve scalar-rbm --set lambda=1.5";
            return Err(Error::invalid("set", self.set.join(" "), allowed));
        }
        let options = self.model.over(config.model);
        let model = options.resolve(None)?;
        let settings = self.solver.over(config.solver).resolve(common.seed)?;
        let starts = self
            .start
            .over(config.start)
            .theory(&model, &["planted", "weak"])?;
        let found = find(&model, &starts, &settings)?;
        let hidden = options.hidden.as_deref().unwrap_or("rademacher");
        let mut reply = reply(&model, hidden, &found);
        let mut citations = options.citations()?;
        // The baselines beside every result.
        citations.extend(["baik2005".into(), "lesieur2017".into()]);
        reply.json["citations"] = json!(citations);
        Ok(reply)
    }

    fn potential(&self, name: &str, common: &Common, config: ConfigFile) -> CommandResult {
        let model = ModelOptions {
            equations: None,
            ..self.model.clone()
        };
        if model != ModelOptions::default() || self.start != StartOptions::default() {
            let allowed = "a potential has parameters and starts of its own: set them with --set name=value, and in its file";
            return Err(Error::invalid(
                "flags of the model or the start",
                "given",
                allowed,
            ));
        }
        let equations = self.model.equations.clone().or(config.model.equations);
        let solver = self.solver.clone().over(config.solver);
        let default = PotentialSettings::default();
        let settings = PotentialSettings {
            tolerance: solver.tolerance.unwrap_or(default.tolerance),
            quadrature_tolerance: solver
                .quadrature_tolerance
                .unwrap_or(default.quadrature_tolerance),
            max_iterations: solver.max_iterations.unwrap_or(default.max_iterations),
            random_starts: self.random_starts.unwrap_or(default.random_starts),
            seed: solver.resolve(common.seed)?.seed,
        };
        super::potential::run(name, &self.set, equations.as_deref(), &settings)
    }
}

/// Searches from every start. The planted start uses the decoupled scalar problems where they apply; results that agree are
/// reported once.
pub fn find(model: &Model, starts: &[Start], settings: &FixedPointSettings) -> Result<Vec<Found>> {
    let mut found: Vec<Found> = Vec::new();
    let mut joint = starts.to_vec();
    if model.units() > 1
        && let Some(position) = joint.iter().position(|start| *start == Start::Planted)
        && let Some(units) = solve_units(model, settings)?
    {
        joint.remove(position);
        found.push(decoupled(model, units, settings));
    }
    for solution in solve_all(model, &joint, settings)? {
        let fixed_point = solution.fixed_point().ok().cloned();
        let known = |other: &Found| match (&fixed_point, &other.fixed_point) {
            (Some(a), Some(b)) => a.agrees_with(b),
            _ => false,
        };
        if found.iter().any(known) {
            continue;
        }
        found.push(Found {
            start: solution.start.into(),
            outcome: solution.outcome.clone(),
            fixed_point,
            searches: vec![(None, solution)],
            decoupled: false,
        });
    }
    Ok(found)
}

fn decoupled(model: &Model, units: Vec<UnitSolution>, settings: &FixedPointSettings) -> Found {
    let fixed_point = assemble(model, &units, settings);
    let failed = units
        .iter()
        .find_map(|unit| unit.solution.fixed_point().err());
    let outcome = match (failed, &fixed_point) {
        (Some(failure), _) => failure.clone(),
        (None, Some(_)) => units[0].solution.outcome.clone(),
        // The units converged, but not to a joint fixed point.
        (None, None) => Outcome::OutOfIterations,
    };
    Found {
        start: "planted".into(),
        outcome,
        fixed_point,
        searches: units
            .into_iter()
            .map(|unit| (unit.signal, unit.solution))
            .collect(),
        decoupled: true,
    }
}

fn reply(model: &Model, hidden: &str, found: &[Found]) -> Reply {
    let bayes = baselines::bayes_optimal_overlaps(model);
    let baselines = json!({
        "bbp": baselines::bbp_threshold(model.alpha()),
        "pca": rows(&baselines::pca_overlaps(model)),
        "bayes_optimal": bayes.as_ref().ok(),
        "bayes_optimal_failure": bayes.as_ref().err().map(ToString::to_string),
    });
    let mut json = json!({
        "alpha": model.alpha(),
        "lambda": model.lambda(),
        "hidden": hidden,
        "units": model.units(),
        "bias": model.hidden().bias(),
        "baselines": baselines,
    });
    // The first start's result stands at the top level; all of them are listed.
    if let (Value::Object(json), Some(Value::Object(first))) =
        (&mut json, found.first().map(Found::json))
    {
        json.extend(first);
        json.insert(
            "fixed_points".into(),
            found.iter().map(Found::json).collect(),
        );
    }
    let mut tables = vec![TextTable {
        title: format!(
            "state evolution of AMP-RBM: α = {}, λ = {:?}, {} {hidden} hidden unit(s)",
            model.alpha(),
            model.lambda(),
            model.units()
        ),
        columns: [
            "start",
            "entry",
            "M",
            "Q",
            "K",
            "ζ",
            "replicon",
            "stable",
            "ℓ",
            "residual",
            "quadrature error",
            "outcome",
        ]
        .map(String::from)
        .to_vec(),
        rows: found.iter().flatten_rows(model),
    }];
    tables.push(baseline_table(model, &bayes));
    let mut notes = Vec::new();
    for found in found {
        notes.extend(found.notes());
    }
    Reply {
        json,
        tables,
        notes,
        exit: ExitCode::SUCCESS,
        data: None,
    }
}

fn baseline_table(
    model: &Model,
    bayes: &std::result::Result<Vec<f64>, baselines::BayesFailure>,
) -> TextTable {
    let pca = baselines::pca_overlaps(model);
    let row = |a: usize| {
        vec![
            (a + 1).to_string(),
            number(model.lambda()[a]),
            number(baselines::bbp_threshold(model.alpha())),
            number(pca.row(a).max()),
            match bayes {
                Ok(overlaps) => number(overlaps[a]),
                Err(failure) => failure.to_string(),
            },
        ]
    };
    TextTable {
        title: "baselines".into(),
        columns: ["signal", "λ", "BBP threshold", "ζ PCA", "ζ Bayes-optimal"]
            .map(String::from)
            .to_vec(),
        rows: (0..model.signals()).map(row).collect(),
    }
}

trait Rows {
    fn flatten_rows(self, model: &Model) -> Vec<Vec<String>>;
}

impl<'a, I: Iterator<Item = &'a Found>> Rows for I {
    fn flatten_rows(self, model: &Model) -> Vec<Vec<String>> {
        self.flat_map(|found| found.rows(model)).collect()
    }
}

impl Found {
    fn rows(&self, model: &Model) -> Vec<Vec<String>> {
        if let Some(point) = &self.fixed_point {
            return self.point_rows(model, point);
        }
        if self.decoupled {
            return self.unit_rows();
        }
        vec![self.row(
            "—".into(),
            [const { None }; 6],
            "—".into(),
            &self.searches[0].1,
        )]
    }

    /// One row for each entry of the overlaps.
    fn point_rows(&self, model: &Model, point: &FixedPoint) -> Vec<Vec<String>> {
        let zeta = point.order.overlaps();
        let mut rows = Vec::new();
        for b in 0..model.units() {
            for a in 0..model.signals() {
                let square = a < model.units();
                let mut row = vec![self.start.clone(), format!("{}{}", a + 1, b + 1)];
                row.extend([
                    number(point.order.m[(a, b)]),
                    optional(square.then(|| point.order.q[(a, b)])),
                    optional(square.then(|| point.k[(a, b)])),
                    number(zeta[(a, b)]),
                    number(point.stability.replicon),
                    stable_word(point).into(),
                    number(point.stability.log_likelihood),
                    number(point.residual),
                    number(point.quadrature_error),
                    self.outcome.to_string(),
                ]);
                rows.push(row);
            }
        }
        rows
    }

    /// One row for each unit of a decoupled model in which some unit has no fixed point.
    fn unit_rows(&self) -> Vec<Vec<String>> {
        let unit = |(b, (signal, solution)): (usize, &(Option<usize>, Solution))| {
            let entry =
                signal.map_or_else(|| format!("·{}", b + 1), |a| format!("{}{}", a + 1, b + 1));
            match solution.fixed_point() {
                Ok(point) => {
                    let numbers = [
                        Some(point.order.m[0]),
                        Some(point.order.q[0]),
                        Some(point.k[0]),
                        Some(point.order.overlaps()[0]),
                        Some(point.stability.replicon),
                        Some(point.stability.log_likelihood),
                    ];
                    self.row(entry, numbers, stable_word(point).into(), solution)
                }
                Err(_) => self.row(entry, [const { None }; 6], "—".into(), solution),
            }
        };
        self.searches.iter().enumerate().map(unit).collect()
    }

    fn row(
        &self,
        entry: String,
        [m, q, k, zeta, replicon, likelihood]: [Option<f64>; 6],
        stable: String,
        solution: &Solution,
    ) -> Vec<String> {
        let error = solution
            .fixed_point()
            .ok()
            .map(|point| point.quadrature_error);
        vec![
            self.start.clone(),
            entry,
            optional(m),
            optional(q),
            optional(k),
            optional(zeta),
            optional(replicon),
            stable,
            optional(likelihood),
            optional(Some(solution.residual)),
            optional(error),
            solution.outcome.to_string(),
        ]
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.decoupled {
            notes.push(format!(
                "{}: solved as one scalar problem for each unit",
                self.start
            ));
        }
        for (signal, solution) in &self.searches {
            if let Err(outcome) = solution.fixed_point() {
                let unit = match signal {
                    Some(a) if self.decoupled => {
                        format!("{}, unit of signal {}", self.start, a + 1)
                    }
                    None if self.decoupled => format!("{}, unit without a signal", self.start),
                    _ => self.start.clone(),
                };
                notes.push(format!("{unit}: {}", outcome.explanation()));
            }
        }
        if let Some(point) = &self.fixed_point
            && !point.stability.is_stable()
        {
            notes.push(format!(
                "{}: the replicon is not below 1, so replica symmetry is broken and these numbers are approximations",
                self.start
            ));
        }
        notes
    }

    pub fn json(&self) -> Value {
        let point = self.fixed_point.as_ref();
        let searches: Vec<Value> = self
            .searches
            .iter()
            .map(|(signal, s)| search_json(*signal, s))
            .collect();
        json!({
            "start": self.start,
            "decoupled": self.decoupled,
            "outcome": self.outcome.name(),
            "explanation": self.outcome.explanation(),
            "stable": point.map(|point| point.stability.is_stable()),
            "order_parameters": point.map(|point| json!({
                "M": rows(&point.order.m), "Q": rows(&point.order.q), "K": rows(&point.k),
            })),
            "overlap": point.map(|point| rows(&point.order.overlaps())),
            "replicon": point.map(|point| point.stability.replicon),
            "replicon_error": point.map(|point| point.stability.replicon_error),
            "log_likelihood": point.map(|point| point.stability.log_likelihood),
            "log_likelihood_error": point.map(|point| point.stability.log_likelihood_error),
            "residual": point.map_or(self.searches[0].1.residual, |point| point.residual),
            "quadrature_error": point.map(|point| point.quadrature_error),
            "contraction_rate": point.map(|point| point.rate),
            "searches": searches,
        })
    }
}

fn stable_word(point: &FixedPoint) -> &'static str {
    if point.stability.is_stable() {
        "yes"
    } else {
        "no"
    }
}

/// One search with its own outcome; where it found nothing, the last iterate is named as such.
fn search_json(signal: Option<usize>, solution: &Solution) -> Value {
    let values = match solution.fixed_point() {
        Ok(point) => json!({ "fixed_point": {
            "M": rows(&point.order.m), "Q": rows(&point.order.q), "K": rows(&point.k),
            "overlap": rows(&point.order.overlaps()),
            "replicon": point.stability.replicon, "log_likelihood": point.stability.log_likelihood,
        }}),
        Err(_) => json!({ "last_iterate": {
            "M": rows(&solution.last.order.m), "Q": rows(&solution.last.order.q), "V": rows(&solution.last.v),
        }}),
    };
    let mut json = json!({
        "signal": signal.map(|signal| signal + 1),
        "outcome": solution.outcome.name(),
        "explanation": solution.outcome.explanation(),
        "residual": solution.residual,
        "work": solution.work,
    });
    if let (Value::Object(json), Value::Object(values)) = (&mut json, values) {
        json.extend(values);
    }
    json
}
