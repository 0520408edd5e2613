//! Fixed points along a range of signal strengths.

use super::super::settings::ModelSettings;
use super::super::tables::observed;
use super::super::{Answer, DEFAULT_SEED, Experiment, Report, Watch};
use super::{Solve, Solved};
use crate::error::{Error, Result};
use crate::experiment::spectral::subscript;
use crate::numerics::Matrix;
use crate::options::{ModelOptions, SolverOptions, StartOptions};
use crate::quantity::Quantity;
use crate::rsb::Depth;
use crate::table::{Column, Digits, Table, Value};
use crate::theory::decoupled::UnitSolution;
use crate::theory::{FixedPoint, FixedPointSettings, Nature};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most points of a range.
const MOST_POINTS: usize = 100_000;

/// Asks for the fixed points of state evolution at many strengths of the signals.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SolveAlong {
    /// The model; its `lambda` is left out.
    pub model: ModelOptions,
    /// Strengths `λ_1, …, λ_r` of each point.
    pub strengths: Vec<Vec<f64>>,
    /// The solver.
    pub solver: SolverOptions,
    /// Starts of the searches; all that are known where none is named.
    pub start: StartOptions,
    /// Beyond replica symmetry, at each point: a number of steps, or `full`; not at all where
    /// nothing is said, because it takes seconds a point.
    pub rsb: Option<Depth>,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Resolved settings of [`SolveAlong`].
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SolveAlongSettings {
    /// The model; its strengths are those of the first point.
    pub model: ModelSettings,
    /// Strengths of each point.
    pub strengths: Vec<Vec<f64>>,
    /// The solver.
    pub solver: FixedPointSettings,
    /// The starts that were asked for; nothing where all were tried.
    pub starts: Option<Vec<String>>,
    /// What was asked for beyond replica symmetry.
    pub rsb: Option<Depth>,
}

/// Fixed points at many strengths.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SolvedAlong {
    /// What was asked for.
    pub settings: SolveAlongSettings,
    /// The answer at each point, in the order in which they were asked for.
    pub points: Vec<Solved>,
}

impl Experiment for SolveAlong {
    type Answer = SolvedAlong;

    fn run(&self, watch: Watch) -> Result<Report<SolvedAlong>> {
        let requests = self.requests()?;
        let count = requests.len();
        let finished = AtomicUsize::new(0);
        let solve = |request: &Solve| {
            let solved = request.solved(false, super::super::silent())?;
            let done = finished.fetch_add(1, Ordering::Relaxed) + 1;
            let words = format!("{done} of {count} strengths");
            watch(&words, Some(done as f64 / count as f64));
            Ok(solved)
        };
        let answers: Vec<_> = requests.par_iter().map(solve).collect::<Result<_>>()?;
        let (points, mut citations): (Vec<Solved>, Vec<Vec<String>>) = answers.into_iter().unzip();
        let mut all = citations.swap_remove(0);
        for key in citations.into_iter().flatten() {
            if !all.contains(&key) {
                all.push(key);
            }
        }
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let first = points[0].settings.clone();
        let settings = SolveAlongSettings {
            model: first.model,
            strengths: self.strengths.clone(),
            solver: first.solver,
            starts: first.starts,
            rsb: self.rsb,
        };
        Ok(Report::new(seed, all, SolvedAlong { settings, points }))
    }
}

impl SolveAlong {
    /// The request at each point. Each is checked before the first one runs.
    fn requests(&self) -> Result<Vec<Solve>> {
        if self.model.lambda.is_some() {
            let allowed = "stands in strengths: leave it out of the model";
            return Err(Error::invalid("lambda", "given", allowed));
        }
        if !(1..=MOST_POINTS).contains(&self.strengths.len()) {
            let allowed = format!("must have 1 to {MOST_POINTS} points");
            return Err(Error::invalid("strengths", self.strengths.len(), allowed));
        }
        let signals = self.strengths[0].len();
        if let Some(other) = self.strengths.iter().find(|own| own.len() != signals) {
            let allowed = format!("must have {signals} entries at each point, as at the first one");
            return Err(Error::invalid("strengths", format!("{other:?}"), allowed));
        }
        let request = |strengths: &Vec<f64>| Solve {
            model: ModelOptions {
                lambda: Some(strengths.clone()),
                ..self.model.clone()
            },
            solver: self.solver.clone(),
            start: self.start.clone(),
            rsb: self.rsb,
            seed: self.seed,
        };
        let requests: Vec<Solve> = self.strengths.iter().map(request).collect();
        for one in &requests {
            let model = one.model.resolve(None)?;
            if let Some(depth) = self.rsb {
                crate::rsb::check(&model, depth)?;
            }
        }
        Ok(requests)
    }
}

