//! Training on data of finite size.

use super::chain::ChainStart;
use super::sampler::Sampler;
use super::settings::{Batches, ContrastiveSettings, Negative, VisibleLaw};
use crate::error::{Error, Result};
use crate::likelihood::Machine;
use crate::memory;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::order_parameters::OrderParameters;
use crate::simulation::{BatchRows, Data, Problem, Size};
use crate::visible::VisibleUnits;
use nalgebra::SVector;
use rand::RngExt;
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Most hidden states of a sampled chain.
const MOST_STATES: usize = 4096;

/// Most samples that move together.
const LONGEST_RUN: usize = 16;

/// Memory that an allocator should keep between updates, in bytes.
const KEPT: usize = 1 << 24;

/// A weight beyond this has diverged.
const LARGEST: f64 = 1e4;

/// Part of the learning time over which training has to have settled.
const LAST_PART: f64 = 0.25;

/// Overlaps after so many epochs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EpochState {
    /// Number of epochs.
    pub epoch: usize,
    /// Learning time so far: the sum of `κ (n/B)/(1 − β)`.
    pub time: f64,
    /// `M` and `Q`, units as they come; `M` has no rows where no planted signals are known.
    #[serde(flatten)]
    pub order: OrderParameters,
}

/// How training ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TrainingEnd {
    /// The overlaps moved by less than the tolerance over the last quarter of the learning time.
    Settled {
        /// How much they moved.
        drift: f64,
    },
    /// They still moved when the epochs ran out.
    OutOfEpochs {
        /// How much over the last quarter of the learning time.
        drift: f64,
    },
    /// A weight became infinite, NaN or larger than 1e4.
    Diverged {
        /// The epoch in which it did, from 1.
        epoch: usize,
    },
}

impl TrainingEnd {
    /// Name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Settled { .. } => "settled",
            Self::OutOfEpochs { .. } => "out-of-epochs",
            Self::Diverged { .. } => "diverged",
        }
    }
}

/// A training run.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The weights (d×k), averaged over the last epochs where that was asked for; none where they
    /// diverged.
    pub weights: Option<Matrix>,
    /// Overlaps, the start first, then after each epoch whose weights are numbers.
    pub states: Vec<EpochState>,
    /// `κ n/B` of the first epochs.
    pub rate: f64,
    /// How it ended.
    pub end: TrainingEnd,
}

/// Trains from weights `w` (d×k) on the data of a problem; `watch` is called with the state after
/// each epoch. The result is the same to the last bit for any number of threads and ranks.
///
/// # Errors
/// Bad settings (a batch larger than the data, no step of the chain, a rate beyond the stability
/// bound at the start), weights of another shape, rows that are missing, hidden units whose states
/// can't be listed, or are more than 4096, or data of another store than the dense one.
pub fn train(
    problem: &Problem,
    w: Matrix,
    settings: &ContrastiveSettings,
    streams: Streams,
    watch: &mut dyn FnMut(&EpochState),
) -> Result<Trained> {
    problem.validate_with(&w)?;
    problem.hidden().require_unit_visible_variance()?;
    settings.validate(problem.n())?;
    // An update takes and returns some megabytes. An allocator that learns its thresholds from what
    // is freed (glibc) would hand them back to the system each time, and have them cleared again.
    drop(std::hint::black_box(Vec::<u8>::with_capacity(KEPT)));
    let q = w.tr_mul(&w) / problem.d() as f64;
    let size = Size {
        n: problem.n(),
        d: problem.d(),
    };
    let rate = settings.first_rate(problem.hidden(), size, &q)?;
    let mut run = Run::new(problem, &w, settings, streams)?;
    let mut trained = Trained {
        states: vec![run.state(0, 0.0, &w)],
        weights: None,
        rate,
        end: TrainingEnd::Diverged { epoch: 1 },
    };
    let (mut w, mut sum) = (w, None);
    let mut time = 0.0;
    for epoch in 0..settings.epochs {
        let own = settings.rate_at(epoch, rate);
        if run.epoch(&mut w, epoch, own).is_none() {
            trained.end = TrainingEnd::Diverged { epoch: epoch + 1 };
            return Ok(trained);
        }
        time += own * run.updates_of_epoch() / (1.0 - settings.momentum);
        if epoch + settings.average >= settings.epochs {
            sum = Some(sum.map_or_else(|| w.clone(), |sum: Matrix| sum + &w));
        }
        let state = run.state(epoch + 1, time, &w);
        watch(&state);
        trained.states.push(state);
    }
    trained.weights = sum.map(|sum| sum / settings.average as f64);
    trained.end = ending(&trained.states, settings.tolerance);
    Ok(trained)
}

