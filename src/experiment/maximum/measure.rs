//! The searches of every size, and the numbers that they have.

use super::sizes::{AtSize, Extrapolated, FoundBy, LevelStanding, MaximaAtSize, Statistic};
use super::{LevelReached, Maxima, MaximaSize, MaximumSettings, MaximumTheory, Watch, recovers};
use crate::error::{Error, Result};
use crate::experiment::finite_size::{Measured, power};
use crate::model::Model;
use crate::numerics::streams::Streams;
use crate::quantity::{Observable, Quantity};
use crate::rsb::{Broken, BrokenEnd};
use crate::simulation::{Climb, ClimbSettings, Highest, Instance, Size, Summit, highest};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often an instance is drawn.
const ATTEMPTS: u64 = 1000;

/// An overlap of this times `1/√d` at the smallest size is compared with theory.
const FAR: f64 = 4.0;

/// What is computed.
pub(super) struct Plan {
    pub model: Model,
    pub climbs: ClimbSettings,
    pub sizes: Vec<MaximaSize>,
    pub seed: u64,
}

/// Powers of `d` by which a number may approach its limit; the first one is assumed.
#[derive(Clone, Copy)]
enum Law {
    /// `ℓ`, `Q`, `ζ` of a glass.
    Glass,
    /// `V` of a glass.
    GlassResponse,
    /// Without a glass.
    Regular,
}

impl Law {
    fn powers(self) -> &'static [f64] {
        match self {
            Self::Glass => &[2.0 / 3.0, 1.0],
            Self::GlassResponse => &[2.0 / 3.0, 1.0 / 3.0],
            // Near the de Almeida–Thouless line corrections are larger than 1/d.
            Self::Regular => &[1.0, 2.0 / 3.0],
        }
    }
}

impl Plan {
    /// Searches all instances of a size, side by side. Their streams are those of the cell `d`: other
    /// sizes beside it change nothing.
    pub fn measure(&self, asked: MaximaSize, watch: Watch) -> Result<Vec<Highest>> {
        let size = asked.size;
        let streams = Streams::new(self.seed).cell(size.d as u64);
        let done = AtomicUsize::new(0);
        let one = |index: u64| {
            let (instance, streams) = self.instance(size, streams, index)?;
            let problem = instance.problem(self.model.hidden());
            let found = highest(&problem, &self.climbs, streams)?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            let part = done as f64 / asked.instances as f64;
            watch(&format!("d = {}", size.d), Some(part));
            Ok(found)
        };
        (0..asked.instances as u64)
            .into_par_iter()
            .map(one)
            .collect()
    }

    /// An instance, drawn again where its signal is zero.
    fn instance(&self, size: Size, streams: Streams, index: u64) -> Result<(Instance, Streams)> {
        for attempt in 0..ATTEMPTS {
            let streams = streams.instance(index + (attempt << 32));
            if let Some(instance) = Instance::constrained(&self.model, size, streams)? {
                return Ok((instance, streams));
            }
        }
        let allowed = "signals of so few entries are zero nearly always: use a larger size";
        Err(Error::invalid("d", size.d, allowed))
    }