impl Answer for SolvedAlong {
    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(self.title(), self.columns());
        for point in &self.points {
            self.rows(&mut table, point);
        }
        vec![table]
    }

    fn notes(&self) -> Vec<String> {
        let total = self.points.len();
        let unsolved = self.points.iter().filter(|own| own.found.answer().is_err());
        let broken = self.points.iter().filter(|own| {
            let answer = own.found.answer();
            answer.is_ok_and(|point| !point.stability.is_stable())
        });
        let (unsolved, broken) = (unsolved.count(), broken.count());
        let mut notes = Vec::new();
        if broken > 0 {
            notes.push(format!(
                "{broken} of {total} points are not stable: replica symmetry is an approximation there{}",
                self.hint()
            ));
        }
        if unsolved > 0 {
            notes.push(format!(
                "{unsolved} of {total} points have no replica-symmetric solution that was found; onsager solve at one of them says why{}",
                self.hint()
            ));
        }
        notes
    }
}

impl SolvedAlong {
    /// The model of all points; its strengths are those of the first.
    pub fn model(&self) -> &ModelSettings {
        &self.settings.model
    }

    /// The signals whose strength varies, from 0.
    pub fn varying(&self) -> Vec<usize> {
        let first = &self.model().lambda;
        let strength = |point: &Solved, a: usize| point.settings.model.lambda[a];
        let varies = |a: &usize| self.points.iter().any(|own| strength(own, *a) != first[*a]);
        (0..first.len()).filter(varies).collect()
    }

    /// Whether what is beyond replica symmetry was asked for.
    pub fn is_beyond(&self) -> bool {
        self.settings.rsb.is_some()
    }

    /// The name of the column with the strength of a signal, from 0.
    pub fn strength_column(&self, signal: usize) -> String {
        match self.model().lambda.len() {
            1 => "lambda".into(),
            _ => format!("lambda_{}", signal + 1),
        }
    }

    fn hint(&self) -> &'static str {
        match self.is_beyond() {
            true => "",
            false => "; --rsb full has the numbers beyond it, in seconds a point",
        }
    }

    fn title(&self) -> String {
        let model = self.model();
        format!(
            "state evolution of AMP-RBM along signal strengths: α = {}, {} {} hidden unit(s); the solution with the largest ℓ at each point",
            model.alpha, model.units, model.hidden.name
        )
    }

    fn columns(&self) -> Vec<Column> {
        let signals = self.model().lambda.len();
        let strengths = (0..signals).map(|a| {
            let heading = match signals {
                1 => "λ".into(),
                _ => format!("λ{}", subscript(a + 1)),
            };
            Column::new(self.strength_column(a)).headed(heading)
        });
        let mut columns: Vec<Column> = strengths.collect();
        columns.extend([
            Column::new("entry").digits(Digits::Shortest),
            Column::new("m").headed("M"),
            Column::new("q").headed("Q"),
            Column::new("zeta").headed("ζ"),
            observed(Quantity::Replicon.into()),
            Column::new("state"),
            Column::new("stable"),
            observed(Quantity::LogLikelihood.into()),
            Column::new("zeta_pca").headed("ζ PCA"),
            Column::new("zeta_bayes_optimal").headed("ζ Bayes-optimal"),
        ]);
        if self.is_beyond() {
            columns.push(Column::new("zeta_rsb").headed("ζ beyond RS"));
            columns.push(Column::new("zeta_rsb_error").headed("±"));
        }
        columns.push(Column::new("outcome"));
        columns
    }

    /// One row for each entry of the overlaps.
    fn rows(&self, table: &mut Table, point: &Solved) {
        let model = &point.settings.model;
        for b in 0..model.units {
            for a in 0..model.lambda.len() {
                let mut row: Vec<Value> = model.lambda.iter().map(|own| (*own).into()).collect();
                row.push(format!("{}{}", a + 1, b + 1).into());
                let (cells, outcome) = solved_cells(point, (a, b));
                row.extend(cells);
                let bayes = point.baselines.bayes.as_ref();
                row.push(point.baselines.pca.row(a).max().into());
                row.push(bayes.map(|own| own[a].optimal).into());
                if self.is_beyond() {
                    row.extend(beyond_cells(point, (a, b)));
                }
                row.push(outcome.into());
                table.push(row);
            }
        }
    }
}

/// An entry of the answer, with how the search for it ended. Of units that decouple, one without a
/// solution leaves the others their numbers.
fn solved_cells(point: &Solved, at: (usize, usize)) -> ([Value; 7], &'static str) {
    let found = &point.found;
    if let Ok(own) = found.answer() {
        return (point_cells(own, at), "converged");
    }
    let attempt = found.leading_attempt();
    let units = attempt.map_or(&[][..], |own| &own.units);
    let unit: Option<&UnitSolution> = units.get(at.1);
    match unit.filter(|own| own.signal == Some(at.0)) {
        Some(own) => match own.solution.fixed_point() {
            Ok(own) => (point_cells(own, (0, 0)), "converged"),
            Err(outcome) => (Default::default(), outcome.name()),
        },
        None => {
            let outcome = attempt.map_or("not-tried", |own| own.outcome.name());
            (Default::default(), outcome)
        }
    }
}

