//! The state of a run between two iterations, from which it goes on to the same end.

use super::observation::Observation;
use crate::error::{Error, Result};

/// Everything on which the rest of a run depends, beside its settings and data.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Iterations that are done.
    pub iteration: usize,
    /// Of these the last ones whose residual was below the tolerance, one after the other.
    pub calm: usize,
    /// Last residual.
    pub residual: f64,
    /// Overlaps so far, the start first.
    pub observations: Vec<Observation>,
    /// Weights (d×k) first, then what else the algorithm has, in an order of its own.
    pub numbers: Vec<f64>,
}

impl Snapshot {
    /// Checks that it has so many numbers.
    ///
    /// # Errors
    /// Another count: it is one of another problem.
    pub(super) fn require(&self, count: usize) -> Result<()> {
        if self.numbers.len() == count {
            return Ok(());
        }
        Err(Error::Shape {
            field: "checkpoint".into(),
            got: format!("{} numbers", self.numbers.len()),
            expected: format!("{count}: it is one of another run"),
        })
    }
}

/// What keeps snapshots of a run.
pub trait Checkpoint {
    /// The snapshot from which the run goes on; `None` where it begins.
    ///
    /// # Errors
    /// A snapshot that can't be read.
    fn resume(&mut self) -> Result<Option<Snapshot>>;

    /// Called after each iteration, with what makes a snapshot if one is wanted.
    ///
    /// # Errors
    /// A snapshot that can't be kept: the run ends with that error.
    fn after(&mut self, iteration: usize, snapshot: &mut dyn FnMut() -> Snapshot) -> Result<()>;
}

/// Keeps nothing.
pub struct Unkept;

impl Checkpoint for Unkept {
    fn resume(&mut self) -> Result<Option<Snapshot>> {
        Ok(None)
    }

    fn after(&mut self, _: usize, _: &mut dyn FnMut() -> Snapshot) -> Result<()> {
        Ok(())
    }
}

/// How far a run is in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Progress {
    /// Iterations that are done.
    pub iteration: usize,
    /// Consecutive ones below the tolerance.
    pub calm: usize,
    /// Last residual.
    pub residual: f64,
}

impl Progress {
    /// Before the first iteration.
    pub const BEGIN: Self = Self {
        iteration: 0,
        calm: 0,
        residual: f64::NAN,
    };

    /// Where a snapshot was taken.
    pub fn of(snapshot: &Snapshot) -> Self {
        Self {
            iteration: snapshot.iteration,
            calm: snapshot.calm,
            residual: snapshot.residual,
        }
    }

    /// A snapshot here.
    pub fn snapshot(self, observations: &[Observation], numbers: Vec<f64>) -> Snapshot {
        Snapshot {
            iteration: self.iteration,
            calm: self.calm,
            residual: self.residual,
            observations: observations.to_vec(),
            numbers,
        }
    }

    /// Counts a residual; whether the last three were below the tolerance.
    pub fn has_settled(&mut self, residual: f64, tolerance: f64) -> bool {
        self.residual = residual;
        self.calm = if residual <= tolerance {
            self.calm + 1
        } else {
            0
        };
        self.calm == 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hidden::HiddenUnits;
    use crate::law::Law;
    use crate::model::Model;
    use crate::numerics::streams::Streams;
    use crate::simulation::{
        AmpSettings, GdSettings, Instance, Method, Run, RunSettings, SimulationStart, Size, run_on,
        run_with,
    };
    use crate::start::Start;

    /// Keeps every second iteration, and stops the run behind the fifth.
    #[derive(Default)]
    struct Stopped {
        kept: Option<Snapshot>,
        goes_on: bool,
        resumed: usize,
    }

    impl Checkpoint for Stopped {
        fn resume(&mut self) -> Result<Option<Snapshot>> {
            self.resumed = self.kept.as_ref().map_or(0, |kept| kept.iteration);
            Ok(self.kept.clone())
        }

        fn after(
            &mut self,
            iteration: usize,
            snapshot: &mut dyn FnMut() -> Snapshot,
        ) -> Result<()> {
            if iteration.is_multiple_of(2) {
                self.kept = Some(snapshot());
            }
            if iteration == 5 && !self.goes_on {
                return Err(Error::file("here", "stopped"));
            }
            Ok(())
        }
    }

    fn same(one: &Run, other: &Run) {
        assert_eq!(one.weights, other.weights);
        assert_eq!(one.end, other.end);
        assert_eq!(one.log_likelihood, other.log_likelihood);
        assert_eq!(one.observations, other.observations);
    }

    /// Runs that are stopped behind their fifth iteration go on behind the fourth, to the last bit as
    /// if nothing had happened, and only the weights are drawn anew where nothing was kept.
    #[test]
    fn a_stopped_run_goes_on_to_the_same_end() {
        let amp = |weight_damping| {
            Method::Amp(AmpSettings {
                weight_damping,
                max_iterations: 12,
                ..AmpSettings::default()
            })
        };
        let ascent = Method::Gd(GdSettings {
            max_iterations: 12,
            ..GdSettings::default()
        });
        for (lambda, method) in [
            (vec![1.5], amp(1.0)),
            (vec![1.5, 1.3], amp(0.6)),
            (vec![1.5, 1.3], ascent),
        ] {
            let hidden = HiddenUnits::new(Law::rademacher(), lambda.len(), &[]).expect("units");
            let (u, w) = (Law::rademacher(), Law::rademacher());
            let model = Model::new(2.0, &lambda, hidden, u, w).expect("a model");
            let streams = Streams::new(2);
            let size = Size { n: 200, d: 100 };
            let instance = Instance::generate(&model, size, streams).expect("fits");
            let problem = instance.problem(model.hidden());
            let settings = RunSettings {
                method,
                start: SimulationStart::Overlaps(Start::Weak),
                ..RunSettings::default()
            };
            let whole = run_on(&problem, &settings, streams).expect("valid");
            let mut keep = Stopped::default();
            let stopped = run_with(&problem, &settings, streams, &mut keep);
            assert!(stopped.is_err());
            keep.goes_on = true;
            let resumed = run_with(&problem, &settings, streams, &mut keep).expect("valid");
            assert_eq!(keep.resumed, 4);
            same(&resumed, &whole);
            assert_eq!(whole.observations.len(), 13);
        }
    }
}