    /// The numbers of all sizes.
    pub fn answer(
        &self,
        settings: MaximumSettings,
        theory: Broken,
        ends: &[Vec<Highest>],
    ) -> Maxima {
        let sizes: Vec<MaximaAtSize> = self
            .sizes
            .iter()
            .zip(ends)
            .map(|(asked, ends)| at_size(asked.size.d, ends))
            .collect();
        let signal = recovers(&theory);
        let broken = theory.end != BrokenEnd::ReplicaSymmetric;
        let gaps: Vec<(usize, Measured)> = sizes
            .iter()
            .filter_map(|own| Some((own.d, own.smallest?)))
            .filter(|(_, gap)| gap.value > 0.0)
            .collect();
        let mut wanted = vec![Quantity::LogLikelihood, Quantity::Q, Quantity::V];
        if signal {
            wanted.insert(1, Quantity::Zeta);
        }
        let quantities = wanted.into_iter().map(|quantity| {
            let law = match quantity {
                _ if !broken => Law::Regular,
                Quantity::V => Law::GlassResponse,
                _ => Law::Glass,
            };
            let statistic = match quantity {
                // Of nearly marginal Hessians the trace has heavy tails.
                Quantity::V => Statistic::Median,
                _ => Statistic::Mean,
            };
            let numbers = sizes.iter().zip(ends).filter_map(|(size, ends)| {
                let values: Vec<f64> = ends.iter().filter_map(|own| best(own, quantity)).collect();
                AtSize::of(size.d, &values, statistic, size.standing)
            });
            Extrapolated::new(
                observable(quantity),
                numbers.collect(),
                law.powers(),
                self.predictions(&theory, quantity),
            )
        });
        let quantities = quantities.collect();
        let kinds = Climb::ALL.into_iter();
        let levels = kinds.filter_map(|climb| self.level(climb, &theory, (&sizes, ends), signal));
        Maxima {
            gap_power: power(&gaps),
            quantities,
            levels: levels.collect(),
            settings,
            theory,
            sizes,
        }
    }

    /// Where one kind of climb ends; the mean over an instance's climbs is one number.
    fn level(
        &self,
        climb: Climb,
        theory: &Broken,
        (sizes, ends): (&[MaximaAtSize], &[Vec<Highest>]),
        signal: bool,
    ) -> Option<LevelReached> {
        let own = |summit: &&Summit| summit.climb == climb;
        if !ends
            .iter()
            .flatten()
            .any(|end| end.summits.iter().any(|summit| own(&summit)))
        {
            return None;
        }
        let mut wanted = vec![Quantity::LogLikelihood];
        if signal {
            wanted.push(Quantity::Zeta);
        }
        let mean = |end: &Highest, quantity| {
            let climbs = end.summits.iter().filter(own);
            let values: Vec<f64> = climbs
                .filter_map(|summit| number(summit, quantity))
                .collect();
            let sum: f64 = values.iter().sum();
            (!values.is_empty()).then(|| sum / values.len() as f64)
        };
        let numbers = wanted.into_iter().map(|quantity| {
            let at = self.sizes.iter().zip(ends).filter_map(|(asked, ends)| {
                let values: Vec<f64> = ends.iter().filter_map(|end| mean(end, quantity)).collect();
                let standing = LevelStanding::Mean;
                AtSize::of(asked.size.d, &values, Statistic::Mean, standing)
            });
            Extrapolated::new(
                observable(quantity),
                at.collect(),
                Law::Glass.powers(),
                self.predictions(theory, quantity),
            )
        });
        let quantity = Quantity::LogLikelihood;
        let gaps = sizes.iter().zip(ends).filter_map(|(size, ends)| {
            let gap = |end: &Highest| Some(end.summit.log_likelihood - mean(end, quantity)?);
            let values: Vec<f64> = ends.iter().filter_map(gap).collect();
            AtSize::of(size.d, &values, Statistic::Mean, size.standing)
        });
        let powers = Law::Glass.powers();
        let all = || {
            ends.iter()
                .flatten()
                .flat_map(|end| end.summits.iter().filter(own))
        };
        let climbing = all().filter(|summit| !summit.converged).count();
        Some(LevelReached {
            climb,
            unconverged: climbing as f64 / all().count() as f64,
            numbers: numbers.collect(),
            gap: Extrapolated::new(quantity.into(), gaps.collect(), powers, (Vec::new(), true)),
        })
    }
}

impl Plan {
    /// What theories say, and whether simulations can be compared with it.
    fn predictions(&self, theory: &Broken, quantity: Quantity) -> Predicted {
        let said = predictions(theory, quantity);
        let first = |said: &(MaximumTheory, Measured)| said.0 == MaximumTheory::Exact;
        let least = self.sizes.first().map_or(0.0, |own| own.size.d as f64);
        let far = |said: &(MaximumTheory, Measured)| said.1.value > FAR / least.sqrt();
        let exact = said.iter().find(|said| first(said));
        let comparable = quantity != Quantity::Zeta || exact.is_some_and(far);
        (said, comparable)
    }
}