fn point_cells(point: &FixedPoint, at: (usize, usize)) -> [Value; 7] {
    let entry = |matrix: &Matrix| matrix.get(at).copied();
    let stability = &point.stability;
    let nature: Nature = stability.nature();
    [
        entry(&point.order.m).into(),
        entry(&point.order.q).into(),
        entry(&point.order.overlaps()).into(),
        stability.replicon.into(),
        nature.name().into(),
        stability.is_stable().into(),
        stability.log_likelihood.into(),
    ]
}

fn beyond_cells(point: &Solved, (a, b): (usize, usize)) -> [Value; 2] {
    let units = point.rsb.iter().flat_map(|own| &own.units);
    let own = units
        .enumerate()
        .find(|(place, own)| *place == b && own.signal == a + 1);
    let Some((_, unit)) = own else {
        return Default::default();
    };
    let error = unit.broken.limit.map(|own| own.zeta.error);
    [unit.broken.obtained_zeta().into(), error.into()]
}

#[cfg(test)]
mod tests {
    use super::super::super::silent;
    use super::*;

    fn asked(strengths: &[&[f64]]) -> SolveAlong {
        SolveAlong {
            model: ModelOptions {
                alpha: Some(2.0),
                ..ModelOptions::default()
            },
            strengths: strengths.iter().map(|own| own.to_vec()).collect(),
            ..SolveAlong::default()
        }
    }

    /// Each point is what `solve` says at these strengths: stable, broken, without a solution.
    #[test]
    fn each_point_is_an_answer_of_its_own() {
        let strengths: [&[f64]; 3] = [&[1.5, 1.2], &[1.05, 1.2], &[0.6, 1.2]];
        let along = asked(&strengths).run(silent()).expect("an answer").result;
        assert_eq!(along.points.len(), 3);
        assert_eq!(along.varying(), [0]);
        for (point, strengths) in along.points.iter().zip(strengths) {
            let solve = Solve {
                model: ModelOptions {
                    alpha: Some(2.0),
                    lambda: Some(strengths.to_vec()),
                    ..ModelOptions::default()
                },
                ..Solve::default()
            };
            let alone = solve.run(silent()).expect("an answer").result;
            let json = |own: &Solved| {
                let mut json = serde_json::to_value(own).expect("JSON");
                // Not asked for here, and there by itself.
                json["rsb"] = serde_json::Value::Null;
                json
            };
            assert_eq!(json(point), json(&alone));
        }
        let table = &along.tables()[0];
        assert_eq!(table.rows.len(), 12);
        let zeta = |row: usize| table.get(row, "zeta").as_number();
        let entry = |row: usize, name: &str| table.get(row, "entry").is_written(name);
        // Unit 2 keeps its number where unit 1 has none.
        assert!(entry(8, "11") && zeta(8).is_none());
        assert!(entry(11, "22") && zeta(11).is_some());
        assert!(zeta(0).is_some_and(|own| (own - 0.871_650_259).abs() < 1e-8));
        assert!(
            along
                .notes()
                .iter()
                .any(|note| note.contains("1 of 3 points have no"))
        );
    }

    #[test]
    fn what_is_beyond_replica_symmetry_is_asked_for() {
        let mut request = asked(&[&[0.9], &[1.5]]);
        request.rsb = Some(Depth::FULL);
        let table = &request.run(silent()).expect("an answer").result.tables()[0];
        let beyond = |row: usize| table.get(row, "zeta_rsb").as_number().expect("a number");
        // rsb.md's limit, and replica symmetry where it holds.
        assert!((beyond(0) - 0.276_124).abs() < 1e-5, "{}", beyond(0));
        assert!((beyond(1) - 0.871_650_259).abs() < 1e-8, "{}", beyond(1));
        assert!(table.get(0, "zeta").is_missing());
    }

    #[test]
    fn senseless_ranges_are_refused() {
        for request in [
            asked(&[]),
            asked(&[&[1.0], &[1.0, 2.0]]),
            asked(&[&[1.0], &[-1.0]]),
            asked(&[&[1.0], &[f64::NAN]]),
        ] {
            assert!(request.run(silent()).is_err());
        }
        let mut twice = asked(&[&[1.0]]);
        twice.model.lambda = Some(vec![1.0]);
        assert!(twice.run(silent()).is_err());
    }
}