/// Whether the overlaps still moved.
fn ending(states: &[EpochState], tolerance: f64) -> TrainingEnd {
    let drift = states.last().map_or(f64::INFINITY, |last| {
        let from = (1.0 - LAST_PART) * last.time;
        let later = states.iter().filter(|state| state.time >= from);
        later.map(|state| moved(state, last)).fold(0.0, f64::max)
    });
    if drift <= tolerance {
        TrainingEnd::Settled { drift }
    } else {
        TrainingEnd::OutOfEpochs { drift }
    }
}

/// Largest change of an overlap.
fn moved(from: &EpochState, to: &EpochState) -> f64 {
    let pairs = from.order.m.iter().zip(&to.order.m);
    let pairs = pairs.chain(from.order.q.iter().zip(&to.order.q));
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The next `rows` rows of runs, the longest runs first: what is left of the one that has `begun`,
/// then from `next`.
fn filled(
    begun: &mut Range<usize>,
    mut next: impl FnMut() -> Range<usize>,
    rows: usize,
) -> Vec<Range<usize>> {
    let mut batch = Vec::with_capacity(rows / LONGEST_RUN + 2);
    let mut left = rows;
    while left > 0 {
        if begun.start == begun.end {
            *begun = next();
        }
        let cut = begun.end.min(begun.start + left);
        batch.push(begun.start..cut);
        left -= cut - begun.start;
        begun.start = cut;
    }
    batch.sort_by_key(|run| std::cmp::Reverse(run.len()));
    batch
}

/// The samples of an update; all of them without.
type Batch<'a> = Option<&'a [Range<usize>]>;

/// What an epoch works on.
struct Run<'a> {
    problem: &'a Problem<'a>,
    data: BatchRows<'a>,
    settings: &'a ContrastiveSettings,
    streams: Streams,
    visible: VisibleUnits,
    /// Hidden states of the chains, one for each sample of a batch, known to all ranks.
    chains: Vec<u32>,
    /// Samples that move together.
    runs: Vec<Range<usize>>,
    velocity: Matrix,
    updates: u64,
}

impl<'a> Run<'a> {
    fn new(
        problem: &'a Problem,
        w: &Matrix,
        settings: &'a ContrastiveSettings,
        streams: Streams,
    ) -> Result<Self> {
        let visible = VisibleUnits::new(&settings.visible.law())?;
        match settings.negative {
            Negative::Chain(_) => require_states(problem, settings.visible)?,
            Negative::Exact if settings.visible == VisibleLaw::Gaussian => {}
            Negative::Exact => {
                Machine::new(problem.hidden(), &visible, w, &vec![0.0; problem.d()])?;
            }
        }
        let (n, batch) = (problem.n(), settings.batch_of(problem.n()));
        let starts = (0..n).step_by(LONGEST_RUN);
        let runs = starts.map(|start| start..n.min(start + LONGEST_RUN));
        Ok(Self {
            problem,
            data: problem.batches("contrastive divergence")?,
            settings,
            streams,
            visible,
            chains: vec![0; batch],
            runs: runs.collect(),
            velocity: Matrix::zeros(w.nrows(), w.ncols()),
            updates: 0,
        })
    }

    fn state(&self, epoch: usize, time: f64, w: &Matrix) -> EpochState {
        EpochState {
            epoch,
            time,
            order: self.problem.observe(w).order,
        }
    }

