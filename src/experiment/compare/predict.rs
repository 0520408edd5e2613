//! What theory has to say before anything is simulated.

use super::super::simulate::Planned;
use super::super::{Watch, solve};
use crate::comparison::{Predicted, Prediction};
use crate::dmft::{self, DmftDeparture, DmftSettings};
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::options::{DmftOptions, dynamics_start};
use crate::order_parameters::OrderParameters;
use crate::simulation::{AmpSettings, GdSettings, Method};
use crate::table::number_for_people;
use crate::theory::{Findings, FixedPoint, Starts, StateEvolution, baselines};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the prediction is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Exact for `d → ∞`.
    Exact,
    /// The replica-symmetric solution is not stable.
    Approximate,
    /// There is none.
    NotObtained,
}

/// The predicted numbers.
pub enum Told {
    /// Solutions for the end of the runs, the first one to be compared with.
    Ends(Vec<Prediction>),
    /// One state for each iteration.
    Trajectory(Vec<Predicted>),
}

/// What theory had to say.
pub struct Theory {
    pub told: Told,
    pub notes: Vec<String>,
    pub standing: Standing,
    /// How paths were sampled, where they are the prediction.
    pub paths: Option<DmftSettings>,
}

impl Theory {
    /// Whether there is nothing to compare with.
    pub fn is_empty(&self) -> bool {
        match &self.told {
            Told::Ends(predictions) => predictions.is_empty(),
            Told::Trajectory(predicted) => predicted.is_empty(),
        }
    }
}

/// All solutions, the answer first, or PCA for the spectral method.
pub fn end(planned: &Planned, watch: Watch) -> Result<Theory> {
    let model = &planned.model;
    if planned.settings.run.method == Method::Spectral {
        let order = OrderParameters {
            m: baselines::pca_overlaps(model),
            q: Matrix::identity(model.units(), model.units()),
        };
        let prediction = Prediction {
            order,
            log_likelihood: None,
            directions_only: true,
        };
        return Ok(Theory {
            told: Told::Ends(vec![prediction]),
            notes: Vec::new(),
            standing: Standing::Exact,
            paths: None,
        });
    }
    let found = match &planned.found {
        Some(found) => found.clone(),
        None => solve::search(model, Starts::Standard, &planned.solver, watch)?,
    };
    let points = found.solutions.iter().map(|finding| &finding.point);
    let told = Told::Ends(points.map(prediction).collect());
    let (standing, notes) = standing(&found);
    Ok(Theory {
        told,
        notes,
        standing,
        paths: None,
    })
}

/// The prediction that a solution makes.
pub fn prediction(point: &FixedPoint) -> Prediction {
    Prediction {
        order: point.order.clone(),
        log_likelihood: Some(point.stability.log_likelihood),
        directions_only: false,
    }
}

/// What is compared with nothing.
const BEYOND: &str = "onsager solve --rsb full has the largest objective that any weights have, where it applies; algorithms end below it, and --rsb, or onsager maximum, holds it against the best of many starts";

/// What the answer of a search is worth, with remarks.
pub fn standing(found: &Findings) -> (Standing, Vec<String>) {
    let point = match found.answer() {
        Ok(point) => point,
        Err(outcome) => {
            let note = format!("no prediction: {}; {BEYOND}", outcome.explanation());
            return (Standing::NotObtained, vec![note]);
        }
    };
    match point.stability.nature().explanation() {
        None => (Standing::Exact, Vec::new()),
        Some(explanation) => {
            let note = format!(
                "the prediction is only an approximation here (replicon {}, joint eigenvalue {}): {explanation}; {BEYOND}",
                number_for_people(point.stability.replicon),
                number_for_people(point.stability.joint_eigenvalue)
            );
            (Standing::Approximate, vec![note])
        }
    }
}

/// The prediction for every iteration, with remarks.
pub fn along_the_way(planned: &Planned, dmft: &DmftOptions, watch: Watch) -> Result<Theory> {
    match &planned.settings.run.method {
        Method::Amp(amp) => state_evolution(planned, amp),
        Method::Gd(ascent) => dynamics(planned, ascent, dmft, watch),
        other => {
            let allowed =
                "only amp and gd have a theory at every iteration: leave --trajectory out";
            Err(Error::invalid("algorithm", other.name(), allowed))
        }
    }
}

fn state_evolution(planned: &Planned, amp: &AmpSettings) -> Result<Theory> {
    let (model, run) = (&planned.model, &planned.settings.run);
    let Some(start) = run.start.order_parameters(model)? else {
        let allowed =
            "--trajectory of amp needs a start with overlaps: planted, weak, random or given";
        return Err(Error::invalid("start", run.start.name(), allowed));
    };
    if run.power > 0 {
        let allowed = "state evolution of amp does not describe them: leave them out";
        return Err(Error::invalid("power-iterations", run.power, allowed));
    }
    let evolution = StateEvolution {
        model,
        quadrature: planned.solver.quadrature(model.units(), 2),
    };
    let theory = evolution.trajectory(start, amp.proximal, amp.max_iterations);
    let ended = |departure| {
        let last = theory.states.len() - 1;
        format!("theory ended after {last} iterations: {departure}")
    };
    let notes = theory.departure.iter().map(ended).collect();
    Ok(Theory {
        told: Told::Trajectory(Predicted::of_trajectory(&theory)),
        notes,
        standing: Standing::Exact,
        paths: None,
    })
}

fn dynamics(
    planned: &Planned,
    ascent: &GdSettings,
    dmft: &DmftOptions,
    watch: Watch,
) -> Result<Theory> {
    let (model, run) = (&planned.model, &planned.settings.run);
    let power = (run.power > 0).then_some(run.power);
    let start = dynamics_start(&run.start, power, model)?;
    let rules = dmft.resolve(model, &start, ascent.max_iterations, ascent.step, None)?;
    if rules.randomisations < 2 {
        let allowed = "at least 2 sets are needed for a standard error";
        return Err(Error::invalid("path-sets", rules.randomisations, allowed));
    }
    let sets = rules.randomisations as f64;
    let report = &mut |done: usize| watch("theory", Some(done as f64 / sets));
    let theory = dmft::solve(model, &start, &rules, &[], planned.seed, None, report)?;
    let ended = |departure: DmftDeparture| format!("theory: {departure}");
    let notes = theory.departure().into_iter().map(ended).collect();
    Ok(Theory {
        told: Told::Trajectory(Predicted::of_dynamics(&theory)),
        notes,
        standing: Standing::Exact,
        paths: Some(rules),
    })
}
