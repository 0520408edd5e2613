//! One finite-size instance of the data, `X = U* Λ W*^T / √d + Z`.

use super::data::{AnyData, DataMatrix, OneBit, Regenerated, Stored};
use super::problem::{Planted, Problem, smallest_side};
use super::store::Store;
use crate::error::{Error, Result};
use crate::hidden::HiddenUnits;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::ranks::Ranks;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use std::ops::Range;

/// Size of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, JsonSchema)]
pub struct Size {
    /// Number of samples `n`.
    pub n: usize,
    /// Number of visible units `d`.
    pub d: usize,
}

impl Size {
    /// Checks that an instance of this size with `units` hidden units is possible and fits in
    /// memory, in this store.
    ///
    /// # Errors
    /// Names `n` or `d`, or says how much memory is missing.
    pub fn validate(self, units: usize, store: Store) -> Result<()> {
        self.require_sides(units)?;
        store.require_memory(self)
    }

    fn require_sides(self, units: usize) -> Result<()> {
        for (field, value) in [("n", self.n), ("d", self.d)] {
            if value < smallest_side(units) {
                let allowed = format!("must be at least {}", smallest_side(units));
                return Err(Error::invalid(field, value, allowed));
            }
        }
        Ok(())
    }

    /// Checks that an instance of this model is possible at this size: as [`Size::validate`], and
    /// `n/d` is the model's `α`.
    ///
    /// # Errors
    /// As [`Size::validate`], or names `alpha`.
    pub fn validate_for(self, model: &Model, store: Store) -> Result<()> {
        self.validate(model.units(), store)?;
        self.require_alpha(model)
    }

    /// Checks an instance that is about to be drawn: as [`Size::validate_for`], but for memory where
    /// several ranks on a machine are about to take theirs. That was asked for when it was planned.
    ///
    /// # Errors
    /// As [`Size::validate_for`].
    pub(super) fn validate_on(self, ranks: &Ranks, model: &Model, store: Store) -> Result<()> {
        match ranks.count() {
            1 => self.validate_for(model, store),
            _ => {
                self.require_sides(model.units())?;
                self.require_alpha(model)
            }
        }
    }

    fn require_alpha(self, model: &Model) -> Result<()> {
        let alpha = self.alpha();
        if (alpha / model.alpha() - 1.0).abs() <= 1e-12 {
            return Ok(());
        }
        let got = format!("{} while n/d = {alpha}", model.alpha());
        let allowed = "must equal n/d: leave it out, or change n";
        Err(Error::invalid("alpha", got, allowed))
    }

    /// `α = n/d`.
    pub fn alpha(self) -> f64 {
        self.n as f64 / self.d as f64
    }
}

/// Data of one instance. `U*` is not kept, but for noise of one bit: nothing observes it.
pub struct Instance<D = DataMatrix> {
    /// `X`, n×d, or the rows of it at hand.
    pub data: D,
    /// `W*` and `Λ`.
    pub planted: Planted,
}

impl Instance {
    /// Draws an instance from the streams of its (cell, instance), in single precision; each row of
    /// `X` has a stream of its own, so that the data do not depend on the number of threads.
    ///
    /// # Errors
    /// As [`Size::validate_for`].
    pub fn generate(model: &Model, size: Size, streams: Streams) -> Result<Self> {
        size.validate_for(model, Store::Dense)?;
        let w_star = visible_signals(model, size.d, streams);
        let data = rows(model, 0..size.n, &w_star, streams)?;
        let planted = Planted::new(w_star, model.lambda())?;
        Ok(Self { data, planted })
    }

    /// As [`Instance::generate`], of signals `w_star` (d×r) that are given.
    ///
    /// # Errors
    /// As [`Size::validate_for`], and another number of signals than the model has.
    pub fn along(model: &Model, w_star: Matrix, n: usize, streams: Streams) -> Result<Self> {
        let size = Size {
            n,
            d: w_star.nrows(),
        };
        size.validate(model.units(), Store::Dense)?;
        let planted = Planted::new(w_star, model.lambda())?;
        let data = rows(model, 0..n, planted.w_star(), streams)?;
        Ok(Self { data, planted })
    }

    /// `n` more samples of the same signals `W*`, from the streams of another instance: what was not
    /// learnt from.
    ///
    /// # Errors
    /// As [`Size::validate`], or a model of another number of signals.
    pub fn fresh(&self, model: &Model, n: usize, streams: Streams) -> Result<DataMatrix> {
        let w_star = self.planted.w_star();
        let size = Size {
            n,
            d: w_star.nrows(),
        };
        size.validate(model.units(), Store::Dense)?;
        if model.signals() != w_star.ncols() {
            let allowed = "fresh data are made of the signals of the instance";
            return Err(Error::invalid("lambda", model.signals(), allowed));
        }
        rows(model, 0..n, w_star, streams)
    }
}

