//! Runs on several ranks end where those of one process do, to the last bit.

use super::*;
use crate::error::Result;
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::ranks::Ranks;
use crate::ranks::threads::on_ranks;
use crate::start::Start;

const COUNTS: [usize; 4] = [2, 3, 4, 7];

const STORES: [Store; 3] = [Store::Dense, Store::OneBit, Store::Regenerated];

/// Rows of whole chunks and a rest, more than one chunk in each store.
const SIZE: Size = Size { n: 3100, d: 45 };

fn model(lambda: &[f64]) -> Model {
    let hidden = HiddenUnits::new(Law::rademacher(), lambda.len(), &[]).expect("valid units");
    let alpha = SIZE.alpha();
    Model::new(alpha, lambda, hidden, Law::rademacher(), Law::rademacher()).expect("valid")
}

fn drawn(model: &Model, store: Store, ranks: &Ranks) -> Instance<Stored> {
    Instance::divided(model, SIZE, store, Streams::new(5), ranks).expect("fits")
}

/// Sums, accumulators and the numbers of the rows.
#[test]
fn passes_do_not_depend_on_the_number_of_ranks() {
    let model = model(&[1.6, 1.4, 1.1]);
    for store in STORES {
        let passed = |ranks: &Ranks| {
            let instance = drawn(&model, store, ranks);
            let data = AnyData::from(&instance.data);
            assert_eq!((data.rows(), data.columns()), (SIZE.n, SIZE.d));
            let w: Vec<f64> = (0..3 * SIZE.d).map(|i| (i as f64).sin()).collect();
            let mut g = vec![0.0; w.len()];
            let mut all = vec![[0.0; 3]; SIZE.n];
            let sums: Vec<(usize, f64)> = data.fused_pass::<3, _, _>(
                &w,
                &mut g,
                &mut all[data.own()],
                |first, z, states, sum: &mut (usize, f64)| {
                    for (place, (z, state)) in z.iter_mut().zip(states).enumerate() {
                        *state = *z;
                        sum.0 += first + place;
                        sum.1 += z[0] * z[0];
                        *z = z.map(|z| (z + (first + place) as f64).cos());
                    }
                },
            );
            data.complete(&mut all);
            (g, sums, all)
        };
        let alone = passed(Ranks::alone());
        let rows = alone.1.iter().map(|sum| sum.0).sum::<usize>();
        assert_eq!(rows, SIZE.n * (SIZE.n - 1) / 2);
        for count in COUNTS {
            for own in on_ranks(count, passed) {
                assert!(own == alone, "{store:?} on {count} ranks");
            }
        }
    }
}

/// AMP, gradient ascent, L-BFGS and the spectral method, from several starts, and the controls of the
/// data.
#[test]
fn runs_do_not_depend_on_the_number_of_ranks() {
    let model = model(&[1.3, 1.1]);
    let methods = [
        Method::Amp(AmpSettings {
            max_iterations: 12,
            weight_damping: 0.7,
            ..AmpSettings::default()
        }),
        Method::Gd(GdSettings {
            max_iterations: 12,
            ..GdSettings::default()
        }),
        Method::Lbfgs(LbfgsSettings {
            max_iterations: 8,
            ..LbfgsSettings::default()
        }),
        Method::Spectral,
    ];
    let starts = [
        SimulationStart::Random,
        SimulationStart::Spectral,
        SimulationStart::Overlaps(Start::Weak),
    ];
    for store in STORES {
        let learned = |ranks: &Ranks| {
            let instance = drawn(&model, store, ranks);
            let problem = instance.problem(model.hidden());
            let mut all = Vec::new();
            for method in &methods {
                for start in &starts {
                    let settings = RunSettings {
                        method: *method,
                        start: start.clone(),
                        store,
                        ..RunSettings::default()
                    };
                    let run = run_on(&problem, &settings, Streams::new(7)).expect("valid");
                    all.push((run.weights, run.end, run.log_likelihood, run.observations));
                }
            }
            (all, instance.controls(&model, Streams::new(5)))
        };
        let alone = learned(Ranks::alone());
        assert_eq!(alone.0.len(), 12);
        for count in COUNTS {
            for own in on_ranks(count, learned) {
                assert!(own == alone, "{store:?} on {count} ranks");
            }
        }
    }
}

/// Keeps the last snapshot, and ends the run behind an iteration.
struct Kept {
    last: Option<Snapshot>,
    until: usize,
}

impl Checkpoint for Kept {
    fn resume(&mut self) -> Result<Option<Snapshot>> {
        Ok(self.last.clone())
    }

    fn after(&mut self, iteration: usize, snapshot: &mut dyn FnMut() -> Snapshot) -> Result<()> {
        self.last = Some(snapshot());
        match iteration == self.until {
            true => Err(crate::error::Error::file("here", "stopped")),
            false => Ok(()),
        }
    }
}

/// A run that was stopped on three ranks goes on with one, two or four of them.
#[test]
fn snapshots_do_not_depend_on_the_number_of_ranks() {
    let model = model(&[1.3, 1.1]);
    let amp = Method::Amp(AmpSettings {
        max_iterations: 9,
        ..AmpSettings::default()
    });
    let ascent = Method::Gd(GdSettings {
        max_iterations: 9,
        ..GdSettings::default()
    });
    for method in [amp, ascent] {
        let settings = RunSettings {
            method,
            ..RunSettings::default()
        };
        let run = |ranks: &Ranks, keep: &mut Kept| {
            let instance = drawn(&model, Store::Dense, ranks);
            let problem = instance.problem(model.hidden());
            run_with(&problem, &settings, Streams::new(7), keep).map(|run| run.weights)
        };
        let never = || Kept {
            last: None,
            until: usize::MAX,
        };
        let whole: Matrix = run(Ranks::alone(), &mut never()).expect("valid");
        let stopped = on_ranks(3, |ranks| {
            let mut keep = Kept {
                until: 4,
                ..never()
            };
            assert!(run(ranks, &mut keep).is_err());
            keep.last
        });
        assert!(stopped.iter().all(|own| *own == stopped[0]));
        for count in [1, 2, 4] {
            for own in on_ranks(count, |ranks| {
                let mut keep = Kept {
                    last: stopped[0].clone(),
                    ..never()
                };
                run(ranks, &mut keep).expect("valid")
            }) {
                assert_eq!(own, whole, "on {count} ranks");
            }
        }
    }
}