    /// Number of updates of an epoch in units of `n/B`: 1, or more where the last batch is smaller.
    fn updates_of_epoch(&self) -> f64 {
        let (n, batch) = (self.problem.n(), self.chains.len());
        (n.div_ceil(batch) * batch) as f64 / n as f64
    }

    /// All updates of an epoch; `None` where a weight diverged.
    fn epoch(&mut self, w: &mut Matrix, epoch: usize, rate: f64) -> Option<()> {
        let whole = match self.settings.batches {
            Batches::Reshuffled => self.chains.len() == self.problem.n(),
            Batches::Replacement => self.settings.batch.is_none(),
        };
        if whole {
            return self.update(w, None, rate);
        }
        let mut batches = self.batches(epoch).into_iter();
        batches.try_for_each(|batch| self.update(w, Some(&batch), rate))
    }

    /// The batches of an epoch, as runs of samples, the longest ones first. Runs are taken in random
    /// order, or drawn, and cut where a batch ends.
    fn batches(&mut self, epoch: usize) -> Vec<Vec<Range<usize>>> {
        let (n, size) = (self.problem.n(), self.chains.len());
        let mut stream = self.streams.stream(Purpose::Training, epoch as u64 + 1);
        let mut batches = Vec::with_capacity(n.div_ceil(size));
        match self.settings.batches {
            Batches::Reshuffled => {
                self.runs.shuffle(&mut stream);
                let mut rest = self.runs.iter().cloned();
                let mut left = n;
                let mut begun = 0..0;
                while left > 0 {
                    let most = size.min(left);
                    let next = || rest.next().unwrap_or(0..0);
                    batches.push(filled(&mut begun, next, most));
                    left -= most;
                }
            }
            Batches::Replacement => {
                for _ in 0..n.div_ceil(size) {
                    let next = || self.runs[stream.random_range(0..self.runs.len())].clone();
                    batches.push(filled(&mut (0..0), next, size));
                }
            }
        }
        batches
    }

    /// One update on a batch, all samples where none are named. `rate = κ n/B` for full batches, and
    /// as large an update where the last one of an epoch is smaller.
    fn update(&mut self, w: &mut Matrix, batch: Batch, rate: f64) -> Option<()> {
        let count = |batch: &[Range<usize>]| batch.iter().map(Range::len).sum();
        let rows: usize = batch.map_or(self.problem.n(), count);
        let share = self.chains.len() as f64 / rows as f64;
        let mut chains = std::mem::take(&mut self.chains);
        let step = self.direction(w, batch, &mut chains[..rows]);
        self.chains = chains;
        self.updates += 1;
        let step = step?;
        let (momentum, rate) = (self.settings.momentum, rate * share);
        let velocity = self.velocity.as_mut_slice().iter_mut();
        let entries = w.as_mut_slice().iter_mut().zip(velocity);
        for ((w, velocity), step) in entries.zip(step.as_slice()) {
            *velocity = momentum * *velocity + rate * step;
            *w += *velocity;
        }
        // Counted, and not looked for, in vector instructions.
        let sound = |entry: &f64| usize::from(entry.abs() <= LARGEST);
        let count: usize = w.as_slice().iter().map(sound).sum();
        (count == w.len()).then_some(())
    }

    /// `Σ (x f(z)^T − v f(z')^T)/√d` over a batch.
    fn direction(&self, w: &Matrix, batch: Batch, chains: &mut [u32]) -> Option<Matrix> {
        let hidden = self.problem.hidden();
        let d = w.nrows() as f64;
        let q = w.tr_mul(w) / d;
        let chain = match &self.settings.negative {
            Negative::Chain(chain) => chain,
            Negative::Exact => {
                let samples = chains.len() as f64;
                let positive = self.positive(w, batch, chains, None);
                return Some(positive - self.exact(w, &q)? * samples);
            }
        };
        let sampler = Sampler::new(
            hidden,
            chain,
            self.settings.visible,
            (self.streams, self.data.ranks()),
            self.updates,
        );
        let begins = !chain.persistent || self.updates == 0;
        let at_data = begins && chain.start == ChainStart::Data;
        if begins && !at_data {
            let mut stream = sampler.stream(Purpose::ChainStart, 0);
            let states = hidden.states().map_or(1, |states| states.len() as u32);
            chains
                .iter_mut()
                .for_each(|chain| *chain = stream.random_range(0..states));
        }
        let positive = self.positive(w, batch, chains, at_data.then_some(&sampler));
        Some(positive - sampler.negative(w, &q, chains)?)
    }

