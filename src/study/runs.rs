//! The simulations of one cell of a study: every algorithm on the same instances.

use super::journal::Journal;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::streams::Streams;
use crate::options::{RunSpec, SimulationOptions, StartOptions};
use crate::order_parameters::OrderParameters;
use crate::simulation::{Algorithm, Instance, Run, RunOutcome, RunSettings, run_on};
use crate::table::{tallied, tally};
use crate::theory::Expectation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bits of the number of a piece that count instances; those above count cells.
const CELL_BITS: u32 = 32;

/// What a study says of its simulations.
#[derive(Clone, Copy)]
pub struct Runs<'a> {
    /// Size and number of instances.
    pub simulation: &'a SimulationOptions,
    /// The algorithms.
    pub specs: &'a [RunSpec],
    /// Damping of the proximal parameter.
    pub damping: Option<f64>,
}

/// The runs of one algorithm in one cell.
#[derive(Default)]
pub struct Finished {
    /// End and objective of each run with usable weights.
    pub ends: Vec<(OrderParameters, Option<f64>)>,
    outcomes: BTreeMap<String, usize>,
    unconverged: usize,
}

/// How one run ended.
#[derive(Clone, Serialize, Deserialize)]
struct End {
    outcome: RunOutcome,
    /// Where, if its weights are usable.
    order: Option<OrderParameters>,
    log_likelihood: Option<f64>,
}

impl End {
    fn of(run: &Run) -> Self {
        Self {
            outcome: run.end.outcome(),
            order: run.end.has_weights().then(|| run.last().order.clone()),
            log_likelihood: run.log_likelihood,
        }
    }
}

impl Finished {
    fn add(&mut self, run: End, align: impl Fn(&OrderParameters) -> OrderParameters) {
        tally(&mut self.outcomes, run.outcome.name().to_owned(), 1);
        if run.outcome != RunOutcome::Converged {
            self.unconverged += 1;
        }
        if let Some(order) = run.order {
            self.ends.push((align(&order), run.log_likelihood));
        }
    }

    /// How the runs ended, counted.
    pub fn outcome(&self) -> String {
        tallied(&self.outcomes)
    }

    /// Whether all have converged.
    pub fn converged(&self) -> bool {
        self.unconverged == 0
    }

    /// Adds to the tally of a study, under the name of the algorithm.
    pub fn count(&self, algorithm: &str, counts: &mut BTreeMap<String, usize>) {
        for (name, count) in &self.outcomes {
            tally(counts, format!("{algorithm} {name}"), *count);
        }
    }
}

/// Refuses another algorithm than the one that the kind of the study has.
pub(super) fn require_algorithm(simulation: &SimulationOptions, own: Algorithm) -> Result<()> {
    match simulation.algorithm {
        Some(other) if other != own => {
            let allowed = format!("a study of this kind runs {}: leave it out", own.name());
            Err(Error::invalid("algorithm", other.name(), allowed))
        }
        _ => Ok(()),
    }
}

impl Runs<'_> {
    /// Settings of each algorithm, checked; `expected` is where theory expects the runs to end.
    pub fn settings(
        &self,
        model: &Model,
        expected: Option<&Expectation>,
    ) -> Result<Vec<RunSettings>> {
        for (place, run) in self.specs.iter().enumerate() {
            let source = run.source();
            if self.specs[..place]
                .iter()
                .any(|other| other.source() == source)
            {
                let allowed = "stands twice: runs differ in their algorithm or start";
                return Err(Error::invalid("runs", source, allowed));
            }
        }
        let size = self.simulation.size(Some(model.alpha()))?;
        let one = |run: &RunSpec| {
            let options = SimulationOptions {
                algorithm: Some(run.algorithm),
                iterations: run.iterations,
                run_tolerance: run.run_tolerance,
                restarts: run.restarts,
                ..self.simulation.of(run.algorithm)
            };
            let names = StartOptions {
                start: run.start.clone().map(|name| vec![name]),
                ..StartOptions::default()
            };
            let start = names.simulation(model, "random")?;
            options.resolve(model, size, (start, 0), self.damping, expected)
        };
        self.specs.iter().map(one).collect()
    }

    /// Runs every algorithm on all instances of the cell of that number; `align` brings each end to
    /// a common form, and `done` is called after each instance.
    pub fn run(
        &self,
        model: &Model,
        settings: &[RunSettings],
        (cell, streams): (u64, Streams),
        journal: &mut Journal,
        align: impl Fn(&OrderParameters) -> OrderParameters,
        done: &mut dyn FnMut(),
    ) -> Result<Vec<Finished>> {
        let size = self.simulation.size(Some(model.alpha()))?;
        let mut all: Vec<Finished> = settings.iter().map(|_| Finished::default()).collect();
        for instance in 0..self.simulation.instances()? as u64 {
            let streams = streams.instance(instance);
            let ends: Vec<End> = journal.piece((cell << CELL_BITS) + instance, || {
                let data = Instance::stored(model, size, self.simulation.store(), streams)?;
                let problem = data.problem(model.hidden());
                let runs = settings.iter();
                let runs = runs.map(|settings| run_on(&problem, settings, streams));
                runs.map(|run| Ok(End::of(&run?))).collect()
            })?;
            for (finished, end) in all.iter_mut().zip(ends) {
                finished.add(end, &align);
            }
            done();
        }
        Ok(all)
    }
}