/// What theories say of a number, and whether simulations can be compared with it.
type Predicted = (Vec<(MaximumTheory, Measured)>, bool);

fn observable(quantity: Quantity) -> Observable {
    match quantity {
        Quantity::LogLikelihood => quantity.into(),
        _ => Observable::entry(quantity, (0, 0)),
    }
}

fn number(summit: &Summit, quantity: Quantity) -> Option<f64> {
    match quantity {
        Quantity::LogLikelihood => Some(summit.log_likelihood),
        Quantity::Zeta => Some(summit.order.overlaps()[(0, 0)]),
        Quantity::Q => Some(summit.order.q[(0, 0)]),
        _ => None,
    }
}

fn best(end: &Highest, quantity: Quantity) -> Option<f64> {
    match quantity {
        Quantity::V => end.curvature.map(|own| own.trace_inverse),
        _ => number(&end.summit, quantity),
    }
}

fn at_size(d: usize, ends: &[Highest]) -> MaximaAtSize {
    let mut hits: Vec<usize> = ends.iter().map(|end| end.hits.len()).collect();
    hits.sort_unstable();
    let single = hits.iter().filter(|&&hits| hits < 2).count();
    let found = Climb::ALL.into_iter().filter_map(|climb| {
        let holds = |end: &&Highest| end.hits.contains(&climb);
        let instances = ends.iter().filter(holds).count();
        (instances > 0).then_some(FoundBy { climb, instances })
    });
    let smallest: Vec<f64> = ends
        .iter()
        .filter_map(|end| end.curvature)
        .map(|own| own.smallest)
        .collect();
    let chance = |end: &&Highest| {
        let mut hits = end.hits.iter();
        hits.any(|climb| matches!(climb, Climb::Random | Climb::Annealed))
    };
    let unplanted = ends.iter().filter(chance).count();
    let share = single as f64 / ends.len() as f64;
    MaximaAtSize {
        d,
        instances: ends.len(),
        failed: ends.iter().map(|end| end.failed).sum(),
        unfinished: ends.iter().filter(|end| !end.summit.converged).count(),
        saddles: smallest.iter().filter(|value| **value <= 0.0).count(),
        hits: hits[hits.len() / 2],
        single_hits: share,
        unplanted: unplanted as f64 / ends.len() as f64,
        standing: LevelStanding::of(share),
        found_by: found.collect(),
        smallest: AtSize::of(d, &smallest, Statistic::Mean, LevelStanding::Maximum)
            .map(|own| own.value),
    }
}

/// What the theories say, the best one first.
fn predictions(theory: &Broken, quantity: Quantity) -> Vec<(MaximumTheory, Measured)> {
    let exact = |value: f64, standard_error: f64| Measured {
        value,
        standard_error,
    };
    let mut all = Vec::new();
    let broken = theory.end != BrokenEnd::ReplicaSymmetric;
    if let Some(own) = theory.limit.as_ref().filter(|_| broken) {
        let own = match quantity {
            Quantity::LogLikelihood => own.objective,
            Quantity::Zeta => own.zeta,
            Quantity::Q => own.q,
            _ => own.v,
        };
        if own.error.is_finite() {
            all.push((MaximumTheory::Exact, exact(own.value, own.error)));
        }
    }
    if let Some(own) = theory.levels.first() {
        let value = match quantity {
            Quantity::LogLikelihood => own.objective,
            Quantity::Zeta => own.zeta,
            Quantity::Q => own.q,
            _ => own.order.v,
        };
        all.push((MaximumTheory::OneStep, exact(value, 0.0)));
    }
    if let Some(own) = &theory.symmetric {
        let value = match quantity {
            Quantity::LogLikelihood => own.objective,
            Quantity::Zeta => own.m.abs() / own.q.sqrt(),
            Quantity::Q => own.q,
            _ => own.v,
        };
        let kind = match broken {
            true => MaximumTheory::ReplicaSymmetric,
            false => MaximumTheory::Exact,
        };
        all.push((kind, exact(value, 0.0)));
    }
    all
}