    /// `Σ x f(z)^T/√d` over a batch; chains begin at hidden states given its samples where there is
    /// a sampler to draw them.
    fn positive(
        &self,
        w: &Matrix,
        batch: Batch,
        chains: &mut [u32],
        sampler: Option<&Sampler>,
    ) -> Matrix {
        crate::with_units!(w.ncols(), K => self.positive_of::<K>(w, batch, chains, sampler))
    }

    fn positive_of<const K: usize>(
        &self,
        w: &Matrix,
        batch: Batch,
        chains: &mut [u32],
        sampler: Option<&Sampler>,
    ) -> Matrix {
        let hidden = self.problem.hidden();
        let data = self.data;
        let scale = 1.0 / (w.nrows() as f64).sqrt();
        let map = |place: usize, rows: &mut [[f64; K]], chains: &mut [u32], _: &mut ()| {
            let mut drawing = sampler.map(|sampler| {
                let stream = sampler.stream(Purpose::ChainStart, place);
                (sampler, stream, Vec::new())
            });
            for (row, chain) in rows.iter_mut().zip(chains) {
                let z = SVector::<f64, K>::from(*row) * scale;
                let mean = hidden.response(&z).mean;
                if let Some((sampler, stream, shares)) = &mut drawing {
                    *chain = sampler.draw(&z, &mean, shares, stream);
                }
                *row = (mean * scale).into();
            }
        };
        let mut sum = Matrix::zeros(w.nrows(), K);
        let (w, g) = (w.as_slice(), sum.as_mut_slice());
        match batch {
            None => {
                let (data, own) = (data.all(), data.all().own());
                data.fused_pass::<K, _, ()>(w, g, &mut chains[own], map);
                if sampler.is_some() {
                    data.complete(chains);
                }
            }
            Some(runs) => {
                let places = data.places(chains.len());
                data.fused_pass::<K, _, ()>(runs, w, g, &mut chains[places.own()], map);
                if sampler.is_some() {
                    places.complete_rows(chains);
                }
            }
        }
        sum
    }

    /// `E[v h^T]/√d` of the model.
    fn exact(&self, w: &Matrix, q: &Matrix) -> Option<Matrix> {
        let hidden = self.problem.hidden();
        let d = w.nrows();
        match self.settings.visible {
            VisibleLaw::Gaussian => {
                let pair = hidden.pair_function(q)?;
                Some(w * pair.second_moment() / d as f64)
            }
            VisibleLaw::Rademacher => {
                let machine = Machine::new(hidden, &self.visible, w, &vec![0.0; d]).ok()?;
                Some(machine.gradient().weights)
            }
        }
    }
}

/// Checks that the states of the hidden units can be listed, and that their tables fit in memory.
fn require_states(problem: &Problem, visible: VisibleLaw) -> Result<()> {
    let Some(states) = problem.hidden().states() else {
        let allowed = "contrastive divergence draws from the states of the hidden units: they need a finite support, for example rademacher";
        return Err(Error::invalid("hidden", "a law without states", allowed));
    };
    if states.len() > MOST_STATES {
        let allowed = format!(
            "contrastive divergence lists at most {MOST_STATES} hidden states: use fewer units, or fewer atoms"
        );
        return Err(Error::invalid("hidden", states.len(), allowed));
    }
    if visible == VisibleLaw::Rademacher {
        let entries = states.len() as u128 * problem.d() as u128;
        memory::require("the means of the visible units", 8 * entries)?;
    }
    Ok(())
}