impl Instance<Stored> {
    /// As [`Instance::generate`], in any store. Rows that are drawn again are those of the dense
    /// matrix; noise of one bit is other noise. Where [ranks](Ranks::of_process) share the work, each
    /// draws and holds its rows alone.
    ///
    /// # Errors
    /// As [`Size::validate_for`].
    pub fn stored(model: &Model, size: Size, store: Store, streams: Streams) -> Result<Self> {
        Self::divided(model, size, store, streams, Ranks::of_process())
    }

    /// As [`Instance::stored`], on these ranks.
    ///
    /// # Errors
    /// As [`Instance::stored`].
    pub fn divided(
        model: &Model,
        size: Size,
        store: Store,
        streams: Streams,
        ranks: &Ranks,
    ) -> Result<Self> {
        size.validate_on(ranks, model, store)?;
        let w_star = visible_signals(model, size.d, streams);
        let data = match store {
            Store::Dense => Stored::dense(size.n, ranks, |own| rows(model, own, &w_star, streams))?,
            Store::OneBit => {
                Stored::one_bit(size.n, ranks, |own| signs(model, own, &w_star, streams))?
            }
            Store::Regenerated => Stored::regenerated(size.n, ranks, |own| {
                let (model, w_star) = (model.clone(), w_star.clone());
                let fill = move |row, values: &mut [f32]| {
                    draw_row(&model, &w_star, streams, own.start + row, values);
                };
                Ok::<_, Error>(Regenerated::new(own.len(), size.d, fill))
            })?,
        };
        let planted = Planted::new(w_star, model.lambda())?;
        Ok(Self { data, planted })
    }
}

impl<D> Instance<D>
where
    for<'a> AnyData<'a>: From<&'a D>,
{
    /// The problem of these hidden units: to learn from the data, with the planted signals to
    /// compare with.
    pub fn problem<'a>(&'a self, hidden: &'a HiddenUnits) -> Problem<'a> {
        Problem::new(hidden, &self.data).observed_by(&self.planted)
    }
}

/// `W*` (d×r) of these streams.
fn visible_signals(model: &Model, d: usize, streams: Streams) -> Matrix {
    let mut stream = streams.stream(Purpose::VisibleSignals, 0);
    let mut w_star = Matrix::zeros(d, model.signals());
    let mut row = vec![0.0; model.signals()];
    for i in 0..d {
        model.visible_signals().sample(&mut stream, &mut row);
        w_star.row_mut(i).copy_from_slice(&row);
    }
    w_star
}

/// These samples of the signals `w_star`; each row has a stream of its own.
fn rows(model: &Model, own: Range<usize>, w_star: &Matrix, streams: Streams) -> Result<DataMatrix> {
    DataMatrix::try_from_row_fn(own.len(), w_star.nrows(), |row, values| {
        draw_row(model, w_star, streams, own.start + row, values);
    })
}

/// Row `mu` of the samples of the signals `w_star`, with normal noise.
fn draw_row(model: &Model, w_star: &Matrix, streams: Streams, mu: usize, values: &mut [f32]) {
    let mut gains = vec![0.0; model.signals()];
    draw_gains(model, values.len(), streams, mu, &mut gains);
    let mut noise = streams.stream(Purpose::Noise, mu as u64);
    for (i, value) in values.iter_mut().enumerate() {
        let z: f64 = StandardNormal.sample(&mut noise);
        let signal: f64 = gains
            .iter()
            .zip(w_star.row(i).iter())
            .map(|(g, w)| g * w)
            .sum();
        *value = (signal + z) as f32;
    }
}

/// The same samples with noise ±1.
fn signs(model: &Model, own: Range<usize>, w_star: &Matrix, streams: Streams) -> Result<OneBit> {
    let (first, d) = (own.start, w_star.nrows());
    let mut gains = Matrix::zeros(model.signals(), own.len());
    for (row, mut gains) in gains.column_iter_mut().enumerate() {
        draw_gains(model, d, streams, first + row, gains.as_mut_slice());
    }
    OneBit::from_row_fn(gains, w_star.clone(), |row, words| {
        let mut noise = streams.stream(Purpose::Noise, (first + row) as u64);
        words.iter_mut().for_each(|word| *word = noise.next_u64());
    })
}

/// Row `mu` of `U* Λ/√d`, of length `r`.
fn draw_gains(model: &Model, d: usize, streams: Streams, mu: usize, gains: &mut [f64]) {
    draw_sample_signals(model, streams, mu, gains);
    let scale = 1.0 / (d as f64).sqrt();
    for (gain, lambda) in gains.iter_mut().zip(model.lambda()) {
        *gain *= lambda * scale;
    }
}

/// Row `mu` of `U*`, of length `r`.
pub(super) fn draw_sample_signals(model: &Model, streams: Streams, mu: usize, row: &mut [f64]) {
    let mut stream = streams.stream(Purpose::SampleSignals, mu as u64);
    model.sample_signals().sample(&mut stream, row);
}
